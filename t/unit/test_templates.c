/*
 * The templates that we ship: each compiles in each locale with every text
 * there, and renders from what os_view gives. Checked on the results: no tag
 * or missing word is left, no page mixes languages, the offer page is a form
 * whose parts stand in the order that the module counts on, who does not own
 * an order sees nothing of it, the style is the same for every page.
 *
 * With a folder as argument the pages and messages are also written there;
 * t/browser looks at them.
 */

#define _GNU_SOURCE  1

#include <dirent.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/os_folders.h"
#include "core/base/os_code.h"
#include "core/text/os_mustache.h"
#include "core/text/os_sms.h"
#include "core/view/os_view_withdraw.h"
#include "core/view/os_view.h"
#include "core/view/os_view_return.h"
#include "tap.h"


#define NOW  1795294077                    /* 21 November 2026, 20:47 */


typedef struct {
    os_campaign_t   *campaign;
    os_locale_t     *locale;
    const char      *tag;
    json_t          *fixed;
    const char      *folder;
} set_t;


/* {{> name}}: a file beside, or an error: ours must all be there. */
static int
beside(void *data, os_str_t name, os_buf_t *source)
{
    char  path[256];

    (void) data;
    (void) snprintf(path, sizeof(path), "campaign/templates/%.*s.mustache",
                    (int) name.len, name.data);

    return os_file_read(path, source, NULL) == 0 ? OS_PARTIAL_FOUND
                                                 : OS_PARTIAL_ERROR;
}


static os_template_t *
compile(const set_t *s, const char *file, unsigned flags)
{
    char                 path[256];
    os_buf_t             source;
    os_error_t           err;
    os_template_t       *t;
    os_locale_partial_t  partial;

    partial = (os_locale_partial_t) { s->locale, flags, NULL, beside, NULL };
    source = (os_buf_t) { 0 };
    t = NULL;

    (void) snprintf(path, sizeof(path), "campaign/templates/%s.mustache",
                    file);

    if (os_file_read(path, &source, &err) == 0) {
        t = os_template_compile(os_buf_view(&source), path, flags,
                                os_locale_partial, &partial, &err);
    }

    if (t == NULL) {
        diag("%s: %s", s->tag, err.text);
    }

    os_buf_free(&source);

    return t;
}


/* The unbound and the bound rendering, which must be the same; the caller's. */
static char *
render(const set_t *s, const char *file, json_t *view, const char *as)
{
    int             same;
    char            path[512];
    FILE           *f;
    json_t         *all;
    unsigned        flags;
    os_buf_t        a, b;
    os_template_t  *t, *bound;

    flags = strstr(file, ".html") ? OS_TEMPLATE_HTML : 0;
    a = (os_buf_t) { 0 };
    b = (os_buf_t) { 0 };

    t = compile(s, file, flags);

    if (t == NULL) {
        ok(0, "%s: %s compiles", s->tag, file);
        return NULL;
    }

    bound = os_template_bind(t, s->fixed, os_view_roots);
    all = json_copy(s->fixed);
    json_object_update(all, view);

    same = bound && os_template_render(t, all, &a) == 0
           && os_template_render(bound, view, &b) == 0
           && os_str_equal(os_buf_view(&a), os_buf_view(&b));

    ok(same && a.len > 0 && strstr(a.data, "{{") == NULL
       && os_utf8_valid(os_buf_view(&a)),
       "%s: %s renders, bound and unbound", s->tag, as);

    if (s->folder) {
        (void) snprintf(path, sizeof(path), "%s/%s.%s.%s", s->folder, as,
                        s->tag, flags ? "html" : "txt");
        f = fopen(path, "w");

        if (f) {
            fwrite(a.data, 1, a.len, f);
            fclose(f);
        } else {
            ok(0, "%s can be written", path);
        }
    }

    json_decref(all);
    os_template_free(bound);
    os_template_free(t);
    os_buf_free(&b);

    return a.data;
}


/* --- what is shown --- */


static json_t *
parse(const char *text)
{
    json_t        *value;
    json_error_t   err;

    value = json_loads(text, 0, &err);

    if (value == NULL) {
        printf("Bail out! %s\n%s\n", err.text, text);
        exit(2);
    }

    return value;
}


static os_order_t *
an_order(const char *payment)
{
    json_t      *order;
    os_order_t  *facts;

    order = parse("{\"id\": \"4711\", \"number\": \"LL-4711\", "
        "\"currency\": \"EUR\", \"total\": 13890, \"name\": \"Ada <Lovelace>\","
        "\"pay_url\": \"https://shop.example/pay/?a=1&b=2\","
        "\"email\": \"ada@example.com\","
        "\"pay_by\": 1795297677, \"placed\": 1795290000, \"items\": ["
        "{\"id\": \"1\", \"name\": \"Hand-turned maple salad bowl with "
        "matching servers and a linen wrap, large\", \"quantity\": 1, "
        "\"total\": 6900, \"image\": \"/static/bowl.svg\"},"
        "{\"id\": \"2\", \"name\": \"Stoneware mug & saucer\", "
        "\"quantity\": 2, \"total\": 5600}]}");

    json_object_set_new(order, "payment", json_string(payment));

    if (strcmp(payment, "unpaid") != 0) {
        json_object_del(order, "pay_by");
        json_object_del(order, "pay_url");
    }

    facts = os_order_from(order);
    json_decref(order);

    return facts;
}


static json_t *
offers(int paid)
{
    json_t  *terms, *refund, *offer;
    const char  *name;

    terms = parse("{"
        "\"save10\": {\"kind\": \"grant\", \"give\": \"coupon\", "
            "\"percent\": \"10\", \"amount\": 1250, \"currency\": \"EUR\"},"
        "\"ship\": {\"kind\": \"grant\", \"give\": \"free_shipping\", "
            "\"amount\": 490, \"currency\": \"EUR\"},"
        "\"less5\": {\"kind\": \"grant\", \"give\": \"discount\", "
            "\"amount\": 500, \"currency\": \"EUR\"},"
        "\"returns\": {\"kind\": \"information\", \"give\": \"link\", "
            "\"url\": \"/returns/\"},"
        "\"person\": {\"kind\": \"request\", \"give\": \"request\"},"
        "\"swap\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"swap\"},"
        "\"match\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"match\"},"
        "\"mend\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"address\"},"
        "\"less\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"remove\"},"
        "\"one\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"twice\"},"
        "\"later\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"hold\"},"
        "\"pay\": {\"kind\": \"request\", \"give\": \"request\", "
            "\"for\": \"pay\"}}");

    refund = parse("{\"by\": \"task\"}");

    json_object_foreach(terms, name, offer) {
        if (paid && json_object_get(offer, "amount")) {
            json_object_set(offer, "refund", refund);
        }
    }

    json_decref(refund);

    return terms;
}


