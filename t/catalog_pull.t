# The catalog is read from the store's own API: all of it, then what changes, page
# by page, through bad days and kills; what the store has no more goes.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Pull;

my $t = OrderSave::Pull->new;
my $shop = $t->open_shop(most => 10);
$t->write('shopify-key', "shpat_secret\n");
$t->start(no_worker => 1);
$shop->do(site => {value => $t->{demo}->url});

sub pull { return $t->pull(@_) }
sub product { return $t->product(@_) }
sub ids { return $t->ids }
sub whole { return $t->whole }

my $woo = $t->woo;

$shop->do(put => {id => $_, name => "Mug $_", price => '1' . $_ . '.50', stars => '4.50'}) for 1 .. 25;
$shop->do(put => {id => 100 + $_, parent => 1, price => '12.00', options => {Size => (qw(S M L))[$_], Colour => 'blue'}}) for 0 .. 2;
$shop->do(put => {id => 200, name => 'Draft', price => '1.00', status => 'draft'});
$shop->do(put => {id => 201, name => '', price => '1.00'});
pull($woo);
ok whole(), 'a shop of three pages and a list of variants';
is join(' ', ids()), join(' ', 1 .. 25, 100 .. 102), 'all are in the catalog, but the draft and what has no name';
is_deeply product(7), {id => '7', name => 'Mug 7', url => $t->{demo}->url . '/product/7/', image => $t->{demo}->url . '/7.jpg', category => 'Mugs', price => 1750,
    currency => 'EUR', rating => 450, reviews => 3}, 'a product, as a feed would have brought it' or diag explain product(7);
is product(101)->{group}, '1', 'a variant, of its group';
is join('/', @{product(101)}{qw(size colour)}), 'M/blue', 'by what tells it from the others';
is join(' ', $t->index_of('group', 1)), '100 101 102', 'which the group knows';
is scalar(my @mugs = $t->index_of('category', 'Mugs')), 25, 'and the category its products';
like $t->log, qr/catalog: all: 28 products, 1 passed over, 0 taken away/, 'a line says so';
like $t->log, qr/catalog: product 201 is passed over: it needs an id, a name/, 'and why one is passed over';

# changes alone

my $calls = () = $shop->calls('since=');
sleep 2.5;
my @later = $shop->calls('since=');
splice @later, 0, $calls;
ok scalar(grep({ /variations since=20\d\d-/ } @later)) && !grep({ /since=1970/ } @later), 'then only what has changed is asked for';
$shop->do(put => {id => 3, name => 'Cup 3', cat => 'Cups', stock => 'outofstock'});
ok $t->wait_for('it', sub { product(3)->{name} eq 'Cup 3' }), 'a change comes in';
ok product(3)->{out}, 'out of stock now';
ok $t->wait_for('it', sub { !grep { $_ == 3 } $t->index_of('category', 'Mugs') }), 'and in its old category no more';
is join(' ', $t->index_of('category', 'Cups')), '3', 'but in its new one';
$shop->do(put => {id => 4, status => 'private'});
ok $t->wait_for('it', sub { !product(4) }), 'a product that is hidden goes at once';

# a currency that cannot be had for a moment costs no price

$shop->do(fault => {match => 'currencies', how => 500});
pull($woo);
ok $t->fails('a failure', qr/said 500/), 'a currency that is not told';
pull($woo);
ok whole(), 'is asked for again';
is product(7)->{currency}, 'EUR', 'and no price is lost';

# a bad day in the middle of a page: gone on with from there

$shop->do(put => {id => $_, name => "Pot $_", price => '5.00'}) for 300 .. 345;
for my $how (500, 429, 'drop', 'html', 503) {
    $shop->do(fault => {match => 'products .*page=3', how => $how});
}
my $before = () = $shop->calls('products .*page=1');
pull({%$woo, every => '1h'});
ok $t->fails('a failure', qr/said 500/), 'a page that is not answered';
is $t->state_of->{run}{page}, 3, 'where it stands is known';
for my $how (qr/said 429/, qr/does not answer/, qr/without a list of products/, qr/said 503/) {
    pull({%$woo, every => '1h'}, keep => 1);
    ok $t->fails('a failure', $how), "another worker, another bad day: $how";
}
pull({%$woo, every => '1h'}, keep => 1);
ok whole(), 'a store with bad days is read to the end, by one worker after the other';
is scalar(grep { /products .*page=1\b/ } $shop->calls('products .*page=1')) - $before, 1, 'the first page was asked for once';
is join(' ', grep { $_ >= 300 } ids()), join(' ', 300 .. 345), 'nothing is left out';

# killed in the middle, twice

