# What offers bring by reason, group and country, what is left to give and by
# when it will be gone, reasons over time, mails that came back: against a ledger
# that this test keeps.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $port = free_port();
my $t = OrderSave::Worker->new(campaign => {offers => [
    {id => 'ten', reasons => ['costs'], give => {coupon => {pool => 'codes', percent => '10'}}},
    {id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}}, limit => {budget => {EUR => '200.00'}}}]});
$t->start(no_worker => 1);
$t->configure(share => $t->{share}, console => {database => 'console.db', listen => "127.0.0.1:$port", open => JSON::PP::true});
$t->start_worker;
$t->write('codes', join '', map { "CODE-$_\n" } 1 .. 60);
is +($t->ctl('coupons', 'load', 'codes', $t->path('codes')))[0], 0, 'sixty codes';

my ($n, $now) = (0, time);
sub fact {
    my ($order, $kind, $at, %more) = @_;
    my $id = 'e' . ++$n . ":$kind";
    $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => $id, kind => $kind, at => $at, order => $order, %more}));
}
my (%ledger, %time, %product, $used, $money);
srand 15;
for my $i (1 .. 240) {
    my ($order, $at) = ("shop/f$i", $now - int rand 60 * 86400);
    my ($country, $arm, $reason) = ((qw(DE FR))[$i % 2], (qw(treatment loud))[$i % 3 == 0], "r" . int rand 8);
    my $took = rand() < 0.4 ? (rand() < 0.5 ? 'ten' : 'less') : '';
    my $gone = rand() < 0.3;
    fact($order, 'placed', $at, money => 5000, currency => 'EUR', country => $country, placed => $at, items => ['p' . $i % 7, 'all']);
    fact($order, 'exposed', $at, arm => $arm, experiment => 'x', offers => $i % 4 ? ['ten', 'less'] : ['ten']);
    fact($order, 'exposed', $at, arm => $arm, experiment => 'x', offers => ['less', 'ten']) if $i % 4 == 0;     # looked again
    fact($order, 'asked', $at, arm => $arm, reason => $reason);
    $time{$reason}++;
    if ($took) {
        fact($order, 'decided', $at, outcome => 'accepted', offer => $took, reason => $reason, money => 500);
        fact($order, 'applied', $at, offer => $took, outcome => 'done');
        fact($order, 'saved', $at, offer => $took, money => 5000);
        if ($at >= $now - 14 * 86400) { $took eq 'ten' ? $used++ : ($money += 500) }
    }
    fact($order, 'cancelled', $at + 2 * 86400) if $gone && $at + 2 * 86400 < $now;
    $gone &&= $at + 2 * 86400 < $now;
    for my $l (map { $product{$_} //= [0, 0, 0] } 'p' . $i % 7, 'all') { $l->[0]++; $l->[1] += $gone; $l->[2]++ }
    for my $of (map { [$_, $country], [$_, $arm], [$_, $reason] } 'ten', 'less') {
        my $l = $ledger{$of->[0]}{$of->[1]} //= [(0) x 6];
        $l->[0]++;
        next if $took ne $of->[0];
        $l->[1]++;
        $l->[4] += 500;
        $l->[5] += 5000 * !$gone;
        next if $at + 7 * 86400 > $now;
        $l->[2] += !$gone;
        $l->[3]++;
    }
}
# bought, and never asked about; and what no worker writes: it is passed over
for my $i (1 .. 20) { fact("shop/b$i", 'placed', $now - $i * 3600, money => 100, currency => 'EUR', placed => $now - $i * 3600, items => ['all', "b$i"]); $product{all}[2]++ }
fact('shop/odd', 'exposed', $now, arm => 'odd', experiment => 'x', offers => 'ten', items => 'x y');
fact('shop/odd', 'placed', $now, money => 'much', items => {a => 1}, placed => $now);

my $pid;
sub console {
    unlink $t->path('console.err');
    $pid = fork // die;
    return $t->wait_for('the console', sub { $t->read('console.err') =~ /up to date/ }) if $pid;
    open STDERR, '>>', $t->path('console.err');
    exec "$bin/ordersave-console", '-v', '-c', $t->path('worker.json') or POSIX::_exit(127);
}
ok console(), 'the console has read it all';
sub page { return $t->get("/$_[0]", port => $port)->{body} }
sub text { my ($html) = @_; $html =~ s/<[^>]+>//g; $html =~ s/^\s+|\s+$//g; return $html }
sub table { my ($html, $id) = @_; my ($s) = $html =~ m{<h2 id="$id">(.*?)</section>}s or return; return map { [map { text($_) } m{<t[hd][^>]*>(.*?)</t[hd]>}gs] } $s =~ m{<tbody>(.*?)</tbody>}s ? $1 =~ m{<tr>(.*?)</tr>}gs : () }
sub tenth { my ($k, $n) = @_; return sprintf '%.1f', int(1000 * $k / $n + 0.5) / 10 }
sub digits { my ($x) = @_; my $minus = $x =~ /-|\xe2\x88\x92/ ? '-' : ''; $x =~ s/\D//g; return 0 + "$minus$x" }

like page('offers?days=90'), qr/id="offers_by">.*href="offers\?days=90&amp;by=country#offers_by_country"/s, 'by nothing, until somebody asks';
for ([offers_by_country => qw(DE FR)], [offers_by_arm => 'treatment', 'loud'], [offers_by_reason => map { "r$_" } 0 .. 7]) {
    my ($id, @of) = @$_;
    my $html = page('offers?days=90&by=' . $id =~ s/.*_//r);
    my %word = (treatment => 'With offers');
    my %row = map { ("$_->[0] $_->[1]" => [digits($_->[3]), $_->[4] =~ /^([\d.]+)%/, $_->[5] =~ /^([\d.]+)%/ ? $1 : '-', digits($_->[7]), digits($_->[8])]) } table($html, $id);
    my %expected;
    for my $offer (qw(ten less)) { for my $of (@of) {
        my $l = $ledger{$offer}{$of};
        $expected{"$offer " . ($word{$of} // $of)} = [$l->[0], tenth(@$l[1, 0]), $l->[3] ? tenth(@$l[2, 3]) : '-', $l->[4], $l->[5] - $l->[4]];
    } }
    is_deeply \%row, \%expected, "$id: shown, taken, kept, given, net";
}

# what is left

ok $t->wait_for('the stock', sub { my %left = map { $_->[0] => $_ } table(page('offers'), 'stock_left'); ($left{'shop/codes'}[1] // '') eq '60' && digits($left{'shop/less'}[1] // 0) == 20000 }), 'sixty codes and 200 euros, wherever they lie'
    or diag explain [table(page('offers'), 'stock_left')];
my %left = map { $_->[0] => $_ } table(page('offers'), 'stock_left');
is $left{'shop/codes'}[2], $used, 'codes used of late';
is digits($left{'shop/less'}[2]), $money, 'money';
my $day = sub { my ($left, $used) = @_; my @d = gmtime($now + int($left * 14 / $used) * 86400); return strftime('%b ', @d) . $d[3] . strftime(', %Y', @d) };
is $left{'shop/codes'}[3], $day->(60, $used), 'the day by which there will be none';
is $left{'shop/less'}[3], $day->(20000, $money), 'of money as well';

# reasons over time

my $html = page('reasons?days=90');
my ($heads) = $html =~ m{<h2 id="reasons_time">.*?<thead>(.*?)</thead>}s;
my @names = map { text($_) } $heads =~ m{<th[^>]*>(.*?)</th>}gs;
my @most = sort { $time{$b} <=> $time{$a} || $a cmp $b } keys %time;
is_deeply [@names[1 .. $#names]], [@most[0 .. 4], 'Other reasons'], 'the reasons that are given most';
my @sum;
for my $row (table($html, 'reasons_time')) { $sum[$_] += digits($row->[$_]) for 1 .. 6 }
is_deeply [@sum[1 .. 6]], [@time{@most[0 .. 4]}, eval { my $rest = 0; $rest += $time{$_} for @most[5 .. $#most]; $rest }], 'all of them are in the table';
is scalar(my @svg = $html =~ m{<h2 id="reasons_time">.*?</section>}s ? $& =~ /<svg/g : ()), 6, 'a line each';

my %bought = map { $_->[0] => [map { digits($_) } @$_[1 .. 3]] } table($html, 'by_product');
is_deeply \%bought, \%product, 'products: asked about, cancelled, bought';
my %because;
$because{$_->[0]} += digits($_->[2]) for table($html, 'product_reasons');
is_deeply \%because, {map { $_ => $product{$_}[0] } keys %product}, 'and the reasons of each';
is_deeply [grep { $_->[0] =~ /odd/ } table(page('offers?days=90&by=arm'), 'offers_by_arm')], [], 'a list that is none is no offer';

# a database of the version before is brought up to date, and says the same

my @pages = map { page($_) } my @all = map { ("$_?days=90", "$_?days=7") } 'reasons', 'offers', 'cancels', '';
kill TERM => $pid;
waitpid $pid, 0;
is system('python3', '-c', <<'PY', $t->path('console.db')), 0, 'a database of version 3';
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.executescript("""
CREATE TABLE old(order_id INTEGER NOT NULL, product TEXT NOT NULL, PRIMARY KEY(product, order_id)) WITHOUT ROWID;
INSERT INTO old SELECT order_id, product FROM item; DROP TABLE item; ALTER TABLE old RENAME TO item;
CREATE INDEX item_order ON item(order_id);
CREATE TABLE shown(offer TEXT NOT NULL, order_id INTEGER NOT NULL, PRIMARY KEY(offer, order_id)) WITHOUT ROWID;
INSERT INTO shown SELECT value, orders.id FROM orders, json_each(orders.offers);
CREATE INDEX shown_order ON shown(order_id);
ALTER TABLE orders DROP COLUMN offers;
DROP INDEX orders_asked; CREATE INDEX orders_asked ON orders(asked) WHERE asked NOT NULL;
DROP INDEX orders_exposed; CREATE INDEX orders_exposed ON orders(exposed, experiment, arm, cancelled) WHERE exposed NOT NULL;
DROP INDEX orders_decided; CREATE INDEX orders_decided ON orders(decided) WHERE decided NOT NULL;
DROP INDEX orders_placed; CREATE INDEX orders_placed ON orders(placed) WHERE placed NOT NULL;
DROP INDEX orders_arm; DROP INDEX orders_score;
PRAGMA user_version = 3;
""")
PY
ok console(), 'is read';
my $plain = sub { my ($html) = @_; $html =~ s/value="[^"]{30,}"//g; $html =~ s/\d\d:\d\d//g; return $html };
is $plain->(page($all[$_])), $plain->($pages[$_]), "/$all[$_]: the same" for 0 .. $#all;

# what came back

my $bounce = sub { my ($id, $what, $mail) = @_; my $s = "generic/$id"; $t->redis('XADD', $t->key('in', $s), '*', source => 'generic', store => 'shop', id => $id, topic => '', at_ms => $now * 1000, body => $json->encode({bounce => {email => $mail, what => $what}})) };
$bounce->('b1', 'mailbox', 'gone@shop.test');
$bounce->('b2', 'complaint', 'angry@shop.test');
$bounce->('b2', 'complaint', 'angry@shop.test');
$bounce->('b3', 'complaint', 'other@shop.test');
ok $t->wait_for('them', sub { my %c = map { @$_ } table(page('messages'), 'came_back'); ($c{complaint} // 0) == 2 && ($c{'no such mailbox'} // 0) == 1 }), 'a mailbox that is none, two complaints, one of them told twice' or diag explain [table(page('messages'), 'came_back')];
is system('grep', '-qa', '@shop.test', $t->path('console.db'), $t->path('console.db-wal')) >> 8, 1, 'without an address';

kill TERM => $pid;
waitpid $pid, 0;
unlike $t->read('console.err'), qr/runtime error|AddressSanitizer|LeakSanitizer|SQLite/, 'no sanitizer line, no faulty query';
$t->stop;
done_testing;
