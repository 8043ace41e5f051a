
/*
 * Headers: what of the request is kept from the store, which of its answers
 * are pages that may be changed, and what a changed page's headers may say.
 */


#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_compat.h"


/* A "*" at the end of a word stands for any end of it, and so at the front. */
static ngx_uint_t
ngx_http_ordersave_is_like(ngx_str_t *word, const char *pattern)
{
    size_t   len = ngx_strlen(pattern);
    u_char  *from = word->data;

    if (pattern[0] == '*') {
        pattern++;
        len--;

        if (word->len < len) {
            return 0;
        }

        from += word->len - len;

    } else if (len && pattern[len - 1] == '*') {
        len--;

        if (word->len < len) {
            return 0;
        }

    } else if (word->len != len) {
        return 0;
    }

    return ngx_strncasecmp(from, (u_char *) pattern, len) == 0;
}


static ngx_uint_t
ngx_http_ordersave_header_is(ngx_table_elt_t *h, const char *const *names)
{
    for ( /* void */ ; *names; names++) {
        if (ngx_http_ordersave_is_like(&h->key, *names)) {
            return 1;
        }
    }

    return 0;
}


ngx_http_ordersave_headers_t
ngx_http_ordersave_headers_all(ngx_list_t *headers)
{
    return (ngx_http_ordersave_headers_t) { &headers->part, 0 };
}


ngx_table_elt_t *
ngx_http_ordersave_headers_next(ngx_http_ordersave_headers_t *all,
    const char *const *names)
{
    ngx_table_elt_t  *h;

    for ( /* void */ ; all->part; all->part = all->part->next, all->i = 0) {

        while (all->i < all->part->nelts) {
            h = (ngx_table_elt_t *) all->part->elts + all->i++;

            if (h->hash && ngx_http_ordersave_header_is(h, names)) {
                return h;
            }
        }
    }

    return NULL;
}


/* Takes headers out of the request by rebuilding the list without them. */
void
ngx_http_ordersave_headers_drop(ngx_http_headers_in_t *in, ngx_pool_t *pool,
    const char *const *names)
{
    ngx_uint_t        i;
    ngx_list_t        list;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *kept;

    if (ngx_list_init(&list, pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK) {
        return;
    }

    for (part = &in->headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_ordersave_header_is(&h[i], names)) {
                continue;
            }

            kept = ngx_list_push(&list);
            if (kept == NULL) {
                return;
            }

            *kept = h[i];
        }
    }

    in->headers = list;

    /* the list's last part may be the copy's own: it points into ours */
    if (in->headers.last == &list.part) {
        in->headers.last = &in->headers.part;
    }
}


ngx_table_elt_t *
ngx_http_ordersave_headers_set(ngx_http_request_t *r, const char *name,
    ngx_str_t value)
{
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all = { &r->headers_in.headers.part, 0 };
    const char *const              names[] = { name, NULL };

    if (value.len == 0) {
        ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);
        return NULL;
    }

    /* where one stands already, so that their order stays as it was */

    h = ngx_http_ordersave_headers_next(&all, names);

    if (h) {
        h->value = value;
        return h;
    }

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->key.len = ngx_strlen(name);
    h->key.data = (u_char *) name;
    h->lowcase_key = ngx_pnalloc(r->pool, h->key.len);

    if (h->lowcase_key == NULL) {
        h->lowcase_key = h->key.data;
    } else {
        ngx_strlow(h->lowcase_key, h->key.data, h->key.len);
    }

    h->hash = ngx_hash_key(h->lowcase_key, h->key.len);
    h->value = value;

    return h;
}


static void
ngx_http_ordersave_headers_hide(ngx_list_t *headers, const char *const *names)
{
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all = { &headers->part, 0 };

    while ((h = ngx_http_ordersave_headers_next(&all, names)) != NULL) {
        h->hash = 0;
    }
}


/*
 * Encodings in which a byte below 0x80 that HTML gives a meaning to is that
 * character wherever it stands. UTF-16, ISO-2022 and HZ are not among them.
 */
static const char *const  ngx_http_ordersave_charsets[] = {
    "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-*", "latin1", "latin-1",
    "windows-125*", "cp125*", "windows-874", "windows-31j", "tis-620",
    "koi8-*", "macintosh", "x-mac-*", "gb2312", "gbk", "gb18030", "big5*",
    "shift_jis", "shift-jis", "sjis", "x-sjis", "euc-*", "ks_c_5601-1987",
    NULL
};


