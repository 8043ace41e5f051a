# Store credit that the shop's own API makes: a person approves it with one click,
# then the order is cancelled and a code of the pool, bound to the buyer, is the
# credit. A store that answers late, not at all, or no: nobody gets it twice, nor
# the money as well, and what nobody knows a person hears.
# long

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
my $give = {for => 'credit', bonus => '12.5', pool => 'credit', expires => '365d'};
$t->{overrides} = {site => 'https://shop.test', locales => [qw(en fr id ko)], requests => {answer_within => '24h'}, offers => [
    {id => 'credit', reasons => ['*'], give => {request => $give}}]};
$t->start(no_worker => 1);
$t->write('keys', $t->read('keys') . "support:the code of support\n");
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{timeout} = '1s';
$campaign->{api}{finished_within} = '4s';
$campaign->{api}{actions}{cancel} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {status => 'cancelled'}}];
$campaign->{api}{actions}{credit} = [{method => 'POST', url => '/wp-json/wc/v3/coupons', body => {code => '{{code}}', amount => '{{amount}}',
    discount_type => 'fixed_cart', usage_limit => 1, email_restrictions => ['{{order.email}}']}}];
$campaign->{api}{actions}{note} = [{method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/notes', body => {note => '{{note}}'}}];
$t->write('campaign.json', encode_json($campaign));
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
my $n = 0;
sub asked {
    my $name = 'buyer' . ++$n;
    my $o = $t->buy(customer => 'ada', status => 'processing', items => [{product => 13}], billing => {email => "$name\@shop.test"});
    $t->settled;
    my $page = $t->get(uri($o));
    my $kept = $t->post(uri($o), [[ordersave_reason => 'costs'], [ordersave_do => 'accept:credit'], [ordersave_token => OrderSave::Nginx::token($page)]]);
    $o->{kept} = ($kept->{head} =~ m{^Location: (/\S+)}m)[0];
    $t->settled;
    return $o;
}
sub approve { is +($t->ctl('request', 'approve', $t->id($_[0])))[0], 0, $_[1]; return }
sub applied { my ($o, $word) = @_; return $t->wait_for("$word", sub { ($t->decision($o)->{applied} // '') eq $word }, sub { encode_json($t->decision($o)) }) }
sub mail { my ($o, $subject) = @_; return ($t->mails(1, to => $o->{order}{billing}{email}, subject => $subject))[0] // {} }
sub coupons { my ($o) = @_; return grep { $_->{email_restrictions}[0] eq $o->{order}{billing}{email} } map { decode_json($_->{body}) } grep { $_->{line} =~ m{POST \S*/coupons} } @{$t->{demo}->requests} }
sub cancels { my ($o) = @_; my $id = $t->id($o); return scalar grep { $_->{line} =~ m{PUT \S*/orders/$id } } @{$t->{demo}->requests} }
sub kept { my $b = $t->get($_[0]{kept})->{body}; utf8::decode($b); return $b }
sub gmtime_of { return OrderSave::Track::iso($_[0]) =~ s{Z$}{}r }
sub task { my ($o) = @_; return ($t->mails(1, to => 'help@shop.test', subject => "To do: apply an offer to order $o->{order}{number}"))[0] // {} }

# no code is left: nothing has begun

my $dry = asked();
approve($dry, 'approved, while the pool is empty');
ok applied($dry, 'task'), 'a person hears';
like task($dry)->{text}, qr/no coupon code is left/, 'and why';
is $t->shop($dry)->{status}, 'processing', 'the order is not cancelled for it';

$t->write('credit.csv', join '', map { "CREDIT$_\n" } 1 .. 30);
is +($t->ctl('coupons', 'load', 'credit', $t->path('credit.csv')))[0], 0, 'codes';

# as it should be

my $o = asked();
my $total = $t->record($o)->{total};
my $more = sprintf '%.2f', int($total * 1.125) / 100;
is $t->shop($o)->{status}, 'processing', 'what is only asked for changes nothing';
for my $subject ("A customer asks: order $o->{order}{number}", "Approve or decline: order $o->{order}{number}") {
    my ($mail) = $t->mails(1, to => 'help@shop.test', subject => $subject);
    like $mail->{$_}, qr/Once you approve it, the shop’s system cancels the order and sends the credit/, "support reads what approving does ($_)" for qw(text html);
    unlike $mail->{text}, qr/is keeping the order/, 'and nothing that is not so';
}
my ($approve) = $t->mails(1, to => 'help@shop.test', subject => "Approve or decline: order $o->{order}{number}");
my $ask = $t->get($approve->{text} =~ m{https://shop\.test(/\S+)} ? $1 : '')->{body};
utf8::decode($ask);
like $ask, qr/€\Q$more\E.*Once you approve it, the shop’s system cancels/s, 'so does its page, with the amount';
is scalar(coupons($o)), 0, 'and makes no code';
unlike kept($o), qr/CREDIT/, 'nor tells one';
approve($o, 'approved');
ok applied($o, 'done'), 'the store has done it';
my $code = $t->decision($o)->{code};
like $code, qr/^CREDIT\d+$/, 'with a code of the pool';
is_deeply [coupons($o)], [{code => $code, amount => $more, discount_type => 'fixed_cart', usage_limit => 1, email_restrictions => [$o->{order}{billing}{email}]}],
    'worth what was promised, and bound to the buyer';
is $t->shop($o)->{status}, 'cancelled', 'the order is cancelled';
is $t->record($o)->{state}, 'cancelled', 'which is known here';
my $yes = mail($o, 'Yes to your request');
like $yes->{$_}, qr/\Q$code\E.*Good until /s, "the buyer has the code ($_)" for qw(text html);
like $yes->{text}, qr/€\Q$more\E/, 'and reads what it is worth';
unlike $yes->{text}, qr/New total/, 'and no total of an order that is none any more';
like kept($o), qr/<bdi class="v">\Q$code\E<\/bdi>.*Good until /s, 'it is on the page, too';
unlike kept($o), qr/stays as it is|does not apply|still cancel/, 'which says nothing else';
$t->settled;
is $t->decision($o)->{state}, 'accepted', 'the cancel does not take it back';
is $t->record($o)->{save}{decision}{saved}, undef, 'and no order was saved';
is scalar($t->mails(0, to => $o->{order}{billing}{email}, subject => 'Your order is cancelled')), 0, 'nobody is won back who has a credit';
is join("\n", map { decode_json($_->{body})->{note} } grep { $_->{line} =~ m{POST \S*/orders/$o->{order}{id}/notes} } @{$t->{demo}->requests}),
    'The customer has asked for a change. Please do not ship this order before support has answered.', 'whoever packs is not told to go on';
is +($t->ctl('request', 'approve', $t->id($o)))[0], 1, 'a second approval';
$t->settled;
is scalar(coupons($o)), 1, 'makes no other';

# a store that answers too late has done it all the same

my $late = asked();
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, delay_ms => 2500);
approve($late, 'approved, in front of a slow store');
ok applied($late, 'done'), 'the cancel is found';
is cancels($late), 1, 'and was sent once';
is scalar(coupons($late)), 1, 'before the credit was made';

# a credit that had no answer cannot be looked for

my $open = asked();
$t->store_fault(match => 'POST /wp-json/.*coupons', times => 1, delay_ms => 2500);
approve($open, 'approved, and the credit is not answered');
ok applied($open, 'task'), 'a person hears';
like task($open)->{text}, qr/not known whether the store has made the credit/, 'and why';
like task($open)->{text}, qr/You approved store credit.*, CREDIT\d+$/ms, 'with the code, to finish it by hand';
unlike kept($open), qr/stays as it is/, 'its page does not say that nothing has happened';
is scalar(coupons($open)), 1, 'it was sent once';
$t->store_fault();
unlike kept($open), qr/CREDIT/, 'the buyer reads no code that may not be there';

# a store that says no

my $no = asked();
$t->store_fault(match => 'PUT /wp-json/.*', times => 9, status => 400);
approve($no, 'approved, and the store cancels nothing');
ok applied($no, 'task'), 'a person hears';
is scalar(coupons($no)), 0, 'no credit for an order that goes on';
$t->store_fault();

# one that says yes and cancels nothing

my $lies = asked();
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, status => 200);
approve($lies, 'approved, and the store only says yes');
ok applied($lies, 'task'), 'a person hears';
like task($lies)->{text}, qr/the store said yes, but the order is not cancelled/, 'and why';
is scalar(coupons($lies)), 0, 'no credit for an order that goes on';
$t->store_fault();

# what has happened meanwhile

my $sent = asked();
$t->{demo}->api('PUT', "/orders/$sent->{order}{id}", {status => 'completed'});
approve($sent, 'approved, and it has left');
ok applied($sent, 'task'), 'a person hears';
like task($sent)->{text}, qr/shipped/, 'and why';
is scalar(coupons($sent)), 0, 'no credit for goods that are on their way';

my $back = asked();
$t->{demo}->api('POST', "/orders/$back->{order}{id}/refunds", {amount => '1.00'});
approve($back, 'approved, and some of the money is back');
ok applied($back, 'task'), 'a person hears';
is scalar(coupons($back)), 0, 'no credit beside the money';
is $t->shop($back)->{status}, 'processing', 'nor a cancel';

my $hand = asked();
$t->kill_now('worker');
approve($hand, 'approved, and somebody cancels it by hand');
$t->{demo}->api('PUT', "/orders/$hand->{order}{id}", {status => 'cancelled'});
$t->webhook($t->shop($hand));
$t->start_worker;
ok applied($hand, 'done'), 'the credit is made';
is cancels($hand), 1, 'the order is not cancelled a second time';
is scalar(coupons($hand)), 1, 'once';

my $paid = asked();
$t->kill_now('worker');
approve($paid, 'approved, and somebody pays it back');
$t->{demo}->api('PUT', "/orders/$paid->{order}{id}", {status => 'refunded'});
$t->webhook($t->shop($paid));
$t->start_worker;
$t->settled;
is scalar(coupons($paid)), 0, 'no credit beside the money';

# a store that pays back whatever it cancels: the credit would be a second time

my $own = asked();
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, delay_ms => 2500);
approve($own, 'approved, in front of a store that is slow');
$t->wait_for('the cancel', sub { $t->shop($own)->{status} eq 'cancelled' });
$t->{demo}->api('PUT', "/orders/$own->{order}{id}", {status => 'refunded'});
ok applied($own, 'task'), 'and pays back what it cancels: a person hears';
like task($own)->{text}, qr/: refunded$/m, 'and why';
is cancels($own), 2, 'it is not cancelled again';      # one of them is ours, above
is scalar(coupons($own)), 0, 'no credit beside the money';

# nobody whom it could be bound to

my $nobody = asked();
$t->kill_now('worker');
approve($nobody, 'approved, and the order has lost its e-mail');
$t->{demo}->api('PUT', "/orders/$nobody->{order}{id}", {billing => {email => ''}});
$t->start_worker;
ok applied($nobody, 'task'), 'a person hears';
is scalar(grep { $_->{line} =~ m{POST \S*/coupons} && $_->{body} =~ /"email_restrictions":\[""\]/ } @{$t->{demo}->requests}), 0, 'no credit for whoever finds the code';
is $t->shop($nobody)->{status}, 'processing', 'nor a cancel';

# a campaign that lost what makes it, while it waits

my $lost = asked();
$t->kill_now('worker');
approve($lost, 'approved, and the campaign has no cancel any more');
{
    my $good = $t->read('campaign.json');
    my $c = decode_json($good);
    delete $c->{offers}[0]{give}{request}{$_} for qw(pool expires);
    delete $c->{api}{actions}{cancel};
    $t->write('campaign.json', encode_json($c));
    $t->start_worker;
    ok applied($lost, 'task'), 'a person hears';
    is scalar(coupons($lost)), 0, 'no credit for an order that goes on';
    $t->kill_now('worker');
    $t->write('campaign.json', $good);
    $t->start_worker;
}

# the buyer's own cancel, before the credit is made, is a cancel: the money

my $mind = asked();
like kept($mind), qr/still cancel/, 'what is only asked for can be cancelled';
$t->store_fault(match => '(GET|PUT|POST) /wp-json/.*', times => 99, status => 503);
approve($mind, 'approved, while the store is away');
$t->wait_for('the verdict', sub { ($t->decision($mind)->{applied} // '') eq 'pending' });
unlike kept($mind), qr/still cancel|stays as it is/, 'once it is approved its page offers no cancel';
sleep 2;
$t->tell($mind, kind => 'asked', via => 'pass', owner => JSON::PP::true);
$t->webhook({%{$mind->{order}}, status => 'cancelled', date_modified_gmt => gmtime_of(time + 3)});
ok $t->wait_for('it', sub { $t->decision($mind)->{state} eq 'withdrawn' }), 'the buyer cancels by another way: the credit is withdrawn';
$t->store_fault();
$t->settled;
is scalar(coupons($mind)), 0, 'and has no credit';

# paid back while it waits for a store that is away, behind its own cancel

my $both = asked();
$t->store_fault(match => '(GET|PUT|POST) /wp-json/.*', times => 99, status => 503);
approve($both, 'approved, while the store is away');
$t->webhook({%{$both->{order}}, status => 'cancelled', date_modified_gmt => gmtime_of(time + 3)});
ok $t->wait_for('it', sub { $t->record($both)->{state} eq 'cancelled' }), 'cancelled by hand';
is $t->decision($both)->{state}, 'accepted', 'the credit is still to come';
$t->webhook({%{$both->{order}}, status => 'refunded', date_modified_gmt => gmtime_of(time + 6)});
ok $t->wait_for('it', sub { $t->decision($both)->{state} eq 'withdrawn' }), 'and paid back: it is withdrawn';
$t->store_fault();
$t->settled;
is scalar(coupons($both)), 0, 'no credit beside the money';

# killed between the cancel and the credit

my $cut = asked();
$t->store_fault(match => 'POST /wp-json/.*coupons', times => 1, status => 503);
approve($cut, 'approved, and the worker dies behind the cancel');
ok $t->wait_for('the cancel', sub { $t->shop($cut)->{status} eq 'cancelled' }), 'cancelled';
ok $t->wait_for('the call', sub { coupons($cut) }), 'the credit is tried';
$t->kill_now('worker');
$t->store_fault();
$t->start_worker;
ok applied($cut, 'done'), 'it goes on behind it';
is cancels($cut), 1, 'one cancel';
is $_->{code}, $t->decision($cut)->{code}, 'the same code in each try' for coupons($cut);

# what a campaign may say

for my $case (
    [{by => 'api'}, qr{/offers/0/give/request/by: expected no "by": a person approves store credit}, 'nobody approves it'],
    [{for => 'swap', bonus => undef}, qr{/offers/0/give/request/pool: expected "for": "credit" beside it}, 'codes for something else'],
    [{off => {percent => '5'}}, qr{/offers/0/give/request/off: expected no "off" beside "for": "credit"}, 'two things at once'],
    [{pool => undef}, qr{/offers/0/give/request/expires: expected a "pool" of codes beside it}, 'what expires is a code'],
    [{}, qr{/offers/0/give/request/pool: expected "api" with the actions "cancel" and "credit"}, 'nobody makes it', 'credit'],
    [{}, qr{/offers/0/give/request/pool: expected "api" with the actions "cancel" and "credit"}, 'nobody cancels', 'cancel'],
) {
    my ($more, $words, $what, $without) = @$case;
    my $c = decode_json($t->read('campaign.json'));
    my %request = (%$give, %$more);
    defined $request{$_} or delete $request{$_} for keys %request;
    $c->{offers}[0]{give}{request} = \%request;
    delete $c->{api}{actions}{$without} if $without;
    my $good = $t->read('campaign.json');
    $t->write('campaign.json', encode_json($c));
    my ($status, $out, $err) = $t->ctl('check');
    $t->write('campaign.json', $good);
    isnt $status, 0, "$what: refused";
    like $out . $err, $words, 'and why';
}

$t->stop;
done_testing;
