# What is shown can be paid. A page sets apart what it promises of a budget or a
# pool, once for its order; it goes back when something is decided, or by itself
# when the page's token is no good any more.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {valid => '10m', offers => [
    {id => 'ten', reasons => ['*'], give => {discount => {amount => {EUR => '10.00'}}}, limit => {budget => {EUR => '25.00'}}},
    {id => 'code', reasons => ['*'], give => {coupon => {pool => 'p', percent => '10'}}},
    {id => 'size', reasons => ['*'], give => {request => {}}, when => {min_total => {EUR => '2.00'}}},
]})->start(no_worker => 1);
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);

# orders of one shard, as budgets lie there
my $shard = $t->shard('shop/1000');
my @ids = grep { $t->shard("shop/$_") == $shard } 1000 .. 4000;
my ($budget, $pool, $holds) = map { $t->shard_key($shard, $_) } 'budget:shop/ten/EUR', 'pool:shop/p', 'holds';
$t->order($_) for @ids[0 .. 20];

sub offered {
    my ($id, @how) = @_;
    my $page = $t->get($t->cancel_uri($id), @how);
    my %seen = map { $_ => 1 } $page->{body} =~ /value="accept:(\w+)"/g;
    return wantarray ? (join(' ', sort keys %seen), OrderSave::Nginx::token($page)) : join ' ', sort keys %seen;
}
sub decide {
    my ($id, $what, $token) = @_;
    return $t->post($t->cancel_uri($id), [[ordersave_do => $what], [ordersave_token => $token]]);
}
sub left { return join ' ', $t->redis('GET', $budget), $t->redis('LLEN', $pool) }

$t->redis('SET', $budget, 2500);
$t->redis('RPUSH', $pool, 'A', 'B');

my ($a, $b, $c, $d, $e) = @ids;
my ($see, $token) = offered($a);
is $see, 'code size ten', 'the first page has all';
is left(), '1500 1', '  which is set apart';
is offered($a), 'code size ten', 'a reload shows the same';
is left(), '1500 1', '  and takes no more';
$t->redis('CONFIG', 'RESETSTAT');
($see, $token) = offered($a);
my ($scripts) = $t->redis('INFO', 'commandstats') =~ /cmdstat_evalsha:calls=(\d+)/;
is $scripts // 0, 0, '  nor does it cost a second question';
cmp_ok OrderSave::Nginx::token_payload($token)->{x}, '<=', decode_json($t->redis('GET', $t->order_key($a) =~ s/:o:/:held:/r))->{''}, '  its page ends with what is held, at the latest';
$t->http('HEAD', $t->cancel_uri($b));
is left(), '1500 1', 'a HEAD takes nothing';
my ($see_b, $token_b) = offered($b);
is $see_b, 'code size ten', 'the second page has all';
is left(), '500 0', '  and the last code';
my (undef, $count) = $t->ctl('coupons', 'count');
like $count, qr{^shop/ten/EUR\t0 in stock\t500 in shards\t2000 set apart for pages$}m, 'coupons count says what is set apart of a budget';
like $count, qr{^shop/p\t0 in stock\t0 in shards\t2 set apart for pages$}m, '  and of a pool';
is offered($c), 'size', 'the third has what is left: nothing that costs';
is left(), '500 0', '  and takes nothing';
$t->get($t->cancel_uri($c, key => 'wrong'));
is left(), '500 0', 'nor does a stranger';

# what was shown is what one gets

is decide($a, 'accept:ten', $token)->{status}, 303, 'accepted';
is left(), '500 1', 'of which the budget knows already; the code goes back';
my $decision = decode_json $t->redis('GET', $t->decision_key($a));
is $decision->{terms}{amount}, 1000, '  with its terms';
is decide($b, 'accept:code', $token_b)->{status}, 303, 'the code is accepted';
like decode_json($t->redis('GET', $t->decision_key($b)))->{code}, qr/^[AB]$/, '  and is the one that was held';
is left(), '1500 1', '  the money goes back';
is decide($b, 'accept:code', $token_b)->{status}, 303, 'once more';
is left(), '1500 1', '  changes nothing';

# cancelled anyway

($see, $token) = offered($c);
is left(), '500 0', 'another page';
decide($c, 'cancel', $token);
$t->wait_for('the decision', sub { $t->redis('GET', $t->decision_key($c)) });
is left(), '1500 1', 'cancel anyway: it goes back';

# ten at once: never more than there is

my @many = @ids[5 .. 14];
my @kids;
for my $id (@many) {
    my $kid = fork // die;
    if (!$kid) { $t->get($t->cancel_uri($id)); POSIX::_exit(0) }
    push @kids, $kid;
}
waitpid $_, 0 for @kids;
is scalar(grep { offered($_) =~ /ten/ } @many), 1, 'of ten pages at once one has the ten euros';
is left(), '500 0', 'and the budget is not below nothing';

# an order that is another's by now

my ($f) = grep { (offered($_) // '') =~ /ten/ } @many;
$t->order($f, total => 100, items => []);
my $less = offered($f);
cmp_ok 1500 - $t->redis('GET', $budget), '<=', 1000, 'an order of another sum holds what it takes now';
$t->order($f);
offered($f);
is left(), '500 0', 'and again';

# a Redis that takes no write sets nothing apart, and the log says why

my $small = $ids[30];
$t->order($small, total => 150, items => []);
$t->redis('CONFIG', 'SET', 'maxmemory', 1);
unlike $t->get($t->cancel_uri($small))->{body}, qr/ordersave_token/, 'full: an order that only meets what costs passes';
like $t->logged(qr/\[$small\]$/), qr/ pass-redis /, '  as Redis would not have it';
$t->redis('CONFIG', 'SET', 'maxmemory', 0);
ok $t->wait_for('writes', sub { offered($small) eq 'ten' }), '  until it would';
decide($small, 'cancel', OrderSave::Nginx::token($t->get($t->cancel_uri($small))));

# it goes back by itself

cmp_ok $t->redis('ZSCORE', $holds, "shop/$f"), '>', time + 500, 'what is held stands as long as the page';
$t->redis('ZINCRBY', $holds, -601, $_) for @{$t->redis('ZRANGE', $holds, 0, -1)};     # ten minutes pass
$t->start_worker;
$t->redis('SET', $t->shard_key(0, 'stockbudget:shop/ten/EUR'), 0) if $shard;
ok $t->wait_for('what was held', sub { ($t->redis('ZCARD', $holds) // 0) == 0 }), 'when the pages are no good any more it goes back';
cmp_ok $t->redis('GET', $budget), '>=', 1500, '  to the budget';
is $t->redis('EXISTS', map { $t->order_key($_) =~ s/:o:/:held:/r } @many), 0, '  and nothing is held';

$t->kill_now('worker');
$t->stop;
done_testing;
