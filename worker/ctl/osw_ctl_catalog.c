/*
 * ordersavectl catalog: takes a shop's product feed in, JSON lines or CSV/TSV
 * as for Google's merchant product data (RFC 4180, read by libcsv). A bad
 * record is reported by its line and passed over; the others come in.
 */

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/os_json_outside.h"
#include "core/view/os_catalog.h"
#include "core/view/os_feed.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/take/osw_catalog.h"


#define OSW_CATALOG_INFLIGHT  512       /* products on their way to Redis */
#define OSW_CATALOG_COLUMNS   256


typedef struct {
    osw_ctl_t       *ctl;
    osw_store_t     *store;
    const char      *file;
    long             line;              /* being read */
    long             first;             /* of the record being read */
    json_t          *columns;           /* of CSV; NULL: not read yet */
    json_t          *record;
    size_t           column;
    json_t          *ids;               /* taken: id → true */
    size_t           inflight;
    size_t           taken;
    size_t           bad;
    time_t           told;              /* when progress was last shown */
    unsigned         failed:1;          /* Redis refused one */
    unsigned         headless:1;        /* no line names the columns */
} osw_catalog_t;


static void
osw_catalog_answered(void *data, int failed)
{
    osw_catalog_t  *c = data;

    c->inflight--;

    if (failed) {
        c->failed = 1;
    }
}


/* One more is on its way; no more than so many are. */
static void
osw_catalog_sent(osw_catalog_t *c)
{
    while (c->inflight >= OSW_CATALOG_INFLIGHT) {
        (void) uv_run(&c->ctl->loop, UV_RUN_ONCE);
    }
}


static void
osw_catalog_store(osw_catalog_t *c, const json_t *product)
{
    c->inflight++;
    osw_catalog_put(&c->ctl->w, c->store->name, product, osw_catalog_answered,
                    c);
    (void) json_object_set_new(c->ids, os_json_str(product, "id").data,
                               json_true());
    osw_catalog_sent(c);
}


static void
osw_catalog_fault(osw_catalog_t *c, long line, const char *what)
{
    fprintf(stderr, "%s:%ld: %s; passed over\n", c->file, line, what);
    c->bad++;
}


static void
osw_catalog_take(osw_catalog_t *c, const json_t *record)
{
    json_t      *product;
    os_error_t   err;

    product = os_catalog_product(c->store->campaign, record, &err);

    if (product == NULL) {
        osw_catalog_fault(c, c->first, err.text);
        return;
    }

    osw_catalog_store(c, product);
    json_decref(product);
    c->taken++;

    if (isatty(STDERR_FILENO) && time(NULL) != c->told) {
        c->told = time(NULL);
        fprintf(stderr, "\r%zu products", c->taken);
    }
}


static void
osw_catalog_json(osw_catalog_t *c, FILE *in)
{
    char        *line = NULL;
    size_t       size = 0;
    json_t      *record;
    ssize_t      n;
    os_error_t   err;

    while ((n = getline(&line, &size, in)) > 0) {
        c->first = ++c->line;

        if (strspn(line, " \t\r\n") == (size_t) n) {
            continue;
        }

        record = os_json_outside((os_str_t) { (size_t) n, line }, "record",
                                 &err);

        if (record == NULL) {
            osw_catalog_fault(c, c->first, "not JSON");
            continue;
        }

        osw_catalog_take(c, record);
        json_decref(record);
    }

    free(line);
}


