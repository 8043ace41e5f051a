/*
 * ordersavectl orders import: orders of before, from the store's API or from
 * a file, so that their buyers find a panel and an offer, too. Nobody is told
 * of anything that has happened to them.
 *
 * From the API it is the campaign's `reconcile` call that is made, from
 * --since on. Where its answers are in the order of their change it is made
 * again from the newest of them, which holds whatever changes meanwhile; else
 * page by page.
 *
 *     GET import → call or lines → events written → SET import → … → DEL import
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/base/os_json_outside.h"
#include "core/base/os_time.h"
#include "worker/ctl/osw_ctl_intake.h"
#include "worker/take/osw_reconcile.h"


#define OSW_IMPORT_LINES   500          /* between two positions */
#define OSW_IMPORT_TRIES   6            /* of a call, 1 to 32 s apart */
#define OSW_IMPORT_HEAD    65536        /* bytes by which a file is known */


typedef struct {
    osw_intake_t   in;
    os_source_t   *source;              /* maps the file's records */
    const char    *file;
    int64_t        size;                /* of the file, or 0 */
    size_t         bad;                 /* records passed over */
} osw_import_t;


static json_t *
osw_import_map(osw_import_t *im, const json_t *payload, os_error_t *err)
{
    return os_source_map(im->source, &im->in.ctl->w.config->keys,
                         im->in.store->name, payload, OS_NULL, err);
}


static int
osw_import_ended(osw_import_t *im)
{
    if (osw_intake_end(&im->in) != 0) {
        return OSW_CTL_FINDING;
    }

    printf("%zu orders, %zu records passed over\n", im->in.taken, im->bad);

    return im->bad ? OSW_CTL_FINDING : OSW_CTL_OK;
}


/* A record that is no order is told by its line. */
static int
osw_import_line(osw_import_t *im, long line, os_str_t text)
{
    int          rc = 0;
    json_t      *record, *orders = NULL;
    os_error_t   err = { 0 };

    record = os_json_outside(text, "record", &err);

    if (record) {
        orders = osw_import_map(im, record, &err);
    }

    if (json_array_size(orders)) {
        rc = osw_intake_take(&im->in, orders);

    } else {
        fprintf(stderr, "%s:%ld: %s; passed over\n", im->file, line,
                orders ? "expected an order" : err.text);
        im->bad++;
    }

    json_decref(orders);
    json_decref(record);

    return rc;
}


/* A position is the offset behind a line. Lines are counted from the start. */
static int
osw_import_lines(osw_import_t *im, FILE *in, int64_t from)
{
    int       rc = 0;
    char     *line = NULL;
    long      n = 0;
    size_t    size = 0;
    int64_t   at = 0;
    ssize_t   len;

    while (rc == 0 && (len = getline(&line, &size, in)) > 0) {
        at += len;
        n++;

        if (at > from && strspn(line, " \t\r\n") != (size_t) len) {
            rc = osw_import_line(im, n, (os_str_t) { (size_t) len, line });
        }

        if (rc == 0 && im->size && n % OSW_IMPORT_LINES == 0 && at > from) {
            rc = osw_intake_mark(&im->in, at,
                                 (double) at / (double) im->size);
        }
    }

    free(line);

    return rc;
}


/* A file is known by its size and its beginning; a pipe is not known again. */
static int
osw_import_known(osw_import_t *im, FILE *in, os_buf_t *what)
{
    char         *head;
    size_t        n;
    uint8_t       hash[OS_SHA256_LEN];
    struct stat   st;

    if (fstat(fileno(in), &st) != 0 || !S_ISREG(st.st_mode)) {
        os_buf_text(what, "pipe");
        return 0;
    }

    head = malloc(OSW_IMPORT_HEAD);

    if (head == NULL) {
        return -1;
    }

    im->size = st.st_size;
    n = fread(head, 1, OSW_IMPORT_HEAD, in);
    rewind(in);
    os_sha256(head, n, hash);
    os_buf_printf(what, "file %lld ", (long long) st.st_size);
    os_hex(what, hash, sizeof(hash));
    free(head);

    return 0;
}


