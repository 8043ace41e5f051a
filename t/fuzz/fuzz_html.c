/*
 * Any bytes as a page: the answer is the same however the page is cut and by
 * every kind of scanning, and it lies within the page. The first byte picks an
 * anchor, the second how the page is cut.
 *
 * For libFuzzer (clang -fsanitize=fuzzer), AFL++ and, built as it is, for
 * files: each argument, or standard input, is one page. See ./build.sh fuzz.
 */

#include "core/html/os_html.h"

#include <stdio.h>
#include <stdlib.h>


static const char *const  anchors[][2] = {
    { "append", "body" }, { "prepend", "body" }, { "before", ".x" },
    { "after", "#x" }, { "append", "div" }, { "before", "p" },
    { "after", "img" }, { "prepend", "li" }, { "append", "[a=b]" },
    { "before", "section.x[a]" }, { "after", "x-card" }, { "append", "td" },
    { "after", "form" }, { "before", "table" }, { "after", "ul" },
    { "prepend", "main" }
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static long
answer(const char *page, size_t len, const os_anchor_t *anchor,
    const os_anchor_t *text, int level, unsigned seed, os_buf_t *shown)
{
    long                at = -1;
    char               *copy;
    size_t              from, n, held = 0;
    const char         *p;
    os_html_rc_t        rc = OS_HTML_MORE;
    static os_html_t    html;

    os_html_init(&html, level);
    os_html_watch(&html, anchor, 0);
    os_html_watch(&html, text, 0);

    for (from = 0; from < len && rc == OS_HTML_MORE; from += n) {
        n = len - from;

        if (seed) {
            seed = seed * 1664525u + 1013904223u;

            if (1 + (seed >> 16) % 40 < n) {
                n = 1 + (seed >> 16) % 40;
            }
        }

        /* each piece in memory of its own: what reads beyond it is seen */

        copy = malloc(n);

        if (copy == NULL) {
            return -1;
        }

        memcpy(copy, page + from, n);
        p = copy;

        while ((rc = os_html_read(&html, &p, copy + n)) == OS_HTML_MEET) {

            if (html.at ? html.at < copy || html.at > copy + n : held == 0) {
                abort();
            }

            at = html.at ? (long) from + (html.at - copy)
                         : (long) from - (long) held;
        }

        if (html.held_here > n || html.held < html.held_here
            || html.held > OS_HTML_TAG_MAX || html.held > from + n)
        {
            abort();
        }

        held = html.held;
        free(copy);
    }

    if (rc == OS_HTML_MORE && os_html_finish(&html) == OS_HTML_MEET) {
        at = (long) len;
    }

    os_html_shown(&html, shown);
    return at;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          level;
    long         want, got;
    unsigned     cut;
    os_buf_t     shown = { 0 }, other = { 0 };
    const char  *page;
    os_error_t   err;
    os_anchor_t  anchor, text;

    if (size < 2) {
        return 0;
    }

    page = (const char *) data + 2;
    size -= 2;

    if (os_anchor_parse(&anchor, os_str(anchors[data[0] % 16][0]),
                        os_str(anchors[data[0] % 16][1]), &err)
        == -1
        || os_anchor_parse(&text, OS_NULL, OS_STR(".x"), &err) == -1)
    {
        abort();
    }

    want = answer(page, size, &anchor, &text, 0, 0, &shown);

    if (want < -1 || want > (long) size) {
        abort();
    }

    for (level = 0; level < os_html_levels(); level++) {
        for (cut = 0; cut < 3; cut++) {
            other.len = 0;
            got = answer(page, size, &anchor, &text, level,
                         cut ? data[1] + 77 * cut : 0, &other);

            if (got != want
                || !os_str_equal(os_buf_view(&shown), os_buf_view(&other)))
            {
                abort();
            }
        }
    }

    os_buf_free(&shown);
    os_buf_free(&other);
    return 0;
}


#ifndef FUZZER

int
main(int argc, char **argv)
{
    int             i;
    size_t          len;
    os_buf_t        page = { 0 };
    os_error_t      err;
    static uint8_t  input[1 << 20];

    if (argc == 1) {
        len = fread(input, 1, sizeof(input), stdin);
        return LLVMFuzzerTestOneInput(input, len);
    }

    for (i = 1; i < argc; i++) {
        page.len = 0;

        if (os_file_read(argv[i], &page, &err) == -1) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }

        LLVMFuzzerTestOneInput((uint8_t *) page.data, page.len);
    }

    os_buf_free(&page);
    return 0;
}

#endif
