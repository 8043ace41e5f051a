#!/usr/bin/env perl

# The demo store cancels as WooCommerce does: each case of the table in the
# platform notes, and each spelling that PHP reads as the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;

use Demo;

my $store = Demo->store('--hold', 0);

# The page that the redirect leads to, for its notice.
sub follow {
    my ($res, $order) = @_;
    my ($session) = map { $_->name . '=' . $_->value }
                    grep { $_->name eq 'wp_woocommerce_session' }
                    @{ $res->cookies };

    return $store->get($res->headers->location,
                       Cookie => "$order->{cookie}; $session")->text;
}

sub cancel {
    my ($order, $change) = @_;
    my $url = $order->{cancel_url};

    $url = $change->($url) if $change;

    return $store->raw('GET', $url, Cookie => $order->{cookie});
}


subtest 'success: 302, empty body, the redirect, a notice' => sub {
    my $order = $store->order(customer => 'ada');
    my $res = cancel($order);

    is $res->code, 302;
    is $res->body, '';
    is $res->headers->location, $store->url . '/my-account/';
    is $store->status($order), 'cancelled';

    my $page = follow($res, $order);
    like $page, qr/Your order was cancelled\./;
    unlike $store->get('/my-account/', Cookie => $order->{cookie})->text,
           qr/Your order was cancelled\./, 'said once';
};

subtest 'a repeat: 302 with an error notice' => sub {
    my $order = $store->order(customer => 'ada');

    cancel($order);
    my $res = cancel($order);

    is $res->code, 302;
    like follow($res, $order), qr/can no longer be cancelled/;
};

for my $status (qw(processing on-hold completed)) {
    subtest "a status that cannot be cancelled: $status" => sub {
        my $order = $store->order(customer => 'ada', status => $status);
        my $res = cancel($order);

        is $res->code, 302;
        like follow($res, $order), qr/can no longer be cancelled/;
        is $store->status($order), $status;
    };
}

subtest 'failed orders can be cancelled' => sub {
    my $order = $store->order(customer => 'ada', status => 'failed');

    is cancel($order)->code, 302;
    is $store->status($order), 'cancelled';
};

