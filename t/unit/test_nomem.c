/*
 * Every allocation of a piece of work fails once, one after the other: nothing
 * may crash, what is given back must be whole, and what is not given back must
 * be said. What hiredis and libcrypto allocate fails alike. Jansson's own is
 * left out: 2.14 crashes in its parser without memory, whoever calls it. So is
 * the loading of a campaign: regcomp() of glibc 2.36 frees twice then.
 */

#define _GNU_SOURCE  1

#include <errno.h>
#include <stdlib.h>

#include "core/base/os_json_outside.h"
#include "core/order/os_reduce.h"
#include "core/order/os_rules.h"
#include "core/order/os_source.h"
#include "core/text/os_mustache.h"
#include "redis/os_confirm.h"
#include "redis/os_topology.h"
#include "tap.h"


#if defined(__SANITIZE_ADDRESS__)

int
main(void)
{
    printf("1..0 # SKIP the sanitizer has an allocator of its own\n");
    return 0;
}

#else

/* glibc's own, which a program's malloc() may stand in front of. */
extern void  *__libc_malloc(size_t size);
extern void  *__libc_calloc(size_t n, size_t size);
extern void  *__libc_realloc(void *old, size_t size);
extern void   __libc_free(void *old);

static long  left = -1;         /* allocations that go well; -1: all do */
static int   failed;
static long  held;              /* made and not freed, while it is counted */


static int
refuses(void)
{
    if (left < 0) {
        return 0;
    }

    if (left-- > 0) {
        return 0;
    }

    left = -1;                  /* one alone: what follows works again */
    failed = 1;
    errno = ENOMEM;

    return 1;
}


void *
malloc(size_t size)
{
    void  *made = refuses() ? NULL : __libc_malloc(size);

    held += made != NULL;
    return made;
}


void *
calloc(size_t n, size_t size)
{
    void  *made = refuses() ? NULL : __libc_calloc(n, size);

    held += made != NULL;
    return made;
}


void *
realloc(void *old, size_t size)
{
    void  *made = refuses() ? NULL : __libc_realloc(old, size);

    held += made != NULL && old == NULL;
    return made;
}


void
free(void *old)
{
    held -= old != NULL;
    __libc_free(old);
}


static os_campaign_t  *campaign;
static os_source_t    *source;
static os_keys_t       keys;

static const char  order_text[] =
    "{\"v\":1,\"store\":\"shop\",\"id\":\"1\",\"state\":\"open\",\"status\":"
    "\"pending\",\"payment\":\"unpaid\",\"currency\":\"EUR\",\"total\":5000,"
    "\"shipping\":500,\"customer\":\"cust\",\"name\":\"Jo\",\"items\":"
    "[{\"id\":\"7\",\"name\":\"A lamp\",\"quantity\":2,\"total\":4500}],"
    "\"placed\":1800000000,\"changed\":1800000000,\"save\":{\"used\":{\"x\":"
    "{\"n\":1,\"at\":5}}}}";


/*
 * Each piece of work answers 1 when all of it went well, 0 when it says that it
 * did not, and -1 when it says so and it is not true.
 */

static int
makes_terms(void)
{
    int          good;
    json_t      *terms;
    os_order_t  *order;

    order = os_order_parse(OS_STR(order_text));

    if (order == NULL) {
        return 0;
    }

    terms = os_rules_terms(campaign, &campaign->offers[0], order, 0);
    os_order_free(order);

    if (terms == NULL) {
        return 0;
    }

    good = os_str_equal(os_json_str(terms, "currency"), OS_STR("EUR"))
           ? 1 : -1;
    json_decref(terms);

    return good;
}


static int
reads_order(void)
{
    int          good;
    os_order_t  *order = os_order_parse(OS_STR(order_text));

    if (order == NULL) {
        return 0;
    }

    good = order->total == 5000 && order->nitems == 1
           && os_str_equal(order->items[0].name, OS_STR("A lamp"));
    os_order_free(order);

    return good ? 1 : -1;
}


