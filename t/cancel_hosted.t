# A shop without a cancel of its own: a page of ours, behind a signed link or
# the form that looks an order up. The same offers as before a store's cancel; a
# GET changes nothing, a POST asks once, and what was typed is in the event.

use strict;
use warnings;
use utf8;
use Test::More;
use JSON::PP;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(no_campaign => 1)->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
my $campaign = $t->campaign(locales => [qw(en id ko fr)], cancel => {hosted => JSON::PP::true}, mail => {from => 'a@shop.test', support => 'b@shop.test'},
    policy => {returns => {text => {en => 'Send it back <soon>.'}, url => '/returns/'}},
    experiment => {name => 'x', holdout => 0});
sub campaign { $t->write('campaign.json', encode_json({%$campaign, @_})) }
sub restart { campaign(@_); $t->kill_now('nginx', 'QUIT'); $t->start_nginx(server => $t->woo) }
campaign();
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
sub customer { substr encode_base64url(hmac_sha256("shop\0$_[0]", $key)), 0, 22 }
my %buyer = (customer => customer('ana@example.org'), email => 'ana@example.org', phone => '+441632960961', postcode => 'SW1A 1AA');
sub order { my ($id, %o) = @_; $t->order($id, %buyer, %o) }
order(19, number => 'A-1019');
$t->redis('SET', $t->key('alias:shop/number/A-1019', 'shop/number/A-1019'), '19');
order($_) for 20 .. 34;
$t->start_nginx(server => $t->woo);

