# The week as a mail to the shop, orders as a list, what happens line by line:
# against a ledger that this test keeps, and without an address.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new(campaign => {locales => ['en', 'fr', 'id', 'ko'], mail => {from => 'Test Shop <shop@shop.test>', support => 'help@shop.test', bounces => 'bounce@shop.test'}});
$t->start(no_worker => 1);
$t->configure(share => $t->{share}, console => {database => 'console.db'});

my ($n, $now) = (0, time);
my $today = $now - $now % 86400;
sub fact { my ($order, $kind, $at, %more) = @_; $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => 'e' . ++$n . ":$kind", kind => $kind, at => $at, order => $order, %more})) }
my %ledger;
for my $i (1 .. 90) {
    my ($order, $at) = ("shop/$i", $today + 3600 - int($i / 6) * 86400);
    my $ada = $i % 10 == 0;
    my $took = $i % 3 == 0;
    my $reason = (qw(costs other))[$i % 2];
    fact($order, 'placed', $at, money => 1000 * $i, currency => 'EUR', country => 'DE', placed => $at, customer => $ada ? 'CUSTOMER' : "c$i");
    fact($order, 'exposed', $at, arm => 'treatment', experiment => 'x', offers => ['ten<b>']);
    fact($order, 'asked', $at, arm => 'treatment', reason => $reason);
    if ($took) {
        fact($order, 'decided', $at, outcome => 'accepted', offer => 'ten<b>', money => 100);
        fact($order, 'applied', $at, offer => 'ten<b>', outcome => 'done');
        fact($order, 'saved', $at, offer => 'ten<b>', money => 1000 * $i);
    } elsif ($i % 7 == 0) { fact($order, 'cancelled', $at + 60) }
    my $became = $took ? 'saved' : $i % 7 == 0 ? 'cancelled' : 'open';
    $ledger{state}{$became}++;
    $ledger{reason}{$reason}++;
    next if $at >= $today || $at < $today - 7 * 86400;
    $ledger{week}++;
    $ledger{given} += 100 if $took;
    $ledger{kept} += 1000 * $i if $took;
}
sub once { my $pid = fork // die; if (!$pid) { exec "$bin/ordersave-console", '--once', '-c', $t->path('worker.json') or POSIX::_exit(127) } waitpid $pid, 0; return $? >> 8 }
is once(), 0, 'read';

# the mail

my ($rc, $out, $err) = $t->ctl('report', '--mail');
is $rc, 0, 'sent' or diag $err;
my ($mail) = $t->mails(1, to => 'help@shop.test');
my $span = join ' to ', map { my @d = gmtime $_; strftime('%b ', @d) . $d[3] . strftime(', %Y', @d) } $today - 7 * 86400, $today - 86400;
is $mail->{subject}, "Cancellations and offers, $span", 'of seven whole days';
for my $kind (qw(text html)) {
    my $body = $mail->{$kind} =~ s/<[^>]+>/ /gr =~ s/\s+/ /gr;
    like $body, qr/Cancellations asked for: +$ledger{week}\b/, "$kind: what was asked";
    my ($kept, $given) = map { my $x = sprintf '%.2f', $_ / 100; 1 while $x =~ s/^(\d+)(\d{3})/$1,$2/; $x } @ledger{qw(kept given)};
    like $body, qr/\Q$kept\E/, "$kind: money kept";
    like $body, qr/\Q$given\E/, "$kind: and given";
    unlike $body, qr/\{\{/, "$kind: no tag is left";
}
unlike $mail->{html}, qr/<b>|<script|<svg|https?:|src=/, 'nothing of elsewhere, no HTML of an offer';
like $mail->{html}, qr/<table.*<th scope="col"/s, 'tables';
like $mail->{text}, qr/ten<b>/, 'which is text in the text';
like $mail->{raw} // $mail->{source} // 'bounce@shop.test', qr/bounce\@shop\.test|Test Shop/, 'from the shop';
is +($t->ctl('-l', 'ko', '-o', $t->path('mail'), 'report', '--mail'))[0], 0, 'to a file';
like $t->read('mail'), qr/^Content-Language: ko\r?$/mi, 'in another language';
$t->write('../office-mail.html', $mail->{html}) if $ENV{ORDERSAVE_SHOTS};
is scalar(my @all = $t->mails(1, to => 'help@shop.test')), 1, 'is not sent';

# orders

sub orders { my (@more) = @_; my (undef, $o, $e) = $t->ctl('orders', 'list', '--format', 'json', '--since', '90d', @more); my $r = eval { $json->decode($o) } or die $e; return @{$r->{rows}} }
is scalar(my @every = orders()), 90, 'all orders';
for my $state (sort keys %{$ledger{state}}) { is scalar(my @l = orders('--state', $state)), $ledger{state}{$state}, "that are $state" }
is scalar(my @of = orders('--reason', 'costs')), $ledger{reason}{costs}, 'of a reason';
is scalar(my @none = orders('--email', 'nobody@shop.test')), 0, 'of a buyer that is none';
my $b = $t->order(500, email => 'ada@shop.test');
$t->start_worker;
my $o = $t->buy(customer => 'ada', billing => {email => 'known@shop.test'});
$t->tell($o, kind => 'asked', reason => 'costs');
$t->settled;
is once(), 0, 'read more';
my @hers = orders('--email', 'Known@shop.test');
is_deeply [map { $_->[0] } @hers], ['shop/' . $t->id($o)], 'of a buyer, by the hash of the address';
unlike $json->encode(\@every), qr/\@/, 'without an address';
like +($t->ctl('orders', 'list', '--format', 'csv'))[1], qr/^order,at,state,reason,offer,total,currency\r\n/, 'as CSV';
is +($t->ctl('orders', 'list', '--format', 'xml'))[0], 2, 'in a form that is none';

# as it happens

sub follow { my (@more) = @_; my $pid = fork // die; if (!$pid) { open STDOUT, '>', $t->path('tail'); exec $t->{ctl}, '-c', $t->path('worker.json'), 'tail', @more or POSIX::_exit(127) } return $pid }
my $pid = follow();
sleep 0.7;
is $t->read('tail'), '', 'nothing of what was';
my $x = $t->buy(customer => 'bob', billing => {email => 'tail@shop.test', first_name => 'Tail'});
$t->tell($x, kind => 'asked', reason => 'other', comment => 'words of tail');
$t->tell($x, kind => 'scored', score => 1, comment => 'too slow');
ok $t->wait_for('the lines', sub { $t->read('tail') =~ /support_score/ }), 'events, and what became of messages';
kill TERM => $pid;
waitpid $pid, 0;
my @lines = map { $json->decode($_) } split /\n/, $t->read('tail');
is join(' ', map { $_->{kind} } grep { $_->{order} eq 'shop/' . $t->id($x) } @lines) =~ /^placed asked score message/, 1, 'each a line, in order';
unlike $t->read('tail'), qr/\@|words of tail|too slow|Tail/, 'without address, name or words';
$pid = follow('--since', '1h');
ok $t->wait_for('the lines', sub { $t->read('tail') =~ /support_score/ }), 'with what was';
kill TERM => $pid;
waitpid $pid, 0;
is +($t->ctl('tail', '--since', 'soon'))[0], 2, 'since when that is none';

$t->stop;
done_testing;
