# What must not be sent is not, and what must wait waits: quiet hours by the
# recipient's clock, who left, and the offers of a follow-up to who left.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

# an hour that is quiet now, and one that is not
my $minute = sub { strftime('%H:%M', gmtime(time + 60 * $_[0])) };
my $t = OrderSave::Track->new(campaign => {
    quiet => {from => '00:00', until => '00:00', countries => {
        GB => {from => $minute->(-30), until => $minute->(90)}}},
    follow_up => {cancelled => {after => '1s', email => JSON::PP::true, next_order => 'NEXT5'}},
    track => {messages => {out_for_delivery => {sms => JSON::PP::true, email => JSON::PP::false}}}})->start;

sub order {
    my ($number, %o) = @_;
    my $order = $t->buy(customer => 'ada', consent => {sms => 'yes', email => 'yes'}, %o);
    $t->ship($order, $number);
    $t->wait_for('the parcel', sub { $t->parcel($order, $number) });
    return $order;
}

# quiet hours (GB is UTC in November)

my $sleeper = order('GB1', billing => {phone => '+447700900123', country => 'GB', email => 'gb@shop.test'});
$t->aftership('GB1', 'OutForDelivery');
ok $t->counted('quiet', 1), 'an SMS at night';
is scalar(my @none = $t->texts(0)), 0, 'is not sent';
my ($job) = grep { $_->{channel} eq 'sms' } values %{$t->all('jobs')};
ok $job, 'nor dropped';
is $job->{tries} // 0, 0, 'it is no failed try';
my $due = $t->due_at($job) // 0;
cmp_ok $due / 1000 - time, '>', 60 * 60, 'it waits';
cmp_ok $due / 1000 - time, '<', 105 * 60, 'until the morning';

my $awake = order('DE1', billing => {phone => '+4915112345678', country => 'DE', email => 'de@shop.test'});
$t->aftership('DE1', 'OutForDelivery');
is scalar(my @one = $t->texts(1)), 1, 'elsewhere it is day';

# who answered STOP

my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
sub hash { substr encode_base64url(hmac_sha256("shop\0$_[0]", $key)), 0, 22 }
sub suppress { my ($who, $what) = @_; $t->redis('SET', $t->key('suppress:shop/' . hash($who), 'shop/' . hash($who)), $what) }

suppress('+4915112345679', 'all');
my $gone = order('DE2', billing => {phone => '+4915112345679', country => 'DE', email => 'de2@shop.test'});
$t->aftership('DE2', 'OutForDelivery');
ok $t->counted('suppressed', 1), 'who answered STOP';
is scalar(my @still = $t->texts(1)), 1, 'gets no SMS';

# who wants no offers still hears of the order

suppress('left@shop.test', 'marketing');
for my $who ('left@shop.test', 'stays@shop.test') {
    my $o = $t->buy(consent => {email => 'yes'}, billing => {email => $who, country => 'DE'});
    $t->tell($o, kind => 'asked', via => 'page');
    $t->wait_for('asked', sub { $t->record($o)->{save}{asked} });
    my (undef, $order) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
    $t->webhook($order);
    my ($mail) = $t->mails(1, to => $who, subject => 'cancelled');
    ok $mail, "the mail about the cancel reaches $who";
    if ($who =~ /left/) { unlike $mail->{text}, qr/NEXT5/, 'without the offer' }
    else { like $mail->{text}, qr/NEXT5/, 'with the offer' }
}

$t->stop;
done_testing;
