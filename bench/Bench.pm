package Bench;

# What the benchmarks share: the CPU time of one process, medians, the table,
# and bench/results/NAME.json.

use strict;
use warnings;
use v5.30;

use Exporter 'import';
use Getopt::Long qw(GetOptions);
use JSON::PP;
use POSIX qw(sysconf _SC_CLK_TCK);

our @EXPORT = qw(words cpu_seconds median compare write_results machine wrk children);

# The words behind the benchmark's name, as a hash: quick, case, and what else
# it knows. With ORDERSAVE_WORDS set they are looked at and nothing is run: so
# build.sh tells what is wrong with them before it builds anything.
sub words {
    my ($name, $cases, @flags) = @_;
    my $usage = join ' ', "usage: ./build.sh bench $name", map { "[--$_]" } 'quick', @$cases ? 'case NAME' : (), @flags;
    $usage .= "\n\n  --quick      fewer rounds: a minute or two\n";
    $usage .= "  --case NAME  one of @$cases\n" if @$cases;
    GetOptions(\my %o, 'quick', 'help', @$cases ? 'case=s' : (), @flags) or die $usage;
    die "bench $name does not know $ARGV[0]\n" if @ARGV;
    die "bench $name has no case $o{case}, but @$cases\n" if defined $o{case} and !grep { $_ eq $o{case} } @$cases;
    print $usage if $o{help};
    exit 0 if $o{help} or $ENV{ORDERSAVE_WORDS};
    return %o;
}

# user + system seconds of a process, from /proc
sub cpu_seconds {
    my ($pid) = @_;
    open my $fh, '<', "/proc/$pid/stat" or die "no process $pid";
    my $line = <$fh>;
    my @f = split ' ', $line =~ s/.*\) //r;
    return ($f[11] + $f[12]) / sysconf(_SC_CLK_TCK);
}

sub children {
    my ($pid) = @_;
    return split ' ', `pgrep -P $pid`;
}

sub median {
    my @v = sort { $a <=> $b } @_;
    return @v % 2 ? $v[$#v / 2] : ($v[@v / 2 - 1] + $v[@v / 2]) / 2;
}

# Of costs, round by round: the medians, and the median of the rounds' ratios,
# because the machine is not as fast in one round as in another.
sub compare {
    my ($ours, $theirs) = @_;
    return (ours => median(@$ours), theirs => median(@$theirs),
            ratio => median(map { $theirs->[$_] / $ours->[$_] } 0 .. $#$ours));
}

sub machine {
    open my $fh, '<', '/proc/cpuinfo' or return 'unknown';
    my ($model) = map { /^model name\s*:\s*(.*)/ ? $1 : () } <$fh>;
    my $nginx = `nginx -v 2>&1` =~ s/.*nginx\///sr =~ s/\s+\z//r;
    return ($model // 'unknown') . ", nginx $nginx";
}

# Runs wrk on the second core, or the one named: (requests, seconds, errors)
our $wrk_core = 1;

sub wrk {
    my ($url, $seconds, @more) = @_;
    open my $out, '-|', 'taskset', '-c', $wrk_core, 'wrk', '-t', 1, '-c', 32, '-d', "${seconds}s", @more, $url
        or die "wrk: $!";
    my $text = do { local $/; <$out> };
    close $out;
    my ($n, $s) = $text =~ /(\d+) requests in ([\d.]+)s/ or die "wrk said: $text";
    my ($bad) = $text =~ /Non-2xx or 3xx responses: (\d+)/;
    return ($n, $s, $bad // 0);
}

# A row has case, peer, metric, ours, theirs; ratio above 1: ours is better.
sub write_results {
    my ($name, $rounds, @rows) = @_;
    printf "\n%-16s %-18s %-24s %10s %10s %7s\n", qw(case peer metric ours theirs ratio);
    for my $row (@rows) {
        $row->{ratio} //= $row->{metric} =~ /_per_s$/ ? $row->{ours} / $row->{theirs}
                                                      : $row->{theirs} / $row->{ours};
        $_ = 0 + sprintf '%.4g', $_ for @$row{qw(ours theirs)};
        $row->{ratio} = 0 + sprintf '%.3f', $row->{ratio};
        printf "%-16s %-18s %-24s %10s %10s %7s\n", @$row{qw(case peer metric ours theirs ratio)};
    }
    mkdir 'bench/results';
    open my $fh, '>', "bench/results/$name.json" or die "bench/results: $!";
    print $fh JSON::PP->new->canonical->pretty->encode({bench => $name, rounds => $rounds,
        machine => machine(), rows => \@rows});
    say "\nwritten to bench/results/$name.json";
}

1;
