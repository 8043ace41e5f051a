# ordersavectl offer send: what accepting an offer on the page does, for a buyer
# who has called.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', cap => {percent => '20'}, requests => {answer_within => '24h'}, offers => [
    {id => 'ten', reasons => ['costs'], give => {discount => {percent => '10'}}, limit => {per_customer => 1, budget => {EUR => '100.00'}}},
    {id => 'much', reasons => ['costs'], give => {discount => {percent => '50'}}},
    {id => 'code', reasons => ['costs'], give => {coupon => {pool => 'p', percent => '10'}}},
    {id => 'next', reasons => ['costs'], give => {next_order => {pool => 'later', percent => '10'}}},
    {id => 'credit', reasons => ['costs'], give => {request => {for => 'credit'}}},
    {id => 'swap', reasons => ['changed_mind'], give => {request => {for => 'swap'}}},
    {id => 'policy', reasons => ['other'], give => {link => {url => '/returns/'}}}]};
$t->start;

sub bought { my ($name) = @_; my $o = $t->buy(customer => 'ada', billing => {email => "$name\@shop.test"}); ok $t->settled, 'an order'; return $o }
sub gives { my ($o, $offer) = @_; my ($exit, @said) = $t->ctl("offer", "send", $t->id($o), $offer); return ($exit, join "", @said) }

my $o = bought('one');
ok $t->wait_for('money in its shard', sub { ($t->ctl('explain', $t->id($o)))[1] =~ /^offer ten: yes/m }), 'an offer that fits';
my $was = $t->shop($o)->{total};
my ($exit, $said) = gives($o, 'ten');
is $exit, 0, 'it is given' or diag $said;
ok $t->wait_for('the store', sub { ($t->decision($o) // {})->{applied} eq 'done' }), 'the store has it';
my $now = $t->shop($o)->{total};
cmp_ok $now, '<', $was, 'the order is cheaper';
my ($mail) = $t->mails(1, to => 'one@shop.test', subject => 'applied');
like $mail->{text}, qr/\Q$now\E/, 'the buyer is told by mail';
is $t->decision($o)->{by}, 'ordersavectl', 'and it is noted who gave it';
($exit, $said) = gives($o, 'ten');
is $exit, 1, 'once';
like $said, qr/limit|decided/, 'it says why';
ok $t->settled, 'and';
is $t->shop($o)->{total}, $now, 'nothing more comes off';

my $two = bought('one');
($exit, $said) = gives($two, 'ten');
is $exit, 1, 'the limit of the customer holds';
like $said, qr/limit/, 'it is named';
is $t->decision($two), undef, 'nothing is decided';

my $three = bought('three');
for my $case (['much', 1, qr/cap/], ['code', 1, qr/stock/], ['swap', 1, qr/fills in/], ['policy', 1, qr/nothing to give/], ['none', 2, qr/no offer none/]) {
    ($exit, $said) = gives($three, $case->[0]);
    is $exit, $case->[1], "$case->[0]: refused";
    like $said, $case->[2], 'with the reason';
}
is +(gives({id => 999_999, order => {id => 999_999}}, 'ten'))[0], 2, 'an order that is none';
is $t->decision($three), undef, 'nothing of all that is decided';

# once it has left it is too late

my (undef, $sent) = $t->{demo}->api('PUT', "/orders/$three->{order}{id}", {status => 'completed'});
$t->webhook($sent);
ok $t->settled, 'it has left';
($exit, $said) = gives($three, 'ten');
is $exit, 1, 'nothing can be given any more';
like $said, qr/shipped/, 'it says why';

# what asks for nothing can be asked for on the telephone

my $four = bought('four');
my (undef, $paid) = $t->{demo}->api('PUT', "/orders/$four->{order}{id}", {status => 'processing', date_paid_gmt => '2026-01-01T00:00:00', set_paid => JSON::PP::true});
$t->webhook($paid);
ok $t->wait_for('it', sub { $t->record($four)->{payment} eq 'paid' }), 'one that is paid for';
($exit, $said) = gives($four, 'credit');
is $exit, 0, 'credit is asked for' or diag $said;
is scalar(my @asked = $t->mails(1, to => 'help@shop.test', subject => 'support_request')), 1, 'of a person';

# nobody's order is given anything

$t->write('later.txt', "LATER-1\n");
is +($t->ctl('coupons', 'load', 'later', $t->path('later.txt')))[0], 0, 'a code';
my $gone = bought('gone');
is +($t->ctl('erase', 'gone@shop.test'))[0], 0, 'a buyer is erased';
($exit, $said) = gives($gone, 'next');
is $exit, 2, 'the order is given nothing' or diag $said;
like $said, qr/is not known/, 'as it is not known';

$t->stop;
done_testing;
