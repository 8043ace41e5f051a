# A HEAD is asked like its GET: stores cancel on HEAD too. Where the GET would
# show a page, its headers come and the store hears nothing; where the GET would
# pass, so does the HEAD.

use strict;
use warnings;
use v5.30;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {experiment => {name => 'x1', holdout => 50}})
    ->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /my-account/\r\nContent-Length: 0\r\n\r\n" });
$t->order($_) for 19 .. 39;
$t->start_nginx(server => <<'EOT' . $t->woo, http => <<'EOT2');
        ordersave_bypass $gateway;
        location /quiet/ { ordersave_mode observe; proxy_pass http://store; }
EOT
    map $ordersave_arg_redirect $gateway { "" 1; default 0; }
EOT2

sub names { join ' ', sort map { lc((split /:/)[0]) } grep { !/^(?:HTTP|Date|Content-Length)/ } split /\r\n/, $_[0]{head} }
sub requests { return map { $_->{head} =~ /^(\w+)/ } $t->upstream_requests }

# who is shown a page, and who is held out

my (@shown, @held);
for my $id (19 .. 39) {
    $t->get($t->cancel_uri($id))->{status} == 200 ? push @shown, $id : push @held, $id;
}
ok @shown && @held, 'there are both arms';

# a page

my ($id) = @shown;
$t->forget_upstream;
my $get = $t->get($t->cancel_uri($id));
my $head = $t->http('HEAD', $t->cancel_uri($id));
is $head->{status}, 200, 'where the GET shows a page, the HEAD is answered like it';
is $head->{body}, '', '  without a body';
is names($head), names($get), '  with the same headers';
like OrderSave::Nginx::header($head, 'Content-Type'), qr{text/html}, '  of a page';
like OrderSave::Nginx::header($head, 'Content-Length'), qr/^[1-9]\d{3,}$/, '  and its length';
like $t->logged(qr/^HEAD .* offer /), qr/ 200 offer /, '  it is logged as an offer';
is "@{[requests()]}", '', 'the store hears of neither';
is scalar(grep { $_->{kind} eq 'asked' } $t->events($id)), 0, 'nobody has asked to cancel';
my $second = $shown[1];
my $before = grep { $_->{kind} eq 'exposed' } $t->events($second);
$t->http('HEAD', $t->cancel_uri($second)) for 1 .. 3;
$t->get($t->cancel_uri($second));
$t->wait_for('the page to be counted', sub { $before < grep { $_->{kind} eq 'exposed' } $t->events($second) });
is scalar(grep { $_->{kind} eq 'exposed' } $t->events($second)), $before + 1, 'who has seen no page is counted by no HEAD';

# the kept page

$t->post($t->cancel_uri($id), [[ordersave_do => 'accept:ship'], [ordersave_token => OrderSave::Nginx::token($get)]]);
$head = $t->http('HEAD', $t->cancel_uri($id));
is $head->{status}, 200, 'after an accept: the kept page';
like $t->logged(qr/^HEAD .* kept /), qr/ 200 kept /, '  says the log';

# JSON

my @json = (bare => 1, headers => ['Accept: application/vnd.ordersave+json']);
$head = $t->http('HEAD', $t->cancel_uri($shown[1]), @json);
is OrderSave::Nginx::header($head, 'Content-Type'), 'application/json', 'a storefront that speaks JSON has those headers';
is "@{[requests()]}", '', 'and the store still hears of none of them';

# what passes

sub passes {
    my ($name, $outcome, $uri, @how) = @_;
    $t->forget_upstream;
    is $t->http('HEAD', $uri, @how)->{status}, 302, "$name: the store answers";
    is "@{[requests()]}", 'HEAD', '  a HEAD, as it came';
    ok $t->logged(qr/^HEAD .* 302 \Q$outcome\E /), "  $outcome";
}

passes 'held out', 'pass-holdout', $t->cancel_uri($held[0]);
passes 'not known', 'pass-unknown-order', $t->cancel_uri(99);
passes 'a wrong key', 'pass-owner', $t->cancel_uri($shown[1], key => 'wrong');
passes 'a gateway', 'pass-bypass', "/cart/?cancel_order=true&order=wc_order_$shown[1]&order_id=$shown[1]";
passes 'no page is wanted', 'pass-not-page', $t->cancel_uri($shown[1]), bare => 1, headers => ['Accept: */*'];
passes 'observed', 'pass-observe', '/quiet' . $t->cancel_uri($shown[1]);
ok $t->event($held[0], 'asked'), 'a HEAD that passes is a cancel that was asked for';

$t->post($t->cancel_uri($shown[1]), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($t->get($t->cancel_uri($shown[1])))]]);
$t->wait_for('the decision', sub { $t->redis('GET', $t->decision_key($shown[1])) });
passes 'decided', 'pass-decided', $t->cancel_uri($shown[1]);

$t->stop_redis;
$t->wait_for('nginx to miss it', sub { ($t->status->{redis} // '') eq 'down' });
passes 'without Redis', 'pass-redis', $t->cancel_uri($shown[1]);

$t->stop;
done_testing;
