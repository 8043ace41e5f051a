package OrderSave::Worker;

# A real worker beside a real Redis, the demo's store and the demo's sink, on
# free ports of 127.0.0.1. Messages are worded by short templates of our own,
# so that a test of the worker does not depend on the shop's words.
#
#     my $t = OrderSave::Worker->new(campaign => {…}, config => {…});
#     $t->start;                          # redis, store, sink, one worker
#     my $o = $t->buy(customer => 'ada'); # a known order
#     $t->tell($o, kind => 'asked');
#     my @mails = $t->mails(1, subject => 'cancelled');

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Nginx';

use Demo;
use Digest::SHA qw(hmac_sha256_base64 sha1_hex);
use File::Path qw(make_path);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->canonical->utf8;
my $event = 0;

my @MAILS = qw(cancelled applied refused paid refunded support_request
               support_refund support_refused support_task support_score
               support_approve support_reminder approved declined unanswered
               unpaid win_back rewarded cancel_received cancel_refused support_stop
               return_asked return_approved return_declined return_refunded
               support_return withdraw_received withdraw_told withdraw_evidence
               support_withdraw withdraw_why consent_confirm consented);

sub new {
    my ($class, %o) = @_;
    my $self = $class->SUPER::new(no_campaign => 1, %o);
    $self->{worker} = $ENV{ORDERSAVE_WORKER}
        // "$OrderSave::Nginx::ROOT/build/ordersave-worker";
    $self->{ctl} = $ENV{ORDERSAVE_CTL}
        // "$OrderSave::Nginx::ROOT/build/ordersavectl";
    $self->{overrides} = $o{campaign} // {};
    return $self;
}

# share/: the real schemas, locales and sources, templates of our own.
sub write_share {
    my ($self) = @_;
    my ($from, $to) = ($self->{share}, $self->path('share'));
    make_path("$to/templates");
    symlink "$from/$_", "$to/$_"
        for qw(campaign.schema.json country.schema.json worker.schema.json countries locales sources withdrawal);
    for my $name (@MAILS) {
        $self->write("share/templates/$name.subject.mustache",
                     "$name {{{order.number}}}");
        $self->write("share/templates/$name.txt.mustache",
            "$name of {{{order.number}}} total {{{order.total}}}\n"
            . "{{#scores}}{{{url}}}\n{{/scores}}"
            . "{{#next_order}}next {{{code}}}\n{{/next_order}}"
            . "{{#reorder_url}}back to {{{.}}}\n{{/reorder_url}}"
            . "{{#order.unpaid}}{{#order.pay_url}}pay {{{.}}}\n"
            . "{{/order.pay_url}}{{/order.unpaid}}"
            . "{{#reason_url}}tell {{{.}}}\n{{/reason_url}}"
            . "{{^order.paid}}nothing charged\n"
            . "{{/order.paid}}"
            . "{{#refund}}refund {{{amount}}}{{#manual}} by a person{{/manual}}\n{{/refund}}"
            . "{{#back}}given back\n{{/back}}"
            . "{{#support.email}}customer {{{.}}}\n{{/support.email}}"
            . "{{#support.why}}why {{{.}}}\n{{/support.why}}"
            . "{{#support.score}}score {{{.}}}\n{{/support.score}}"
            . "{{#support.comment}}said {{{.}}}\n{{/support.comment}}");
        $self->write("share/templates/$name.html.mustache",
                     "<p>$name of {{order.number}}</p>");
    }
    $self->write('share/templates/cancelled.sms.mustache',
                 'sorry about {{{order.number}}}');
    return $to;
}

sub campaign {
    my ($self, %over) = @_;
    my $orders = '/wp-json/wc/v3/orders/{{order.id}}';
    my $mark = [{key => '_ordersave_offer', value => '{{nonce}}'}];
    return $self->SUPER::campaign(
        site => $self->{demo}->url,
        offers => [
            {id => 'ten', reasons => ['costs'],
             give => {coupon => {pool => 'ten', percent => '10'}}},
            {id => 'less', reasons => ['costs'],
             give => {discount => {amount => {EUR => '5.00'}}}},
        ],
        api => {
            base => $self->{demo}->url, source => 'woocommerce',
            basic_file => $self->path('api'), timeout => '30s',
            finished_within => '2s',
            read => {url => $orders},
            actions => {
                coupon => [{method => 'PUT', url => $orders, body => {
                    coupon_lines => {'$each' => 'coupons',
                                     '$item' => {code => '{{item}}'}},
                    meta_data => $mark}}],
                discount => [{method => 'PUT', url => $orders, body => {
                    fee_lines => [{name => 'Discount', total => '-{{amount}}',
                                   tax_status => 'none'}],
                    meta_data => $mark}}],
                refund => [{method => 'POST', url => "$orders/refunds",
                            body => {amount => '{{amount}}'}}],
            },
        },
        follow_up => {cancelled => {after => '1s', email => JSON::PP::true}},
        quiet => {from => '00:00', until => '00:00'},
        mail => {from => 'Test Shop <shop@shop.test>',
                 support => 'help@shop.test'},
        %{$self->{overrides}}, %over,
    );
}

