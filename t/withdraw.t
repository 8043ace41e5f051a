# A consumer withdraws from a contract, end to end (Directive 2011/83/EU,
# article 11a): two steps, an acknowledgement with the words, the date and the
# time; Redis may be away; a stranger changes nothing; the evidence holds.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Track->new(campaign => {site => 'https://shop.test', utc_offset => '+01:00', withdrawal => {then => 'store', except => {categories => ['food']}},
    review => {after => '1h'}, recommend => {}, follow_up => {}, track => {messages => {delivered => {email => JSON::PP::true}}}, returns => {days => 30, refund => {days => 14}, by => 'api'}});
$t->start(no_worker => 1, redis => {aof => 1});
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{cancel} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {status => 'cancelled'}}];
$campaign->{api}{actions}{return} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {meta_data => [{key => '_return', value => '{{#return.lines}}{{name}} x{{n}};{{/return.lines}}'}]}}];
$t->write('campaign.json', encode_json($campaign));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

my $n = 0;
sub bought { my (%o) = @_; ++$n; my $o = $t->buy(customer => 'ada', status => 'processing', items => [{product => 12, quantity => 2}, {product => 15, quantity => 1}],
    billing => {email => "buyer$n\@shop.test", first_name => 'Ada', country => 'DE'}, consent => {email => 'yes'}, %o); $t->settled; return $o }