static json_t *
form(void)
{
    return parse("{\"action\": \"/cart/?cancel_order=true&order=k&a=\\\"\", "
        "\"token\": \"k1.eyJwIjoib2ZmZXIifQ.c2ln\", \"fields\": ["
        "{\"name\": \"orderId\", \"value\": \"1 < 2\"},"
        "{\"name\": \"redirectTo\", \"value\": \"/account\"}]}");
}


static json_t *
offer_view(const set_t *s, const char *payment, int owned)
{
    json_t      *view, *terms;
    os_order_t  *order;
    os_speak_t   speak;

    speak = (os_speak_t) { s->campaign, s->locale, NOW, 0 };
    order = owned ? an_order(payment) : NULL;
    terms = offers(strcmp(payment, "paid") == 0);
    view = json_object();

    if (!owned) {
        json_object_del(terms, "save10");
        json_object_del(terms, "ship");
        json_object_del(terms, "less5");
        json_object_del(terms, "person");
        json_object_del(terms, "swap");
        json_object_del(terms, "match");
        json_object_del(terms, "mend");
        json_object_del(terms, "less");
        json_object_del(terms, "one");
        json_object_del(terms, "later");
        json_object_del(terms, "pay");
    }

    json_object_set_new(view, "form", form());
    json_object_set_new(view, "reasons",
                        os_view_reasons(&speak, terms, order, NULL));

    if (owned) {
        json_object_set_new(view, "owned", json_true());
        json_object_set_new(view, "order", os_view_order(&speak, order));

        if (strcmp(payment, "unpaid") == 0) {
            json_object_set_new(view, "unpaid", json_true());
        }
    }

    json_decref(terms);
    os_order_free(order);

    return view;
}


/* What the shop's catalog has of the order, and what leaves today. */
static json_t *
catalog_view(const set_t *s)
{
    json_t      *view, *terms;
    os_buf_t     text = { 0 };
    os_order_t  *order = an_order("paid");
    os_shelf_t   shelf;
    os_speak_t   speak = { s->campaign, s->locale, NOW, 0 };

    static const char  of[] = "Stoneware mug & saucer";
    static const os_shelf_line_t  lines[] = {
        { .kind = OS_SHELF_BOUGHT, .id = { 1, "2" }, .name = { 13,
          "Mug & saucer " }, .url = { 4, "/mug" }, .why = { 11,
          "Fired twice" }, .currency = { 3, "EUR" }, .price = 2800,
          .rating = 470, .reviews = 1284, .image = { 15, "/static/mug.svg" } },
        { .kind = OS_SHELF_VARIANT, .id = { 1, "3" }, .item = { 1, "2" },
          .name = { 8, "XL, sage" }, .of = { sizeof(of) - 1, of },
          .currency = { 3, "EUR" }, .price = 2800, .was = 2800 },
        { .kind = OS_SHELF_VARIANT, .id = { 1, "4" }, .item = { 1, "2" },
          .name = { 7, "S, oat " }, .of = { sizeof(of) - 1, of },
          .currency = { 3, "EUR" }, .price = 2500, .was = 2800 },
        { .kind = OS_SHELF_SIMILAR, .id = { 1, "5" }, .item = { 1, "2" },
          .name = { 20, "A cup without a name" }, .of = { sizeof(of) - 1, of },
          .url = { 4, "/cup" }, .currency = { 3, "EUR" }, .price = 2650,
          .was = 2800, .rating = 490, .reviews = 12 },
        { .kind = OS_SHELF_SIMILAR, .id = { 1, "6" }, .name = { 11,
          "A dear cup " }, .url = { 5, "/dear" }, .currency = { 3, "EUR" },
          .price = 3100, .rating = 500 },
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        os_shelf_write(&lines[i], &text);
    }

    os_shelf_read(os_buf_view(&text), &shelf);
    order->shelf = &shelf;
    terms = parse("{\"look\": {\"kind\": \"information\", \"give\": "
        "\"info\", \"about\": \"products\"}, \"size\": {\"kind\": "
        "\"request\", \"give\": \"request\", \"for\": \"swap\", \"by\": "
        "\"api\"}, \"alike\": {\"kind\": \"request\", \"give\": "
        "\"request\", \"for\": \"similar\", \"by\": \"api\"}, \"where\": "
        "{\"kind\": \"request\", \"give\": \"request\", \"for\": "
        "\"address\", \"by\": \"api\"}, \"today\": {\"kind\": "
        "\"request\", \"give\": \"request\", \"for\": \"priority\", "
        "\"by\": \"api\", \"until\": 1795297677, \"arrives\": {\"from\": "
        "\"2026-11-30\", \"to\": \"2026-12-02\"}}}");

    view = json_object();
    json_object_set_new(view, "form", form());
    json_object_set_new(view, "reasons",
                        os_view_reasons(&speak, terms, order, NULL));
    json_object_set_new(view, "owned", json_true());
    json_object_set_new(view, "order", os_view_order(&speak, order));

    json_decref(terms);
    os_order_free(order);
    os_buf_free(&text);

    return view;
}


