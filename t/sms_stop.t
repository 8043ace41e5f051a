# Who answers STOP to an SMS gets none any more, and one confirmation; who
# writes anything else reaches the shop's people. The provider signs what it
# tells; "cancel" cancels nothing.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use Digest::SHA qw(hmac_sha1_base64);
use Encode qw(encode);
use JSON::PP;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    track => {messages => {out_for_delivery => {sms => JSON::PP::true, email => JSON::PP::false}}}})->start;
my $n = OrderSave::Nginx->new;
$n->{redis_port} = $t->{redis_port};
$n->write('secret', "auth-token\n");
$n->start_nginx(server => "location = /in/twilio { ordersave_ingest twilio secret_file=$n->{dir}/secret; }");

my $number = 0;
sub answer {
    my ($from, $text, %o) = @_;
    my %form = (MessageSid => $o{id} // 'SM' . ++$number, From => $from, To => '+15005550006', Body => encode('UTF-8', $text), NumMedia => '0');
    my $escape = sub { $_[0] =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ger };
    my $body = join '&', map { $escape->($_) . '=' . $escape->($form{$_}) } sort { $b cmp $a } keys %form;
    my $url = ($o{proto} // 'http') . '://localhost/in/twilio';
    my $signature = hmac_sha1_base64($url . join('', map { "$_$form{$_}" } sort keys %form), $o{key} // 'auth-token');
    $signature .= '=' while length($signature) % 4;
    return $n->http('POST', '/in/twilio', bare => 1, body => $body, headers => [
        $o{unsigned} ? () : "X-Twilio-Signature: $signature", $o{proto} ? "X-Forwarded-Proto: $o{proto}" : ()])->{status};
}

my $phone = '+493090182';
sub parcel {
    my ($tracking, %o) = @_;
    my $order = $t->buy(customer => 'ada', consent => {sms => 'yes'}, billing => {phone => $o{phone}, email => "$tracking\@shop.test", country => 'DE'});
    $t->ship($order, $tracking);
    $t->wait_for('the parcel', sub { $t->parcel($order, $tracking) });
    $t->aftership($tracking, 'OutForDelivery');
    return $order;
}
sub to { my ($who, $count) = @_; return scalar $t->texts($count, to => $who) }

# the provider's word alone

is answer("${phone}0", 'STOP', key => 'another'), 401, 'a wrong signature';
is answer("${phone}0", 'STOP', unsigned => 1), 401, 'none';
is answer("${phone}0", 'STOP', proto => 'https'), 202, 'behind TLS: the address as the provider calls it';

# every way to say it

my @words = ('STOP', 'stop.', ' Quit ', 'END', 'revoke', 'opt-out', 'Opt Out', 'CANCEL', 'Unsubscribe', 'Berhenti', 'Arrêt', 'ARRÊT', '수신거부',
    "\x{201c}STOP\x{201d}", "STOP \x{1F6D1}", "\x{a0}stop\x{a0}", "\x{ff33}\x{ff34}\x{ff2f}\x{ff30}", 'stop...', 'STOPP', "arre\x{302}t",
    'STOP ALL', "Stop!!!\n", '*stop*', "stop\x{2764}\x{fe0f}", "ST\x{200b}OP", 'S.T.O.P.', '수신 거부', '중지', 'Désabonner');
my $order = parcel('S1', phone => "${phone}1");
is to("${phone}1", 1), 1, 'an SMS';
is answer("${phone}1", $words[0]), 202, 'STOP';
is to("${phone}1", 2), 2, 'is confirmed';
my ($confirmed) = grep { $_->{text} =~ /no more SMS/ } $t->texts(2, to => "${phone}1");
ok $confirmed, 'in words';
answer("${phone}1", 'STOP');
parcel('S2', phone => "${phone}1");
ok $t->counted('suppressed', 1), 'the next SMS is not sent';
$t->settled;
is to("${phone}1", 2), 2, 'and it is confirmed once';

my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
sub suppressed { my $h = substr encode_base64url(hmac_sha256("shop\0$_[0]", $key)), 0, 22; return $t->redis('GET', $t->key("suppress:shop/$h", "shop/$h")) }
for my $i (1 .. $#words) {
    answer("+4930555000$i", $words[$i]);
    ok $t->wait_for('stopped', sub { (suppressed("+4930555000$i") // '') eq 'all' }), encode('UTF-8', "\"$words[$i]\"");
}
ok !$t->record($order)->{save}{asked}, '"cancel" is no order';

# again

is answer("${phone}1", 'Start'), 202, 'START';
ok $t->wait_for('allowed', sub { !defined suppressed("${phone}1") }), 'allows them again';

# anything else is for people

my $wordy = parcel('S3', phone => "${phone}3");
to("${phone}3", 1);
is answer("${phone}3", 'Please stop at the back door'), 202, 'a sentence';
my ($mail) = $t->mails(1, to => 'help@shop.test', subject => 'answered an SMS');
like $mail->{text}, qr/Please stop at the back door/, 'reaches support';
is $mail->{reply_to}, 'S3@shop.test', 'who can answer';
ok !defined suppressed("${phone}3"), 'and stops nothing';

$n->allow(qr/is refused/);
$n->stop;
$t->stop;
done_testing;
