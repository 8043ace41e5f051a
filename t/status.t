# What the module counts, for people in JSON and for Prometheus, as its own
# tool reads it.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19);

# a second store, of the same nginx
$t->write('other.json', encode_json($t->campaign(store => 'other')));
my $other = OrderSave::Nginx::free_port();
$t->start_nginx(processes => 2, server => $t->woo . 'location = /metrics { ordersave_status prometheus; }',
    http => "server { listen 127.0.0.1:$other; ordersave_store other; ordersave_campaign $t->{dir}/other.json; ordersave_key_file $t->{dir}/keys; "
        . $t->woo . '}');

sub other {
    my ($uri) = @_;
    local $t->{port} = $other;
    return $t->get($uri);
}

$t->get($t->cancel_uri(19)) for 1 .. 3;
$t->get($t->cancel_uri(19, key => 'wrong'));
$t->event(19, 'exposed');
other($t->cancel_uri(19)) for 1 .. 2;

my $status = $t->wait_for('the counts', sub {
    my $s = decode_json $t->get('/ordersave/status')->{body};
    $s->{events_sent} >= 3 ? $s : undef;
});
is $status->{outcomes}{offer}, 3, 'offers are counted over all processes';
is $status->{outcomes}{'pass-owner'}, 1, 'and what passed';
is $status->{events_lost}, 0, 'nothing is lost';
is_deeply $status->{stores}, {
    shop  => {feeds => 0, lookups_failed => 0, outcomes => {offer => 3, 'pass-owner' => 1}},
    other => {feeds => 0, lookups_failed => 0, outcomes => {'pass-unknown-order' => 2}},
}, 'store by store, what came to anything';
is $status->{nodes}[0]{queue}, 0, 'nothing is in line for Redis';
is $status->{redis}, 'up', 'Redis is up';
is $t->http('HEAD', '/ordersave/status')->{status}, 200, 'a HEAD';
is $t->http('POST', '/ordersave/status', body => 'a=b')->{status}, 405, 'a POST is not taken';

my $metrics = $t->get('/metrics');
like $metrics->{head}, qr{^Content-Type: text/plain; version=0\.0\.4}mi, 'the type that Prometheus asks for';
like $metrics->{body}, qr/^ordersave_requests_total\{store="shop",outcome="offer"\} 3$/m, 'the same counts';
like $metrics->{body}, qr/^ordersave_requests_total\{store="other",outcome="offer"\} 0$/m, 'of each store';
like $metrics->{body}, qr/^ordersave_lookups_failed_total\{store="other"\} 0$/m, 'and what Redis did not answer';
like $metrics->{body}, qr/^ordersave_spool_bytes 0$/m, 'the spool is empty';

SKIP: {
    skip 'promtool is not here', 1 unless grep { -x "$_/promtool" } split /:/, $ENV{PATH};
    $t->write('metrics', $metrics->{body});
    my $said = `promtool check metrics < $t->{dir}/metrics 2>&1`;
    is $?, 0, 'promtool finds nothing' or diag $said;
}

# counts live over a reload
$t->reload;
$t->wait_for('the reload', sub { 2 <= (() = $t->read('logs/error.log') =~ m{exiting}g) });
$status = decode_json($t->get('/ordersave/status')->{body});
is $status->{outcomes}{offer}, 3, 'a reload forgets nothing';
is $status->{stores}{other}{outcomes}{'pass-unknown-order'}, 2, 'of no store';

# Redis away
$t->stop_redis;
$t->get($t->cancel_uri(19));
ok $t->wait_for('down', sub { decode_json($t->get('/ordersave/status')->{body})->{events_spooled} }), 'spooled events are counted';
$status = decode_json($t->get('/ordersave/status')->{body});
is $status->{stores}{shop}{lookups_failed}, 1, 'and the look-up that failed';
is $status->{stores}{other}{lookups_failed}, 0, 'of that store alone';
ok $status->{spool}{files} && $status->{spool}{bytes}, 'the spool holds something';
like $t->get('/metrics')->{body}, qr/^ordersave_spool_bytes $status->{spool}{bytes}$/m, 'for Prometheus as well';

$t->stop;
done_testing;