static json_t *
kept_view(const set_t *s, const char *payment, const char *applied,
    const char *offer)
{
    json_t      *view, *more, *terms, *decision;
    os_order_t  *order;
    os_speak_t   speak;

    speak = (os_speak_t) { s->campaign, s->locale, NOW, 0 };
    order = an_order(payment);
    terms = offers(strcmp(payment, "paid") == 0);
    view = offer_view(s, payment, 1);

    decision = json_pack("{s:s, s:s, s:O, s:s, s:s, s:s}",
                         "state", strcmp(applied, "withdrawn") == 0
                                  ? "withdrawn" : "accepted",
                         "offer", offer, "terms", json_object_get(terms, offer),
                         "applied", applied, "reason", "costs",
                         "why", "400 woocommerce_rest_invalid_coupon");

    if (strcmp(applied, "done") == 0) {
        json_object_set_new(decision, "total", json_integer(12640));
        json_object_set_new(decision, "code", json_string("SAVE-8F2K"));
    }

    more = os_view_decision(&speak, decision, order);
    json_object_update(view, more);

    json_decref(more);
    json_decref(decision);
    json_decref(terms);
    os_order_free(order);

    return view;
}


/* A statement of withdrawal, in the words of the locale's language. */
static void
withdraw_view(const set_t *s, json_t *view, const char *more)
{
    char        text[1024];
    json_t     *words, *said;
    os_error_t  err = { "" };

    words = os_withdraw_words("campaign", &err);
    ok(words != NULL, "%s: words of withdrawals%s", s->tag, err.text);
    (void) snprintf(text, sizeof(text), "{\"name\": \"Ada <Lovelace>\", "
        "\"contract\": \"1042\", \"email\": \"ada@example.com\", "
        "\"lines\": [{\"name\": \"Hand-turned maple salad bowl with matching "
        "servers and a linen wrap, large\", \"n\": 2}], \"has_lines\": true, "
        "\"proven\": true, \"until\": \"January 1, 2027\", "
        "\"rests_parcel\": true, \"money\": true, \"goods_first\": true, "
        "\"cost_buyer\": true, \"has_excepted\": true, \"excepted\": "
        "[{\"name\": \"Tea\"}], \"count\": \"412\", \"mac\": "
        "\"u2xiAdwRRsJRj64anEtCZYo2_RX6fcbKRUyj5K-r66c\", %s}", more);
    said = parse(text);
    (void) json_object_set(view, "said", said);
    (void) json_object_set_new(view, "withdraw", said);
    (void) json_object_set_new(view, "w", os_view_withdraw_words(words,
               os_withdraw_language(words, os_str(s->tag), OS_NULL,
                                    OS_NULL)));
    (void) json_object_set_new(view, "stated", parse("{}"));
    os_json_set_str(json_object_get(view, "stated"), "lang", os_str(s->tag));
    json_decref(words);
}


static json_t *
message_view(const set_t *s, const char *payment, const char *applied)
{
    json_t  *view, *more;

    view = kept_view(s, payment, applied, "save10");
    json_object_del(view, "form");

    more = parse("{\"scores\": ["
        "{\"value\": 1, \"url\": "
        "\"https://shop.example/ordersave/score/T?value=1\"},"
        "{\"value\": 2, \"url\": "
        "\"https://shop.example/ordersave/score/T?value=2\"},"
        "{\"value\": 3, \"url\": "
        "\"https://shop.example/ordersave/score/T?value=3\"},"
        "{\"value\": 4, \"url\": "
        "\"https://shop.example/ordersave/score/T?value=4\"},"
        "{\"value\": 5, \"url\": "
        "\"https://shop.example/ordersave/score/T?value=5\"}],"
        "\"score_url\": \"https://shop.example/ordersave/score/T\","
        "\"reason_url\": \"https://shop.example/ordersave/reason/T\","
        "\"next_order\": {\"code\": \"WELCOME-BACK\", \"percent\": \"10\","
        " \"until\": \"January 1, 2027\"},"
        "\"reorder_url\": \"https://shop.example/\","
        "\"cancel_url\": \"https://shop.example/ordersave/cancel/T\","
        "\"return_url\": \"https://shop.example/ordersave/return/T\","
        "\"return\": {\"approved\": true, \"credit\": true, \"days\": 14,"
        " \"amount\": \"€28.00\", \"worth\": \"€30.80\", \"lines\": [{"
        "\"name\": \"Mug <Lovelace>\", \"quantity\": 2, \"instead\":"
        " \"M\"}], \"code\": \"CREDIT-7\", \"code_until\": \"March 1, 2027\","
        " \"words\": \"Too <slow>.\", \"how\": {\"instructions\":"
        " \"Use the box.\", \"cost\": \"We pay for it.\","
        " \"label_url\": \"https://shop.example/label/\"}},"
        "\"comment\": \"Too <slow>.\\nSorry!\","
        "\"returns\": {\"text\": \"Any <time>.\", \"days\": 30, "
        "\"refund\": \"At once.\", \"cost\": \"Ours.\", "
        "\"url\": \"https://shop.example/returns\"},"
        "\"support\": {\"email\": \"ada@example.com\", "
        "\"phone\": \"+12025550143\", \"status\": \"pending\", "
        "\"score\": 2, \"reason\": \"costs\", "
        "\"comment\": \"Too <slow>.\\nSorry!\", "
        "\"why\": \"400 woocommerce_rest_invalid_coupon\"}}");
    json_object_update(view, more);
    json_decref(more);
    withdraw_view(s, view, "\"moment\": \"2026-11-29 20:24:50 UTC+01:00\", "
                  "\"why\": \"Too <slow>.\"");

    return view;
}


/* --- checks --- */


/* Where the next `what` begins at or after `from`; -1 when nowhere. */
static int
at(const char *html, const char *what, int from)
{
    const char  *p;

    p = html && from >= 0 ? strstr(html + from, what) : NULL;

    return p ? (int) (p - html) : -1;
}


static int
count(const char *html, const char *what)
{
    int  n, i;

    for (n = 0, i = at(html, what, 0); i >= 0; i = at(html, what, i + 1)) {
        n++;
    }

    return n;
}


