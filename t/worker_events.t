# Events come twice, late, old and broken: an order only goes forward, the same
# event does nothing again, and what is old sends nothing.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');
my $json = $o->{order};

# the same delivery again
my %event = (id => 'once', kind => 'asked', via => 'page');
$t->tell($o, %event) for 1 .. 3;
ok $t->counted('duplicate', 2), 'an event that was seen does nothing';
is $t->record($o)->{save}{asked}{count}, 1, 'it counted once';

# an older change after a newer one
my (undef, $newer) = $t->{demo}->api('PUT', "/orders/$json->{id}",
                                     {status => 'processing'});
$newer->{date_modified_gmt} = '2099-01-01T00:00:10';
$t->webhook($newer);
$t->wait_for('newer', sub { $t->record($o)->{changed} > 4e9 });
$t->webhook({%$newer, status => 'cancelled',
             date_modified_gmt => '2099-01-01T00:00:05'});
ok $t->counted('stale', 1), 'an older change is passed over';
is $t->record($o)->{status}, 'processing', 'the record stays';

# created carrying cancelled
my $dead = $t->{demo}->order(customer => 'ada', status => 'cancelled');
$t->webhook({%{$dead->{order}}, status => 'cancelled'},
            topic => 'order.created');
$t->wait_for('dead', sub { $t->record($dead) });
is $t->record($dead)->{state}, 'cancelled', 'order.created may say cancelled';

# asked two days ago, cancelled two days ago
my $old = $t->{demo}->order(customer => 'ada', status => 'cancelled');
$t->tell($old, kind => 'asked', via => 'page',
         at_ms => (time - 2 * 86400) * 1000);
$t->webhook({%{$old->{order}}, status => 'cancelled',
             date_modified_gmt => '2020-01-01T00:00:00'});
$t->wait_for('old', sub { ($t->record($old) // {})->{status} });
$t->settled;
is scalar(grep { $_->{purpose} eq 'cancelled'
                 && $_->{order} eq 'shop/' . $t->id($old) }
          values %{$t->all('jobs')}), 0, 'old events send nothing';

# asked before the order is known: it is read
my $unknown = $t->{demo}->order(customer => 'budi');
$t->tell($unknown, kind => 'asked', via => 'page', reason => 'costs');
ok $t->wait_for('the order to be read', sub {
    ($t->record($unknown) // {})->{status}
}), 'an unknown order is read from the store';
is $t->record($unknown)->{save}{asked}{reason}, 'costs',
    'and keeps what was asked';

# and one that is none goes soon: anybody can ask for it
$t->tell('junk', kind => 'asked');
ok $t->wait_for('a record', sub { $t->redis('EXISTS', $t->order_key('junk')) }),
    'an order that nobody knows has a record';
my $left = $t->redis('TTL', $t->order_key('junk'));
cmp_ok $left, '<=', 7 * 86400, 'for a week at most';
cmp_ok $left, '>', 86400, 'time enough for a late webhook';

# what cannot be mapped
my $dead_before = keys %{$t->all('dead')};
$t->webhook('{"order_key": "k", "currency": "EUR"}');
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} > $dead_before }),
    'an order without an id is a dead letter';
$t->webhook('{"broken');
ok $t->wait_for('a dead letter', sub {
    keys %{$t->all('dead')} > $dead_before + 1
}), 'so is one that is no JSON';
$t->redis('XADD', $t->key('ev', 'shop/1'), '*', 'e', '{"broken');
$t->redis('XADD', $t->key('ev', 'shop/1'), '*', 'e',
          '{"id":"x","kind":"nonsense","order":"shop/1"}');
$t->redis('XADD', $t->key('ev', 'shop/1'), '*', 'f', 'x');
ok $t->wait_for('an empty stream', sub {
    $t->redis('XLEN', $t->key('ev', 'shop/1')) == 0
}), 'broken events do not stop the stream';
$t->redis('ZADD', $t->key('queue', 'shop/1'), 1, '00a-job-that-is-no');
ok $t->wait_for('an empty set', sub {
    $t->redis('ZCARD', $t->key('queue', 'shop/1')) == 0
}), 'a due id without a job goes away';
ok $t->buy(customer => 'ada'), 'and the worker goes on';

$t->stop;
done_testing;
