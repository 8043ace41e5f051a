# A process that leaves holds no events back: what it spooled goes in while it
# still waits for a client that says nothing.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->start_nginx(server => $t->woo);

my $half = sub {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die "connect: $!";
    syswrite $socket, "GET /$_[0] HTTP/1.1\r\nHost: localhost\r\n";
    return $socket;
};
my $processes = sub { split ' ', `pgrep -P $t->{pids}{nginx}` };
my ($old) = $processes->();

$t->stop_redis;
$t->wait_for('nginx to miss Redis', sub { ($t->status->{redis} // '') ne 'up' });
my $client = $half->('silent');
my $second = $half->($t->cancel_uri(24) =~ s{^/}{}r);
$t->get($t->cancel_uri($_)) for 19 .. 23;
ok $t->wait_for('the spool', sub { () = glob $t->path('spool/*.spool') }), 'events are spooled';

$t->reload;
ok $t->wait_for('another process', sub { grep { $_ != $old } $processes->() }), 'another process begins';
ok $t->wait_for('the old one to leave', sub { $t->read('logs/error.log') =~ /$old#\d+: gracefully shutting down/ }), 'the old one leaves';

# also what it spools now
syswrite $second, "Connection: close\r\n\r\n";
like join('', <$second>), qr/store$/, 'what it was asked before it left is answered';

$t->start_redis;
$t->wait_for('nginx to reach Redis', sub { $t->reaches_redis });
for my $id (19 .. 24) {
    ok $t->wait_for("the event of $id", sub { grep { $_->{kind} eq 'asked' } $t->events($id) }), "$id: the event comes";
}
ok $t->wait_for('the spool', sub { !(() = glob $t->path('spool/*')) }), 'nothing is left of the spool';
ok kill(0, $old), 'the old process waits still';

close $client;
ok $t->wait_for('its end', sub { !grep { $_ == $old } $processes->() }), 'and goes with its last client';

$t->stop;
done_testing;
