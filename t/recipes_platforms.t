# The recipes of platforms beside WooCommerce, as they are printed: nginx -t, a
# cancel that is met, or the way to ours, and a page of an order with its panel.
# Pages have the shapes that the platforms print; strangers see nothing.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Test::More;
use OrderSave::Nginx;
use OrderSave::Recipes;

my $uuid = '0b1f7f3e-5b86-4c55-9d5a-3d1d5c0f8a11';
my $hex = '0191c12cc15e72189d57328fb3d2d987';

sub html { my ($in) = @_; return "<!doctype html>\n<html lang=\"en\"><head><title>Shop</title><script>var x = {\"html\":\"</body>\"};</script></head><body class=\"page\">$in</body></html>\n" }

# Asked with whose cookie: a page; nothing is a 302 to the login, as stores have it.
sub magento {
    my ($line, $ana, $body) = @_;
    my $own = ($line =~ m{^GET /sales/order/view/order_id/5/} && $ana) || ($line =~ m{^POST /sales/guest/view} && $body =~ /oar_order_id=000001042/ && $body =~ /oar_email=ana%40example\.org/);
    return $own ? html('<div class="page-wrapper"><main id="maincontent" class="page-main"><div class="page-title-wrapper"><h1 class="page-title"><span class="base">Order # 000001042</span></h1></div>'
        . '<div class="columns"><div class="column main"><a class="action print" href="https://shop.test/sales/order/print/order_id/5/">Print</a><div class="order-details-items ordered"><table id="my-orders-table"></table></div></div></div></main></div>') : undef;
}
sub prestashop {
    my ($line, $ana) = @_;
    my $order = '<section id="main"><div id="order-infos"><div class="box"><strong>Order Reference XKBKNABJK - placed on 11/26/2026</strong></div></div><section id="order-history" class="box"><h3>Follow your order\'s status</h3></section></section>';
    return html($order) if $line =~ /controller=order-detail&id_order=5\b|order-detail\?id_order=5\b/ && $ana;
    return html($order) if $line =~ m{/guest-tracking\?order_reference=XKBKNABJK&email=ana(?:\@|%40)example\.org};
    return undef;
}
sub shopware {
    my ($line, $ana) = @_;
    return undef unless $ana && $line =~ m{^GET /checkout/finish\?orderId=$hex };
    return html('<main class="content-main"><div class="checkout-main"><div class="finish-content"><header class="finish-header">Thank you</header><p class="finish-ordernumber">Your order number: #10001</p></div></div></main>');
}
sub sylius {
    my ($line, $ana) = @_;
    return html('<div id="header"></div><div class="ui container"><h1>Summary of your order #000000020</h1></div>') if $line =~ m{^GET /en_US/order/nAWw2jewpA };
    return html('<main><div class="ui container"><h1 class="ui header">Order #000000020</h1></div></main>') if $ana && $line =~ m{^GET /en_US/account/orders/000000020 };
    return html('<main><h1>Your orders</h1></main>') if $line =~ m{^GET /en_US/account/orders/000000020 } && $line !~ /login/;
    return undef;
}
sub evershop {
    my ($line) = @_;
    return html('<div id="app"><main class="content"><h3>Order #1042</h3><div class="checkout-success-summary"></div></main></div>') if $line =~ m{^GET /checkout/success/$uuid };
    return html('<div id="app"><main class="content"><h1>Order #1042</h1></main></div>') if $line =~ m{^GET /account/orders/$uuid };
    return undef;
}
sub headless {
    my ($line, $ana) = @_;
    return html('<div id="root"><h1>Order <span data-order-number>1042</span></h1></div>') if $ana;
    return html('<div id="root"><h1>Log in</h1></div>');
}
sub own {
    my ($line, $ana) = @_;
    return $ana ? html('<h1>Order <span data-order-number>1042</span></h1><table id="order-lines"></table>') : html('<form></form>');
}

my %mail = (mail => {from => 'a@shop.test', support => 'b@shop.test'});

