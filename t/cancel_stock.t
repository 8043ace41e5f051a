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

sub offered {
    my $page = $t->get($t->cancel_uri(19));
    my %seen = map { $_ => 1 } $page->{body} =~ /value="accept:(\w+)"/g;
    return "$page->{status} " . join ' ', sort keys %seen;
}

is offered(), '200 size', 'nothing is left of anything';
$t->redis('RPUSH', $key{save6}, 'A');
is offered(), '200 six size', 'a code in the second pool';
$t->redis('SET', $key{tenUSD}, 2000);
$t->redis('RPUSH', $key{save10}, 'B');
is offered(), '200 six size', 'a budget in another currency is none';
$t->redis('SET', $key{tenEUR}, 2000);
is offered(), '200 six size ten', 'pool and budget';
$t->redis('LPOP', $key{save10});
is offered(), '200 six size', 'a budget without a pool';
$t->redis('SET', $key{twoEUR}, 1);
is offered(), '200 six size two', 'the last cent';
$t->redis('SET', $key{twoEUR}, -5);
is offered(), '200 six size', 'less than nothing';

# what is no pool is no reason to lose the store's answer, nor the connection

$t->redis('DEL', $key{save6});
$t->redis('SET', $key{save6}, 'not a list');
is $t->get($t->cancel_uri(19))->{status}, 302, 'a pool of another type: the store answers';
ok $t->logged(qr/ 302 pass-redis /), 'and the log says why';
$t->redis('DEL', $key{save6});
$t->redis('RPUSH', $key{save6}, 'A');
is offered(), '200 six size', 'mended';
unlike $t->read('logs/error.log'), qr/requests pass/, 'by the same connection';

$t->stop;
done_testing;
