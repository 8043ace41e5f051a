#!/usr/bin/env bash
#
# build.sh: the one entry. ./build.sh --help tells what it does.

set -euo pipefail

cd "$(dirname "$0")"

readonly ROOT=$PWD
readonly OUT=${ORDERSAVE_BUILD:-$ROOT/build}
readonly JOBS=$(nproc)
readonly SHARE=${SHARE:-/usr/share/ordersave}
readonly NGINX_SOURCE=/usr/share/nginx/src

readonly PACKAGES_BUILD="gcc g++ make pkg-config nginx nginx-dev
    libhiredis-dev libjansson-dev libcurl4-openssl-dev libssl-dev libuv1-dev
    libcsv-dev libicu-dev libsqlite3-dev libmicrohttpd-dev libphonenumber-dev
    libsystemd-dev"
readonly PACKAGES_RUN="redis-server redis-tools perl libmojolicious-perl
    libio-socket-ssl-perl procps openssl"
readonly PACKAGES_TEST="libnginx-mod-http-lua libnginx-mod-http-brotli-filter
    brotli chromium-headless-shell fonts-noto-cjk wrk valgrind curl nghttp2-client prometheus
    r-base-core python3-workalendar"
readonly PACKAGES_NGINX="libnginx-mod-http-geoip libnginx-mod-http-image-filter
    libnginx-mod-http-perl libnginx-mod-http-xslt-filter libnginx-mod-mail
    libnginx-mod-stream libnginx-mod-stream-geoip"
readonly PACKAGES_FULL="postgresql"
readonly PACKAGES_BENCH="libnginx-mod-http-js lua-cjson"
readonly PACKAGES_PACKAGE="debhelper dpkg-dev fakeroot lintian git mmdebstrap"
readonly PACKAGES_SOURCE="libpcre2-dev zlib1g-dev"
readonly PACKAGES_LINT="clang clang-tidy clang-format cppcheck"

usage() {
    cat <<'END'
usage: ./build.sh COMMAND [OPTIONS]

  deps [lint]         install what Debian 12 has of what is needed
  build               the nginx module, the worker, ordersavectl and the
                      console, in build/
      --nginx-source DIR   against that nginx, with a static build beside it
  demo                play the whole story in a browser, on 127.0.0.1
      --check              play it without a person; exits 1 on a fault
      --port N             the page's port; 8400 unless given
  test [FILE…]        all tests, or those named
      --full               and what takes long: every page in every language,
                           more seeds, big backlogs, kill after kill
      --chaos              that alone: programs, nodes and links that fail;
                           ORDERSAVE_ORDERS and ORDERSAVE_SEED are read
      --sanitize           nginx and ours under ASan, ours under UBSan too
      --cross              the HTML tokenizer for arm64 and s390x, under qemu
      --nginx-source DIR   those of the module, or those named, in that nginx:
                           as a dynamic module, then as a static one
      --nginx-tests DIR    nginx' own test suite, which lies there, or files of
                           it: what differs with the module? docs/nginx-tests.md
  lint                clang-tidy, cppcheck, no include and no call goes up
  bench NAME          intercept, ingest, panel, splice, worker, backlog, mail,
                      console; --quick takes a minute or two; plot draws the
                      docs' pictures of what was measured
  fuzz [SECONDS]      the HTML tokenizer by libFuzzer and by AFL++, the JSON
                      readers by libFuzzer; 60 seconds each unless given
  install             into the system (DESTDIR is honoured)
  uninstall           out of it again; what is the shop's own stays
  package             Debian packages in build/packages: the module for Debian's
                      nginx, and all else
      --nginx-source DIR   the module for nginx.org's own package, of the version
                           whose source is unpacked there
  clean               forget all that was built

As root, or with sudo. ORDERSAVE_NGINX names the nginx that --nginx-source of
package must fit, if not the one of PATH. ORDERSAVE_BUILD names another folder than build/;
NGINX_OPTIONS are for the configure of --nginx-source, as in --with-debug or
--with-cc=clang. ORDERSAVE_JOBS says how many test files run at once, if not what
the machine has time for; ORDERSAVE_PATIENCE multiplies the minute that a test
waits before it takes a wait for a hang.
END
}

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 2; }

