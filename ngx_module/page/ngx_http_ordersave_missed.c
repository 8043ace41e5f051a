
/*
 * ngx_http_ordersave_missed: see ngx_http_ordersave_missed.h.
 *
 * What a location misses it misses in page after page: an insert tells each
 * reason once in the life of a process.
 */

#include "ngx_module/page/ngx_http_ordersave_missed.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"


/* In the order of the counters. */
static const char *const  ngx_http_ordersave_missed_reasons[] = {
    "the page has no element that an anchor names",
    "its element is there, but where a browser would leave no block",
    "the page's tags are not sure",
    "the page ended before its time, or cannot be read"
};


/* Is an element of one of this insert's anchors there? */
static ngx_uint_t
ngx_http_ordersave_missed_seen(const os_html_t *html, ngx_uint_t thing)
{
    ngx_uint_t  i;

    for (i = 0; i < html->nanchors; i++) {
        if (html->things[i] == thing && !(html->live & (1u << i))
            && html->anchors[i]->place != OS_PLACE_TEXT)
        {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_ordersave_missed_insert(ngx_http_request_t *r, const os_html_t *html,
    ngx_http_ordersave_insert_t *insert, ngx_uint_t thing, ngx_uint_t cut)
{
    ngx_uint_t  reason;

    reason = cut ? 3
             : html->tree.lost ? 2
             : ngx_http_ordersave_missed_seen(html, thing) ? 1 : 0;
    ngx_http_ordersave_count(NGX_HTTP_ORDERSAVE_MISSED_ELEMENT + reason);

    if (insert->told & (1u << reason)) {
        return;
    }

    insert->told |= 1u << reason;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "no place here for the %s of %s:%ui: %s; \"ordersavectl "
                  "page\" shows where an anchor stands; told once",
                  insert->block.len ? "block" : "panel", insert->file,
                  insert->line, ngx_http_ordersave_missed_reasons[reason]);
}


void
ngx_http_ordersave_missed(ngx_http_request_t *r, const os_html_t *html,
    ngx_http_ordersave_insert_t *inserts, uint32_t met, ngx_uint_t cut)
{
    uint32_t    watched = 0;
    ngx_uint_t  i;

    if (!html->document && !cut) {
        return;                         /* a part of a page, for a script */
    }

    for (i = 0; i < html->nanchors; i++) {
        if (html->anchors[i]->place != OS_PLACE_TEXT) {
            watched |= 1u << html->things[i];
        }
    }

    for (i = 0; watched & ~met; i++) {
        if (watched & ~met & (1u << i)) {
            ngx_http_ordersave_missed_insert(r, html, &inserts[i], i, cut);
            met |= 1u << i;
        }
    }
}
