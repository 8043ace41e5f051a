# What an offer asks of the buyer that a person answers: the fields of each
# purpose, what is taken and what comes again, and where it is kept. Nothing that
# was typed is lost, whatever button is pressed.

use strict;
use warnings;
use utf8;

use JSON::PP;
use POSIX qw(strftime);
use Test::More;

use OrderSave::Nginx;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my @purposes = qw(swap match address remove quantity twice hold pay);
my $t = OrderSave::Nginx->new(campaign => {
    policy => {payment => [{en => 'Invoice', fr => 'Facture'}, {en => 'Cash on delivery', fr => 'À la livraison'}],
        size_guide => {text => 'How to measure', url => '/sizes'}},
    offers => [
        (map { {id => $_, reasons => ['*'], give => {request => {for => $_}}} } @purposes),
        {id => 'own', reasons => ['*'], give => {request => {ask => [
            {id => 'engraving', as => 'line', label => {en => 'Engraving', fr => 'Gravure'}, required => JSON::PP::true},
            {id => 'font', as => 'choice', label => 'Font', options => ['Sans', 'Serif']}]}}},
        {id => 'five', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}}},
    ],
})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(server => $t->woo);

my $day = strftime('%Y-%m-%d', gmtime(time + 9 * 86400));
my $id = 10;