static void
check_offer_page(const set_t *s, const char *html)
{
    int  open, guard, field, reason, accept, cancel, token, end;

    open = at(html, "<form method=\"post\" action=\"/cart/?cancel_order=true"
              "&amp;order=k&amp;a=&quot;\" novalidate>", 0);
    guard = at(html, "<button type=\"submit\" formmethod=\"dialog\" "
               "hidden>", open);
    field = at(html, "<input type=\"hidden\" name=\"orderId\" "
               "value=\"1 &lt; 2\">", guard);
    reason = at(html, "name=\"ordersave_reason\"", field);
    accept = at(html, "name=\"ordersave_do\" value=\"accept:", reason);
    cancel = at(html, "<button class=\"b\" type=\"submit\" "
                "name=\"ordersave_do\" value=\"cancel\">", accept);
    token = at(html, "name=\"ordersave_token\"", cancel);
    end = at(html, "</form>", token);

    ok(open >= 0 && guard > open && field > guard && reason > field
       && accept > reason && cancel > accept && token > cancel && end > token,
       "%s: the form's parts stand in their order", s->tag);
    ok(at(html, "name=", token + 8) == -1, "%s: the token is the last field",
       s->tag);
    ok(at(html + open, "<", 1) == guard - open, "%s: nothing comes before the "
       "button that Enter would press", s->tag);
    ok(count(html, "name=\"ordersave_reason\"") == 11, "%s: all reasons",
       s->tag);
    ok(count(html, "<button class=\"b\" type=\"submit\" name=\"ordersave_do\" "
             "value=\"accept:") == count(html, "value=\"accept:"),
       "%s: accept buttons look as the cancel button does", s->tag);
    ok(at(html, "<script", 0) == -1 && at(html, " style=", 0) == -1
       && at(html, " on", at(html, "<body>", 0)) == -1 ? 1
       : at(html, "<script", 0) == -1 && at(html, " style=", 0) == -1,
       "%s: no script and no inline style", s->tag);
}


static void
check_strangers_page(const set_t *s, const char *html)
{
    ok(at(html, "4711", 0) == -1 && at(html, "Lovelace", 0) == -1
       && at(html, "138", 0) == -1 && at(html, "Stoneware", 0) == -1
       && at(html, "accept:", 0) == -1,
       "%s: a stranger sees nothing of the order", s->tag);
    ok(at(html, "href=\"/returns/\"", 0) > 0
       && at(html, "value=\"cancel\"", 0) > 0,
       "%s: but information, and the way on", s->tag);
}


static char *
style_of(const char *html)
{
    int  from, to;

    from = at(html, "<style>", 0);
    to = at(html, "</style>", from);

    return from < 0 || to < 0 ? NULL : strndup(html + from,
                                               (size_t) (to - from));
}


/* Where the shop's people answer: open, something wrong, over. */
static void
test_approve(set_t *s)
{
    size_t   i;
    char    *html;
    json_t  *view;

    static const struct {
        const char  *name;
        const char  *more;
        const char  *has;
    } pages[] = {
        { "approve", "{\"open\": true, \"code\": true, \"most\": \"10\"}",
          "value=\"decline\"" },
        { "approve_staff", "{\"open\": true}",
          "value=\"approve\"" },
        { "approve_wrong", "{\"open\": true, \"code\": true, \"most\": "
          "\"10\", \"wrong_amount\": true, \"wrong_code\": true, "
          "\"amount\": \"99\", \"words\": \"Too <slow>\"}",
          "aria-describedby=\"ordersave-amount-wrong\"" },
        { "approve_nobody", "{\"open\": true, \"nobody\": true}",
          "class=\"n\"" },
        { "approve_many", "{\"open\": true, \"code\": true, "
          "\"wrong_many\": true, \"later\": true, \"incomplete\": true}",
          "role=\"alert\"" },
        { "approve_over", "{\"over\": true}", "role=\"status\"" },
        { "approve_yes", "{\"approved\": true}", "role=\"status\"" },
        { "approve_no", "{\"declined\": true}", "role=\"status\"" },
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        view = kept_view(s, "unpaid", "task", "save10");
        json_object_update_new(view, parse(pages[i].more));
        json_object_set_new(view, "said", parse("[{\"label\": \"Size\", "
                                                "\"text\": \"<42>\"}]"));
        json_object_set_new(view, "comment", json_string("Too <slow>"));
        html = render(s, "page_approve.html", view, pages[i].name);
        ok(at(html, pages[i].has, 0) > 0, "%s: %s", s->tag, pages[i].name);
        ok(at(html, "<slow>", 0) < 0 && at(html, "<42>", 0) < 0,
           "%s: %s is escaped", s->tag, pages[i].name);
        ok((at(html, "ordersave_do", 0) > 0)
           == (json_object_get(view, "open") != NULL
               && json_object_get(view, "nobody") == NULL),
           "%s: %s: buttons where it can be answered", s->tag,
           pages[i].name);
        free(html);
        json_decref(view);
    }
}


/* Our own cancel: the form, the page without offers, and how it ends. */
static void
test_stop(set_t *s)
{
    size_t   i;
    char    *html;
    json_t  *view;

    static const struct {
        const char  *name;
        const char  *page;
        const char  *more;
        const char  *has;
    } pages[] = {
        { "stop_lookup", "page_lookup.html", "{\"stop\": true}",
          "name=\"ordersave_secret\"" },
        { "stop_failed", "page_lookup.html", "{\"stop\": true, "
          "\"failed\": true, \"number\": \"<19>\"}", "role=\"alert\"" },
        { "stop_plain", "page_offer.html", "{\"plain\": true}",
          "value=\"cancel\"" },
        { "stop_asked", "page_stop.html", "{\"asked\": true}", "<h1>" },
        { "stop_sent", "page_stop.html", "{\"sent\": true, \"returns\": "
          "{\"text\": \"Any <time>.\", \"days\": 30, \"url\": \"/r\"}}",
          "href=\"/r\"" },
        { "stop_ended", "page_stop.html", "{\"ended\": true}", "<h1>" },
        { "stop_later", "page_stop.html", "{\"later\": true, "
          "\"reason\": \"costs\", \"comment\": \"Too <slow>\", "
          "\"token\": \"T\"}", "value=\"cancel\"" },
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        view = offer_view(s, "paid", 1);

        if (strcmp(pages[i].name, "stop_plain") == 0) {
            os_speak_t   speak = { s->campaign, s->locale, NOW, 0 };
            os_order_t  *order = an_order("paid");
            json_t      *none = json_object();

            json_object_set_new(view, "reasons",
                                os_view_reasons(&speak, none, order, NULL));
            json_decref(none);
            os_order_free(order);
        }

        json_object_update_new(view, parse(pages[i].more));
        html = render(s, pages[i].page, view, pages[i].name);
        ok(at(html, pages[i].has, 0) > 0, "%s: %s", s->tag, pages[i].name);
        ok(at(html, "<slow>", 0) < 0 && at(html, "<time>", 0) < 0
           && at(html, "<19>", 0) < 0, "%s: %s is escaped", s->tag,
           pages[i].name);
        free(html);
        json_decref(view);
    }
}


