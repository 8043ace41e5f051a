# ordersavectl orders import: orders of before come in, each once, and nobody is
# told of them; from a file that is killed twice, and from the store's API.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $many = $ENV{ORDERSAVE_FULL} ? 100_000 : 4_000;
my $now = int time;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {after => '0s', email => JSON::PP::true}, unpaid => {before => '1h'}},
    reconcile => {every => '1000d', each => '', call => {
        url => '/wp-json/wc/v3/orders?modified_after={{since}}&dates_are_gmt=true&per_page=10&page={{page}}&orderby=modified&order=asc'}},
})->start;

sub gmt { my ($s, $m, $h, $d, $mo, $y) = gmtime shift; sprintf '%d-%02d-%02dT%02d:%02d:%02d', $y + 1900, $mo + 1, $d, $h, $m, $s }

# as WooCommerce lists them: cancelled ones, unpaid ones, ones of today
sub woo {
    my ($id, %more) = @_;
    my $at = gmt($now - 86400 * 300 + $id % $many * (86400 * 300 / $many));
    my $state = (qw(completed cancelled processing pending))[$id % 4];
    return {id => $id, number => "N$id", status => $state, currency => 'EUR', total => '20.00',
        order_key => "wc_order_$id", date_created_gmt => $at, date_modified_gmt => $at,
        ($state =~ /compl|proc/ ? (date_paid_gmt => $at) : ()),
        payment_url => "https://shop.test/pay/$id",
        billing => {email => 'b' . $id % 3000 . '@shop.test', first_name => 'B', country => 'DE'},
        line_items => [{id => 1, product_id => 13, name => 'Candle', quantity => 1, total => '20.00'}], %more};
}
sub streams { my $n = 0; $n += $t->redis('XLEN', $t->shard_key($_, 'ev')) for 0 .. 15; return $n }
sub told { return [grep { $_->{channel} !~ /^(store|watch)$/ } values %{$t->all('jobs')}] }
sub known { my ($id) = @_; my $text = $t->redis('GET', $t->order_key($id)); $text ? decode_json($text) : undef }

subtest 'what is wrong is said' => sub {
    my ($rc, $out, $err) = $t->ctl('orders', 'import');
    is $rc, 2, 'neither file nor time';
    like $err, qr/orders import: expected --since or --file/, 'is told';
    ($rc, $out, $err) = $t->ctl('--since', 'soon', 'orders', 'import');
    is $rc, 2, 'no time';
    like $err, qr/--since soon: expected a day, as 2026-01-31, or a duration, as 90d/, 'is told';
    ($rc, $out, $err) = $t->ctl('--file', $t->path('none'), 'orders', 'import');
    is $rc, 1, 'no file';
    like $err, qr/none cannot be read/, 'is told';
};

subtest 'records with faults' => sub {
    $t->write('few.jsonl', join "\n", $json->encode(woo(900_001)), '{"id": ', '', '{"hello": 1}', $json->encode(woo(900_002)), '');
    my ($rc, $out, $err) = $t->ctl('--file', $t->path('few.jsonl'), 'orders', 'import');
    is $rc, 1, 'are a finding';
    is $out, "2 orders, 2 records passed over\n", 'the others came in';
    like $err, qr/few\.jsonl:2: .*passed over\n.*few\.jsonl:4: .*passed over/s, 'each with its line';
    ok known(900_001) && known(900_002), 'both are known';
};

