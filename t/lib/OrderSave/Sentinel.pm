package OrderSave::Sentinel;

# A worker beside a master with two replicas, watched by two Sentinels; the
# same as OrderSave::Cluster otherwise.

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Worker';

use File::Path qw(make_path);
use OrderSave::Patience qw(await);

sub role { my ($self, $port) = @_; return ($self->redis_at($port, 'ROLE') // [''])->[0] }

# One that was away believes itself the master until a Sentinel tells it.
sub leader {
    my ($self) = @_;
    for my $sentinel (@{$self->{sentinels}}) {
        my $at = $self->redis_at($sentinel, 'SENTINEL', 'get-master-addr-by-name', 'shop') or next;
        return $at->[1] if $self->role($at->[1]) eq 'master';
    }
    return;
}

sub redis {
    my ($self, @words) = @_;
    my ($answer, $why);
    await(sub {
        my $port = $self->leader or return 0;
        $answer = eval { local $self->{redis_port} = $port; $self->OrderSave::Nginx::redis(@words) };
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
        my $role = $self->redis_at($_, 'ROLE') // [''];
        $role->[0] eq 'master' && @{$role->[2]} && $self->redis_at($_, 'WAIT', 1, 1000);
    } grep { $_ } $self->leader;
    return @found;
}

sub start_node {
    my ($self, $port, @more) = @_;
    make_path($self->path("dir$port"));
    $self->spawn("node$port", 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--repl-diskless-sync-delay', 0, '--dir', $self->path("dir$port"),
        @more ? @more : ('--replicaof', '127.0.0.1 ' . ($self->leader // $self->{nodes}[0])));
    $self->wait_for('a node', sub { ($self->redis_at($port, 'PING') // '') eq 'PONG' }) or die 'a node did not start';
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
        $self->start_sentinel($port, $first, after => 1500, replicas => 2) or die 'no sentinel';
    }
    $self->wait_for('the replicas', sub { $self->whole }) or die 'no replica';
    $self->{redis_port} = $first;
    return $self;
}

1;