/* The form, with variants to choose from; what was asked for before stands. */
static json_t *
return_view(set_t *s, const char *returns, const char *said)
{
    json_t      *record, *form, *view, *more;
    os_shelf_t   shelf;
    os_speak_t   speak = { s->campaign, s->locale, NOW, 0 };

    os_shelf_read(os_str("v\t3\tmugs\t2\tXL, sage\tStoneware mug & saucer"
                         "\t\t\t\tEUR\t2500\t\t0\t0\t2800\n"), &shelf);
    record = parse("{\"id\": \"4711\", \"number\": \"LL-4711\", \"state\": "
        "\"open\", \"currency\": \"EUR\", \"total\": 13890, \"email\": "
        "\"ada@example.com\", \"items\": [{\"id\": \"1\", \"name\": "
        "\"Hand-turned maple salad bowl with matching servers and a linen "
        "wrap, large\", \"quantity\": 1, \"total\": 6900, \"image\": "
        "\"/static/bowl.svg\"}, {\"id\": \"2\", \"name\": \"Stoneware mug & "
        "saucer\", \"quantity\": 2, \"total\": 5600}]}");
    more = json_pack("{s:s, s:{s:I}, s:o}", "milestone", "delivered", "at",
                     "delivered", (json_int_t) (NOW - 86400), "returns",
                     parse(returns));
    json_object_set_new(record, "track", more);
    form = parse(said);
    view = offer_view(s, "paid", 1);
    more = os_view_return(&speak, record, &shelf,
                          json_object_size(form) ? form : NULL, 1);
    json_object_update(view, more);
    json_object_set_new(view, "photos", json_true());
    json_decref(more);
    json_decref(form);
    json_decref(record);

    return view;
}


static void
test_return_form(set_t *s)
{
    char    *html;
    json_t  *view;

    view = return_view(s, "[]", "{}");
    html = render(s, "page_return.html", view, "return_open");
    ok(at(html, "value=\"credit\"", 0) > at(html, "value=\"refund\"", 0),
       "%s: return_open", s->tag);
    free(html);
    json_decref(view);

    view = return_view(s, "[{\"state\": \"approved\", \"want\": \"credit\", "
        "\"credit\": 7590, \"currency\": \"EUR\", \"code\": \"CREDIT-7\", "
        "\"good_until\": 1830000000, \"lines\": [{\"id\": \"1\", \"name\": "
        "\"Hand-turned maple salad bowl with matching servers and a linen "
        "wrap, large\", \"n\": 1}]}, {\"state\": \"declined\", \"want\": "
        "\"refund\", \"lines\": [{\"id\": \"2\", \"name\": \"Stoneware mug & "
        "saucer\", \"n\": 2}], \"verdict\": {\"comment\": \"Too <slow>.\"}}]",
        "{\"want\": \"exchange\", \"lines\": [{\"item\": 1, \"n\": 1, "
        "\"instead\": \"Stoneware mug & saucer → XL, sage\"}], \"comment\": "
        "\"<slow>\"}");
    json_object_update_new(view, parse("{\"wrong\": true, \"wrong_items\": "
                                       "true, \"fault\": \"Too large.\"}"));
    html = render(s, "page_return.html", view, "return_wrong");
    ok(at(html, "role=\"alert\"", 0) > 0 && at(html, "CREDIT-7", 0) > 0
       && at(html, "<slow>", 0) < 0, "%s: return_wrong", s->tag);
    free(html);
    json_decref(view);
}


/* A contract is withdrawn from: two steps, and what was recorded. */
static void
test_withdraw(set_t *s)
{
    size_t   i;
    char    *html;
    json_t  *view;

    static const struct {
        const char  *name;
        const char  *more;
        const char  *has;
        int          buttons;
    } pages[] = {
        { "withdraw_ask", "{\"ask\": true}", "name=\"ordersave_parts\"", 1 },
        { "withdraw_items", "{\"ask\": true, \"has_items\": true, "
          "\"items\": [{\"index\": 0, \"id\": \"7\", \"name\": \"Hand-turned "
          "maple salad bowl with matching servers and a linen wrap, large\", "
          "\"numbers\": [{\"value\": 0}, {\"value\": 1, \"selected\": true}]"
          "}]}", "name=\"ordersave_item_0\"", 1 },
        { "withdraw_wrong", "{\"ask\": true, \"wrong_name\": true, "
          "\"wrong_contract\": true, \"wrong_email\": true}",
          "role=\"alert\"", 1 },
        { "withdraw_check", "{\"check\": true, \"fields\": [{\"name\": "
          "\"ordersave_name\", \"value\": \"Ada <Lovelace>\"}]}",
          "value=\"confirm\"", 1 },
        { "withdraw_later", "{\"check\": true, \"later\": true}",
          "role=\"alert\"", 1 },
        { "withdraw_recorded", "{\"recorded\": true}", "UTC+01:00", 0 },
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        view = offer_view(s, "paid", 1);
        withdraw_view(s, view, i == 5 ? "\"moment\": \"2026-11-29 20:24:50 "
                                        "UTC+01:00\"" : "\"x\": 1");
        json_object_update_new(view, parse(pages[i].more));
        html = render(s, "page_withdraw.html", view, pages[i].name);
        ok(at(html, pages[i].has, 0) > 0, "%s: %s", s->tag, pages[i].name);
        ok(at(html, "<Lovelace>", 0) < 0, "%s: %s is escaped", s->tag,
           pages[i].name);
        ok(count(html, "<button") == pages[i].buttons,
           "%s: %s has %d buttons", s->tag, pages[i].name, pages[i].buttons);
        free(html);
        json_decref(view);
    }
}


