# The names that an order is found under: they outlive its record, several
# orders may share a parcel, and what a carrier calls the order is nobody's
# where it is one order's id and another's number.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {}, keep => '10d'})->start;

sub name {
    my ($kind, $value) = @_;
    return $t->key("alias:shop/$kind/$value", "shop/$kind/$value");
}

# an order whose number is not its id; %o is what the shop changes of it
sub numbered {
    my ($o, $number, %o) = @_;
    my (undef, $order) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
    return {%$order, number => "$number", date_modified_gmt => OrderSave::Track::iso(time) =~ s/Z$//r, %o};
}

# names last
my $ada = $t->{demo}->order(customer => 'ada', locale => 'en');
my $old = $ada->{order}{id};
$t->webhook(numbered($ada, "A-$old"));
ok $t->wait_for('it', sub { $t->record($ada) }), 'an order';
$t->ship($ada, 'LAST1');
ok $t->wait_for('its parcel', sub { $t->parcel($ada, 'LAST1') }), 'with a parcel';
cmp_ok $t->redis('TTL', name('tracking', 'LAST1')), '>', 15 * 86400, 'its name lasts longer than its record';
my $record = $t->record($ada);
$record->{save}{seen} = [int(time / 3600) - 24 * 9, 'abcdefgh'];
$t->redis('SET', $t->order_key($old), encode_json($record), 'EX', 86400);
$t->redis('EXPIRE', name('tracking', 'LAST1'), 60);
$t->aftership('LAST1', 'InTransit');
ok $t->wait_for('the word', sub { $t->parcel($ada, 'LAST1')->{milestone} eq 'in_transit' }), 'a word, many days later';
cmp_ok $t->redis('TTL', name('tracking', 'LAST1')), '>', 15 * 86400, 'its names are entered again';

# one parcel, two orders
my ($one, $two) = map { $t->buy(customer => $_) } qw(budi grace);
$t->ship($_, 'BOTH1') for $one, $two;
ok $t->wait_for('both', sub { 2 == grep { $t->parcel($_, 'BOTH1') } $one, $two }), 'one parcel for two orders';
$t->aftership('BOTH1', 'Delivered');
ok $t->wait_for('both', sub { 2 == grep { $t->parcel($_, 'BOTH1')->{milestone} eq 'delivered' } $one, $two }), 'moves both';
my (undef, $out, $err) = $t->ctl('order', 'show', 'tracking/BOTH1');
like decode_json($out)->{order}{id} . $err, qr/$two->{order}{id}.*also of order $one->{order}{id}|$one->{order}{id}.*also of order $two->{order}{id}/s,
    'and both are named';

# the second parcel of an order, named after the first has arrived
$t->ship($one, 'BOTH1', 'MORE1');
ok $t->wait_for('it', sub { $t->parcel($one, 'MORE1') }), 'one more parcel, later';
is $t->track($one)->{milestone}, 'shipped', 'the order has not arrived';
$t->aftership('MORE1', 'Delivered');
ok $t->wait_for('it', sub { $t->track($one)->{milestone} eq 'delivered' }), 'until that one has';

# the number of one order is the id of another
my $theirs = $t->buy(customer => 'minji');
my $id = $theirs->{order}{id};
my $mine = $t->{demo}->order(customer => 'grace', locale => 'en');
$t->webhook(numbered($mine, $id));
$t->webhook(numbered($theirs, "B-$id"));
ok $t->wait_for('both', sub { ($t->record($theirs)->{number} // '') eq "B-$id" && $t->record($mine) }), 'numbers and ids overlap';
$t->aftership('WHOSE1', 'InTransit', order => "$id");
$t->settled;
is $t->parcel($_, 'WHOSE1'), undef, 'what could be either is neither' for $mine, $theirs;
$t->webhook({trackings => [{tracker => {trackingNumber => 'WHOSE2', shipmentReference => "B-$id"},
    shipment => {statusMilestone => 'in_transit'}, events => []}]}, source => 'ship24', topic => '');
ok $t->wait_for('it', sub { $t->parcel($theirs, 'WHOSE2') }), 'a number that is one order\'s is found';
$t->ship($mine, 'WHOSE1');
ok $t->wait_for('it', sub { ($t->parcel($mine, 'WHOSE1') // {})->{milestone} // '' eq 'in_transit' }), 'the tracking number tells';
$t->settled;
is $t->parcel($theirs, 'WHOSE1'), undef, 'the other buyer hears nothing';

# the order's number arrives later than the carrier's word, and somebody else's id is the same
my $late = $t->{demo}->order(customer => 'budi', locale => 'en');
my $number = 'N-' . $late->{order}{id};
$t->webhook({event => 'tracking_update', event_id => rand, msg => {tracking_number => 'LATE9', slug => 'ups',
    tag => 'InTransit', order_number => $number, checkpoints => []}}, source => 'aftership', topic => 'tracking_update');
ok $t->wait_for('it', sub { $t->redis('LLEN', $t->key("wait:shop/number/$number", "shop/number/$number")) }), 'a word that waits';
$t->webhook(numbered($late, $number));
ok $t->wait_for('it', sub { $t->parcel($late, 'LATE9') }), 'finds its order';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
