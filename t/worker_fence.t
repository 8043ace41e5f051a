# A worker that lost a shard without noticing changes nothing there: what it
# commits is refused, and a mail that is half-way out is not finished.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');
my $name = 'shop/' . $t->id($o);

# the server waits before it asks for the message; meanwhile the shard goes
$t->{sink}->request('POST', '/api/faults', {}, json => {
    at => 'data', times => 1, delay_ms => 1500});
$t->tell($o, kind => 'scored', score => 1);
sleep 0.7;
$t->redis('HSET', $t->key('lease', $name), 'owner', 'another', 'epoch', 99,
          'until_ms', int(Time::HiRes::time() * 1000) + 5000);
sleep 1.5;
is scalar(my @none = $t->mails(0, subject => 'support_score')), 0,
    'a mail under way is not finished';

# what comes while another has the shard stays where it is
$t->tell($o, kind => 'asked');
sleep 0.5;
is $t->record($o)->{save}{asked}, undef, 'an event is not committed';
like $t->log, qr/lost to another worker/, 'the worker knows';

# the other is gone: the lease runs out
is scalar($t->mails(1, subject => 'support_score')), 1,
    'then the mail goes out';
ok $t->wait_for('asked', sub { $t->record($o)->{save}{asked} }),
    'and the event is taken';
is $t->redis('HGET', $t->key('lease', $name), 'epoch'), 100,
    'under a new epoch';

$t->stop;
done_testing;