sub config {
    my ($self, %over) = @_;
    return {
        redis => {host => '127.0.0.1', port => $self->{redis_port},
                  timeout => '30s'},
        key_file => $self->path('keys'), share => $self->path('share'),
        stores => {$self->{store} => {campaign => 'campaign.json'}},
        smtp => {host => '127.0.0.1', port => $self->{sink}->smtp_port,
                 starttls => 'never', connections => 4, timeout => '60s'},
        retry => {first => '1s', most => '1s'},
        %{$self->{config} // {}}, %over,
    };
}

sub configure {
    my ($self, %over) = @_;
    return $self->write('worker.json', $json->encode($self->config(%over)));
}

sub start {
    my ($self, %o) = @_;
    $self->start_redis(%{$o{redis} // {}});
    $self->{demo} = Demo->store('--hold', 0, @{$o{store} // []});
    $self->{sink} = Demo->sink(@{$o{sink} // []});
    $self->write('api', "$self->{demo}{key}\n");
    $self->write_share;
    $self->write('campaign.json', $json->encode($self->campaign));
    $self->configure;
    $self->start_worker unless $o{no_worker};
    return $self;
}

sub start_worker {
    my ($self, $name, $config) = @_;
    $name //= 'worker';
    my $file = $config // $self->path('worker.json');
    my $before = -s $self->path("logs/$name.out") // 0;     # of one that is gone
    $self->spawn($name, $self->{worker}, '-v', '-c', $file);
    $self->wait_for("$name to be ready", sub {
        substr($self->read("logs/$name.out"), $before) =~ /ready, worker/;
    }) or diag $self->read("logs/$name.out");
    return $self;
}

sub log { $_[0]->read('logs/' . ($_[1] // 'worker') . '.out') }

# ordersavectl: (exit status, what it printed, what it complained of)
sub ctl {
    my ($self, @words) = @_;
    my ($out, $err) = ($self->path('ctl.out'), $self->path('ctl.err'));
    delete $self->{redis_kept};         # "shards move" wants nobody beside it
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', $out;
        open STDERR, '>', $err;
        exec $self->{ctl}, '-c', $self->path('worker.json'), @words
            or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return ($? >> 8, $self->read('ctl.out'), $self->read('ctl.err'));
}

# A raw webhook, as the module writes it to the inbox of its shard.
sub webhook {
    my ($self, $order, %o) = @_;
    my $body = ref $order ? $json->encode($order) : $order;
    my $id = $o{id} // substr sha1_hex($body . $event++), 0, 22;
    $self->redis('XADD', $self->key('in', "woocommerce/$id"), '*',
        source => $o{source} // 'woocommerce', store => $self->{store},
        id => $id, topic => $o{topic} // 'order.updated',
        at_ms => int(time * 1000), body => $body);
    return $id;
}

# An order of the demo store that the worker knows.
sub buy {
    my ($self, %new) = @_;
    my $o = $self->{demo}->order(locale => 'en', %new);
    $self->webhook($o->{order}, topic => 'order.created');
    $self->wait_for("order $o->{order}{id}", sub { $self->record($o) });
    return $o;
}

sub id { ref $_[1] ? $_[1]{order}{id} : $_[1] }

sub record {
    my ($self, $o) = @_;
    my $text = $self->redis('GET', $self->order_key($self->id($o))) // return;
    return $json->decode($text);
}

sub decision {
    my ($self, $o) = @_;
    my $text = $self->redis('GET', $self->decision_key($self->id($o)))
        // return;
    return $json->decode($text);
}

# An event of the module.
sub tell {
    my ($self, $o, %event) = @_;
    my $name = "$self->{store}/" . $self->id($o);
    $self->redis('XADD', $self->key('ev', $name), '*', e => $json->encode({
        id => 'test-' . $$ . '-' . $event++, order => $name,
        at_ms => int(time * 1000), %event}));
    return;
}

# An order as the store has it now.
sub shop {
    my ($self, $o) = @_;
    my (undef, $json) = $self->{demo}->api('GET', '/orders/' . $self->id($o));
    return $json;
}

# The store does what is said here, and nothing that was said before.
sub store_fault {
    my ($self, %fault) = @_;
    $self->{demo}->request('DELETE', '/_demo/fault');
    $self->{demo}->control('POST', '/fault', \%fault) if %fault;
    return;
}

# What the module's script does when a buyer accepts.
sub accept {
    my ($self, $o, %decision) = @_;
    my $d = {state => 'accepted', offer => 'less', kind => 'grant',
             terms => {give => 'discount', amount => 500, currency => 'EUR'},
             reason => 'costs', at_ms => int(time * 1000),
             nonce => 'nonce-' . $self->id($o) . '-' . $event++, rev => 1,
             locale => 'en', applied => 'pending', %decision};
    $d->{terms}{kind} //= $d->{kind};
    $self->redis('SET', $self->decision_key($self->id($o)), $json->encode($d),
                 'EX', 3600);
    $self->tell($o, kind => 'accepted', decision => $d);
    return $d;
}

# All mails that match, once there are so many.
sub mails {
    my ($self, $count, %filter) = @_;
    return @{$self->{sink}->messages($count, kind => 'mail', %filter)};
}

# One counter, over all shards.
sub count {
    my ($self, $name) = @_;
    my $sum = 0;
    for my $shard (0 .. ($self->{shards} // 16) - 1) {
        $sum += $self->redis('HGET', $self->shard_key($shard, 'stat'), "$self->{store}:$name") // 0;
    }
    return $sum;
}

# What is in the hashes of one kind over all shards: jobs, dead.
sub all {
    my ($self, $key) = @_;
    my %all;
    for my $shard (0 .. ($self->{shards} // 16) - 1) {
        my $hash = $self->redis('EVAL', <<'EOT', 1, $self->shard_key($shard, $key));
local all = redis.call('HGETALL', KEYS[1])
for i = 0, string.find(KEYS[1], ':jobs$') and 63 or -1 do
    local part = redis.call('HGETALL', string.format('%s:%02x', KEYS[1], i))
    for n = 1, #part do all[#all + 1] = part[n] end
end
return all
EOT
        while (my ($id, $text) = splice @$hash, 0, 2) {
            $all{$id} = $json->decode($text);
        }
    }
    return \%all;
}

# Where a job of an order ("shop/19") lies: (hash, its name in the queue).
sub job_place {
    my ($self, $order, $id) = @_;
    my $part = sprintf '%02x', hex(substr sha1_hex($order), 0, 2) % 64;
    return ($self->key("jobs:$part", $order), "$part$id");
}

# A job that is due.
sub put_job {
    my ($self, $job, $due_ms) = @_;
    my ($hash, $key) = $self->job_place($job->{order}, $job->{id});
    $self->redis('HSET', $hash, $job->{id}, $json->encode($job));
    $self->redis('ZADD', $self->key('queue', $job->{order}), $due_ms, $key);
    return;
}

# When it is due, in ms.
sub due_at {
    my ($self, $job) = @_;
    my (undef, $key) = $self->job_place($job->{order}, $job->{id});
    return $self->redis('ZSCORE', $self->key('queue', $job->{order}), $key);
}

sub counted {
    my ($self, $name, $n) = @_;
    return $self->wait_for("$name $n", sub { $self->count($name) >= $n });
}

# A while passes for everything that waits for its time.
sub elapse {
    my ($self, $seconds) = @_;
    for my $shard (0 .. ($self->{shards} // 16) - 1) {
        my $due = $self->shard_key($shard, 'queue');
        $self->redis('ZINCRBY', $due, -1000 * $seconds, $_)
            for @{$self->redis('ZRANGE', $due, 0, -1)};
    }
    return;
}

# The sink answers so many messages only when it is told to: held(), release().
sub hold {
    my ($self, $at, $times) = @_;
    $self->{sink}->request('POST', '/api/faults', {}, json => {
        at => $at, times => $times // 1, hold => 1});
    return;
}

sub held { return $_[0]{sink}->get('/api/stats')->json->{held} }

sub release { $_[0]{sink}->request('POST', '/api/release') }

# Waits until nothing is left to do for half an hour to come: what has not been
# sent by then is not sent. So a test proves a silence without a guess of how
# long to listen; what shall come later has an hour in a test's campaign, and
# elapse() brings it.
sub settled {
    my ($self) = @_;
    my $done = $self->wait_for('a worker with nothing to do',
                               sub { $self->left(1800) == 0 },
                               sub { $self->left(1800) });
    eval { $self->tell_left; 1 } or diag "what is left is not known: $@" if !$done;
    return $done;
}

# What those jobs are that are left, and what kept them.
sub tell_left {
    my ($self) = @_;
    for my $shard (0 .. ($self->{shards} // 16) - 1) {
        my %due = @{$self->redis('ZRANGE', $self->shard_key($shard, 'queue'), 0, -1, 'WITHSCORES')};
        for my $key (grep { $due{$_} < (time + 1800) * 1000 } sort keys %due) {
            my ($part, $id) = $key =~ /^(..)(.*)/s;
            diag sprintf 'shard %d, due in %.1f s: %s', $shard, $due{$key} / 1000 - time,
                $self->redis('HGET', $self->shard_key($shard, 'jobs') . ":$part", $id) // 'no job';
        }
        diag "shard $shard: ", join ', ', map { "$_ " . $self->redis('XLEN', $self->shard_key($shard, $_)) } qw(in ev);
    }
    diag $self->log;
    return;
}

# A mail that two workers died over is one that nobody knows to have arrived: a
# person sends it again.
sub send_again {
    my ($self) = @_;
    $self->settled;
    my $dead = $self->all('dead');
    my @other = grep { $_->{why} !~ /: a worker died/ } values %$dead;
    is_deeply \@other, [], 'nothing died of anything else';
    $self->ctl('dead', 'retry', $_) for keys %$dead;
    $self->settled;
    return;
}

1;
