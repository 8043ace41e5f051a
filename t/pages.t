#!/usr/bin/env perl

# Every page and mail, in every language, looked at in Chromium: markup,
# policy, widths, accessibility, how the offer page behaves without JavaScript.
# The pages are rendered by the unit test of the templates.

use strict;
use warnings;

use File::Temp ();
use FindBin;
use POSIX ();
use Test::More;

my $top = "$FindBin::Bin/..";
my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';

plan skip_all => "no $chromium" if !-x $chromium;
plan skip_all => 'npm install in t/browser first'
    if !-d "$top/t/browser/node_modules/playwright-core";

chdir $top or die "$top: $!";

my $build = $ENV{ORDERSAVE_UNIT} // 'build/unit';
my $make = `make -f t/unit/Makefile BUILD=$build 2>&1`;

BAIL_OUT("the unit tests do not build:\n$make") if $?;

my $folder = File::Temp->newdir;

system("$build/test_templates $folder >/dev/null") == 0
    or BAIL_OUT('the templates do not render');

# Its TAP is ours.
my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();
my $status = system 'node', 't/browser/pages.js', "$folder", @shots;

undef $folder;
POSIX::_exit($status ? 1 : 0);
