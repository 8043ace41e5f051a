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
($rc, $out, $err) = $t->ctl('catalog', 'import', $t->path('feed.txt'));
is $err, '', 'a file gets no line of progress';
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

# what merchants really have

sub took { my ($name, $text, @more) = @_; feed($name, $text);
    my ($rc, $out, $err) = $t->ctl('catalog', 'import', $t->path($name), @more);
    return ($out, $err) }

($out, $err) = took('google.tsv', "id\ttitle\tgoogle product category\tProduct Type\tlink\tImage Link\tavailability\tprice\tsale price\tsale price effective date\n"
    . "g1\tDesk lamp\t2370\tHome > Lamps\t/p/lamp\t/i/lamp.jpg\tin stock\t49.00 EUR\t39.00 EUR\t\n");
like $out, qr/^1 products, 0/, "Google's own spellings of columns";
is_deeply [@{product('g1')}{qw(price image category)}], [3900, '/i/lamp.jpg', 'Home > Lamps'], '  are understood';

($out, $err) = took('sale.tsv', "id\ttitle\tlink\tprice\tsale_price\tsale_price_effective_date\n"
    . "old\tMug\t/p\t28.00 EUR\t19.00 EUR\t2024-11-24T00:00+0100/2024-12-02T23:59+0100\n"
    . "new\tBowl\t/p\t28.00 EUR\t19.00 EUR\t2024-11-24T00:00+0100/2091-12-02T23:59+0100\n"
    . "bad\tBowl\t/p\t28.00 EUR\t19.00 EUR\tsoon\n"
    . "back\tBowl\t/p\t28.00 EUR\t19.00 EUR\t2091-12-02/2024-11-24\n");
is product('old')->{price}, 2800, 'a sale that is over leaves the price';
is product('new')->{sale}, 1900, 'one that holds is known with its dates';
cmp_ok product('new')->{sale_until}, '>', 3_000_000_000, '  until its end';
like $err, qr/sale\.tsv:4: "soon" is no range of dates/, 'a range that is none is told';
like $err, qr/sale\.tsv:5: "2091-12-02.*" is no range of dates/, '  and one that ends before it begins';

my %prices = ('15.00 USD' => 1500, '15 USD' => 1500, '15,00 EUR' => 1500, '1,299.00 USD' => 129900,
    '1.299,00 EUR' => 129900, '1,299 EUR' => 129900, 'EUR 15.00' => 1500, '15.00EUR' => 1500, "\x{20ac}15.00" => 1500,
    '15.00 eur' => 1500, '15.00 EUR ' => 1500, "15.00\x{a0}EUR" => 1500, '15000 KRW' => 15000, '15,000 KRW' => 15000,
    '4.500 KWD' => 4500, "1'299.50 CHF" => 129950, '1 299,50 PLN' => 129950, "15,00 \x{20ac}" => 1500);
