/*
 * os_heap: see os_heap.h.
 *
 * A piece is malloc's, and of malloc's size, before and after: what others of
 * this process have made with jansson before us may come here, and what jansson
 * made here may be given to free(). Pieces are kept by their size, so many of
 * each, for the one thread that asked for it; other threads, and builds that
 * are to see whether something is used after it was freed, have malloc alone.
 */

#include <malloc.h>
#include <stdlib.h>

#include <jansson.h>

#include "core/base/os_heap.h"


#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __clang__ \
    && (defined __x86_64__ || defined __aarch64__)


#define OS_HEAP_SIZES  16       /* of 24, 40, 56 … bytes */


typedef struct os_piece_s  os_piece_t;

struct os_piece_s {
    os_piece_t  *next;
};


static struct {
    os_piece_t  *first;
    unsigned     n;
} os_heap_kept[OS_HEAP_SIZES];

static void      *os_heap_thread;
static unsigned   os_heap_most;     /* kept of each size */


static void *
os_heap_get(size_t size)
{
    size_t       i = (size + 7) / 16;
    os_piece_t  *piece;

    if (i < OS_HEAP_SIZES && __builtin_thread_pointer() == os_heap_thread) {
        i += i == 0;
        piece = os_heap_kept[i].first;

        if (piece) {
            os_heap_kept[i].first = piece->next;
            os_heap_kept[i].n--;
            return piece;
        }
    }

    return malloc(size);
}


static void
os_heap_put(void *p)
{
    size_t       i;
    os_piece_t  *piece = p;

    if (p == NULL) {
        return;
    }

    /* a piece in place i has room for 16 * i + 8 bytes, or for some more */

    i = (malloc_usable_size(p) - 8) / 16;

    if (i > 0 && i < OS_HEAP_SIZES && os_heap_kept[i].n < os_heap_most
        && __builtin_thread_pointer() == os_heap_thread)
    {
        piece->next = os_heap_kept[i].first;
        os_heap_kept[i].first = piece;
        os_heap_kept[i].n++;
        return;
    }

    free(p);
}


void
os_heap_start(unsigned kept)
{
    os_heap_most = kept;
    os_heap_thread = __builtin_thread_pointer();
    json_set_alloc_funcs(os_heap_get, os_heap_put);
}


#else


void
os_heap_start(unsigned kept)
{
    (void) kept;
}


#endif
