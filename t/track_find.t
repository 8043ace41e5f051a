# A carrier's word finds its order by tracking number, by the order's id or
# number, or waits until an order is there; batches, doubles, disorder.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {}})->start;

sub waiting {
    my ($kind, $value) = @_;
    my $name = "shop/$kind/$value";
    return @{$t->redis('LRANGE', $t->key("wait:$name", $name), 0, -1)};
}

sub alias {
    my ($kind, $value) = @_;
    my $name = "shop/$kind/$value";
    return $t->redis('GET', $t->key("alias:$name", $name));
}

# nobody knows this number yet
$t->aftership('WAIT1', 'InTransit', at => time - 600);
$t->aftership('WAIT1', 'OutForDelivery', at => time - 60);
ok $t->wait_for('both', sub { waiting('tracking', 'WAIT1') == 2 }),
    'two words of an unknown number wait';
cmp_ok $t->redis('TTL', $t->key('wait:shop/tracking/WAIT1',
                                'shop/tracking/WAIT1')), '<=', 30 * 86400,
    'for 30 days';
my ($event) = map { decode_json($_) } waiting('tracking', 'WAIT1');
is $event->{kind}, 'parcel', 'as events';

my ($rc, $out) = $t->ctl('order', 'show', 'tracking/wait1');
is $rc, 1, 'ordersavectl finds no order';
is scalar @{decode_json($out)->{waiting}}, 2, 'and shows what waits';

my $o = $t->buy(customer => 'ada');
$t->ship($o, 'wait 1');
ok $t->wait_for('it', sub {
    ($t->parcel($o, 'WAIT1') // {})->{milestone} // '' eq 'out_for_delivery';
}), 'until an order brings it';
is scalar $t->mails(1, subject => 'Out for delivery'), 1, 'and are told then';
is scalar waiting('tracking', 'WAIT1'), 0, 'nothing waits any more';
is alias('tracking', 'WAIT1'), $o->{order}{id}, 'the number is known';
($rc, $out) = $t->ctl('order', 'show', 'shop/tracking/wait 1');
is $rc, 0, 'ordersavectl finds it by its number';
is decode_json($out)->{order}{id}, $o->{order}{id}, 'and shows it';
is +($t->ctl('order', 'show', 'tracking/none'))[0], 1, 'or says that it is none';

# the carrier knows the order before we do
my $new = $t->{demo}->order(customer => 'grace', locale => 'en');
my $id = $new->{order}{id};
$t->aftership('EARLY1', 'InTransit', order => "$id");
ok $t->wait_for('it', sub { waiting('number', $id) == 1 }),
    'a word about an unknown order waits';
$t->webhook($new->{order});
ok $t->wait_for('the parcel', sub { $t->parcel($new, 'EARLY1') }),
    'until the order comes';
is scalar waiting('number', $id), 0, 'nothing waits for it any more';
$t->aftership('EARLY1', 'OutForDelivery');
ok $t->wait_for('the next', sub {
    $t->parcel($new, 'EARLY1')->{milestone} eq 'out_for_delivery';
}), 'the next word needs no order';

# a known order, an unknown number
$t->aftership('LATE1', 'InTransit', order => "$id");
ok $t->wait_for('the parcel', sub { $t->parcel($new, 'LATE1') }),
    'the order alone will do';
is scalar @{$t->track($new)->{parcels}}, 2, 'it has two parcels now';

# a batch of two orders' parcels, and one nobody knows
$t->webhook({trackings => [map { +{
    tracker => {trackingNumber => $_}, events => [
        {occurrenceDatetime => OrderSave::Track::iso(time),
         statusMilestone => 'delivered', status => 'There'}],
    shipment => {statusMilestone => 'delivered'}}
} qw(WAIT1 EARLY1 NOBODY1)]}, source => 'ship24', topic => '');
ok $t->wait_for('both', sub {
    2 == grep { $_->{milestone} eq 'delivered' } $t->parcel($o, 'WAIT1'),
                                                 $t->parcel($new, 'EARLY1');
}), 'a batch is taken apart';
ok $t->wait_for('the third', sub { waiting('tracking', 'NOBODY1') == 1 }),
    'what is unknown in it waits';

# the same delivery again and again
my $count = $t->count('duplicate');
my $delivery = $t->aftership('LATE1', 'OutForDelivery',
                             delivery => {id => 'again'});
$t->aftership('LATE1', 'Delivered', delivery => {id => 'again'}) for 1 .. 2;
ok $t->counted('duplicate', $count + 2), 'a repeated delivery changes nothing';
is $t->parcel($new, 'LATE1')->{milestone}, 'out_for_delivery', 'at all';

# disorder: delivered first, the road to it after; what waits still would be
# overtaken, so both mails before it are awaited
$t->mails(2, to => $new->{order}{billing}{email}, subject => 'Out for');
$t->aftership('LATE1', 'Delivered', at => time);
$t->aftership('LATE1', 'InTransit', at => time - 3000);
$t->aftership('LATE1', 'AttemptFail', at => time - 2000);
ok $t->wait_for('all', sub { @{$t->parcel($new, 'LATE1')->{log}} == 5 }),
    'late words are kept';
is $t->parcel($new, 'LATE1')->{milestone}, 'delivered', 'and change nothing';
is $t->parcel($new, 'LATE1')->{side}, undef, 'nor set a side';
is $t->track($new)->{milestone}, 'delivered', 'all of the order is there';

my @mails = $t->mails(4, to => $new->{order}{billing}{email},
                      subject => 'your order');
is_deeply [sort map { $_->{subject} =~ /^(All parcels|Delivered|Out for)/
                      ? $1 : $_->{subject} } @mails],
    ['All parcels', 'Delivered', 'Out for', 'Out for'],
    'each parcel by itself, and the last with all of them';
is scalar $t->mails(0, subject => 'Not delivered'), 0,
    'nothing about what went wrong before';

# a record that ran out, or was erased, is not made anew of a parcel
$t->redis('DEL', $t->order_key($o->{order}{id}));
$t->aftership('WAIT1', 'InTransit');
ok $t->settled, 'a word about an order that is gone';
is $t->record($o), undef, 'does not bring it back';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
