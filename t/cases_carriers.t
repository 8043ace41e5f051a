#!/usr/bin/env perl

# Times that carriers write without a zone, in every source: those of the place
# where the parcel was.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use Test::More;

use OrderSave::Story;

chdir "$FindBin::Bin/.." or die $!;

my $seoul = { utc_offset => '+09:00' };
my $yes = JSON::PP::true;

sub bought {
    my ($number) = @_;
    return ['woocommerce', 'order.updated', woo('completed', -80000,
        meta_data => woo_meta(['_wc_shipment_tracking_items', [{
            tracking_provider => 'x', tracking_number => $number }]])), -80000];
}

sub parcel { return $_[0]{order}{track}{parcels}[0] }

# "milestone seconds", newest first, seconds from now
sub history {
    my ($s) = @_;
    my ($milestone, @out) = ('');
    for my $e (reverse @{ parcel($s)->{log} // [] }) {
        $milestone = $e->{milestone} // $milestone;
        unshift @out, $milestone . ' ' . ($e->{at} - NOW)
            . ($e->{day} ? ' day' : '');
    }
    return join ', ', @out;
}

my $at = sub { local_time(9, $_[0]) };
my %said = (
    aftership => sub { ['tracking_update', { event => 'tracking_update', msg => {
        tracking_number => 'N1', tag => 'Delivered', checkpoints => [
            { tag => 'InTransit', message => 'a', checkpoint_time => $at->(-9000) },
            { tag => 'Delivered', message => 'b', checkpoint_time => $at->(-600) }] } }] },
    karrio => sub { ['tracker_updated', { event => 'tracker_updated', data => {
        tracking_number => 'N1', status => 'delivered', events => [
            { status => 'delivered', description => 'b', date => local_time(9, -600, '%Y-%m-%d'),
              time => local_time(9, -600, '%I:%M:%S %p') },
            { status => 'in_transit', description => 'a', date => local_time(9, -9000, '%Y-%m-%d'),
              time => local_time(9, -9000, '%H:%M:%S') }] } }] },
    ship24 => sub { ['', { trackings => [{ tracker => { trackingNumber => 'N1' },
        shipment => { statusMilestone => 'delivered' }, events => [
            { statusMilestone => 'delivered', status => 'b', occurrenceDatetime => $at->(-600) },
            { statusMilestone => 'in_transit', status => 'a', occurrenceDatetime => $at->(-9000) }] }] }] },
    easypost => sub { ['tracker.updated', { description => 'tracker.updated', result => {
        tracking_code => 'N1', status => 'delivered', tracking_details => [
            { status => 'in_transit', message => 'a', datetime => $at->(-9000) },
            { status => 'delivered', message => 'b', datetime => $at->(-600) }] } }] },
    shippo => sub { ['track_updated', { event => 'track_updated', data => {
        tracking_number => 'N1', tracking_status => { status => 'DELIVERED',
            status_date => $at->(-600) }, tracking_history => [
            { status => 'TRANSIT', status_details => 'a', status_date => $at->(-9000) },
            { status => 'DELIVERED', status_details => 'b', status_date => $at->(-600) }] } }] },
    '17track' => sub { ['TRACKING_UPDATED', { event => 'TRACKING_UPDATED', data => {
        number => 'N1', track_info => { latest_status => { status => 'Delivered' },
            tracking => { providers => [{ events => [
            { time_utc => undef, stage => 'Delivered', description => 'b', time_raw => {
                date => local_time(9, -600, '%Y-%m-%d'), time => local_time(9, -600, '%H:%M:%S') } },
            { time_utc => undef, stage => 'Departure', description => 'a', time_raw => {
                date => local_time(4, -9000, '%Y-%m-%d'),
                time => local_time(4, -9000, '%H:%M:%S'), timezone => '+04:00' } }] }] } } } }] },
    generic => sub { ['', { parcel => { number => 'N1', milestone => 'delivered',
        events => [{ at => $at->(-9000), milestone => 'in_transit', text => 'a' },
            { at => $at->(-600), milestone => 'delivered', text => 'b' }] } }] },
);

for my $source (sort keys %said) {
    my ($topic, $payload) = @{ $said{$source}->() };
    my $s = story($seoul, bought('N1'), [$source, $topic, $payload, 0]);
    is history($s), 'delivered -600, in_transit -9000', "$source: local times";
    is_deeply $s->{faults}, [], '  without a fault';
}

# --- what is told elsewhere in the payload

sub ship24 {
    my (%event) = @_;
    return ['ship24', '', { trackings => [{ tracker => { trackingNumber => 'N1' },
        shipment => { statusMilestone => 'in_transit' }, events => [
        { statusMilestone => 'in_transit', status => 'a', %event }] }] }, 0];
}

for (['an offset', -3, utcOffset => '-03:00'], ['minutes', -3.5, utcOffset => '-0330'],
    ['Greenwich', 0, utcOffset => 'UTC'], ['its own', 9, utcOffset => undef])
{
    my ($what, $hours, @zone) = @$_;
    my $s = story($seoul, bought('N1'), ship24(@zone,
        occurrenceDatetime => local_time($hours, -7200)));
    is history($s), 'in_transit -7200', "$what beside the time";
}

{
    my $s = story($seoul, bought('N1'), ship24(hasNoTime => $yes,
        occurrenceDatetime => local_time(9, -86400, '%Y-%m-%dT00:00:00')));
    like history($s), qr/^in_transit -\d+ day$/, 'a day without a time is a day';
    $s = story($seoul, bought('N1'), ship24(
        occurrenceDatetime => local_time(9, -86400, '%Y-%m-%d')));
    like history($s), qr/^in_transit -\d+ day$/, 'and so is a date alone';
    $s = story($seoul, bought('N1'), ship24(
        occurrenceDatetime => iso(-7200, '+00:00')));
    is history($s), 'in_transit -7200', 'a zone in the time goes first';
}

# --- one history over two zones: its order is the carrier's

{
    my $karrio = ['karrio', 'tracker_updated', { event => 'tracker_updated',
        data => { tracking_number => 'N1', status => 'on_hold', events => [
            { status => 'on_hold', description => 'Customs', location => 'Los Angeles',
              date => local_time(-8, -3600, '%Y-%m-%d'), time => local_time(-8, -3600, '%I:%M %p') },
            { status => 'in_transit', description => 'Departed', location => 'Incheon',
              date => local_time(9, -43200, '%Y-%m-%d'), time => local_time(9, -43200, '%I:%M %p') },
        ] } }, 0];
    for my $up (0, 1) {
        my $d = JSON::PP->new->decode(JSON::PP->new->encode($karrio));
        @{ $d->[2]{data}{events} } = reverse @{ $d->[2]{data}{events} } if $up;
        my $s = story($seoul, bought('N1'), $d);
        like history($s), qr/^exception -?\d+, in_transit /,
            'the newest is first, ' . ($up ? 'told last' : 'told first');
        is parcel($s)->{side}, 'exception', '  and it is what the parcel is';
        is parcel($s)->{log}[0]{text}, 'Customs', '  in its own words';
    }
}

done_testing;