# What a command does not know is told before anything is built.
no_more() {
    local command=$1

    shift
    [ $# -eq 0 ] || die "$command does not know $1"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what is missing of the packages named, and nothing else.
need() {
    local package missing=()

    command -v apt-get >/dev/null || {
        say "no apt-get: taking it that all packages are there"
        return
    }

    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null \
            | grep -q 'ok installed' || missing+=("$package")
    done

    [ ${#missing[@]} -eq 0 ] && return

    say "installing ${missing[*]}"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
        --no-install-recommends -o Dpkg::Use-Pty=0 install "${missing[@]}" \
        >/dev/null
}

# A mail server for the benchmark, which begins an instance of its own: the
# system's gets no configuration.
need_postfix() {
    [ -x /usr/sbin/postfix ] && return
    command -v debconf-set-selections >/dev/null || return 0
    echo 'postfix postfix/main_mailer_type select No configuration' \
        | as_root debconf-set-selections
    need postfix
}

# Node.js, for browsers and for peers of the benchmarks, any that is there; and
# the packages that the folder $1 asks for.
need_node() {
    command -v node >/dev/null || need nodejs
    command -v npm >/dev/null || need npm
    [ -d "$1/node_modules" ] && return
    say "installing the packages of $1"
    (cd "$1" && npm install --no-audit --no-fund --silent)
}

deps() {
    local packages=$PACKAGES_BUILD

    if [ "${1:-}" = lint ]; then no_more deps "${@:2}"; else no_more deps "$@"; fi
    # Debian's nginx-dev wants Debian's nginx
    if [ -n "${ORDERSAVE_NGINX_SOURCE:-}" ]; then
        packages=${PACKAGES_BUILD/nginx nginx-dev/$PACKAGES_SOURCE}
    fi
    # shellcheck disable=SC2086
    need $packages $PACKAGES_RUN
    # shellcheck disable=SC2086
    if [ "${1:-}" = lint ]; then need $PACKAGES_LINT; fi
}

build_module() {
    if [ -n "${ORDERSAVE_NGINX_SOURCE:-}" ]; then
        # shellcheck source=/dev/null
        source packaging/nginx.org/build.sh
        build_fitting "$ORDERSAVE_NGINX_SOURCE"
        return
    fi

    local flags="-O2 -g -Wno-unused-parameter ${MODULE_CFLAGS:-}"

    say "building the nginx module"
    mkdir -p "$OUT/nginx"
    (
        cd "$NGINX_SOURCE"
        # shellcheck disable=SC1091
        source ./conf_flags
        # nothing to do when neither the list of files nor nginx changed
        if [ ! -f "$OUT/nginx/Makefile" ] \
            || [ "$ROOT/config" -nt "$OUT/nginx/Makefile" ]
        then
            ./configure "${NGX_CONF_FLAGS[@]}" --builddir="$OUT/nginx" \
                --with-cc-opt="$flags" \
                --add-dynamic-module="$ROOT" >"$OUT/configure.log" 2>&1 \
                || { tail -20 "$OUT/configure.log" >&2; exit 1; }
        fi
        make -s -j"$JOBS" -f "$OUT/nginx/Makefile" modules \
            >"$OUT/module.log" 2>&1 \
            || { grep -v '^cc' "$OUT/module.log" | tail -40 >&2; exit 1; }
    )
}

# Against an nginx source tree, a release or a clone: dynamic and static.
build_against() {
    local source configure kind dir options more

    read -ra more <<<"${NGINX_OPTIONS:-}"
    source=$(realpath "$1")
    for configure in configure auto/configure; do
        [ -x "$source/$configure" ] && break
    done
    [ -x "$source/$configure" ] || die "$source holds no nginx source"

    for kind in dynamic static; do
        say "building against $source, $kind"
        dir=$OUT/$kind
        options=(--with-threads --with-http_v2_module --with-http_ssl_module
            --with-http_realip_module --with-http_auth_request_module
            --with-http_sub_module --with-http_addition_module
            --with-http_slice_module
            --with-http_gunzip_module --builddir="$dir"
            "${more[@]}")
        if [ $kind = dynamic ]; then
            options+=(--with-compat --add-dynamic-module="$ROOT")
        else
            options+=(--add-module="$ROOT")
        fi
        mkdir -p "$dir"
        (
            cd "$source"
            # nothing to configure when neither the list of files, the source
            # nor the options changed
            if [ "$ROOT/config" -nt "$dir/Makefile" ] \
                || ! cmp -s "$dir/options" <<<"$source ${options[*]}"
            then
                rm -rf "$dir/src" "$dir/addon" "$dir/options"
                "./$configure" "${options[@]}" || exit 1
                echo "$source ${options[*]}" >"$dir/options"
            fi >"$dir.log" 2>&1
            make -s -j"$JOBS" -f "$dir/Makefile" >>"$dir.log" 2>&1
        ) || { tail -30 "$dir.log" >&2; exit 1; }
    done
}

build_worker() {
    say "building the worker"
    make -s -j"$JOBS" -f worker/Makefile BUILD="$OUT"
}

build() {
    if [ "${1:-}" = --nginx-source ]; then
        [ -n "${2:-}" ] || die "--nginx-source takes a folder"
        no_more build "${@:3}"
        deps
        build_against "$2"
        return
    fi

    no_more build "$@"
    deps
    build_module
    build_worker
}

# Runs test files, and says at last which took longest; t/lib/OrderSave/Suite.pm
# tells how, how many at once, and in which order.
prove_all() {
    perl -It/lib "$(command -v prove)" --harness OrderSave::Suite \
        ${ORDERSAVE_JOBS:+-j"$ORDERSAVE_JOBS"} --timer -It/lib "$@"
}

# The tests of what runs in nginx, in another nginx than Debian's.
test_against() {
    local kind failed=''

    build_against "$1"
    shift
    [ $# -gt 0 ] || set -- t/{filter,insert,cancel,track,redis}_*.t \
        t/{redirects,hide,cluster_failover}.t
    build_worker
    export ORDERSAVE_BIN=$OUT
    # Debian's modules are built against Debian's nginx
    export ORDERSAVE_NO_LUA=1

    for kind in dynamic static; do
        say "running the tests, the module $kind"
        export ORDERSAVE_NGINX=$OUT/$kind/nginx
        export ORDERSAVE_MODULE=$OUT/$kind/ngx_http_ordersave_module.so
        [ $kind = dynamic ] || export ORDERSAVE_STATIC=1
        prove_all "$@" || failed="$failed, $kind"
    done

    [ -z "$failed" ] || die "tests failed with the module${failed#,}"
}

run_test() {
    local sanitize='' source='' suite='' files=()

    while [ $# -gt 0 ]; do
        case $1 in
            --sanitize) sanitize=1 ;;
            --full) export ORDERSAVE_FULL=1 ;;
            --chaos) export ORDERSAVE_FULL=1; files+=(t/chaos*.t) ;;
            --nginx-source)
                source=${2:?build.sh: --nginx-source takes a folder}
                shift ;;
            --nginx-tests)
                suite=${2:?build.sh: --nginx-tests takes a folder}
                shift ;;
            --cross)
                # shellcheck source=/dev/null
                source t/lib/cross.sh
                test_cross
                return ;;
            -*) die "test does not know $1" ;;
            *.t) [ -n "$suite" ] || [ -f "$1" ] || die "there is no $1"; files+=("$1") ;;
            *) files+=("$1") ;;
        esac
        shift
    done

    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_TEST
    # shellcheck disable=SC2086
    if [ -n "${ORDERSAVE_FULL:-}" ]; then need $PACKAGES_FULL; fi

    if [ -n "$suite" ]; then
        # shellcheck disable=SC2086
        need $PACKAGES_NGINX
        build_module
        export ORDERSAVE_MODULE=$OUT/nginx/ngx_http_ordersave_module.so
        exec perl -It/lib t/lib/nginx_tests.pl "$suite" "${files[@]}"
    fi

    if [ -n "$source" ]; then
        test_against "$source" "${files[@]}"
        return
    fi

    if [ -n "$sanitize" ]; then
        # shellcheck source=/dev/null
        source t/lib/sanitize.sh
        build_sanitized
    else
        build_module
        build_worker
        export ORDERSAVE_BIN=$OUT
        export ORDERSAVE_MODULE=$OUT/nginx/ngx_http_ordersave_module.so
    fi

    say "building the unit tests"
    make -s -j"$JOBS" -f t/unit/Makefile BUILD="${UNIT_OUT:-$OUT/unit}" \
        ${UNIT_CFLAGS:+CFLAGS="$UNIT_CFLAGS"}

    if [ ${#files[@]} -eq 0 ]; then
        need_node t/browser
        files=(t "${UNIT_OUT:-$OUT/unit}"/test_*)
    fi

    say "running the tests"
    prove_all -r "${files[@]}"
}

run_demo() {
    local check='' port=8400 options=()

    while [ $# -gt 0 ]; do
        case $1 in
            --check) check=1 ;;
            --port)
                [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--port takes a number"
                port=$2
                options+=("$1" "$2")
                shift ;;
            --port=*)
                [[ $1 =~ ^--port=[1-9][0-9]*$ ]] || die "--port takes a number"
                port=${1#*=}
                options+=("$1") ;;
            --help) exec perl demo/demo.pl --help ;;
            *) die "demo does not know $1" ;;
        esac
        shift
    done

    # what is in use is told before anything is built
    if [ -z "$check" ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        printf 'Port %s is in use. Another one: ./build.sh demo --port N\n' \
            "$port" >&2
        exit 1
    fi

    deps

    # the story is seen in a real browser as well
    if [ -n "$check" ]; then
        need chromium
        options+=(--check)
    fi

    build_module
    build_worker
    export ORDERSAVE_BIN=$OUT
    export ORDERSAVE_MODULE=$OUT/nginx/ngx_http_ordersave_module.so
    exec perl demo/demo.pl "${options[@]}"
}

