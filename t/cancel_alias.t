# An order known by another name: its number, through an alias in the alias'
# own shard.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, number => 'A-1019');
$t->redis('SET', $t->key('alias:shop/number/A-1019', 'shop/number/A-1019'), 19);
$t->start_nginx(server => <<'EOT');
        location / {
            ordersave_cancel on;
            ordersave_order_id $ordersave_arg_number by=number;
            ordersave_proof $ordersave_arg_key;
            proxy_pass http://store;
        }
EOT

my $page = $t->get('/cancel?number=A-1019&key=wc_order_19');
like $page->{body}, qr/ordersave_token/, 'found by its number';
like $page->{body}, qr/A-1019/, 'which the page shows';
is OrderSave::Nginx::token_payload(OrderSave::Nginx::token($page))->{o}, '19', 'the token is for its id';
is $t->get('/cancel?number=A-1020&key=x')->{body}, 'store', 'a number that nobody has passes';
like $t->logged(qr/pass-unknown-order/), qr/pass-unknown-order/, 'as unknown';

my $answer = $t->post('/cancel?number=A-1019&key=wc_order_19', [
    [ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($page)]]);
is $answer->{status}, 200, 'and an accept is taken';
$answer = $t->post('/cancel?number=A-1019&key=wc_order_19', [
    [ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)]]);
is $answer->{body}, 'store', 'cancel anyway goes to the store';
ok $t->event(19, 'asked'), 'and is recorded under the id';

$t->stop_redis;
is $t->get('/cancel?number=A-1019&key=wc_order_19')->{body}, 'store', 'without Redis it passes';
$t->stop;
done_testing;
