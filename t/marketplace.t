# What was bought on another's marketplace: no review is asked for, nobody is
# advertised to or asked back, and the page offers no list, code or product; what
# the order needs goes out as ever.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    site => 'https://shop.test', review => {after => '1h'}, marketplaces => {methods => ['bigbazaar'], domains => ['buyers.example']},
    extras => {news => JSON::PP::true, referral => {text => 'Pass it on:', code => 'FRIEND'}},
    follow_up => {cancelled => {after => '1s', email => JSON::PP::true}, win_back => {after => '1h', pool => 'back'}},
    track => {messages => {map { $_ => {email => JSON::PP::false} } qw(out_for_delivery delivered_all returned)}},
});
$t->start;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
$t->write('back.txt', join "\n", map({ "BACK$_" } 1 .. 9), '');
is +($t->ctl('coupons', 'load', 'back', $t->path('back.txt')))[0], 0, 'codes to come back with';

my %from = (
    shop    => {billing => {email => 'ann@shop.test'}},
    store   => {billing => {email => 'bo@shop.test'}, created_via => 'ebay'},
    lent    => {billing => {email => 'x1y2z3@marketplace.amazon.de'}},
    domain  => {billing => {email => 'cy@Buyers.example'}},
    method  => {billing => {email => 'di@shop.test'}, payment_method => 'bigbazaar'},
);
my %order;
for my $name (sort keys %from) {
    my %more = %{$from{$name}};
    my $via = delete $more{created_via};
    $order{$name} = $t->buy(customer => 'ada', consent => {email => 'yes'}, %more, billing => {%{$more{billing}}, country => 'DE'});
    # the store says where it was bought, in all its answers
    my $number = uc "M1$name";
    if ($via) {
        my (undef, $now) = $t->{demo}->api('GET', "/orders/$order{$name}{order}{id}");
        $t->webhook({%$now, created_via => $via, date_modified_gmt => OrderSave::Track::iso(time + 1) =~ s{Z$}{}r});
        ok $t->wait_for('the mark', sub { $t->record($order{$name})->{marketplace} }), 'the store tells of a marketplace';
    }
    $t->ship($order{$name}, $number);
    $t->wait_for('the parcel', sub { $t->parcel($order{$name}, $number) });
    if ($via) {
        my $record = $t->record($order{$name});
        $t->redis('SET', $t->order_key($t->id($order{$name})), encode_json {%$record, marketplace => JSON::PP::true});
    }
    $t->aftership($number, 'Delivered');
}
ok $t->settled, 'all have arrived';
for my $name (sort keys %order) {
    my @mails = $t->mails(1, to => lc $from{$name}{billing}{email}, subject => 'Delivered');
    is scalar @mails, 1, "$name: told that it has arrived";
    my ($uri) = $mails[0]{text} =~ m{https://shop\.test(/ordersave/track/\S+)};
    my $page = $t->get($uri)->{body};
    my $mine = $name eq 'shop';
    is $page =~ /Pass it on:/ ? 1 : 0, $mine ? 1 : 0, "$name: a code for a friend";
    is $page =~ m{/ordersave/review/[^"#]+"} ? 1 : 0, $mine ? 1 : 0, "$name: a review";
    like $page, qr{/ordersave/review/[^"]+#help"}, "$name: help";
}
$t->elapse(3600);
ok $t->settled, 'a while later';
my @asked = $t->mails(1, subject => 'How do you like');
is_deeply [map { @{$_->{to}} } @asked], ['ann@shop.test'], 'one alone is asked for a review';

# cancelled ones: what has become of the money is told, nobody is asked back

my %gone = map { $_ => $t->buy(customer => 'ada', consent => {email => 'yes'}, %{$from{$_}}, billing => {%{$from{$_}{billing}}, email => "gone-$from{$_}{billing}{email}", country => 'DE'}) } qw(shop lent);
for my $name (sort keys %gone) {
    $t->tell($gone{$name}, kind => 'asked', via => 'page', reason => 'costs');
    my (undef, $body) = $t->{demo}->api('PUT', "/orders/$gone{$name}{order}{id}", {status => 'cancelled'});
    $t->webhook($body);
    is scalar(my @told = $t->mails(1, to => lc "gone-$from{$name}{billing}{email}", subject => 'cancelled')), 1, "$name: the cancel is told of";
}
$t->elapse(3600);
ok $t->settled, 'an hour later';
my @back = grep { $_->{text} =~ /BACK\d/ } $t->mails(0);
is_deeply [map { @{$_->{to}} } @back], ['gone-ann@shop.test'], 'one alone is asked back';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
