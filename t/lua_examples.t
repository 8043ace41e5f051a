# The recipes of lua-examples/, as they stand there, under Debian's module.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha1_base64);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my @modules = map { "/usr/lib/nginx/modules/$_" } qw(ndk_http_module.so ngx_http_lua_module.so);
plan skip_all => "no lua-nginx-module on this machine" if grep { !-e } @modules;
plan skip_all => "Debian's Lua module fits Debian's nginx alone" if $ENV{ORDERSAVE_NO_LUA};

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'all', reasons => ['*'], give => {request => {}}},
    {id => 'vip', reasons => ['*'], give => {request => {}}, when => {segments => ['loyal']}},
]})->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
symlink "$OrderSave::Nginx::ROOT/lua-examples", $t->path('lua-examples');
$t->order($_) for 19, 20;
$t->start_nginx(main => join("\n", map { "load_module $_;" } @modules),
    server => "include $OrderSave::Nginx::ROOT/lua-examples/segment/nginx.conf;\n"
        . "include $OrderSave::Nginx::ROOT/lua-examples/order-id/nginx.conf;\n" . $t->woo);

my $loyal = sub {
    my ($points, $signature) = @_;
    my $padded = hmac_sha1_base64($points, 'change-me');
    return $t->get($t->cancel_uri(19), headers => ["Cookie: loyalty=$points." . ($signature // $padded)])->{body};
};
like $loyal->(1000), qr/accept:vip/, 'a loyal buyer gets the offer of his segment';
unlike $loyal->(999), qr/accept:vip/, 'another one does not';
like $loyal->(999), qr/accept:all/, 'but what is for all';
unlike $loyal->(5000, 'forged'), qr/accept:vip/, 'a forged cookie is worth nothing';
like $t->get($t->cancel_uri(19))->{body}, qr/accept:all/, 'and no cookie is no fault';

my $token = encode_base64url('20:wc_order_20');
like $t->get("/account/cancel/$token")->{body}, qr/ordersave_token/, 'an id that only Lua finds';
is $t->get('/account/cancel/' . encode_base64url('20:wrong'))->{body}, 'store', 'with a wrong secret it passes';
is $t->get('/account/cancel/!!')->{body}, 'store', 'and where there is none';

$t->stop;
done_testing;
