package Demo::Ago;

# Time passes by what happened being longer ago: every moment in a structure, in
# epoch seconds or milliseconds or as ISO 8601, is moved back. So all clocks of
# the house go on showing the same time.

use strict;
use warnings;
use v5.30;

use B ();
use POSIX qw(strftime);
use Time::Local qw(timegm_modern);

use constant FROM => 1_500_000_000;
use constant TO   => 2_500_000_000;

# The same structure, so many seconds earlier.
sub ago {
    my ($data, $seconds) = @_;

    if (ref $data eq 'HASH') {
        $_ = ago($_, $seconds) for values %$data;
        return $data;
    }

    if (ref $data eq 'ARRAY') {
        $_ = ago($_, $seconds) for @$data;
        return $data;
    }

    return $data if ref $data || !defined $data;

    my $number = !(B::svref_2object(\$data)->FLAGS & B::SVf_POK);

    if ($number && $data =~ /^\d{10}(?:\.\d+)?\z/ && $data > FROM && $data < TO) {
        return $data - $seconds;
    }

    if ($number && $data =~ /^\d{13}\z/ && $data > FROM * 1000 && $data < TO * 1000) {
        return $data - $seconds * 1000;
    }

    if ($data =~ /^(\d{4})-(\d\d)-(\d\d)(?:(T)(\d\d):(\d\d):(\d\d)(.*))?\z/s) {
        my $at = timegm_modern($7 // 0, $6 // 0, $5 // 0, $3, $2 - 1, $1) - $seconds;
        return strftime($4 ? '%Y-%m-%dT%H:%M:%S' : '%Y-%m-%d', gmtime $at) . ($8 // '');
    }

    return $data;
}

1;