static int
reads_json(void)
{
    int      good;
    json_t  *json;

    json = os_json_outside(OS_STR("{\"a\":[1,2,{\"b\":\"x\"}],"
                                  "\"n\":123456789012345678901234567890}"),
                           "body", NULL);
    if (json == NULL) {
        return 0;
    }

    good = json_array_size(json_object_get(json, "a")) == 3;
    json_decref(json);

    return good ? 1 : -1;
}


static int
maps_webhook(void)
{
    int          good;
    json_t      *raw, *orders;
    os_error_t   err = { "" };

    raw = os_json_outside(OS_STR(
        "{\"id\":19,\"number\":\"19\",\"status\":\"pending\",\"currency\":"
        "\"EUR\",\"total\":\"50.00\",\"order_key\":\"k\",\"billing\":"
        "{\"email\":\"a@shop.test\",\"country\":\"DE\"},\"line_items\":[{"
        "\"product_id\":7,\"name\":\"Lamp\",\"quantity\":1,\"total\":\"45.00\""
        "}],\"date_modified_gmt\":\"2026-11-21T10:00:00\"}"), "body", NULL);

    if (raw == NULL) {
        return 0;
    }

    orders = os_source_map(source, &keys, OS_STR("shop"), raw,
                           OS_STR("order.updated"), &err);
    json_decref(raw);

    if (orders == NULL) {
        return 0;
    }

    good = json_array_size(orders) == 1
           && os_str_equal(os_json_str(json_array_get(orders, 0), "id"),
                           OS_STR("19"))
           && os_json_int(json_array_get(orders, 0), "total", 0) == 5000;
    json_decref(orders);

    return good ? 1 : -1;
}


static int
reduces(void)
{
    int            good;
    json_t        *order, *event;
    os_error_t     err = { "" };
    os_reduced_t   out;

    order = json_loads(order_text, 0, NULL);
    event = json_loads("{\"id\":\"e1\",\"kind\":\"accepted\",\"at_ms\":"
        "1800000020000,\"decision\":{\"state\":\"accepted\",\"offer\":"
        "\"less\",\"kind\":\"grant\",\"nonce\":\"n1\",\"terms\":{\"give\":"
        "\"discount\"}}}", 0, NULL);

    if (order == NULL || event == NULL) {
        json_decref(order);
        json_decref(event);
        return 0;
    }

    good = os_reduce(campaign, order, OS_STR("1"), event, 1800000020000, &out,
                     &err) == 0;
    json_decref(order);
    json_decref(event);

    if (good
        && (!os_str_equal(os_json_str(json_object_get(json_object_get(
                              out.order, "save"), "decision"), "state"),
                          OS_STR("accepted"))
            || json_array_size(out.add) != 2))
    {
        good = -1;
    }

    os_reduced_free(&out);

    return good;
}


static int
signs(void)
{
    int        good;
    json_t    *payload, *back;
    os_buf_t   token = { 0 };

    payload = json_pack("{s:s, s:I, s:s}", "p", "offer", "x",
                        (json_int_t) 1900000000, "o", "19");
    if (payload == NULL) {
        return 0;
    }

    os_token_sign(&keys, payload, &token);
    json_decref(payload);

    if (token.failed) {
        os_buf_free(&token);
        return 0;
    }

    back = os_token_verify(&keys, os_buf_view(&token), "offer", 1800000000,
                           NULL);
    good = back == NULL ? 0
                        : os_str_equal(os_json_str(back, "o"), OS_STR("19"))
                          ? 1 : -1;
    json_decref(back);
    os_buf_free(&token);

    return good;
}


