package OrderSave::Sentinel;

# A worker beside a master with two replicas, watched by two Sentinels; the
# same as OrderSave::Cluster otherwise.

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

sub role { my ($self, $port) = @_; return (eval { $self->node($port, 'ROLE') } // [''])->[0] }

# One that was away believes itself the master until a Sentinel tells it.
sub leader {
    my ($self) = @_;
    for my $sentinel (@{$self->{sentinels}}) {
        my $at = eval { $self->node($sentinel, 'SENTINEL', 'get-master-addr-by-name', 'shop') } or next;
        return $at->[1] if $self->role($at->[1]) eq 'master';
    }
    return;
}

sub redis {
    my ($self, @words) = @_;
    my ($answer, $why);
    await(sub {
        my $port = $self->leader or return 0;
        $answer = eval { $self->node($port, @words) };
        $why = $@ or return 1;
        die $why if $why !~ /READONLY|LOADING|redis closed|refused/;
        return 0;
    }) or die 'nobody is the master: ' . ($why // '');
    return $answer;
}

sub whole {
    my ($self) = @_;
    return $self->masters == 1;
}

sub masters {
    my ($self) = @_;
    my @found = grep {
        my $role = eval { $self->node($_, 'ROLE') } // [''];
        $role->[0] eq 'master' && @{$role->[2]} && eval { $self->node($_, 'WAIT', 1, 1000) };
    } grep { $_ } $self->leader;
    return @found;
}

sub start_node {
    my ($self, $port, @more) = @_;
    make_path($self->path("dir$port"));
    $self->spawn("node$port", 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--repl-diskless-sync-delay', 0, '--dir', $self->path("dir$port"),
        @more ? @more : ('--replicaof', '127.0.0.1 ' . ($self->leader // $self->{nodes}[0])));
    $self->wait_for('a node', sub { (eval { $self->node($port, 'PING') } // '') eq 'PONG' }) or die 'a node did not start';
    return;
}

sub addresses {
    my ($self) = @_;
    my @at = map { "127.0.0.1:$_" } @{$self->{sentinels}};
    return ('sentinel:' . join(',', @at) . ' master=shop', {sentinels => \@at, master => 'shop'});
}

sub start_redis {
    my ($self) = @_;
    push @{$self->{nodes}}, OrderSave::Nginx::free_port() for 1 .. 3;
    push @{$self->{sentinels}}, OrderSave::Nginx::free_port() for 1 .. 2;
    my ($first, @other) = @{$self->{nodes}};
    $self->start_node($first, '--replicaof', 'no', 'one');
    $self->start_node($_, '--replicaof', "127.0.0.1 $first") for @other;
    for my $port (@{$self->{sentinels}}) {
        $self->write("sentinel$port.conf", <<EOT);
port $port
bind 127.0.0.1
dir $self->{dir}
sentinel monitor shop 127.0.0.1 $first 1
sentinel down-after-milliseconds shop 1500
sentinel failover-timeout shop 3000
EOT
        $self->spawn("sentinel$port", 'redis-server', $self->path("sentinel$port.conf"), '--sentinel');
    }
    $self->wait_for('the sentinels', sub {
        2 == grep { my $s = eval { $self->node($_, 'SENTINEL', 'replicas', 'shop') }; $s && @$s == 2 } @{$self->{sentinels}};
    }) or die 'no sentinels';
    $self->wait_for('the replicas', sub { $self->whole }) or die 'no replica';
    $self->{redis_port} = $first;
    return $self;
}

1;