sub sent { my $o = bought(@_); $t->ship($o, "W$n"); $t->wait_for('its parcel', sub { $t->parcel($o, "W$n") }); $t->settled; return $o }
sub link_to { my ($o, %more) = @_; return '/ordersave/withdraw/' . $t->sign({p => 'withdraw', s => 'shop', o => '' . $t->id($o), v => 'owner', g => $t->track($o)->{links} // 0, x => time + 600, %more}) }
sub text { my ($r) = @_; utf8::decode($r->{body}); return $r->{body} }
# what the page has beside what is chosen
sub hidden { my ($uri) = @_; my $b = text($t->get($uri)); my %f = $b =~ /<input type="hidden" name="ordersave_(\w+)" value="([^"]*)">/g; return %f }
sub say_it {
    my (%f) = @_;
    my $uri = delete $f{uri} // '/ordersave/withdraw';
    my %form = (name => 'Ada Lovelace', email => "typed$n\@post.test", lang => 'en', do => 'confirm', %f);
    return $t->post($uri, [map { ["ordersave_$_" => $form{$_}] } sort keys %form]);
}
sub withdrawn { my ($o) = @_; return $t->track($o)->{withdrawn} // {} }
sub becomes { my ($o, $said) = @_; return $t->wait_for("$said statements", sub { @{withdrawn($o)->{said} // []} == $said }, sub { encode_json(withdrawn($o)) }) }
sub statements { my (undef, $out) = $t->ctl('withdrawals', 'list'); utf8::decode($out); return split /\n/, $out }
sub page { my ($o) = @_; return text($t->get('/ordersave/track/' . $t->sign({p => 'track', s => 'shop', o => '' . $t->id($o), v => 'owner', g => $t->track($o)->{links} // 0, x => time + 600}))) }
sub store_has { my ($o) = @_; return join '|', map { $_->{value} } grep { $_->{key} eq '_return' } @{$t->shop($o)->{meta_data}} }

# two steps, and nothing in between

my $r = $t->get('/ordersave/withdraw?lang=de');
is $r->{status}, 200, 'the form';
like text($r), qr{<html lang="de".*<h1>Vertrag widerrufen</h1>.*name="ordersave_name".*name="ordersave_contract".*name="ordersave_email"}s, 'in the language of the page that leads to it';
is OrderSave::Nginx::header($r, 'Cache-Control'), 'no-store, private', 'no cache keeps it';
is scalar(() = $r->{body} =~ /\brequired\b/g), 3, 'three things are asked for';
is $t->http('HEAD', '/ordersave/withdraw')->{status}, 200, 'a HEAD';
like text($t->get('/ordersave/withdraw?lang=xx')), qr/<html lang="en"/, 'a language that is none is the shop\'s';
$r = say_it(contract => 'the <b>lamp</b> of May', do => 'check', lang => 'de');
is $r->{status}, 200, 'what it says';
like text($r), qr{Hiermit widerrufe ich.*the &lt;b&gt;lamp&lt;/b&gt; of May.*<button[^>]*value="confirm">Widerruf bestätigen</button>}s, 'is read again, with the button of the law';
is scalar(() = $r->{body} =~ /<button/g), 1, 'one button';
unlike $r->{body}, qr/type="(?:radio|checkbox)"|<textarea|ordersave_offer|<script/, 'no offer, no question';
for my $case ([{name => ''}, 'name'], [{contract => ' '}, 'contract'], [{email => 'ada'}, 'email'], [{email => "a\@b.test\r\nBcc: x\@y.test"}, 'email']) {
    my $again = say_it(contract => '19', %{$case->[0]});
    is $again->{status}, 400, "without $case->[1]";
    like $again->{body}, qr/id="ordersave-wrong-$case->[1]"[^>]* role="alert"/, 'it is said where';
}
is $t->http('POST', '/ordersave/withdraw', body => 'x' x 70000, headers => ['Content-Type: application/x-www-form-urlencoded'])->{status}, 413, 'more than a form has';
is $t->http('POST', '/ordersave/withdraw', body => "ordersave_name=%ff%fe&ordersave_contract=%00&ordersave_do=confirm")->{status}, 400, 'bytes that are no text';
is $t->http('PUT', '/ordersave/withdraw')->{status}, 405, 'another method';
is $t->get('/ordersave/withdraw/k1.nonsense.xx')->{status}, 200, 'a link that is no good leads to the form';
$t->settled;
is_deeply [statements()], [], 'and nothing was stated';

# whatever can be read is taken in; what matches nothing a person reads

my $before = time;
$r = say_it(contract => 'the lamp of May, see https://evil.test/x', name => 'Eve <www.evil.test>', email => 'eve@post.test', lang => 'de');
is $r->{status}, 200, 'stated';
like text($r), qr{<h1>Ihr Widerruf ist eingegangen</h1>.*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\+01:00)}s, 'the page says so, and when';
my ($moment) = text($r) =~ /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\+01:00)/;
my ($ack) = $t->mails(1, to => 'eve@post.test', subject => 'Eingangsbestätigung Ihres Widerrufs');
like $ack->{text}, qr/Eve.*the lamp of May/s, 'the acknowledgement has the words';
like $ack->{text}, qr/\Q$moment\E/, 'and the same date and time';
unlike $_, qr{https://evil|www\.evil\.test|href=}, 'and no link of the sender\'s' for $ack->{text}, $ack->{html};
my ($task) = $t->mails(1, to => 'help@shop.test', subject => 'A withdrawal that matches no order');
like $task->{text}, qr{the lamp of May, see https://evil\.test/x.*}s, 'support reads it as it was written';
my $known = say_it(contract => '1', name => 'Eve', email => 'eve@post.test', lang => 'de');
is $known->{status}, 200, 'a number that is none';

# why: who likes says so afterwards; nobody has to, and nothing depends on it

like text($r), qr{Sie müssen nicht.*<textarea[^>]*name="ordersave_comment"(?![^>]*required).*value="why">Absenden}s, 'the page that says so has a place for a reason';
my %why = text($r) =~ /<input type="hidden" name="ordersave_(why|lang)" value="([^"]*)">/g;
my $why = sub { return $t->post('/ordersave/withdraw', [map { ["ordersave_$_->[0]" => $_->[1]] } [do => 'why'], [lang => 'de'], [why => $_[1] // $why{why}], [comment => $_[0]]]) };
like text($why->('')), qr/Danke, dass Sie/, 'an empty one is none';
$r = $why->("Too <b>dim</b>,\nfor reading.");
is $r->{status}, 200, 'a reason';
like text($r), qr{<h1>Ihr Widerruf ist eingegangen</h1>.*Danke, dass Sie uns den Grund genannt haben}s, 'has thanks';
unlike text($r), qr/<form|<button/, 'and that is the end';
my ($words) = $t->mails(1, to => 'help@shop.test', subject => 'The reason for a withdrawal');
like $words->{text}, qr/without having to.*Too <b>dim<\/b>,\nfor reading\..*the lamp of May/s, 'a person reads it';
unlike $words->{html}, qr/<b>dim/, 'as it was written';
is scalar($t->mails(1, to => 'help@shop.test', subject => 'The reason')), 1, 'once, and no empty one';
is $why->('mine', $why{why} =~ s/.\z/!/r)->{status}, 403, 'a token that is none';
is $why->('mine', $t->sign({p => 'withdraw', s => 'shop', o => '19', v => 'owner', g => 0, x => time + 600}))->{status}, 403, 'or another';
my ($whose) = grep { /Eve/ } statements();
my ($eve) = $whose =~ /(~\S+)/;
my $kept = decode_json(($t->ctl('withdrawals', 'show', $eve))[1]);
is $kept->{why}, "Too <b>dim</b>,\nfor reading.", 'and finds it beside the statement';
ok !exists $kept->{statement}{why}, 'of which it is no part';
like +($t->ctl('withdrawals', 'verify'))[1], qr/^ok/, 'nor of the evidence';
$t->stop_redis;
$r = say_it(contract => 'the chair of June', name => 'Kim', email => 'kim@post.test', lang => 'de');
is $r->{status}, 200, 'Redis is away: another statement';
%why = text($r) =~ /<input type="hidden" name="ordersave_(why|lang)" value="([^"]*)">/g;
is $why->('It creaks.')->{status}, 200, 'and its reason';
$t->start_redis(aof => 1);
ok +($t->mails(1, to => 'help@shop.test', text => 'It creaks.'))[0], 'arrive both';
$t->settled;
my $late = (grep { /Kim/ } statements())[0] =~ /(~\S+)/ ? $1 : '';
is decode_json(($t->ctl('withdrawals', 'show', $late))[1])->{why}, 'It creaks.', 'together';

# a stranger

my $o = sent();
my $number = $o->{order}{number};
$r = say_it(contract => "#$number", name => 'Eve', email => 'eve2@post.test', lang => 'de');
sub bare { my ($r) = @_; my $b = text($r); $b =~ s/\d{4}-\d\d-\d\d [\d:]+|eve2?\@post|(?<=<bdi>)#?\d+(?=<)|value="[^"]*"//g; return "$r->{status} $b" }
is bare($r), bare($known), 'the answer is the same for a number that is one';
ok becomes($o, 1), 'the order hears of it';
ok withdrawn($o)->{whole}, 'all of it is meant';
my ($told) = $t->mails(1, to => $o->{order}{billing}{email}, subject => "A withdrawal from order $number");
like $told->{text}, qr/If it was not, please reply.*Nothing has been changed/s, 'the buyer is told';
my ($which) = $t->mails(1, to => 'help@shop.test', subject => "A withdrawal: order $number");
like $which->{text}, qr/not certain that it is the buyer.*eve2\@post\.test.*End of the period: .*not yet begun/s, 'and support, with all that is needed';
$t->settled;
is store_has($o), '', 'the store is asked for nothing';
is $t->shop($o)->{status}, 'processing', 'nothing is cancelled';
unlike $ack->{text} . $told->{text}, qr/eve2/, 'nobody reads another\'s address';

# nor does it when its buyer says less: only what the buyer said is done

is say_it(uri => link_to($o), contract => $number, hidden(link_to($o)), item_0 => 1, name => 'Ida', email => 'less@post.test', lang => 'en')->{status}, 200, 'the buyer says less than the stranger';
ok $t->wait_for('the store', sub { store_has($o) }), 'the store hears of it';
is store_has($o), $t->record($o)->{items}[0]{name} . ' x1;', 'and of nothing else';
$o = bought();
say_it(contract => $o->{order}{number}, name => 'Eve', email => 'eve3@post.test');
ok becomes($o, 1), 'a stranger, before it leaves';
say_it(uri => link_to($o), contract => $o->{order}{number}, hidden(link_to($o)), item_0 => 1, name => 'Ida', email => 'less@post.test');
ok becomes($o, 2), 'and its buyer, about a part';
$t->settled;
is $t->shop($o)->{status}, 'processing', 'cancel nothing together';
is scalar($t->mails(2, to => 'help@shop.test', subject => "A withdrawal: order $o->{order}{number}")), 2, 'support reads both';
say_it(contract => $o->{order}{number}, name => "Eve $_", email => 'eve3@post.test') for 1 .. 5;
ok becomes($o, 7), 'whatever else is said';
$t->settled;
is scalar($t->mails(4, to => $o->{order}{billing}{email}, subject => 'A withdrawal from order')), 4, 'strangers do not have its buyer told without end';

# by a link, in parts, with Redis away

$o = sent();
$number = $o->{order}{number};
my ($first, $second) = map { $_->{name} } @{$t->record($o)->{items}};
my $uri = link_to($o);
my %form = hidden($uri);
delete $form{lang};
$r = $t->get($uri);
like text($r), qr{value="Ada[^"]*".*value="\Q$number\E".*\Q$first\E.*<option value="2">.*\Q$second\E.*value="buyer$n\@shop\.test"}s, 'whoever has a link finds the form filled in';
unlike text($t->get(link_to($o, v => 'link'))), qr/buyer$n\@shop|value="Ada/, 'without name and address where anybody may have it';
like page($o), qr{<a href="/ordersave/withdraw/k1\.[^"]+" rel="nofollow">Withdraw from contract here</a>}, 'the panel leads there';
$t->stop_redis;
like text($t->get($uri)), qr/<form class="c"/, 'Redis is away: the form is there';
$r = say_it(uri => $uri, contract => $number, %form, item_0 => 1, name => 'Ada', email => 'ada@post.test', lang => 'de');
is $r->{status}, 200, 'and the statement';
like text($r), qr/Ihr Widerruf ist eingegangen/, 'is recorded';
my ($when) = text($r) =~ /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\+01:00)/;
ok -s $_, 'on the disk' for grep { -f } glob $t->path('spool/*');
$t->start_redis(aof => 1);
ok becomes($o, 1), 'Redis is back: the order hears of it';
is encode_json([map { [$_->{name}, $_->{n}] } @{withdrawn($o)->{lines}}]), encode_json([[$first, 1]]), 'of that part';
($ack) = $t->mails(1, to => 'ada@post.test', subject => 'Eingangsbestätigung');
like $ack->{text}, qr/1 × \Q$first\E.*\Q$when\E/s, 'what counts is when it was made';
ok $t->wait_for('the store', sub { store_has($o) }), 'the store has a return';
is store_has($o), "$first x1;", 'of that part';
($told) = $t->mails(1, to => $o->{order}{billing}{email}, subject => "A withdrawal from order $number");
like $told->{text}, qr/within 14 days.*means of payment.*We may wait.*You bear the direct cost/s, 'the buyer reads what happens with money and goods';
unlike $told->{text}, qr/If it was not/, 'and is not asked whether it was him';

# the same again; another part

is say_it(uri => $uri, contract => $number, item_0 => 1, name => ' Ada ', email => 'ada@post.test', lang => 'de')->{status}, 200, 'the same statement again';
is scalar($t->mails(2, to => 'ada@post.test', subject => 'Eingangsbestätigung')), 2, 'is acknowledged again';
$t->settled;
is scalar(@{withdrawn($o)->{said}}), 1, 'and changes nothing';
is scalar(grep { /Ada$/ } statements()), 1, 'it is one statement';
say_it(uri => $uri, contract => $number, item_1 => 1, name => 'Ada', email => 'ada@post.test');
ok becomes($o, 2), 'another part';
ok $t->wait_for('the store', sub { store_has($o) =~ /;.+;/ }), 'is added to the return that there is';
is store_has($o), "$first x1;$second x1;", 'in the store as well';
is scalar(@{$t->track($o)->{returns}}), 1, 'it is one';

# nothing is offered or advertised any more

my $panel = page($o);
like $panel, qr{Withdrawn from the contract.*<li>1 × <bdi>\Q$first\E</bdi></li>.*within 14 days}s, 'the panel says so, and what happens with the money';
$t->aftership("W$n", 'Delivered');
$t->wait_for('its arrival', sub { ($t->track($o)->{milestone} // '') eq 'delivered' });
$t->elapse(3600);
$t->settled;
like +($t->mails(1, to => $o->{order}{billing}{email}, subject => 'Delivered'))[0]{text}, qr{/ordersave/withdraw/}, 'one piece is left: its mail leads there';
is scalar($t->mails(0, to => $o->{order}{billing}{email}, subject => 'How do you like')), 0, 'nobody is asked for stars';
unlike page($o), qr/ordersave\/review/, 'nor on the panel';

# by a mail, which is the buyer's

$o = sent();
$t->aftership("W$n", 'Delivered');
my ($mail) = $t->mails(1, to => $o->{order}{billing}{email}, subject => 'Delivered');
my ($way) = $mail->{text} =~ m{Withdraw from contract here: https://shop\.test(/ordersave/withdraw/\S+)};
ok $way, 'a mail about the parcel leads there' or diag $mail->{text};
like text($t->get($way)), qr{value="Ada[^"]*".*value="$o->{order}{number}"}s, 'to what is filled in';

# all of it, before it has left; by letter; several orders

$o = bought();
say_it(uri => link_to($o), contract => 'x', email => 'all@post.test');
ok $t->wait_for('the store', sub { $t->shop($o)->{status} eq 'cancelled' }), 'what has not left the store cancels';
$t->settled;
my ($one, $other) = map { bought(status => 'pending') } 1, 2;
my $cancel = $one->{cancel_url} =~ s{^https?://[^/]+}{}r;
$r = $t->get($cancel);
like $r->{body}, qr/ordersave_token/, 'an order that is offered something';
$t->write('letter', encode_json({name => 'Bo', contract => "$one->{order}{number}, $other->{order}{number}", via => 'letter', at => '2026-11-20T10:00:00+01:00'}));
my ($rc, $id) = $t->ctl('withdrawals', 'add', $t->path('letter'));
is $rc, 0, 'a letter about two orders';
ok becomes($_, 1), 'reaches it' for $one, $other;
$r = $t->get($cancel);
unlike $r->{body}, qr/ordersave_token/, 'which is offered nothing any more';
is $t->shop($_)->{status}, 'pending', 'and a person decides' for $one, $other;
chomp $id;
my ($line) = grep { /\Q$id\E/ } statements();
like $line, qr/2026-11-20 10:00:00 UTC\+01:00 .* $one->{order}{number},$other->{order}{number} stated  Bo$/, 'its time is that of the letter';
like +($t->ctl('explain', $one->{order}{id}))[1], qr/withdrawn/, 'explain says why';

# so many acknowledgements to an address

say_it(contract => "flood $_", email => 'victim@post.test') for 1 .. 9;
$t->settled;
is scalar($t->mails(6, to => 'victim@post.test')), 6, 'nobody is flooded';

# the evidence

my @all = statements();
($rc, my $said) = $t->ctl('withdrawals', 'verify');
is $rc, 0, 'the evidence holds';
like $said, qr/^ok - @{[scalar @all]} statements, 0 of them/, 'all of it' or diag $said;
my ($mid) = $all[3] =~ /(~\S+)/;
like +($t->ctl('withdrawals', 'show', $mid))[1], qr/"at": ?"20\d\d-\d\d-\d\d [\d:]+ UTC\+01:00"/, 'one of them';
is scalar(split /\n/, ($t->ctl('withdrawals', 'export'))[1]), scalar(@all), 'all of them';
my $key = $t->key("o:shop/$mid", "shop/$mid");
my $record = $t->redis('GET', $key);
$t->redis('SET', $key, $record =~ s/flood|"name":"\K./X/r);
($rc, $said) = $t->ctl('withdrawals', 'verify');
is "$rc $said", "1 not ok - statement 4 has another content than was stated\n", 'one byte changed';
$t->redis('SET', $key, $record);
my $chain = $t->key('evidence:shop/chain', 'shop/chain');
my $link = $t->redis('HGET', $chain, 5);
$t->redis('HSET', $chain, 5, $link =~ s/"at_ms":\d*\K(\d)/($1 + 1) % 10/er);
is +($t->ctl('withdrawals', 'verify'))[1], "not ok - statement 5 was changed, or the key is another\n", 'another time';
$t->redis('HSET', $chain, 5, $link =~ s/"digest":"\K(.)/$1 eq '0' ? '1' : '0'/er);
is +($t->ctl('withdrawals', 'verify'))[1], "not ok - statement 5 was changed, or the key is another\n", 'another digest, as of other words';
$t->redis('HSET', $chain, 5, $link);
my $head = $t->redis('HGET', $chain, '#');
my ($top, $mac) = split ' ', $head;
$t->redis('HSET', $chain, '#', $top - 1 . ' ' . decode_json($t->redis('HGET', $chain, $top - 1))->{mac});
is +($t->ctl('withdrawals', 'verify'))[0], 0, 'the last ones taken out';
like +($t->ctl('withdrawals', 'verify', $mac))[1], qr/^not ok - no link is/, 'whoever has the mail sees it';
$t->redis('HSET', $chain, '#', $head);
is +($t->ctl('withdrawals', 'verify', $mac))[0], 0, 'all are there';

# erased

like +($t->ctl('erase', 'victim@post.test'))[1], qr/^~\S+: a statement of withdrawal, kept for 1096 days/m, 'erase says what the law has kept';
is +($t->ctl('withdrawals', 'erase', $mid))[0], 0, 'the content of one';
like +($t->ctl('withdrawals', 'verify'))[1], qr/^ok - .* 1 of them without/, 'may go, and the rest still holds';
unlike join("\n", statements()), qr/\Q$mid\E .*(?:Ada|Eve)/, 'it has no name any more';

$t->elapse(32 * 86400);
my @mail = $t->mails(1, to => 'help@shop.test', subject => 'Evidence of withdrawals');
is scalar(@mail), 1, 'each month the newest link is mailed, once';
like $mail[0]{text}, qr/\Q$mac\E/, 'the one that there is';

$t->stop;
done_testing;
