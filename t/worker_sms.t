# Outcomes of an SMS service, Twilio's shape and a described one.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {after => '1s', sms => JSON::PP::true,
                                email => JSON::PP::false}},
    sms => {from => '+15005550006', country => 'DE'}})->start(no_worker => 1);
my $token = $t->write('token', "secret\n");

sub restart {
    my ($name, $timeout) = @_;
    $t->configure(retry => {first => '1s', most => '4s'},
                  sms => {kind => 'twilio', url => $t->{sink}->url,
                          timeout => $timeout,
                          account => 'AC0demo', token_file => 'token'});
    $t->start_worker($name);
}

restart('worker', '60s');

sub cancelled {
    my (%buyer) = @_;
    my $o = $t->buy(customer => 'ada', consent => {sms => 'yes'},
                    billing => {email => 'a@shop.test', country => '',
                                phone => '030 901820'},
                    shipping => {country => ''}, %buyer);
    $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
    $t->tell($o, kind => 'asked');
    return "sorry about $o->{order}{number}";
}

sub texts {
    my ($text, $n) = @_;
    return @{$t->{sink}->messages($n, kind => 'sms', text => $text)};
}

sub fault {
    $t->{sink}->request('DELETE', '/api/faults');
    $t->{sink}->request('POST', '/api/faults', {}, json => {at => 'sms', @_});
}

my ($sms) = texts(cancelled(), 1);
is $sms->{to}[0], '+4930901820', 'a national number is completed by country';

# it may have been handed on before the service, or what stands before it, failed
for my $status (500, 502, 503) {
    fault(times => 1, status => $status);
    my $text = cancelled();
    ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }),
        "$status: a person looks at it";
    my ($id, $job) = %{$t->all('dead')};
    like $job->{why}, qr/not known whether it arrived/, 'and reads why';
    $t->ctl('dead', 'drop', $id);
}

fault(times => 1, status => 429, retry_after => 3);
my $begun = time;
is scalar(my @late = texts(cancelled(), 1)), 1, '429: sent later';
cmp_ok $late[0]{at} - $begun, '>', 3, 'not before Retry-After';

sub suppressed { return scalar @{$t->redis('KEYS', 'ordersave:*:suppress:*')} }

# the number's own: known from then on, no dead letter each time
my $phone = 30901830;
for my $code (21610, 21211, 21614) {
    my @number = (billing => {email => 'a@shop.test', country => '', phone => '0' . ++$phone});
    my $known = suppressed();
    fault(times => 1, status => 400, json => {code => $code, message => 'not to +4930901831'});
    cancelled(@number);
    ok $t->wait_for('its number', sub { suppressed() == $known + 1 }), "$code: that number gets none";
    $t->settled;                # what was read of the order asks once more
    $t->{sink}->request('DELETE', '/api/faults');
    my $text = cancelled(@number);
    my ($id) = $text =~ /(\d+)\z/;
    ok $t->wait_for('its end', sub { $t->log =~ m{order shop/$id cancelled \S+ done} }), "$code: nor another time";
    $t->settled;
    is scalar(my @none = texts($text, 0)), 0, "$code: the service is not asked";
}
is_deeply $t->all('dead'), {}, 'and nothing is a dead letter';

fault(times => 1, status => 400, json => {code => 21408, message => 'not enabled for the region of +4930901820'});
my $text = cancelled();
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }),
    '400: a dead letter';
my ($gone) = values %{$t->all('dead')};
$t->redis('XADD', $t->key('ev', $gone->{order}), '*', e => encode_json {id => 'once-more', kind => 'asked',
    order => $gone->{order}, at_ms => int(time * 1000)});
$t->settled;
is scalar(my @none = texts($text, 0)), 0, 'and no message, though it is asked for again';
is scalar(keys %{$t->all('dead')}), 1, 'a person looks at it first';
is $gone->{why}, 'the SMS service said 400: 21408 not enabled for the region of (number)', 'and reads code and words, without the number';

$t->kill_now('worker');
restart('worker1', '1s');
fault(times => 1, hang => 1);
$text = cancelled();
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 2 }),
    'no answer: a person looks at that one too';
$t->settled;
is scalar(my @two = texts($text, 0)), 0, 'and it is not sent again';

$text = cancelled(consent => {});
ok $t->counted('not_sent', 1), 'no consent: counted';
$t->settled;
is scalar(my @no = texts($text, 0)), 0, 'and no message';

$t->kill_now('worker1');
$t->configure(sms => {kind => 'generic', url => $t->{sink}->url . '/sms',
                      token_file => 'token', body => {
    from => '{{from}}', to => '{{to}}', text => '{{text}} by {{id}}'}});
$t->start_worker('worker2');
($sms) = texts(cancelled(), 1);
like $sms->{text}, qr/ by [\w-]{16}$/, 'a service that the file describes';

$t->stop;
done_testing;
