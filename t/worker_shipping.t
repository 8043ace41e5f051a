# Free shipping is free: all ways of shipping, with the tax on them. What the page
# says that the buyer saves is what the store then asks less for.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my $campaign = JSON::PP->new->utf8->decode(do { local $/; open my $f, '<', 'campaign/begin.json' or die; <$f> });
$t->{overrides} = {offers => [{id => 'ship', reasons => ['*'], give => {free_shipping => {}}}, {id => 'ten', reasons => ['*'], give => {discount => {percent => '10'}}}]};
$t->start(no_worker => 1);
my $c = JSON::PP->new->utf8->decode($t->read('campaign.json'));
$c->{api}{actions}{free_shipping} = $campaign->{api}{actions}{free_shipping};
$t->write('campaign.json', JSON::PP->new->utf8->encode($c));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub cents { return int($_[0] * 100 + 0.5) }

for my $case (['one, untaxed', 490], ['one, taxed', 583, shipping_vat => 19],
    ['two, taxed', 4284, shipping_vat => 19, shipping_total => '4.90', more_shipping => [{method_id => 'freight', method_title => 'By lorry', total => '31.10'}]]) {
    my ($name, $saves, %new) = @$case;
    my $o = $t->buy(customer => 'ada', locale => 'en', %new);
    ok $t->settled, "$name: an order";
    my $before = $t->shop($o);
    is cents($before->{shipping_total}) + cents($before->{shipping_tax}), $saves, "$name: what shipping costs the buyer";
    my $uri = $o->{cancel_url} =~ s{^https?://[^/]+}{}r;
    my $page = $t->get($uri);
    my ($said) = $page->{body} =~ /Free shipping.*?You save \D*([\d.]+)\./s;
    is cents($said // 0), $saves, "$name: what the page says that is saved";
    my ($ten) = $page->{body} =~ /10% off.*?You save \D*([\d.]+)\./s;
    is cents($ten // 0), int((cents($before->{total}) - $saves) / 10 + 0.5), "$name: ten percent are of the goods";
    is $t->post($uri, [[ordersave_do => 'accept:ship'], [ordersave_token => OrderSave::Nginx::token($page)]])->{status}, 303, "$name: accepted";
    ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }), "$name: applied";
    my $after = $t->shop($o);
    is cents($before->{total}) - cents($after->{total}), $saves, "$name: what the store asks less for";
    is join(' ', map { $_->{total} } @{$after->{shipping_lines}}), join(' ', ('0.00') x @{$before->{shipping_lines}}), "$name: no line is left out";
}

# the fees that the campaign names go as well, and no others

$c->{offers} = [{id => 'all', reasons => ['*'], give => {free_shipping => {fees => ['Handling', 'Small order']}}}, {id => 'ship', reasons => ['*'], give => {free_shipping => {}}}];
$c->{api}{actions}{free_shipping}[0]{body}{fee_lines} = {'$each' => 'waived', '$item' => {id => {'$value' => 'id'}, name => '{{name}}', total => '0.00'}};
$t->write('campaign.json', JSON::PP->new->utf8->encode($c));
$t->kill_now('worker');
$t->kill_now('nginx', 'QUIT');
$t->start_worker;
$t->start_nginx(server => $t->woo);
for my $case (['all', 4.90 + 3.50 + 1.00, 'Handling:0.00 Gift wrap:2.00 Small order:0.00'], ['ship', 4.90, 'Handling:3.50 Gift wrap:2.00 Small order:1.00']) {
    my ($offer, $saves, $fees) = @$case;
    my $o = $t->buy(customer => 'ada', locale => 'en');
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {fee_lines => [map { {name => $_->[0], total => $_->[1]} } ['Handling', '3.50'], ['Gift wrap', '2.00'], ['Small order', '1.00']]});
    $t->webhook($json);
    ok $t->settled, "$offer: an order with fees";
    is $t->record($o)->{handling}, 450, "$offer: what can be waived is known";
    is $t->record($o)->{fee_lines}, undef, "$offer: and the lines are not kept";
    my $uri = $o->{cancel_url} =~ s{^https?://[^/]+}{}r;
    my $page = $t->get($uri);
    like $page->{body}, qr/Free shipping and handling.*?You save \D*9\.40\./s, "$offer: the page says what all of it is";
    my $before = $t->shop($o)->{total};
    is $t->post($uri, [[ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]])->{status}, 303, "$offer: accepted";
    ok $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') eq 'done' }), "$offer: applied";
    is join(' ', map { "$_->{name}:$_->{total}" } @{$t->shop($o)->{fee_lines}}), $fees, "$offer: these fees";
    is cents($before) - cents($t->shop($o)->{total}), cents($saves), "$offer: and so much in all";
}

$t->stop;
done_testing;
