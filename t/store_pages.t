#!/usr/bin/env perl

# The demo store's pages are WooCommerce's where it matters: the Cancel link,
# the tracking page's three faces, headers, who is shown what.

use strict;
use warnings;

use Compress::Zlib ();
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;

use Demo;

my $store = Demo->store('--hold', 0);
my $base = $store->url;
my $ada = $store->order(customer => 'ada');
my $id = $ada->{order}{id};
my $key = $ada->{order}{order_key};
my @as_ada = (Cookie => $ada->{cookie});

my $ENCODED = $base =~ s/:/%3A/gr =~ s{/}{%2F}gr;

for my $page ('/my-account/orders/', "/my-account/view-order/$id/") {
    subtest "the Cancel link of $page" => sub {
        my $html = $store->get($page, @as_ada)->text;

        like $html, qr{<a\ href="\Q$base\E/cart/\?cancel_order=true&\#038;order=
            $key&\#038;order_id=$id&\#038;redirect=\Q$ENCODED\E%2Fmy-account%2F
            &\#038;_wpnonce=[0-9a-f]{10}"\ class="woocommerce-button\ button
            \ cancel"\ aria-label="Cancel\ order\ $id">Cancel</a>}x;
    };
}

subtest 'no Cancel link where nothing can be cancelled' => sub {
    my $paid = $store->order(customer => 'ada', status => 'processing');
    my $html = $store->get("/my-account/view-order/$paid->{order}{id}/",
                           @as_ada)->text;

    like $html, qr/Processing/;
    unlike $html, qr/cancel_order/;
};

subtest 'the status alone proves nothing' => sub {
    my $res = $store->get("/my-account/view-order/$id/");

    is $res->code, 200, 'a guest';
    like $res->text, qr/name="woocommerce-login-nonce"/;
    unlike $res->text, qr/order-number/;

    my $other = $store->order(customer => 'budi');
    $res = $store->get("/my-account/view-order/$id/",
                       Cookie => $other->{cookie});

    is $res->code, 200, 'another user';
    like $res->text, qr/Invalid order\./;
    unlike $res->text, qr/order-number/;

    $res = $store->get("/my-account/view-order/$id/", @as_ada);

    like $res->text, qr{<mark class="order-number">$id</mark>}, 'the owner';
};

sub track {
    my (%form) = @_;

    return $store->request('POST', '/track-order/', {}, form => \%form)->res;
}

subtest 'tracking: form, error and result share URL and status' => sub {
    my $form = $store->get('/track-order/');
    my ($nonce) = $form->text
        =~ /name="woocommerce-order-tracking-nonce" value="(\w+)"/;

    is $form->code, 200;
    ok $nonce;
    unlike $form->text, qr/order-info/;

    my %good = (orderid => $id, order_email => 'ADA@example.com',
                'woocommerce-order-tracking-nonce' => $nonce);
    my $wrong = track(%good, order_email => 'x@example.com');

    is $wrong->code, 200;
    like $wrong->text, qr/could not be found/;
    unlike $wrong->text, qr/order-info/;

    my $none = track(%good, 'woocommerce-order-tracking-nonce' => 'x');
    unlike $none->text, qr/order-info|could not be found/, 'no nonce, no look';

    $store->api(POST => "/orders/$id/notes",
                { note => 'Packed <today>', customer_note => \1 });
    $store->api(POST => "/orders/$id/notes", { note => 'only for us' });

    my $found = track(%good);
    my $html = $found->text;

    is $found->code, 200;
    like $html, qr{<p class="order-info">Order #<mark class="order-number">$id<};
    like $html, qr{<mark class="order-status">Pending payment</mark>};
    like $html, qr{<ol\ class="woocommerce-OrderUpdates\ commentlist\ notes">
                   .*Packed\ &lt;today&gt;}sx;
    unlike $html, qr/only for us/;
    like $html, qr{</ol>.*<table class="[^"]*\bshop_table\s+order_details"}s;

    my $by_get = $store->get("/track-order/?orderid=$id"
        . '&order_email=ada%40example.com'
        . "&woocommerce-order-tracking-nonce=$nonce");
    like $by_get->text, qr/order-info/, 'GET arguments work as well';
};

subtest 'headers as PHP sends them' => sub {
    my ($head) = split /\r\n\r\n/, $store->bytes('GET', '/track-order/');

    like $head, qr{^Content-Type: text/html; charset=UTF-8\r?$}m;
    like $head, qr{^Transfer-Encoding: chunked\r?$}m;
    unlike $head, qr/^(?:Content-Length|ETag|Last-Modified):/mi;
    unlike $head, qr/^Cache-Control:/mi, 'a guest may be cached';

    my $res = $store->get('/track-order/', @as_ada);
    like $res->headers->cache_control, qr/no-store, private/, 'logged in';

    $res = $store->get('/my-account/');
    is $res->headers->header('Content-Security-Policy'),
       "frame-ancestors 'self'";
};

subtest 'gzip where it is accepted' => sub {
    my ($head, $body) = split /\r\n\r\n/, $store->bytes(
        'GET', '/cart/', 'Accept-Encoding' => 'gzip'), 2;
    my $gzip = '';

    like $head, qr/^Content-Encoding: gzip\r?$/m;
    $gzip .= substr $body, 0, hex $1, '' while $body =~ s/^\s*([0-9a-f]+)\r\n//i;
    like Compress::Zlib::memGunzip($gzip), qr{<h1>Cart</h1>};

    unlike $store->bytes('GET', '/cart/'), qr/^Content-Encoding:/m;
};

subtest 'the end of a page, and one that only looks like it' => sub {
    my $html = $store->get('/')->body;

    is length($html) - rindex($html, '</body>'), 16;
    like $html, qr{<script>/\*[^<]*</body>};
};

subtest 'the cart page has the size it has' => sub {
    my $large = Demo->store('--cart-kb', 260);

    cmp_ok length $large->get('/cart/')->body, '>', 255_000;
    $large->stop;
};

subtest 'logging in and out' => sub {
    my $tx = $store->request('POST', '/my-account/', {},
                             form => { username => 'minji', password => 'demo' });
    my ($cookie) = @{ $tx->res->cookies };

    is $tx->res->code, 302;
    is $cookie->name, 'wordpress_logged_in';
    like $store->get('/my-account/', Cookie => $cookie->name . '='
                                               . $cookie->value)->text,
         qr/Hello Minji/;
    like $store->request('POST', '/my-account/', {},
        form => { username => 'minji', password => 'no' })->res->text,
        qr/not right/;
    like $store->get('/my-account/', Cookie => 'wordpress_logged_in=ada|0')
        ->text, qr/woocommerce-login-nonce/, 'a forged cookie';
};

subtest 'shopping' => sub {
    my $tx = $store->request('POST', '/cart/', {},
                             form => { 'add-to-cart' => 16 });
    my ($cookie) = @{ $tx->res->cookies };
    my %session = (Cookie => $cookie->name . '=' . $cookie->value);

    like $store->get('/cart/', %session)->text, qr/Wool throw/;
    $tx = $store->request('POST', '/checkout/', \%session, form => {
        billing_first_name => 'Zoe', billing_last_name => 'B',
        billing_email => 'zoe@example.com', billing_country => 'fr',
        payment_method => 'bacs' });

    my $to = $tx->res->headers->location;

    like $to, qr{/checkout/order-received/(\d+)/\?key=wc_order_};
    like $store->get($to)->text, qr/Thank you/;
    unlike $store->get($to =~ s/key=.*/key=x/r)->text, qr/Thank you/;
};

subtest 'paying an order' => sub {
    my $order = $store->order(customer => 'ada');

    like $store->get($order->{pay_url})->text, qr/>Pay 49\.40 EUR</;

    my $res = $store->request('POST', $order->{pay_url})->res;

    is $res->code, 302;
    like $res->headers->location, qr{/order-received/};
    is $store->status($order), 'processing';
    like $store->get($order->{pay_url})->text, qr/cannot\s+be paid for/;
    like $store->get($order->{pay_url} =~ s/key=.*/key=x/r)->text,
         qr/Invalid order/;
};

subtest 'a pending order is cancelled by the shop after an hour' => sub {
    my $strict = Demo->store;
    my $order = $strict->order(customer => 'ada');
    my $paid = $strict->order(customer => 'ada', status => 'processing');

    $strict->control('POST', '/tick', { seconds => 3500 });
    is $strict->status($order), 'pending';
    $strict->control('POST', '/tick', { seconds => 200 });
    is $strict->status($order), 'cancelled';
    is $strict->status($paid), 'processing';
    $strict->stop;
};

subtest 'names are escaped' => sub {
    my $order = $store->order(customer => 'ada',
                              items => [ { name => '<b>"&', total => '1' } ]);

    like $store->get($order->{view_url}, @as_ada)->text,
         qr/&lt;b&gt;&quot;&#038;/;
};

done_testing;
