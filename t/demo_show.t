#!/usr/bin/env perl

# The interactive demo, started as ./build.sh demo does and used in Chromium as
# a visitor would. When it ends, nothing that it started is left.
# long

use strict;
use warnings;
use v5.30;

use IO::Socket::INET;
use Test::More;

use OrderSave::Browser;
use OrderSave::Show;

my $demo = OrderSave::Show->new;
my $port = $demo->{port};

$demo->wait_for(qr/Ctrl-C/);
like $demo->output, qr{^    http://127\.0\.0\.1:$port/$}m,
    'it prints one address';
like $demo->output, qr{ssh -L $port:127\.0\.0\.1:$port you\@this-machine},
    'and how to come from another machine';

my $second = OrderSave::Show->new(port => $port);

is $second->ended, 1, 'a second one on the same port ends with 1';
is $second->output,
    "Port $port is in use. Another one: ./build.sh demo --port N\n",
    'and says why';

my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();

subtest 'in a browser' => sub {
    browse('show.js', $demo->site, @shots);
    done_testing;
};

my @family = $demo->family;

cmp_ok scalar @family, '>=', 7, 'it runs ' . @family . ' processes';
is $demo->stop, 0, 'on TERM it ends with 0';
is_deeply [OrderSave::Show::alive(@family)], [], 'nothing is left running';
ok !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port),
    'the port is free again';
unlike $demo->output, qr/not ok|waited in vain|did not/,
    'and without a word of trouble';

# stopped in the middle of starting

$demo = OrderSave::Show->new;
ok $demo->wait_for(qr/nginx/), 'another one starts';
@family = $demo->family;
is $demo->stop('INT'), 0, 'Ctrl-C while it starts ends it with 0';
is_deeply [OrderSave::Show::alive(@family)], [], 'and leaves nothing running';

done_testing;
