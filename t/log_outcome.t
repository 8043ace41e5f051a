# What became of a request is in the log: of panels and pages too, so that
# whoever guesses is seen; the debug log says why a cancel passed. Redirects of
# ours name no scheme and no port: behind a TLS terminator they are not nginx'.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {discount => {percent => '10'}}},
    {id => 'third', reasons => ['*'], give => {discount => {percent => '33'}}},
], cap => {percent => '20'}})->start_redis->start_upstream(sub {
    my $text = '<html><body><p>x</p><div class="here"></div></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
$t->order(19, customer => $customer);
$t->order(20, status => 'completed');
$t->start_nginx(log_level => 'debug', server => $t->woo . <<'EOT');
        location /off/ { ordersave_mode off; proxy_pass http://store; }
        location /form/ { proxy_pass http://store; }
        location /verify/ { ordersave_verify /mine; proxy_pass http://store; }
        location = /mine { proxy_pass http://store; }
        location /track/ { ordersave_track on; ordersave_order_id $arg_id; ordersave_proof $arg_key; ordersave_anchor append .here; proxy_pass http://store; }
EOT

sub token { my ($purpose, %o) = @_; return $t->sign({p => $purpose, s => 'shop', o => '19', v => 'link', g => 0, x => time + 600, %o}) }

$t->in_time(sub { $t->get('/track/?id=19&key=wc_order_19') });
ok $t->logged(qr{/track/ 200 panel .*\[19\]$}), 'a panel, and of which order';
$t->in_time(sub { $t->get('/track/?id=19&key=guess') });
ok $t->logged(qr{/track/ 200 panel-stranger .*\[19\]$}), "one that was not the visitor's";
$t->get('/ordersave/track/' . token('track'));
ok $t->logged(qr{GET /ordersave/track/\*+ 200 page .*\[19\]$}), 'a page that a link opened';
my $found = $t->post('/ordersave/track', [[ordersave_number => '19'], [ordersave_secret => 'ana@example.org']]);
ok $t->logged(qr{POST /ordersave/track 303 found .*\[19\]$}), 'an order that was found';
$t->post('/ordersave/track', [[ordersave_number => '77'], [ordersave_secret => 'ana@example.org']]);
ok $t->logged(qr{POST /ordersave/track 404 not-found .*\[77\]$}), 'one that was not';

like OrderSave::Nginx::header($found, 'Location'), qr{^/ordersave/track/}, 'a redirect stays on the host, scheme and port it was asked at';

my $cancel = $t->cancel_uri(19);
my %why = (
    'nothing is met: ordersave_mode is "off"' => sub { $t->get("/off$cancel") },
    'not a page: X-Requested-With' => sub { $t->get($cancel, headers => ['X-Requested-With: XMLHttpRequest']) },
    'not a page: its method' => sub { $t->http('DELETE', $cancel) },
    'not a page: no text/html in Accept' => sub { $t->get($cancel, bare => 1) },
    'not a page: Sec-Fetch-Mode or Sec-Fetch-Dest' => sub { $t->get($cancel, bare => 1, headers => ['Accept: text/html', 'Sec-Fetch-Mode: cors']) },
    'not a page: a body that is no form' => sub { $t->http('POST', $cancel, body => '{}', headers => ['Content-Type: application/json']) },
    'an argument can be read in two ways' => sub { $t->get("$cancel&order_id=20") },
    'the request names no order' => sub { $t->get('/cart/?cancel_order=true&order=x&order_id=') },
    'the proof is missing or another' => sub { $t->get($cancel =~ s/wc_order_19/wc_order_1/r) },
    'the form is no UTF-8, or too large to come back' => sub { $t->http('POST', "/form$cancel", body => 'a=%ff') },
    'the store names another owner, or none' => sub { $t->get("/verify$cancel" =~ s/wc_order_19/x/r) },
    'not offer "third": cap' => sub { $t->get($cancel) },
);

SKIP: {
    skip 'this nginx has no debug log', 2 + keys %why unless `$t->{nginx} -V 2>&1` =~ /--with-debug/;
    $t->get($t->cancel_uri(20));
    like $t->read('logs/error.log'), qr/ordersave: order "20" is not eligible: status/, 'why a cancel passed';
    like $t->read('logs/error.log'), qr/ordersave: order "20": pass-rules/, 'and that it did';
    for my $text (sort keys %why) {
        my $before = length $t->read('logs/error.log');
        $why{$text}->();
        like substr($t->read('logs/error.log'), $before), qr/\[debug\] .*ordersave: .*\Q$text\E/, $text;
    }
}

my $status = JSON::PP->new->decode($t->get('/ordersave/status')->{body});
is $status->{outcomes}{'panel-stranger'}, 1, 'the counters have them too';

$t->stop_redis;
$t->wait_for('nginx to miss Redis', sub { ($t->status->{redis} // '') ne 'up' });
$t->get($cancel);
SKIP: {
    skip 'this nginx has no debug log', 1 unless `$t->{nginx} -V 2>&1` =~ /--with-debug/;
    like $t->read('logs/error.log'), qr/\[debug\] .*ordersave: order "19": redis is late or away/, 'or that Redis is away';
}

$t->stop;
done_testing;