run_lint() {
    no_more lint "$@"
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_LINT
    build_module
    export LINT_NGINX=$OUT/nginx
    exec bash t/lib/lint.sh
}

run_bench() {
    [ -n "${1:-}" ] \
        || die "bench takes a name: intercept, ingest, panel, splice, worker," \
               "backlog, mail, console or plot"
    [ -f "bench/$1.pl" ] || die "there is no bench/$1.pl"
    [ "$1" != plot ] || exec perl bench/plot.pl
    local name=$1
    shift
    # shellcheck disable=SC2086
    need $PACKAGES_RUN
    ORDERSAVE_WORDS=1 perl -It/lib "bench/$name.pl" "$@" || exit 2
    if [[ " $* " = *' --help '* ]]; then return; fi
    # shellcheck disable=SC2086
    need $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_BENCH
    case $name in
        splice)      build_module ;;
        worker)      need_node bench/peers
                     build_worker ;;
        backlog)     build_worker ;;
        mail)        need_node bench/peers
                     need_postfix
                     build_worker ;;
        *)           build_module
                     build_worker ;;
    esac
    export ORDERSAVE_BIN=$OUT
    export ORDERSAVE_MODULE=$OUT/nginx/ngx_http_ordersave_module.so
    exec perl -It/lib "bench/$name.pl" "$@"
}

