# A mail server that is down: jobs wait behind the breaker, none dies, all go
# out when it is back; and no more leave in a second than the shop wants.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Mojo::UserAgent;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $port = Demo::free_port();
my $t = OrderSave::Worker->new(config => {
    retry => {first => '1s', most => '1s'},
    status => "127.0.0.1:$port"})->start;

sub status {
    return Mojo::UserAgent->new->get("http://127.0.0.1:$port/status")
        ->res->json;
}

my @orders = map { $t->buy(customer => 'ada') } 1 .. 20;

$t->{sink}->request('POST', '/api/faults', {}, json => {
    at => 'connect', times => -1, reply => '421 4.3.2 down'});
$t->tell($_, kind => 'scored', score => 1) for @orders;
ok $t->wait_for('the breaker', sub { status()->{breakers_open} == 1 }),
    'after five failures the breaker is open';
# as long as it takes to look twice whether the server is back
my $knocks = sub { $t->{sink}->get('/api/stats')->json->{connections} };
my $knocked = $knocks->();
$t->wait_for('two looks', sub { $knocks->() >= $knocked + 2 });
my $tries = $t->count('tries.again');
is keys %{$t->all('dead')}, 0, 'nothing dies behind it';
cmp_ok $tries, '<', 60, "few tries are made ($tries for 20 jobs)";
is status()->{redis}, JSON::PP::true(), 'Redis is there';

$t->{sink}->request('DELETE', '/api/faults');
is scalar(my @m = $t->mails(20, subject => 'support_score')),
    20, 'the server is back: all go out';
is status()->{breakers_open}, 0, 'the breaker is closed';

# five a second
$t->kill_now('worker');
$t->{sink}->request('DELETE', '/api/messages');
$t->configure(smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                       starttls => 'never', per_second => 5});
$t->start_worker('worker2');
# slow machines are later than that, and none is earlier
my $told = time;
$t->tell($_, kind => 'scored', score => 2) for @orders;
@m = sort { $a->{at} <=> $b->{at} } $t->mails(20, subject => 'support_score');
cmp_ok $m[-1]{at} - $told, '>', 2.5, 'twenty mails at five a second';

$t->stop;
done_testing;
