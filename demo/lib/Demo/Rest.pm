package Demo::Rest;

# An order as WooCommerce's REST API v3 and its webhooks show it, and what a
# PUT of one does.

use strict;
use warnings;

use Exporter 'import';
use Mojo::JSON qw(true false);
use POSIX qw(strftime);

use Demo::Orders;

our @EXPORT_OK = qw(order_json note_json refund_json update_order);


sub gmt {
    my ($time) = @_;

    return defined $time ? strftime('%Y-%m-%dT%H:%M:%S', gmtime $time) : undef;
}


sub order_json {
    my ($store, $order, $base) = @_;
    my $currency = $order->{currency};
    my $money = sub { Demo::Orders::decimal($_[0], $currency) };

    my ($discount, $shipping, $tax, $cart_tax, $discount_tax) = (0, 0, 0, 0, 0);
    $discount += $_->{discount} for @{ $order->{coupons} };
    $discount_tax = Demo::Orders::tax($order, $discount);
    $discount = Demo::Orders::rounded($discount);
    $cart_tax += Demo::Orders::tax($order, $_->{total}) for @{ $order->{items} };
    $shipping += $_->{total} for @{ $order->{shipping_lines} };
    $tax += $_->{tax} // 0 for @{ $order->{shipping_lines} };

    my $zero = $money->(0);

    return {
        id                   => $order->{id} + 0,
        parent_id            => 0,
        status               => $order->{status},
        currency             => $currency,
        version              => '11.0.1',
        prices_include_tax   => $order->{vat} ? true : false,
        date_created         => gmt($order->{created}),
        date_modified        => gmt($order->{modified}),
        discount_total       => $money->($discount),
        discount_tax         => $money->($discount_tax),
        shipping_total       => $money->($shipping),
        shipping_tax         => $money->($tax),
        cart_tax             => $money->($cart_tax),
        total                => $money->($order->{total}),
        total_tax            => $money->($tax + $cart_tax),
        customer_id          => $order->{customer_id} + 0,
        order_key            => $order->{key},
        billing              => { %{ $order->{billing} } },
        shipping             => { %{ $order->{shipping} } },
        payment_method       => $order->{payment_method},
        payment_method_title => payment_title($order->{payment_method}),
        transaction_id       => '',
        customer_ip_address  => '127.0.0.1',
        customer_user_agent  => '',
        created_via          => 'checkout',
        customer_note        => '',
        date_completed       => undef,
        date_paid            => gmt($order->{paid}),
        cart_hash            => '',
        number               => $order->{number},
        meta_data            => [ map { { id => $_->{id}, key => $_->{key},
                                          value => $_->{value} } }
                                  @{ $order->{meta} } ],
        line_items => [ map { item_json($order, $_, $base) }
                        @{ $order->{items} } ],
        tax_lines      => [ $order->{vat} ? { id => 1, rate_id => 1, rate_code => 'VAT', label => 'VAT',
                                              compound => false, tax_total => $money->($cart_tax),
                                              shipping_tax_total => $money->($tax), rate_percent => $order->{vat} + 0 } : () ],
        shipping_lines => [ map { {
            id           => $_->{id},
            method_title => $_->{method_title},
            method_id    => $_->{method_id},
            instance_id  => '1',
            total        => $money->($_->{total}),
            total_tax    => $money->($_->{tax} // 0),
            taxes        => [],
            meta_data    => [],
        } } @{ $order->{shipping_lines} } ],
        fee_lines => [ map { {
            id         => $_->{id},
            name       => $_->{name},
            tax_class  => '',
            tax_status => $_->{tax_status},
            amount     => $money->($_->{total}),
            total      => $money->($_->{total}),
            total_tax  => $zero,
            taxes      => [],
            meta_data  => [],
        } } @{ $order->{fees} } ],
        coupon_lines => [ map { {
            id             => $_->{id},
            code           => $_->{code},
            discount       => $money->(Demo::Orders::rounded($_->{discount})),
            discount_tax   => $money->(Demo::Orders::tax($order, $_->{discount})),
            discount_type  => $_->{type},
            nominal_amount => $_->{amount} + 0,
            free_shipping  => false,
            meta_data      => [],
        } } @{ $order->{coupons} } ],
        refunds => [ map { {
            id     => $_->{id},
            reason => $_->{reason},
            total  => $money->(-$_->{amount}),
        } } @{ $order->{refunds} } ],
        payment_url => "$base/checkout/order-pay/$order->{id}/"
                       . "?pay_for_order=true&key=$order->{key}",
        is_editable        => $order->{status} =~ /^(?:pending|on-hold)$/
                              ? true : false,
        needs_payment      => Demo::Orders::needs_payment($order)
                              ? true : false,
        needs_processing   => true,
        date_created_gmt   => gmt($order->{created}),
        date_modified_gmt  => gmt($order->{modified}),
        date_completed_gmt => undef,
        date_paid_gmt      => gmt($order->{paid}),
        currency_symbol    => symbol($currency),
    };
}


sub item_json {
    my ($order, $item, $base) = @_;
    my $currency = $order->{currency};
    my $money = sub { Demo::Orders::decimal(Demo::Orders::rounded($_[0]), $currency) };
    my $tax = sub { $money->(Demo::Orders::tax($order, $_[0])) };

    return {
        id           => $item->{id},
        name         => $item->{name},
        product_id   => $item->{product} + 0,
        variation_id => ($item->{variation} // 0) + 0,
        quantity     => $item->{quantity} + 0,
        tax_class    => '',
        subtotal     => $money->($item->{subtotal}),
        subtotal_tax => $tax->($item->{subtotal}),
        total        => $money->($item->{total}),
        total_tax    => $tax->($item->{total}),
        taxes        => [],
        meta_data    => [],
        sku          => "DEMO-$item->{product}",
        price        => $item->{total} / $item->{quantity}
                        / 10 ** Demo::Orders::digits($currency),
        image        => { id  => $item->{product} + 100,
                          src => "$base/static/$item->{picture}.svg" },
        parent_name  => undef,
    };
}


sub payment_title {
    my ($method) = @_;
    my %title = (card => 'Card', bacs => 'Direct bank transfer',
                 cod => 'Cash on delivery', cheque => 'Cheque');

    return $title{$method} // $method;
}


sub symbol {
    my ($currency) = @_;
    my %symbol = (EUR => "\x{20ac}", USD => '$', GBP => "\x{a3}",
                  KRW => "\x{20a9}", JPY => "\x{a5}", IDR => 'Rp');

    return $symbol{$currency} // $currency;
}


sub note_json {
    my ($note) = @_;

    return {
        id               => $note->{id},
        author           => $note->{author},
        date_created     => gmt($note->{created}),
        date_created_gmt => gmt($note->{created}),
        note             => $note->{note},
        customer_note    => $note->{customer_note} ? true : false,
    };
}


sub refund_json {
    my ($refund, $order) = @_;

    return {
        id               => $refund->{id},
        parent_id        => $order->{id},
        date_created     => gmt($refund->{created}),
        date_created_gmt => gmt($refund->{created}),
        amount           => Demo::Orders::decimal($refund->{amount},
                                                  $order->{currency}),
        reason           => $refund->{reason},
        refunded_by      => 1,
        refunded_payment => true,
        line_items       => [],
    };
}


# Applies a PUT. Returns nothing, or (status, code, message): then nothing of
# it was done.
sub update_order {
    my ($store, $order, $put) = @_;
    my $currency = $order->{currency};

    # What can fail is checked before anything is changed.
    if (defined $put->{status} && !Demo::Orders::is_status($put->{status})) {
        return (400, 'rest_invalid_param', 'Invalid parameter(s): status');
    }

    for my $line (@{ $put->{shipping_lines} || [] }) {
        next if !defined $line->{id};

        return (400, 'woocommerce_rest_invalid_item_id',
                'Order item ID provided is not associated with order.')
            if !grep { $_->{id} == $line->{id} } @{ $order->{shipping_lines} };
    }

    for my $line (@{ $put->{line_items} || [] }) {
        return (400, 'woocommerce_rest_invalid_item_id',
                'Order item ID provided is not associated with order.')
            if defined $line->{id} && !grep { $_->{id} == $line->{id} } @{ $order->{items} };
        return (400, 'woocommerce_rest_required_product_reference',
                'Product ID or SKU is required.')
            if !defined $line->{id} && !$store->variant($line->{variation_id} || $line->{product_id});
    }

    for my $line (@{ $put->{fee_lines} || [] }, @{ $put->{shipping_lines} || [] })
    {
        return (400, 'woocommerce_rest_invalid_param', 'Invalid total.')
            if defined $line->{total}
               && !defined Demo::Orders::minor($line->{total}, $currency);
    }

    for my $line (@{ $put->{fee_lines} || [] }) {
        return (400, 'woocommerce_rest_invalid_fee_item',
                'Fee name is required.')
            if !defined $line->{id} && !length($line->{name} // '');
    }

    if ($put->{coupon_lines}) {
        my @before = @{ $order->{coupons} };

        @{ $order->{coupons} } = ();

        for my $line (@{ $put->{coupon_lines} }) {
            my ($code, $why);

            if (defined $line->{id}) {
                $code = 'woocommerce_rest_coupon_item_id_readonly';
                $why  = 'Coupon item ID is readonly.';

            } elsif (!length($line->{code} // '')) {
                $code = 'woocommerce_rest_invalid_coupon';
                $why  = 'Coupon code is required.';

            } else {
                $code = 'woocommerce_rest_invalid_coupon';
                $why  = $store->apply_coupon($order, $line->{code});
            }

            if (defined $why) {
                @{ $order->{coupons} } = @before;
                return (400, $code, $why);
            }
        }

        $store->recalculate_coupons($order);
    }

    for my $line (@{ $put->{fee_lines} || [] }) {
        my ($old) = grep { defined $line->{id} && $_->{id} == $line->{id} }
                    @{ $order->{fees} };

        if ($old && exists $line->{name} && !defined $line->{name}) {
            @{ $order->{fees} } = grep { $_ != $old } @{ $order->{fees} };
            next;
        }

        # Without an id every PUT adds a line: this is not idempotent.
        if (!$old) {
            $old = { id => $store->{item_id}++, name => 'Fee', total => 0,
                     tax_status => 'taxable' };
            push @{ $order->{fees} }, $old;
        }

        $old->{name} = $line->{name} if defined $line->{name};
        $old->{tax_status} = $line->{tax_status} if defined $line->{tax_status};
        $old->{total} = Demo::Orders::minor($line->{total}, $currency)
            if defined $line->{total};
    }

    $store->change_items($order, @{ $put->{line_items} || [] });

    for my $line (@{ $put->{shipping_lines} || [] }) {
        my ($old) = grep { defined $line->{id} && $_->{id} == $line->{id} }
                    @{ $order->{shipping_lines} };

        if (!$old) {
            $old = { id => $store->{item_id}++, method_id => 'flat_rate',
                     method_title => '', total => 0 };
            push @{ $order->{shipping_lines} }, $old;
        }

        for my $name (qw(method_id method_title)) {
            $old->{$name} = $line->{$name} if defined $line->{$name};
        }

        $old->{total} = Demo::Orders::minor($line->{total}, $currency)
            if defined $line->{total};
    }

    for my $meta (@{ $put->{meta_data} || [] }) {
        $store->set_meta($order, $meta->{key}, $meta->{value}, $meta->{id});
    }

    $store->recalculate($order);

    for my $part (qw(billing shipping)) {
        $order->{$part} = { %{ $order->{$part} }, %{ $put->{$part} } }
            if ref $put->{$part} eq 'HASH';
    }

    $order->{payment_method} = $put->{payment_method}
        if defined $put->{payment_method};

    if (defined $put->{status} && $put->{status} ne $order->{status}) {
        $order->{status} = $put->{status};
        $order->{paid} //= $store->now
            if $put->{status} =~ /^(?:processing|completed)$/;
        $store->add_note($order, 'Order status changed to '
                         . Demo::Orders::status_name($put->{status}) . '.');
    }

    if ($put->{set_paid} && Demo::Orders::needs_payment($order)) {
        $order->{status} = 'processing';
        $order->{paid}   = $store->now;
    }

    $store->touch($order);

    return;
}


1;
