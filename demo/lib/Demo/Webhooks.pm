package Demo::Webhooks;

# WooCommerce's outgoing webhooks: signed over the raw body, built when they
# are delivered and not when the change happened, several changes of an order
# within a moment sent as one, never repeated, and switched off after more than
# five failures in a row.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 sha256_hex);
use MIME::Base64 qw(encode_base64);
use Mojo::IOLoop;
use Mojo::JSON qw(encode_json);
use Mojo::UserAgent;


sub new {
    my ($class, %options) = @_;
    my $self = bless { delay => 0.2, %options, hooks => [], pending => {},
                       deliveries => [], count => 0 }, $class;

    $self->{ua} = Mojo::UserAgent->new(connect_timeout => 5,
                                       request_timeout => 10,
                                       max_redirects   => 0);
    return $self;
}


# A new webhook says hello with an unsigned form that must get an answer 200.
sub add {
    my ($self, $url, $secret, @topics) = @_;
    my $hook = {
        id => scalar @{ $self->{hooks} } + 1, url => $url, secret => $secret,
        topics => @topics ? \@topics
            : [ qw(order.created order.updated order.deleted order.restored) ],
        status => 'active', failures => 0, ping => undef,
    };

    push @{ $self->{hooks} }, $hook;

    $self->{ua}->post($url => form => { webhook_id => $hook->{id} } => sub {
        my ($ua, $tx) = @_;
        $hook->{ping} = $tx->res->code // 0;
    });

    return $hook;
}


sub changed {
    my ($self, $event, $order) = @_;
    my $topic = "order.$event";

    for my $hook (@{ $self->{hooks} }) {
        next if $hook->{status} ne 'active'
                || !grep { $_ eq $topic } @{ $hook->{topics} };

        # A change that still waits for its turn carries later ones as well.
        my $key = "$hook->{id} $order->{id}";
        next if $self->{pending}{"$key order.created"}
                || $self->{pending}{"$key $topic"};

        my $turn = ++$self->{turn};
        my $go = sub {
            delete $self->{pending}{"$key $topic"};
            $self->deliver($hook, $topic, $order);
        };

        $self->{pending}{"$key $topic"} = {
            turn => $turn, go => $go,
            timer => Mojo::IOLoop->timer($self->{delay} => $go),
        };
    }

    return;
}


# What is gathered goes out at once, in its order.
sub flush {
    my ($self) = @_;

    for my $wait (sort { $a->{turn} <=> $b->{turn} }
                  values %{ $self->{pending} })
    {
        Mojo::IOLoop->remove($wait->{timer});
        $wait->{go}->();
    }

    return;
}


sub deliver {
    my ($self, $hook, $topic, $order) = @_;

    return if $hook->{status} ne 'active';

    my ($resource, $event) = split /\./, $topic;
    my $body = encode_json($self->{json}->($order));
    my $delivery = substr sha256_hex(join ' ', $hook->{id}, $order->{id}, $$,
                                     ++$self->{count}, time), 0, 32;
    my %headers = (
        'Content-Type'             => 'application/json',
        'User-Agent'               => 'WooCommerce/11.0.1 Hookshot '
                                      . '(WordPress/7.0)',
        'X-WC-Webhook-Source'      => $self->{source}->() . '/',
        'X-WC-Webhook-Topic'       => $topic,
        'X-WC-Webhook-Resource'    => $resource,
        'X-WC-Webhook-Event'       => $event,
        'X-WC-Webhook-Signature'   =>
            encode_base64(hmac_sha256($body, $hook->{secret}), ''),
        'X-WC-Webhook-ID'          => $hook->{id},
        'X-WC-Webhook-Delivery-ID' => $delivery,
    );

    my $record = { hook => $hook->{id}, topic => $topic, order => $order->{id},
                   delivery => $delivery, at => time, code => undef,
                   body => $body, headers => \%headers };

    push @{ $self->{deliveries} }, $record;
    shift @{ $self->{deliveries} } while @{ $self->{deliveries} } > 1000;

    $self->{ua}->post($hook->{url} => \%headers => $body => sub {
        my ($ua, $tx) = @_;
        my $code = $tx->res->code // 0;

        $record->{code} = $code;

        if ($code >= 200 && $code < 303) {
            $hook->{failures} = 0;
            return;
        }

        $hook->{status} = 'disabled' if ++$hook->{failures} > 5;
    });

    return;
}


# Sends a delivery again, byte for byte: for tests of duplicates.
sub again {
    my ($self, $delivery, $done) = @_;
    my ($record) = grep { $_->{delivery} eq $delivery }
                   @{ $self->{deliveries} };

    return 0 if !$record;

    my ($hook) = grep { $_->{id} == $record->{hook} } @{ $self->{hooks} };

    $self->{ua}->post($hook->{url} => $record->{headers} => $record->{body}
                      => sub { $done->($_[1]->res->code // 0) });
    return 1;
}


sub json {
    my ($self) = @_;

    return {
        webhooks => [ map { { %$_ } } @{ $self->{hooks} } ],
        pending  => scalar keys %{ $self->{pending} },
        deliveries => [ map { my %d = %$_; delete @d{qw(body headers)}; \%d }
                        @{ $self->{deliveries} } ],
    };
}


1;
