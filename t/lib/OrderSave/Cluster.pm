package OrderSave::Cluster;

# A worker beside a Redis Cluster of three masters, each with a replica.
#
#     my $t = OrderSave::Cluster->new(…)->start;
#     $t->{nodes}                          # six ports
#     $t->node($port, 'PING');
#     $t->redis('GET', $key)               # of whoever has it and lives
#     $t->master_of($key)

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Worker';

use File::Path qw(make_path);
use OrderSave::Patience qw(await);

sub node {
    my ($self, $port, @words) = @_;
    local $self->{redis_port} = $port;
    return $self->OrderSave::Nginx::redis(@words);
}

# While a replica takes over, nobody may have it for a moment.
sub redis {
    my ($self, @words) = @_;
    my ($answer, $why);
    await(sub {
        for my $port (@{$self->{nodes}}) {
            $answer = eval { $self->node($port, @words) };
            return 1 unless $@;
            $why = $@;
            die $why if $why !~ /MOVED|ASK|CLUSTERDOWN|LOADING|refused|redis closed/;
        }
        return 0;
    }) or die "nobody has it: $why";
    return $answer;
}

sub master_of {
    my ($self, $key) = @_;
    my $slot = $self->redis('CLUSTER', 'KEYSLOT', $key);
    for my $shard (@{$self->redis('CLUSTER', 'SLOTS')}) {
        return $shard->[2][1] if $slot >= $shard->[0] && $slot <= $shard->[1];
    }
}

sub whole {
    my ($self, $n) = @_;
    return $n <= grep { /cluster_state:ok/ && /cluster_slots_ok:16384/ }
        map { eval { $self->node($_, 'CLUSTER', 'INFO') } // '' } @{$self->{nodes}};
}

# What it was before, it is again: it joins by what it has written down.
sub start_node {
    my ($self, $port) = @_;
    make_path($self->path("dir$port"));
    $self->spawn("node$port", 'redis-server', '--port', $port, '--bind', '127.0.0.1',
        '--save', '', '--cluster-enabled', 'yes', '--dir', $self->path("dir$port"),
        '--cluster-node-timeout', 2000, '--cluster-replica-validity-factor', 0,
        '--repl-diskless-sync-delay', 0);
    return;
}

# Who are masters now, each with a replica that has all: ports.
sub masters {
    my ($self) = @_;
    return grep {
        my $role = eval { $self->node($_, 'ROLE') } // [''];
        $role->[0] eq 'master' && @{$role->[2]} && eval { $self->node($_, 'WAIT', 1, 1000) };
    } @{$self->{nodes}};
}

# nginx' and the worker's addresses.
sub addresses { return (join(',', map { "127.0.0.1:$_" } @{$_[0]{nodes}}), {nodes => [map { "127.0.0.1:$_" } @{$_[0]{nodes}}]}) }

sub start_redis {
    my ($self) = @_;
    for my $i (1 .. 6) {
        my $port = OrderSave::Nginx::free_port();
        push @{$self->{nodes}}, $port;
        $self->start_node($port);
    }
    for my $port (@{$self->{nodes}}) {
        $self->wait_for('a node', sub { (eval { $self->node($port, 'PING') } // '') eq 'PONG' })
            or die 'a node did not start';
    }
    system('redis-cli --cluster create ' . join(' ', map { "127.0.0.1:$_" } @{$self->{nodes}})
           . " --cluster-replicas 1 --cluster-yes > $self->{dir}/logs/create.out 2>&1") == 0
        or die $self->read('logs/create.out');
    $self->wait_for('the cluster', sub { $self->whole(6) }) or die 'no cluster';
    for my $port (@{$self->{nodes}}) {
        $self->wait_for('its replica', sub {
            my $i = $self->node($port, 'INFO', 'replication');
            $i =~ /role:master.*connected_slaves:1/s || $i =~ /master_link_status:up/;
        });
    }
    $self->{redis_port} = $self->{nodes}[0];
    return $self;
}

1;