# The corpus is only read: what is found goes to build/fuzz.
run_fuzz() {
    local seconds=${1:-60} out=$OUT/fuzz fault='' file flags core=()

    [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "fuzz takes a number of seconds"
    no_more fuzz "${@:2}"
    need clang afl++
    mkdir -p "$out/found"
    rm -rf "$out"/{crash,leak,oom,timeout,slow-unit}-* "$out/afl"
    core=(core/html/os_{html,tree,element,anchor}.c core/base/os_{buf,str}.c)
    flags="-std=gnu11 -O1 -g -I. -fno-sanitize-recover=all
        -fsanitize=fuzzer -DFUZZER"

    say "fuzzing the HTML tokenizer for $seconds s by libFuzzer"
    # shellcheck disable=SC2086
    clang $flags -fsanitize=address,undefined \
        -o "$out/fuzz_html" t/fuzz/fuzz_html.c "${core[@]}"
    "$out/fuzz_html" -dict=t/fuzz/html.dict -max_total_time="$seconds" \
        -max_len=4096 -timeout=5 -print_final_stats=1 \
        -artifact_prefix="$out/" "$out/found" t/fuzz/corpus \
        || fault="libFuzzer has found something in $out"

    say "fuzzing the JSON readers for $seconds s by libFuzzer"
    mkdir -p "$out/found_json"
    # shellcheck disable=SC2086
    clang $flags -fsanitize=address,undefined \
        -o "$out/fuzz_json" t/fuzz/fuzz_json.c core/base/os_{buf,code,str}.c \
        core/base/os_json{,_outside,_pull}.c -ljansson -lm
    "$out/fuzz_json" -dict=t/fuzz/json.dict -max_total_time="$seconds" \
        -max_len=512 -timeout=5 -print_final_stats=1 \
        -artifact_prefix="$out/" "$out/found_json" t/fuzz/corpus_json \
        || fault="libFuzzer has found something in $out"

    # one process reads page after page: AFL++ has a main() that does so
    say "fuzzing it for $seconds s by AFL++"
    # shellcheck disable=SC2086
    AFL_USE_ASAN=1 AFL_USE_UBSAN=1 AFL_QUIET=1 afl-clang-fast $flags \
        -o "$out/afl_html" t/fuzz/fuzz_html.c "${core[@]}"
    AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 \
        AFL_NO_AFFINITY=1 afl-fuzz -V "$seconds" -t 5000 -i t/fuzz/corpus \
        -o "$out/afl" -x t/fuzz/html.dict -- "$out/afl_html" \
        >"$out/afl.log" 2>&1 \
        || { tail -30 "$out/afl.log" >&2; fault="AFL++ did not run"; }
    grep -E '^(run_time|execs_|corpus_count|saved_|bitmap_cvg|stability)' \
        "$out/afl/default/fuzzer_stats" >&2 || true
    if compgen -G "$out/afl/default/crashes/id*" >/dev/null \
        || compgen -G "$out/afl/default/hangs/id*" >/dev/null
    then
        fault="AFL++ has found something in $out/afl/default"
    fi

    [ -z "$fault" ] || { printf 'build.sh: %s\n' "$fault" >&2; exit 1; }
}

run_install() {
    local to=${DESTDIR:-}

    no_more install "$@"
    build
    say "installing into ${to:-/}"
    install -Dm644 "$OUT/nginx/ngx_http_ordersave_module.so" \
        "$to/usr/lib/nginx/modules/ngx_http_ordersave_module.so"
    install -Dm755 "$OUT/ordersave-worker" "$to/usr/sbin/ordersave-worker"
    install -Dm755 "$OUT/ordersavectl" "$to/usr/bin/ordersavectl"
    install -Dm755 "$OUT/ordersave-console" "$to/usr/sbin/ordersave-console"
    install -Dm644 packaging/ordersave-worker.service \
        "$to/lib/systemd/system/ordersave-worker.service"
    install -Dm644 packaging/ordersave-worker@.service \
        "$to/lib/systemd/system/ordersave-worker@.service"
    install -Dm644 packaging/ordersave-console.service \
        "$to/lib/systemd/system/ordersave-console.service"
    install -Dm644 -t "$to/lib/systemd/system" \
        packaging/ordersave-report.service packaging/ordersave-report.timer
    install -Dm644 packaging/ordersave.sysusers \
        "$to/usr/lib/sysusers.d/ordersave.conf"
    install -Dm644 -t "$to/usr/share/doc/ordersave/prometheus" \
        packaging/prometheus/ordersave.*.yml
    install -Dm644 packaging/grafana/ordersave.json \
        "$to/usr/share/doc/ordersave/grafana/ordersave.json"
    install -Dm644 packaging/ordersave.tmpfiles \
        "$to/usr/lib/tmpfiles.d/ordersave.conf"
    (cd campaign && find . -type f -exec \
        install -Dm644 {} "$to$SHARE/{}" \;)
    for page in docs/*.[1358]; do
        install -Dm644 "$page" \
            "$to/usr/share/man/man${page##*.}/$(basename "$page")"
    done
    echo 'load_module modules/ngx_http_ordersave_module.so;' \
        | install -Dm644 /dev/stdin \
        "$to/usr/share/nginx/modules-available/mod-http-ordersave.conf"
    if [ -z "$to" ] && command -v systemd-sysusers >/dev/null; then
        systemd-sysusers ordersave.conf
        install -d -m750 -g ordersave /etc/ordersave
    fi
    cat <<END
The module is loaded by this line at the top of /etc/nginx/nginx.conf:

    load_module modules/ngx_http_ordersave_module.so;

What goes into /etc/ordersave, docs/operation.md goes through step by step.
END
}

# All that install puts into the system; what is the shop's own stays.
run_uninstall() {
    local to=${DESTDIR:-}

    no_more uninstall "$@"
    say "removing from ${to:-/}"
    rm -rf "$to${SHARE:?}"
    rm -f "$to/usr/lib/nginx/modules/ngx_http_ordersave_module.so" \
        "$to/usr/share/nginx/modules-available/mod-http-ordersave.conf" \
        "$to"/usr/sbin/ordersave-{worker,console} "$to/usr/bin/ordersavectl" \
        "$to"/lib/systemd/system/ordersave-{worker,worker@,console}.service \
        "$to"/usr/lib/{sysusers,tmpfiles}.d/ordersave.conf
    for page in docs/*.[1358]; do
        rm -f "$to/usr/share/man/man${page##*.}/$(basename "$page")"
    done
    echo "What is yours stays: /etc/ordersave, /var/lib/ordersave, Redis," \
        "and the line load_module in nginx.conf."
}

# Debian packages, in build/packages: what git has of the tree is built, in a
# folder of its own, and read by lintian.
run_package() {
    local version tree to=$OUT/packages

    if [ "${1:-}" = --nginx-source ]; then
        [ -n "${2:-}" ] || die "--nginx-source takes a folder"
        no_more package "${@:3}"
        # shellcheck source=/dev/null
        source packaging/nginx.org/build.sh
        fits_source "$2"
        ORDERSAVE_NGINX_SOURCE=$(realpath "$2")
        export ORDERSAVE_NGINX_SOURCE
    else
        no_more package "$@"
        unset ORDERSAVE_NGINX_SOURCE
    fi

    deps
    # shellcheck disable=SC2086
    need $PACKAGES_PACKAGE
    version=${ORDERSAVE_VERSION:-$(sed -n 's/.*OS_VERSION  "\(.*\)"/\1/p' \
        core/base/os_version.h)}
    tree=$to/ordersave-$version
    rm -rf "$to"
    mkdir -p "$tree"
    git ls-files -z | xargs -0 cp --parents -t "$tree"
    mv "$tree/packaging/debian" "$tree/debian"
    if [ -n "${ORDERSAVE_NGINX_SOURCE:-}" ]; then pack_fitting "$tree"; fi
    sed -i "s/\(OS_VERSION  \)\".*\"/\1\"$version\"/" \
        "$tree/core/base/os_version.h"
    printf 'ordersave (%s) bookworm; urgency=medium\n\n  %s\n\n -- %s  %s\n' \
        "$version" "* See docs/upgrading.md." \
        "ordersave <packages@ordersave.invalid>" "$(date -R)" \
        >"$tree/debian/changelog"
    say "building the packages of $version"
    (cd "$tree" && unset ORDERSAVE_BUILD DESTDIR \
        && dpkg-buildpackage -b -us -uc >"$to/build.log" 2>&1) \
        || { tail -40 "$to/build.log" >&2; exit 1; }
    say "lintian"
    lintian --fail-on error,warning --suppress-tags \
        initial-upload-closes-no-bugs "$to"/*.changes
    ls -1 "$to"/*.deb
}

# demo has a word of its own to say
[ "${2:-}" != --help ] || [ "$1" = demo ] || { usage; exit; }

case ${1:-} in
    deps)    shift; deps "$@" ;;
    build)   shift; build "$@" ;;
    demo)    shift; run_demo "$@" ;;
    test)    shift; run_test "$@" ;;
    lint)    shift; run_lint "$@" ;;
    bench)   shift; run_bench "$@" ;;
    fuzz)    shift; run_fuzz "$@" ;;
    install) shift; run_install "$@" ;;
    uninstall) shift; run_uninstall "$@" ;;
    package) shift; run_package "$@" ;;
    clean)   shift; no_more clean "$@"
             rm -rf "$OUT" t/browser/node_modules bench/peers/node_modules ;;
    -h|--help|help|'') usage ;;
    *) usage >&2; die "$1 is no command" ;;
esac
