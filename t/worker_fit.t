# Products that fit: what the shop names first, then what others bought with
# it, then the better of its kind; never what was bought, never what is gone.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {recommend => {max => 6}})->start;

sub products {
    $t->write('feed.jsonl', join '', map { encode_json($_) . "\n" } @_);
    my ($rc, $out, $err) = $t->ctl('catalog', 'import', $t->path('feed.jsonl'));
    is $rc, 0, 'a catalog' or diag $out, $err;
}
sub p { my ($id, %o) = @_; return {id => "$id", name => "Product $id", url => "/p/$id/", category => 'Mugs', %o} }

products(p(12, rating => 4, with => [50, 51, 13]), p(13, category => 'Candles', rating => 4),
    p(50, category => 'Tea'), p(51, category => 'Tea', stock => 'out_of_stock'),
    p(14, category => 'Spoons'), p(15, category => 'Spoons'),
    p(60, rating => 4.9), p(61, rating => 4.5), p(62, rating => 3), p(63, rating => 5, availability => 'out of stock'));

sub fits { my ($o) = @_; return $t->wait_for('fits', sub { ($t->record($o)->{track} // {})->{fits} }) }
sub buy { my ($who, @items) = @_; return $t->buy(customer => $who, items => [map { {product => $_, quantity => 1} } @items]) }

# others bought a spoon with the mug, once even with the candle as well
buy('ada', 12, 14);
buy('budi', 12, 14);
buy('camille', 12, 14);
buy('minji', 12, 15, 13);
ok $t->wait_for('the counts', sub { ($t->redis('ZCARD', $t->key('with:shop/12', 'shop/12')) // 0) == 3
    && $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), 14) > 2.9 * $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), 15) }),
    'what was bought together';
cmp_ok $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), '14'), '>',
    2.9 * $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), '15'), 'three times weighs threefold';

my $o = buy('camille', 12, 13);
is_deeply fits($o), [50, 14, 15, 60, 61], 'named, bought together, better of its kind; not what was bought, not what is gone'
    or diag explain fits($o);

# an order that comes again counts once
my $before = $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), '13');
my (undef, $order) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
$t->webhook({%$order, status => 'on-hold', date_modified_gmt => '2030-01-01T00:00:00'});
$t->wait_for('the update', sub { $t->record($o)->{status} eq 'on-hold' });
is $t->redis('ZSCORE', $t->key('with:shop/12', 'shop/12'), '13'), $before, 'an order that changes is counted once';

my $alone = buy('ada', 14);
is_deeply fits($alone), [12], 'the other way round as well' or diag explain fits($alone);

$t->stop;
done_testing;
