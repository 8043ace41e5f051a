#!/usr/bin/env perl

# The way to a withdrawal, and its two steps, in Chromium.
# long

use strict;
use warnings;
use utf8;

use JSON::PP;
use Test::More;

use Demo;
use OrderSave::Browser;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {
    locales => [qw(en fr id ko)], withdrawal => {}, mail => {from => 'shop@lumen.example', support => 'help@lumen.example'},
    brand => {name => 'Lumen & Loom', accent => '#1f5f4a', accent_text => '#ffffff', accent_dark => '#8fd3b6', accent_dark_text => '#0e241b'},
})->start_redis(aof => 1)->start_upstream(sub {
    my ($head) = @_;
    my ($look, $lang) = $head =~ m{^GET /(\w+)/(\w+)};
    my $css = $look eq 'dark' ? 'body{background:#111;color:#eee;font:16px sans-serif}a{color:#9cf}' : 'body{font:18px Georgia,serif}footer{font-size:80%}';
    my $page = qq{<!DOCTYPE html><html lang="$lang"><head><meta charset="utf-8"><title>Shop</title><meta name="viewport" content="width=device-width, initial-scale=1">}
        . "<style>$css</style></head><body><main><h1>Shop</h1><p>Things.</p></main><footer><p>Imprint</p></footer></body></html>";
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
})->start_nginx(server => 'location /ordersave/ { ordersave_api on; } location / { ordersave_insert withdraw append footer; proxy_pass http://store; }');

$t->order(7, locale => 'en', email => 'ana@shop.test', items => [
    {id => 'mug', name => 'Handgewebte Wolldecke aus der Werkstatt am Fluss, 140 × 200 cm, in Waldgrün', quantity => 2, total => 4500}, {id => 'tea', name => 'Tea', quantity => 1, total => 500}]);

# every page of the demo store, in the visitor's languages

my $shop = Demo->store('--hold', 0);
my $bought = $shop->order(customer => 'ada', locale => 'en', status => 'processing');
my $front = OrderSave::Nginx->new(campaign => {locales => [qw(en fr)], withdrawal => {}, mail => {from => 'shop@lumen.example', support => 'help@lumen.example'}});
$front->{upstream_port} = $shop->url =~ /:(\d+)/ ? $1 : 0;
$front->start_redis->start_nginx(server => 'location /ordersave/ { ordersave_api on; } location / { ordersave_insert withdraw append footer; ordersave_locale $arg_speak; proxy_pass http://store; proxy_set_header Host $http_host; }');
my ($product) = $front->get('/shop')->{body} =~ m{href="[^"]*(/product/[^"?]+)"};
my ($received) = map { s{^https?://[^/]+}{}r } grep { defined } $bought->{order}{received_url} // "/checkout/order-received/$bought->{order}{id}/?key=$bought->{order}{order_key}";
my @shop_pages = ('/', '/shop', $product, '/cart', '/checkout', '/my-account', '/my-account/orders', "/my-account/view-order/$bought->{order}{id}", $received, '/track-order');

# what the page says in each language is in these files; the law's words stand
# in the program, and are typed here a second time
my %law = (en => ['Withdraw from contract here', 'Confirm withdrawal'], de => ['Vertrag widerrufen', 'Widerruf bestätigen'], fr => ['Renoncer au contrat ici', 'Confirmer la rétractation'],
    el => ['Πατήστε εδώ για υπαναχώρηση', undef], bg => [undef, undef], id => [undef, undef]);
my @langs = $ENV{ORDERSAVE_FULL} ? map { m{(\w+)\.json$} } glob 'campaign/withdrawal/*.json' : sort keys %law;
my %words = map { my $lang = $_; open my $f, '<:raw', "campaign/withdrawal/$_.json" or die "$_: $!"; local $/; ($lang => {law => $law{$lang} // [], %{decode_json(<$f>)}}) } @langs;
my $link = '/ordersave/withdraw/' . $t->sign({p => 'withdraw', s => 'shop', o => '7', v => 'owner', g => 0, x => time + 3600});
$t->write('plan.json', JSON::PP->new->utf8->encode({site => "http://127.0.0.1:$t->{port}", link => $link, words => \%words,
    shop => {site => "http://127.0.0.1:$front->{port}", cookie => $bought->{cookie}, pages => \@shop_pages, langs => [qw(en de fr el bg)]}}));

browse('withdraw.js', $t->path('plan.json'), $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ());

# each of them pressed the button, one of them twice
my %said = map { ($_->{order} => 1) } grep { $_->{kind} eq 'statement' } map { decode_json($_->[1][1]) } map { @{$t->redis('XRANGE', $_, '-', '+')} } grep { /:ev$/ } @{$t->redis('KEYS', '*')};
is scalar(keys %said), $ENV{ORDERSAVE_FULL} ? @langs + 1 : 3, 'what was stated is there, each once';

$front->stop;
$shop->stop;

done_testing;
