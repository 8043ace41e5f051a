#!/usr/bin/env perl

# Every mail, in English and another language, with --full in four, looked at in
# Chromium: widths, accessibility. `ordersavectl render` makes them, of its sample.
# long

use strict;
use warnings;

use File::Temp ();
use Test::More;

use OrderSave::Browser;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {locales => [qw(en id ko fr)],
    site => 'https://shop.example', brand => {name => 'Test Shop'},
    follow_up => {cancelled => {next_order => 'NEXT5',
                                next_order_percent => '5',
                                reorder_url => '/again'}},
    refund => {by => 'task', way => 'to your card', time => '5 days'},
    review => {after => '7d'}, recommend => {max => 4},
    policy => {returns => {text => 'Thirty days', url => '/returns'},
               fees => 'No other fees'},
    returns => {days => 30, refund => {days => 14}, instructions => 'Put the slip on top of what you send.', cost => 'You pay for the parcel back.', url => '/label/'},
    track => {packaging => [{id => 'gift', title => 'As a gift'}]},
})->start(no_worker => 1);
$t->start_worker;

my @mails = grep { !/^(?:page_|block_|panel|dialog|shell|console)/ }
    map { m{([^/]+)\.html\.mustache$} } glob 'campaign/templates/*.html.mustache';
my $folder = File::Temp->newdir;

my @others = qw(id ko fr);
my $all = $ENV{ORDERSAVE_FULL} || $ENV{ORDERSAVE_SHOTS};

for my $mail (@mails) {
    my @bad;

    push @others, shift @others;

    for my $locale ('en', $mail =~ /^support/ ? () : $all ? @others : $others[0]) {
        my ($status, undef, $why) = $t->ctl('render', $mail, '-l', $locale,
            '-k', 'html', '-o', "$folder/$mail.html.$locale.html");

        push @bad, "$locale: $why" if $status;
    }

    is "@bad", '', "$mail is rendered";
}

my @shots = $ENV{ORDERSAVE_SHOTS} ? ('--shots', $ENV{ORDERSAVE_SHOTS}) : ();

browse('pages.js', "$folder", @shots);
done_testing;
