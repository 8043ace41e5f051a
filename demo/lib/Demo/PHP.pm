package Demo::PHP;

# How PHP reads a query string into $_GET, as far as a store depends on it:
# names are folded ("." and " " and an unclosed "[" become "_"), leading blanks
# go, "a[]" makes a list, the last of several equal names wins.

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(query absint);


sub decode {
    my ($text) = @_;

    $text =~ tr/+/ /;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;

    return $text;
}


# The bytes behind "?" to a hash; a value is a string or a reference.
sub query {
    my ($bytes) = @_;
    my %get;

    for my $pair (split /&/, $bytes // '') {
        next if $pair eq '';

        my ($name, $value) = split /=/, $pair, 2;

        $name  = decode($name);
        $value = decode($value // '');

        $name =~ s/^ +//;
        $name =~ s/\0.*//s;
        next if $name eq '' || $name =~ /^\[/;

        if ($name =~ /^([^\[]+)\[([^\]]*)\]/) {
            my ($base, $key) = (fold($1), $2);

            $get{$base} = {} if !ref $get{$base};
            $key = keys %{ $get{$base} } if $key eq '';
            $get{$base}{$key} = $value;

            next;
        }

        $get{ fold($name) } = $value;
    }

    return \%get;
}


sub fold {
    my ($name) = @_;

    $name =~ tr/. [/___/;

    return $name;
}


# "45abc" is 45; what does not begin with digits is 0; a list is 1.
sub absint {
    my ($value) = @_;

    return 1 if ref $value;
    return $value =~ /^\s*[-+]?(\d+)/ ? $1 + 0 : 0;
}


1;
