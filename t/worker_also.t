# What a store says of an order in another place: WooCommerce's own fulfilments
# stand in no webhook, and are read. A webhook takes nothing back that it cannot
# know of; a reading does.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $c = decode_json($t->read('campaign.json'));
$c->{api}{also} = {fulfillments => {url => '/wp-json/wc/v3/orders/{{order.id}}/fulfillments'}};
$c->{track} = {};
$t->write('campaign.json', encode_json($c));
$t->start_worker;

sub parcels { my ($o) = @_; return join ' ', sort map { "$_->{number}:$_->{carrier}:$_->{milestone}" } @{($t->record($o) // {})->{track}{parcels} // []} }
sub fulfil {
    my ($o, $number, $done) = @_;
    my (undef, $json) = $t->{demo}->api('POST', "/orders/$o->{order}{id}/fulfillments", {is_fulfilled => $done // JSON::PP::true,
        meta_data => [{key => '_tracking_number', value => $number}, {key => '_shipment_provider', value => 'usps'}]});
    return $json->{id};
}
sub news { my ($o) = @_; my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => $_[1] // 'processing', customer_note => rand}); $t->webhook($json) }

my $o = $t->buy(customer => 'ada', status => 'processing');
my $first = fulfil($o, 'F1');
fulfil($o, 'F2', JSON::PP::false);
news($o);
ok $t->wait_for('the parcel', sub { parcels($o) eq 'F1:usps:shipped' }), 'a fulfilment is a parcel; one that is not done is none' or diag parcels($o);
$t->settled;

# the fulfilments cannot be read: nothing is taken back

sub asks { return scalar grep { $_->{line} =~ m{^GET .*/fulfillments} } @{$t->{demo}->requests} }
my $asked = asks();
$t->store_fault(match => 'GET /wp-json/.*/fulfillments', times => 3, status => 502);
news($o);
ok $t->wait_for('tries', sub { asks() >= $asked + 3 }), 'the store does not say';
is parcels($o), 'F1:usps:shipped', 'the parcel stays';
$t->store_fault;
$t->settled;
is parcels($o), 'F1:usps:shipped', '  and afterwards';

# the store took it back

$t->{demo}->api('DELETE', "/orders/$o->{order}{id}/fulfillments/$first");
fulfil($o, 'F3');
news($o);
ok $t->wait_for('the other', sub { parcels($o) eq 'F3:usps:shipped' }), 'a number that was wrong is gone' or diag parcels($o);

# a store without them

$t->store_fault(match => 'GET /wp-json/.*/fulfillments', times => 99, status => 404);
my $p = $t->buy(customer => 'budi', status => 'processing', meta => {_wc_shipment_tracking_items => [{tracking_number => 'M1', tracking_provider => 'dhl'}]});
ok $t->wait_for('the parcel', sub { parcels($p) eq 'M1:dhl:shipped' }), 'without them the order alone is read' or diag parcels($p);
$t->settled;
is scalar(grep { ($_->{why} // '') ne '' } values %{$t->all('dead')}), 0, 'and nothing is left over';

$t->kill_now('worker');
$t->stop;
done_testing;
