# Servers that take a message and answer too late, or never, and a worker that
# dies while it waits: nobody can know whether it arrived. A mail goes once
# more, an SMS does not, and then a person decides.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {after => '1s', sms => JSON::PP::true,
                                email => JSON::PP::false}},
    sms => {from => '+15005550006', country => 'DE'}})->start(no_worker => 1);
my $started = 0;

sub restart {
    my (%sms) = @_;
    my $timeout = delete $sms{smtp} // '60s';
    # a dead one's leases run out, and nobody counts it any more
    $t->redis('HSET', $t->shard_key($_, 'lease'), 'until_ms', 0)
        for 0 .. 15;
    $t->redis('DEL', $t->shard_key(0, 'workers'));
    $t->configure(
        sms => {timeout => '60s', %sms},
        smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                 starttls => 'never', timeout => $timeout,
                 final_timeout => '60s'});
    $t->start_worker('worker' . ++$started);
    return;
}

sub killed {
    my $pid = delete $t->{pids}{"worker$started"};
    kill KILL => $pid;
    waitpid $pid, 0;
    return;
}

sub fault {
    $t->{sink}->request('DELETE', '/api/faults');
    $t->{sink}->request('POST', '/api/faults', {}, json => {@_}) if @_;
    return;
}

sub score {
    my $o = $t->buy(customer => 'ada');
    $t->tell($o, kind => 'scored', score => 1, comment => 'no');
    return "support_score $o->{order}{number}";
}

sub cancelled {
    my $o = $t->buy(customer => 'ada', consent => {sms => 'yes'},
                    billing => {email => 'a@shop.test', country => '',
                                phone => '030 901820'},
                    shipping => {country => ''});
    $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
    $t->tell($o, kind => 'asked');
    return "sorry about $o->{order}{number}";
}

sub mails { my ($subject, $n) = @_;
    return scalar $t->mails($n, subject => $subject) }

sub texts { my ($text, $n) = @_;
    return scalar @{$t->{sink}->messages($n, kind => 'sms', text => $text)} }

sub sending { return grep { ($_->{state} // '') eq 'sending'
                            && ($_->{doubts} // 0) == $_[0] }
              values %{$t->all('jobs')} }

# The id of the one dead letter, which says what it is.
sub dies {
    my ($why) = @_;
    ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }),
        'then a person decides';
    my ($id) = keys %{$t->all('dead')};
    like $t->all('dead')->{$id}{why}, qr/^not known whether it arrived: $why/,
        'who is told that it may have arrived';
    return $id;
}

sub retry {
    my ($id) = @_;
    fault();
    is +($t->ctl('dead', 'retry', $id))[0], 0, 'dead retry';
    return;
}

my @sms = (kind => 'twilio', url => $t->{sink}->url, account => 'AC0demo',
           token_file => 'token');
$t->write('token', "secret\n");

# the answer to the dot has a time limit of its own
restart(@sms, smtp => '5s');
fault(at => 'dot', times => -1, hold => 1);
my $subject = score();
ok $t->wait_for('a mail is out', sub { $t->held }), 'a mail is out';
sleep 6;        # longer than any other answer may take
$t->release;
ok $t->counted('sent.smtp.support_score', 1), 'a slow answer is waited for';
$t->settled;
is mails($subject, 0), 1, 'the mail came once';
killed();
restart(@sms);

# it keeps every mail and answers none
fault(at => 'dot', times => -1, drop => 1, keep => 1);
$subject = score();
my $id = dies('no answer to the final dot');
is mails($subject, 0), 2, 'the mail came twice';
is $t->count('ambiguous.again'), 1, 'once again, counted';
is $t->count('ambiguous.dead'), 1, 'the dead letter too';
retry($id);
is mails($subject, 3), 3, 'and it is sent';

# what surely did not arrive is as many tries as ever
fault(at => 'rcpt', times => 2, reply => '450 4.2.0 later');
is mails(score(), 1), 1, '4yz: two tries more, one mail';
is $t->count('ambiguous.again'), 1, 'none of them in doubt';

# killed while it waits, twice
fault(at => 'dot', times => -1, hang => 1, keep => 1);
$subject = score();
ok $t->wait_for('a mail is out', sub { sending(0) }), 'a mail without answer';
killed();
restart(@sms);
ok $t->wait_for('it is out again', sub { sending(1) }),
    'its worker dies: it goes once more';
killed();
restart(@sms);
$id = dies('a worker died');
is mails($subject, 0), 2, 'and no third time';
$t->ctl('dead', 'drop', $id);

# an SMS has nothing that would fold a second one
killed();
restart(@sms, timeout => '2s');
fault(at => 'sms', times => -1, hang => 1, keep => 1);
my $text = cancelled();
$id = dies('no answer of the SMS service');
is texts($text, 0), 1, 'an SMS came once';
killed();
restart(@sms);
retry($id);
is texts($text, 2), 2, 'and again when a person says so';
ok $t->counted('sent.sms.cancelled', 1), 'sent';

fault(at => 'sms', times => -1, hang => 1, keep => 1);
$text = cancelled();
ok $t->wait_for('an SMS is out', sub { sending(0) }), 'an SMS without answer';
killed();
restart(@sms);
$id = dies('(a worker died|no answer)');
is texts($text, 0), 1, 'its worker dies: not again';
$t->ctl('dead', 'drop', $id);
fault();

# nobody there: nothing can have arrived
my $again = $t->count('tries.again');
killed();
restart(@sms, url => 'http://127.0.0.1:' . OrderSave::Nginx::free_port());
cancelled();
ok $t->counted('tries.again', $again + 2), 'no connection: tried again';
is scalar(grep { $_->{doubts} } values %{$t->all('jobs')}), 0, 'without doubt';
is keys %{$t->all('dead')}, 0, 'and without a person';
killed();
$t->redis('DEL', $_) for grep { /:(?:queue|jobs:..)$/ } @{$t->redis('KEYS', '*')};

# a service that is told to fold what has the same key
restart(kind => 'generic', url => $t->{sink}->url . '/sms',
        token_file => 'token', headers => {'Idempotency-Key' => '{{id}}'});
$again = $t->count('ambiguous.again');
fault(at => 'sms', times => 2, drop => 1, keep => 1);
$text = cancelled();
is texts($text, 3), 3, 'with a key an SMS goes until it is answered';
is $t->count('ambiguous.again'), $again + 2, 'counted';

$t->stop;
done_testing;
