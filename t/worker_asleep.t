# A worker is stopped while a connection to the store is being made, for longer
# than its lease: another one does its work. When it goes on, the request that
# it was about to send is not sent.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Shim;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $shim = OrderSave::Shim->new($t->{dir});
my ($port) = $t->{demo}->url =~ /:(\d+)/;

sub asleep { my ($pid) = @_; open my $in, '<', "/proc/$pid/stat" or return; return <$in> =~ /\) T / }
sub puts {
    my ($o) = @_;
    return scalar grep { $_->{line} =~ m{^PUT /wp-json/wc/v3/orders/$o->{order}{id} } } @{$t->{demo}->requests};
}

# At one of these connections the change itself is under way.
my $stopped = 0;
for my $n (1 .. 3) {
    my $name = "first$n";
    $shim->under(sub { $t->start_worker($name) });
    my $o = $t->buy(customer => 'ada');
    $t->settled;
    $shim->stop($n, $port);
    $t->accept($o);
    my $pid = $t->{pids}{$name};
    ok $t->wait_for('one or the other', sub { asleep($pid) || $t->decision($o)->{applied} eq 'done' }), "connection $n: it sleeps, or needed none";
    if (asleep($pid)) {
        $stopped++;
        $t->start_worker("other$n");
        ok $t->wait_for('the other', sub { $t->decision($o)->{applied} eq 'done' }), "connection $n: another worker applies it";
        kill CONT => $pid;
        ok $t->wait_for('the first to know', sub { $t->log($name) =~ /lease ran out|lost to another/ }), 'the first one goes on';
        $t->settled;
        $t->kill_now("other$n", 'TERM');
    }
    is puts($o), 1, "connection $n: it is changed once";
    is scalar @{$t->shop($o)->{fee_lines}}, 1, 'and only one discount is on the order';
    $t->kill_now($name, 'TERM');
}
cmp_ok $stopped, '>=', 2, 'it slept at the reading and at the change';

$t->stop;
done_testing;
