#!/usr/bin/env perl

# The console's pages in Chromium: see t/browser/console.js.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;

use OrderSave::Browser;
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new(campaign => {locales => ['en', 'fr', 'id', 'ko']});
$t->start(no_worker => 1);
my $socket = $t->path('console.sock');
$t->configure(share => $t->{share}, console => {database => 'console.db', listen => "unix:$socket", user_header => 'X-Remote-User', act => ['ada']});

my $n = 0;
sub fact {
    my ($order, $kind, $at, %more) = @_;
    my $id = 'e' . ++$n . ":$kind" . ($kind eq 'parcel' ? ":P$n" : '');
    my $said = delete $more{said};
    $t->redis('HSET', $t->key("words:$order", $order), $id, $said) if defined $said;
    $t->redis('XADD', $t->key('facts', $order), '*', e => $json->encode({id => $id, kind => $kind, at => $at, order => $order,
        (defined $said ? (words => JSON::PP::true) : ()), %more}));
}

# ninety days of a plausible shop

srand 20261129;
my $now = time;
my @said = ('Too expensive with shipping.', 'I found it cheaper at another shop, and it would have come sooner as well. Sorry about that, the mug looked lovely!', 'ordered by mistake', 'wrong size');
for my $i (1 .. 600) {
    my $order = "shop/$i";
    my $at = $now - int(rand 89.5 * 86400);
    my $currency = (qw(EUR EUR USD KRW))[$i % 4];
    my $total = $currency eq 'KRW' ? 30_000 + 100 * $i : 1500 + 17 * $i;
    my $arm = $i % 4 ? 'treatment' : 'holdout';
    my $reason = (qw(costs costs changed_mind delivery_time better_price))[rand 5];
    my $offer = (qw(ten free_shipping later))[rand 3];
    my $country = (qw(DE FR US))[rand 3];
    fact($order, 'placed', $at, money => $total, currency => $currency, country => $country, placed => $at, items => ['mug-' . (qw(blue red green))[$i % 3], $i % 2 ? () : 'saucer']);
    fact($order, 'exposed', $at, arm => $arm, experiment => 'autumn', offers => $arm eq 'holdout' ? [] : [qw(ten free_shipping later)]);
    fact($order, 'asked', $at, arm => $arm, reason => $reason, rand() < 0.3 ? (said => $said[rand @said]) : ());
    my $saved = $arm eq 'treatment' && rand() < 0.45;
    if ($saved) {
        fact($order, 'decided', $at + 20, outcome => 'accepted', offer => $offer, reason => $reason, money => int $total / 10);
        fact($order, 'applied', $at + 22, offer => $offer, outcome => 'done');
        fact($order, 'saved', $at + 22, offer => $offer, money => $total);
    }
    fact($order, 'cancelled', $at + 60, money => $total) if !$saved && rand() < 0.85;
    fact($order, 'message', $at + 70, message => $saved ? 'applied' : 'cancelled', channel => 'smtp', outcome => rand() < 0.98 ? 'sent' : 'dead');
    my $days = 1 + int rand 6;
    fact($order, 'parcel', $at + 80, carrier => (qw(ups dhl usps))[rand 3], country => $country, milestone => (qw(delivered delivered in_transit))[rand 3], (rand() < 0.1 ? (side => 'delayed') : ()),
        times => {shipped => $at - 86400 * $days, delivered => $at + 3600 * int rand 20});
}
$t->order(9001, name => 'Ann Example', email => 'ann@shop.test', phone => '+15005550006');
fact('shop/9001', 'placed', $now - 500, money => 4599, currency => 'EUR', country => 'DE', placed => $now - 500, items => ['mug-blue', 'saucer']);
fact('shop/9001', 'exposed', $now - 400, arm => 'treatment', experiment => 'autumn', offers => ['ten', 'free_shipping']);
fact('shop/9001', 'asked', $now - 390, reason => 'too_dear', said => "너무 비싸요.\n<b>Really.</b>");
fact('shop/9001', 'decided', $now - 380, outcome => 'accepted', offer => 'ten', money => 460, currency => 'EUR');
fact('shop/9001', 'message', $now - 300, message => 'applied', channel => 'smtp', outcome => 'sent');
$t->redis('HSET', $t->shard_key(0, 'stat'), '-:facts.lost', 12);

$t->redis('HSET', $t->key('dead', 'shop/9001'), 'a1b2c3d4', $json->encode({order => 'shop/9001', purpose => 'cancelled', channel => 'smtp', why => 'the mail server said 550 5.1.1 no such user, at RCPT TO'}));
$t->redis('ZADD', $t->key('died', 'shop/9001'), $now * 1000, 'a1b2c3d4');
my $asks = $t->order(9002, name => 'Ben Example', email => 'ben@shop.test', save => {decision => {state => 'accepted', kind => 'request', offer => 'match', nonce => 'n1', applied => 'task', comment => 'Cheaper elsewhere, and I would rather stay.', at => $now}});
fact('shop/9002', 'decided', $now - 100, outcome => 'accepted', offer => 'match');

my $pid = fork // die;
if (!$pid) { open STDERR, '>', $t->path('console.err'); exec "$bin/ordersave-console", '-v', '-c', $t->path('worker.json') or POSIX::_exit(127) }
ok $t->wait_for('the console', sub { $t->read('console.err') =~ /up to date/ }), 'the console has read it all';
$t->write('htpasswd', "ada:{PLAIN}secret\n");
$t->start_nginx(alone => 1, server => <<"EOT");
        location /office/ {
            auth_basic "office"; auth_basic_user_file $t->{dir}/htpasswd;
            proxy_pass http://unix:$socket:/;
            proxy_set_header X-Remote-User \$remote_user;
        }
        location = /favicon.ico { return 204; }
EOT
$t->write('plan.json', $json->encode({site => "http://127.0.0.1:$t->{port}/office/"}));
browse('console.js', $t->path('plan.json'));
kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'the console stops';

$t->stop;
done_testing;
