# From the carrier's signed request to the buyer's mail and SMS, through nginx:
# what is sent three times counts once, what is forged is refused.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {
    messages => {out_for_delivery => {sms => JSON::PP::true}}}})->start;
my $secret = 'whsec of the carrier';
$t->write('secret', "$secret\n");
$t->start_nginx(server => <<EOT);
        location = /in/woocommerce { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }
        location = /in/aftership { ordersave_ingest aftership secret_file=$t->{dir}/secret; }
        location = /in/shippo { ordersave_ingest shippo secret_file=$t->{dir}/secret; }
EOT

sub post {
    my ($path, $json, $header, $sign) = @_;
    my $body = JSON::PP->new->utf8->canonical->encode($json);
    return $t->http('POST', $path, bare => 1, body => $body, headers => [
        'Content-Type: application/json', "$header: " . $sign->($body)])
        ->{status};
}

sub woo {
    post('/in/woocommerce', $_[0], 'X-WC-Webhook-Signature',
         sub { encode_base64(hmac_sha256($_[0], $secret), '') });
}

sub aftership {
    my ($tag, %o) = @_;
    my $key = $o{secret} // $secret;
    post('/in/aftership', {event => 'tracking_update', event_id => $o{id},
        msg => {tracking_number => 'AS1', tag => $tag, slug => 'dhl',
                checkpoints => [{tag => $tag, message => 'Scan',
                    checkpoint_time => OrderSave::Track::iso($o{at})}]}},
        'aftership-hmac-sha256',
        sub { encode_base64(hmac_sha256($_[0], $key), '') });
}

my $now = int time;
is aftership('OutForDelivery', at => $now, id => 'a'), 202,
    'before anybody knows the number';

my $o = $t->{demo}->order(customer => 'ada', locale => 'en');
my $order = $o->{order};
$order->{billing} = {%{$order->{billing}}, email => 'ada@shop.test',
                     phone => '+4930901820'};
push @{$order->{meta_data}}, {key => '_ordersave_consent_sms', value => 'yes'},
    {key => '_wc_shipment_tracking_items',
     value => [{tracking_number => 'as 1', tracking_provider => 'dhl'}]};
$order->{status} = 'completed';
is woo($order), 202, 'the order comes';

is aftership('OutForDelivery', at => $now, id => 'a'), 202, 'the same again';
is aftership('InTransit', at => $now - 3600, id => 'b'), 202, 'an older word';
is aftership('OutForDelivery', at => $now + 1, id => 'c'), 202, 'once more';
is aftership('Delivered', at => $now + 2, id => 'd', secret => 'guessed'), 401,
    'a forged one';

ok $t->wait_for('all of it', sub {
    @{($t->parcel($o, 'AS1') // {})->{log} // []} == 3
}), 'three words are known';
is $t->parcel($o, 'AS1')->{milestone}, 'out_for_delivery', 'and no more';
is scalar $t->mails(1, subject => 'Out for delivery'), 1, 'a mail';
my ($text) = $t->texts(1);
$t->settled;
is scalar $t->mails(1, to => 'ada@shop.test'), 1, 'one alone';
is scalar $t->texts(1), 1, 'one SMS';

my $at = int time;
my $track = {event => 'track_updated', data => {tracking_number => 'AS1',
    carrier => 'dhl', tracking_status => {status => 'RETURNED',
        status_details => 'Refused', status_date =>
            OrderSave::Track::iso($now + 5)}}};
my $sign = sub { my $then = shift; sub {
    "t=$then,v1=" . hmac_sha256_hex("$then.$_[0]", $secret) } };
is post('/in/shippo', $track, 'Shippo-Auth-Signature', $sign->($at - 301)),
    401, 'a replayed one of another carrier\'s service';
is post('/in/shippo', $track, 'Shippo-Auth-Signature', $sign->($at)), 202,
    'a fresh one';
my ($back) = $t->mails(1, subject => 'On its way back to us');
like $back->{text}, qr/send it again or refund you/,
    'returned to its origin: the buyer reads what he can do';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
