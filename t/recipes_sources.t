# What the platforms of docs/recipes.md say of an order, in their own shapes, and
# what it is read as: each value by itself.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::Local qw(timegm);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {country => 'FR'});     # its clock: PrestaShop, OpenCart
$t->start(no_worker => 1);
$t->configure(share => $t->{share});

sub read_as {
    my ($source, $payload) = @_;
    $t->write('payload.json', $payload);
    my ($rc, $out, $err) = $t->ctl('map', $source, $t->path('payload.json'));
    is $rc, 0, "$source: read" or diag $err;
    return @{decode_json($out || '{"orders": []}')->{orders}};
}

sub at { my ($y, $mo, $d, $h, $m, $s) = @_; return timegm($s, $m, $h, $d, $mo - 1, $y) }

# A member of an order by its pointer, as text; '' where there is none.
sub member {
    my ($order, $path) = @_;
    for my $name (split m{/}, $path) {
        $order = ref $order eq 'ARRAY' ? $order->[$name] : ref $order eq 'HASH' ? $order->{$name} : undef;
    }
    return "$order" if ref $order eq 'JSON::PP::Boolean';
    return ref $order ? JSON::PP->new->canonical->encode($order) : $order // '';
}

sub holds {
    my ($what, $order, @values) = @_;
    while (my ($path, $value) = splice @values, 0, 2) {
        is member($order, $path), $value, "$what: $path";
    }
}

# --- Magento 2: GET /rest/V1/orders/5, with its shipments beside it

my $magento = <<'EOT';
{"entity_id": 5, "increment_id": "000001042", "state": "complete", "status": "complete",
 "base_currency_code": "USD", "order_currency_code": "EUR", "base_grand_total": 64.8, "grand_total": 59.9,
 "shipping_amount": 5, "shipping_tax_amount": 0.95, "discount_amount": -6.5, "tax_amount": 9.56,
 "total_paid": 59.9, "is_virtual": 0, "coupon_code": "SPRING", "customer_email": "ana@example.org",
 "customer_firstname": "Ana", "created_at": "2026-11-26 09:30:00", "updated_at": "2026-11-28 10:00:01",
 "shipping_description": "Flat Rate - Fixed",
 "payment": {"method": "checkmo", "additional_information": ["Check / Money order"]},
 "billing_address": {"country_id": "DE", "postcode": "10115", "telephone": "030 901820", "firstname": "Ana"},
 "extension_attributes": {"shipping_assignments": [{"shipping": {"method": "flatrate_flatrate",
   "address": {"country_id": "FR", "postcode": "75001", "telephone": "01 40 20 50 50"}}, "items": []}]},
 "items": [
  {"item_id": 11, "product_id": 7, "product_type": "configurable", "name": "Mug", "qty_ordered": 2,
   "row_total": 42, "row_total_incl_tax": 49.98},
  {"item_id": 12, "parent_item_id": 11, "product_id": 8, "product_type": "simple", "name": "Mug blue", "qty_ordered": 2, "row_total": 0}],
 "shipments": {"items": [{"entity_id": 3, "order_id": 5, "created_at": "2026-11-28 10:00:00",
   "tracks": [{"track_number": "1Z999AA10123456784", "carrier_code": "ups", "title": "UPS", "created_at": "2026-11-28 10:00:00"},
              {"track_number": "JD0146", "carrier_code": "custom", "title": "Our courier"}]}], "total_count": 1}}
