package OrderSave::Track;

# A worker with the shop's real words, and carriers that send webhooks.
#
#     my $t = OrderSave::Track->new(campaign => {track => {…}})->start;
#     my $o = $t->buy(customer => 'ada');
#     $t->ship($o, 'NUMBER');                     # the store names a parcel
#     $t->aftership('NUMBER', 'OutForDelivery');  # its carrier speaks

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Worker';

use JSON::PP;
use POSIX qw(strftime);
use Time::HiRes qw(time);

my $json = JSON::PP->new->canonical->utf8;

sub config {
    my ($self, %over) = @_;
    return $self->SUPER::config(
        share => $self->{share},
        sms => {kind => 'twilio', url => $self->{sink}->url, timeout => '60s',
                account => 'AC0demo', token_file => $self->path('token')},
        %over);
}

sub campaign {
    my ($self, %over) = @_;
    $self->write('token', "secret\n");
    my $campaign = $self->SUPER::campaign(
        sms => {from => '+15005550006', country => 'DE', %{$self->{overrides}{sms} // {}}}, %over);
    $campaign->{api}{actions}{note} = [{
        method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/notes',
        body => {note => '{{note}}'}}];
    return $campaign;
}

sub iso { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

# The store's order with tracking items, as its plugin writes them.
sub ship {
    my ($self, $o, @numbers) = @_;
    my (undef, $order) = $self->{demo}->api('GET', "/orders/$o->{order}{id}");
    my @items = map { {tracking_number => $_, tracking_provider => 'ups',
                       date_shipped => int time} } @numbers;
    push @{$order->{meta_data}},
        {key => '_wc_shipment_tracking_items', value => \@items};
    $order->{status} = 'completed';
    $order->{date_modified_gmt} = iso(time + 1) =~ s/Z$//r;
    return $self->webhook($order);
}

sub aftership {
    my ($self, $number, $tag, %o) = @_;
    my $at = iso($o{at} // time);
    return $self->webhook({
        event => $o{event} // 'tracking_update', event_id => rand,
        msg => {tracking_number => $number, slug => 'ups', tag => $tag,
                subtag => $o{subtag}, order_id => $o{order},
                expected_delivery => $o{arrival},
                checkpoints => [{tag => $tag, subtag => $o{subtag},
                                 checkpoint_time => $at,
                                 message => $o{text} // "scan $tag",
                                 location => $o{place}}]}},
        source => 'aftership', topic => $o{event} // 'tracking_update',
        %{$o{delivery} // {}});
}

sub track { my ($self, $o) = @_; ($self->record($o) // {})->{track} // {} }

sub parcel {
    my ($self, $o, $number) = @_;
    my ($parcel) = grep { $_->{number} eq $number }
        @{$self->track($o)->{parcels} // []};
    return $parcel;
}

sub texts {
    my ($self, $count, %filter) = @_;
    return @{$self->{sink}->messages($count, kind => 'sms', %filter)};
}

1;
