# Redis refuses all day (full, read-only, no password): the spool keeps within
# its size over all its files, the log within a few lines, and what found no
# place is counted.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->order(19);
$t->allow(qr/the spool in ".*" is full/);
$t->start_nginx(server => $t->woo, spool => "ordersave_spool $t->{dir}/spool size=16k;");

sub status { return JSON::PP->new->decode($t->get('/ordersave/status')->{body}) }
sub on_disk { my $n = 0; $n += -s $_ // 0 for glob $t->path('spool/*'); return $n }
sub lines { my ($re) = @_; return scalar(grep { /ordersave:/ && $_ =~ $re } split /\n/, $t->read('logs/error.log')) }
ok $t->wait_for('Redis', sub { $t->get($t->cancel_uri(19))->{body} =~ /ordersave_token/ }), 'nginx has Redis';

my %kind = (
    'a full one' => [['CONFIG', 'SET', 'maxmemory', 1], ['CONFIG', 'SET', 'maxmemory', 0]],
    'one without a disk' => [['CONFIG', 'SET', 'min-replicas-to-write', 1], ['CONFIG', 'SET', 'min-replicas-to-write', 0]],
);
my $id = 1000;
for my $what (sort keys %kind) {
    my ($break, $mend) = @{$kind{$what}};
    my $any = qr/^(?!.*has no replica)./;     # that is said once, whatever happens
    my ($before, $drained) = (lines($any), lines(qr/drain/));
    my $lost = status()->{events_lost};
    $t->redis(@$break);
    my ($most, $first) = (0, $id);
    for my $round (1 .. 12) {
        $t->http('HEAD', $t->cancel_uri($id++, key => 'x')) for 1 .. 25;
        select undef, undef, undef, 0.1;     # ticks of the spool go by
        $most = on_disk() if on_disk() > $most;
    }
    cmp_ok $most, '<=', 16384, "$what: no more than its size is on the disk";
    cmp_ok $most, '>', 8192, 'but as much as there is room for';
    my $state = status();
    cmp_ok $state->{spool}{bytes}, '>', 0, 'status says how much that is';
    cmp_ok $state->{spool}{files}, '<=', 16, 'in few files';
    cmp_ok $state->{events_lost}, '>', $lost, 'and how many events found no place';
    is $state->{nodes}[0]{state}, 'refusing', 'and what Redis does';
    cmp_ok lines($any) - $before, '<=', 4, 'the log has a line for each state, none for each event' or diag $t->read('logs/error.log');
    is lines(qr/drain/), $drained, 'nor for each try to drain it';
    $t->redis(@$mend);
    ok $t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'all that was kept comes when Redis takes it';
    ok $t->wait_for('the truth', sub { status()->{nodes}[0]{state} eq 'up' }), 'and Redis is well again';
    my $come = grep { my $i = $_; grep { $_->{kind} eq 'asked' } $t->events($i) } $first .. $id - 1;
    my $gone = status()->{events_lost} - $lost;
    cmp_ok $come, '>=', 30, 'the first of them';
    cmp_ok $come * 2 + $gone, '>=', 2 * ($id - $first), 'what did not come is what was counted';
    ok $t->wait_for('the log', sub { lines(qr/events were lost/) }), 'and told';
}

$t->stop;
done_testing;