/* A field is there; the first row's are the columns' names. */
static void
osw_catalog_field(void *text, size_t len, void *data)
{
    json_t         *value;
    os_buf_t        header = { 0 };
    const char     *name;
    osw_catalog_t  *c = data;

    if (c->columns == NULL) {
        os_feed_header((os_str_t) { len, len ? text : "" }, &header);
        value = os_json_new_str(os_buf_view(&header));
        os_buf_free(&header);

    } else {
        value = os_json_new_str((os_str_t) { len, len ? text : "" });
    }

    if (value == NULL) {
        value = json_null();            /* not UTF-8: the record is faulty */
        (void) json_object_set_new(c->record, "\x01", json_true());
    }

    if (c->columns == NULL) {
        (void) json_array_append_new(json_object_get(c->record, "columns"),
                                     value);

    } else {
        name = json_string_value(json_array_get(c->columns, c->column));

        if (name != NULL) {
            (void) json_object_set_new(c->record, name, value);

        } else {
            json_decref(value);
        }
    }

    c->column++;
}


/* Is one of these among the columns? */
static int
osw_catalog_has(const osw_catalog_t *c, const char *name, const char *other)
{
    size_t       i;
    json_t      *column;
    const char  *text;

    json_array_foreach(c->columns, i, column) {
        text = json_string_value(column);

        if (text && (strcmp(text, name) == 0 || strcmp(text, other) == 0)) {
            return 1;
        }
    }

    return 0;
}


/* A column whose name is misspelled says nothing: all that are not used. */
static void
osw_catalog_unused(const osw_catalog_t *c)
{
    size_t    i;
    json_t   *column;
    os_buf_t  names = { 0 };

    json_array_foreach(c->columns, i, column) {
        if (json_string_length(column)
            && !os_catalog_uses(os_str(json_string_value(column))))
        {
            os_buf_text(&names, names.len ? ", " : "");
            os_buf_text(&names, json_string_value(column));
        }
    }

    if (names.len) {
        fprintf(stderr, "%s:%ld: columns that are not used: %s\n", c->file,
                c->first, names.data);
    }

    os_buf_free(&names);
}


/* Without names of columns no line means anything. */
static void
osw_catalog_headed(osw_catalog_t *c)
{
    if (!osw_catalog_has(c, "id", "id") || !osw_catalog_has(c, "name", "title")
        || !osw_catalog_has(c, "url", "link"))
    {
        osw_catalog_fault(c, c->first, "this line must name the columns, id, "
                          "title and link among them");
        c->headless = 1;

    } else {
        osw_catalog_unused(c);
    }
}


static void
osw_catalog_row(int ended, void *data)
{
    osw_catalog_t  *c = data;

    (void) ended;

    if (c->columns == NULL) {
        c->columns = json_incref(json_object_get(c->record, "columns"));
        osw_catalog_headed(c);

    } else if (c->headless) {
        c->bad++;

    } else if (json_object_get(c->record, "\x01")) {
        osw_catalog_fault(c, c->first, "not UTF-8");

    } else if (c->column != json_array_size(c->columns)) {
        osw_catalog_fault(c, c->first, "another number of columns");

    } else {
        osw_catalog_take(c, c->record);
    }

    (void) json_object_clear(c->record);
    c->column = 0;
    c->first = c->line + 1;
}


/* Tabs part the fields, and a quote is a quote. */
static void
osw_catalog_tabs(osw_catalog_t *c, char *line, size_t len)
{
    char      *end, *tab;
    os_buf_t   field = { 0 };

    for (end = line + len; line <= end; line = tab + 1) {
        tab = memchr(line, '\t', (size_t) (end - line));
        tab = tab ? tab : end;
        field.len = 0;
        os_feed_field((os_str_t) { (size_t) (tab - line), line }, &field);
        osw_catalog_field(field.data, field.len, c);
    }

    osw_catalog_row('\n', c);
    os_buf_free(&field);
}


/* A line of tabs, however lines end; empty ones are none. */
static void
osw_catalog_tsv(osw_catalog_t *c, char *line, size_t len)
{
    char    *end, *stop;
    size_t   n;

    for (stop = line + len; line < stop; line = end + 1) {
        n = (size_t) (stop - line);
        end = memchr(line, '\r', n);
        end = end ? end : line + n;
        n = (size_t) (end - line);
        n -= n && line[n - 1] == '\n';

        if (n) {
            osw_catalog_tabs(c, line, n);
        }
    }

    c->first = c->line + 1;
}


