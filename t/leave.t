# No more offers by mail: one click in the mail program (RFC 8058), or on a
# page. A GET changes nothing, the address is in no link, and it holds even
# when Redis is away at that moment.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->start_nginx(server => $t->woo);

my $who = 'abcdefghijklmnopqrstuv';
my $key = $t->key("suppress:shop/$who", "shop/$who");
my $link = '/ordersave/unsubscribe/' . $t->sign({p => 'unsubscribe', s => 'shop', c => $who, l => 'fr', x => time + 600});

my $page = $t->get($link);
is $page->{status}, 200, 'a page';
like $page->{head}, qr/^Content-Language: fr\r?$/mi, "in the mail's language";
is $t->redis('GET', $key), undef, 'a GET changes nothing';

my $one = $t->http('POST', $link, bare => 1, body => 'List-Unsubscribe=One-Click');
is $one->{status}, 200, 'one click of a mail program';
is $t->redis('GET', $key), 'marketing', 'is enough';
is $t->redis('TTL', $key), -1, 'for good';

is $t->post($link, [[ordersave_do => 'again']])->{status}, 200, 'it was a mistake';
is $t->redis('GET', $key), undef, 'taken back';
is $t->post($link, [[ordersave_do => 'leave']])->{status}, 200, 'the button of the page';
is $t->redis('GET', $key), 'marketing', 'does the same' or diag $t->read('logs/error.log');
$t->redis('DEL', $key);

for my $case (['expired', {x => time - 1}], ['another store', {s => 'other'}], ['another purpose', {p => 'track'}], ['nobody', {c => undef}]) {
    my %payload = (p => 'unsubscribe', s => 'shop', c => $who, x => time + 600, %{$case->[1]});
    delete $payload{c} if !defined $payload{c};
    is $t->post('/ordersave/unsubscribe/' . $t->sign(\%payload), [])->{status}, 403, "$case->[0]: refused";
}
is $t->redis('GET', $key), undef, 'and nothing done';

$t->stop_redis;
is $t->http('POST', $link, bare => 1, body => 'List-Unsubscribe=One-Click')->{status}, 200, 'with Redis away as well';
$t->start_redis;
ok $t->wait_for('the spool', sub { ($t->redis('GET', $key) // '') eq 'marketing' }), 'it holds once Redis is back';


# a word that waited on a disk does not undo a later one

$t->redis('DEL', $key);
my $other = OrderSave::Nginx->new(redis_port => $t->{redis_port})->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });
$other->start_nginx(server => $other->woo);
ok $other->wait_for('Redis', sub { $other->get('/ordersave/status')->{body} =~ /"redis":"up"/ }), 'a second server';
$t->redis('CONFIG', 'SET', 'maxmemory', 1);
$t->http('POST', $link, bare => 1, body => 'List-Unsubscribe=One-Click');
ok $t->wait_for('the spool', sub { scalar(() = glob $t->path('spool/*.spool')) }), 'who leaves is spooled by the first';
$t->kill_now('nginx', 'QUIT');
$t->redis('CONFIG', 'SET', 'maxmemory', 0);
ok $other->wait_for('the later word', sub { $other->post($link, [[ordersave_do => 'again']])->{status} == 200
    && defined $t->redis('GET', $key =~ s/suppress:/said:/r) }), 'and comes back by the second';
$t->start_nginx(server => $t->woo);
ok $t->wait_for('the spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'then the spool is drained';
is $t->redis('GET', $key), undef, 'what was said last counts';
$other->stop;
$t->stop;
done_testing;
