# `ordersave_insert cancel`: the way to our own cancel in the store's page of an
# order. The owner has a signed link while the order can be stopped, and none
# after; whoever proved nothing always has the form, so that it tells nothing of
# an order. No cache keeps such a page.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(sleep);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(no_campaign => 1)->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($shown) = $head =~ /[?&]page=([^ &]+)/;
    sleep 0.02;     # as fast as a store can be
    my ($mine) = $head =~ m{^GET /mine/(\S+)};
    return "HTTP/1.1 200 OK\r\nX-Ordersave-Order: $mine\r\nContent-Length: 2\r\n\r\nok" if defined $mine && $head =~ /^cookie: me/mi;
    return "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno" if defined $mine;
    my $page = '<!DOCTYPE html><html><head><title>Order</title></head><body>'
        . (defined $shown ? "<p class=\"order-info\">Order <mark class=\"order-number\">$shown</mark></p>" : '<p>Please log in</p>') . '</body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nCache-Control: max-age=60\r\nETag: \"s\"\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
my %campaign = (%{$t->campaign(mail => {from => 'a@shop.test', support => 'b@shop.test'})});
sub campaign { $t->write('campaign.json', encode_json({%campaign, @_})) }
campaign(cancel => {hosted => JSON::PP::true});
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
$t->order(19, number => '1019', customer => $customer);
$t->redis('SET', $t->key('alias:shop/number/1019', 'shop/number/1019'), '19');
$t->order(20, shipped => JSON::PP::true);
$t->order(21, state => 'cancelled');
$t->order(22, save => {asked => {at => time}, stop => {at => time, state => 'task'}});

