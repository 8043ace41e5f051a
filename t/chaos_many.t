# A hundred thousand orders in front of a Cluster and behind Sentinels:
# buyers cancel and accept through nginx, the store and carriers tell what
# happens, many of it twice, while workers and nginx processes are killed and
# stopped, and masters die. The store and the mail server fail at times, each in
# every way that is known. What they wrote down, and what buyers were told, is
# the ledger, which is printed line by line.
#
# ORDERSAVE_ORDERS: how many; ORDERSAVE_MINUTES: buyers begin nothing new after
# so many, of both kinds together; ORDERSAVE_KIND: Cluster or Sentinel alone.
# long

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use JSON::PP;
use List::Util qw(max sum0 uniq);
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Cluster;
use OrderSave::Patience qw(await patience);
use OrderSave::Sentinel;
use OrderSave::Till;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

my $only  = $ENV{ORDERSAVE_KIND} // '';
my @kinds = grep { /(?:$only)/ } qw(Cluster Sentinel);
my $orders    = int(($ENV{ORDERSAVE_ORDERS} // 100_000) / @kinds);
my $kills     = 25;                             # of each kind
my $failovers = 3;
my $buyers    = 6;
my $odds      = 0.01;
my $minutes   = ($ENV{ORDERSAVE_MINUTES} // 240) / @kinds;
my $seed      = $ENV{ORDERSAVE_SEED} // int(time);
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $json = JSON::PP->new->canonical->utf8;
my $line = 32;                      # bytes of one of what a buyer was told
my ($t, $till, $kind, $delivery);

sub begin_all {
    my ($class) = @_;
    $t = $class->new(campaign => {
        offers => [
            {id => 'ten', reasons => ['costs'], give => {coupon => {pool => 'ten', percent => '10'}}},
            {id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}}},
        ],
        refund => {by => 'api'}, caps => {email => '1s'}, track => {},
        follow_up => {
            cancelled => {after => '1s', email => JSON::PP::true},
            win_back => {after => '1s', pool => 'back', percent => '10', expires => '30d', url => '/shop'},
        },
    });
    $t->allow(qr/\[alert\] .* worker process \d+ exited on signal 9/);
    $till = OrderSave::Till->new($t->dir, seed => $seed);
    @$t{qw(demo sink)} = ($till, $till);
    $t->{upstream_port} = $till->store(odds => $odds);
    $till->post(odds => $odds);
    $t->start_redis;
    $t->write('api', "$till->{key}\n");
    $t->write_share;
    for my $name (qw(confirmed shipped in_transit out_for_delivery delivered delivered_all)) {
        $t->write("share/templates/$name.subject.mustache", "$name {{{order.number}}}");
        $t->write("share/templates/$name.$_.mustache", "$name\n") for qw(txt html);
    }
    my $campaign = $t->campaign;
    # longer than this store goes on with a request, shorter than a worker is stopped
    $campaign->{api} = {%{$campaign->{api}}, timeout => '1s', finished_within => '8s'};
    $t->write('campaign.json', $json->encode($campaign));
    my ($nginx_at, $worker_at) = $t->addresses;
    $t->configure(redis => {%$worker_at, timeout => '1s'},
        smtp => {host => '127.0.0.1', port => $till->smtp_port, starttls => 'never', connections => 8,
                 timeout => '10s', final_timeout => '3s'});
    for my $pool (qw(ten back)) {
        $t->write("codes.$pool", join '', map { "$pool-$_\n" } 1 .. $orders);
        my ($code, $out, $err) = $t->ctl('coupons', 'load', $pool, $t->path("codes.$pool"));
        is $code, 0, "$kind: codes of $pool" or diag $err;
    }
    $t->start_worker($_) for qw(w1 w2);
    $t->write('secret', "s3cret\n");
    $t->start_nginx(processes => 2, log_level => 'warn', redis => "ordersave_redis $nginx_at timeout=2s;",
        server => $t->woo . join '', map { "location = /in/$_ { ordersave_ingest $_ secret_file=$t->{dir}/secret; }\n" }
            qw(woocommerce aftership));
    ok $t->wait_for('nginx', sub { $t->reaches_redis }), "$kind: nginx knows all nodes";
}

# --- buyers, the store and carriers ---

# Whoever is not answered 202 tells again.
sub deliver {
    my ($source, $topic, $data, $id) = @_;
    my $body = $json->encode($data);
    my $sign = encode_base64(hmac_sha256($body, 's3cret'), '');
    my @headers = $source eq 'woocommerce'
        ? ("X-WC-Webhook-Topic: $topic", "X-WC-Webhook-Delivery-ID: $id", "X-WC-Webhook-Signature: $sign")
        : "aftership-hmac-sha256: $sign";
    for (rand() < 0.1 ? (1, 2) : 1) {
        await(sub { ($t->http('POST', "/in/$source", bare => 1, body => $body, headers => \@headers)->{status} // 0) == 202 })
            or print STDERR "a webhook was never taken: $source $id\n";
    }
}

sub webhook {
    my ($id, %over) = @_;
    deliver('woocommerce', 'order.updated', $till->order($id, %over), "$$-" . ++$delivery);
}

sub ship {
    my ($id) = @_;
    webhook($id, status => 'completed', at => time + 1, meta => [{key => '_wc_shipment_tracking_items',
        value => [{tracking_number => "TILL$id", tracking_provider => 'ups', date_shipped => int time}]}]);
    my $at = time - 60;
    for my $tag (qw(InTransit OutForDelivery Delivered)) {
        my $iso = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($at += 10));
        deliver('aftership', 'tracking_update', {event => 'tracking_update', event_id => "$id-$tag",
            msg => {tracking_number => "TILL$id", slug => 'ups', tag => $tag,
                    checkpoints => [{tag => $tag, checkpoint_time => $iso, message => "scan $tag"}]}}, "$id-$tag");
    }
    return 'shipped';
}

# What a buyer does until he knows.
sub decide {
    my ($id, $do) = @_;
    my $path = $t->cancel_uri($id);
    my $told;
    await(sub {
        my $answer = $t->get($path);
        my $token = OrderSave::Nginx::token($answer);
        return ($answer->{status} == 302 || $answer->{status} == 200) && ($told = 'passed') unless $token;
        # a code where there are some
        my $what = $do eq 'cancel' ? $do : $id % 8 == 1 && $answer->{body} =~ /accept:ten/ ? 'accept:ten' : 'accept:less';
        for my $click (1 .. 200) {
            $answer = $t->post($path, [[ordersave_reason => 'costs'], [ordersave_do => $what], [ordersave_token => $token]]);
            return $told = $what eq 'accept:ten' ? 'accepted,code' : 'accepted' if $answer->{status} == 303;
            return $told = 'cancelled' if $answer->{status} == 302 && $do eq 'cancel';
            $token = OrderSave::Nginx::token($answer) // $token;
            sleep 0.1;
        }
        return $told = 'never';
    });
    return $told // 'never';
}

sub wishes { my ($id) = @_; return $id % 4 == 3 ? 'cancel' : 'accept' }

# One of several processes, each with orders of its own.
sub buyer {
    my ($k, $until) = @_;
    srand $seed + $k;
    open my $out, '>', $t->path("told.$k") or die "told: $!";
    $out->autoflush(1);
    my @before;
    for (my $id = $k; ; $id += 20 * $buyers) {
        my @now = grep { $_ <= $orders && time < $until } map { $id + $_ * $buyers } 0 .. 19;
        webhook($_) for @now;
        if (@before) {
            $t->wait_for("order $before[-1]", sub { $t->redis('EXISTS', $t->order_key($before[-1])) });
        }
        for my $one (@before) {
            my $what = $one % 4 ? decide($one, wishes($one)) : ship($one);
            webhook($one, status => 'cancelled', at => time + 1) if $what =~ /cancelled|passed/;
            print $out sprintf "%-9d %-21s\n", $one, $what;
        }
        @before = @now or last;
    }
    POSIX::_exit(0);
}

sub told {
    my %told;
    for my $k (1 .. $buyers) {
        my @words = split ' ', $t->read("told.$k");
        while (my ($id, $what) = splice @words, 0, 2) { $told{$id} = $what }
    }
    return \%told;
}

# --- what is done to them ---

my (@alive, $next, %faults, @resumed, @stopped);

sub begin_worker { push @alive, 'w' . ++$next; $t->start_worker($alive[-1]) }

# Orders of all shards are told of, and are known.
sub all_flows {
    my ($what, $since) = @_;
    my %probe;
    for (my $id = ($till->{probe} //= 10_000_000); keys %probe < 16; $till->{probe} = ++$id) {
        $probe{$t->shard("$t->{store}/$id")} //= $id;
    }
    webhook($_) for values %probe;
    ok $t->wait_for('all flows', sub {
        for my $shard (keys %probe) {
            $t->redis('EXISTS', $t->order_key($probe{$shard})) or return 0;
            delete $probe{$shard};
        }
        return 1;
    }, sub { scalar keys %probe }), "$kind: work goes on after: $what";
    my $took = time - $since;
    push @resumed, $took;
    note sprintf '%s: %s: all shards worked %.1f s after it', $kind, $what, $took;
}

sub kill_one {
    my $how = int rand 4;
    if ($how == 0) {
        my ($child) = sort { rand() <=> 0.5 } split ' ', `pgrep -P $t->{pids}{nginx}` // '';
        kill KILL => $child if $child;
        $faults{'nginx killed'}++;
        return all_flows('an nginx process killed', time);
    }
    my $victim = shift @alive;
    my $began = time;
    if ($how == 1) {
        kill STOP => $t->{pids}{$victim};
        push @stopped, [time + 10, $victim];
        $faults{'worker stopped'}++;
    } else {
        $t->kill_now($victim, 'KILL');
        $faults{'worker killed'}++;
    }
    begin_worker();
    all_flows($how == 1 ? 'a worker stopped' : 'a worker killed', $began);
}

# A master whose replica is in sync dies.
sub fail_over {
    my @masters;
    $t->wait_for('masters with replicas', sub { @masters = $t->masters });
    my ($victim) = sort { rand() <=> 0.5 } @masters or return fail "$kind: no master with a replica";
    $t->kill_now("node$victim", 'KILL');
    $faults{'master killed'}++;
    my @nodes = @{$t->{nodes}};
    $t->{nodes} = [grep { $_ != $victim } @nodes];
    $t->wait_for('a new master', sub { $t->whole(5) });
    my $whole = time;
    $t->wait_for('nginx', sub { $t->reaches_redis });
    all_flows('a master killed', $whole);
    $t->{nodes} = \@nodes;
    $t->start_node($victim);
}

# A worker that was stopped goes on: it has lost all that it had.
sub let_go {
    my ($all) = @_;
    while (@stopped && ($all || $stopped[0][0] <= time)) {
        my ($at, $who) = @{shift @stopped};
        kill CONT => $t->{pids}{$who};
        push @alive, $who;
        $t->kill_now(shift @alive, 'TERM') if @alive > 3;
    }
}

sub play {
    my $until = time + 60 * $minutes;
    my @pids;
    for my $k (1 .. $buyers) {
        my $pid = fork // die "fork: $!";
        buyer($k, $until) if $pid == 0;
        push @pids, $pid;
    }
    my @plan = sort { rand() <=> 0.5 } (('kill') x $kills, ('fail over') x $failovers);
    my $began = time;
    my ($n, $done, %gone) = (scalar @plan, 0);
    while (@pids > keys %gone) {
        my $size = sum0 map { -s $t->path("told.$_") || 0 } 1 .. $buyers;
        $done = max($size / $line / $orders, (time - $began) / 60 / $minutes);
        if (@plan && $done >= ($n - @plan + 1) / ($n + 2)) {
            my $what = shift @plan;
            $what eq 'kill' ? kill_one() : fail_over();
        }
        let_go();
        $gone{$_}++ for grep { waitpid($_, POSIX::WNOHANG()) == $_ } @pids;
        sleep 0.1;
    }
    # few orders are quickly done
    $_ eq 'kill' ? kill_one() : fail_over() for splice @plan;
    let_go(1);
    note sprintf '%s: %d s of buyers, %d processes', $kind, time - $began, $buyers;
}

# --- the ledger ---

# {id => record} of many keys.
sub records {
    my ($key, @ids) = @_;
    my (%shard, %record);
    push @{$shard{$t->shard("$t->{store}/$_")}}, $_ for @ids;
    for my $shard (keys %shard) {
        while (my @some = splice @{$shard{$shard}}, 0, 500) {
            my $all = $t->redis('MGET', map { $t->$key($_) } @some);
            for my $i (0 .. $#some) {
                $record{$some[$i]} = $json->decode($all->[$i]) if defined $all->[$i];
            }
        }
    }
    return \%record;
}

sub few { my @some = @_; return [@some > 10 ? (@some[0 .. 9], '…') : @some] }

sub balance_all {
    my $told = told();
    my @ids = sort { $a <=> $b } keys %$told;
    my $record = records(order_key => @ids);
    my $decision = records(decision_key => @ids);
    my (%store, %code, %mail, %ledger, %wrong);
    for ($till->journal('store')) {
        my ($what, $id, $code) = split /\t/;
        $store{$what}{$id}++;
        $code{$code}{$id}++ if defined $code;
    }
    for ($till->journal('post')) {
        my ($subject) = split /\t/;
        $mail{$subject}++;
    }
    my @dead = values %{$t->all('dead')};
    my %dead = map { my $job = $_; map { $_ => 1 } "$job->{purpose} " . ($job->{order} =~ s{.*/}{}r) } @dead;

    for my $id (@ids) {
        my $what = $told->{$id};
        my ($fee, $code, $refund, $cancel) = map { $store{$_}{$id} // 0 } qw(fee code refund cancel);
        my $applied = ($decision->{$id} // {})->{applied} // '-';
        my $out = "cancelled $cancel, discounts $fee, codes $code, refunds $refund" . ($applied eq 'task' ? ', a task' : '');
        my $accepted = $what =~ /^accepted/;
        $ledger{"told $what" . ($accepted ? $id % 4 == 2 ? ', paid' : ', unpaid' : '') . ": at the store $out"}++;
        push @{$wrong{'what was told is what is'}}, "$id: $what, $out"
            if $what eq 'never'
            || ($accepted && $applied ne 'task' && ($what eq 'accepted' ? $fee : $code) != 1)
            || ($what =~ /cancelled|passed/ && !$cancel)
            || (!$accepted && $fee + $code + $refund);
        push @{$wrong{'nothing is given or paid twice'}}, "$id: $out" if $fee > 1 || $code > 1 || $refund > 1;
        push @{$wrong{'no order is lost'}}, $id if !$record->{$id};
        if ($what eq 'shipped') {
            my ($parcel) = @{(($record->{$id} // {})->{track} // {})->{parcels} // []};
            push @{$wrong{'no word of a carrier is lost'}}, $id if (($parcel // {})->{milestone} // '') ne 'delivered';
        }
        my %due = (accepted => ['applied'], 'accepted,code' => ['applied'], cancelled => ['cancelled'], passed => ['cancelled'], shipped => ['delivered']);
        for my $purpose (@{$due{$what} // []}) {
            next if $mail{"$purpose $id"} || $dead{"$purpose $id"} || ($applied eq 'task' && $purpose eq 'applied');
            push @{$wrong{'no message is lost'}}, "$purpose $id";
        }
    }
    my ($refunded, $paid) = (0, 0);
    for my $id (grep { $told->{$_} =~ /^accepted/ && $_ % 4 == 2 } @ids) {
        $paid++;
        $refunded++ if $store{refund}{$id};
    }
    my $tasks = $t->count('refund.task') + $t->count('applied.task');
    my %kindly;
    for my $subject (keys %mail) {
        my ($purpose) = split ' ', $subject;
        $kindly{$purpose}[0]++;
        $kindly{$purpose}[1] += $mail{$subject} > 1;
    }
    my $twice = sum0 map { $_->[1] } values %kindly;

    note "$kind: ledger: faults: ", join ', ', map { "$_ $faults{$_}" } sort keys %faults;
    note "$kind: ledger: orders told by webhooks: ${\scalar @ids}, known: ${\scalar keys %$record}";
    note "$kind: ledger: $_: $ledger{$_}" for sort keys %ledger;
    note "$kind: ledger: refunds due: $paid, made: $refunded; left to a person: $tasks";
    note "$kind: ledger: codes given: ${\scalar keys %code}, to two orders: ${\scalar grep { keys %$_ > 1 } values %code}";
    note "$kind: ledger: mails $_: $kindly{$_}[0], of them twice: $kindly{$_}[1]" for sort keys %kindly;
    note "$kind: ledger: counted as sent again: " . $t->count('ambiguous.again') . ', as left: ' . $t->count('ambiguous.left')
        . ', dead letters: ' . @dead;
    note sprintf '%s: ledger: all shards worked after at most %.1f s', $kind, max(0, @resumed);

    is_deeply few(@{$wrong{$_} // []}), [], "$kind: $_" for 'what was told is what is', 'nothing is given or paid twice',
        'no order is lost', 'no word of a carrier is lost', 'no message is lost';
    is_deeply few(grep { keys %{$code{$_}} > 1 } sort keys %code), [], "$kind: no code is given twice";
    cmp_ok $refunded + $tasks, '>=', $paid, "$kind: each refund is made, or a person knows";
    is_deeply few(uniq map { $_->{why} } grep { $_->{why} !~ /not known whether|a worker died/ } @dead), [],
        "$kind: nothing died of anything but doubt";
    is $kindly{win_back}[1] // 0, 0, "$kind: no advertising comes twice";
    my @asked = grep { $told->{$_} =~ /cancelled|passed/ } @ids;
    cmp_ok(($kindly{win_back}[0] // 0) + $t->count('ambiguous.left'), '>=', @asked, "$kind: and none is lost but in doubt");
    cmp_ok $twice, '<=', $t->count('ambiguous.again'), "$kind: a mail comes twice only where nobody knew";
}

for (@kinds) {
    $kind = $_;
    @alive = qw(w1 w2);
    ($next, %faults, @resumed, @stopped) = (2);
    begin_all("OrderSave::$kind");
    play();
    ok $t->wait_for('the spool', sub { 0 == (grep { -s } glob "$t->{dir}/spool/*") }), "$kind: the spool is empty";
    ok $t->settled, "$kind: nothing is left to do";
    balance_all();
    cmp_ok max(0, @resumed), '<', patience(), "$kind: all went on again";
    $t->stop;
    undef $till;
}

done_testing;
