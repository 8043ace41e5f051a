# A store whose API is broken, or says what nobody should believe: the catalog
# stays, and what can be read is read.

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

my @shopify = (source => 'shopify', base => $shop->url, key => {header => 'X-Shopify-Access-Token', file => 'shopify-key'});

sub pull { return $t->pull(@_) }
sub ids { return join ' ', $t->ids }

$shop->do(put => {id => $_, name => "Mug $_", price => '5.00'}) for 1 .. 45;
$shop->do(put => {id => 100 + $_, parent => 1, price => '12.00', options => {Size => (qw(S M L))[$_]}}) for 0 .. 2;

# descriptions of which a page is longer than anybody reads

$shop->do(heavy => {value => 600_000});
pull($t->woo);
ok $t->whole, 'a shop with long descriptions is read';
my $all = ids();
is $all, join(' ', 1 .. 45, 100 .. 102), 'all of it';
$shop->do(heavy => {value => 0});

# answers that are too much

for my $how (['huge', qr/longer than 4 MB/], ['many', qr/more than 10000/]) {
    $shop->do(fault => {match => 'products .*page=2', how => $how->[0]});
    pull($t->woo);
    ok $t->fails($how->[0], $how->[1]), "$how->[0]: an answer that is too much is a failure";
    ok $t->whole, "$how->[0]: and is asked for again";
    is ids(), $all, "$how->[0]: nothing came or went";
}
$shop->do(fault => {match => 'products .*page=2', how => 'deep'});
pull($t->woo);
ok $t->whole, 'deep: a list in a list in a list';
is ids(), $all, 'deep: nothing came or went';

# one page that always fails holds up the others, though not for ever

$shop->do(put => {id => $_, name => "Cup $_", price => '5.00'}) for 46 .. 49;
$shop->do(fault => {match => 'products .*page=2', how => 500, times => 1000});
pull($t->woo(every => '1s'));
ok $t->whole, 'a page that always fails: the others are read';
like $t->said, qr/page 2 of list 1 is passed over/, 'the log says which was not';
like $t->said, qr/nothing is taken away, because not all was to be had/, 'so nothing is taken away';
$all = ids();
is $all, join(' ', 1 .. 49, 100 .. 102), 'what came behind it is there';
$shop->do(well => {});

# whoever asks for products by their ids gets no answer that is one

$shop->do(del => {id => 5});
$shop->do(fault => {match => 'include=', how => 400, times => 1000});
pull($t->woo);
ok $t->whole, 'a store that cannot be asked for single products: the reading has an end';
like $t->said, qr/nothing is taken away, because .* said 400/, 'at which nothing is taken away';
is ids(), $all, 'not even what is gone, as nobody knows';
$shop->do(well => {});
$shop->do(fault => {match => 'include=', how => 500, times => 1000});
pull($t->woo(every => '1s'));
ok $t->whole, 'one that fails when it is asked so: an end as well';
is ids(), $all, 'and all stays';
$shop->do(well => {});

# a cache that does not look at what stands behind the question mark

$shop->do(cached => {value => 1});
pull($t->woo);
ok $t->whole, 'a cache that answers every page with the first';
is ids(), $all, 'takes nothing away';
like $t->said, qr/nothing is taken away, because it answers with others than it was asked for/, 'and is told';
$shop->do(cached => {value => 0});
pull($t->woo);
ok $t->whole, 'without it';
$all = ids();
is $all, join(' ', 1 .. 4, 6 .. 49, 100 .. 102), 'what is gone goes';

# a store that answers for ever: it has an end, and is not all

my $state = $t->state_of;
pull($t->woo(every => '1h'));
$t->whole;
$t->kill_now('worker', 'TERM');
my %run = (began => time, list => 0, page => 100000, since => 0, taken => 1, mark => 'reading/0', whole => JSON::PP::true);
$t->redis('SET', $t->shard_key(0, 'pull:shop'), JSON::PP->new->encode({%$state, whole => 0, run => \%run}));
for my $shard (0 .. 15) {
    $t->redis('SADD', $t->shard_key($shard, 'pulled:shop'), 'reading/0');
}
$shop->do(fault => {match => 'page=100000', how => {endless => 1}});
pull($t->woo, keep => 1);
ok $t->whole, 'pages without an end have one';
like $t->said, qr/nothing is taken away, because not all was to be had/, 'and then not all was there';
is ids(), $all, 'all stays';

# a reading that another source began is not gone on with

$shop->do(fault => {match => 'variations .*page=1', how => 500});
pull($t->woo(every => '1h'));
ok $t->fails('a failure', qr/said 500/), 'a reading that is broken off at its second list';
pull({every => '1h', @shopify}, keep => 1);
ok $t->whole, 'and the shop moves to another platform';
is ids(), $all, 'all of its lists are read';

# a cursor that never moves

$shop->do(stuck => {value => 'here'});
pull({every => '1h', @shopify});
ok $t->whole, 'Shopify: a cursor that does not move';
is ids(), $all, 'takes nothing away';
$shop->do(stuck => {value => 'x' x 5000});
pull({every => '1s', @shopify});
ok $t->fails('a failure', qr/cursor/), 'Shopify: one that is no cursor';
cmp_ok $t->redis('STRLEN', $t->shard_key(0, 'pull:shop')), '<', 2000, 'is not kept';
$shop->do(stuck => {value => ''});

# an id that is written in another way than it is kept

$shop->do(put => {id => '77 ', name => 'Mug 77', price => '5.00'});
my @shopware = (source => 'shopware', base => $shop->url, headers => {'sw-access-key' => 'SWSC'}, currency => 'EUR');
pull({every => '1h', @shopware});
ok $t->whole, 'an id with a space behind it';
ok $t->product(77), 'is known without';
pull({every => '1h', @shopware});
ok $t->whole, 'the next time';
ok $t->product(77), 'it is still there';

# what the other side says is a line of the log and no more, without our key

$shop->do(fault => {match => 'product', how => {says => "no\n<3>forged \e[31m of SWSC-key"}});
$t->write('own-key', "SWSC-key\n");
pull({every => '1h', source => 'shopware', base => $shop->url, currency => 'EUR', key => {header => 'sw-access-key', file => 'own-key'}});
ok $t->fails('a failure', qr/said 400/), 'a store that answers with words';
unlike $t->said, qr/^<3>forged|\e/m, 'they are one line';
unlike $t->said, qr/SWSC-key/, 'and our key is not among them';

# what was noted of a reading does not stay for ever where nobody goes on with it

cmp_ok $t->redis('TTL', $t->shard_key(0, 'pulled:shop')), '!=', -1, 'what was met is forgotten in time';

$t->stop;
done_testing;
