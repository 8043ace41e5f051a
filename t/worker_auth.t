# Redis behind a socket, a user and a password; a wrong one is named and does
# no harm.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my $socket = $t->path('redis.sock');

$t->start(no_worker => 1, redis => {args => ['--unixsocket', $socket,
    '--user', 'worker', 'on', '>secret', '~*', '+@all']});
$t->configure(redis => {socket => $socket, user => 'worker', db => 3,
                        password_file => $t->write('redis.password',
                                                   "secret\n")});
$t->start_worker;
is $t->redis('DBSIZE'), 0, 'nothing in the first database';
like $t->redis('INFO', 'keyspace'), qr/^db3:keys=/m, 'all in the third';
$t->kill_now('worker');

$t->write('redis.password', "wrong\n");
$t->spawn('worker2', $t->{worker}, '-c', $t->path('worker.json'));
ok $t->wait_for('the log', sub { $t->log('worker2') =~ /WRONGPASS/ }),
    'a wrong password is named';
my $refused = sub {
    my $sum = 0;
    for my $entry (@{$t->redis('ACL', 'LOG')}) {
        my %entry = @$entry;
        $sum += $entry{count} if $entry{reason} eq 'auth';
    }
    return $sum;
};
ok $t->wait_for('five tries', sub { $refused->() >= 5 }), 'and tried again';
ok kill(0, $t->{pids}{worker2}), 'it lives';
cmp_ok scalar(() = $t->log('worker2') =~ /WRONGPASS/g), '<', 3,
    'without filling the log';

$t->stop;
done_testing;
