#!/usr/bin/env perl

# The cancel flow in Chromium, through the real nginx, store, Redis and worker:
# with and without JavaScript, by keyboard, reload, Back, double click, tabs.
# long

use strict;
use warnings;

use Test::More;

use OrderSave::Browser;
use OrderSave::Show;

my $demo = OrderSave::Show->new;

ok $demo->wait_for(qr/Ctrl-C/), 'the demo runs'
    or die $demo->output;
browse('cancel.js', $demo->site);
is $demo->stop, 0, 'the demo ends';

done_testing;
