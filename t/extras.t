# Once all has arrived: codes of the buyer's own from the pools, on the tracking
# page and in the mail; a friend who buys with one earns its owner another.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    site => 'https://shop.test', review => {after => '1h'},
    extras => {news => JSON::PP::true,
        referral => {text => 'Pass it on:', pool => 'friends', reward => {pool => 'thanks', percent => '15', expires => '60d', most => 2}},
        two_for_one => {text => 'Two for one:', pool => 'pairs'},
        next_order => {text => 'For all:', code => 'NEXT10'}},
    track => {messages => {map { $_ => {email => JSON::PP::false} } qw(out_for_delivery delivered_all returned)}},
});
$t->start;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

sub load { my ($pool, @codes) = @_; $t->write("$pool.txt", join "\n", @codes, ''); return ($t->ctl('coupons', 'load', $pool, $t->path("$pool.txt")))[0] }
is load(friends => map { "Friend-$_" } 1 .. 9), 0, 'a pool of codes to pass on';
is load(pairs => 'PAIR-1'), 0, 'one of codes for two';
is +($t->ctl('coupons', 'load', 'nobody', $t->path('pairs.txt')))[0], 1, 'a pool that nobody takes from is refused';
my (undef, $count) = $t->ctl('coupons', 'count');
like $count, qr/friends.*9/, 'count knows them';
like $count, qr/thanks.*0/, 'and that one is empty';

sub bought {
    my ($name, %o) = @_;
    my $order = $t->buy(customer => 'ada', consent => {email => 'yes'}, billing => {email => "$name\@shop.test", country => 'DE'}, %o);
    $t->settled;
    return $order;
}
sub arrives {
    my ($order, $number) = @_;
    $t->ship($order, $number);
    $t->wait_for('the parcel', sub { $t->parcel($order, $number) });
    $t->aftership($number, 'Delivered');
    ok $t->settled, "$number has arrived";
    return $order;
}
# The order, paid for and sent, as the store tells of it.
sub with_code {
    my ($order, $code, %o) = @_;
    my (undef, $now) = $t->{demo}->api('PUT', "/orders/$order->{order}{id}", {status => 'completed'});
    return sub { $t->webhook({%$now, coupon_lines => [{code => lc $code}], date_paid_gmt => '2026-01-01T00:00:00', date_modified_gmt => OrderSave::Track::iso(time + $_[0]) =~ s{Z$}{}r, %o}) };
}
sub panel {
    my ($order) = @_;
    my ($mail) = $t->mails(1, to => $t->record($order)->{email}, subject => 'Delivered');
    my ($uri) = $mail->{text} =~ m{https://shop\.test(/ordersave/track/\S+)};
    my $page = $t->get($uri // '/');
    is $page->{status}, 200, 'its page';
    return $page->{body};
}

my $ann = bought('ann');
is $t->track($ann)->{extras}, undef, 'nothing before it has arrived';
arrives($ann, 'A1');
ok $t->wait_for('codes', sub { keys %{$t->track($ann)->{extras} // {}} == 2 }), 'then it has codes of its own';
my $code = $t->track($ann)->{extras}{referral};
like $code, qr/^Friend-\d$/, 'one from the pool';
my $page = panel($ann);
like $page, qr/Pass it on: <b><bdi>$code</, 'it is on the page';
like $page, qr/Two for one: <b><bdi>PAIR-1</, 'so is the other';
like $page, qr/For all: <b><bdi>NEXT10</, 'and one for everybody';
$t->elapse(3600);
ok $t->settled, 'a while later';
my ($ask) = $t->mails(1, to => 'ann@shop.test', subject => 'How do you like');
like $ask->{text}, qr/Pass it on: $code/, 'the mail has it as well';

my $bob = arrives(bought('bob'), 'B1');
ok $t->wait_for('a code', sub { $t->track($bob)->{extras}{referral} }), 'another buyer';
isnt $t->track($bob)->{extras}{referral}, $code, 'has another code';
unlike panel($bob), qr/Two for one/, 'and what has run out is not spoken of';
is load(pairs => 'PAIR-2'), 0, 'until there is more';
$t->elapse(7200);
ok $t->wait_for('the other', sub { ($t->track($bob)->{extras}{two_for_one} // '') eq 'PAIR-2' }), 'which is looked for again';

# who asked for help is left alone

$t->tell($bob, kind => 'help', text => 'It is broken');
ok $t->settled, 'help';
$page = panel($bob);
unlike $page, qr/Pass it on|Two for one|For all/, 'whoever needs help is shown none of it';
unlike $page, qr{/ordersave/news/}, 'nor asked whether news are wanted';

# a friend buys

my $friend = bought('friend');
my $tells = with_code($friend, $code);
$tells->(5);
ok $t->settled, 'a friend has bought with the code';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 0, 'the pool of thanks is empty: it waits';
is load(thanks => map { "THX-$_" } 1 .. 9), 0, 'it is filled';
$t->elapse(3600);
my ($thanks) = $t->mails(1, to => 'ann@shop.test', subject => 'Your friend has ordered');
like $thanks->{text}, qr/THX-\d/, 'the owner of the code gets another one';
like $thanks->{text}, qr/15/, 'is told what it is worth';
unlike $thanks->{text}, qr/friend\@shop\.test|unsubscribe/i, 'not who it was; and it is no advertising';
$tells->(9);
$tells->(12);
ok $t->settled, 'told of again';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 1, 'once for each friend';

with_code(bought('ann'), $code)->(5);
ok $t->settled, 'a second order of her own';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 1, 'earns nothing';
with_code(bought('unpaid'), $code, date_paid_gmt => undef, status => 'on-hold')->(5);
with_code(bought('other'), 'Friend-77')->(5);
ok $t->settled, 'nor does one that is not paid for, or another code';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 1, 'anything';
with_code(bought("more$_"), $code)->(5) for 1 .. 3;
ok $t->settled, 'three more';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 2, 'the campaign says how often';

# whoever is erased passes nothing on any more

my $friends = sub { scalar grep { /friend:shop\/\L$code/ } @{$t->redis('KEYS', '*')} };
is $friends->(), 1, 'whose code it is, is known';
is +($t->ctl('erase', 'ann@shop.test'))[0], 0, 'she is erased';
is $friends->(), 0, 'and is not, after that';
with_code(bought('late'), $code)->(5);
ok $t->settled, 'a friend who comes after that';
is scalar($t->mails(0, to => 'ann@shop.test', subject => 'Your friend has ordered')), 2, 'earns nobody anything';

$t->stop;
done_testing;
