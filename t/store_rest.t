#!/usr/bin/env perl

# The demo store's REST API v3: what is idempotent and what is not, errors,
# totals.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;

use Demo;

my $store = Demo->store('--hold', 0);

sub order { return $store->order(customer => 'ada', @_)->{order} }

sub put {
    my ($order, $data) = @_;

    return $store->api(PUT => "/orders/$order->{id}", $data);
}

subtest 'GET' => sub {
    my $order = order(locale => 'fr', consent => { email => \1 },
                      meta => { note => 'x' });
    my ($code, $json) = $store->api(GET => "/orders/$order->{id}");

    is $code, 200;
    is $json->{order_key}, $order->{order_key};
    is $json->{total}, '49.40';
    is $json->{line_items}[0]{name}, 'Stoneware mug, set of two';
    is $json->{needs_payment}, 1;
    like $json->{payment_url}, qr{/checkout/order-pay/$order->{id}/\?pay_for_};
    is_deeply { map { $_->{key} => $_->{value} } @{ $json->{meta_data} } },
              { _ordersave_locale => 'fr', note => 'x',
                _ordersave_consent_email => 'yes' };

    ($code, $json) = $store->api(GET => '/orders/99999');
    is $code, 404;
    is $json->{code}, 'woocommerce_rest_shop_order_invalid_id';

    local $store->{key} = 'ck_demo:wrong';
    is +($store->api(GET => "/orders/$order->{id}"))[0], 401;
};

subtest 'a coupon: idempotent' => sub {
    my $order = order();

    for (1 .. 2) {
        my ($code, $json) = put($order,
                                { coupon_lines => [ { code => 'SAVE10' } ] });

        is $code, 200;
        is $json->{total}, '44.95';
        is $json->{discount_total}, '4.45';
        is scalar @{ $json->{coupon_lines} }, 1;
        is $json->{coupon_lines}[0]{code}, 'save10';
    }
};

subtest 'an unknown coupon: 400, and nothing is changed' => sub {
    my $order = order(coupons => ['save10']);
    my ($code, $json) = put($order, { coupon_lines => [ { code => 'nope' } ],
                                      meta_data => [ { key => 'a',
                                                       value => 'b' } ] });

    is $code, 400;
    is $json->{code}, 'woocommerce_rest_invalid_coupon';

    (undef, $json) = $store->api(GET => "/orders/$order->{id}");
    is $json->{total}, '44.95';
    is scalar(grep { $_->{key} eq 'a' } @{ $json->{meta_data} }), 0;
};

subtest "coupon_lines replace the order's coupons" => sub {
    my $order = order(coupons => ['save10']);
    my (undef, $json) = put($order,
                            { coupon_lines => [ { code => 'welcome5' } ] });

    is_deeply [ map { $_->{code} } @{ $json->{coupon_lines} } ], ['welcome5'];
    is $json->{total}, '44.40';

    (undef, $json) = put($order, { coupon_lines => [ { code => 'welcome5' },
                                                     { code => 'SAVE10' } ] });
    is scalar @{ $json->{coupon_lines} }, 2;
    is $json->{total}, '40.45';
};

subtest 'a single-use coupon' => sub {
    $store->control('POST', '/coupons', { codes => ['KEEP-1'], amount => 20,
                                          usage_limit => 1 });
    my ($one, $two) = (order(), order());

    is +(put($one, { coupon_lines => [ { code => 'KEEP-1' } ] }))[0], 200;
    is +(put($one, { coupon_lines => [ { code => 'KEEP-1' } ] }))[0], 200;
    is +(put($two, { coupon_lines => [ { code => 'KEEP-1' } ] }))[0], 400;
};

subtest 'a fee: not idempotent' => sub {
    my $order = order();
    my $fee = { fee_lines => [ { name => 'Thanks', total => '-5.00',
                                 tax_status => 'none' } ] };
    my (undef, $json) = put($order, $fee);

    is $json->{total}, '44.40';
    (undef, $json) = put($order, $fee);
    is $json->{total}, '39.40', 'a repeat adds a second line';
    is scalar @{ $json->{fee_lines} }, 2;

    (undef, $json) = put($order, { fee_lines => [
        { id => $json->{fee_lines}[1]{id}, name => undef } ] });
    is $json->{total}, '44.40', 'a name of null takes it away';
};

subtest 'shipping: by the id of the line' => sub {
    my $order = order();
    my $line = $order->{shipping_lines}[0]{id};

    for (1 .. 2) {
        my (undef, $json) = put($order, { shipping_lines => [
            { id => $line, method_id => 'flat_rate', method_title => 'Free',
              total => '0.00' } ] });

        is $json->{total}, '44.50';
        is $json->{shipping_total}, '0.00';
        is scalar @{ $json->{shipping_lines} }, 1;
    }

    my ($code, $json) = put($order, { shipping_lines => [ { id => 9999,
                                                            total => '0' } ] });
    is $code, 400;
    is $json->{code}, 'woocommerce_rest_invalid_item_id';

    (undef, $json) = put($order, { shipping_lines => [ { total => '1.00' } ] });
    is scalar @{ $json->{shipping_lines} }, 2, 'without an id: another line';
};