static ngx_uint_t
ngx_http_ordersave_charset_fits(ngx_str_t *charset)
{
    ngx_uint_t  i;

    for (i = 0; ngx_http_ordersave_charsets[i]; i++) {
        if (ngx_http_ordersave_is_like(charset,
                                       ngx_http_ordersave_charsets[i]))
        {
            return 1;
        }
    }

    return charset->len == 0;
}


static const char *const  ngx_http_ordersave_cache_control[] = {
    "Cache-Control", NULL
};


/* The next of "a, b=c": without white space around, and moves behind it. */
static ngx_uint_t
ngx_http_ordersave_next_word(ngx_str_t *list, ngx_str_t *word)
{
    u_char  *p = list->data, *end = p + list->len;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
    }

    word->data = p;

    while (p < end && *p != ',') {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++) {
                p += *p == '\\';
            }
        }

        p++;
    }

    p = ngx_min(p, end);
    list->len = end - p;
    list->data = p;

    while (p > word->data && (p[-1] == ' ' || p[-1] == '\t')) {
        p--;
    }

    word->len = p - word->data;
    return word->len > 0;
}


/* "name" or "name=value" */
static ngx_uint_t
ngx_http_ordersave_is_word(ngx_str_t *word, const char *name)
{
    size_t  len = ngx_strlen(name);

    return word->len >= len
           && ngx_strncasecmp(word->data, (u_char *) name, len) == 0
           && (word->len == len || word->data[len] == '=');
}


static ngx_uint_t
ngx_http_ordersave_cache_says(ngx_http_request_t *r, const char *name)
{
    ngx_str_t                      list, word;
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all = { &r->headers_out.headers.part, 0 };

    while ((h = ngx_http_ordersave_headers_next(&all,
                                       ngx_http_ordersave_cache_control))
           != NULL)
    {
        list = h->value;

        while (ngx_http_ordersave_next_word(&list, &word)) {
            if (ngx_http_ordersave_is_word(&word, name)) {
                return 1;
            }
        }
    }

    return 0;
}


/* What it says, but for what it says of caches that others share. */
static ngx_int_t
ngx_http_ordersave_rewrite_cache_control(ngx_http_request_t *r,
    ngx_table_elt_t *h, const char *first)
{
    u_char     *p;
    ngx_str_t   list = h->value, word;

    /* each comma may get a space behind it */

    p = ngx_pnalloc(r->pool, 2 * list.len + sizeof("private, "));
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->value.data = p;
    p = ngx_cpymem(p, first, ngx_strlen(first));

    while (ngx_http_ordersave_next_word(&list, &word)) {
        if (ngx_http_ordersave_is_word(&word, "public")
            || ngx_http_ordersave_is_word(&word, "private")
            || ngx_http_ordersave_is_word(&word, "s-maxage"))
        {
            continue;
        }

        if (p > h->value.data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, word.data, word.len);
    }

    h->value.len = p - h->value.data;

    if (h->value.len == 0) {
        h->hash = 0;
    }

    return NGX_OK;
}


/*
 * What goes in is one visitor's: no cache that others share may keep it. Those
 * that have a header of their own (RFC 9213) do not look at Cache-Control.
 */
static ngx_int_t
ngx_http_ordersave_make_private(ngx_http_request_t *r)
{
    const char                    *first = "private";
    ngx_table_elt_t               *h;
    ngx_http_ordersave_headers_t   all = { &r->headers_out.headers.part, 0 };

    static const char *const  targeted[] = {
        "CDN-Cache-Control", "*-CDN-Cache-Control", "Surrogate-Control",
        "Edge-Control", "X-Accel-Expires", NULL
    };

    ngx_http_ordersave_headers_hide(&r->headers_out.headers, targeted);

    if (ngx_http_ordersave_cache_says(r, "no-store")) {
        return NGX_OK;
    }

    while ((h = ngx_http_ordersave_headers_next(&all,
                                       ngx_http_ordersave_cache_control))
           != NULL)
    {
        if (ngx_http_ordersave_rewrite_cache_control(r, h, first) != NGX_OK) {
            return NGX_ERROR;
        }

        first = "";
    }

    if (first[0] == '\0') {
        return NGX_OK;
    }

    return ngx_http_ordersave_headers_add(r, "Cache-Control",
                                          OS_STR("private"));
}


