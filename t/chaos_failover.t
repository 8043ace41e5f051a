# Masters die under load, in a Cluster and behind Sentinels, workers and nginx
# processes with them. Buyers cancel and accept through nginx, the store tells
# of its orders by webhooks. A ledger outside of ordersave holds what each buyer
# and the store was told against what became of it.
# long

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use List::Util qw(max);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Ledger;
use OrderSave::Patience qw(patience);
use OrderSave::Cluster;
use OrderSave::Sentinel;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

my $orders    = $ENV{ORDERSAVE_ORDERS} // 240;
my $failovers = 3;
my $seed      = $ENV{ORDERSAVE_SEED} // int(time);
srand $seed;
my $only = $ENV{ORDERSAVE_KIND} // "";
note "ORDERSAVE_SEED=$seed";

for my $class (grep { /(?:$only)/ } qw(OrderSave::Cluster OrderSave::Sentinel)) {
    my $kind = $class =~ s/.*:://r;
    my $t = $class->new;
    $t->allow(qr/\[alert\] .* worker process \d+ exited on signal 9/);
    $t->start(no_worker => 1, store => ['--cancellable', 'pending,processing']);
    my ($nginx_at, $worker_at) = $t->addresses;
    $t->configure(redis => {%$worker_at, timeout => '1s'});
    my ($next, @alive) = (0);
    my $begin = sub { push @alive, 'w' . ++$next; $t->start_worker($alive[-1]) };
    $begin->() for 1 .. 2;
    ($t->{upstream_port}) = $t->{demo}->url =~ /:(\d+)$/;
    $t->write('secret', "s3cret\n");
    $t->start_nginx(processes => 2, redis => "ordersave_redis $nginx_at timeout=2s;",
        server => $t->woo . "location = /in { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }\n");
    ok $t->wait_for('nginx', sub { $t->reaches_redis }), "$kind: nginx knows all nodes";

    my ($delivery, %told, @order, @resumed, %faults) = (0);
    my $webhook = sub {
        my ($json) = @_;
        my $body = encode_json($json);
        return $t->http('POST', '/in', bare => 1, body => $body, headers => ['X-WC-Webhook-Topic: order.updated',
            'X-WC-Webhook-Delivery-ID: d' . ++$delivery,
            'X-WC-Webhook-Signature: ' . encode_base64(hmac_sha256($body, 's3cret'), '')])->{status} // 0;
    };
    # a store delivers again what was not taken
    my $tell = sub {
        my ($json) = @_;
        $t->wait_for('a webhook', sub { $webhook->($json) == 202 }) or diag 'a webhook was never taken';
    };
    my $buy = sub {
        my ($n) = @_;
        my $o = $t->{demo}->order(customer => 'ada', locale => 'en', status => $n % 3 ? 'pending' : 'processing',
            billing => {email => "buyer$n\@shop.test"});
        $tell->($o->{order});
        push @order, $o;
        return $o;
    };
    my $path = sub { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r };
    my $ask = sub { my ($o) = @_; return $t->get($path->($o), headers => ["Cookie: $o->{cookie}"]) };
    # what a buyer does until he knows; each click of a button is counted
    my $wants = sub {
        my ($o, $what) = @_;
        my $id = $o->{order}{id};
        my $page = $ask->($o);
        my $token = OrderSave::Nginx::token($page);
        unless ($token) {
            $told{$id} = 'passed';
            return 0;
        }
        my $do = $what eq 'accept' ? 'accept:less' : 'cancel';
        for my $click (1 .. 200) {
            my $answer = $t->post($path->($o), [[ordersave_reason => 'costs'], [ordersave_do => $do], [ordersave_token => $token]],
                headers => ["Cookie: $o->{cookie}"]);
            if ($what ne 'accept') {
                $told{$id} = 'cancelled';
                return 1;
            }
            if ($answer->{status} == 303) {
                $told{$id} = 'accepted';
                return 1;
            }
            $token = OrderSave::Nginx::token($answer) // $token;
            sleep 0.1;
        }
        $told{$id} = 'never';
        return 0;
    };

    my @first = map { $buy->($_) } 1 .. $orders / 2;
    ok $t->wait_for('orders', sub { @first == grep { $t->record($_) } @first }), "$kind: the first orders are known";

    my $every = int($orders / (2 * $failovers)) || 1;
    for my $n (1 .. $orders) {
        my $o = $n <= @first ? $first[$n - 1] : $order[$n - 1] // next;
        $wants->($o, $n % 4 ? 'accept' : 'cancel');
        $buy->(@first + $n) if @order < $orders;
        $t->wait_for('an order', sub { $t->record($order[-1]) }) if $n % 8 == 0;
        next if $n % $every || keys(%faults) && ($faults{master} // 0) >= $failovers;

        # a master whose replica is in sync dies, and who works on it with it
        my ($victim) = sort { rand() <=> 0.5 } $t->masters or next;
        $t->kill_now("node$victim", 'KILL');
        $faults{master}++;
        if ($faults{master} % 2) {
            my $worker = shift @alive;
            $t->kill_now($worker, 'KILL');
            $faults{worker}++;
            $begin->();
        } else {
            my ($child) = split ' ', `pgrep -P $t->{pids}{nginx}` // '';
            kill KILL => $child if $child;
            $faults{nginx}++;
        }
        my $later = $buy->(1000 + $n);
        my @nodes = @{$t->{nodes}};
        $t->{nodes} = [grep { $_ != $victim } @nodes];
        $t->wait_for('a new master', sub { $t->whole(5) });
        my $whole = time;
        ok $t->wait_for('all flows', sub { $t->reaches_redis && $t->record($later) }), "$kind: work goes on without $victim";
        push @resumed, time - $whole;
        $t->{nodes} = \@nodes;
        $t->start_node($victim);
        $t->wait_for('the node', sub { $t->masters >= ($kind eq 'Cluster' ? 3 : 1) });
    }

    ok $t->wait_for('the spool', sub { 0 == (grep { -s } glob "$t->{dir}/spool/*") }), "$kind: the spool is empty";
    ok $t->settled, "$kind: nothing is left to do";

    my $mail = balance($t, $kind, \@order, \%told);
    my $twice = grep { $_ > 1 } values %$mail;
    note "$kind: faults: ", join ', ', map { "$faults{$_} $_" } sort keys %faults;
    note "$kind: mails sent again where nobody knew: $twice";
    note sprintf "%s: work went on after at most %.1f s of a whole Redis", $kind, max(0, @resumed);
    cmp_ok $twice, '<=', $t->count('ambiguous.again'), "$kind: a mail is sent twice only where nobody knew";
    cmp_ok max(0, @resumed), '<', patience(), "$kind: and it went on";
    $t->stop;
}

done_testing;
