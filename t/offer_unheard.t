# What a buyer typed beside an offer reaches a person also where nothing comes of
# the offer: another tab was first, its limit is used up, the order is cancelled,
# the page is too old. Once; and never from somebody whose order it is not.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(decode_base64url encode_base64url);
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', offers => [
    {id => 'size', reasons => ['*'], give => {request => {for => 'swap', ask => [{id => 'note', as => 'text'}]}}, limit => {per_customer => 1}},
    {id => 'less', reasons => ['*'], give => {discount => {percent => '10'}}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

my $buyers = 0;
sub bought { my $o = $t->buy(customer => 'ada', billing => {email => 'buyer' . ++$buyers . '@shop.test'}, @_); ok $t->settled, "order of buyer $buyers"; return $o }
sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub said { return ([ordersave_reason => 'other'], [ordersave_comment => "Comment $_[0]"], ['ordersave_ask:other:size:note' => "Note $_[0]"]) }
sub press { my ($o, $token, $do, @more) = @_; return $t->post(uri($o), [@more, [ordersave_do => $do], [ordersave_token => $token]]) }
sub in_dialog { my ($token, $do, @more) = @_; return $t->post('/ordersave/decide?dialog=1', [@more, [ordersave_do => $do], [ordersave_token => $token]]) }
sub token { OrderSave::Nginx::token($t->get(uri($_[0]))) }
sub old {
    my ($key, $payload) = split /\./, $_[0];
    my $in = decode_json(decode_base64url($payload));
    $in->{x} = time - 5;
    %$in = (%$in, %{$_[1] // {}});
    my $text = "$key." . encode_base64url(encode_json($in));
    return "$text." . encode_base64url(hmac_sha256($text, $OrderSave::Nginx::KEY));
}
# The mails to support with these words.
sub heard { my ($words) = @_; return grep { $_->{text} =~ /Comment \Q$words\E/ && $_->{text} =~ /note: Note \Q$words\E/ } $t->mails(0, subject => 'and writes') }
sub one {
    my ($what, $words, $why, $does) = (@_, 'keeps');
    $t->wait_for($words, sub { heard($words) });
    ok $t->settled, $what;
    my @mails = heard($words);
    is scalar @mails, 1, "$what: support reads it, once";
    like $mails[0]{text} // '', $why, '  and why nothing came of it';
    like $mails[0]{subject} // '', qr/^A customer $does order/, '  and what the buyer wanted';
    like $mails[0]{reply_to} // $mails[0]{headers}{'reply-to'} // $mails[0]{raw} // '', qr/buyer\d+\@shop\.test/i, '  and can answer';
}

# two tabs

my $o = bought();
my ($first, $second) = (token($o), token($o));
is press($o, $first, 'accept:less')->{status}, 303, 'a tab accepts';
is press($o, $second, 'accept:size', said('two'))->{status}, 303, 'another comes later';
one('another tab was first', 'two', qr/decided before/);
press($o, $second, 'accept:size', said('two'));
ok $t->settled, 'the same once more';
is scalar(my @two = heard('two')), 1, 'is no second mail';
is $t->decision($o)->{offer}, 'less', 'and what was accepted stays';

# the same accept again is what is known

$o = bought();
my $page = token(my $other = bought(billing => {email => "buyer$buyers\@shop.test"}));
my $token = token($o);
is press($o, $token, 'accept:size', said('same'))->{status}, 303, 'a request' for 1 .. 2;
ok $t->settled, 'twice';
is scalar(my @same = heard('same')), 0, 'is a request, and no words beside it';
is scalar(my @asked = $t->mails(1, subject => 'asks')), 1, 'which support has';

# the limit of the customer

is press($other, $page, 'accept:size', said('limit'))->{status}, 403, 'who has had his share';
one('the limit is used up', 'limit', qr/not to be had any more/);

# cancelled meanwhile

$o = bought();
$token = token($o);
$t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->webhook($t->shop($o));
ok $t->wait_for('its cancel', sub { $t->record($o)->{state} eq 'cancelled' }), 'an order is cancelled';
is press($o, $token, 'accept:size', said('gone'))->{status}, 409, 'it cannot be kept';
one('the order is gone', 'gone', qr/could not be kept/);

# an old page, on the page and in the dialog, and one that grants nothing

$o = bought();
$token = token($o);
is press($o, old($token), 'accept:size', said('old'))->{status}, 403, 'an old page';
one('the page is too old', 'old', qr/too old/);
is in_dialog(old($token), 'accept:size', said('dialog'))->{status}, 403, 'an old dialog';
one('the dialog is too old', 'dialog', qr/too old/);
is in_dialog(old($token), 'cancel', said('leaves'))->{status}, 403, 'who would rather cancel in it';
one('the dialog is too old for a cancel', 'leaves', qr/too old/, 'cancels');
press($o, 'k1.e30.AAAA', 'accept:size', said('forged'));
press($o, old($token, {h => 'A' x 16}), 'accept:size', said('stranger'));
ok $t->settled, 'a forged token, and one of another proof';
is scalar(my @none = map { heard($_) } qw(forged stranger)), 0, 'reach nobody';

$t->stop;
done_testing;
