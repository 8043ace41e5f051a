# Stores that send no webhook are asked: what a recipe's campaign asks of a store
# in its platform's shape, and that an order which a list holds in part is read.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use POSIX ();
use Test::More;
use OrderSave::Recipes;
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;

sub local_time { my ($at) = @_; my ($s, $m, $h, $d, $mo, $y) = localtime $at; return sprintf '%d-%02d-%02d %02d:%02d:%02d', $y + 1900, $mo + 1, $d, $h, $m, $s }
sub gm_time { my ($at, $t) = @_; my ($s, $m, $h, $d, $mo, $y) = gmtime $at; return sprintf '%d-%02d-%02d%s%02d:%02d:%02d', $y + 1900, $mo + 1, $d, $t // ' ', $h, $m, $s }
sub answer { my ($status, $body) = @_; $body = $json->encode($body); return "HTTP/1.1 $status OK\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body" }

# A worker with the recipe's campaign, before a store that answers by %answer: a
# pattern of what is asked, and its answer.
sub asked_of {
    my ($title, $key, @answers) = @_;
    my %part = %{$OrderSave::Recipes::recipe{$title}{campaign}};
    my $t = OrderSave::Worker->new;
    $t->start_upstream(sub {
        my ($head) = @_;
        my ($line) = $head =~ /^(\S+ \S+)/;
        $line =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
        for (@answers) { return answer(200, ref $_->[1] eq 'CODE' ? $_->[1]->($line) : $_->[1]) if $line =~ $_->[0] }
        return answer(404, {});
    });
    $part{reconcile}{every} = '1s';
    $t->{overrides} = {country => 'US', utc_offset => '-05:00', %part, api => {%{$part{api}}, base => "http://127.0.0.1:$t->{upstream_port}", (grep { exists $part{api}{$_} } qw(basic_file bearer_file))[0] => 'key'}};
    $t->write('key', "$key\n");
    $t->start;
    return $t;
}
sub known { my ($t, $id) = @_; my $text = $t->redis('GET', $t->order_key($id)); return $text ? $json->decode($text) : {} }
sub asks { my ($t) = @_; return map { my ($line) = $_->{head} =~ /^(\S+ \S+)/; $line =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger } $t->upstream_requests }

# --- PrestaShop: the list has no buyer; its times are those of New York

$ENV{TZ} = 'America/New_York';
POSIX::tzset();
my $now = time;
my %at = (date_add => local_time($now - 600), date_upd => local_time($now - 300));
my @orders = map { {id => $_->[0], id_customer => '2', id_address_delivery => '7', id_currency => '1', current_state => $_->[1], module => 'ps_checkpayment', shipping_number => '',
    total_paid => '19.900000', reference => $_->[2], secure_key => 's', %at, associations => {order_rows => [{id => 1, product_id => '3', product_quantity => '1', product_name => 'Mug', unit_price_tax_incl => '19.90'}]}} } ([9, '2', 'XKBKNABJK'], [10, '6', 'KHWLILZLL']);
my $t = asked_of('PrestaShop 8', 'ABCDEFGH:',
    [qr{^GET /api/orders\?} => {orders => \@orders}],
    [qr{^GET /api/orders/9$} => {order => $orders[0]}], [qr{^GET /api/orders/10$} => {order => $orders[1]}],
    [qr{^GET /api/customers/2$} => {customer => {id => 2, email => 'ana@example.org', firstname => 'Ana'}}],
    [qr{^GET /api/addresses/7$} => {address => {id_country => '21', postcode => '10001', firstname => 'Ana'}}],
    [qr{^GET /api/countries/21$} => {country => {iso_code => 'US'}}],
    [qr{^GET /api/currencies/1$} => {currency => {iso_code => 'USD'}}]);
ok $t->wait_for('the order', sub { (known($t, 9)->{email} // '') eq 'ana@example.org' }), 'PrestaShop: an order of a list that does not say whose it is has its buyer';
my $o = known($t, 9);
is "@$o{qw(number state payment currency total country postcode name)}", 'XKBKNABJK open paid USD 1990 US 10001 Ana', '  and all the rest';
is $o->{placed}, $now - 600, "  at the moment that the shop's clock says";
ok !exists $o->{partial}, '  in full';
ok $t->wait_for('the other', sub { (known($t, 10)->{state} // '') eq 'cancelled' && known($t, 10)->{email} }), 'one that was cancelled, too';
my ($list) = grep { m{^GET /api/orders\?} } asks($t);
like $list, qr/filter\[date_upd\]=\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),2099-01-01\]/, 'the list is asked for';
my ($since) = $list =~ /\[([\d: -]+),/;
cmp_ok $since, 'le', local_time($now - 86400 + 60), "  by the shop's clock";
my ($head) = map { $_->{head} } grep { $_->{head} =~ m{^GET /api/orders/9 } } $t->upstream_requests;
like $head, qr/^Output-Format: JSON\r$/mi, '  as JSON';
like $head, qr/^Authorization: Basic QUJDREVGR0g6\r$/mi, '  by the key';
$t->settled;
my $asked = scalar grep { m{^GET /api/orders/9$} } asks($t);
my $lists = grep { m{^GET /api/orders\?} } asks($t);
ok $t->wait_for('two more lists', sub { $lists + 2 <= grep { m{^GET /api/orders\?} } asks($t) }), 'the list comes again';
is scalar(grep { m{^GET /api/orders/9$} } asks($t)), $asked, '  and what has not changed is not read again';
$t->stop;

# --- Magento: its list is whole; the parcels stand elsewhere

my %magento = (increment_id => '000001042', state => 'processing', status => 'processing', order_currency_code => 'EUR', grand_total => 59.9, customer_email => 'ana@example.org',
    created_at => gm_time($now - 600), updated_at => gm_time($now - 300), items => [{item_id => 1, product_id => 7, name => 'Mug', qty_ordered => 1, row_total_incl_tax => 54.9}]);
$t = asked_of('Magento 2', 't0ken',
    [qr{^GET /rest/V1/orders\?} => sub { {items => [{entity_id => 5, %magento}], total_count => 1} }],      # any page: the last one
    [qr{^GET /rest/V1/orders/5$} => {entity_id => 5, %magento}],
    [qr{^GET /rest/V1/shipments\?.*\[field\]=order_id&.*\[value\]=5$} => {items => [{entity_id => 3, tracks => [{track_number => '1Z999AA10123456784', carrier_code => 'ups', created_at => gm_time($now - 300)}]}]}]);
ok $t->wait_for('the parcel', sub { known($t, 5)->{track}{parcels}[0] }), 'Magento: an order of a list, with its parcel';
$o = known($t, 5);
is "@$o{qw(number email currency total placed)}", "000001042 ana\@example.org EUR 5990 " . ($now - 600), '  is read';
is $o->{track}{parcels}[0]{number}, '1Z999AA10123456784', '  its number';
ok $o->{shipped}, '  it has left';
($list) = grep { m{^GET /rest/V1/orders\?} } asks($t);
like $list, qr/\[field\]=updated_at&.*\[conditionType\]=gteq&.*\[value\]=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d&.*\[currentPage\]=1$/, 'the list is asked for';
like +(grep { $_->{head} =~ m{^GET /rest/V1/orders/5 } } $t->upstream_requests)[0]{head}, qr/^Authorization: Bearer t0ken\r$/mi, '  by the token';
$t->stop;

done_testing;
