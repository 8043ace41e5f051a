# Trailers, those that nginx adds and those that the store sends, come behind
# the page that ours is in.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body>\n" . "<p>a page</p>\n" x 900 . "</body>\n";
my $t = splice_test;
my ($major, $minor, $patch) = `$t->{nginx} -v 2>&1` =~ m{nginx/(\d+)\.(\d+)\.(\d+)};
my $passes = $major * 1e6 + $minor * 1e3 + $patch >= 1_027_002;

$t->start_upstream(sub {
    my ($head) = @_;
    return answer($page) if $head =~ m{^GET /length};
    return answer($page, 'Content-Length' => undef, 'Transfer-Encoding' => 'chunked', Trailer => 'X-Sum') =~ s/\r\n\r\n.*/\r\n\r\n/sr
        . join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ } unpack '(a5000)*', $page)
        . "0\r\nX-Sum: 42\r\nX-Other: of the store\r\n\r\n";
});
my $port = OrderSave::Nginx::free_port();
my $store = 'proxy_http_version 1.1; proxy_pass http://store/;';
my $te = 'proxy_set_header Connection te; proxy_set_header TE trailers;';
$t->start_nginx(redis => ' ', server => <<"EOT" . ($passes ? <<"EOT" : ''));
        listen 127.0.0.1:$port http2;
        ordersave_insert one append body;
        location / { $store }
        location /added/ { add_trailer X-Done yes; $store }
        location /unbuffered/ { add_trailer X-Done yes; proxy_buffering off; $store }
        location /nowhere/ { add_trailer X-Done yes; ordersave_insert one append .nowhere; $store }
        location /gzip/ { add_trailer X-Done yes; gzip on; gzip_proxied any; gzip_types text/html; $store }
EOT
        location /store/ { $te proxy_pass_trailers on; $store }
        location /store-unbuffered/ { $te proxy_pass_trailers on; proxy_buffering off; $store }
        location /both/ { $te add_trailer X-Done yes; proxy_pass_trailers on; $store }
EOT

# (the page, its trailers)
sub parts {
    my ($uri, @headers) = @_;
    my $raw = $t->raw(join "\r\n", "GET $uri HTTP/1.1", 'Host: localhost', 'TE: trailers', 'Connection: close', @headers, '', '');
    my (undef, $body) = split /\r\n\r\n/, $raw, 2;
    my ($trailers) = $body =~ /\r\n0\r\n(.*?)\r\n\z/s;
    return (OrderSave::Nginx::_unchunk($body), join '|', sort split /\r\n/, $trailers // 'none');
}

sub is_both {
    my ($uri, $want, $trailers, $name) = @_;
    my ($body, $got) = parts($uri);
    ok $body eq $want, "$name: the page";
    is $got, $trailers, 'and its trailers';
}

my $with = with_ours($page);
is_both '/chunked', $with, '', "the store's, which nobody asked for";
for my $way (qw(chunked length)) {
    is_both "/added/$way", $with, 'X-Done: yes', "added, $way";
    is_both "/unbuffered/$way", $with, 'X-Done: yes', "without buffers, $way";
    is_both "/nowhere/$way", $page, 'X-Done: yes', "an anchor that is nowhere, $way";
}

my (undef, $behind) = parts('/gzip/length', 'Accept-Encoding: gzip');
is $behind, 'X-Done: yes', 'behind gzip';

SKIP: {
    skip 'this nginx passes no trailers of the store', 8 if !$passes;
    is_both '/store/', $with, 'X-Other: of the store|X-Sum: 42', "the store's";
    is_both '/store-unbuffered/', $with, 'X-Other: of the store|X-Sum: 42', 'without buffers';
    is_both '/both/', $with, 'X-Done: yes|X-Other: of the store|X-Sum: 42', 'both';
    is_both '/store/length', $with, '', 'none';
}

SKIP: {
    skip 'no nghttp', 2 if !`which nghttp`;
    my $got = `nghttp -v -H 'te: trailers' http://127.0.0.1:$port/added/chunked 2>&1`;
    like $got, qr/x-done: yes/, 'over HTTP/2';
    my ($last) = $got =~ /.*(recv [A-Z]+ frame <[^>]*flags=0x\d[1357])/s;
    like $last // '', qr/^recv HEADERS/, 'at its end';
}
$t->stop;
done_testing;
