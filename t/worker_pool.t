# Codes and budgets go from the stock to the shards a little at a time: none is
# lost, none doubled, whatever stops half-way.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {offers => [
    {id => 'ten', reasons => ['costs'],
     give => {coupon => {pool => 'ten', percent => '10'}}},
    {id => 'less', reasons => ['costs'],
     give => {discount => {amount => {EUR => '5.00'}}},
     limit => {budget => {EUR => '500.00'}}},
]})->start(no_worker => 1);


# a transfer that was cut off: set apart, not entered
$t->redis('RPUSH', $t->shard_key(0, 'move:shop/ten/5'), 'old-id', 'C-OLD');
# and one that was entered, but not cleared
$t->redis('RPUSH', $t->shard_key(0, 'move:shop/ten/6'), 'done-id', 'C-DONE');
$t->redis('RPUSH', $t->shard_key(6, 'pool:shop/ten'), 'C-DONE');
$t->redis('SET', $t->shard_key(6, 'moved:shop/ten'), 'done-id');

$t->write('codes', join "\n", '# a comment', map { "C-$_" } 1 .. 100);
my ($rc, $out) = $t->ctl('coupons', 'load', 'ten', $t->path('codes'));
is $rc, 0, 'coupons load';
is $out, "100 codes\n", 'says how many';
is +($t->ctl('coupons', 'load', 'none', $t->path('codes')))[0], 1,
    'a pool that no offer takes from is a finding';

$t->start_worker;
ok $t->wait_for('all shards', sub {
    16 == grep { $t->redis('LLEN', $t->shard_key($_, 'pool:shop/ten')) >= 1 }
          0 .. 15
}), 'every shard has codes';
sub budget { return $t->redis('GET', $t->shard_key($_[0], 'budget:shop/less/EUR')) // 0 }
ok $t->wait_for('all budgets', sub { !grep { budget($_) < 500 } 0 .. 15 }), 'and can grant';
# nothing moves while we count
$t->kill_now('worker');

my %codes;
for my $shard (0 .. 15) {
    $codes{$_}++ for @{$t->redis('LRANGE', $t->shard_key($shard, 'pool:shop/ten'),
                                 0, -1)},
        @{$t->redis('LRANGE', $t->shard_key(0, "move:shop/ten/$shard"), 1, -1)};
}
$codes{$_}++ for @{$t->redis('LRANGE', $t->shard_key(0, 'stock:shop/ten'), 0, -1)};

is scalar keys %codes, 102, 'all codes are somewhere';
is scalar(grep { $_ > 1 } values %codes), 0, 'and none twice';
ok $codes{'C-OLD'}, 'with the one that was cut off';

my $sum = $t->redis('GET', $t->shard_key(0, 'stockbudget:shop/less/EUR'));
$sum += budget($_) for 0 .. 15;
is $sum, 50000, 'the whole budget is there, once';

($rc, $out) = $t->ctl('coupons', 'count');
like $out, qr{^shop/ten\t\d+ in stock\t\d+ in shards\t0 set apart for pages$}m, 'coupons count';
like $out, qr{^shop/less/EUR\t\d+ in stock\t\d+ in shards\t0 set apart for pages$}m, 'budgets too';

# a packet that comes late, when another worker has the shard: what it would
# enter is entered already, and more since
use IO::Socket::INET;
my $monitor = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{redis_port});
print $monitor "MONITOR\r\n";
my $dropped = budget(7);
$t->redis('DEL', $t->shard_key(7, 'budget:shop/less/EUR'));
$t->redis('DEL', $t->shard_key(7, 'pool:shop/ten'));
$t->start_worker;
my %late;
while (keys %late < 2) {
    my $line = <$monitor> // last;
    next if $line !~ /"(?i:evalsha)"/ || $line !~ /\}:moved:/;
    my ($tag) = $t->shard_key(7, 'moved') =~ /(\{.*?\})/;
    next if index($line, $tag) < 0;
    my $kind = $line =~ /budget:shop/ ? 'budget' : 'pool';
    $late{$kind} //= [map { s/\\"/"/gr } $line =~ /"((?:[^"\\]|\\.)*)"/g];
}
close $monitor;
ok $t->wait_for('both', sub { budget(7) > 0 && $t->redis('LLEN', $t->shard_key(7, 'pool:shop/ten')) > 0 }),
    'a shard is filled again';
$t->kill_now('worker', 'TERM');

# the next owner has moved something else meanwhile
$t->redis('HSET', $t->shard_key(7, 'lease'), 'owner', 'other', 'epoch', 99);
$t->redis('SET', $t->shard_key(7, "moved:shop/$_"), 'another') for 'ten', 'less/EUR';
my ($money, $codes) = (budget(7), $t->redis('LLEN', $t->shard_key(7, 'pool:shop/ten')));
$t->redis(@{$late{$_}}) for 'budget', 'pool';
is budget(7), $money, 'a late packet brings no money twice';
is $t->redis('LLEN', $t->shard_key(7, 'pool:shop/ten')), $codes, 'and no code';

# a budget that is lowered reaches what the shards hold
$t->redis('HSET', $t->shard_key(7, 'lease'), 'until_ms', 0);
$t->{overrides}{offers} = [
    {id => 'ten', reasons => ['costs'], give => {coupon => {pool => 'ten', percent => '10'}}},
    {id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}},
     limit => {budget => {EUR => '60.00'}}},
];
$t->write('campaign.json', JSON::PP->new->utf8->encode($t->campaign));
$t->start_worker;
sub everywhere {
    my $all = $t->redis('GET', $t->shard_key(0, 'stockbudget:shop/less/EUR'));
    for my $shard (0 .. 15) {
        $all += budget($shard);
        $all += ($t->redis('LRANGE', $t->shard_key($shard, 'back:shop/less/EUR'), 1, 1) // [])->[0] // 0;
        $all += ($t->redis('LRANGE', $t->shard_key(0, "move:shop/less/EUR/$shard"), 1, 1) // [])->[0] // 0;
    }
    return $all;
}
ok $t->wait_for('the shards', sub {
    my $held = 0;
    $held += budget($_) for 0 .. 15;
    return $held <= 6000;
}), 'a lowered budget is taken back from the shards';
$t->kill_now('worker', 'TERM');
is everywhere(), 6000 - $dropped, 'and what is left is the new sum';

$t->stop;
done_testing;
