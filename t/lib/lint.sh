#!/usr/bin/env bash
#
# Lint: white space and line length, includes and calls that point down only,
# cppcheck, clang-tidy. Any finding fails.

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

say "includes and calls"
perl t/lib/storeys.pl || fault=1

say "cppcheck"
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j"$(nproc)" \
    --enable=warning,portability --suppress=missingInclude \
    --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches \
    core redis ngx_module worker || fault=1

say "clang-tidy"
checks='-*,bugprone-*,clang-analyzer-*,-clang-analyzer-valist.*'
checks+=',-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier'
checks+=',-bugprone-narrowing-conversions,-bugprone-assignment-in-if-condition'
checks+=',-bugprone-branch-clone,-bugprone-macro-parentheses'
checks+=',-bugprone-implicit-widening-of-multiplication-result'
checks+=',-bugprone-signed-char-misuse,-bugprone-unused-return-value'
checks+=',-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
checks+=',-clang-analyzer-security.insecureAPI.strcpy'
checks+=',-clang-analyzer-deadcode.DeadStores'

# The files come from stdin; $1 are more checks, the rest are the compiler's.
tidy() {
    local more=$1

    shift
    # shellcheck disable=SC2016
    xargs -P"$(nproc)" -n4 bash -c '
        checks=$1; shift
        flags=()
        while [ "$1" != -- ]; do flags+=("$1"); shift; done
        shift
        exec clang-tidy --quiet --warnings-as-errors="*" --checks="$checks" \
            "$@" -- "${flags[@]}" 2>/dev/null' \
        tidy "$checks$more" -std=gnu11 -I. "$@" --
}

git ls-files 'core/*.c' 'redis/*.c' 'worker/*.c' | tidy '' || fault=1

# nginx' headers, and what its configure wrote. That a directive has as many
# arguments as its type says, clang cannot know.
nginx=(-I"${LINT_NGINX:-build/nginx}")
for folder in core event event/modules os/unix http http/modules http/v2; do
    nginx+=(-isystem "/usr/share/nginx/src/src/$folder")
done

git ls-files 'ngx_module/*.c' \
    | tidy ',-clang-analyzer-core.NullDereference' "${nginx[@]}" || fault=1

[ $fault = 0 ] && say "clean"
exit $fault
