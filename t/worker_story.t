# A webhook makes an order known; an accepted offer is applied at the store in
# one request with its marker; the customer reads of it by mail.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada', status => 'pending');
my $order = $t->record($o);

is $order->{state}, 'open', 'the order is known';
is $order->{payment}, 'unpaid', 'and unpaid';
like $order->{customer}, qr/^[\w-]{22}$/, 'with its customer hashed';
ok $order->{pay_url}, 'and its pay link';

$t->tell($o, kind => 'exposed', arm => 'treatment', experiment => 'x',
         mode => 'on');
$t->wait_for('exposure', sub { $t->record($o)->{save}{exposed} });

my $d = $t->accept($o);

$t->wait_for('the offer to be applied', sub {
    ($t->decision($o)->{applied} // '') eq 'done';
});

my $after = $t->decision($o);

is $after->{applied}, 'done', 'the decision says done';
is $after->{total}, $order->{total} - 500, 'and the new total';

my (undef, $shop) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
my ($mark) = grep { $_->{key} eq '_ordersave_offer' } @{$shop->{meta_data}};

is $mark->{value}, $d->{nonce}, 'the store has the marker';
is scalar @{$shop->{fee_lines}}, 1, 'and the discount, once';

my ($mail) = $t->mails(1, subject => 'applied');

ok $mail, 'a mail arrived';
is $mail->{subject}, "applied $o->{order}{number}", 'of this order';
like $mail->{text}, qr/pay http/, 'with the pay link';
like $mail->{html}, qr/<p>applied/, 'in HTML too';
like $mail->{message_id}, qr/\@shop\.test/, 'with an id of the sender';

$t->stop;
done_testing;
