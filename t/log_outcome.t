# What became of a request is in the log: of panels and pages too, so that
# whoever guesses is seen; the debug log says why a cancel passed. Redirects of
# ours name no scheme and no port: behind a TLS terminator they are not nginx'.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my $text = '<html><body><p>x</p><div class="here"></div></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
$t->order(19, customer => $customer);
$t->order(20, status => 'completed');
$t->start_nginx(log_level => 'debug', server => $t->woo . <<'EOT');
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

SKIP: {
    skip 'this nginx has no debug log', 2 unless `$t->{nginx} -V 2>&1` =~ /--with-debug/;
    $t->get($t->cancel_uri(20));
    like $t->read('logs/error.log'), qr/ordersave: order "20" is not eligible: status/, 'why a cancel passed';
    like $t->read('logs/error.log'), qr/ordersave: order "20": pass-rules/, 'and that it did';
}

my $status = JSON::PP->new->decode($t->get('/ordersave/status')->{body});
is $status->{outcomes}{'panel-stranger'}, 1, 'the counters have them too';

$t->stop;
done_testing;
