# A rolling restart: a worker that waits for one slow answer gives its other
# shards back at once, and takes the events of the one that it still has.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');
my $shard = $t->shard('shop/' . $t->id($o));

$t->hold('dot');
$t->tell($o, kind => 'scored', score => 1);
ok $t->wait_for('a mail under way', sub { $t->held }), 'a mail is under way';
kill TERM => $t->{pids}{worker};

sub owned {
    my $now = int(time * 1000);
    return grep { ($t->redis('HGET', $t->shard_key($_, 'lease'), 'until_ms') // 0) > $now } 0 .. 15;
}

ok $t->wait_for('the other shards', sub { owned() == 1 }), 'all other shards are free before it is answered';
is join(' ', owned()), $shard, 'its own is not';
$t->tell($o, kind => 'asked', via => 'page');
ok $t->wait_for('the event', sub { $t->record($o)->{save}{asked} }), 'whose events are taken meanwhile';
is $t->held, 1, 'the mail still waits';
$t->release;
$t->kill_now('worker', 'TERM');
is scalar(my @m = $t->mails(1, subject => 'support_score')), 1, 'and is out';
is scalar(owned()), 0, 'then the last shard is free';

# a clock that went back makes no lease longer than eight seconds
$t->redis('HSET', $t->shard_key($shard, 'lease'), 'owner', 'gone', 'epoch', 50,
          'until_ms', int(time * 1000) + 3_600_000);
$t->start_worker('worker2');
$t->tell($o, kind => 'scored', score => 5);
ok $t->wait_for('the event', sub { ($t->record($o)->{save}{score}{value} // 0) == 5 }), 'a lease of an hour is taken over';
is $t->redis('HGET', $t->shard_key($shard, 'lease'), 'epoch'), 51, 'under a new epoch';

$t->stop;
done_testing;
