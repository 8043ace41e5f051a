# A replica that lags and then takes over: whoever was told that something is
# safe was told the truth. An accept is not known yet until the replica has it,
# a webhook is spooled, and both are there once after the failover.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64);
use File::Path qw(make_path);
use OrderSave::Link;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {discount => {percent => "10"}}, limit => {per_customer => 1, budget => {EUR => '100.00'}}},
    {id => 'size', reasons => ['*'], give => {request => {}}},
]});
my ($one, $two, $sentinel) = map { OrderSave::Nginx::free_port() } 1 .. 3;

sub node {
    my ($name, $port, @more) = @_;
    make_path($t->path($name));
    $t->spawn($name, 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--repl-diskless-sync-delay', '0', '--dir', $t->path($name), @more);
    $t->wait_for($name, sub { (at($port, 'PING') // '') eq 'PONG' });
}
sub at { my (@words) = @_; return $t->redis_at(@words) }
sub linked { my ($port) = @_; return $t->wait_for('the replica', sub { (at($port, 'INFO', 'replication') // '') =~ /master_link_status:up/ }) }

node('one', $one);
my $link = OrderSave::Link->new($one);
node('two', $two, '--replicaof', "127.0.0.1 $link->{port}");
ok linked($two), 'a master and its replica';
ok $t->start_sentinel($sentinel, $one, repair => 600_000), 'watched by a sentinel';

$t->{redis_port} = $one;
$t->order($_, customer => "c$_") for 19 .. 24;
$t->redis('SET', $t->key('budget:shop/ten/EUR', "shop/$_"), 10000) for 19 .. 24;
$t->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->write('secret', "s3cret of the shop\n");
$t->start_nginx(server => $t->woo . "location = /in { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }\n",
    redis => "ordersave_redis sentinel:127.0.0.1:$sentinel master=shop timeout=5s wait=1s;");

my $delivery = 0;
sub webhook {
    my ($body) = @_;
    return $t->http('POST', '/in', bare => 1, body => $body, headers => ['X-WC-Webhook-Topic: order.updated',
        'X-WC-Webhook-Delivery-ID: d' . ++$delivery,
        'X-WC-Webhook-Signature: ' . encode_base64(hmac_sha256($body, 's3cret of the shop'), '')])->{status};
}
sub inbox {
    my ($port) = @_;
    my %seen;
    for my $shard (0 .. 15) {
        $seen{+{@{$_->[1]}}->{body}}++ for @{at($port, 'XRANGE', $t->shard_key($shard, 'in'), '-', '+') // []};
    }
    return \%seen;
}
sub status { return decode_json($t->get('/ordersave/status')->{body}) }
sub page { my ($id) = @_; return OrderSave::Nginx::token($t->get($t->cancel_uri($id))) }
sub press { my ($id, $token, $offer) = @_; return $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:' . ($offer // 'ten')], [ordersave_token => $token]]) }

my %token = map { $_ => page($_) } 19 .. 24;
ok !(grep { !$_ } values %token), 'offers are shown';

# all is well

my $told = press(19, $token{19});
is $told->{status}, 303, 'an accept that the replica has is told';
my ($kept) = OrderSave::Nginx::header($told, 'Location') =~ m{(/ordersave/kept/.*)};
is $t->get($kept)->{status}, 200, 'and on the kept page';
is webhook('{"id":1}'), 202, 'as is a webhook';
my ($node) = grep { $_->{port} == $one } @{status()->{nodes}};
is $node->{replicas}, 1, 'status knows of the replica';
is status()->{events_spooled}, 0, 'nothing was spooled';

# the link to the replica stands still, the master goes on

at($one, 'WAIT', 1, 1000);
$link->hold;
my $answer = press(20, $token{20});
isnt $answer->{status}, 303, 'the replica lags: an accept is not told as done';
like $answer->{body}, qr/ordersave_token/, 'but not known yet, with the same button';
like $t->logged(qr/ unknown/), qr/ unknown/, 'and the log says so';
is webhook('{"id":2}'), 202, 'a webhook is taken all the same';
my $status = status();
cmp_ok $status->{events_spooled}, '>=', 1, 'because it is on the disk';
cmp_ok $status->{redis_unconfirmed}, '>=', 2, 'what was not confirmed is counted';
my $again = press(20, $token{20});
isnt $again->{status}, 303, 'a second click is told no more';
isnt press(23, $token{23}, 'size')->{status}, 303, 'nor an offer that needs no reservation';
is decode_json($t->redis('GET', $t->decision_key(23)))->{state}, 'accepted', 'which the master has taken';
isnt press(23, $token{23}, 'size')->{status}, 303, 'and which is told no more for that, alone with it';
is $t->get($kept)->{status}, 503, 'nor does the kept page tell what only this master knows';

# the master dies with what it has, the replica takes over without it

$t->kill_now('one', 'KILL');
$link->cut;
ok $t->wait_for('the failover', sub { (at($two, 'ROLE') // [''])->[0] eq 'master' }), 'the replica is the master now';
$t->{redis_port} = $two;
ok $t->wait_for('nginx follows', sub { status()->{redis} eq 'up' }), 'which nginx follows';
is $t->redis('GET', $t->decision_key($_)), undef, "it never heard of the accept $_ that was not known" for 20, 23;
is decode_json($t->redis('GET', $t->decision_key(19)))->{state}, 'accepted', 'and has the one that was told';
ok $t->wait_for('the spool', sub { inbox($two)->{'{"id":2}'} }), 'the webhook comes out of the spool';
is inbox($two)->{'{"id":1}'}, 1, 'beside the one before it';

# the same button again

is press(20, $token{20})->{status}, 303, 'the button that was kept decides now';
is press(20, $token{20})->{status}, 303, 'and says the same again';
is scalar(grep { $_->{kind} eq 'accepted' } $t->events(20)), 1, 'it is accepted once';
is press(23, $token{23}, 'size')->{status}, 303, 'so does the other';
is scalar(grep { $_->{kind} eq 'accepted' } $t->events(23)), 1, 'once, too';
is $t->get($kept)->{status}, 200, 'the kept page is back';
is $t->redis('GET', $t->key('budget:shop/ten/EUR', 'shop/20')), 10000 - 450, 'and paid for once';

# no replica: stated and counted, never a stop

cmp_ok status()->{redis_alone}, '>=', 1, 'a master without a replica goes on, which is counted';
($node) = grep { $_->{port} == $two } @{status()->{nodes}};
is $node->{replicas}, 0, 'and stands in the status';
node('three', $one, '--replicaof', "127.0.0.1 $two");
ok linked($one), 'a new replica';
ok $t->wait_for('the log', sub { press(21, $token{21}); $t->read('logs/error.log') =~ /127\.0\.0\.1:$two has a replica again/ }), 'is seen';
unlike $t->read('logs/error.log'), qr/\[(?:alert|emerg)\]/, 'nothing alarming in the log';

# an ACL that permits no WAIT stops nothing either

$t->redis('ACL', 'SETUSER', 'default', '-wait', '-role');
ok $t->wait_for('the ACL', sub { press(22, $token{22})->{status} == 303 }), 'an accept without the right to ask is taken';
like $t->read('logs/error.log'), qr/permits no ROLE or WAIT.*grant \+role \+wait/, 'and the log says what to grant';

done_testing;
