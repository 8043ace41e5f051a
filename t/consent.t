# What a buyer agrees to on a page: to be texted where a parcel is, once a code
# has proven the number, and news by mail, once a link has where the law asks
# for it. Nothing is ticked, nothing comes without it, and it ends with a click.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my %both = (sms => JSON::PP::true, email => JSON::PP::false);
my $t = OrderSave::Track->new(campaign => {
    site => 'https://shop.test', extras => {news => JSON::PP::true}, review => {after => '1h'},
    sms => {ask => JSON::PP::true},
    mail => {from => 'Test Shop <shop@shop.test>', support => 'help@shop.test'},
    track => {messages => {map { $_ => \%both } qw(out_for_delivery delivered attempt_failed)}}});
$t->start(redis => {aof => 1});
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

my $n = 0;
sub bought {
    my (%o) = @_;
    ++$n;
    my $o = $t->buy(customer => 'ada', status => 'processing', billing => {email => "c$n\@shop.test", country => 'DE', phone => '', %{delete $o{billing} // {}}}, %o);
    $t->ship($o, "C$n");
    $t->wait_for('its parcel', sub { $t->parcel($o, "C$n") });
    $t->settled;
    return $o;
}
sub moves { my ($o, $number, $tag, %o) = @_; $t->aftership($number, $tag, %o); $t->wait_for("$number $tag", sub { my $p = $t->parcel($o, $number); $tag eq 'AttemptFail' ? $p->{side} : $p->{milestone} ne 'shipped' }); return $t->settled }
sub link_to { my ($p, $o, %more) = @_; return $t->sign({p => $p, s => 'shop', o => '' . $t->id($o), v => 'link', g => $t->track($o)->{links} // 0, x => time + 600, %more}) }
sub text { my ($r) = @_; utf8::decode($r->{body}); return $r->{body} }
sub page { my ($o, %more) = @_; return text($t->get('/ordersave/track/' . link_to('track', $o, %more))) }
sub say_it { my ($p, $o, $form, %o) = @_; return $t->post("/ordersave/$p/" . link_to($p, $o, %{$o{token} // {}}), [map { ["ordersave_$_" => $form->{$_}] } sort keys %$form], headers => $o{headers}) }
sub ask { my ($o, $phone, %more) = @_; return say_it('texts', $o, {do => 'ask', yes => 1, page => 'panel', phone => $phone // '', %{$more{form} // {}}}, %more) }
sub nonce { my ($r) = @_; return $r->{body} =~ /name="ordersave_nonce" value="([^"]+)"/ ? $1 : '' }
sub consent { my ($o, $to) = @_; return ($t->track($o)->{consent} // {})->{$to // 'sms'} // {} }
sub texts_to { my ($who, $count) = @_; return $t->texts($count, to => $who) }
sub code_to { my ($who, $count) = @_; my @all = grep { $_->{text} =~ /is your code/ } texts_to($who, $count // 1); return ($all[-1] // {text => ''})->{text} =~ /: (\d{6}) is your code/ ? $1 : '' }
sub code { my ($o, $nonce, $code) = @_; return say_it('texts', $o, {do => 'code', nonce => $nonce, code => $code, page => 'consent'}) }
sub prove { my ($o, $phone) = @_; my $r = ask($o, $phone); return code($o, nonce($r), code_to($phone)) }

# a box that is not ticked, and nothing without it

my $o = bought();
my $body = page($o);
my ($form) = $body =~ m{(<form method="post" action="/ordersave/texts/.*?</form>)}s;
like $form, qr{<input type="checkbox" id="os-t" name="ordersave_yes" value="1" required}, 'the panel has a box';
unlike $form, qr/checked/, 'which is not ticked';
like $form, qr{type="tel" name="ordersave_phone"}, 'and asks for a number where none is known';
unlike page(bought(billing => {phone => '+4930901820'})), qr/ordersave_phone/, 'and not where one is';
unlike page($o, v => 'steps'), qr/ordersave_yes/, 'who only knew the postcode has no box';
is ask($o, '030 9018201', token => {v => 'steps'})->{status}, 403, 'and cannot ask';
unlike page($o), qr{action="/ordersave/news/}, 'news: not yet';
moves($o, 'C1', 'OutForDelivery');
is scalar $t->texts(0), 0, 'nobody is texted who has not asked for it';

# what can be seen to be wrong

my $r = say_it('texts', $o, {do => 'ask', page => 'panel', phone => '030 9018201'});
is $r->{status}, 400, 'the box was not ticked';
like text($r), qr/Please tick the box/, 'says the page';
$r = ask($o, 'call me maybe');
is $r->{status}, 400, 'letters are no number';
like text($r), qr/We cannot text this number/, 'says the page';
$r = ask($o, '123456');
like text($r), qr/We cannot text this number/, 'a number that nobody has';
is consent($o)->{state}, 'wrong', 'is known as that';
is ask($o, '')->{status}, 200, 'no number at all';
$t->settled;
is scalar $t->texts(0), 0, 'and no code went out';

# a code, a proof

$r = ask($o, '030 / 901 82-01', headers => ['Referer: https://shop.test/my-account/view-order/19/?key=secret']);
is $r->{status}, 200, 'a number as people write it';
like text($r), qr{<h2>Enter the code</h2>.*autocomplete="one-time-code"}s, 'leads to the page with a field';
my $nonce = nonce($r);
my $code = code_to('+49309018201');
like $code, qr/^\d{6}$/, 'and the number has a code of six digits';
unlike encode_json($t->all('jobs')) . encode_json($t->record($o)), qr/$code/, 'which stands nowhere';
like page($o), qr{<a class="os-b" href="/ordersave/texts/[^"]+">Enter the code</a>}, 'the panel leads back there';
like text($t->get('/ordersave/texts/' . link_to('texts', $o))), qr/name="ordersave_nonce" value="\Q$nonce\E"/, 'so does a reload';
my $wrong = sprintf '%06d', ($code + 1) % 1_000_000;
$r = code($o, $nonce, $wrong);
like text($r), qr/That was not the code/, 'another code';
is consent($o)->{state}, 'asked', 'proves nothing';
like text(code(bought(), $nonce, $code)), qr/ordersave_yes/, 'nor does the code at another order';
$r = code($o, $nonce, substr($code, 0, 3) . ' ' . substr $code, 3);
like text($r), qr/We text you where your parcel is/, 'the code, as people type it';
my @said = texts_to('+49309018201', 2);
is scalar @said, 2, 'and one confirmation';
like $said[1]{text}, qr/we text you where order $o->{order}{number} is.*STOP/, 'that says how to end it';
code($o, $nonce, $code);
$t->settled;
is scalar texts_to('+49309018201', 2), 2, 'once';
moves($o, 'C1', 'AttemptFail', at => time + 60);
@said = texts_to('+49309018201', 3);
like $said[2]{text}, qr/not delivered/, 'now the way is texted, to that number';

# what can be shown to whoever asks

my ($rc, $out) = $t->ctl('consent', 'show', $t->id($o));
is $rc, 0, 'consent show';
my $shown = decode_json($out);
is $shown->{sms}{phone}, '+49309018201', 'the number';
ok $shown->{sms}{agreed} && !$shown->{sms}{store} && !$shown->{email}{agreed}, 'who agreed to what';
is_deeply [map { $_->{did} } @{$shown->{sms}{log}}], ['asked', 'given'], 'what was done';
my $proof = $shown->{sms}{log}[0];
is $proof->{page}, 'https://shop.test/my-account/view-order/19/', 'on which page, without its secrets';
like $proof->{wording}, qr/^Text me where my parcel is First we text a code/, 'by which words';
ok abs($proof->{at_ms} / 1000 - time) < 3600 && $proof->{locale} eq 'en' && $proof->{revision} == 1, 'when, in which language, of which campaign';
for my $who ('c1@shop.test', '+49309018201', 'shop/' . $t->id($o)) {
    like +($t->ctl('consent', 'show', $who))[1], qr{"order": "shop/@{[$t->id($o)]}"}, "found by $who";
}
is +($t->ctl('consent', 'show', 'nobody@shop.test'))[0], 1, 'nobody is a finding';
is +($t->ctl('consent', 'show'))[0], 2, 'and no word wrong usage';

# taken back as easily

like page($o), qr{value="leave">Stop the texts}, 'the panel has a button';
$r = say_it('texts', $o, {do => 'leave', page => 'panel'});
like text($r), qr/We no longer text you/, 'and that is all';
moves($o, 'C1', 'Delivered', at => time + 120);
is scalar texts_to('+49309018201', 3), 3, 'nothing more is texted';
is +(consent($o)->{log})->[-1]{did}, 'taken back', 'which is noted';

# by the answer STOP too

my $second = bought(billing => {phone => '+49309018299'});
like text(prove($second, '+49309018202')), qr/We text you/, 'another order, another number than its own';
$t->tell($second, kind => 'stopped');
ok $t->wait_for('it', sub { consent($second)->{state} eq 'off' }), 'STOP takes it back';
ok +(grep { $_->{text} =~ /no more SMS/ } texts_to('+49309018202', 3)), 'and is confirmed to that number';

# codes end

my $third = bought();
$r = ask($third, '030 9018203');
$nonce = nonce($r);
$code = code_to('+49309018203');
code($third, $nonce, sprintf '%06d', ($code + $_) % 1_000_000) for 1 .. 4;
like text(code($third, $nonce, sprintf '%06d', ($code + 5) % 1_000_000)), qr/no longer valid/, 'after five wrong ones';
like text(code($third, $nonce, $code)), qr/no longer valid/, 'the right one is none';
$r = ask($third, '030 9018203');
isnt nonce($r), $nonce, 'another one can be had';
$code = code_to('+49309018203', 2);
my $record = $t->record($third);
$record->{track}{consent}{sms}{until} = time - 1;
$t->redis('SET', $t->order_key($t->id($third)), encode_json($record));
like text($t->get('/ordersave/texts/' . link_to('texts', $third))), qr/no longer valid/, 'a code that is too old';
code($third, nonce($r), $code);
is consent($third)->{state}, 'asked', 'proves nothing';

# so many a day

ask($third, '030 9018203');
like text(ask($third, '030 9018203')), qr/enough codes/, 'an order has three codes a day';
is scalar texts_to('+49309018203', 3), 3, 'no more';
ask(bought(), '030 9018203');
ask(bought(), '030 9018203');
ok $t->counted('consent.capped', 1), 'a number has four, whoever asks';
$t->settled;
is scalar texts_to('+49309018203', 4), 4, 'no more';
like $t->log, qr/one code or link too many/, 'which is told';

# news by mail: with a link where the law asks for it

my $mailed = bought();
my $m = "c$n\@shop.test";
moves($mailed, "C$n", 'Delivered');
like page($mailed), qr{action="/ordersave/news/.*?name="ordersave_yes" value="1" required}s, 'once it has arrived there is a box for news';
unlike page($mailed), qr{action="/ordersave/texts/}, 'and none for texts';
is say_it('news', $mailed, {do => 'ask'})->{status}, 400, 'which has to be ticked';
$r = say_it('news', $mailed, {do => 'ask', yes => 1, page => 'panel'});
like text($r), qr/We have sent you an email/, 'ticked';
my ($mail) = $t->mails(1, to => $m, subject => 'Please confirm: news from Test Shop');
ok $mail, 'a mail asks once more';
my ($uri) = $mail->{text} =~ m{https://shop\.test(/ordersave/confirm/\S+)};
$t->elapse(7200);
$t->settled;
is scalar $t->mails(0, to => $m, subject => 'review'), 0, 'nothing is advertised before';
like text($t->get($uri)), qr{<button class="b" type="submit">Confirm</button>}, 'its link has a button';
is consent($mailed, 'email')->{state}, 'asked', 'a GET changes nothing';
like text($t->post($uri, [])), qr/You get our news by email/, 'its button does';
ok $t->wait_for('it', sub { consent($mailed, 'email')->{state} eq 'on' }), 'noted';
ok +($t->mails(1, to => 'help@shop.test', subject => 'News by email, please'))[0], 'the shop hears of it';
like text($t->post($uri, [])), qr/You get our news by email/, 'a second time changes nothing';
is scalar(grep { $_->{to}[0] eq $m && $_->{subject} =~ /news/i } $t->mails(1, to => $m)), 1, 'no other mail about it';
like text(say_it('news', $mailed, {do => 'leave'})), qr/no longer get our news/, 'taken back';
is $t->get($uri)->{status}, 403, 'the link is over';
is say_it('news', $mailed, {})->{status}, 200, 'a template of before, with a button alone';

# where it does not, one mail says so

my $british = bought(billing => {country => 'GB'});
my $b = "c$n\@shop.test";
moves($british, "C$n", 'Delivered');
like text(say_it('news', $british, {do => 'ask', yes => 1})), qr/You get our news by email/, 'in Britain the box is enough';
($mail) = $t->mails(1, to => $b, subject => 'News from Test Shop by email');
my ($out_of) = ($mail // {text => ''})->{text} =~ m{https://shop\.test(/ordersave/unsubscribe/\S+)};
ok $out_of, 'and one mail says so, and how it ends';
$t->post($out_of, []);
say_it('news', $british, {do => 'leave'});
$t->settled;

# what is said while Redis is away

my $blind = bought();
my $token = '/ordersave/texts/' . link_to('texts', $blind);
$t->allow(qr/redis|spool/i);
$t->stop_redis('TERM');
$t->wait_for('it to be away', sub { ($t->status->{redis} // '') ne 'up' });
is $t->get($token)->{status}, 503, 'the page cannot be shown';
$r = $t->post($token, [['ordersave_do' => 'ask'], ['ordersave_yes' => 1], ['ordersave_phone' => '030 9018205']]);
is $r->{status}, 200, 'what is said is kept';
$nonce = nonce($r);
ok $nonce, 'and the page has the field for the code';
$t->start_redis(aof => 1);
$code = code_to('+49309018205');
ok $code, 'which comes once Redis is back';
like text(code($blind, $nonce, $code)), qr/We text you/, 'and is good';

# what is erased

my $gone = bought();
my $g = "c$n\@shop.test";
prove($gone, '+49309018206');
is +($t->ctl('erase', $g))[0], 0, 'erased';
is +($t->ctl('consent', 'show', '+49309018206'))[0], 1, 'its number is not known any more';
unlike encode_json($t->record($gone)), qr/9018206/, 'nor what was agreed to';
is ask($gone, '030 9018206')->{status}, 403, 'and its page is gone';

$t->stop;
done_testing;
