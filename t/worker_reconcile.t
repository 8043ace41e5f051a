# A webhook that was lost is made good by asking the store what has changed.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
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

# more than one page: by its number, or from the newest change on

sub lost { map { $t->{demo}->order(customer => 'budi', created => time - 30 + $_) } 1 .. 25 }
sub again {
    my ($query) = @_;
    $t->kill_now('worker', 'TERM');
    $t->{overrides}{reconcile}{call}{url} = "/wp-json/wc/v3/orders?modified_after={{since}}&dates_are_gmt=true&$query";
    $t->write('campaign.json', encode_json($t->campaign));
    $t->start_worker;
}

for my $query ('per_page=10&page={{page}}', 'per_page=10&orderby=modified&order=asc') {
    my @lost = lost();
    again($query);
    ok $t->wait_for('all', sub { @lost == grep { $t->record($_) } @lost }), "more orders than a page has: $query";
}

# the last good run is remembered: what changed while nobody asked is not lost

$t->kill_now('worker', 'TERM');
my $key = $t->shard_key(0, 'reconciled:shop');
cmp_ok abs(time - ($t->redis('GET', $key) // 0)), '<', 600, 'a good run is remembered';
$t->redis('SET', $key, time - 10 * 86400);
my $old = $t->{demo}->order(customer => 'grace', created => time - 5 * 86400);
again('per_page=10&page={{page}}');
ok $t->wait_for('it', sub { $t->record($old) }), 'an order of days ago, after a long pause';

# a run that fails is none
$t->kill_now('worker', 'TERM');
$t->redis('SET', $key, 1000);
$t->{demo}->control('POST', '/fault', {match => 'GET /wp-json/.*', times => -1, status => 503});
again('per_page=10&page={{page}}');
ok $t->wait_for('a try', sub { $t->log =~ /reconcile: status 503/ }), 'a page is not answered';
is $t->redis('GET', $key), 1000, 'the run is made again from where the last one was';

$t->stop;
done_testing;
