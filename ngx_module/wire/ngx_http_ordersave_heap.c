
/*
 * Memory of JSON. See ngx_http_ordersave_heap.h.
 *
 * A piece is malloc's, and of malloc's size, before and after: what others of
 * this process have made with jansson before us may come here, and what jansson
 * made here may be given to free(). Pieces are kept by their size, so many of
 * each, for the one thread that makes pages; other threads, and builds that are
 * to see whether something is used after it was freed, have malloc alone.
 */


#include "ngx_module/wire/ngx_http_ordersave_heap.h"

#include <malloc.h>
#include <stdlib.h>

#include <jansson.h>


#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ \
    && (defined __x86_64__ || defined __aarch64__)


#define NGX_HTTP_ORDERSAVE_HEAP_SIZES  16       /* of 24, 40, 56 … bytes */
#define NGX_HTTP_ORDERSAVE_HEAP_KEPT   512      /* of each, at most */


typedef struct ngx_http_ordersave_piece_s  ngx_http_ordersave_piece_t;

struct ngx_http_ordersave_piece_s {
    ngx_http_ordersave_piece_t  *next;
};


static struct {
    ngx_http_ordersave_piece_t  *first;
    unsigned                     n;
} ngx_http_ordersave_kept_pieces[NGX_HTTP_ORDERSAVE_HEAP_SIZES];

static void  *ngx_http_ordersave_heap_thread;


static void *
ngx_http_ordersave_heap_get(size_t size)
{
    size_t                       i = (size + 7) / 16;
    ngx_http_ordersave_piece_t  *piece;

    if (i < NGX_HTTP_ORDERSAVE_HEAP_SIZES
        && __builtin_thread_pointer() == ngx_http_ordersave_heap_thread)
    {
        i += i == 0;
        piece = ngx_http_ordersave_kept_pieces[i].first;

        if (piece) {
            ngx_http_ordersave_kept_pieces[i].first = piece->next;
            ngx_http_ordersave_kept_pieces[i].n--;
            return piece;
        }
    }

    return malloc(size);
}


static void
ngx_http_ordersave_heap_put(void *p)
{
    size_t                       i;
    ngx_http_ordersave_piece_t  *piece = p;

    if (p == NULL) {
        return;
    }

    /* a piece in place i has room for 16 * i + 8 bytes, or for some more */

    i = (malloc_usable_size(p) - 8) / 16;

    if (i > 0 && i < NGX_HTTP_ORDERSAVE_HEAP_SIZES
        && ngx_http_ordersave_kept_pieces[i].n < NGX_HTTP_ORDERSAVE_HEAP_KEPT
        && __builtin_thread_pointer() == ngx_http_ordersave_heap_thread)
    {
        piece->next = ngx_http_ordersave_kept_pieces[i].first;
        ngx_http_ordersave_kept_pieces[i].first = piece;
        ngx_http_ordersave_kept_pieces[i].n++;
        return;
    }

    free(p);
}


void
ngx_http_ordersave_heap_start(void)
{
    ngx_http_ordersave_heap_thread = __builtin_thread_pointer();
    json_set_alloc_funcs(ngx_http_ordersave_heap_get,
                         ngx_http_ordersave_heap_put);
}


#else


void
ngx_http_ordersave_heap_start(void)
{
}


#endif
