# An offer that was accepted for an unpaid order is given back when the payment
# does not come, whatever became of the deadline, the order or the store's API.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;

sub accepted {
    my ($o) = @_;
    my $budget = $t->key('budget:shop/less/EUR', 'shop/' . $t->id($o));
    $t->redis('SET', $budget, 1000);
    $t->accept($o, terms => {give => 'discount', amount => 500, currency => 'EUR', budget => JSON::PP::true});
    $t->wait_for('done', sub { ($t->record($o)->{save}{decision}{applied} // '') =~ /done|task/ });
    return $budget;
}
sub changed {
    my ($o, %change) = @_;
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", \%change);
    $t->webhook($json);
}
sub pay_by { return (meta_data => [{key => '_ordersave_pay_by', value => $_[0]}]) }
sub withdrawn { my ($o) = @_; return sub { $t->decision($o)->{state} eq 'withdrawn' } }

# the deadline moves away after the accept
my $moved = $t->buy(customer => 'ada', meta => {_ordersave_pay_by => time - 56});
my $budget = accepted($moved);
changed($moved, pay_by(time + 3600));
ok $t->wait_for('the old deadline', sub { $t->log =~ m{pay_by.*store|store.*pay_by} }), 'the old deadline is looked at';
select undef, undef, undef, 0.5;
is $t->decision($moved)->{state}, 'accepted', 'and takes nothing back';
changed($moved, pay_by(time - 60));
ok $t->wait_for('the new deadline', withdrawn($moved)), 'the new one does, which came sooner again';
is $t->redis('GET', $budget), 1500, 'the budget is back';

# the store knows no such order any more
my $gone = $t->buy(customer => 'budi', meta => {_ordersave_pay_by => time - 56});
$budget = accepted($gone);
$t->store_fault(match => 'GET /wp-json/wc/v3/orders/' . $t->id($gone), times => 50, status => 404);
ok $t->wait_for('gone', withdrawn($gone)), 'an order that is gone';
is $t->redis('GET', $budget), 1500, 'the budget is back';
$t->store_fault;

# no API: what webhooks said must do
$t->kill_now('worker', 'TERM');
my $campaign = decode_json($t->read('campaign.json'));
delete $campaign->{api};
$t->write('campaign.json', JSON::PP->new->utf8->encode($campaign));
$t->start_worker;
my $silent = $t->buy(customer => 'minji', meta => {_ordersave_pay_by => time - 56});
$budget = accepted($silent);
ok $t->wait_for('without an API', withdrawn($silent)), 'a campaign without an API';
is $t->redis('GET', $budget), 1500, 'the budget is back';

$t->stop;
done_testing;
