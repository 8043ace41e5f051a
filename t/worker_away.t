# Redis away for longer than a lease, just when mails and SMS were taken: what
# is known to be out is settled under the mark that it has, not sent again and
# not left to a person.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {after => '1s', sms => JSON::PP::true}},
    sms => {from => '+15005550006', country => 'US'}});
$t->start(no_worker => 1, redis => {aof => 1, args => [qw(--appendfsync always)]});
$t->configure(
    redis => {host => '127.0.0.1', port => $t->{redis_port}, timeout => '1s'},
    sms => {kind => 'twilio', url => $t->{sink}->url, account => 'AC0demo',
            token_file => $t->write('token', "secret\n"), timeout => '60s'});
$t->start_worker;

sub settled_in_redis { return !%{$t->all('jobs')} }

# four mails whose final dot is not answered yet
my @orders = map { $t->buy(customer => 'ada') } 1 .. 4;
$t->hold('dot', 4);
$t->tell($_, kind => 'scored', score => 1) for @orders;
ok $t->wait_for('four dots', sub { $t->held == 4 }), 'four mails wait for their answer';

# four SMS as well
my %buyer = (billing => {first_name => 'Ada', email => 'ada@shop.test',
                         phone => '(415) 555-2671', country => 'US'},
             consent => {sms => 'yes'});
my @texts = map { $t->buy(customer => 'ada', %buyer) } 1 .. 4;
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'sms', times => 4, hold => 1});

for my $o (@texts) {
    $t->tell($o, kind => 'asked', via => 'page');
    $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
}

ok $t->wait_for('four SMS', sub { $t->held == 8 }), 'and so do four SMS';

$t->stop_redis('TERM');
$t->release;
sleep 12;       # a lease, and what a clock may be off
$t->start_redis(aof => 1, args => [qw(--appendfsync always)]);
$t->settled;

my %seen;
$seen{$_->{message_id}}++ for $t->mails(4, subject => 'support_score');
is_deeply [sort { $a <=> $b } values %seen], [1, 1, 1, 1], 'four mails, each once';
is scalar(my @sms = @{$t->{sink}->messages(4, kind => 'sms', text => 'sorry')}), 4, 'four SMS, each once';
is_deeply $t->all('dead'), {}, 'and none is a dead letter';
is $t->count('sent.smtp.support_score'), 4, 'each mail is counted once';
is $t->count('sent.sms.cancelled'), 4, 'and so is each SMS';

# another worker has the shard when the first one comes to
my $o = $t->buy(customer => 'ada');
$t->hold('dot', 1);
$t->tell($o, kind => 'scored', score => 1);
ok $t->wait_for('a dot', sub { $t->held == 1 }), 'a mail waits for its answer';
kill STOP => $t->{pids}{worker};
$t->release;
$t->start_worker('other');
ok $t->wait_for('the other', sub { $t->log('other') =~ /shard .*: ours/ }), 'another worker takes over';
kill CONT => $t->{pids}{worker};
$t->settled;
is_deeply $t->all('dead'), {}, 'what the first one knows is heard';
is scalar(my @m = $t->mails(1, subject => "support_score $o->{order}{number}")), 1, 'and the mail is out once';

$t->stop;
done_testing;
