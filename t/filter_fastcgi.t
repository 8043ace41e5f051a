# A store behind FastCGI: a responder of a few lines that speaks the protocol,
# and may go away before all that it announced is sent.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body>\n" . "<p>a page</p>\n" x 3000 . "</body>\n";
my $t = splice_test;
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 8, Proto => 'tcp') or die;
my $pid = fork // die;
if ($pid == 0) {
    my $record = sub { my ($type, $data) = @_; return pack('CCnnCx', 1, $type, 1, length $data, 0) . $data };
    while (my $c = $listen->accept) {
        my ($in, $params) = ('', '');
        READ: while (sysread $c, $in, 65536, length $in) {
            while (length $in >= 8) {
                my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $in;
                last if length $in < 8 + $len + $pad;
                my $data = substr $in, 8, $len;
                substr $in, 0, 8 + $len + $pad, '';
                $params .= $data if $type == 4;
                last READ if $type == 5 and !$len;
            }
        }
        my $asked = $params =~ /HTTP_ACCEPT_ENCODING/ ? 'yes' : 'no';
        my $cut = $params =~ m{/cut};
        my $length = $params =~ m{/(cut|length)} ? 'Content-Length: ' . length($page) . "\r\n" : '';
        my $out = "Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n${length}X-Asked: $asked\r\n\r\n$page";
        $out =~ s{</body>\n\z}{} if $cut;
        syswrite $c, $record->(6, substr $out, 0, 5000, '') while length $out;
        syswrite $c, $record->(6, '') . $record->(3, pack 'NCx3', 0, 0) unless $cut;
        close $c;
    }
    POSIX::_exit(0);
}
$t->{pids}{fastcgi} = $pid;
my $http2 = OrderSave::Nginx::free_port();
my $to = '127.0.0.1:' . $listen->sockport;
close $listen;
$t->start_nginx(redis => ' ', server => <<"EOT");
        fastcgi_param REQUEST_METHOD \$request_method;
        fastcgi_param REQUEST_URI \$request_uri;
        listen 127.0.0.1:$http2 http2;
        ordersave_insert one append body;
        location / { fastcgi_pass $to; }
        location /unbuffered/ { fastcgi_buffering off; fastcgi_pass $to; }
        location /plain/ { ordersave_insert one append .nowhere; fastcgi_pass $to; }
EOT

sub raw { my ($uri) = @_; return $t->raw("GET $uri HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout => 3) }
for my $uri ('/length', '/unbuffered/length') {
    ok $t->get($uri)->{body} eq with_ours($page), "$uri: all that was announced";
}
for my $uri ('/cut', '/unbuffered/cut') {
    my $raw = raw($uri);
    unlike $raw, qr/id="ours"/, "$uri: less than that, and nothing goes in";
    unlike $raw, qr/\r\n0\r\n\r\n/, 'nor is it said to be all';
    is length OrderSave::Nginx::_unchunk((split /\r\n\r\n/, $raw, 2)[1]), length($page) - 8, 'what has come goes on';
}
my $client = `nghttp -n -v http://127.0.0.1:$http2/cut 2>&1`;
like $client, qr/RST_STREAM/, 'HTTP/2 is told so';
like `nghttp -n -v http://127.0.0.1:$http2/length 2>&1`, qr/END_STREAM/, 'and of a whole page, that it is one';

my $r = $t->get('/', headers => ['Accept-Encoding: gzip']);
ok $r->{body} eq with_ours($page), 'a page of FastCGI';
is OrderSave::Nginx::header($r, 'X-Asked'), 'no', 'which is not asked to compress';
ok $t->get('/unbuffered/')->{body} eq with_ours($page), 'without buffers';
ok $t->get('/plain/')->{body} eq $page, 'an anchor that is nowhere';
$t->stop;
done_testing;
