# Links in messages: a GET shows, a POST commits; old and forged links say so.
# And the contract of headless storefronts.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $given = OrderSave::Nginx::campaign({store => 'shop'})->{offers};
my $t = OrderSave::Nginx->new(campaign => {
    offers => [@$given, {id => 'once', reasons => ['payment'], limit => {per_customer => 1},
                         give => {discount => {percent => '5'}}}],
    follow_up => {cancelled => {
        next_order => 'COMEBACK', next_order_percent => '15', reorder_url => '/shop/'}}})
    ->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19);
$t->start_nginx(server => $t->woo);

my %base = (s => 'shop', o => '19', x => time + 600, n => 'n1', l => 'fr');
my $link = '/ordersave/score/' . $t->sign({%base, p => 'score'});
my $page = $t->get("$link?value=4");
is $page->{status}, 200, 'the score page';
like $page->{head}, qr/^Content-Language: fr\r?$/mi, "in the token's language";
like $page->{body}, qr/value="4" checked/, "the mail's choice is set";
is scalar($t->events(19)), 0, 'and nothing is recorded';
is $t->http('HEAD', $link)->{status}, 200, 'a mail scanner may look';
is scalar($t->events(19)), 0, 'without a trace';

my $thanks = $t->post($link, [[ordersave_score => 2], [ordersave_comment => "trop lent \x{1F422}"]]);
is $thanks->{status}, 200, 'the POST commits';
like $thanks->{body}, qr/COMEBACK/, 'and thanks with a way back';
my $event = $t->event(19, 'scored');
is_deeply [@$event{qw(score comment locale)}], [2, "trop lent \x{1F422}", 'fr'], 'with score and words';

my $words = "\x{d55c}\r\n" x 500;
$t->redis('DEL', $t->key('ev', 'shop/19'));
is $t->post($link, [[ordersave_score => 3], [ordersave_comment => "${words}more"]])->{status}, 200, 'more words than the form lets one write';
is $t->event(19, 'scored')->{comment}, $words, 'are kept up to there, whole';

is $t->post($link, [[ordersave_score => 9]])->{status}, 400, 'a score that is none';
is $t->post($link, [])->{status}, 400, 'none at all';

my $reason = '/ordersave/reason/' . $t->sign({%base, p => 'reason', l => 'en'});
is $t->get($reason)->{status}, 200, 'the reason page';
my $answer = $t->post($reason, [[ordersave_reason => 'return_policy']]);
is $answer->{status}, 200, 'a reason from the mail';
like $answer->{body}, qr{href="/returns"}, 'is answered by what fits it';
is $t->event(19, 'reason')->{reason}, 'return_policy', 'and recorded';
unlike $t->post('/ordersave/reason/' . $t->sign({%base, p => 'reason', a => 'holdout'}),
    [[ordersave_reason => 'costs']])->{body}, qr/COMEBACK/, 'the holdout hears no offer';

for my $case (['expired', {%base, p => 'score', x => time - 1}], ['another purpose', {%base, p => 'reason'}],
              ['another store', {%base, p => 'score', s => 'other'}]) {
    my $a = $t->get('/ordersave/score/' . $t->sign($case->[1]));
    is $a->{status}, 403, "$case->[0]: refused";
    like $a->{body}, qr/<h1>/, 'with a page';
}
is $t->get('/ordersave/score/x.y.z')->{status}, 403, 'forged';
is $t->get('/ordersave/nothing')->{status}, 404, 'what is not there';
is $t->http('PUT', $link, body => 'a=b')->{status}, 405, 'a method that is not taken';

# headless

my $json = $t->get($t->cancel_uri(19), bare => 1, headers => ['Accept: application/vnd.ordersave+json']);
is $json->{status}, 200, 'a storefront asks in JSON';
my $offer = decode_json $json->{body};
is $offer->{ordersave}, 'offer', 'an offer';
is $offer->{order}{number}, '19', 'for the order';
my ($costs) = grep { $_->{id} eq 'costs' } @{$offer->{reasons}};
is_deeply [map { $_->{id} } @{$costs->{offers}}], [qw(ten ship)], 'by reason';

