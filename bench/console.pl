#!/usr/bin/env perl

# The console with a year of a large shop: a million facts of 120,000 orders, and
# words of every fifth buyer.
#
#   import        facts a second into an empty database (SQLite, WAL), by
#                 ordersave-console --once; its size, and the most memory that
#                 the console took
#   pages         each page's time over 90 days, warm: the median of nine
#
# There is no peer: the figures stand beside the bounds that the manual names.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib";

use Bench;
use JSON::PP;
use OrderSave::Worker;
use Time::HiRes qw(sleep time);

my ($quick) = {words('console', [])}->@{qw(quick)};

my $orders = $quick ? 12_000 : 120_000;
my $now = int time;
my @who = ('X-Remote-User: ada');
my $t = OrderSave::Worker->new;
my $port = OrderSave::Nginx::free_port();
my $bin = "$FindBin::Bin/../build";
$t->start(no_worker => 1);
$t->configure(share => $t->{share}, console => {database => 'console.db', listen => "127.0.0.1:$port", user_header => 'X-Remote-User'}, facts => {keep => '400d', most => 5_000_000});

my @reason = qw(costs delivery_time better_price changed_mind mistake);
my @offer = qw(ten less);
my @milestone = qw(shipped in_transit delivered);

# What happens to one order: eight or nine facts, in the order of their times.
sub story {
    my ($n) = @_;
    my ($name, $at) = ("shop/$n", $now - 360 * 86_400 + int($n * 359 * 86_400 / $orders));
    my $arm = $n % 10 ? 'treatment' : 'holdout';
    my ($reason, $offer, $kept) = ($reason[$n % 5], $offer[$n % 2], $n % 3 == 0 && $arm eq 'treatment');
    my $i = 0;
    my $fact = sub { my ($kind, %f) = @_; return {id => "$n-" . $i++ . ":$kind", kind => $kind, at => $at + $i * 60, order => $name, customer => 'c' . $n % 40_000, arm => $arm, %f} };
    my %money = (money => 2000 + $n % 9000, currency => $n % 7 ? 'EUR' : 'USD', country => (qw(DE FR US))[$n % 3]);
    return (
        $fact->('placed', %money, placed => $at, items => [map { 'p' . ($n * $_) % 900 } 1 .. 2]),
        $fact->('exposed', %money, experiment => 'x', offers => \@offer, items => ['p' . $n % 900]),
        $fact->('asked', reason => $reason, (words => JSON::PP::true) x !($n % 5)),
        $fact->('decided', outcome => $kept ? 'accepted' : 'declined', reason => $reason, $kept ? (offer => $offer, money => 500, currency => $money{currency}) : ()),
        $kept ? ($fact->('applied', offer => $offer, outcome => 'done'), $fact->('saved', offer => $offer, reason => $reason, %money))
              : $fact->('cancelled', reason => $reason, %money, items => ['p' . $n % 900]),
        (map { $fact->('message', message => $_, channel => 'smtp', outcome => 'sent') } qw(cancelled delivered)),
        $fact->('parcel', carrier => (qw(dhl ups))[$n % 2], country => $money{country}, milestone => $milestone[$n % 3], times => {shipped => $at + 3600, delivered => $at + 200_000}));
}

my $json = JSON::PP->new->canonical;
my (%waiting, %said, $facts);
sub flush {
    my ($shard) = @_;
    $t->redis('EVAL', "for i = 1, #ARGV do redis.call('XADD', KEYS[1], '*', 'e', ARGV[i]) end", 1,
        $t->shard_key($shard, 'facts'), @{delete $waiting{$shard}});
    my @said = @{delete $said{$shard} // []} or return;
    my $keys = @said / 3;
    $t->redis('EVAL', "for i, key in ipairs(KEYS) do redis.call('HSET', key, ARGV[i * 2 - 1], ARGV[i * 2]) end", $keys,
        (map { $said[$_ * 3] } 0 .. $keys - 1), map { @said[$_ * 3 + 1, $_ * 3 + 2] } 0 .. $keys - 1);
}
for my $n (1 .. $orders) {
    my $shard = $t->shard("shop/$n");
    my @story = story($n);
    if (my ($asked) = grep { $_->{words} } @story) {
        push @{$said{$shard}}, $t->key("words:shop/$n", "shop/$n"), $asked->{id}, "It took $n days too long, and somebody else has it for $asked->{at}";
    }
    $facts += @story;
    push @{$waiting{$shard}}, map { $json->encode($_) } @story;
    flush($shard) if @{$waiting{$shard}} > 2000;
}
flush($_) for keys %waiting;
printf "%d facts of %d orders\n", $facts, $orders;

my ($begun, @cpu) = (time, times);
my @command = ("$bin/ordersave-console", '-c', $t->path('worker.json'));
my $memory = $t->path('memory');
system('sh', '-c', '"$@" & pid=$!; while kill -0 $pid 2>/dev/null; do grep VmHWM /proc/$pid/status; sleep 0.2; done >' . $memory . '; wait $pid', 'sh', @command, '--once') == 0
    or die "no import\n";
my $took = time - $begun;
my @now = times;
my $busy = $now[2] + $now[3] - $cpu[2] - $cpu[3];
my ($most) = sort { $b <=> $a } $t->read('memory') =~ /VmHWM:\s+(\d+)/g;
my $size = -s $t->path('console.db');
printf "import: %.1f s, %.1f of them CPU, %.0f facts a second (20,000 wanted); %.0f MB (600); %.0f MB of memory (64)\n", $took, $busy, $facts / $took, $size / 1e6, $most / 1024;
my @rows = ({case => 'import', peer => 'bound', metric => 'facts_per_s', ours => $facts / $took, theirs => 20_000});

my $pid = $t->spawn('console', @command);
$t->wait_for('the console', sub { (eval { $t->get('/', port => $port, headers => \@who) } // {status => 0})->{status} == 200 }) or die 'no console: ' . $t->read('logs/console.out');
for my $page ('', 'cancels', 'cancels?q=somebody', 'cancels?reason=costs&offer=ten', 'order?id=shop/' . int($orders * 0.9), 'queue', 'preview', 'reasons', 'offers', 'offers?by=country', 'parcels', 'messages') {
    my $uri = "/$page" . ($page =~ /\?/ ? '&' : '?') . 'days=90';
    my @ms;
    for my $turn (0 .. 9) {
        my $from = time;
        my $status = $t->get($uri, port => $port, headers => \@who)->{status};
        die "$uri: $status\n" if $status != 200;
        push @ms, (time - $from) * 1000 if $turn;
    }
    printf "%-28s %6.1f ms\n", $uri, median(@ms);
    push @rows, {case => "/$page", peer => 'bound', metric => 'ms', ours => median(@ms), theirs => 100};
}
open my $status, '<', "/proc/$pid/status" or die;
my ($rss) = map { /VmHWM:\s+(\d+)/ ? $1 : () } <$status>;
printf "serving: %.0f MB of memory (64)\n", $rss / 1024;
write_results('console', 1, @rows);
$t->stop;
