# shellcheck shell=bash
#
# Sourced by build.sh: the HTML tokenizer on machines that are not this one,
# under qemu. arm64 has NEON; s390x is big-endian and has the portable form
# alone. A build here needs no library of theirs but libc.

readonly CROSS_OUT=$OUT/cross
readonly CROSS_FLAGS="-std=gnu11 -O2 -g -Wall -Wextra -Wconversion -Werror
    -fsanitize=undefined -fsanitize-undefined-trap-on-error
    -static -I. -It/unit"

# GNU's name of the machine, and how it scans.
readonly CROSS_MACHINES="aarch64:plain,neon s390x:plain"

# A program for a machine, and beside it a script that runs it as if it were
# one of ours.
cross_program() {
    local machine=$1 source=$2 name program

    name=$(basename "$source" .c)
    program=$CROSS_OUT/$machine/$name
    # shellcheck disable=SC2086
    "$machine-linux-gnu-gcc" $CROSS_FLAGS -o "$program.$machine" "$source" \
        core/html/os_{html,tree,element,anchor}.c core/base/os_{buf,str}.c
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec qemu-%s "$0.%s" "$@"\n' "$machine" "$machine" \
        >"$program"
    chmod +x "$program"
}

test_cross() {
    local word machine scans source said

    need gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu \
        libc6-dev-s390x-cross qemu-user perl
    need_node t/browser

    for word in $CROSS_MACHINES; do
        machine=${word%%:*}
        scans=${word#*:}
        say "building the tokenizer for $machine"
        mkdir -p "$CROSS_OUT/$machine"
        for source in t/unit/{test_html,splice_driver}.c t/fuzz/fuzz_html.c; do
            cross_program "$machine" "$source"
        done

        said=$("$CROSS_OUT/$machine/test_html" | sed -n 's/^# scanning: //p')
        [ "$said" = "${scans/,/ }" ] \
            || die "$machine scans by \"$said\", not by \"${scans/,/ }\""

        say "running its tests for $machine, which scans by $said"
        ORDERSAVE_CROSS=$CROSS_OUT/$machine prove --timer -It/lib \
            "$CROSS_OUT/$machine/test_html" \
            t/fuzz_corpus.t t/splice_parse5.t
    done
}
