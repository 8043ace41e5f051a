# What nobody can read or commit is kept for a person, and the rest goes on.
# Webhooks go to whom they were meant for, though the list has changed.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start_upstream(sub {
    return "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
});
my $base = "http://127.0.0.1:$t->{upstream_port}";
my %hook = map { $_ => {url => "$base/$_", events => ['scored'],
                        secret_file => $t->write($_, "secret of $_\n")} } qw(first second);
$t->{overrides}{webhooks} = [$hook{first}];
$t->start;

# a record that is no JSON
my $o = $t->buy(customer => 'ada');
my $broken = '{"id":"' . $t->id($o) . '", half of it';
$t->redis('SET', $t->order_key($t->id($o)), $broken);
$t->webhook($t->{demo}->order(customer => 'ada')->{order});
my (undef, $again) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
$t->webhook($again);
ok $t->wait_for('the order', sub { (eval { $t->record($o) } // {})->{id} }), 'an order whose record is broken is read anew';
is $t->redis('GET', $t->key("broken:shop/" . $t->id($o), 'shop/' . $t->id($o))), $broken, 'what was there is kept';
is $t->count('records.broken'), 1, 'and counted';

# a commit that Redis never takes: a key of the wrong kind in its way
my ($bad, $good) = map { $t->buy(customer => 'ada') } 1 .. 2;
$good = $t->buy(customer => 'ada') while $t->shard('shop/' . $t->id($good)) != $t->shard('shop/' . $t->id($bad));
$t->redis('DEL', $t->decision_key($t->id($bad)));
$t->redis('HSET', $t->decision_key($t->id($bad)), 'no', 'text');
$t->tell($bad, kind => 'accepted', decision => {state => 'accepted', offer => 'less', kind => 'request',
    terms => {give => 'request'}, nonce => 'n1', at_ms => int(time * 1000)});
$t->tell($good, kind => 'asked', via => 'page');
ok $t->wait_for('the other', sub { $t->record($good)->{save}{asked} }), 'other events of its shard go on';
my $aside = $t->redis('XRANGE', $t->key('aside', 'shop/' . $t->id($bad)), '-', '+');
is scalar(@$aside), 1, 'the one that cannot be committed is set aside';
like $aside->[0][1][1], qr/"n1"/, 'as it was';
like $t->log, qr/is set aside/, 'and told';

# the list of webhooks changes while one waits
$o = $t->buy(customer => 'ada');
$t->kill_now('worker', 'TERM');
$t->tell($o, kind => 'scored', score => 5);
$t->forget_upstream;
$t->ctl('pause');
$t->start_worker;
ok $t->wait_for('a webhook that waits', sub { grep { $_->{channel} eq 'webhook' } values %{$t->all('jobs')} }), 'a webhook waits';
$t->kill_now('worker', 'TERM');
$t->{overrides}{webhooks} = [$hook{second}, $hook{first}];
$t->write('campaign.json', encode_json($t->campaign));
$t->ctl('resume');
$t->start_worker;
ok $t->wait_for('a call', sub { $t->upstream_requests }), 'and is sent';
my ($call) = $t->upstream_requests;
like $call->{head}, qr{^POST /first }, 'to whom it was meant for';
like $call->{head}, qr/^X-Ordersave-Signature: sha256=\Q@{[hmac_sha256_hex($call->{body}, 'secret of first')]}\E\r$/m,
    'signed with that one\'s secret';
my ($at, $mac) = $call->{head} =~ /^X-Ordersave-Signature-Time: t=(\d+),sha256=(\w+)\r$/m;
is $mac, hmac_sha256_hex("$at.$call->{body}", 'secret of first'), 'and with the time';
cmp_ok abs(time - $at), '<', 600, 'which is now';

# a job under a name that none has is begun by nobody: it is looked at with each
# poll of its shard, one in 20 ms, and not without end
my $moved = sub { ($t->redis('INFO', 'commandstats') =~ /^cmdstat_zadd:calls=(\d+)/m)[0] };
$t->redis('HSET', $t->shard_key(0, 'jobs') . ':zz', 'short', '{}');
$t->redis('ZADD', $t->shard_key(0, 'queue'), 1, 'zzshort');
my ($from, $before) = (time, $moved->());
sleep 3;
my $times = $moved->() - $before;       # out to the worker, and back
cmp_ok $times, '<', 2 * (time - $from) / 0.02 + 20, "a job that is none is moved $times times";

$t->stop;
done_testing;
