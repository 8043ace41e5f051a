# Storefronts that cancel by fetch() or XHR: they ask for the offer at an address
# of ours, which never is a cancel, and decide there; what is said to them.

use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use JSON::PP;
use OrderSave::Nginx;

my $given = OrderSave::Nginx::campaign({store => 'shop'})->{offers};
my $t = OrderSave::Nginx->new(campaign => {
    locales => [qw(en ko fr)], experiment => {name => 'half', holdout => 50},
    offers => [@$given, {id => 'move', reasons => ['address'], give => {request => {ask => [{id => 'address', as => 'text', label => 'Address', required => JSON::PP::true}]}}}]})
    ->start_redis->start_upstream(sub {
        my ($head) = @_;
        my ($id) = $head =~ m{^GET /mine/(\w+) };
        my $name = $id && $head =~ /^cookie: user=ana/mi ? "X-Ordersave-Order: $id\r\n" : '';
        return "HTTP/1.1 200 OK\r\n${name}Content-Length: 5\r\n\r\nstore";
    });
my $numbers = OrderSave::Nginx::free_port();
$t->start_nginx(http => <<EOT, server => <<'EOT');
    map \$arg_mode \$mode { off off; observe observe; default on; }
    server {
        listen 127.0.0.1:$numbers;
        ordersave_store shop;
        ordersave_campaign $t->{dir}/campaign.json;
        ordersave_key_file $t->{dir}/keys;
        ordersave_verify /mine/\$ordersave_order_id timeout=60s;
        location /mine/ { proxy_pass http://store; }
        location /ordersave/ { ordersave_api on; ordersave_order_id - by=number; }
    }
EOT
        ordersave_mode   $mode;
        ordersave_verify /mine/$ordersave_order_id timeout=60s;
        location / { proxy_pass http://store; }
        location ~ ^/api/orders/(?<which>\w+)/cancel$ {
            ordersave_cancel on; ordersave_order_id $which; proxy_pass http://store;
        }
        location /ordersave/ { ordersave_api on; }
EOT

my @json = ('Accept: application/vnd.ordersave+json');
my @ana = (@json, 'Cookie: user=ana');
sub offer { my ($args, @headers) = @_; return $t->get("/ordersave/offer?$args", bare => 1, headers => @headers ? [@headers] : [@ana]) }
sub says { my ($a) = @_; my $j = eval { decode_json $a->{body} }; return $j ? $j->{ordersave} : "$a->{status}" }
sub form { my ($fields, @headers) = @_; return $t->post('/ordersave/decide', $fields, bare => 1, headers => ['Accept: application/json', @headers]) }
sub decide { return $t->http('POST', '/ordersave/decide', bare => 1, body => encode_json($_[0]), headers => ['Content-Type: application/json']) }

# orders of customers in either arm
my (@treated, @held);
for my $id (100 .. 160) {
    $t->order($id);
    my $a = offer("order=$id");
    push @{says($a) eq 'offer' ? \@treated : \@held}, $id;
}
cmp_ok scalar(@treated), '>=', 14, 'some are offered something';
cmp_ok scalar(@held), '>=', 5, 'and some are in the holdout';
my ($id, $dec, $acc, $ask, $words, $late, $lang, $head, $again) = @treated;

# asking

is $t->get('/ordersave/offer?order=100')->{status}, 406, 'a browser that comes by gets nothing';
is offer('')->{status}, 400, 'nor does who names no order';
is offer("order=$id&order=$dec")->{status}, 400, 'or two';
is form([[order => $id]])->{status}, 400, 'a form that is none';
is $t->post('/ordersave/offer', [[order => $id]], headers => \@json)->{status}, 405, 'nor is anything posted there';

my $a = offer("order=$id");
is $a->{status}, 200, 'the owner asks';
like $a->{head}, qr/^Cache-Control: no-store, private\r?$/mi, 'for himself alone';
my $offer = decode_json $a->{body};
is_deeply [@$offer{qw(ordersave locale decide)}], ['offer', 'en', '/ordersave/'], 'what it is, in which language, and where to decide';
is $offer->{order}{number}, "$id", 'his order';
ok !exists $offer->{dialog}, 'no more than he asked for';
is_deeply [map { $_->{id} } map { @{$_->{offers}} } grep { $_->{id} eq 'costs' } @{$offer->{reasons}}], [qw(ten ship)], 'by reason';
is says(offer("order=$id", @json)), 'pass', 'a stranger';
is says(offer("order=$id&proof=wc_order_$id", @json)), 'offer', 'unless he has the secret';
is says(offer("order=$id&proof=wc_order_1", @json)), 'pass', 'the right one';
is says(offer('order=9999')), 'pass', 'an order that nobody knows';
is says(offer('order=' . 'x' x 300)), 'pass', 'one that can be none';
is says(offer("order=$held[0]")), 'pass', 'the holdout is told as little';
is offer("order=$held[0]")->{body}, offer('order=9999')->{body}, 'in the same words';
is $t->event($held[0], 'exposed')->{arm}, 'holdout', 'and is counted';
like $t->logged(qr/\[$held[0]\]/), qr{^GET /ordersave/offer 200 pass-holdout}, 'as the log says';
is scalar(grep { $_->{kind} eq 'asked' } $t->events($held[0])), 0, 'who asks us has not asked to cancel';
is scalar(grep { $_->{head} !~ m{^GET /mine/} } $t->upstream_requests), 0, 'the store was asked whose it is, and nothing else';
is says(offer("order=$id&mode=off")), 'pass', 'switched off';
is says(offer("order=$treated[9]&mode=observe")), 'pass', 'observed';
ok scalar(grep { ($_->{mode} // '') eq 'observe' } $t->events($treated[9])), 'and recorded so';
is says($t->get('/ordersave/offer?order=A-7', port => $numbers, bare => 1, headers => \@ana)), 'pass', 'a number that nobody knows';
$t->redis('SET', $t->key('alias:shop/number/A-7', 'shop/number/A-7'), $id);
is says($t->get('/ordersave/offer?order=A-7', port => $numbers, bare => 1, headers => \@ana)), 'offer', 'and one that the order has';
is offer("order=$id", @ana, 'Sec-Purpose: prefetch')->{status}, 503, 'nobody is exposed to what he has not asked for';

# in the language of the page

is decode_json(offer("order=$id&lang=$_->[0]")->{body})->{locale}, $_->[1], "lang=$_->[0]: $_->[1]"
    for ['fr', 'fr'], ['ko-KR', 'ko'], ['de', 'en'], ['', 'en'];

# the dialog

my $dialog = decode_json offer("order=$lang&lang=fr&dialog=1")->{body};
like $dialog->{dialog}{html}, qr/<h1/, 'the page as a part of one';
unlike $dialog->{dialog}{html}, qr/<(?:html|body|style|script)\b|\bstyle=/, 'with nothing that a policy may forbid';
like $dialog->{dialog}{html}, qr/name="ordersave_do" value="accept:ten"/, 'what may be accepted';
like $dialog->{dialog}{html}, qr/value="keep".*value="cancel"/s, 'and both ways out';
like $dialog->{dialog}{css}, qr{^/ordersave/dialog\.css\?v=[\w-]+$}, 'its style';
my $css = $t->get($dialog->{dialog}{css}, bare => 1);
like $css->{head}, qr{^Content-Type: text/css}mi, 'is a file of ours';
like $css->{head}, qr{^Cache-Control: public, max-age=31536000, immutable\r?$}mi, 'kept for good';
is $css->{body} =~ tr/{//, $css->{body} =~ tr/}//, 'and whole';

# the script that opens it

my $script = $t->get('/ordersave/ordersave.js', bare => 1);
like $script->{head}, qr{^Content-Type: text/javascript; charset=utf-8\r?$}mi, 'the script';
like $script->{head}, qr{^X-Content-Type-Options: nosniff\r?$}mi, 'is what it says';
like $script->{head}, qr{^Cache-Control: public, max-age=3600\r?$}mi, 'kept for an hour';
my ($etag) = $script->{head} =~ m{^ETag: (W/"[\w-]+")\r?$}mi;
ok $etag, 'with a validator';
for my $has ($etag, $etag =~ s{^W/}{}r, "\"x\", $etag", '*') {
    my $known = $t->get('/ordersave/ordersave.js', bare => 1, headers => ["If-None-Match: $has"]);
    is $known->{status}, 304, "who has $has";
    is length $known->{body}, 0, 'gets no body';
    like $known->{head}, qr{^ETag: \Q$etag\E\r?$}mi, 'and its validator';
}
like $t->get('/ordersave/ordersave.js?v=7', bare => 1)->{head}, qr{^Cache-Control: public, max-age=31536000, immutable\r?$}mi, 'for good with a revision';
cmp_ok length Compress::Zlib::memGzip($script->{body}), '<', 6 * 1024, 'and it is small';
is $t->http('HEAD', '/ordersave/ordersave.js', bare => 1)->{status}, 200, 'a HEAD';

# deciding

my $token = sub { decode_json(offer("order=$_[0]")->{body})->{token} };
my $done = form([[ordersave_token => $token->($acc)], [ordersave_reason => 'costs'], [ordersave_do => 'accept:ten']]);
is $done->{status}, 200, 'accepted by the form';
is_deeply [@{decode_json $done->{body}}{qw(ordersave offer applied)}], [qw(accepted ten pending)], 'as by JSON';
like decode_json($done->{body})->{dialog}{html}, qr/<h1.*value="cancel"/s, 'the kept page, with "cancel anyway" on it';
is decode_json($t->redis('GET', $t->decision_key($acc)))->{reason}, 'costs', 'and recorded';
$a = decode_json offer("order=$acc&dialog=1")->{body};
is $a->{ordersave}, 'accepted', 'who comes again is told';
like $a->{dialog}{html}, qr/name="ordersave_token"/, 'and may cancel anyway';

my $asks = form([[ordersave_token => $token->($ask)], [ordersave_reason => 'address'], [ordersave_do => 'accept:move'],
    ['ordersave_ask:address:move:address' => '']]);
is says($asks), 'offer', 'something is missing: it comes again';
like decode_json($asks->{body})->{dialog}{html}, qr/role="alert".*aria-invalid="true"/s, 'and says what';
is $t->redis('GET', $t->decision_key($ask)), undef, 'nothing is decided';
my ($fresh) = decode_json($asks->{body})->{token};
is says(form([[ordersave_token => $fresh], [ordersave_reason => 'address'], [ordersave_do => 'accept:move'],
    ['ordersave_ask:address:move:address' => 'Elm Street 5'], ['ordersave_ask:costs:ten:why' => 'in the wrong field']])), 'accepted', 'filled in';
my $taken = decode_json $t->redis('GET', $t->decision_key($ask));
is $taken->{said}{address}, 'Elm Street 5', 'what was typed is with it';
like $taken->{comment}, qr/in the wrong field/, 'all of it';

my $no = form([[ordersave_token => $token->($dec)], [ordersave_reason => 'other'], [ordersave_comment => "too slow"], [ordersave_do => 'cancel']]);
is_deeply [$no->{status}, says($no)], [200, 'declined'], '"cancel anyway" is heard';
my $asked = $t->event($dec, 'asked');
is_deeply [@$asked{qw(via reason comment)}], ['api', 'other', 'too slow'], 'with reason and words, before the store hears of it';
ok $t->event($dec, 'declined'), 'it is a decision';
is says(offer("order=$dec")), 'pass', 'and nothing more is offered';
is says(form([[ordersave_token => 'x.y.z'], [ordersave_do => 'cancel']])), 'expired', 'a token that is none';
is says(form([[ordersave_token => $token->($late)], [ordersave_do => 'dance']])), 'refused', 'a button that is none';

my $said = decide({token => $token->($words), do => 'cancel', reason => 'costs', comment => "zu teuer \x{20ac}"});
is_deeply [$said->{status}, says($said)], [200, 'declined'], 'the same in JSON';
is $t->event($words, 'asked')->{comment}, "zu teuer \x{20ac}", 'with the words';
is says(decide({token => $token->($late), do => 'accept:ten', comment => 'danke'})), 'accepted', 'words with an accept';
is decode_json($t->redis('GET', $t->decision_key($late)))->{comment}, 'danke', 'are kept too';
is says(decide({token => 'x', do => 'cancel'})), 'refused', 'a token that is none';

# a decline that hands its token over with the request itself, whatever that is

$t->forget_upstream;
my $body = '{"reason":"x"}';
is $t->http('POST', "/api/orders/$head/cancel", bare => 1, body => $body, headers => ['Content-Type: application/json',
    'Cookie: user=ana', 'X-Ordersave-Token: ' . $token->($head)])->{body}, 'store', 'a JSON cancel with the token goes to the store';
my ($sent) = grep { $_->{head} =~ /^POST/ } $t->upstream_requests;
is $sent->{body}, $body, 'its body as it was';
unlike $sent->{head}, qr/^x-ordersave/mi, 'without the token';
is $t->event($head, 'asked')->{via}, 'api', 'and is recorded';
ok $t->event($head, 'declined'), 'as a decision';

# nobody answers

$t->stop_redis;
is says(offer("order=$again")), 'pass', 'without Redis the store decides';
my $lost = form([[ordersave_token => $fresh], [ordersave_do => 'accept:move'], [ordersave_reason => 'address'], ['ordersave_ask:address:move:address' => 'x']]);
is_deeply [$lost->{status}, says($lost)], [503, 'unknown'], 'and an accept is not known yet';
ok !exists decode_json($lost->{body})->{dialog}, 'the form that is there can be sent again';

# what docs/headless.md shows works as it stands, but for what ours is called

my ($shown) = do { open my $f, '<', "$OrderSave::Nginx::ROOT/docs/headless.md" or die $!; local $/; <$f> }
    =~ m{^(    location /ordersave/ \{.*?^    \}\n)}ms;
ok $shown, 'the manual has an nginx.conf';
my $other = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($id) = $_[0] =~ m{^GET /api/orders/(\w+) .*^cookie: user=ana}ims;
    my $text = $id ? qq({"id":$id,"status":"open"}) : '{"error":"who are you?"}';
    return "HTTP/1.1 200 OK\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
$other->order($_) for 1, 12;
$other->start_nginx(server => "$shown    location / { proxy_pass http://store; }");
my $get = sub { says($other->get("/ordersave/offer?order=$_[0]", bare => 1, headers => [@json, "Cookie: user=$_[1]"])) };
is $get->(1, 'ana'), 'offer', 'which says whose an order is';
is $get->(1, 'ben'), 'pass', 'and whose it is not';
$other->stop;

$t->stop;
done_testing;
