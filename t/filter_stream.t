# The page streams: cut anywhere it is the same, what has come goes on at once,
# and a store or a client that stops half-way breaks nothing.

use strict;
use warnings;
use Test::More;
use IO::Select;
use IO::Socket::INET;
use OrderSave::Nginx;
use OrderSave::Patience;
use OrderSave::Splice;
use Time::HiRes qw(sleep);

my $page = "<!doctype html><body class=\"a\"><script>'</body>'</script><i title='>'>x</i></body>\n</html>\n";
my $big = "<!doctype html><body>\n" . "<p>a page of many pieces</p>\n" x 30000 . "</body>\n";

my $t = splice_test;
$t->start_upstream(sub {
    my ($head, undef, $socket) = @_;
    my ($what, $n) = $head =~ m{^GET /(\w+)/?(\d*)};
    if ($what eq 'cut') {
        # two pieces, the second a little later
        my $first = substr $page, 0, $n;
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " . length($page) . "\r\n\r\n$first";
        sleep 0.004;
        return substr $page, $n;
    }
    if ($what eq 'bytes') {
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
        for my $c (split //, $page) { syswrite $socket, "1\r\n$c\r\n"; sleep 0.0005 }
        return "0\r\n\r\n";
    }
    if ($what eq 'slow') {
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
        syswrite $socket, sprintf "%x\r\n%s\r\n", length $_, $_ for '<!doctype html><body><p>first</p><im';
        await(sub { -e $t->path('go') });
        return join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ } 'g src=x></body>', "\n") . "0\r\n\r\n";
    }
    if ($what eq 'broken') {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n<body><p>half a page</p><div cla";
    }
    if ($what eq 'unfinished') {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            . "28\r\n<body><p>half a page</p></body><div clas\r\n100\r\nmore";
    }
    return answer($big);
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        ordersave_insert one append body;
        location / { proxy_pass http://store; proxy_buffering off; proxy_http_version 1.1; }
        location /buffered/ { proxy_pass http://store/; proxy_http_version 1.1; }
        location /small/ { proxy_buffer_size 1k; proxy_buffers 3 1k; proxy_busy_buffers_size 2k; proxy_pass http://store/; }
        location /tag/ { ordersave_insert one before .x; proxy_pass http://store/; proxy_http_version 1.1; }
        location /tag/unbuffered/ { ordersave_insert one before .x; proxy_buffering off; proxy_pass http://store/; }
        location /trailer/ { add_trailer X-Done yes; proxy_pass http://store/; }
EOT

my $with = with_ours($page);
my @wrong = grep { $t->get("/cut/$_")->{body} ne $with } 1 .. length($page) - 1;
is "@wrong", '', 'cut at every byte';
@wrong = grep { $t->get("/buffered/cut/$_")->{body} ne $with } map { $_ * 7 } 1 .. 12;
is "@wrong", '', 'and buffered';
is $t->get('/bytes')->{body}, $with, 'byte by byte';
is $t->get('/buffered/bytes')->{body}, $with, 'and buffered';

# the store goes on when the beginning has been read
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
print $socket "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
$socket->flush;
my $got = '';
my $select = IO::Select->new($socket);
while ($got !~ /first<\/p>/ && $select->can_read(patience())) { sysread $socket, $got, 65536, length $got or last }
like $got, qr{first</p>}, 'what has come goes on at once';
$t->write('go', '');
1 while sysread $socket, $got, 65536, length $got;
like OrderSave::Nginx::_unchunk((split /\r\n\r\n/, $got, 2)[1]), qr{<img src=x>@{[quotemeta OURS]}</body>\n\z}, 'and the rest later';

my $with_big = with_ours($big);
ok $t->get('/big')->{body} eq $with_big, 'a big page';
ok $t->get('/small/big')->{body} eq $with_big, 'through small buffers';
ok $t->get('/buffered/big')->{body} eq $with_big, 'through a file, perhaps';

my $raw = $t->raw("GET /buffered/big HTTP/1.0\r\nHost: localhost\r\n\r\n");
ok +(split /\r\n\r\n/, $raw, 2)[1] eq $with_big, 'HTTP/1.0';
unlike +(split /\r\n\r\n/, $raw, 2)[0], qr/chunked|keep-alive/i, 'ends with the connection';

$raw = $t->raw("GET /trailer/cut/20 HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close\r\n\r\n");
like $raw, qr/@{[quotemeta OURS]}.*\r\n0\r\nX-Done: yes\r\n\r\n\z/s, 'trailers';

# one connection, two pages and something else
$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
$got = '';
for my $uri ('/cut/30', '/cut/40', '/cut/50') {
    print $socket "GET $uri HTTP/1.1\r\nHost: localhost\r\n\r\n";
    $socket->flush;
    my $one = '';
    sysread $socket, $one, 65536, length $one until $one =~ /\r\n0\r\n\r\n\z/;
    $got .= OrderSave::Nginx::_unchunk((split /\r\n\r\n/, $one, 2)[1]);
}
is $got, $with x 3, 'keep-alive';

# a client that reads slowly
$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), pack 'i', 65536;
print $socket "GET /small/big HTTP/1.0\r\n\r\n";
$socket->flush;
$got = '';
for (1 .. 20) { sysread $socket, $got, 2000, length $got; sleep 0.01 }
1 while sysread $socket, $got, 65536, length $got;
ok +(split /\r\n\r\n/, $got, 2)[1] eq $with_big, 'a slow client';

# one that leaves half-way
for my $uri ('/big', '/buffered/big', '/slow') {
    $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
    print $socket "GET $uri HTTP/1.1\r\nHost: localhost\r\n\r\n";
    $socket->flush;
    sysread $socket, $got, 100;
    close $socket;
}
is $t->get('/cut/10')->{body}, $with, 'clients that leave';

# a store that does
for my $uri ('/broken', '/buffered/broken') {
    $raw = $t->raw("GET $uri HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    unlike $raw, qr/id="ours"/, "$uri: nothing goes into half a page";
    unlike $raw, qr/\r\n0\r\n\r\n\z/, 'which is no whole one';
    like $raw, qr{<p>half a page</p>}, 'what has come has gone on';
}
for my $uri ('/tag/broken', '/tag/unbuffered/broken') {
    $raw = $t->raw("GET $uri HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    is OrderSave::Nginx::_unchunk((split /\r\n\r\n/, $raw, 2)[1]), '<body><p>half a page</p><div cla', "$uri: and what was held of a tag";
}
$raw = $t->raw("GET /unfinished HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
like $raw, qr{<p>half a page</p>@{[quotemeta OURS]}</body><div clas}, 'what stops behind the place has ours';
unlike $raw, qr/\r\n0\r\n\r\n\z/, 'and is no whole page either';
$t->stop;
done_testing;
