# A worker that lost a shard without noticing changes nothing there: what it
# commits is refused, and a mail that is half-way out is not finished.

use strict;
use warnings;
use lib 't/lib';

use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'ada');
my $name = 'shop/' . $t->id($o);

# the server waits before it asks for the message; meanwhile the shard goes
$t->hold('data');
$t->tell($o, kind => 'scored', score => 1);
ok $t->wait_for('a mail under way', sub { $t->held }), 'a mail is under way';
# the other one is alive: it renews its lease
sub renew {
    my ($until) = @_;
    $t->redis('HSET', $t->key('lease', $name), 'owner', 'another',
              'epoch', 99, 'until_ms', $until // int(time * 1000) + 8000);
}
renew();
my $test = $$;
my $other_worker = fork // die "fork: $!";
if ($other_worker == 0) {
    while (getppid == $test) { renew(); sleep 1 }
    POSIX::_exit(0);
}
ok $t->wait_for('the worker to know', sub { $t->log =~ /lost to another worker/ }),
    'the worker learns that it lost the shard';

# what comes while another has the shard stays where it is, though others' is
# taken
$t->tell($o, kind => 'asked');
$t->release;
my $other = $t->buy(customer => 'budi');
$other = $t->buy(customer => 'budi')
    while $t->shard("shop/$other->{order}{id}") == $t->shard($name);
$t->tell($other, kind => 'scored', score => 1);
$t->mails(1, subject => "support_score $other->{order}{number}");
is scalar(my @none = $t->mails(0, subject =>
    "support_score $o->{order}{number}")), 0, 'the mail is not finished';
is $t->record($o)->{save}{asked}, undef, 'an event is not committed';

# the other is gone: its lease runs out
kill KILL => $other_worker;
waitpid $other_worker, 0;
renew(0);
is scalar($t->mails(1, subject => "support_score $o->{order}{number}")), 1,
    'then the mail goes out';
ok $t->wait_for('asked', sub { $t->record($o)->{save}{asked} }),
    'and the event is taken';
is $t->redis('HGET', $t->key('lease', $name), 'epoch'), 100,
    'under a new epoch';

$t->stop;
done_testing;
