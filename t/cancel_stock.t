# What is left of pools and budgets decides what is offered, each its own.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {coupon => {pool => 'save10', percent => '10'}},
     limit => {budget => {USD => '20.00', EUR => '20.00'}}},
    {id => 'two', reasons => ['*'], give => {discount => {amount => {EUR => '2.00'}}}, limit => {budget => {EUR => '20.00'}}},
    {id => 'six', reasons => ['*'], give => {coupon => {pool => 'save6', percent => '6'}}},
    {id => 'size', reasons => ['*'], give => {request => {}}},
]})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

my $order = 'shop/19';
my %key = (save10 => $t->key('pool:shop/save10', $order), save6 => $t->key('pool:shop/save6', $order),
    map { my ($offer, $currency) = @$_; ("$offer$currency" => $t->key("budget:shop/$offer/$currency", $order)) }
        ['ten', 'EUR'], ['ten', 'USD'], ['two', 'EUR']);
$t->order(19);
$t->start_nginx(server => $t->woo);

# What is there of each, and nothing else; and what the page offers then.
sub offered {
    my (%have) = @_;
    $t->redis('DEL', values %key, $t->key('held:shop/19', $order), $t->key('holds', $order));
    for my $name (keys %have) {
        $name =~ /^save/ ? $t->redis('RPUSH', $key{$name}, $have{$name}) : $t->redis('SET', $key{$name}, $have{$name});
    }
    my $page = $t->get($t->cancel_uri(19));
    my %seen = map { $_ => 1 } $page->{body} =~ /value="accept:(\w+)"/g;
    return "$page->{status} " . join ' ', sort keys %seen;
}

is offered(), '200 size', 'nothing is left of anything';
is offered(save6 => 'A'), '200 six size', 'a code in the second pool';
is offered(save6 => 'A', save10 => 'B', tenUSD => 2000), '200 six size', 'a budget in another currency is none';
is offered(save6 => 'A', save10 => 'B', tenEUR => 2000), '200 six size ten', 'pool and budget';
is offered(save10 => 'B', tenEUR => 450), '200 size ten', 'a budget that just covers it';
is offered(save10 => 'B', tenEUR => 449), '200 size', 'one that does not, by a cent';
is offered(save6 => 'A', tenEUR => 2000), '200 six size', 'a budget without a pool';
is offered(save6 => 'A', twoEUR => 200), '200 six size two', 'the last that covers it';
is offered(save6 => 'A', twoEUR => 1), '200 six size', 'the last cent';
is offered(save6 => 'A', twoEUR => -5), '200 six size', 'less than nothing';

# what is no pool is no reason to lose the store's answer, nor the connection

$t->redis('DEL', $key{save6});
$t->redis('SET', $key{save6}, 'not a list');
is $t->get($t->cancel_uri(19))->{status}, 302, 'a pool of another type: the store answers';
ok $t->logged(qr/ 302 pass-redis /), 'and the log says why';
is offered(save6 => 'A'), '200 six size', 'mended';
unlike $t->read('logs/error.log'), qr/requests pass/, 'by the same connection';

$t->stop;
done_testing;
