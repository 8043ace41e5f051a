#!/usr/bin/env perl

# What real stores send, and what is right to make of it: statuses of plugins,
# pickup, numbers that were taken back, lists that are objects, currencies,
# refunds, and values that nobody needs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use Test::More;

use OrderSave::Story;

chdir "$FindBin::Bin/.." or die $!;

my $days = 86400;

sub told { return join ' ', sort @{ $_[0]{sent} } }
sub wool { my ($at, @o) = @_; return ['woocommerce', 'order.updated', woo(@o), $at] }

# --- statuses

{
    my %moves = (
        'shipped' => 'shipped', 'partial-shipped' => 'shipped',
        'dispatched' => 'shipped', 'completed' => 'shipped',
        'in-transit' => 'in_transit', 'out-for-delivery' => 'out_for_delivery',
        'delivered' => 'delivered', 'processing' => 'confirmed',
        'with-our-elves' => 'confirmed',
    );

    for my $status (sort keys %moves) {
        my $s = story({}, wool(-60, 'processing', -60), wool(-30, $status, -30),
            9 * $days);
        is step_of($s), $moves{$status}, "$status moves the milestone";
        is scalar(grep($_ eq 'not_shipped', @{ $s->{sent} })),
            $status eq 'processing' ? 1 : 0,
            '  "it has not left" is told of who waits alone';
    }

    my %spelled = ('Delivered' => 'delivered', 'partial_shipped' => 'shipped',
        'Out for Delivery' => 'out_for_delivery', 'in_transit' => 'in_transit');
    for my $status (sort keys %spelled) {
        my $s = story({}, wool(-60, $status, -60));
        is step_of($s), $spelled{$status}, "$status, however it is spelled";
    }

    my $s = story({}, wool(-60, 'with-our-elves', -60));
    ok $s->{order}{unclear}, 'a status of nobody is unclear';

    $s = story({ track => { statuses => { 'with-our-elves' => 'in_transit' } } },
        wool(-60, 'with-our-elves', -60));
    is step_of($s), 'in_transit', 'a line of the campaign says what it means';
    $s = story({ track => { statuses => { 'With our elves' => 'in_transit' } } },
        wool(-60, 'with-our-elves', -60));
    is step_of($s), 'in_transit', '  as its label spells it, too';
    ok !$s->{order}{unclear}, 'and it is clear then';

    $s = story({ track => { statuses => { 'with-our-elves' => 'confirmed' } } },
        wool(-60, 'with-our-elves', -60), 9 * $days);
    like told($s), qr/not_shipped/, 'who said that it waits is told so';

    $s = story({ track => { statuses => { processing => 'unclear' } } },
        wool(-60, 'processing', -60), 9 * $days);
    unlike told($s), qr/not_shipped/, 'and who said that nobody knows is not';

    $s = story({}, ['generic', '', { id => 7, status => 'im Versand',
        payment => 'paid', changed => iso(-60, 'Z') }, -60], 9 * $days);
    unlike told($s), qr/not_shipped/, "a word of a shop's own";
    $s = story({}, ['shopify', 'orders/updated',
        shopify(-60, fulfillment_status => 'restocked'), -60], 9 * $days);
    unlike told($s), qr/not_shipped/, "one of Shopify's others";
    $s = story({}, ['shopify', 'orders/updated', shopify(-60), -60], 9 * $days);
    like told($s), qr/not_shipped/, 'and one that waits';
}

# --- collected at the shop

