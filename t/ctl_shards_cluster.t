# Another number of shards on a Cluster of three masters, whose slots the tags
# of the old and the new number lie in: moved from node to node, though it is
# killed at any moment, and a replica takes over from a master in between.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Cluster;
use OrderSave::Shards;

package Moved {
    use mro 'c3';
    use parent -norequire, 'OrderSave::Shards', 'OrderSave::Cluster';

    sub redis_config {
        my ($self) = @_;
        return {nodes => [map { "127.0.0.1:$_" } @{$self->{nodes}}], timeout => '30s', shards => $self->{shards}};
    }

    sub keys_all {
        my ($self) = @_;
        my %all;
        for my $port (grep { ((eval { $self->node($_, 'ROLE') } // [''])->[0] // '') eq 'master' } @{$self->{nodes}}) { $all{$_} = 1 for @{$self->node($port, 'KEYS', 'ordersave:{*}:*')} }
        return sort keys %all;
    }

    sub port_of { return $_[0]->master_of($_[1]) }
}

my $kills = $ENV{ORDERSAVE_FULL} ? 20 : 2;
srand($ENV{ORDERSAVE_SEED} // time);

my $t = Moved->new(shards => 4, %{OrderSave::Shards::shop()});
$t->start;
$t->write('codes.txt', join '', map { "TEN-$_\n" } 1 .. 200);
$t->ctl('coupons', 'load', 'ten', $t->path('codes.txt'));
OrderSave::Shards::fill($t);
$t->redis('DEL', $t->shard_key($_, 'lease')) for 0 .. 3;
$t->redis('DEL', $t->shard_key(0, 'workers'));
my $before = $t->inventory;

# with fewer only, unless there is time
for my $number ($ENV{ORDERSAVE_FULL} ? 16 : (), 3) {
    my ($times, $dead) = (0);
    if ($number == 3) {
        $dead = $t->master_of('ordersave:{0}:mover');
        kill 'KILL', $t->{pids}{"node$dead"};
        ok $t->wait_for('the Cluster', sub { $t->master_of('ordersave:{0}:mover') != $dead && $t->whole(5) }), 'a replica takes over';
    }
    for (1 .. $kills) {
        $times++ if $t->ctl_killed(rand(0.1), 'shards', 'move', $number, '--force');
        last if $t->number == $number;
        $t->redis('DEL', 'ordersave:{0}:mover');
    }
    my ($rc, $out, $err) = $t->ctl('shards', 'move', $number);
    is $rc, 0, "to $number: moved" or diag $out, $err;
    note "killed $times times: $out";
    if ($dead) {
        $t->start_node($dead);
        $t->wait_for('the dead one', sub { $t->whole(6) });
    }
    $t->{shards} = $number;
    is_deeply $t->misplaced, [], '  all is in its place';
    $t->unchanged($before, '  all that was there is there, once');
}

$t->configure(redis => $t->redis_config);
$t->start_worker('after');
OrderSave::Shards::deliver($t);
$t->stop;
done_testing;
