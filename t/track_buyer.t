# Who is told, and who is not: the buyer at the address that the order has now,
# on the channels he agreed to; nobody of old news, imports, cancelled orders.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $sms = {sms => JSON::PP::true};
my $t = OrderSave::Track->new(campaign => {track => {
    page => '/my-account/view-order/{{order.id}}/?n={{order.number}}',
    short_path => '/',
    messages => {map { $_ => $sms } qw(out_for_delivery delivered delayed)}}})
    ->start;

sub change {
    my ($o, %new) = @_;
    my (undef, $order) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
    my $billing = delete $new{billing} // {};
    $t->webhook({%$order, date_modified_gmt =>
                     OrderSave::Track::iso(time + 2 + $t->{changes}++)
                     =~ s/Z$//r,
                 %new, billing => {%{$order->{billing}}, %$billing}});
}

sub bought {
    my ($email, %new) = @_;
    my $o = $t->buy(customer => 'ada', status => 'processing',
        billing => {email => $email, phone => '+4930901820'}, %new);
    $t->ship($o, uc 'P1-' . ($email =~ s{\W}{-}gr));
    $t->wait_for('the parcel', sub { $t->parcel($o, uc 'P1-' . ($email =~ s{\W}{-}gr)) });
    return $o;
}

# the address at sending counts, and older links are void
my $o = bought('old@shop.test', consent => {sms => 'yes'});
is $t->track($o)->{links}, undef, 'links as they were made first';
change($o, billing => {email => 'new@shop.test'}, status => 'completed');
ok $t->wait_for('the change', sub { ($t->track($o)->{links} // 0) == 1 }),
    'another address: older links are void';
change($o, billing => {email => 'NEW@shop.test'}, status => 'completed');
$t->settled;
is $t->track($o)->{links}, 1, 'the same in other letters is no other';
$t->aftership('P1-OLD-SHOP-TEST', 'OutForDelivery');
my ($mail) = $t->mails(1, subject => 'Out for delivery');
is lc $mail->{to}[0], 'new@shop.test', 'the new one is told';
like $mail->{text}, qr{: http://127\.0\.0\.1:\d+/my-account/view-order/$o->{order}{id}/\?n=$o->{order}{number}\n},
    'with the store\'s own page';
is scalar $t->mails(0, to => 'old@shop.test'), 0,
    'the old one is not';

# the short link is bound to what is good now
my ($text) = $t->texts(1);
like $text->{text}, qr{ http://127\.0\.0\.1:\d+/[\w-]{14}$},
    'a short link where the campaign wants it';
my ($code) = $text->{text} =~ /([\w-]{14})$/;
is decode_json($t->redis('GET', $t->key("link:shop/$code",
                                        "shop/$code")))->{links}, 1,
    'bound to the links that are good now';
bought('q@shop.test');
$t->aftership('P1-Q-SHOP-TEST', 'OutForDelivery');
is scalar $t->mails(1, to => 'q@shop.test'), 1, 'who did not consent';
$t->settled;
is scalar $t->texts(0), 1, 'gets no SMS';

# a jump: the newest alone
my $j = bought('j@shop.test');
$t->ctl('pause');
$t->wait_for('the pause', sub { $t->log =~ /deliveries are paused/ });
$t->aftership('P1-J-SHOP-TEST', 'OutForDelivery', at => time - 30);
$t->aftership('P1-J-SHOP-TEST', 'AttemptFail', at => time - 20);
$t->aftership('P1-J-SHOP-TEST', 'Delivered', at => time - 10);
$t->wait_for('it', sub {
    $t->parcel($j, 'P1-J-SHOP-TEST')->{milestone} eq 'delivered' });
$t->ctl('resume');
$t->settled;
my @told = $t->mails(1, to => 'j@shop.test');
is scalar @told, 1, 'after a jump there is one mail';
like $told[0]{subject}, qr/^Delivered/, 'of the newest';

# old news
my $old = bought('past@shop.test');
$t->aftership('P1-PAST-SHOP-TEST', 'OutForDelivery', at => time - 2 * 86400);
$t->wait_for('it', sub {
    $t->parcel($old, 'P1-PAST-SHOP-TEST')->{milestone} eq 'out_for_delivery' });
$t->aftership('P1-PAST-SHOP-TEST', 'Delivered', at => time - 86500);
ok $t->wait_for('it', sub {
    $t->parcel($old, 'P1-PAST-SHOP-TEST')->{milestone} eq 'delivered' }),
    'yesterday\'s scans are known';

# a cancelled order
my $c = bought('gone@shop.test');
change($c, status => 'cancelled');
$t->wait_for('the cancel', sub { $t->record($c)->{state} eq 'cancelled' });
$t->aftership('P1-GONE-SHOP-TEST', 'OutForDelivery');
$t->aftership('P1-GONE-SHOP-TEST', 'AttemptFail', at => time + 1);
ok $t->wait_for('it', sub {
    ($t->parcel($c, 'P1-GONE-SHOP-TEST')->{side} // '') eq 'attempt_failed' }),
    'a cancelled order\'s parcel is followed';
is_deeply [grep { $_->{order} eq "shop/$c->{order}{id}"
                  && $_->{purpose} ne 'cancelled' }
           values %{$t->all('jobs')}], [], 'nothing is planned for it';

# day one: a store's orders of last month come in
my $month = $t->{demo}->order(customer => 'grace', locale => 'en');
$t->webhook({%{$month->{order}}, status => 'completed',
    billing => {%{$month->{order}{billing}}, email => 'month@shop.test'},
    date_modified_gmt => OrderSave::Track::iso(time - 30 * 86400) =~ s/Z$//r});
$t->wait_for('it', sub { $t->record($month) });
is $t->track($month)->{milestone}, 'shipped', 'an order of last month';

$t->settled;
for my $who (qw(past gone month)) {
    is scalar $t->mails(0, to => "$who\@shop.test"), 0,
        "nobody is told: $who";
}

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