{
    for my $method (qw(local_pickup local_pickup_plus pickup_location
        wc_store_pickup:3 Click_And_Collect store-pick-up), 'Pick up')
    {
        my $s = story({}, wool(-60, 'processing', -60, shipping_lines =>
            [{ id => 2, method_id => $method, method_title => 'At the shop' }]),
            9 * $days);
        is $s->{order}{delivery}, 'pickup', "$method is collected";
        unlike told($s), qr/not_shipped/, '  and nothing is to leave';
    }

    my $s = story({}, wool(-60, 'processing', -60, shipping_lines =>
        [{ id => 2, method_id => 'local_pickup' },
         { id => 3, method_id => 'flat_rate' }]));
    is $s->{order}{delivery}, 'ship', 'a part of it is sent';

    $s = story({ track => { pickup => ['Parcel'] } },
        wool(-60, 'processing', -60), 9 * $days);
    is $s->{order}{delivery}, 'pickup', 'a way that the shop names';

    for ([delivery_category => 'pick-up'], [code => 'Store pick-up'],
        [code => 'Click & Collect'], [code => 'In-Store Pickup'])
    {
        $s = story({}, ['shopify', 'orders/create', shopify(-60, shipping_lines =>
            [{ id => 5, code => 'Kites', title => 'Kites', @$_ }]), -60],
            9 * $days);
        is $s->{order}{delivery}, 'pickup', "$_->[0] $_->[1]";
    }

    $s = story({}, ['shopify', 'orders/create', shopify(-60,
        shipping_address => undef, shipping_lines =>
        [{ id => 5, code => 'Kites, Pier 3', title => 'Kites, Pier 3' }]), -60],
        9 * $days);
    is $s->{order}{delivery}, 'pickup', 'no address to send it to';
    unlike told($s), qr/not_shipped/, '  nothing is to leave';

    $s = story({}, ['shopify', 'orders/create', shopify(-60,
        shipping_address => undef, line_items => [{ id => 4, product_id => 8,
            name => 'Plan', quantity => 1, price => '36.00',
            requires_shipping => JSON::PP::false }]), -60]);
    is $s->{order}{delivery}, 'none', 'nothing that would be sent';
}

# --- numbers of the three plugins, and of WooCommerce itself

sub ast { return [map { { tracking_provider => $_->[0], tracking_number => $_->[1],
    custom_tracking_provider => '', custom_tracking_link => '',
    date_shipped => NOW - 300 } } @_] }

{
    my $items = ast(['dhl-de', 'JD1'], ['gls', 'G 2']);
    my %ways = (
        'a list' => woo_meta(['_wc_shipment_tracking_items', $items]),
        'a list with a hole' => woo_meta(['_wc_shipment_tracking_items',
            { 4 => $items->[1], 1 => $items->[0] }]),
        'AfterShip' => woo_meta(['_aftership_tracking_items',
            [{ slug => 'dhl-de', tracking_number => 'JD1' },
             { slug => 'gls', tracking_number => 'G2' }]]),
        'two plugins' => woo_meta(
            ['_wc_shipment_tracking_items', [$items->[0]]],
            ['_aftership_tracking_items', [
                { slug => 'x', tracking_number => 'JD1' },
                { slug => 'gls', tracking_number => 'G2' }]]),
    );

    for my $way (sort keys %ways) {
        my $s = story({}, wool(-60, 'processing', -60, meta_data => $ways{$way}));
        is parcels($s), 'JD1 dhl-de shipped, G2 gls shipped', $way;
        is step_of($s), 'shipped', '  has left';
    }

    my $s = story({}, wool(-60, 'processing', -60, meta_data => woo_meta(
        ['_aftership_tracking_provider', 'ups'],
        ['_aftership_tracking_number', '1Z9'])));
    is parcels($s), '1Z9 ups shipped', 'AfterShip, one number';

    $s = story({}, wool(-60, 'processing', -60, fulfillments => [
        { id => 1, is_fulfilled => JSON::PP::true, meta_data => woo_meta(
            ['_tracking_number', 'F1'], ['_shipment_provider', 'usps']) },
        { id => 2, is_fulfilled => JSON::PP::false, meta_data => woo_meta(
            ['_tracking_number', 'F2']) }]));
    is parcels($s), 'F1 usps shipped', "WooCommerce's own fulfilments";

    for ("JD1\nG2", 'JD1, G2', 'JD1;G2', ' jd 1 | g2,', "\x{200b}JD1\x{a0}\n\x{feff}G2") {
        my $s = story({}, ['woocommerce', 'order.updated', JSON::PP->new->ascii->encode(woo('processing', -60,
            meta_data => woo_meta(['_wc_shipment_tracking_items', ast(['gls', $_])]))), -60]);
        is parcels($s), 'JD1 gls shipped, G2 gls shipped', 'two numbers in one field: ' . JSON::PP->new->ascii->allow_nonref->encode($_);
    }
    for ('n/a', '-', 'none', 'by hand') {
        my $s = story({}, wool(-60, 'processing', -60, meta_data => woo_meta(['_wc_shipment_tracking_items', ast(['gls', $_])])));
        is parcels($s), '', "no number: $_";
        is step_of($s), 'shipped', '  but it has left';
    }

    # every list that the source reads
    my $holes = woo('processing', -60, meta_data => { 0 => { key => 'x',
        value => 1 }, 3 => { key => '_ordersave_locale', value => 'fr' } });
    $holes->{$_} = { 1 => $holes->{$_}[0] } for qw(line_items shipping_lines);
    $holes->{refunds} = { 2 => { total => '-3.00' }, 5 => { total => '-1.00' } };
    $s = story({}, ['woocommerce', 'order.updated', $holes, -60]);
    is $s->{order}{items}[0]{name}, 'Teapot', 'items with a hole';
    is $s->{order}{shipping_line}{method}, 'flat_rate', 'shipping lines';
    is $s->{order}{locale}, 'fr', 'meta';
    is $s->{order}{refunds}, 400, 'refunds';
}

