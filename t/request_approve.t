# What a buyer asks for is approved or declined by the shop's people, with one
# click from a mail: page, mail, order of the store, mail to the buyer. Once.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $code = 'the code of support';
my %match = (id => 'match', reasons => ['*'], give => {request => {for => 'match', off => {percent => '20'}}});
my $t = OrderSave::Worker->new;
$t->start_upstream(sub { "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" });
my $hook = "http://127.0.0.1:$t->{upstream_port}/hook";
$t->{overrides} = {%{$t->{overrides} // {}}, webhooks => [{url => $hook, secret_file => $t->write('hook', "a secret of the shop\n"),
    events => ['accepted', 'verdict']}], requests => {answer_within => '24h'}, site => 'https://shop.test', offers => [
    \%match, {id => 'swap', reasons => ['*'], give => {request => {for => 'swap'}}}]};
$t->start(no_worker => 1);
$t->write('keys', $t->read('keys') . "support:$code\n");
$t->configure(share => $t->{share});    # the mails that come with ordersave
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{note} = [{method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/notes', body => {note => '{{note}}'}}];
$t->write('campaign.json', encode_json($campaign));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo . <<'EOT');
ordersave_staff $arg_user;
EOT

# A buyer who has asked; (order, the address of the page in support's mail).
sub asks {
    my ($offer, %o) = @_;
    my $o = $t->buy(customer => 'ada', %o);
    $t->accept($o, offer => $offer, kind => 'request', terms => {give => 'request', for => $offer},
        said => {$offer eq 'match' ? (url => 'other.example', price => '20') : (size => '42')}, reason => 'better_price');
    my ($mail) = $t->mails(1, subject => "Approve or decline: order $o->{order}{number}");
    my ($uri) = $mail->{text} =~ m{https://shop\.test(/ordersave/approve/\S+)};
    return ($o, $uri, $mail);
}
sub answer { my ($uri, $do, %more) = @_; return $t->post($uri, [[ordersave_do => $do], map { ["ordersave_$_" => $more{$_}] } sort keys %more]) }
sub buyer { my ($o, $subject) = @_; return $t->mails(0, to => $o->{order}{billing}{email}, subject => $subject) }
sub fees { my ($o) = @_; return join ' ', map { "$_->{name} $_->{total}" } @{$t->shop($o)->{fee_lines}} }

# a price that is matched

my ($o, $uri, $mail) = asks('match', billing => {email => 'one@shop.test'});
ok $uri, 'support has a link' or diag $mail->{text};
like $t->get($o->{cancel_url} =~ s{^https?://[^/]+}{}r)->{body}, qr/You will have an answer by/, 'the page of the buyer promises when';
is $mail->{reply_to}, undef, 'in a mail that no answer quotes to the buyer';
like $mail->{text}, qr/other\.example/, 'with what was asked for';
my $page = $t->get($uri);
is $page->{status}, 200, 'the page';
like $page->{body}, qr/other\.example/, 'says what is asked for';
like $page->{body}, qr/name="ordersave_amount"/, 'and asks how much';
like $page->{body}, qr/name="ordersave_code"/, 'and for the code';
unlike $page->{body}, qr/one\@shop/, 'and tells no address';
my ($most) = $page->{body} =~ /at most [^)]*?([\d.]+)\)/;
ok $most, 'and how much at most';
is fees($o), '', 'a GET changes nothing';
is $t->http('HEAD', $uri)->{status}, 200, 'nor does a HEAD';

is answer($uri, 'approve', amount => '4.00', code => 'a guess')->{status}, 403, 'a wrong code';
is answer($uri, 'approve', code => $code)->{status}, 400, 'no amount';
my $much = answer($uri, 'approve', amount => $most + 1, code => $code, comment => 'my <words>');
is $much->{status}, 400, 'too much';
like $much->{body}, qr/aria-invalid="true"/, 'which the page says';
like $much->{body}, qr/>my &lt;words&gt;</, 'with what was typed';
is answer($uri, '', code => $code)->{status}, 400, 'no button';
ok $t->settled, 'all of that';
is fees($o), '', 'changes nothing';

sub notes { my ($o) = @_; my (undef, $list) = $t->{demo}->api('GET', "/orders/$o->{order}{id}/notes"); return join ' / ', map { $_->{note} } @{$list // []} }
like notes($o), qr/do not ship this order before support has answered/, "the store's order says that somebody waits";
my $yes = answer($uri, 'approve', amount => '4.00', code => $code, comment => 'As they <have> it');
is $yes->{status}, 200, 'the amount, and the code';
like $yes->{body}, qr/role="status">This request is approved/, 'is approved';
unlike $yes->{body}, qr/ordersave_do/, 'with no button left';
ok $t->wait_for('the change', sub { ($t->decision($o)->{applied} // '') eq 'done' }), 'and applied';
is fees($o), 'Discount -4.00', 'once, by so much';
my ($applied) = $t->mails(1, to => 'one@shop.test', subject => 'is applied');
like $applied->{text}, qr/€4\.00 off this order/, 'the buyer reads how much';
like $applied->{text}, qr/As they <have> it/, 'and what the shop writes';
like $applied->{html}, qr/As they &lt;have&gt; it/, 'as text';

like notes($o), qr/What the customer asked for has been answered/, 'which it does no more';

for my $do (qw(approve decline)) {
    my $again = answer($uri, $do, amount => '3.00', code => $code);
    is $again->{status}, 409, "a second click: $do";
    like $again->{body}, qr/This request is approved/, 'hears what was decided';
}
ok $t->settled, 'which';
is fees($o), 'Discount -4.00', 'changes nothing';

# a help desk hears of both

my @calls;
$t->wait_for('the calls', sub { @calls = map { decode_json($_->{body}) } $t->upstream_requests; @calls >= 2 });
is join(' ', map { $_->{event} } @calls), 'accepted verdict', 'the shop\'s own system hears of both';
is $t->get($calls[0]{approve_url} =~ s{^https://shop\.test}{}r)->{status}, 200, 'with a link to the page';
is_deeply $calls[1]{decision}{verdict}, {approved => JSON::PP::true, amount => 400, comment => 'As they <have> it', at => $calls[1]{decision}{verdict}{at}}, 'and what was answered';
is $calls[1]{approve_url}, undef, 'which is over';

# two at the same moment: the first one counts, the second hears of it

($o, $uri) = asks('match', billing => {email => 'two@shop.test'});
$t->kill_now('worker');
is answer($uri, 'decline', code => $code, comment => 'Not this time')->{status}, 200, 'one declines';
my $second = answer($uri, 'approve', amount => '4.00', code => $code);
is $second->{status}, 409, 'before anybody knows, another approves';
like $second->{body}, qr/This request is declined/, 'and hears that it is declined';
$t->start_worker;
my ($no) = $t->mails(1, to => 'two@shop.test', subject => 'About your request');
like $no->{text}, qr/Not this time/, 'the buyer reads it';
like $no->{text}, qr/you still can/, 'and what is left to do';
ok $t->settled, 'all';
is fees($o), '', 'is as it was';
is $t->decision($o)->{state}, 'withdrawn', 'and the request is over';

# what needs no amount is done by whoever approves it

($o, $uri) = asks('swap', billing => {email => 'three@shop.test'});
unlike $t->get($uri)->{body}, qr/ordersave_amount/, 'no amount is asked for';
is answer($uri, 'approve', code => $code)->{status}, 200, 'approved';
my ($done) = $t->mails(1, to => 'three@shop.test', subject => 'Yes to your request');
like $done->{text}, qr/Another size, colour or quantity\nSize: 42/, 'the buyer reads what';
is $t->record($o)->{save}{decision}{applied}, 'done', 'it is done';
is $t->record($o)->{save}{decision}{saved}, undef, 'an unpaid order is saved when it is paid';

# who may answer

($o, $uri) = asks('swap');
is answer("$uri?user=", 'approve')->{status}, 403, 'nginx knows nobody, and no code';
unlike $t->get("$uri?user=eve")->{body}, qr/ordersave_code/, 'whoever nginx knows needs none';
is answer("$uri?user=eve", 'decline')->{status}, 200, 'and answers';
ok $t->settled, 'which';
is $t->record($o)->{save}{decision}{verdict}{by}, 'eve', 'is noted with the name';

($o, $uri) = asks('match');
is answer($uri, 'decline', code => "wrong $_")->{status}, 403, "wrong $_" for 1 .. 5;
is answer($uri, 'approve', amount => '1.00', code => $code)->{status}, 429, 'after five the right one does not help either';
my $ttl = $t->redis('TTL', $t->key('verdicts:' . "shop/$o->{order}{id}", "shop/$o->{order}{id}"));
ok $ttl > 3000 && $ttl <= 3600, 'for an hour';
is answer("$uri?user=eve", 'decline')->{status}, 200, 'but whoever nginx knows is not kept out by that';
is $t->get('/ordersave/approve/' . ($uri =~ m{([^/]+)$})[0] . 'x')->{status}, 403, 'a forged link is none';

# nobody answers: support is reminded, then the buyer is told

($o, $uri) = asks('swap', billing => {email => 'four@shop.test'});
$t->elapse(12 * 3600 + 60);
ok $t->settled, 'after half the time';
my ($remind) = $t->mails(1, subject => "Still waiting for your answer: order $o->{order}{number}");
like $remind->{text}, qr/promised by/, 'support is reminded, and until when';
is $remind->{reply_to}, undef, 'with the link, to nobody else';
is scalar(buyer($o, 'still open')), 0, 'the buyer is not told yet';
$t->elapse(12 * 3600);
my ($late) = $t->mails(1, to => 'four@shop.test', subject => 'is still open');
like $late->{text}, qr/you still can/, 'then the buyer reads that nobody has answered, and what is left';
is answer($uri, 'approve', code => $code)->{status}, 200, 'it can be answered all the same';
unlike $t->get($o->{cancel_url} =~ s{^https?://[^/]+}{}r)->{body}, qr/You will have an answer by/, 'and nothing is promised any more';
ok $t->mails(1, to => 'four@shop.test', subject => 'Yes to your request'), 'and is';

# an answer in time leaves nobody reminded

($o, $uri) = asks('swap', billing => {email => 'five@shop.test'});
is answer($uri, 'approve', code => $code)->{status}, 200, 'answered in time';
ok $t->settled, 'so that';
$t->elapse(30 * 3600);
ok $t->settled, 'nobody';
is scalar($t->mails(0, subject => "Still waiting for your answer: order $o->{order}{number}")), 0, 'is reminded';
is scalar(buyer($o, 'still open')), 0, 'nor told that nobody has';

# from a shell

($o, $uri) = asks('match', billing => {email => 'shell@shop.test'});
my $n = $o->{order}{id};
like +($t->ctl('request', 'show', $n))[1], qr/other\.example.*to be approved with an amount of at most \S+ EUR/s, 'ctl: what is asked for';
like +($t->ctl('request', 'approve', $n))[2], qr/expected an amount of at most/, 'ctl: no amount';
is +($t->ctl('request', 'approve', $n, '4000'))[0], 2, 'ctl: too much';
is +($t->ctl('request', 'approve', $n, '4.00'))[0], 0, 'ctl: approved';
ok $t->wait_for('the change', sub { ($t->decision($o)->{applied} // '') eq 'done' }), 'ctl: and applied';
is fees($o), 'Discount -4.00', 'ctl: once';
my ($rc, undef, $why) = $t->ctl('request', 'decline', $n, 'No');
is $rc, 1, 'ctl: a second answer';
like $why, qr/answered before/, 'ctl: is told so';
($o, $uri) = asks('swap', billing => {email => 'shell2@shop.test'});
is +($t->ctl('request', 'approve', $o->{order}{id}, '4.00'))[0], 2, 'ctl: an amount where nothing comes off';
is +($t->ctl('request', 'decline', $o->{order}{id}, 'Not in stock'))[0], 0, 'ctl: declined';
like +($t->mails(1, to => 'shell2@shop.test', subject => 'About your request'))[0]{text}, qr/Not in stock/, 'ctl: with words';
is +($t->ctl('request', 'show', $t->buy(customer => 'bob')->{order}{id}))[0], 1, 'ctl: an order of which nothing was asked';

like +($t->ctl('check'))[1], qr/requests are answered by whoever types the key file's code/, 'check says who answers';

# an order that is cancelled meanwhile

($o, $uri) = asks('match', billing => {email => 'six@shop.test'});
my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->webhook($gone);
ok $t->wait_for('the cancel', sub { $t->decision($o)->{state} eq 'withdrawn' }), 'cancelled meanwhile';
like $t->get($uri)->{body}, qr/This request is over/, 'the page says so';
is answer($uri, 'approve', amount => '1.00', code => $code)->{status}, 409, 'and takes no answer';

$t->stop;
done_testing;
