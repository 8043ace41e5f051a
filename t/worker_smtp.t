# Every outcome of a mail server: taken, later, never, gone before the dot, and
# gone after it.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {follow_up => {cancelled => {
    after => '1s', next_order => 'NEXT5'}}})->start(no_worker => 1);

sub restart {
    my ($name, $final_timeout) = @_;
    $t->configure(smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                           starttls => 'never', timeout => '60s',
                           final_timeout => $final_timeout});
    $t->start_worker($name);
}

restart('worker', '60s');

sub fault {
    my (%fault) = @_;
    $t->{sink}->request('DELETE', '/api/faults');
    $t->{sink}->request('POST', '/api/faults', {}, json => \%fault);
    return;
}

# A support mail: it goes at once and needs no read.
sub score {
    my $o = $t->buy(customer => 'ada');
    $t->tell($o, kind => 'scored', score => 1, comment => 'no');
    return "support_score $o->{order}{number}";
}

sub arrives { my ($s, $n) = @_; return scalar $t->mails($n // 1, subject => $s) }

is arrives(score()), 1, 'taken';

for my $at (qw(connect mail rcpt data dot)) {
    fault(at => $at, times => 1,
          reply => $at eq 'connect' ? '421 4.3.2 busy' : '451 4.2.0 later');
    is arrives(score()), 1, "4yz at $at: sent later, once";
}

for my $at (qw(rcpt dot)) {
    my $dead = keys %{$t->all('dead')};

    fault(at => $at, times => 1, reply => '550 5.1.1 nobody');
    my $subject = score();
    ok $t->wait_for('a dead letter', sub {
        keys %{$t->all('dead')} == $dead + 1
    }), "5yz at $at: a dead letter at once";
    $t->settled;
    is arrives($subject, 0), 0, 'and no mail';
}

for my $at (qw(mail data)) {
    fault(at => $at, times => 1, drop => 1);
    is arrives(score()), 1, "connection lost at $at: sent later";
}

is $t->count('ambiguous.again'), 0, 'none of these was in doubt';

# after the dot: it may have been taken, so the same message comes again
fault(at => 'dot', times => 1, drop => 1, keep => 1);
my $subject = score();
my @mails = $t->mails(2, subject => $subject);
is scalar @mails, 2, 'lost after the dot: sent again';
is $mails[0]{message_id}, $mails[1]{message_id}, 'under the same Message-ID';
ok $t->counted('ambiguous.again', 1), 'and counted';

$t->kill_now('worker');
restart('worker2', '2s');
fault(at => 'dot', times => 1, hang => 1, keep => 1);
$subject = score();
is scalar $t->mails(2, subject => $subject), 2,
    'no answer to the dot in time: sent again';

$t->settled;
$t->kill_now('worker2');
restart('worker3', '60s');

# a message with an offer is not sent again
my $left = $t->count('ambiguous.left');
fault(at => 'dot', times => 1, drop => 1, match => 'next NEXT5');
my $o = $t->buy(customer => 'budi', consent => {email => 'yes'});
$t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
$t->tell($o, kind => 'asked');
ok $t->counted('ambiguous.left', $left + 1), 'with an offer: left as it is';
$t->settled;
is arrives("cancelled $o->{order}{number}", 0), 0, 'and not sent again';
is scalar(grep { $_->{order} eq 'shop/' . $t->id($o) }
          values %{$t->all('jobs')}), 0, 'nor kept';

$t->stop;
done_testing;
