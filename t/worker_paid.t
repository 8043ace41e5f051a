# An unpaid order that was kept is a save only once it is paid; cancelled or
# not paid in time, all goes back.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;

sub done_with {
    my ($o, %terms) = @_;
    $t->accept($o, terms => {give => 'discount', amount => 500, currency => 'EUR', %terms});
    $t->wait_for('done', sub { $t->decision($o)->{applied} eq 'done' });
    $t->wait_for('known', sub {
        ($t->record($o)->{save}{decision}{applied} // '') eq 'done'
    });
}

sub changed {
    my ($o, %change) = @_;
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}",
                                        \%change);
    $t->webhook($json);
}

my $o = $t->buy(customer => 'ada');
done_with($o);
is $t->count('saved'), 0, 'applied, not paid: no save yet';
changed($o, set_paid => JSON::PP::true, status => 'processing');
ok $t->counted('saved', 1), 'paid: a save';
ok scalar $t->mails(1, subject => "paid $o->{order}{number}"),
    'and the customer reads that it is paid';

my $gone = $t->buy(customer => 'budi');
my $budget = $t->key('budget:shop/less/EUR', 'shop/' . $t->id($gone));
my $limit = $t->key("limit:shop/" . $t->record($gone)->{customer},
                    'shop/' . $t->record($gone)->{customer});
$t->redis('SET', $budget, 1000);
$t->redis('HSET', $limit, $t->id($gone), 'less 1');
done_with($gone, budget => JSON::PP::true);
changed($gone, status => 'cancelled');
ok $t->wait_for('withdrawn', sub {
    $t->decision($gone)->{state} eq 'withdrawn'
}), 'cancelled: withdrawn';
is $t->redis('GET', $budget), 1500, 'the budget is back';
is $t->redis('HGET', $limit, $t->id($gone)), undef, 'the limit is free again';
is $t->count('saved'), 1, 'it never was a save';

my $late = $t->buy(customer => 'minji', meta => {
    _ordersave_pay_by => time - 58});
my $untouched = $t->key('budget:shop/less/EUR', 'shop/' . $t->id($late));
$t->redis('SET', $untouched, 1000);
done_with($late);
ok $t->wait_for('withdrawn', sub {
    $t->decision($late)->{state} eq 'withdrawn'
}), 'not paid in time: withdrawn';
is $t->redis('GET', $untouched), 1000, 'a budget that came later gets nothing back';

my $second = $t->buy(customer => 'ada', billing => {
    email => $t->record($o)->{email}});
ok $t->wait_for('used', sub { $t->record($second) }), 'another order';
$t->accept($second);
ok $t->wait_for('used', sub { $t->record($o)->{save}{used}{less} }),
    'what a customer accepts is known on his other orders';

my $customer = $t->record($o)->{customer};
$t->redis('HSET', $t->key("limit:shop/$customer", "shop/$customer"), $t->id($second), 'less ' . time);
my $third = $t->buy(customer => 'ada', billing => {email => $t->record($o)->{email}});
ok $t->wait_for('used', sub { ($t->record($third) // {})->{save}{used}{less} }),
    'and on those that come after it';
is $t->record($third)->{save}{used}{less}{n}, 1, 'once';

$t->stop;
done_testing;
