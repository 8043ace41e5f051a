# A replica that lags behind and then takes over: what the worker has sent is
# not sent again. The mark before a message leaves counts once the replica has
# it; meanwhile the message waits, and no try is counted for it.

use strict;
use warnings;
use lib 't/lib';

use File::Path qw(make_path);
use Mojo::UserAgent;
use Test::More;
use OrderSave::Link;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my ($two, $sentinel, $status) = map { OrderSave::Nginx::free_port() } 1 .. 3;
my $one = $t->{redis_port};
my $link = OrderSave::Link->new($one);

sub at { my (@words) = @_; return $t->redis_at(@words) }

make_path($t->path('two'));
$t->redis('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
$t->spawn('two', 'redis-server', '--port', $two, '--bind', '127.0.0.1', '--save', '', '--dir', $t->path('two'),
    '--replicaof', "127.0.0.1 $link->{port}");
ok $t->wait_for('the replica', sub { (at($two, 'INFO', 'replication') // '') =~ /master_link_status:up/ }), 'a master and its replica';
ok $t->start_sentinel($sentinel, $one, repair => 600_000), 'watched by a sentinel';

$t->configure(status => "127.0.0.1:$status",
    redis => {sentinels => ["127.0.0.1:$sentinel"], master => 'shop', timeout => '2s'});
$t->start_worker;
sub metric {
    my ($name) = @_;
    my $body = Mojo::UserAgent->new->get("http://127.0.0.1:$status/metrics")->res->body;
    return $body =~ /^ordersave_(?:worker_)?$name (\d+)/m ? $1 : undef;
}

my @order = map { $t->buy(customer => "ada$_") } 1 .. 4;
$t->tell($order[0], kind => 'scored', score => 1);
is scalar($t->mails(1, subject => "support_score $order[0]{order}{number}")), 1, 'all is well: a mail goes out';
ok $t->wait_for('a calm moment', sub {
    my $before = metric('redis_unconfirmed_total');
    $t->tell($order[3], kind => 'scored', score => 3);
    $t->settled;
    return metric('redis_unconfirmed_total') == $before;
}), 'what is written is confirmed';

# the link to the replica holds back all that goes over it

$t->wait_for('the replica', sub { at($one, 'WAIT', 1, 1000) });
$link->hold;
$t->tell($order[1], kind => 'scored', score => 1);
ok $t->wait_for('a mark', sub { metric('redis_unconfirmed_total') }), 'a mark that no replica has';
select undef, undef, undef, 1;
is scalar($t->mails(0, subject => "support_score $order[1]{order}{number}")), 0, 'sends nothing';

# the master dies, and with it what the link held

$t->kill_now('redis', 'KILL');
$link->cut;
ok $t->wait_for('the failover', sub { (at($two, 'ROLE') // [''])->[0] eq 'master' }), 'the replica takes over';
$t->{redis_port} = $two;
ok $t->wait_for('the worker', sub { (metric('shards_held') // 0) == 16 }), 'the worker follows';
$t->tell($order[1], kind => 'scored', score => 1);
$t->mails(2, subject => 'support_score');
$t->tell($order[2], kind => 'scored', score => 1);
$t->mails(3, subject => 'support_score');
my %seen;
$seen{$_->{subject} =~ /support_score (\S+)/ ? $1 : ''}++ for $t->mails(3, subject => 'support_score');
is $seen{$order[$_]{order}{number}}, 1, "mail $_ went out once" for 0 .. 2;
cmp_ok metric('redis_alone_total'), '>=', 1, 'a master without a replica goes on, which is counted';

done_testing;
