# An order that waits for its payment: one reminder, with the link, before the
# shop stops holding it. None to whoever has paid, cancelled or ordered again, none
# of a bank transfer, none too late.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {follow_up => {unpaid => {before => '1h', after => '1d', marketing_in => ['DE']}}})->start(no_worker => 1);
$t->configure(share => $t->{share});    # the mails that come with ordersave
$t->start_worker;

my $n = 0;
sub bought {
    my ($within, %o) = @_;
    my $o = $t->buy(customer => 'ada', billing => {email => 'buyer' . ++$n . '@shop.test', country => $o{country} // 'FR'},
        ($within ? (meta => {_ordersave_pay_by => time + $within}) : ()), %o);
    $t->settled;
    return $o;
}
sub reminders { my ($o) = @_; $t->settled; return scalar $t->mails(0, to => $o->{order}{billing}{email}, subject => 'waiting for your payment') }
sub waits { my ($o) = @_; return grep { $_->{purpose} eq 'unpaid' && $_->{order} eq "shop/$o->{order}{id}" } values %{$t->all('jobs')} }
sub changed {
    my ($o, %change) = @_;
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", \%change);
    $t->webhook($json);
    $t->settled;
}

my $o = bought(3 * 3600);
is reminders($o), 0, 'not at once';
my ($job) = waits($o);
ok $job, 'but it is planned';
cmp_ok abs($t->due_at($job) / 1000 - time - 2 * 3600), '<', 60, 'an hour before the end';
changed($o, customer_note => 'By the back door');
is scalar(my @planned = waits($o)), 1, 'once, whatever changes';
$t->elapse(2 * 3600 + 1);
my ($mail) = $t->mails(1, to => 'buyer1@shop.test', subject => 'waiting for your payment');
like $mail->{text}, qr{^Pay now: http\S+/order-pay/$o->{order}{id}}m, 'a mail with the link';
like $mail->{text}, qr/Please pay by/, 'and until when';
changed($o, customer_note => 'By the front door');
$t->elapse(7200);
is reminders($o), 1, 'one, and no more';

my $paid = bought(3 * 3600);
changed($paid, status => 'processing', set_paid => JSON::PP::true);
is scalar(my @none = waits($paid)), 0, 'paid: none is planned any more';
my $quiet = bought(3 * 3600);
$t->{demo}->api('PUT', "/orders/$quiet->{order}{id}", {status => 'processing', set_paid => JSON::PP::true});
my $gone = bought(3 * 3600);
changed($gone, status => 'cancelled');
is scalar(@none = waits($gone)), 0, 'cancelled: neither';
my $again = bought(3 * 3600, billing => {email => 'twice@shop.test', country => 'FR'});
my $newer = bought(3 * 3600, billing => {email => 'twice@shop.test', country => 'FR'});
my $transfer = bought(0, status => 'on-hold', payment_method => 'bacs');
is scalar(@none = waits($transfer)), 0, 'a bank transfer: none';
my $german = bought(3 * 3600, country => 'DE', consent => {});
my $agreed = bought(3 * 3600, country => 'DE', consent => {email => 'yes'});
my $late = bought(200);
is scalar(@none = waits($late)), 0, 'too little time is left: none';
my $soon = bought(4200);
($job) = waits($soon);
cmp_ok abs($t->due_at($job) / 1000 - time - 2100), '<', 60, 'a short hold: when half of it is over';
$t->elapse(2 * 3600 + 1);
is reminders($paid), 0, 'who has paid hears nothing';
is reminders($quiet), 0, 'nor who has paid a moment ago: the store is asked';
is reminders($gone), 0, 'nor who has cancelled';
my ($one) = $t->mails(1, to => 'twice@shop.test');
is reminders($again), 1, 'who has ordered again is reminded once';
like $one->{subject}, qr/\b$newer->{order}{number}\b/, 'of the newer one';
is reminders($german), 0, 'where it is advertising, nobody who did not agree to such';
is reminders($agreed), 1, 'but whoever did';
is reminders($soon), 1, 'and it comes';
is $t->count('ordered_again'), 1, 'counted';

my $open = $t->{demo}->order(customer => 'ada', billing => {email => 'open@shop.test', country => 'FR'});
$t->webhook({%{$open->{order}}, date_created_gmt => undef, meta_data => [grep { $_->{key} ne '_ordersave_pay_by' } @{$open->{order}{meta_data}}]}, topic => 'order.created');
$t->settled;
($job) = waits($open);
ok $job, 'no end is named: planned as well';
cmp_ok abs($t->due_at($job) / 1000 - time - 86400), '<', 120, 'a day after the order';

$t->stop;
done_testing;
