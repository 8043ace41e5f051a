package OrderSave::Show;

# The interactive demo as a process of its own, for tests that look at it from
# outside. What it starts is found by /proc.

use strict;
use warnings;
use v5.30;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use POSIX qw(WNOHANG);

use OrderSave::Nginx;
use OrderSave::Patience;

my $ROOT = abs_path(dirname(__FILE__) . '/../../..');


# Started, not yet ready. A test that is told to end, or that nobody listens
# to any more, ends as it should: what it started with it.
sub new {
    my ($class, %o) = @_;

    $SIG{$_} = sub { exit 1 } for qw(INT TERM HUP PIPE);

    my $self = bless {port => OrderSave::Nginx::free_port(), owner => $$, %o},
        $class;

    $self->{output} = File::Temp->new;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $self->{output}->filename;
        open STDERR, '>&', \*STDOUT;
        chdir $ROOT;
        exec $^X, 'demo/demo.pl', '--port', $self->{port} or POSIX::_exit(127);
    }

    $self->{pid} = $pid;

    return $self;
}


sub site { return "http://127.0.0.1:$_[0]{port}/" }


# Waits until it has said something, or has ended. The demo itself gives up what
# it waits for after as long a time, and then says what that was: the second
# wait is for this.
sub wait_for {
    my ($self, $pattern) = @_;
    my $come = sub { $self->output =~ $pattern || defined $self->reaped };

    await($come, sub { $self->output }) || await($come);

    return $self->output =~ $pattern;
}


sub output {
    my ($self) = @_;

    open my $fh, '<', $self->{output}->filename or return '';
    local $/;
    return scalar(<$fh>) // '';
}


# Its exit status, if it has one by now.
sub reaped {
    my ($self) = @_;

    $self->{status} //= $? >> 8
        if waitpid($self->{pid}, WNOHANG) == $self->{pid};

    return $self->{status};
}


# Its exit status, once it has one.
sub ended {
    my ($self) = @_;

    await(sub { defined $self->reaped });

    return $self->{status};
}


sub stop {
    my ($self, $signal) = @_;

    kill $signal // 'TERM', $self->{pid};

    return $self->ended;
}


# All processes that come from it.
sub family {
    my ($self) = @_;
    my (%parent, @found);

    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my ($pid, $parent) = (<$fh> // '') =~ /^(\d+) \(.*\) \S (\d+) /s;

        $parent{$pid} = $parent if $pid;
    }

    my @look = $self->{pid};

    while (defined(my $of = shift @look)) {
        my @children = grep { $parent{$_} == $of } keys %parent;

        push @found, @children;
        push @look, @children;
    }

    return @found;
}


sub _state {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/stat" or return 'X';
    return (<$fh> // '') =~ /\) (\S) / ? $1 : 'X';
}


# Those that do not end; a dead one that nobody waited for is a zombie, which
# runs no more.
sub alive {
    my @left = @_;

    await(sub { !(@left = grep { _state($_) !~ /[ZX]/ } @left) });

    return @left;
}


sub DESTROY {
    my ($self) = @_;

    return if $$ != $self->{owner} || defined $self->{status};

    local ($?, $@);
    my @left = $self->family;

    kill 'KILL', $self->{pid}, @left;
    waitpid $self->{pid}, 0;
}

1;
