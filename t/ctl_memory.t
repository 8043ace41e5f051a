# An order of two lines costs at most 2 KB in Redis, everything included.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $n = $ENV{ORDERSAVE_ORDERS} // ($ENV{ORDERSAVE_FULL} ? 10000 : 3000);
my $t = OrderSave::Worker->new->start;
my $sample = $t->{demo}->order(customer => 'ada', items => [
    {product => 12, quantity => 1}, {product => 13, quantity => 2}]);
my $order = $sample->{order};

is scalar @{$order->{line_items}}, 2, 'the sample has two lines';

my $json = JSON::PP->new->utf8;
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $t->{redis_port});
my $sent = 0;

for my $i (1 .. $n) {
    my $id = 100000 + $i;
    my $body = $json->encode({%$order, id => $id, number => "$id",
        order_key => "wc_order_$id", billing => {%{$order->{billing}},
                                                 email => "b$i\@shop.test"}});
    my @words = ('XADD', $t->key('in', "woocommerce/d$i"), '*',
        source => 'woocommerce', store => 'shop', id => "d$i",
        topic => 'order.created', at_ms => int(Time::HiRes::time() * 1000),
        body => $body);
    print {$socket} '*' . @words . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @words;
    if (++$sent == 500 || $i == $n) {
        $socket->flush;
        while ($sent > 0) { <$socket>; <$socket>; $sent-- }
    }
}

ok $t->wait_for('all orders', sub {
    my (undef, $out) = $t->ctl('stats');
    my $stats = decode_json($out);
    $stats->{orders} >= $n && !$stats->{events_waiting}
        && !$stats->{raw_waiting};
}, sub { $t->left(1800) }), "$n orders are known";

my (undef, $out) = $t->ctl('stats');
my $stats = decode_json($out);

diag "$stats->{bytes_per_order} bytes an order of $stats->{orders}";
cmp_ok $stats->{bytes_per_order}, '<=', 2048, 'at most 2 KB each';
is $stats->{dead}, 0, 'and no dead letter';

$t->stop;
done_testing;
