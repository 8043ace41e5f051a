# The first words to Redis: user, password, database, socket, prefix, and how
# many shards it holds.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

sub met {
    my ($t) = @_;
    return $t->wait_for('an offer', sub { $t->get($t->cancel_uri(19))->{body} =~ /ordersave_token/ });
}

my $store = sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" };

# a database of its own
my $t = OrderSave::Nginx->new->start_redis->start_upstream($store);
my $order = $t->order(19);
my $text = $t->redis('GET', $t->order_key(19));
$t->redis('MOVE', $t->order_key(19), 3);
$t->start_nginx(server => $t->woo, redis_options => 'db=3');
ok met($t), 'db=';
$t->stop;

# a password, a user, a socket
$t = OrderSave::Nginx->new;
my $socket = $t->path('redis.sock');
$t->start_redis(args => ['--unixsocket', $socket, '--unixsocketperm', '777'])->start_upstream($store);
$t->order(19);
$t->redis('ACL', 'SETUSER', 'shop', 'on', '>pass word', '~ordersave:*', '+@all');
$t->redis('CONFIG', 'SET', 'requirepass', 's3cret');
$t->write('right', "s3cret\n");
$t->write('user', "pass word\n");
$t->write('wrong', "wrong\n");
for my $case (['password_file=', "password_file=$t->{dir}/right"], ['user=', "user=shop password_file=$t->{dir}/user"]) {
    $t->start_nginx(server => $t->woo, redis => "ordersave_redis unix:$socket $case->[1];");
    ok met($t), "$case->[0] over a socket";
    $t->kill_now('nginx', 'QUIT');
}
$t->start_nginx(server => $t->woo, redis => "ordersave_redis unix:$socket password_file=$t->{dir}/wrong;");
is $t->get($t->cancel_uri(19))->{body}, 'store', 'a wrong password: the store answers';
ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ /redis unix:\S+ says "WRONGPASS/ }), 'and the log says why';
unlike $t->read('logs/error.log'), qr/s3cret|pass word|"wrong"/, 'without a password in it';
$t->stop;

# a prefix, and a number of shards
$t = OrderSave::Nginx->new(shards => 4);
$t->start_redis->start_upstream($store);
$t->order(19);
$t->redis('RENAME', $t->order_key(19), $t->order_key(19) =~ s/^ordersave/mine/r);
$t->start_nginx(server => $t->woo, redis_options => 'prefix=mine shards=4');
ok met($t), 'prefix= and shards=';
$t->stop;

$t = OrderSave::Nginx->new;
$t->start_redis->start_upstream($store);
$t->order(19);
$t->redis('HSET', $t->shard_key(0, 'config'), 'shards', 32);
$t->start_nginx(server => $t->woo, alone => 1);
is $t->get($t->cancel_uri(19))->{body}, 'store', 'another number of shards: nothing is read';
ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ /holds 32 shards, ordersave_redis says 16: nothing is read or written/ }), 'and the log says why';
is $t->redis('XLEN', $t->key('ev', 'shop/19')), 0, 'nor written';
ok scalar(glob $t->path('spool/*.spool')), 'what was asked waits on disk';
$t->allow(qr/holds 32 shards/);
$t->stop;

# the same, said when nobody waits for it any more
$t = OrderSave::Nginx->new;
$t->start_redis->start_upstream($store);
$t->redis('HSET', $t->shard_key(0, 'config'), 'shards', 32);
$t->silence;
$t->start_nginx(server => $t->woo, alone => 1);
is $t->get($t->cancel_uri(19))->{body}, 'store', 'a late greeting: nothing is read';
ok $t->wait_for('the greeting to be too late', sub { $t->status->{redis_timeouts} }), 'once it is too late';
$t->let_speak;
ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ /greets us too late|does not answer/ }), 'and the log says why';
is $t->get($t->cancel_uri(19))->{body}, 'store', 'nor what comes then';
is $t->redis('XLEN', $t->key('ev', 'shop/19')), 0, 'nor written';
$t->allow(qr/holds 32 shards/);
$t->stop;

# a Redis without the number gets ours, before anything else is written
$t = OrderSave::Nginx->new;
$t->start_redis->start_upstream($store);
$t->order(19);
$t->start_nginx(server => $t->woo);
ok met($t), 'a fresh Redis';
is $t->redis('HGET', $t->shard_key(0, 'config'), 'shards'), 16, 'is told how many shards it holds';
$t->stop;

# one that wants a password of which we know nothing: not a word of ours gets through
$t = OrderSave::Nginx->new;
$t->start_redis->start_upstream($store);
$t->order(19);
$t->redis('CONFIG', 'SET', 'requirepass', 's3cret');
$t->start_nginx(server => $t->woo, alone => 1);
is $t->get($t->cancel_uri(19))->{body}, 'store', 'a password that we have not: the store answers';
ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ /says "NOAUTH/ }), 'and the log says why';
$t->get($t->cancel_uri(19)) for 1 .. 20;
my @said = $t->read('logs/error.log') =~ /(says "NOAUTH)/g;
is scalar(@said), 1, 'once';
isnt $t->status->{redis}, 'up', 'status does not call it up';
$t->stop;

done_testing;
