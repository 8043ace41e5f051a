# Holidays of the packs beside those that workalendar knows, a library of others:
# where both go by the same law, day for day and over years.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $python = '/usr/bin/python3';
plan skip_all => 'no python3-workalendar' if system "$python -c 'import workalendar' 2>/dev/null";

# Not among them: what the library has older than a law (BR, CA, HU, IE, IT, KR,
# PL, RO, SK, US), counts otherwise (AU, CH by canton; CY by the western Easter), adds
# as a custom (DK, FI, NL, SE), or does not compute (JP, SG, ID).
my @same = qw(AT BE CZ DE EE ES FR GB GR HR LT LU LV MT NO PT SI);
my ($first, $last) = (2027, $ENV{ORDERSAVE_FULL} ? 2040 : 2031);

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
$t->configure(share => $t->{share});
my %theirs;
for (split /\n/, `$python t/lib/holidays.py @{[$first - 1]} @{[$last + 1]} @same 2>/dev/null`) {
    my ($country, $day) = split / /;
    $theirs{$country}{$day} = 1;
}

# a day of the weekend is none on which anything leaves, whoever calls it a holiday
sub weekday { my ($y, $m, $d) = split /-/, $_[0]; require Time::Local; return (gmtime Time::Local::timegm(0, 0, 0, $d, $m - 1, $y))[6] % 6 }

for my $country (@same) {
    my (@ours, @other);
    for my $year ($first .. $last) {
        my ($rc, $out) = $t->ctl('country', 'holidays', $country, $year);
        push @ours, grep { weekday($_) } split /\n/, $out;
        push @other, grep { /^$year/ && weekday($_) } sort keys %{$theirs{$country}};
    }
    cmp_ok scalar @other, '>', 15, "$country: the library knows some";
    is_deeply \@ours, \@other, "$country: the same from $first to $last";
}

$t->stop;
done_testing;
