# What one worker found out of a mail server that is down, the others hear: one
# that has just begun looks with one job, and not with five, and all go on once
# it is back. A worker that dies leaves no word behind for ever, and one whose own
# network fails does not hold up the others.

use strict;
use warnings;
use lib 't/lib';

use Mojo::UserAgent;
use POSIX ();
use Time::HiRes ();
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
my @port = map { OrderSave::Nginx::free_port() } 0 .. 1;

sub begin {
    my ($n) = @_;
    $t->configure(status => "127.0.0.1:$port[$n]");
    rename $t->path('worker.json'), $t->path("worker$n.json");
    $t->start_worker("worker$n", $t->path("worker$n.json"));
    return;
}

sub ask { my ($n, $path) = @_; return Mojo::UserAgent->new->get("http://127.0.0.1:$port[$n]$path")->res }

sub status { my ($n) = @_; return ask($n, '/status')->json // {} }

# tries of this worker that ended so
sub tries {
    my ($n, $outcome) = @_;
    my ($sum, $text) = (0, ask($n, '/metrics')->body);
    $sum += $1 while $text =~ /^ordersave_worker_deliveries_total\{channel="smtp",[^}]*outcome="$outcome"\} (\d+)/mg;
    return $sum;
}

begin(0);
my @orders = map { $t->buy(customer => 'ada') } 1 .. 40;
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'connect', times => -1, reply => '421 4.3.2 down'});
$t->tell($_, kind => 'scored', score => 1) for @orders;
ok $t->wait_for('the breaker', sub { (status(0)->{breakers_open} // 0) == 1 }), 'the first worker finds it closed';
ok $t->wait_for('the word of it', sub { @{$t->redis('HKEYS', $t->shard_key(0, 'closed'))} == 1 }), 'and says so';
my ($said) = @{$t->redis('HKEYS', $t->shard_key(0, 'closed'))};

begin(1);
ok $t->wait_for('its share', sub { (status(1)->{held} // 0) == 8 }), 'a second one has half of the shards';
ok $t->wait_for('it to know', sub { (status(1)->{breakers_open} // 0) == 1 }), 'and knows that it is closed';
ok $t->wait_for('a look', sub { tries(1, 'again') }), 'looks itself';
unlike $t->log('worker1'), qr/5 failures/, 'and not five times before it believes it';
like $t->log('worker1'), qr/closed, another worker says: one job looks/, 'as the log says';
cmp_ok tries(1, 'again'), '<', 5, 'with a job a while';

$t->{sink}->request('DELETE', '/api/faults');
is scalar(my @all = $t->mails(40, subject => 'support_score')), 40, 'it is back: all go out';
cmp_ok tries(1, 'sent'), '>', 0, 'by both';
ok $t->wait_for('none to say it', sub { @{$t->redis('HKEYS', $t->shard_key(0, 'closed'))} == 0 }), 'nobody says any more that it is closed';

# the one that knew is gone
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'mail', times => -1, reply => '421 4.3.2 down'});
$t->tell($_, kind => 'scored', score => 2) for @orders;
ok $t->wait_for('the word of it', sub { @{$t->redis('HKEYS', $t->shard_key(0, 'closed'))} == 1 }), 'it is closed again';
$t->kill_now('worker0', 'KILL');
$t->{sink}->request('DELETE', '/api/faults');
$t->mails(80, subject => 'support_score');
$t->settled;
my %once;
$once{"$_->{subject} $_->{message_id}"}++ for $t->mails(80, subject => 'support_score');
is scalar(keys %once), 80, 'all go out without it';

# a word that is not true of us
my $key = $t->shard_key(0, 'closed');
my $test = $$;
my $liar = fork // die;
if ($liar == 0) {
    while (getppid == $test) { $t->redis('HSET', $key, $said, int(1000 * Time::HiRes::time() + 60_000)); Time::HiRes::sleep(0.2) }
    POSIX::_exit(0);
}
ok $t->wait_for('it to hear', sub { my $n = () = $t->log('worker1') =~ /another worker says/g; $n >= 2 }), 'another one says that it is closed';
my @more = map { $t->buy(customer => 'grace') } 1 .. 20;
$t->tell($_, kind => 'scored', score => 1) for @more;
is scalar($t->mails(100, subject => 'support_score')), 100, 'all go out all the same';
kill KILL => $liar;
waitpid $liar, 0;

# all wait behind a server that is down: who looks keeps one shard awake, and not
# each that was handed a job for it
$t->settled;
$t->redis('DEL', $key);
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'mail', times => -1, reply => '421 4.3.2 down'});
$t->tell($_, kind => 'scored', score => 1) for map { $t->buy(customer => 'ada') } 1 .. 60;
ok $t->wait_for('the word of it', sub { @{$t->redis('HKEYS', $key)} == 1 }), 'it is closed a last time';
ok $t->wait_for('the events', sub { !grep { $t->redis('XLEN', $t->shard_key($_, 'ev')) } 0 .. 15 }), 'what was told is taken';
$t->kill_now('worker1', 'TERM');
$t->redis('HSET', $key, $said, int(1000 * Time::HiRes::time() + 60_000));
begin(0);
ok $t->wait_for('a look', sub { tries(0, 'again') }), 'a worker that begins looks with one job';
my $asked = sub { ($t->redis('INFO', 'commandstats') =~ /^cmdstat_evalsha:calls=(\d+)/m)[0] };
my ($before, $from) = ($asked->(), Time::HiRes::time());
Time::HiRes::sleep(3);
my $each = ($asked->() - $before) / (Time::HiRes::time() - $from);
cmp_ok $each, '<', 400, sprintf("it asks Redis %d times a second, where 16 shards that are awake ask 800 times", $each);
cmp_ok $each, '>', 5, 'and it does ask';

$t->stop;
done_testing;