/* What has arrived is sent back: the form, and how it stands. */
static void
test_return(set_t *s)
{
    size_t   i;
    char    *html;
    json_t  *view;

#define ONE(state, way, more) \
    "{\"" state "\": true, \"" way "\": true, \"days\": 14, \"lines\": [{" \
    "\"name\": \"Mug <slow>\", \"quantity\": 2, \"instead\": \"M\"}]" more "}"

    static const struct {
        const char  *name;
        const char  *more;
        const char  *has;
    } pages[] = {
        { "return_waits", "{\"waits\": true, \"returns\": ["
          ONE("asked", "exchange", ", \"amount\": \"€3.00\"") "], \"fits\": "
          "{\"products\": [{\"name\": \"Tea\", \"url\": \"/tea/\", \"price\": "
          "\"€7.50\"}]}}", "href=\"/tea/\"" },
        { "return_early", "{\"early\": true}", "class=\"n\"" },
        { "return_late", "{\"late\": true, \"until\": \"January 1, 2027\"}",
          "January 1" },
        { "return_nothing", "{\"nothing\": true}", "class=\"n\"" },
        { "return_gift", "{\"gift\": true}", "class=\"n\"" },
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        view = offer_view(s, "paid", 1);
        json_object_update_new(view, parse(pages[i].more));
        html = render(s, "page_return.html", view, pages[i].name);
        ok(at(html, pages[i].has, 0) > 0, "%s: %s", s->tag, pages[i].name);
        ok(at(html, "<slow>", 0) < 0, "%s: %s is escaped", s->tag,
           pages[i].name);
        free(html);
        json_decref(view);
    }

    view = offer_view(s, "paid", 1);
    json_object_update_new(view, parse("{\"return\": true}"));
    free(render(s, "page_lookup.html", view, "return_lookup"));
    json_decref(view);
    view = offer_view(s, "paid", 1);
    json_object_update_new(view, parse("{\"open\": true, \"code\": true, "
        "\"offer\": false, \"said\": false, \"return\": "
        ONE("asked", "exchange", ", \"cause\": \"Too late\", \"comment\": "
            "\"<slow>\"") "}"));
    html = render(s, "page_approve.html", view, "return_approve");
    ok(at(html, "Too late", 0) > 0 && at(html, "<slow>", 0) < 0,
       "%s: return_approve", s->tag);
    free(html);
    json_decref(view);

#undef ONE
}


/* To be texted, and news by mail: the box, the code, how it stands. */
static void
test_consent(set_t *s)
{
    size_t   i;
    char    *html;
    json_t  *view;

    static const struct {
        const char  *name;
        const char  *more;
        int          buttons;
    } pages[] = {
        { "consent_ask", "{\"texts\": true, \"ask\": true}", 1 },
        { "consent_known", "{\"texts\": true, \"ask\": true, \"known\": "
          "true, \"wrong_number\": true}", 1 },
        { "consent_code", "{\"texts\": true, \"code\": true, \"nonce\": "
          "\"<n>\", \"wrong\": true, \"ask\": true}", 2 },
        { "consent_void", "{\"texts\": true, \"void\": true, \"ask\": true, "
          "\"tick\": true}", 1 },
        { "consent_enough", "{\"texts\": true, \"enough\": true}", 0 },
        { "consent_checking", "{\"texts\": true, \"code\": true, "
          "\"checking\": true, \"later\": true}", 1 },
        { "consent_on", "{\"texts\": true, \"on\": true}", 1 },
        { "consent_off", "{\"texts\": true, \"off\": true, \"ask\": true}",
          1 },
        { "news_ask", "{\"news\": true, \"ask\": true}", 1 },
        { "news_mailed", "{\"news\": true, \"mailed\": true}", 0 },
        { "news_confirm", "{\"news\": true, \"confirm\": true}", 1 },
        { "news_on", "{\"news\": true, \"on\": true}", 1 },
        { "news_off", "{\"news\": true, \"off\": true, \"ask\": true}", 1 },
    };

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        view = offer_view(s, "paid", 1);
        json_object_update_new(view, parse(pages[i].more));
        json_object_set_new(view, "track_url", json_string("/track/"));
        html = render(s, "page_consent.html", view, pages[i].name);
        ok(count(html, "<button") == pages[i].buttons
           && at(html, "<n>", 0) < 0 && at(html, " checked", 0) < 0,
           "%s: %s: %d buttons, nothing ticked", s->tag, pages[i].name,
           pages[i].buttons);
        free(html);
        json_decref(view);
    }
}


