# After the last try a job is a dead letter: listed, shown, retried, dropped.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(config => {
    retry => {first => '1s', most => '1s', give_up => {smtp => '1s'}}})->start;

$t->{sink}->request('POST', '/api/faults', {}, json => {
    at => 'rcpt', times => -1, reply => '450 4.2.0 later'});

my @orders = map { $t->buy(customer => 'ada') } 1 .. 2;
$t->tell($_, kind => 'scored', score => 1) for @orders;
ok $t->wait_for('dead letters', sub { keys %{$t->all('dead')} == 2 }),
    'two tries, then a dead letter';
is $t->count('dead'), 2, 'counted';

my ($rc, $out) = $t->ctl('dead', 'list');
my @lines = split /\n/, $out;

is scalar @lines, 2, 'dead list';
my ($first, $second) = map { (split /\t/)[0] } @lines;
like $out, qr/\tsupport_score\tsmtp\tthe mail server said 450 4\.2\.0 later, at RCPT TO$/m,
    'says what and why';

($rc, $out) = $t->ctl('dead', 'show', $first);
like $out, qr/"why": "the mail server said 450 4\.2\.0 later, at RCPT TO"/, 'dead show';

($rc) = $t->ctl('dead', 'drop', $first);
is keys %{$t->all('dead')}, 1, 'dead drop';

$t->{sink}->request('DELETE', '/api/faults');
($rc, $out) = $t->ctl('dead', 'retry', $second);
is $rc, 0, 'dead retry';
is scalar $t->mails(1, subject => 'support_score'), 1, 'and it is sent';
is keys %{$t->all('dead')}, 0, 'nothing is dead any more';
is +($t->ctl('dead', 'retry', $first))[0], 1, 'what is not there is a finding';

# a job that is none says what was expected
my %none = (order => "shop/$orders[0]{order}{id}", purpose => 'applied', channel => 'smtp');
for my $case ([{channel => 'fax'}, "the job's channel: smtp, sms, store, webhook, clock, carrier or null expected"],
              [{tries => 'two'}, "the job's tries: a number from 0 on expected"],
              [{data => []}, "the job's data: an object expected"],
              [{order => 'elsewhere/7'}, 'the worker has no store elsewhere'])
{
    my ($over, $why) = @$case;
    $t->put_job({%none, id => 'none-of-our-jobs', %$over}, 1);
    ok $t->wait_for('it', sub { keys %{$t->all('dead')} == 1 }), 'a job that is none is a dead letter';
    is $t->all('dead')->{'none-of-our-jobs'}{why}, $why, "  $why";
    $t->ctl('dead', 'drop', 'none-of-our-jobs');
}

# a webhook that nobody understood, and now somebody does
my $order = $t->{demo}->order(customer => 'ada')->{order};
$t->webhook($order, source => 'brandnew');
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }),
    'a webhook of a source that is not there';
my ($id) = keys %{$t->all('dead')};
like $id, qr{^raw/}, 'is a dead letter';
$t->kill_now('worker');
unlink $t->path('share/sources');
mkdir $t->path('share/sources');
$t->write("share/sources/$_.json", do {
    open my $f, '<', "$t->{share}/sources/woocommerce.json"; local $/; <$f> })
    for qw(woocommerce brandnew);
$t->start_worker('worker2');
is +($t->ctl('dead', 'retry', $id))[0], 0, 'retried once the source is there';
ok $t->wait_for('the order', sub { $t->record($order->{id}) }),
    'the order is known';
is keys %{$t->all('dead')}, 0, 'and nothing is dead';

# there is a bound: by number, by age, and for webhooks by their bytes

my $shard = $t->shard('shop/' . $t->id($orders[0]));
my ($dead, $died) = map { $t->shard_key($shard, $_) } qw(dead died);
$t->redis('DEL', $dead, $died);
$t->redis('EVAL', <<'EOT', 1, $dead);
for i = 1, 10020 do redis.call('HSET', KEYS[1], 'old-' .. i, '{"order":"shop/1"}') end
EOT
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'rcpt', times => -1, reply => '550 5.1.1 nobody'});
$t->tell($orders[0], kind => 'scored', score => 2);
ok $t->wait_for('the bound', sub { $t->redis('HLEN', $dead) == 10_000 }, sub { $t->redis('HLEN', $dead) }),
    'ten thousand of a shard are kept';
is $t->redis('HGET', $t->shard_key($shard, 'stat'), '-:dead.dropped'), 21, 'what went is counted';
ok((grep { !/^old-/ } @{$t->redis('HKEYS', $dead)}), 'the newest are');
$t->redis('ZADD', $died, 1000, "old-$_") for grep { /^old-/ } @{$t->redis('HKEYS', $dead)}[0 .. 9];
my @aged = @{$t->redis('ZRANGEBYSCORE', $died, 0, 1000)};
$t->tell($orders[0], kind => 'scored', score => 2, comment => 'again');
ok $t->wait_for('the aged', sub { !grep { $t->redis('HEXISTS', $dead, $_) } @aged }), 'what died 90 days ago goes';

($rc, $out) = $t->ctl('dead', 'list');
is scalar(() = $out =~ /^/mg), $t->redis('HLEN', $dead) + 0, 'all are listed, page by page';

my @ids = grep { $t->shard("woocommerce/$_") == $shard } map { "bad$_" } 1 .. 4000;
$t->webhook('{"broken' . ('x' x 3_900_000), id => $_) for @ids[0 .. 19];
$t->webhook('{"broken', id => $_) for @ids[20 .. 29];
ok $t->wait_for('them', sub { $t->redis('HEXISTS', $dead, "raw/$ids[29]") }), 'webhooks that cannot be mapped';
is $t->redis('HEXISTS', $dead, "raw/$ids[0]"), 0, 'the oldest of many megabytes go';
my $bytes = 0;
$bytes += $t->redis('HSTRLEN', $dead, "raw/$_") for @ids[0 .. 29];
cmp_ok $bytes, '<=', 64 * 1024 * 1024, '64 MB stay';

$t->stop;
done_testing;