static int
osw_import_file(osw_import_t *im, osw_ctl_t *ctl, osw_store_t *store)
{
    int       rc = OSW_CTL_FINDING;
    FILE     *in;
    int64_t   from;
    os_buf_t  what = { 0 };

    in = strcmp(im->file, "-") == 0 ? stdin : fopen(im->file, "r");

    if (in == NULL) {
        fprintf(stderr, "ordersavectl: %s cannot be read\n", im->file);
        return OSW_CTL_FINDING;
    }

    if (osw_import_known(im, in, &what) == 0) {
        from = osw_intake_begin(&im->in, ctl, store, os_buf_view(&what), 0);

        if (from > 0) {
            fprintf(stderr, "ordersavectl: going on behind byte %lld\n",
                    (long long) from);
        }

        if (from >= 0 && osw_import_lines(im, in, from) == 0) {
            rc = osw_import_ended(im);
        }
    }

    if (in != stdin) {
        (void) fclose(in);
    }

    os_buf_free(&what);

    return rc;
}


/* One call of the store, and what came of it. */
typedef struct {
    osw_import_t  *im;
    json_t        *orders;      /* NULL: none came */
    int            done;
    int            again;       /* it may come yet */
    int64_t        wait_ms;     /* that the store asks for */
    os_error_t     why;
} osw_import_call_t;


static void
osw_import_answered(void *data, const osw_answer_t *answer)
{
    osw_import_call_t  *call = data;

    call->done = 1;
    call->again = answer->status == 0 || answer->status == 429
                  || answer->status >= 500;
    call->wait_ms = answer->retry_after_ms;

    if (answer->status != 200) {
        osw_api_said(call->im->in.store, answer, call->why.text,
                     sizeof(call->why.text));
        return;
    }

    call->orders = osw_reconcile_orders(&call->im->in.ctl->w,
                                        call->im->in.store, answer,
                                        &call->why);
}


/* A page of orders, or NULL after a message. */
static json_t *
osw_import_page(osw_import_t *im, int64_t since, unsigned page)
{
    int                 try;
    osw_ctl_t          *ctl = im->in.ctl;
    osw_import_call_t   call;

    for (try = 0; ; try++) {
        call = (osw_import_call_t) { .im = im };
        osw_reconcile_ask(&ctl->w, im->in.store, since, page,
                          osw_import_answered, &call);

        while (!call.done) {
            (void) uv_run(&ctl->loop, UV_RUN_ONCE);
        }

        if (call.orders || !call.again || try == OSW_IMPORT_TRIES) {
            break;
        }

        osw_ctl_sleep(ctl, call.wait_ms ? (uint64_t) call.wait_ms
                                        : UINT64_C(1000) << try);
    }

    if (call.orders == NULL) {
        fprintf(stderr, "ordersavectl: %s; import again to go on from where "
                "this ended\n", call.why.text);
    }

    return call.orders;
}


/* Were they changed one after another? The newest change in `newest`. */
static int
osw_import_sorted(const json_t *orders, int64_t *newest)
{
    int       sorted = 1;
    size_t    i;
    json_t   *order;
    int64_t   changed;

    *newest = 0;

    json_array_foreach(orders, i, order) {
        changed = os_json_int(order, "changed", 0);
        sorted &= changed >= *newest && changed > 0;
        *newest = changed > *newest ? changed : *newest;
    }

    return sorted;
}


/* How far it is from `first` to now, 0 to 1. */
static double
osw_import_share(int64_t first, int64_t at)
{
    int64_t  now = time(NULL);

    return now > first && at > first && at < now
           ? (double) (at - first) / (double) (now - first) : 0;
}


/*
 * A position is the change up to which all is there. Within one second, or
 * where the store does not sort, pages are counted, and an import that was
 * broken off begins that part again.
 */