# --- taken back

{
    my @meta = map { my $n = $_;
        [meta_data => woo_meta(['_wc_shipment_tracking_items', ast(['ups', $n])])] }
        qw(WRONG1 RIGHT2);
    my $scan = sub { my ($number, $tag, $at) = @_;
        ['aftership', 'tracking_update', { event => 'tracking_update', msg => {
            tracking_number => $number, slug => 'ups', tag => $tag,
            checkpoints => [{ tag => $tag, message => 'Scan',
                checkpoint_time => iso($at, 'Z') }] } }, $at] };

    my $s = story({}, wool(-900, 'completed', -900, @{ $meta[0] }),
        $scan->('WRONG1', 'Delivered', -800),
        wool(-700, 'completed', -700, @{ $meta[1] }));
    is parcels($s), 'RIGHT2 ups shipped', 'the wrong number is gone';
    is step_of($s), 'shipped', '  and it is not delivered after all';
    is $s->{order}{track}{gone}[0]{number}, 'WRONG1', '  what was said of it is kept';
    is $s->{order}{track}{at}{delivered}, undef, '  but for the day of its arrival';

    $s = story({}, wool(-900, 'completed', -900, @{ $meta[0] }),
        wool(-700, 'completed', -700, @{ $meta[1] }),
        $scan->('WRONG1', 'Delivered', -650), $scan->('RIGHT2', 'Delivered', -600));
    is parcels($s), 'RIGHT2 ups delivered', 'delivered by the right one';
    is step_of($s), 'delivered', '  as a whole';

    $s = story({}, wool(-900, 'completed', -700, @{ $meta[0] }),
        wool(-800, 'completed', -800, @{ $meta[1] }));
    is parcels($s), 'WRONG1 ups shipped', 'an older record takes nothing back';

    $s = story({}, wool(-900, 'completed', -900, @{ $meta[0] }),
        ['woocommerce', 'order.updated', woo('completed', -700), -700],
        wool(-500, 'completed', -500, @{ $meta[0] }));
    is parcels($s), 'WRONG1 ups shipped', 'and a number that comes back is back';

    my $bare = woo('completed', -600);
    delete $bare->{meta_data};
    $s = story({}, wool(-900, 'completed', -900, @{ $meta[0] }), ['woocommerce', 'order.updated', $bare, -600]);
    is parcels($s), 'WRONG1 ups shipped', 'a record without any list takes nothing back';
    my @own = (['generic', '', { id => 7, payment => 'paid', shipped => JSON::PP::true, changed => iso(-900, 'Z'),
        parcels => [{ number => 'G1', carrier => 'ups' }] }, -900]);
    $s = story({}, @own, ['generic', '', { id => 7, payment => 'paid', shipped => JSON::PP::true, changed => iso(-600, 'Z') }, -600]);
    is parcels($s), 'G1 ups shipped', "nor does a shop's own that is silent of them";
    $s = story({}, @own, ['generic', '', { id => 7, payment => 'paid', changed => iso(-600, 'Z'), parcels => [] }, -600]);
    is parcels($s), '', 'an empty list does';

    my $label = sub { my ($number, $status) = @_; return { id => 31,
        order_id => 900, status => $status, created_at => iso(-300, 'Z'),
        updated_at => iso(-200, 'Z'), tracking_company => 'UPS',
        tracking_number => $number, tracking_numbers => [$number],
        shipment_status => undef } };
    my @first = ['shopify', 'orders/fulfilled', shopify(-900,
        fulfillment_status => 'fulfilled',
        fulfillments => [$label->('1ZA', 'success')]), -900];
    my @voided = (@first, ['shopify', 'orders/updated', shopify(-800,
        fulfillments => [$label->('1ZA', 'cancelled')]), -800]);

    $s = story({}, @first);
    is parcels($s), '1ZA UPS shipped', 'a label';
    $s = story({}, @voided);
    is parcels($s), '', 'a void label is no parcel';
    is step_of($s), 'confirmed', '  and it has not left';
    like join(' ', @{ $s->{due} }), qr/watch/, '  so it is waited for again';

    $s = story({}, @voided, ['shopify', 'orders/fulfilled', shopify(-700,
        fulfillment_status => 'fulfilled', fulfillments =>
        [$label->('1ZA', 'cancelled'), $label->('1ZB', 'success')]), -700],
        ['shopify', 'fulfillments/update', { %{ $label->('1ZB', 'success') },
            shipment_status => 'delivered', updated_at => iso(-600, 'Z') }, -600]);
    is parcels($s), '1ZB UPS delivered', 'sent anew';
    is step_of($s), 'delivered', '  and delivered';

    $s = story({}, @first, ['shopify', 'fulfillments/update',
        $label->('1ZA', 'cancelled'), -800]);
    is parcels($s), '', 'voided by its own webhook';
}

