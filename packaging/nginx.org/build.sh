# The module for nginx.org's own packages, which build.sh package --nginx-source
# makes: which nginx it must fit, how it is built, and how it is packed.
#
# nginx takes a module of its own version and signature alone. Its packages name
# the first ("Provides: nginx-r1.26.2"), and so the package of a module depends
# on it; the second is compared here.
# shellcheck shell=bash

# The version whose source is in the folder $1, or an end that says why not.
source_version() {
    [ -d "$1" ] || die "there is no folder $1"
    if [ ! -f "$1/src/core/nginx.h" ] \
        || ! { [ -x "$1/configure" ] || [ -x "$1/auto/configure" ]; }
    then
        die "$1 holds no nginx source: unpack nginx-VERSION.tar.gz there"
    fi

    [ -f "$1/src/core/nginx.c" ] \
        || die "$1 holds headers of nginx alone: unpack nginx-VERSION.tar.gz"
    sed -n 's/^#define NGINX_VERSION *"\(.*\)"$/\1/p' "$1/src/core/nginx.h"
}

# The nginx that it must fit: what is here of nginx.org, or nothing. Debian's own
# has another prefix.
their_nginx() {
    local nginx

    nginx=$(command -v "${ORDERSAVE_NGINX:-nginx}") || return 0
    if "$nginx" -V 2>&1 | grep -q -- '--prefix=/etc/nginx '; then
        echo "$nginx"
    fi
}

# The signature that nginx compares: sizes and what it was built with.
signature() {
    grep -aoEm1 '[48],[48],[48],[01]{20,}' "$1" | head -1
}

# Refuses the source $1 unless it is the version of the nginx that is here.
fits_source() {
    local version nginx theirs

    version=$(source_version "$1")
    nginx=$(their_nginx)

    if [ -z "$nginx" ]; then
        say "no nginx of nginx.org is here: the module is built for its" \
            "$version, and not tried"
        return
    fi

    theirs=$("$nginx" -v 2>&1 | sed 's|.*nginx/\([0-9.]*\).*|\1|')
    [ "$theirs" = "$version" ] || die "$nginx is nginx $theirs, and $1 holds the" \
        "source of $version: take the source of $theirs"
}

# What nginx.org's packages are configured with, where none is here to ask.
their_usual() {
    printf '%s\0' --prefix=/etc/nginx --modules-path=/usr/lib/nginx/modules \
        --with-compat --with-file-aio --with-threads \
        --with-http_addition_module --with-http_auth_request_module \
        --with-http_gunzip_module --with-http_realip_module \
        --with-http_slice_module --with-http_ssl_module \
        --with-http_stub_status_module --with-http_sub_module \
        --with-http_v2_module \
        "--with-cc-opt=$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags \
            --get CPPFLAGS) -fPIC" \
        "--with-ld-opt=$(dpkg-buildflags --get LDFLAGS)"
}

# The options of the nginx $1, each ended by a zero byte: as -V quotes them,
# without modules from elsewhere, whose sources are not here.
their_options() {
    "$1" -V 2>&1 | sed -n 's/^configure arguments: //p' | xargs printf '%s\0' \
        | grep -zvE '^--(add-(dynamic-)?module|builddir)=|=dynamic$'
}

# nginx itself says whether it takes the module.
fits_nginx() {
    local nginx=$1 module=$2 try

    [ "$(signature "$module")" = "$(signature "$nginx")" ] \
        || die "the module does not fit $nginx: its signature is" \
            "$(signature "$module"), and that of nginx" \
            "$(signature "$nginx"): is that nginx built from this source," \
            "with what its -V says?"

    try=$(mktemp -d)
    printf 'load_module %s;\npid %s/pid;\nuser root;\nevents {}\nhttp { access_log off; }\n' \
        "$module" "$try" >"$try/nginx.conf"
    "$nginx" -t -q -p "$try" -c "$try/nginx.conf" -g 'error_log stderr;' \
        >"$try/said" 2>&1 \
        || die "$nginx does not take the module: $(grep -m1 emerg "$try/said")"
    rm -rf "$try"
}

# The module, in $OUT/nginx, against the source $1 with the options of the nginx
# that it must fit. The source stays as it is.
build_fitting() {
    local nginx options=() configure=configure

    # the tree of a package does not change; it is built, and then installed
    [ ! -f "$OUT/nginx/fits" ] || return 0
    nginx=$(their_nginx)
    say "building the nginx module against $1"
    rm -rf "$OUT/nginx" "$OUT/nginx-source"
    mkdir -p "$OUT/nginx"
    cp -a "$1" "$OUT/nginx-source"

    if [ -n "$nginx" ]; then
        mapfile -d '' -t options < <(their_options "$nginx")
    else
        mapfile -d '' -t options < <(their_usual)
    fi

    (
        cd "$OUT/nginx-source"
        [ -x configure ] || configure=auto/configure
        "./$configure" "${options[@]}" --builddir="$OUT/nginx" \
            --add-dynamic-module="$ROOT" || exit 1
        make -s -j"$JOBS" -f "$OUT/nginx/Makefile" modules
    ) >"$OUT/module.log" 2>&1 || { tail -40 "$OUT/module.log" >&2; exit 1; }

    if [ -n "$nginx" ]; then
        fits_nginx "$nginx" "$OUT/nginx/ngx_http_ordersave_module.so"
    fi
    touch "$OUT/nginx/fits"
}

# The tree $1 makes nginx-module-ordersave in place of Debian's module.
pack_fitting() {
    local debian=$1/debian nginx

    nginx=$(source_version "$ORDERSAVE_NGINX_SOURCE")
    export ORDERSAVE_NGINX_VERSION=$nginx
    mv "$debian/libnginx-mod-http-ordersave.postrm" \
        "$debian/nginx-module-ordersave.postrm"
    rm "$debian"/libnginx-mod-http-ordersave.* "$debian/not-installed"
    cp "$1"/packaging/nginx.org/nginx-module-ordersave.* "$debian"
    sed -i -e '/^Package: libnginx-mod/,/^$/d' \
        -e 's/^\( *\)nginx,$/\1libpcre2-dev,/' \
        -e 's/^\( *\)nginx-dev,$/\1zlib1g-dev,/' "$debian/control"
    { echo; sed "s/@NGINX@/$nginx/" "$1/packaging/nginx.org/control"; } \
        >>"$debian/control"
}
