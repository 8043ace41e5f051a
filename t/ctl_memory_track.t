# An order of two lines, one parcel and ten of its events costs at most 4 KB in
# Redis, with aliases, watches, messages told and still to be told, and links.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Track;

# what streams and connections need is shared by all orders: more by few
my $n = $ENV{ORDERSAVE_ORDERS} // ($ENV{ORDERSAVE_FULL} ? 20000 : 2500);
my $most = $n < 10000 ? 4608 : 4096;
my $on = {email => JSON::PP::true, sms => JSON::PP::true};
my $t = OrderSave::Track->new(campaign => {track => {messages => {
    out_for_delivery => {%$on, after => '30d'}}}});

# facts have a bound of their own (facts.most), whatever the number of orders
$t->start(no_worker => 1);
$t->configure(facts => JSON::PP::false);
$t->start_worker;
my $sample = $t->{demo}->order(customer => 'ada', items => [
    {product => 12, quantity => 1}, {product => 13, quantity => 2}]);
my $order = $sample->{order};

is scalar @{$order->{line_items}}, 2, 'the sample has two lines';
push @{$order->{meta_data}}, {key => '_ordersave_consent_sms', value => 'yes'};
$order->{status} = 'completed';
$order->{billing}{phone} = '+4930901820';

my $json = JSON::PP->new->utf8;
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $t->{redis_port});
my $sent = 0;

sub raw {
    my ($source, $id, $body) = @_;
    my @words = ('XADD', $t->key('in', "$source/$id"), '*',
        source => $source, store => 'shop', id => $id, topic => $source eq
        'aftership' ? 'tracking_update' : 'order.updated',
        at_ms => int(time * 1000), body => $json->encode($body));
    print {$socket} '*' . @words . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @words;
    return if ++$sent < 500;
    drain();
}

sub drain {
    $socket->flush;
    while ($sent > 0) { <$socket>; <$socket>; $sent-- }
}

# ten scans, the last one an hour ago
my @said = ('Shipping label created', 'Accepted at the parcel shop',
    'Departed from facility', 'Arrived at the sorting centre',
    'Processed at the sorting centre', 'In transit to the next facility',
    'Arrived at the regional facility', 'Departed from regional facility',
    'Arrived at the delivery depot', 'Loaded onto the delivery vehicle');
my @where = ('Hamburg, DE', 'Hamburg, DE', 'Hamburg, DE', 'Hannover, DE',
    'Hannover, DE', 'Hannover, DE', 'Berlin, DE', 'Berlin, DE', 'Berlin, DE',
    'Berlin, DE');
my @scans = map { {
    tag => $_ == 9 ? 'OutForDelivery' : 'InTransit',
    checkpoint_time => OrderSave::Track::iso(time - 3600 * (10 - $_)),
    message => $said[$_], location => $where[$_]}
} 0 .. 9;

for my $i (1 .. $n) {
    my $id = 100000 + $i;
    my @meta = grep { $_->{key} !~ /tracking/ } @{$order->{meta_data}};
    raw('woocommerce', "d$i", {%$order, id => $id, number => "$id",
        order_key => "wc_order_$id",
        billing => {%{$order->{billing}}, email => "b$i\@shop.test",
                    phone => '+49151' . (12000000 + $i)},
        meta_data => [@meta, {key => '_wc_shipment_tracking_items', value => [
            {tracking_number => "003404341610$id", tracking_provider => 'dhl',
             date_shipped => int time}]}]});
}
drain();

ok $t->wait_for('all orders', sub {
    my (undef, $out) = $t->ctl('stats');
    my $stats = decode_json($out);
    $stats->{orders} >= $n && !$stats->{events_waiting}
        && !$stats->{raw_waiting};
}, sub { $t->left(1800) }), "$n orders are known";

for my $i (1 .. $n) {
    my $id = 100000 + $i;
    raw('aftership', "e$i", {event => 'tracking_update', event_id => "e$i",
        msg => {tracking_number => "003404341610$id", slug => 'dhl',
                tag => 'OutForDelivery', expected_delivery => '2099-01-01',
                checkpoints => \@scans}});
}
drain();

ok $t->wait_for('all parcels', sub {
    my (undef, $out) = $t->ctl('stats');
    my $stats = decode_json($out);
    !$stats->{events_waiting} && !$stats->{raw_waiting}
        && ($t->parcel(100000 + $n, '003404341610' . (100000 + $n))
            // {})->{milestone} // '' eq 'out_for_delivery';
}, sub { $t->left(1800) }), 'and their parcels';

my $record = $t->record(100000 + $n);
my $parcel = $record->{track}{parcels}[0];
is scalar @{$parcel->{log}}, 10, 'ten events';
is_deeply $parcel->{told}, {smtp => 8, sms => 8}, 'what is told is marked';

# names that are needed for seconds only
ok $t->wait_for('them to go', sub {
    !@{$t->redis('KEYS', 'ordersave:*:alias:shop/number/*')}
}, sub { $t->left(1800) }), 'only what lasts is counted';
my (undef, $out) = $t->ctl('stats');
my $stats = decode_json($out);
my $jobs = 0;
$jobs += $t->redis('ZCARD', $t->shard_key($_, 'queue')) for 0 .. 15;
is $jobs, 3 * $n, 'a watch, a mail and an SMS still to be sent are in it';

diag "$stats->{bytes_per_order} bytes an order of $stats->{orders}";
cmp_ok $stats->{bytes_per_order}, '<=', $most, "at most $most bytes each";
is $stats->{dead}, 0, 'and no dead letter';

if ($ENV{DUMP}) {
    my $k = $t->order_key(100000 + $n);
    diag length($t->redis('GET', $k)), " record ", $t->redis('MEMORY', 'USAGE', $k);
    diag $t->redis('GET', $k);
    my %sum;
    for my $s (0 .. 15) {
        my $tag = $t->tag($s);
        for my $key (@{$t->redis('KEYS', "ordersave:{$tag}:*")}) {
            my ($x) = $key =~ /\}:(\w+)/;
            $sum{$x}[0]++;
            $sum{$x}[1] += $t->redis('MEMORY', 'USAGE', $key, 'SAMPLES', 0);
        }
    }
    diag "$_: @{$sum{$_}}" for sort keys %sum;
    diag $_ for split /\r?\n/, $t->redis('INFO', 'memory');
}
$t->stop;
done_testing;
