# Products that fit, on the panel and on the page of its own: what is in stock
# at this moment; and the way back to what was bought.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Time::HiRes qw(sleep);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {recommend => {}, review => {},
    extras => {news => JSON::PP::true, referral => {text => 'Five for both of you.', url => '/friends/'}, next_order => {text => 'Ten per cent', code => 'NEXT10'}}})->start_redis->start_upstream(sub {
    sleep 0.03;
    my $page = '<!DOCTYPE html><html><head><title>x</title></head><body><p class="order-info">Order</p></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
sub product {
    my ($id, %o) = @_;
    $t->redis('SET', $t->key("product:shop/$id", "shop/$id"), encode_json({id => $id, name => "Product $id", url => "/p/$id/",
        price => 1250, currency => 'EUR', %o}));
}
product('tea');
product('gone', out => JSON::PP::true);
product('spoon', image => '/spoon.svg');
product('7', url => '/p/mug/', why => 'Keeps tea warm');
$t->order(19, track => {milestone => 'confirmed', at => {}, fits => ['tea', 'gone', 'unknown', 'spoon']});
$t->order(20, gift => JSON::PP::true, track => {milestone => 'confirmed', at => {}, fits => ['tea']});
$t->start_nginx(server => <<'EOT');
        location /ordersave/ { ordersave_api on; }
        location /cancel { ordersave_cancel on; ordersave_order_id $ordersave_arg_id; ordersave_proof $ordersave_arg_key; proxy_pass http://store; }
        location / { ordersave_track on; ordersave_order_id $ordersave_arg_id; ordersave_proof $ordersave_arg_key;
            ordersave_anchor after .order-info; proxy_pass http://store; }
EOT

# the panel, once Redis was in time for it: nobody waits for it
sub panel { return $t->in_time(sub { $t->get('/?id=19&key=wc_order_19') }) }

my $token = $t->sign({s => 'shop', o => '19', x => time + 600, l => 'en', g => 0, p => 'track'});
for my $case (['the panel', panel()], ['the page', $t->get("/ordersave/track/$token")]) {
    my ($name, $page) = @$case;
    like $page->{body}, qr{href="/p/tea/"><bdi>Product tea</bdi>}, "$name shows what fits";
    like $page->{body}, qr/12\.50/, 'with its price';
    like $page->{body}, qr{src="/spoon\.svg"}, 'and picture';
    unlike $page->{body}, qr/Product gone/, 'never what cannot be had';
    like $page->{body}, qr{href="/p/mug/"><bdi>Blue mug}, 'leads back to what was bought';
    like $page->{body}, qr/Keeps tea warm/, 'and says why it was a good choice';
}

product('tea', out => JSON::PP::true);
unlike panel()->{body}, qr/Product tea/, 'sold out meanwhile: gone at once';

my $gift = $t->sign({s => 'shop', o => '20', x => time + 600, l => 'en', g => 0, p => 'track'});
product('tea');
unlike $t->get("/ordersave/track/$gift")->{body}, qr/Product tea|Blue mug/, 'for a gift nothing is named';

# after delivery

$t->order(19, track => {milestone => 'delivered', at => {}, fits => ['tea']});
my $page = panel()->{body};
my ($review) = $page =~ m{href="(/ordersave/review/[^"#]+)"};
is $t->get($review)->{status}, 200, 'delivered: a review';
like $page, qr{href="\Q$review\E\#help"}, 'or help';


# what the shop adds then, if it wants to

like $page, qr{Five for both of you\. <a href="/friends/">}, 'a referral';
like $page, qr{<bdi>NEXT10</bdi>}, 'a code for the next order';
unlike $page, qr/Two for one/, 'what is not set is off';
unlike $page, qr/ordersave\/news/, 'no news for an order without an address';
$t->order(19, email => 'ana@shop.test', track => {milestone => 'delivered', at => {}});
my ($news) = panel()->{body} =~ m{action="(/ordersave/news/[^"]+)"};
is $t->get($news)->{status}, 200, 'news: a page that asks once more';
is scalar(grep { $_->{kind} eq 'consent' } $t->events(19)), 0, 'which says nothing for the buyer';
is $t->post($news, [[ordersave_do => 'ask'], [ordersave_yes => 1]])->{status}, 200, 'the box is ticked';
ok $t->event(19, 'consent'), 'and that recorded';
$t->order(19, email => 'ana@shop.test', save => {arm => 'holdout'}, track => {milestone => 'delivered', at => {}, news => 1});
my $held = panel()->{body};
unlike $held, qr/Five for both|NEXT10/, 'the holdout hears no offer';
unlike $held, qr{/ordersave/news/}, 'who has asked is not asked again';

# who changed his mind may like another

product('tea');
$t->order(30, track => {milestone => 'confirmed', at => {}, fits => ['tea', 'gone']});
$t->order(31);
for my $case ([30, 1], [31, 0]) {
    my ($id, $has) = @$case;
    my $offer = $t->get("/cancel?id=$id&key=wc_order_$id")->{body};
    like $offer, qr/ordersave_token/, 'the offer page';
    if ($has) { like $offer, qr{id="reason-changed_mind".*?href="/p/tea/"><bdi>Product tea</bdi>.*?id="reason-costs"}s, 'has products that fit, under that reason' }
    else { unlike $offer, qr{/p/tea/}, 'without any, none' }
    unlike $offer, qr/Product gone/, 'never what cannot be had';
}

done_testing;