ngx_int_t
ngx_http_ordersave_headers_append(ngx_http_request_t *r, os_str_t name,
    os_str_t value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    h->key.data = (u_char *) name.data;
    h->key.len = name.len;
    h->value.data = (u_char *) value.data;
    h->value.len = value.len;

    return os_str_equal(name, OS_STR("Cache-Control"))
           ? ngx_http_ordersave_multi_add(r, &r->headers_out.cache_control, h)
           : os_str_equal(name, OS_STR("Link"))
           ? ngx_http_ordersave_multi_add(r, &r->headers_out.link, h)
           : NGX_OK;
}


ngx_int_t
ngx_http_ordersave_headers_add(ngx_http_request_t *r, const char *name,
    os_str_t value)
{
    return ngx_http_ordersave_headers_append(r, os_str(name), value);
}


/* A page that comes in slices: all but the first are other requests' bytes. */
static ngx_uint_t
ngx_http_ordersave_is_sliced(ngx_http_request_t *r)
{
    return r->upstream
           && r->upstream->headers_in.status_n == NGX_HTTP_PARTIAL_CONTENT
           && r->upstream->headers_in.content_length_n
              != r->headers_out.content_length_n;
}


/*
 * The validator of a page that is the same for all: W/"STORE'S;os=REVISION". It
 * is weak, because nobody knows what a store's page was compressed by, and ours
 * is another than the store's.
 */

#define NGX_HTTP_ORDERSAVE_MARK      ";os="
#define NGX_HTTP_ORDERSAVE_MARK_LEN  (sizeof(";os=01234567\"") - 1)


/* Without W/ and quotes; 0: it is no entity tag. */
static ngx_uint_t
ngx_http_ordersave_opaque(ngx_str_t tag, ngx_str_t *opaque)
{
    if (tag.len > 2 && ngx_strncmp(tag.data, "W/", 2) == 0) {
        tag.data += 2;
        tag.len -= 2;
    }

    if (tag.len < 2 || tag.data[0] != '"' || tag.data[tag.len - 1] != '"') {
        return 0;
    }

    opaque->data = tag.data + 1;
    opaque->len = tag.len - 2;
    return 1;
}


void
ngx_http_ordersave_headers_ask_again(ngx_http_request_t *r, uint32_t revision)
{
    u_char            *p, mark[NGX_HTTP_ORDERSAVE_MARK_LEN], *from;
    ngx_str_t          list, word, opaque, value;
    ngx_uint_t         other = 0, ours = 0;
    ngx_table_elt_t   *h = r->headers_in.if_none_match;

    static const char *const  names[] = {
        "If-None-Match", "If-Modified-Since", NULL
    };

    if (h == NULL) {
        return;
    }

    /* a mark that goes is longer than the W/, quotes and comma that come */

    value.data = ngx_pnalloc(r->pool, 2 * h->value.len + 4);
    if (value.data == NULL) {
        return;
    }

    p = value.data;
    list = h->value;
    ngx_sprintf(mark, NGX_HTTP_ORDERSAVE_MARK "%08xD\"", revision);

    while (ngx_http_ordersave_next_word(&list, &word)) {
        from = word.data + word.len - NGX_HTTP_ORDERSAVE_MARK_LEN;

        if (!ngx_http_ordersave_opaque(word, &opaque)
            || opaque.len < NGX_HTTP_ORDERSAVE_MARK_LEN - 1
            || ngx_strncmp(from, NGX_HTTP_ORDERSAVE_MARK,
                           sizeof(NGX_HTTP_ORDERSAVE_MARK) - 1) != 0)
        {
            p = ngx_sprintf(p, "%s%V", p > value.data ? ", " : "", &word);
            continue;
        }

        if (ngx_strncmp(from, mark, sizeof(mark)) != 0) {
            other = 1;
            continue;
        }

        ours = 1;
        opaque.len -= NGX_HTTP_ORDERSAVE_MARK_LEN - 1;
        p = ngx_sprintf(p, "%sW/\"%V\"", p > value.data ? ", " : "",
                        &opaque);
    }

    value.len = p - value.data;

    if (value.len == 0 && other) {
        ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);
        r->headers_in.if_none_match = NULL;
        r->headers_in.if_modified_since = NULL;

    } else if (ours || other) {
        h->value = value;
    }
}


