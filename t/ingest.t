# Webhooks: the signature over the raw bytes, then safely away, then a 2xx.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex);
use MIME::Base64 qw(encode_base64);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis;
$t->write('secret', "s3cret of the shop\n");
$t->start_nginx(server => <<EOT);
        location = /ordersave/ingest/woocommerce { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }
        location = /ordersave/ingest/generic { ordersave_ingest generic secret_file=$t->{dir}/secret; }
        location = /in/shippo { ordersave_ingest shippo secret_file=$t->{dir}/secret; }
        location = /in/ship24 { ordersave_ingest ship24 secret_file=$t->{dir}/secret; client_max_body_size 16m; }
        location = /small { ordersave_ingest generic secret_file=$t->{dir}/secret; client_max_body_size 1k; }
        location = /buffered { ordersave_ingest generic secret_file=$t->{dir}/secret; client_body_buffer_size 1k; client_body_in_file_only clean; }
EOT

my $delivery = 0;
sub woo {
    my ($body, %o) = @_;
    my $signature = $o{signature} // encode_base64(hmac_sha256($body, 's3cret of the shop'), '');
    return $t->http('POST', '/ordersave/ingest/woocommerce', bare => 1, body => $body, headers => [
        'Content-Type: application/json', 'X-WC-Webhook-Topic: order.updated',
        'X-WC-Webhook-Delivery-ID: ' . ($o{id} // 'd' . ++$delivery),
        defined $signature && length $signature ? "X-WC-Webhook-Signature: $signature" : (),
        @{$o{headers} // []}]);
}

sub inbox {
    my @all;
    for my $shard (0 .. 15) {
        my $in = $t->redis('XRANGE', $t->shard_key($shard, 'in'), '-', '+');
        push @all, map { {@{$_->[1]}} } @$in;
    }
    return @all;
}

my $body = qq({"id":19,"name":"\xc3\xa9\\u0000"}\n);
my $before = int(time * 1000);
is woo($body)->{status}, 202, 'signed: taken';
my ($raw) = inbox();
is $raw->{body}, $body, 'the raw bytes are kept';
is_deeply [@$raw{qw(store source topic)}], [qw(shop woocommerce order.updated)], 'with store, source and topic';
ok $before <= $raw->{at_ms} && $raw->{at_ms} <= (time + 1) * 1000, 'and the time';

is woo($body, signature => encode_base64(hmac_sha256($body, 'wrong'), ''))->{status}, 401, 'a wrong secret';
is woo("$body ", signature => encode_base64(hmac_sha256($body, 's3cret of the shop'), ''))->{status}, 401, 'a changed body';
is woo($body, signature => '')->{status}, 401, 'no signature';
is woo($body, signature => 'AAAA')->{status}, 401, 'a short one';
is $t->get('/ordersave/ingest/woocommerce')->{status}, 405, 'a GET';
is scalar(inbox()), 1, 'none of them was taken';
is $t->http('POST', '/ordersave/ingest/woocommerce', body => 'webhook_id=7', bare => 1)->{status}, 200, 'the unsigned ping at creation gets 200';
is scalar(inbox()), 1, 'and is no event';

my $one = woo($body, id => 'same');
my $two = woo($body, id => 'same');
my %ids;
$ids{$_->{id}}++ for inbox();
is_deeply [sort values %ids], [1, 2], 'a repeated delivery has the same id';

my $generic = sub { my ($path, $b) = @_;
    return $t->http('POST', $path, bare => 1, body => $b, headers => ['Content-Type: application/json',
        'X-Ordersave-Signature: sha256=' . hmac_sha256_hex($b, 's3cret of the shop'),
        'X-Ordersave-Signature-256: ' . hmac_sha256_hex($b, 's3cret of the shop')]) };
is $generic->('/ordersave/ingest/generic', '{"id":1}')->{status}, 202, 'generic: signed in hex';
my $long = '{"id":2,"note":"' . ('x' x 300_000) . '"}';
is $generic->('/buffered', $long)->{status}, 202, 'a body in a file';
is +(grep { $_->{body} eq $long } inbox())[0]{body}, $long, 'comes whole';
is $generic->('/small', $long)->{status}, 413, 'larger than the location takes';

# a secret in the query, decoded; a time in the signature; who looks first
my $ship = sub { my ($path, $b, @headers) = @_;
    return $t->http('POST', $path, bare => 1, body => $b, headers => ['Content-Type: application/json', @headers])->{status} };
my $track = '{"event":"track_updated","data":{"tracking_number":"1"}}';
is $ship->('/in/shippo?token=s3cret%20of+the%20shop', $track), 401, 'a plus is a plus in a query';
is $ship->('/in/shippo?token=s3cret%20of%20the%20shop', $track), 202, 'a token in the query';
is $ship->('/in/shippo?token=', $track), 401, 'an empty one';
my $timed = sub { my $at = shift; "Shippo-Auth-Signature: t=$at,v1=" . hmac_sha256_hex("$at.$track", 's3cret of the shop') };
is $ship->('/in/shippo', $track, $timed->(time)), 202, 'signed now';
is $ship->('/in/shippo', $track, $timed->(time - 400)), 401, 'signed too long ago';
is $t->http('HEAD', '/in/ship24', bare => 1)->{status}, 200, 'a HEAD is told that we are there';
my $bearer = 'Authorization: Bearer s3cret of the shop';
is $ship->('/in/ship24', '{"trackings":[{"tracker":{"trackingNumber":"1"}}]}', $bearer), 202, 'a secret in a header';
is $ship->('/in/ship24', '{"x":"' . 'x' x (4 << 20) . '"}', $bearer), 413, 'more than 4 MB is too much anywhere';
is $ship->('/in/shippo?token=s3cret%20of%20the%20shop', '{"x":"' . 'x' x (4 << 20) . '"}'), 413, 'for nginx itself, where nobody said more';

# Redis away: the spool has it, on disk, before the 2xx

$t->stop_redis;
is woo('{"id":77}')->{status}, 202, 'taken without Redis';
ok scalar(glob $t->path('spool/*.spool')), 'into the spool';
like join('', map { $t->read($_ =~ s{.*/spool/}{spool/}r) } glob $t->path('spool/*.spool')), qr/\{"id":77\}/, 'whole';
$t->start_redis;
ok $t->wait_for('the spooled webhook', sub { grep { $_->{body} eq '{"id":77}' } eval { inbox() } }), 'and comes when Redis is back';

# neither can take it: the sender is told to come again
$t->stop_redis;
$t->kill_now('nginx', 'QUIT');
rename $t->path('spool'), $t->path('gone');
$t->write('spool', 'no folder');
unlink $t->path('spool');
$t->start_nginx(spool => 'ordersave_spool off;', server => "location = /ordersave/ingest/woocommerce { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }");
my $refused = woo('{"id":78}');
is $refused->{status}, 503, 'no Redis and no spool';
is OrderSave::Nginx::header($refused, 'Retry-After'), '10', 'come again';

$t->allow(qr/found no Redis, and there is no spool/);
$t->stop;
done_testing;
