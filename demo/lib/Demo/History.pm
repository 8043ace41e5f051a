package Demo::History;

# Ninety days of a shop that never were: what its office would have seen. All of
# it is made up, and its orders are called sample-1, sample-2, …, so that nobody
# takes them for one of the demo's own.

use strict;
use warnings;
use v5.30;
use utf8;

use JSON::PP;

my $json = JSON::PP->new->canonical->utf8;

my @COUNTRY = ([US => 'USD', 2900], [FR => 'EUR', 3400], [DE => 'EUR', 3900], [KR => 'KRW', 42_000], [ID => 'IDR', 51_000_000]);

# reason, how often, what the shop offers then, how often it is taken
my @REASON = (
    [costs         => 9, ['save10', 'five'],   0.52], [delivery_time => 5, ['today', 'later'], 0.48],
    [better_price  => 4, ['match', 'save10'],  0.57], [changed_mind  => 6, ['colour', 'look'], 0.22],
    [mistake       => 3, ['remove'],           0.61], [address       => 2, ['address'],        0.83],
    [other         => 2, ['talk'],             0.10],
);

my %SAID = (
    costs         => ['Shipping costs as much as the mug.', '배송비가 너무 비싸요.', 'Les frais de port sont trop élevés.', 'Too expensive in the end, sorry!'],
    delivery_time => ['I need it for a birthday on Saturday.', 'Kapan sampai? Terlalu lama.', '주말 전에 필요해요.'],
    better_price  => ['Found the same candle for 13 elsewhere.', 'Moins cher ailleurs.'],
    changed_mind  => ['Wanted the sand one, not white.', '색이 마음에 안 들어요.'],
    mistake       => ['Ordered two by mistake.', 'Pesan dua kali, maaf.'],
    address       => ['Wrong house number!'],
    other         => ['Your site logged me out twice.'],
);

my @ITEM = qw(12 31 32 13 14);
my @CARRIER = (['dhl', 2.4], ['ups', 3.1], ['usps', 4.2]);

sub _pick {
    my (@of) = @_;
    my $sum = 0;
    $sum += $_->[1] for @of;
    my $at = rand $sum;
    for (@of) { return $_ if ($at -= $_->[1]) < 0 }
    return $of[-1];
}

# [order, fact, words or undef], oldest first; $store is the store's name.
sub facts {
    my ($store, $experiment, $now) = @_;
    my (@all, $n);
    srand 90;
    for my $day (reverse 1 .. 90) {
        my $weekend = ((gmtime $now - $day * 86400)[6] % 6) == 0;
        my $orders = 5 + int(rand 4) + ($weekend ? 3 : 0) + int((90 - $day) / 30);
        for (1 .. $orders) {
            my $at = $now - $day * 86400 + int rand 80_000;
            push @all, _order("$store/sample-" . ++$n, $experiment, $at, $now);
        }
    }
    return sort { $a->[1]{at} <=> $b->[1]{at} } @all;
}

sub _order {
    my ($order, $experiment, $at, $now) = @_;
    my ($country, $currency, $about) = @{$COUNTRY[rand @COUNTRY]};
    my $total = int($about * (0.6 + rand 1.4));
    my @items = map { $ITEM[rand @ITEM] } 1 .. 1 + int rand 2;
    my ($reason, undef, $offers, $rate) = @{_pick(@REASON)};
    my $arm = rand() < 0.25 ? 'holdout' : 'treatment';
    my (@facts, $i);
    my $add = sub {
        my ($kind, $when, $words, %more) = @_;
        return if $when > $now;
        push @facts, [$order, {id => "$order:" . ++$i . ":$kind", kind => $kind, at => int $when, order => $order, arm => $arm, %more}, $words];
    };

    $add->('placed', $at - 7200, undef, money => $total, currency => $currency, country => $country, placed => $at - 7200, items => \@items);
    if (rand() < 0.45) {
        _parcel($add, $at, $country);
        $add->('message', $at - 7000, undef, message => 'confirmed', channel => 'smtp', outcome => 'sent');
        return @facts;
    }
    $add->('exposed', $at, undef, experiment => $experiment, offers => $arm eq 'holdout' ? [] : $offers, money => $total, currency => $currency, country => $country, items => \@items);
    my $said = $SAID{$reason}[rand @{$SAID{$reason}}];
    $add->('asked', $at + 30, rand() < 0.45 ? $said : undef, reason => $reason);
    if ($arm eq 'treatment' && rand() < $rate) {
        my $given = $offers->[0] =~ /save10|five|match/ ? int $total / 10 : 0;
        $add->('decided', $at + 60, undef, outcome => 'accepted', offer => $offers->[0], reason => $reason, money => $given, currency => $currency);
        $add->('applied', $at + 63, undef, offer => $offers->[0], outcome => 'done');
        $add->('saved', $at + 63, undef, offer => $offers->[0], reason => $reason, money => $total, currency => $currency);
        $add->('message', $at + 66, undef, message => 'applied', channel => 'smtp', outcome => 'sent');
        $add->('cancelled', $at + 3 * 86400, undef, reason => $reason, money => $total, currency => $currency) if rand() < 0.06;
        _parcel($add, $at + 86400, $country);
    } elsif (rand() < 0.86) {
        $add->('cancelled', $at + 90, undef, reason => $reason, money => $total, currency => $currency, items => \@items);
        $add->('message', $at + 300, undef, message => 'cancelled', channel => rand() < 0.2 ? 'sms' : 'smtp', outcome => rand() < 0.985 ? 'sent' : 'dead');
        $add->('score', $at + 9000, undef, value => 1 + int rand 5) if rand() < 0.2;
        $add->('reordered', $at + 5 * 86400) if rand() < 0.08;
    } else {
        _parcel($add, $at + 86400, $country);
    }
    return @facts;
}

sub _parcel {
    my ($add, $at, $country) = @_;
    my ($carrier, $days) = @{$CARRIER[rand @CARRIER]};
    my $arrives = $at + 86400 * $days * (0.6 + rand 0.9);
    my @promised = gmtime $at + 86400 * ($days + 0.5);
    $add->('parcel', $arrives, undef, carrier => $carrier, country => $country, milestone => 'delivered', times => {shipped => int $at, delivered => int $arrives},
        promised => sprintf('%04d-%02d-%02d', $promised[5] + 1900, $promised[4] + 1, $promised[3]));
    $add->('message', $at + 60, undef, message => 'shipped', channel => 'smtp', outcome => 'sent');
    $add->('message', $arrives + 60, undef, message => 'delivered', channel => 'smtp', outcome => 'sent');
    return;
}

# As Redis takes commands in a row, for "redis-cli --pipe"; $key makes a key of
# a name and what it is about.
sub commands {
    my ($key, @facts) = @_;
    my $line = sub { return sprintf('*%d', scalar @_) . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_ };
    my $out = '';
    for (@facts) {
        my ($order, $fact, $words) = @$_;
        if (defined $words) {
            utf8::encode(my $bytes = $words);
            $out .= $line->('HSET', $key->("words:$order", $order), $fact->{id}, $bytes);
            $fact->{words} = JSON::PP::true;
        }
        $out .= $line->('XADD', $key->('facts', $order), '*', 'e', $json->encode($fact));
    }
    return $out;
}

1;