sub shop {
    my ($title, $make, %order) = @_;
    my $recipe = $OrderSave::Recipes::recipe{$title} or die "no recipe $title";
    my %part = %{$recipe->{campaign}};
    my $t = OrderSave::Nginx->new(campaign => {%mail, %part})->start_redis->start_upstream(sub {
        my ($head, $body) = @_;
        my ($line) = $head =~ /^(\S+ \S+ )/;
        my $ana = $head =~ /^cookie:.*user=ana/mi;
        if ($line =~ m{^GET /orders/(\w+)/owner }) {
            return $ana ? "HTTP/1.1 200 OK\r\nX-Ordersave-Order: $1\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        }
        my $page = $make->($line, $ana, $body) // return "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n";
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
    });
    my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
    my $id = delete $order{id};
    $t->order($id, customer => substr(encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22), %order,
        track => {milestone => 'in_transit', at => {shipped => time - 8000}, parcels => [{number => 'JD0146', carrier => 'dhl', milestone => 'in_transit', at => {}}]});
    $t->redis('SET', $t->key("alias:shop/number/$order{number}", "shop/number/$order{number}"), $id) if $order{number};
    $t->write('hook-secret', "s3cret of the shop\n");
    my ($http, $server) = map { s{127\.0\.0\.1:8081}{127.0.0.1:$t->{upstream_port}}gr =~ s{/etc/ordersave/}{$t->{dir}/}gr } @$recipe{qw(http server)};
    $t->start_nginx(http => $http, server => "location /ordersave/ { ordersave_api on; }\n$server");
    my ($good, $said) = $t->nginx_test;
    ok $good, "$title: nginx -t";
    unlike $said, qr/\[warn\]/, '  has nothing to say';
    return $t;
}

my @ana = (headers => ['Cookie: user=ana']);

# A panel that the store is asked for first is empty; another is not.
sub seen { my ($t, $ask) = @_; my $page = $ask->(); return $page->{body} =~ / data-asks/ ? $page : $t->in_time($ask) }

# What a panel is filled with; 204: not in this moment.
sub filled {
    my ($t, $url, @more) = @_;
    my $answer;
    $t->wait_for('an answer', sub { ($answer = $t->get($url, bare => 1, @more))->{status} != 204 });
    return $answer;
}

# The panel stands before $next, in itself or when it is asked for; a link does the same.
sub panel {
    my ($t, $name, $next, $ask) = @_;
    my $page = seen($t, $ask);
    like $page->{body}, qr{<ordersave-panel [^>]*>.*</ordersave-panel>.*$next}s, "$name: the panel stands where it is to" or return;
    return like $page->{body}, qr/JD0146/, '  with the parcel' unless $page->{body} =~ /data-asks/;
    my ($url) = $page->{body} =~ /data-panel="([^"]+)"/;
    like filled($t, $url, @ana)->{body}, qr/JD0146/, '  and fills for who may see it';
    is filled($t, $url)->{status}, 403, '  for nobody else';
}
sub none { my ($name, $page) = @_; unlike $page->{body} // '', qr/ordersave-panel|JD0146/, "$name: nothing" }
sub hosted {
    my ($t, $title, $page) = @_;
    $t->redis('SET', $t->order_key($page->{id}), do { my $o = decode_json($t->redis('GET', $t->order_key($page->{id}))); delete $o->{track}; encode_json($o) });
    my $body = seen($t, $page->{ask})->{body};
    my ($link) = $body =~ m{ordersave-cancel"[^>]*><a href="(/ordersave/cancel/[^"]+)"};
    ok $link, "$title: the way to our cancel";
    like $t->get($link, @ana)->{body}, qr/Cancel order/, '  opens' if $link;
}

{
    my $t = shop('Magento 2', \&magento, id => 5, number => '000001042');
    panel($t, 'Magento', '<div class="order-details-items', sub { $t->get('/sales/order/view/order_id/5/', @ana) });
    none('a stranger', $t->get('/sales/order/view/order_id/5/'));
    my @form = ([oar_order_id => '000001042'], [oar_billing_lastname => 'Lee'], [oar_type => 'email'], [oar_email => 'ana@example.org'], [oar_zip => '']);
    panel($t, 'a guest', '<div class="order-details-items', sub { $t->post('/sales/guest/view', \@form) });
    $form[3][1] = 'eve@example.org';
    none('another e-mail', $t->post('/sales/guest/view', \@form));
    my @json = ('Accept: application/vnd.ordersave+json');
    is decode_json($t->get('/ordersave/offer?order=5', bare => 1, headers => [@json, 'Cookie: user=ana'])->{body})->{ordersave}, 'offer', 'its cancel meets an offer';
    is decode_json($t->get('/ordersave/offer?order=5', bare => 1, headers => \@json)->{body})->{ordersave}, 'pass', '  for its buyer alone';
    $t->stop;
}
{
    my $t = shop('PrestaShop 8', \&prestashop, id => 5, number => 'XKBKNABJK');
    for my $uri ('/index.php?controller=order-detail&id_order=5', '/order-detail?id_order=5') {
        panel($t, "PrestaShop, $uri", '<section id="order-history"', sub { $t->get($uri, @ana) });
        none('a stranger', $t->get($uri));
    }
    panel($t, 'a guest', '<section id="order-history"', sub { $t->get('/guest-tracking?order_reference=XKBKNABJK&email=ana%40example.org') });
    none('another e-mail', $t->get('/guest-tracking?order_reference=XKBKNABJK&email=eve%40example.org'));
    hosted($t, 'PrestaShop', {id => 5, ask => sub { $t->get('/order-detail?id_order=5', @ana) }});
    $t->stop;
}
{
    my $t = shop('Shopware 6', \&shopware, id => $hex, proof => 'c0deOfTheOrder');
    panel($t, 'Shopware', '<div class="finish-content"', sub { $t->get("/checkout/finish?orderId=$hex", @ana) });
    none('a stranger', $t->get("/checkout/finish?orderId=$hex"));
    like $t->post('/account/order/cancel', [[orderId => $hex], [deepLinkCode => 'c0deOfTheOrder'], [redirectTo => 'frontend.account.order.page']], @ana)->{body}, qr/ordersave_token/, 'its cancel meets an offer';
    unlike $t->post('/account/order/cancel', [[orderId => $hex], [deepLinkCode => 'another'], [redirectTo => 'x']])->{body}, qr/ordersave_token/, '  with its secret alone';
    $t->stop;
}
{
    my $t = shop('Sylius', \&sylius, id => 'nAWw2jewpA', number => '000000020', proof => 'nAWw2jewpA');
    panel($t, 'Sylius, by the link', '</body>', sub { $t->get('/en_US/order/nAWw2jewpA') });
    none('another link', $t->get('/en_US/order/nAWw2jewpB'));
    my $account = '/en_US/account/orders/000000020';
    panel($t, 'Sylius, in the account', '</main>', sub { $t->get($account, @ana) });
    unlike $t->get($account)->{body}, qr/JD0146/, 'a stranger: nothing of the parcel';
    my ($panel) = $t->get($account)->{body} =~ /data-panel="([^"]+)"/;
    is filled($t, $panel)->{status}, 403, '  nor when it is asked for' if $panel;
    hosted($t, 'Sylius', {id => 'nAWw2jewpA', ask => sub { $t->get('/en_US/order/nAWw2jewpA') }});
    $t->stop;
}
{
    my $t = shop('EverShop', \&evershop, id => $uuid, number => '1042', proof => $uuid);
    panel($t, 'EverShop, after the checkout', '<div class="checkout-success-summary">', sub { $t->get("/checkout/success/$uuid") });
    panel($t, 'EverShop, account', '<h1>Order', sub { $t->get("/account/orders/$uuid") });
    none('another', $t->get('/account/orders/' . $uuid =~ tr/0/1/r));
    hosted($t, 'EverShop', {id => $uuid, ask => sub { $t->get("/account/orders/$uuid") }});
    $t->stop;
}
for my $case (['Medusa', 'order_01JD2Z0QJ4', '/fr/order/order_01JD2Z0QJ4/confirmed', '/fr/account/orders/details/order_01JD2Z0QJ4'],
              ['Saleor', 'T3JkZXI6MQ==', '/orders/T3JkZXI6MQ==', '/default-channel/orders/T3JkZXI6MQ%3D%3D']) {
    my ($title, $id, @uris) = @$case;
    my $t = shop($title, \&headless, id => $id, number => '1042');
    for my $uri (@uris) {
        panel($t, "$title, $uri", '</body>', sub { $t->get($uri, @ana) });
        none('a stranger', $t->get($uri));
    }
    hosted($t, $title, {id => $id, ask => sub { $t->get($uris[0], @ana) }});
    $t->stop;
}
{
    my $t = shop('A shop of your own', \&own, id => 19, number => '1042');
    panel($t, 'a shop of your own', '<table id="order-lines">', sub { $t->get('/orders/19', @ana) });
    none('a stranger', $t->get('/orders/19'));
    like $t->post('/orders/19/cancel', [[sure => 1]], @ana)->{body}, qr/ordersave_token/, 'its cancel meets an offer';
    unlike $t->post('/orders/19/cancel', [[sure => 1]])->{body}, qr/ordersave_token/, "  nobody else's does";
    $t->stop;
}

done_testing;
