/*
 * Says where an anchor is in documents that come over standard input, so that
 * another parser can be asked whether that is right (t/splice_parse5.t). Each
 * is a line
 *
 *     LENGTH CUT LEVEL PLACE SELECTOR
 *
 * and so many bytes. CUT is 0 for a document in one piece, a number of bytes
 * for pieces of that size, or minus a seed for pieces of any size. LEVEL is a
 * kind of scanning, -1 for the best. Answered is a line: the place as an
 * offset, or -1, or "lost"; for the place "text" the text in quotes.
 */

#include "core/html/os_html.h"

#include <stdio.h>
#include <stdlib.h>


static os_html_t  html;


static size_t
piece(long cut, uint32_t *seed, size_t left)
{
    size_t  n;

    if (cut == 0) {
        return left;
    }

    if (cut > 0) {
        n = (size_t) cut;

    } else {
        *seed = *seed * 1664525u + 1013904223u;
        n = 1 + (*seed >> 16) % ((*seed >> 8 & 7) ? 12 : 90);
    }

    return n < left ? n : left;
}


int
main(void)
{
    int          level;
    long         cut, at;
    char         line[1024], place[16], *selector, *document;
    size_t       len, n, sent;
    uint32_t     seed;
    os_buf_t     shown = { 0 };
    os_error_t   err;
    os_anchor_t  anchor, other = { .place = OS_PLACE_APPEND };
    const char  *p, *from, *end;
    os_html_rc_t rc;
    int          skip;

    while (fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "%zu %ld %d %15s %n", &len, &cut, &level, place,
                   &skip) < 4)
        {
            return 2;
        }

        selector = line + skip;
        selector[strcspn(selector, "\n")] = '\0';

        /* its own room: a read behind its end is seen by the sanitizer */

        document = malloc(len ? len : 1);

        if (document == NULL || fread(document, 1, len, stdin) != len) {
            return 2;
        }

        if (os_anchor_parse(&anchor,
                            strcmp(place, "text") ? os_str(place) : OS_NULL,
                            os_str(selector), &err)
            == -1)
        {
            fprintf(stderr, "%s\n", err.text);
            return 2;
        }

        /* where there is no such kind of scanning, by the best there is */

        os_html_init(&html, level < os_html_levels() ? level : OS_HTML_BEST);
        os_html_watch(&html, &anchor, 0);

        if (anchor.place == OS_PLACE_TEXT) {
            /* something must be looked for as long as there is a page */
            other.tag = OS_STR("never-there");
            os_html_watch(&html, &other, 1);
        }

        seed = (uint32_t) -cut;
        at = -1;
        sent = 0;
        rc = OS_HTML_MORE;
        end = document;

        while (end < document + len && rc == OS_HTML_MORE) {
            from = end;
            n = piece(cut, &seed, (size_t) (document + len - end));

            /* a piece is alone in its memory too */

            char  *copy = malloc(n);

            if (copy == NULL) {
                return 2;
            }

            memcpy(copy, from, n);
            end += n;
            p = copy;

            while ((rc = os_html_read(&html, &p, copy + n)) == OS_HTML_MEET) {
                at = html.at ? (long) (from - document + (html.at - copy))
                             : (long) sent;

                if (html.at == NULL && sent == (size_t) (from - document)) {
                    fprintf(stderr, "a place before what is not held\n");
                    return 3;
                }
            }

            if (html.held_here > n || html.held < html.held_here
                || html.held > OS_HTML_TAG_MAX)
            {
                fprintf(stderr, "held %u, %u of a piece of %zu\n", html.held,
                        html.held_here, n);
                return 3;
            }

            sent = (size_t) (end - document) - html.held;
            free(copy);
        }

        if (rc == OS_HTML_MORE && os_html_finish(&html) == OS_HTML_MEET) {
            at = (long) len;
        }

        if (anchor.place == OS_PLACE_TEXT) {
            shown.len = 0;
            os_html_shown(&html, &shown);
            printf("\"%.*s\"\n", (int) shown.len, shown.len ? shown.data : "");

        } else {
            printf(at < 0 && html.tree.lost ? "lost\n" : "%ld\n", at);
        }

        fflush(stdout);
        free(document);
    }

    os_buf_free(&shown);
    return 0;
}
