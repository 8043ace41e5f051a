# The recipes of docs/recipes.md work as they stand there: only addresses differ.
# The pages have the shapes of those that the stores print.

use strict;
use warnings;
use v5.30;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use IO::Socket::UNIX;
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;
use OrderSave::Recipes;

my %recipe = %OrderSave::Recipes::recipe;
is join(', ', sort keys %recipe), 'A shop of your own, EverShop, Magento 2, Medusa, OpenCart, PrestaShop 8, Saleor, Shopware 6, Sylius, WooCommerce behind a proxy, WooCommerce with php-fpm, WooCommerce with plain permalinks', 'the recipes';

# The page that a store prints for what is asked; theme is what its template is.

my $details = '<section class="woocommerce-order-details"><h2 class="woocommerce-order-details__title">Order details</h2>'
    . '<table class="woocommerce-table shop_table order_details"><tbody><tr><td>Mug</td></tr></tbody></table></section>';

sub frame {
    my ($theme, $html) = @_;
    my $in = $theme eq 'block'
        ? "<div class=\"wp-site-blocks\"><main class=\"wp-block-group\"><div class=\"entry-content wp-block-post-content\"><div class=\"woocommerce\">$html</div></div></main></div>"
        : "<div id=\"page\"><div id=\"content\"><div id=\"primary\"><main id=\"main\"><article><div class=\"entry-content\"><div class=\"woocommerce\">$html</div></div></article></main></div></div></div>";
    return "<!doctype html>\n<html lang=\"en-US\"><head><meta charset=\"UTF-8\"><title>Shop</title></head>\n<body class=\"page\">$in<script>var x = '</body>';</script></body>\n</html>\n";
}

sub sentence { my ($n, $class) = @_; return ($class ? "<p class=\"$class\">" : '<p>') . "\nOrder #<mark class=\"order-number\">$n</mark> was placed on <mark class=\"order-date\">November 28, 2026</mark> and is currently <mark class=\"order-status\">Processing</mark>.</p>\n" }

sub woo {
    my ($uri, $body, $cookie) = @_;
    my ($theme) = $uri =~ /theme=(\w+)/;
    $theme //= 'classic';
    my $ana = $cookie =~ /user=ana/;
    if (my ($id) = $uri =~ m{[/?&]view-order[/=](\d+)}) {
        return frame($theme, '<form class="woocommerce-form woocommerce-form-login login"></form>') unless $ana;
        return frame($theme, '<div class="woocommerce-MyAccount-content"><div class="woocommerce-error" role="alert">Invalid order.</div></div>') if $id != 105;
        return frame($theme, "<nav class=\"woocommerce-MyAccount-navigation\"><ul><li></li></ul></nav><div class=\"woocommerce-MyAccount-content\"><div class=\"woocommerce-notices-wrapper\"></div>" . sentence(105) . "$details</div>");
    }
    if (my ($id) = $uri =~ m{[/?&]order-received[/=](\d+)}) {
        my $thanks = '<p class="woocommerce-notice woocommerce-notice--success woocommerce-thankyou-order-received">Thank you. Your order has been received.</p>';
        return frame($theme, "<div class=\"woocommerce-order\">$thanks</div>") if $id != 105 || $uri !~ /key=wc_order_105/;
        return frame($theme, "<div class=\"woocommerce-order\">$thanks<ul class=\"woocommerce-order-overview woocommerce-thankyou-order-details order_details\"><li class=\"woocommerce-order-overview__order order\">Order number: <strong>105</strong></li></ul>$details</div>");
    }
    my $asked = "$uri&$body" =~ s/%23/#/r =~ s/%40/@/r;
    return frame($theme, sentence(105, 'order-info') . $details) if $asked =~ /orderid=#?105&/ && $asked =~ /order_email=ana\@example\.org/;
    return frame($theme, '<form class="woocommerce-form woocommerce-form-track-order track_order"></form>');
}

