# Over HTTP/2, several pages at once.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

plan skip_all => 'no nghttp' unless `which nghttp`;

my $page = "<!doctype html><body>\n" . "<p>a page</p>\n" x 3000 . "</body>\n";
my $t = splice_test;
my $port = OrderSave::Nginx::free_port();
$t->start_upstream(sub {
    my ($head) = @_;
    return answer($page, ETag => '"x"', Connection => 'close', 'Content-Length' => 99999) if $head =~ m{^GET /cut};
    return answer($page, ETag => '"x"');
});
$t->start_nginx(redis => ' ', server => <<"EOT");
        listen 127.0.0.1:$port http2;
        ordersave_insert one append body;
        location / { proxy_pass http://store; }
EOT

my $got = `nghttp http://127.0.0.1:$port/ 2>&1`;
ok $got eq with_ours($page), 'a page';
$got = `nghttp -m 8 http://127.0.0.1:$port/ 2>&1`;
my $n = () = $got =~ /id="ours"/g;
is $n, 8, 'eight at once';
is length $got, 8 * length with_ours($page), 'all of them whole';
$got = `nghttp -nv http://127.0.0.1:$port/ 2>&1`;
like $got, qr/cache-control: private/, 'its headers';
unlike $got, qr/content-length|etag/i, 'without a length';
unlike $got, qr/DATA frame <length=0/, 'the end comes with the last of the page';
unlike $got, qr/recv RST_STREAM/, 'and its end';
$got = `nghttp -v http://127.0.0.1:$port/cut 2>&1`;
like $got, qr/<p>a page<\/p>\n@{[quotemeta OURS]}<\/body>/, 'a store that stops half-way';
like $got, qr/recv RST_STREAM/, 'is seen to have done so';
$t->stop;
done_testing;
