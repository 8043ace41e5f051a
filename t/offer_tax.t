# A shop whose prices include tax, and whose API takes lines without it, as
# WooCommerce's does: an item is worth what its buyer paid, and the store's total
# falls by exactly what the page said, for a discount of a product, a swap, and fewer
# of an item.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
my $yes = JSON::PP::true;
$t->{overrides} = {requests => {answer_within => '24h'}, site => 'https://shop.test', refund => {by => 'api'}, offers => [
    {id => 'mug', reasons => ['*'], when => {products => ['12']}, give => {discount => {percent => '10', lines => $yes}}},
    {id => 'size', reasons => ['*'], give => {request => {for => 'swap', by => 'api'}}},
    {id => 'less', reasons => ['*'], give => {request => {for => 'quantity', by => 'api'}}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
my $campaign = decode_json($t->read('campaign.json'));
my $put = sub { return [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {line_items => $_[0], meta_data => [{key => '_ordersave_offer', value => '{{nonce}}'}]}}] };
$campaign->{api}{actions} = {%{$campaign->{api}{actions}},
    discount => $put->({'$each' => 'lines', '$item' => {id => {'$value' => 'line'}, total => '{{total}}'}}),
    quantity => $put->([{id => {'$value' => 'item.line'}, quantity => {'$value' => 'fewer.quantity'}, subtotal => '{{fewer.total}}', total => '{{fewer.total}}'}]),
    swap => $put->([{id => {'$value' => 'item.line'}, quantity => 0}, {product_id => {'$value' => 'variant.product'}, variation_id => {'$value' => 'variant.variation'},
        quantity => {'$value' => 'variant.quantity'}, subtotal => '{{variant.total}}', total => '{{variant.total}}'}])};
$t->write('campaign.json', encode_json($campaign));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
$t->write('feed.jsonl', join "\n", map { encode_json({title => "Product $_->[0]", link => "https://shop.test/p/$_->[0]", availability => 'in stock', item_group_id => 'mugs', id => $_->[0], price => $_->[1], size => $_->[2]}) } [12, '28.00 EUR', 'L'], [13, '25.00 EUR', 'M']);
is +($t->ctl('catalog', 'import', $t->path('feed.jsonl')))[0], 0, 'a catalog';

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub cents { return int($_[0] * 100 + 0.5) }
sub press {
    my ($o, $page, $offer, %said) = @_;
    return $t->post(uri($o), [[ordersave_reason => 'costs'], (map { utf8::encode(my $v = $said{$_}); ["ordersave_ask:costs:$offer:$_" => $v] } sort keys %said),
        [ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]]);
}

for my $vat (19, 20) {
    for my $case (['mug', {product => 12}, 280], ['mug', {product => 12, total => '9.99'}, 100], ['mug', {product => 12, quantity => 3, total => '1.35'}, 14],
        ['size', {product => 12}, 300, variant => 'M'], ['size', {product => 12, total => '9.99'}, 107, variant => 'M'], ['size', {product => 12, quantity => 2, total => '1.35'}, 14, variant => 'M'],
        ['less', {product => 12, quantity => 3}, 2800, quantity => 2], ['less', {product => 12, quantity => 3, total => '10.00'}, 667, quantity => 1]) {
        my ($offer, $item, $less, %said) = @$case;
        my $what = "$vat %, $offer of " . ($item->{total} // 'the price');
        my $o = $t->buy(customer => 'ada', locale => 'en', vat => $vat, status => 'processing', items => [$item, {product => 24}]);
        $t->settled;
        $t->wait_for('the shelf', sub { $t->redis('EXISTS', $t->key('shelf:shop/' . $t->id($o), 'shop/' . $t->id($o))) });
        my $before = $t->shop($o);
        my $line = $before->{line_items}[0];
        is $t->record($o)->{items}[0]{total}, cents($line->{total}) + cents($line->{total_tax}), "$what: an item is worth what was paid for it";
        my $page = $t->get(uri($o));
        utf8::decode(my $body = $page->{body});
        if ($offer eq 'mug') {
            my ($saves) = $body =~ /You save \D*([\d.]+)\.(?:(?!You save).)*?accept:mug"/s;
            is cents($saves), $less, "$what: which the page says";
        } elsif ($offer eq 'size') {
            my $euros = sprintf '%.2f', $less / 100;
            like $body, qr/→ M \(-€\Q$euros\E\)</, "$what: which the page says";
            $said{variant} = "$line->{name} → M";
        } else {
            $said{item} = $line->{name};
        }
        is press($o, $page, $offer, %said)->{status}, 303, "$what: accepted";
        ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }, sub { encode_json($t->decision($o)) }), "$what: done";
        is cents($before->{total}) - cents($t->shop($o)->{total}), $less, "$what: the store's total falls by that";
        ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), "$what: the money";
        is cents(0 - $t->shop($o)->{refunds}[0]{total}), $less, "$what: is paid back";
    }
}
my $o = $t->buy(customer => 'ada', locale => 'en', vat => 19, shipping_vat => 19, items => [{product => 12}], coupons => ['save10']);
$t->settled;
my $body = $t->get(uri($o))->{body};
utf8::decode($body);
like $body, qr/€25\.20.*€5\.83.*€31\.03/s, 'the lines of an order have their tax in them, and add up';
is $t->record($o)->{discount}, 280, 'and so has its discount';

$t->stop;
done_testing;