/* The first line, without a mark in front. -1: another encoding. */
static int
osw_catalog_first(osw_catalog_t *c, char *line, size_t *len, char *delimiter)
{
    os_str_t  text = { *len, line }, plain;

    if (os_str_starts(text, OS_STR("\xff\xfe"))
        || os_str_starts(text, OS_STR("\xfe\xff")))
    {
        osw_catalog_fault(c, 1, "UTF-16; save it as UTF-8");
        return -1;
    }

    plain = os_str_unmarked(text);
    memmove(line, plain.data, plain.len);
    *len = plain.len;
    *delimiter = os_feed_delimiter((os_str_t) { strcspn(line, "\r\n"), line },
                                   *delimiter);
    return 0;
}


static void
osw_catalog_csv(osw_catalog_t *c, FILE *in, char delimiter)
{
    char               *line = NULL;
    size_t              size = 0, len;
    ssize_t             n;
    struct csv_parser   parser;

    if (csv_init(&parser, CSV_STRICT_FINI) != 0) {
        c->failed = 1;
        return;
    }

    c->first = 1;
    c->record = json_pack("{s:[]}", "columns");

    while ((n = getline(&line, &size, in)) > 0) {
        len = (size_t) n;

        if (++c->line == 1) {
            if (osw_catalog_first(c, line, &len, &delimiter) != 0) {
                break;
            }

            csv_set_delim(&parser, (unsigned char) delimiter);
        }

        if (delimiter == '\t') {
            osw_catalog_tsv(c, line, len);

        } else {
            (void) csv_parse(&parser, line, len, osw_catalog_field,
                             osw_catalog_row, c);
        }
    }

    if (csv_fini(&parser, osw_catalog_field, osw_catalog_row, c) != 0) {
        osw_catalog_fault(c, c->first, "a quote that is never closed");
    }

    csv_free(&parser);
    json_decref(c->record);
    json_decref(c->columns);
    free(line);
}


static void
osw_catalog_listed(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t          i;
    os_str_t        id;
    osw_catalog_t  *c = data;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        id = osw_reply_str(reply->element[i]);

        if (json_object_get(c->ids, id.data) == NULL) {
            (void) json_array_append_new(c->record, os_json_new_str(id));
        }
    }
}


/* What the feed does not name any more is no product any more. */
static void
osw_catalog_clear(osw_catalog_t *c)
{
    size_t         i;
    json_t        *id;
    unsigned       shard;
    os_command_t  *cmd;

    for (shard = 0; shard < c->ctl->w.config->space.shards; shard++) {
        c->record = json_array();
        cmd = osw_ctl_command(shard, "SMEMBERS", 2);
        osw_command_key(&c->ctl->w, cmd, "products", c->store->name, OS_NULL,
                        OS_NULL);
        (void) osw_ctl_call(c->ctl, cmd, osw_catalog_listed, c);

        json_array_foreach(c->record, i, id) {
            c->inflight++;
            osw_catalog_drop(&c->ctl->w, c->store->name,
                             os_str(json_string_value(id)),
                             osw_catalog_answered, c);
            osw_catalog_sent(c);
        }

        json_decref(c->record);
    }
}


/* "jsonl", "csv", "tsv": as --kind says, else by the end of the name. */
static const char *
osw_catalog_kind(const osw_ctl_t *ctl, const char *file)
{
    size_t                    i;
    const char               *dot;
    static const char *const  kinds[][2] = {
        { "jsonl", "jsonl" }, { "ndjson", "jsonl" }, { "json", "jsonl" },
        { "csv", "csv" }, { "tsv", "tsv" }, { "txt", "tsv" },
    };

    dot = strrchr(file, '.');
    dot = ctl->kind ? ctl->kind : dot ? dot + 1 : "";

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(dot, kinds[i][0]) == 0) {
            return kinds[i][1];
        }
    }

    return NULL;
}


