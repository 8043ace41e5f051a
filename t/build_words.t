# build.sh says what it does not know before it builds anything.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $out = tempdir(CLEANUP => 1) . '/build';
local $ENV{ORDERSAVE_BUILD} = $out;
local $ENV{DESTDIR} = "$out/installed";

for my $case (
    ['foo bar', 'foo is no command'],
    ['build foo', 'build does not know foo'],
    ['build --nginx-source', '--nginx-source takes a folder'],
    ['build --nginx-source /tmp foo', 'build does not know foo'],
    ['deps foo', 'deps does not know foo'],
    ['deps lint foo', 'deps does not know foo'],
    ['demo --nosuch', 'demo does not know --nosuch'],
    ['demo --check foo', 'demo does not know foo'],
    ['demo --port', '--port takes a number'],
    ['demo --port=x', '--port takes a number'],
    ['test --nosuch', 'test does not know --nosuch'],
    ['test t/nosuch.t', 'there is no t/nosuch.t'],
    ['lint foo', 'lint does not know foo'],
    ['install foo', 'install does not know foo'],
    ['fuzz 1 foo', 'fuzz does not know foo'],
    ['fuzz foo', 'fuzz takes a number of seconds'],
    ['bench nosuch', 'there is no bench/nosuch.pl'])
{
    my ($words, $expected) = @$case;
    my $said = `cd '$root' && ./build.sh $words 2>&1 </dev/null`;

    is $? >> 8, 2, "$words: wrong usage";
    is((split /\n/, $said)[-1], "build.sh: $expected", "$words: and which word");
}

# the benchmarks know their words themselves
for my $case (
    ['worker foo', qr/^bench worker does not know foo$/m],
    ['worker --case x', qr/^bench worker has no case x, but everysec aof-off facts$/m],
    ['splice --case nosuch', qr/^bench splice has no case nosuch, but dense-8k /m])
{
    my ($words, $expected) = @$case;
    like `cd '$root' && ./build.sh bench $words 2>&1 </dev/null`, $expected, "bench $words: and which word";
    is $? >> 8, 2, "bench $words: wrong usage";
}
my $help = `cd '$root' && ./build.sh bench splice --help 2>&1`;
is $?, 0, 'a benchmark has a help of its own';
like $help, qr/^usage: .*bench splice.*--case NAME  one of dense-8k /s, 'with its cases';

for my $command (qw(deps build test lint bench fuzz install clean)) {
    like `cd '$root' && ./build.sh $command --help 2>&1`, qr/^usage: .*^  bench NAME/ms, "$command --help";
}
like `cd '$root' && ./build.sh demo --help 2>&1`, qr/^usage: .*--port N\]\n\z/, 'demo has a help of its own';
ok !-e $out, 'nothing was built';
done_testing;
