# ordersavectl erase: nothing of a buyer is left in any key, stream, spool or
# dead letter, and nothing that still waits brings him back.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Nginx;
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {
    follow_up => {cancelled => {after => '1h', email => JSON::PP::true}}})->start(redis => {aof => 1});
my $n = OrderSave::Nginx->new;
$n->{redis_port} = $t->{redis_port};
$n->write('secret', "hook-secret\n");
$n->start_nginx(server => "location = /in { ordersave_ingest woocommerce secret_file=$n->{dir}/secret; }");

my %eve = (email => 'Eve.Adams@Shop.Test', first_name => 'Evelyn', phone => '030 901820', country => 'DE', postcode => '10115');
my @traces = (qr/eve\.adams/i, qr/Evelyn/, qr/4930901820|030 901820/, qr/left the flat/);

# every value of every key, and every file of the spool
sub everything {
    my @all;
    for my $key (@{$t->redis('KEYS', '*')}) {
        my $type = $t->redis('TYPE', $key);
        my $text = $type eq 'string' ? $t->redis('GET', $key)
            : $type eq 'hash' ? $t->redis('HGETALL', $key)
            : $type eq 'list' ? $t->redis('LRANGE', $key, 0, -1)
            : $type eq 'zset' ? $t->redis('ZRANGE', $key, 0, -1)
            : $type eq 'set' ? $t->redis('SMEMBERS', $key)
            : $type eq 'stream' ? $t->redis('XRANGE', $key, '-', '+') : "type $type";
        push @all, [$key, encode_json([$text])];
    }
    push @all, [$_, $n->read(s{^\Q$n->{dir}\E/}{}r)] for glob "$n->{dir}/spool/*";
    return @all;
}
sub found { my @where; for my $all (everything()) { for my $re (@traces) { push @where, $all->[0] if "@$all" =~ $re } } return sort @where }

sub post {
    my ($order) = @_;
    my $body = encode_json($order);
    return $n->http('POST', '/in', bare => 1, body => $body, headers => ['Content-Type: application/json',
        'X-WC-Webhook-Topic: order.updated', 'X-WC-Webhook-Delivery-ID: ' . rand,
        'X-WC-Webhook-Signature: ' . encode_base64(hmac_sha256($body, 'hook-secret'), '')])->{status};
}

# two orders of hers: a wish to cancel with her words, a parcel, jobs; one of another
my $one = $t->buy(customer => 'ada', consent => {email => 'yes', sms => 'yes'}, billing => {%eve});
my $two = $t->buy(customer => 'ada', billing => {%eve});
my $other = $t->buy(customer => 'budi', billing => {email => 'else@shop.test', first_name => 'Other', country => 'DE'});
$t->tell($one, kind => 'asked', via => 'page', comment => 'I left the flat');
$t->ship($two, 'JD77');
ok $t->wait_for('all of it', sub { $t->record($one)->{save}{asked} && $t->parcel($two, 'JD77') }), 'she is known';
my (undef, $again) = $t->{demo}->api('GET', "/orders/$one->{order}{id}");

# what she was promised, and what she asked for
my @promised = map { $t->buy(customer => 'ada', billing => {%eve}) } 1 .. 5;
my ($item) = @{$t->record($promised[3])->{items}};
$t->tell($promised[3], kind => 'return', nonce => 'return/eve', return => {n => 1, want => 'refund', lines => [{id => $item->{id}, name => $item->{name}, n => 1}]});
($item) = @{$t->record($promised[4])->{items}};
$t->tell($promised[4], kind => 'return', nonce => 'return/yes', return => {n => 1, want => 'refund', lines => [{id => $item->{id}, name => $item->{name}, n => 1}]});
$t->tell($promised[4], kind => 'verdict', nonce => 'return/yes', approved => JSON::PP::true, by => 'Bo');
$t->settled;

