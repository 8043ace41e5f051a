# A word that ordersavectl does not know is named, with those that it knows.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);

# wrong usage: two lines would bury what is wrong
sub wrong {
    my ($what, $expected, @words) = @_;
    my ($rc, $out, $err) = $t->ctl(@words);
    is "$rc$out", '2', "$what is wrong usage";
    is $err, "ordersavectl: $expected\n", 'and is told';
}

wrong 'a command that is none', '"frobnicate" is no command; --help tells which there are', 'frobnicate';
wrong 'a verb that is none', 'dead: "lst" is not known; expected one of list, show, retry, drop', 'dead', 'lst';
wrong 'a verb of another', 'coupons: "show" is not known; expected one of load, count', 'coupons', 'show', 'ten';
wrong 'no verb', 'catalog: expected one of import, replace, count, show', 'catalog';
wrong 'a word too many', '"x" is a word too many; expected dead list', 'dead', 'list', 'x';
wrong 'one more, where some are allowed', '"b" is a word too many; expected render NAME [ORDER]', 'render', 'offer', 'a', 'b';
wrong 'a word after a plain command', '"now" is a word too many; expected stats', 'stats', 'now';
wrong 'a word too few', 'expected coupons load POOL FILE', 'coupons', 'load', 'ten';
wrong 'no order', 'expected explain ORDER', 'explain';

wrong 'a store that is none', 'there is no store nosuch; expected one of shop', '-s', 'nosuch', @$_
    for ['stats'], ['dead', 'list'], ['coupons', 'count'], ['check'], ['explain', '1'];
wrong 'an order of no store', 'there is no store nostore; expected one of shop', @$_
    for ['explain', 'nostore/1'], ['order', 'show', 'nostore/1'], ['render', 'cancelled', 'nostore/1'];
is +($t->ctl('order', 'show', 'number/1'))[2], "ordersavectl: no order number/1\n", 'another name of an order is no store';

$t->write('second.json', JSON::PP->new->encode($t->campaign(store => 'second')));
$t->configure(stores => {shop => {campaign => 'campaign.json'}, second => {campaign => 'second.json'}});
wrong 'no store, where there are two', 'expected --store and one of second, shop', 'explain', '1';
is +($t->ctl('stats'))[0], 0, 'what is of all stores needs none';
is +($t->ctl('-s', 'second', 'stats'))[0], 0, 'and takes one';

$t->stop;
done_testing;
