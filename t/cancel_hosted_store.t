# A shop without a cancel of its own, end to end: page, store or person, mails.
# The store's API cancels, once, whatever goes wrong on the way; where it does
# not, a person has a task with the order's items and the buyer's words, and the
# buyer has it in writing. What has left is told so.
# long

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
$t->{overrides} = {cancel => {hosted => JSON::PP::true}, site => 'https://shop.test', track => {}, follow_up => {cancelled => {after => '1s'}, unpaid => {}},
    policy => {returns => {text => {en => 'Send it back within 30 days.'}, url => '/returns/'}}};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});    # the mails that come with ordersave
my $campaign = decode_json($t->read('campaign.json'));
my $put = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {status => 'cancelled', meta_data => [{key => '_said', value => '{{reason}}: {{comment}}'}]}}];
sub actions { my (%more) = @_; $t->write('campaign.json', encode_json({%$campaign, api => {%{$campaign->{api}}, actions => {%{$campaign->{api}{actions}}, %more}}})) }
my $note = {method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/notes', body => {note => 'cancelled as asked'}};
actions(cancel => [@$put, $note]);
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

my $n = 0;
sub buy { my (%o) = @_; ++$n; return $t->buy(customer => 'ada', status => 'processing', billing => {email => "buyer$n\@shop.test", phone => "+1500555000$n", first_name => 'Ada'}, %o) }
sub page { my ($o) = @_; my $r = $t->post('/ordersave/cancel', [[ordersave_number => $o->{order}{number}], [ordersave_secret => $o->{order}{billing}{email}]]); return OrderSave::Nginx::header($r, 'Location') =~ s{^http://[^/]+}{}r }
sub ask {
    my ($o, %o) = @_;
    my $uri = $o{uri} // page($o);
    my $page = $t->get($uri);
    return $t->post($uri, [[ordersave_reason => $o{reason} // 'costs'], [ordersave_comment => $o{comment} // ''], [ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page) // '']]);
}
sub mails { my ($o, $subject, $n) = @_; return $t->mails($n // 1, to => $o->{order}{billing}{email}, subject => $subject) }
sub none { my ($o, $subject) = @_; return scalar $t->mails(0, to => $o->{order}{billing}{email}, subject => $subject) }
sub task { my ($o, $n) = @_; return $t->mails($n // 1, to => 'help@shop.test', subject => "To do: cancel order $o->{order}{number}") }
sub puts { my ($o) = @_; return scalar grep { $_->{line} =~ m{^PUT \S*orders/$o->{order}{id}\b} } @{$t->{demo}->requests} }
sub state { my ($o) = @_; return ($t->record($o)->{save}{stop} // {})->{state} // '' }
sub becomes { my ($o, $state) = @_; return $t->wait_for($state, sub { state($o) eq $state }, sub { state($o) }) }

# the store does it

my $o = buy();
like ask($o, comment => 'too <dear>')->{body}, qr/You have asked us to cancel/, 'asked';
ok becomes($o, 'done'), 'the store has done it';
is $t->shop($o)->{status}, 'cancelled', 'the order is cancelled';
is +(grep { $_->{key} eq '_said' } @{$t->shop($o)->{meta_data}})[0]{value}, 'costs: too <dear>', 'with what was said';
is puts($o), 1, 'by one call';
my ($done) = mails($o, "Your order $o->{order}{number} is cancelled");
ok $done, 'the buyer hears that it is done';
like $done->{text}, qr/You had not paid|About your refund/, 'and what happens with the money';
my ($words) = $t->mails(1, to => 'help@shop.test', subject => 'cancels order ' . $o->{order}{number});
like $words->{text}, qr/too <dear>/, 'support reads the words';

ok $t->settled, 'and that';
is none($o, 'You have asked us'), 0, 'is all the mail';
is scalar(task($o, 0)), 0, 'nobody has to do anything';
like $t->get(page($o))->{body}, qr/is closed/, 'the page knows it';

# an answer to a delay asks for the same

$o = buy();
ok $t->settled, 'an order that is late';
$t->tell($o, kind => 'answer', what => 'cancel', comment => 'I <cannot> wait');
ok becomes($o, 'done'), 'its buyer answers that it is to be cancelled: the store has done it';
is puts($o), 1, 'by one call';
ok mails($o, "Your order $o->{order}{number} is cancelled"), 'the buyer hears of it';
($words) = $t->mails(1, to => 'help@shop.test', subject => 'cancels order ' . $o->{order}{number});
like $words->{text}, qr/I <cannot> wait/, 'support reads the words';
$t->tell($o, kind => 'answer', what => 'cancel');
ok $t->settled, 'a second answer';
is puts($o), 1, 'makes no second call';
$o = buy();
ok $t->settled, 'another';
$t->tell($o, kind => 'answer', what => 'wait', comment => 'It may come');
ok $t->mails(1, to => 'help@shop.test', subject => $o->{order}{number}), 'whose buyer waits: a person reads it';
is puts($o), 0, 'and nothing is cancelled';

# the store is slow, deaf, or says no

$o = buy();
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, status => 504, behind_ms => 2500);
ask($o);
ok becomes($o, 'done'), 'a store that goes on when its gateway has given up';
is puts($o), 1, 'is asked once';
my (undef, $notes) = $t->{demo}->api('GET', "/orders/$o->{order}{id}/notes");
is scalar(grep { $_->{note} eq 'cancelled as asked' } @$notes), 1, 'and what is to follow follows';
$t->store_fault;

$o = buy();
$t->store_fault(match => 'PUT /wp-json/.*', times => 2, status => 429);
ask($o);
ok becomes($o, 'done'), 'a store that is busy';
is puts($o), 3, 'is asked again';
$t->store_fault;

$o = buy();
$t->store_fault(match => 'PUT /wp-json/.*', times => 9, status => 400);
ask($o, comment => 'please');
ok becomes($o, 'task'), 'a store that refuses';
my ($todo) = task($o);
like $todo->{text}, qr/400/, 'a person reads what it said';
like $todo->{text}, qr/please/, 'and the words';
is puts($o), 1, 'it is not asked again';
$t->elapse(120);
my ($written) = mails($o, 'You have asked us');
like $written->{text}, qr/please/, 'the buyer has it in writing';
$t->store_fault;
$t->settled;

# a worker that dies over it

$o = buy();
$t->kill_now('worker');
ask($o);
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, delay_ms => 3000, apply => 1);
$t->start_worker('second');
$t->wait_for('the call', sub { grep { ($_->{purpose} // '') eq 'cancel' && $_->{unanswered} } values %{$t->all('jobs')} });
$t->kill_now('second');
$t->start_worker('third');
ok becomes($o, 'done'), 'another one finds it done';
is $t->shop($o)->{status}, 'cancelled', 'and it is';
$t->store_fault;

# it has left meanwhile

$o = buy();
my $uri = page($o);
my $open = $t->get($uri);
$t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'completed'});
my $late = $t->post($uri, [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($open)]]);
is $late->{status}, 200, 'nobody knows yet that it has left';
ok becomes($o, 'refused'), 'the reading shows it';
is $t->shop($o)->{status}, 'completed', 'it goes on';
my ($left) = mails($o, 'could not be cancelled');
like $left->{text}, qr/Send it back within 30 days\./, 'the buyer reads how it comes back';
like $left->{text}, qr{https://shop\.test/returns/}, 'and where';
is scalar(task($o, 0)), 0, 'and nobody has anything to do';
like $t->get($uri)->{body}, qr/has already left/, 'the page says so';

# no API for it: a person, once

actions();
$t->kill_now('third');
$t->start_worker('fourth');
$o = buy();
like ask($o, reason => 'twice', comment => "two\nlines")->{body}, qr/You have asked us/, 'asked';
($todo) = task($o);
like $todo->{reply_to}, qr/buyer$n\@shop\.test/, 'a reply goes to the buyer';
like $todo->{text}, qr/\Q$o->{order}{line_items}[0]{name}\E/, 'what is in the order';
like $todo->{text}, qr/I ordered twice/, 'the reason';
like $todo->{text}, qr/two\nlines/, 'the words';
my ($received) = mails($o, 'You have asked us');
like $received->{text}, qr/two\nlines/, 'the buyer has it in writing';
like $received->{html}, qr/two\nlines/, 'in both parts';
unlike $received->{text}, qr{/ordersave/cancel/}, 'with no way to ask again';
like +($t->ctl('explain', $o->{order}{id}))[1], qr/^own cancel: asked, last task$/m, 'explain says how it stands';
ask($o, uri => page($o), comment => 'again');
ok $t->settled, 'a second time';
is scalar(task($o, 0)), 1, 'is no second task';
is none($o, 'You have asked us'), 1, 'nor a second mail';
is none($o, "is cancelled"), 0, 'nobody says that it is done';
is $t->shop($o)->{status}, 'processing', 'it is not';
my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->elapse(3 * 86400);
$t->webhook($gone);
ok mails($o, "Your order $o->{order}{number} is cancelled"), 'days later a person has done it: the buyer hears of it';

# a person packs it instead

$o = buy();
ask($o);
task($o);
my (undef, $packed) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'completed'});
$t->webhook($packed);
ok mails($o, 'could not be cancelled'), 'it leaves all the same: the buyer is told';

# the way to it, in mails and on pages

$o = buy(status => 'pending');
$t->elapse(2 * 86400);
my ($waits) = mails($o, 'is waiting for your payment');
my ($link) = $waits->{text} =~ m{Cancel this order: https://shop\.test(/ordersave/cancel/\S+)};
ok $link, 'a mail about it has the link';
like $waits->{html}, qr{href="https://shop\.test\Q$link\E"}, 'in both parts';
like $t->get($link)->{body}, qr/Cancel order $o->{order}{number}/, 'which opens the page';
my $found = $t->post('/ordersave/track', [[ordersave_number => $o->{order}{number}], [ordersave_secret => $o->{order}{billing}{email}]]);
my $track = OrderSave::Nginx::header($found, 'Location') =~ s{^http://[^/]+}{}r;
my $there = $t->get($track)->{body};
like $there, qr{href="/ordersave/cancel"}, 'the tracking page leads to the form: its link may be anybody\'s';
unlike $there, qr{/ordersave/cancel/}, 'and not past it';
like ask($o, uri => $link)->{body}, qr/You have asked us/, 'asked by it';
task($o);
unlike $t->get($track)->{body}, qr{/ordersave/cancel}, 'then there is no way to it any more';

like +($t->ctl('check'))[1], qr/a cancel on our own page: by mail to help\@shop\.test/, 'check says where it goes';

$t->stop;
done_testing;
