# One channel does not hold up another: a mail server that hangs, hundreds of
# mails due before it, and an accepted offer that came last. Nor does it hold
# up a stop: what no sender has begun stays due, in its order.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $mails = 400;
my $port = OrderSave::Nginx::free_port();
my $t = OrderSave::Worker->new(shards => 1, redis_port => $port, config => {
    redis => {host => '127.0.0.1', port => $port, timeout => '30s',
              shards => 1}})->start(no_worker => 1);
$t->configure(smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                       starttls => 'never', connections => 4,
                       timeout => '30s'});
$t->start_worker;
my $o = $t->buy(customer => 'ada');
my $buyer = $t->buy(customer => 'cid', status => 'pending');
my $due = $t->shard_key(0, 'queue');

sub fault {
    $t->{sink}->request('DELETE', '/api/faults');
    $t->{sink}->request('POST', '/api/faults', {}, json => {@_}) if @_;
    return;
}

sub waits { return scalar grep { $_->{purpose} eq 'support_score' }
            values %{$t->all('jobs')} }

fault(at => 'data', times => -1, hang => 1);
my $begun = int(time * 1000) - 10_000;

for my $n (1 .. $mails) {
    my $id = sprintf 'mail-%011d', $n;
    $t->put_job({
        id => $id, order => 'shop/' . $t->id($o), purpose => 'support_score',
        channel => 'smtp', made_ms => $begun,
        data => {to => 'support', score => 1, comment => "$n"}}, $begun + $n);
}

$t->accept($buyer);
ok $t->wait_for('done', sub { $t->decision($buyer)->{applied} eq 'done' }),
    'an offer is applied while all mails hang';
is waits(), $mails, 'they wait';
cmp_ok $t->redis('ZCOUNT', $due, '-inf', 0), '>=', $mails - 64 - 4,
    'those that find no place are out of the way';

# slow, and told to stop
$t->kill_now('worker', 'KILL');
$t->redis('HSET', $t->shard_key(0, 'lease'), 'until_ms', 0);
fault(at => 'data', times => -1, delay_ms => 300);
$t->start_worker('worker2');
ok $t->counted('sent.smtp.support_score', 3), 'some go out';
$t->kill_now('worker2', 'TERM');
cmp_ok waits(), '>', $mails / 2, 'a stop does not wait for the others';
unlike $t->log('worker2'), qr/deliveries under way/, 'and is a clean one';

# as fast as it goes
fault();
$t->start_worker('worker3');
ok $t->wait_for('no mails', sub { waits() == 0 }), 'then all go out';

my @said = map { $_->{text} =~ /^said (\d+)$/m }
           $t->mails($mails, subject => 'support_score');
my %times;
$times{$_}++ for @said;
is keys %times, $mails, 'each';
is scalar(@said), $mails, 'once';

my %at;
@at{@said} = 0 .. $#said;
cmp_ok((sort { $b <=> $a } @at{1 .. 100})[0], '<', $at{300},
       'in the order in which they were due');

$t->stop;
done_testing;
