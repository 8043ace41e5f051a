# The mail that follows a cancel answers the reason that was given: thanks for it, the
# shop's words to it, its own code for those who agreed to advertising.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new(campaign => {locales => ['en', 'fr', 'id', 'ko'], follow_up => {cancelled => {after => '1s', next_order => 'ALL5', reorder_url => '/shop', reasons => {
    costs => {text => {en => 'Prices <fell>', fr => 'Les prix ont baissé'}, next_order => 'LESS10', next_order_percent => '10'},
    delivery_time => {text => 'We ship within a day', reorder_url => '/fast'}}}}})->start(no_worker => 1);
$t->configure(share => $t->{share});
$t->start_worker;

my $n = 0;
sub mail {
    my ($reason, %o) = @_;
    my $o = $t->buy(customer => 'ada', status => 'pending', consent => {email => 'yes'}, %o, billing => {email => 'c' . ++$n . '@shop.test', country => 'GB', %{$o{billing} // {}}});
    $t->tell($o, kind => 'exposed', arm => $o{arm} // 'treatment');
    $t->tell($o, kind => 'asked', via => 'page', owner => JSON::PP::true, ($reason ? (reason => $reason) : ()));
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
    $t->webhook($json);
    return ($t->mails(1, to => $o->{order}{billing}{email}))[0];
}

my $mail = mail('costs');
like $mail->{text}, qr/Thank you for telling us why: “The total cost is too high”/, 'thanks for the reason';
like $mail->{text}, qr/^Prices <fell>$/m, "the shop's answer to it";
like $mail->{html}, qr/>Prices &lt;fell&gt;</, 'as text';
like $mail->{text}, qr/10% off with this code: LESS10/, 'its own code';
unlike $mail->{text}, qr/ALL5|May we ask why/, 'and nothing that is for others';
like $mail->{text}, qr{/shop$}m, 'with the way back that is for all';
$mail = mail('delivery_time');
like $mail->{text}, qr/We ship within a day/, 'another reason, other words';
like $mail->{text}, qr{/fast$}m, 'and another way back';
like $mail->{text}, qr/code: ALL5/, 'with the code for all';
$mail = mail('costs', consent => {});
like $mail->{text}, qr/Prices <fell>/, 'who did not agree to advertising reads the words';
unlike $mail->{text}, qr/LESS10|ALL5/, 'and gets no code';
unlike $mail->{text}, qr{/shop$}m, 'nor the way back, which is advertising where a country asks for consent';
like mail('costs', consent => {}, billing => {country => 'SG'})->{text}, qr{/shop$}m, 'as some do not';
$mail = mail('costs', billing => {email => 'x' . ++$n . '@marketplace.amazon.co.uk'});
unlike $mail->{text}, qr{fell|LESS10|ALL5|/shop$}m, 'a buyer of a marketplace gets none of it, whatever was agreed to';
my $left = $t->buy(customer => 'ada', status => 'pending', consent => {email => 'yes'}, billing => {email => 'left@shop.test', country => 'DE'});
$t->tell($left, kind => 'asked', via => 'page', owner => JSON::PP::true, reason => 'costs');
$t->tell($left, kind => 'withdrawal', statement => '~w1', name => 'Ada', email => 'left@shop.test', proven => JSON::PP::true);
$t->webhook(($t->{demo}->api('PUT', "/orders/$left->{order}{id}", {status => 'cancelled'}))[1]);
ok $t->wait_for('the statement', sub { $t->record($left)->{track}{quiet} }), 'who has withdrawn';
my ($bye) = grep { $_->{subject} =~ m{is cancelled} } $t->mails(2, to => 'left@shop.test');
unlike $bye->{text} // '/shop', qr{fell|LESS10|ALL5|/shop$}m, 'gets none of it either';
unlike mail('costs', arm => 'holdout')->{text}, qr/fell|LESS10/, 'the holdout neither';
$mail = mail('');
like $mail->{text}, qr/May we ask why/, 'who gave no reason is asked';
unlike $mail->{text}, qr/Thank you for telling/, 'and not thanked for it';
unlike mail('other')->{text}, qr/Thank you for telling|May we ask/, 'nor is who had another one';
for my $locale (qw(fr id ko)) {
    my $said = mail('costs', locale => $locale)->{text};
    unlike $said, qr/\{\{|mail\.reason/, "$locale: all is said";
}

$t->stop;
done_testing;
