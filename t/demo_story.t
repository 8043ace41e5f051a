#!/usr/bin/env perl

# The demo's whole story, as ./build.sh demo --check runs it, with Chromium's
# headless shell. With --full: it takes a minute, with a machine of its own.

use strict;
use warnings;

use Test::More;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

$ENV{CHROMIUM} //= '/usr/bin/chromium-headless-shell';
chomp(my @said = `$^X demo/demo.pl --check 2>&1`);
is $?, 0, 'it comes to its end';
ok $_ !~ /^not /, $_ =~ s/^(?:not )?ok - //r for grep { /^(?:not )?ok - / } @said;
cmp_ok scalar(grep { /^ok - / } @said), '>', 190, 'all of it';
diag map { "$_\n" } @said if !Test::More->builder->is_passing;

done_testing;
