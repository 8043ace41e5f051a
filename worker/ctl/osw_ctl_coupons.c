/*
 * ordersavectl coupons: codes into the stock, what is left of it.
 *
 * A file is read as a whole before anything is loaded: one with a fault loads
 * nothing. Codes go in by batches, each of which is one script that passes
 * over what was ever loaded: who runs a load that broke off again neither
 * loses nor doubles a code.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/osw_pools.h"


#define OSW_LOAD_BATCH  500
#define OSW_HELD_BATCH  500     /* orders */
#define OSW_CODE_MAX    255     /* bytes */
#define OSW_COUPONS_MOST  256   /* pools and budgets of a store */
#define OSW_BOM         "\xef\xbb\xbf"


typedef struct {
    const char  *name;          /* of the file */
    unsigned     line;
    json_t      *lines;         /* code → line, in the file's order */
} osw_codes_t;


static int
osw_codes_fault(const osw_codes_t *codes, const char *what)
{
    fprintf(stderr, "ordersavectl: %s:%u: %s\n", codes->name, codes->line,
            what);
    return -1;
}


/* Without the spaces around it. */
static os_str_t
osw_codes_trim(os_str_t text)
{
    while (text.len && strchr(" \t\r", text.data[text.len - 1])) {
        text.len--;
    }

    while (text.len && strchr(" \t\r", text.data[0])) {
        text.data++;
        text.len--;
    }

    return text;
}


static int
osw_codes_line(osw_codes_t *codes, os_str_t code)
{
    char     what[64];
    json_t  *before;

    if (code.len == 0 || code.data[0] == '#') {
        return 0;
    }

    for (size_t i = 0; i < code.len; i++) {
        if ((unsigned char) code.data[i] <= ' ' || code.data[i] == 127) {
            return osw_codes_fault(codes, "expected one code, without spaces "
                                   "or control characters");
        }
    }

    if (code.len > OSW_CODE_MAX) {
        return osw_codes_fault(codes, "expected a code of at most 255 bytes");
    }

    if (!os_utf8_valid(code)) {
        return osw_codes_fault(codes, "expected UTF-8");
    }

    before = json_object_getn(codes->lines, code.data, code.len);

    if (before != NULL) {
        snprintf(what, sizeof(what), "the code of line %lld once more",
                 (long long) json_integer_value(before));
        return osw_codes_fault(codes, what);
    }

    return json_object_setn_new(codes->lines, code.data, code.len,
                                json_integer(codes->line)) == 0
           ? 0 : osw_codes_fault(codes, "no memory");
}


static int
osw_codes_read(osw_codes_t *codes, os_str_t text)
{
    size_t       len;
    const char  *end;

    if (os_str_starts(text, OS_STR(OSW_BOM))) {
        text.data += sizeof(OSW_BOM) - 1;
        text.len -= sizeof(OSW_BOM) - 1;
    }

    while (text.len) {
        end = memchr(text.data, '\n', text.len);
        len = end ? (size_t) (end - text.data) : text.len;
        codes->line++;

        if (osw_codes_line(codes, osw_codes_trim((os_str_t) { len,
                                                              text.data }))
            != 0)
        {
            return -1;
        }

        len += end != NULL;
        text.data += len;
        text.len -= len;
    }

    return 0;
}


/* One batch; how many of it are new, or -1. */
static int64_t
osw_codes_send(osw_ctl_t *ctl, os_command_t *cmd)
{
    int64_t  n;

    n = 0;

    return osw_ctl_call(ctl, cmd, osw_ctl_take_count, &n) == 0 ? n : -1;
}


static os_command_t *
osw_codes_command(osw_ctl_t *ctl, const osw_store_t *store, os_str_t pool,
    size_t n)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, NULL, NULL);
    os_command_script(cmd, &os_script_load, 2, (unsigned) n);
    osw_command_key(&ctl->w, cmd, "stock", store->name, pool, OS_NULL);
    osw_command_key(&ctl->w, cmd, "codes", store->name, pool, OS_NULL);

    return cmd;
}


/* All of them; how many are new, or -1 with how many are in as `loaded`. */
static int64_t
osw_codes_load(osw_ctl_t *ctl, const osw_store_t *store, os_str_t pool,
    const osw_codes_t *codes, size_t *loaded)
{
    size_t         left, batch;
    json_t        *line;
    int64_t        n, fresh;
    const char    *code;
    os_command_t  *cmd;

    cmd = NULL;
    fresh = 0;
    batch = 0;
    *loaded = 0;
    left = json_object_size(codes->lines);

    json_object_foreach(codes->lines, code, line) {
        if (cmd == NULL) {
            batch = left < OSW_LOAD_BATCH ? left : OSW_LOAD_BATCH;
            cmd = osw_codes_command(ctl, store, pool, batch);
            left -= batch;
        }

        os_command_add(cmd, os_str(code));

        if (--batch > 0) {
            continue;
        }

        n = osw_codes_send(ctl, cmd);
        cmd = NULL;

        if (n < 0) {
            return -1;
        }

        fresh += n;
        *loaded = json_object_size(codes->lines) - left;
    }

    return fresh;
}


static int
osw_coupons_put(osw_ctl_t *ctl, const osw_store_t *store, os_str_t pool,
    const osw_codes_t *codes)
{
    size_t   all, loaded;
    int64_t  fresh;

    all = json_object_size(codes->lines);
    fresh = osw_codes_load(ctl, store, pool, codes, &loaded);

    if (fresh < 0) {
        fprintf(stderr, "ordersavectl: %zu of %zu codes are in; load the "
                "file again for the others\n", loaded, all);
        return OSW_CTL_FINDING;
    }

    printf("%zu codes", all);

    if ((size_t) fresh < all) {
        printf(", %zu of them were there already", all - (size_t) fresh);
    }

    printf("\n");

    return OSW_CTL_OK;
}


