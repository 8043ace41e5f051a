# Clocks that are set: Redis' and a worker's, each on its own, half an hour ahead,
# ten seconds, and back again, while buyers accept; a worker dies just then.
# Nothing stands still for longer than a lease, nothing is sent twice or before
# its time.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Shim;
use OrderSave::Worker;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

my $rounds = 8;
my $seed = $ENV{ORDERSAVE_SEED} // int(time);
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $t = OrderSave::Worker->new(campaign => {follow_up => {cancelled => {after => '5h', email => JSON::PP::true}}});
my ($redis, $one, $two);
{
    my $begin = $t->can('start_redis');
    no warnings 'redefine';
    no strict 'refs';
    local *{ref($t) . '::start_redis'} = sub { my @all = @_; $redis = OrderSave::Shim->new($t->{dir}); $redis->under(sub { $begin->(@all) }) };
    $t->start(no_worker => 1);
}
($one, $two) = map { OrderSave::Shim->new($t->{dir}) } 1, 2;
$one->under(sub { $t->start_worker('w1') });
my $last = 'w2';
$two->under(sub { $t->start_worker($last) });
my $real = $t->redis('TIME')->[0];
cmp_ok abs($real - time), '<', 3, 'Redis has our clock';
$redis->clock(3600);
cmp_ok abs($t->redis('TIME')->[0] - time - 3600), '<', 3, 'and can be given another';
$redis->clock(0);

# who waits for a follow-up in five hours
my @waiting = map { $t->buy(customer => 'ada', billing => {email => "late$_\@shop.test"}) } 1 .. 4;
$t->{demo}->api('PUT', "/orders/$_->{order}{id}", {status => 'cancelled'}) for @waiting;
$t->tell($_, kind => 'asked', via => 'page') for @waiting;

my (@order, $slowest);
$slowest = 0;
for my $round (1 .. $rounds) {
    for my $step (map { my $who = $_; map { [$who, $_] } 1800, 0, -1800, 10, -10, 0 } $redis, $one) {
        my ($who, $seconds) = @$step;
        my $o = $t->buy(customer => 'ada', billing => {email => 'buyer' . @order . '@shop.test'});
        $t->accept($o) if rand() < 0.5;         # some before the clock is set,
        $who->clock($seconds);
        my $began = time;
        if ($who == $redis && $seconds == -1800) {
            $t->kill_now($last, 'KILL');
            $last++;
            $two->under(sub { $t->start_worker($last) });
        }
        $t->accept($o) unless $t->decision($o);
        my @more = map { $t->{demo}->order(customer => 'ada', locale => 'en') } 1 .. 6;
        $t->webhook($_->{order}, topic => 'order.created') for @more;
        ok $t->wait_for('orders', sub { @more == grep { $t->record($_) } @more }), 'new orders are known';
        ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }),
            ($who == $redis ? 'Redis' : 'a worker') . " at $seconds s: work goes on";
        $slowest = time - $began if time - $began > $slowest;
        push @order, $o;
    }
}
note sprintf 'the longest that anything took: %.1f s', $slowest;
cmp_ok $slowest, '<', 20 * ($ENV{ORDERSAVE_PATIENCE} // 1), 'within a lease and a little';
$t->settled;
my @fees = map { scalar grep { $_->{name} eq 'Discount' } @{$t->shop($_)->{fee_lines}} } @order;
is_deeply \@fees, [(1) x @order], 'each discount once';
my %mail;
$mail{"$_->{subject} $_->{to}[0]"}++ for $t->mails(scalar @order, subject => 'applied');
is_deeply [grep { $mail{$_} != 1 } sort keys %mail], [], 'no mail twice';
is scalar(keys %mail), scalar @order, 'and none is missing';
is scalar(my @early = $t->mails(0, subject => 'cancelled')), 0, 'none before its time';
$t->elapse(5 * 3600);
is scalar(my @late = $t->mails(4, subject => 'cancelled')), 4, 'those that waited come when it is';
$t->stop;
done_testing;
