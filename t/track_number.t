# A page that names its order by number, and comes before Redis has said which
# order that is: the place that is kept in it is filled all the same, and a link
# in it opens, for whoever may see the order, and for nobody else.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(no_campaign => 1)->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($line) = $head =~ /^(\S+ \S+)/;
    return "HTTP/1.1 " . ($head =~ /^cookie: ana/mi ? '200 OK' : '302 Found') . "\r\nContent-Length: 9\r\n\r\n is #1019 " if $line =~ m{^GET /mine/};
    my $page = '<!DOCTYPE html><html><head><title>Order</title></head><body><p class="order-info">Order</p></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
$t->write('campaign.json', encode_json($t->campaign(cancel => {hosted => JSON::PP::true}, track => {},
    mail => {from => 'a@shop.test', support => 'b@shop.test'})));
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
$t->order(19, number => '1019', customer => substr(encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22));
$t->redis('SET', $t->key('alias:shop/number/1019', 'shop/number/1019'), '19');
$t->order(1020);                        # whose id is its number

my $common = 'ordersave_track on; proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
my $asks = 'ordersave_order_id $ordersave_arg_n by=number; ordersave_verify /mine/$ordersave_arg_n contains=#$ordersave_arg_n timeout=50s;';
$t->start_nginx(server => <<"EOT");
        location /ordersave/ { ordersave_api on; }
        location /asks/ { $asks ordersave_anchor prepend body; $common }
        location /link/ { $asks ordersave_insert cancel after .order-info; $common }
        location /form/ { ordersave_order_id \$ordersave_arg_n by=number; ordersave_proof \$ordersave_arg_email by=email; ordersave_anchor prepend body; $common }
        location /mine/ { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
EOT

# The first address in a page that the store answers while Redis says nothing.
sub early {
    my ($uri, $re) = @_;
    $t->silence;
    my ($found) = $t->get($uri)->{body} =~ $re;
    $t->let_speak;
    return $found;
}

# What is answered once Redis has its time.
sub answer {
    my ($uri, @who) = @_;
    my $answer;
    $t->wait_for('an answer', sub { ($answer = $t->get($uri, bare => 1, @who))->{status} !~ /^(?:204|503)$/ });
    return $answer;
}

my @ana = (headers => ['Cookie: ana']);
my $panel = qr/data-panel="([^"]+)"/;

my $uri = early('/asks/?n=1019', $panel);
is answer($uri, @ana)->{status}, 200, 'the store is asked: the panel is filled';
is answer($uri)->{status}, 403, '  for who may see it';
$uri = early('/link/?n=1019', qr{<a href="(/ordersave/cancel/[^"]+)"});
like answer($uri, @ana)->{body}, qr/Cancel order 1019/, 'a link opens';
is answer($uri)->{status}, 403, '  for who may follow it';
is answer(early('/form/?n=1019&email=ana%40example.org', $panel))->{status}, 200, 'by e-mail: the panel is filled';
is answer(early('/form/?n=1019&email=eve%40example.org', $panel))->{status}, 403, '  not by the wrong one';
is answer(early('/asks/?n=1020', $panel), @ana)->{status}, 403, 'a number that is an id, where the store shows another';

$t->stop;
done_testing;
