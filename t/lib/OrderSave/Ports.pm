package OrderSave::Ports;

# Ports of 127.0.0.1 for what a test starts later. A port that bind(2) names is
# free now only: until the server listens on it, another test or any outgoing
# connection may have it. So these lie below the range from which the system
# takes ports for connections, and each is locked for as long as the process
# that asked lives.

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(:DEFAULT :flock);
use File::Path qw(make_path);
use File::Spec;
use IO::Socket::INET;

our @EXPORT_OK = qw(free_port);

# A Redis of a Cluster also takes the port 10,000 above its own; that one lies
# below the range, too (32768 by default).
my ($LOWEST, $COUNT, $BUS) = (12000, 10000, 10000);

my $folder = File::Spec->catdir(File::Spec->tmpdir, "ordersave-ports.$>");
my @held;

sub free_port {
    my $first = int rand $COUNT;

    make_path($folder);

    for my $n (0 .. $COUNT - 1) {
        my $port = $LOWEST + ($first + $n) % $COUNT;
        my $lock = _lock($port) or next;

        next if !_is_free($port) || !_is_free($port + $BUS);

        push @held, $lock;
        return $port;
    }

    die "no free port between $LOWEST and ", $LOWEST + $COUNT - 1, "\n";
}


# An open, locked file, which is unlocked when the last process that has it
# open ends.
sub _lock {
    my ($port) = @_;

    sysopen my $lock, "$folder/$port", O_RDWR | O_CREAT
        or die "$folder/$port: $!\n";

    return flock($lock, LOCK_EX | LOCK_NB) ? $lock : undef;
}


sub _is_free {
    my ($port) = @_;

    return defined IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $port, Listen => 1, Proto => 'tcp', ReuseAddr => 1);
}

1;
