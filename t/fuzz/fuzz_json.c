/*
 * The pull reader of JSON under a fuzzer: in one piece, in two and byte by byte
 * the same comes out. The first byte says where the cut is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_json_pull.h"


#define WANTS  6
#define ROOM   32


typedef struct {
    int             rc;
    os_pull_t       pull;
    os_pull_want_t  want[WANTS];
    char            room[WANTS][ROOM];
} reading_t;


static void
start(reading_t *r)
{
    unsigned                  i;
    static const char *const  pointers[WANTS] = {
        "", "/a", "/a/b", "/0", "/0/a/1", "/~0~1",
    };

    memset(r, 0, sizeof(*r));

    for (i = 0; i < WANTS; i++) {
        r->want[i] = (os_pull_want_t) { .pointer = os_str(pointers[i]),
                                        .room = r->room[i], .size = ROOM };
    }

    r->rc = os_pull_init(&r->pull, r->want, WANTS);
}


/* In memory of its own, so that a byte read behind it is seen. */
static void
feed(reading_t *r, const uint8_t *data, size_t len)
{
    char  *piece = malloc(len ? len : 1);

    if (piece == NULL) {
        abort();
    }

    memcpy(piece, data, len);
    r->rc = os_pull_feed(&r->pull, piece, len);
    free(piece);
}


static void
compare(reading_t *a, reading_t *b)
{
    unsigned  i;

    b->rc = os_pull_end(&b->pull);

    if (a->rc != b->rc || a->pull.nul != b->pull.nul
        || a->pull.lone != b->pull.lone || a->pull.big != b->pull.big
        || a->pull.deep != b->pull.deep || a->pull.offset != b->pull.offset)
    {
        abort();
    }

    for (i = 0; i < WANTS; i++) {
        if (a->want[i].kind != b->want[i].kind
            || a->want[i].cut != b->want[i].cut
            || a->want[i].len != b->want[i].len
            || memcmp(a->room[i], b->room[i], a->want[i].len) != 0)
        {
            abort();
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t     i, at;
    reading_t  whole, cut;

    if (len == 0) {
        return 0;
    }

    at = data[0];
    data++;
    len--;
    at = at < len ? at : len;

    start(&whole);
    feed(&whole, data, len);
    whole.rc = os_pull_end(&whole.pull);

    start(&cut);
    feed(&cut, data, at);
    feed(&cut, data + at, len - at);
    compare(&whole, &cut);

    start(&cut);

    for (i = 0; i < len; i++) {
        feed(&cut, data + i, 1);
    }

    compare(&whole, &cut);

    return 0;
}
