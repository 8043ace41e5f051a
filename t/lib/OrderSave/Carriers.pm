package OrderSave::Carriers;

# Tracking services as they really answer: six of them behind one port, told
# apart by their addresses, each with its own key, its own words for a number
# that it has already, does not know or will not have, its own limit of calls a
# second, and all with the bad days of real ones.
#
#     my $c = OrderSave::Carriers->new($dir);
#     $c->open;                                     # $c->{carriers_port}
#     $c->do(scan => {number => '1Z9', step => 'transit', at => time});
#     $c->do(fault => {match => 'trackings', times => 2, how => 500});
#     $c->calls('register');                        # as hashes, from its journal
#
# A fault's `how` is a status, {says => TEXT} (a 400, or `status`, with these words), `late`
# (the answer comes after the caller has left), `drop` (nothing is done, the line
# is cut), `done` (done, and the line is cut before the answer) or `html` (an error
# page of a proxy, with status 200).
# Numbers that begin with BAD are none. `limit` is how many calls a second.

use strict;
use warnings;

use parent 'OrderSave::Till';

use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);
use Time::HiRes qw(time);

my $json = JSON::PP->new->canonical->utf8;

our %KEYS = map { $_ => "key-of-$_" } qw(aftership easypost shippo 17track ship24 karrio);

my %WORDS = (
    aftership => {transit => 'InTransit', out => 'OutForDelivery', there => 'Delivered', back => 'Exception'},
    easypost  => {transit => 'in_transit', out => 'out_for_delivery', there => 'delivered', back => 'return_to_sender'},
    shippo    => {transit => 'TRANSIT', out => 'TRANSIT', there => 'DELIVERED', back => 'RETURNED'},
    '17track' => {transit => 'InTransit', out => 'OutForDelivery', there => 'Delivered', back => 'Exception'},
    ship24    => {transit => 'in_transit', out => 'out_for_delivery', there => 'delivered', back => 'exception'},
    karrio    => {transit => 'in_transit', out => 'out_for_delivery', there => 'delivered', back => 'return_to_sender'},
);

sub url { return "http://127.0.0.1:$_[0]{carriers_port}" }

