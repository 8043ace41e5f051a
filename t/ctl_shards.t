# Another number of shards: all that was stored is moved to where it belongs,
# whole, once and in order, though it is killed at any moment; who works or
# could write is told to stop first. Then all is delivered once.
#
# long

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Shards;

my $kills = $ENV{ORDERSAVE_FULL} ? 40 : 4;
my $seed = $ENV{ORDERSAVE_SEED} // time;
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $t = OrderSave::Shards->new(shards => 4, %{OrderSave::Shards::shop()});
$t->start;
$t->write('codes.txt', join '', map { "TEN-$_\n" } 1 .. 200);
$t->ctl('coupons', 'load', 'ten', $t->path('codes.txt'));

# who is there is told to go
my ($rc, $out, $err) = $t->ctl('shards', 'move', 16);
is $rc, 1, 'a worker runs: refused';
like $err, qr/1 worker is running, or did until a moment ago: stop all workers/, '  and it says so';
my $kinds = OrderSave::Shards::fill($t);
$t->redis('DEL', $t->shard_key(0, 'workers'));
$t->redis('HSET', $t->shard_key($_, 'lease'), 'owner', 'somebody', 'until_ms', int(time * 1000) + 7000) for 0 .. 3;
($rc, $out, $err) = $t->ctl('shards', 'move', 16);
like $err, qr/4 shards are held by a worker: stop it, or wait [1-8] s if it was killed/, 'so does a lease that has not run out';
$t->redis('HSET', $t->shard_key($_, 'lease'), 'until_ms', 1) for 0 .. 3;
my $other = $t->connection;
($rc, $out, $err) = $t->ctl('shards', 'move', 16);
like $err, qr/127\.0\.0\.1:\d+ is connected, its last command was xlen\n.*no event may come meanwhile/s, 'so does a connection';
close $other;
is_deeply [($t->ctl('shards', 'count'))[0, 1]], [0, "4\n"], 'nothing was begun';

# what nobody knows is not lost
$t->redis('SET', $t->shard_key(1, 'novelty:shop/1'), 1);
like(($t->ctl('shards', 'move', 16))[2], qr/where "novelty:shop\/1" belongs is not known/, 'a key that nobody knows is refused');
$t->redis('DEL', $t->shard_key(1, 'novelty:shop/1'));
like(($t->ctl('shards', 'move', $_))[2], qr/"$_": expected a number from 1 to 256/, "$_ shards: wrong usage") for 0, 257, 'many';
is(($t->ctl('shards', 'move', 4))[1], "there are 4 shards\n", 'as many as there are: nothing to do');

# every kind of key that the manual names is there to be moved
is_deeply $t->kinds_missing($kinds), [], 'a key of every kind of docs/formats.md';

# what comes between a copy and its original being taken away
my $word = '\r\n\$\d+\r\n';
my %between = (
    'an event' => qr/XDEL$word\S+:ev\r/, 'a webhook' => qr/XDEL$word\S+:in\r/, 'what was set aside' => qr/XDEL$word\S+:aside\r/,
    'a record' => qr/UNLINK$word\S+:o:/, 'a set of the stock' => qr/UNLINK\r.*:codes:/s, 'a product' => qr/SREM$word\S+:products:/,
    'jobs' => qr/:queue$word\S+:jobs$word[0-3][0-9a-f]\S+$word[0-3][0-9a-f]\w/, 'a dead letter' => qr/:buried$word(?:dead|raw)\S+(?:\r\n\z|$word(?:dead|raw))/,
    'a hold' => qr/DEL$word\S+:held:/, 'when it ends' => qr/ZREM$word\S+:holds\r/, 'a transfer back' => qr/DEL$word\S+:back:/,
    'messages sent' => qr/UNLINK$word\S+:sent\r/, 'codes' => qr/UNLINK$word\S+:pool:/, 'a sum' => qr/UNLINK$word\S+:budget:/, 'counters' => qr/UNLINK$word\S+:stat\r/,
    'a lease' => qr/HSET$word\S+:lease\r/, 'the new number' => qr/HSET$word\S+\{14\}:config${word}shards$word(?:16|3)\r/, 'the last word' => qr/HDEL$word\S+\{3\}:config/,
);
my %never = (16 => qr/^(?:codes|a sum|counters|messages sent)$/, 3 => qr/transfer/);

for my $number (16, 3) {
    my $before = $t->inventory;
    my $times = 0;
    my %some = map { $_ => $between{$_} } grep { !/$never{$number}|number|word/ } keys %between;
    is_deeply [$t->ctl_broken(\%some, 'shards', 'move', $number, '--force')], [sort keys %some], "to $number: broken off before each kind of thing is taken away";
    for (1 .. $kills) {
        $times++ if $t->ctl_killed(rand(0.12), 'shards', 'move', $number, '--force');
        last if $t->number == $number;
        $t->redis('DEL', 'ordersave:{0}:mover');    # its lease has run out
    }
    note "killed $times times";
    if ($times) {
        like(($t->ctl('shards', 'count'))[1], qr/^being moved from \d+ to $number$|^\d+$/, "to $number: killed in between");
        if ($t->number == 0) {
            like(($t->ctl('shards', 'move', 7))[2], qr/finish that first/, '  another number has to wait');
            like $t->worker_refused, qr/they are being moved/, '  and so does a worker';
        }
    }
    ($rc, $out, $err) = $t->ctl('shards', 'move', $number);
    is $rc, 0, "to $number: moved" or diag $out, $err;
    is $err, '', '  and nothing to complain of';
    $t->{shards} = $number;
    is_deeply $t->misplaced, [], '  all is in its place';
    $t->unchanged($before, '  all that was there is there, once');
    is $t->number, $number, '  Redis says so';
}

like $t->worker_refused, qr{/redis/shards: 3 expected, as Redis has it}, 'a worker of the old number is refused';
like $t->worker_refused(16), qr{/redis/shards: 3 expected, as Redis has it}, '  and of the one between';
like(($t->ctl('stats'))[2], qr/there are 3 shards, and not 16/, 'so is ordersavectl');

# and all of it goes on
$t->configure(redis => $t->redis_config);
$t->start_worker('after');
OrderSave::Shards::deliver($t);
$t->stop;
done_testing;
