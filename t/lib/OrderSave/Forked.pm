package OrderSave::Forked;

# A test written in Perl, run by a fork of whoever runs the suite: modules that
# half of all tests load are there already, and loading them takes longer than
# many a test. Test::More is none of them, as it remembers its process. A test
# does not see the difference to `perl -It/lib FILE`.
#
#     TAP::Parser->new({iterator => OrderSave::Forked->new($file)});

use strict;
use warnings;

use parent 'TAP::Parser::Iterator';

use Digest::SHA ();
use Encode ();
use File::Path ();
use File::Temp ();
use IO::Select ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use JSON::PP ();
use List::Util ();
use MIME::Base64 ();
use Mojo::Server::Daemon ();
use Mojo::UserAgent ();
use Mojolicious ();
use POSIX ();
use Socket ();
use Time::HiRes ();

die 'Test::More must not be loaded here' if $INC{'Test/More.pm'};


sub _initialize {
    my ($self, $file) = @_;

    pipe my $read, my $write or die "pipe: $!";
    $| = 1;                             # nothing of ours is written twice
    $self->{pid} = fork // die "fork: $!";

    if ($self->{pid} == 0) {
        close $read;
        POSIX::dup2(fileno $write, 1) // POSIX::_exit(255);
        close $write;
        become($file);
    }

    close $write;
    $self->{fh} = $read;

    return $self;
}


# What a new Perl would be, but for the pipes of other tests, which nobody reads
# here and which no program is handed.
sub become {
    my ($file) = @_;

    $SIG{$_} = 'DEFAULT' for grep { $_ ne 'PIPE' && defined $SIG{$_} } keys %SIG;
    ($0, $^T, $|, @ARGV) = ($file, time, 0);
    srand;
    $file = "./$file" if $file !~ m{^/};
    '' =~ /(?:)/;                   # which an empty pattern means from here on

    package main;
    do $file;
    print {*STDERR} $@ if $@;
    exit($@ ? 255 : 0);
}


sub next_raw {
    my ($self) = @_;
    my $fh = $self->{fh} or return;

    if (defined(my $line = <$fh>)) {
        chomp $line;
        return $line;
    }

    close delete $self->{fh};
    waitpid $self->{pid}, 0;
    $self->{wait} = $?;

    return;
}


sub wait { $_[0]{wait} }

sub exit { defined $_[0]{wait} ? $_[0]{wait} >> 8 : undef }

sub get_select_handles { $_[0]{fh} // () }

1;
