# report --observed: what pages would have shown and messages would have been
# sent while a campaign observes, and what that would have cost at most.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {state => 'observe', follow_up => {cancelled => {after => '0s', email => JSON::PP::true}}})->start;
$t->configure(console => {database => 'console.db'});
my $bin = "$OrderSave::Nginx::ROOT/build";
sub report { system("$bin/ordersave-console", '-c', $t->path('worker.json'), '--once') == 0 or die 'no console'; return $t->ctl('--format', 'csv', @_, 'report', '--observed') }

my @o = map { $t->buy(customer => 'ada', total => '20.00') } 1 .. 3;
my @shown = (kind => 'exposed', mode => 'observe', arm => 'treatment', experiment => 'x');
$t->tell($o[0], @shown, offers => ['ten', 'less']);
$t->tell($o[0], @shown, offers => ['ten', 'less']);      # the same page again
$t->tell($o[1], @shown, offers => ['less']);
$t->tell($o[2], @shown, offers => ['gone']);             # the campaign has it no more
ok $t->counted('observed', 4), 'four pages';
my $order = $t->record($o[0]);
my ($ten, $less) = (int(($order->{total} - $order->{shipping}) / 10), 500);
is_deeply [map { [@$_{qw(offer cost)}] } @{$t->record($o[0])->{save}{observed}{offers}}], [[ten => $ten], [less => $less]], 'costs by the order as it is';

$t->tell($o[0], kind => 'asked');
$t->webhook(($t->{demo}->api('PUT', "/orders/$o[0]{order}{id}", {status => 'cancelled'}))[1]);
ok $t->counted('held.cancelled', 1), 'a mail is held';

my ($rc, $out, $err) = report();
is $rc, 0, 'the report' or diag $err;
is $out, "offer,currency,shown,cost\r\nless,EUR,2," . 2 * $less . "\r\ngone,EUR,1,0\r\nten,EUR,1,$ten\r\n", 'each order once for each offer';
($rc, $out) = report('--by', 'reason');
my $most = $ten > $less ? $ten : $less;
is $out, "reason,currency,shown,cost\r\ncosts,EUR,2," . ($most + $less) . "\r\n", 'for a reason the dearest of its offers, since a buyer takes one';
($rc, $out) = report('--by', 'message');
is $out, "message,channel,held\r\ncancelled,smtp,1\r\n", 'messages that were held';
($rc, $out, $err) = report('--by', 'arm');
is $rc, 2, 'nothing else';
like $err, qr/--by arm: expected one of offer, reason, message/, 'is told';
is scalar($t->mails(0)), 0, 'nobody was written to';

$t->stop;
done_testing;
