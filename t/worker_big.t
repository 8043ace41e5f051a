# Webhooks so big that Redis does not hand over as many as usual in time.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use List::Util qw(max);
use POSIX qw(ceil);
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $order = $t->{demo}->order(customer => 'ada')->{order};
my ($n, $size) = ($ENV{ORDERSAVE_FULL} ? 200 : 16, 3_900_000);
my $body = encode_json({%$order, meta_data => [
    {key => 'x', value => 'y' x ($size - 20_000)}]});
my @ids = grep { $t->shard("woocommerce/$_") == 0 } map { "big$_" } 1 .. 50 * $n;

$t->webhook($body, id => $_) for @ids[0 .. $n - 1];

# the time that Redis has is what this is about: enough for a few of them here
my $begun = time;
$t->redis('XRANGE', $t->shard_key(0, 'in'), '-', '+', 'COUNT', 1);
my $timeout = max(2, ceil(10 * (time - $begun)));
note "Redis has $timeout s";
$t->configure(redis => {host => '127.0.0.1', port => $t->{redis_port},
                        timeout => "${timeout}s"});
$t->start_worker;
ok $t->wait_for('an empty inbox', sub {
    $t->redis('XLEN', $t->shard_key(0, 'in')) == 0
}, sub { $t->redis('XLEN', $t->shard_key(0, 'in')) }), 'all are taken';
$t->settled;    # the order is of another shard
is +($t->record($order->{id}) // {})->{id}, $order->{id}, 'the order is known';
note 'answers that came too late: ',
     scalar(() = $t->log =~ /no answer in time/g);

# some in each shard: they are taken one after the other, whatever there is
my %in;
push @{$in{$t->shard("woocommerce/$_")}}, $_ for map { "many$_" } 1 .. 1000;
$t->webhook($body, id => $_) for map { @$_[0 .. 2] } values %in;
ok $t->wait_for('empty inboxes', sub { !grep { $t->redis('XLEN', $t->shard_key($_, 'in')) } 0 .. 15 },
    sub { $t->left(0) }), 'those of all shards are taken';
open my $status, '<', "/proc/$t->{pids}{worker}/status" or die;
my ($peak) = map { /^VmHWM:\s+(\d+) kB/ } <$status>;
diag "peak $peak kB";
cmp_ok $peak, '<', 96 * 1024, 'in a bounded memory' if $t->{worker} !~ /asan|sanit/;

$t->stop;
done_testing;
