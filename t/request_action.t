# What a buyer asks for is done by the store itself, where the campaign has an
# action for it: once, and only if the order can still be changed. What the store
# will not do, a person is asked to.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $orders = '/wp-json/wc/v3/orders/{{order.id}}';
my $mark = [{key => '_ordersave_offer', value => '{{nonce}}'}];
my %actions = (
    address => {shipping => {first_name => {'$value' => 'said.recipient'}, address_1 => {'$value' => 'said.street'}, address_2 => {'$value' => 'said.extra'},
        postcode => {'$value' => 'said.postcode'}, city => {'$value' => 'said.city'}}},
    remove => {line_items => [{id => {'$value' => 'item.line'}, quantity => 0}]},
    quantity => {line_items => [{id => {'$value' => 'item.line'}, quantity => {'$value' => 'fewer.quantity'}, subtotal => '{{fewer.total}}', total => '{{fewer.total}}'}]},
    hold => {status => 'on-hold', meta_data => [@$mark, {key => '_ordersave_release', value => '{{said.date}}'}]},
    pay => {payment_method => '{{said.method}}', status => {'$value' => 'option.method.status'}},
);
my $t = OrderSave::Worker->new;
$t->{overrides} = {track => {messages => {not_shipped => {email => JSON::PP::true}}}, requests => {answer_within => '24h'}, site => 'https://shop.test', refund => {by => 'api'}, offers => [
    (map { {id => $_, reasons => ['*'], give => {request => {for => $_, by => 'api'}}} } qw(address remove quantity hold)),
    {id => 'pay', reasons => ['*'], give => {request => {for => 'pay', by => 'api', ask => [{id => 'method', as => 'choice', required => JSON::PP::true,
        options => [{value => 'cod', status => 'processing', label => {en => 'When it arrives', fr => 'À la livraison'}}, {value => 'bacs', label => 'By bank transfer'},
            {value => 'later', label => 'In 30 days', credit => 'shop'}, {value => 'klarna', label => 'In 30 days, by Klarna', credit => 'provider'}]}]}}},
    {id => 'swap', reasons => ['*'], give => {request => {for => 'swap'}}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{$_} = [{method => 'PUT', url => $orders, body => {meta_data => $mark, %{$actions{$_}}}}] for keys %actions;
$t->write('campaign.json', encode_json($campaign));
$t->write('keys', $t->read('keys') . "support:the code of support\n");
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub press {
    my ($o, $offer, %said) = @_;
    my $page = $t->get(uri($o));
    my $answer = $t->post(uri($o), [[ordersave_reason => 'mistake'], (map { utf8::encode(my $v = $said{$_}); ["ordersave_ask:mistake:$offer:$_" => $v] } sort keys %said),
        [ordersave_do => "accept:$offer"], [ordersave_token => OrderSave::Nginx::token($page)]]);
    return ($answer, $page);
}
sub done { my ($o) = @_; return $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') =~ /done|task|refused/ }) }
sub mail { my ($o, $subject, $n) = @_; return $t->mails($n // 1, to => $o->{order}{billing}{email}, subject => $subject) }

# an address: only what has to change

my $o = $t->buy(customer => 'ada', billing => {email => 'one@shop.test'});
my ($empty, $page) = press($o, 'address');
like $page->{body}, qr/Fill in only what has to change/, 'the page says who does it';
isnt $empty->{status}, 303, 'nothing filled in';
like $empty->{body}, qr/aria-invalid="true"/, 'comes again';
my ($answer) = press($o, 'address', street => '7 Élm Street', postcode => '20095');
is $answer->{status}, 303, 'a street and a postcode';
ok done($o), 'are sent';
is $t->decision($o)->{applied}, 'done', 'and taken';
my $shop = $t->shop($o);
is "$shop->{shipping}{address_1}|$shop->{shipping}{postcode}|$shop->{shipping}{city}|$shop->{shipping}{first_name}", '7 Élm Street|20095|Port Elise|Ada', 'the rest stays as it was';
is $shop->{billing}{address_1}, '12 Harbour Street', 'as does where the bill goes';
my ($yes) = mail($o, 'Yes to your request');
like $yes->{text}, qr/Correct the address\nStreet and number: 7 Élm Street\nPostcode: 20095/, 'the buyer reads what was done';
is scalar(my @none = $t->mails(0, subject => 'A customer asks')), 0, 'and no person is asked';
is scalar(@none = $t->mails(0, subject => 'Approve or decline')), 0, 'nor has to decide';
is $t->record($o)->{items}[0]{line}, undef, 'a record keeps no numbers of lines';

# an item: what was paid for it comes back

$o = $t->buy(customer => 'ada', billing => {email => 'two@shop.test'}, status => 'processing', items => [{product => 12}, {product => 13}]);
my $before = $t->shop($o);
($answer) = press($o, 'remove', item => $before->{line_items}[1]{name});
is $answer->{status}, 303, 'one of two items';
ok done($o), 'is taken off';
my $after = $t->shop($o);
is join(',', map { $_->{product_id} } @{$after->{line_items}}), '12', 'the other one stays';
ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), 'and what it cost';
is 0 - $t->shop($o)->{refunds}[0]{total}, 0 + $before->{line_items}[1]{total}, 'is paid back';
($yes) = mail($o, 'Yes to your request');
like $yes->{text}, qr/Item: \Q$before->{line_items}[1]{name}\E/, 'the buyer reads of both';
my ($back) = mail($o, 'Your refund');
like $back->{text}, qr/refunded €\Q$before->{line_items}[1]{total}\E/, 'in a mail each';
ok $t->settled, 'all';
is scalar @{$t->shop($o)->{refunds}}, 1, 'once';

# fewer of an item, never more

$o = $t->buy(customer => 'ada', billing => {email => 'fewer@shop.test'}, status => 'processing', items => [{product => 12, quantity => 3}, {product => 13}]);
$before = $t->shop($o);
my $mugs = $before->{line_items}[0];
($answer) = press($o, 'quantity', item => $mugs->{name}, quantity => 2);
is $answer->{status}, 303, 'two of three';
ok done($o), 'is what stays';
$after = $t->shop($o);
is $after->{line_items}[0]{quantity}, 2, 'in the store';
is sprintf('%.2f', $after->{line_items}[0]{total}), sprintf('%.2f', $mugs->{total} * 2 / 3), 'at two thirds of the price';
is $after->{line_items}[1]{quantity}, $before->{line_items}[1]{quantity}, 'the other item stays as it was';
ok $t->wait_for('the money', sub { @{$t->shop($o)->{refunds}} }), 'and what the others cost';
is sprintf('%.2f', 0 - $t->shop($o)->{refunds}[0]{total}), sprintf('%.2f', $mugs->{total} / 3), 'is paid back';
$o = $t->buy(customer => 'ada', billing => {email => 'more@shop.test'}, items => [{product => 12, quantity => 2}]);
press($o, 'quantity', item => $t->shop($o)->{line_items}[0]{name}, quantity => 5);
ok done($o), 'more of it';
is $t->decision($o)->{applied}, 'task', 'is for a person';
like(($t->mails(1, subject => "A customer asks: order $o->{order}{number}"))[0]{text}, qr/that may cost/, 'who reads why');
is $t->shop($o)->{line_items}[0]{quantity}, 2, 'and nothing has changed';

# what is typed beside it reaches a person

$o = $t->buy(customer => 'ada', billing => {email => 'words@shop.test'});
$page = $t->get(uri($o));
$t->post(uri($o), [[ordersave_reason => 'other'], [ordersave_comment => 'Ring twice, please'], ['ordersave_ask:other:address:city' => 'Hamburg'],
    [ordersave_do => 'accept:address'], [ordersave_token => OrderSave::Nginx::token($page)]]);
ok done($o), 'a change, with words';
like(($t->mails(1, subject => "A customer keeps order $o->{order}{number} and writes"))[0]{text}, qr/Ring twice, please/, 'which support reads');

# two items of one name: a person looks

$o = $t->buy(customer => 'ada', billing => {email => 'three@shop.test'}, items => [{product => 12}, {product => 12}]);
($answer) = press($o, 'remove', item => $t->shop($o)->{line_items}[0]{name});
ok done($o), 'one of two of the same name';
is $t->decision($o)->{applied}, 'task', 'is for a person';
my ($asks) = $t->mails(1, subject => "A customer asks: order $o->{order}{number}");
like $asks->{text}, qr/no single item of that name/, 'who reads why';
like $asks->{reply_to}, qr/three\@shop/, 'and can answer';
my ($decide) = $t->mails(1, subject => "Approve or decline: order $o->{order}{number}");
my ($link) = $decide->{text} =~ m{https://shop\.test(/ordersave/approve/\S+)};
is scalar @{$t->shop($o)->{line_items}}, 2, 'nothing is taken off';
like $t->get(uri($o))->{body}, qr/You will have an answer by/, 'the buyer is promised an answer';
is $t->post($link, [[ordersave_do => 'approve'], [ordersave_code => 'the code of support']])->{status}, 200, 'which a person gives';
ok mail($o, 'Yes to your request'), 'and the buyer reads';

# a date, and a way to pay

my $day = strftime('%Y-%m-%d', gmtime(time + 9 * 86400));
$o = $t->buy(customer => 'ada', billing => {email => 'four@shop.test'}, status => 'processing');
press($o, 'hold', date => $day);
ok done($o), 'a later day';
is $t->shop($o)->{status}, 'on-hold', 'the store keeps it';
is((map { $_->{value} } grep { $_->{key} eq '_ordersave_release' } @{$t->shop($o)->{meta_data}})[0], $day, 'until then');
ok $t->wait_for('the store to say so', sub { $t->webhook($t->shop($o)); ($t->record($o)->{release} // '') eq $day }), 'which its record knows';
my $watch = sub { (grep { $_->{order} eq 'shop/' . $t->id($o) && ($_->{data}{what} // '') eq 'not_shipped' } values %{$t->all('jobs')})[0] };
my $due = sub { my $job = $watch->(); return $job ? $t->due_at($job) : 0 };
ok $t->wait_for('the watch', $watch), 'somebody watches whether it leaves';
$t->put_job($watch->(), 1000 * int time);
ok $t->wait_for('it to be set anew', sub { $due->() > 1000 * (time + 8 * 86400) }), 'and waits until that day before the buyer is told that it has not';

$o = $t->buy(customer => 'ada', billing => {email => 'five@shop.test'});
($answer, $page) = press($o, 'pay', method => 'cod');
like $page->{body}, qr{<option value="cod">When it arrives</option>}, 'an option has a label';
ok done($o), 'and a value';
is $t->shop($o)->{payment_method}, 'cod', 'for the store';
is $t->shop($o)->{status}, 'processing', 'which waits for no money any more';
$t->webhook($t->shop($o));
ok $t->wait_for('it', sub { $t->record($o)->{payment} ne 'unpaid' }), 'as its record knows';
unlike $t->get(uri($o))->{body}, qr/Please pay/, 'and the page';
like((mail($o, 'Yes to your request'))[0]{text}, qr/How you would like to pay: When it arrives/, 'and words for the buyer');
($answer) = press($t->buy(customer => 'ada'), 'pay', method => 'When it arrives');
isnt $answer->{status}, 303, 'a label is no value';

# a credit of the shop's own is none in the European Economic Area

for my $case (['US', 1], ['FR', 0], ['NO', 0], ['GB', 1]) {
    my ($country, $there) = @$case;
    my $body = $t->get(uri($t->buy(customer => 'ada', locale => 'en', billing => {email => 'six@shop.test', country => $country})))->{body};
    is $body =~ /<option value="later">/ ? 1 : 0, $there, "$country: a credit of the shop's is " . ($there ? 'offered' : 'not offered');
    like $body, qr/<option value="klarna">/, "$country: one of a provider is";
}
$o = $t->buy(customer => 'ada', locale => 'en', billing => {email => 'law@shop.test', country => 'FR'});
($answer) = press($o, 'pay', method => 'later');
ok done($o), 'whoever sends it all the same';
is $t->decision($o)->{applied}, 'task', 'asks a person';
isnt $t->shop($o)->{payment_method}, 'later', 'and nothing is changed';

# the store says no, or nothing

$o = $t->buy(customer => 'ada', billing => {email => 'six@shop.test'});
$t->store_fault(match => 'PUT /wp-json/.*', status => 400, times => 1);
press($o, 'address', city => 'Hamburg');
ok done($o), 'the store refuses';
is $t->decision($o)->{applied}, 'task', 'so a person is asked';
ok $t->mails(1, subject => "A customer asks: order $o->{order}{number}"), 'by mail';
is scalar(@none = mail($o, 'About your offer', 0)), 0, 'and the buyer is not told that it is refused';
$t->store_fault;

$o = $t->buy(customer => 'ada', billing => {email => 'seven@shop.test'}, items => [{product => 12}, {product => 13}], status => 'processing');
$before = $t->shop($o);
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, apply => JSON::PP::true);
press($o, 'remove', item => $before->{line_items}[1]{name});
ok done($o), 'the store does it, and its answer is lost';
is $t->decision($o)->{applied}, 'done', 'which is found';
ok $t->settled, 'and';
is scalar @{$t->shop($o)->{line_items}}, 1, 'is not done again';
is join(',', map { 0 - $_->{total} } @{$t->shop($o)->{refunds}}), 0 + $before->{line_items}[1]{total}, 'and paid back once';
$t->store_fault;

# shipped meanwhile

$o = $t->buy(customer => 'ada', billing => {email => 'eight@shop.test'}, status => 'processing');
$page = $t->get(uri($o));
$t->kill_now('worker');
$t->post(uri($o), [[ordersave_reason => 'mistake'], ['ordersave_ask:mistake:address:city' => 'Hamburg'], [ordersave_do => 'accept:address'], [ordersave_token => OrderSave::Nginx::token($page)]]);
$t->{demo}->api('PUT', '/orders/' . $t->id($o), {status => 'completed'});
$t->start_worker;
ok done($o), 'an order that has left meanwhile';
is $t->decision($o)->{applied}, 'refused', 'is not changed';
is $t->shop($o)->{shipping}{city}, 'Port Elise', 'at all';
ok mail($o, 'About your offer'), 'and the buyer is told';
unlike $t->get(uri($t->buy(customer => 'ada', status => 'completed')))->{body}, qr/accept:address/, 'and is not offered it later';

# a campaign that has no such action is refused

$campaign->{offers}[5]{give}{request}{by} = 'api';
$t->write('wrong.json', encode_json($campaign));
$t->write('wrong-worker.json', encode_json({%{decode_json($t->read('worker.json'))}, stores => {shop => {campaign => 'wrong.json'}}}));
my $said = `$t->{worker} -t -c @{[$t->path('wrong-worker.json')]} 2>&1`;
like $said, qr{wrong\.json:.*/offers/5/give/request/by.*expected a "for", and an action of that name in /api/actions}, 'an action that is not there is told by its place';

$t->stop;
done_testing;