my $common = 'ordersave_track on; ordersave_insert cancel after .order-info; proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
my $server = <<"EOT";
        location /ordersave/ { ordersave_api on; }
        location /received/ { ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key; $common }
        location /form/ { ordersave_order_id \$ordersave_body_orderid by=number; ordersave_proof \$ordersave_body_email by=email; $common }
        location /account/ { ordersave_order_id \$ordersave_arg_id; ordersave_shown .order-number; $common }
        location /bare/ { ordersave_order_id \$ordersave_arg_id; $common }
        location /asks/ { ordersave_order_id \$ordersave_arg_id; ordersave_verify /mine/\$ordersave_arg_id; $common }
        location /mine/ { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /observe/ { ordersave_mode observe; ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key; $common }
EOT
$t->start_nginx(server => $server);

# A link that waits for an order to be judged has no links' count: Redis was later
# than the store then, as it may be on a busy machine.
sub in_time {
    my ($ask) = @_;
    my $answer;
    $t->wait_for('an answer that Redis was in time for', sub {
        $answer = $ask->();
        my ($token) = link_in($answer) =~ m{/cancel/(.+)};
        !$token || exists OrderSave::Nginx::token_payload($token)->{g};
    });
    return $answer;
}
sub page { my ($uri) = @_; return $uri =~ m{^/asks/} ? $t->get($uri) : in_time(sub { $t->get($uri) }) }
sub link_in { my ($page) = @_; return $page->{body} =~ m{</p><p class="ordersave-block ordersave-cancel" lang="en" dir="ltr"><a href="([^"]+)" rel="nofollow">Cancel this order</a></p>} ? $1 : '' }

# the owner

my $page = page('/received/?id=19&key=wc_order_19&page=1019');
my $uri = link_in($page);
like $uri, qr{^/ordersave/cancel/[\w.-]+$}, 'who has the secret has a signed link';
like $t->get($uri)->{body}, qr/Cancel order 1019/, 'which opens the page';
is OrderSave::Nginx::header($page, 'Cache-Control'), 'private, max-age=60', 'no shared cache keeps it';
is OrderSave::Nginx::header($page, 'ETag'), undef, 'nor is it named as the store names its own';
like link_in(page('/account/?id=19&page=1019')), qr{^/ordersave/cancel/\w}, 'where the page says whose it is';
is link_in(page("/received/?id=$_&key=wc_order_$_&page=$_")), '', "order $_ can not be stopped: no link" for 20, 21, 22;
is link_in(page('/received/?id=19&key=wc_order_19')), '', 'no anchor: no link';

# number and e-mail are what the form of ours asks for too

my $known = in_time(sub { $t->post('/form/?page=1019', [[orderid => '1019'], [email => 'ana@example.org']]) });
like link_in($known), qr{^/ordersave/cancel/\w}, 'who gave them to the store need not again';
like $t->get(link_in($known))->{body}, qr/Cancel order 1019/, 'and sees the page';

# whoever proved nothing learns nothing

for my $case (['a wrong secret', '/received/?id=19&key=wc_order_20&page=19'], ['none', '/received/?id=19&page=19'],
              ['of one that has left', '/received/?id=20&page=20'], ['of one that is cancelled', '/received/?id=21&key=x&page=21'],
              ['of none at all', '/received/?id=77&key=x&page=77'], ['no way to prove it', '/bare/?id=19&page=19'],
              ["my page with another's number", '/account/?id=20&page=1019']) {
    my $answer = page($case->[1]);
    is link_in($answer), '/ordersave/cancel', "$case->[0]: the form";
    is OrderSave::Nginx::header($answer, 'Cache-Control'), 'private, max-age=60', 'and no shared cache';
}
is $t->get('/bare/?page=19')->{body} =~ /ordersave-cancel/ ? 1 : 0, 0, 'a page of no order has none';
unlike page('/observe/?id=19&key=wc_order_19&page=19')->{body}, qr/ordersave-cancel/, 'nor has one that is only observed';

# the store is asked once the link is followed

my $asks = link_in(page('/asks/?id=19&page=19'));
like $asks, qr{^/ordersave/cancel/[\w.-]+$}, 'ordersave_verify: a link';
is link_in(page('/asks/?id=77&page=77')) =~ m{^/ordersave/cancel/\w} ? 1 : 0, 1, 'for every number';
is $t->get($asks)->{status}, 403, 'who is nobody sees nothing';
like $t->get($asks, headers => ['Cookie: me'])->{body}, qr/Cancel order 1019/, 'whom the store knows may cancel';
my $form = $t->get($asks, headers => ['Cookie: me']);
like $t->post($asks, [[ordersave_do => 'cancel'], [ordersave_comment => 'words'], [ordersave_token => OrderSave::Nginx::token($form)]], headers => ['Cookie: me'])->{body},
    qr/You have asked us to cancel order 1019/, 'and does';
is $t->event(19, 'asked')->{comment}, 'words', 'with what was typed';
is $t->post($asks, [[ordersave_do => 'cancel'], [ordersave_token => 'x']])->{status}, 403, 'nobody does';

# nobody waits for Redis

$t->silence;
my $slow = $t->get('/received/?id=19&key=wc_order_19&page=1019');
like link_in($slow), qr{^/ordersave/cancel/[\w.-]+$}, 'Redis says nothing: a link all the same';
my $wrong = link_in($t->get('/received/?id=19&key=wc_order_20&page=1019'));
$t->let_speak;
like $t->get(link_in($slow))->{body}, qr/order 1019/, 'what came along is judged when it is followed';
is $t->get($wrong)->{status}, 403, 'what was wrong opens nothing';

# the configuration

my ($good, $said) = $t->try_config(server => 'location / { ordersave_insert cancel after p; proxy_pass http://store; }');
ok !$good, 'without tracking';
like $said, qr/"ordersave_insert cancel" needs "ordersave_track"/, 'it says what it needs';
campaign();
($good, $said) = $t->try_config(server => $server);
ok !$good, 'a campaign that takes no cancels';
like $said, qr/"ordersave_insert cancel" needs "cancel": \{"hosted": true\} in \S+campaign\.json, in \S+nginx\.conf:\d+/, 'is named';
campaign(cancel => {hosted => JSON::PP::true}, state => 'observe');
($good, $said) = $t->try_config(server => $server, more => '');
ok $good || $said !~ /needs "cancel"/, 'one that observes only waits';

$t->stop;
done_testing;
