# Blocks in the store's pages: what there is to know before one orders, the
# return policy with its choices, and products that fit under the return form.

use strict;
use warnings;
use utf8;
use Test::More;
use JSON::PP;
use Time::HiRes qw(sleep);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {
    locales => ['en', 'fr', 'ko'], recommend => {},
    policy => {
        fees => {en => 'No fees on top.', fr => 'Aucun frais en plus.'},
        delivery => {en => 'Two to four days.'},
        shipping => [
            {region => {en => 'Germany', fr => 'Allemagne'}, weight => {en => 'up to 2 kg'}, price => {EUR => '4.90', USD => '5.50'}, time => '2–3'},
            {region => 'Korea', price => {KRW => '12000'}}],
        payment => ['Card', {en => 'On delivery', fr => 'À la livraison'}],
        size_guide => {url => '/sizes/'},
        returns => {text => {en => '30 days <free>.'}, days => 30, cost => 'We pay for it.', url => '/returns/', exchange => 'Another size, at once.', refund => 'Within 5 days.', credit => 'With 5 % on top.'}}})
    ->start_redis->start_upstream(sub {
        sleep 0.02;
        my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><main><form id="checkout"></form><form class="return-form"></form></main></body></html>';
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: \"store\"\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
    });
$t->redis('SET', $t->key('product:shop/tea', 'shop/tea'), encode_json({id => 'tea', name => 'Tea', url => '/tea/'}));
$t->order(19, track => {milestone => 'delivered', at => {}, fits => ['tea']});
$t->order(20, track => {milestone => 'delivered', at => {}});
$t->start_nginx(server => <<'EOT');
        location /checkout/ { ordersave_insert checkout before "#checkout"; proxy_pass http://store; }
        location /return/ {
            ordersave_insert returns before .return-form;
            ordersave_insert products after .return-form;
            ordersave_track on; ordersave_order_id $ordersave_arg_id; ordersave_proof $ordersave_arg_key;
            proxy_pass http://store;
        }
EOT

my $page = $t->get('/checkout/', headers => ['Accept-Language: fr']);
unlike $page->{body}, qr/[^\x00-\x7f]/, 'in ASCII, whatever the charset of the page';
$page->{body} =~ s/&#(\d+);/chr $1/ge;
my ($block) = $page->{body} =~ m{<main>(<section.*?</section>\s*)<form id="checkout">}s;
ok $block, 'before the checkout';
like $block, qr/lang="fr"/, "in the visitor's language";
like $block, qr{<strong>Allemagne</strong>, up to 2 kg: 4,90\x{a0}€ / 5,50\x{a0}\$US – 2–3}, 'shipping by region and weight, amounts as money';
like $block, qr/12\x{202f}000/, 'a currency without digits after the point';
like $block, qr/Aucun frais en plus/, 'fees';
like $block, qr/Two to four days/, 'a text that this language has not: the default';
like $block, qr{<li>Card</li>\s*<li>À la livraison</li>}, 'means of payment';
like $block, qr{href="/sizes/"}, 'the size guide';
like $block, qr{30 days &lt;free&gt;\.}, 'escaped';

my $return;
ok $t->wait_for('products, which nobody waits for', sub { ($return = $t->get('/return/?id=19&key=wc_order_19')->{body}) =~ /ordersave-products/ }), 'a page with products';
unlike OrderSave::Nginx::header($t->get('/return/?id=19&key=wc_order_19'), 'Link') // '', qr/panel\.css/, "no style of the panel's is fetched";
like $return, qr{30 days to decide.*Another size, at once.*Within 5 days.*With 5 % on top.*We pay for it.*href="/returns/".*<form class="return-form">}s, 'exchange, refund, store credit: up front';
like $return, qr{<form class="return-form"></form><section[^>]*ordersave-products.*?href="/tea/".*?</section>\s*</main>}s, 'products under the form';
unlike $t->get('/return/?id=19&key=wrong')->{body}, qr/ordersave-products/, "not from a stranger's order";
unlike $t->get('/return/?id=20&key=wc_order_20')->{body}, qr/ordersave-products/, 'no heading where there are none';
like $t->get('/return/')->{body}, qr/Another size/, 'the policy is for everybody';

my ($ok, $text) = $t->try_config(server => 'ordersave_insert products after main;');
ok !$ok && $text =~ /"ordersave_insert products" needs "ordersave_track"/, 'products need an order' or diag $text;

done_testing;
