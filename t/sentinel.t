# Sentinels say where the master is; when it fails over, module and worker go
# along, and nothing that was asked meanwhile is lost.
# long

use strict;
use warnings;
use Test::More;
use File::Path qw(make_path);
use JSON::PP;
use lib 't/lib';
use Demo;
use OrderSave::Nginx;
use OrderSave::Worker;

my $t = OrderSave::Nginx->new;
my ($one, $two, @sentinel) = map { OrderSave::Nginx::free_port() } 1 .. 4;

sub node {
    my ($name, $port, @more) = @_;
    make_path($t->path($name));
    $t->spawn($name, 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--repl-diskless-sync-delay', '0', '--dir', $t->path($name), @more);
    local $t->{redis_port} = $port;
    $t->wait_for($name, sub { (eval { $t->redis('PING') } // '') eq 'PONG' });
}

sub at { my (@words) = @_; return $t->redis_at(@words) }

node('one', $one);
node('two', $two, '--replicaof', "127.0.0.1 $one");
ok $t->wait_for('the replica', sub { (at($two, 'INFO', 'replication') // '') =~ /master_link_status:up/ }), 'a master and its replica';
is scalar(grep { $t->start_sentinel($_, $one, after => 2000) } @sentinel), 2, 'watched by sentinels';

$t->{redis_port} = $one;
$t->order(901);
$t->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });

# the first sentinel named is not there: the next is asked
my $nobody = OrderSave::Nginx::free_port();
$t->start_nginx(server => $t->woo,
    redis => "ordersave_redis sentinel:127.0.0.1:$nobody,127.0.0.1:$sentinel[0],127.0.0.1:$sentinel[1] master=shop;");
ok $t->wait_for('an offer', sub { $t->get($t->cancel_uri(901))->{body} =~ /ordersave_token/ }), 'the master is found';

# a worker that asks the same sentinels
my $w = OrderSave::Worker->new(redis_port => $one);
$w->{config} = {redis => {sentinels => ["127.0.0.1:$nobody", "127.0.0.1:$sentinel[0]", "127.0.0.1:$sentinel[1]"],
    master => 'shop', timeout => '1s'}};
$w->{demo} = Demo->store('--hold', 0);
$w->{sink} = Demo->sink;
$w->write('api', "$w->{demo}{key}\n");
$w->write_share;
$w->write('campaign.json', JSON::PP->new->utf8->encode($w->campaign));
$w->configure;
$w->start_worker;
my $before = $w->buy(customer => 'ada');
ok $w->record($before), 'the worker finds it too';

$t->kill_now('one', 'KILL');
is $t->get('/cart/?cancel_order=1&order=x&order_id=77&redirect=%2F')->{body}, 'store', 'while it is gone requests pass';
ok $t->wait_for('the failover', sub { (at($two, 'INFO', 'replication') // '') =~ /role:master/ }), 'the replica takes over';
$t->{redis_port} = $two;
ok $t->wait_for('an offer', sub { $t->get($t->cancel_uri(901))->{body} =~ /ordersave_token/ }), 'the module goes along' or diag (($t->access)[-1], $t->redis('GET', $t->order_key(901)));
ok $t->wait_for('order 77', sub { $t->redis('GET', $t->order_key(77)) // '' }), 'and what was asked meanwhile is there';
like $t->read('logs/error.log'), qr/the master "shop" is 127\.0\.0\.1:$two/, 'the log says where it went';

$w->{redis_port} = $two;
my $after = $w->buy(customer => 'ada');
ok $w->record($after), 'the worker goes along';
like $w->log, qr/the master shop is 127\.0\.0\.1:$two/, 'its log says where it went';

$w->kill_now('worker');
$t->stop;
done_testing;
