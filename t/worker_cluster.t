# A Redis Cluster of three masters: the worker is told one of them, finds the
# others by their redirections, and follows a shard that moves.

use strict;
use warnings;
use lib 't/lib';

use File::Path qw(make_path);
use Test::More;
use OrderSave::Worker;


package Cluster {
    use parent -norequire, 'OrderSave::Worker';

    sub node {
        my ($self, $n, @words) = @_;
        local $self->{redis_port} = $self->{nodes}[$n];
        return $self->OrderSave::Nginx::redis(@words);
    }

    # By the tag of the first key.
    sub redis {
        my ($self, @words) = @_;
        my ($tag) = "@words" =~ /\{(\d+)\}/;
        my $slot = defined $tag
            ? OrderSave::Nginx::crc16($tag) % 16384 : 0;
        for my $n (map { ($_ + int($slot * 3 / 16384)) % 3 } 0 .. 2) {
            my $reply = eval { $self->node($n, @words) };
            return $reply if !$@;
            die $@ if $@ !~ /MOVED|ASK/;
        }
        die 'no node has it';
    }

    sub start_redis {
        my ($self) = @_;
        $self->{nodes} = [map { OrderSave::Ports::free_port() } 1 .. 3];
        for my $n (0 .. 2) {
            File::Path::make_path($self->path("node$n"));
            $self->spawn("node$n", 'redis-server', '--port', $self->{nodes}[$n],
                '--bind', '127.0.0.1', '--dir', $self->path("node$n"),
                '--save', '', '--cluster-enabled', 'yes');
        }
        for my $n (0 .. 2) {
            $self->wait_for('node', sub { eval { $self->node($n, 'PING') } })
                or die 'a node did not start';
            $self->node($n, 'CLUSTER', 'ADDSLOTSRANGE', int(($n * 16384 + 2) / 3),
                        int((($n + 1) * 16384 + 2) / 3) - 1);
        }
        $self->node(0, 'CLUSTER', 'MEET', '127.0.0.1', $self->{nodes}[$_])
            for 1, 2;
        $self->wait_for('cluster', sub {
            3 == grep { $self->node($_, 'CLUSTER', 'INFO')
                        =~ /cluster_state:ok.*cluster_known_nodes:3/s } 0 .. 2
        }) or die 'no cluster';
        $self->{redis_port} = $self->{nodes}[0];
        return $self;
    }
}


my $t = Cluster->new->start;
my @orders = map { $t->buy(customer => 'ada') } 1 .. 12;

is scalar(grep { $t->record($_) } @orders), 12, 'orders of all masters';
$t->accept($_) for @orders;
ok $t->wait_for('all', sub {
    12 == grep { $t->decision($_)->{applied} eq 'done' } @orders
}), 'are kept';
is scalar(my @mails = $t->mails(12, subject => 'applied')), 12,
    'and their mails sent';
my @used = grep { $t->node($_, 'DBSIZE') > 0 } 0 .. 2;
is scalar @used, 3, 'on three masters';

# parcels: names, lists that wait and orders live on different masters
my $n = 0;
for my $o (@orders) {
    my $parcel = sub { $t->webhook({parcel => {number => "C$n", @_}},
                                   source => 'generic', topic => '') };
    $parcel->(milestone => 'out_for_delivery');
    $parcel->(milestone => 'in_transit', order => "$o->{order}{id}");
    $n++;
}
ok $t->wait_for('all', sub {
    12 == grep { (($t->record($_)->{track}{parcels}[0] // {})->{milestone}
                  // '') eq 'out_for_delivery' } @orders
}), 'what waited for a name finds the order that takes it';

# a slot moves from the first to the second master
my $tag = $t->tag(0);
my $slot = OrderSave::Nginx::crc16("$tag") % 16384;
my @id = map { $t->node($_, 'CLUSTER', 'MYID') } 0, 1;
$t->node(1, 'CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $id[0]);
$t->node(0, 'CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $id[1]);
for my $key (@{$t->node(0, 'CLUSTER', 'GETKEYSINSLOT', $slot, 1000)}) {
    $t->node(0, 'MIGRATE', '127.0.0.1', $t->{nodes}[1], $key, 0, 2000);
}
$t->node($_, 'CLUSTER', 'SETSLOT', $slot, 'NODE', $id[1]) for 1, 0, 2;

my $moved;
for (1 .. 60) {
    my $o = $t->{demo}->order(customer => 'ada');
    next if $t->shard("shop/$o->{order}{id}") != 0;
    $moved = $o;
    last;
}
$t->webhook($moved->{order});
ok $t->wait_for('an order there', sub { $t->record($moved) }),
    'a shard that moved is followed';

$t->stop;
done_testing;
