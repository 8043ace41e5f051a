# The console's pages, behind a real nginx that knows who asks: their figures
# are those of a ledger that this test keeps, nothing that a buyer typed becomes
# HTML, and the words of who was erased are gone.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new(campaign => {locales => ['en', 'fr', 'id', 'ko']});
$t->start(no_worker => 1);
my $socket = $t->path('console.sock');
my $console = {database => 'console.db', listen => "unix:$socket", user_header => 'X-Remote-User'};
$t->configure(share => $t->{share}, console => $console);

my $n = 0;
sub fact {
    my ($order, $kind, $at, %more) = @_;
    my $id = 'e' . ++$n . ":$kind" . ($kind eq 'parcel' ? ":$more{number}" : '');
    my $said = delete $more{said};
    delete $more{number};
    $t->redis('HSET', $t->key("words:$order", $order), $id, $said) if defined $said;
    $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => $id, kind => $kind, at => $at, order => $order,
        (defined $said ? (words => JSON::PP::true) : ()), %more}));
}

# five hundred orders of 90 days, and what each period comes to

srand 20261129;
my $now = time;
my $today = $now - $now % 86400;
my (%ledger, %luck);
sub database { my ($sql) = @_; return scalar qx{python3 -c 'import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' @{[$t->path('console.db')]} "$sql"} }
sub within { my ($at) = @_; return grep { $at >= $today - ($_ - 1) * 86400 } 1, 7, 30, 90 }
for my $i (1 .. 500) {
    my $order = "shop/$i";
    my $at = $i <= 12 ? $today + int(rand($now - $today)) : $now - int(rand 89 * 86400);
    my $currency = (qw(EUR USD KRW))[$i % 3];
    my $total = 1000 + 7 * $i;
    my $arm = $i % 4 ? 'treatment' : 'holdout';
    my $reason = (qw(costs changed_mind other))[rand 3];
    my $offer = $i % 5 ? 'ten' : 'size';
    fact($order, 'placed', $at, money => $total, currency => $currency, country => 'DE', placed => $at, items => ['p' . $i % 7]);
    fact($order, 'exposed', $at, arm => $arm, experiment => 'x', offers => $arm eq 'holdout' ? [] : ['ten', 'size'], items => ['p' . $i % 7]);
    fact($order, 'asked', $at, arm => $arm, reason => $reason, $i % 10 ? () : (said => "Words of $i"));
    my $given = 10 + $i % 3;
    my $saved = $arm eq 'treatment' && rand() < 0.5;
    my $gone = !$saved && rand() < 0.8;
    if ($saved) {
        fact($order, 'decided', $at, outcome => 'accepted', offer => $offer, reason => $reason, money => $given);
        fact($order, 'applied', $at, offer => $offer, outcome => 'done');
        fact($order, 'saved', $at, offer => $offer, money => $total);
    }
    fact($order, 'cancelled', $at, money => $total) if $gone;
    fact($order, 'message', $at, message => 'cancelled', channel => 'smtp', outcome => $i % 50 ? 'sent' : 'dead');
    fact($order, 'parcel', $at, number => "P$i", carrier => 'ups', country => 'DE', milestone => 'delivered', promised => strftime('%Y-%m-%d', gmtime $at - 1),
        times => {shipped => $at - 86400 * (1 + $i % 10), delivered => $at});
    if ($at <= $now - 7 * 86400) { $luck{$arm}[0]++; $luck{$arm}[1] += !$gone }
    for my $l (map { $ledger{$_} //= {} } within($at)) {
        $l->{exposed}++; $l->{asked}++;
        $l->{arm}{$arm}[0]++; $l->{arm}{$arm}[1] += !$gone;
        $l->{reason}{$reason}[0]++; $l->{reason}{$reason}[1] += $saved;
        $l->{product}{'p' . $i % 7}[0]++; $l->{product}{'p' . $i % 7}[1] += $gone;
        $l->{message}[$i % 50 ? 0 : 1]++;
        $l->{day}{strftime '%Y-%m-%d', gmtime $at}++;
        $l->{parcels}++;
        push @{$l->{way}}, 1 + $i % 10;
        if ($arm eq 'treatment') { $l->{shown}{$_}++ for qw(ten size) }
        next unless $saved;
        $l->{taken}{$offer}++; $l->{saved}++;
        $l->{money}{$currency}[0]++; $l->{money}{$currency}[1] += $total; $l->{money}{$currency}[2] += $given;
    }
}

# the console, and an nginx with passwords before it

sub console { my $pid = fork // die; return $pid if $pid; open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-v', '-c', $t->path('worker.json'), @_ or POSIX::_exit(127) }

# it reads all of it twice: what is known is not counted again

my $pid = console('--once');
waitpid $pid, 0;
is $? >> 8, 0, 'read once';
system('python3', '-c', 'import sqlite3,sys;d=sqlite3.connect(sys.argv[1]);d.execute("DELETE FROM entry");d.commit()', $t->path('console.db'));
unlink $t->path('console.err');
$pid = console();
ok $t->wait_for('the console', sub { $t->read('console.err') =~ /up to date/ }), 'the console has read it all' or diag $t->read('console.err');
is sprintf('%o', (stat $socket)[2] & 0777), '660', 'its socket is for its group alone';
$t->write('htpasswd', "ada:{PLAIN}secret\nann\@shop.test:{PLAIN}other\n");
$t->start_nginx(alone => 1, server => <<"EOT");
        location /office/ {
            auth_basic "office"; auth_basic_user_file $t->{dir}/htpasswd;
            proxy_pass http://unix:$socket:/;
            proxy_set_header X-Remote-User \$remote_user;
        }
        location /bare/ { proxy_pass http://unix:$socket:/; proxy_set_header X-Remote-User ""; }
EOT
sub page { my ($uri, %o) = @_; return $t->http($o{method} // 'GET', "/office/$uri", headers => ['Authorization: Basic YWRhOnNlY3JldA=='], %o) }

is $t->get('/office/')->{status}, 401, 'without a password: nginx asks for one';
is $t->get('/bare/')->{status}, 403, 'without a name the console shows nothing';
unlike $t->get('/bare/cancels')->{body}, qr/Words/, 'no page';
my $first = page('');
is $first->{status}, 200, 'with one: the overview';
like $first->{body}, qr/Signed in as ada/, 'it says who looks';
like $first->{head}, qr/^Content-Security-Policy: default-src 'none'; style-src 'self'/mi, 'a strict policy';
like $first->{head}, qr/^X-Content-Type-Options: nosniff/mi, 'nosniff';
like $first->{head}, qr/^Cache-Control: no-store/mi, 'not kept';
unlike $first->{body}, qr/<script|style="|https?:/, 'no script, no style within, nothing from elsewhere';
is page('nowhere')->{status}, 404, 'no such page';
is page('order?id=shop/99999')->{status}, 404, 'no such order';
is page('order')->{status}, 404, 'no order';
is page('', method => 'POST', body => 'x=1')->{status}, 405, 'nothing is posted';
is page('', method => 'HEAD')->{body}, '', 'HEAD';
like page('console.css')->{head}, qr{^Content-Type: text/css}mi, 'its style';

# figures

sub text { my ($html) = @_; $html =~ s/<[^>]+>//g; $html =~ s/^\s+|\s+$//g; return $html }
sub table {
    my ($html, $id) = @_;
    my ($section) = $html =~ m{<h2 id="$id">(.*?)</section>}s or return;
    return map { [map { text($_) } m{<t[hd][^>]*>(.*?)</t[hd]>}gs] } $section =~ m{<tbody>(.*?)</tbody>}s ? $1 =~ m{<tr>(.*?)</tr>}gs : ();
}
sub digits { my ($text) = @_; my $minus = $text =~ /-|\xe2\x88\x92/ ? '-' : ''; $text =~ s/\D//g; return 0 + "$minus$text" }
sub wilson {
    my ($k, $n) = @_;
    my $z = 1.959963984540054; my $p = $k / $n; my $d = 1 + $z ** 2 / $n;
    my $m = ($p + $z ** 2 / (2 * $n)) / $d; my $h = $z / $d * sqrt($p * (1 - $p) / $n + $z ** 2 / (4 * $n ** 2));
    return map { sprintf '%.1f', 100 * $_ } $p, $k == 0 ? 0 : $m - $h, $k == $n ? 1 : $m + $h;
}
sub rate { my ($text) = @_; return map { sprintf '%.1f', $_ } $text =~ /([\d.]+)%/g }
for my $days (1, 7, 30, 90) {
    my $l = $ledger{$days};
    my $html = page("?days=$days")->{body};
    my %figure = $html =~ m{<dl class="figure"><dt>(.*?)</dt><dd>(.*?)</dd>}g;
    is_deeply {map { $_ => digits($figure{$_}) } keys %figure}, {'Cancel pages met' => $l->{exposed}, 'Cancellations asked for' => $l->{asked},
        'Offers accepted' => $l->{saved} // 0, 'Orders saved' => $l->{saved} // 0}, "$days days: what was met and saved";
    is_deeply {map { $_->[0] => [map { digits($_) } @$_[1 .. 4]] } table($html, 'money')},
        {map { $_ => [@{$l->{money}{$_}}, $l->{money}{$_}[1] - $l->{money}{$_}[2]] } keys %{$l->{money}}}, "$days days: money of each currency";
    my %name = (treatment => 'With offers', holdout => 'Without offers');
    is_deeply {map { $_->[0] => [digits($_->[1]), rate($_->[2])] } table($html, 'by_arm')},
        {map { $name{$_} => [$l->{arm}{$_}[0], wilson($l->{arm}{$_}[1], $l->{arm}{$_}[0])] } keys %{$l->{arm}}}, "$days days: each arm, with Wilson's interval";
    my @day = table($html, 'by_day');
    is scalar @day, $days, "$days days: a line for each";
    is eval { my $sum = 0; $sum += digits($_->[2]) for @day; $sum }, $l->{asked}, "$days days: which sum up";
    is digits($day[0][2]), $l->{day}{strftime '%Y-%m-%d', gmtime $now} // 0, "$days days: today is the first";
    $html = page("reasons?days=$days")->{body};
    is_deeply {map { $_->[0] => [digits($_->[1]), digits($_->[2])] } table($html, 'by_reason')},
        {map { my $r = $_; ((grep { $_->[0] eq $r } ['costs', 'The total cost is too high'], ['changed_mind', 'I changed my mind'], ['other', 'Another reason'])[0][1]) => $l->{reason}{$r} } keys %{$l->{reason}}}, "$days days: reasons";
    is_deeply {map { $_->[0] => [digits($_->[1]), digits($_->[2])] } table($html, 'by_product')}, $l->{product}, "$days days: products";
    $html = page("offers?days=$days")->{body};
    is_deeply {map { $_->[0] => [digits($_->[1]), (rate($_->[2]))[0]] } table($html, 'offers_taken')},
        {map { $_ => [$l->{shown}{$_}, sprintf '%.1f', 100 * ($l->{taken}{$_} // 0) / $l->{shown}{$_}] } keys %{$l->{shown}}}, "$days days: offers";
    $html = page("messages?days=$days")->{body};
    is_deeply [map { digits($_) } @{(table($html, 'by_message'))[0]}[2 .. 4]], [$l->{message}[0] // 0, 0, $l->{message}[1] // 0], "$days days: messages";
    $html = page("parcels?days=$days")->{body};
    my @way = sort { $a <=> $b } @{$l->{way}};
    my ($row) = table($html, 'by_carrier');
    is_deeply [@$row[0, 1], digits($row->[2]), $row->[3] + 0, $row->[4] + 0],
        ['ups', 'DE', $l->{parcels}, $way[POSIX::ceil(@way * 0.5) - 1], $way[POSIX::ceil(@way * 0.9) - 1]], "$days days: a carrier's days";
}

# the difference, and its interval that may be looked at every day

my ($k, $m, $k0, $m0) = ($luck{treatment}[1], $luck{treatment}[0], $luck{holdout}[1], $luck{holdout}[0]);
my $all = $m + $m0;
my $v = sub { my ($k, $n) = @_; my $p = ($k + 2) / ($n + 4); return $p * (1 - $p) / $n };
my $rho = (-2 * log(0.05) + log(1 - 2 * log 0.05)) / 1000;
my $half = sqrt(($v->($k, $m) + $v->($k0, $m0)) * 2 * ($all * $rho + 1) / ($all * $rho) * log(sqrt($all * $rho + 1) / 0.05));
my $d = $k / $m - $k0 / $m0;
my ($row) = table($first->{body}, 'luck');
is digits($row->[4]), $m, 'orders that are 7 days old';
is $row->[2], sprintf('%+.1f', 100 * $d), 'their difference to those without offers';
my $between = $row->[3] =~ s/\xe2\x88\x92/-/gr;
is_deeply [map { 0 + $_ } $between =~ /([+-]?[\d.]+)/g], [map { 0 + sprintf '%.1f', 100 * $_ } $d - $half, $d + $half], 'and its interval';
is $row->[1], $d - $half > 0 ? 'More than luck: it keeps orders' : 'Not yet more than luck', 'in words';

# an order with all that could be dangerous

my $evil = q{<script>alert(1)</script>"'&};
$t->order(9001, number => "N$evil", name => "Ann $evil", email => 'ann@shop.test', phone => '+15005550006', customer => 'k1');
fact('shop/9001', 'placed', $now - 50, money => 1999, currency => 'EUR', placed => $now - 50, items => ["i$evil"]);
fact('shop/9001', 'exposed', $now - 40, arm => 'treatment', experiment => 'x', offers => ["o$evil"]);
fact('shop/9001', 'asked', $now - 30, reason => "r$evil", said => "너무 비싸요 100%_ $evil");
fact('shop/9001', 'decided', $now - 20, outcome => 'accepted', offer => "o$evil", money => 100);
fact('shop/9001', 'score', $now - 10, value => 2, said => '=SUM(A1) too slow');
my $there = sub { page('cancels?days=1')->{body} };
ok $t->wait_for('it', sub { $there->() =~ /too slow/ }), 'what happens is on the page soon';
my $body = $there->();
unlike $body, qr/<script/, 'and none of it is HTML';
like $body, qr/너무 비싸요 100%_ &lt;script&gt;/, 'its words';
like $body, qr/N&lt;script&gt;/, 'its number, from the record';
like $body, qr{href="order\?id=shop%2F9001"}, 'the way to its page';
unlike page($_)->{body}, qr/<script/, "$_ has no HTML of others" for '', 'reasons', 'offers', 'order?id=shop/9001', 'cancels?q=%3Cscript%3E&reason=%22%3E%3Cscript%3E&offer=%22%3Cscript%3E';
my $story = page('order?id=shop/9001')->{body};
like $story, qr/ann\@shop\.test/, 'who it is';
like $story, qr/Placed.*Met a cancel page.*Asked to cancel.*Decided about an offer.*Score given/s, 'its story, in order';
is system('grep', '-qa', 'ann@shop.test', $t->path('console.db'), $t->path('console.db-wal')) >> 8, 1, 'the database has no address';

# search and filters

sub found { my ($uri) = @_; return join ' ', sort { $a <=> $b } page("cancels?$uri")->{body} =~ m{id=shop%2F(\d+)}g }
is found('days=90&q=Words%20of%20120'), '120', 'a word';
is found('days=90&q=words%20OF%20120'), '120', 'in another case';
is found('days=90&q=%EB%B9%84%EC%8B%B8'), '9001', 'two syllables of Korean';
is found('days=90&q=0%25_'), '9001', 'signs of LIKE and of FTS5 are what they are';
is found('days=90&q=%25_'), '9001', 'also two of them';
is found("days=90&q=$_"), '9001', 'or one' for '%25', '_';
is found('days=90&q=%22'), '9001', 'a quote';
is found('days=90&q=%22%20OR%20%22'), '', 'no query language';
my @of = map { split ' ', found("days=1&reason=$_") } qw(costs changed_mind other);
is scalar @of, $ledger{1}{asked}, 'filters by reason divide them';
my $pages = page('cancels?days=90')->{body};
like $pages, qr{href="cancels\?days=90&amp;page=2" rel="next"}, 'older ones are on another page';
is scalar(my @fifty = $pages =~ m{<article>}g), 50, 'of fifty';
my %seen;
for my $p (1 .. 11) { $seen{$_}++ for split ' ', found("days=90&page=$p") }
is scalar(grep { $_ == 1 } values %seen), 501, 'all of them, each once';

my $csv = page('cancels?days=1&format=csv');
like $csv->{head}, qr{^Content-Type: text/csv}mi, 'CSV';
like $csv->{body}, qr/^asked,order,products,reason,words,score,offered,offer,became,total,currency\r\n/, 'with names';
like $csv->{body}, qr/"너무 비싸요 100%_ <script>alert\(1\)<\/script>""'&\n=SUM\(A1\) too slow","2"/, 'quoted by RFC 4180';
fact('shop/9002', 'asked', $now - 5, reason => 'other', said => '=1+1');
ok $t->wait_for('it', sub { page('cancels?days=1&format=csv')->{body} =~ /,"'=1\+1",/ }), 'nothing of it is a formula';

# other languages

like page('?lang=fr')->{body}, qr/<html lang="fr".*Annulations demandées/s, 'French';
like page('cancels?lang=ko')->{body}, qr/<html lang="ko".*href="order\?id=shop%2F9001&amp;lang=ko"/s, 'Korean, and it stays';
like page('?lang=../../x')->{body}, qr/<html lang="en"/, 'a language that is none';

# words of who was erased, and while nobody knows

my ($rc, $trace) = $t->ctl('trace', '9001');
is $rc, 0, 'traced';
like $trace, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ placed .*\n.*Z exposed .*offers=\["o<script>.*\n.*Z asked .*said="너무 비싸요.*\n.*Z decided .*\n.*Z score value=2 said="=SUM/, 'the same, line by line';
is +($t->ctl('trace', '99999'))[0], 1, 'an order of which nothing is known';
my (undef, $lines) = $t->ctl('export', 'facts');
my @facts = map { $json->decode($_) } split /\n/, $lines;
is scalar(grep { $_->{kind} eq 'exposed' } @facts), 501, 'all facts, as JSON lines';
unlike $lines, qr/Words of|비싸요/, 'without words';
is scalar(split /\n/, ($t->ctl('export', 'facts', '--since', '1h'))[1]) < @facts, 1, 'or the newest';

$t->start_worker;
my $o = $t->buy(customer => 'ada', billing => {email => 'gone@shop.test', first_name => 'Gone'});
$t->tell($o, kind => 'asked', reason => 'other', comment => 'much too slow');
ok $t->wait_for('the words', sub { $there->() =~ /much too slow/ }), 'a real order';
# what waits, and what is wrong

my $queue = page('queue')->{body};
my @shard = table($queue, 'shards');
is scalar @shard, 16, 'a line for each shard';
is scalar(grep { $_->[1] =~ /^[0-9a-f]{16}$/ } @shard), 16, 'with its worker';
unlike $queue, qr/class="n"/, 'nothing is wrong';
$t->ctl('pause');
like page('queue')->{body}, qr/Deliveries are paused/, 'a pause is told';
like page('./')->{body}, qr/Deliveries are paused/, 'on the first page too';
$t->ctl('resume');
$t->kill_now('worker');
ok $t->wait_for('it', sub { page('queue')->{body} =~ /Shards without a worker/ }), 'a worker that is gone';
my $waiting = sub { my %f = page('queue')->{body} =~ m{<dl class="figure"><dt>(.*?)</dt><dd>(.*?)</dd>}g; return \%f };
$t->tell($o, kind => 'scored', score => 3);
is $waiting->()->{'Events waiting'}, 1, 'an event waits';
my $late = (grep { $_->[2] } table(page('queue')->{body}, 'shards'))[0];
like $late->[3], qr/^Nov|^\w+ \d+, \d{4}/, 'since when';
$t->redis('HSET', $t->shard_key(2, 'dead'), 'x', '{}');
like page('queue')->{body}, qr/Some jobs were given up/, 'a dead letter';
my $today = page('./')->{body};
like $today, qr{<h2><a href="queue[^"]*">Waiting now</a></h2>\s*<dl class="figure now"><dt>Events waiting</dt><dd>\d+</dd>}, 'the first page says what waits, and leads to where';
like $today, qr{<dt>Jobs that failed</dt><dd>[1-9]\d*</dd>}, 'and what was given up';
like $today, qr/Some jobs were given up/, 'in words';
$t->redis('HDEL', $t->shard_key(2, 'dead'), 'x');
$t->start_worker;

is +($t->ctl('erase', 'gone@shop.test'))[0], 0, 'whose buyer is erased';
unlike +($t->ctl('trace', $t->id($o)))[1], qr/much too slow/, 'the words are not traced';
unlike $there->(), qr/much too slow/, 'nor shown';
like page('order?id=shop/' . $t->id($o))->{body}, qr/This customer was erased/, 'the story says why';
unlike page('cancels?days=1&format=csv')->{body}, qr/much too slow/, 'nor in CSV';
is found('days=90&q=much%20too%20slow'), '', 'nor found';
is system('grep', '-qa', 'much too slow', $t->path('console.db'), $t->path('console.db-wal')) >> 8, 1, 'nor in the file';
like page('cancels?days=90&q=Words%20of%20120')->{body}, qr/Words of 120/, 'those of others are';
$t->stop_redis;
my $blind = page('cancels?days=90&q=Words%20of%20120')->{body};
like $blind, qr/Redis does not answer/, 'without Redis it says so';
unlike $blind, qr/<blockquote>/, 'and shows no words';
like page('queue')->{body}, qr/Redis does not answer/, 'nor a queue';
$today = page('./')->{body};
like $today, qr/Redis does not answer/, 'nor what waits';
unlike $today, qr/Waiting now/, 'which is no nought then';
like $today, qr{<section}, 'but all else of the first page is there';

kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops when it is told to';
ok !-e $socket, 'its socket is gone';

# open to whoever reaches it, on a port; whose buyer was erased while it was away
# is forgotten before anybody looks

$t->start_redis;
$t->redis('SET', $t->order_key(120), $json->encode({v => 1, store => 'shop', id => '120', state => 'erased'}));
$t->order(130);
my $port = free_port();
$t->configure(share => $t->{share}, console => {database => 'console.db', listen => "127.0.0.1:$port", open => JSON::PP::true});
unlink $t->path('console.err');
$pid = console();
ok $t->wait_for('it', sub { $t->read('console.err') =~ /up to date/ }), 'on a port';
is $t->get('/', port => $port)->{status}, 200, 'open: without a name';

ok $t->wait_for('it', sub { database('SELECT count(*) FROM words WHERE text = \'Words of 120\'') == 0 }), 'words of 120 are gone';
is database('SELECT count(*) FROM words WHERE text = \'Words of 130\'') + 0, 1, 'those of 130 are not';

# what is missing is told

sub notes { return join "\n", map { text($_) } $t->get('/' . ($_[0] // ''), port => $port)->{body} =~ m{<p class="n"[^>]*>(.*?)</p>}gs }
# Redis has come back, and is found again first
ok $t->wait_for('no note', sub { notes() eq '' }), 'nothing is missing' or diag notes();
$t->redis('HINCRBY', $t->shard_key(3, 'stat'), '-:facts.lost', 5);
ok $t->wait_for('a note', sub { notes() =~ /incomplete.* 5 facts were lost/ }), 'facts that were lost';
$t->redis('HINCRBY', $t->shard_key(1, 'stat'), '-:facts.lost', 2);
ok $t->wait_for('a note', sub { my $sum = 0; $sum += $_ for notes() =~ /(\d+) facts were lost/g; $sum == 7 }), 'and more of them';
kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops';
system('python3', '-c', 'import sqlite3,sys;d=sqlite3.connect(sys.argv[1]);d.execute("UPDATE number SET value=? WHERE name=\'looked\'",(int(sys.argv[2]),));d.commit()', $t->path('console.db'), $now - 20 * 86400);
unlink $t->path('console.err');
$pid = console();
ok $t->wait_for('it', sub { $t->read('console.err') =~ /up to date/ }), 'after 20 days';
like notes(), qr/The console was off between .* longer than facts are kept/, 'it says since when nobody counted';
is notes('?days=7') =~ /was off/, '', 'but not of days that are whole';
kill TERM => $pid;
waitpid $pid, 0;

unlike $t->read('console.err'), qr/runtime error|AddressSanitizer|LeakSanitizer/, 'no sanitizer line';
$t->stop;
done_testing;