$shop->do(put => {id => $_, name => "Pan $_", price => '5.00'}) for 400 .. 480;
$shop->do(del => {id => 5});
pull({%$woo, every => '1h'});
for (1 .. 2) {
    my $at = ($t->state_of->{run} // {})->{page} // 0;
    $t->wait_for('a page', sub { (($t->state_of->{run} // {})->{page} // 99) > $at });
    $t->kill_now('worker', 'KILL');
    $t->start_worker;
}
ok whole(), 'killed twice: read to the end';
is join(' ', grep { $_ >= 400 } ids()), join(' ', 400 .. 480), 'nothing is left out';
ok !product(5), 'and what the store has no more is gone';

# taken away while pages are read: others move past the reader, and stay

$shop->do(fault => {match => 'products .*page=3', how => {del => 2}});
pull({%$woo, every => '1h'});
ok whole(), 'a product is taken away while pages are read';
is join(' ', grep { $_ < 100 } ids()), join(' ', 1, 2, 3, 6 .. 25), 'nobody else goes for it';
ok scalar($shop->calls('include=')), 'those that were not met were asked for by their ids';
ok !(grep { @{$t->redis('SMEMBERS', $t->shard_key($_, 'pulled:shop'))} } 0 .. 15), 'nothing of the reading is left';

pull({%$woo, every => '1h'});
ok whole(), 'the next time';
is join(' ', grep { $_ < 100 } ids()), join(' ', 1, 3, 6 .. 25), 'it is gone';

# what must take nothing away

my @all = ids();
$shop->do(none => {value => 'variations'});
pull({%$woo, every => '1h'});
ok whole(), 'a store without a list of variants';
is "@{[ids()]}", "@all", 'loses none';
like $t->log, qr/nothing is taken away, because not all was to be had/, 'and the log says why';
$shop->do(none => {value => ''});
$shop->do(none => {value => 'products'});
pull({%$woo, every => '1h'});
ok $t->fails('a failure', qr/said 404/), 'a store whose API is gone';
is "@{[ids()]}", "@all", 'loses none';
$shop->do(none => {value => ''});
$t->kill_now('worker', 'TERM');
$t->key_fits(0);
pull({%$woo, every => '1h'});
ok $t->fails('a failure', qr/said 401/), 'a key that does not fit is told';
is "@{[ids()]}", "@all", 'and loses none';
$t->key_fits(1);

# the mark is gone: Redis came back without it

$shop->do(fault => {match => 'products .*page=2', how => 500});
$shop->do(del => {id => 6});
pull({%$woo, every => '1h'});
ok $t->fails('a failure', qr/said 500/), 'a reading is broken off';
$t->redis('DEL', $t->shard_key($_, 'pulled:shop')) for 0 .. 15;
pull({%$woo, every => '1h'}, keep => 1);
ok whole(), 'and its memory is lost';
is "@{[ids()]}", "@all", 'nothing is taken away then';

# Shopify, by its cursors

$t->redis('DEL', map { $t->shard_key($_, 'products:shop') } 0 .. 15);
$shop->do(throttled => {value => 1});
pull({every => '1s', source => 'shopify', base => $shop->url, key => {header => 'X-Shopify-Access-Token', file => 'shopify-key'}});
ok $t->fails('a failure', qr/answered without a list of products/), 'Shopify: too fast';
ok whole(), 'Shopify: all are read';
is scalar(grep { $_ >= 400 } ids()), 81, 'Shopify: page by page';
is join('/', map { $_ // '-' } @{product(101)}{qw(group size colour currency url)}), '1/M/blue/EUR/products/h1?variant=101' =~ s{EUR/}{EUR//}r, 'Shopify: a variant' if product(101);
is join('/', @{product(7)}{qw(name price currency url category)}), 'Mug 7/1750/EUR//products/h7/Mugs', 'Shopify: a product';
ok product(3)->{out}, 'Shopify: out of stock';

# Shopware, by its Store API

$t->redis('DEL', map { $t->shard_key($_, 'products:shop') } 0 .. 15);
pull({every => '1s', source => 'shopware', base => $shop->url, headers => {'sw-access-key' => 'SWSC'}, currency => 'EUR'});
ok whole(), 'Shopware: all are read';
is join('/', @{product(7)}{qw(name price currency url category)}), 'Mug 7/1750/EUR//p-7/Mugs', 'Shopware: a product';
is product(8)->{url}, '/detail/8', 'Shopware: without an address of its own';
ok product(3)->{out}, 'Shopware: out of stock';
$shop->do(del => {id => 9});
pull({every => '1s', whole => '1s', source => 'shopware', base => $shop->url, headers => {'sw-access-key' => 'SWSC'}, currency => 'EUR'});
ok $t->wait_for('it', sub { !product(9) }), 'Shopware: what is gone goes';

$t->stop;
done_testing;
