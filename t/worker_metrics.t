# What a sysadmin sees of a worker: Prometheus' text format, is it alive, is it
# ready, a line in the log for each delivery, and no address in it.

use strict;
use warnings;
use lib 't/lib';

use Mojo::UserAgent;
use Test::More;
use OrderSave::Worker;

my $port = OrderSave::Nginx::free_port();
my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
$t->configure(status => "127.0.0.1:$port", redis => {host => '127.0.0.1',
              port => $t->{redis_port}, timeout => '1s'});
$t->start_worker;
my $ua = Mojo::UserAgent->new;
sub page { return $ua->get("http://127.0.0.1:$port$_[0]")->res }

my $o = $t->buy(customer => 'ada');
$t->tell($o, kind => 'scored', score => 1);
is scalar(my @m = $t->mails(1, subject => 'support_score')), 1, 'a mail goes out';
$t->settled;

my ($line) = grep { /\] job / && /support_score/ } split /\n/, $t->log;
like $line, qr/\] job \S{16} order shop\/$o->{order}{id} support_score smtp sent tries 1 ms \d+$/, 'a line for the delivery';
unlike $t->log, qr/\@/, 'no address is in the log';

is page('/healthz')->code, 200, 'healthz';
is page('/readyz')->code, 200, 'readyz';
my $metrics = page('/metrics');
like $metrics->headers->content_type, qr{^text/plain; version=0\.0\.4}, 'metrics';
my %value;
for (split /\n/, $metrics->body) {
    next if /^# (?:HELP|TYPE) [a-z_]+ \S/;
    ok(/^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? (-?[\d.]+)$/, "a line of the format: $_") or next;
    $value{$1 . ($2 // '')} = $3;
}
cmp_ok $value{ordersave_worker_events_total}, '>=', 2, 'events are counted';
cmp_ok $value{ordersave_worker_jobs_total}, '>=', 1, 'and jobs';
is $value{ordersave_worker_shards_held}, 16, 'all shards are held';
is $value{qq({host="127.0.0.1",port="$t->{redis_port}"}) =~ s/^/ordersave_worker_redis_node_up/r}, 1, 'Redis is up';
is scalar(grep { /^ordersave_worker_provider_open\{provider="smtp / } keys %value), 1, 'the mail server is a provider';

SKIP: {
    skip 'promtool is not installed', 1 if system('command -v promtool > /dev/null') != 0;
    $t->write('metrics', $metrics->body);
    is system("promtool check metrics < $t->{dir}/metrics"), 0, 'promtool has nothing to say';
}

$t->silence;
ok $t->wait_for('not ready', sub { page('/readyz')->code == 503 }), 'not ready while Redis says nothing';
is page('/healthz')->code, 200, 'but alive';
$t->let_speak;
ok $t->wait_for('ready', sub { page('/readyz')->code == 200 }), 'and ready again';
is page('/other')->code, 404, 'nothing else is there';

$t->stop;
done_testing;
