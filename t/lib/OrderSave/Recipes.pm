package OrderSave::Recipes;

# The recipes of docs/recipes.md as they are printed: %recipe is title =>
# {http, server, campaign}, what stands under "# in http", "# in server" and,
# read, under "# in the campaign".

use strict;
use warnings;
use v5.30;

use JSON::PP;

our %recipe;

sub file { open my $fh, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$fh> }

for my $part (split /^## /m, file('docs/recipes.md')) {
    my ($title) = $part =~ /^(.*)\n/;
    my ($place, %in) = '';
    for (map { s/^    //r } grep { /^    |^$/ } split /\n/, $part) {
        if (/^# in (http|server)$/) { $place = $1 }
        elsif (/^# in the campaign$/) { $place = 'campaign' }
        elsif ($place) { $in{$place} .= "$_\n" }
    }
    next unless $in{server};
    $in{http} //= '';
    $in{campaign} = $in{campaign} ? JSON::PP->new->utf8->decode($in{campaign}) : {};
    $recipe{$title} = \%in;
}

1;
