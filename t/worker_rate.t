# A mail server that takes five a second takes no more from two workers: each has
# its part of the rate, and all of it once the other is gone.

use strict;
use warnings;
use lib 't/lib';

use Mojo::UserAgent;
use Time::HiRes qw(time);
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
my @port = map { OrderSave::Nginx::free_port() } 0 .. 1;

for my $n (0 .. 1) {
    $t->configure(status => "127.0.0.1:$port[$n]", smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port, starttls => 'never', per_second => 5});
    rename $t->path('worker.json'), $t->path("worker$n.json");
    $t->start_worker("worker$n", $t->path("worker$n.json"));
}
sub ask { my ($n, $path) = @_; return Mojo::UserAgent->new->get("http://127.0.0.1:$port[$n]$path")->res }
sub held { my ($n) = @_; return (ask($n, '/status')->json // {})->{held} // 0 }
sub sent { my ($n) = @_; my ($sum, $text) = (0, ask($n, '/metrics')->body); $sum += $1 while $text =~ /^ordersave_worker_deliveries_total\{channel="smtp",[^}]*outcome="sent"\} (\d+)/mg; return $sum }

# Tells of each order, and when the last mail had come, in s since then.
sub seconds {
    my ($all, $score, @orders) = @_;
    my $told = time;
    $t->tell($_, kind => 'scored', score => $score) for @orders;
    my @m = $t->mails($all, subject => 'support_score');
    is scalar @m, $all, 'all go out';
    my ($last) = sort { $b <=> $a } map { $_->{at} } @m;
    return $last - $told;
}

ok $t->wait_for('their shares', sub { held(0) == 8 && held(1) == 8 }), 'two workers, half of the shards each';
my @orders = map { $t->buy(customer => 'ada') } 1 .. 40;

# one begins with what it may send in a second; a slow machine is only later
my $took = seconds(40, 1, @orders);
cmp_ok $took, '>', (40 - 5) / 5 - 0.5, sprintf 'forty mails at five a second: %.1f s', $took;
ok sent($_) > 0, "worker $_ sent some of them" for 0 .. 1;

$t->kill_now('worker1', 'KILL');
ok $t->wait_for('the shards', sub { held(0) == 16 }), 'one is killed, the other has its shards';
$took = seconds(80, 2, @orders);
cmp_ok $took, '>', (40 - 5) / 5 - 0.5, sprintf 'and it alone sends no faster: %.1f s', $took;

$t->stop;
done_testing;