EOT
my ($o) = read_as('magento', $magento);
holds('Magento', $o, id => '5', number => '000001042', state => 'open', status => 'complete', shipped => 1, unclear => '',
    currency => 'EUR', total => 5990, shipping => 500, shipping_tax => 95, discount => 650, tax => 956, payment => 'paid',
    placed => at(2026, 11, 26, 9, 30, 0), changed => at(2026, 11, 28, 10, 0, 1), country => 'FR', postcode => '75001',
    email => 'ana@example.org', name => 'Ana', 'coupons/0' => 'SPRING', 'shipping_line/method' => 'flatrate_flatrate',
    'parcels/0/number' => '1Z999AA10123456784', 'parcels/0/carrier' => 'ups', 'parcels/0/at' => at(2026, 11, 28, 10, 0, 0),
    'parcels/1/number' => 'JD0146', 'parcels/1/carrier' => '', 'parcels/2' => '', parcels_known => 1,
    'items/0/id' => '7', 'items/0/name' => 'Mug', 'items/0/quantity' => 2, 'items/0/total' => 4998, 'items/1' => '');
for my $case ([new => 'pending', 'open', 'unpaid', ''], [processing => 'processing', 'open', 'paid', ''], [canceled => 'canceled', 'cancelled', 'unpaid', ''],
              [closed => 'closed', 'refunded', 'paid', ''], [payment_review => 'fraud', 'open', 'authorised', ''], [processing => 'at_the_printers', 'open', 'paid', 1]) {
    my ($state, $status, @expected) = @$case;
    ($o) = read_as('magento', $magento =~ s/"state": "complete", "status": "complete"/"state": "$state", "status": "$status"/r =~ s/,\s*"shipments".*\z/}/sr);
    holds("Magento, $state and $status", $o, state => $expected[0], payment => $expected[1], unclear => $expected[2], shipped => '', parcels_known => '');
}
my @two = read_as('magento', "[$magento, " . $magento =~ s/"entity_id": 5/"entity_id": 6/r . ']');
is join(' ', map { $_->{id} } @two), '5 6', 'Magento: the list of a poll';

# --- PrestaShop 8: GET /api/orders/9, with what it names beside it

my $rows = '"order_rows": [{"id": "21", "product_id": "1", "product_attribute_id": "4", "product_quantity": "1", "product_name": "Hummingbird t-shirt", "unit_price_tax_incl": "22.940000"},
    {"id": "22", "product_id": "6", "product_attribute_id": "0", "product_quantity": "3", "product_name": "Mug", "unit_price_tax_incl": "14.280000"}]';
my $bare = qq({"id": 9, "id_customer": "2", "id_currency": "1", "current_state": "4", "module": "ps_wirepayment",
    "date_add": "2026-11-26 09:30:00", "date_upd": "2026-11-28 10:00:01", "shipping_number": "JD0146", "total_paid": "71.780000",
    "total_discounts": "2.000000", "total_shipping": "8.000000", "reference": "XKBKNABJK", "secure_key": "b44a6d9efd7a0076a0fbce6b15eaf3b1", "associations": {$rows}});
my $presta = qq({"order": $bare, "customer": {"customer": {"id": 2, "email": "ana\@example.org", "firstname": "Ana"}},
    "address": {"address": {"id_country": "8", "postcode": "75001", "phone": "", "phone_mobile": "0612345678", "firstname": "Anne"}},
    "country": {"country": {"iso_code": "FR"}}, "currency": {"currency": {"iso_code": "EUR"}}});
($o) = read_as('prestashop', $presta);
holds('PrestaShop', $o, id => '9', number => 'XKBKNABJK', proof => 'b44a6d9efd7a0076a0fbce6b15eaf3b1', partial => '', state => 'open', status => '4',
    shipped => 1, milestone => 'shipped', payment => 'paid', currency => 'EUR', total => 7178, shipping => 800, discount => 200,
    placed => at(2026, 11, 26, 8, 30, 0), changed => at(2026, 11, 28, 9, 0, 1), country => 'FR', postcode => '75001', email => 'ana@example.org',
    name => 'Anne', 'parcels/0/number' => 'JD0146', 'parcels/1' => '', parcels_known => 1, 'items/0/id' => '1', 'items/0/variant' => '4',
    'items/0/name' => 'Hummingbird t-shirt', 'items/0/quantity' => 1, 'items/0/total' => 2294, 'items/1/id' => '6', 'items/1/quantity' => 3, 'items/1/total' => 4284);
