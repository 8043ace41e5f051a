# A webhook that was lost is made good by asking the store what has changed.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {reconcile => {
    every => '2s', each => '',
    call => {url => '/wp-json/wc/v3/orders?modified_after={{since}}'
                  . '&dates_are_gmt=true&per_page=100'}}})->start;
my $lost = $t->{demo}->order(customer => 'ada');

ok $t->wait_for('the order', sub { $t->record($lost) }),
    'an order of which no webhook came';
is $t->record($lost)->{state}, 'open', 'is known';

$t->{demo}->api('PUT', "/orders/$lost->{order}{id}", {status => 'cancelled'});
ok $t->wait_for('the cancel', sub {
    $t->record($lost)->{state} eq 'cancelled'
}), 'so is that it was cancelled';

$t->stop;
done_testing;
