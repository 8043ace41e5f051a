# A page to ask where an order is, for shops that have none: the number with
# the e-mail, or with the postcode (then how far it is, no more). Unknown,
# wrong and asked too often look alike.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
my %order = (customer => $customer, email => 'ana@example.org', postcode => 'SW1A 1AA',
    track => {milestone => 'in_transit', at => {confirmed => time - 90000, shipped => time - 80000, in_transit => time - 70000},
        parcels => [{number => 'JD014600', carrier => 'dhl', milestone => 'in_transit', at => {}}]});
$t->order(19, number => 'A-1019', %order);
$t->redis('SET', $t->key('alias:shop/number/A-1019', 'shop/number/A-1019'), '19');
$t->order($_, %order) for 20 .. 24;
$t->start_nginx(server => $t->woo);

sub lookup { my ($number, $secret) = @_; $t->post('/ordersave/track', [[ordersave_number => $number], [ordersave_secret => $secret]]) }
sub follow { my ($answer) = @_; (my $to = OrderSave::Nginx::header($answer, 'Location')) =~ s{^http://[^/]+}{}; $t->get($to) }

my $form = $t->get('/ordersave/track');
is $form->{status}, 200, 'a form';
like $form->{body}, qr/name="ordersave_number"/, 'for the number';

my $found = lookup('A-1019', 'ana@example.org');
is $found->{status}, 303, 'number and e-mail';
unlike OrderSave::Nginx::header($found, 'Location'), qr/ana/, 'no e-mail in an address';
my $page = follow($found);
like $page->{body}, qr/JD014600/, 'lead to the order';
like $page->{body}, qr/Blue mug/, 'and what is in it';

for my $spelled ('#A-1019', ' A-1019 ') {
    is lookup($spelled, 'Ana@Example.org ')->{status}, 303, "as people write it: \"$spelled\"";
}
is lookup('20', 'ana@example.org')->{status}, 303, 'where the number is the id';

my $steps = follow(lookup('21', 'sw1a1aa'));
like $steps->{body}, qr/transit/i, 'the postcode, as one likes to write it';
unlike $steps->{body}, qr/JD014600|Blue mug/, 'shows how far it is, no more';

my %ready = (milestone => 'out_for_delivery', side => 'ready_for_pickup', at => {ready_for_pickup => time - 60});
$t->order(26, %order, track => {%ready, parcels => [{number => 'JD014626', carrier => 'dhl', %ready,
    log => [{at => time - 60, milestone => 'ready_for_pickup', place => 'Kiosk Ecke 5'}]}]});
like follow(lookup('26', 'ana@example.org'))->{body}, qr/Kiosk Ecke 5/, 'where to collect it';
my $collect = follow(lookup('26', 'SW1A 1AA'))->{body};
like $collect, qr/collect/i, 'the postcode shows that it can be collected';
unlike $collect, qr/Kiosk/, 'but not where';

# nothing for strangers

my $wrong = lookup('22', 'eve@example.org');
my $unknown = lookup('999', 'eve@example.org');
is $wrong->{status}, 404, 'the wrong e-mail';
is $unknown->{status}, 404, 'an unknown number';
(my $plain = $wrong->{body}) =~ s/value="22"/value="999"/;
is $plain, $unknown->{body}, 'are answered alike';
unlike $wrong->{body}, qr/JD014600|Blue mug|transit/i, 'and tell nothing';
is lookup('22', '')->{status}, 404, 'nothing at all';
is lookup('', 'ana@example.org')->{status}, 404, 'no number';
is lookup('22', '-')->{status}, 404, 'a postcode without a letter';
$t->order(25, customer => undef);
is lookup('25', '-')->{status}, 404, 'matches no order without one';

# five tries an hour

lookup('23', "eve$_\@example.org") for 1 .. 5;
my $late = lookup('23', 'ana@example.org');
is $late->{status}, 404, 'after five wrong tries even the right one waits';
cmp_ok $t->redis('TTL', $t->key('tries:shop/23', 'shop/23')), '<=', 3600, 'for an hour at most';
cmp_ok $t->redis('TTL', $t->key('tries:shop/23', 'shop/23')), '>', 3500, 'and no less';
is lookup('24', 'ana@example.org')->{status}, 303, 'of that order alone' for 1;
is lookup('24', 'ana@example.org')->{status}, 303, 'and who knows it may ask again' for 1 .. 7;

$t->stop_redis;
is lookup('20', 'ana@example.org')->{status}, 503, 'without Redis: later';

done_testing;
