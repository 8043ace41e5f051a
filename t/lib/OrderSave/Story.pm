package OrderSave::Story;

# What an order comes to after what stores and carriers have sent: a few lines
# over build/unit/story_driver, for tests of sources and of the order's life.

use strict;
use warnings;

use Exporter 'import';
use File::Temp 'tempdir';
use IPC::Open2;
use JSON::PP;
use POSIX 'strftime';

our @EXPORT = qw(NOW story woo woo_meta shopify iso local_time parcels step_of
    merge);

use constant NOW => 1795294077;

my $json = JSON::PP->new->canonical->allow_nonref;
my $top = __FILE__ =~ s{/t/lib/OrderSave/Story\.pm$}{}r || '.';
my $build = $ENV{UNIT_OUT} // 'build/unit';
my $dir = tempdir(CLEANUP => 1);
my $made;

sub driver {
    return if $made++;
    my $flags = $ENV{UNIT_CFLAGS} ? "CFLAGS='$ENV{UNIT_CFLAGS}'" : '';
    my $out = `make -s -f t/unit/Makefile BUILD=$build $flags story_driver 2>&1`;
    die "the driver does not build:\n$out" if $?;
}

# story({campaign members}, [source, topic, payload, seconds from NOW], …, N):
# a number alone lets time go by.
sub story {
    my ($more, @deliveries) = @_;

    driver();

    my $campaign = merge(decode('t/unit/track_campaign.json'), $more);
    open my $f, '>', "$dir/campaign.json" or die $!;
    print $f $json->encode($campaign);
    close $f;

    my ($at, @lines) = (NOW);
    for my $d (@deliveries) {
        if (!ref $d) {
            push @lines, { at => NOW + $d };
            next;
        }
        my ($source, $topic, $payload, $later) = @$d;
        $at = defined $later ? NOW + $later : $at + 1;
        push @lines, { at => $at, source => $source, topic => $topic,
            body => ref $payload ? $json->encode($payload) : $payload };
    }

    my $pid = open2(my $out, my $in, "$build/story_driver",
        "$dir/campaign.json");
    print $in $json->encode($_), "\n" for @lines;
    close $in;
    my $answer = do { local $/; <$out> };
    waitpid $pid, 0;
    die "the driver failed" if $?;
    return $json->decode($answer);
}

sub decode {
    open my $f, '<', $_[0] or die "$_[0]: $!";
    local $/;
    return $json->decode(<$f>);
}

sub merge {
    my ($a, $b) = @_;
    return $b if ref $a ne 'HASH' || ref $b ne 'HASH';
    my %all = %$a;
    for my $name (keys %$b) {
        $all{$name} = exists $all{$name} ? merge($all{$name}, $b->{$name})
            : $b->{$name};
    }
    return \%all;
}

sub iso { return strftime('%Y-%m-%dT%H:%M:%S', gmtime(NOW + $_[0])) . ($_[1] // '') }

# The wall clock so many hours east of Greenwich.
sub local_time {
    my ($hours, $offset, $format) = @_;
    return strftime($format // '%Y-%m-%dT%H:%M:%S',
        gmtime(NOW + $offset + $hours * 3600));
}

sub woo_meta {
    my @meta = @_;
    my $id = 90;
    return [map { { id => $id++, key => $_->[0], value => $_->[1] } } @meta];
}

sub woo {
    my ($status, $modified, %more) = @_;
    return merge({
        id => 501, number => '501', order_key => 'wc_order_abc',
        status => $status, currency => 'EUR', total => '31.00',
        shipping_total => '4.00', discount_total => '0.00',
        date_created_gmt => iso(-7200), date_modified_gmt => iso($modified),
        date_paid_gmt => iso(-7100), needs_payment => JSON::PP::false,
        payment_method => 'card',
        billing => { first_name => 'Bo', email => 'bo@shop.test',
            country => 'DE', postcode => '04103' },
        shipping => { country => 'DE', postcode => '04103' },
        line_items => [{ id => 1, product_id => 3, name => 'Teapot',
            quantity => 1, total => '27.00' }],
        shipping_lines => [{ id => 2, method_id => 'flat_rate',
            method_title => 'Parcel' }],
        coupon_lines => [], refunds => [], meta_data => [],
    }, \%more);
}

sub shopify {
    my ($updated, %more) = @_;
    return merge({
        id => 900, name => '#12', token => 'tok', created_at => iso(-7200, 'Z'),
        updated_at => iso($updated, 'Z'), cancelled_at => undef,
        currency => 'USD', presentment_currency => 'USD',
        financial_status => 'paid', fulfillment_status => undef,
        current_total_price => '40.00', total_price => '40.00',
        total_discounts => '0.00', email => 'bo@shop.test',
        customer => { first_name => 'Bo' },
        shipping_address => { country_code => 'US', zip => '10001' },
        shipping_lines => [{ id => 5, code => 'Standard', title => 'Standard' }],
        discount_codes => [], fulfillments => [], refunds => [],
        line_items => [{ product_id => 8, name => 'Kite', quantity => 1,
            price => '36.00', requires_shipping => JSON::PP::true }],
    }, \%more);
}

# "NUMBER carrier milestone", in the order of the record.
sub parcels {
    my $track = $_[0]{order}{track};
    return join ', ', map {
        join ' ', $_->{number}, $_->{carrier} // '-', $_->{milestone} // '-'
    } @{ $track->{parcels} // [] };
}

sub step_of { return $_[0]{order}{track}{milestone} // 'none' }

1;
