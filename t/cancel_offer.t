# A buyer follows the cancel link and meets the offer; the store sees nothing.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return "HTTP/1.1 302 Found\r\nLocation: /my-account/\r\nContent-Length: 0\r\n\r\n";
});
$t->order(19);
$t->start_nginx(server => $t->woo);

my $page = $t->get($t->cancel_uri(19));
is $page->{status}, 200, 'the offer page';
like $page->{head}, qr{^Content-Type: text/html; charset=utf-8\r?$}mi, 'HTML';
like $page->{head}, qr/^Cache-Control: no-store, private\r?$/mi, 'no-store';
like $page->{head}, qr/^Content-Security-Policy: default-src 'none'/mi, 'a strict policy';
like $page->{body}, qr/value="accept:ten"/, 'the discount is offered';
like $page->{body}, qr/value="cancel"/, 'cancel anyway is on the page';
like $page->{body}, qr/\x{20ac}5\.00|\xe2\x82\xac4\.50/, 'ten percent of the goods: 4.50';
is scalar($t->upstream_requests), 0, 'the store saw nothing';

my $event = $t->event(19, 'exposed');
is $event->{arm}, 'treatment', 'the exposure is recorded';
is_deeply $event->{offers}, [qw(ten ship size policy)], 'with what was shown';
ok !(grep { $_->{kind} eq 'asked' } $t->events(19)), 'and nothing was asked yet';

like $t->logged(qr/offer/), qr{^GET /cart/ 200 offer \[ten,ship,size,policy\] \[treatment\] \[19\]$},
    'the access log says so in a word';

my $again = $t->get($t->cancel_uri(19));
my ($one, $two) = map { $_->{body} =~ s/value="k1\.[^"]*"//gr } $page, $again;
is $two, $one, 'a reload shows the same page';

# a page of ours is no older version of anything
for my $header ('If-None-Match: *', 'If-Match: "x"', 'If-Modified-Since: Tue, 19 Jan 2038 03:14:07 GMT', 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT') {
    is $t->get($t->cancel_uri(19), headers => [$header])->{status}, 200, "$header: the page";
}

my ($terms, $more) = map { OrderSave::Nginx::token_payload(OrderSave::Nginx::token($_))->{f} } $page, $again;
is_deeply $more, $terms, 'and the same terms';
is_deeply $terms->{ten}, {kind => 'grant', give => 'discount', percent => '10',
    amount => 450, currency => 'EUR'}, 'the terms say what is promised';

$t->stop;
done_testing;
