# Packaging with a picture and a price: shown while nothing is paid, charged by
# the store once, told to the shop's people, and then for good.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Track->new;
$t->{overrides} = {site => 'https://shop.test', track => {packaging => [
    {id => 'plain', title => 'Plain'},
    {id => 'box', title => 'Gift <box>', note => JSON::PP::true, image => '/i/box.jpg', price => {EUR => '3.90'}},
    {id => 'won', title => 'Bojagi', price => {KRW => '3900'}}]}};
$t->start(no_worker => 1);
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{packaging} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {
    fee_lines => [{name => '{{packaging.title}}', total => '{{packaging.price}}', tax_status => 'none'}],
    meta_data => [{key => '_packaging', value => '{{packaging.id}}: {{note}}'}]}}];
$t->write('campaign.json', encode_json $campaign);
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub bought { my ($name, %o) = @_; my $o = $t->buy(customer => 'ada', status => 'on-hold', billing => {email => "$name\@shop.test"}, %o); ok $t->settled, "an order of $name"; return $o }
sub track {
    my ($o) = @_;
    my $page = $t->get('/ordersave/track/' . $t->sign({p => 'track', s => 'shop', o => '' . $t->id($o), v => 'owner', x => time + 600, g => $t->track($o)->{links} // 0}))->{body};
    utf8::decode($page);
    return $page;
}
sub choose {
    my ($page, @fields) = @_;
    my ($where) = $page =~ m{action="(/ordersave/packaging/[^"]+)"};
    return $t->post($where, [@fields])->{status};
}
sub fees { [map { "$_->{name} $_->{total}" } @{$t->shop($_[0])->{fee_lines}}] }

my $o = bought('one', payment_method => 'bacs');
is $t->record($o)->{payment}, 'unpaid', 'that is not paid for';
my $page = track($o);
like $page, qr{<label for="os-p-box"><img src="/i/box.jpg" alt="" [^>]*><b>Gift &lt;box&gt;</b> \(\+ €3\.90\)}, 'its picture and its price are shown';
like $page, qr{<label for="os-p-plain"><b>Plain</b></label>}, 'what is free has none';
unlike $page, qr/Bojagi/, 'what has no price in the currency of the order is not there';
like $page, qr/What costs extra is added to your order when you save/, 'and what it means to choose it';
is choose($page, [ordersave_packaging => 'won']), 303, 'what was not offered';
is choose($page, [ordersave_packaging => 'plain']), 303, 'a free one';
ok $t->wait_for('the choice', sub { ($t->track($o)->{packaging} // '') eq 'plain' }), 'is kept, the other was not';
my $before = $t->shop($o)->{total};
is choose($page, [ordersave_packaging => 'box'], [ordersave_comment => 'For Bo & Jo']), 303, 'the dearer one';
my ($mail) = $t->mails(1, to => 'help@shop.test', subject => 'How to pack order');
like $mail->{text}, qr/Gift <box> \(€3\.90, to be added to the order\)/, 'the shop reads what it costs';
like $mail->{text}, qr/For Bo & Jo/, 'and what the note says';
like $mail->{html}, qr/Gift &lt;box&gt;.*€3\.90/s, 'in both parts';
ok $t->wait_for('the fee', sub { @{fees($o)} == 2 }), 'the store has it';
is fees($o)->[1], 'Gift <box> 3.90', 'by its name and price';
is sprintf('%.2f', $t->shop($o)->{total} - $before), '3.90', 'once, in its total';
my ($meta) = grep { $_->{key} eq '_packaging' } @{$t->shop($o)->{meta_data}};
like $meta->{value}, qr/^box: .*Gift <box>.*For Bo & Jo$/, 'and the words that whoever packs reads';
ok $t->settled, 'that is all';
unlike track($o), qr/ordersave_packaging/, 'it is chosen for good';
is choose($page, [ordersave_packaging => 'plain']), 303, 'another choice, on a page that was open still';
ok $t->settled, 'is heard';
is $t->track($o)->{packaging}, 'box', 'and changes nothing';
is scalar @{fees($o)}, 2, 'nor at the store';

my $paid = bought('two', status => 'processing');
$page = track($paid);
like $page, qr/os-p-plain/, 'a paid order can be packed';
unlike $page, qr/os-p-box|What costs extra/, 'but nothing is charged after the payment';
is choose($page, [ordersave_packaging => 'box']), 303, 'whoever asks for it';
ok $t->settled, 'all the same';
is $t->track($paid)->{packaging}, undef, 'gets none';
$t->tell($paid, kind => 'packaging', choice => 'box');
ok $t->settled, 'even past the page';
is $t->track($paid)->{packaging}, undef, 'none';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
