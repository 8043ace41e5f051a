# An address with many orders (a till, a marketplace): a new order writes no
# event to each of the others, and none of them forgets what it has seen.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

# events alone are counted: facts are entries of a stream as well
my $t = OrderSave::Worker->new->start(no_worker => 1);
$t->configure(facts => JSON::PP::false);
$t->start_worker;

# commands that Redis was given, in scripts as well
sub calls {
    my ($name) = @_;
    my ($n) = $t->redis('INFO', 'commandstats') =~ /^cmdstat_\Q$name\E:calls=(\d+)/m;
    return $n // 0;
}

my @orders = map { $t->{demo}->order(customer => 'ada', locale => 'en') } 1 .. 40;
$t->webhook($_->{order}, topic => 'order.created') for @orders;
ok $t->wait_for('the orders', sub { @orders == grep { $t->record($_) } @orders }), 'forty orders of one address';
$t->settled;

my $before = calls('xadd');
my $new = $t->buy(customer => 'ada', created => time + 2);
$t->settled;
cmp_ok calls('xadd') - $before, '<=', 3, 'a new one tells none of them';

# but for the one that was asked to be cancelled
my $asked = $orders[7];
$t->tell($asked, kind => 'asked', via => 'page');
ok $t->wait_for('the wish', sub { $t->record($asked)->{save}{asked} }), 'one is asked to be cancelled';
$t->settled;
$before = calls('xadd');
my $newer = $t->buy(customer => 'ada', created => time + 60);
ok $t->wait_for('the notice', sub { $t->record($asked)->{save}{reordered} }), 'it hears of the next order';
$t->settled;
cmp_ok calls('xadd') - $before, '<=', 4, 'alone';

# the wish is heard of after the newer order
my ($first, $second) = ($t->buy(customer => 'budi'), $t->buy(customer => 'budi', created => time + 60));
$t->tell($first, kind => 'asked', via => 'page', at_ms => int((time - 1) * 1000));
ok $t->wait_for('the notice', sub { $t->record($first)->{save}{reordered} }), 'it is noticed in this order, too';

# an offer that was used: the newest hear of it
$before = calls('xadd');
$t->accept($newer, terms => {give => 'request', kind => 'request'}, kind => 'request');
ok $t->wait_for('it', sub { ($t->record($new)->{save}{used} // {})->{less} }), 'an accepted offer is told';
$t->settled;
cmp_ok calls('xadd') - $before, '<=', 15, 'to the newest of the others';

# a repeated event counts once, whatever came between
my %wish = (id => 'the-wish', kind => 'asked', via => 'page', at_ms => int(time * 1000));
my $one = $t->buy(customer => 'grace');
$t->tell($one, %wish);
$t->tell($one, kind => 'used', offer => 'less', at => int time) for 1 .. 40;
$t->tell($one, %wish);
ok $t->counted('duplicate', 1), 'a repeated event is known after forty others';
is $t->record($one)->{save}{asked}{count}, 1, 'and counts once';

$t->stop;
done_testing;
