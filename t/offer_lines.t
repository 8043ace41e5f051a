# Money off the product that was chosen, not off the whole order: the line is cheaper,
# by what the page said, and the rest of the order stays as it is.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my $yes = JSON::PP::true;
$t->{overrides} = {refund => {by => 'api'}, offers => [
    {id => 'mug', reasons => ['*'], when => {products => ['12', '14']}, give => {discount => {percent => '10', lines => $yes}}},
    {id => 'five', reasons => ['*'], when => {products => ['12']}, give => {discount => {amount => {EUR => '50.00'}, lines => $yes}}}]};
$t->start(no_worker => 1);
my $campaign = decode_json($t->read('campaign.json'));
my $order = '/wp-json/wc/v3/orders/{{order.id}}';
$campaign->{api}{actions}{discount} = [
    {method => 'PUT', url => $order, body => {line_items => {'$each' => 'lines', '$item' => {id => {'$value' => 'line'}, total => '{{total}}'}},
        meta_data => [{key => '_ordersave_offer', value => '{{nonce}}'}]}}];
$t->write('campaign.json', encode_json($campaign));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub cents { return int($_[0] * 100 + 0.5) }
sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub order { my $o = $t->buy(customer => 'ada', locale => 'en', items => [{product => 12, quantity => 3}, {product => 13}, {product => 14}], @_); $t->settled; return $o }
sub lines { my ($o) = @_; return join ' ', map { "$_->{product_id}:$_->{total}" } @{$t->shop($o)->{line_items}} }

for my $case (['mug', '12:75.60 13:16.50 14:21.60', 'ten percent of what it is for'], ['five', '12:34.00 13:16.50 14:24.00', 'so much of it'], ['five', '12:0.00 13:16.50', 'and never more than it costs', items => [{product => 12}, {product => 13}]]) {
    my ($offer, $lines, $what, %new) = @$case;
    my $o = order(%new);
    my $before = cents($t->shop($o)->{total});
    my $page = $t->get(uri($o));
    like $page->{body}, qr/(?:10%|€\d+\.00|\xe2\x82\xac\d+\.00) off what you chose/, "$what: which the page says";
    my ($saves) = $page->{body} =~ /You save \D*([\d.]+)\.(?:(?!You save).)*?accept:$offer"/s;
    is $t->post(uri($o), [[ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]])->{status}, 303, "$what: accepted";
    ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }), "$what: applied";
    is lines($o), $lines, "$what: off that line alone";
    is $before - cents($t->shop($o)->{total}), cents($saves), "$what: as the page said";
    is $t->decision($o)->{terms}{amount}, cents($saves), "$what: and as was signed";
}

my $o = order(status => 'processing');
my $page = $t->get(uri($o));
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, apply => $yes);
$t->post(uri($o), [[ordersave_do => 'accept:mug'], [ordersave_token => OrderSave::Nginx::token($page)]]);
ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }), "the store's answer is lost";
is lines($o), '12:75.60 13:16.50 14:21.60', 'it is done once';
ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), 'what was paid';
is cents(0 - $t->shop($o)->{refunds}[0]{total}), 1080, 'comes back';
unlike $t->get(uri($t->buy(customer => 'ada', items => [{product => 13}])))->{body}, qr/accept:mug/, 'an order of other products has no such offer';

delete $campaign->{offers}[0]{when};
$t->write('wrong.json', encode_json($campaign));
$t->write('wrong-worker.json', encode_json({%{decode_json($t->read('worker.json'))}, stores => {shop => {campaign => 'wrong.json'}}}));
like `$t->{worker} -t -c @{[$t->path('wrong-worker.json')]} 2>&1`, qr{/offers/0/give/discount: expected "products"}, 'lines of no product are told';

$t->stop;
done_testing;