static ngx_int_t
ngx_http_ordersave_mark(ngx_http_request_t *r, uint32_t revision)
{
    u_char           *p;
    ngx_str_t         opaque;
    ngx_table_elt_t  *h = r->headers_out.etag;

    if (h == NULL || !ngx_http_ordersave_opaque(h->value, &opaque)) {
        ngx_http_clear_etag(r);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, opaque.len + sizeof("W/\"")
                             + NGX_HTTP_ORDERSAVE_MARK_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    h->value.len = ngx_sprintf(p, "W/\"%V" NGX_HTTP_ORDERSAVE_MARK "%08xD\"",
                               &opaque, revision) - p;
    h->value.data = p;

    return NGX_OK;
}


/* It was sent as W/"…" to the store, if it was ours. */
void
ngx_http_ordersave_headers_same(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    ngx_str_t         list, word, asked, opaque;
    ngx_table_elt_t  *h = r->headers_in.if_none_match;

    if (r != r->main || conf->revision == 0 || h == NULL
        || r->headers_out.status != NGX_HTTP_NOT_MODIFIED
        || r->headers_out.etag == NULL
        || !ngx_http_ordersave_opaque(r->headers_out.etag->value, &opaque))
    {
        return;
    }

    list = h->value;

    while (ngx_http_ordersave_next_word(&list, &word)) {
        if (word.data[0] == 'W'
            && ngx_http_ordersave_opaque(word, &asked)
            && asked.len == opaque.len
            && ngx_memcmp(asked.data, opaque.data, opaque.len) == 0)
        {
            (void) ngx_http_ordersave_mark(r, conf->revision);
            return;
        }
    }
}


ngx_uint_t
ngx_http_ordersave_headers_is_page(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return ngx_http_test_content_type(r, &conf->types)
           && ngx_http_ordersave_charset_fits(&r->headers_out.charset);
}


ngx_uint_t
ngx_http_ordersave_headers_may_change(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return r == r->main && r->method != NGX_HTTP_HEAD && !r->header_only
           && r->headers_out.status == NGX_HTTP_OK
           && !r->headers_in.range
           && !r->headers_out.content_range
           && !ngx_http_ordersave_is_sliced(r)
           && r->headers_out.content_length_n != 0
           && ngx_http_ordersave_headers_is_page(r, conf)
           && !ngx_http_ordersave_cache_says(r, "no-transform");
}


ngx_uint_t
ngx_http_ordersave_headers_compressed(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h = r->headers_out.content_encoding;

    return h && h->hash && h->value.len
           && !ngx_http_ordersave_is_like(&h->value, "identity");
}


void
ngx_http_ordersave_headers_hide_digests(ngx_list_t *headers)
{
    static const char *const  digests[] = {
        "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", NULL
    };

    ngx_http_ordersave_headers_hide(headers, digests);
}


ngx_int_t
ngx_http_ordersave_headers_changed(ngx_http_request_t *r, uint32_t revision)
{
    ngx_int_t  rc;

    static const char *const  ranges[] = { "Accept-Ranges", NULL };

    if (revision) {
        rc = ngx_http_ordersave_mark(r, revision);

    } else {
        rc = ngx_http_ordersave_make_private(r);
        ngx_http_clear_etag(r);
    }

    ngx_http_ordersave_headers_hide_digests(&r->headers_out.headers);
    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_ordersave_headers_hide(&r->headers_out.headers, ranges);
    ngx_http_clear_last_modified(r);

    return rc;
}


void
ngx_http_ordersave_headers_policy(ngx_http_request_t *r, os_strict_t *strict)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const ngx_str_t  name = ngx_string("Content-Security-Policy");

    os_strict_init(strict);

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash && h[i].key.len == name.len
                && ngx_strncasecmp(h[i].key.data, name.data, name.len) == 0)
            {
                os_strict_policy(strict, ngx_http_ordersave_os(h[i].value));
            }
        }
    }
}
