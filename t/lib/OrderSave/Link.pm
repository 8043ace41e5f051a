package OrderSave::Link;

# A link between two programs that can be as bad as real ones: a process that
# hands bytes from one port to another.
#
#     my $link = OrderSave::Link->new($port);    # leads to 127.0.0.1:$port
#     $link->{port};                              # connect here instead
#     $link->hold;                                # half-open: nothing arrives
#     $link->let_go;                              # all that was held does
#     $link->cut;                                 # all that was held is lost
#     $link->mend;                                # there again, on that port
#     $link->delay(0.2);                          # from now on, each way
#     $link->break_at(qr/XDEL/, $file);           # once, before that arrives:
#                                                 # what it was is in the file
#
# It ends with the object.

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);

sub new {
    my ($class, $to) = @_;
    return (bless {to => $to, owner => $$}, $class)->mend;
}

sub mend {
    my ($self) = @_;
    my $door = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', LocalPort => $self->{port} // 0, ReuseAddr => 1)
        or die "listen: $!";
    pipe my $hear, my $say or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $say;
        $SIG{PIPE} = 'IGNORE';
        $SIG{$_} = 'DEFAULT' for qw(TERM INT);
        eval { relay($door, $self->{to}, $hear) };
        POSIX::_exit(0);
    }
    close $hear;
    $say->autoflush(1);
    @$self{qw(port pid say)} = ($door->sockport, $pid, $say);
    return $self;
}

# Until whoever made it is gone: then the pipe ends.
sub relay {
    my ($door, $to, $hear) = @_;
    my $all = IO::Select->new($door, $hear);
    my (%other, $delay, $break, $file);
    while (my @ready = $all->can_read) {
        for my $fh (@ready) {
            if ($fh == $hear) {
                defined(my $line = <$hear>) or return;
                chomp $line;
                if ($line =~ s/^break (\S+) //) { ($file, $break) = ($1, qr/$line/) }
                else { $delay = 0 + $line }
            } elsif ($fh == $door) {
                my $near = $door->accept or next;
                my $far = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to") or (close($near), next);
                ($other{$near}, $other{$far}) = ($far, $near);
                $all->add($near, $far);
            } elsif ($other{$fh}) {
                sleep $delay if $delay;
                my $n = sysread $fh, my $bytes, 65536;
                if ($n && $break && $bytes =~ $break) {
                    open my $out, '>', $file or die "$file: $!";
                    print $out $bytes;
                    close $out;
                    ($n, $break) = (0, undef);
                }
                my $at = 0;
                while ($n && $at < $n) {
                    my $done = syswrite $other{$fh}, $bytes, $n - $at, $at;
                    last unless defined $done;
                    $at += $done;
                }
                next if $n;
                my $far = delete $other{$fh};
                delete $other{$far};
                $all->remove($fh, $far);
                close $_ for $fh, $far;
            }
        }
    }
}

sub hold   { kill STOP => $_[0]{pid} }
sub let_go { kill CONT => $_[0]{pid} }
sub break_at { my ($self, $what, $file) = @_; unlink $file; $self->{say}->print("break $file $what\n"); sleep 0.05 }
sub delay  { my ($self, $s) = @_; $self->{say}->print("$s\n") }

sub cut {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill KILL => $pid;
    waitpid $pid, 0;
}

sub DESTROY { my ($self) = @_; local $?; $self->cut if $$ == $self->{owner} }

1;
