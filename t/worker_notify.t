# What systemd is told (sd_notify): ready once it works and not before, alive
# by the watchdog's clock, and that it stops.

use strict;
use warnings;
use lib 't/lib';

use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $path = $t->path('notify');
my $systemd = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$path: $!";

# what came within so many seconds, up to the first that is asked for
sub told {
    my ($seconds, $until) = @_;
    my @told;
    my $end = time + $seconds;
    while ((my $left = $end - time) > 0) {
        IO::Select->new($systemd)->can_read($left) or last;
        $systemd->recv(my $word, 4096);
        push @told, split /\n/, $word;
        last if grep { $_ eq $until } @told;
    }
    return @told;
}

{
    local $ENV{NOTIFY_SOCKET} = $path;
    local $ENV{WATCHDOG_USEC} = 2_000_000;
    $t->stop_redis;
    $t->spawn('worker', $t->{worker}, '-v', '-c', $t->path('worker.json'));
}

is_deeply [grep { $_ eq 'READY=1' } told(1.5, 'READY=1')], [], 'without Redis it is not ready';
$t->start_redis;
ok +(grep { $_ eq 'READY=1' } told(10, 'READY=1')), 'with Redis it is';

told(3, 'WATCHDOG=1');
my $begun = time;
ok +(grep { $_ eq 'WATCHDOG=1' } told(2, 'WATCHDOG=1')), 'it is alive';
cmp_ok time - $begun, '<', 1.9, 'and says so within the watchdog\'s time';

kill 'TERM', $t->{pids}{worker};
ok +(grep { $_ eq 'STOPPING=1' } told(5, 'STOPPING=1')), 'it says that it stops';
$t->kill_now('worker');

$t->stop;
done_testing;