sub iso { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

sub do {
    my ($self, $what, $how) = @_;
    my $r = HTTP::Tiny->new(timeout => 30)->post($self->url . '/_do', {content => $json->encode({what => $what, %$how})});
    die "carriers: $r->{status}" if $r->{status} != 200;
    return;
}

# Calls that came, in order: {at, what, by, number, status}.
sub calls {
    my ($self, $what) = @_;
    return grep { !$what || $_->{what} eq $what } map { $json->decode($_) } $self->journal('carriers');
}

# --- what each of them says of a number ---

sub _word { my ($by, $scan) = @_; return $WORDS{$by}{$scan->{step}} // $scan->{step} }

sub _aftership {
    my ($number, $has) = @_;
    my ($last) = reverse @{$has->{scans}};
    return {id => "id$number", tracking_number => $number, slug => $has->{code} // 'ups', order_id => $has->{order},
        tag => $last ? _word(aftership => $last) : 'Pending', subtag => $last && $last->{step} eq 'back' ? 'Exception_011' : undef,
        checkpoints => [map { {tag => _word(aftership => $_), checkpoint_time => iso($_->{at}), message => "scan $_->{step}"} } @{$has->{scans}}]};
}

sub _easypost {
    my ($number, $has) = @_;
    my ($last) = reverse @{$has->{scans}};
    return {id => "trk_$number", object => 'Tracker', tracking_code => $number, carrier => $has->{code} // 'UPS',
        status => $last ? _word(easypost => $last) : 'unknown', updated_at => iso($last ? $last->{at} : time),
        tracking_details => [map { {status => _word(easypost => $_), datetime => iso($_->{at}), message => "scan $_->{step}"} } @{$has->{scans}}]};
}

sub _shippo {
    my ($number, $has) = @_;
    my @all = map { {status => _word(shippo => $_), status_date => iso($_->{at}), status_details => "scan $_->{step}",
        substatus => $_->{step} eq 'out' ? {code => 'out_for_delivery'} : undef} } @{$has->{scans}};
    return {tracking_number => $number, carrier => $has->{code}, tracking_status => $all[-1], tracking_history => \@all};
}

sub _17track {
    my ($number, $has) = @_;
    my ($last) = reverse @{$has->{scans}};
    return {number => $number, carrier => $has->{code} // 100002, tag => $has->{order}, track_info => {
        latest_status => {status => $last ? _word('17track' => $last) : 'NotFound', sub_status => $last && $last->{step} eq 'back' ? 'Exception_Returned' : ''},
        ($last ? (latest_event => {time_utc => iso($last->{at}), description => "scan $last->{step}"}) : ()),
        tracking => {providers => [{provider => {name => 'UPS'}, events => [
            map { {time_utc => iso($_->{at}), description => "scan $_->{step}", stage => _word('17track' => $_)} } reverse @{$has->{scans}}]}]}}};
}

sub _ship24 {
    my ($number, $has) = @_;
    my ($last) = reverse @{$has->{scans}};
    return {tracker => {trackerId => "t$number", trackingNumber => $number, shipmentReference => $has->{order}},
        shipment => {statusMilestone => $last ? _word(ship24 => $last) : 'pending', statusCode => $last && $last->{step} eq 'back' ? 'exception_return' : undef},
        events => [map { {statusMilestone => _word(ship24 => $_), occurrenceDatetime => iso($_->{at}), status => "scan $_->{step}"} } reverse @{$has->{scans}}]};
}

sub _karrio {
    my ($number, $has) = @_;
    my ($last) = reverse @{$has->{scans}};
    return {id => "trk_$number", tracking_number => $number, carrier_name => $has->{code}, info => {order_id => $has->{order}},
        status => $last ? _word(karrio => $last) : 'pending',
        events => [map { {status => _word(karrio => $_), timestamp => iso($_->{at}), description => "scan $_->{step}"} } reverse @{$has->{scans}}]};
}

my %SHOW = (aftership => \&_aftership, easypost => \&_easypost, shippo => \&_shippo,
    '17track' => \&_17track, ship24 => \&_ship24, karrio => \&_karrio);

# What its webhook would post of a number, for a test to send.
sub payload {
    my ($by, $number, @scans) = @_;
    my $shown = $SHOW{$by}->($number, {scans => \@scans, code => 'ups'});
    return $by eq 'aftership' ? {event => 'tracking_update', event_id => rand, msg => $shown}
        : $by eq 'easypost' ? {id => rand, description => 'tracker.updated', result => $shown}
        : $by eq 'shippo' ? {event => 'track_updated', data => $shown}
        : $by eq '17track' ? {event => 'TRACKING_UPDATED', data => $shown}
        : $by eq 'ship24' ? {trackings => [$shown]}
        : {event => 'tracker_updated', data => $shown};
}

# --- how they are asked ---

# [by, what, number, code, order], or nothing.
sub _asked {
    my ($method, $path, $body) = @_;
    my $in = eval { $json->decode($body) };
    return ['aftership', 'register', @$in{qw(tracking_number slug order_id)}] if $method eq 'POST' && $path eq '/tracking/2024-07/trackings';
    return ['aftership', 'read', $1] if $path =~ m{^/tracking/2024-07/trackings\?tracking_numbers=(.+)};
    return ['easypost', 'register', @{$in->{tracker}}{qw(tracking_code carrier)}] if $method eq 'POST' && $path eq '/v2/trackers';
    return ['easypost', 'read', $1] if $path =~ m{^/v2/trackers\?tracking_code=(.+)};
    return ['shippo', 'register', @$in{qw(tracking_number carrier)}] if $method eq 'POST' && $path eq '/tracks';
    return ['shippo', 'read', $2, $1] if $path =~ m{^/tracks/([^/]+)/(.+)};
    return ['17track', $1 eq 'register' ? 'register' : 'read', @{$in->[0]}{qw(number carrier tag)}] if $method eq 'POST' && $path =~ m{^/track/v2\.2/(register|gettrackinfo)$};
    return ['ship24', 'register', $in->{trackingNumber}, $in->{courierCode}, $in->{shipmentReference}] if $method eq 'POST' && $path eq '/public/v1/trackers';
    return ['ship24', 'read', $1] if $path =~ m{^/public/v1/trackers/search/(.+)/results$};
    return ['karrio', 'register', @$in{qw(tracking_number carrier_name)}, $in->{info}{order_id}] if $method eq 'POST' && $path eq '/v1/trackers';
    return ['karrio', 'read', $1] if $path =~ m{^/v1/trackers/(.+)};
    return;
}

sub _key_fits {
    my ($by, $head) = @_;
    my $key = $KEYS{$by};
    my ($auth) = $head =~ /^authorization:\s*(.*?)\r?$/mi;
    return $head =~ /^as-api-key:\s*\Q$key\E\r?$/mi if $by eq 'aftership';
    return $head =~ /^17token:\s*\Q$key\E\r?$/mi if $by eq '17track';
    return ($auth // '') eq {easypost => 'Basic ' . encode_base64("$key:", ''), shippo => "ShippoToken $key",
        ship24 => "Bearer $key", karrio => "Token $key"}->{$by};
}

sub _reply { my ($status, $body, @more) = @_; return OrderSave::Till::_http($status, $json->encode($body), 'Content-Type: application/json', @more) }

# A refusal, as each of them words it.
sub _refusal {
    my ($by, $why) = @_;
    if ($by eq 'aftership') {
        my ($code, $status) = @{{there => [4003, 400], bad => [4005, 400], unknown => [4004, 404], key => [401, 401], fast => [429, 429]}->{$why}};
        return ($status, {meta => {code => $code, message => $why, type => 'BadRequest'}, data => {}});
    }
    if ($by eq '17track') {
        return (401, {code => -18010002, data => {errors => []}}) if $why eq 'key';
        return (429, {code => -18010015, data => {}}) if $why eq 'fast';
        return (200, {code => 0, data => {accepted => [], rejected => [{number => '?', error => {
            code => {there => -18019901, bad => -18010012, unknown => -18019902}->{$why}, message => $why}}]}});
    }
    my $status = {bad => $by eq 'easypost' ? 422 : 400, unknown => 404, key => 401, fast => 429}->{$why};
    return ($status, $by eq 'ship24' ? {errors => [{code => $why, message => $why}], data => undef} : {error => {code => $why, message => $why}});
}

sub _carry_out {
    my ($self, $by, $what, $number, $code, $order) = @_;
    my $all = $self->{numbers}{$by} //= {};
    return _refusal($by, 'bad') if ($number // '') eq '' || $number =~ /^BAD/;
    if ($what eq 'register') {
        return _refusal($by, 'there') if $all->{$number} && $by =~ /aftership|17track/;
        my $new = !$all->{$number};
        $all->{$number} //= {scans => $self->{scans}{$number} //= [], code => $code, order => $order};
        my $shown = $SHOW{$by}->($number, $all->{$number});
        return $by eq 'aftership' ? (201, {meta => {code => 201}, data => $shown})
            : $by eq '17track' ? (200, {code => 0, data => {accepted => [{number => $number}], rejected => []}})
            : $by eq 'ship24' ? ($new ? 201 : 200, {data => {tracker => $shown->{tracker}}})
            : ($new ? 201 : 200, $shown);
    }
    my $has = $all->{$number};
    return (200, {meta => {code => 200}, data => {trackings => []}}) if !$has && $by eq 'aftership';
    return (200, {trackers => [], has_more => JSON::PP::false}) if !$has && $by eq 'easypost';
    return _refusal($by, 'unknown') if !$has;
    my $shown = $SHOW{$by}->($number, $has);
    return (200, $by eq 'aftership' ? {meta => {code => 200}, data => {trackings => [$shown]}}
        : $by eq 'easypost' ? {trackers => [$shown, _easypost('OTHER', $has)], has_more => JSON::PP::false}
        : $by eq '17track' ? {code => 0, data => {accepted => [$shown], rejected => []}}
        : $by eq 'ship24' ? {data => {trackings => [$shown]}} : $shown);
}

sub _fault {
    my ($self, $path) = @_;
    my ($fault) = grep { $_->{times} && $path =~ /$_->{match}/ } @{$self->{faults}};
    $fault->{times}-- if $fault;
    return $fault;
}

sub _too_fast {
    my ($self, $by) = @_;
    my $now = time;
    my $last = $self->{last}{$by} //= [];
    @$last = grep { $_ > $now - 1 } @$last;
    return 1 if $self->{limit} && @$last >= $self->{limit};
    push @$last, $now;
    return 0;
}

sub _control {
    my ($self, $in) = @_;
    push @{$self->{scans}{$in->{number}} //= []}, {step => $in->{step}, at => $in->{at} // time} if $in->{what} eq 'scan';
    push @{$self->{faults}}, {times => 1, match => '.', %$in} if $in->{what} eq 'fault';
    @{$self->{faults}} = () if $in->{what} eq 'well';
    $self->{numbers}{$in->{by}}{$in->{number}} = {scans => $self->{scans}{$in->{number}} //= [], code => 'ups'} if $in->{what} eq 'has';
    $self->{limit} = $in->{limit} if $in->{what} eq 'limit';
    return _reply(200, {});
}

sub _take {
    my ($self, $fh, $head, $body) = @_;
    my ($method, $path) = $head =~ /^(\S+) (\S+)/;
    return $self->_control($json->decode($body)) if $path eq '/_do';
    $path =~ s/%([0-9A-F]{2})/chr hex $1/gei;
    my $asked = _asked($method, $path, $body) or return _reply(404, {error => 'no such address'});
    my ($by, $what, $number, $code, $order) = @$asked;
    my $fault = $self->_fault($path) // {};
    my $how = $fault->{how} // '';
    my ($says, $fault_status) = ref $how ? ($how->{says}, $how->{status} // 400) : ();
    $how = 'says' if defined $says;
    my ($status, $said) = !_key_fits($by, $head) ? _refusal($by, 'key')
        : $self->_too_fast($by) ? _refusal($by, 'fast')
        : defined $says ? ($fault_status, {message => $says})
        : $how =~ /^\d+$/ ? ($how, {error => 'a bad day'})
        : $how eq 'drop' ? (0, {}) : $self->_carry_out($by, $what, $number, $code, $order);
    $self->_note($json->encode({at => time, by => $by, what => $what, number => $number, code => $code, order => $order, status => $status + 0, how => $how}));
    return if $how eq 'drop' || $how eq 'done';
    return OrderSave::Till::_http(200, '<html>Just a moment...</html>', 'Content-Type: text/html') if $how eq 'html';
    my $answer = _reply($status, $said, $status == 429 ? 'Retry-After: 1' : ());
    return $answer if $how ne 'late';
    return $self->_later(3, sub { syswrite $fh, $answer if fileno $fh });
}

sub open {
    my ($self, %o) = @_;
    $self->{limit} = $o{limit} // 0;
    $self->{faults} = [];
    return $self->_serve_http(carriers => sub { return $self->_take(@_) });
}

1;
