#!/usr/bin/env perl

# The interactive demo, started as ./build.sh demo does and used in Chromium as
# a visitor would. When it ends, nothing that it started is left.

use strict;
use warnings;
use v5.30;

use File::Temp ();
use FindBin;
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

use OrderSave::Nginx;

my $top = "$FindBin::Bin/..";
my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';

plan skip_all => "no $chromium" if !-x $chromium;
plan skip_all => 'npm install in t/browser first'
    if !-d "$top/t/browser/node_modules/playwright-core";

chdir $top or die "$top: $!";

my $folder = File::Temp->newdir;
my $port = OrderSave::Nginx::free_port();
my $running;


sub start_demo {
    my ($name) = @_;
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$folder/$name";
        open STDERR, '>&', \*STDOUT;
        exec $^X, 'demo/demo.pl', '--port', $port or POSIX::_exit(127);
    }

    return $pid;
}


sub output {
    my ($name) = @_;

    open my $fh, '<', "$folder/$name" or return '';
    local $/;
    return scalar(<$fh>) // '';
}


sub ended {
    my ($pid, $seconds) = @_;
    my $end = time + $seconds;

    while (time < $end) {
        return $? >> 8 if waitpid($pid, WNOHANG) == $pid;
        sleep 0.05;
    }

    return;
}


# The processes that come from one, by /proc.
sub family {
    my ($of) = @_;
    my %parent;

    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my ($pid, $parent) = (<$fh> // '') =~ /^(\d+) \(.*\) \S (\d+) /s;

        $parent{$pid} = $parent if $pid;
    }

    my @found;
    my @look = $of;

    while (defined(my $pid = shift @look)) {
        my @children = grep { $parent{$_} == $pid } keys %parent;

        push @found, @children;
        push @look, @children;
    }

    return @found;
}


sub state_of {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/stat" or return 'X';
    return (<$fh> // '') =~ /\) (\S) / ? $1 : 'X';
}


# Those that still run a moment later; a dead one that nobody waited for is a
# zombie, which runs no more.
sub alive {
    my @left = @_;
    my $end = time + 1;

    while (@left && time < $end) {
        sleep 0.05;
        @left = grep { state_of($_) !~ /[ZX]/ } @left;
    }

    return @left;
}


$running = start_demo('demo');

my $end = time + 30;

sleep 0.05 while time < $end && output('demo') !~ /Ctrl-C/ && kill 0, $running;

my $said = output('demo');

like $said, qr{^    http://127\.0\.0\.1:$port/$}m, 'it prints one address';
like $said, qr{ssh -L $port:127\.0\.0\.1:$port you\@this-machine},
    'and how to come from another machine';

my $second = start_demo('second');

is ended($second, 10), 1, 'a second one on the same port ends with 1';
is output('second'),
    "Port $port is in use. Another one: ./build.sh demo --port N\n",
    'and says why';

my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();

subtest 'in a browser' => sub {
    open my $node, '-|', 'node', 't/browser/show.js',
        "http://127.0.0.1:$port/", @shots or die "node: $!";

    while (my $line = <$node>) {
        chomp $line;

        if ($line =~ /^(not )?ok \d+ - (.*)/) {
            ok !$1, $2;
        } elsif ($line !~ /^1\.\.\d+$/) {
            diag $line;
        }
    }

    ok close $node, 'the browser came to its end';
    done_testing;
};

my @family = family($running);

cmp_ok scalar @family, '>=', 7, 'it runs ' . @family . ' processes';

kill 'TERM', $running;
is ended($running, 20), 0, 'on TERM it ends with 0';
is_deeply [alive(@family)], [], 'nothing is left running';
ok !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port),
    'the port is free again';
unlike output('demo'), qr/not ok|waited in vain|did not/,
    'and without a word of trouble';
undef $running;

# Stopped in the middle of starting.
$running = start_demo('early');
$end = time + 20;
sleep 0.02 while time < $end && output('early') !~ /nginx/;
@family = family($running);
kill 'INT', $running;
is ended($running, 20), 0, 'Ctrl-C while it starts ends it with 0';
is_deeply [alive(@family)], [], 'and leaves nothing running';
undef $running;

done_testing;

END {
    if ($running) {
        my @left = family($running);
        local $?;

        kill 'KILL', $running, @left;
        waitpid $running, 0;
    }
}
