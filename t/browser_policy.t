#!/usr/bin/env perl

# The panel under strict policies, in Chromium: see t/browser/policy.js.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use OrderSave::Browser;
use OrderSave::Nginx;

my $info = '<p class="order-info">Order #<mark class="order-number">19</mark> was placed</p>';
my $strict = "script-src 'nonce-r4nd0m' 'strict-dynamic'; style-src 'nonce-r4nd0m'; object-src 'none'; base-uri 'none'; default-src 'self'";
sub html { my ($head, $html) = @_; return "<!doctype html>\n<html lang=\"en\"" . ($html // '') . "><head><meta charset=\"UTF-8\"><title>Order</title><link rel=\"icon\" href=\"data:,\">$head</head><body>$info</body></html>\n" }
my %pages = (
    header  => [html('<script nonce="r4nd0m">window.own = 1</script>'), "$strict; img-src data:"],
    meta    => [html(qq(<meta http-equiv="Content-Security-Policy" content="$strict; img-src data:"><script nonce="r4nd0m">window.own = 1</script>))],
    tracked => [html('')],
    plain   => [html('')],
    amp     => [html('', ' amp')],
    part    => ["<div class=\"modal-body\">$info</div>\n"],
);

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($page, $policy) = @{$pages{($head =~ m{^\S+ /(\w+)})[0] // ''} // ['?']};
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n" . ($policy ? "Content-Security-Policy: $policy\r\n" : '')
        . 'Content-Length: ' . length($page) . "\r\n\r\n$page";
});
$t->order(19, track => {milestone => 'in_transit', at => {}});
$t->start_nginx(server => <<'EOT');
        location /ordersave/ { ordersave_api on; }
        location /plain { proxy_pass http://store; }
        location / { ordersave_track on; ordersave_order_id 19; ordersave_shown mark.order-number; ordersave_anchor after .order-info; proxy_pass http://store; }
EOT

$t->write('plan.json', JSON::PP->new->encode({site => "http://127.0.0.1:$t->{port}"}));
browse('policy.js', $t->path('plan.json'));

$t->stop;
done_testing;