for my $case (
    [ 'a missing nonce', sub { $_[0] =~ s/&_wpnonce=.*//r } ],
    [ 'a wrong nonce', sub { $_[0] =~ s/_wpnonce=\w+/_wpnonce=0123456789/r } ],
    [ 'a nonce that is a list',
      sub { $_[0] =~ s/_wpnonce=/_wpnonce[]=/r } ],
    [ 'no order key', sub { $_[0] =~ s/&order=[^&]*//r } ],
) {
    subtest "$case->[0]: 200, the ordinary cart page, ignored" => sub {
        my $order = $store->order(customer => 'ada');
        my $res = cancel($order, $case->[1]);

        is $res->code, 200;
        like $res->text, qr{<h1>Cart</h1>};
        is $store->status($order), 'pending';
    };
}

subtest "another user's cookies: 200, ignored" => sub {
    my $order = $store->order(customer => 'ada');
    my $other = $store->order(customer => 'budi');
    my $res = $store->get($order->{cancel_url}, Cookie => $other->{cookie});

    is $res->code, 200;
    is $store->status($order), 'pending';
};

subtest 'nobody logged in: 200, ignored' => sub {
    my $order = $store->order(customer => 'ada');

    is $store->get($order->{cancel_url})->code, 200;
    is $store->status($order), 'pending';
};

subtest "the nonce is the user's: it fits his other orders too" => sub {
    my ($one, $two) = map { $store->order(customer => 'ada') } 1 .. 2;
    my ($nonce) = $one->{cancel_url} =~ /_wpnonce=(\w+)/;

    is cancel($two, sub { $_[0] =~ s/_wpnonce=\w+/_wpnonce=$nonce/r })->code,
       302;
    is $store->status($two), 'cancelled';
    is $store->status($one), 'pending';
};

subtest 'the right nonce and a wrong key: 302, unchanged' => sub {
    my $order = $store->order(customer => 'ada');
    my $res = cancel($order, sub { $_[0] =~ s/order=wc_/order=xx_/r });

    is $res->code, 302;
    like follow($res, $order), qr/Invalid order\./;
    is $store->status($order), 'pending';
};

subtest "the user's nonce and another user's order: 302, unchanged" => sub {
    my $mine = $store->order(customer => 'ada');
    my $other = $store->order(customer => 'budi');
    my $url = $mine->{cancel_url} =~ s/order_id=\d+/order_id=$other->{order}{id}/r
        =~ s/order=\w+/order=$other->{order}{order_key}/r;

    is $store->get($url, Cookie => $mine->{cookie})->code, 302;
    is $store->status($other), 'pending';
};

for my $case (
    [ 'no redirect', sub { $_[0] =~ s/&redirect=[^&]*//r } ],
    [ 'an empty redirect', sub { $_[0] =~ s/redirect=[^&]*/redirect=/r } ],
) {
    subtest "$case->[0]: 200 cart page, and cancelled" => sub {
        my $order = $store->order(customer => 'ada');
        my $res = cancel($order, $case->[1]);

        is $res->code, 200;
        like $res->text, qr{<h1>Cart</h1>};
        like $res->text, qr/Your order was cancelled\./;
        is $store->status($order), 'cancelled';
    };
}

subtest 'a redirect to another host is not followed' => sub {
    my $order = $store->order(customer => 'ada');
    my $res = cancel($order,
        sub { $_[0] =~ s/redirect=[^&]*/redirect=https%3A%2F%2Fevil.example/r });

    is $res->headers->location, $store->url . '/wp-admin/';
};

subtest 'parameters in the body of a POST are ignored' => sub {
    my $order = $store->order(customer => 'ada');
    my ($path, $query) = split /\?/, $order->{cancel_url}, 2;
    my $tx = $store->request('POST', $path, { Cookie => $order->{cookie},
        'Content-Type' => 'application/x-www-form-urlencoded' }, $query);

    is $tx->res->code, 200;
    is $store->status($order), 'pending';
};

subtest 'a POST with the parameters in the URL cancels' => sub {
    my $order = $store->order(customer => 'ada');
    my $tx = $store->request('POST', $order->{cancel_url},
                             { Cookie => $order->{cookie} });

    is $tx->res->code, 302;
    is $store->status($order), 'cancelled';
};

for my $page ('/', '/my-account/', '/product/mug/', '/track-order/',
              '/no/such/page/', '/checkout/')
{
    subtest "on any page: $page" => sub {
        my $order = $store->order(customer => 'ada');

        is cancel($order, sub { $_[0] =~ s{/cart/}{$page}r })->code, 302;
        is $store->status($order), 'cancelled';
    };
}

subtest 'HEAD cancels' => sub {
    my $order = $store->order(customer => 'ada');
    my $tx = $store->request('HEAD', $order->{cancel_url},
                             { Cookie => $order->{cookie} });

    is $tx->res->code, 302;
    is $store->status($order), 'cancelled';
};

for my $spelling ('cancel%5Forder=true', 'cancel.order=true', 'cancel_order',
                  'cancel_order[]=1', '%20cancel_order=1', 'cancel_order=',
                  'cancel+order=1', 'cancel_order%5B%5D=1',
                  'cancel_order=false', 'cancel[order=1')
{
    subtest "spelled $spelling" => sub {
        my $order = $store->order(customer => 'ada');
        my $before = $store->control('GET', '/state')->{requests};
        my $res = cancel($order, sub {
            $_[0] =~ s/cancel_order=true/$spelling/r
        });

        is $res->code, 302;
        is $store->status($order), 'cancelled';
        like $store->requests($before)->[0]{line}, qr/\?\Q$spelling\E&/,
             'as sent';
    };
}

subtest 'an order id with letters behind it' => sub {
    my $order = $store->order(customer => 'ada');

    is cancel($order, sub { $_[0] =~ s/(order_id=\d+)/${1}abc/r })->code, 302;
    is $store->status($order), 'cancelled';
};

subtest 'PHP takes the last of two, and minds the case' => sub {
    my ($one, $two) = map { $store->order(customer => 'ada') } 1 .. 2;

    cancel($one, sub { "$_[0]&order_id=$two->{order}{id}"
                       . "&order=$two->{order}{order_key}" });
    is $store->status($two), 'cancelled';
    is $store->status($one), 'pending';

    is cancel($one, sub { $_[0] =~ s/cancel_order/Cancel_Order/r })->code, 200;
    is $store->status($one), 'pending';
};

subtest "a guest's order has the nonce of nobody" => sub {
    my $order = $store->order(customer => 0);

    is $store->get($order->{cancel_url})->code, 302;
    is $store->status($order), 'cancelled';
};

subtest 'what may be cancelled can be widened' => sub {
    my $wide = Demo->store('--cancellable', 'pending,failed,processing');
    my $order = $wide->order(customer => 'ada', status => 'processing');

    is $wide->get($order->{cancel_url}, Cookie => $order->{cookie})->code, 302;
    is $wide->status($order), 'cancelled';
    $wide->stop;
};

done_testing;
