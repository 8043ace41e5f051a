#!/usr/bin/env perl

# The manual pages: every member that a campaign may have is in campaign(5),
# what is printed can be copied, and mandoc or man takes them without a word.

use strict;
use warnings;

use FindBin;
use JSON::PP;
use Test::More;

chdir "$FindBin::Bin/.." or die $!;

sub slurp { open my $f, '<:encoding(UTF-8)', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }

sub members {
    my ($schema, $found) = @_;
    return if ref $schema ne 'HASH';
    for my $name (keys %{$schema->{properties} // {}}) {
        $found->{$name} = 1;
        members($schema->{properties}{$name}, $found);
    }
    members($_, $found) for values %{$schema->{'$defs'} // {}};
    members($schema->{$_}, $found) for qw(items additionalProperties);
    members($_, $found) for map { @{$schema->{$_} // []} } qw(oneOf anyOf);
    return $found;
}

my $page = slurp('docs/ordersave-campaign.5');
my $members = members(decode_json(do { open my $f, '<', 'campaign/campaign.schema.json' or die $!; local $/; <$f> }), {});
delete $members->{'$schema'};

cmp_ok scalar keys %$members, '>', 100, scalar(keys %$members) . ' members';
is_deeply [grep { $page !~ /(?<![a-z_])\Q$_\E(?![a-z_])/ } sort keys %$members], [],
    'each of them is in campaign(5)';

# one table has every offer, and names the test of each

my $schema = decode_json(do { open my $f, '<', 'campaign/campaign.schema.json' or die $!; local $/; <$f> });
my $give = $schema->{q($defs)}{offer}{properties}{give}{properties};
my ($table) = slurp('docs/offers.md') =~ /^(\| offer \|.*?)\n\n/ms;
is_deeply [grep { $table !~ /^\|[^|]*`\Q$_\E`/m } sort keys %$give, map { @{$give->{$_->[0]}{properties}{$_->[1]}{enum}} } ['request', 'for'], ['info', 'about']], [],
    'each offer is in the table of docs/offers.md';
my @tests = $table =~ /`(\w+\.t)`/g;
cmp_ok scalar @tests, '>', 15, 'which names its tests';
is_deeply [grep { !-e "t/$_" } @tests], [], 'that are there';

# roff takes a quote at the beginning of a word for one that groups words

for my $file (glob 'docs/*.[1-8]') {
    my @lost = grep { /^\.(?:Dq|Li|Ql|Sq|Pq|Ic|Cm|Ar)\b.*\s"/ } split /\n/, slurp($file);
    is_deeply \@lost, [], "$file: no quote is lost";
}

SKIP: {
    skip 'there is no man', 1 if system('man --version >/dev/null 2>&1');
    for my $file (glob 'docs/*.[1-8]') {
        my $shown = `MANWIDTH=78 man -l --warnings $file 2>&1`;
        is $?, 0, "$file is a page";
        unlike $shown, qr/mdoc (?:warning|error)|^\S*(?:standard input|\.[1-8]):\d+: /im, '  without a fault';
    }
    my $shown = `MANWIDTH=300 man -l docs/ordersave-campaign.5 2>/dev/null`;
    utf8::decode($shown);
    like $shown, qr/\{"EUR": "5\.00"\}/, 'JSON has its quotes';
}

done_testing;