sub link_of { my ($id, %more) = @_; '/ordersave/cancel/' . $t->sign({p => 'cancel', s => 'shop', o => "$id", v => 'owner', g => 0, x => time + 600, %more}) }
sub lookup { my ($number, $secret) = @_; $t->post('/ordersave/cancel', [[ordersave_number => $number], [ordersave_secret => $secret]]) }
sub where { my ($answer) = @_; (OrderSave::Nginx::header($answer, 'Location') // '') =~ s{^http://[^/]+}{}r }
sub kinds { join ' ', map { $_->{kind} } $t->events($_[0]) }

# the form

my $form = $t->get('/ordersave/cancel');
is $form->{status}, 200, 'a form';
like $form->{body}, qr/Cancel an order/, 'to cancel';
like $form->{body}, qr/Email or phone number/, 'by number, and e-mail or phone';
for my $secret ('ana@example.org', '+44 1632 960961', '01632 960 961', '00441632960961') {
    my $found = lookup('A-1019', $secret);
    is $found->{status}, 303, "by $secret";
    like where($found), qr{^/ordersave/cancel/[\w.-]+$}, 'leads to its page';
}
my $wrong = lookup('20', 'eve@example.org');
is $wrong->{status}, 404, 'a wrong e-mail';
is lookup('20', '1632 960962')->{status}, 404, 'a wrong phone';
is lookup('21', '960961')->{status}, 404, 'the end of one';
(my $plain = $wrong->{body}) =~ s/value="20"/value="999"/;
is lookup('999', 'eve@example.org')->{body}, $plain, 'an unknown number is answered alike';
is lookup('22', 'SW1A 1AA')->{status}, 404, 'the postcode does not do to cancel';
is $t->post('/ordersave/track', [[ordersave_number => '22'], [ordersave_secret => 'SW1A 1AA']])->{status}, 303, 'though it does to look where it is';
lookup('23', "eve$_\@example.org") for 1 .. 5;
is lookup('23', 'ana@example.org')->{status}, 404, 'after five wrong tries nobody finds it';
is $t->post('/ordersave/track', [[ordersave_number => '23'], [ordersave_secret => 'ana@example.org']])->{status}, 404, 'by the other form neither';

# the page

my $uri = where(lookup('A-1019', 'ana@example.org'));
my $page = $t->get($uri);
is $page->{status}, 200, 'the page';
like $page->{body}, qr/Cancel order A-1019/, 'is of this order';
like $page->{body}, qr/value="accept:ten"/, 'with the offers that any cancel meets';
like $page->{body}, qr/value="cancel">Cancel anyway</, 'and the button that cancels';
like $page->{body}, qr/<form method="post" action="\Q$uri\E"/, 'its form leads to itself';
is OrderSave::Nginx::header($page, 'Cache-Control'), 'no-store, private', 'no cache keeps it';
is OrderSave::Nginx::header($page, 'Referrer-Policy'), 'no-referrer', 'nobody is told its address';
unlike join("\n", $t->access), qr{cancel/\w+\.}, 'nor is the log';
is $t->event(19, 'exposed')->{arm}, 'treatment', 'an exposure, as of any cancel';
is $t->http('HEAD', $uri)->{status}, 200, 'a HEAD';
is kinds(19), 'exposed', 'neither asks for anything';
is $t->get(link_of(22), headers => ['Sec-Purpose: prefetch'])->{status}, 503, 'a browser that fetches ahead';
is kinds(22), '', 'is no exposure';
is $t->decision_key(19) && $t->redis('GET', $t->decision_key(19)), undef, 'nor decides';

# who knows number and e-mail sees no price, as on the page that shows where it is

my $own = $t->get(link_of(19));
like $own->{body}, qr/Blue mug.*\x{e2}\x{82}\x{ac}45\.00.*\x{e2}\x{82}\x{ac}50\.00.*You save \x{e2}\x{82}\x{ac}4\.50/s, 'the owner sees what it cost, and what he saves';
like $page->{body}, qr/Blue mug/, 'who knows the e-mail sees what is in it';
unlike $page->{body}, qr/\x{e2}\x{82}\x{ac}|Total/, 'and no price';
order(35, gift => JSON::PP::true);
unlike $t->get(link_of(35, v => 'link'))->{body}, qr/Blue mug/, 'nor what is in a gift';
like $t->get(link_of(35))->{body}, qr/Blue mug/, 'which the owner knows';
unlike $t->get(link_of(35, v => 'link'))->{body}, qr/accept:/, 'so it has no offers, which name it,';
like $t->get(link_of(35))->{body}, qr/accept:/, 'but for him';
my $taken = $t->post($uri, [[ordersave_do => 'accept:ship'], [ordersave_token => OrderSave::Nginx::token($page)]]);
like where($taken), qr{^/ordersave/kept/}, 'an offer can be taken';
unlike $t->get(where($taken))->{body}, qr/\x{e2}\x{82}\x{ac}/, 'which still tells no price';
$t->redis('DEL', $t->decision_key(19));
order(36, payment => 'unpaid', pay_url => 'http://127.0.0.1/pay/36?key=wc_order_36');
my $pay = $t->get(link_of(36, v => 'link'));
$t->redis('SET', $t->decision_key(36), encode_json({state => 'accepted', offer => 'ten', kind => 'grant', nonce => 'n', applied => 'done',
    terms => {kind => 'grant', give => 'discount', amount => 450, currency => 'EUR'}, total => 4550}));
my $unpaid = $t->post(link_of(36, v => 'link'), [[ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($pay)]]);
like where($unpaid), qr{^/ordersave/kept/}, 'nor is he sent to pay';
unlike $_, qr/wc_order_36/, 'by a link that holds the secret' for $pay->{body}, $t->get(where($unpaid))->{body};

# asked

sub form { my ($page, @more) = @_; [@more, [ordersave_token => OrderSave::Nginx::token($page)]] }
my $asked = $t->post($uri, form($page, [ordersave_reason => 'costs'], [ordersave_comment => "my <words>\nand more"], [ordersave_do => 'cancel']));
is $asked->{status}, 200, 'cancel anyway';
like $asked->{body}, qr/You have asked us to cancel order A-1019/, 'is told as it is';
my $event = $t->event(19, 'asked');
is $event->{comment}, "my <words>\nand more", 'the words are in the event';
is $event->{reason}, 'costs', 'the reason too';
ok $event->{hosted}, 'which says that no store has heard of it';
ok $event->{owner}, 'and that it is the owner';
my $declined = $t->wait_for('the decision', sub { my $d = $t->redis('GET', $t->decision_key(19)); $d && decode_json($d) });
is $declined->{state}, 'declined', 'the decision';
like $t->get($uri)->{body}, qr/You have asked us to cancel/, 'a reload says so, before any worker has seen it';
is scalar(grep { $_->{kind} eq 'asked' } $t->events(19)), 1, 'and asks no more';
is $t->post($uri, form($page, [ordersave_do => 'accept:ten']))->{status}, 200, 'an accept that comes later';
is decode_json($t->redis('GET', $t->decision_key(19)))->{state}, 'declined', 'is too late';
is scalar($t->upstream_requests), 0, 'the store was asked nothing';

# what is no cancel

my $uri24 = link_of(24);
my $page24 = $t->get($uri24);
for my $case (['no button', [ordersave_reason => 'costs']], ['an unknown one', [ordersave_do => 'nonsense']]) {
    my $again = $t->post($uri24, form($page24, $case->[1]));
    is $again->{status}, 200, $case->[0];
    like $again->{body}, qr/value="cancel"/, 'the page comes again';
}
is $t->post($uri24, [[ordersave_do => 'x']])->{status}, 200, 'without a token';
unlike kinds(24), qr/asked/, 'nothing is asked for';
is $t->http('PUT', $uri24)->{status}, 405, 'a PUT';
like $t->post($uri24, [[ordersave_do => 'cancel'], [ordersave_token => 'old']])->{body}, qr/You have asked us/,
    'the link says whose it is, though the page was open for long';
ok $t->event(24, 'asked'), 'that is one';

# kept

my $uri25 = link_of(25);
my $kept = $t->post($uri25, form($t->get($uri25), [ordersave_reason => 'costs'], [ordersave_do => 'accept:ten']));
is $kept->{status}, 303, 'an accept';
my $there = $t->get(where($kept));
like $there->{body}, qr/You have kept your order/, 'keeps the order';
like $there->{body}, qr/<form method="post" action="\Q$uri25\E"/, 'and can still be cancelled';
like $t->get($uri25)->{body}, qr/You have kept your order/, 'the link says so too';
my $still = $t->post($uri25, form($there, [ordersave_do => 'cancel']));
like $still->{body}, qr/You have asked us to cancel/, 'by that button';
is decode_json($t->redis('GET', $t->decision_key(25)))->{state}, 'accepted', 'what was accepted stays until the cancel is there';

# links

is $t->get(link_of(26, x => time - 1))->{status}, 403, 'an old link';
is $t->get(link_of(26) . 'x')->{status}, 403, 'a forged one';
is $t->get(link_of(26, s => 'other'))->{status}, 403, "another shop's";
is $t->get(link_of(26, g => 1))->{status}, 403, 'one of a buyer before';
is $t->get(link_of(26, v => 'steps'))->{status}, 403, 'of who knows the postcode alone';
is $t->get('/ordersave/cancel/' . $t->sign({p => 'track', s => 'shop', o => '26', v => 'owner', g => 0, x => time + 600}))->{status}, 403, 'one that was made to look where it is';
is $t->get('/ordersave/track/' . (link_of(26) =~ m{([^/]+)$})[0])->{status}, 403, 'nor the other way round';
is $t->get(link_of(999))->{status}, 403, 'an order that is not known';
is $t->post(link_of(26, x => time - 1), [[ordersave_do => 'cancel'], [ordersave_token => 'x']])->{status}, 403, 'a POST with an old one';
is kinds(26), '', 'tells nobody anything';

# too late

order(27, shipped => JSON::PP::true);
order(28, track => {milestone => 'in_transit'});
for my $id (27, 28) {
    my $left = $t->get(link_of($id));
    is $left->{status}, 200, "$id has left";
    like $left->{body}, qr/has already left/, 'says so';
    like $left->{body}, qr/Send it back &lt;soon&gt;\..*href="\/returns\/"/s, 'and how it comes back';
    unlike $left->{body}, qr/ordersave_do/, 'without a button';
    is kinds($id), '', 'no exposure';
}
my $late = $t->post(link_of(27), [[ordersave_do => 'cancel'], [ordersave_comment => 'Ohno'], [ordersave_token => 'x']]);
is $late->{status}, 409, 'a page that was open while it left';
like $late->{body}, qr/has already left/, 'says so too';
is $t->event(27, 'asked')->{comment}, 'Ohno', 'and what was typed arrives';
is $t->redis('GET', $t->decision_key(27)), undef, 'with nothing decided';
order(29, state => $_) and like($t->get(link_of(29))->{body}, qr/Order 29 is closed/, "$_: nothing is left to cancel") for qw(cancelled refunded failed);
for my $state (qw(pending task)) {
    order(30, save => {asked => {at => time}, stop => {at => time, state => $state}});
    like $t->get(link_of(30))->{body}, qr/You have asked us/, "asked before ($state)";
    is $t->post(link_of(30), [[ordersave_do => 'cancel'], [ordersave_token => 'x']])->{status}, 409, 'a second time';
}
is kinds(30), '', 'asks for nothing new';
order(31, save => {asked => {at => time + 10}, stop => {at => time, state => 'refused'}});
$t->redis('SET', $t->decision_key(31), encode_json({state => 'declined', hosted => JSON::PP::true, at_ms => 1000 * time}));
my $anew = $t->get(link_of(31));
like $anew->{body}, qr/value="cancel">Cancel the order</, 'it is back in the house: it can be asked anew';

# without offers

order(32, status => 'completed');
my $none = $t->get(link_of(32));
like $none->{body}, qr/value="cancel">Cancel the order</, 'an order that meets no offer';
unlike $none->{body}, qr/accept:|what we can do about it/, 'is promised none';
like $none->{body}, qr/name="ordersave_comment"/, 'and may say why';
is kinds(32), '', 'and is in no experiment';

restart(experiment => {name => 'x', holdout => 100});
my $held = $t->get(link_of(33))->{body};
unlike $held, qr/accept:/, 'the holdout sees none';
like $held, qr/value="cancel">Cancel the order</, 'but can cancel';
is $t->event(33, 'exposed')->{arm}, 'holdout', 'and is counted';

# every language

for my $lang (['id', 'Membatalkan pesanan'], ['ko', '주문 취소'], ['fr', 'Annuler une commande']) {
    my $body = $t->get('/ordersave/cancel', headers => ["Accept-Language: $lang->[0]"])->{body};
    utf8::decode($body);
    like $body, qr/\Q$lang->[1]\E/, "the form in $lang->[0]";
}

# off unless it is said

for my $case (['not hosted', cancel => {}], ['observing', state => 'observe']) {
    my ($what, @more) = @$case;
    restart(@more);
    is $t->get('/ordersave/cancel')->{status}, 404, "$what: no form";
    is $t->get(link_of(34))->{status}, 404, 'no page';
}
restart();
# without Redis the buyer is heard all the same

my @cancel = ([ordersave_reason => 'costs'], [ordersave_comment => 'words in the dark'], [ordersave_do => 'cancel'], [ordersave_token => 'x']);
my $dark = $t->get(link_of(34));
$t->stop_redis;
is $t->get(link_of(34))->{status}, 503, 'without Redis the page comes later';
is $t->post(link_of(34), form($dark, [ordersave_do => 'accept:ten']))->{status}, 503, 'so does what would be granted';
is $t->post(link_of(34, v => 'steps'), \@cancel)->{status}, 503, 'who knows the postcode alone is not heard';
is $t->post(link_of(34, x => time - 1), \@cancel)->{status}, 403, 'nor is an old link';
my $heard = $t->post(link_of(34), \@cancel);
is $heard->{status}, 200, 'whoever asks is';
like $heard->{body}, qr/You have asked us to cancel order 34/, 'and told so';
$t->start_redis;
my $late_event = $t->event(34, 'asked');
is $late_event->{comment}, 'words in the dark', 'it is there when Redis is back';
is $late_event->{links}, 0, 'with what its link was made for, for the worker to compare';

# and where nothing can take it, he is told so

$t->kill_now('nginx', 'QUIT');
$t->allow(qr/an event found no Redis, and there is no spool/);
$t->start_nginx(server => $t->woo, spool => 'ordersave_spool off;');
my $uri20 = link_of(20);
$t->order(20, %buyer);
my $open = $t->get($uri20);
$t->stop_redis;
my $lost = $t->post($uri20, form($open, [ordersave_reason => 'costs'], [ordersave_comment => "a\n<b>"], [ordersave_do => 'cancel']));
is $lost->{status}, 503, 'neither Redis nor a disk: nothing is said that is not so';
like $lost->{body}, qr/has not been saved/, 'but that it was not saved';
like $lost->{body}, qr/name="ordersave_comment" value="a\n&lt;b&gt;"/, 'with what was typed';
like $lost->{body}, qr/name="ordersave_reason" value="costs"/, 'and chosen';
$t->start_redis;
$t->order(20, %buyer);
ok $t->wait_for('nginx to reach Redis', sub { $t->get($uri20)->{status} == 200 }), 'Redis is back';
my ($token) = $lost->{body} =~ /name="ordersave_token" value="([^"]+)"/;
like $t->post($uri20, [[ordersave_reason => 'costs'], [ordersave_comment => "a\n<b>"], [ordersave_do => 'cancel'], [ordersave_token => $token]])->{body}, qr/You have asked us/, 'the same button, later';
is $t->event(20, 'asked')->{comment}, "a\n<b>", 'says it all';

$t->stop;
done_testing;
