# A block goes into the store's page, at its anchor and nowhere else.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $page = <<'EOT';
<!doctype html>
<html lang="en"><head><title>An order </body></title>
<script>document.write("<b></body></b>");</script></head>
<body class="shop" title="</body>">
<!-- </body> -->
<main><h1>Order</h1><section class="order-details wide"><p>Thanks</p></section></main>
<template></body></template>
</body>
</html>
EOT

my $t = OrderSave::Nginx->new;
mkdir $t->path('templates');
$t->write('templates/block_one.html.mustache', '<div id="ours">[{{brand.name}}]</div>');
$t->start_upstream(sub {
    my ($head) = @_;
    my ($type) = $head =~ m{^GET /(\S+)} ? $1 : '';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"x\"\r\n"
        . "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\nAccept-Ranges: bytes\r\n"
        . 'Content-Length: ' . length($page) . "\r\n\r\n$page";
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        location /none/ { proxy_pass http://store; }
        location /append/ { ordersave_insert one append body; proxy_pass http://store; }
        location /prepend/ { ordersave_insert one prepend body; proxy_pass http://store; }
        location /before/ { ordersave_insert one before .order-details; proxy_pass http://store; }
        location /inside/ { ordersave_insert one append section.wide; proxy_pass http://store; }
        location /after/ { ordersave_insert one after 'section[class="order-details wide"]'; proxy_pass http://store; }
        location /first/ { ordersave_insert one before .nothing; ordersave_insert one append main; proxy_pass http://store; }
        location /missing/ { ordersave_insert one before .nothing; proxy_pass http://store; }
EOT

my $ours = '<div id="ours">[Test Shop]</div>';

sub is_page {
    my ($uri, $re, $name) = @_;
    my $want = $page;
    if ($re) { $want =~ s/$re/$ours/ or die $name }
    my $got = $t->get($uri);
    is $got->{body}, $want, $name;
    return $got;
}

my $r = is_page '/none/', undef, 'nothing asked, nothing done';
is OrderSave::Nginx::header($r, 'ETag'), '"x"', 'and its headers are left';
$r = is_page '/append/', qr/(?=<\/body>\n<\/html>)/, 'append body';
is OrderSave::Nginx::header($r, $_), undef, "no $_" for qw(Content-Length ETag Last-Modified Accept-Ranges);
is OrderSave::Nginx::header($r, 'Cache-Control'), 'private', 'one visitor\'s';
is_page '/prepend/', qr/(?<=title="<\/body>">)/, 'prepend body';
is_page '/before/', qr/(?=<section)/, 'before a class';
is_page '/inside/', qr/(?=<\/section>)/, 'append a section';
is_page '/after/', qr/(?<=<\/section>)/, 'after an attribute';
is_page '/first/', qr/(?=<\/main>)/, 'the first that matches';
is_page '/missing/', undef, 'no anchor, no change';

$t->stop;
done_testing;
