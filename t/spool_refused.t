# A spooled record that Redis refuses for itself does not hold up those behind
# it: it is put aside, counted and told once. When nothing at all is allowed,
# everything waits. A record of 4 MB, as an older version wrote it, is drained.

use strict;
use warnings;
use Test::More;
use Compress::Zlib qw(crc32);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(server => $t->woo);

sub files { my ($end) = @_; my @all = glob $t->path("spool/*$end"); return @all }
sub aside { return join '', map { $t->read(s{.*/}{spool/}r) } files('.refused') }
sub resp { return '*' . @_ . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_ }
sub stream { my ($shard) = @_; return $t->shard_key($shard, 'ev') }
sub events_in { my ($shard) = @_; return map { $_->[1][1] } @{$t->redis('XRANGE', stream($shard), '-', '+')} }

# as a process that died has left it
sub leave {
    my ($shard, @commands) = @_;
    state_file(join '', map { sprintf("S %d %d %08x\n", $shard, length $_, crc32($_)) . $_ } @commands);
}
my $serial = 0;
sub state_file {
    my ($text) = @_;
    $serial++;
    $t->write("spool/1-$serial.part", $text);
    rename $t->path("spool/1-$serial.part"), $t->path("spool/1-$serial.spool") or die $!;
}

# one of another type, between two that are good

$t->redis('SET', $t->shard_key(3, 'text'), 'no stream');
my $bad = resp('XADD', $t->shard_key(3, 'text'), '*', 'e', 'bad');
$t->allow(qr/redis refuses what is in/);
leave(3, resp('XADD', stream(3), '*', 'e', 'first'), $bad, $bad, resp('XADD', stream(3), '*', 'e', 'last'));
ok $t->wait_for('the spool to be empty', sub { !files('.spool') }), 'the file is drained';
is_deeply [events_in(3)], ['first', 'last'], 'what is good is in its stream';
is aside(), sprintf("S 3 %d %08x\n", length $bad, crc32($bad)) . $bad . sprintf("S 3 %d %08x\n", length $bad, crc32($bad)) . $bad, 'the others lie aside, as they were';
is $t->status->{events_set_aside}, 2, 'and are counted';
is scalar(() = $t->read('logs/error.log') =~ /redis refuses what is in ".*": "WRONGTYPE/g), 1, 'and told once, with why';

# a person has mended it: by its name the file is one to be drained

$t->redis('DEL', $t->shard_key(3, 'text'));
my ($file) = files('.refused');
rename $file, $file =~ s/refused$/spool/r or die $!;
ok $t->wait_for('the spool to be empty', sub { !files('.spool') }), 'it is drained again';
is $t->redis('XLEN', $t->shard_key(3, 'text')), 2, 'when nothing is in the way';

# nothing is allowed: all waits

$t->redis('ACL', 'SETUSER', 'default', '-xadd');
leave(5, resp('XADD', stream(5), '*', 'e', 'waits'));
ok $t->wait_for('the refusal', sub { $t->status->{nodes}[0]{state} eq 'refusing' }), 'what is not allowed is refused by the node';
is scalar(files('.spool')), 1, 'waits';
is scalar(files('.refused')), 0, 'and is not put aside';
$t->redis('ACL', 'SETUSER', 'default', '+xadd');
ok $t->wait_for('the spool to be empty', sub { !files('.spool') }), 'until it is allowed';
is_deeply [events_in(5)], ['waits'], 'then it comes';

# as long as may be, of every length behind the last eight bytes

for my $more (0 .. 8) {
    my $text = join '', map { chr(33 + $_ % 90) } 1 .. 1000 + $more;
    leave(7, resp('XADD', stream(7), '*', 'e', $text));
}
my $large = join '', map { pack 'N', $_ * 2654435761 % 2 ** 32 } 1 .. 1 << 20;
leave(7, resp('XADD', stream(7), '*', 'e', $large));
ok $t->wait_for('the spool to be empty', sub { !files('.spool') }), 'any length';
is scalar(files('.broken')), 0, 'and every sum, is as it was always made';
is scalar(events_in(7)), 10, 'all have come';
ok +(grep { $_ eq $large } events_in(7)), 'that of 4 MB as it was';

$t->stop;
done_testing;