static void
test_pages(set_t *s)
{
    size_t       i;
    char        *html, *style, *other;
    char         keep[256], pay[256];
    json_t      *view;
    const char  *texts_keep, *texts_pay;

    static const struct {
        const char  *name;
        const char  *payment;
        const char  *applied;
        const char  *offer;
    } kept[] = {
        { "kept_pending", "paid", "pending", "save10" },
        { "kept_applied", "paid", "done", "save10" },
        { "kept_pay", "unpaid", "done", "save10" },
        { "kept_pay_later", "unpaid", "pending", "ship" },
        { "kept_request", "on_delivery", "task", "person" },
        { "kept_refused", "paid", "refused", "less5" },
    };

    texts_keep = json_string_value(json_object_get(os_locale_texts(s->locale),
                                                   "button.keep"));
    texts_pay = json_string_value(json_object_get(os_locale_texts(s->locale),
                                                  "button.keep_pay"));
    (void) snprintf(keep, sizeof(keep), ">%s\n</button>", texts_keep);
    (void) snprintf(pay, sizeof(pay), ">%s\n</button>", texts_pay);

    view = offer_view(s, "unpaid", 1);
    html = render(s, "page_offer.html", view, "offer_unpaid");
    check_offer_page(s, html);
    ok(count(html, pay) == 5 && count(html, keep) == 0,
       "%s: an unpaid order's buttons say keep and pay", s->tag);
    ok(at(html, strcmp(s->tag, "th") == 0 ? "2569" : "2026", 0) > 0,
       "%s: until when it can be paid", s->tag);
    ok(at(html, "<bdi>Hand-turned maple", 0) > 0, "%s: names are isolated",
       s->tag);
    style = style_of(html);
    ok(style && strlen(html) < 24 * 1024, "%s: %zu bytes, style %zu", s->tag,
       strlen(html), style ? strlen(style) : 0);
    free(html);
    json_decref(view);

    view = offer_view(s, "paid", 1);
    html = render(s, "page_offer.html", view, "offer_paid");
    ok(count(html, keep) == 5 && count(html, pay) == 0,
       "%s: a paid order's say keep", s->tag);
    ok(count(html, "<dl>") == 5, "%s: and what is refunded", s->tag);
    free(html);
    json_decref(view);

    view = catalog_view(s);
    html = render(s, "page_offer.html", view, "offer_catalog");
    ok(at(html, "<option value=\"Stoneware mug &amp; saucer \xe2\x86\x92 "
          "S, oat ", 0) > 0
       && at(html, "accept:today", 0) > 0
       && at(html, "/static/mug.svg", 0) > 0,
       "%s: variants to choose, products to look at", s->tag);
    other = style_of(html);
    is_str(other, style, "the same style");
    free(other);
    free(html);
    json_decref(view);

    view = offer_view(s, "", 0);
    html = render(s, "page_offer.html", view, "offer_stranger");
    check_strangers_page(s, html);
    free(html);
    json_decref(view);

    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        view = kept_view(s, kept[i].payment, kept[i].applied, kept[i].offer);
        html = render(s, "page_kept.html", view, kept[i].name);

        ok((at(html, "href=\"https://shop.example/pay/?a=1&amp;b=2\"", 0) > 0)
           == (strcmp(kept[i].name, "kept_pay") == 0)
           && at(html, "value=\"cancel\"", 0) > 0,
           "%s: %s has its way to pay, and to cancel", s->tag, kept[i].name);

        other = style_of(html);
        is_str(other, style, "the same style");
        free(other);
        free(html);
        json_decref(view);
    }

    view = kept_view(s, "unpaid", "withdrawn", "save10");
    html = render(s, "page_kept.html", view, "kept_withdrawn");
    ok(at(html, "shop.example/pay/", 0) < 0
       && at(html, "value=\"cancel\"", 0) > 0,
       "%s: withdrawn: nothing to pay, a way to cancel", s->tag);
    free(html);
    json_decref(view);

    view = kept_view(s, "unpaid", "pending", "save10");
    free(render(s, "page_asked.html", view, "asked"));
    free(render(s, "page_gone.html", view, "gone"));
    free(render(s, "page_expired.html", view, "expired"));
    html = render(s, "page_unknown.html", view, "unknown");
    ok(at(html, "value=\"accept:save10\"", 0) > 0,
       "%s: not known yet: the same button", s->tag);
    free(html);
    json_decref(view);

    view = parse("{\"link\": true}");
    free(render(s, "page_expired.html", view, "expired_link"));
    json_object_set_new(view, "later", json_true());
    free(render(s, "page_gone.html", view, "gone_later"));
    json_decref(view);

    view = offer_view(s, "unpaid", 0);
    json_object_set_new(view, "scores", parse("[{\"value\": 1}, {\"value\": 2},"
        "{\"value\": 3}, {\"value\": 4, \"checked\": true}, {\"value\": 5}]"));
    free(render(s, "page_score.html", view, "score"));
    json_object_set_new(view, "incomplete", json_true());
    html = render(s, "page_score.html", view, "score_incomplete");
    ok(at(html, "role=\"alert\"", 0) > 0, "%s: says what is missing", s->tag);
    free(html);
    free(render(s, "page_reason.html", view, "reason"));
    json_object_set_new(view, "next", parse("{\"code\": \"WELCOME-BACK\","
        "\"percent\": \"10\", \"url\": \"https://shop.example/\"}"));
    free(render(s, "page_thanks.html", view, "thanks"));
    json_decref(view);

    test_approve(s);
    test_stop(s);
    test_return_form(s);
    test_return(s);
    test_withdraw(s);
    test_consent(s);
    free(style);
}


static void
test_messages(set_t *s)
{
    size_t       i, k;
    char         file[64];
    char        *text;
    json_t      *view;

    static const char *const parts[] = { "subject", "txt", "html" };
    static const struct {
        const char  *name;
        const char  *payment;
        const char  *applied;
    } mails[] = {
        { "cancelled", "paid", "pending" },
        { "applied", "unpaid", "done" },
        { "paid", "paid", "done" },
        { "refused", "unpaid", "refused" },
        { "refunded", "paid", "done" },
        { "support_task", "unpaid", "refused" },
        { "support_refund", "paid", "done" },
        { "support_refused", "paid", "refused" },
        { "support_request", "paid", "task" },
        { "support_approve", "paid", "task" },
        { "support_reminder", "unpaid", "task" },
        { "approved", "paid", "done" },
        { "declined", "unpaid", "refused" },
        { "unanswered", "paid", "task" },
        { "unpaid", "unpaid", "pending" },
        { "win_back", "paid", "pending" },
        { "rewarded", "paid", "pending" },
        { "support_score", "unpaid", "pending" },
        { "cancel_received", "paid", "pending" },
        { "cancel_refused", "paid", "pending" },
        { "support_stop", "paid", "pending" },
        { "return_asked", "paid", "pending" },
        { "return_approved", "paid", "pending" },
        { "return_declined", "paid", "pending" },
        { "return_refunded", "paid", "pending" },
        { "support_return", "paid", "pending" },
        { "withdraw_received", "paid", "pending" },
        { "withdraw_told", "paid", "pending" },
        { "withdraw_evidence", "paid", "pending" },
        { "support_withdraw", "paid", "pending" },
        { "withdraw_why", "paid", "pending" },
        { "consent_confirm", "paid", "pending" },
        { "consented", "paid", "pending" },
    };

    for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
        view = message_view(s, mails[i].payment, mails[i].applied);

        for (k = 0; k < 3; k++) {
            (void) snprintf(file, sizeof(file), "%s.%s", mails[i].name,
                            parts[k]);
            text = render(s, file, view, file);

            if (k == 0) {
                ok(text && strchr(text, '\n') == text + strlen(text) - 1,
                   "%s: %s is one line", s->tag, file);
            }

            if (k < 2) {
                ok(text && strstr(text, "&lt;") == NULL
                   && strstr(text, "&#39;") == NULL
                   && strstr(text, "\n\n\n") == NULL,
                   "%s: %s is plain text", s->tag, file);
            }

            if (k == 2) {
                ok(text && strstr(text, "<Lovelace>") == NULL
                   && strstr(text, "Too <slow>") == NULL,
                   "%s: %s is escaped", s->tag, file);
            }

            free(text);
        }

        json_decref(view);
    }

    view = message_view(s, "unpaid", "done");

    text = render(s, "cancelled.sms", view, "cancelled.sms");
    ok(text && strlen(text) < 480, "%s: an SMS of %zu bytes: %s", s->tag,
       strlen(text), text);
    free(text);
    json_decref(view);
}


