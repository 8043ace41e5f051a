#!/usr/bin/env perl

# bench/results/*.json as pictures for the docs: docs/bench-NAME.svg, a bar for
# us and one for each peer in every case, as long as the cost is high.

use strict;
use warnings;
use v5.30;

use JSON::PP;

# What is drawn of each benchmark, and how a peer is called there.
my %shown = (
    splice => {
        title => 'A block put before </body>: CPU time of nginx per page',
        cases => [qw(dense-64k shop-64k woo-262k dense-512k shop-512k)],
        peers => [[plain => 'nothing is done'], [chunked => 'made chunked'], [ours => 'ordersave'],
                  [sub_filter => 'sub_filter'], [lua => 'Lua'], [njs => 'njs']],
    },
    intercept => {
        title => 'A cancel that is met: CPU time of nginx per request',
        cases => ['offer', 'offer-unix'],
        peers => [[ours => 'ordersave, page rendered'], ['lua-same' => 'Lua, page rendered'], [lua => 'Lua, page ready-made']],
    },
    panel => {
        title => 'A tracking panel in a page of 64 KB: CPU time of nginx per page',
        cases => ['panel-64k'],
        peers => [[ours => 'ordersave'], [lua => 'Lua']],
    },
);

my $drawn = 0;
for my $name (sort keys %shown) {
    open my $fh, '<', "bench/results/$name.json" or next;
    my $result = decode_json(do { local $/; <$fh> });
    open my $out, '>:utf8', "docs/bench-$name.svg" or die "docs/bench-$name.svg: $!\n";
    print $out draw($shown{$name}, $result);
    say "docs/bench-$name.svg";
    $drawn++;
}
die "plot: nothing in bench/results; first ./build.sh bench splice\n" unless $drawn;

sub draw {
    my ($what, $result) = @_;
    my ($left, $bar, $gap, $width) = (190, 16, 22, 720);
    my (%cost, $body);
    for my $row (grep { $_->{metric} eq 'cpu_us_per_request' } @{$result->{rows}}) {
        $cost{$row->{case}}{$row->{peer}} = $row->{theirs};
        $cost{$row->{case}}{ours} = $row->{ours};
    }

    my $y = 44;
    for my $case (grep { $cost{$_} } @{$what->{cases}}) {
        my @bars = grep { defined $cost{$case}{$_->[0]} } @{$what->{peers}};
        my ($most) = sort { $b <=> $a } map { $cost{$case}{$_->[0]} } @bars;
        $body .= sprintf qq(<text class="case" x="0" y="%d">%s</text>\n), $y, escape($case);
        for my $peer (@bars) {
            my $us = $cost{$case}{$peer->[0]};
            $body .= sprintf qq(<text x="%d" y="%d" text-anchor="end">%s</text><rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/><text x="%.1f" y="%d">%s \x{b5}s</text>\n),
                $left - 8, $y + $bar + 10, escape($peer->[1]), $peer->[0] eq 'ours' ? 'ours' : 'peer', $left, $y + 12,
                ($width - $left - 90) * $us / $most, $bar - 2, $left + 6 + ($width - $left - 90) * $us / $most, $y + $bar + 10,
                sprintf $us < 100 ? '%.1f' : '%.0f', $us;
            $y += $bar;
        }
        $y += $gap + 10;
    }

    my $note = escape("median of $result->{rounds} rounds; $result->{machine}");
    return <<"EOT";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 0 @{[$width + 24]} @{[$y + 12]}" role="img" aria-labelledby="t">
<title id="t">@{[escape($what->{title})]}</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #1b1f24; } .case { font-weight: 600; } .head { font-size: 14px; font-weight: 600; }
.note { fill: #57606a; } .ours { fill: #1f6f54; } .peer { fill: #b6bcc4; } .back { fill: #fff; }
\@media (prefers-color-scheme: dark) { text { fill: #e6e8eb; } .note { fill: #9aa4af; } .ours { fill: #63c9a4; } .peer { fill: #59626d; } .back { fill: #16191d; } }
</style>
<rect class="back" x="-12" y="0" width="@{[$width + 24]}" height="@{[$y + 12]}"/>
<text class="head" x="0" y="20">@{[escape($what->{title})]}</text>
$body<text class="note" x="0" y="$y">$note</text>
</svg>
EOT
}

sub escape { return $_[0] =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr }
