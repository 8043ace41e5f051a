# After delivery: the request for a review comes once, to who agreed to hear
# of such; trouble stops it until support says it is over; the shop hears of
# every review.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $sink = '';
my $t = OrderSave::Track->new(campaign => {
    site => 'https://shop.test',
    recommend => {}, review => {after => '1h', after_shipped => '2h', again_after => '1h', explore_url => '/shop/'},
    track => {messages => {map { $_ => {email => JSON::PP::false} } qw(out_for_delivery delivered delivered_all returned)}},
});
$t->write('hook', "hook-secret\n");
$t->{overrides}{webhooks} = [{url => 'http://127.0.0.1:9/', secret_file => $t->path('hook'), events => ['reviewed']}];
$t->start;

sub arrived {
    my ($number, %o) = @_;
    my $order = $t->buy(customer => 'ada', consent => {email => 'yes'}, billing => {email => "\L$number\@shop.test", country => 'DE'}, %o);
    $t->ship($order, $number);
    $t->wait_for('the parcel', sub { $t->parcel($order, $number) });
    $t->aftership($number, 'Delivered');
    return $order;
}
# Requests that came by now.
sub asks {
    my ($number) = @_;
    $t->settled;
    return $t->mails(0, to => "\L$number\@shop.test", subject => 'How do you like');
}

$t->write('feed.jsonl', join "\n", map { encode_json($_) } {id => 12, name => 'Mug', url => '/mug/', with => ['tea']},
    {id => 'tea', name => 'Green tea', url => '/tea/', image => '/tea.jpg', price => '7.50', currency => 'EUR'});
$t->ctl('catalog', 'import', $t->path('feed.jsonl'));
my $o = arrived('R1');
is scalar(asks('R1')), 0, 'not at once';
$t->elapse(3600);
my @mails = asks('R1');
is scalar @mails, 1, 'once all has arrived, a while later: a request';
like $mails[0]{subject}, qr/How do you like/, 'for a review';
like $mails[0]{text}, qr{https://shop\.test/ordersave/review/k1\.\S+\?stars=5}, 'with stars';
like $mails[0]{text}, qr{ordersave/review/k1\.\S+\#help}, 'and help, for everybody';
like $mails[0]{text}, qr{https://shop\.test/shop/}, 'and a way into the shop';
like $mails[0]{text}, qr{Green tea, €7\.50: https://shop\.test/tea/}, 'and products that fit';
like $mails[0]{html}, qr{src="https://shop\.test/tea\.jpg"}, 'with their pictures';
my %header = map { $_->[0] => $_->[1] } @{$mails[0]{headers}};
my ($leave) = ($header{'List-Unsubscribe'} // '') =~ m{<(https://shop\.test/ordersave/unsubscribe/[^>]+)>};
ok $leave, 'one can leave: List-Unsubscribe';
is $header{'List-Unsubscribe-Post'}, 'List-Unsubscribe=One-Click', 'by one click';
like $mails[0]{text}, qr/\Q$leave\E/, 'and by a link in the words';
$t->aftership('R1', 'Delivered', at => time - 5);
$t->settled;
$t->elapse(3600);
is scalar(asks('R1')), 1, 'and once only';

# who must not be asked

arrived('R2', consent => {});
my $back = arrived('R3');
$t->aftership('R3', 'Exception', subtag => 'Exception_011', at => time + 1, text => 'returned');
my $refunded = arrived('R4');
my (undef, $json) = $t->{demo}->api('PUT', "/orders/$refunded->{order}{id}", {status => 'refunded'});
$t->webhook({%$json, date_modified_gmt => OrderSave::Track::iso(time + 5) =~ s{Z$}{}r});
$t->settled;
$t->elapse(3600);
is scalar(asks('R2')), 0, 'not without consent';
is scalar(asks('R3')), 0, 'not whose parcel came back' or diag explain $t->track($back);
is scalar(asks('R4')), 0, 'not who was refunded';

# no carrier reports: longer after it left

my $quiet = $t->buy(customer => 'ada', consent => {email => 'yes'}, billing => {email => 'r5@shop.test', country => 'DE'});
my (undef, $sent) = $t->{demo}->api('PUT', "/orders/$quiet->{order}{id}", {status => 'completed'});
$t->webhook($sent);
$t->settled;
$t->elapse(7200);
is scalar(asks('R5')), 1, 'where no carrier speaks, after shipping';

# trouble first

my $help = arrived('R6');
$t->settled;
$t->tell($help, kind => 'help', text => 'It is broken');
my ($support) = $t->mails(1, to => 'help@shop.test', subject => 'needs help');
like $support->{text}, qr/It is broken/, 'support reads what is wrong';
is $support->{reply_to}, 'r6@shop.test', 'and answers the customer';
my ($mine) = $t->mails(1, to => 'r6@shop.test', subject => 'your question');
like $mine->{text}, qr/It is broken/, 'who has it in writing';
$t->elapse(3600);
is scalar(asks('R6')), 0, 'nobody asks for stars meanwhile';
my ($solved) = $support->{text} =~ m{(/ordersave/solved/\S+)};
ok $solved, 'support can say that it is solved';
$t->tell($help, kind => 'solved');
$t->settled;
$t->elapse(3600);
is scalar(asks('R6')), 1, 'then it is asked';
$t->tell($help, kind => 'solved');
$t->settled;
$t->elapse(3600);
is scalar(asks('R6')), 1, 'one more time, no more';

# trouble before the carrier says that it has arrived

my $early = $t->buy(customer => 'ada', consent => {email => 'yes'}, billing => {email => 'r7@shop.test', country => 'DE'});
$t->ship($early, 'R7');
$t->wait_for('the parcel', sub { $t->parcel($early, 'R7') });
$t->tell($early, kind => 'help', text => 'It is the wrong colour');
$t->settled;
$t->aftership('R7', 'Delivered');
$t->settled;
$t->elapse(7200);
is scalar(asks('R7')), 0, 'whoever has asked for help is not asked for stars when it arrives';
$t->tell($early, kind => 'solved');
$t->settled;
$t->elapse(3600);
is scalar(asks('R7')), 1, 'but when it is solved';

# a review

$t->tell($o, kind => 'reviewed', stars => 4, text => 'Good', title => 'Fine', product => '12', photo => 'shop-00.jpg');
ok $t->counted('reviewed.4', 1), 'a review is counted';
is $t->track($o)->{review}{stars}, 4, 'and noted';
my ($hook) = grep { $_->{purpose} eq 'reviewed' } values %{$t->all('jobs')};
ok $hook, 'the shop is told' or diag explain $t->all('jobs');
is_deeply $hook->{data}{reviewed}, {stars => 4, text => 'Good', title => 'Fine', product => '12', photo => 'shop-00.jpg'}, 'all of it';

$t->stop;
done_testing;