($o) = read_as('prestashop', $presta =~ s/2026-11-26/2026-07-26/r);
is $o->{placed}, at(2026, 7, 26, 7, 30, 0), 'PrestaShop: by its clock of summer';
for my $case ([1 => 'open', 'unpaid', ''], [2 => 'open', 'paid', ''], [5 => 'open', 'paid', ''], [6 => 'cancelled', 'unpaid', ''], [7 => 'refunded', 'paid', ''],
              [8 => 'failed', 'unpaid', ''], [13 => 'open', 'on_delivery', ''], [14 => 'open', '', 1]) {
    my ($n, @expected) = @$case;
    ($o) = read_as('prestashop', $presta =~ s/"current_state": "4"/"current_state": "$n"/r =~ s/"JD0146"/""/r);
    holds("PrestaShop, state $n", $o, state => $expected[0], payment => $expected[1], unclear => $expected[2], shipped => $n == 5 ? 1 : '', parcels => '');
}
($o) = read_as('prestashop', "[$bare]");
holds('PrestaShop, the list of a poll', $o, id => '9', partial => 1, changed => at(2026, 11, 28, 9, 0, 1), email => '');

# --- OpenCart: what its order model answers, with the products

my $opencart = <<'EOT';
{"order_id": "105", "store_url": "https://shop.test/", "customer_id": "2", "firstname": "Ana", "email": "ana@example.org",
 "telephone": "0612345678", "payment_iso_code_2": "DE", "shipping_postcode": "75001", "shipping_iso_code_2": "FR",
 "payment_method": {"name": "Cash On Delivery", "code": "cod.cod"}, "shipping_method": {"name": "Flat Rate", "code": "flat.flat"},
 "total": "105.0000", "order_status_id": "1", "order_status": "Pending", "language_code": "en-gb", "currency_code": "EUR",
 "currency_value": "1.00000000", "date_added": "2026-11-26 09:30:00", "date_modified": "2026-11-28 10:00:01",
 "products": [{"order_product_id": "1", "product_id": "40", "name": "Mug", "quantity": "2", "price": "50.0000", "total": "100.0000"}]}
EOT
($o) = read_as('opencart', $opencart);
holds('OpenCart 4', $o, id => '105', state => 'open', status => 'Pending', payment => 'on_delivery', currency => 'EUR', total => 10500, locale => 'en-gb',
    placed => at(2026, 11, 26, 8, 30, 0), changed => at(2026, 11, 28, 9, 0, 1), country => 'FR', postcode => '75001', email => 'ana@example.org',
    name => 'Ana', shipped => '', unclear => '', 'items/0/id' => '40', 'items/0/name' => 'Mug', 'items/0/quantity' => 2, 'items/0/total' => 10000);
($o) = read_as('opencart', $opencart =~ s/"payment_method": \{.*?\}, "shipping_method": \{.*?\}/"payment_code": "bank_transfer", "shipping_code": "pickup.pickup"/r);
holds('OpenCart 3', $o, payment => 'unpaid', delivery => 'pickup');
($o) = read_as('opencart', $opencart =~ s/"1\.00000000"/"1.17"/r);
holds('OpenCart, in another currency', $o, total => '', 'items/0/name' => 'Mug', 'items/0/total' => '');
for my $case ([2 => 'open', 'on_delivery', '', ''], [3 => 'open', 'on_delivery', 1, ''], [5 => 'open', 'paid', 1, ''], [7 => 'cancelled', 'unpaid', '', ''],
              [11 => 'refunded', 'paid', '', ''], [10 => 'failed', 'unpaid', '', ''], [17 => 'open', '', '', 1]) {
    my ($n, @expected) = @$case;
    ($o) = read_as('opencart', $opencart =~ s/"order_status_id": "1"/"order_status_id": "$n"/r);
    holds("OpenCart, status $n", $o, state => $expected[0], payment => $expected[1], shipped => $expected[2], unclear => $expected[3]);
}
is scalar(read_as('opencart', $opencart =~ s/"order_status_id": "1"/"order_status_id": "0"/r)), 0, 'OpenCart: an order that was not placed is none';

