# What has arrived is sent back, end to end: the links in the mail and on the
# panel, the page, support's answer, the store's order, mails to the buyer, and
# how it stands on the panel. Nothing is promised that the campaign has not.
# long

use strict;
use warnings;
use utf8;
use lib 't/lib';

use IO::Socket::INET;
use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $code = 'the code of support';
my $returns = {days => 30, refund => {days => 14}, exchange => JSON::PP::true, credit => {pool => 'credit', bonus => '10', expires => '365d'},
    cost => {en => 'We pay for <it>.'}, instructions => {en => 'Use the box.'}, url => '/label/'};
my $t = OrderSave::Track->new(campaign => {site => 'https://shop.test', returns => $returns, review => {after => '1h'}, recommend => {}, follow_up => {}, track => {messages => {delivered => {email => JSON::PP::true}}}});
$t->start(no_worker => 1);
$t->write('keys', $t->read('keys') . "support:$code\n");
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{credit} = [{method => 'POST', url => '/wp-json/wc/v3/coupons', body => {code => '{{code}}', amount => '{{amount}}',
    discount_type => 'fixed_cart', usage_limit => 1, email_restrictions => ['{{order.email}}']}}];
my $enter = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {meta_data => [{key => '_return', value => '{{return.want}}: {{#return.lines}}{{name}} x{{n}} {{to.name}}{{item.line}};{{/return.lines}}'}]}}];
sub campaign {
    my (%more) = @_;
    my $actions = delete $more{actions} // {};
    my $c = {%$campaign, %more};
    $c->{api} = {%{$c->{api}}, actions => {%{$c->{api}{actions}}, %$actions}};
    delete $c->{returns} unless $c->{returns};
    $t->write('campaign.json', encode_json($c));
}
sub restart { campaign(@_); $t->kill_now('worker'); $t->kill_now('nginx', 'QUIT'); $t->start_worker; $t->start_nginx(server => $t->woo) }
campaign();
$t->write('credit.csv', join '', map { "CREDIT$_\n" } 1 .. 9);
$t->start_worker;
is +($t->ctl('coupons', 'load', 'credit', $t->path('credit.csv')))[0], 0, 'codes for credits';
my $store_port = $t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

$t->write('feed.jsonl', join "\n", map { encode_json({title => "Product $_->{id}", link => "https://shop.test/p/$_->{id}", availability => 'in stock', item_group_id => 'mugs', %$_}) }
    {id => 12, price => '28.00 EUR', size => 'L', with => ['24']}, {id => 13, price => '25.00 EUR', size => 'M'}, {id => 15, price => '99.00 EUR', size => 'XL'},
    {id => 24, price => '7.50 EUR', title => 'Green tea', item_group_id => 'tea'});
is +($t->ctl('catalog', 'import', $t->path('feed.jsonl')))[0], 0, 'a catalog';

my $n = 0;
sub sold { my (%o) = @_; ++$n; my $o = $t->buy(customer => 'ada', status => 'processing', items => [{product => 12, quantity => 2}],
    billing => {email => "buyer$n\@shop.test", first_name => 'Ada', country => 'DE'}, consent => {email => 'yes'}, %o); $t->settled; return $o }
