# What the catalog knows of an order's products, on the page of a cancel: what was
# bought, other variants and similar products, none of them dearer; and a swap that
# the store carries out once.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
$t->{overrides} = {requests => {answer_within => '24h'}, site => 'https://shop.test', refund => {by => 'api'}, locales => ['en', 'fr', 'id', 'ko'], offers => [
    {id => 'look', reasons => ['*'], give => {info => {about => 'products'}}},
    {id => 'size', reasons => ['*'], give => {request => {for => 'swap', by => 'api'}}},
    {id => 'alike', reasons => ['*'], give => {request => {for => 'similar', by => 'api'}}},
    {id => 'ask', reasons => ['*'], give => {request => {for => 'similar'}}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{swap} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {
    line_items => [{id => {'$value' => 'item.line'}, quantity => 0},
        {product_id => {'$value' => 'variant.product'}, variation_id => {'$value' => 'variant.variation'}, quantity => {'$value' => 'variant.quantity'},
         subtotal => '{{variant.total}}', total => '{{variant.total}}'}],
    meta_data => [{key => '_ordersave_offer', value => '{{nonce}}'}]}}];
$t->write('campaign.json', encode_json($campaign));
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

# 12 costs 28.00 in the demo's shop, 13 costs 16.50
sub product { my ($id, %o) = @_; return {id => $id, title => "Product $id", link => "https://shop.test/p/$id", availability => 'in stock', %o} }
sub import_all {
    $t->write('feed.jsonl', join "\n", map { encode_json($_) } @_);
    my ($rc, $out, $err) = $t->ctl('catalog', 'replace', $t->path('feed.jsonl'));
    is $rc, 0, 'a catalog' or diag $err;
}
my @feed = (
    product(12, title => 'Mug <large>', price => '28.00 EUR', item_group_id => 'mugs', size => 'L', color => 'grün', product_type => 'Home > Mugs', product_rating => '4.1', review_count => '1200', image_link => 'https://shop.test/i/12.jpg', product_highlight => 'Fired twice'),
    product(13, price => '25.00 EUR', item_group_id => 'mugs', size => 'M', color => 'blau', product_type => 'Other'),
    product(14, price => '28.00 EUR', item_group_id => 'mugs', size => 'M', color => 'grün', product_type => 'Other'),
    product(15, price => '28.01 EUR', item_group_id => 'mugs', size => 'XL', product_type => 'Other'),
    product(16, price => '20.00 EUR', item_group_id => 'mugs', size => 'S', availability => 'out of stock', product_type => 'Other'),
    product(17, price => '27.50 EUR', title => 'A better mug', product_type => 'Home > Mugs', product_rating => '4.8', review_count => '12'),
    product(18, price => '30.00 EUR', title => 'A dearer mug', product_type => 'Home > Mugs', product_rating => '4.9'),
    product(11, price => '26.00 EUR', title => 'A worse mug', product_type => 'Home > Mugs', product_rating => '3.0'),
    product(19, price => '99.00 EUR', title => 'A mug of gold', product_type => 'Home > Mugs', product_rating => '5.0'),
    product(24, price => '26.00 EUR', title => 'A lamp', product_type => 'Home > Lamps', product_rating => '5.0'));
import_all(@feed);

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub page { my ($o) = @_; my $got = $t->get(uri($o)); utf8::decode($got->{body}); return $got }
sub order {
    my (%o) = @_;
    my $o = $t->buy(customer => 'ada', items => [{product => 12}], %o);
    $t->settled;
    $t->wait_for('the shelf', sub { $t->redis('EXISTS', $t->key('shelf:shop/' . $t->id($o), 'shop/' . $t->id($o))) }) unless $o{bare};
    return $o;
}
sub below { my ($page, $offer) = @_; return $page->{body} =~ /<h3>([^<]*)<\/h3>((?:(?!<h3>).)*?accept:$offer)"/s ? "$1$2" : '' }
sub press {
    my ($o, $offer, %said) = @_;
    my $page = $t->get(uri($o));
    return $t->post(uri($o), [[ordersave_reason => 'costs'], (map { utf8::encode(my $v = $said{$_}); ["ordersave_ask:costs:$offer:$_" => $v] } sort keys %said),
        [ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]]);
}
sub applied { my ($o) = @_; $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') =~ /done|task|refused/ }); return $t->decision($o)->{applied} }

# what is shown

my $o = order();
my $name = $t->shop($o)->{line_items}[0]{name};
my $page = page($o);
my ($look) = $page->{body} =~ /<h3>What you chose<\/h3>(.*?)<\/ul>/s;
like $look, qr{<a href="https://shop\.test/p/12"><bdi>Mug &lt;large&gt;</bdi></a>}, 'what was bought, with its link';
like $look, qr{4\.1 of 5 stars, 1,200 reviews in our shop}, 'its stars, and how many gave them';
like $look, qr{Fired twice}, 'what speaks for it';
like $look, qr{src="https://shop\.test/i/12\.jpg"}, 'its picture';
like $look, qr{€28\.00}, 'and its price';
my $size = below($page, 'size');
like $size, qr{<option value="\Q$name\E → M, blau">\Q$name\E → M, blau \(-€3\.00\)</option>}, 'another size, and what it costs less';
like $size, qr{<option value="\Q$name\E → M, grün">\Q$name\E → M, grün</option>}, 'one of the same price';
unlike $size, qr/XL/, 'none that is dearer';
unlike $size, qr/→ S/, 'none that is out of stock';
unlike $size, qr/L, grün/, 'nor the same once more';
my $alike = below($page, 'alike');
like $alike, qr{A better mug.*4\.8 of 5 stars, 12 reviews}s, 'a similar one, with its stars';
like $alike, qr{<option value="\Q$name\E → A better mug">}, 'which can be chosen';
like $alike, qr{A dearer mug}, 'a dearer one is shown';
unlike $alike, qr{<option[^>]*dearer}, 'and cannot';
unlike $alike, qr/worse|gold|lamp/, 'none that is worse, in another price range or category';
my (undef, $said) = $t->ctl('explain', $t->id($o));
like $said, qr/^offer size: yes$/m, 'explain knows of the catalog as well';
like $said, qr/^page: look size alike ask$/m, 'and says what the page shows';
for my $locale (qw(fr id ko)) {
    my $body = page(order(locale => $locale))->{body};
    unlike $body, qr/\{\{|>(?:offer|give|ask)\./, "$locale: all is said";
    like $body, qr/4[.,]1/, "$locale: with stars";
}
is page(order(items => [{product => 12}, {product => 12}]))->{body} =~ /accept:size/ ? 1 : 0, 0, 'two items of one name cannot be told apart';
my $bare = order(items => [{product => 99}], bare => 1);
unlike page($bare)->{body}, qr/accept:(?:size|alike)|What you chose/, 'what the catalog does not know has none of it';
like +($t->ctl('explain', $t->id($bare)))[1], qr/^offer size: catalog$/m, 'which explain says';

# chosen, and done by the store

$o = order(status => 'processing', billing => {email => 'one@shop.test'}, items => [{product => 12, quantity => 2}, {product => 24}]);
$name = $t->shop($o)->{line_items}[0]{name};
my $before = $t->shop($o);
is press($o, 'size', variant => "$name → M, blau")->{status}, 303, 'two of another size';
is applied($o), 'done', 'are sent to the store';
my $after = $t->shop($o);
is join(' ', map { "$_->{quantity}x$_->{product_id}" } @{$after->{line_items}}), '1x24 2x13', 'which changes the item, and no other';
is sprintf('%.2f', $before->{total} - $after->{total}), '6.00', 'at the price that was said';
ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), 'the difference';
is 0 - $t->shop($o)->{refunds}[0]{total}, 6, 'is paid back';
my ($mail) = $t->mails(1, to => 'one@shop.test', subject => 'Yes to your request');
like $mail->{text}, qr/Change to: \Q$name\E → M, blau/, 'and the buyer reads what was done';
ok $t->settled, 'all';
is scalar @{$t->shop($o)->{line_items}}, 2, 'once';

$o = order(billing => {email => 'two@shop.test'});
is press($o, 'alike', instead => "$name → A better mug")->{status}, 303, 'another product instead';
is applied($o), 'done', 'is sent as well';
is join(' ', map { $_->{product_id} } @{$t->shop($o)->{line_items}}), '17', 'and is in the order';

# what its buyer paid counts, not what the catalog says: no line below nothing, and no more
# back than that. 12 costs 28.00 there, what it is swapped for 25.00 or 27.50.

for my $case (['a sale', '0.54', '4.46', 'size', variant => 'M, blau', items => [{product => 12, total => '5.00'}]],
    ['all but a gift', '0.00', '0.02', 'size', variant => 'M, blau', items => [{product => 12, total => '0.02'}]],
    ['a coupon', '2.40', '20.00', 'size', variant => 'M, blau', coupons => ['save20']],
    ['two in a sale', '1.07', '8.93', 'size', variant => 'M, blau', items => [{product => 12, quantity => 2, total => '10.00'}]],
    ['another product', '0.09', '4.91', 'alike', instead => 'A better mug', items => [{product => 12, total => '5.00'}]]) {
    my ($what, $less, $line, $offer, $field, $to, %order) = @$case;
    $o = order(status => 'processing', %order);
    my $was = $t->shop($o)->{total};
    my $choices = below(page($o), $offer);
    my $wants = $less eq '0.00' ? qr{>\Q$name → $to\E</option>} : qr{>\Q$name → $to (-€$less)\E</option>};
    like $choices, $wants, "$what: what is saved is a share of what was paid";
    press($o, $offer, $field => "$name → $to");
    is applied($o), 'done', "$what: swapped";
    is $t->shop($o)->{line_items}[0]{total}, $line, "$what: the line costs what is left";
    is sprintf('%.2f', $was - $t->shop($o)->{total}), $less, "$what: the order is cheaper by what was said";
    next if $less eq '0.00';
    ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), "$what: paid back is";
    is sprintf('%.2f', 0 - $t->shop($o)->{refunds}[0]{total}), $less, "$what: just that";
}
$o = order(status => 'processing', currency => 'USD', billing => {email => 'usd@shop.test'});
like below(page($o), 'size'), qr{>\Q$name → M, blau\E</option>}, 'in another currency than the catalog\'s nothing is stated';
press($o, 'size', variant => "$name → M, blau");
is applied($o), 'task', 'and a person decides';
is $t->shop($o)->{line_items}[0]{product_id}, 12, 'not the store';

# what is chosen is what was offered

$o = order(billing => {email => 'three@shop.test'});
my $none = press($o, 'size');
isnt $none->{status}, 303, 'nothing chosen';
like $none->{body}, qr/Please choose one of these|Please fill this in/, 'comes again';
is press($o, 'size', variant => "$name → XL, red")->{status}, 303, 'something that was not offered';
is applied($o), 'task', 'is for a person';
like(($t->mails(1, subject => "A customer asks: order $o->{order}{number}"))[0]{text}, qr/XL, red.*not in the catalog/s, 'who reads what and why');
is $t->shop($o)->{line_items}[0]{product_id}, 12, 'and nothing is changed';

$o = order();
is press($o, 'ask', instead => "$name → A better mug")->{status}, 303, 'asked of a person';
is applied($o), 'task', 'it is one';

# the store's answer is lost

$o = order(items => [{product => 12}]);
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, apply => JSON::PP::true);
press($o, 'size', variant => "$name → M, grün");
is applied($o), 'done', 'the store does it, and its answer is lost';
is join(' ', map { $_->{product_id} } @{$t->shop($o)->{line_items}}), '14', 'it is done once';
$t->store_fault;

# the catalog changes

$t->ctl('catalog', 'replace', do { $t->write('feed.jsonl', join "\n", map { encode_json($_) } map { $_->{id} == 12 ? {%$_, product_type => 'Home > Mugs', price => '20.00 EUR'} : $_ } @feed); $t->path('feed.jsonl') });
$page = page(order());
unlike below($page, 'size'), qr/M, blau/, 'what became dearer than what was bought is not offered any more';

# a large category, and many variants: what is out of stock, or of another price, stands
# before what fits, as it is better rated

import_all(product(12, price => '28.00 EUR', item_group_id => 'mugs', size => 'L', product_type => 'Home > Mugs', product_rating => '3.0'),
    (map { product(1000 + $_, price => '99.00 EUR', title => "Gold $_", product_type => 'Home > Mugs', product_rating => '4.9') } 1 .. 30),
    (map { product(1100 + $_, price => '27.00 EUR', title => "Gone $_", product_type => 'Home > Mugs', product_rating => '4.8', availability => 'out of stock') } 1 .. 29),
    product(1200, price => '27.00 EUR', title => 'The one that fits', product_type => 'Home > Mugs', product_rating => '3.5'),
    (map { product(2000 + $_, price => '27.00 EUR', item_group_id => 'mugs', size => "G$_", product_type => 'Other', product_rating => '4.9', availability => 'out of stock') } 1 .. 59),
    product(2100, price => '26.00 EUR', item_group_id => 'mugs', size => 'The only size', product_type => 'Other', product_rating => '3.5'));
$page = page(order());
like below($page, 'alike'), qr/The one that fits/, 'of sixty in a category the one that fits is found';
unlike below($page, 'alike'), qr/Gold|Gone/, 'and no other';
like below($page, 'size'), qr/→ The only size \(-€2\.00\)/, 'and of sixty variants the one in stock';

$t->stop;
done_testing;
