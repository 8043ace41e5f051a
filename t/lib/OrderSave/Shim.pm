package OrderSave::Shim;

# Calls that fail, and clocks that are set, for the programs that start() is
# given (t/lib/shim.c).
#
#     my $shim = OrderSave::Shim->new($t->{dir});
#     $shim->under(sub { $t->start_nginx(…) });
#     $shim->fail('writev', 2, 'ENOSPC');     # the second one from now on
#     $shim->failed;                          # how many have
#     $shim->fail('slow', 0);                # fsync() does not return, until
#     $shim->tried;                           # (has it been called?)
#     $shim->fail('none', 0);                 # now
#     $shim->stop(2, $port);                  # SIGSTOP at the second connect()
#     $shim->clock(-3600);                    # an hour back
#
#     $shim = OrderSave::Shim->new($t->{dir}, memory => 1);
#     $shim->fail('malloc', 100, 'ENOMEM');   # the 100th piece of memory

use strict;
use warnings;

use Errno;

my $serial = 0;
my %CALL = (open => 1, writev => 2, fsync => 3, ftruncate => 4, unlink => 5, rename => 6, short => 7, slow => 8, connect => 9, malloc => 10);

sub new {
    my ($class, $dir, %o) = @_;
    my ($here) = __FILE__ =~ m{^(.*)/OrderSave/};
    my ($so, $more) = $o{memory} ? ("$dir/shim-memory.so", '-DSHIM_MEMORY') : ("$dir/shim.so", '');
    -e $so or system("cc -O1 -shared -fPIC $more -o $so $here/shim.c -ldl") == 0 or die 'no shim';
    my $self = bless {so => $so, file => "$dir/shim" . ++$serial, at => [(0) x 8]}, $class;
    open my $out, '>', $self->{file} or die $!;
    print $out pack 'q8', (0) x 8;
    close $out;
    return $self;
}

sub under {
    my ($self, $do) = @_;
    local $ENV{LD_PRELOAD} = $self->{so};
    local $ENV{ORDERSAVE_SHIM} = $self->{file};
    return $do->();
}

# One member of it.
sub put {
    my ($self, $i, @values) = @_;
    open my $out, '+<', $self->{file} or die $!;
    binmode $out;
    sysseek $out, 8 * $i, 0;
    syswrite $out, pack 'q*', @values;
    return;
}

sub clock { $_[0]->put(0, $_[1]) }

sub fail {
    my ($self, $call, $n, $errno) = @_;
    $self->put(1, 0);
    $self->put(2, $n, $errno ? Errno->can($errno)->() : 0, 0, 0, 0);
    $self->put(1, $CALL{$call} // 0);
    return;
}

sub stop {
    my ($self, $n, $port) = @_;
    $self->put(1, 0);
    $self->put(2, $n, $port, 0, 0, 0);
    $self->put(1, $CALL{connect});
    return;
}

sub get {
    my ($self, $i) = @_;
    open my $in, '<', $self->{file} or die $!;
    sysseek $in, 8 * $i, 0;
    sysread $in, my $bytes, 8;
    return unpack 'q', $bytes;
}

sub tried  { $_[0]->get(4) }
sub failed { $_[0]->get(5) }

1;
