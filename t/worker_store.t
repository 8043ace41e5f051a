# An accepted offer at the store: read first, change and marker in one request,
# a time-out settled by reading, a refusal told, a dead order given back.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;

sub puts {
    my ($o) = @_;
    return grep { $_->{line} =~ m{^PUT /wp-json/wc/v3/orders/$o->{order}{id} } }
           @{$t->{demo}->requests};
}

sub ends {
    my ($o, $word) = @_;
    return $t->wait_for("$word", sub { $t->decision($o)->{applied} eq $word });
}

# the PUT is carried out, but its answer never comes
my $o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, apply => 1, drop => 1);
$t->accept($o);
ok ends($o, 'done'), 'a lost answer: done';
is scalar @{$t->shop($o)->{fee_lines}}, 1, 'and only once';
is $t->count('store.unanswered'), 1, 'it is counted';
is $t->count('store.found_applied'), 1, 'the marker was found by reading';

# the store is down for a moment
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 2, status => 503);
$t->accept($o);
ok ends($o, 'done'), '503: done later';
is scalar @{$t->shop($o)->{fee_lines}}, 1, 'once';

# the store says no
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, status => 400);
$t->accept($o);
ok ends($o, 'refused'), '400: refused';
like $t->decision($o)->{why}, qr{^the store's API at 127\.0\.0\.1:\d+ said 400: A fault on demand\.$}, 'with its reason';
is $t->decision($o)->{state}, 'accepted', 'the promise stands';
my ($mail) = $t->mails(1, subject => "refused $o->{order}{number}");
ok $mail, 'the customer is told';
unlike $mail->{text}, qr/given back/, 'that a person sees to it';
($mail) = $t->mails(1, subject => "support_refused $o->{order}{number}");
is $mail->{to}[0], 'help@shop.test', 'and the support has a task';
like $mail->{text}, qr/why the store's API at \S+ said 400/, 'with the reason';
is $mail->{reply_to}, $t->record($o)->{email}, 'a reply goes to the customer';

# cancelled meanwhile
$t->{demo}->request('DELETE', '/_demo/fault');
$o = $t->buy(customer => 'ada');
$t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->redis('RPUSH', $t->key("pool:shop/ten", 'shop/' . $t->id($o)), 'OTHER');
my $before = puts($o);
$t->accept($o, offer => 'ten', code => 'SAVE-1',
           terms => {give => 'coupon', pool => 'ten', percent => '10',
                     amount => 494, currency => 'EUR'});
ok $t->wait_for('withdrawn', sub { $t->decision($o)->{state} eq 'withdrawn' }),
    'a dead order: withdrawn';
is scalar(puts($o)), $before, 'nothing is written to the store';
is $t->decision($o)->{applied}, 'refused', 'refused';
is_deeply $t->redis('LRANGE', $t->key("pool:shop/ten", 'shop/' . $t->id($o)),
                    0, -1), ['OTHER', 'SAVE-1'], 'the code is in the pool';
($mail) = $t->mails(1, subject => "refused $o->{order}{number}");
like $mail->{text}, qr/given back/, 'and the customer is told so';

# existing coupons stay
$t->{demo}->control('POST', '/coupons', {codes => ['SAVE-2'],
                                         type => 'percent', amount => 10});
$o = $t->buy(customer => 'ada', coupons => ['welcome5']);
$t->accept($o, offer => 'ten', code => 'SAVE-2',
           terms => {give => 'coupon', pool => 'ten', percent => '10',
                     amount => 494, currency => 'EUR'});
ok ends($o, 'done'), 'a coupon';
is_deeply [sort map { lc $_->{code} } @{$t->shop($o)->{coupon_lines}}],
    ['save-2', 'welcome5'], 'goes beside those the order has';

# a code from the stock where the shard had none
$t->{demo}->control('POST', '/coupons', {codes => ['SAVE-3'],
                                         type => 'percent', amount => 10});
$t->stop_refill if $t->can('stop_refill');
$o = $t->buy(customer => 'ada');
my %terms = (terms => {give => 'coupon', pool => 'late', percent => '10',
                       amount => 494, currency => 'EUR'});
$t->redis('RPUSH', $t->shard_key(0, 'stock:shop/late'), 'SAVE-3');
$t->accept($o, offer => 'ten', %terms);
ok ends($o, 'done'), 'without a code: one from the stock';
is $t->decision($o)->{code}, 'SAVE-3', 'which the decision then names';
$o = $t->buy(customer => 'ada');
$t->accept($o, offer => 'ten', %terms);
ok ends($o, 'task'), 'none left: a task';
ok scalar $t->mails(1, subject => "support_task $o->{order}{number}"),
    'for the support';

# paid: the difference goes back
$o = $t->buy(customer => 'ada', status => 'processing');
is $t->record($o)->{payment}, 'paid', 'a paid order';
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, apply => 1, drop => 1);
$t->accept($o, terms => {give => 'discount', amount => 500, currency => 'EUR',
                         refund => {by => 'api'}});
ok $t->counted('refund.done', 1), 'the refund is made';
is scalar @{$t->shop($o)->{refunds}}, 1, 'once, though the answer was lost';
($mail) = $t->mails(1, subject => "applied $o->{order}{number}");
like $mail->{text}, qr/^refund /m, 'the customer reads of it';
ok scalar $t->mails(1, subject => "refunded $o->{order}{number}"),
    'and again when it is done';

$t->{demo}->request('DELETE', '/_demo/fault');
$o = $t->buy(customer => 'ada', status => 'processing');
$t->accept($o, terms => {give => 'discount', amount => 500, currency => 'EUR',
                         refund => {by => 'task'}});
($mail) = $t->mails(1, subject => "support_refund $o->{order}{number}");
ok $mail, 'or a person makes it';
like $mail->{text}, qr/^refund .*5\.00/m, 'and reads how much';

# a request to a person
$o = $t->buy(customer => 'ada');
$t->accept($o, kind => 'request', terms => {give => 'request'}, offer => 'less');
ok ends($o, 'task'), 'a request is a task at once';
ok scalar $t->mails(1, subject => "support_request $o->{order}{number}"),
    'by mail to the support';

$t->stop;
done_testing;
