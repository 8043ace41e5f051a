# Carriers without homework: the worker registers the tracking numbers that the
# store names, once each, whatever day the service has, and asks where its
# webhook stays away.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Carriers;
use OrderSave::Track;

my %follow = (silent => '1h');
my $t = OrderSave::Track->new(campaign => {track => {messages => {out_for_delivery => {email => JSON::PP::true}},
    follow => {by => 'aftership', codes => {ups => 'ups', '*' => 'other'}, %follow}}});
my $c = OrderSave::Carriers->new($t->path('.'));
$c->open;
my $keys = sub { return map { $_ => {key_file => $t->write("$_.key", "$OrderSave::Carriers::KEYS{$_}\n"), url => $c->url . '/', timeout => '1s'} } @_ };
$t->{config} = {carriers => {$keys->(qw(aftership easypost shippo 17track ship24 karrio))}};
$t->start;

sub again {
    my (%over) = @_;
    $t->kill_now('worker', 'TERM');
    $t->{overrides}{track}{follow} = {codes => {ups => 'ups', '*' => 'other'}, by => 'aftership', silent => '1h', %over};
    $t->write('campaign.json', encode_json($t->campaign));
    $t->start_worker;
}

sub followed { my ($o, $n) = @_; return ($t->parcel($o, $n) // {})->{followed} // {} }
sub step { return ($t->parcel(@_) // {})->{milestone} // '' }
sub side { return ($t->parcel(@_) // {})->{side} // '' }
sub of { my ($what, $n) = @_; return grep { $_->{number} eq $n } $c->calls($what) }
sub sold { my ($number) = @_; my $o = $t->buy(customer => 'ada'); $t->ship($o, $number); return $o }

# once, with what the service wants to know

my $o = sold('1Z 100');
ok $t->wait_for('it', sub { followed($o, '1Z100')->{by} }), 'a number that the store names';
is_deeply [map { "$_->{what} $_->{number} $_->{code} $_->{order} $_->{status}" } $c->calls], ["register 1Z100 ups $o->{order}{id} 201"],
    'is registered, with its carrier and whose it is';
is $t->count('carrier.registered'), 1, 'and counted';
$t->ship($o, '1Z 100');
$t->settled;
is scalar of(register => '1Z100'), 1, 'once, however often the store names it';

# there already: by hand, or by the plugin of the shop

$c->do(has => {by => 'aftership', number => '1Z101'});
$o = sold('1Z101');
ok $t->wait_for('it', sub { followed($o, '1Z101')->{by} }), 'a number that is there already';
is((of(register => '1Z101'))[0]{status}, 400, 'which the service says by a refusal');
ok !followed($o, '1Z101')->{refused}, 'is as good as registered';

# a bad day

for my $day ([500, 'an error', 2], [429, 'too many calls', 2], ['drop', 'a line that is cut', 2], ['late', 'no answer in time', 1],
             ['done', 'registered, and the line is cut', 1], ['html', 'a page of some proxy', 1], [404, 'an address that is gone for a while', 1],
             [405, 'a method that a proxy does not let through', 1], [415, 'a body that an update does not read', 1]) {
    my ($how, $name, $times) = @$day;
    my $n = '1Z2' . uc $how;
    $c->do(fault => {how => $how, times => $times});
    $o = sold($n);
    ok $t->wait_for($name, sub { followed($o, $n)->{by} }), "$name: registered in the end";
    ok !followed($o, $n)->{refused}, "$name: no refusal";
    cmp_ok scalar(of(register => $n)), '>', 1, "$name: by another try";
}
is scalar(keys %{$t->all('dead')}), 0, 'no dead letter';

# a number that is none

$o = sold('BAD1');
ok $t->wait_for('it', sub { followed($o, 'BAD1')->{refused} }), 'a number that is none is refused';
like followed($o, 'BAD1')->{why}, qr/said 400/, 'and the order knows why';
like $t->log, qr/the parcel of order shop\/$o->{order}{id} is not followed: .* said 400/, 'the log, too';
$t->ship($o, 'BAD1', '1Z300');
ok $t->wait_for('the other', sub { followed($o, '1Z300')->{by} }), 'a second parcel is registered';
$t->settled;
is scalar of(register => 'BAD1'), 1, 'the bad one is not tried again';
is $t->count('carrier.refused'), 1, 'and counted';
is scalar(keys %{$t->all('dead')}), 0, 'nor is it a dead letter';

# what it says is a line of the log and no more, without our key; and one who
# refuses a number does so for himself alone

$c->do(fault => {how => {says => "no\n<3>forged \e[31m by $OrderSave::Carriers::KEYS{aftership}"}});
my $refused = sold('1Z350');
ok $t->wait_for('it', sub { followed($refused, '1Z350')->{refused} }), 'a service that answers with words';
like followed($refused, '1Z350')->{why}, qr/said 400: no <3>forged/, 'which the order knows';
unlike $t->log, qr/^<3>forged|\e/m, 'they are one line of the log';
unlike $t->log . encode_json(followed($refused, '1Z350')), qr/\Q$OrderSave::Carriers::KEYS{aftership}\E/, 'our key is not among them';
again(by => 'ship24');
$t->ship($refused, '1Z350', '1Z351');
ok $t->wait_for('it', sub { followed($refused, '1Z350')->{by} eq 'ship24' }), 'another service follows that parcel';
ok !followed($refused, '1Z350')->{refused} && !followed($refused, '1Z350')->{why}, 'and has not refused it';
again();

# a key that does not fit: no parcel is blamed

$t->write('aftership.key', "another\n");
again();
my $locked = sold('1Z400');
ok $t->wait_for('a try', sub { of(register => '1Z400') }), 'a wrong key';
ok $t->wait_for('the log', sub { $t->log =~ m{127\.0\.0\.1:\d+ said 401} }), 'is told in the log';
ok !followed($locked, '1Z400')->{by}, 'the number waits';
cmp_ok scalar(of(register => '1Z400')), '<=', 2, 'and nobody hammers at the door';
$t->write('aftership.key', "$OrderSave::Carriers::KEYS{aftership}\n");
again();
$t->elapse(1200);
ok $t->wait_for('it', sub { followed($locked, '1Z400')->{by} }), 'once the key fits it is registered';

# not in what observes, nor for what is over

$t->{overrides}{state} = 'observe';
again();
$o = sold('1Z450');
ok $t->wait_for('the parcel', sub { $t->parcel($o, '1Z450') }), 'a campaign that observes';
$t->settled;
is scalar of(register => '1Z450'), 0, 'registers nothing';
ok $t->count('held.register'), 'which is counted';
delete $t->{overrides}{state};
again();
$t->ship($o, '1Z450');
ok $t->wait_for('it', sub { followed($o, '1Z450')->{by} }), 'once it is live, the next word of the order does';

$o = $t->buy(customer => 'ada');
$t->webhook({%{$o->{order}}, status => 'cancelled', date_modified_gmt => '2030-01-01T00:00:00',
    meta_data => [{key => '_wc_shipment_tracking_items', value => [{tracking_number => '1Z500', tracking_provider => 'ups'}]}]});
ok $t->wait_for('the cancel', sub { $t->record($o)->{state} eq 'cancelled' }), 'a cancelled order';
$t->settled;
is scalar of(register => '1Z500'), 0, 'has nothing to follow';

# the webhook stays away: it is asked, and what it says comes in as the webhook's

again(silent => '2s');
$o = sold('1Z600');
ok $t->wait_for('it', sub { followed($o, '1Z600')->{by} }), 'a parcel whose webhook does not come';
ok $t->wait_for('a poll', sub { of(read => '1Z600') > 1 }), 'is asked for, again and again';
my $at = int(time) - 5;
$c->do(scan => {number => '1Z600', step => 'out', at => $at});
ok $t->wait_for('the step', sub { step($o, '1Z600') eq 'out_for_delivery' }), 'what it says is known';
is +($t->mails(1, subject => 'delivery'))[0]{subject}, "Out for delivery: your order $o->{order}{number}", 'and told';
my $story = scalar @{$t->parcel($o, '1Z600')->{log}};
$t->webhook(OrderSave::Carriers::payload(aftership => '1Z600', {step => 'out', at => $at}), source => 'aftership', topic => 'tracking_update') for 1 .. 2;
sleep 5;
is scalar($t->mails(1, subject => 'delivery')), 1, 'once, though its webhook came as well';
is scalar(@{$t->parcel($o, '1Z600')->{log}}), $story, 'and nothing stands twice in its story';
$c->do(scan => {number => '1Z600', step => 'there'});
ok $t->wait_for('the end', sub { step($o, '1Z600') eq 'delivered' }), 'it has arrived';
sleep 1;
my $polls = () = of(read => '1Z600');
sleep 5;
is scalar of(read => '1Z600'), $polls, 'and is not asked for any more';
ok !(grep { $_->{purpose} eq 'poll' && $_->{data}{parcel} eq '1Z600' } values %{$t->all('jobs')}), 'no job is left of it';

# a webhook that comes is enough

again(silent => '4s');
$o = sold('1Z700');
ok $t->wait_for('it', sub { followed($o, '1Z700')->{by} }), 'a parcel whose webhooks come';
my $until = time + 9;
while (time < $until) {
    $t->webhook(OrderSave::Carriers::payload(aftership => '1Z700', {step => 'transit', at => int time}), source => 'aftership', topic => 'tracking_update');
    sleep 1;
}
is scalar of(read => '1Z700'), 0, 'is not asked for';
ok $t->wait_for('a poll', sub { of(read => '1Z700') }), 'until they stay away';

# polls that fail are no dead letters, and go on

again(silent => '1s');
$o = sold('1Z800');
ok $t->wait_for('it', sub { followed($o, '1Z800')->{by} }), 'a service';
$c->do(fault => {how => 500, times => 2, match => 'tracking_numbers'});
$c->do(fault => {how => 'drop', times => 1, match => 'tracking_numbers'});
$c->do(scan => {number => '1Z800', step => 'back'});
ok $t->wait_for('the step', sub { side($o, '1Z800') eq 'returned' }), 'that fails while it is asked is asked again';
is scalar(keys %{$t->all('dead')}), 0, 'no dead letter';

# as many a second as it lets us make

again();
$c->do(limit => {limit => 10});
my @many = map { "1ZM$_" } 1 .. 40;
my $from = time;
sold($_) for @many;
ok $t->wait_for('all', sub { my %n = map { $_->{number} => 1 } grep { $_->{status} == 201 } $c->calls('register'); @many == grep { $n{$_} } @many }), 'many at once';
my @fast = grep { $_->{status} == 429 } $c->calls('register');
cmp_ok scalar(@fast), '<=', 4, 'within its limit of calls a second';
$c->do(limit => {limit => 0});

# killed in the middle: each once in the order, none left out

$c->do(fault => {how => 'late', times => 3});
my %dying = map { $_ => sold($_) } map { "1ZK$_" } 1 .. 6;
sleep 0.5;
$t->kill_now('worker', 'KILL');
$t->start_worker;
ok $t->wait_for('all', sub { 6 == grep { followed($dying{$_}, $_)->{by} } keys %dying }), 'a worker that was killed: all are registered';

# the others, each in its own words

for my $by (qw(easypost shippo 17track ship24 karrio)) {
    my $code = $by eq '17track' ? '100002' : 'ups';
    my ($n, $has) = ("1ZX$by", "1ZY$by");
    $_ = uc for $n, $has;
    $c->do(has => {by => $by, number => $has});
    again(by => $by, silent => '1s', codes => {ups => $code});
    my ($first, $second, $bad) = (sold($n), sold($has), sold("BAD7" . uc $by));
    ok $t->wait_for('it', sub { followed($first, $n)->{by} && followed($second, $has)->{by} }), "$by: registered, and there already";
    ok !followed($first, $n)->{refused} && !followed($second, $has)->{refused}, "$by: neither is refused";
    is((of(register => $n))[0]{code}, $by eq 'ship24' ? 'ups' : $code, "$by: it is told the carrier") if $by ne 'ship24';
    ok $t->wait_for('it', sub { followed($bad, 'BAD7' . uc $by)->{refused} }), "$by: a number that is none";
    $c->do(scan => {number => $n, step => 'out'});
    ok $t->wait_for('it', sub { step($first, $n) eq 'out_for_delivery' }), "$by: what it answers is what its webhook says";
    $c->do(scan => {number => $n, step => 'there'});
    $c->do(scan => {number => $has, step => 'back'});
    ok $t->wait_for('it', sub { step($first, $n) eq 'delivered' && side($second, $has) eq 'returned' }), "$by: to the end";
}

# orders of before: only what may still be under way

again();
my $old = time - 90 * 86400;
my $line = sub {
    my ($id, $number, $at) = @_;
    return encode_json({%{$o->{order}}, id => $id, number => "$id", status => 'completed', date_modified_gmt => OrderSave::Track::iso($at) =~ s/Z//r,
        date_created_gmt => OrderSave::Track::iso($at) =~ s/Z//r,
        meta_data => [{key => '_wc_shipment_tracking_items', value => [{tracking_number => $number, tracking_provider => 'ups'}]}]}) . "\n";
};
$t->write('old.jsonl', $line->(90001, '1ZOLD', $old) . $line->(90002, '1ZNEW', time - 2 * 86400));
my ($rc, $out, $err) = $t->ctl('orders', 'import', '--from', 'woocommerce', '--file', $t->path('old.jsonl'));
is $rc, 0, 'orders are imported' or diag "$out$err";
ok $t->wait_for('it', sub { followed(90002, '1ZNEW')->{by} }), 'a parcel of two days ago is followed';
$t->settled;
is scalar of(register => '1ZOLD'), 0, 'one of last quarter is not';

$t->stop;
done_testing;
