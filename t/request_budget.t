# What whoever approves a request takes off comes out of the offer's budget, once,
# and goes back with what becomes nothing.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {site => 'https://shop.test', requests => {answer_within => '24h'}, refund => {by => 'api'}, offers => [
    {id => 'match', reasons => ['*'], give => {request => {for => 'match', off => {percent => '50'}}}, limit => {budget => {EUR => '6.00'}}},
    {id => 'dollars', reasons => ['*'], give => {request => {for => 'match', off => {percent => '50'}}}, limit => {budget => {USD => '6.00'}}}]};
$t->start(no_worker => 1);
$t->write('keys', $t->read('keys') . "support:the code of support\n");
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo . "\nordersave_staff \$arg_user;\n");

sub asks {
    my ($name, %o) = @_;
    my $o = $t->buy(customer => 'ada', billing => {email => "$name\@shop.test"}, %o);
    $t->accept($o, offer => $o{offer} // 'match', kind => 'request', terms => {kind => 'request', give => 'request', for => 'match'}, said => {url => 'other.example', price => '20'}, reason => 'better_price');
    my ($mail) = $t->mails(1, subject => "Approve or decline: order $o->{order}{number}");
    return ($o, $mail->{text} =~ m{https://shop\.test(/ordersave/approve/\S+)});
}
sub left { my (undef, $said) = $t->ctl('coupons', 'count'); return $said =~ m{match/EUR\s+(\d+) in stock\s+(\d+) in shards} ? $1 + $2 : $said }
sub answer { my ($uri, $amount) = @_; return $t->post("$uri?user=eve", [[ordersave_do => 'approve'], [ordersave_amount => $amount]]) }
# its shard may have too little of the budget at first: the page says so, and the workers bring it
sub approves {
    my ($uri, $amount) = @_;
    my $answer;
    $t->wait_for('the budget', sub { ($answer = answer($uri, $amount))->{status} != 409 });
    return $answer;
}

my ($one, $uri) = asks('one');
like approves($uri, '5.00')->{body}, qr/is approved/, 'five are approved of six';
ok $t->wait_for('the store', sub { ($t->decision($one) // {})->{applied} eq 'done' }), 'and taken off';
is $t->decision($one)->{terms}{budget}, JSON::PP::true, 'of the budget';
is left(), 100, 'which has one left';

my ($two, $second) = asks('two');
my $refused = answer($second, '5.00');
is $refused->{status}, 409, 'five more are too much';
like $refused->{body}, qr/does not have that much/, 'the page says so';
like $refused->{body}, qr/value="5\.00"/, 'and asks again';
is $t->decision($two)->{verdict}, undef, 'nothing is decided';
my ($exit, $out, $err) = $t->ctl('request', 'approve', $t->id($two), '5.00');
is $exit, 1, 'nor from a shell';
like $err, qr/budget of the offer has less/, 'which says why';
is left(), 100, 'nothing was taken for it';
like approves($second, '1.00')->{body}, qr/is approved/, 'what there is may be taken';
is left(), 0, 'and is';

# what comes to nothing goes back

my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$one->{order}{id}", {status => 'cancelled'});
$t->webhook($gone);
ok $t->wait_for('it', sub { ($t->decision($one) // {})->{state} eq 'withdrawn' }), 'the order is cancelled after all';
is left(), 500, 'five are there again';
my ($three) = asks('three');
($exit, $out, $err) = $t->ctl('request', 'approve', $t->id($three), '5.00');
is $exit, 0, 'and can be approved from a shell, wherever they are' or diag $err;
is left(), 0, 'once';

# a budget without the order's currency allows nothing

my ($four, $third) = asks('four', offer => 'dollars');
unlike $t->get("$third?user=eve")->{body}, qr/ordersave_amount/, 'no amount is asked for';

$t->stop;
done_testing;
