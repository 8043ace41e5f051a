# Shards move from master to master of a Cluster while buyers accept, webhooks
# come, and two workers and nginx work: each key by MIGRATE, slowly, so that the
# slot is on its way for a while (ASK, TRYAGAIN), and then MOVED. A ledger
# outside of ordersave counts: nothing is lost, nothing comes twice.
# long

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Cluster;
use OrderSave::Ledger;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

my $orders = $ENV{ORDERSAVE_ORDERS} // 600;
my $moves  = 24;
my $seed   = $ENV{ORDERSAVE_SEED} // int(time);
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $t = OrderSave::Cluster->new;
$t->start(no_worker => 1, store => ['--cancellable', 'pending,processing']);
my ($nginx_at, $worker_at) = $t->addresses;
$t->configure(redis => {%$worker_at, timeout => '2s'});
$t->start_worker($_) for qw(w1 w2);
($t->{upstream_port}) = $t->{demo}->url =~ /:(\d+)$/;
$t->write('secret', "s3cret\n");
$t->start_nginx(processes => 2, redis => "ordersave_redis $nginx_at timeout=2s;",
    server => $t->woo . "location = /in { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }\n");
ok $t->wait_for('nginx', sub { $t->reaches_redis }), 'nginx knows all nodes';

# Begins to move a shard to another master; returns what goes on with it: some
# keys at each call, until all are there and all nodes know.
sub move_shard {
    my ($shard) = @_;
    my $slot = OrderSave::Nginx::crc16($t->tag($shard)) % 16384;
    my %id = map { $_ => $t->node($_, 'CLUSTER', 'MYID') } $t->masters;
    my $from = $t->master_of($t->shard_key($shard, 'ev'));
    my ($to) = sort { rand() <=> 0.5 } grep { $_ != $from } keys %id;
    $t->node($to, 'CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $id{$from});
    $t->node($from, 'CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $id{$to});
    return sub {
        my $keys = $t->node($from, 'CLUSTER', 'GETKEYSINSLOT', $slot, 5);
        if (@$keys) {
            $t->node($from, 'MIGRATE', '127.0.0.1', $to, '', 0, 5000, 'KEYS', @$keys);
            return 1;
        }
        $t->node($_, 'CLUSTER', 'SETSLOT', $slot, 'NODE', $id{$to}) for $to, $from, grep { $_ != $to && $_ != $from } keys %id;
        return 0;
    };
}

my ($delivery, %told, @order) = (0);
my $webhook = sub {
    my ($json) = @_;
    my $body = encode_json($json);
    my %o = (bare => 1, body => $body, headers => ['X-WC-Webhook-Topic: order.updated', 'X-WC-Webhook-Delivery-ID: d' . ++$delivery,
        'X-WC-Webhook-Signature: ' . encode_base64(hmac_sha256($body, 's3cret'), '')]);
    $t->wait_for('a webhook', sub { ($t->http('POST', '/in', %o)->{status} // 0) == 202 }) or diag 'a webhook was never taken';
};
my $path = sub { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r };
my $buy = sub {
    my ($n) = @_;
    my $o = $t->{demo}->order(customer => 'ada', locale => 'en', billing => {email => "buyer$n\@shop.test"});
    $webhook->($o->{order});
    push @order, $o;
};
# What a buyer does until he knows.
my $wants = sub {
    my ($o, $do) = @_;
    my $id = $o->{order}{id};
    my $token = OrderSave::Nginx::token($t->get($path->($o), headers => ["Cookie: $o->{cookie}"])) or return $told{$id} = 'passed';
    for (1 .. 200) {
        my $answer = $t->post($path->($o), [[ordersave_reason => 'costs'], [ordersave_do => $do], [ordersave_token => $token]],
            headers => ["Cookie: $o->{cookie}"]);
        return $told{$id} = 'cancelled' if $do eq 'cancel';
        return $told{$id} = 'accepted' if $answer->{status} == 303;
        $token = OrderSave::Nginx::token($answer) // $token;
        sleep 0.1;
    }
    $told{$id} = 'never';
};

$buy->($_) for 1 .. $orders / 2;
ok $t->wait_for('orders', sub { @order == grep { $t->record($_) } @order }), 'the first orders are known';

my ($going, $moved, @ways) = (undef, 0);
for my $n (1 .. $orders) {
    $going //= move_shard($ways[$moved] = int rand 16) if $moved < $moves;
    if ($going && !$going->()) {
        $going = undef;
        $moved++;
    }
    $wants->($order[$n - 1], $n % 4 ? 'accept:less' : 'cancel') if $order[$n - 1];
    $buy->($n + $orders) if @order < $orders;
    $t->wait_for('an order', sub { $t->record($order[-1]) }) if $n % 8 == 0 && !$going;
}
while ($going && $going->()) { }
$moved++ if $going;
cmp_ok $moved, '>=', 12, 'shards have moved';
note "$moved moves, of shards @ways";
ok $t->wait_for('the Cluster', sub { $t->whole(6) }), 'the Cluster is whole';
ok $t->wait_for('the spool', sub { 0 == (grep { -s } glob "$t->{dir}/spool/*") }), 'the spool is empty';
ok $t->settled, 'nothing is left to do';

my $mail = balance($t, 'moving shards', \@order, \%told);
is_deeply [grep { $mail->{$_} > 1 } sort keys %$mail], [], 'no mail is sent twice';
is_deeply $t->all('dead'), {}, 'nothing died';
$t->stop;
done_testing;
