# The last that is left of a budget or a pool lies somewhere else: the shard of
# the shopper's order gets it within two seconds of being asked, from the stock
# and from all other shards, whoever works there. Nothing is lost by it.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {discount => {amount => {EUR => '10.00'}}}, limit => {budget => {EUR => '40.00'}}},
    {id => 'code', reasons => ['*'], give => {coupon => {pool => 'p', percent => '10'}}},
    {id => 'size', reasons => ['*'], give => {request => {}}},
]})->start(no_worker => 1);
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub budget { return $t->redis('GET', $t->shard_key($_[0], 'budget:shop/ten/EUR')) // 0 }
sub codes { return $t->redis('LLEN', $t->shard_key($_[0], 'pool:shop/p')) }
sub all {
    my $sum = ($t->redis('GET', $t->shard_key(0, 'stockbudget:shop/ten/EUR')) // 0);
    $sum += budget($_) for 0 .. 15;
    my $codes = $t->redis('LLEN', $t->shard_key(0, 'stock:shop/p'));
    $codes += codes($_) for 0 .. 15;
    return "$sum $codes";
}
sub order_in { my ($shard, $n) = @_; my @ids = grep { $t->shard("shop/$_") == $shard } 1000 .. 3000; my $id = $ids[$n // 0]; $t->order($id); return $id }
sub offered {
    my ($id) = @_;
    my $page = $t->get($t->cancel_uri($id));
    my %seen = map { $_ => 1 } $page->{body} =~ /value="accept:(\w+)"/g;
    return join ' ', sort keys %seen;
}

# Puts all that there is into these shards, and has two workers at it.
sub lies {
    my ($money, $code) = @_;
    $t->kill_now($_) for grep { /^worker/ } keys %{$t->{pids}};
    for my $shard (0 .. 15) {
        $t->redis('DEL', $t->shard_key($shard, "$_")) for 'pool:shop/p', 'holds';
        $t->redis('SET', $t->shard_key($shard, 'budget:shop/ten/EUR'), $money->{$shard} // 0);
        $t->redis('RPUSH', $t->shard_key($shard, 'pool:shop/p'), @{$code->{$shard}}) if $code->{$shard};
    }
    $t->redis('SET', $t->shard_key(0, 'budgetset:shop/ten/EUR'), 4000);
    $t->redis('SET', $t->shard_key(0, 'stockbudget:shop/ten/EUR'), 0);
    $t->redis('DEL', $t->shard_key(0, 'stock:shop/p'));
    $t->redis('DEL', $t->shard_key($_, 'lease')) for 0 .. 15;
    $t->start_worker('worker1');
    $t->start_worker('worker2');
    $t->wait_for('eight shards each', sub {
        my %owner;
        $owner{$t->redis('HGET', $t->shard_key($_, 'lease'), 'owner') // ''}++ for 0 .. 15;
        !$owner{''} && keys %owner == 2 && !grep { $_ != 8 } values %owner;
    });
}

# How long after it was first wanted the offer is there.
sub comes {
    my ($offer, $id) = @_;
    unlike offered($id), qr/\b$offer\b/, "$offer: none in the shard of the order";
    my $began = time;
    ok $t->wait_for($offer, sub { offered($id) =~ /\b$offer\b/ }), "$offer: it comes to where it is asked for";
    note sprintf '%s: %.2f s, on a calm machine less than two', $offer, time - $began;
}

lies({2 => 600, 9 => 400}, {11 => ['LAST']});
is all(), '1000 1', 'what there is';
my $id = order_in(5);
comes('ten', $id);
comes('code', $id) if offered($id) !~ /code/;
like offered($id), qr/code/, 'the code is there as well';
is all(), '0 0', 'the page has set it apart';
$t->post($t->cancel_uri($id), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($t->get($t->cancel_uri($id)))]]);
$t->wait_for('the decision', sub { $t->redis('GET', $t->decision_key($id)) });
is all(), '1000 1', 'and nothing was lost on the way';

# from there to another, and what does not suffice is not shown

comes('code', order_in(12));
my $poor = order_in(13);
$t->redis('SET', $t->shard_key(5, 'budget:shop/ten/EUR'), 999);
$t->redis('SET', $t->shard_key($_, 'budget:shop/ten/EUR'), 0) for grep { $_ != 5 } 0 .. 15;
$t->redis('SET', $t->shard_key(0, 'stockbudget:shop/ten/EUR'), 0);
unlike offered($poor), qr/ten/, 'a cent too little';
ok $t->wait_for('all of it', sub { offered($poor); budget(13) + ($t->redis('GET', $t->shard_key(0, 'stockbudget:shop/ten/EUR')) // 0) == 999 }), '  all of it is brought';
unlike offered($poor), qr/ten/, '  and not shown';

$t->kill_now($_) for grep { /^worker/ } keys %{$t->{pids}};
# a shard that is gained while the call stands brings what it has as well

$t->kill_now($_) for grep { /^worker/ } keys %{$t->{pids}};
for my $shard (0 .. 15) {
    $t->redis('DEL', $t->shard_key($shard, $_)) for 'lease', 'holds';
    $t->redis('SET', $t->shard_key($shard, 'budget:shop/ten/EUR'), {2 => 600, 9 => 400}->{$shard} // 0);
}
$t->redis('DEL', $t->shard_key(0, 'calls'));
my $ends = time + 7;
$t->redis('HSET', $t->shard_key(9, 'lease'), owner => 'another', epoch => 9, until_ms => int($ends * 1000));
$t->start_worker('worker3');
$t->wait_for('the other shards', sub { 16 == grep { $t->redis('HGET', $t->shard_key($_, 'lease'), 'owner') } 0 .. 15 });
my $late = order_in(5, 1);
# a call is heard for five seconds: the other's lease ends in the middle of them
sleep 0.05 while time < $ends - 2.5;
unlike offered($late), qr/ten/, 'a part of it lies where nobody works yet';
my $called;
ok $t->wait_for('the call', sub { $called = $t->redis('HGET', $t->shard_key(0, 'calls'), 'shop/ten/EUR/5') }), 'it is called for';
ok $t->wait_for('the other part', sub { offered($late) =~ /ten/ || ($t->redis('HGET', $t->shard_key(0, 'calls'), 'shop/ten/EUR/5') // $called) ne $called }), 'it comes';
like offered($late), qr/ten/, 'for the first call';

$t->stop;
done_testing;
