# ordersavectl shows an order, says why it meets which offer, renders what is
# sent, counts, and names its exit status.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $o = $t->buy(customer => 'camille', locale => 'fr');
my $id = $t->id($o);
my ($rc, $out, $err) = $t->ctl('check');

is $rc, 1, 'check: a finding';
like $out, qr/^not ok - Redis writes its log \(appendonly\): no$/m,
    'it is that Redis keeps nothing';
like $out, qr/^ok - locales and templates$/m, 'templates are well';

($rc, $out) = $t->ctl('order', 'show', $id);
is $rc, 0, 'order show';
is decode_json($out)->{order}{id}, $id, 'shows the record';

($rc, $out) = $t->ctl('order', 'show', 99999);
is $rc, 1, 'an order that is none is a finding';

($rc, $out) = $t->ctl('explain', $id);
is $rc, 0, 'explain';
like $out, qr/^eligible: yes$/m, 'it is eligible';
like $out, qr/^arm: treatment$/m, 'its arm';
like $out, qr/^offer less: yes$/m, 'the discount is for it';
like $out, qr/^offer ten: (?!yes).+\(0 left in shard/m,
    'the coupon is not: none is left';

unlike $out, qr/^status:/m, 'and what the store says is clear';

$t->webhook('{"id": 4711, "status": "with-our-elves", "currency": "EUR"}');
$t->wait_for('the order', sub { $t->redis('EXISTS', $t->order_key(4711)) });
($rc, $out) = $t->ctl('explain', 4711);
like $out, qr/^status: "with-our-elves" says nothing of whether it has left/m,
    'a status that nobody knows is told';

unlike $out, qr/^left out/m, 'nothing of it was left out';

$t->webhook('{"id": 4712, "currency": "EUR", "total": "much", "date_created_gmt": "soon"}');
$t->wait_for('the order', sub { $t->redis('EXISTS', $t->order_key(4712)) });
($rc, $out) = $t->ctl('explain', 4712);
like $out, qr/^left out, because it cannot be read: total, placed$/m,
    'what the store sent in a form that nobody reads is told';

($rc, $out) = $t->ctl('render', 'cancelled', $id, '--kind', 'mail');
is $rc, 0, 'render of an order';
like $out, qr/^Subject: cancelled $id$/m, 'gives the mail';

($rc, $out) = $t->ctl('stats');
is $rc, 0, 'stats';
is decode_json($out)->{orders}, 3, 'counts the orders';
cmp_ok decode_json($out)->{bytes_per_order}, '>', 0, 'and its bytes';

($rc, $out) = $t->ctl('--help');
is $rc, 0, '--help';
like $out, qr/^Usage: ordersavectl/, 'prints the usage';
is +($t->ctl('frobnicate'))[0], 2, 'an unknown command is wrong usage';
is +($t->ctl('dead', 'list', 'x'))[0], 2, 'so is a wrong argument';

is +($t->ctl('render', 'cancelled', '--locale', 'fr-CA'))[0], 0, 'a mail in a language that is there';
($rc, $out, $err) = $t->ctl('render', 'cancelled', '--locale', 'xx');
is "$rc$out", '1', 'in one that is not: a finding, and no mail';
like $err, qr/no locale "xx"/, 'and it says so';

$t->stop_redis;
($rc, $out, $err) = $t->ctl('stats');
is $rc, 3, 'without Redis: 3';
like $err, qr/Redis does not answer/, 'and it says so';

for my $command (['order', 'show', $id], ['explain', $id], ['coupons', 'count'], ['render', 'cancelled', $id]) {
    ($rc, $out, $err) = $t->ctl(@$command);
    is "$rc$out", '3', "@$command: nothing is made up";
    is $err, "ordersavectl: Redis does not answer\n", 'and it is said once';
}

$t->stop;
done_testing;
