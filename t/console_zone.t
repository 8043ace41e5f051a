# A day of a report is a day of the shop: by its time zone, also where a day has
# 23 or 25 hours, as Python's own zones have it.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $port = free_port();
my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
sub console { my ($zone) = @_; $t->configure(share => $t->{share}, console => {database => 'console.db', listen => "127.0.0.1:$port", open => JSON::PP::true, $zone ? (timezone => $zone) : ()}) }
console('Nowhere/AtAll');
like +($t->ctl('report'))[2], qr{/console/timezone: expected the name of a time zone}, 'a zone that is none';
console('America/New_York');

# cancels of a year, some at the ends of days, and around changes of clocks

my $now = time;
my @at = map { $now - int($_ * 86400 * 0.73) } 0 .. 500;
for my $change (1762063200, 1772953200, 1793512800) { push @at, map { $change + $_ * 1800 } -52 .. 52 }
@at = grep { $_ < $now } @at;
my $n = 0;
for my $at (@at) {
    my $order = 'shop/' . ++$n;
    $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => "e$n:asked", kind => 'asked', at => $at, order => $order}));
}
my $pid = fork // die;
if (!$pid) { exec "$bin/ordersave-console", '--once', '-c', $t->path('worker.json') or POSIX::_exit(127) }
waitpid $pid, 0;
is $? >> 8, 0, 'read';

$t->write('at', join ' ', @at);
sub expected {
    my ($zone) = @_;
    my $out = qx{python3 -c 'import sys,zoneinfo,datetime,collections;z=zoneinfo.ZoneInfo(sys.argv[1]);c=collections.Counter(datetime.datetime.fromtimestamp(int(a),z).date().isoformat() for a in open(sys.argv[2]).read().split());print("\\n".join("%s %d"%x for x in sorted(c.items())))' $zone $t->{dir}/at};
    return {split ' ', $out};
}
for my $zone ('America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'UTC') {
    console($zone);
    my ($rc, $out) = $t->ctl('report', '--by', 'day', '--since', '800d', '--format', 'json');
    is_deeply {map { $_->[0] => $_->[3] } @{decode_json($out)->{rows}}}, expected($zone), "$zone: each day has its cancels";
}

console('America/New_York');
$pid = fork // die;
if (!$pid) { open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-c', $t->path('worker.json') or POSIX::_exit(127) }
ok $t->wait_for('the console', sub { (eval { $t->get('/', port => $port)->{status} } // 0) == 200 }), 'the console';
my $page = $t->get('/?days=90', port => $port)->{body};
like $page, qr/Days and times are in America\/New_York\./, 'says whose days';
my $of = expected('America/New_York');
my @rows = map { [m{<t[hd][^>]*>(.*?)</t[hd]>}gs] } $page =~ m{id="by_day".*?<tbody>(.*?)</tbody>}s ? $1 =~ m{<tr>(.*?)</tr>}gs : ();
is scalar @rows, 90, 'ninety of them';
my @dates = (sort keys %$of)[-3 .. -1];
my $today = qx{TZ=America/New_York date -d \@$now +%F}; chomp $today;
my @last = map { qx{date -d '$today -$_ days' +%F} =~ s/\n//r } 0 .. 89;
is_deeply [map { $_->[2] + 0 } @rows], [map { $of->{$_} // 0 } @last], 'with what was asked on each, as the shop counts';
kill TERM => $pid;
waitpid $pid, 0;

$t->stop;
done_testing;
