#!/usr/bin/env perl

# The demo store's webhooks: headers, signature, when the body is made, what
# is gathered, and when it gives up.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_base64);
use FindBin;
use lib "$FindBin::Bin/lib";
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json);
use Mojo::Server::Daemon;
use Mojolicious;
use Test::More;

use Demo;
use OrderSave::Patience;

# A receiver in a process of its own, that keeps what it gets in a pipe.
my $port = Demo::free_port();
my $answer = "$ENV{TMPDIR}/answer.$$" if $ENV{TMPDIR};
$answer //= "/tmp/store_webhooks.$$";

pipe my $read, my $write or die "pipe: $!";

my $pid = fork // die "fork: $!";

if ($pid == 0) {
    close $read;
    $write->autoflush(1);

    my $app = Mojolicious->new;
    $app->log->level('fatal');
    $app->routes->post('/hook' => sub {
        my ($c) = @_;
        my $code = -e $answer ? 500 : 200;

        print {$write} Mojo::JSON::encode_json({
            headers => $c->req->headers->to_hash, body => $c->req->body,
        }), "\n";
        $c->render(text => 'ok', status => $code);
    });

    local $SIG{TERM} = sub { Mojo::IOLoop->stop };
    Mojo::Server::Daemon->new(app => $app, silent => 1,
        listen => ["http://127.0.0.1:$port"])->run;
    require POSIX;
    POSIX::_exit(0);
}

close $write;

END {
    if (defined $pid && $pid) {
        local $?;
        kill TERM => $pid;
        waitpid $pid, 0;
        unlink $answer;
    }
}

my $pending = '';

# The next delivery.
sub next_one {
    while ($pending !~ /\n/) {
        my $bits = '';

        vec($bits, fileno $read, 1) = 1;
        select $bits, undef, undef, patience() or return undef;
        sysread $read, $pending, 65536, length $pending or return undef;
    }

    $pending =~ s/^(.*)\n//;
    return decode_json($1);
}

await(sub {
    IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
});

# changes are gathered until we say so
my $store = Demo->store('--hold', 0, '--secret', 'wh secret',
                        '--webhook', "http://127.0.0.1:$port/hook",
                        '--hook-delay', 86_400_000);

sub flush { $store->control('POST', '/webhooks/now') }

sub delivered {
    flush();
    return next_one();
}

# Nothing was on its way before an order that is made now.
sub nothing_more {
    my $order = $store->order(customer => 'grace');
    my $got = delivered();

    is decode_json($got->{body})->{id}, $order->{order}{id}, 'and nothing more';
}

subtest 'a new webhook says hello, unsigned' => sub {
    my $ping = next_one();

    is $ping->{body}, 'webhook_id=1';
    is $ping->{headers}{'Content-Type'}, 'application/x-www-form-urlencoded';
    ok !grep { /^X-WC-/i } keys %{ $ping->{headers} };
};

subtest 'order.created: headers and signature' => sub {
    my $order = $store->order(customer => 'minji');
    my $got = delivered();
    my $h = $got->{headers};

    is $h->{'X-WC-Webhook-Topic'}, 'order.created';
    is $h->{'X-WC-Webhook-Resource'}, 'order';
    is $h->{'X-WC-Webhook-Event'}, 'created';
    is $h->{'X-WC-Webhook-ID'}, 1;
    is $h->{'X-WC-Webhook-Source'}, $store->url . '/';
    like $h->{'X-WC-Webhook-Delivery-ID'}, qr/^[0-9a-f]{32}$/;
    is $h->{'X-WC-Webhook-Signature'},
       hmac_sha256_base64($got->{body}, 'wh secret') . '=';
    is $h->{'Content-Type'}, 'application/json';

    my $json = decode_json($got->{body});

    is $json->{id}, $order->{order}{id};
    is $json->{order_key}, $order->{order}{order_key};
    is $json->{billing}{email}, 'minji@example.com';
};

subtest 'the body is made at delivery: created, and cancelled' => sub {
    my $order = $store->order(customer => 'ada');

    is $store->get($order->{cancel_url}, Cookie => $order->{cookie})->code, 302;

    my $got = delivered();

    is $got->{headers}{'X-WC-Webhook-Topic'}, 'order.created';
    is decode_json($got->{body})->{status}, 'cancelled';
    nothing_more();
};

subtest 'changes within a moment are one delivery' => sub {
    my $order = $store->order(customer => 'ada');
    delivered();

    for my $n (1 .. 3) {
        $store->api(PUT => "/orders/$order->{order}{id}",
                    { meta_data => [ { key => 'n', value => $n } ] });
    }

    my $got = delivered();

    is $got->{headers}{'X-WC-Webhook-Topic'}, 'order.updated';
    is +(grep { $_->{key} eq 'n' } @{ decode_json($got->{body})->{meta_data} })
       [0]{value}, 3;
    nothing_more();
};

subtest 'a delivery again, byte for byte' => sub {
    my $order = $store->order(customer => 'ada');
    my $first = delivered();
    my $again = $store->control('POST', '/webhooks/again', {
        delivery => $first->{headers}{'X-WC-Webhook-Delivery-ID'} });
    my $second = next_one();

    is $again->{code}, 200;
    is $second->{body}, $first->{body};
    is $second->{headers}{'X-WC-Webhook-Signature'},
       $first->{headers}{'X-WC-Webhook-Signature'};
};

sub hook { return $store->control('GET', '/state')->{webhooks}[0] }

subtest 'switched off after more than five failures, none repeated' => sub {
    open my $file, '>', $answer or die "$answer: $!";

    for my $n (1 .. 6) {
        is hook()->{status}, 'active', "before failure $n";
        $store->order(customer => 'ada');
        ok delivered(), 'delivered';
        ok await(sub { hook()->{failures} == $n }), 'which failed';
    }

    is hook()->{status}, 'disabled';
    my $deliveries = sub {
        scalar @{ $store->control('GET', '/state')->{deliveries} };
    };
    my $before = $deliveries->();
    $store->order(customer => 'ada');
    flush();
    is $deliveries->(), $before, 'no more';
};

done_testing;