my $n = 0;
my %id = map { $_ => 'p' . $n++ } sort keys %prices;
took('prices.tsv', join '', "id\ttitle\tlink\tprice\n", map { "$id{$_}\tThing\t/p\t$_\n" } sort keys %prices);
for my $price (sort keys %prices) {
    utf8::encode(my $name = $price);
    is +(product($id{$price}) // {})->{price}, $prices{$price}, "a price of $name";
}
($out, $err) = took('none.tsv', "id\ttitle\tlink\tprice\nn0\tX\t/p\t1.299 EUR\nn1\tX\t/p\t15.00\nn2\tX\t/p\t\$15.00\nn3\tX\t/p\tcheap EUR\nn4\tX\t/p\t-3 EUR\nn5\tFree\t/p\t0.00 EUR\n");
like $out, qr/^1 products, 5/, 'what could be two prices, or has no currency, is told';
like $err, qr/none\.tsv:2: the price "1\.299 EUR" is none that is plain/, '  by its line';
like $err, qr/none\.tsv:3: the price "15\.00" has no currency/, '  and why';
is product('n5')->{price}, undef, 'nothing is given away: a price of 0 is none';

my %stock = ('in stock' => 0, in_stock => 0, 'In Stock' => 0, preorder => 0, backorder => 0, 'available for order' => 0,
    'limited availability' => 0, '' => 0, 12 => 0, instock => 0, onbackorder => 0, 'https://schema.org/InStock' => 0,
    'out of stock' => 1, out_of_stock => 1, 'Out Of Stock' => 1, 'https://schema.org/OutOfStock' => 1, 'sold out' => 1,
    sold_out => 1, 0 => 1, -2 => 1, '0.0' => 1, outofstock => 1);
$n = 0;
%id = map { $_ => 's' . $n++ } sort keys %stock;
took('stock.csv', join '', "id,title,link,availability\n", map { "$id{$_},Thing,/p,$_\n" } sort keys %stock);
is +((product($id{$_}) // {out => 'gone'})->{out} // 0) + 0, $stock{$_}, "availability \"$_\"" for sort keys %stock;
($out, $err) = took('odd.csv', "id,title,link,availability\no1,X,/p,perhaps\n");
like $err, qr/odd\.csv:2: the availability "perhaps" is not known/, 'a word that is not known is told';

($out, $err) = took('quotes.tsv', qq{id\ttitle\tlink\tprice\nq1\tFrame 8" x 10"\t/p\t9 EUR\nq2\t"Best" mug\t/p\t9 EUR\nq3\t27" screen\t/p\t9 EUR\n}
    . qq{q4\t"Unclosed mug\t/p\t9 EUR\nq5\t"All of ""it"""\t/p\t9 EUR\nq6\tLast\t/p\t9 EUR\n});
like $out, qr/^6 products, 0/, 'quotes in a file of tabs swallow nothing';
is_deeply [map { product("q$_")->{name} } 1 .. 6], ['Frame 8" x 10"', '"Best" mug', '27" screen', '"Unclosed mug', 'All of "it"', 'Last'],
    '  and stand for themselves, unless a whole field is quoted';

($out) = took('semi.csv', "id;title;link;price\nk1;Mug;/p/1;5,00 EUR\n");
is product('k1')->{price}, 500, 'semicolons';
($out) = took('mac.csv', "id,title,link\rm1,Mug,/p/1\rm2,Bowl,/p/2\r");
like $out, qr/^2 products/, 'line ends of old';
($out) = took('mac.tsv', "id\ttitle\tlink\rm1\tMug\t/p/1\rm2\tBowl\t/p/2\r");
like $out, qr/^2 products/, '  in a file of tabs';
($out, $err) = took('head.csv', "Mug,5.00,/p/1\nBowl,6.00,/p/2\n");
like $err, qr/head\.csv:1: this line must name the columns/, 'no names of columns';
like $out, qr/^0 products/, '  nothing comes in';
($out) = took('bom.jsonl', qq({"id":"b1","name":"First","url":"/p/1"}\n{"id":"b2","name":"Second","url":"/p/2"}\n) =~ s/^/\x{FEFF}/r);
like $out, qr/^2 products, 0/, 'a byte order mark';
$t->write('utf16.csv', "\xff\xfei\0d\0,\0");
like +($t->ctl('catalog', 'import', $t->path('utf16.csv')))[2], qr/utf16\.csv:1: UTF-16; save it as UTF-8/, 'UTF-16 is told by name';
($out) = took('words.csv', "id,title,link\nw1,Salt &amp; Pepper &#8211; &#x53;et &nope; AT&T,/p/1\n");
is product('w1')->{name}, "Salt & Pepper \x{2013} Set &nope; AT&T", 'references to characters';
my %words = ('T&aacute;za' => "T\x{e1}za", '&frac12; l' => "\x{bd} l", '&euro;5' => "\x{20ac}5", 'it&#146;s' => "it\x{2019}s",
    'a&#129;b' => 'a&#129;b', '&amp;amp;' => '&amp;', '&thetasym;' => "\x{3d1}", '&#0;' => '&#0;', '&;&' => '&;&', '&AMP;' => '&AMP;');
$n = 0;
%id = map { $_ => 'c' . $n++ } sort keys %words;
took('references.tsv', join '', "id\ttitle\tlink\n", map { "$id{$_}\t$_\t/p\n" } sort keys %words);
is product($id{$_})->{name}, $words{$_}, "  $_" for sort keys %words;
($out, $err) = took('unused.csv', "id,title,link,prcie,gtin\nu1,X,/p,5 EUR,4\n");
like $err, qr/^\S+unused\.csv:1: columns that are not used: prcie, gtin$/m, 'columns that are not used are told';
unlike +(took('used.tsv', "ID\tTitle\tLink\tSale Price\tGoogle product category\nu2\tX\t/p\t\t\n"))[1], qr/not used/, '  and none where all are';

my $host = $site =~ s{^https?://}{}r;
my %links = ("http://$host/p/1" => "$site/p/1", "https://$host/p/3" => "$site/p/3", "HTTP://\U$host\E/p/5" => "$site/p/5",
    "http://www.$host/p/2" => "$site/p/2", "/p/\x{fc} 6" => '/p/%C3%BC%206', "$site/p/4?a=1&b=2" => "$site/p/4?a=1&b=2");
$n = 0;
%id = map { $_ => 'l' . $n++ } sort keys %links;
took('links.csv', join '', "id,title,link\n", map { "$id{$_},X,$_\n" } sort keys %links);
for my $link (sort keys %links) {
    utf8::encode(my $name = $link);
    is +(product($id{$link}) // {})->{url}, $links{$link}, "a link $name";
}
($out, $err) = took('away.csv', "id,title,link\nx1,X,//evil.example/\nx2,X,https://evil.example/$host\nx3,X,javascript:alert(1)\nx4,X,http://$host.evil.example/\n");
like $out, qr/^0 products, 4/, 'and none that leads away';

# replace

took('all.csv', "id,title,link\nr1,A,/p/1\nr2,B,/p/2\n");
feed('some.csv', "id,title,link,price\nr1,A,/p/1,5 EUR\nr2,B,/p/2,cheap\n");
($rc, $out, $err) = $t->ctl('catalog', 'replace', $t->path('some.csv'));
ok product('r2'), 'replace: a fault takes nothing away';
like $err, qr/nothing is taken away, because 1 records have faults; mend them, or say --force/, '  and says so';
($rc, $out, $err) = $t->ctl('catalog', 'replace', $t->path('some.csv'), '--force');
ok !product('r2'), 'unless it is forced';
ok product('r1'), '  and then what it names is left';

$t->stop;
done_testing;