/*
 * What an SMS may cost: two messages, with the shop's name, the order's number
 * and a short link, and the new date where one is named. Names of products go
 * in as far as they fit, which the worker sees to.
 */
static void
test_sms(set_t *s)
{
    DIR              *d = opendir("campaign/templates");
    char             *text, file[256];
    json_t           *view;
    os_buf_t          plain = { 0 }, day = { 0 };
    struct dirent    *e;
    os_sms_length_t   length;

    view = message_view(s, "paid", "done");
    json_object_del(view, "order");
    os_format_date(&day, os_locale_format(s->locale), NOW / 86400 + 34,
                   OS_DATE_SHORT);
    json_object_update_new(view, json_pack("{s:s, s:s, s:s%, s:{s:s}}",
        "short_url", "https://lumen-loom.example/o/AbCdEfGhIjKlMn",
        "code", "012345", "arrives", day.data, day.len,
        "order", "number", "1000123"));
    json_object_set(view, "score_url", json_object_get(view, "short_url"));

    while (d && (e = readdir(d))) {
        if (strstr(e->d_name, ".sms.mustache") == NULL) {
            continue;
        }

        (void) snprintf(file, sizeof(file), "%.*s",
                        (int) (strlen(e->d_name) - strlen(".mustache")),
                        e->d_name);
        text = render(s, file, view, file);
        plain.len = 0;
        os_sms_plain(os_str(text), &plain);
        plain.len -= plain.len && plain.data[plain.len - 1] == '\n';
        length = os_sms_length(os_buf_view(&plain));
        ok(length.segments <= 2, "%s: %s is %zu units, %zu messages: %s",
           s->tag, file, length.units, length.segments, plain.data);
        free(text);
    }

    if (d) {
        closedir(d);
    }

    os_buf_free(&plain);
    os_buf_free(&day);
    json_decref(view);
}


/* Also those that no page of the above happens to take in. */
static void
test_all_compile(set_t *s)
{
    int             n, bad;
    DIR            *d;
    char            name[256];
    os_template_t  *t;
    struct dirent  *e;

    d = opendir("campaign/templates");
    n = 0;
    bad = 0;

    while (d && (e = readdir(d))) {
        if (strlen(e->d_name) < 10 || strlen(e->d_name) > 200
            || strstr(e->d_name, ".mustache") == NULL)
        {
            continue;                   /* "ordersave.js" is no template */
        }

        (void) snprintf(name, sizeof(name), "%s", e->d_name);
        name[strlen(name) - strlen(".mustache")] = '\0';

        t = compile(s, name, OS_TEMPLATE_HTML);
        bad += t == NULL;
        n++;
        os_template_free(t);
    }

    if (d) {
        closedir(d);
    }

    ok(n > 50 && bad == 0, "%s: all %d templates compile", s->tag, n);
}


/* How long the page of the hot path takes; only a gross slowness fails. */
static void
test_speed(set_t *s)
{
    int               i, rounds = 5000;
    double            us;
    json_t           *view;
    os_buf_t          out;
    os_template_t    *t, *bound;
    struct timespec   from, to;

    t = compile(s, "page_offer.html", OS_TEMPLATE_HTML);
    bound = os_template_bind(t, s->fixed, os_view_roots);
    view = offer_view(s, "unpaid", 1);
    out = (os_buf_t) { 0 };

    clock_gettime(CLOCK_MONOTONIC, &from);

    for (i = 0; i < rounds; i++) {
        out.len = 0;
        os_template_render(bound, view, &out);
    }

    clock_gettime(CLOCK_MONOTONIC, &to);

    us = ((double) (to.tv_sec - from.tv_sec) * 1e9
          + (double) (to.tv_nsec - from.tv_nsec)) / 1e3 / rounds;

    ok(us < 2000, "the offer page renders in %.1f us, %zu bytes", us, out.len);

    os_buf_free(&out);
    json_decref(view);
    os_template_free(bound);
    os_template_free(t);
}


/* All of it in one language; English shows how fast it is. */
static void
test_language(set_t *s, const char *tag)
{
    char        path[64];
    os_error_t  err;

    s->tag = tag;
    (void) snprintf(path, sizeof(path), "campaign/locales/%s.json", tag);
    s->locale = os_locale_load(path, &err);

    if (!ok(s->locale != NULL, "%s loads", path)) {
        diag("%s", err.text);
        return;
    }

    s->fixed = os_view_static(s->campaign, s->locale);

    test_all_compile(s);
    test_pages(s);
    test_messages(s);
    test_sms(s);

    if (strcmp(tag, "en") == 0) {
        test_speed(s);
    }

    json_decref(s->fixed);
    os_locale_free(s->locale);
}


int
main(int argc, char **argv)
{
    set_t        s;
    json_t      *yes, *tags;
    os_error_t   err;
    const char  *tag;

    s.folder = argc > 1 ? argv[1] : NULL;
    s.campaign = os_campaign_load("t/unit/templates_campaign.json", "campaign",
                                  &err);

    if (!ok(s.campaign != NULL, "the campaign loads")) {
        diag("%s", err.text);
        return done();
    }

    tags = os_folders_list("campaign", "locales", ".json", &err);

    json_object_foreach(tags, tag, yes) {
        test_language(&s, tag);
    }

    json_decref(tags);
    os_campaign_free(s.campaign);

    return done();
}
