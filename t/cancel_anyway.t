# "Cancel anyway": the store gets the request that it would have got.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head, $body) = @_;
    return "HTTP/1.1 302 Found\r\nLocation: /my-account/\r\nSet-Cookie: notice=1\r\nContent-Length: 0\r\n\r\n";
});
$t->order($_) for 19 .. 23, 30 .. 32;
$t->start_nginx(server => $t->woo . <<'EOT');
        location = /account/order/cancel {
            ordersave_cancel on;
            ordersave_order_id $ordersave_body_orderId;
            ordersave_proof $ordersave_body_deepLinkCode;
            proxy_pass http://store;
        }
EOT

my @cookie = ('Cookie: wp_session=abc%20def; other="x y"');
my $from = 'http://localhost/my-account/orders/?page=2';

# what the store gets without a page in between: an order that nobody knows passes

my $tail = '&x=%2f%2F+%20~&empty=&%63=d';
my $uri = $t->cancel_uri(19) . $tail;
my @origin = (@cookie, "Referer: $from", 'Sec-Fetch-Site: none');
my $plain = $t->get($t->cancel_uri(99) . $tail, headers => \@origin);
my ($direct) = $t->upstream_requests;
$t->forget_upstream;

my $page = $t->get($uri, headers => \@origin);
my ($action) = $page->{body} =~ /<form[^>]* action="([^"]*)"/;
$action =~ s/&amp;/&/g;
is $action, $uri, 'the form goes to the original URL, byte for byte';

my $answer = $t->post($action, [
    [ordersave_reason => 'costs'], [ordersave_comment => "too dear \x{20ac}"],
    [ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)],
], headers => [@cookie, "Referer: http://localhost$uri", 'Sec-Fetch-Site: same-origin', 'Origin: http://localhost']);

is $answer->{status}, 302, "the store's own answer goes through";
is OrderSave::Nginx::header($answer, 'Location'), '/my-account/', 'with its location';
is OrderSave::Nginx::header($answer, 'Set-Cookie'), 'notice=1', 'and its cookie';

my ($got) = $t->upstream_requests;
(my $want = $direct->{head}) =~ s/wc_order_99&order_id=99/wc_order_19&order_id=19/;
is $got->{head}, $want, 'method, URL bytes, headers and cookies are those of the original';
is $got->{body}, '', 'without a body';
unlike $got->{head} . $got->{body}, qr/ordersave/i, 'and without a trace of ordersave';

my $asked = $t->event(19, 'asked');
is_deeply [@$asked{qw(reason via owner)}], ['costs', 'page', JSON::PP::true()], 'who asked, why, how';
is $asked->{comment}, "too dear \x{20ac}", 'in the words of the customer';
is $t->event(19, 'answered')->{status}, 302, 'and what the store answered';

# a store that sends the buyer back to where he was does not send him to his cancel

sub referer {
    my ($id, %o) = @_;
    $t->forget_upstream;
    my $uri = $t->cancel_uri($id);
    my $page = $t->get($uri, headers => $o{from} // []);
    $page = $t->post($uri, [[ordersave_token => OrderSave::Nginx::token($page)]], headers => ["Referer: http://localhost$uri"])
        if $o{again};
    $t->post($uri, [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)]],
        headers => ["Referer: http://localhost$uri"]);
    my ($got) = $t->upstream_requests;
    return $got->{head} =~ /^referer: (.*?)\r$/mi ? $1 : undef;
}

is referer(22), undef, 'an original without a Referer has none';
is referer(23, from => ['Referer: http://localhost/a'], again => 1), 'http://localhost/a', 'one of a page that was shown again is the first one';
is referer(32, from => ['Referer: http://localhost/' . 'x' x 1100]), undef, 'one that is too long is left out, not replaced';

# as many words as the form takes, in any script

my $words = "\x{d55c}\r\n" x 500;
my $long = $t->get($t->cancel_uri(31));
$t->post($t->cancel_uri(31), [[ordersave_comment => "${words}more"], [ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($long)]]);
is $t->event(31, 'asked')->{comment}, $words, 'a long comment is kept up to what the form takes';

# it is decided: another tab comes too late, and the next cancel just passes

ok $t->event(19, 'declined'), 'the decision is written';
my $late = $t->post($t->cancel_uri(19), [[ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($page)]]);
is $late->{status}, 200, 'an accept from another tab';
like $t->logged(qr/asked-page/), qr/asked-page/, 'hears that the cancel was asked for';
is decode_json($t->redis('GET', $t->decision_key(19)))->{state}, 'declined', 'and changes nothing';
is $t->get($t->cancel_uri(19))->{status}, 302, 'a cancel once more is for the store';

# a cancel that was a form keeps its own fields and loses ours

$t->forget_upstream;
my $form = 'orderId=20&redirectTo=frontend.account&deepLinkCode=wc_order_20&x%5B%5D=1';
$page = $t->http('POST', '/account/order/cancel?a=%20b', body => $form);
is $page->{status}, 200, 'a form meets the page as well';
is scalar($t->upstream_requests), 0, 'before the store sees it';
my @fields = map { [$_->[0] =~ s/&#39;/'/gr, $_->[1]] }
    ([orderId => 20], [redirectTo => 'frontend.account'], [deepLinkCode => 'wc_order_20'], ['x[]' => 1]);
for my $f (@fields) {
    like $page->{body}, qr/name="\Q$f->[0]\E" value="\Q$f->[1]\E"/, "field $f->[0] is carried";
}
$answer = $t->post('/account/order/cancel?a=%20b', [@fields,
    [ordersave_reason => 'other'], [ordersave_do => 'cancel'],
    [ordersave_token => OrderSave::Nginx::token($page)]]);
($got) = $t->upstream_requests;
like $got->{head}, qr{^POST /account/order/cancel\?a=%20b HTTP/1\.}, 'the store gets the POST';
is $got->{body}, $form, 'with its own fields, byte for byte';
like $got->{head}, qr/^Content-Length: @{[length $form]}\r$/m, 'and a length that fits';
unlike $got->{head} . $got->{body}, qr/ordersave/i, 'and without a trace of ordersave';

# a form that was sent without a button decides nothing

$t->forget_upstream;
$page = $t->get($t->cancel_uri(30));
my $again = $t->post($t->cancel_uri(30), [[ordersave_reason => 'costs'], [ordersave_token => OrderSave::Nginx::token($page)]]);
like $again->{body}, qr/value="accept:ten"/, 'no button: the page comes again';
is scalar($t->upstream_requests), 0, 'and the store sees nothing';
$t->post($t->cancel_uri(30), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($again)]]);
($got) = $t->upstream_requests;
like $got->{head}, qr{^GET /cart/}, 'from there a cancel is still the original GET';

# what is too old or forged still cancels: the store decides

$t->forget_upstream;
$answer = $t->post($t->cancel_uri(21), [[ordersave_do => 'cancel'], [ordersave_token => 'k1.forged.token']]);
is $answer->{status}, 302, 'a forged token does not keep anybody from cancelling';
($got) = $t->upstream_requests;
like $got->{head}, qr{^GET /cart/\?cancel_order=true&order=wc_order_21}, 'the store gets the GET';

$t->stop;
done_testing;