sub opencart {
    my ($uri, $body, $cookie) = @_;
    my $own = $cookie =~ /user=ana/ && $uri =~ m{route=account/order[./]info&order_id=105\b} && $uri =~ /customer_token=t0k/;
    my $in = $own
        ? '<div id="content" class="col"><h1>Order Information</h1><div class="row"><div class="col"><div class="card"><div class="card-header">Order Details</div><div class="card-body"><b>Order ID:</b> #105<br/></div></div></div></div>'
          . '<div class="table-responsive"><table class="table"><tbody><tr><td>Mug</td></tr></tbody></table></div><div id="history"><h2>Order History</h2><table class="table"></table></div></div>'
        : '<div id="content" class="col"><h1>The page you requested cannot be found!</h1></div>';
    return "<!DOCTYPE html>\n<html dir=\"ltr\" lang=\"en\"><head><meta charset=\"UTF-8\"/><title>Order</title></head><body><main><div id=\"account-order\" class=\"container\">$in</div></main></body></html>";
}

sub page_of {
    my ($make, $uri, $body, $head) = @_;
    return $make->($uri, $body, $head =~ /^cookie: ([^\r\n]*)/mi ? $1 : '');
}

my @shop = (campaign => {track => {carriers => {dhl => {name => 'DHL', url => 'https://dhl.example/{{number}}'}}}});

