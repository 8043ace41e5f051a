/*
 * The readers of JSON under a fuzzer. The pull reader: in one piece, in two and
 * byte by byte the same comes out. The way in for what others wrote: what
 * jansson takes goes through unchanged, and of what it refuses jansson takes
 * what comes out, just where the pull reader says that it is JSON. The reader
 * of plain JSON: what it takes is what jansson takes. The first byte says where
 * the cut is.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json_outside.h"
#include "core/base/os_json_pull.h"
#include "core/base/os_json_tree.h"


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


/* Does the pull reader say that this is JSON once it is UTF-8? */
static int
mended(os_str_t text)
{
    os_buf_t   out = { 0 };
    reading_t  r;

    if (os_utf8_valid(text)) {
        return 0;
    }

    os_utf8_mend(text, &out);
    start(&r);
    feed(&r, (const uint8_t *) out.data, out.len);
    r.rc = os_pull_end(&r.pull);
    os_buf_free(&out);

    return r.rc == 0;
}


static void
outside(const char *data, size_t len, const reading_t *whole)
{
    int        holds = whole->rc == 0 || mended((os_str_t) { len, data });
    json_t    *plain, *taken;
    os_buf_t   out = { 0 };
    os_str_t   text = { len, data };

    text = os_str_unmarked(text);
    plain = len && memchr(data, 0, len) ? NULL     /* is not seen by jansson */
            : json_loadb(text.data, text.len, JSON_DECODE_ANY, NULL);
    text = (os_str_t) { len, data };
    taken = os_json_outside(text, "fuzz", NULL);

    if ((taken != NULL) != holds
        || (os_json_harmless(text, &out) == 0) != holds
        || (plain && !json_equal(plain, taken)))
    {
        abort();
    }

    text = os_str_unmarked(text);

    if (plain && !whole->pull.deep
        && (out.len != text.len || memcmp(out.data, text.data, out.len) != 0))
    {
        abort();
    }

    os_buf_free(&out);
    json_decref(plain);
    json_decref(taken);
}


static void
tree(const char *data, size_t len)
{
    os_str_t   text = { len, data };
    json_t    *taken = os_json_tree(text);
    json_t    *right = json_loadb(data, len, JSON_REJECT_DUPLICATES
                                             | JSON_DECODE_ANY, NULL);

    if (taken && !json_equal(taken, right)) {
        abort();
    }

    json_decref(taken);
    json_decref(right);
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
    outside((const char *) data, len, &whole);
    tree((const char *) data, len);

    return 0;
}


#ifndef FUZZER

int
main(int argc, char **argv)
{
    int             i;
    size_t          len;
    FILE           *file;
    static uint8_t  input[1 << 20];

    for (i = 1; i < argc; i++) {
        file = fopen(argv[i], "rb");

        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }

        len = fread(input, 1, sizeof(input), file);
        (void) fclose(file);
        LLVMFuzzerTestOneInput(input, len);
    }

    return 0;
}

#endif
