# Ownership by asking the store: a 2xx that names the order.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($uri) = $head =~ m{^\S+ (\S+)};
    my ($user) = $head =~ /^cookie: user=(\w+)/mi;
    $user //= '';
    my $page = sub {
        my ($status, $text, $more) = @_;
        return "HTTP/1.1 $status OK\r\nContent-Type: text/html\r\n" . ($more // '')
            . 'Content-Length: ' . length($text) . "\r\n\r\n$text";
    };
    return $page->(200, 'store') if $uri =~ m{^/cart};
    return undef if $user eq 'slow';                       # never answers
    return $page->(500, 'order-number: 19') if $user eq 'broken';
    return $page->(200, 'z' x 700_000) if $user eq 'long';
    # strangers get 200 as well, with a login form
    return $page->(200, 'please log in') if $user ne 'ana';
    return $page->(200, 'your orders: ' . $1 =~ s/%(..)/chr hex $1/ger) if $uri =~ m{^/orders/(.*)};
    return $page->(200, ('x' x 60_000) . ' <b class="order-number">19</b> ' . ('y' x 60_000))
        if $uri eq '/my-account/view-order/19/';
    return $page->(200, 'ok', "X-Ordersave-Order: 19\r\n") if $uri eq '/whose/19';
    return $page->(200, 'ok', "X-Ordersave-Order: 190\r\n");
});
$t->order(19);
$t->order(20);
my $common = <<'EOT';
            ordersave_cancel   $ordersave_has_cancel_order;
            ordersave_order_id $ordersave_arg_order_id;
            proxy_pass http://store;
EOT
$t->start_nginx(server => <<EOT);
        location /cart/text/ {
            $common
            ordersave_verify /my-account/view-order/\$ordersave_arg_order_id/
                "contains=<b class=\\"order-number\\">\$ordersave_order_id</b>" timeout=60s;
        }
        location /cart/short/ {
            $common
            ordersave_verify /my-account/view-order/\$ordersave_arg_order_id/
                "contains=<b class=\\"order-number\\">\$ordersave_order_id</b>" timeout=300ms;
        }
        location /cart/number/ {
            $common
            ordersave_verify /orders/\$ordersave_arg_say "contains=#\$ordersave_order_id" timeout=60s;
        }
        location /cart/name/ {
            $common
            ordersave_verify /orders/\$ordersave_arg_say "contains=\$ordersave_order_id" timeout=60s;
        }
        location /cart/header/ {
            $common
            ordersave_verify /whose/\$ordersave_arg_order_id timeout=60s;
        }
        location / { proxy_pass http://store; subrequest_output_buffer_size 512k; }
EOT

sub try { my ($path, $user, $id) = @_;
    return $t->get("/cart/$path/?cancel_order=1&order_id=" . ($id // 19), headers => [
        "Cookie: user=$user", 'Accept-Encoding: gzip', 'If-None-Match: "a"', 'Range: bytes=0-1']) }

like try('text', 'ana')->{body}, qr/ordersave_token/, 'the text on a long page proves it';
like try('header', 'ana')->{body}, qr/ordersave_token/, 'and so does the header';
is try('text', 'ben')->{body}, 'store', 'a 200 without the text does not';
is try('header', 'ben')->{body}, 'store', 'nor one without the header';
is try('header', 'ana', 20)->{body}, 'store', 'nor one that names another order';
is try('text', 'broken')->{body}, 'store', 'nor an error that holds the text';

# what is larger than its room proves nothing, and ends nothing
is try('text', 'long')->{body}, 'store', 'nor a page that is too large';

# a number within a longer one is another's
for my $case (['number', '#19', 1], ['number', '#191', 0], ['number', '#19a', 0], ['number', '#191,#19', 1], ['number', '5#19', 1], ['number', '#19.', 1], ['number', "#19\xc3\xa9", 0],
              ['name', '19', 1], ['name', '119', 0], ['name', '191', 0], ['name', 'a19', 0], ['name', '119,19', 1], ['name', '1919', 0], ['name', '(19)', 1]) {
    my ($path, $say, $owner) = @$case;
    my $escaped = $say =~ s/([^A-Za-z0-9])/sprintf '%%25%02X', ord $1/ger;
    my $body = $t->get("/cart/$path/?cancel_order=1&order_id=19&say=$escaped", headers => ['Cookie: user=ana'])->{body};
    $owner ? like $body, qr/ordersave_token/, "$path in \"$say\"" : is $body, 'store', "$path is not in \"$say\"";
}

is try('short', 'slow')->{body}, 'store', 'an answer that does not come in time is none';

my ($asked) = grep { $_->{head} =~ m{/my-account/view-order/19/} } $t->upstream_requests;
unlike $asked->{head}, qr/^(accept-encoding|if-none-match|range|content-length):/mi,
    'the question is unconditional and uncompressed';
like $asked->{head}, qr/^cookie: user=ana/mi, "and asked in the visitor's name";

my $page = try('text', 'ana');
my $answer = $t->post('/cart/text/?cancel_order=1&order_id=19', [
    [ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($page)]],
    headers => ['Cookie: user=ana']);
is $answer->{status}, 200, 'a verified owner can accept';

$t->allow(qr/upstream (prematurely|timed out)/);
$t->stop;
done_testing;
