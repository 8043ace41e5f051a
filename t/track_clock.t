# Watches: an order that does not leave, a parcel that nobody scans; each is
# told with a way to cancel. Our own estimate, once there is a history.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    utc_offset => '+07:00',
    track => {alerts => {not_shipped => '1h', no_scan => '2h'}}})->start;

sub watches { grep { $_->{purpose} eq 'watch' } values %{$t->all('jobs')} }

# When the one watch is over, in seconds.
sub ends {
    my ($watch) = watches() or return 0;
    return ($t->due_at($watch) // 0) / 1000;
}

# What is known of an order happened so much earlier, and its watches end so
# much earlier.
sub long_ago {
    my ($o, $seconds) = @_;
    my $record = $t->record($o);
    my $track = $record->{track};

    $record->{placed} -= $seconds;
    $_ -= $seconds for values %{$track->{at}};
    for my $parcel (@{$track->{parcels} // []}) {
        $parcel->{scan} -= $seconds;
        $_ -= $seconds for values %{$parcel->{at}};
    }
    $t->redis('SET', $t->order_key($t->id($o)), encode_json($record));
    $t->elapse($seconds);
}

my $o = $t->buy(customer => 'ada', status => 'processing',
                billing => {email => 'ada@shop.test'});
is scalar watches(), 1, 'a paid order is watched';

my $unpaid = $t->buy(customer => 'grace', status => 'pending');
my $download = $t->{demo}->order(customer => 'grace', status => 'processing');
$t->webhook({%{$download->{order}}, shipping_lines => []});
$t->wait_for('the download', sub { $t->record($download) });
is $t->record($download)->{delivery}, 'none', 'nothing is to be sent';
is scalar watches(), 1, 'neither an unpaid one nor a download is';

# a watch that ran out too early is set again
my $end = ends();
$t->elapse(3600);
ok $t->wait_for('the watch', sub { watches() == 1 && ends() == $end }),
    'what is looked at too early is looked at again';
is scalar $t->mails(0, subject => 'has not left yet'), 0, 'and nobody is told';

long_ago($o, 3600);
my ($mail) = $t->mails(1, subject => 'has not left yet');
is $mail->{to}[0], 'ada@shop.test', 'it did not leave in time';
like $mail->{text}, qr/do not have a new date yet/, 'the truth about the date';
like $mail->{text}, qr/we will cancel the order and refund you in full/,
    'and how to be refunded';
like $mail->{text}, qr{/ordersave/answer/}, 'and where';

$t->ship($o, 'STALL1');
$t->aftership('STALL1', 'InTransit');
$t->settled;
is scalar watches(), 1, 'a parcel is watched';
long_ago($o, 1800);
$end = ends();
$t->aftership('STALL1', 'InTransit', arrival => '2099-01-02');
$t->settled;
$t->elapse(5400);
ok $t->wait_for('the alarm to move', sub { ends() > $end + 1000 }),
    'a scan puts the alarm off';
is scalar $t->mails(0, subject => 'No news'), 0, 'and nobody is told';
long_ago($o, 7200);
my ($stalled) = $t->mails(1, subject => 'No news');
like $stalled->{text}, qr/Jan 2/, 'with the date that is known';
like $stalled->{text}, qr/we will cancel the order/, 'and the means to cancel';

$t->settled;
is scalar watches(), 0, 'told once, watched no more';
is scalar $t->mails(0, subject => 'No news'), 1, 'indeed once';

# put off: delayed
$t->aftership('STALL1', 'InTransit', at => time, arrival => '2099-01-09',
              event => 'edd_revise');
my ($late) = $t->mails(1, subject => 'will arrive later');
like $late->{text}, qr/New expected arrival: .*Jan 9/, 'put off: the new date';
like $late->{text}, qr/we will cancel the order/, 'and the means to cancel';

# an estimate: nothing under twenty parcels, then p50 to p90
my $key = $t->key('transit:shop/ups/DE', 'shop/ups/DE');
$t->redis('HSET', $key, 2, 10, 4, 8, 9, 1);

sub shipped {
    my ($number) = @_;
    my $new = $t->buy(customer => 'ada', status => 'processing',
                      shipping => {country => 'DE'},
                      billing => {country => 'DE', email => 'e@shop.test'});
    $t->ship($new, $number);
    $t->wait_for('the parcel', sub { $t->parcel($new, $number) });
    return $new;
}

my $few = shipped('FEW1');
$t->settled;
is $t->parcel($few, 'FEW1')->{arrival}, undef, 'nineteen parcels: none';

# a parcel that arrives is the twentieth
$t->aftership('FEW1', 'Delivered');
ok $t->wait_for('the history', sub { $t->redis('HGET', $key, 0) }),
    'a delivery is learnt from';
$t->aftership('FEW1', 'Delivered', text => 'again');
$t->settled;
is $t->redis('HGET', $key, 0), 1, 'once';
cmp_ok $t->redis('TTL', $key), '>', 86400, 'not for ever';

my $own = shipped('OWN1');
ok $t->wait_for('the estimate', sub { $t->parcel($own, 'OWN1')->{arrival} }),
    'twenty: an estimate';
my $day = sub { OrderSave::Track::iso(time + 7 * 3600 + 86400 * $_[0])
                =~ s/T.*//r };
is_deeply $t->parcel($own, 'OWN1')->{arrival},
    {from => $day->(2), to => $day->(4), by => 'own'},
    'from half to nine tenths of them, in the shop\'s own days';
is $t->track($own)->{arrival}{by}, 'own', 'for the order as well';

is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
