#!/usr/bin/env perl

# What we make of JSON from outside is what JSON.parse() of V8 reads, but for
# what is changed on purpose.

use strict;
use warnings;

use FindBin;
use Test::More;

chdir "$FindBin::Bin/.." or die $!;

plan skip_all => 'there is no node' if `node --version 2>&1` !~ /^v\d/;

my $build = $ENV{UNIT_OUT} // "$FindBin::Bin/../build/unit";
my $flags = $ENV{UNIT_CFLAGS} ? "CFLAGS='$ENV{UNIT_CFLAGS}'" : '';
my $make = `make -s -f t/unit/Makefile BUILD=$build $flags json_driver 2>&1`;
die "the driver does not build:\n$make" if $?;

for my $seed ($ENV{ORDERSAVE_FULL} ? (1 .. 10) : (1, 2)) {
    my $out = `node t/browser/json.js $build/json_driver --seed $seed`;

    ok $? == 0 && $out =~ /^ok 1/m, "seed $seed" or diag $out;
    note $out;
}

done_testing;
