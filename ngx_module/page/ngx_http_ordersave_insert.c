
/*
 * What goes into pages of the store: a block of the campaign, the panel,
 * products that fit, or the way to a cancel.
 */


#include "ngx_module/page/ngx_http_ordersave_insert.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"
#include "ngx_module/page/ngx_http_ordersave_block.h"
#include "ngx_module/page/ngx_http_ordersave_track.h"
#include "ngx_module/page/ngx_http_ordersave_words.h"


static ngx_uint_t
ngx_http_ordersave_insert_is(const ngx_http_ordersave_insert_t *insert,
    const char *name)
{
    return insert->block.len == ngx_strlen(name)
           && ngx_strncmp(insert->block.data, name, insert->block.len) == 0;
}


ngx_uint_t
ngx_http_ordersave_insert_is_cancel(const ngx_http_ordersave_insert_t *insert)
{
    return ngx_http_ordersave_insert_is(insert, "cancel");
}


ngx_uint_t
ngx_http_ordersave_insert_is_withdraw(
    const ngx_http_ordersave_insert_t *insert)
{
    return ngx_http_ordersave_insert_is(insert, "withdraw");
}


ngx_uint_t
ngx_http_ordersave_insert_is_tracked(const ngx_http_ordersave_insert_t *insert)
{
    return ngx_http_ordersave_insert_is(insert, "products")
           || ngx_http_ordersave_insert_is_cancel(insert);
}


ngx_int_t
ngx_http_ordersave_insert_wanted(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert)
{
    if (ngx_http_ordersave_insert_is_cancel(insert)) {
        return ngx_http_ordersave_track_stops(r);
    }

    return insert->block.len && !ngx_http_ordersave_insert_is_tracked(insert)
           ? NGX_OK : ngx_http_ordersave_track_wanted(r);
}


ngx_int_t
ngx_http_ordersave_insert_content(ngx_http_request_t *r,
    ngx_http_ordersave_insert_t *insert, os_str_t shown, os_str_t lang,
    ngx_chain_t **out)
{
    *out = NULL;

    if (ngx_http_ordersave_insert_is_withdraw(insert)) {
        return ngx_http_ordersave_words_content(r, lang, out);
    }

    if (ngx_http_ordersave_insert_is_cancel(insert)) {
        return ngx_http_ordersave_track_stop(r, shown, out);
    }

    if (ngx_http_ordersave_insert_is_tracked(insert)) {
        return ngx_http_ordersave_track_products(r, shown, out);
    }

    return insert->block.len ? ngx_http_ordersave_block_content(r, insert, out)
                             : ngx_http_ordersave_track_content(r, shown, out);
}


ngx_http_ordersave_loc_conf_t *
ngx_http_ordersave_insert_conf(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    return r->internal ? ngx_http_ordersave_track_conf(r, conf) : conf;
}


/*
 * Does the browser say that it wants something else than a page, a script or
 * an image (Fetch Metadata)? Who says nothing may want one.
 */
static ngx_uint_t
ngx_http_ordersave_wants_no_page(ngx_http_request_t *r)
{
    ngx_uint_t  i;
    ngx_str_t   dest = ngx_http_ordersave_header(r, "Sec-Fetch-Dest");

    static const ngx_str_t  pages[] = {
        ngx_string("document"), ngx_string("iframe"), ngx_string("frame"),
        ngx_string("embed"), ngx_string("object"), ngx_string("fencedframe"),
        ngx_string("empty")             /* fetch() */
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (dest.len == pages[i].len
            && ngx_strncasecmp(dest.data, pages[i].data, dest.len) == 0)
        {
            return 0;
        }
    }

    return dest.len > 0;
}


/*
 * Accept-Encoding goes from the list that is sent to the store; what nginx
 * itself asks of the client's header (gzip, say) hangs on its own pointer.
 */
void
ngx_http_ordersave_insert_prepare(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    uint32_t                   revision;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r);

    static const char *const  names[] = { "Accept-Encoding", NULL };

    revision = ngx_http_ordersave_block_revision(conf);

    if (revision) {
        ngx_http_ordersave_headers_ask_again(r, revision);
    }

    if (r->headers_in.accept_encoding == NULL
        || !(r->method & (NGX_HTTP_GET|NGX_HTTP_POST))
        || (conf->blocks == NULL && (ctx == NULL || ctx->track == NULL))
        || ngx_http_ordersave_wants_no_page(r))
    {
        return;
    }

    ngx_http_ordersave_headers_drop(&r->headers_in, r->pool, names);
}