static int
renders(void)
{
    int             good = 0;
    json_t         *view;
    os_buf_t        out = { 0 };
    os_error_t      err = { "" };
    os_template_t  *t;

    view = json_pack("{s:s, s:[{s:i},{s:i}]}", "name", "<b>", "list", "n", 1,
                     "n", 2);
    t = os_template_compile(OS_STR("Hi {{name}}{{#list}}, {{n}}{{/list}}!"),
                            "t", OS_TEMPLATE_HTML, NULL, NULL, &err);

    if (t && view && os_template_render(t, view, &out) == 0 && !out.failed) {
        good = os_str_equal(os_buf_view(&out), OS_STR("Hi &lt;b&gt;, 1, 2!"))
               ? 1 : -1;
    }

    os_template_free(t);
    json_decref(view);
    os_buf_free(&out);

    return good;
}


static void
nothing(os_command_t *cmd, redisReply *reply)
{
    (void) reply;
    *(int *) cmd->data += 1;
}


static void
answered(void *owner, os_command_t *cmd, redisReply *reply)
{
    (void) owner;
    cmd->handler(cmd, reply);
    freeReplyObject(reply);
    os_command_free(cmd);
}


static int
speaks(void)
{
    int            told = 0, rc = -1;
    os_link_t      link = { 0 };
    os_command_t  *cmd, *next;

    if (os_link_init(&link) == -1) {
        return 0;
    }

    cmd = os_command_new(0, nothing, &told);

    if (cmd) {
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("GET"));
        os_command_add(cmd, OS_STR("key"));

        if (cmd->bytes.failed) {
            os_command_free(cmd);

        } else {
            os_link_send(&link, cmd);
            rc = os_link_feed(&link, "$3\r\nabc\r\n", 9, 1000, answered, NULL);
        }
    }

    for (cmd = os_link_reset(&link); cmd; cmd = next) {
        next = cmd->next;
        os_command_abandon(cmd);
        os_command_free(cmd);
    }

    os_buf_free(&link.out);
    redisReaderFree(link.reader);

    return rc == 0 && told == 1;
}


static const struct {
    const char  *name;
    int        (*works)(void);
} pieces[] = {
    { "an order is read", reads_order },
    { "JSON from outside is read", reads_json },
    { "a webhook is mapped", maps_webhook },
    { "an event is reduced", reduces },
    { "a token is signed and verified", signs },
    { "a template is compiled and rendered", renders },
    { "a command is sent and answered", speaks },
    { "terms are made", makes_terms },
};


/* Until one goes through without a failure. */
static void
tries(const char *name, int (*works)(void))
{
    int   said, lied = 0, broken = 0, leaked = 0;
    long  n, before;

    ok(works() == 1, "%s", name);

    for (n = 0; n < 200000; n++) {
        before = held;
        left = n;
        failed = 0;
        said = works();
        left = -1;

        if (!failed) {
            break;
        }

        lied += said == -1;
        leaked += held > before;
        broken += said != 1 && works() != 1;
    }

    ok(n > 0 && broken == 0, "%s: %ld allocations fail, and it works again",
       name, n);

    if (!ok(lied == 0, "%s: what is given then is whole", name)) {
        diag("%d of %ld are not", lied, n);
    }

    if (!ok(leaked == 0, "%s: nothing is left behind", name)) {
        diag("%d of %ld", leaked, n);
    }
}


static int
key(void)
{
    int          rc;
    char         name[] = "/tmp/ordersave-keys-XXXXXX";
    FILE        *file;
    os_error_t   err = { "" };

    file = fdopen(mkstemp(name), "w");
    fputs("k1:0123456789abcdef0123456789abcdef\n", file);
    fclose(file);
    rc = os_keys_load(&keys, name, &err);
    (void) remove(name);

    return rc;
}


int
main(void)
{
    size_t      i;
    os_error_t  err = { "" };

    json_set_alloc_funcs(__libc_malloc, __libc_free);
    campaign = os_campaign_load("t/unit/reduce_campaign.json", "campaign",
                                &err);
    source = os_source_load("campaign/sources/woocommerce.json", &err);

    if (campaign == NULL || source == NULL || key() != 0) {
        diag("%s", err.text);
        return 1;
    }

    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        tries(pieces[i].name, pieces[i].works);
    }

    os_campaign_free(campaign);
    os_source_free(source);
    os_keys_free(&keys);

    return done();
}

#endif
