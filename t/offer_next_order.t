# An order that is kept for a code for the next one: each buyer has a code of their
# own, set apart when it is promised, and gets it by mail once the order has left.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->{overrides} = {locales => ['en', 'fr', 'id', 'ko'], offers => [
    {id => 'next', reasons => ['*'], give => {next_order => {pool => 'next', percent => '15', expires => '60d'}}, limit => {per_customer => 1}}]};
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
$t->write('codes', join '', map { "NEXT-$_\n" } 1 .. 3);
is +($t->ctl('coupons', 'load', 'next', $t->path('codes')))[0], 0, 'three codes';

my $n = 0;
sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub page { my ($o) = @_; return $t->get(uri($o))->{body} }
sub order { return $t->buy(customer => 'ada', status => 'processing', billing => {email => 'n' . ++$n . '@shop.test'}, @_) }
sub offered {    # a shard asks for a code when it has none
    my ($o) = @_;
    my $page;
    $t->wait_for('the offer', sub { $page = $t->get(uri($o)); $page->{body} =~ /accept:next/ });
    return $page;
}
sub accept_it { my ($o) = @_; my $page = offered($o); return $t->post(uri($o), [[ordersave_do => 'accept:next'], [ordersave_token => OrderSave::Nginx::token($page)]]) }
sub ships {
    my ($o) = @_;
    my (undef, $json) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'completed'});
    $t->webhook($json);
    $t->settled;
}
sub mailed { my ($o) = @_; return $t->mails(0, to => $o->{order}{billing}{email}, subject => 'Your offer for order') }

my $o = order();
my $page = offered($o);
like $page->{body}, qr/15% off your next order/, 'what it is worth';
like $page->{body}, qr/Once it has left, we email you a code of your own/, 'and when the code comes';
unlike $page->{body}, qr/You save|new total/, 'it takes nothing off this order';
my $before = $t->shop($o)->{total};
is accept_it($o)->{status}, 303, 'accepted';
ok $t->settled, 'it';
my $code = $t->decision($o)->{code};
like $code, qr/^NEXT-[123]$/, 'a code is set apart';
my $kept = page($o);
like $kept, qr/You get the code by email once your order has left/, 'the page says when it comes';
unlike $kept, qr/NEXT-/, 'and not what it is';
is scalar(my @none = mailed($o)), 0, 'nor does a mail';
ok $t->record($o)->{save}{decision}{saved}, 'the order is kept';
ships($o);
ok $t->wait_for('the mail', sub { mailed($o) }), 'when it has left';
my ($mail) = mailed($o);
like $mail->{text}, qr/15% off your next order\nCoupon: \Q$code\E\nGood until \w+ \d+, 20\d\d\./, 'a mail brings it, and says how long it is good';
is $t->shop($o)->{total}, $before, 'this order costs what it did';
ships($o);
is scalar(@none = mailed($o)), 1, 'once';
unlike page(order(billing => {email => 'n1@shop.test'})), qr/accept:next/, 'one for each customer';

# given up before it has left: the code is another's

my $gone = order();
accept_it($gone);
$t->settled;
my $back = $t->decision($gone)->{code};
$t->webhook(($t->{demo}->api('PUT', "/orders/$gone->{order}{id}", {status => 'cancelled'}))[1]);
ok $t->wait_for('it', sub { ($t->decision($gone)->{state} // '') eq 'withdrawn' }), 'an order that is cancelled';
is scalar(@none = mailed($gone)), 0, 'brings no code';
my ($out) = ($t->ctl('coupons', 'count'))[1];
my ($stock, $shards) = $out =~ /^shop\/next\t(\d+) in stock\t(\d+) in shards/m;
is $stock + $shards, 2, 'which goes back';

# given up after it: the code is the buyer's

$t->webhook(($t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'refunded'}))[1]);
$t->settled;
($stock, $shards) = ($t->ctl('coupons', 'count'))[1] =~ /^shop\/next\t(\d+) in stock\t(\d+) in shards/m;
is $stock + $shards, 2, 'a code that was told is nobody else\'s';

# an order that has left while the worker was away, and a shard without a code

my $late = order();
accept_it($late);
$t->settled;
$t->kill_now('worker');
$t->{demo}->api('PUT', "/orders/$late->{order}{id}", {status => 'completed'});
$t->start_worker;
ships($late);
ok $t->wait_for('the mail', sub { mailed($late) }), 'late, but it comes';

$t->stop;
done_testing;
