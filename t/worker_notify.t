# What systemd is told (sd_notify): ready once it works and not before, alive
# by the watchdog's clock, and that it stops.

use strict;
use warnings;
use lib 't/lib';

use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use OrderSave::Patience;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $path = $t->path('notify');
my $systemd = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$path: $!";

# Whether it is told so, sooner or later; what came before is read.
sub told {
    my ($wanted) = @_;
    my $select = IO::Select->new($systemd);
    while ($select->can_read(patience())) {
        $systemd->recv(my $word, 4096);
        return 1 if grep { $_ eq $wanted } split /\n/, $word;
    }
    return 0;
}

{
    local $ENV{NOTIFY_SOCKET} = $path;
    local $ENV{WATCHDOG_USEC} = 2_000_000;
    $t->stop_redis;
    $t->spawn('worker', $t->{worker}, '-v', '-c', $t->path('worker.json'));
}

ok $t->wait_for('the log', sub { $t->log =~ /redis/i }), 'it finds no Redis';
ok !IO::Select->new($systemd)->can_read(0), 'without Redis it is not ready';
$t->start_redis;
ok told('READY=1'), 'with Redis it is';
ok told('WATCHDOG=1'), "it says that it is alive $_" for 'once', 'and again';

kill 'TERM', $t->{pids}{worker};
ok told('STOPPING=1'), 'it says that it stops';
$t->kill_now('worker');

$t->stop;
done_testing;
