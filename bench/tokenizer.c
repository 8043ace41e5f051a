/*
 * The tokenizer alone over one page, again and again, in pieces as nginx gets
 * them: tokenizer FILE TIMES PIECE PLACE SELECTOR [LEVEL]. Prints bytes a
 * second; under callgrind its instructions are counted.
 */

#include "core/html/os_html.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>


static os_html_t  html;


int
main(int argc, char **argv)
{
    int              met = 0;
    long             i, times;
    double           seconds;
    size_t           at, n, piece;
    os_buf_t         page = { 0 };
    os_error_t       err;
    const char      *p, *end;
    os_anchor_t      anchor;
    struct timespec  a, b;

    if (argc < 6 || os_file_read(argv[1], &page, &err) == -1
        || os_anchor_parse(&anchor, os_str(argv[4]), os_str(argv[5]), &err)
           == -1)
    {
        fprintf(stderr, "tokenizer: %s\n", argc < 6 ? "arguments" : err.text);
        return 2;
    }

    times = atol(argv[2]);
    piece = (size_t) atol(argv[3]);
    clock_gettime(CLOCK_MONOTONIC, &a);

    for (i = 0; i < times; i++) {
        os_html_init(&html, argc > 6 ? atoi(argv[6]) : OS_HTML_BEST);
        os_html_watch(&html, &anchor, 0);

        for (at = 0; at < page.len; at += n) {
            n = page.len - at < piece ? page.len - at : piece;
            p = page.data + at;
            end = p + n;

            while (os_html_read(&html, &p, end) == OS_HTML_MEET) {
                met++;
            }
        }
    }

    clock_gettime(CLOCK_MONOTONIC, &b);
    seconds = (double) (b.tv_sec - a.tv_sec)
              + (double) (b.tv_nsec - a.tv_nsec) / 1e9;

    printf("%zu bytes, met %d of %ld, %.2f GB/s\n", page.len, met, times,
           (double) page.len * (double) times / seconds / 1e9);
    os_buf_free(&page);
    return met == times ? 0 : 1;
}
