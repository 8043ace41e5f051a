# ordersavectl catalog: feeds in JSON lines, CSV and TSV come in; a bad record
# is told by its line and passed over.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $site = $t->campaign->{site} // 'http://127.0.0.1';

sub feed { my ($name, $text) = @_; utf8::encode($text); $t->write($name, $text) }
sub product { my ($id) = @_; my ($rc, $out) = $t->ctl('catalog', 'show', $id); return $rc ? undef : decode_json($out) }

# JSON lines, our names

$t->write('feed.jsonl', join "\n",
    encode_json({id => 'mug', name => 'Mug', url => '/product/mug/', image => '/mug.svg', price => '28.00', currency => 'EUR',
        category => 'Kitchen', rating => 4.71, reviews => 12, with => ['tea', 'spoon'], why => 'Keeps tea warm'}),
    '{"id": "broken", "name": ',
    '',
    encode_json({id => 'far', name => 'Far', url => 'https://elsewhere.example/x'}),
    encode_json({id => 'odd', name => 'Odd', url => '/odd/', price => 'much'}),
    encode_json({name => 'No id', url => '/x/'}),
    encode_json({id => 'tea', name => 'Tea', url => "$site/product/tea/", stock => JSON::PP::false}), '');
my ($rc, $out, $err) = $t->ctl('catalog', 'import', $t->path('feed.jsonl'));
is $rc, 1, 'a feed with faults: a finding';
like $out, qr/^2 products, 4 records passed over$/m, 'what came in, and what not';
like $err, qr/feed\.jsonl:2: not JSON; passed over/, 'a line that is not JSON';
like $err, qr/feed\.jsonl:4: its link leads away/, 'a link to another site';
like $err, qr/feed\.jsonl:5: the price "much"/, 'a price that is none';
like $err, qr/feed\.jsonl:6: it needs an id/, 'no id';
is_deeply product('mug'), {id => 'mug', name => 'Mug', url => '/product/mug/', image => '/mug.svg', price => 2800,
    currency => 'EUR', category => 'Kitchen', rating => 471, reviews => 12, with => ['tea', 'spoon'], why => 'Keeps tea warm'},
    'a product';
ok product('tea')->{out}, 'out of stock';
is $t->redis('ZSCORE', $t->key('category:shop/Kitchen', 'shop/Kitchen'), 'mug'), 471, 'in its category, by its stars';

# CSV as merchants have it: quotes, line breaks, a BOM

feed('feed.csv', "\x{FEFF}id,title,link,image_link,price,availability,product_type\r\n"
    . qq{spoon,"Spoon, ""big""",$site/product/spoon/,/spoon.svg,4.50 EUR,in stock,Kitchen\r\n}
    . qq{cup,"A cup\nof two lines",$site/product/cup/,,1234 KRW,out_of_stock,Kitchen\r\n}
    . qq{short,row\r\n}
    . qq{last,Last,$site/last/,,5.00 EUR,preorder,Home});
($rc, $out, $err) = $t->ctl('catalog', 'import', $t->path('feed.csv'));
like $out, qr/^3 products, 1 records/m, 'CSV';
like $err, qr/feed\.csv:5: another number of columns/, 'a fault at its line, after a record of two lines';
is product('spoon')->{name}, 'Spoon, "big"', 'quotes';
is product('spoon')->{price}, 450, 'a price with its currency';
is product('cup')->{name}, "A cup\nof two lines", 'a line break in a field';
is product('cup')->{price}, 1234, 'a currency without digits after the point';
ok product('cup')->{out}, 'out of stock';
ok !product('last')->{out}, 'to be ordered before it is there';

feed('latin.csv', "id,title,link\nx,X,/x/\n");
$t->write('latin.csv', $t->read('latin.csv') . "y,Caf\xe9,/y/\n");
like +($t->ctl('catalog', 'import', $t->path('latin.csv')))[2], qr/latin\.csv:3: not UTF-8/, 'another encoding';

# TSV

feed('feed.txt', "id\ttitle\tlink\tprice\tsale_price\nlamp\tLämp \"40W\"\t/lamp/\t20 EUR\t15.50 EUR\n");
($rc, $out) = $t->ctl('catalog', 'import', $t->path('feed.txt'));
is $rc, 0, 'TSV';
is product('lamp')->{price}, 1550, 'the price of now';
is product('lamp')->{name}, 'Lämp "40W"', 'and quotes inside';

# replace

my ($crc, $count) = $t->ctl('catalog', 'count');
is $count, "7 products\n", 'how many there are';
$t->write('new.jsonl', encode_json({id => 'mug', name => 'New mug', url => '/mug/'}) . "\n");
$t->ctl('catalog', 'replace', $t->path('new.jsonl'));
($crc, $count) = $t->ctl('catalog', 'count');
is $count, "1 products\n", 'replaced: what is not named goes';
is product('lamp'), undef, 'it is gone';
is product('mug')->{name}, 'New mug', 'the other is new';

# misuse

is +($t->ctl('catalog', 'import', '/nowhere.jsonl'))[0], 1, 'no such file';
is +($t->ctl('catalog', 'import', $t->path('feed')))[0], 2, 'what kind of file is it?';
is +($t->ctl('catalog', 'import', $t->path('feed.csv'), '--kind', 'tsv'))[0], 1, 'the wrong kind: nothing comes in';
is +($t->ctl('catalog'))[0], 2, 'import what?';

$t->stop;
done_testing;
