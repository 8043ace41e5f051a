# What is wrong with a tracking service, or with a catalog that is read from the
# store, is told before anything runs: by file and place, with what was expected;
# by the worker's -t and by ordersavectl check alike.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $json = JSON::PP->new->canonical->utf8;
my $t = OrderSave::Track->new;
$t->start(no_worker => 1);
$t->write($_, "a key\n") for qw(ship.key other.key);
$t->write('empty.key', "\n");

sub says {
    my ($config, %campaign) = @_;
    $t->{overrides} = \%campaign;
    $t->write('campaign.json', $json->encode($t->campaign));
    $t->configure(%$config);
    my $file = $t->path('worker.json');
    my $worker = `$t->{worker} -t -c $file 2>&1`;
    my $rc = $? >> 8;
    my ($crc, $out, $err) = $t->ctl('check');
    return ($rc, $worker, "$out$err");
}
sub fault {
    my ($name, $expected, $config, %campaign) = @_;
    my ($rc, $worker, $ctl) = says($config, %campaign);
    isnt $rc, 0, $name;
    like $worker, $expected, '  is told by -t';
    like $ctl, $expected, '  and by check';
}
sub well { my ($name, @more) = @_; my ($rc, $worker) = says(@more); is $rc, 0, $name or diag $worker }
sub with { my ($name, %how) = @_; return {carriers => {$name => {key_file => 'ship.key', %how}}} }

my %track = (track => {});

well 'a key is enough', with('aftership'), %track;
well 'as it is without a campaign that tells of parcels', with('aftership');
well 'none of it is used', with('aftership'), track => {follow => {by => 'none'}};
well 'two, and the campaign says which', {carriers => {map { $_ => {key_file => 'ship.key'} } qw(aftership ship24)}}, track => {follow => {by => 'ship24'}};
well 'the store\'s own', {stores => {shop => {campaign => 'campaign.json', carriers => {karrio => {key_file => 'ship.key', url => 'https://karrio.shop.test'}}}}},
    track => {follow => {codes => {DHL => 'dhl_express'}}};
well 'a server of this machine, in the clear', with('karrio', url => 'http://127.0.0.1:5002'), track => {follow => {codes => {'*' => 'ups'}}};

fault 'two, and nobody says which', qr{campaign\.json:\d+:\d+: /track: expected "follow" with "by"}, {carriers => {map { $_ => {key_file => 'ship.key'} } qw(aftership ship24)}}, %track;
fault 'one that has no key here', qr{campaign\.json:\d+:\d+: /track/follow/by: expected one of the worker's "carriers", or none}, with('aftership'), track => {follow => {by => 'ship24'}};
fault 'one that nobody knows', qr{worker\.json:\d+:\d+: /carriers/dove: no such source}, with('dove'), %track;
fault 'a source that follows no parcels', qr{worker\.json:\d+:\d+: /carriers/woocommerce: its source has no "follow"}, with('woocommerce'), %track;
fault 'a key file that is not there', qr{worker\.json:\d+:\d+: /carriers/aftership/key_file: }, with('aftership', key_file => 'nowhere.key'), %track;
fault 'an empty one', qr{worker\.json:\d+:\d+: /carriers/aftership: expected a key in the first line of "key_file"}, with('aftership', key_file => 'empty.key'), %track;
fault 'no address', qr{worker\.json:\d+:\d+: /carriers/karrio: expected "url"}, with('karrio'), track => {follow => {codes => {'*' => 'ups'}}};
fault 'a key in the clear', qr{worker\.json:\d+:\d+: /carriers/karrio: expected https:}, with('karrio', url => 'http://karrio.shop.test'), track => {follow => {codes => {'*' => 'ups'}}};
fault 'carriers that are not named', qr{campaign\.json:\d+:\d+: /track/follow: expected "codes"}, with('shippo'), track => {follow => {by => 'shippo'}};
fault 'a misspelled member', qr{worker\.json:\d+:\d+: /carriers/aftership/keyfile}, {carriers => {aftership => {keyfile => 'x', key_file => 'ship.key'}}}, %track;
fault 'a key in the campaign', qr{campaign\.json:\d+:\d+: /track/follow/key}, with('aftership'), track => {follow => {by => 'aftership', key => 'secret'}};

my @pull = (every => '1h');
well 'a catalog from the API', {}, catalog => {pull => {@pull}};
well 'from another one', {}, catalog => {pull => {@pull, source => 'shopify', base => 'https://shop.myshopify.com', key => {header => 'X-Shopify-Access-Token', file => 'other.key'}}};
fault 'of a source that says nothing of products', qr{campaign\.json:\d+:\d+: /catalog/pull: expected a source with "catalog"}, {}, catalog => {pull => {@pull, source => 'magento'}};
fault 'of none', qr{campaign\.json:\d+:\d+: /catalog/pull: no such source}, {}, catalog => {pull => {@pull, source => 'nowhere'}};
fault 'a key file that is not there', qr{campaign\.json:\d+:\d+: /catalog/pull/key/file: }, {}, catalog => {pull => {@pull, base => 'https://a.shop.test', key => {header => 'X-Key', file => 'nowhere.key'}}};
fault 'a key in the clear', qr{campaign\.json:\d+:\d+: /catalog/pull/base: expected https:}, {}, catalog => {pull => {@pull, base => 'http://a.shop.test', key => {header => 'X-Key', file => 'other.key'}}};
fault 'a currency that is none', qr{campaign\.json:\d+:\d+: /catalog/pull/currency}, {}, catalog => {pull => {@pull, currency => 'euro'}};

# sources of the shop's own, with faults

mkdir $t->path('sources');
for my $case (['follow without a call', {follow => {key => {basic => JSON::PP::true}}}, qr{/follow/register: a call with a "url" expected}],
              ['a name that there is not', {follow => {key => {basic => JSON::PP::true}, register => {url => '/{{nummer}}'}}}, qr{/follow/register/url: .*nummer}],
              ['a list of no map', {catalog => {lists => [{as => 'thing', each => '', call => {url => '/'}}], maps => {product => {id => '/id'}}}}, qr{/catalog/lists/0/as: one of "maps" expected}],
              ['a map that is none', {catalog => {lists => [{as => 'product', each => '', call => {url => '/'}}], maps => {product => {id => {form => '/id'}}}}}, qr{/catalog/maps/product/id}]) {
    my ($name, $more, $expected) = @$case;
    $t->write('sources/mine.json', $json->encode({name => 'mine', parcel => {number => '/n'}, %$more}));
    fault $name, $expected, {};
}

$t->stop;
done_testing;
