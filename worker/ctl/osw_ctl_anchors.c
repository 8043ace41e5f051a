/*
 * ordersavectl page: where the anchors of a location stand in a page that the
 * shop sends, or why they do not. The page is a file or an address; anchors are
 * words, or those of an nginx configuration.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/html/os_spot.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_nginx.h"
#include "worker/osw_http.h"


#define OSW_ANCHORS_SHOWN    60         /* bytes of the page at an anchor */
#define OSW_ANCHORS_TIMEOUT  30000      /* ms for a page */


typedef struct {
    os_str_t  page;
    size_t    looked;
    size_t    missed;
    int       wrong;
} osw_anchors_t;


/* The line that follows the place, as far as it is one. */
static void
osw_anchors_met(const osw_anchors_t *a, const os_spot_t *spot)
{
    size_t       len = a->page.len - spot->offset;
    const char  *p = a->page.data + spot->offset;

    len = len < OSW_ANCHORS_SHOWN ? len : OSW_ANCHORS_SHOWN;
    printf("line %ld, in front of %.*s\n", spot->line,
           (int) (len ? strcspn(p, "\r\n") < len ? strcspn(p, "\r\n") : len
                      : 0), p);
}


static void
osw_anchors_look(osw_anchors_t *a, const char *place, const char *what,
    const char *where, const char *selector)
{
    os_spot_t    spot;
    os_error_t   err = { 0 };
    os_anchor_t  anchor;

    printf("%s%s%s%s%s %s: ", place, *place ? ": " : "", what,
           *what ? " " : "", where, selector);
    a->looked++;

    if (os_anchor_parse(&anchor, os_str(where), os_str(selector), &err) != 0) {
        printf("%s\n", err.text);
        a->missed++;

    } else if (os_spot(a->page, &anchor, selector, &spot) != 0) {
        printf("no memory\n");
        a->wrong = 1;

    } else if (spot.met) {
        osw_anchors_met(a, &spot);

    } else {
        printf("nowhere: %s", spot.why.text);
        printf(spot.seen ? " (line %ld)\n" : "\n", spot.line);
        a->missed++;
    }
}


/* "before .summary", as one word or as two. */
static int
osw_anchors_words(osw_ctl_t *ctl, osw_anchors_t *a, int n, char **words)
{
    int    i;
    char   where[16];
    char  *space;

    for (i = 0; i < n; i++) {
        space = strchr(words[i], ' ');

        if (space && (size_t) (space - words[i]) < sizeof(where)) {
            memcpy(where, words[i], (size_t) (space - words[i]));
            where[space - words[i]] = '\0';
            osw_anchors_look(a, "", "", where, space + 1);

        } else if (i + 1 < n && space == NULL) {
            osw_anchors_look(a, "", "", words[i], words[i + 1]);
            i++;

        } else {
            return osw_ctl_wrong(ctl, "page: expected \"before|prepend|append|"
                                 "after SELECTOR\", and not \"%s\"", words[i]);
        }
    }

    return OSW_CTL_OK;
}


static void
osw_anchors_directive(void *data, const char *place, char **words, size_t n)
{
    osw_anchors_t  *a = data;

    if (strcmp(words[0], "ordersave_anchor") == 0 && n == 3) {
        osw_anchors_look(a, place, words[0], words[1], words[2]);

    } else if (strcmp(words[0], "ordersave_insert") == 0 && n == 4) {
        osw_anchors_look(a, place, words[1], words[2], words[3]);
    }
}


static int
osw_anchors_conf(osw_anchors_t *a, const char *path)
{
    int         rc;
    os_buf_t    text = { 0 };
    os_error_t  err;

    if (os_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &text, &err)
        != 0)
    {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    rc = osw_nginx_each(os_buf_view(&text), osw_anchors_directive, a);
    os_buf_free(&text);

    if (rc == 0 && a->looked == 0) {
        fprintf(stderr, "ordersavectl: %s: no ordersave_anchor and no "
                "ordersave_insert in it\n", path);
        return OSW_CTL_FINDING;
    }

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


typedef struct {
    os_buf_t  *page;
    char       why[256];
    int        status;
    int        done;
} osw_anchors_call_t;


static void
osw_anchors_came(void *data, const osw_answer_t *answer)
{
    osw_anchors_call_t  *call = data;

    call->done = 1;
    call->status = answer->status;
    osw_http_words(answer, call->why, sizeof(call->why));
    os_buf_str(call->page, answer->body);
}


/* A page as a visitor without cookies gets it. */
static int
osw_anchors_fetch(osw_ctl_t *ctl, const char *url, os_buf_t *page)
{
    os_request_t        request = { .method = "GET" };
    osw_anchors_call_t  call = { .page = page };

    if (osw_http_start(&ctl->w) != 0) {
        return -1;
    }

    os_buf_text(&request.url, url);
    osw_http_send(&ctl->w, &request, NULL, NULL, OSW_ANCHORS_TIMEOUT,
                  NULL, osw_anchors_came, &call);

    while (!call.done) {
        (void) uv_run(&ctl->loop, UV_RUN_ONCE);
    }

    osw_http_stop(&ctl->w);
    os_buf_free(&request.url);

    if (call.status != 200) {
        fprintf(stderr, "ordersavectl: %s: %s; a page that asks for a login "
                "can be saved in the browser, and its file be named here\n",
                url, call.why);
        return -1;
    }

    return 0;
}


static int
osw_anchors_page(osw_ctl_t *ctl, const char *name, os_buf_t *page)
{
    os_error_t  err;

    if (strncmp(name, "http://", 7) == 0
        || strncmp(name, "https://", 8) == 0)
    {
        return osw_anchors_fetch(ctl, name, page);
    }

    if (os_file_read(name, page, &err) != 0) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return -1;
    }

    return 0;
}


int
osw_ctl_anchors(osw_ctl_t *ctl, int argc, char **argv)
{
    int            rc;
    os_buf_t       page = { 0 };
    osw_anchors_t  a = { .looked = 0 };

    if ((argc == 2) == (ctl->file == NULL)) {
        return osw_ctl_wrong(ctl, "page: expected anchors, as \"before "
                             ".summary\", or --file and what nginx -T prints");
    }

    if (osw_anchors_page(ctl, argv[1], &page) != 0) {
        os_buf_free(&page);
        return OSW_CTL_FINDING;
    }

    a.page = os_buf_view(&page);
    rc = ctl->file ? osw_anchors_conf(&a, ctl->file)
                   : osw_anchors_words(ctl, &a, argc - 2, argv + 2);
    os_buf_free(&page);

    return rc != OSW_CTL_OK ? rc
           : a.missed || a.wrong ? OSW_CTL_FINDING : OSW_CTL_OK;
}
