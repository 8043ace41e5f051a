# Many jobs: those of one order are found at once, be there ever so many in its
# shard; a buyer is erased as quickly. Jobs kept as they were before they lay
# by order are taken over by the worker that gains the shard.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $many = $ENV{ORDERSAVE_FULL} ? 300_000 : 30_000;
my $port = OrderSave::Nginx::free_port();
my $t = OrderSave::Worker->new(shards => 1, redis_port => $port, config => {
    redis => {host => '127.0.0.1', port => $port, timeout => '30s', shards => 1}})->start(no_worker => 1);
my %key = map { $_ => $t->shard_key(0, $_) } qw(jobs due queue);

# as they were: all in one hash, one of them in a lane, one without its JSON
$t->redis('EVAL', <<'EOT', 2, @key{qw(jobs due)}, $many, int(time * 1000) + 3_600_000);
for i = 1, tonumber(ARGV[1]) do
    local id, order = string.format('job-%012d', i), 'shop/' .. (500000 + i % (ARGV[1] / 4))
    redis.call('HSET', KEYS[1], id, (string.gsub(cjson.encode({id = id, order = order, purpose = 'support_score',
        channel = 'smtp', made_ms = 1, data = {to = 'support', score = 1, comment = string.rep('x', 100)}}), '\\/', '/')))
    redis.call('ZADD', KEYS[2], ARGV[2] + i, id)
end
EOT
my ($in_lane) = @{$t->redis('ZRANGE', $key{due}, 0, 0)};
my $due = $t->redis('ZSCORE', $key{due}, $in_lane);
$t->redis('ZADD', $key{due}, sprintf('%.0f', $due - 7e14), $in_lane);
$t->redis('ZADD', $key{due}, 5, 'job-without-json');
my $memory = sub { ($t->redis('INFO', 'memory') =~ /^used_memory:(\d+)/m)[0] };
my $before = $memory->();

my $began = time;
$t->start_worker;
ok $t->wait_for('them to be taken over', sub { ($t->redis('ZCARD', $key{queue}) // 0) >= $many },
    sub { $t->redis('ZCARD', $key{queue}) }), 'jobs of before are taken over';
diag sprintf '%d jobs in %.1f s, %.0f bytes more each', $many, time - $began, ($memory->() - $before) / $many;
ok $t->wait_for('the end', sub { !$t->redis('EXISTS', @key{qw(due jobs)}) }), 'all of them';
is $t->redis('ZCARD', $key{queue}), $many, 'and nothing else';
is $t->due_at({id => $in_lane, order => 'shop/500001'}), $due, 'at their time, out of any lane';
my $o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 1);
is scalar $t->mails(1, subject => 'support_score'), 1, 'the worker works';

# one order among them
$t->redis('SET', $t->order_key(500007), encode_json {v => 1, store => 'shop', id => '500007', state => 'open'});
my $sent = sub { ($t->redis('INFO', 'stats') =~ /^total_net_output_bytes:(\d+)/m)[0] };
my $calls = sub {
    my %n = $t->redis('INFO', 'commandstats') =~ /^cmdstat_(\w+):calls=(\d+)/mg;
    my $sum = 0;
    $sum += $n{$_} // 0 for qw(hscan hgetall hvals hdel zrem);
    return $sum;
};
my ($bytes, $n, $at) = ($sent->(), $calls->(), time);
my (undef, $out) = $t->ctl('order', 'show', 'shop/500007');
diag sprintf 'order show: %.0f ms', 1000 * (time - $at);
is scalar @{decode_json($out)->{jobs}}, 4, 'its jobs are shown';
cmp_ok $calls->() - $n, '<', 10, 'without a walk through all of them';
cmp_ok $sent->() - $bytes, '<', $many * 10, 'few others are read';

# a buyer
$t->tell($o, kind => 'asked', via => 'page');
ok $t->wait_for('it', sub { $t->record($o)->{save}{asked} }), 'a buyer';
$n = $calls->();
my ($rc) = $t->ctl('erase', $o->{order}{billing}{email});
is $rc, 0, 'is erased';
cmp_ok $calls->() - $n, '<', 60, 'as quickly';
is $t->redis('ZCARD', $key{queue}), $many, 'those of others stay';

$t->stop;
done_testing;
