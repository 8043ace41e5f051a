# shellcheck shell=bash
#
# Sourced by build.sh: everything built anew under AddressSanitizer, ours under
# UndefinedBehaviorSanitizer too, in build/asan, for the same tests.
#
# nginx itself is built from Debian's source where that can be had: its own
# sanitizer build sees what a module does to its pools (NGX_DEBUG_PALLOC). Its
# core is not clean under UBSan, so that is for our objects alone. Where no
# source can be had, the module's core/ and redis/ are still tested by the
# sanitized unit tests and the sanitized worker, and nginx runs as it is.

readonly ASAN_OUT=$OUT/asan
readonly ASAN="-fsanitize=address -fno-omit-frame-pointer -g -O1"
readonly UBSAN="$ASAN -fsanitize=undefined -fno-sanitize-recover=undefined"

# Debian's nginx source, in $ASAN_OUT/src; the newest that can be had.
nginx_source() {
    local apt=$ASAN_OUT/apt file versions version

    [ -x "$ASAN_OUT/src/configure" ] && return
    command -v apt-get >/dev/null || return 1

    mkdir -p "$apt/parts" "$apt/lists" "$ASAN_OUT/src"
    : >"$apt/list"
    for file in /etc/apt/sources.list.d/*.sources; do
        grep -q bookworm "$file" 2>/dev/null \
            && sed 's/^Types:.*/Types: deb-src/' "$file" \
                >"$apt/parts/$(basename "$file")"
    done
    [ -f /etc/apt/sources.list ] \
        && sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/list"

    local options=(-o "Dir::Etc::sourcelist=$apt/list"
        -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State::lists=$apt/lists"
        -o APT::Sandbox::User=root)

    apt-get "${options[@]}" -qq update >"$ASAN_OUT/apt.log" 2>&1 || true
    versions=$(apt-cache "${options[@]}" showsrc nginx 2>/dev/null \
        | sed -n 's/^Version: //p' | sort -rV)

    for version in $versions; do
        (
            cd "$apt"
            apt-get "${options[@]}" -qq source --download-only \
                "nginx=$version" >>"$ASAN_OUT/apt.log" 2>&1
        ) || continue
        tar -xf "$apt"/nginx_*.orig.tar.* -C "$ASAN_OUT/src" \
            --strip-components=1
        return
    done

    return 1
}

# Configures the source for a build in $1 with the flags $2.
sanitized_nginx() {
    ./configure --with-compat --with-debug --with-threads \
        --with-http_ssl_module --with-http_v2_module \
        --with-http_realip_module --with-http_auth_request_module \
        --with-http_sub_module --with-http_addition_module --with-http_slice_module \
        --with-http_gunzip_module \
        --builddir="$ASAN_OUT/$1" --prefix=/usr/share/nginx \
        --with-cc-opt="$2 -DNGX_DEBUG_PALLOC=1 -Wno-unused-parameter" \
        --with-ld-opt="-fsanitize=address,undefined" \
        --add-dynamic-module="$ROOT" >"$ASAN_OUT/configure.log"
}

build_sanitized() {
    mkdir -p "$ASAN_OUT"

    if nginx_source; then
        say "building nginx under ASan, the module under UBSan too"
        (
            cd "$ASAN_OUT/src"
            sanitized_nginx nginx "$ASAN"
            make -s -j"$JOBS" -f "$ASAN_OUT/nginx/Makefile"
            sanitized_nginx module "$UBSAN"
            make -s -j"$JOBS" -f "$ASAN_OUT/module/Makefile" modules
        ) >"$ASAN_OUT/nginx.log" 2>&1 \
            || { tail -30 "$ASAN_OUT/nginx.log" >&2; exit 1; }
        export ORDERSAVE_NGINX=$ASAN_OUT/nginx/nginx
        export ORDERSAVE_MODULE=$ASAN_OUT/module/ngx_http_ordersave_module.so
        # Debian's Lua module is built against Debian's nginx
        export ORDERSAVE_NO_LUA=1
    else
        say "no nginx source can be had here: nginx runs as Debian built it"
        build_module
        export ORDERSAVE_MODULE=$OUT/nginx/ngx_http_ordersave_module.so
    fi

    say "building the worker under ASan and UBSan"
    make -s -j"$JOBS" -f worker/Makefile BUILD="$ASAN_OUT" CFLAGS="$UBSAN"
    export ORDERSAVE_BIN=$ASAN_OUT
    export ORDERSAVE_WORKER=$ASAN_OUT/ordersave-worker
    export ORDERSAVE_CTL=$ASAN_OUT/ordersavectl
    export UNIT_CFLAGS=$UBSAN UNIT_OUT=$ASAN_OUT/unit

    # nginx keeps what it allocates until it exits
    export ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0:abort_on_error=0
    export UBSAN_OPTIONS=print_stacktrace=1
}
