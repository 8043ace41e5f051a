#!/usr/bin/env perl

# The tracking panel and the pages about an order on its way, in Chromium.
# long

use strict;
use warnings;
use utf8;

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

use OrderSave::Browser;
use OrderSave::Nginx;

my $long = 'Handgewebte Wolldecke aus der Werkstatt am Fluss, 140 × 200 cm, in Waldgrün, weich';
my $t = OrderSave::Nginx->new(campaign => {
    api => {base => 'http://127.0.0.1:9', source => 'woocommerce', read => {url => '/orders/{{order.id}}'}},
    locales => [qw(en id ko fr)],
    brand => {name => 'Lumen & Loom', accent => '#1f5f4a', accent_text => '#ffffff', accent_dark => '#8fd3b6', accent_dark_text => '#0e241b'},
    contacts => [{kind => 'email', value => 'help@lumen.example'}, {kind => 'phone', value => '+441632960961'}, {kind => 'chat', value => '/contact/'}],
    review => {}, recommend => {}, mail => {from => 'shop@lumen.example', support => 'help@lumen.example'},
    returns => {days => 30, refund => {days => 14}, exchange => JSON::PP::true, photos => JSON::PP::true,
        cost => 'You pay for the parcel back.', instructions => 'Put the slip on top of what you send.', url => '/label/'},
    extras => {news => JSON::PP::true, referral => {text => 'Five for both of you.', url => '/friends/'}},
    sms => {ask => JSON::PP::true},
    track => {messages => {delivered => {sms => JSON::PP::true}}, carriers => {dhl => {name => 'DHL', url => 'https://dhl.example/{{number}}'}},
        return_policy => {text => '30 days, free of charge.', url => '/returns/'},
        packaging => [{id => 'gift', title => 'As a gift', text => 'With a card'}, {id => 'plain', title => 'Plain'}]},
    policy => {returns => {text => '30 days, free of charge.', url => '/returns/', exchange => 'In two days', refund => 'To your card'},
        shipping => [{region => 'Germany', weight => 'up to 5 kg', price => {EUR => '4.90'}, time => '2 to 3 days'}],
        fees => 'No other fees', delivery => 'By DHL', payment => ['Card', 'Invoice'], size_guide => {text => 'One size fits most.', url => '/sizes/'}},
})->start_redis->start_upstream(sub {
    my ($head) = @_;
    if ($head =~ m{^GET /(?:mug|tea)\.svg}) {
        my $svg = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#b58a63"/></svg>';
        return "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\nContent-Length: " . length($svg) . "\r\n\r\n$svg";
    }
    if ($head =~ m{^GET /shop\.css}) {
        my $css = 'body{font-family:Georgia,serif;margin:1rem}';
        return "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: " . length($css) . "\r\n\r\n$css";
    }
    sleep 0.05;
    my ($lang) = $head =~ /lang=(\w+)/;
    my $page = '<!DOCTYPE html><html lang="' . ($lang // 'en') . '"><head><meta charset="utf-8"><title>Order</title>'
        . '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/shop.css"></head>'
        . '<body><main><h1>Order</h1><p class="order-info">Order</p><p>After it.</p></main></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: default-src 'self'\r\nContent-Length: "
        . length($page) . "\r\n\r\n$page";
});

my $json = JSON::PP->new->canonical->utf8;
$t->redis('SET', $t->key('product:shop/tea', 'shop/tea'), $json->encode({id => 'tea', name => $long, url => '/tea/', image => '/tea.svg', price => 1250, currency => 'EUR'}));
mkdir $t->path('photos');
$t->start_nginx(server => <<"EOT");
        location /ordersave/ { ordersave_api on; ordersave_photos $t->{dir}/photos; }
        location /ordersave/panel.css { ordersave_api on; }
        location /blocks { ordersave_insert checkout append main; ordersave_insert returns append main; proxy_pass http://store; }
        location / { ordersave_track on; ordersave_insert products append main; ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key;
            ordersave_anchor after .order-info; proxy_pass http://store; }
EOT

my %pages;
my $n = 10;
my %key;
for my $tag (qw(en id ko fr)) {
    my %common = (locale => $tag, email => 'ana@shop.test', postcode => '10115', items => [
        {id => 'mug', name => $long, quantity => 2, total => 4500, image => '/mug.svg', url => '/mug/'},
        {id => 'tea', name => 'Tea', quantity => 1, total => 500}]);
    my ($way, $back, $there, $house) = ($n + 1, $n + 2, $n + 3, $n + 4);
    my $parcel = sub { my ($m, %o) = @_; return {number => "JD0146002841$way", carrier => 'dhl', milestone => $m, at => {shipped => time - 90000}, scan => time - 600,
        log => [map { {at => time - $_ * 4000, milestone => 'in_transit', text => 'Arrived at the sorting centre', place => 'Leipzig'} } 1 .. 4], %o} };
    my @at = (at => {confirmed => time - 180000, shipped => time - 90000, in_transit => time - 60000});
    $t->order($way, %common, track => {milestone => 'in_transit', @at, fits => ['tea'], arrival => {from => '2030-01-02', to => '2030-01-04', by => 'carrier'},
        parcels => [$parcel->('in_transit'), $parcel->('shipped', number => 'JD77')]});
    $t->order($back, %common, track => {milestone => 'shipped', side => 'returned', @at, parcels => [$parcel->('shipped', side => 'returned')]});
    $t->order($there, %common, track => {milestone => 'delivered', at => {delivered => time - 500}, parcels => [$parcel->('delivered')]});
    $t->order($house, %common, track => {milestone => 'confirmed', at => {confirmed => time - 500}});
    my $one = sub { my ($state, $want, %o) = @_; return {n => 1, nonce => "return/$state", at => time, state => $state, want => $want, currency => 'EUR', amount => 2250,
        lines => [{id => 'mug', name => $long, n => 1}], %o} };
    my $sent = $n + 5;
    $t->order($sent, %common, track => {milestone => 'delivered', at => {delivered => time - 500}, parcels => [$parcel->('delivered')], returns => [
        $one->('refunded', 'refund', refunded => 2250), $one->('declined', 'exchange', verdict => {comment => 'It has been worn, we are sorry to say.'}),
        $one->('approved', 'exchange', lines => [{id => 'mug', name => $long, n => 1, instead => 'L, waldgrün'}], verdict => {comment => 'Gladly.'})]});
    my $coded = $n + 6;
    $t->order($coded, %common, phone => '+49309018201', track => {milestone => 'shipped', @at, parcels => [$parcel->('shipped')], consent => {
        sms => {state => 'asked', nonce => 'n1', until => time + 3600, tries => 1, phone => '+49309018201'}, email => {state => 'asked', nonce => 'n2'}}});
    my $link = sub { my ($p, $id, %o) = @_; '/ordersave/' . ($p eq 'track' ? 'track' : $p) . '/' . $t->sign({p => $p, s => 'shop', o => "$id", l => $tag, g => 0, x => time + 3600, %o}) };
    $pages{$tag} = {
        panel => "/?id=$way&key=wc_order_$way&lang=$tag",
        back => "/?id=$sent&key=wc_order_$sent&lang=$tag", return => $link->('return', $there, v => 'owner'), stands => $link->('return', $sent, v => 'owner'),
        packaging => "/?id=$house&key=wc_order_$house&lang=$tag",
        arrived => "/?id=$there&key=wc_order_$there&lang=$tag",
        returned => "/?id=$back&key=wc_order_$back&lang=$tag",
        track => $link->('track', $way), steps => $link->('track', $way, v => 'steps'),
        answer => $link->('answer', $back), review => $link->('review', $there), solved => $link->('solved', $there),
        texts => $link->('texts', $way), code => $link->('texts', $coded), news => $link->('news', $there), confirm => $link->('confirm', $coded, r => 'n2'), box => "/?id=$coded&key=wc_order_$coded&lang=$tag",
        unsubscribe => $link->('unsubscribe', $there, c => 'c' x 22),
        blocks => "/blocks?lang=$tag",
    };
    $pages{$tag}{lookup} = '/ordersave/track' if $tag eq 'en';
    $key{$tag} = $way;
    $n += 10;
}

$t->order(97, locale => 'en', track => {milestone => 'confirmed', at => {confirmed => time - 500}});
my $unknown = {page => '/?id=97&key=wc_order_97&lang=en', key => $t->order_key(97), record => $t->redis('GET', $t->order_key(97))};
$t->redis('DEL', $unknown->{key});

my $id = $key{en};
my $before = $t->redis('GET', $t->order_key($id));
my $moved = $json->decode($before);
$moved->{track}{milestone} = $_->{milestone} = 'out_for_delivery' for $moved->{track}{parcels}[0], $moved->{track}{parcels}[1];
$t->write('plan.json', $json->encode({site => "http://127.0.0.1:$t->{port}", redis => "$t->{redis_port}", redis_pid => $t->{pids}{redis}, pages => \%pages,
    number => "JD0146002841$id", key => $t->order_key($id), before => $before, after => $json->encode($moved),
    unknown => $unknown, channel => $t->key('changed', "shop/$id"), order => "shop/$id"}));

my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();
browse('track.js', $t->path('plan.json'), @shots);

done_testing;
