# Internal redirects: try_files, error_page and X-Accel-Redirect wipe a
# module's context and run the phases again. A decision is not taken twice.

use strict;
use warnings;
use Test::More;
use File::Path qw(make_path);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($uri) = $head =~ m{^\S+ (\S+)};
    return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /internal/x\r\nContent-Length: 0\r\n\r\n" if $uri =~ m{^/accel};
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" if $uri =~ m{^/missing};
    my $text = "store $uri";
    return "HTTP/1.1 200 OK\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
$t->order($_) for 19, 20, 21, 22;
make_path($t->path('html'));
$t->start_nginx(server => <<EOT);
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        ordersave_proof    \$ordersave_arg_order;
        root $t->{dir}/html;
        location / { try_files \$uri \$uri/ /index.php?\$args; }
        location = /index.php { proxy_pass http://store; }
        location /missing/ { proxy_pass http://store; proxy_intercept_errors on; error_page 404 = /fallback; }
        location = /fallback { proxy_pass http://store; }
        location /accel/ { proxy_pass http://store; }
        location /internal/ { internal; proxy_pass http://store; }
EOT

sub args { "cancel_order=1&order=wc_order_$_[0]&order_id=$_[0]&redirect=%2F" }

for my $case (['/shop/', 19, 'try_files'], ['/missing/page', 20, 'error_page'], ['/accel/page', 21, 'X-Accel-Redirect']) {
    my ($path, $id, $name) = @$case;
    my $uri = "$path?" . args($id);
    my $page = $t->get($uri);
    like $page->{body}, qr/ordersave_token/, "$name: met once";
    my ($action) = $page->{body} =~ /<form[^>]* action="([^"]*)"/;
    is $action =~ s/&amp;/&/gr, $uri, "$name: the form goes to the original URL";
    my $store = $t->post($uri, [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)]]);
    like $store->{body}, qr/^store /, "$name: a confirmed cancel is not met again" or diag $store->{raw};
    is scalar(grep { $_->{kind} eq 'asked' } $t->events($id)), 1, "$name: and recorded once";
    is scalar(grep { $_->{kind} eq 'answered' } do { $t->event($id, 'answered'); $t->events($id) }), 1, "$name: with one answer";
}

# a passing request passes all the way
my $pass = $t->http('HEAD', '/shop/?' . args(22), bare => 1);
is $pass->{status}, 200, 'a HEAD through try_files passes';
is scalar(grep { $_->{kind} eq 'asked' } do { $t->event(22, 'asked'); $t->events(22) }), 1, 'once';

$t->stop;
done_testing;
