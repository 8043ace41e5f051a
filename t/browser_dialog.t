#!/usr/bin/env perl

# The dialog before a storefront's own cancel, in Chromium: see
# t/browser/dialog.js. The storefront is a page with fetch(), XHR and GraphQL,
# its store one that answers late, with errors of status 200; what it is sent
# must be the same bytes as without us.
# long

use strict;
use warnings;

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

use OrderSave::Browser;
use OrderSave::Nginx;

my $json = JSON::PP->new->canonical->utf8;
my $given = OrderSave::Nginx::campaign({store => 'shop'})->{offers};
my $t = OrderSave::Nginx->new(campaign => {locales => [qw(en id ko fr)],
    experiment => {name => 'half', holdout => 30},
    contacts => [{kind => 'email', value => 'help@shop.test'}, {kind => 'chat', value => '/contact/', label => 'Chat with us'}],
    offers => [@$given, {id => 'move', reasons => ['address'], give => {request => {for => 'address'}}},
               {id => 'engrave', reasons => ['twice'], give => {request => {ask => [
                   {id => 'words', as => 'line', label => 'Engraving', required => JSON::PP::true}]}}}]});
my $cut = $t->path('without');

my %policy = (
    nonce   => "default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; style-src 'nonce-r4nd0m'; connect-src 'self'; img-src 'self' data:; base-uri 'none'",
    self    => "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'",
    trusted => "default-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'; trusted-types ordersave",
    denied  => "default-src 'self'; img-src 'self' data:; require-trusted-types-for 'script'; trusted-types 'none'",
);

# What a storefront's page looks like; with $cut it is as it was before us.
sub page {
    my ($kind, $lang) = @_;
    my $more = $kind eq 'luma' ? q( data-graphql="cancelOrder order_id" data-answer='200 {"data":{"cancelOrder":{"error":"The order was not cancelled","order":null}}}')
        : $kind eq 'uid' ? q( data-graphql="cancelOrder order_id base64") : '';
    my $ours = -e $cut ? '' : qq(<script nonce="r4nd0m" src="/ordersave/ordersave.js" data-cancel="POST /api/orders/*/cancel, DELETE /api/orders/*, POST /api/state/cancel orderId" data-timeout="20000"$more></script>);
    return qq(<!doctype html>\n<html lang="$lang"><head><meta charset="UTF-8"><title>My order</title><link rel="icon" href="data:,">$ours)
        . qq(<script nonce="r4nd0m" src="/shop.js"></script></head><body><main><h1>My order</h1><button id="go">Cancel order</button><p id="got"></p></main></body></html>\n);
}

# The storefront's own code: window.run says how its button cancels.
my $shop = <<'JS';
window.events = [];
document.addEventListener('ordersave', (e) => window.events.push(e.detail.state));
window.ways = {
    async fetch(id, more) {
        const r = await fetch(`/api/orders/${id}/cancel`, {method: 'POST', body: JSON.stringify({why: 'x'}),
            headers: {'Content-Type': 'application/json'}, ...more});
        return `${r.status} ${await r.text()}`;
    },
    async request(id) {
        const r = await fetch(new Request(`/api/state/cancel`, {method: 'POST', body: JSON.stringify({order: {orderId: id}}),
            headers: {'Content-Type': 'application/json'}}));
        return `${r.status} ${(await r.json()).state}`;
    },
    async bearer(id) {
        const r = await fetch(`/api/orders/${id}`, {method: 'DELETE', headers: {Authorization: 'Bearer ana'}, credentials: 'omit'});
        return `${r.status} ${(await r.json()).state}`;
    },
    async form(id) {
        const r = await fetch('/api/state/cancel', {method: 'POST', body: new URLSearchParams({orderId: id, x: 'ü'})});
        return `${r.status} ${(await r.json()).state}`;
    },
    xhr(id, more) {
        return new Promise((resolve) => {
            const x = window.last = new XMLHttpRequest(), seen = [];
            x.onreadystatechange = () => seen.push(x.readyState);
            for (const kind of ['load', 'error', 'abort', 'loadend']) x.addEventListener(kind, () => seen.push(kind));
            x.onloadend = () => resolve(`${x.status} ${x.responseText} ${x.getResponseHeader('content-type')} ${seen}`);
            x.open('POST', `/api/orders/${id}/cancel`, ...(more || []));
            x.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
            x.setRequestHeader('Content-Type', 'application/json');
            x.send('{"why": "x"}');
        });
    },
    /* as a well-known storefront does: all it looks at is data.cancelOrder.error */
    graphql(id, inline) {
        return new Promise((resolve) => {
            const x = new XMLHttpRequest();
            x.onload = () => {
                const error = JSON.parse(x.responseText).data.cancelOrder.error;
                resolve(error === null ? 'cancelled' : error);
            };
            x.onabort = x.onerror = () => resolve('loader turns for ever');
            x.open('POST', '/graphql');
            x.setRequestHeader('Content-Type', 'application/json');
            x.send(JSON.stringify(inline
                ? {query: `mutation { cancelOrder(input: {order_id: "${id}", reason: "x"}) { error order { status } } }`}
                : {query: 'mutation cancelOrder($order_id: ID!, $reason: String!) {\n  cancelOrder(input: {order_id: $order_id, reason: $reason}) {\n    error\n    order {\n      status\n    }\n  }\n}',
                   variables: {order_id: id, reason: 'Other'}}));
        });
    },
    async look(id) {
        return (await (await fetch('/graphql', {method: 'POST', body: JSON.stringify({query: `query { order(id: "${id}") { status } } # cancelOrder`})})).text());
    },
};
window.go = (way, ...args) => {
    window.got = undefined;
    document.getElementById('go').onclick = () => window.ways[way](...args)
        .then((r) => { window.got = r; }, (e) => { window.got = `${e.name}`; });
};
JS