static int
osw_catalog_import(osw_ctl_t *ctl, const char *file, int replace)
{
    FILE           *in;
    const char     *kind;
    osw_catalog_t   c;

    memset(&c, 0, sizeof(c));
    c.ctl = ctl;
    c.file = file;
    c.store = osw_ctl_store(ctl);
    kind = osw_catalog_kind(ctl, file);

    if (c.store == NULL) {
        return OSW_CTL_USAGE;
    }

    if (kind == NULL) {
        return osw_ctl_wrong(ctl, "what is %s? (--kind jsonl, csv or tsv)",
                             file);
    }

    in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");

    if (in == NULL) {
        fprintf(stderr, "ordersavectl: %s cannot be read\n", file);
        return OSW_CTL_FINDING;
    }

    c.ids = json_object();

    if (strcmp(kind, "jsonl") == 0) {
        osw_catalog_json(&c, in);

    } else {
        osw_catalog_csv(&c, in, strcmp(kind, "csv") == 0 ? ',' : '\t');
    }

    if (in != stdin) {
        (void) fclose(in);
    }

    if (replace && c.bad && !ctl->force) {
        fprintf(stderr, "ordersavectl: nothing is taken away, because %zu "
                "records have faults; mend them, or say --force\n", c.bad);

    } else if (replace && c.taken) {
        osw_catalog_clear(&c);
    }

    while (c.inflight) {
        (void) uv_run(&ctl->loop, UV_RUN_ONCE);
    }

    json_decref(c.ids);
    fprintf(stderr, c.told ? "\r" : "");
    printf("%zu products, %zu records passed over\n", c.taken, c.bad);

    if (c.failed) {
        fprintf(stderr, "ordersavectl: Redis did not take all of them; "
                "import it again\n");
        return OSW_CTL_REDIS;
    }

    return c.bad || c.taken == 0 ? OSW_CTL_FINDING : OSW_CTL_OK;
}


static void
osw_catalog_number(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;
    *(int64_t *) data += osw_reply_int(reply, 0);
}


static int
osw_catalog_count(osw_ctl_t *ctl)
{
    int64_t        n = 0;
    unsigned       shard;
    osw_store_t   *store;
    os_command_t  *cmd;

    store = osw_ctl_store(ctl);

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    for (shard = 0; shard < ctl->w.config->space.shards; shard++) {
        cmd = osw_ctl_command(shard, "SCARD", 2);
        osw_command_key(&ctl->w, cmd, "products", store->name, OS_NULL,
                        OS_NULL);

        if (osw_ctl_call(ctl, cmd, osw_catalog_number, &n) != 0) {
            return OSW_CTL_FINDING;
        }
    }

    printf("%lld products\n", (long long) n);

    return OSW_CTL_OK;
}


static int
osw_catalog_show(osw_ctl_t *ctl, const char *id)
{
    json_t       *product;
    osw_store_t  *store;

    store = osw_ctl_store(ctl);

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    product = osw_ctl_json(ctl, os_space_shard(&ctl->w.config->space,
                                               store->name, os_str(id),
                                               OS_NULL),
                           "product", store->name, os_str(id));

    if (product == NULL) {
        fprintf(stderr, "ordersavectl: no product %s\n", id);
        return OSW_CTL_FINDING;
    }

    osw_ctl_print(product);
    json_decref(product);

    return OSW_CTL_OK;
}


int
osw_ctl_catalog(osw_ctl_t *ctl, int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "import") == 0) {
        return osw_catalog_import(ctl, argv[2], 0);
    }

    if (argc == 3 && strcmp(argv[1], "replace") == 0) {
        return osw_catalog_import(ctl, argv[2], 1);
    }

    if (argc == 3 && strcmp(argv[1], "show") == 0) {
        return osw_catalog_show(ctl, argv[2]);
    }

    if (argc == 2 && strcmp(argv[1], "count") == 0) {
        return osw_catalog_count(ctl);
    }

    return OSW_CTL_USAGE;
}