subtest 'a large file, killed twice' => sub {
    $t->write('all.jsonl', join '', map { $json->encode(woo($_)) . "\n" } 1 .. $many);
    my $key = $t->shard_key(0, 'import:shop');
    my $last = 0;
    for my $turn (1, 2) {
        my $pid = $t->spawn('import', $t->{ctl}, '-c', $t->path('worker.json'), '--file', $t->path('all.jsonl'), 'orders', 'import');
        ok $t->wait_for('some', sub { ($t->redis('GET', $key) // '0') =~ /^(\d+)/ && $1 > $last + 100_000 }), "run $turn comes on";
        $t->kill_now('import', 'KILL');
        ($last) = $t->redis('GET', $key) =~ /^(\d+)/;
    }
    cmp_ok $last, '<', -s $t->path('all.jsonl'), 'and was not through';
    my $begun = time;
    my ($rc, $out, $err) = $t->ctl('--file', $t->path('all.jsonl'), 'orders', 'import');
    my $took = time - $begun;
    is $rc, 0, 'the third one is' or diag $err;
    like $err, qr/going on behind byte $last\n/, 'from where the second one ended';
    $out =~ /^(\d+) orders/;
    note sprintf '%d orders taken to the end by the worker in %.1f s, %.0f a second', $1, $took, $1 / $took;
    cmp_ok $1, '<', $many, 'it took less than all';
    is streams(), 0, 'the worker has taken all';
    is scalar(grep { !known($_) } 1 .. $many), 0, 'no order is missing';
    is $t->redis('EXISTS', $key), 0, 'no position is kept';
    is known(2)->{state}, 'open', 'one is open';
    is known(5)->{state}, 'cancelled', 'one was cancelled';
};

subtest 'nobody is told, and none is there twice' => sub {
    is_deeply told(), [], 'no message waits';
    is scalar($t->mails(0)), 0, 'no mail went out';
    my @his = grep { $_ % 3000 == 7 } 1 .. $many;
    my $customer = known(7)->{customer};
    is $t->redis('ZCARD', $t->key("buyer:shop/$customer", "shop/$customer")), scalar @his, 'a buyer has each order once';
    is scalar(@{$t->redis('KEYS', 'ordersave:*:o:shop/*')}), $many + 2, 'as many records as orders';
};

subtest 'the same by a webhook is told' => sub {
    my @fresh = (status => "pending", date_paid_gmt => undef, needs_payment => JSON::PP::true, date_created_gmt => gmt($now - 60), date_modified_gmt => gmt($now - 60),
        meta_data => [{key => '_ordersave_pay_by', value => "@{[$now + 86400]}"}]);
    $t->write('fresh.jsonl', $json->encode(woo(900_003, @fresh)));
    is +($t->ctl('--file', $t->path('fresh.jsonl'), 'orders', 'import'))[0], 0, 'an unpaid order of a minute ago is imported';
    is_deeply told(), [], 'and is not reminded of its payment';
    $t->webhook(woo(900_004, @fresh));
    ok $t->wait_for('a job', sub { @{told()} == 1 }), 'one that the store tells is' or diag explain known(900_004), told();
    $t->webhook(woo(900_004, @fresh, status => 'cancelled', date_modified_gmt => gmt($now)));
    ok $t->wait_for('none', sub { @{told()} == 0 }), 'until it is cancelled';
};

subtest 'the same again changes nothing, the older neither' => sub {
    my $is = sub { my $o = known(900_002); delete $o->{save}; return $o };
    my $before = $is->();
    $t->write('again.jsonl', $json->encode(woo(900_002)) . "\n" . $json->encode(woo(900_002, status => 'cancelled', date_modified_gmt => '2020-01-01T00:00:00')) . "\n");
    my ($rc, $out) = $t->ctl('--file', $t->path('again.jsonl'), 'orders', 'import');
    is $rc, 0, 'both are taken';
    is_deeply $is->(), $before, 'and it is as it was';
    is_deeply told(), [], 'nobody is told';
};

subtest 'what comes later is told' => sub {
    my $o = $t->{demo}->order(customer => 'ada', created => $now - 50 * 86400);
    my $id = $o->{order}{id};
    $t->write('one.jsonl', $json->encode($o->{order}));
    my ($rc) = $t->ctl('--file', $t->path('one.jsonl'), 'orders', 'import');
    is $rc, 0, 'it is imported';
    $t->tell($o, kind => 'asked');
    $t->webhook(($t->{demo}->api("PUT", "/orders/$id", {status => "cancelled"}))[1]);
    is scalar($t->mails(1, subject => 'cancelled')), 1, 'a cancel of today';
};

subtest "from the store's API" => sub {
    my @old = map { $t->{demo}->order(customer => 'budi', created => $now - 20 * 86400 + $_) } 1 .. 35;
    $t->{demo}->control('POST', '/fault', {match => 'GET /wp-json/.*', times => 2, status => 503});
    my $good = $t->shard_key(0, 'reconciled:shop');
    $t->redis('DEL', $good);
    my $begun = int time;
    my ($rc, $out, $err) = $t->ctl('--since', '30d', 'orders', 'import');
    is $rc, 0, 'through faults of the store' or diag $err;
    my $follows = $t->redis('GET', $good) // 0;
    ok $follows >= $begun && $follows <= $begun + 2, 'reconcile asks for what has changed since it began';
    $t->redis('SET', $good, 1000);
    $t->ctl('--since', '1d', 'orders', 'import');
    is $t->redis('GET', $good), 1000, 'unless it knows since when it has to ask';
    ok !(grep { !$t->record($_) } @old), 'all of four pages are known';
    is_deeply told(), [], 'nobody is told';
    $t->{demo}->control('POST', '/fault', {match => 'GET /wp-json/.*', times => -1, status => 401});
    ($rc, $out, $err) = $t->ctl('--since', '30d', 'orders', 'import');
    is $rc, 1, 'a key that is none';
    like $err, qr/the store's API at \S+ said 401.*import again/, 'is told at once';
};

subtest 'no worker' => sub {
    plan skip_all => 'with --full: it waits a minute' unless $ENV{ORDERSAVE_FULL};
    $t->kill_now('worker', 'TERM');
    my ($rc, $out, $err) = $t->ctl('--file', $t->path('few.jsonl'), 'orders', 'import');
    is $rc, 1, 'does not end well';
    like $err, qr/no worker takes the events, 2 wait; start one/, 'and says why';
};

$t->stop;
done_testing;
