# What bounds the offers: so many for a customer, also of those that a person
# carries out; one cap over all that is off an order; what is in stock.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', cap => {percent => '20'}, requests => {answer_within => '24h'}, offers => [
    {id => 'once', reasons => ['*'], give => {request => {off => {percent => '50'}}}, limit => {per_customer => 1}},
    {id => 'later', reasons => ['*'], give => {request => {}}, limit => {cooldown => '1h'}},
    {id => 'tenth', reasons => ['*'], give => {discount => {percent => '10'}}},
    {id => 'third', reasons => ['*'], give => {discount => {percent => '33'}}},
    {id => 'all', reasons => ['*'], give => {request => {}}, when => {in_stock => JSON::PP::true}},
    {id => 'soldout', reasons => ['*'], give => {request => {}}, when => {in_stock => JSON::PP::false}}]};
$t->start;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
$t->write('feed.jsonl', join "\n", map { encode_json($_) }
    {id => '12', name => 'A lamp', url => 'https://shop.test/lamp', availability => 'out of stock', price => '28.00 EUR'},
    {id => '13', name => 'A chair', url => 'https://shop.test/chair', availability => 'in stock', price => '16.50 EUR'});
is +($t->ctl('catalog', 'import', $t->path('feed.jsonl')))[0], 0, 'a catalog';

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub page { $t->get(uri($_[0])) }
sub offers { my %seen; return join ' ', grep { !$seen{$_}++ } page($_[0])->{body} =~ /value="accept:(\w+)"/g }
sub taken { my ($page, $offer) = @_; return $t->post('/ordersave/decide', [[ordersave_token => OrderSave::Nginx::token($page)], [ordersave_do => "accept:$offer"]]) }
sub bought { my $o = $t->buy(customer => 'ada', billing => {email => 'one@shop.test'}, @_); ok $t->settled, 'an order'; return $o }

my $one = bought(items => [{product => 13}]);
my $two = bought(items => [{product => 13}]);
is offers($one), 'once later tenth all', 'an offer over the cap is not shown';
my $early = page($two);
like taken(page($one), 'once')->{body}, qr/Keep|keep|kept/, 'the first order asks';
ok $t->wait_for('the customer', sub { ($t->record($two)->{save}{used} || {})->{once} }), 'the other order knows of it';
is offers($two), 'later tenth all', 'and meets it no more';
my $refused = taken($early, 'once');
is $t->decision($two), undef, 'nor may a page take it that was shown before';
unlike $refused->{body}, qr/value="accept:once"/, 'which does not show it again';
taken($early, 'later');
ok $t->settled, 'another';
is $t->decision($two)->{offer}, 'later', 'may be taken';
is offers(bought(items => [{product => 13}])), 'tenth all', 'and then not for an hour';

my (undef, $said) = $t->ctl('request', 'show', $t->id($one));
my ($most) = $said =~ /at most ([\d.]+) /;
my $goods = ($t->record($one)->{total} - ($t->record($one)->{shipping} // 0) - ($t->record($one)->{shipping_tax} // 0)) / 100;
cmp_ok abs($most - $goods * 0.2), '<', 0.011, 'a fifth of the goods, not half';
my ($exit, $why) = $t->ctl('request', 'approve', $t->id($one), sprintf '%.2f', $goods * 0.3);
isnt $exit, 0, 'more is refused';
is +($t->ctl('request', 'decline', $t->id($one), 'no'))[0], 0, 'declined';
ok $t->wait_for('it', sub { !(($t->record($two)->{save}{used} || {})->{once} || {})->{n} }), 'what was declined counts no more';

my $three = bought(items => [{product => 12}], billing => {email => 'three@shop.test'});
ok $t->wait_for('the catalog', sub { $t->record($three)->{track}{out} }), 'something of it is sold out';
is offers($three), 'once later tenth soldout', 'which is what one is for, and the other is not';
(undef, $said) = $t->ctl('explain', $t->id($three));
like $said, qr/^offer all: in-stock$/m, 'explain says why not';
like $said, qr/^offer third: cap$/m, 'of both';

# an accept of which nginx never heard what became of it: what it reserved goes
# back when the buyer cancels, and when the shop does

for my $way (qw(buyer shop)) {
    my $order = bought(items => [{product => 13}], customer => $way, billing => {email => "$way\@shop.test"});
    my $customer = $t->record($order)->{customer};
    my $limit = $t->key("limit:shop/$customer", "shop/$customer");
    $t->redis('HSET', $limit, $t->id($order), 'once ' . time);
    if ($way eq 'buyer') {
        $t->post(uri($order), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token(page($order))]]);
    } else {
        my (undef, $gone) = $t->{demo}->api('PUT', '/orders/' . $t->id($order), {status => 'cancelled'});
        $t->webhook($gone);
    }
    ok $t->wait_for('the limit', sub { !$t->redis('HEXISTS', $limit, $t->id($order)) }), "the $way cancels: the limit is free";
}

$t->stop;
done_testing;
