#!/usr/bin/env perl

# The console's intervals are those of R, in many cases and in extreme ones:
# Wilson's by prop.test(), the one for a difference by integrating and solving
# the mixture that it stands for, without its closed form.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $driver = ($ENV{ORDERSAVE_UNIT} // 'build/unit') . '/stats_driver';
plan skip_all => 'R is not installed (Debian: r-base-core)' if system('command -v Rscript > /dev/null') != 0;
plan skip_all => "$driver is not built" if !-x $driver;

my $dir = tempdir(CLEANUP => 1);
sub whole { return join ' ', map { sprintf '%.0f', $_ } @_ }

srand 20261129;
my (@rate, @difference);
for my $n (1, 2, 3, 5, 10, 99, 1000, 12345, 1e6, 1e9) {
    push @rate, map { whole($_, $n) } grep { $_ >= 0 && $_ <= $n } 0, 1, 2, int $n / 3, int $n / 2, $n - 2, $n - 1, $n;
}
for (1 .. 1500) { my $n = 1 + int 10 ** (rand 7); push @rate, whole(int rand $n + 1, $n) }
for my $alpha (0.05, 0.01, 0.00625) {
    for my $n (20, 50, 1000, 1e6) { for my $n0 (20, 300, 1e5) {
        push @difference, whole($_->[0], $n, $_->[1], $n0) . " $alpha" for [0, 0], [$n, $n0], [0, $n0], [$n, 0], [int $n / 2, int $n0 / 3];
    } }
    for (1 .. 120) { my ($n, $n0) = map { 20 + int 10 ** (rand 6) } 1, 2; push @difference, whole(int rand $n + 1, $n, int rand $n0 + 1, $n0) . " $alpha" }
}

sub lines { my ($name, @lines) = @_; open my $fh, '>', "$dir/$name" or die; print $fh map { "$_\n" } @lines; close $fh; return "$dir/$name" }
lines('cases', (map { "rate $_" } @rate), map { "difference $_" } @difference);
lines('rate', @rate);
lines('difference', @difference);
my @ours = map { chomp; $_ } `$driver < $dir/cases`;
is scalar @ours, @rate + @difference, scalar(@ours) . ' cases';

open my $r, '>', "$dir/compare.R" or die;
print $r <<'EOT';
dir <- commandArgs(TRUE)[1]
rate <- read.table(file.path(dir, "rate"))
for (i in seq_len(nrow(rate))) {
    ci <- suppressWarnings(prop.test(rate[i, 1], rate[i, 2], correct = FALSE)$conf.int)
    cat(sprintf("%.15g %.15g\n", ci[1], ci[2]))
}
# log of the mean over bets b ~ N(0, rho2) of exp(b s - b^2 t / 2), integrated
# around where it is greatest
wealth <- function(s, t, rho2) {
    top <- s / (t + 1 / rho2)
    g <- function(b) b * s - b^2 * t / 2 + dnorm(b, 0, sqrt(rho2), log = TRUE)
    wide <- 10 / sqrt(t + 1 / rho2)
    g(top) + log(integrate(function(b) exp(g(b) - g(top)), top - wide, top + wide, rel.tol = 1e-10)$value)
}
d <- read.table(file.path(dir, "difference"))
for (i in seq_len(nrow(d))) {
    k <- d[i, 1]; n <- d[i, 2]; k0 <- d[i, 3]; n0 <- d[i, 4]; alpha <- d[i, 5]
    v <- function(k, n) { p <- (k + 2) / (n + 4); p * (1 - p) / n }
    t <- n + n0
    # the mixture that is narrowest at 1000 orders
    rho2 <- (-2 * log(alpha) + log(1 - 2 * log(alpha))) / 1000
    s <- uniroot(function(s) wealth(s, t, rho2) + log(alpha), c(0, 200 * sqrt(t)), tol = 1e-9 * sqrt(t))$root
    half <- s / t * sqrt(t * (v(k, n) + v(k0, n0)))
    cat(sprintf("%.15g %.15g\n", max(-1, k / n - k0 / n0 - half), min(1, k / n - k0 / n0 + half)))
}
EOT
close $r;
my @theirs = map { chomp; $_ } `Rscript --vanilla $dir/compare.R $dir`;
is scalar @theirs, @ours, 'R has an answer to each';

my (@bad, $far);
for my $i (0 .. $#ours) {
    my @a = split ' ', $ours[$i];
    my @b = split ' ', $theirs[$i] // '';
    my $most = $i < @rate ? 1e-9 : 1e-7;
    for my $n (0, 1) {
        my $off = abs(($a[$n] // 9) - ($b[$n] // 99));
        $far = $off if !defined $far || $off > $far;
        push @bad, ($i < @rate ? "rate $rate[$i]" : "difference $difference[$i - @rate]") . ": $ours[$i], R: $theirs[$i]" if $off > $most;
    }
}
is join("\n", @bad[0 .. ($#bad > 9 ? 9 : $#bad)]), '', sprintf 'each is the same; the farthest apart are %.2g', $far;
done_testing;
