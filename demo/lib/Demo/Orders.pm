package Demo::Orders;

# The store's memory: products, customers, coupons, orders, and the arithmetic
# of an order. Amounts are integers in minor units; JSON shows them as decimal
# texts, as WooCommerce's REST API v3 does.

use strict;
use warnings;

use Demo::Ago;
use Digest::SHA qw(hmac_sha256_hex);
use POSIX ();
use Time::HiRes ();


my %DIGITS = (
    (map { $_ => 0 } qw(BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV
                        XAF XOF XPF)),
    (map { $_ => 3 } qw(BHD IQD JOD KWD LYD OMR TND)),
);

my @PRODUCTS = (
    [ 11, 'Linen apron, sage',                 'apron',   3900 ],
    [ 12, 'Stoneware mug, set of two',         'mug',     2800 ],
    [ 13, 'Beeswax candle',                    'candle',  1650 ],
    [ 14, 'Canvas tote with inner pocket',     'tote',    2400 ],
    [ 15, 'Walnut serving board',              'board',   5200 ],
    [ 16, 'Wool throw, oat',                   'throw',   8900 ],
    [ 17, 'Pour-over coffee maker, glass',     'coffee',  4450 ],
    [ 18, 'Hand-turned maple salad bowl with matching servers and a linen '
          . 'wrap', 'bowl', 6900 ],
);

# Other colours of a product: [id, of, name, price].
my @VARIANTS = (
    [ 31, 12, 'Stoneware mug, set of two, sand',  2800 ],
    [ 32, 12, 'Stoneware mug, set of two, slate', 2600 ],
);

my @USERS = (
    [ 1, 'ada',     'Ada',     'Miller',  'ada@example.com',     'US', 'en' ],
    [ 2, 'budi',    'Budi',    'Santoso', 'budi@example.com',    'ID', 'id' ],
    [ 3, 'minji',   'Minji',   'Kim',     'minji@example.com',   'KR', 'ko' ],
    [ 4, 'camille', 'Camille', 'Laurent', 'camille@example.com', 'FR', 'fr' ],
);

my %STATUS = (
    'pending'    => 'Pending payment',
    'processing' => 'Processing',
    'on-hold'    => 'On hold',
    'completed'  => 'Completed',
    'cancelled'  => 'Cancelled',
    'refunded'   => 'Refunded',
    'failed'     => 'Failed',
);

my %PHONE = (US => '+12025550143', ID => '081298765432', KR => '010-2345-6789',
             FR => '06 12 34 56 78');


sub new {
    my ($class, %options) = @_;
    my $self = bless { %options }, $class;

    $self->{secret}      ||= 'demo';
    $self->{currency}    ||= 'EUR';
    $self->{cancellable} ||= [ 'pending', 'failed' ];
    $self->{hold}        //= 60;
    $self->{on_change}   ||= sub { };
    $self->reset;

    return $self;
}


sub reset {
    my ($self) = @_;

    $self->{next_id} = 19;
    $self->{item_id} = 1;
    $self->{orders}  = {};
    $self->{sessions} = {};

    $self->{products} = { map { $_->[0] => {
        id => $_->[0], name => $_->[1], picture => $_->[2], price => $_->[3],
        slug => $_->[2],
    } } @PRODUCTS };

    $self->{variants} = { map { $_->[0] => {
        id => $_->[0], of => $_->[1], name => $_->[2], price => $_->[3],
        picture => $self->{products}{ $_->[1] }{picture},
    } } @VARIANTS };

    $self->{users} = { map { $_->[0] => {
        id => $_->[0], login => $_->[1], first_name => $_->[2],
        last_name => $_->[3], email => $_->[4], country => $_->[5],
        locale => $_->[6], phone => $PHONE{ $_->[5] },
    } } @USERS };

    $self->{coupons} = {
        save10   => { type => 'percent',    amount => 10 },
        save20   => { type => 'percent',    amount => 20 },
        welcome5 => { type => 'fixed_cart', amount => '5.00' },
    };

    return;
}


sub now {
    my ($self) = @_;

    return int Time::HiRes::time();
}


# So many seconds pass: all that happened is that much longer ago. Clocks of
# other houses need not be told.
sub pass {
    my ($self, $seconds) = @_;

    $self->{orders} = Demo::Ago::ago($self->{orders}, $seconds);

    return;
}


# Every order's own secret, and the nonce that WordPress gives a user.
sub key {
    my ($self, $id) = @_;
    my @letters = ('a' .. 'z', 'A' .. 'Z', 0 .. 9);
    my $hex = hmac_sha256_hex("order $id", $self->{secret} . $self->{name});

    return 'wc_order_'
        . join '', map { $letters[ hex(substr $hex, $_ * 2, 2) % 62 ] } 0 .. 12;
}


