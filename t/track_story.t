# A carrier's webhooks reach the buyer: mail and SMS once each, whatever comes
# twice or out of order; what must be done is said; the newest alone is told.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    track => {messages => {out_for_delivery => {sms => JSON::PP::true},
                           shipped => {email => JSON::PP::true,
                                       after => '1h'}}}})->start;

my $o = $t->buy(customer => 'ada', consent => {sms => 'yes'},
                billing => {email => 'ada@shop.test', phone => '030 901820',
                            country => 'DE'});
my $n = $o->{order}{number};

$t->ship($o, '1Z 999');
ok $t->wait_for('the parcel', sub { $t->parcel($o, '1Z999') }),
    'the store names a parcel';
is $t->parcel($o, '1Z999')->{milestone}, 'shipped', 'which has left';
sub planned { return grep { $_->{purpose} eq 'shipped' } values %{$t->all('jobs')} }
ok planned(), 'as will be told in an hour';

# three times, with an older word between
$t->aftership('1Z999', 'OutForDelivery', at => time - 60,
              place => 'Berlin') for 1 .. 2;
$t->aftership('1Z999', 'InTransit', at => time - 3600);
$t->aftership('1Z999', 'OutForDelivery', at => time - 50);

my @mails = $t->mails(1, to => 'ada@shop.test', subject => 'delivery');
my @texts = $t->texts(1);

is $mails[0]{subject}, "Out for delivery: your order $n", 'a mail';
like $mails[0]{text}, qr{http://127\.0\.0\.1:\d+/ordersave/track/k1\.},
    'with its link';
like $mails[0]{text}, qr/1Z999/, 'the number';
like $mails[0]{text}, qr/\Q$o->{order}{line_items}[0]{name}\E/,
    'what was bought';
like $mails[0]{html}, qr/<bdi>1Z999/, 'in HTML too';
like $texts[0]{text}, qr{order $n \(.+\) is out for delivery\. http://\S+/o/[\w-]{14}$},
    'and an SMS with a short link';

my ($code) = $texts[0]{text} =~ m{/o/([\w-]{14})$};
my $link = decode_json($t->redis('GET', $t->key("link:shop/$code", "shop/$code")));

is $link->{order}, $o->{order}{id}, 'that opens this order';
is $link->{links}, 0, 'as long as it is this buyer\'s';
cmp_ok $t->redis('TTL', $t->key("link:shop/$code", "shop/$code")), '>', 89 * 86400,
    'for 90 days';

$t->settled;
is scalar $t->mails(1, subject => 'delivery'), 1, 'one mail';
is scalar $t->texts(1), 1, 'one SMS';
ok !planned(), 'what had waited is stale by now';
is scalar $t->mails(0, subject => 'left'), 0, 'and was not told';
is $t->parcel($o, '1Z999')->{milestone}, 'out_for_delivery', 'only forward';

# it goes back: the buyer reads what he can do
$t->aftership('1Z999', 'Exception', subtag => 'Exception_011',
              text => 'Refused');
my ($back) = $t->mails(1, subject => 'back to us');

is $back->{subject}, "On its way back to us: your order $n", 'returned';
like $back->{text}, qr/within 7 days whether to send it again/,
    'what to do, until when';
like $back->{text}, qr{http://\S+/ordersave/answer/k1\.\S+}, 'and where';
like $back->{text}, qr/reply to this email/, 'or to whom';

$t->aftership('1Z999', 'Delivered', at => time + 5);
ok $t->wait_for('the last word', sub {
    @{$t->parcel($o, '1Z999')->{log}} == 4;
}), 'the carrier calls it delivered';
is $t->parcel($o, '1Z999')->{side}, 'returned', 'but to the sender';
is scalar $t->mails(0, subject => "Delivered"), 0,
    'nobody is told so';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
