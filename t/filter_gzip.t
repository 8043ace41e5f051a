# Compression: not between store and nginx, and as ever towards the client.

use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body>\n" . "<p>a page of some length</p>\n" x 400 . "</body>\n";

my $t = splice_test;
$t->start_upstream(sub {
    my ($head) = @_;
    return $head =~ /^accept-encoding:.*gzip/mi
        ? answer(Compress::Zlib::memGzip($page), 'Content-Encoding' => 'gzip') : answer($page);
});
$t->start_redis->start_nginx(server => <<'EOT');
        gzip on; gzip_types text/html; gzip_proxied any;
        location / { ordersave_insert one append body; proxy_pass http://store; }
        location /forced/ { ordersave_insert one append body; proxy_set_header Accept-Encoding gzip; proxy_pass http://store/; }
        location /gunzip/ { ordersave_insert one append body; gunzip on; proxy_set_header Accept-Encoding gzip; proxy_pass http://store/; }
        location /track/ { ordersave_track on; ordersave_order_id $arg_id; ordersave_proof $arg_key; ordersave_anchor append body; proxy_pass http://store/; }
        location /off/ { proxy_pass http://store/; }
EOT

my $r = $t->get('/', headers => ['Accept-Encoding: gzip, br']);
is OrderSave::Nginx::header($r, 'Content-Encoding'), 'gzip', 'the client gets gzip';
is Compress::Zlib::memGunzip($r->{body}), with_ours($page), 'of the page with ours';
unlike(($t->upstream_requests)[-1]{head}, qr/^accept-encoding/mi, 'which the store was not asked for');

sub wants { my ($dest) = @_; return $t->raw("GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\nSec-Fetch-Dest: $dest\r\n\r\n") }
for my $dest (qw(script style image font audio worker)) {
    wants($dest);
    like(($t->upstream_requests)[-1]{head}, qr/^accept-encoding: gzip/mi, "a $dest may come compressed");
}
for my $dest (qw(document iframe empty)) {
    wants($dest);
    unlike(($t->upstream_requests)[-1]{head}, qr/^accept-encoding/mi, "what may be a page, not: $dest");
}

$r = $t->get('/');
is $r->{body}, with_ours($page), 'a client without gzip';
is OrderSave::Nginx::header($r, 'Content-Encoding'), undef, 'gets none';

$r = $t->get('/forced/', headers => ['Accept-Encoding: gzip']);
is Compress::Zlib::memGunzip($r->{body}), $page, 'what comes compressed all the same passes';

$r = $t->get('/gunzip/');
is $r->{body}, with_ours($page), 'behind gunzip, for a client without gzip';

$t->get('/off/', headers => ['Accept-Encoding: gzip']);
like(($t->upstream_requests)[-1]{head}, qr/^accept-encoding: gzip/mi, 'elsewhere the store is asked as ever');
sub asked_for { return scalar(($t->upstream_requests)[-1]{head} =~ /^accept-encoding: gzip/mi) ? 'gzip' : 'plain' }
for my $case (['GET', '/track/?id=19&key=x', 'plain', 'an order to show: the store is not to compress'], ['GET', '/track/', 'gzip', 'without an order it may'],
              ['HEAD', '/track/?id=19&key=x', 'gzip', 'as for HEAD'], ['PUT', '/track/?id=19&key=x', 'gzip', 'or PUT'], ['PUT', '/', 'gzip', 'also where a block goes in']) {
    my ($method, $uri, $want, $what) = @$case;
    $t->http($method, $uri, headers => ['Accept-Encoding: gzip']);
    is asked_for(), $want, $what;
}
$t->stop;
done_testing;