sub nonce {
    my ($self, $action, $user) = @_;

    return substr hmac_sha256_hex("$action " . ($user // 0),
                                  $self->{secret} . $self->{name}), 0, 10;
}


sub digits {
    my ($currency) = @_;

    return $DIGITS{ $currency // '' } // 2;
}


sub minor {
    my ($text, $currency) = @_;
    my $digits = digits($currency);
    my ($sign, $whole, $rest) = "$text" =~ /^\s*(-?)(\d*)(?:\.(\d*))?\s*$/
        or return undef;

    return undef if $whole eq '' && ($rest // '') eq '';

    $rest = substr(($rest // '') . '0' x ($digits + 1), 0, $digits + 1);
    my $value = ($whole || 0) * 10 ** $digits + int(substr($rest, 0, $digits)
                                                    || 0);
    $value++ if substr($rest, $digits, 1) >= 5;

    return $sign ? -$value : $value;
}


sub decimal {
    my ($minor, $currency) = @_;
    my $digits = digits($currency);

    return "$minor" if $digits == 0;

    my $text = sprintf '%0*d', $digits + 1, abs $minor;
    substr $text, -$digits, 0, '.';

    return ($minor < 0 ? '-' : '') . $text;
}


sub status_name {
    my ($status) = @_;

    return $STATUS{$status} // $status;
}


sub is_status {
    my ($status) = @_;

    return exists $STATUS{$status};
}


# As WooCommerce keeps it: an order whose prices include tax (`vat` percent) has lines
# without it, not rounded to the currency; what is shown, and what the total is made of,
# is rounded for each line, the tax half down.
sub net {
    my ($order, $gross) = @_;

    return $order->{vat} ? $gross / (1 + $order->{vat} / 100) : $gross;
}


sub amount {
    my ($order, $text) = @_;

    return $order->{vat} ? $text * 10 ** digits($order->{currency}) : minor($text, $order->{currency});
}


sub rounded { my ($amount) = @_; return POSIX::floor($amount + 0.5 + 1e-7) }

sub tax { my ($order, $net) = @_; return POSIX::ceil($net * ($order->{vat} // 0) / 100 - 0.5 - 1e-7) + 0 }

sub gross { my ($order, $net) = @_; return rounded($net) + tax($order, $net) }


# A new order. All of it is optional: status, currency, customer (login or id;
# 0 is a guest), billing, shipping, items [{product, name, quantity, total}],
# shipping_total, coupons, payment_method, locale, consent, meta, created,
# number, id.
sub create {
    my ($self, %new) = @_;
    my $user = $self->user($new{customer} // 0);
    my $id   = $new{id} // $self->{next_id};
    my $now  = $self->now;

    $self->{next_id} = $id + 1 if $id >= $self->{next_id};

    my $currency = $new{currency} // $self->{currency};
    my %billing  = (
        first_name => $user ? $user->{first_name} : 'Guest',
        last_name  => $user ? $user->{last_name}  : 'Buyer',
        company    => '',
        address_1  => '12 Harbour Street',
        address_2  => '',
        city       => 'Port Elise',
        state      => '',
        postcode   => '10115',
        country    => $user ? $user->{country} : 'US',
        email      => $user ? $user->{email} : 'guest@example.com',
        phone      => $user ? $user->{phone} : '',
        %{ $new{billing} || {} },
    );
    my %shipping = (
        (map { $_ => $billing{$_} } qw(first_name last_name company address_1
            address_2 city state postcode country phone)),
        %{ $new{shipping} || {} },
    );

    my $order = $self->{orders}{$id} = {
        id             => $id,
        number         => $new{number} // "$id",
        key            => $new{key} // $self->key($id),
        status         => $new{status} // 'pending',
        currency       => $currency,
        customer_id    => $user ? $user->{id} : 0,
        billing        => \%billing,
        shipping       => \%shipping,
        payment_method => $new{payment_method} // 'card',
        created        => $new{created} // $now,
        modified       => $new{created} // $now,
        paid           => undef,
        notes          => [],
        refunds        => [],
        items          => [],
        fees           => [],
        shipping_lines => [],
        coupons        => [],
        meta           => [],
        vat            => $new{vat} // 0,
    };

    for my $item (@{ $new{items} || [ { product => 12 }, { product => 13 } ] })
    {
        my $product  = $self->{products}{ $item->{product} // 0 };
        my $quantity = $item->{quantity} // 1;
        my $total    = defined $item->{total}
            ? minor($item->{total}, $currency)
            : $self->price($product ? $product->{price} : 1000, $currency)
              * $quantity;

        $total = net($order, $total);

        push @{ $order->{items} }, {
            id       => $self->{item_id}++,
            product  => $product ? $product->{id} : $item->{product} // 0,
            name     => $item->{name} // ($product ? $product->{name} : 'Thing'),
            picture  => $product ? $product->{picture} : 'board',
            quantity => $quantity,
            subtotal => $total,
            total    => $total,
        };
    }

    $order->{shipping_vat} = $new{shipping_vat} // 0;

    for my $line ({ total => $new{shipping_total} }, @{ $new{more_shipping} || [] }) {
        push @{ $order->{shipping_lines} }, {
            id           => $self->{item_id}++,
            method_id    => $line->{method_id} // 'flat_rate',
            method_title => $line->{method_title} // 'Standard delivery',
            total        => defined $line->{total}
                            ? minor($line->{total}, $currency)
                            : $self->price(490, $currency),
        };
    }

    $self->apply_coupon($order, $_) for @{ $new{coupons} || [] };

    my $locale = $new{locale} // ($user ? $user->{locale} : undef);
    my %meta   = %{ $new{meta} || {} };

    $meta{_ordersave_locale} //= $locale if defined $locale;

    for my $way (keys %{ $new{consent} || {} }) {
        $meta{"_ordersave_consent_$way"} = $new{consent}{$way} ? 'yes' : 'no';
    }

    $self->set_meta($order, $_, $meta{$_}) for sort keys %meta;
    $self->recalculate_coupons($order);
    $self->recalculate($order);

    if ($order->{status} =~ /^(?:processing|completed)$/
        && $order->{payment_method} ne 'cod')
    {
        $order->{paid} = $new{created} // $now;
    }

    $self->{on_change}->('created', $order);

    return $order;
}


# Prices are kept in euro; other currencies get a believable round figure.
sub price {
    my ($self, $cents, $currency) = @_;
    my %rate = (EUR => 1, USD => 1, GBP => 0.9, KRW => 1500, IDR => 17000,
                JPY => 160, KWD => 0.35, CHF => 1);
    my $amount = $cents / 100 * ($rate{$currency} // 1);

    $amount = int($amount / 1000 + 0.5) * 1000 if $currency eq 'IDR';
    $amount = int($amount / 100 + 0.5) * 100 if $currency eq 'KRW';
    $amount = int($amount / 10 + 0.5) * 10 if $currency eq 'JPY';

    return int($amount * 10 ** digits($currency) + 0.5);
}


sub user {
    my ($self, $who) = @_;

    return $self->{users}{$who} if defined $who && $who =~ /^\d+$/;

    my ($user) = grep { $_->{login} eq ($who // '') || $_->{email} eq ($who // '') }
                 values %{ $self->{users} };
    return $user;
}


sub order {
    my ($self, $id) = @_;

    return $self->{orders}{$id};
}


sub orders_of {
    my ($self, $user) = @_;

    return sort { $b->{id} <=> $a->{id} }
           grep { $_->{customer_id} == $user->{id} }
           values %{ $self->{orders} };
}


# Line totals from subtotals and coupons: what else a line was set to is lost, as
# WooCommerce does it. It does so only where the coupons change.
sub recalculate_coupons {
    my ($self, $order) = @_;
    my $currency = $order->{currency};
    my $whole = sub { $order->{vat} ? $_[0] : int($_[0] + 0.5) };

    $_->{total} = $_->{subtotal} for @{ $order->{items} };

    for my $line (@{ $order->{coupons} }) {
        my $sum = 0;
        $sum += $_->{total} for @{ $order->{items} };

        my $off = $line->{type} eq 'percent'
            ? $whole->($sum * $line->{amount} / 100)
            : net($order, minor($line->{amount}, $currency));

        $off = $sum if $off > $sum;
        $line->{discount} = $off;

        my ($left, $rest) = ($off, $sum);

        for my $item (@{ $order->{items} }) {
            my $share = $rest ? $whole->($left * $item->{total} / $rest) : 0;

            $rest -= $item->{total};
            $left -= $share;
            $item->{total} -= $share;
        }
    }

    return;
}


sub recalculate {
    my ($self, $order) = @_;
    my $total = 0;

    for my $line (@{ $order->{shipping_lines} }) {
        $line->{tax} = int($line->{total} * ($order->{shipping_vat} // 0) / 100 + 0.5);
        $total += $line->{tax};
    }

    $total += gross($order, $_->{total}) for @{ $order->{items} };
    $total += $_->{total} for @{ $order->{fees} }, @{ $order->{shipping_lines} };

    $order->{total} = $total < 0 ? 0 : $total;

    return;
}


# A product, or one of its variants.
sub variant {
    my ($self, $id) = @_;

    return $self->{products}{ $id || 0 } // $self->{variants}{ $id || 0 };
}


# A line of quantity 0 goes; one without an id is new, at the price that is named, or
# the shop's. What another quantity costs is not worked out: WooCommerce leaves that to
# its caller.
sub change_items {
    my ($self, $order, @lines) = @_;

    for my $line (@lines) {
        if (defined $line->{id} && defined $line->{quantity} && $line->{quantity} == 0) {
            @{ $order->{items} } = grep { $_->{id} != $line->{id} } @{ $order->{items} };

        } elsif (defined $line->{id}) {
            my ($item) = grep { $_->{id} == $line->{id} } @{ $order->{items} };

            $item->{quantity} = $line->{quantity} if defined $line->{quantity};
            defined $line->{$_} and $item->{$_} = amount($order, $line->{$_}) for qw(subtotal total);

        } else {
            my $product = $self->variant($line->{variation_id} || $line->{product_id});
            my $total = defined $line->{total} ? amount($order, $line->{total})
                : net($order, $self->price($product->{price}, $order->{currency}) * ($line->{quantity} // 1));

            push @{ $order->{items} }, {
                id => $self->{item_id}++, product => $product->{of} // $product->{id}, name => $product->{name},
                variation => $product->{of} ? $product->{id} : 0,
                picture => $product->{picture}, quantity => $line->{quantity} // 1,
                subtotal => defined $line->{subtotal} ? amount($order, $line->{subtotal}) : $total, total => $total,
            };
        }
    }

    return;
}


sub touch {
    my ($self, $order) = @_;

    $order->{modified} = $self->now;
    $self->{on_change}->('updated', $order);

    return;
}


# Returns a reason when the coupon cannot be applied.
sub apply_coupon {
    my ($self, $order, $code) = @_;

    $code = lc $code;
    return undef if grep { $_->{code} eq $code } @{ $order->{coupons} };

    my $coupon = $self->{coupons}{$code}
        or return qq(Coupon "$code" does not exist!);

    if ($coupon->{usage_limit}) {
        my $used = grep { $_->{id} != $order->{id} && $_->{status} ne 'cancelled'
                          && grep { $_->{code} eq $code } @{ $_->{coupons} } }
                   values %{ $self->{orders} };

        return 'Coupon usage limit has been reached.'
            if $used >= $coupon->{usage_limit};
    }

    push @{ $order->{coupons} }, {
        id => $self->{item_id}++, code => $code, type => $coupon->{type},
        amount => $coupon->{amount}, discount => 0,
    };

    return undef;
}


sub set_meta {
    my ($self, $order, $key, $value, $id) = @_;
    my ($old) = grep { defined $id ? $_->{id} == $id : $_->{key} eq $key }
                @{ $order->{meta} };

    if (!defined $value) {
        @{ $order->{meta} } = grep { !$old || $_ != $old } @{ $order->{meta} };

    } elsif ($old) {
        $old->{value} = $value;

    } else {
        push @{ $order->{meta} },
            { id => $self->{item_id}++, key => $key, value => $value };
    }

    return;
}


sub add_note {
    my ($self, $order, $text, $customer, $author) = @_;
    my $note = {
        id => $self->{item_id}++, author => $author // 'system',
        created => $self->now, note => $text,
        customer_note => $customer ? 1 : 0,
    };

    push @{ $order->{notes} }, $note;

    return $note;
}


sub needs_payment {
    my ($order) = @_;

    return $order->{status} =~ /^(?:pending|failed)$/ && $order->{total} > 0;
}


sub pay {
    my ($self, $order) = @_;

    return 0 if !needs_payment($order);

    $order->{status} = 'processing';
    $order->{paid}   = $self->now;
    $self->add_note($order, 'Payment received.');
    $self->touch($order);

    return 1;
}


sub can_cancel {
    my ($self, $order) = @_;

    return !!grep { $_ eq $order->{status} } @{ $self->{cancellable} };
}


sub cancel {
    my ($self, $order, $why) = @_;

    $order->{status} = 'cancelled';
    $self->add_note($order, $why);
    $self->touch($order);

    return;
}


# What is left to refund, or a reason why not.
sub refund {
    my ($self, $order, $amount, $reason, $key) = @_;
    my $left = $order->{total};

    $left -= $_->{amount} for @{ $order->{refunds} };

    return 'Invalid refund amount.' if !defined $amount || $amount <= 0
                                       || $amount > $left;

    push @{ $order->{refunds} }, {
        id => $self->{next_id}++, amount => $amount, reason => $reason // '',
        created => $self->now, key => $key,
    };

    $order->{status} = 'refunded' if $amount == $left;
    $self->touch($order);

    return undef;
}


# A pending order is the shop's to cancel once stock was held long enough.
sub expire {
    my ($self) = @_;

    return if !$self->{hold};

    for my $order (values %{ $self->{orders} }) {
        next if $order->{status} ne 'pending'
                || $order->{modified} + $self->{hold} * 60 > $self->now;

        $self->cancel($order,
                      'Unpaid order cancelled - time limit reached.');
    }

    return;
}


1;