subtest 'meta data: a marker' => sub {
    my $order = order();
    my $marker = { meta_data => [ { key => '_ordersave_offer',
                                    value => 'n0nce' } ] };

    for (1 .. 2) {
        my ($code, $json) = put($order, $marker);

        is $code, 200;
        is scalar(grep { $_->{key} eq '_ordersave_offer'
                         && $_->{value} eq 'n0nce' }
                  @{ $json->{meta_data} }), 1;
    }
};

subtest 'notes' => sub {
    my $order = order();
    my ($code, $json) = $store->api(POST => "/orders/$order->{id}/notes",
                                    { note => 'Hello', customer_note => \1 });

    is $code, 201;
    is $json->{customer_note}, 1;
    is +($store->api(POST => "/orders/$order->{id}/notes", {}))[0], 400;
};

subtest 'a coupon on a paid order refunds nothing by itself' => sub {
    my $order = order(status => 'processing');
    my (undef, $json) = put($order,
                            { coupon_lines => [ { code => 'save10' } ] });

    is $json->{total}, '44.95';
    is_deeply $json->{refunds}, [];
    is $json->{status}, 'processing';
};

subtest 'refunds' => sub {
    my $order = order(status => 'processing');
    my $path = "/orders/$order->{id}/refunds";
    my ($code, $json) = $store->api(POST => $path, { amount => '4.45' });

    is $code, 201;
    is $json->{amount}, '4.45';
    ($code, $json) = $store->api(POST => $path, { amount => '100.00' });
    is $code, 400;
    is $json->{message}, 'Invalid refund amount.';

    (undef, $json) = $store->api(GET => "/orders/$order->{id}");
    is $json->{refunds}[0]{total}, '-4.45';
    is $json->{status}, 'processing';

    $store->api(POST => $path, { amount => '44.95' });
    (undef, $json) = $store->api(GET => "/orders/$order->{id}");
    is $json->{status}, 'refunded', 'all of it';

    my $bank = order(status => 'processing', payment_method => 'bacs');
    is +($store->api(POST => "/orders/$bank->{id}/refunds",
                     { amount => '1.00' }))[0], 500, 'no gateway for it';
    is +($store->api(POST => "/orders/$bank->{id}/refunds",
                     { amount => '1.00', api_refund => \0 }))[0], 201;
};

subtest 'whether it needs payment' => sub {
    my $order = order();
    my (undef, $json) = put($order, { set_paid => \1 });

    is $json->{needs_payment}, 0;
    is $json->{status}, 'processing';
    like $json->{date_paid_gmt}, qr/^\d{4}-\d\d-\d\dT/;
};

subtest 'currencies without and with three digits' => sub {
    my $won = order(currency => 'KRW', coupons => ['save10'],
                    items => [ { name => 'A', total => '15005' } ],
                    shipping_total => '3000');

    is $won->{total}, '16504';
    is $won->{discount_total}, '1501';

    my $dinar = order(currency => 'KWD', shipping_total => '0.500',
                      items => [ { name => 'A', total => '1.234' } ]);
    is $dinar->{total}, '1.734';
};

subtest 'discounts are shared out without a cent lost' => sub {
    my $order = order(coupons => ['save10'], shipping_total => '0',
        items => [ map { { name => $_, total => '0.33' } } 1 .. 7 ]);
    my $sum = 0;

    $sum += $_->{total} * 100 for @{ $order->{line_items} };
    is sprintf('%.0f', $sum), 208;
    is $order->{total}, '2.08';
};

subtest 'the list' => sub {
    my $last = order();
    my ($code, $json) = $store->api(GET => '/orders?per_page=3');

    is $code, 200;
    is scalar @$json, 3;
    is $json->[0]{id}, $last->{id}, 'newest first';

    (undef, $json) = $store->api(
        GET => '/orders?modified_after=2999-01-01T00:00:00');
    is_deeply $json, [];
};

subtest 'faults on demand' => sub {
    my $order = order();
    my $fee = { fee_lines => [ { name => 'A', total => '-1.00' } ] };

    $store->control('POST', '/fault', { match => 'PUT .*/orders/',
                                        status => 503 });
    is +(put($order, $fee))[0], 503;
    is +($store->api(GET => "/orders/$order->{id}"))[1]{total}, '49.40';

    $store->control('POST', '/fault', { match => 'PUT .*/orders/', apply => 1 });
    is +(put($order, $fee))[0], 0, 'the answer is lost';
    is +($store->api(GET => "/orders/$order->{id}"))[1]{total}, '48.40',
       'but it was done';
    is +(put($order, $fee))[0], 200, 'once only';
};

done_testing;
