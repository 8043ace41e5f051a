# A list of a store's API may not say whose its orders are: each is read then. Of
# orders that are imported nobody is told, however young they are, and however
# their readings come.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $json = JSON::PP->new->canonical->utf8;
my $now = int time;
my $t = OrderSave::Track->new;
my %whole = (tokenValue => 'tokenA', number => '000000020', state => 'new', paymentState => 'paid', shippingState => 'ready', currencyCode => 'EUR', total => 2000,
    checkoutCompletedAt => OrderSave::Track::iso($now - 600), updatedAt => OrderSave::Track::iso($now - 300), localeCode => 'en_US', shipments => [], items => []);
my $customer = '/api/v2/admin/customers/3';
$t->start_upstream(sub {
    my ($head) = @_;
    my ($path) = $head =~ /^\S+ (\S+)/;
    my $body = $path =~ m{/orders/tokenA$} ? {%whole, customer => $customer} : $path =~ m{\Q$customer\E} ? {email => 'ana@example.org', firstName => 'Ana'}
        : -e $t->path('listed') && $path =~ m{/orders\?.*page=1\b} ? [{%whole, customer => $customer}] : [];
    my $text = $json->encode($body);
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
$t->{overrides} = {
    track => {messages => {confirmed => {email => JSON::PP::true}}},
    api => {base => "http://127.0.0.1:$t->{upstream_port}", source => 'sylius', bearer_file => 'key', read => {url => '/api/v2/admin/orders/{{order.id}}'}, also => {customer => {url => '{{{raw.customer}}}'}}},
    reconcile => {every => '1000d', each => '', call => {url => '/api/v2/admin/orders?page={{page}}'}}};
$t->write('key', "secret\n");
$t->{config} = {};
$t->start(no_worker => 1);
my $c = decode_json($t->read('campaign.json'));
delete $c->{api}{actions};
$t->write('campaign.json', $json->encode($c));
$t->start_worker;
ok $t->wait_for('it', sub { $t->redis('GET', $t->shard_key(0, 'reconciled:shop')) }), 'a worker that has asked for changes, of which there were none';
$t->write('listed', '');

my ($rc, $out, $err) = $t->ctl('--since', '1d', 'orders', 'import');
is $rc, 0, 'an order of which the list has a part' or diag "$out$err";
sub known { my $text = $t->redis('GET', $t->order_key('tokenA')); return $text ? decode_json($text) : {} }
ok $t->wait_for('it', sub { (known()->{email} // '') eq 'ana@example.org' }), 'is read, and known in full';
is known()->{track}{milestone}, 'confirmed', 'as it stands';
ok !(grep { $_->{channel} =~ /smtp|sms/ } values %{$t->all('jobs')}), 'nobody is to be told of it';
is scalar(@{$t->{sink}->messages(0)}), 0, 'nor was';

$t->stop;
done_testing;
