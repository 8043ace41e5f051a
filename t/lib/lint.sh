#!/usr/bin/env bash
#
# Lint: whitespace and line length, includes that point down only, cppcheck,
# clang-tidy. Any finding fails.

set -uo pipefail

cd "$(dirname "$0")/../.."

fault=0
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
bad() { printf '%s\n' "$*"; fault=1; }

mapfile -t sources < <(git ls-files '*.c' '*.h' '*.cc')

say "lines"
perl -CSD -ne 's/\n\z//; my $w = length > 80 ? "longer than 80 columns" : /[ \t]\z/ ? "white space at its end"
    : /\t/ ? "a tab" : next; print "$ARGV:$.: $w\n"; $bad = 1; } continue { close ARGV if eof; } END { exit($bad // 0)' \
    "${sources[@]}" || fault=1

# what a folder may include; nothing includes upwards or round
say "includes"
perl - "${sources[@]}" <<'PERL' || fault=1
use strict; use warnings; use File::Basename;
my %may = (core => [], redis => ['core'], ngx_module => ['redis', 'core'],
           worker => ['redis', 'core'], 't/fuzz' => ['core'],
           't/unit' => ['core', 'redis', 'worker'],
           bench => ['core']);
my (%graph, $bad);
for my $file (@ARGV) {
    my $dir = dirname $file;
    open my $fh, '<', $file or die $!;
    while (<$fh>) {
        if (m{^#include <(nginx|ngx|hiredis)} && $dir eq 'core') { print "$file:$.: core/ includes $1\n"; $bad = 1 }
        next unless /^#include "([^"]+)"/;
        my ($path) = grep { -f } map { my $p = "$_/$1"; 1 while $p =~ s{[^/]+/\.\./}{}; $p } $dir, map { $_ } keys %may;
        next unless $path;
        my $to = dirname $path;
        if ($to ne $dir && !grep { $_ eq $to } @{$may{$dir} // []}) { print "$file:$.: $dir/ may not include $to/\n"; $bad = 1 }
        push @{$graph{$file}}, $path if $path ne $file;
    }
}
my %state;
sub walk {
    my ($file, @way) = @_;
    if (($state{$file} // '') eq 'open') { print "a circle: @way $file\n"; $bad = 1; return }
    return if $state{$file};
    $state{$file} = 'open';
    walk($_, @way, $file) for @{$graph{$file} // []};
    $state{$file} = 'done';
}
walk($_) for sort keys %graph;
exit($bad // 0);
PERL

say "cppcheck"
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j"$(nproc)" \
    --enable=warning,portability --suppress=missingInclude \
    --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
    core redis worker || fault=1

say "clang-tidy"
flags=(-std=gnu11 -I.)
clang-tidy --quiet --warnings-as-errors='*' \
    --checks='-*,bugprone-*,clang-analyzer-*,-clang-analyzer-valist.*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-narrowing-conversions,-bugprone-assignment-in-if-condition,-bugprone-branch-clone,-bugprone-macro-parentheses,-bugprone-implicit-widening-of-multiplication-result,-bugprone-signed-char-misuse,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy,-clang-analyzer-deadcode.DeadStores,-bugprone-unused-return-value' \
    core/*/*.c redis/*.c -- "${flags[@]}" 2>/dev/null || fault=1

[ $fault = 0 ] && say "clean"
exit $fault