# --- several numbers in one

{
    my $both = { id => 33, order_id => 900, status => 'success',
        created_at => iso(-900, 'Z'), updated_at => iso(-900, 'Z'),
        tracking_company => 'UPS', tracking_number => 'P1',
        tracking_numbers => ['P1', 'P2'],
        tracking_urls => ['https://t.test/1', 'https://t.test/2'],
        shipment_status => undef };
    my @d = (['shopify', 'orders/fulfilled', shopify(-900,
        fulfillment_status => 'fulfilled', fulfillments => [$both]), -900]);
    my $s = story({}, @d);
    is parcels($s), 'P1 UPS shipped, P2 UPS shipped', 'two numbers in one';
    is $s->{order}{track}{parcels}[1]{url}, 'https://t.test/2', 'each its page';
    $s = story({}, ['shopify', 'orders/fulfilled', shopify(-900, fulfillment_status => 'fulfilled',
        fulfillments => { 1 => { %$both, tracking_numbers => { 2 => 'P1', 4 => 'P2' } } }), -900]);
    is parcels($s), 'P1 UPS shipped, P2 UPS shipped', 'in a list that is an object';
    $s = story({}, @d, ['shopify', 'fulfillments/update', { %$both,
        shipment_status => 'delivered', updated_at => iso(-60, 'Z') }, -60]);
    is parcels($s), 'P1 UPS delivered, P2 UPS delivered', 'both are delivered';
    is step_of($s), 'delivered', 'and so is the order';
}

# --- what was paid

{
    my $set = sub { return { shop_money => { amount => $_[0], currency_code => 'USD' },
        $_[1] ? (presentment_money => { amount => $_[1], currency_code => 'EUR' })
              : () } };
    my $s = story({}, ['shopify', 'orders/updated', shopify(-60,
        presentment_currency => 'EUR', total_discounts => '2.00',
        current_total_price_set => $set->('40.00', '36.50'),
        total_shipping_price_set => $set->('4.00', '3.65'),
        line_items => [{ product_id => 8, name => 'Kite', quantity => 1,
            price => '36.00', price_set => $set->('36.00', '32.85') },
            { product_id => 9, name => 'Tail', quantity => 1, price => '2.00' }],
        refunds => [{ transactions => [
            { kind => 'refund', status => 'success', amount => '5.00', currency => 'EUR' },
            { kind => 'refund', status => 'success', amount => '1.25', currency => 'EUR' },
            { kind => 'refund', status => 'failure', amount => '9.00', currency => 'EUR' }] },
            { transactions => [{ kind => 'refund', status => 'success',
                amount => '2.00', currency => 'EUR' }] }]), -60]);
    my $o = $s->{order};
    is $o->{currency}, 'EUR', 'the currency that was paid';
    is $o->{total}, 3650, 'its total';
    is $o->{shipping}, 365, 'its shipping';
    is $o->{discount}, undef, 'what is known in another alone is left out';
    is $o->{items}[0]{total}, 3285, 'an item';
    is $o->{items}[1]{total}, undef, 'one that is known in another alone';
    is $o->{refunds}, 825, 'refunds are the sum of all that went through';

    $s = story({}, ['shopify', 'orders/updated', shopify(-60), -60]);
    is $s->{order}{total}, 4000, 'one currency, as ever';
    is $s->{order}{discount}, 0, 'and its discount';
}

