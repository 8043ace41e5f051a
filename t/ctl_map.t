# What a webhook's body is read as, and what of it is not.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
my $o = $t->{demo}->order(customer => 'ada', billing => {email => 'ada@shop.test', phone => '0151 12345678', country => 'DE'});
my %payload = (%{$o->{order}}, of_nobodys_interest => 1, billing => {%{$o->{order}{billing}}, favourite_colour => 'blue'});
$t->write('order.json', encode_json \%payload);
sub map_of { my ($rc, $out, $err) = $t->ctl('map', @_); return ($rc == 0 ? decode_json $out : undef, $rc, $err) }

my ($read, $rc, $err) = map_of('woocommerce', $t->path('order.json'), 'order.updated');
is $rc, 0, 'an order of WooCommerce' or diag $err;
is_deeply [map { "$_->{id} $_->{email} $_->{phone}" } @{$read->{orders}}], ["$o->{order}{id} ada\@shop.test +4915112345678"], 'is read as the worker does';
is_deeply [sort grep { /interest|colour/ } @{$read->{ignored}}], ['/billing/favourite_colour', '/of_nobodys_interest'], 'and what of it is not read';
ok !(grep { m{^/(?:id|status|billing|line_items|total)$} } @{$read->{ignored}}), 'nothing that is' or diag explain $read->{ignored};

$t->write('parcel.json', encode_json {event => 'tracking_update', event_id => 'x', msg => {tracking_number => '1Z999AA10123456784', slug => 'ups', tag => 'OutForDelivery', checkpoints => []}});
($read, $rc) = map_of('aftership', $t->path('parcel.json'), 'tracking_update');
is $read->{parcels}[0]{milestone}, 'out_for_delivery', 'news of a carrier';
is_deeply $read->{orders}, [], 'are no order';

($read, $rc, $err) = map_of('nobody', $t->path('order.json'));
is $rc, 2, 'a source that is none';
like $err, qr/there is no source nobody in \S+/, 'is told, with where it was looked for';
$t->write('broken.json', '{"id": ');
($read, $rc, $err) = map_of('woocommerce', $t->path('broken.json'));
is $rc, 1, 'a body that is no JSON';
like $err, qr/broken\.json: /, 'by its name';
is +(map_of('woocommerce', $t->path('none.json')))[1], 1, 'nor is one that is not there';

$t->stop;
done_testing;