sub shop {
    my ($title, $make, %o) = @_;
    my $t = OrderSave::Nginx->new(campaign => {%{$shop[1]}, %{$o{campaign} // {}}})->start_redis->start_upstream(sub {
        my ($head, $body) = @_;
        my $page = page_of($make, $head =~ m{^\S+ (\S+)}, $body, $head);
        return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
    });
    my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
    my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
    my %track = (track => {milestone => 'in_transit', at => {shipped => time - 8000}, parcels => [{number => 'JD0146', carrier => 'dhl', milestone => 'in_transit', at => {}}]});
    $t->order(105, customer => $customer, %track);
    $t->order(106, customer => 'another', track => {milestone => 'shipped', parcels => [{number => 'STRANGE', milestone => 'shipped', at => {}}]});
    $t->redis('SET', $t->key("alias:shop/number/105", "shop/number/105"), '105');
    my %conf = (http => $recipe{$title}{http}, server => $recipe{$title}{server});
    $t->write("hook-secret", "s3cret of the shop\n");
    s/127\.0\.0\.1:8081/127.0.0.1:$t->{upstream_port}/g for values %conf;
    s/unix:\/run\/php\/php-fpm\.sock/unix:$t->{dir}\/php.sock/, s{/etc/ordersave/}{$t->{dir}/}g, s/include fastcgi_params;/fastcgi_param REQUEST_METHOD \$request_method; fastcgi_param REQUEST_URI \$request_uri; fastcgi_param HTTP_COOKIE \$http_cookie; fastcgi_param CONTENT_LENGTH \$content_length;/ for values %conf;
    php($t, $make) if $o{php};
    # the lines of README, but for those that the recipe has itself
    my $base = join '', grep { my ($name) = /^(\w+)/; $conf{server} !~ /^$name\s/m } "ordersave_cancel \$ordersave_has_cancel_order;\n",
        "ordersave_order_id \$ordersave_arg_order_id;\n", "ordersave_proof \$ordersave_arg_order;\n";
    $t->start_nginx(http => $conf{http}, server => "root $t->{dir}/html;\n${base}location /ordersave/ { ordersave_api on; }\n$conf{server}");
    my (undef, $said) = $t->nginx_test;
    unlike $said, qr/\[warn\]/, "$title: nginx -t has nothing to say";
    return $t;
}

# PHP behind FastCGI, as far as nginx sees it.
sub php {
    my ($t, $make) = @_;
    mkdir $t->path('html');
    $t->write('html/index.php', '<?php');
    my $listen = IO::Socket::UNIX->new(Local => $t->path('php.sock'), Listen => 8) or die "php.sock: $!";
    chmod 0777, $t->path('php.sock');
    my $pid = fork // die;
    if ($pid) { $t->{pids}{php} = $pid; return }
    while (my $c = $listen->accept) {
        my ($in, $params, $body) = ('', '', '');
        READ: while (sysread $c, $in, 65536, length $in) {
            while (length $in >= 8) {
                my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $in;
                last if length $in < 8 + $len + $pad;
                my $data = substr $in, 8, $len;
                substr $in, 0, 8 + $len + $pad, '';
                $params .= $data if $type == 4;
                $body .= $data if $type == 5;
                last READ if $type == 5 and !$len;
            }
        }
        my %p;
        while (length $params) {
            my ($name, $value) = map { my ($n) = unpack 'C', $params; $n > 127 ? unpack('N', substr $params, 0, 4, '') & 0x7fffffff : unpack 'C', substr $params, 0, 1, '' } 1 .. 2;
            $name = substr $params, 0, $name, '';
            $p{$name} = substr $params, 0, $value, '';
        }
        my $out = "Status: 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n" . page_of($make, $p{REQUEST_URI}, $body, "cookie: $p{HTTP_COOKIE}");
        my $record = sub { my ($type, $data) = @_; return pack('CCnnCx', 1, $type, 1, length $data, 0) . $data };
        syswrite $c, $record->(6, $out) . $record->(6, '') . $record->(3, pack 'NCx3', 0, 0);
        close $c;
    }
    POSIX::_exit(0);
}

my @ana = (headers => ['Cookie: user=ana']);

sub has { my ($t, $name, $ask) = @_; my $page = $t->in_time($ask); like $page->{body}, qr{<ordersave-panel .*JD0146.*</ordersave-panel>\s*<section class="woocommerce-order-details">}s, $name; return $page }
sub none { my ($t, $name, $ask) = @_; my $page = $ask->(); unlike $page->{body}, qr/ordersave-panel|JD0146|STRANGE/, $name; is $page->{status}, 200, '  the page is there' }

sub account_and_checkout {
    my ($t, $what, $view, $received) = @_;
    for my $theme (qw(classic block)) {
        my $more = ($view =~ /\?/ ? '&' : '?') . "theme=$theme";
        has($t, "$what, $theme theme: the account's page of an order", sub { $t->get(sprintf($view, 105) . $more, @ana) });
        $more = ($received =~ /\?/ ? '&' : '?') . "theme=$theme&key=";
        has($t, "$what, $theme theme: the page after the checkout", sub { $t->get(sprintf($received, 105) . "${more}wc_order_105") });
        none($t, "  not with another key", sub { $t->get(sprintf($received, 105) . "${more}nonsense") });
    }
    none($t, "$what: nobody who is not logged in", sub { $t->get(sprintf $view, 105) });
    none($t, "$what: nobody else's order", sub { $t->get(sprintf($view, 106), @ana) });
    none($t, "$what: nor with a key for another", sub { $t->get(sprintf($received, 106) . ($received =~ /\?/ ? '&' : '?') . 'key=wc_order_105') });
}

sub form {
    my ($t, $what) = @_;
    has($t, "$what: the tracking form", sub { $t->post('/track-order/', [[orderid => '105'], [order_email => 'ana@example.org'], [track => 'Track']]) });
    has($t, "$what: with #105", sub { $t->post('/track-order/', [[orderid => '#105'], [order_email => 'Ana@Example.org' =~ s/Ana\@E/ana\@e/r], [track => 'Track']]) });
    has($t, "$what: by GET", sub { $t->get('/track-order/?orderid=105&order_email=ana%40example.org&track=Track') });
    has($t, "$what: #105 by GET", sub { $t->get('/track-order/?orderid=%23105&order_email=ana%40example.org') });
    none($t, "$what: not with another e-mail", sub { $t->post('/track-order/', [[orderid => '105'], [order_email => 'eve@example.org'], [track => 'Track']]) });
    none($t, "$what: the empty form", sub { $t->get('/track-order/') });
}

sub cancels {
    my ($t, $what, @uris) = @_;
    for my $uri (@uris) {
        like $t->get("$uri" . ($uri =~ /\?/ ? '&' : '?') . 'cancel_order=true&order=wc_order_105&order_id=105&redirect=x')->{body}, qr/ordersave_token/, "$what: a cancel on $uri meets its offer";
    }
}

my $t = shop('WooCommerce behind a proxy', \&woo);
account_and_checkout($t, 'proxy', '/my-account/view-order/%d/', '/checkout/order-received/%d/');
form($t, 'proxy');
cancels($t, 'proxy', '/my-account/view-order/106/', '/checkout/order-received/106/');
$t->stop;

$t = shop('WooCommerce with php-fpm', \&woo, php => 1);
account_and_checkout($t, 'php-fpm', '/my-account/view-order/%d/', '/checkout/order-received/%d/');
form($t, 'php-fpm');
cancels($t, 'php-fpm', '/cart/', '/my-account/view-order/106/');
$t->stop;

$t = shop('WooCommerce with plain permalinks', \&woo);
account_and_checkout($t, 'plain', '/?page_id=8&view-order=%d', '/?page_id=7&order-received=%d');
account_and_checkout($t, 'in a folder', '/shop/my-account/view-order/%d/', '/shop/checkout/order-received/%d/');
cancels($t, 'plain', '/?page_id=8&view-order=106', '/?page_id=6');
$t->stop;

$t = shop('OpenCart', \&opencart, campaign => {cancel => {hosted => JSON::PP::true}, mail => {from => 'a@shop.test', support => 'b@shop.test'}});
for my $route ('account/order.info', 'account/order/info') {
    my $uri = "/index.php?route=$route&order_id=105&language=en-gb&customer_token=t0k";
    my $page = $t->get($uri, @ana);
    like $page->{body}, qr{<ordersave-panel data-panel="[^"]+" data-live="[^"]+" data-version="" data-asks>.*</ordersave-panel>\s*<div id="history">}s, "$route: a place before the history";
    unlike $page->{body}, qr/JD0146/, '  that is empty';
    my ($url) = $page->{body} =~ /data-panel="([^"]+)"/;
    my $panel = $t->get($url, bare => 1, @ana);
    is $panel->{status}, 200, '  it fills for who is known there';
    like $panel->{body}, qr/JD0146/, '  with his order';
    my ($again) = split ' ', OrderSave::Nginx::header($panel, 'X-Ordersave-Panel') // '';
    $t->forget_upstream;
    like $t->get($again, bare => 1)->{body}, qr/JD0146/, '  from then on the store is not asked';
    is scalar($t->upstream_requests), 0, '  indeed';
    is $t->get($url, bare => 1)->{status}, 403, '  the address alone is worth nothing';
    is $t->get($url, bare => 1, headers => ['Cookie: user=eve'])->{status}, 403, '  nor is it to somebody else';
    my ($link) = $page->{body} =~ m{href="(/ordersave/track/[^"]+)"};
    like $t->get($link, @ana)->{body}, qr/JD0146/, '  without a script: the link';
    is $t->get($link)->{status}, 403, '  for him alone';
}
# it has no cancel: ours