static int
osw_import_pages(osw_import_t *im, int64_t first, int64_t since, int paged)
{
    int       rc = 0, more, sorted;
    json_t   *orders;
    int64_t   newest;
    unsigned  page;

    for (page = 1, more = 1; rc == 0 && more; ) {
        orders = osw_import_page(im, since, page);

        if (orders == NULL) {
            return -1;
        }

        more = json_array_size(orders) > 0;
        rc = osw_intake_take(&im->in, orders);
        sorted = osw_import_sorted(orders, &newest);
        json_decref(orders);

        if (more && sorted && newest - 1 > since) {
            since = newest - 1;         /* others may be of that second */
            page = 1;

        } else if (more && paged) {
            page++;

        } else {
            more = 0;
        }

        if (rc == 0) {
            rc = osw_intake_mark(&im->in, since,
                                 osw_import_share(first, since));
        }
    }

    return rc;
}


/* "2026-01-31", a moment, or how long ago ("90d"). */
static int
osw_import_since(const char *text, int64_t *since)
{
    int64_t  ago;

    if (os_duration_parse(os_str(text), &ago) == 0) {
        *since = time(NULL) - ago;
        return 0;
    }

    return os_time_parse(os_str(text), since);
}


/*
 * All is there as it was when the import began: a worker that has never asked
 * for changes asks for those since then.
 */
static void
osw_import_follows(osw_ctl_t *ctl, const osw_store_t *store, int64_t begun)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, "SET", 4);
    osw_command_key(&ctl->w, cmd, "reconciled", store->name, OS_NULL, OS_NULL);
    os_command_add_int(cmd, begun);
    os_command_add(cmd, OS_STR("NX"));
    (void) osw_ctl_call(ctl, cmd, NULL, NULL);
}


static int
osw_import_api(osw_import_t *im, osw_ctl_t *ctl, osw_store_t *store)
{
    int       rc = OSW_CTL_FINDING;
    int64_t   first, since, begun = time(NULL);
    os_buf_t  what = { 0 };

    if (store->source == NULL
        || os_campaign_at(store->campaign, "/reconcile/call") == NULL)
    {
        return osw_ctl_wrong(ctl, "%s: /reconcile: expected the call that "
                             "lists orders; or give them in a file, with "
                             "--file", store->campaign->path);
    }

    if (osw_import_since(ctl->since, &first) != 0) {
        return osw_ctl_wrong(ctl, "--since %s: expected a day, as 2026-01-31, "
                             "or a duration, as 90d", ctl->since);
    }

    if (osw_http_start(&ctl->w) != 0) {
        fprintf(stderr, "ordersavectl: no memory for requests\n");
        return OSW_CTL_FINDING;
    }

    os_buf_printf(&what, "since %s", ctl->since);
    since = osw_intake_begin(&im->in, ctl, store, os_buf_view(&what), first);

    if (since > first) {
        fprintf(stderr, "ordersavectl: going on from where this ended\n");
    }

    if (since >= 0
        && osw_import_pages(im, first, since, osw_reconcile_paged(store)) == 0)
    {
        rc = osw_import_ended(im);
        osw_import_follows(ctl, store, begun);
    }

    osw_http_stop(&ctl->w);
    os_buf_free(&what);

    return rc;
}


int
osw_ctl_import(osw_ctl_t *ctl, int argc, char **argv)
{
    osw_store_t   *store = osw_ctl_store(ctl);
    osw_import_t   im = { .file = ctl->file };

    (void) argc;
    (void) argv;

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    im.source = ctl->from ? osw_config_source(store, os_str(ctl->from))
                          : store->source;

    if (im.source == NULL) {
        return osw_ctl_wrong(ctl, "orders import: expected --from and a "
                             "source, since %s has no API whose source it "
                             "could be", store->campaign->path);
    }

    if ((ctl->since == NULL) == (ctl->file == NULL)) {
        return osw_ctl_wrong(ctl, "orders import: expected --since or --file");
    }

    return ctl->file ? osw_import_file(&im, ctl, store)
                     : osw_import_api(&im, ctl, store);
}
