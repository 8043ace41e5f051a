# What is not a browser's cancel of the buyer's own passes, and says why.

use strict;
use warnings;
use v5.30;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore";
});
$t->order($_) for 19, 20, 21;
$t->order(40, state => 'cancelled', status => 'cancelled');
$t->order(41, status => 'completed');
$t->order(42, shipped => JSON::PP::true());
$t->order(43, proof => undef);
$t->start_nginx(server => <<'EOT' . $t->woo, http => <<'EOT2');
        ordersave_bypass $gateway;
EOT
    map $ordersave_arg_redirect $gateway { "" 1; default 0; }
EOT2

sub passes {
    my ($name, $outcome, $answer) = @_;
    is $answer->{body}, $answer->{method} && $answer->{method} eq 'HEAD' ? '' : 'store', "$name: the store answers";
    my $last;
    state $lines = 0;
    $t->wait_for('its log line', sub { my @l = $t->access; $last = $l[-1]; @l > $lines && $last =~ / \Q$outcome\E / && ($lines = @l) });
    like $last, qr/ \Q$outcome\E /, "$name: $outcome";
}

my $uri = $t->cancel_uri(19);

passes 'another page', '-', $t->get('/shop/?orderby=price');
passes 'a HEAD of no page', 'pass-not-page', {%{$t->http('HEAD', $uri, bare => 1)}, method => 'HEAD'};
passes 'an XHR', 'pass-not-page', $t->get($uri, headers => ['X-Requested-With: XMLHttpRequest']);
passes 'a fetch', 'pass-not-page', $t->get($uri, bare => 1, headers => ['Accept: text/html', 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty']);
passes 'a call that wants JSON', 'pass-not-page', $t->get($uri, bare => 1, headers => ['Accept: application/json']);
passes 'a JSON body', 'pass-not-page', $t->http('POST', $uri, body => '{"a":1}', headers => ['Content-Type: application/json']);
passes 'an upload', 'pass-not-page', $t->http('POST', $uri, body => "--x\r\n", headers => ['Content-Type: multipart/form-data; boundary=x']);
passes 'a PUT', 'pass-not-page', $t->http('PUT', $uri, body => 'a=b');
passes "a gateway's return", 'pass-bypass', $t->get('/cart/?cancel_order=true&order=wc_order_19&order_id=19');
passes 'a doubled order_id', 'pass-ambiguous', $t->get("$uri&order_id=20");
passes 'a doubled order_id in another spelling', 'pass-ambiguous', $t->get("$uri&order%5Fid=20");
passes 'an order_id as a list', 'pass-ambiguous', $t->get("$uri&order_id[]=20");
passes 'an order_id in another case', 'pass-ambiguous', $t->get("$uri&ORDER_ID=20");
passes 'an order_id in the body too', 'pass-ambiguous', $t->http('POST', $uri, body => 'order_id=20');
passes 'a wrong key', 'pass-owner', $t->get($t->cancel_uri(19, key => 'wc_order_wrong'));
passes 'no key', 'pass-owner', $t->get($t->cancel_uri(19, key => ''));
passes 'an order without a secret and an empty key', 'pass-owner', $t->get($t->cancel_uri(43, key => ''));
passes 'an order that is not known', 'pass-unknown-order', $t->get($t->cancel_uri(999));
passes 'a number that no order has', 'pass-unknown-order', $t->get($t->cancel_uri('9' x 65));
is scalar($t->events('9' x 65)), 0, 'nothing is recorded of it';
passes 'a cancelled order', 'pass-rules', $t->get($t->cancel_uri(40));
passes 'a status that is not met', 'pass-rules', $t->get($t->cancel_uri(41));
passes 'an order on its way', 'pass-rules', $t->get($t->cancel_uri(42));
passes 'a body that is not UTF-8', 'pass-body', $t->http('POST', $uri, body => "name=caf\xe9");

passes 'an address that a browser takes for another host', 'pass-not-page', $t->get("//evil.test$uri");
passes 'the same with a backslash', 'pass-not-page', $t->get("/\\evil.test$uri");
my $token = OrderSave::Nginx::token($t->get($uri));
passes 'even with a token', 'pass-not-page', $t->post("//evil.test$uri", [[ordersave_do => 'accept:size'], [ordersave_token => $token]]);
is $t->redis('GET', $t->decision_key(19)), undef, 'which decides nothing there';

# the store hears nothing of a guess
$t->forget_upstream;
for my $header ('Sec-Purpose: prefetch', 'Sec-Purpose: prefetch;prerender', 'Purpose: prefetch') {
    my $a = $t->get($uri, headers => [$header]);
    is $a->{status}, 503, "$header: not now";
    is OrderSave::Nginx::header($a, 'Cache-Control'), 'no-store, private', 'and not kept';
}
is scalar($t->upstream_requests), 0, 'the store saw none of them';

# every spelling that cancels at the store is met
for my $spelling ('cancel%5Forder=1', 'cancel.order=1', 'cancel_order', 'cancel_order[]=1', '%20cancel_order=1', '+cancel_order=1', 'cancel%20order=x') {
    my $a = $t->get("/any/page?$spelling&order=wc_order_19&order_id=19&redirect=%2F");
    like $a->{body}, qr/ordersave_token/, "$spelling meets the offer";
}

# what was passed was asked for, where it is known of whom
my @asked = grep { $_->{kind} eq 'asked' } $t->events(19);
ok @asked > 0, 'a cancel that passes is recorded';
ok !(grep { $_->{kind} eq 'asked' } $t->events(43)), 'but none of a stranger';

# a body in chunks, arriving slowly
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
$socket->autoflush(1);
print $socket "POST $uri HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
for my $piece ("4\r\nnote\r\n", "1\r\n=\r\n", "2\r\nhi\r\n", "0\r\n\r\n") {
    print $socket $piece;
    select undef, undef, undef, 0.02;
}
my $answer = do { local $/; <$socket> };
like $answer, qr/name="note" value="hi"/, 'a form in chunks is read whole';

$t->stop;
done_testing;