$t->order(105, customer => 'ana');
my $order_page = $t->get('/index.php?route=account/order.info&order_id=105&customer_token=t0k', @ana)->{body};
my ($cancel) = $order_page =~ m{<div id="history">.*?</div><p class="ordersave-block ordersave-cancel"[^>]*><a href="(/ordersave/cancel/[^"]+)"}s;
ok $cancel, 'the way to a cancel stands below the history';
like $t->get($cancel, @ana)->{body}, qr/Cancel order 105/, '  which opens for who is known there';
is $t->get($cancel)->{status}, 403, '  for him alone';
is $t->get($cancel, headers => ['Cookie: user=eve'])->{status}, 403, '  and for nobody else';
my $other = $t->get('/index.php?route=account/order.info&order_id=106&customer_token=t0k', @ana);
unlike $other->{body}, qr/ordersave-panel|STRANGE/, "a stranger's order: nothing";
my $no = $t->get('/index.php?route=account/order.info&order_id=105&order_id=106&customer_token=t0k', @ana);
unlike $no->{body}, qr/JD0146|STRANGE/, 'two numbers: nothing';
is $t->get('/os-owner?route=account/order.info&order_id=105&customer_token=t0k', @ana)->{status}, 404, 'what asks the store is nobody else\'s address';
$t->stop;

done_testing;
