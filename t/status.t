# What the module counts, for people in JSON and for Prometheus, as its own
# tool reads it.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19);
$t->start_nginx(processes => 2, server => $t->woo . 'location = /metrics { ordersave_status prometheus; }');

$t->get($t->cancel_uri(19)) for 1 .. 3;
$t->get($t->cancel_uri(19, key => 'wrong'));
$t->event(19, 'exposed');

my $status = $t->wait_for('the counts', sub {
    my $s = decode_json $t->get('/ordersave/status')->{body};
    $s->{events_sent} >= 3 ? $s : undef;
});
is $status->{outcomes}{offer}, 3, 'offers are counted over all processes';
is $status->{outcomes}{'pass-owner'}, 1, 'and what passed';
is $status->{events_lost}, 0, 'nothing is lost';
is $status->{redis}, 'up', 'Redis is up';
is $t->http('HEAD', '/ordersave/status')->{status}, 200, 'a HEAD';
is $t->http('POST', '/ordersave/status', body => 'a=b')->{status}, 405, 'a POST is not taken';

my $metrics = $t->get('/metrics');
like $metrics->{head}, qr{^Content-Type: text/plain; version=0\.0\.4}mi, 'the type that Prometheus asks for';
like $metrics->{body}, qr/^ordersave_requests_total\{outcome="offer"\} 3$/m, 'the same counts';

SKIP: {
    skip 'promtool is not here', 1 unless grep { -x "$_/promtool" } split /:/, $ENV{PATH};
    $t->write('metrics', $metrics->{body});
    my $said = `promtool check metrics < $t->{dir}/metrics 2>&1`;
    is $?, 0, 'promtool finds nothing' or diag $said;
}

# counts live over a reload
$t->reload;
$t->wait_for('the reload', sub { 2 <= (() = $t->read('logs/error.log') =~ m{exiting}g) });
is decode_json($t->get('/ordersave/status')->{body})->{outcomes}{offer}, 3, 'a reload forgets nothing';

# Redis away
$t->stop_redis;
$t->get($t->cancel_uri(19));
ok $t->wait_for('down', sub { decode_json($t->get('/ordersave/status')->{body})->{events_spooled} }), 'spooled events are counted';

$t->stop;
done_testing;