# --- what an item is worth: all of its pieces, tax in it, as it was paid for

{
    my $worth = sub { my $s = story({}, [$_[0], '', $_[1], -60]); return $s->{order}{items}[0]{total} };
    my $kites = sub { my ($included, %o) = @_; return shopify(-60, taxes_included => $included,
        line_items => [{ product_id => 8, name => 'Kite', quantity => 3, price => '10.00', %o }]) };
    my @off = (discount_allocations => [{ amount => '2.00' }, { amount => '1.00' }]);
    my @tax = (tax_lines => [{ price => '5.13' }]);
    is $worth->('shopify', $kites->(JSON::PP::true)), 3000, 'Shopify: of three';
    is $worth->('shopify', $kites->(JSON::PP::true, @off, @tax)), 2700, '  what is off it is off';
    is $worth->('shopify', $kites->(JSON::PP::false, @off, @tax)), 3213, '  and a tax on it is added';
    is $worth->('shopify', $kites->(JSON::PP::true, quantity => undef)), undef, '  how many is not known: neither is that';

    my $presta = sub { return { order => { id => 5, current_state => '2', total_paid => '60.000000', associations => { order_rows => [
        { product_id => '8', product_name => 'Kite', product_quantity => '2', unit_price_tax_incl => '12.345000', @_ }] } },
        currency => { currency => { iso_code => 'EUR' } }, customer => { customer => { email => 'a@b.example' } } } };
    is $worth->('prestashop', $presta->()), 2470, 'PrestaShop: of two';
    is $worth->('prestashop', $presta->(product_quantity => 'x')), undef, '  of nobody knows how many';

    is $worth->('opencart', { order_id => 6, currency_code => 'EUR', currency_value => '1.0', total => '50.00', email => 'a@b.example',
        products => [{ product_id => 8, name => 'Kite', quantity => 2, total => '20.0000', tax => '1.9000' }] }), 2380, 'OpenCart: with its tax';

    my $magento = sub { return { entity_id => 7, order_currency_code => 'EUR', grand_total => 50, customer_email => 'a@b.example',
        items => [{ product_id => 8, name => 'Kite', qty_ordered => 2, row_total => 20, row_total_incl_tax => 23.8, @_ }] } };
    is $worth->('magento', $magento->()), 2380, 'Magento: with its tax';
    is $worth->('magento', $magento->(tax_amount => 3.42, discount_amount => 2)), 2142, '  after what is off it';
    is $worth->('magento', $magento->(tax_amount => 3.42, discount_amount => 2.38, discount_tax_compensation_amount => 0.38)), 2142, '  which its tax may be in';

    my $shopware = sub { return { data => { event => 'checkout.order.placed', payload => { order => { id => 'a1', orderNumber => '8', amountTotal => 50, taxStatus => $_[0],
        currency => { isoCode => 'EUR' }, orderCustomer => { email => 'a@b.example' }, lineItems => [{ type => 'product', productId => 'p', label => 'Kite',
        quantity => 2, totalPrice => 20, price => { calculatedTaxes => [{ tax => 3.8, taxRate => 19 }] } }] } } } } };
    is $worth->('shopware', $shopware->('gross')), 2000, 'Shopware: with its tax';
    is $worth->('shopware', $shopware->('net')), 2380, '  which is added where prices are without';

    my $woo = sub { return woo('processing', -60, line_items => [{ product_id => 8, name => 'Kite', quantity => 2, total => '21.01', @_ }]) };
    is $worth->('woocommerce', $woo->(total_tax => '3.99')), 2500, 'WooCommerce: with its tax';
    is $worth->('woocommerce', $woo->(total_tax => '0.00')), 2101, '  or none';
    is $worth->('woocommerce', $woo->(total => 'much', total_tax => '3.99')), undef, '  of an amount that is none, nothing';
}

# --- what is no order

