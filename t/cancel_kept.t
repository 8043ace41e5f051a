# The kept page has an address of its own: no reload of it can cancel, whatever
# became of the offer, of the order, or of Redis.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'five', reasons => ['*'], give => {discount => {amount => {EUR => '5.00'}}}},
    {id => 'size', reasons => ['*'], give => {request => {}}},
]})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

my $texts = decode_json(do { local (@ARGV, $/) = "$OrderSave::Nginx::ROOT/campaign/locales/en.json"; <> })->{texts};

sub says {
    my ($answer, $key, $name) = @_;
    like $answer->{body}, qr/\Q$texts->{$key}/, $name;
}

my %token;

sub press {
    my ($id) = @_;
    return $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:five'], [ordersave_token => $token{$id}]]);
}

sub keep {
    my ($id) = @_;
    $token{$id} = OrderSave::Nginx::token($t->get($t->cancel_uri($id)));
    return press($id);
}

sub location { return (OrderSave::Nginx::header($_[0], 'Location') // '') =~ s{^http://[^/]+}{}r }

# What the worker makes of a decision.
sub becomes {
    my ($id, %set) = @_;
    my $decision = decode_json $t->redis('GET', $t->decision_key($id));
    $t->redis('SET', $t->decision_key($id), encode_json {%$decision, %set});
}

$t->order($_) for 19 .. 26;
$t->start_nginx(server => $t->woo);

my $accepted = keep(19);
is $accepted->{status}, 303, 'an accept is answered';
my $at = location($accepted);
like $at, qr{^/ordersave/kept/[\w.-]+$}, 'by an address of our own';
is location(press(19)), $at, 'the same for the same token';
my $kept = $t->get($at);
is $kept->{status}, 200, 'where the page is';
says($kept, 'kept.heading', 'the kept page');
says($kept, 'kept.pending', 'with the offer on its way');
is OrderSave::Nginx::header($kept, 'Referrer-Policy'), 'strict-origin', 'links tell nobody its address';
is OrderSave::Nginx::header($kept, 'Cache-Control'), 'no-store, private', 'nor is it stored';
unlike join("\n", $t->access), qr/\Q@{[substr $at, 16]}/, 'logs do not hold it';
is $t->http('HEAD', $at)->{status}, 200, 'HEAD as well';
is $t->post($at, [[ordersave_do => 'cancel']])->{status}, 405, 'nothing is posted there';
is $t->get(substr $at, 0, -3)->{status}, 403, 'a cut link opens nothing';
is scalar $t->upstream_requests, 0, 'the store has heard of nothing';

my ($action) = $kept->{body} =~ /<form method="post" action="([^"]+)"/;
is $action =~ s/&amp;/&/gr, $t->cancel_uri(19), 'cancel anyway goes to the original address';
$t->post($t->cancel_uri(19), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($kept)]]);
my ($original) = $t->upstream_requests;
like $original->{head}, qr/^GET \Q@{[$t->cancel_uri(19)]}\E HTTP/, 'and gives the store the original request';
$t->forget_upstream;

# paid back by the store, or by a person where the store would not

$t->order(27);
$at = location(keep(27));
becomes(27, applied => 'done', terms => {%{decode_json($t->redis('GET', $t->decision_key(27)))->{terms}}, refund => {by => 'api'}});
like $t->get($at)->{body}, qr/We will refund .{1,20} to you\./, 'a refund by the store';
becomes(27, refund => 'task');
like $t->get($at)->{body}, qr/Someone at the shop will refund .*5\.00 to you personally/, 'one that the store refused is a person\'s';
unlike $t->get($at)->{body}, qr/We will refund/, '  and nothing else is said';
$t->forget_upstream;

# an offer that was taken back is no wish to cancel

$at = location(keep(20));
becomes(20, state => 'withdrawn', why => 'not paid in time', applied => 'done');
for my $uri ($at, $t->cancel_uri(20)) {
    my $page = $t->get($uri);
    is $page->{status}, 200, 'withdrawn: a page';
    says($page, 'kept.withdrawn', 'that says so');
    unlike $page->{body}, qr/\Q$texts->{'kept.applied'}/, 'and not that it was applied';
    like $page->{body}, qr/value="cancel"/, 'with cancel anyway on it';
}
says(press(20), 'kept.withdrawn', 'the button of the old page says the same');
is scalar $t->upstream_requests, 0, 'the store has heard of nothing';

becomes(20, applied => 'refused');
says($t->get($at), 'kept.refused', 'refused by the store: so it says');

# an order that is dead meanwhile

$t->order(20, state => 'cancelled', status => 'cancelled');
my $gone = $t->get($at);
is $gone->{status}, 409, 'cancelled meanwhile: no kept page';
says($gone, 'gone.heading', 'but one that says so');
is scalar $t->upstream_requests, 0, 'nor is it cancelled again';

my $page = $t->get($t->cancel_uri(21));
$t->order(21, state => 'cancelled', status => 'cancelled');
for my $offer (qw(five size)) {
    $gone = $t->post($t->cancel_uri(21), [[ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]]);
    is $gone->{status}, 409, "$offer: an accept that comes too late";
    says($gone, 'gone.text', 'is told so');
}
is $t->redis('GET', $t->decision_key(21)), undef, 'nothing was decided';
is scalar $t->upstream_requests, 0, 'nor cancelled';

# an order whose secret changed is not shown

$at = location(keep(22));
$t->order(22, proof => 'wc_order_other');
my $other = $t->get($at);
is $other->{status}, 403, 'another secret: the link is no good';
unlike $other->{body}, qr/Blue mug/, 'and shows nothing';

# Redis away

$at = location(keep(23));
$t->allow(qr/./);
$t->stop_redis;
my $later = $t->get($at);
is $later->{status}, 503, 'without Redis: later';
says($later, 'gone.later_heading', 'says the page');
is scalar $t->upstream_requests, 0, 'and the store has heard of nothing';

# where no location serves the kept page, it is the answer itself

for my $case (['none of our pages', ''], ['others of our pages alone', 'location /ordersave/score/ { ordersave_api on; }']) {
    my ($name, $place) = @$case;
    my $bare = OrderSave::Nginx->new(campaign => {offers => [
        {id => 'five', reasons => ['*'], give => {discount => {amount => {EUR => '5.00'}}}}]})
        ->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });
    $bare->order(19);
    $bare->start_nginx(server => $bare->woo =~ s/location \/ordersave\/ \{ ordersave_api on; \}/$place/r);
    my $shown = $bare->get($bare->cancel_uri(19));
    my $at_once = $bare->post($bare->cancel_uri(19), [[ordersave_do => 'accept:five'], [ordersave_token => OrderSave::Nginx::token($shown)]]);
    is $at_once->{status}, 200, "a location for $name: the kept page at once";
    says($at_once, 'kept.heading', 'as it is');
    $bare->stop;
}

$t->stop;
done_testing;