static int
osw_coupons_file(osw_ctl_t *ctl, const osw_store_t *store, os_str_t pool,
    const char *file)
{
    int          rc;
    os_buf_t     text;
    os_error_t   err;
    osw_codes_t  codes;

    rc = OSW_CTL_FINDING;
    text = (os_buf_t) { 0 };
    codes = (osw_codes_t) { .name = file, .lines = json_object() };

    if (os_file_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file, &text, &err)
        != 0)
    {
        fprintf(stderr, "ordersavectl: %s\n", err.text);

    } else if (osw_codes_read(&codes, os_buf_view(&text)) == 0) {
        rc = osw_coupons_put(ctl, store, pool, &codes);
    }

    json_decref(codes.lines);
    os_buf_free(&text);

    return rc;
}


static int
osw_coupons_load(osw_ctl_t *ctl, const char *pool, const char *file)
{
    size_t            i, n;
    osw_store_t      *store;
    osw_pool_name_t   known[OSW_COUPONS_MOST];

    store = osw_ctl_store(ctl);

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    n = osw_pools(store, known, OSW_COUPONS_MOST);

    for (i = 0; i < n; i++) {
        if (known[i].currency.len == 0
            && os_str_equal(known[i].name, os_str(pool)))
        {
            return osw_coupons_file(ctl, store, os_str(pool), file);
        }
    }

    fprintf(stderr, "ordersavectl: no offer takes from a pool %s\n", pool);

    return OSW_CTL_FINDING;
}


/* What pages have set apart: key of a pool or budget → sum. */
typedef struct {
    json_t   *sums;
    int64_t   orders;           /* in the last part */
} osw_held_t;


static void
osw_take_held(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t       i;
    int64_t      n;
    os_str_t     key;
    osw_held_t  *held;

    (void) ctl;
    held = data;
    held->orders = reply->elements ? osw_reply_int(reply->element[0], 0) : 0;

    for (i = 1; i + 1 < reply->elements; i += 2) {
        key = osw_reply_str(reply->element[i]);
        n = os_json_int(held->sums, key.data, 0);
        os_json_set_int(held->sums, key.data,
                        n + osw_reply_int(reply->element[i + 1], 0));
    }
}


static json_t *
osw_coupons_held(osw_ctl_t *ctl)
{
    int64_t        at;
    unsigned       i;
    osw_held_t     held;
    os_command_t  *cmd;

    held = (osw_held_t) { .sums = json_object() };

    for (i = 0; i < ctl->w.config->space.shards && ctl->failed != 1; i++) {
        at = 0;

        do {
            held.orders = 0;
            cmd = os_command_new(i, NULL, NULL);
            os_command_script(cmd, &os_script_held, 1, 2);
            osw_command_key(&ctl->w, cmd, "holds", OS_NULL, OS_NULL, OS_NULL);
            os_command_add_int(cmd, at);
            os_command_add_int(cmd, OSW_HELD_BATCH);
            (void) osw_ctl_call(ctl, cmd, osw_take_held, &held);
            at += held.orders;
        } while (held.orders == OSW_HELD_BATCH);
    }

    return held.sums;
}


static void
osw_coupons_count_one(osw_ctl_t *ctl, const json_t *held, osw_store_t *store,
    os_str_t name, os_str_t currency)
{
    int          money;
    int64_t      central, handed, shown;
    os_buf_t     key;
    unsigned     i;
    const char  *kind;

    money = currency.len > 0;
    kind = money ? "budget" : "pool";
    handed = 0;
    shown = 0;
    central = osw_ctl_length(ctl, 0, money ? "GET" : "LLEN",
                             money ? "stockbudget" : "stock", store->name,
                             name, currency);

    for (i = 0; i < ctl->w.config->space.shards; i++) {
        handed += osw_ctl_length(ctl, i, money ? "GET" : "LLEN", kind,
                                 store->name, name, currency);
        key = osw_key(&ctl->w, i, kind, store->name, name, currency);
        shown += key.failed ? 0 : os_json_int(held, key.data, 0);
        os_buf_free(&key);
    }

    if (ctl->failed == 1) {
        return;
    }

    printf("%.*s/%.*s%s%.*s\t%lld in stock\t%lld in shards\t%lld set apart "
           "for pages\n",
           (int) store->name.len, store->name.data, (int) name.len, name.data,
           money ? "/" : "", (int) currency.len,
           money ? currency.data : "", (long long) central,
           (long long) handed, (long long) shown);
}


static int
osw_coupons_count(osw_ctl_t *ctl)
{
    size_t            i, n, pools;
    json_t           *held = osw_coupons_held(ctl);
    osw_store_t      *store;
    osw_pool_name_t   pool[OSW_COUPONS_MOST];

    for (i = 0; i < ctl->w.config->nstores; i++) {
        store = &ctl->w.config->store[i];
        pools = osw_pools(store, pool, OSW_COUPONS_MOST);

        for (n = 0; n < pools && ctl->failed != 1; n++) {
            osw_coupons_count_one(ctl, held, store, pool[n].name,
                                  pool[n].currency);
        }
    }

    json_decref(held);

    return OSW_CTL_OK;
}


int
osw_ctl_coupons(osw_ctl_t *ctl, int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "load") == 0) {
        return osw_coupons_load(ctl, argv[2], argv[3]);
    }

    if (argc == 2 && strcmp(argv[1], "count") == 0) {
        return osw_coupons_count(ctl);
    }

    return OSW_CTL_USAGE;
}