my $decide = sub { $t->http('POST', '/ordersave/decide', bare => 1, body => encode_json($_[0]),
    headers => ['Content-Type: application/json', 'Accept: application/json']) };
is $decide->({token => 'x', do => 'accept:ten'})->{status}, 400, 'a token that is none';
is $t->http('POST', '/ordersave/decide', bare => 1, body => 'nonsense')->{status}, 400, 'no JSON';
my $done = $decide->({token => $offer->{token}, do => 'accept:ten', reason => 'costs'});
is $done->{status}, 200, 'accepted';
is_deeply [@{decode_json $done->{body}}{qw(ordersave offer applied)}], [qw(accepted ten pending)], 'in JSON';
is decode_json($t->redis('GET', $t->decision_key(19)))->{reason}, 'costs', 'and recorded';
is $decide->({token => $offer->{token}, do => 'accept:ten'})->{body}, $done->{body}, 'the same token, the same answer';
is decode_json($t->get($t->cancel_uri(19), bare => 1, headers => ['Accept: application/vnd.ordersave+json'])->{body})->{ordersave}, 'accepted', 'the cancel URL says so too';

$t->forget_upstream;
my $cancel = $t->get($t->cancel_uri(19), bare => 1, headers => ['Accept: application/vnd.ordersave+json', "X-Ordersave-Token: $offer->{token}"]);
is $cancel->{body}, 'store', 'a cancel with the token goes to the store';
my ($sent) = $t->upstream_requests;
unlike $sent->{head}, qr/^x-ordersave/mi, 'without it';
is $t->event(19, 'asked')->{via}, 'api', 'and is recorded';

# what cannot be granted is said, and is no offer

sub said { my ($a) = @_; return [$a->{status}, eval { decode_json($a->{body})->{ordersave} } // $a->{body}] }
sub ask { return decode_json($t->get($t->cancel_uri($_[0]), bare => 1, headers => ['Accept: application/vnd.ordersave+json', @_[1 .. $#_]])->{body})->{token} }

$t->order($_, customer => 'ana') for 23, 24;
$t->order($_) for 25, 26;
my ($first, $second, $third) = map { ask($_) } 23, 24, 25;
is_deeply said($decide->({token => $first, do => 'accept:other'})), [403, 'expired'], 'an offer that was not shown';
is_deeply said($decide->({token => $t->sign({%{OrderSave::Nginx::token_payload($first)}, h => 'x' x 16}), do => 'accept:ten'})), [403, 'expired'], 'the secret of another order';
is $decide->({token => $first, do => 'accept:once'})->{status}, 200, 'one that a customer may have once';
is_deeply said($decide->({token => $second, do => 'accept:once'})), [403, 'expired'], 'is not to be had twice';
my $info = $decide->({token => $third, do => 'accept:policy'});
is_deeply decode_json($info->{body}), {ordersave => 'information', offer => 'policy', url => '/returns'}, 'a link is named, not followed';
is $t->redis('GET', $t->decision_key(25)), undef, 'and decides nothing';

$t->http('GET', $t->cancel_uri(25), bare => 1, headers => ['Accept: application/vnd.ordersave+json', "X-Ordersave-Token: $third"]);
ok $t->event(25, 'declined'), 'a cancel with the token is a decision';
is_deeply said($decide->({token => $third, do => 'accept:ten'})), [409, 'asked'], 'an accept comes too late then';

$t->forget_upstream;
$t->http('GET', $t->cancel_uri(26), bare => 1, headers => ['Accept: application/vnd.ordersave+json', 'X-Ordersave-Token: forged']);
is scalar($t->upstream_requests), 1, 'with a forged token the store decides';
is $t->redis('GET', $t->decision_key(26)), undef, 'and we nothing';

$t->stop;
done_testing;
