# Redis goes away and comes back: the worker waits, and goes on where it was.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(redis => {aof => 1});
my $o = $t->buy(customer => 'ada');

$t->stop_redis('TERM');
ok $t->wait_for('the log', sub { $t->log =~ /redis 127\.0\.0\.1:\d+: / }), 'it says that Redis is gone';
sleep 1;        # as long as it likes
ok kill(0, $t->{pids}{worker}), 'the worker lives without Redis';
$t->start_redis(aof => 1);
is $t->record($o)->{id}, $t->id($o), 'the order is still there';
$t->accept($o);
ok $t->wait_for('the offer to be applied', sub {
    $t->decision($o)->{applied} eq 'done'
}), 'the worker goes on by itself';

# every script is gone
$t->redis('SCRIPT', 'FLUSH');
$o = $t->buy(customer => 'budi');
ok $t->record($o), 'scripts that Redis forgot are sent again';

# Redis is killed while mails are under way
my @orders = map { $t->buy(customer => 'ada') } 1 .. 20;
$t->tell($_, kind => 'scored', score => 1) for @orders;
$t->mails(1, subject => 'support_score');
$t->stop_redis('TERM');
$t->start_redis(aof => 1);
my @mails = $t->mails(20, subject => 'support_score');
my %ids = map { $_->{message_id} => 1 } @mails;
is scalar keys %ids, 20, 'every mail arrives';
ok $t->wait_for('no job', sub { !keys %{$t->all('jobs')} || !grep {
    $_->{purpose} eq 'support_score' } values %{$t->all('jobs')} }),
    'and is settled';

$t->stop;
done_testing;
