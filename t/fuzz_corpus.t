#!/usr/bin/env perl

# Every page, and every text of JSON, of the fuzzers' corpora gives one answer,
# however it is cut.

use strict;
use warnings;

use FindBin;
use Test::More;

my $top = "$FindBin::Bin/..";
chdir $top or die "$top: $!";

# --cross has built it for another machine
my $build = $ENV{ORDERSAVE_CROSS} // $ENV{UNIT_OUT} // 'build/unit';
my $flags = $ENV{UNIT_CFLAGS} ? "CFLAGS='$ENV{UNIT_CFLAGS}'" : '';
my $make = $ENV{ORDERSAVE_CROSS} ? ''
    : `make -f t/unit/Makefile BUILD=$build $flags $build/fuzz_html $build/fuzz_json 2>&1`;
die "it does not build:\n$make" if $?;

for my $file (sort glob 't/fuzz/corpus/*') {
    my $said = `$build/fuzz_html $file 2>&1`;
    is $?, 0, $file =~ s{.*/}{}r or diag $said;
}

if (!$ENV{ORDERSAVE_CROSS}) {
    for my $file (sort glob 't/fuzz/corpus_json/*') {
        my $said = `$build/fuzz_json $file 2>&1`;
        is $?, 0, $file =~ s{.*/}{}r or diag $said;
    }
}

done_testing;
