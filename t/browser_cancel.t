#!/usr/bin/env perl

# The cancel flow in Chromium, through the real nginx, store, Redis and worker:
# with and without JavaScript, by keyboard, reload, Back, double click, tabs.

use strict;
use warnings;

use FindBin;
use Test::More;

use OrderSave::Show;

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';

plan skip_all => "no $chromium" if !-x $chromium;
plan skip_all => 'npm install in t/browser first'
    if !-d "$FindBin::Bin/browser/node_modules/playwright-core";

my $demo = OrderSave::Show->new;

ok $demo->wait_for(qr/Ctrl-C/), 'the demo runs' or BAIL_OUT($demo->output);
$demo->browse('cancel.js');
is $demo->stop, 0, 'the demo ends';

done_testing;
