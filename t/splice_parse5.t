#!/usr/bin/env perl

# What the splice says of pages is true: parse5 reads each before and after,
# and the only difference is our element, where the anchor says. The pages of
# t/pages and thousands of made ones; SPLICE_SEED makes others.
# long

use strict;
use warnings;

use FindBin;
use Test::More;

my $top = "$FindBin::Bin/..";

plan skip_all => 'npm install in t/browser first'
    if !-d "$top/t/browser/node_modules/parse5";

chdir $top or die "$top: $!";

my $build = $ENV{ORDERSAVE_UNIT} // 'build/unit';
my $flags = $ENV{UNIT_CFLAGS} ? "CFLAGS='$ENV{UNIT_CFLAGS}'" : '';
$build = $ENV{UNIT_OUT} if $ENV{UNIT_OUT};

# --cross has built it for another machine
$build = $ENV{ORDERSAVE_CROSS} if $ENV{ORDERSAVE_CROSS};
my $make = $ENV{ORDERSAVE_CROSS} ? ''
    : `make -f t/unit/Makefile BUILD=$build $flags $build/splice_driver 2>&1`;

die "the driver does not build:\n$make" if $?;

# five seeds and more pages with --full
my @seeds = $ENV{SPLICE_SEED} // ($ENV{ORDERSAVE_FULL} ? (1 .. 5) : 1);
my $pages = $ENV{ORDERSAVE_FULL} ? 20000 : 5000;

for my $seed (@seeds) {
    my $out = `node t/browser/splice.js $build/splice_driver t/pages --seed $seed --documents $pages`;

    ok $? == 0 && $out =~ /^1\.\.\d+$/m && $out !~ /^(?:not ok|Bail out)/m,
        "seed $seed, $pages pages" or diag $out;
}

done_testing;
