
/*
 * What a request says: its headers, the values of configured expressions; and
 * what every file needs: a copy in its pool, random bytes.
 */


#include "ngx_module/wire/ngx_http_ordersave_request.h"


os_str_t
ngx_http_ordersave_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *value)
{
    ngx_str_t  text;

    if (value == NULL || ngx_http_complex_value(r, value, &text) != NGX_OK
        || text.len == 0)
    {
        return OS_NULL;
    }

    return ngx_http_ordersave_os(text);
}


ngx_uint_t
ngx_http_ordersave_is_on(ngx_http_request_t *r,
    ngx_http_complex_value_t *expression)
{
    os_str_t  value = ngx_http_ordersave_value(r, expression);

    return value.len > 0 && !os_str_equal(value, OS_STR("0"))
           && !os_str_equal(value, OS_STR("off"));
}


/* Names of headers hold no characters that differ in just this bit but are
 * not the two cases of a letter. */
static ngx_inline ngx_uint_t
ngx_http_ordersave_same_name(const u_char *a, const char *b, size_t len)
{
    while (len > 0 && (u_char) ((*a++ ^ *b++) & ~0x20) == 0) {
        len--;
    }

    return len == 0;
}


ngx_str_t
ngx_http_ordersave_header(ngx_http_request_t *r, const char *name)
{
    size_t            len = ngx_strlen(name);
    ngx_str_t         nothing = ngx_null_string;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == len
                && ngx_http_ordersave_same_name(h[i].key.data, name, len))
            {
                return h[i].value;
            }
        }
    }

    return nothing;
}


ngx_uint_t
ngx_http_ordersave_holds(ngx_str_t text, const char *word)
{
    return text.len
           && ngx_strlcasestrn(text.data, text.data + text.len,
                               (u_char *) word, ngx_strlen(word) - 1)
              != NULL;
}


ngx_uint_t
ngx_http_ordersave_is_prefetch(ngx_http_request_t *r)
{
    return ngx_http_ordersave_holds(ngx_http_ordersave_header(r, "Sec-Purpose"),
                                    "prefetch")
           || ngx_http_ordersave_holds(ngx_http_ordersave_header(r, "Purpose"),
                                       "prefetch");
}


ngx_str_t
ngx_http_ordersave_copy(ngx_http_request_t *r, os_str_t s)
{
    ngx_str_t  copy = ngx_null_string;

    if (s.len) {
        copy.data = ngx_pnalloc(r->pool, s.len);
    }

    if (copy.data) {
        copy.len = s.len;
        ngx_memcpy(copy.data, s.data, s.len);
    }

    return copy;
}


/* Random bytes for ids and nonces, fetched by the kilobyte. */
ngx_int_t
ngx_http_ordersave_random(uint8_t *out, size_t len)
{
    static uint8_t  pool[1024];
    static size_t   left;

    if (left < len) {
        if (os_random(pool, sizeof(pool)) == -1) {
            return NGX_ERROR;
        }

        left = sizeof(pool);
    }

    left -= len;
    ngx_memcpy(out, pool + left, len);
    ngx_memzero(pool + left, len);
    return NGX_OK;
}