sub arrived {
    my (%o) = @_;
    my $ago = delete $o{ago} // 0;
    my $o = sold(%o);
    $t->ship($o, "R$n");
    $t->wait_for('the parcel', sub { $t->parcel($o, "R$n") });
    $t->aftership("R$n", 'Delivered', at => time - $ago);
    $t->wait_for('its arrival', sub { ($t->track($o)->{milestone} // '') eq 'delivered' });
    return $o;
}
sub uri { my ($o, %more) = @_; return '/ordersave/return/' . $t->sign({p => 'return', s => 'shop', o => '' . $t->id($o), v => 'owner', g => $t->track($o)->{links} // 0, x => time + 600, %more}) }
sub page { my ($o, %more) = @_; my $r = $t->get(uri($o, %more)); utf8::decode($r->{body}); return $r }
sub form { my ($o, %f) = @_; $f{want} //= 'refund'; $f{item_0} //= 1; $f{n} //= 1; my $uri = delete $f{uri} // uri($o); return $t->post($uri, [map { utf8::encode(my $v = $f{$_}); ["ordersave_$_" => $v] } sort keys %f]) }
sub back { my ($o, $i) = @_; return ($t->track($o)->{returns} // [])->[$i // -1] // {} }
sub becomes { my ($o, $state) = @_; return $t->wait_for("a return that is $state", sub { (back($o)->{state} // '') eq $state }, sub { encode_json(back($o)) }) }
sub asked { my ($o, %f) = @_; is form($o, %f)->{status}, 303, 'asked'; becomes($o, 'asked'); return approve_uri($o) }
sub mail { my ($o, $subject) = @_; return ($t->mails(1, to => $o->{order}{billing}{email}, subject => $subject))[0] // {} }
sub none { my ($o, $subject) = @_; return scalar $t->mails(0, to => $o->{order}{billing}{email}, subject => $subject) }
sub approve_uri { my ($o) = @_; my ($mail) = $t->mails(1, subject => "Approve or decline: order $o->{order}{number}"); return $mail->{text} =~ m{https://shop\.test(/ordersave/approve/\S+)} ? $1 : '' }
sub answer { my ($uri, $do, %more) = @_; return $t->post($uri, [[ordersave_do => $do], [ordersave_code => $code], map { ["ordersave_$_" => $more{$_}] } sort keys %more]) }
sub panel { my ($o) = @_; my $r = $t->get('/ordersave/track/' . $t->sign({p => 'track', s => 'shop', o => '' . $t->id($o), v => 'owner', g => $t->track($o)->{links} // 0, x => time + 600})); utf8::decode($r->{body}); return $r->{body} }

# the ways to the page

my $o = arrived();
my ($news) = $t->mails(1, to => 'buyer1@shop.test', subject => 'Delivered: your order');
my ($link) = ($news->{text} // '') =~ m{https://shop\.test(/ordersave/return/\S+)} or diag $news->{text};
ok $link, 'the mail that it has arrived has a link';
like $news->{html}, qr{href="https://shop\.test/ordersave/return/}, 'in both its parts';
is $t->get($link)->{status}, 200, 'which leads to the page';
like panel($o), qr{href="/ordersave/return/k1\.[^"]+" rel="nofollow">Return or exchange something<}, 'so does the panel';
my $found = $t->post('/ordersave/return', [[ordersave_number => $o->{order}{number}], [ordersave_secret => 'buyer1@shop.test']]);
is $found->{status}, 303, 'and the form that looks an order up';
my $guest = $t->get(OrderSave::Nginx::header($found, 'Location') =~ s{^http://[^/]+}{}r);
utf8::decode($guest->{body});
like $guest->{body}, qr/name="ordersave_item_0"/, 'by number and e-mail';
unlike $guest->{body}, qr/€(?:28|30|56|61|3)\.|\beach\b/, 'which tells no price of what was bought';
is $t->post('/ordersave/return', [[ordersave_number => $o->{order}{number}], [ordersave_secret => 'eve@shop.test']])->{status}, 404, 'but not to a stranger';

# the page

my $name = $t->shop($o)->{line_items}[0]{name};
my $page = page($o);
is $page->{status}, 200, 'the page';
like $page->{body}, qr/Send back items of order $o->{order}{number}/, 'of this order';
like $page->{body}, qr/until \w+ \d+, 20\d\d/, 'and the day until which';
like $page->{body}, qr/<bdi>\Q$name\E<\/bdi>.*€28\.00 each, or €30\.80 as store credit/s, 'each item, with what it is worth in each way';
like $page->{body}, qr/value="refund".*Up to €56\.00.*within 14 days.*value="exchange".*value="credit".*Up to €61\.60/s, 'the ways side by side, with amount and time';
like $page->{body}, qr/<option value="[^"]* → M">M \(-€3\.00\)</, 'what it can be exchanged for, if it is cheaper';
unlike $page->{body}, qr/XL/, 'and nothing that is dearer';
like $page->{body}, qr/We pay for &lt;it&gt;\./, 'and who pays for it';
unlike $page->{body}, qr/ordersave_cause"[^>]* required|ordersave_comment"[^>]* required/, 'nobody has to say why';
is OrderSave::Nginx::header($page, 'Cache-Control'), 'no-store, private', 'no cache keeps it';
is $t->http('HEAD', uri($o))->{status}, 200, 'a HEAD';
$t->settled;
is_deeply back($o), {}, 'neither asks for anything';
my $before = $t->record($o);
for my $case ([{item_0 => 0}, qr/Please choose how many/, 'nothing'], [{item_0 => 3}, qr/Please choose how many/, 'more than was bought'],
    [{want => ''}, qr/Please choose what you would like/, 'no way'], [{want => 'gold'}, qr/Please choose what you would like/, 'one that is none'],
    [{want => 'exchange', instead_0 => 'Gold'}, qr/can no longer be had|cannot be had any more/, 'what cannot be had'],
    [{item_0 => '-1'}, qr/Please choose how many/, 'less than nothing'], [{item_0 => '99999999999999999999'}, qr/Please choose how many/, 'a number without end']) {
    my $again = form($o, comment => 'my <words>', %{$case->[0]});
    is $again->{status}, 400, $case->[2];
    like $again->{body}, $case->[1], 'is to be mended';
    like $again->{body}, qr/>my &lt;words&gt;</, 'with what was typed';
}
$t->settled;
is_deeply $t->record($o), $before, 'and nothing happened';

like $page->{body}, qr/You may like these instead.*href="[^"]*\/p\/24"><bdi>Green tea<\/bdi>.*€7\.50/s, 'products that fit stand under the form';
unlike $page->{body}, qr/ordersave_photo/, 'no photo is asked for that has no place';

# an exchange, approved by a person

my $approve = asked($o, want => 'exchange', instead_0 => "$name → M", cause => 'too_large', comment => 'my <words>');
is form($o, want => 'exchange', comment => 'again')->{status}, 303, 'the same form once more';
is form($o, want => 'refund', n => 7)->{status}, 409, 'and a stale one';
$t->settled;
is scalar @{$t->track($o)->{returns}}, 1, 'ask for nothing else';
my $one = back($o);
is "$one->{want} $one->{lines}[0]{n} $one->{lines}[0]{instead} $one->{amount}", 'exchange 1 M 300', 'what it is';
is $one->{lines}[0]{to}{product} . '/' . ($one->{lines}[0]{to}{variation} // ''), 'mugs/13', 'with the store\'s name of it';
my $stands = page($o);
like $stands->{body}, qr/You have asked to send this back/, 'the page says how it stands';
unlike $stands->{body}, qr/ordersave_want/, 'and asks for no other meanwhile';
like panel($o), qr/You have asked to send this back.*<bdi>\Q$name\E<\/bdi> ×&nbsp;1 → <bdi>M<\/bdi>/s, 'the panel, too';
like mail($o, 'We have your return request')->{text}, qr/\Q$name\E ×\x{a0}?\s?1 → M.*€3\.00 back/s, 'and a mail';
my ($task) = $t->mails(1, subject => "A return: order $o->{order}{number}");
like $task->{text}, qr/\Q$name\E ×\x{a0}1 → M/, 'support reads what';
like $task->{text}, qr/Too large/, 'why';
like $task->{text}, qr/my <words>/, 'and the buyer\'s words';
is $task->{reply_to}, $o->{order}{billing}{email}, 'to whom it can write';
unlike $task->{text}, qr/approve/, 'without the link that decides';
my $look = $t->get($approve);
utf8::decode($look->{body});
like $look->{body}, qr/Exchange.*\Q$name\E<\/bdi> ×&nbsp;1 → <bdi>M.*my &lt;words&gt;/s, 'its page says what is asked for';
is $t->http('HEAD', $approve)->{status}, 200, 'whoever only looks';
is $t->post($approve, [[ordersave_do => 'approve'], [ordersave_code => 'a guess']])->{status}, 403, 'or guesses';
$t->settled;
is back($o)->{state}, 'asked', 'decides nothing';
is answer($approve, 'approve', comment => 'Gladly')->{status}, 200, 'approved';
ok becomes($o, 'approved'), 'so it is';
is answer($approve, 'decline')->{status}, 409, 'once';
my $yes = mail($o, 'You can send it back');
like $yes->{text}, qr/Gladly.*Use the box\..*We pay for <it>\..*https:\/\/shop\.test\/label\//s, 'the buyer reads how';
like panel($o), qr/You can send this back.*Gladly.*Use the box\..*We pay for &lt;it&gt;\..*href="\/label\/"/s, 'and sees it on the panel';
my $rest = page($o);
like $rest->{body}, qr/You can send this back.*name="ordersave_item_0".*<option value="1"[^>]*>1<\/option>\n<\/select>/s, 'the other one may follow';

is form($o, n => 7)->{status}, 409, 'by a form that knows of it';
is form($o, want => 'credit')->{status}, 303, 'one of before';
$t->settled;
is scalar @{$t->track($o)->{returns}}, 1, 'asks for nothing else';

# it is not advertised to, nor asked for stars

$t->elapse(3600);
$t->settled;
is none($o, 'How do you like'), 0, 'nobody is asked for a review meanwhile';

# declined

is form($o, n => 2)->{status}, 303, 'the other one';
ok $t->wait_for('it', sub { @{$t->track($o)->{returns}} == 2 }), 'is another return';
my ($second) = grep { $_ ne $approve } map { $_->{text} =~ m{https://shop\.test(/ordersave/approve/\S+)} } $t->mails(2, subject => "Approve or decline: order $o->{order}{number}");
is answer($approve, 'approve')->{status}, 409, 'of which an old link says nothing';
is answer($second, 'decline', comment => 'Too <late>')->{status}, 200, 'declined';
ok becomes($o, 'declined'), 'so it is';
like mail($o, 'About your return')->{text}, qr/Too <late>/, 'with the reason';
like panel($o), qr/We cannot take this back.*Too &lt;late&gt;/s, 'on the panel as well';
like page($o)->{body}, qr/name="ordersave_item_0"/, 'what was declined may be asked for anew';

# money back, and the store says that it is paid

my $paid = arrived();
answer(asked($paid, item_0 => 2), 'approve');
ok becomes($paid, 'approved'), 'money back';
like mail($paid, 'You can send it back')->{text}, qr/€56\.00 back within 14 days/, 'and how much';
like page($paid)->{body}, qr/nothing left of this order/, 'nothing is left to send back';
is form($paid, n => 2)->{status}, 409, 'nor can be asked for';
my ($status) = $t->{demo}->api('POST', '/orders/' . $t->id($paid) . '/refunds', {amount => '20.00'});
$t->webhook({%{$t->shop($paid)}, date_modified_gmt => OrderSave::Track::iso(time + 5) =~ s{Z$}{}r});
ok becomes($paid, 'refunded'), 'the store has paid it back' or diag $status;
like mail($paid, 'Paid back for your return')->{text}, qr/€20\.00/, 'which the buyer hears';
like panel($paid), qr/We have paid back €20\.00/, 'and sees';

# store credit, with a code of the ledger that is this buyer's own

my $credit = arrived();
my $uri = asked($credit, want => 'credit');
ok !(grep { $_->{line} =~ m{POST \S*/coupons} } @{$t->{demo}->requests}), 'no coupon yet';
answer($uri, 'approve');
ok $t->wait_for('the code', sub { back($credit)->{code} }), 'approved';
like back($credit)->{code}, qr/^CREDIT\d$/, 'a code of the ledger';
my ($made) = map { decode_json($_->{body}) } grep { $_->{line} =~ m{POST \S*/coupons} } @{$t->{demo}->requests};
is_deeply $made, {code => back($credit)->{code}, amount => '30.80', discount_type => 'fixed_cart', usage_limit => 1, email_restrictions => [$credit->{order}{billing}{email}]},
    'the store has it, with the bonus and bound to the buyer';
like mail($credit, 'You can send it back')->{text}, qr/€30\.80 as store credit.*CREDIT\d \(good until /s, 'the buyer has it';
like panel($credit), qr/<bdi>CREDIT\d<\/bdi>/, 'and finds it again';
unlike $t->get('/ordersave/track/' . $t->sign({p => 'track', s => 'shop', o => '' . $t->id($credit), v => 'link', g => $t->track($credit)->{links} // 0, x => time + 600}))->{body}, qr/CREDIT\d/, 'whoever has a link does not';

# tax is in what was paid

my $taxed = arrived(vat => 19);
like page($taxed)->{body}, qr/€28\.00 each, or €30\.80 as store credit.*Up to €56\.00.*Up to €61\.60/s, 'with the tax that the store keeps apart';

# where it is refused

my $early = sold();
like page($early)->{body}, qr/has not arrived yet/, 'not before it has arrived';
is form($early)->{status}, 409, 'a form of no page';
my $late = arrived(ago => 32 * 86400);
like page($late)->{body}, qr/The last day for this order was/, 'nor after the last day';
is form($late)->{status}, 409, 'not by a form either';
like $_, qr/\A(?!.*ordersave\/return)/s, 'and no link leads there' for panel($early), panel($late);
is $t->get(uri($o, v => 'steps'))->{status}, 403, 'nor by a postcode alone';
is $t->get(uri($o, x => time - 1))->{status}, 403, 'an old link';
is $t->get(uri($o, g => 7))->{status}, 403, 'one of a buyer before';
is $t->get(uri($o, p => 'track'))->{status}, 403, 'one that was made for another page';
my $gift = arrived();
my $record = $t->record($gift);
$t->redis('SET', $t->order_key($t->id($gift)), encode_json({%$record, gift => JSON::PP::true}));
unlike page($gift, v => 'link')->{body}, qr/\Q$name\E|ordersave_want/, 'what is in a gift not everybody reads';
like page($gift)->{body}, qr/\Q$name\E/, 'the buyer does';
$t->settled;
is_deeply [map { back($_) } $early, $late], [{}, {}], 'nothing is asked for';

# two at the same moment, before any worker knows: one counts

my $twice = arrived();
$t->kill_now('worker');
is form($twice, item_0 => 2)->{status}, 303, 'two at once';
is form($twice, want => 'credit')->{status}, 303, 'are one';
like page($twice)->{body}, qr/You have asked to send this back.*×&nbsp;2/s, 'which the page knows, though no worker does';
$t->start_worker;
ok becomes($twice, 'asked'), 'asked';
$t->settled;
is join(' ', map { "$_->{want} $_->{lines}[0]{n}" } @{$t->track($twice)->{returns}}), 'refund 2', 'once';

# two that see nothing of each other: Redis has the last word

my $race = arrived();
$t->redis('CLIENT', 'PAUSE', 700, 'WRITE');
my @both = map {
    my $body = "ordersave_item_0=1&ordersave_want=$_&ordersave_n=1";
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die $!;
    print $socket 'POST ' . uri($race) . " HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    $socket->flush;
    $socket;
} qw(refund credit);
is join(' ', map { local $/; <$_> =~ m{^HTTP/1\.\d (\d+)} ? $1 : 'none' } @both), '303 303', 'both are led to the page';
ok becomes($race, 'asked'), 'that says what is asked for';
$t->settled;
is scalar @{$t->track($race)->{returns}}, 1, 'once';

# the store takes it in by itself; what it refuses a person answers

restart(returns => {%$returns, by => 'api'}, actions => {return => $enter});
my $api = arrived();
is form($api, want => 'exchange', instead_0 => "$name → M")->{status}, 303, 'by the store itself';
ok becomes($api, 'approved'), 'at once';
my ($entered) = map { $_->{value} } grep { $_->{key} eq '_return' } @{$t->shop($api)->{meta_data}};
like $entered, qr/^exchange: \Q$name\E x1 M\d+;$/, 'its order says so, with its own line';
ok mail($api, 'You can send it back')->{text}, 'and the buyer hears of it';
is scalar($t->mails(0, subject => "Approve or decline: order $api->{order}{number}")), 0, 'nobody is asked';
my $no = arrived();
$t->store_fault(match => 'PUT /wp-json/.*', times => 9, status => 400);
is form($no)->{status}, 303, 'the store says no';
my $hand = approve_uri($no);
ok $hand, 'so a person is asked';
$t->store_fault();
is answer($hand, 'approve')->{status}, 200, 'who approves';
ok becomes($no, 'approved'), 'and does it';
ok mail($no, 'You can send it back')->{text}, 'the buyer hears of it';

# what is off the whole order is off each piece: over all returns no more is given back
# than was paid for the goods, and the bonus on it

my $less = sold();
$t->{demo}->api('PUT', '/orders/' . $t->id($less), {fee_lines => [{name => 'Thank you', total => '-20.00', tax_status => 'none'}]});
$t->webhook($t->shop($less));
ok $t->wait_for('the new total', sub { $t->record($less)->{total} == 4090 }), 'twenty off two pieces of 28.00';
$t->ship($less, "R$n");
$t->wait_for('the parcel', sub { $t->parcel($less, "R$n") });
$t->aftership("R$n", 'Delivered', at => time);
$t->wait_for('its arrival', sub { ($t->track($less)->{milestone} // '') eq 'delivered' });
for my $left (36, 18) {
    like page($less)->{body}, qr/€18\.00 each, or €19\.80 as store credit.*Up to €$left\.00.*Up to €@{[$left * 1.1]}/s, 'each is worth 18.00, and no more';
    is form($less, want => 'credit', n => $left == 36 ? 1 : 2)->{status}, 303, 'a credit for one of them';
    ok $t->wait_for('the credit', sub { (back($less, -1)->{code} // '') && @{$t->track($less)->{returns}} == ($left == 36 ? 1 : 2) }), 'which the store makes';
}
is_deeply [map { $_->{amount} } grep { my $made = $_; grep { $_->{code} eq $made->{code} } @{$t->track($less)->{returns}} }
    map { decode_json($_->{body}) } grep { $_->{line} =~ m{POST \S*/coupons} } @{$t->{demo}->requests}], ['19.80', '19.80'], 'for what was paid, and the bonus on it';

# a shop's own desk: a webhook instead of the mail

$t->write('hook', "hook-secret\n");
$t->start_upstream(sub { "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" });
my $hook = "http://127.0.0.1:$t->{upstream_port}/hook";
$t->{upstream_port} = $store_port;
restart(returns => $returns, webhooks => [{url => $hook, secret_file => $t->path('hook'), events => ['return']}]);
my $desk = arrived();
form($desk, comment => 'for the desk');
my @calls;
ok $t->wait_for('the desk', sub { @calls = map { decode_json($_->{body}) } $t->upstream_requests; @calls }), 'the desk has it';
is "$calls[0]{event} $calls[0]{return}{want} $calls[0]{return}{comment}", 'return refund for the desk', 'whole';
$t->settled;
is scalar($t->mails(0, subject => "A return: order $desk->{order}{number}")), 0, 'and no mail goes to support';
is answer($calls[0]{approve_url} =~ s{^https://shop\.test}{}r, 'approve')->{status}, 200, 'with the link that decides';
ok $t->wait_for('the second call', sub { @calls = map { decode_json($_->{body}) } $t->upstream_requests; @calls > 1 }), 'it hears of that, too';
is $calls[1]{return}{state}, 'approved', 'as it is now';

# a photo, where the campaign takes some and nginx has a place for them

mkdir $t->path('photos');
$t->kill_now('nginx', 'QUIT');
campaign(returns => {%$returns, photos => JSON::PP::true});
$t->kill_now('worker');
$t->start_worker;
$t->start_nginx(server => $t->woo . "client_max_body_size 10m; ordersave_photos $t->{dir}/photos max=20k;");
sub segment { my ($marker, $data) = @_; return pack('C2n', 0xff, $marker, 2 + length $data) . $data }
my $jpeg = "\xff\xd8" . segment(0xe0, "JFIF\0" . pack('C9', 1, 1, 0, 0, 1, 0, 1, 0, 0)) . segment(0xe1, 'Exif: at home') . segment(0xdb, pack 'C65', 0, (16) x 64)
    . segment(0xc0, pack 'CnnC4', 8, 480, 640, 1, 1, 0x11, 0) . segment(0xda, pack 'C6', 1, 1, 0, 0, 63, 0) . "\x12\x34\xff\xd9";
sub with_photo {
    my ($o, $photo, %f) = @_;
    %f = (want => 'refund', item_0 => 1, n => 1, comment => 'see <it>', %f);
    my $body = join '', (map { "--x7\r\nContent-Disposition: form-data; name=\"ordersave_$_\"\r\n\r\n$f{$_}\r\n" } sort keys %f),
        "--x7\r\nContent-Disposition: form-data; name=\"ordersave_photo\"; filename=\"x.jpg\"\r\n\r\n$photo\r\n--x7--\r\n";
    return $t->http('POST', uri($o), headers => ['Content-Type: multipart/form-data; boundary=x7'], body => $body);
}
my $seen = arrived();
like page($seen)->{body}, qr/enctype="multipart\/form-data".*name="ordersave_photo"/s, 'a photo may go along';
for my $case (['GIF89a', 'of another kind'], [$jpeg . 'x' x 30000, 'one that is too large'], ['x' x 400000, 'far too large']) {
    my $again = with_photo($seen, $case->[0]);
    is $again->{status}, 400, $case->[1];
    like $again->{body}, qr/role="alert" id="ordersave-fault"/, 'is said';
}
is with_photo($seen, $jpeg, want => '')->{status}, 400, 'a form that is to be mended';
is_deeply [glob $t->path('photos/*')], [], 'none of them is kept';
is with_photo($seen, $jpeg)->{status}, 303, 'one that will do';
ok becomes($seen, 'asked'), 'goes along';
is back($seen)->{comment}, 'see <it>', 'with the words';
my $kept = $t->read('photos/' . back($seen)->{photo});
unlike $kept, qr/at home/, 'stripped of what it tells beside the picture';
my ($shown) = $t->mails(1, subject => "A return: order $seen->{order}{number}");
my ($photo_uri) = $shown->{text} =~ m{https://shop\.test(/ordersave/photo/\S+)};
is $t->get($photo_uri)->{body}, $kept, 'support sees it';
my $without = arrived();
is with_photo($without, '')->{status}, 303, 'none has to';
ok becomes($without, 'asked'), 'go along';

# the block of a page about returns

sub block { my ($rc, $out, $err) = $t->ctl('render', 'block_returns', '-k', 'html'); diag $err if $rc; return $out }
like block(), qr{<a href="/ordersave/return">Return or exchange something</a>}, 'the block about returns leads to the form';

# from a shell, and erased

restart(returns => $returns, requests => {answer_within => '24h'});
my $shell = arrived();
asked($shell, comment => 'secret words');
$t->elapse(12 * 3600 + 60);
my ($remind) = $t->mails(1, subject => "Still waiting for your answer: order $shell->{order}{number}");
like $remind->{text}, qr{https://shop\.test/ordersave/approve/.*secret words}s, 'support is reminded of what waits, with the link';
is $remind->{reply_to}, undef, 'which no answer quotes';
like +($t->ctl('request', 'show', $t->id($shell)))[1], qr/secret words/, 'ctl shows it';
like +($t->ctl('explain', $t->id($shell)))[1], qr/^return: waits, last asked$/m, 'explain says how it stands';
is +($t->ctl('request', 'decline', $t->id($shell), 'No'))[0], 0, 'and declines';
ok becomes($shell, 'declined'), 'so it is';
ok $t->redis('EXISTS', $t->key('return:shop/' . $t->id($shell), 'shop/' . $t->id($shell))), 'what is kept of it';
is +($t->ctl('erase', $shell->{order}{billing}{email}))[0], 0, 'is erased';
my @left = grep { ($t->redis('TYPE', $_) // '') eq 'string' && ($t->redis('GET', $_) // '') =~ /secret words/ } @{$t->redis('KEYS', '*')};
is_deeply \@left, [], 'with the words';

# off: nothing changes

restart(returns => undef);
my $off = arrived();
is page($off)->{status}, 404, 'without it there is no page';
is $t->get('/ordersave/return')->{status}, 404, 'nor a form';
unlike panel($off), qr/ordersave\/return|Send something back/, 'nor a link on the panel';
my ($plain) = $t->mails(1, to => $off->{order}{billing}{email}, subject => 'Delivered: your order');
unlike $plain->{text}, qr/ordersave\/return/, 'nor in a mail';

unlike block(), qr/ordersave\/return/, 'nor in the block';
unlike +($t->ctl('explain', $t->id($off)))[1], qr/^return:/m, 'nor does explain speak of it';

$t->stop;
done_testing;
