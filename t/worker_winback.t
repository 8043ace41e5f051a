# Whoever cancelled is asked back once, days later, with a code of their own: only
# those who agreed to advertising, and nobody who has ordered again, complained or
# left.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {caps => {email => '1s'}, locales => ['en', 'fr', 'id', 'ko'],
    follow_up => {win_back => {after => '14d', pool => 'back', percent => '10', expires => '30d', url => '/shop'}}})->start(no_worker => 1);
$t->configure(share => $t->{share});    # the mails that come with ordersave
$t->start_worker;
$t->write('codes', join '', map { "BACK-$_\n" } 1 .. 4);
is +($t->ctl('coupons', 'load', 'back', $t->path('codes')))[0], 0, 'four codes';

my $n = 0;
sub cancelled {
    my (%o) = @_;
    my $o = $t->buy(customer => 'ada', status => 'pending', consent => {email => 'yes'}, billing => {email => 'gone' . ++$n . '@shop.test', country => 'GB'}, %o);
    $t->tell($o, kind => 'exposed', arm => $o{arm} // 'treatment');
    $t->tell($o, kind => 'asked', via => 'page', reason => 'costs', owner => JSON::PP::true) unless $o{not_asked};
    changed($o, status => 'cancelled');
    return $o;
}
sub changed {
    my ($o, %change) = @_;
    $t->settled;
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", \%change);
    $t->webhook($json);
    $t->settled;
}
sub waits { my ($o) = @_; return scalar grep { $_->{purpose} eq 'win_back' && $_->{order} eq "shop/$o->{order}{id}" } values %{$t->all('jobs')} }
sub asked_back { my ($o) = @_; return $t->mails(0, to => $o->{order}{billing}{email}, subject => 'come back') }

my $one = cancelled();
my $two = cancelled(locale => 'fr');
my ($job) = grep { $_->{purpose} eq 'win_back' } values %{$t->all('jobs')};
cmp_ok abs($t->due_at($job) / 1000 - time - 14 * 86400), '<', 60, 'two weeks later';
is $job->{class}, 'marketing', 'it is advertising';
my $plain = cancelled(consent => {});
my $self = cancelled(not_asked => 1);
is waits($self), 0, 'an order that the shop cancelled';
my $held = cancelled(arm => 'holdout');
is waits($held), 0, 'the holdout';
my $elsewhere = $t->{demo}->order(customer => 'ada', status => 'pending', billing => {email => 'market@shop.test', country => 'GB'}, consent => {email => 'yes'});
$t->webhook({%{$elsewhere->{order}}, created_via => 'ebay'}, topic => 'order.created');
$t->wait_for('it', sub { $t->record($elsewhere) });
$t->tell($elsewhere, kind => 'asked', via => 'page');
$t->settled;
is waits($elsewhere), 0, 'and one of a marketplace are not asked back';
my $cross = cancelled();
$t->tell($cross, kind => 'scored', score => 1);
my $back = cancelled();
changed($back, status => 'processing');
my $again = cancelled();
my $left = cancelled();
$t->redis('SET', $t->key('suppress:shop/' . $t->record($left)->{customer}, 'shop/' . $t->record($left)->{customer}), '1');
$t->settled;
is waits($cross), 0, 'who complains: not any more';
is waits($one), 1, 'who does not: still';
sleep 1;    # an order of the same second is not a later one
my $newer = $t->buy(customer => 'ada', consent => {email => 'yes'}, billing => {email => $again->{order}{billing}{email}, country => 'GB'});
$t->settled;
ok $t->wait_for('it', sub { !waits($again) }), 'who orders again: not any more';

$t->elapse(14 * 86400 + 1);
ok $t->wait_for('the mails', sub { asked_back($one) && $t->mails(0, to => 'gone2@shop.test', subject => 'Envie de revenir') }), 'two weeks later';
ok $t->settled, 'all is sent';
my ($mail) = asked_back($one);
like $mail->{text}, qr/10% off with this code: BACK-[1-4]\nGood until \w+ \d+, 20\d\d\./, 'a code, and how long it is good';
like $mail->{text}, qr{Order again: http\S+/shop$}m, 'and the way back';
like $mail->{text}, qr{No more offers by email: http\S+/unsubscribe/}, 'and the way out';
my ($french) = $t->mails(1, to => 'gone2@shop.test');
my @codes = map { $_->{text} =~ /(BACK-\d)/ } $mail, $french;
is scalar(@codes), 2, 'each has a code';
isnt $codes[0], $codes[1], 'of their own';
for my $not (['who did not agree', $plain], ['who was cancelled by the shop', $self], ['who complained', $cross], ['who has it after all', $back],
    ['who ordered again', $again], ['who left', $left], ['the holdout', $held]) {
    is scalar(my @none = asked_back($not->[1])), 0, "nothing to $not->[0]";
}
like +($t->ctl('coupons', 'count'))[1], qr{^shop/back\t2 in stock}m, 'and no code is spent on them';

# a mail that is tried again has the same code

my $twice = cancelled();
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'mail', reply => '451 4.3.0 later', times => 2});
$t->elapse(14 * 86400 + 1);
ok $t->wait_for('it', sub { asked_back($twice) }), 'one more, after two tries that failed';
like +($t->ctl('coupons', 'count'))[1], qr{^shop/back\t1 in stock}m, 'for one code';
$t->settled;

# none is left

my @rest = map { cancelled() } 1 .. 2;
$t->elapse(14 * 86400 + 1);
ok $t->wait_for('the counter', sub { $t->count('no_code') == 1 }), 'the last one has no code';
$t->settled;
is scalar(grep { asked_back($_) } @rest), 1, 'and is not asked';
like $t->log, qr/shop: no code is left for win_back/, 'which the log says';

$t->stop;
done_testing;
