# A worker that is killed between two follow-ups is replaced by the other once
# its leases are over: no message is missing, none comes twice. Both share the
# shards before, and the one that is left has all of them after. What was marked
# at the kill and not noted may come twice, and is counted.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use JSON::PP;
use Mojo::UserAgent;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {after => '6s'}}})->start(no_worker => 1);

my @port = map { Demo::free_port() } 1 .. 2;

for my $n (0, 1) {
    $t->configure(status => "127.0.0.1:$port[$n]");
    rename $t->path('worker.json'), $t->path("worker$n.json");
    $t->start_worker("worker$n", $t->path("worker$n.json"));
}

sub held {
    my ($n) = @_;
    my $tx = Mojo::UserAgent->new->get("http://127.0.0.1:$port[$n]/status");
    return $tx->res->json ? $tx->res->json->{held} : -1;
}

ok $t->wait_for('an even share', sub { held(0) == 8 && held(1) == 8 }),
    'two workers hold eight shards each';

my @orders;

for my $n (1 .. 40) {
    my $o = $t->buy(customer => 'ada', billing => {email => "b$n\@shop.test"});
    push @orders, $o;
    $t->tell($o, kind => 'asked', via => 'page');
    $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
    sleep 0.1;
}

# some are out, some are not
ok $t->wait_for('the first mails', sub {
    $t->mails(0, subject => 'cancelled') >= 5
}), 'follow-ups have begun';
kill KILL => $t->{pids}{worker0};
waitpid delete $t->{pids}{worker0}, 0;

ok $t->wait_for('the other to take over', sub { held(1) == 16 }),
    'the other holds all shards';

$t->mails(40, subject => 'cancelled');
$t->settled;
my %times;
$times{$_->{to}[0]}++ for $t->mails(40, subject => 'cancelled');

is scalar keys %times, 40, 'none is missing';
cmp_ok scalar(grep { $_ > 1 } values %times), '<=', $t->count('ambiguous.again'),
    'none came twice, but what was on its way just then';
is scalar keys %{$t->all('jobs')}, 0, 'no job is left';

$t->kill_now('worker1', 'TERM');
like $t->log('worker1'), qr/stopped$/, 'SIGTERM stops it well';

$t->stop;
done_testing;
