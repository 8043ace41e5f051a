# Store credit instead of the money back: both amounts side by side, of the order
# that is asked about, for whoever has paid; a person makes it.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', locales => [qw(en fr id ko)], requests => {answer_within => '24h'}, offers => [
    {id => 'credit', reasons => ['*'], limit => {per_customer => 1}, give => {request => {for => 'credit', bonus => '12.5'}}},
    {id => 'plain', reasons => ['*'], give => {request => {for => 'credit'}}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub page { my $b = $t->get(uri($_[0]))->{body}; utf8::decode($b); return $b }
sub bought { my ($name, %o) = @_; my $o = $t->buy(customer => 'ada', status => 'processing', billing => {email => "$name\@shop.test"}, %o); ok $t->settled, 'an order'; return $o }

for my $case (['one', 1], ['two', 3]) {
    my $o = bought($case->[0], items => [{product => 12, quantity => $case->[1]}]);
    my $total = $t->record($o)->{total};
    is $t->record($o)->{payment}, 'paid', 'that is paid for';
    my $page = page($o);
    my ($more, $same) = map { sprintf '€%.2f', $_ / 100 } int($total * 1.125), $total;
    like $page, qr/\Q$more to spend in our shop, instead of $same back\E/, "$more instead of $same";
    like $page, qr/value="accept:credit">\s*Ask for the credit\s*</, 'the button says what it does';
    unlike $page, qr/Keep my order and ask|What would you like instead/, 'it keeps no order, and asks for no size';
    like $page, qr/\Q$same to spend in our shop, instead of $same back\E/, 'without a bonus the same';
}

my $o = bought('three', items => [{product => 13}]);
my $total = $t->record($o)->{total};
my $page = $t->get(uri($o));
my $kept = $t->post(uri($o), [[ordersave_reason => 'costs'], [ordersave_do => 'accept:credit'], [ordersave_token => OrderSave::Nginx::token($page)]]);
is $kept->{status}, 303, 'accepted';
my ($mail) = $t->mails(1, to => 'help@shop.test', subject => "A customer asks: order $o->{order}{number}");
my $more = sprintf '€%.2f', int($total * 1.125) / 100;
like $mail->{text}, qr/Store credit instead of your money back/, 'support reads what is asked for';
like $mail->{text}, qr/\Q$more\E/, 'and how much it is' or diag $mail->{text};
like $mail->{text}, qr/please cancel the order and send the credit yourself/, 'and what is to be done';
is $t->decision($o)->{terms}{credit}, int($total * 1.125), 'which was signed with the page';
is $t->shop($o)->{status}, 'processing', 'nothing has changed yet';
my $kept_page = $t->get($kept->{head} =~ m{^Location: (/\S+)}m)->{body};
utf8::decode($kept_page);
like $kept_page, qr/\Q$more\E/, 'the page after it says how much';
like $kept_page, qr/We have your request.*stays as it is until/s, 'and that it is asked for';
unlike $kept_page, qr/You have kept|We will carry on/, 'not that the order goes on';
is +($t->ctl('request', 'approve', $t->id($o)))[0], 0, 'support approves it';
my ($yes) = $t->mails(1, to => 'three@shop.test', subject => 'Yes to your request');
like $yes->{$_}, qr/\Q$more\E/, "the buyer reads how much it is ($_)" for qw(text html);
unlike $yes->{text}, qr/instead, |, instead of +back/, 'and nothing with a hole';


# the shop cancels the order, as it said: the promise stands, and counts

my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->webhook($gone);
ok $t->wait_for('it', sub { $t->record($o)->{state} eq 'cancelled' }), 'the order is cancelled';
ok $t->settled, 'for the credit';
is $t->decision($o)->{state}, 'accepted', 'which is not taken back with it';
is $t->record($o)->{save}{decision}{saved}, undef, 'though no order was saved';
$kept_page = $t->get($kept->{head} =~ m{^Location: (/\S+)}m)->{body};
utf8::decode($kept_page);
like $kept_page, qr/\Q$more\E.*has confirmed/s, 'its page says so';
unlike $kept_page, qr/stays as it is|does not apply/, 'and nothing else';
unlike page(bought('three')), qr/accept:credit"/, 'once for each customer';

my $not = bought('four');
$page = $t->get(uri($not));
$t->post(uri($not), [[ordersave_reason => 'costs'], [ordersave_do => 'accept:credit'], [ordersave_token => OrderSave::Nginx::token($page)]]);
ok $t->settled, 'one that nobody has approved';
(undef, $gone) = $t->{demo}->api('PUT', "/orders/$not->{order}{id}", {status => 'cancelled'});
$t->webhook($gone);
ok $t->wait_for('it', sub { ($t->decision($not) // {})->{state} eq 'withdrawn' }), 'is withdrawn with its order';

unlike page(bought('unpaid', status => 'pending')), qr/accept:credit/, 'whoever has not paid is not offered any';
unlike page(bought('gone', status => 'completed')), qr/accept:credit/, 'nor once it has left';

$t->stop;
done_testing;
