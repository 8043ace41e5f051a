# ordersavectl coupons load: a file with a fault loads nothing, and no code is
# ever loaded twice.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $stock = $t->shard_key(0, 'stock:shop/ten');

sub load {
    my ($text, @file) = @_;
    $t->write('codes', $text);
    return $t->ctl('coupons', 'load', 'ten', @file ? @file : $t->path('codes'));
}

sub stock { return join ' ', @{$t->redis('LRANGE', $stock, 0, -1)} }

for my $case (
    ["ONE\nTWO WORDS\n", 2, 'expected one code, without spaces or control characters', 'two words'],
    ["ONE\nTWO\t2\n", 2, 'expected one code, without spaces or control characters', 'two columns'],
    ["ONE\n\nT\0WO\n", 3, 'expected one code, without spaces or control characters', 'a zero byte'],
    ["# codes\nONE\n\xc9T\xc9\n", 3, 'expected UTF-8', 'Latin-1'],
    ["ONE\n" . 'x' x 256 . "\n", 2, 'expected a code of at most 255 bytes', 'a line that is too long'],
    ["ONE\nTWO\r\n#\nONE", 4, 'the code of line 1 once more', 'a code that stands twice'])
{
    my ($text, $line, $like, $what) = @$case;
    my ($rc, $out, $err) = load($text);

    is "$rc$out", '1', "$what: nothing is loaded";
    is $err, 'ordersavectl: ' . $t->path('codes') . ":$line: $like\n", 'and it is said where';
}
is stock(), '', 'nothing is, indeed';

my @r = load("\xef\xbb\xbf# spring\r\nONE\r\n\r\n  TWO \n\xc3\x89T\xc3\x89\n" . 'x' x 255 . "\n \nLAST");
is "$r[0]$r[1]", "05 codes\n", 'a good file';
is stock(), "ONE TWO \xc3\x89T\xc3\x89 " . 'x' x 255 . ' LAST',
   'without its byte order mark, comments, empty lines and spaces around';

is +(load("LAST\nSIX\nONE\n"))[1], "3 codes, 2 of them were there already\n", 'what is there is passed over';
is $t->redis('LPOP', $stock), 'ONE', 'a code is given out';
is +(load("ONE\n"))[1], "1 codes, 1 of them were there already\n", 'and stays known';
is stock(), "TWO \xc3\x89T\xc3\x89 " . 'x' x 255 . ' LAST SIX', 'it is not loaded again';

is +(load("# none\n"))[1], "0 codes\n", 'an empty file';
my ($rc, undef, $err) = $t->ctl('coupons', 'load', 'ten', $t->path('nowhere'));
is $rc, 1, 'a file that is not there';
like $err, qr{/nowhere: cannot be opened: No such file}, 'is named';

open my $in, '<', $t->write('more', "SEVEN\nBAD ONE\n") or die $!;
open my $own, '<&', \*STDIN or die $!;
open STDIN, '<&', $in or die $!;
($rc, undef, $err) = $t->ctl('coupons', 'load', 'ten', '-');
is $err, "ordersavectl: -:2: expected one code, without spaces or control characters\n", 'standard input';
open STDIN, '<&', $own or die $!;

# a load that breaks off in the middle

my @codes = map { "MANY-$_" } 1 .. 20_000;
my $before = $t->redis('LLEN', $stock);
my ($used) = $t->redis('INFO', 'memory') =~ /^used_memory:(\d+)/m;
$t->redis('CONFIG', 'SET', 'maxmemory', $used + 1_000_000);
($rc, my $out, $err) = load(join "\n", @codes);
my $in_stock = $t->redis('LLEN', $stock) - $before;

isnt $rc, 0, 'Redis has no room for all of them';
is $out, '', 'nothing is claimed';
ok $in_stock > 0 && $in_stock < @codes, "some are in: $in_stock";
like $err, qr/^ordersavectl: $in_stock of 20000 codes are in; load the file again for the others$/m, 'which is said';

$t->redis('CONFIG', 'SET', 'maxmemory', 0);
is +(load(join "\n", @codes))[1], "20000 codes, $in_stock of them were there already\n", 'once more';
my %n;
$n{$_}++ for @{$t->redis('LRANGE', $stock, $before, -1)};
is join(' ', sort keys %n), join(' ', sort @codes), 'no code is lost';
is scalar(grep { $_ > 1 } values %n), 0, 'and none is there twice';

$t->stop;
done_testing;
