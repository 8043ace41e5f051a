# SIGTERM: what is under way is finished and settled, nothing new is begun, the
# shards are free at once.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');

$t->{sink}->request('POST', '/api/faults', {}, json => {
    at => 'dot', times => 1, delay_ms => 1500});
$t->tell($o, kind => 'scored', score => 1);
sleep 0.7;
$t->kill_now('worker', 'TERM');
is scalar(my @m = $t->mails(1, subject => 'support_score')), 1,
    'the mail under way is out';
is scalar(grep { $_->{purpose} eq 'support_score' } values %{$t->all('jobs')}),
    0, 'and settled';
is $t->count('sent.smtp.support_score'), 1, 'and counted';

my $begun = time;
$t->start_worker('worker2');
$t->accept($o);
ok $t->wait_for('done', sub { $t->decision($o)->{applied} eq 'done' }),
    'the next worker goes on';
cmp_ok time - $begun, '<', 6, sprintf 'without waiting for leases (%.1f s)',
    time - $begun;

$t->stop;
done_testing;
