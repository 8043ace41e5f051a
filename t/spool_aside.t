# A stream that takes nothing, all day, while all others do: what Redis refuses
# for itself keeps within a bound of its own, in one file, is told of once a
# minute, and each of it is counted once, also when its batch is sent again.

use strict;
use warnings;
use Test::More;
use Compress::Zlib qw(crc32);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->allow(qr/redis refuses/, qr/no room beside/, qr/the spool in ".*" is full/);
$t->start_nginx(server => $t->woo, spool => "ordersave_spool $t->{dir}/spool size=16k;");

sub refused { my @all = glob $t->path('spool/*.refused'); return @all }
sub aside { return join '', map { $t->read(s{.*/}{spool/}r) } refused() }
sub records { return scalar(() = $_[0] =~ /^S \d+ \d+ [0-9a-f]{8}$/mg) }
sub lines { my ($re) = @_; return scalar(grep { /ordersave:/ && $_ =~ $re } split /\n/, $t->read('logs/error.log')) }

my %of;
for my $id (1000 .. 9999) { push @{$of{$t->shard("shop/$id") == 3 ? 'bad' : 'good'}}, $id }
my @bad = @{$of{bad}}[0 .. 249];
my @good = @{$of{good}}[0 .. 24];
$t->redis('SET', $t->shard_key(3, 'ev'), 'no stream');
my $told = lines(qr/./);

for my $round (0 .. 9) {
    $t->http('HEAD', $t->cancel_uri($_, key => 'x'), bare => 1) for @bad[$round * 25 .. $round * 25 + 24], @good[$round * 2 .. $round * 2 + 1];
    select undef, undef, undef, 0.3;        # the spool is looked into
}
$t->http('HEAD', $t->cancel_uri($_, key => 'x'), bare => 1) for @good[20 .. 24];
ok $t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'all is drained';

is scalar(refused()), 1, 'one file lies beside';
my $text = aside();
cmp_ok length $text, '<=', 16384, 'no larger than the spool may be';
cmp_ok length $text, '>', 8192, 'but as large as there is room for';
my $status = $t->status;
is $status->{events_set_aside}, records($text), 'what it holds is counted,';
cmp_ok $status->{events_lost}, '>', 0, 'what found no room as well,';
cmp_ok $status->{events_lost} + $status->{events_set_aside}, '>=', 250, 'and that is all of them';
cmp_ok lines(qr/redis refuses|no room beside/) - 0, '<=', 4, 'told in a few lines' or diag $t->read('logs/error.log');
is scalar(grep { my $i = $_; grep { $_->{kind} eq 'asked' } $t->events($i) } @good), 25, 'the others have come';

# a person looks at it, and takes it away: there is room again

unlink refused();
my $lost = $t->status->{events_lost};
$t->http('HEAD', $t->cancel_uri($of{bad}[300], key => 'x'), bare => 1);
ok $t->wait_for('the file', sub { refused() }), 'the next lies beside again';
is $t->status->{events_lost}, $lost, 'and is not lost';
unlink refused();

# a batch of which one is not answered in time is sent again, as a whole

sub resp { return '*' . @_ . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_ }
my $bad = resp('XADD', $t->shard_key(3, 'ev'), '*', 'e', 'refused');
my $slow = resp('BLPOP', $t->shard_key(3, 'nothing'), '9');    # no answer in time
my $before = $t->status->{events_set_aside};
$t->write('spool/1-1.part', join '', map { sprintf("S 3 %d %08x\n", length $_, crc32($_)) . $_ } $bad, $slow);
rename $t->path('spool/1-1.part'), $t->path('spool/1-1.spool') or die $!;
select undef, undef, undef, 7;
$t->redis('RPUSH', $t->shard_key(3, 'nothing'), 1 .. 9);
ok $t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'a batch that is sent again';
is records(aside()), 1, 'what is refused of it lies beside once';
is $t->status->{events_set_aside}, $before + 1, 'and is counted once';

$t->stop;
done_testing;
