# What Prometheus reads of nginx, a worker and the console: the format, the
# names that rules and dashboard ask for, and that they tell the truth.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my ($worker, $console) = (free_port(), free_port());
my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
$t->configure(status => "127.0.0.1:$worker", console => {database => 'console.db', listen => "127.0.0.1:$console", user_header => 'X-User'},
    redis => {host => '127.0.0.1', port => $t->{redis_port}, timeout => '1s'});
my $pid = fork // die;
if (!$pid) { open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-c', $t->path('worker.json') or POSIX::_exit(127) }
$t->start_nginx(alone => 1, server => "location = /status { ordersave_status prometheus; }");

sub page { my ($port, $uri) = @_; return $t->get($uri, port => $port) }
ok $t->wait_for('the console', sub { (eval { page($console, '/readyz')->{status} } // 0) == 200 }), 'the console is ready, whoever asks';
is page($console, '/healthz')->{status}, 200, 'and well';
is page($console, '/')->{status}, 403, 'but shows no page to nobody';
sub value { my ($port, $name) = @_; return page($port, '/metrics')->{body} =~ /^\Q$name\E (\S+)$/m ? $1 : undef }
is value($console, 'ordersave_shards_owned'), 0, 'no worker';
is value($console, 'ordersave_workers'), 0, 'none';

my $o = $t->order(1);
$t->redis('XADD', $t->key('ev', 'shop/1'), (time - 100) * 1000 . '-1', e => $json->encode({id => 'late', kind => 'scored', order => 'shop/1', score => 1, at_ms => time * 1000}));
cmp_ok value($console, 'ordersave_event_oldest_seconds'), '>=', 100, 'an event waits, and for how long';
is value($console, 'ordersave_events_waiting'), 1, 'one';
my (undef, $stats) = $t->ctl('stats');
$stats = decode_json($stats);
cmp_ok $stats->{oldest_event_s}, '>=', 100, 'stats tells the same';
is_deeply [@$stats{qw(workers paused)}], [0, JSON::PP::false], 'of workers and pauses, too';
like +($t->ctl('check'))[1], qr/no worker runs/, 'and check says it in words';

$t->start_worker;
my $b = $t->buy(customer => 'ada');
$t->tell($b, kind => 'scored', score => 1);
$t->mails(1, subject => 'support_score');
$t->settled;
ok $t->wait_for('the count', sub { (value($worker, 'ordersave_worker_deliveries_total{channel="smtp",purpose="support_score",outcome="sent"}') // 0) >= 1 }), 'a delivery';
cmp_ok value($worker, 'ordersave_worker_job_start_seconds_count'), '>=', 1, 'from due to started';
cmp_ok value($worker, 'ordersave_worker_event_commit_seconds_count'), '>=', 2, 'from event to commit';
is value($worker, 'ordersave_worker_event_commit_seconds_bucket{le="30"}') + 1, value($worker, 'ordersave_worker_event_commit_seconds_bucket{le="120"}'), 'also of the late one';
cmp_ok value($worker, 'ordersave_worker_source_last_event_timestamp_seconds{source="woocommerce"}') // 0, '>', time - 60, 'a source was heard of' or diag page($worker, '/metrics')->{body};
is value($console, 'ordersave_sent_total{store="shop",channel="smtp",purpose="support_score"}'), value($worker, 'ordersave_worker_deliveries_total{channel="smtp",purpose="support_score",outcome="sent"}'), 'the console counts what was sent, whoever sent it';
is value($console, 'ordersave_workers'), 1, 'a worker';
is value($console, 'ordersave_shards_owned'), 16, 'has all shards';
$t->ctl('pause');
is value($console, 'ordersave_paused'), 1, 'paused';
is decode_json(($t->ctl('stats'))[1])->{paused}, JSON::PP::true, 'as stats says';
$t->ctl('resume');

# names

my %of = (nginx => page($t->{port}, '/status')->{body}, worker => page($worker, '/metrics')->{body}, console => page($console, '/metrics')->{body});
my %name;
for my $from (sort keys %of) {
    my @bad = grep { !/^# (?:HELP|TYPE) [a-z_]+ \S|^[a-z_]+(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? -?[\d.]+$/ } split /\n/, $of{$from};
    is join("\n", @bad), '', "$from: the format";
    $name{$_}{$from} = 1 for $of{$from} =~ /^# TYPE ([a-z_]+)/mg;
    unlike $of{$from}, qr/\@/, "$from: no address";
}
is join(' ', sort keys %{$name{ordersave_redis_up}}), 'console nginx worker', 'what all know has one name';
is join(' ', sort keys %{$name{ordersave_redis_alone_total}}), 'nginx worker', 'also of two';
sub slurp { open my $fh, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$fh> }
for my $file (qw(packaging/prometheus/ordersave.rules.yml packaging/grafana/ordersave.json)) {
    my %asked = map { s/_(?:bucket|sum|count)$//r => 1 } (slurp($file) =~ s{^#.*}{}gmr) =~ /\b(ordersave_[a-z_]+)/g;
    delete $asked{ordersave_spool} if $file =~ /rules/;      # the directive, in words
    is join(' ', grep { !$name{$_} } sort keys %asked), '', "$file asks for nothing that is not told";
    cmp_ok scalar(keys %asked), '>', 10, 'but for much';
}
my $dashboard = decode_json(slurp('packaging/grafana/ordersave.json'));
my @at;
for my $p (map { $_->{gridPos} } @{$dashboard->{panels}}) { for my $x ($p->{x} .. $p->{x} + $p->{w} - 1) { $at[$p->{y}][$x]++ } }
is scalar(grep { ($_ // 0) > 1 } map { @{$_ // []} } @at), 0, 'no panel lies on another';

SKIP: {
    skip 'promtool is not installed (Debian: prometheus)', 5 if system('command -v promtool > /dev/null') != 0;
    for my $from (sort keys %of) { $t->write("metrics.$from", $of{$from}); is system("promtool check metrics < $t->{dir}/metrics.$from"), 0, "$from: promtool has nothing to say" }
    is system('promtool check rules packaging/prometheus/ordersave.rules.yml > /dev/null'), 0, 'rules that promtool takes';
    is system('cd packaging/prometheus && promtool test rules ordersave.test.yml > /dev/null'), 0, 'and that wake when they should';
}

# without Redis

$t->silence;
ok $t->wait_for('down', sub { (value($console, 'ordersave_redis_up') // 1) == 0 }), 'Redis is away';
is value($console, 'ordersave_events_waiting'), undef, 'then nothing is said of it';
is page($console, '/healthz')->{status}, 200, 'the console is alive';
ok $t->wait_for('not ready', sub { page($console, '/readyz')->{status} == 503 }), 'but not ready';
$t->let_speak;
ok $t->wait_for('ready', sub { page($console, '/readyz')->{status} == 200 }), 'and is again';

kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops';
unlike $t->read('console.err'), qr/runtime error|AddressSanitizer|LeakSanitizer/, 'no sanitizer line';
$t->stop;
done_testing;
