# What a form has begun comes to its end, though nginx ends the request: at the
# end of worker_shutdown_timeout (or, over HTTP/3, when the browser goes). And a
# process that leaves while the disk writes what was said stays for the answer.

use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use OrderSave::Nginx;
use OrderSave::Shim;

my $t = OrderSave::Nginx->new(campaign => {cancel => {hosted => JSON::PP::true}, mail => {from => 'a@shop.test', support => 'b@shop.test'}, offers => [
    {id => 'ten', reasons => ['costs'], limit => {per_customer => 1}, give => {discount => {percent => '10'}}}]});
$t->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->order($_, customer => "customer00000000000$_") for 30 .. 49;
my $shim = OrderSave::Shim->new($t->{dir});
mkdir $t->path('photos');
$shim->under(sub { $t->start_nginx(server => $t->woo . "ordersave_photos $t->{dir}/photos max=20k;\n") });
my $conf = $t->read('nginx.conf');
$t->write('nginx.conf', $conf =~ s/worker_shutdown_timeout \S+;/worker_shutdown_timeout 50ms;/r);
$t->reload;
ok $t->wait_for('a process with the short time', sub { $t->read('logs/error.log') =~ /exited with code 0/ }), 'a process that is to end soon';

sub page { my ($id) = @_; my $page; $t->wait_for('an offer', sub { ($page = $t->get($t->cancel_uri($id)))->{body} =~ /ordersave_token/ }); return OrderSave::Nginx::token($page) }
sub decision { my ($id) = @_; return $t->redis('GET', $t->decision_key($id)) // '' }

# Two of them. nginx takes a line for dead that is silent for a second: where this
# takes as long, that one is no example.
my $seen = 0;
for my $id (30 .. 49) {
    last if $seen == 2;
    my $token = page($id);
    my ($old) = split ' ', `pgrep -P $t->{pids}{nginx}`;
    $t->silence;
    my $silent = time;
    my $body = "ordersave_do=accept%3Aten&ordersave_reason=costs&ordersave_token=$token";
    my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die;
    syswrite $client, 'POST ' . $t->cancel_uri($id) . " HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    ok $t->wait_for('the question', sub { $t->heard($client) && $t->redis_asked > 100 }), "order $id: the form is there, Redis is asked more than whether it lives";
    kill QUIT => $old;                           # as the master does at a reload
    ok $t->wait_for('the time', sub { $t->read('logs/error.log') =~ /\Q$old#$old\E: (?:gracefully shutting down)/ }), 'nginx is to end';
    IO::Select->new($client)->can_read(0.3);     # longer than the time it has
    $t->let_speak;
    next if time - $silent > 0.9 && $t->wait_for('the end', sub { $t->read('logs/error.log') =~ /process $old exited with code 0/ });
    $seen++;
    ok $t->wait_for('the decision', sub { decision($id) =~ /"accepted"/ }), 'what was accepted is decided all the same';
    ok $t->wait_for('the event', sub { grep { $_->{kind} eq 'accepted' } $t->events($id) }), 'and told to the worker';
    ok $t->wait_for('the end', sub { $t->read('logs/error.log') =~ /process $old exited with code 0/ }), 'then the process ends';
    close $client;
}
is $seen, 2, 'twice';

# no Redis: what is asked for stands in the spool, and then on its disk

sub ended { return scalar(() = $t->read('logs/error.log') =~ /exited with code 0/g) }
my $ended = ended();
$t->write('nginx.conf', $conf);
$t->reload;
ok $t->wait_for('the long time', sub { ended() > $ended }), 'there is time again';
$t->order(21);
my $link = '/ordersave/cancel/' . $t->sign({s => 'shop', x => int(time) + 3600, l => 'en', g => 0, p => 'cancel', o => '21', v => 'owner'});
my ($old) = split ' ', `pgrep -P $t->{pids}{nginx}`;
$shim->fail('slow', 0);
$t->stop_redis;
my $body = 'ordersave_do=cancel&ordersave_comment=words&ordersave_token=x';
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die;
syswrite $client, "POST $link HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
ok $t->wait_for('the disk', sub { $shim->tried }), 'what was asked for is being written';
$t->reload;
ok $t->wait_for('the end', sub { $t->read('logs/error.log') =~ /\Q$old#$old\E: (?:gracefully shutting down)/ }), 'nginx is to end';
IO::Select->new($client)->can_read(0.3);
$shim->fail('none', 0);
my $answer = '';
1 while IO::Select->new($client)->can_read(5) && sysread $client, $answer, 65536, length $answer;
like $answer, qr{^HTTP/1.1 [23]}, 'who asked has an answer';
$t->start_redis;
ok $t->wait_for('the end', sub { $t->read('logs/error.log') =~ /process $old exited with code 0/ }), 'then the process ends';

$t->stop;
done_testing;
