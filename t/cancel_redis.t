# Whatever happens to Redis, the store's answer goes through, and what was
# asked is there when Redis is back.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis(aof => 1)->start_upstream(sub {
    return "HTTP/1.1 302 Found\r\nLocation: /done\r\nContent-Length: 0\r\n\r\n";
});
$t->order(19);
$t->start_nginx(server => $t->woo, processes => 2);
is $t->get($t->cancel_uri(19))->{status}, 200, 'met while Redis is up';
# whether Redis has it is not known to nginx yet, where Redis goes at once
my %before = map { $_->{id} => 1 } $t->event(19, 'exposed');

# stopped dead

$t->stop_redis;
my $answer = $t->get($t->cancel_uri(19));
is $answer->{status}, 302, 'Redis gone: the store answers';
ok $t->logged(qr/pass-redis/), 'and the log says why';
$t->get($t->cancel_uri(50 + $_)) for 1 .. 20;

my @spooled = glob $t->path('spool/*.spool');
ok scalar(@spooled), 'what was asked waits on disk';

# a process that dies leaves its file to the others
my ($master) = $t->{pids}{nginx};
my ($worker) = split ' ', `pgrep -P $master`;
kill 'KILL', $worker;

$t->start_redis(aof => 1);
ok $t->event(19, 'asked'), 'and is in the stream when Redis is back';
for my $id (51 .. 70) {
    my $event = $t->event($id, 'asked') or last;
    is $event->{via}, 'pass', "order $id" if $id == 70;
}
ok $t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'the spool is empty again';
my %seen;
$seen{$_->{id}}++ for grep { !$before{$_->{id}} } map { $t->events($_) } 19, 51 .. 70;
cmp_ok scalar(keys %seen), '>=', 21, 'each is there';
is scalar(grep { $_ > 1 } values %seen), 0, 'nothing came twice here';

# by each of the two processes: twenty in a row
sub met { !grep { $t->get($t->cancel_uri(19))->{status} != 200 } 1 .. 20 }
ok $t->wait_for('offers again', \&met), 'offers are made again';

# alive but silent

$t->kill_now('nginx', 'QUIT');
$t->start_nginx(redis => "ordersave_redis 127.0.0.1:$t->{redis_port} timeout=500ms;", server => $t->woo);
ok $t->wait_for('offers', \&met), 'a Redis in time';
$t->silence;
is $t->get($t->cancel_uri(19))->{status}, 302, 'Redis silent: the store answers';
cmp_ok $t->status->{redis_timeouts}, '>', 0, 'once the time that was set for it is over';
ok $t->wait_for('Redis given up', sub { $t->status->{redis} eq 'down' }), 'a Redis that stays silent is given up';
my $timeouts = $t->status->{redis_timeouts};
my @next = map { $t->get($t->cancel_uri(19))->{status} } 1 .. 10;
is scalar(grep { $_ != 302 } @next), 0, 'then the store answers';
cmp_ok $t->status->{redis_timeouts} - $timeouts, '<', 10, 'and not everybody waits for it again';
$t->let_speak;
ok $t->wait_for('offers', \&met), 'awake again';

# loading, read-only, full: not now

$t->redis('CONFIG', 'SET', 'maxmemory', '1');
$t->get('/cart/?cancel_order=1&order=x&order_id=77&redirect=%2F');
ok $t->wait_for('a spooled event', sub { glob $t->path('spool/*.spool') }), 'Redis full: events wait on disk';
$t->redis('CONFIG', 'SET', 'maxmemory', '0');
ok $t->event(77, 'asked'), 'and come when there is room';
$t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) });

# a master that is a replica now: what is asked waits, and comes

my $other = OrderSave::Nginx::free_port();
$t->redis('REPLICAOF', '127.0.0.1', $other);
$t->get('/cart/?cancel_order=1&order=x&order_id=78&redirect=%2F');
ok $t->wait_for('a spooled event', sub { glob $t->path('spool/*.spool') }), 'Redis read-only: events wait on disk';
ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ /has become read-only/ }), 'and the connection is made anew';
$t->redis('REPLICAOF', 'NO', 'ONE');
ok $t->event(78, 'asked'), 'and come when it is a master again';

# nothing is lost over a reload and a stop

$t->get($t->cancel_uri(200 + $_)) for 1 .. 5;
$t->reload;
$t->get($t->cancel_uri(210 + $_)) for 1 .. 5;
ok $t->event($_, 'asked'), "order $_ over a reload" for 201 .. 205, 211 .. 215;

# a lost reply to an accept is never "not recorded"

$t->kill_now('nginx', 'QUIT');
$t->start_nginx(server => $t->woo);

my $token = OrderSave::Nginx::token($t->get($t->cancel_uri(19)));
$t->silence;
$answer = $t->post($t->cancel_uri(19), [[ordersave_do => 'accept:ten'], [ordersave_token => $token]]);
is $answer->{status}, 503, 'an accept without a reply';
like $answer->{body}, qr/value="accept:ten"/, 'and offers the same button';
is OrderSave::Nginx::token($answer), $token, 'with the same token';
$t->let_speak;
ok $t->wait_for('the accept', sub {
    $t->post($t->cancel_uri(19), [[ordersave_do => 'accept:ten'], [ordersave_token => $token]])->{status} == 303;
}), 'which then answers';
is scalar(grep { $_->{kind} eq 'accepted' } $t->events(19)), 1, 'and it was recorded once';

$t->allow(qr/signal 9|exited on signal/);
$t->stop;
done_testing;
