# SIGTERM: what is under way is finished and settled, nothing new is begun, the
# shards are free at once.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');

$t->hold('dot');
$t->tell($o, kind => 'scored', score => 1);
ok $t->wait_for('a mail under way', sub { $t->held }), 'a mail is under way';
kill TERM => $t->{pids}{worker};
ok $t->wait_for('the log', sub { $t->log =~ /stopping/ }), 'told to stop';
$t->release;
$t->kill_now('worker', 'TERM');
is scalar(my @m = $t->mails(1, subject => 'support_score')), 1,
    'the mail under way is out';
is scalar(grep { $_->{purpose} eq 'support_score' } values %{$t->all('jobs')}),
    0, 'and settled';
is $t->count('sent.smtp.support_score'), 1, 'and counted';

my $now = int(time * 1000);
is scalar(grep { ($t->redis('HGET', $t->shard_key($_, 'lease'), 'until_ms') // 0)
                 > $now } 0 .. 15), 0, 'no lease is left to wait for';
$t->start_worker('worker2');
$t->accept($o);
ok $t->wait_for('done', sub { $t->decision($o)->{applied} eq 'done' }),
    'the next worker goes on';

$t->stop;
done_testing;