# and what waits: a dead letter of hers, a webhook in the inbox, one in the spool
$t->webhook('{"id": 5, "billing": {"email": "eve.adams@shop.test"}, broken');
ok $t->wait_for('the dead letter', sub { keys %{$t->all('dead')} }), 'a broken webhook of hers is a dead letter';
$t->kill_now('worker', 'TERM');
is post({%$again, id => 900, number => '900', order_key => 'wc_900'}), 202, 'a webhook waits in the inbox';
$t->tell($one, kind => 'scored', score => 1, comment => 'Evelyn again');
$t->accept($promised[0]);
$t->accept($promised[1], offer => 'size', kind => 'request', terms => {give => 'request', for => 'swap'}, applied => 'task');
$t->accept($promised[2], applied => 'done');
$t->stop_redis;
is post({%$again, date_modified_gmt => '2030-01-01T00:00:00'}), 202, 'another in the spool';
ok +(grep { m{/spool/} } map { $_->[0] } grep { "@$_" =~ /Evelyn/ } map { [$_, $n->read(s{^\Q$n->{dir}\E/}{}r)] } glob "$n->{dir}/spool/*"), 'with her name';
$t->start_redis(aof => 1);
ok $t->wait_for('the spool is drained', sub { ($t->redis('XLEN', $t->shard_key($_, 'in')) // 0) and return 1 for 0 .. 15; 0 }), 'which goes into the inbox as soon as Redis is back';
cmp_ok scalar(my @where = found()), '>', 6, 'she is in many places';

# who has hers within his own address, and what another store has to tell her
my $letters = $t->key('dead', $other->{order}{id});
my %dead = (his => {order => "shop/$other->{order}{id}", data => {comment => 'me: steve.adams@shop.test'}},
    longer => {order => "shop/$other->{order}{id}", data => {comment => 'eve.adams@shop.test.example'}},
    elsewhere => {order => 'outlet/5', data => {comment => 'eve.adams@shop.test'}},
    hers => {order => "shop/$other->{order}{id}", data => {comment => "Write\neve.adams\@shop.test. Thanks"}});
$t->redis('HSET', $letters, $_, encode_json($dead{$_})) for keys %dead;

# gone

my ($rc, $out, $err) = $t->ctl('erase', 'EVE.adams@shop.test');
is $rc, 0, 'erased' or diag $out, $err;
like $out, qr/^\d+ orders, \d+ jobs, events and dead letters erased/m, 'and says what';
my @ids = map { $t->id($_) } @promised;
is_deeply [sort grep { /^order / } split /\n/, $out], [sort "order $ids[0]: \"less\" was accepted, and is not applied: see what the store has of it",
    qq(order $ids[1]: "size" was asked for, and nobody has answered),
    "order $ids[3]: a return was asked for, and nobody has answered",
    "order $ids[4]: a return was approved, and is not over"], 'what nobody will do any more is named';
like $out, qr/^what is not done by now is for a person/m, 'and whose it is';
is_deeply [sort grep { $dead{$_} } keys %{$t->all('dead')}], [qw(elsewhere his longer)], 'what is of others stays';
$t->redis('HDEL', $letters, keys %dead);
$t->start_worker('worker-2');
$t->webhook({%$again, date_modified_gmt => '2031-01-01T00:00:00'});      # the store speaks of her once more
ok $t->counted('erased', 3), 'what waited, and what comes again, is dropped';
$t->settled;
is_deeply [found()], [], 'nothing of her is left in any key, stream, spool or dead letter';
ok !$t->record($other) || $t->record($other)->{email}, 'others are as they were';

# she may come back

sleep 1.1;     # an order is new by the second
my $new = $t->buy(customer => 'ada', billing => {%eve}, created => int(time) + 2);
is $t->record($new)->{email}, 'Eve.Adams@Shop.Test', 'a new order of hers is a new order';
is +($t->ctl('erase', 'nobody@shop.test'))[0], 0, 'who is not known is erased as well';
is +($t->ctl('erase', 'nobody'))[0], 2, 'what is no address is refused';

# more orders than the index once had, and addresses that were changed

my @till = map { $t->{demo}->order(customer => 'ada', billing => {email => 'till@shop.test', first_name => 'Tilda', country => 'DE'}) } 1 .. 60;
$t->webhook($_->{order}) for @till;
ok $t->wait_for('the till', sub { @till == grep { $t->record($_) } @till }), 'an address of sixty orders';
my $was = $till[0];
$t->webhook({%{$t->shop($was)}, billing => {%{$was->{order}{billing}}, email => 'ann@shop.test', first_name => 'Ann'},
    date_modified_gmt => '2032-01-01T00:00:00'});
ok $t->wait_for('it', sub { $t->record($was)->{email} eq 'ann@shop.test' }), 'one has another address now';
my $index = $t->redis('KEYS', "ordersave:*:buyer:shop/" . $t->record($till[1])->{customer})->[0];
$t->redis('ZREM', $index, map { $t->id($_) } @till[1 .. 5]);     # as a bound of 50 left it
($rc, $out) = $t->ctl('erase', 'till@shop.test');
is $rc, 0, 'the till is erased' or diag $out;
is scalar(grep { $t->record($_)->{state} ne 'erased' } @till[1 .. 59]), 0, 'with all of its orders';
is $t->record($was)->{email}, 'ann@shop.test', 'an order that is another\'s now is left';
is +($t->ctl('erase', 'ann@shop.test'))[0], 0, 'that one is erased';
is $t->record($was)->{state}, 'erased', 'with the order that was given to her later';

# an index that lacks some says so to nobody: all records are read with --force
my ($lost) = map { $t->buy(customer => 'ada', billing => {email => 'lost@shop.test', country => 'DE'}, created => int(time) + 5) } 1;
$t->redis('DEL', @{$t->redis('KEYS', 'ordersave:*:buyer:shop/' . $t->record($lost)->{customer})});
$t->ctl('--force', 'erase', 'lost@shop.test');
is $t->record($lost)->{state}, 'erased', 'a record that no index names is found with --force';

$n->stop;
$t->stop;
done_testing;
