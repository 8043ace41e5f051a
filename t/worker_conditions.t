# Offers for a customer's first order, for some categories, and for one arm of an
# experiment: the store says neither of it, the worker finds out.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', offers => [map { {id => $_->[0], reasons => ['*'], give => {request => {}}, when => $_->[1]} }
    ['first', {first_order => JSON::PP::true}], ['again', {first_order => JSON::PP::false}],
    ['lamps', {categories => ['Home > Lamps']}], ['home', {categories => ['Home']}], ['toys', {categories => ['Toys', 'Hom']}]]};
$t->start;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
$t->write('feed.jsonl', join "\n", map { encode_json($_) }
    {id => '12', name => 'A lamp', url => 'https://shop.test/lamp', category => 'Home > Lamps', price => '28.00 EUR'},
    {id => '13', name => 'A chair', url => 'https://shop.test/chair', category => 'Home > Chairs', price => '16.50 EUR'});
is +($t->ctl('catalog', 'import', $t->path('feed.jsonl')))[0], 0, 'a catalog';

sub offers {
    my ($o) = @_;
    my %seen;
    return join ' ', grep { !$seen{$_}++ } $t->get($o->{cancel_url} =~ s{^https?://[^/]+}{}r)->{body} =~ /value="accept:(\w+)"/g;
}
sub bought {
    my ($email, %o) = @_;
    my $o = $t->buy(customer => 'ada', billing => {email => $email}, %o);
    ok $t->settled, 'an order';
    return $o;
}

my $one = bought('one@shop.test', items => [{product => 12}]);
ok $t->wait_for('the category', sub { $t->record($one)->{items}[0]{category} }), 'what the catalog says of it';
is offers($one), 'first lamps home', 'a first order, of a lamp';
is $t->redis('ZCARD', $t->key('buyer:shop/' . $t->record($one)->{customer}, 'shop/' . $t->record($one)->{customer})), 1, 'is one order';
sleep 1;    # placed a second later, or it is not later
my $two = bought('one@shop.test', items => [{product => 13}]);
ok $t->wait_for('the number', sub { $t->record($two)->{save}{before} }), 'that it is not the first';
$t->wait_for('the category', sub { $t->record($two)->{items}[0]{category} });
is offers($two), 'again home', 'the next one, of a chair';
is offers($one), 'first lamps home', 'the first one is still the first';
$t->webhook({%{$two->{order}}, date_modified_gmt => '2031-01-01T00:00:00'});
ok $t->settled, 'the store tells of it again';
is offers($two), 'again home', 'and what the catalog says is known still';
is offers(bought('three@shop.test', items => [{product => 16}])), 'first', 'what the catalog does not know is in no category';
my (undef, $said) = $t->ctl('explain', $t->id($two));
like $said, qr/^offer first: first-order$/m, 'explain says why not';
like $said, qr/^offer lamps: category$/m, 'of both';

# a campaign that asks for neither keeps neither

$t->kill_now('worker');
$t->write('campaign.json', encode_json({%{decode_json($t->read('campaign.json'))}, offers => [{id => 'any', reasons => ['*'], give => {request => {}}}]}));
$t->start_worker;
my $plain = bought('one@shop.test', items => [{product => 12}]);
is $t->record($plain)->{items}[0]{category}, undef, 'no category';
is $t->record($plain)->{save}{before}, undef, 'and no number';

$t->stop;
done_testing;
