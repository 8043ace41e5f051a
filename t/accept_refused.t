# An accept that Redis refuses is none: there is no decision that no event tells
# of, nothing is taken from stock, and the customer has his limit back.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {coupon => {pool => 'save10', percent => '10'}},
     limit => {per_customer => 1, budget => {EUR => '20.00'}}},
]})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

my ($stream, $pool, $budget) = map { $t->key($_, 'shop/19') } 'ev', 'pool:shop/save10', 'budget:shop/ten/EUR';
my $limit = $t->key('limit:shop/ana', 'shop/ana');
my $held = $t->order_key(19) =~ s/:o:/:held:/r;

for my $id (19, 20) {
    $t->order($id, customer => 'ana');
    $t->redis('RPUSH', $t->key('pool:shop/save10', "shop/$id"), "CODE-$id");
    $t->redis('SET', $t->key('budget:shop/ten/EUR', "shop/$id"), 2000);
}
isnt $t->shard('shop/19'), $t->shard('shop/20'), 'two orders, two streams';
$t->start_nginx(server => $t->woo);

my %token = map { $_ => OrderSave::Nginx::token($t->get($t->cancel_uri($_))) } 19, 20;
my $press = sub { my ($id) = @_; return $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:ten'], [ordersave_token => $token{$id}]]) };
my $limits = sub { return $t->redis('HKEYS', $limit) };
# how it stands: the budget, the codes, what is held, who has the limit
my $stands = sub { return [$t->redis('GET', $budget), $t->redis('LRANGE', $pool, 0, -1), $t->redis('GET', $held)] };
$t->wait_for('the page', sub { $t->events(19) });
my $before = $stands->();

# a stream of another type: the script fails in itself

$t->redis('RENAME', $stream, "$stream:away");
$t->redis('SET', $stream, 'no stream');
$t->allow(qr/redis refuses/);
is $press->(19)->{status}, 503, 'a stream that takes nothing: it is not known';
is $t->redis('GET', $t->decision_key(19)), undef, 'nothing is decided';
is_deeply $stands->(), $before, 'and nothing taken';
ok $t->wait_for('the limit', sub { !@{$limits->()} }), 'the limit is the customer\'s again';

is $t->get($t->cancel_uri(19), headers => ['Accept: text/html'])->{status}, 200, 'who asks again meets the page';
$t->redis('DEL', $stream);
$t->redis('RENAME', "$stream:away", $stream);

# XADD is not allowed: the node refuses

$t->redis('ACL', 'SETUSER', 'default', '-xadd');
is $press->(19)->{status}, 503, 'no event may be written';
is $t->redis('GET', $t->decision_key(19)), undef, 'nothing is decided then';
is_deeply $stands->(), $before, 'and nothing taken';
$t->redis('ACL', 'SETUSER', 'default', '+xadd');
$t->wait_for('the node', sub { ($t->status->{nodes}[0]{state} // '') eq 'up' });

# the other order of the customer, then this one

is $press->(20)->{status}, 303, 'his other order takes the offer';
is $t->event(20, 'accepted')->{decision}{code}, 'CODE-20', 'and an event tells of it, with the code';
is_deeply $limits->(), [20], 'that order has the limit';
is $press->(19)->{status}, 403, 'this one does not get it, too';

$t->stop;
done_testing;