sub decision { return eval { decode_json $t->redis('GET', $t->decision_key($id)) } // {} }

# A new order's page, and what is sent from it.
sub page {
    $t->order(++$id, items => [{id => 'mug', name => 'Mug <blue>', quantity => 1, total => 4500}, {id => 'tea', name => 'Tea', quantity => 2, total => 500}], @_);
    return $t->get($t->cancel_uri($id));
}

sub send_it {
    my ($page, $do, %said) = @_;
    my $reason = delete $said{reason} // 'mistake';
    return $t->post($t->cancel_uri($id), [[ordersave_reason => $reason],
        (map { my ($offer, $field) = split /\./; ["ordersave_ask:$reason:$offer:$field" => $said{$_}] } sort keys %said),
        [ordersave_do => $do], [ordersave_token => OrderSave::Nginx::token($page)]]);
}

my $page = page();
for my $reason (qw(mistake address twice)) {
    like $page->{body}, qr/id="reason-$reason"/, "the reason $reason";
}
my %ids;
$ids{$_}++ for $page->{body} =~ /\bid="([^"]+)"/g;
is join(' ', grep { $ids{$_} > 1 } sort keys %ids), '', 'each field is there once below each reason';
cmp_ok scalar(grep { /^ask:/ } keys %ids), '==', 11 * 15, 'and below all of them';
my ($swap) = $page->{body} =~ m{(id="ask:mistake:swap:.*?value="accept:swap")}s;
like $swap // '', qr{<p>How to measure <a href="/sizes">[^<]+</a></p>}, 'the size guide stands beside what to swap for';
is scalar(() = $page->{body} =~ m{href="/sizes"}g), scalar(() = $page->{body} =~ /value="accept:swap"/g), 'and nowhere else';
like $page->{body}, qr/<form [^>]*novalidate/, 'no field of one button keeps another from being pressed';
unlike $page->{body}, qr/ required/, 'nor is one demanded by the browser';
like $page->{body}, qr{<option value="Mug &lt;blue&gt;">Mug &lt;blue&gt;</option>}, 'what was bought is there to choose';
like $page->{body}, qr{<option value="Invoice">Invoice</option>}, 'and how one could pay';

# taken

my @good = (
    ['swap', {'swap.size' => ' 42 ', 'swap.colour' => 'Grün', 'swap.quantity' => '2'}, {size => '42', colour => 'Grün', quantity => '2'}],
    ['swap', {'swap.note' => "One line\r\nand another"}, {note => "One line\r\nand another"}],
    ['match', {'match.url' => 'shop.example/mug', 'match.price' => '1.299,00 €'}, {url => 'shop.example/mug', price => '1.299,00 €'}],
    ['match', {'match.url' => 'https://shop.example/mug?a=1&b=2', 'match.price' => '12'}, {url => 'https://shop.example/mug?a=1&b=2', price => '12'}],
    ['address', {'address.address' => "Ada Lovelace\r\n12 Harbour Street"}, {address => "Ada Lovelace\r\n12 Harbour Street"}],
    ['remove', {'remove.item' => 'Tea'}, {item => 'Tea'}],
    ['quantity', {'quantity.item' => 'Tea', 'quantity.quantity' => '1'}, {item => 'Tea', quantity => '1'}],
    ['twice', {'twice.order' => '4712'}, {order => '4712'}],
    ['twice', {}, undef],
    ['hold', {'hold.date' => $day}, {date => $day}],
    ['pay', {'pay.method' => 'Cash on delivery'}, {method => 'Cash on delivery'}],
    ['own', {'own.engraving' => 'A & B', 'own.font' => 'Serif'}, {engraving => 'A & B', font => 'Serif'}],
);
for my $case (@good) {
    my ($offer, $said, $kept) = @$case;
    my $answer = send_it(page(), "accept:$offer", map { my $v = $said->{$_}; utf8::encode($v); ($_ => $v) } keys %$said);
    is $answer->{status}, 303, "$offer: taken" or diag $answer->{body};
    is_deeply decision()->{said}, $kept, '  as it was typed';
    my $shown = $t->get((OrderSave::Nginx::header($answer, 'Location') // '') =~ s{^http://[^/]+}{}r)->{body};
    utf8::decode($shown);
    for my $text (values %{$kept // {}}) {
        my $html = quotemeta($text =~ s/&/&amp;/gr);
        like $shown, qr/<bdi>$html</, '  and the buyer reads it';
    }
}

# what is missing, or is none, comes again with all that was typed

for my $case (
    ['match', {'match.url' => 'https://shop.example/mug'}, qr/Please fill this in/, 'no price'],
    ['match', {'match.url' => 'over there', 'match.price' => '12'}, qr/address of a page/, 'no address'],
    ['match', {'match.url' => 'javascript:alert(1).x', 'match.price' => '12'}, qr/address of a page/, 'a script'],
    ['match', {'match.url' => 'shop.example/a', 'match.price' => 'cheap'}, qr/price in digits/, 'no digits'],
    ['address', {'address.address' => '   '}, qr/Please fill this in/, 'blanks'],
    ['hold', {'hold.date' => strftime('%Y-%m-%d', gmtime)}, qr/a day after today/, 'today'],
    ['hold', {'hold.date' => '2027-02-30'}, qr/a day after today/, 'a day that there is none of'],
    ['hold', {'hold.date' => '2999-01-01'}, qr/a day after today/, 'too far'],
    ['swap', {'swap.quantity' => '0', 'swap.size' => '42'}, qr/from 1 to 999/, 'none'],
    ['swap', {'swap.quantity' => '-1'}, qr/from 1 to 999/, 'less than none'],
    ['pay', {'pay.method' => 'Gold'}, qr/choose one of these/, 'no option'],
    ['own', {'own.font' => 'Serif'}, qr/Please fill this in/, 'the shop demands it'],
) {
    my ($offer, $said, $says, $name) = @$case;
    my $answer = send_it(page(), "accept:$offer", %$said);
    is $answer->{status}, 200, "$offer, $name: the page comes again";
    like $answer->{body}, $says, '  and says why';
    like $answer->{body}, qr/role="alert"/, '  at its top';
    like $answer->{body}, qr/id="reason-mistake"[^>]* checked/, '  with the reason';
    is scalar(() = $answer->{body} =~ /aria-invalid="true"/g), 1, '  one field is marked, below the reason that was chosen';
    for my $text (grep { /\S/ } values %$said) {
        like $answer->{body}, qr/(?:value="|>)\Q$text\E["<]|<option value="\Q$text\E" selected/, "  \"$text\" is still there"
            if $text ne 'Gold';
    }
    is_deeply decision(), {}, '  nothing is decided';
    my %right = ('match.url' => 'shop.example', 'match.price' => '12', 'address.address' => 'Here', 'hold.date' => $day, 'swap.quantity' => '3',
        'pay.method' => 'Invoice', 'own.engraving' => 'A');
    is send_it($answer, "accept:$offer", map { $_ => $right{$_} } grep { /^$offer\./ } keys %right)->{status}, 303, '  and it is taken when it is right';
}

# long texts are cut, not refused; what is no text is not there

send_it(page(), 'accept:swap', 'swap.note' => 'x' x 3000, 'swap.size' => "\xff\xfe");
is length(decision()->{said}{note}), 1000, 'a long text is cut';
is decision()->{said}{size}, undef, 'bytes that are no text are none';

# whatever button is pressed, what was typed is read

$t->forget_upstream;
send_it(page(), 'cancel', 'swap.size' => '42', 'match.url' => 'shop.example/mug');
my ($asked) = $t->upstream_requests;
unlike $asked->{head} . $asked->{body}, qr/ordersave/, 'a cancel goes to the store as it was';
my $event = $t->event($id, 'asked');
like $event->{comment}, qr/^size: 42$/m, 'what was typed goes along';
like $event->{comment}, qr{^url: shop\.example/mug$}m, 'all of it';

send_it(page(), 'accept:five', reason => 'costs', 'match.price' => '12');
is decision()->{comment}, 'price: 12', 'an offer of another kind is taken: it goes along, too';
send_it(page(), 'accept:swap', 'swap.size' => '42', 'match.price' => '12');
is decision()->{comment}, 'price: 12', 'and with another request';
is_deeply decision()->{said}, {size => '42'}, '  beside its own';

# a storefront of its own

my $json = sub {
    my ($answers) = @_;
    page();
    my $offer = decode_json $t->get($t->cancel_uri($id), bare => 1, headers => ['Accept: application/vnd.ordersave+json'])->{body};
    return $t->http('POST', '/ordersave/decide', bare => 1, body => encode_json({token => $offer->{token}, do => 'accept:match', reason => 'better_price', $answers ? (answers => $answers) : ()}),
        headers => ['Content-Type: application/json']);
};
my $answer = $json->({url => 'shop.example', price => '12'});
is $answer->{status}, 200, 'JSON: taken' or diag $answer->{body};
is_deeply decision()->{said}, {url => 'shop.example', price => '12'}, '  as it was given';
$answer = $json->({url => 'shop.example'});
is $answer->{status}, 400, 'JSON: a price is missing';
like $answer->{body}, qr/answers.*price/, '  which is said';
is $json->(undef)->{status}, 400, 'JSON: no answers';
is $json->([1])->{status}, 400, 'JSON: answers that are none';

# in another language

my $fr = page(locale => 'fr')->{body};
utf8::decode($fr);
like $fr, qr{<option value="Invoice">Facture</option>}, 'an option in the reader\'s words';
like $fr, qr/>Gravure</, 'a field of the shop in the reader\'s words';

# what a shop may write

for my $case (
    [{ask => [{id => 'x', as => 'line'}]}, qr{/offers/0/give/request/ask: expected a "label"}],
    [{ask => [{id => 'x', as => 'choice', label => 'X'}]}, qr{expected "options" to choose from}],
    [{ask => [{id => 'size', as => 'line', options => ['a']}]}, qr{expected "options" with "as": "choice" alone}],
    [{ask => [{id => 'size', as => 'line'}, {id => 'size', as => 'text'}]}, qr{expected an id that no other field has}],
    [{for => 'pay'}, qr{/offers/0/give/request/for: expected "ask" beside "pay"}],
    [{for => 'gold'}, qr{/offers/0/give/request/for: expected one of}],
) {
    my ($request, $says) = @$case;
    my $bad = OrderSave::Nginx->new(campaign => {offers => [{id => 'a', reasons => ['*'], give => {request => $request}}]});
    my ($ok, $text) = $bad->try_config(redis => ' ', server => '');
    ok !$ok && $text =~ $says, encode_json($request) . ' is refused' or diag $text;
}

done_testing;