sub answer {
    my ($status, $type, $text, $more) = @_;
    return "HTTP/1.1 $status OK\r\nContent-Type: $type\r\n" . ($more // '') . 'Content-Length: ' . length($text) . "\r\n\r\n$text";
}

$t->start_redis->start_upstream(sub {
    my ($head, $body) = @_;
    my ($method, $uri) = $head =~ m{^(\S+) (\S+)};
    if (my ($id) = $uri =~ m{^/mine/(\w+)}) {
        return answer(200, 'text/plain', 'ok', $head =~ /^(?:cookie: .*user=ana|authorization: Bearer ana)/mi ? "X-Ordersave-Order: $id\r\n" : '');
    }
    return answer(200, 'text/javascript', $shop) if $uri eq '/shop.js';
    if (my ($kind, $lang) = $uri =~ m{^/page/(\w+)/(\w+)}) {
        my $policy = $policy{$kind} ? "Content-Security-Policy: $policy{$kind}\r\n" : '';
        return answer(200, 'text/html; charset=UTF-8', page($kind, $lang), $policy);
    }
    if ($uri eq '/graphql') {
        sleep 0.3;
        return answer(200, 'application/json', '{"data":{"order":{"status":"Pending"}}}') if $body !~ /cancelOrder\s*\(/;
        return answer(200, 'application/json', '{"data":{"cancelOrder":{"error":"Order already closed, complete, cancelled or on hold","order":null}}}');
    }
    return answer(200, 'application/json', '{"state":"cancelled"}');
});
$t->start_nginx(server => <<'EOT');
        ordersave_verify /mine/$ordersave_order_id timeout=60s;
        location / { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /ordersave/ { ordersave_api on; }
EOT

my (@treated, @held);
# numbers that stand nowhere else in a request: no port, no version
for my $id (704_100 .. 704_190) {
    $t->order($id, placed => time - 60);
    my $said = $t->get("/ordersave/offer?order=$id", bare => 1, headers => ['Accept: application/vnd.ordersave+json', 'Cookie: user=ana'])->{body};
    push @{$said =~ /"token"/ ? \@treated : \@held}, "$id";
}

$t->forget_upstream;
my $log = $t->path('logs/upstream.requests');
$t->write('plan.json', $json->encode({site => "http://127.0.0.1:$t->{port}", treated => \@treated, held => \@held,
    requests => $log, without => $cut, locales => "$OrderSave::Nginx::ROOT/campaign/locales",
    shots => $ENV{ORDERSAVE_SHOTS}, decided => $t->path('decided')}));
browse('dialog.js', $t->path('plan.json'));

# what the browser saw is what was recorded
my $decided = $json->decode($t->read('decided'));
for my $id (sort keys %$decided) {
    my $is = eval { $json->decode($t->redis('GET', $t->decision_key($id))) } // {state => 'none'};
    is $is->{state}, $decided->{$id}{state}, "order $id: $decided->{$id}{how}";
    is_deeply $is->{said}, $decided->{$id}{said}, 'with what was typed' if $decided->{$id}{said};
}
for my $id (grep { $decided->{$_}{words} } sort keys %$decided) {
    is $t->event($id, 'asked')->{comment}, $decided->{$id}{words}, "order $id: the buyer's words";
}

$t->stop;
done_testing;
