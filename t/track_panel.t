# The panel in the store's own page: for the order's owner, at the anchor,
# while nobody waits for it; a stranger's order is never shown.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(sleep time);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head, $body) = @_;
    my ($shown) = $head =~ /[?&]page=([^ &]+)/;
    sleep 0.02;     # as fast as a store can be
    my $page = "<!DOCTYPE html><html><head><title>Order</title></head><body>\n"
        . (defined $shown ? "<p class=\"order-info\">Order #<mark class=\"order-number\">$shown</mark> was placed</p>" : '<p>Please log in</p>')
        . '<footer>end</footer></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nETag: \"store\"\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
my %track = (milestone => 'in_transit', at => {confirmed => time - 9000, shipped => time - 8000, in_transit => time - 7000},
    parcels => [{number => 'JD0146', carrier => 'dhl', milestone => 'in_transit', at => {}}]);
$t->order(19, number => '1019', customer => $customer, track => \%track);
$t->order(20, track => {%track, parcels => [{number => 'STRANGE', milestone => 'in_transit', at => {}}]});
$t->redis('SET', $t->key('alias:shop/number/1019', 'shop/number/1019'), '19');

my $common = 'ordersave_anchor after .order-info; proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
$t->start_nginx(server => <<"EOT");
        location /ordersave/ { ordersave_api on; }
        location = /ordersave/status { ordersave_status; }
        location /received/ { ordersave_track on; ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key; $common }
        location /form/ { ordersave_track on; ordersave_order_id \$ordersave_body_orderid by=number; ordersave_proof \$ordersave_body_email by=email; $common }
        location /both/ { ordersave_track on; ordersave_cancel \$ordersave_body_cancel; ordersave_order_id \$ordersave_body_orderid; ordersave_proof \$ordersave_body_key; $common }
        location /account/ { ordersave_track on; ordersave_order_id \$ordersave_arg_id; ordersave_shown .order-number; $common }
        location /bare/ { ordersave_track on; ordersave_order_id \$ordersave_arg_id; $common }
        location /off/ { ordersave_track off; ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key; $common }
EOT

sub page { my ($uri) = @_; return $t->in_time(sub { $t->get($uri) }) }

# the order's secret

my $page = page('/received/?id=19&key=wc_order_19&page=1019');
is $page->{status}, 200, 'the page with the secret';
like $page->{body}, qr{was placed</p><ordersave-panel }, 'has the panel at its anchor';
like $page->{body}, qr/JD0146/, "with the order's parcel";
like $page->{body}, qr{</ordersave-panel>\s*<footer>end</footer></body></html>$}, 'and is whole';
like $page->{body}, qr/<template shadowrootmode="open">/, 'in a shadow root that needs no script';
is OrderSave::Nginx::header($page, 'ETag'), undef, "without the store's ETag";
is OrderSave::Nginx::header($page, 'Content-Length'), undef, 'or length';
like OrderSave::Nginx::header($page, 'Cache-Control') // '', qr/private/, 'for this visitor alone';
like OrderSave::Nginx::header($page, 'Link'), qr{</ordersave/panel\.css\?v=[^>]+>; rel=preload; as=style}, 'its style is fetched early';

for my $case (['the wrong secret', '/received/?id=19&key=wc_order_20&page=1019'], ['no secret', '/received/?id=19&page=1019'],
              ['an empty one', '/received/?id=19&key=&page=1019'], ['an unknown order', '/received/?id=77&key=wc_order_77&page=77'],
              ['two numbers', '/received/?id=20&id=19&key=wc_order_19&page=1019'], ['switched off', '/off/?id=19&key=wc_order_19&page=1019'],
              ['no way to prove it', '/bare/?id=19&page=1019'], ['a page without the anchor', '/received/?id=19&key=wc_order_19']) {
    my $answer = page($case->[1]);
    unlike $answer->{body}, qr/ordersave-panel|JD0146|STRANGE/, "$case->[0]: no panel";
    like $answer->{body}, qr{^<!DOCTYPE html>.*</html>$}s, 'the page is whole';
}
is OrderSave::Nginx::header(page('/received/?id=19&key=nonsense&page=1019'), 'ETag'), '"store"', "a stranger's page is not touched at all";

# the form with the e-mail

sub form { my @fields = @_; return $t->in_time(sub { $t->post('/form/?page=1019', \@fields) }) }
like form([orderid => '1019'], [email => 'Ana@Example.org'])->{body}, qr/JD0146/, "number and e-mail of the store's form";
unlike form([orderid => '1019'], [email => 'eve@example.org'])->{body}, qr/ordersave-panel/, "another's e-mail";
unlike form([orderid => '1019'], [email => ''])->{body}, qr/ordersave-panel/, 'none';
unlike form([orderid => '1019'], [orderid => '20'], [email => 'ana@example.org'])->{body}, qr/ordersave-panel/, 'two numbers';
like join("\n", map { $_->{body} } $t->upstream_requests), qr/orderid=1019&email=/, 'the store gets the form as it was sent';

# a form that turns out to be a cancel once it is read

$t->post('/both/?page=1019', [[orderid => '19'], [key => 'wc_order_19'], [cancel => '1']], headers => ['Accept: text/html']);
ok $t->event(19, 'exposed'), 'is read once, and met';

# the store's own page says whose it is

like page('/account/?id=19&page=1019')->{body}, qr/JD0146/, 'the number that the page shows';
like page('/account/?id=20&page=20')->{body}, qr/STRANGE/, 'where it is the id';
unlike page('/account/?id=20&page=1019')->{body}, qr/ordersave-panel|STRANGE/, "my page with a stranger's number: nothing";
unlike page('/account/?id=20')->{body}, qr/ordersave-panel|STRANGE/, 'the login page: nothing';

# nobody waits

$t->silence;
my $slow = $t->get('/received/?id=19&key=wc_order_19&page=1019');
is $slow->{status}, 200, 'Redis says nothing: the page comes';
like $slow->{body}, qr/<ordersave-panel [^>]*data-version=""/, 'a place is kept';
unlike $slow->{body}, qr/JD0146/, 'for what is not known yet';
my ($fragment) = $slow->{body} =~ /data-panel="([^"]+)"/;
my ($link) = $slow->{body} =~ m{<a href="(/ordersave/track/[^"]+)"};
ok $link, 'with a link for who has no script';
my $wrong = $t->get('/received/?id=20&key=wc_order_19&page=1019');
my ($stranger) = $wrong->{body} =~ /data-panel="([^"]+)"/;
my ($shown) = $t->get('/account/?id=20&page=20')->{body} =~ /data-panel="([^"]+)"/;
my ($mine) = $t->get('/account/?id=20&page=1019')->{body} =~ /data-panel="([^"]+)"/;
$t->let_speak;
like $t->get($fragment)->{body}, qr/JD0146/, 'later it is filled';
like $t->get($link)->{body}, qr/JD0146/, 'or followed';
like $t->get($shown)->{body}, qr/STRANGE/, 'also where the page said whose it is';
is $t->get($_)->{status}, 403, "but not with a stranger's order: what was claimed is judged then" for $stranger, $mine;

$t->stop_redis;
my $gone = $t->get('/received/?id=19&key=wc_order_19&page=1019');
is $gone->{status}, 200, 'Redis gone: the page comes';
like $gone->{body}, qr{</html>$}, 'whole';

done_testing;
