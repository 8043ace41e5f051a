# A page with a strict policy (nonces, strict-dynamic), in a header or in a
# <meta>: what goes in carries the page's nonce. AMP pages, and parts of pages
# that scripts fetch, are left alone.

use strict;
use warnings;
use v5.30;
use Test::More;
use OrderSave::Nginx;

my $info = '<p class="order-info">Order #<mark class="order-number">19</mark> was placed</p>';
my $strict = "script-src 'nonce-%s' 'strict-dynamic'; style-src 'nonce-%s'; object-src 'none'; base-uri 'none'";
sub html { my ($head, $html) = @_; return "<!doctype html>\n<html" . ($html // '') . "><head><meta charset=\"UTF-8\"><title>Order</title>$head</head><body>$info<script>var a = ' nonce=\"wrong\"'</script></body></html>\n" }
my %pages = (
    header => [html('<script nonce="h3ad+/=">var a</script>'), sprintf $strict, 'h3ad+/=', 'st7le'],
    meta   => [html('<meta http-equiv="Content-Security-Policy" content="' . sprintf($strict, 'm3ta', 'm3ta') . '"><script nonce="m3ta">var a</script>')],
    late   => [html('<meta http-equiv="content-security-policy" content="' . sprintf($strict, 'l8', 'l8') . '"><!-- ' . 'x' x 70_000 . " --><link rel='stylesheet' href='/a.css' nonce='l8'>")],
    deep   => [html('<style>' . 'p{color:red}' x 6000 . '</style><meta http-equiv="Content-Security-Policy" content="' . sprintf($strict, 'd33p', 'd33p') . '"><script nonce="d33p">var a</script>')],
    none   => [html('<script>var nonce="no"</script>')],
    self   => [html(''), "script-src 'self'; style-src 'self'"],
    amp    => [html('<style amp-boilerplate>body{}</style><script async src="https://cdn.ampproject.org/v0.js"></script>', " \xe2\x9a\xa1 lang=en")],
    amp2   => [html('', ' amp')],
    part   => ["<div class=\"modal-body\">$info<p>It is on its way.</p></div>\n"],
    bare   => ["<body>$info</body>\n"],
);

my $t = OrderSave::Nginx->new(campaign => {policy => {fees => 'No fees.'}})->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($page, $policy) = @{$pages{($head =~ m{^\S+ /(?:slow|block)?/?(\w+)})[0] // ''} // ['?']};
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n" . ($policy ? "Content-Security-Policy: $policy\r\n" : '')
        . 'Content-Length: ' . length($page) . "\r\n\r\n$page";
});
$t->order(19, track => {milestone => 'in_transit', at => {}});
mkdir $t->path('templates');
$t->write('templates/block_note.html.mustache', '<aside class="note"><style>.note{color:#333}</style><script>var b</script>A note.</aside>');
$t->start_nginx(server => <<'EOT');
        location /ordersave/ { ordersave_api on; }
        location / { ordersave_track on; ordersave_order_id 19; ordersave_shown mark.order-number; ordersave_anchor after .order-info; proxy_pass http://store; }
        location /slow/ { ordersave_track on; ordersave_order_id 19; ordersave_shown mark.order-number; ordersave_anchor after .order-info;
            proxy_pass http://store; proxy_buffer_size 1k; proxy_buffers 4 1k; proxy_busy_buffers_size 2k; }
        location /block/ { ordersave_insert note after .order-info; proxy_pass http://store; }
        location /asked/ { ordersave_track on; ordersave_order_id 20; ordersave_shown mark.order-number; ordersave_anchor after .order-info; proxy_pass http://store/; }
EOT

sub page { my ($uri) = @_; return $t->in_time(sub { $t->get($uri) }) }
sub tags { my ($page) = @_; my ($in) = $page->{body} =~ m{(<ordersave-panel.*</ordersave-panel>)}s; return join ' ', map { /^<(\w+)/ ? "$1=" . (/ nonce="([^"]*)"/ ? $1 : '-') : () } ($in // '') =~ /<(?:script|style|link)\b[^>]*>/g }

is tags(page('/header')), 'link=st7le link=st7le script=h3ad+/=', 'of a header: each gets its own';
is OrderSave::Nginx::header(page('/header'), 'Link'), undef, '  no style is fetched ahead, without one';
is tags(page('/meta')), 'link=m3ta link=m3ta script=m3ta', 'of a <meta>: that of the page';
is tags(page('/slow/meta')), 'link=m3ta link=m3ta script=m3ta', '  in small pieces';
is tags(page('/slow/late')), 'link=l8 link=l8 script=l8', 'far down';
is tags(page('/deep')), 'link=d33p link=d33p script=d33p', 'a policy far down in the head';
is tags(page('/slow/deep')), 'link=d33p link=d33p script=d33p', '  in small pieces';
is tags(page('/none')), 'link=- link=- script=-', 'a page without one';
is tags(page('/self')), 'link=- link=- script=-', 'a policy without one';
like OrderSave::Nginx::header(page('/self'), 'Link'), qr/preload/, '  the style is fetched ahead';

for my $kind (qw(amp amp2 part)) {
    my $page = page("/$kind");
    is $page->{body}, $pages{$kind}[0], "$kind: left alone";
    $page = $t->get("/block/$kind");
    is $page->{body}, $pages{$kind}[0], '  by blocks too';
}
is tags(page('/bare')), 'link=- link=- script=-', 'a page that is one';

like $t->get('/block/header')->{body}, qr{<style nonce="st7le">\.note\{color:#333\}</style><script nonce="h3ad\+/=">var b</script>A note}, 'a block of the shop, with a style and a script';

$t->stop;
done_testing;
