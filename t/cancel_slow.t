# Slow clients, limited rates, compression, kept connections: the page comes
# whole, and the connection goes on.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order($_) for 19, 20;
$t->start_nginx(server => $t->woo . <<'EOT');
        location /slow/ { limit_rate 8k; proxy_pass http://store/; }
        location /gzip/ { gzip on; gzip_min_length 1; proxy_pass http://store/; }
EOT

my $page = $t->get($t->cancel_uri(19));
my $plain = sub { $_[0] =~ s/value="k1\.[^"]*"//gr =~ s{action="/slow}{action="}r =~ s{action="/gzip}{action="}r };

my $slow = $t->get('/slow' . $t->cancel_uri(19));
is $plain->($slow->{body}), $plain->($page->{body}), 'a limited rate: the page comes whole';

# a client that reads little by little
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}, Timeout => 5);
setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 2048;
syswrite $socket, 'GET ' . $t->cancel_uri(19) . " HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
my $got = '';
while (sysread $socket, my $piece, 512) { $got .= $piece; select undef, undef, undef, 0.005 }
is $plain->((split /\r\n\r\n/, $got, 2)[1]), $plain->($page->{body}), 'a client that reads slowly gets it whole';

my $gzip = $t->get('/gzip' . $t->cancel_uri(19), headers => ['Accept-Encoding: gzip']);
is OrderSave::Nginx::header($gzip, 'Content-Encoding'), 'gzip', 'compressed for who asks for it';
gunzip \$gzip->{body}, \my $text or die $GunzipError;
is $plain->($text), $plain->($page->{body}), 'and the same inside';

# pages, passes and decisions one after the other on one connection
$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}, Timeout => 5);
$socket->autoflush(1);
my $ask = sub {
    my ($method, $uri, $body) = @_;
    print $socket "$method $uri HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
        . (defined $body ? "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n" : '')
        . "\r\n" . ($body // '');
    my $answer = '';
    while ($answer !~ /\r\n\r\n/) { sysread $socket, $answer, 65536, length $answer or last }
    my ($length) = $answer =~ /^content-length: (\d+)/mi;
    my $head = index($answer, "\r\n\r\n") + 4;
    while (length($answer) < $head + ($length // 0)) { sysread $socket, $answer, 65536, length $answer or last }
    return $answer;
};
for my $round (1 .. 3) {
    like $ask->('GET', $t->cancel_uri(19)), qr/^HTTP\/1\.1 200.*ordersave_token/s, "round $round: a page";
    like $ask->('GET', '/shop/'), qr/store\z/, "round $round: the store";
}
my ($token) = $ask->('GET', $t->cancel_uri(20)) =~ /name="ordersave_token" value="([^"]+)"/;
like $ask->('POST', $t->cancel_uri(20), "ordersave_do=cancel&ordersave_token=$token"), qr/store\z/, 'cancel anyway on the same connection';
like $ask->('GET', '/shop/'), qr/store\z/, 'which goes on';

# two requests in one packet
print $socket 'GET ' . $t->cancel_uri(19) . " HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n"
    . "GET /shop/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
my $both = do { local $/; <$socket> };
like $both, qr/<\/html>\s*HTTP\/1\.1 200.*store/s, 'pipelined requests are answered in order';

is $t->raw('GET ' . $t->cancel_uri(19) . " HTTP/1.0\r\nAccept: text/html\r\n\r\n") =~ /ordersave_token/, 1, 'HTTP/1.0 too';

$t->stop;
done_testing;
