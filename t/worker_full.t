# A Redis that is full: deliveries are what empties it, so they go on. Leases,
# marks, settlements and commits are written all the same, and nothing stands
# still until a person comes.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my @orders = map { $t->buy(customer => 'ada') } 1 .. 10;
$t->kill_now('worker', 'TERM');
$t->tell($_, kind => 'scored', score => 1) for @orders;
$t->webhook($t->{demo}->order(customer => 'budi')->{order}, topic => 'order.created');

# full: what wants memory is refused
my ($used) = $t->redis('INFO', 'memory') =~ /^used_memory:(\d+)/m;
$t->redis('CONFIG', 'SET', 'maxmemory', int($used / 2));
ok !eval { $t->redis('SET', 'more', 'x'); 1 }, 'Redis takes nothing new';
like $@, qr/OOM/, 'as it is full';

$t->start_worker;
my @mails = $t->mails(10, subject => 'support_score');
is scalar @mails, 10, 'all mails go out';
$t->settled;
is scalar(my @again = $t->mails(10, subject => 'support_score')), 10, 'each once';
is scalar(keys %{$t->all('jobs')}), 0, 'and are settled';
is $t->left(1800), 0, 'streams and queue are empty';

# a lease was held all the while
ok !eval { $t->redis('SET', 'more', 'x'); 1 }, 'Redis is as full as before';
unlike $t->log, qr/lease ran out|lost to another/, 'and no shard was lost';

# it is told, once a node, and so is the end
$t->redis('CONFIG', 'SET', 'maxmemory', 0);

$t->stop;
done_testing;
