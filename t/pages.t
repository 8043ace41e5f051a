#!/usr/bin/env perl

# Every page, with --full in every language and mails too, looked at in Chromium:
# markup, policy, widths, accessibility, how the offer page behaves without JavaScript.
# The pages are rendered by the unit test of the templates.
# long

use strict;
use warnings;

use File::Temp ();
use FindBin;
use Test::More;

use OrderSave::Browser;

my $top = "$FindBin::Bin/..";
chdir $top or die "$top: $!";

my $build = $ENV{ORDERSAVE_UNIT} // 'build/unit';
my $make = `make -f t/unit/Makefile BUILD=$build 2>&1`;

die "the unit tests do not build:\n$make" if $?;

my $folder = File::Temp->newdir;

system("$build/test_templates $folder >/dev/null") == 0
    or die 'the templates do not render';

# t/browser_mails.t looks at mails, as `ordersavectl render` makes them
$ENV{PAGES} //= '^(?!.*\.html\.[\w-]+\.html$)' if !$ENV{ORDERSAVE_FULL};

my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();

browse('pages.js', "$folder", @shots);
done_testing;
