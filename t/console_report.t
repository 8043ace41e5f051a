# The console reads what happened into its database: every fact once, however
# often it is killed, and two of them at once; its figures are those of a ledger
# that this test keeps.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new(campaign => {site => 'https://shop.test', experiment => {name => 'x', holdout => 50},
    offers => [{id => 'ten', reasons => ['costs'], give => {discount => {percent => '10'}}}, {id => 'size', reasons => ['*'], give => {request => {}}}]});
$t->start(no_worker => 1);
$t->configure(console => {database => 'console.db'});
$t->start_worker;

sub console { my (@words) = @_; my $pid = fork // die; return $pid if $pid; open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-c', $t->path('worker.json'), @words or POSIX::_exit(127) }
sub once { waitpid console('--once', @_), 0; return $? >> 8 }
sub report { my ($by, @more) = @_; my (undef, $out, $err) = $t->ctl('report', '--by', $by, '--format', 'json', @more); my $r = eval { $json->decode($out) } or die $err; my @c = @{$r->{columns}}; return map { my %row; @row{@c} = @$_; \%row } @{$r->{rows}} }
sub database { my ($file, $sql) = @_; my $out = qx{python3 -c 'import sqlite3,sys;print("\\n".join("|".join(str(x) for x in r) for r in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])))' @{[$t->path($file)]} "$sql"}; return $out }

# a story, and what it should come to

srand 20261129;
my (%ledger, %day, $kept, %order);
my @reasons = qw(costs changed_mind other);
for my $n (1 .. 60) {
    my $currency = (qw(EUR USD KRW))[$n % 3];
    my $total = 1000 + 37 * $n;
    my $id = 5000 + $n;
    my $arm = $n % 2 ? 'treatment' : 'holdout';
    my $reason = $reasons[rand @reasons];
    my $o = {order => {id => $id}};
    $order{$n} = $o;
    # straight into the stream: what matters is what becomes of the events
    $t->tell($o, kind => 'order', from => 'read', data => {id => "$id", number => "$id", state => 'open', status => 'processing', payment => 'paid', currency => $currency,
        total => $total, placed => int(time), customer => "c$n", email => "c$n\@shop.test", items => [{id => 'p' . $n % 5, name => 'A thing', quantity => 1, total => $total}]});
    $t->tell($o, kind => 'exposed', arm => $arm, experiment => 'x', offers => ['ten', 'size']);
    $t->tell($o, kind => 'asked', reason => $reason, comment => "words of $n");
    $ledger{exposed}{$arm}++;
    $ledger{asked}{$reason}++;
    $ledger{product}{'p' . $n % 5}++;
    if ($arm eq 'treatment' && rand() < 0.6) {
        $t->tell($o, kind => 'accepted', decision => {state => 'accepted', offer => 'size', kind => 'request', nonce => "n$n", reason => $reason, terms => {kind => 'request', give => 'request'}});
        $ledger{accepted}{size}++;
        $ledger{alive}{$arm}++;
        $ledger{alive}{$reason}++;
        $ledger{kept}{$currency} += $total;
    } elsif (rand() < 0.3) {
        $ledger{alive}{$arm}++;
        $ledger{alive}{$reason}++;
    } else {
        $t->tell($o, kind => 'order', from => 'read', data => {id => "$id", number => "$id", state => 'cancelled', status => 'cancelled', payment => 'paid', currency => $currency,
            total => $total, placed => int(time), customer => "c$n", email => "c$n\@shop.test", items => [{id => 'p' . $n % 5, name => 'A thing', quantity => 1, total => $total}]});
    }
}
ok $t->settled, 'sixty orders';

is once(), 0, 'the console reads what is there';
my $first = database('console.db', 'SELECT count(*), count(DISTINCT order_id) FROM fact');
like $first, qr/^\d{3}\|60$/, 'facts of sixty orders';
is once(), 0, 'read again';
is database('console.db', 'SELECT count(*), count(DISTINCT order_id) FROM fact'), $first, 'nothing is new';
unlike join('', map { database('console.db', "SELECT * FROM $_") } qw(fact orders item)), qr/shop\.test|words of/, 'no address in it, nor words among the facts';
like database('console.db', 'SELECT text FROM words'), qr/words of 1$/m, 'those are by themselves';

sub agrees {
    my ($what) = @_;
    my %arm = map { $_->{arm} => $_ } report('arm');
    is_deeply {map { $_ => $arm{$_}{exposed} } keys %arm}, $ledger{exposed}, "$what: exposures in each arm";
    is $arm{$_}{alive}, $ledger{alive}{$_}, "$what: alive in $_" for sort keys %arm;
    my %reason = map { $_->{reason} => $_ } report('reason');
    is_deeply {map { $_ => $reason{$_}{asked} } keys %reason}, $ledger{asked}, "$what: reasons";
    is $reason{$_}{alive}, $ledger{alive}{$_} // 0, "$what: alive of $_" for sort keys %reason;
    my (%offer, %kept);
    for (report('offer')) { $offer{$_->{offer}} += $_->{accepted}; $kept{$_->{currency}} += $_->{kept} }
    is_deeply \%offer, $ledger{accepted}, "$what: accepts";
    is_deeply \%kept, $ledger{kept}, "$what: money kept, by currency";
    is_deeply {map { $_->{product} => $_->{asked} } report('product')}, $ledger{product}, "$what: products";
    my ($shown, $saved) = (0, 0);
    for (report('day')) { $shown += $_->{exposed}; $saved += $_->{saved} }
    is $shown, 60, "$what: days sum up";
    is $saved, $ledger{accepted}{size}, "$what: saves, too";
}
agrees('at once');

# rates have an interval: Wilson's, by hand for one arm

my ($row) = grep { $_->{arm} eq 'treatment' } report('arm');
my ($k, $n, $z) = ($row->{alive}, $row->{exposed}, 1.959963984540054);
my $p = $k / $n;
my $half = $z / (1 + $z ** 2 / $n) * sqrt($p * (1 - $p) / $n + $z ** 2 / (4 * $n ** 2));
my $mid = ($p + $z ** 2 / (2 * $n)) / (1 + $z ** 2 / $n);
cmp_ok abs($row->{from} - ($mid - $half)) + abs($row->{to} - ($mid + $half)), '<', 1e-5, 'the bounds are Wilson\'s';

# killed again and again, another database

$t->configure(console => {database => 'other.db'});
for (1 .. 8) {
    my $pid = console();
    sleep 0.01 + rand 0.05;
    kill KILL => $pid;
    waitpid $pid, 0;
}
is once(), 0, 'after eight kills';
agrees('killed');

# two at once, in one database

$t->configure(console => {database => 'both.db'});
my @pids = map { console('--once') } 1 .. 2;
waitpid $_, 0 for @pids;
is once(), 0, 'and once more';
agrees('two at once');

# while it runs, and after a restart of Redis' script cache

my $pid = console();
$t->tell($order{1}, kind => 'scored', score => 5);
ok $t->wait_for('the score', sub { database('both.db', 'SELECT score FROM orders WHERE score NOT NULL') =~ /5/ }), 'what happens is there soon';
kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops when it is told to';

# other formats, and what is wrong

my (undef, $csv) = $t->ctl('report', '--by', 'arm', '--format', 'csv');
like $csv, qr/^arm,exposed,alive,rate,from,to\r\n/, 'CSV';
my (undef, $table) = $t->ctl('report', '--by', 'reason');
like $table, qr/^reason\s+asked\s+accepted\s+alive\s+rate/, 'a table';
my @wrong = $t->ctl('report', '--by', 'moon');
is $wrong[0], 2, 'by something else';
like $wrong[2], qr/expected one of arm, reason/, 'it says what there is';
@wrong = $t->ctl('report', '--since', 'soon');
like $wrong[2], qr/--since soon: expected a duration/, 'a time that is none';
$t->write('junk.db', 'no database ' x 100);
$t->configure(console => {database => 'junk.db'});
@wrong = $t->ctl('report');
is $wrong[0], 1, 'no database';
like $wrong[2], qr/not a database/, 'is told';
is once(), 1, 'to the console as well';

$t->stop;
done_testing;
