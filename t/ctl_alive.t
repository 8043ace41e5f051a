# ordersavectl check tells what no file says: whether a worker runs, whether
# deliveries are paused, how long things have waited, what lies dead.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);

# but for what the law asks for: the campaign is none of a real shop
sub notes { my (undef, $out) = $t->ctl('check'); return join '', grep { !/withdrawal function/ } $out =~ /^(note - .*\n)/mg }

is notes(), "note - no worker runs: nothing is done and nothing is sent\n",
    'nothing runs, and that is all there is to note';

$t->redis('XADD', $t->key('in', 'woocommerce/a'), int(time * 1000) - 600_000 . '-0',
    source => 'woocommerce', store => $t->{store}, id => 'a', topic => 'order.updated', body => '{"id": 1}');
my ($waited) = notes() =~ /^note - 1 webhook or event waits, the first for (\d+) s$/m;
cmp_ok $waited // 0, '>=', 600, 'what waits for one, and for how long';

$t->redis('XADD', $t->key('ev', 'shop/1'), int(time * 1000) - 900_000 . '-0', kind => 'none');
($waited) = notes() =~ /^note - 2 webhooks or events wait, the first for (\d+) s$/m;
cmp_ok $waited // 0, '>=', 900, 'the one that waits longest says how long';

$t->redis('HSET', $t->key('dead', 'shop/1'), 'x', '{}');
like notes(), qr/^note - 1 dead letter: ordersavectl dead list$/m, 'what lies dead';
$t->redis('HDEL', $t->key('dead', 'shop/1'), 'x');
$t->redis('DEL', $t->key('ev', 'shop/1'), $t->key('in', 'woocommerce/a'));

$t->start_worker;
my (undef, $out) = $t->ctl('check');
like $out, qr/^ok - workers that run: 1$/m, 'one that runs is counted';
is notes(), '', 'and nothing is left to note';

like $out, qr/^ok - what a power cut takes \(appendfsync\): what Redis was told last/m, 'what the disk promises';
like $out, qr/^ok - what a lost master takes \(replicas\): all that its disk has not; there are none$/m, 'and a replica, if there were one';
$t->redis('CONFIG', 'SET', 'min-replicas-to-write', 1);
like notes(), qr/^note - min-replicas-to-write 1: with fewer, Redis refuses all writes, leases of workers too/, 'what refuses leases, too, is noted';
my (undef, undef, $said) = $t->ctl('pause');
like $said, qr/^ordersavectl: Redis refuses what is asked: NOREPLICAS/, 'and said where a command meets it';
$t->redis('CONFIG', 'SET', 'min-replicas-to-write', 0);

$t->ctl('pause');
is notes(), "note - deliveries are paused: ordersavectl resume\n", 'a pause is told';
$t->ctl('resume');
is notes(), '', 'until it ends';

$t->stop;
done_testing;