{
    my $s = story({}, ['shopify', 'orders/edited', { order_edit => { id => 1,
        order_id => 900, line_items => { additions => [] } } }, -60]);
    is_deeply $s->{faults}, [], 'an edit is passed over';
    $s = story({}, ['woocommerce', 'order.updated', { code => 'x',
        message => 'Invalid ID.', data => { status => 404 } }, -60]);
    is_deeply $s->{faults}, [], "and so is a store's error";
    $s = story({}, ['woocommerce', 'order.updated', '{"status":"processing",'
        . '"order_key":"k","currency":"EUR"}', -60]);
    is scalar @{ $s->{faults} }, 1, 'an order without its id is not';
}

# --- odd values

{
    my $json = JSON::PP->new->canonical;
    my $text = $json->encode(woo('processing', -60));
    my %odd = (
        'a NUL in a name' => '"\u0000*\u0000rows":1',
        'a NUL in a value' => '"x":"a\u0000b"',
        'half of a pair' => '"x":"\ud83d"',
        'thirty digits' => '"x":123456789012345678901234567890',
        'a member twice' => '"id":0,"id":501',
        'a thousand and a thousand more levels' =>
            '"x":' . '[' x 3000 . ']' x 3000,
    );

    for my $what (sort keys %odd) {
        my $body = $text =~ s/^\{/{$odd{$what},/r;
        my $s = story({}, ['woocommerce', 'order.updated', $body, -60]);
        is_deeply [$s->{faults}, $s->{order}{id}, $s->{order}{total}],
            [[], '501', 3100], $what;
    }

    my $s = story({}, ['woocommerce', 'order.updated', woo('processing', -60,
        order_key => { a => [map { [$_] } 1 .. 3] }), -60]);
    is $s->{order}{id}, '501', 'an object where a text is expected';
}

# --- to be paid, and no link

{
    my @bank = (date_paid_gmt => undef, payment_method => 'bacs', payment_method_title => 'Direct bank transfer');
    my $s = story({}, wool(-60, 'on-hold', -60, @bank));
    is $s->{order}{payment}, 'unpaid', 'a bank transfer that is waited for';
    is $s->{order}{pay_url}, undef, '  has no link';
    is $s->{order}{pay_how}, 'Direct bank transfer', '  but words';
    $s = story({}, wool(-60, 'on-hold', -60, @bank, meta_data => woo_meta(['_ordersave_pay_how', 'IBAN DE02 1203, reference 501'])));
    is $s->{order}{pay_how}, 'IBAN DE02 1203, reference 501', "  the shop's own, where it has some";
    $s = story({}, wool(-60, 'processing', -60));
    is $s->{order}{pay_how}, undef, 'what is paid has none';
}

# --- a shop's own webhooks

{
    my $ascii = JSON::PP->new->ascii->canonical;
    my $body = sub { story({}, ['generic', '', $_[0], -60])->{order} };
    my $generic = sub { $body->($ascii->encode({ id => 7, payment => 'paid', @_ })) };

    is $generic->(currency => 'jpy')->{currency}, 'JPY', 'a currency is written in capitals';
    is $generic->(currency => ' eur ')->{currency}, 'EUR', '  without what is around it';
    for my $odd ("\x{20a9}", 'USDT', 'E1R', 'dollars') {
        my $o = $generic->(currency => $odd, total => '1299');
        is_deeply [@$o{qw(currency total)}], [undef, undef], 'no currency, no amount: '
            . $ascii->encode([$odd]);
    }

    # currency, amount, minor units or nothing
    for (['jpy', '1299', 1299], ['krw', '1.299', 1299], [' krw', '1,299', 1299],
        ['KRW', '1299.00', 1299], ['EUR', '1,299.00', 129900], ['EUR', '1.299,00', 129900],
        ['EUR', "1\x{a0}299,00", 129900], ['EUR', "1\x{2019}299.00", 129900],
        ['INR', '1,29,999.00', 12999900], ['EUR', '12,5', 1250], ['EUR', '-5.00', -500],
        ['IDR', '476000', 47600000], ['IDR', '476.000', undef], ['EUR', '1.299', undef],
        ['KWD', '1.299', 1299], ['KWD', '1,299', undef], ['EUR', '1,2,3', undef],
        ['EUR', '12 13', undef], ['EUR', '1234,567.00', undef], ['EUR', 'much', undef],
        ['EUR', '12.00 EUR', undef], ['EUR', '5-', undef], ['EUR', '1e3', undef])
    {
        my ($currency, $text, $minor) = @$_;
        is $generic->(currency => $currency, total => $text)->{total}, $minor,
            "$currency " . $ascii->encode([$text]);
    }
    for (['1.2e3', 120000], ['0.30000000000000004', 30], ['1299', 129900]) {
        is $body->(qq({"id":7,"payment":"paid","currency":"EUR","total":$_->[0]}))->{total},
            $_->[1], "a number, $_->[0]";
    }

    for (['2026-11-22T09:00:00+01:00', 1795334400], ['2026-11-22 09:00:00 +0100', 1795334400],
        ['2026-11-22T09:00:00.123456+01', 1795334400], ['2026-11-22T09:00:00+01:00[Europe/Paris]', 1795334400],
        ['2026-11-22 9:00:00 AM', 1795338000], ['1795334400', 1795334400], ['1795334400000', 1795334400],
        ['1795334400.25', 1795334400], ['1795334400123456', 1795334400],
        map { [$_, undef] } 'yesterday', '20261122', '20261122090000', '2026', '0', '22/11/2026',
            '0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2026-02-30 10:00:00')
    {
        is $generic->(placed => $_->[0])->{placed}, $_->[1], "a time of $_->[0]";
    }

    # a word, however it is spelled; one that is not known is none
    for (['state', 'Cancelled', 'cancelled'], ['state', 'CANCELED', 'cancelled'],
        ['status', 'Refunded', 'refunded'], ['payment', 'PAID', 'paid'],
        ['payment', 'On delivery', 'on_delivery'], ['payment', 'maybe', undef],
        ['delivery', 'Pickup', 'pickup'], ['delivery', 'by owl', undef])
    {
        my ($member, $word, $is) = @$_;
        is $generic->($member => $word)->{$member eq 'status' ? 'state' : $member}, $is, "$member $word";
    }
    for (['Delivered', 'delivered'], ['Out for delivery', 'out_for_delivery'], ['teleported', 'confirmed']) {
        is $generic->(milestone => $_->[0])->{track}{milestone}, $_->[1], "milestone $_->[0]";
    }
    for (['Yes', 1], ['TRUE', 1], [JSON::PP::true, 1], [1, 1], ['no', 0], ['False', 0], ['n', 0], ['', 0]) {
        is !!$generic->(gift => $_->[0])->{gift}, !!$_->[1], "a gift: $_->[0]";
        is $generic->(shipped => $_->[0])->{track}{milestone}, $_->[1] ? 'shipped' : 'confirmed', '  shipped';
    }
    my $s = story({}, ['generic', '', { id => 7, payment => 'paid', parcels => [{ number => 'G1' }] }, -900],
        ['generic', '', { parcel => { number => 'G1', milestone => 'In transit', side => 'Attempt failed' } }, -600]);
    is $s->{order}{track}{parcels}[0]{milestone}, 'in_transit', "a parcel's milestone";
    is $s->{order}{track}{parcels}[0]{side}, 'attempt_failed', '  and its side';

    # what is left out is told
    my @odd = (id => 7, payment => 'paid', currency => 'EUR');
    is_deeply $generic->(@odd, total => 'much', placed => 'yesterday', release => '3 Dec', tax => '1.299',
        items => [{ id => 1, name => 'Pot', total => '9,9,9' }])->{odd}, [qw(total tax placed release items)],
        'what cannot be read is named';
    is_deeply $generic->(@odd, currency => 'euros', total => '5.00')->{odd}, ['total', 'currency'], '  a currency';
    is $generic->(@odd, total => '5.00', placed => '0000-00-00 00:00:00', pay_by => '0001-01-01T00:00:00Z',
        shipping => '', discount => undef)->{odd}, undef, '  what is not said is not odd';
    is story({}, ['generic', '', { @odd, total => 'much' }, -60], ['generic', '', { @odd, total => '5.00' }, -30])
        ->{order}{odd}, undef, '  and forgotten when it can be read';

    is $generic->(email => 'mailto:Bo@shop.test ')->{email}, 'Bo@shop.test', 'an address as it is meant';
    is $generic->(email => $_)->{email}, undef, "nobody's address: $_"
        for 'n/a', 'none@', "bo\@shop.test, ada\@shop.test";
}

done_testing;
