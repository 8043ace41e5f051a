# A mail server that says no to everybody says nothing of a mail: the queue
# waits, and goes out when somebody has mended it. What it said is kept, and
# names nobody.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;

sub fault {
    $t->{sink}->request('DELETE', '/api/faults');
    $t->{sink}->request('POST', '/api/faults', {}, json => {times => -1, @_}) if @_;
}

sub score {
    my ($n) = @_;
    my @orders = map { $t->buy(customer => 'ada') } 1 .. $n;
    $t->tell($_, kind => 'scored', score => 1) for @orders;
    return @orders;
}

my %refusals = (
    greeting => [connect => '554 5.7.1 go away'],
    MAIL     => [mail => '550 5.7.1 ada@shop.test may not send'],
    relay    => [rcpt => '554 5.7.1 <ada@shop.test>: relay access denied'],
    policy   => [dot => '550 5.7.26 not authenticated'],
);

my $sent = 0;
for my $name (sort keys %refusals) {
    my ($at, $reply) = @{$refusals{$name}};
    my $again = $t->count('tries.again');

    # a connection that stands would be used again
    $t->kill_now('worker');
    $t->write('logs/worker.out', '');
    fault(at => $at, reply => $reply);
    $t->start_worker;
    my @orders = score(6);
    ok $t->wait_for('the breaker', sub { $t->log =~ /failed \d+ times in a row/ }), "$name: the breaker opens";
    ok $t->counted('tries.again', $again + 5), "$name: mails are tried again";
    is_deeply $t->all('dead'), {}, "$name: none is dead";
    my ($job) = grep { $_->{why} } values %{$t->all('jobs')};
    my ($code) = $reply =~ /^(\S+ \S+)/;
    like $job->{why}, qr/the mail server said \Q$code\E/, "$name: the job says what was said";
    unlike $job->{why}, qr/@/, "$name: and names nobody";
    fault();
    $sent += 6;
    is scalar(my @m = $t->mails($sent, subject => 'support_score')), $sent, "$name: all go out when it is over";
}

# what is said of one recipient is the end of that mail alone
fault(at => 'rcpt', reply => '550 5.1.1 <ada@shop.test>: no such user', times => 1);
score(1);
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }), 'no such user: a dead letter';
my ($dead) = values %{$t->all('dead')};
is $dead->{why}, 'the mail server said 550 5.1.1 (address) no such user', 'which says so, and names nobody';
unlike $t->log, qr/ada\@/, 'nor does the log';

$t->stop;
done_testing;