# --- Sylius: GET /api/v2/admin/orders/nAWw2jewpA

my $sylius = <<'EOT';
{"@context": "/api/v2/contexts/Order", "@id": "/api/v2/admin/orders/nAWw2jewpA", "@type": "Order", "id": 20,
 "channel": "/api/v2/admin/channels/FASHION_WEB", "tokenValue": "nAWw2jewpA", "number": "000000020", "state": "new",
 "customer": {"@id": "/api/v2/admin/customers/3", "email": "ana@example.org", "firstName": "Ana", "phoneNumber": "0612345678"},
 "currencyCode": "EUR", "localeCode": "en_US", "checkoutState": "completed", "paymentState": "paid", "shippingState": "shipped",
 "checkoutCompletedAt": "2026-11-26T09:30:00+01:00", "createdAt": "2026-11-26T09:20:00+01:00", "updatedAt": "2026-11-28T11:00:01+01:00",
 "shippingAddress": {"firstName": "Anne", "countryCode": "FR", "postcode": "75001", "phoneNumber": "0687654321"},
 "payments": [{"id": 20, "method": {"code": "cash_on_delivery"}, "state": "completed"}],
 "shipments": [{"id": 31, "method": {"code": "ups", "name": "UPS"}, "state": "shipped", "tracking": "1Z999AA10123456784", "shippedAt": "2026-11-28T11:00:00+01:00"}],
 "items": [{"id": 7, "variant": "/api/v2/admin/product-variants/MUG", "productName": "Mug", "quantity": 2, "unitPrice": 2000, "total": 4000}],
 "itemsTotal": 4000, "shippingTotal": 499, "taxTotal": 100, "orderPromotionTotal": 0, "total": 4599}
EOT
($o) = read_as('sylius', $sylius);
holds('Sylius', $o, id => 'nAWw2jewpA', number => '000000020', proof => 'nAWw2jewpA', partial => '', state => 'open', status => 'new', shipped => 1,
    payment => 'paid', currency => 'EUR', total => 4599, shipping => 499, tax => 100, placed => at(2026, 11, 26, 8, 30, 0), changed => at(2026, 11, 28, 10, 0, 1),
    locale => 'en-US', country => 'FR', postcode => '75001', email => 'ana@example.org', name => 'Anne', pay_method => 'cash_on_delivery',
    'shipping_line/method' => 'ups', 'parcels/0/number' => '1Z999AA10123456784', 'parcels/0/at' => at(2026, 11, 28, 10, 0, 0),
    'items/0/name' => 'Mug', 'items/0/quantity' => 2, 'items/0/total' => 4000);
for my $case ([cancelled => 'cancelled', 'cancelled', 'cancelled', 'unpaid'], [new => 'awaiting_payment', 'ready', 'open', 'unpaid'],
              [new => 'authorized', 'ready', 'open', 'authorised'], [fulfilled => 'refunded', 'shipped', 'refunded', 'paid']) {
    my ($state, $pays, $ships, @expected) = @$case;
    ($o) = read_as('sylius', $sylius =~ s/"state": "new"/"state": "$state"/r =~ s/"paymentState": "paid", "shippingState": "shipped"/"paymentState": "$pays", "shippingState": "$ships"/r);
    holds("Sylius, $state and $pays", $o, state => $expected[0], payment => $expected[1], shipped => $ships eq 'shipped' ? 1 : '');
}
($o) = read_as('sylius', '[' . $sylius =~ s/"customer": \{.*?\}/"customer": "\/api\/v2\/admin\/customers\/3"/r . ']');
holds('Sylius, the list of a poll', $o, id => 'nAWw2jewpA', partial => 1);
is scalar(read_as('sylius', $sylius =~ s/"state": "new"/"state": "cart"/r)), 0, 'Sylius: a cart is none';

$t->stop;
done_testing;
