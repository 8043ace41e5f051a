/*
 * osw_ctl_page: see osw_ctl_page.h.
 *
 * The view has what any page is given, all at once: one page takes no notice
 * of what is another's. Blocks may be the shop's own, in templates/ beside the
 * campaign, as in the module.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_folders.h"
#include "core/text/os_mustache.h"
#include "core/view/os_panel.h"
#include "core/view/os_policy.h"
#include "core/order/os_rules.h"
#include "core/order/os_stop.h"
#include "core/view/os_view_return.h"
#include "core/view/os_view_stop.h"
#include "core/view/os_view_track.h"
#include "core/view/os_view_withdraw.h"
#include "worker/ctl/osw_ctl_page.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_names.h"




typedef struct {
    osw_ctl_t    *ctl;
    osw_store_t  *store;
    os_locale_t  *locale;
    char          name[160];    /* of the template, as "page_offer.html" */
} osw_page_t;


/* The terms of all offers that may be shown, as the module's page has them. */
static json_t *
osw_page_offers(const osw_store_t *store, const os_order_t *order,
    int64_t now)
{
    size_t             i;
    char               id[64];
    json_t            *offers;
    const os_offer_t  *offer;

    offers = json_object();

    for (i = 0; i < store->campaign->noffers; i++) {
        offer = &store->campaign->offers[i];
        snprintf(id, sizeof(id), "%.*s", (int) offer->id.len, offer->id.data);
        (void) json_object_set_new(offers, id,
                                   os_rules_terms(store->campaign, offer,
                                                  order, now));
    }

    return offers;
}


/* What is known of a product; the sample's is made up. */
static void
osw_page_product(const osw_page_t *p, os_str_t id, json_t *products)
{
    json_t    *product;
    unsigned   shard;

    if (os_str_equal(id, OS_STR(OSW_SAMPLE_FITS))) {
        product = json_pack("{s:s, s:s, s:s, s:i, s:s}", "id", OSW_SAMPLE_FITS,
                            "name", "A saucer to go with it", "url",
                            "/products/saucer", "price", 1200, "currency",
                            "EUR");

    } else {
        shard = os_space_shard(&p->ctl->w.config->space, p->store->name, id,
                               OS_NULL);
        product = osw_ctl_json(p->ctl, shard, "product", p->store->name, id);
    }

    if (product != NULL) {
        (void) json_object_setn_new(products, id.data, id.len, product);
    }
}


static json_t *
osw_page_products(const osw_page_t *p, const json_t *order)
{
    size_t   i;
    json_t  *products, *id;

    products = json_object();

    json_array_foreach(os_json_pointer(order, OS_STR("/track/fits")), i, id) {
        osw_page_product(p, os_str(json_string_value(id)), products);
    }

    return products;
}


/* What is asked in forms: scores, stars, products, answers. */
static void
osw_page_forms(const os_speak_t *s, const json_t *order, json_t *view)
{
    int       i;
    size_t    n;
    json_t   *scores, *products, *item;

    scores = json_array();
    products = json_array();

    for (i = 1; i <= 5; i++) {
        (void) json_array_append_new(scores, json_pack("{s:i}", "value", i));
    }

    json_array_foreach(json_object_get(order, "items"), n, item) {
        (void) json_array_append_new(products, json_pack("{s:O?, s:O?}", "id",
                                         json_object_get(item, "id"), "name",
                                         json_object_get(item, "name")));
    }

    (void) json_object_set_new(view, "form",
                               json_pack("{s:s, s:s, s:[]}", "action", "#",
                                         "token", "sample", "fields"));
    (void) json_object_set(view, "stars", scores);
    (void) json_object_set_new(view, "scores", scores);
    (void) json_object_set_new(view, "several",
                               json_boolean(json_array_size(products) > 1));
    (void) json_object_set_new(view, "products", products);
    (void) json_object_set_new(view, "answers",
                               os_panel_answers(s, order));
    (void) json_object_set_new(view, "asks", json_true());
}


/* What the panel is given; a page of the order's keeps its own `order`. */
static void
osw_page_panel(const osw_page_t *p, const os_speak_t *s, const json_t *order,
    json_t *view)
{
    json_t      *panel, *products;
    os_claim_t   claim;

    claim = (os_claim_t) { .proof = os_json_str(order, "proof") };
    products = osw_page_products(p, order);
    panel = strncmp(p->name, "panel_wait", 10) == 0
            ? os_panel_wait(s, &p->ctl->w.config->keys,
                            os_json_str(order, "id"), &claim)
            : os_panel_view(s, &p->ctl->w.config->keys, order, products,
                            OS_EYES_OWNER, OS_STR("sample"));

    if (strncmp(p->name, "page_", 5) == 0
        && strcmp(p->name, "page_track.html") != 0)
    {
        (void) json_object_del(panel, "order");
    }

    (void) json_object_update(view, panel);
    json_decref(panel);
    json_decref(products);
}


/* How it stands with a cancel on our own page, and the way to it. */
static void
osw_page_stop(const osw_page_t *p, const os_speak_t *s, const json_t *record,
    json_t *view)
{
    json_t     *more = NULL;
    os_stop_t   stop = os_stop(record);

    if (strcmp(p->name, "page_stop.html") == 0) {
        stop = stop == OS_STOP_OPEN ? OS_STOP_ASKED : stop;
        more = os_view_stop(s, record, os_stop_word(stop));

    } else if (strcmp(p->name, "block_cancel.html") == 0) {
        more = os_panel_stop(s, &p->ctl->w.config->keys, OS_NULL, record,
                             OS_EYES_OWNER, NULL);
    }

    (void) json_object_update(view, more);
    json_decref(more);
}


/* What could be sent back of it. */
static void
osw_page_return(const os_speak_t *s, const osw_page_t *p,
    const json_t *record, json_t *view)
{
    json_t  *more = NULL;

    if (strcmp(p->name, "page_return.html") == 0) {
        more = os_view_return(s, record, NULL, NULL, 1);
    }

    (void) json_object_update(view, more);
    json_decref(more);
}


static json_t *
osw_page_assets(const osw_store_t *store)
{
    size_t     len;
    json_t    *assets;
    os_buf_t   url;

    url = (os_buf_t) { 0 };
    assets = json_object();
    os_buf_str(&url, store->campaign->api_path);
    len = url.len;
    os_buf_text(&url, "panel.css");
    os_json_set_str(assets, "css", os_buf_view(&url));
    url.len = len;
    os_buf_text(&url, "panel.js");
    os_json_set_str(assets, "js", os_buf_view(&url));
    os_buf_free(&url);

    return assets;
}


/* The form of a withdrawal, filled in; and the link that leads to it. */
static void
osw_page_withdraw(const osw_page_t *p, const json_t *record, json_t *view)
{
    json_t      *words, *said;
    os_str_t     tag = os_locale_tag(p->locale);
    os_error_t   err;
    const char  *lang;

    words = os_withdraw_words(p->store->campaign->folders, &err);

    if (words == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return;
    }

    lang = os_withdraw_language(words, tag, OS_NULL,
                                p->store->campaign->locales[0]);
    said = json_object();
    os_json_set_str(said, "name", os_json_str(record, "name"));
    os_json_set_str(said, "contract", os_json_str(record, "number").len
                                      ? os_json_str(record, "number")
                                      : os_json_str(record, "id"));
    os_json_set_str(said, "email", os_json_str(record, "email"));
    (void) json_object_set_new(view, "w",
                               os_view_withdraw_words(words, lang));
    os_json_set_str(view, "label",
                    os_json_str(json_object_get(view, "w"), "link"));
    os_json_set_str(view, "lang", os_str(lang));
    os_json_set_str(view, "url", OS_STR("/ordersave/withdraw"));
    (void) json_object_set_new(view, "said", said);
    (void) json_object_set_new(view, "ask", json_true());
    json_decref(words);
}


static json_t *
osw_page_view(const osw_page_t *p, const json_t *record,
    const json_t *decision)
{
    json_t      *view, *offers, *more;
    os_order_t  *order;
    os_speak_t   speak;

    speak = (os_speak_t) { .campaign = p->store->campaign, .locale = p->locale,
                           .now = osw_now_ms(&p->ctl->w) / 1000 };
    order = os_order_from(record);
    view = os_view_static(p->store->campaign, p->locale);
    offers = osw_page_offers(p->store, order, speak.now);
    (void) json_object_set_new(view, "assets", osw_page_assets(p->store));
    (void) json_object_set_new(view, "policy", os_policy_view(&speak));
    (void) json_object_set_new(view, "order", os_view_order(&speak, order));
    (void) json_object_set_new(view, "reasons",
                               os_view_reasons(&speak, offers, order, NULL));
    json_decref(offers);

    if (json_object_get(decision, "terms")) {
        more = os_view_decision(&speak, decision, order);
        (void) json_object_update(view, more);
        json_decref(more);
    }

    (void) json_object_set_new(view, "owned", json_true());
    osw_page_forms(&speak, record, view);
    osw_page_panel(p, &speak, record, view);
    osw_page_stop(p, &speak, record, view);
    osw_page_return(&speak, p, record, view);
    if (strstr(p->name, "withdraw")) {
        osw_page_withdraw(p, record, view);
    }

    os_order_free(order);

    return view;
}


/* "offer" is page_offer.html, "returns" block_returns.html, "panel" itself. */
static int
osw_page_find(osw_page_t *p, const char *name, os_buf_t *path)
{
    size_t  i;

    static const char *const  begins[] = { "page_", "", "block_" };

    /* those of the console are given what it knows */
    if (strchr(name, '/') || strlen(name) > 100
        || strncmp(name, "console_", 8) == 0)
    {
        return -1;
    }

    for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        snprintf(p->name, sizeof(p->name), "%s%s.html", begins[i], name);

        path->len = 0;

        if (osw_message_file(p->store->campaign->folders, os_str(p->name),
                             path) == 0)
        {
            return 0;
        }
    }

    return -1;
}


/* Which there are, of all kinds. */
static int
osw_page_unknown(const osw_page_t *p, const char *name)
{
    size_t     i;
    json_t    *one, *names = osw_names(p->store);
    os_buf_t   text = { 0 };

    json_array_foreach(names, i, one) {
        os_buf_printf(&text, "%s%s", i ? ", " : "", json_string_value(one));
    }

    (void) osw_ctl_wrong(p->ctl, "there is no message or page %s; expected one "
                         "of %s", name, text.len ? text.data : "none");
    os_buf_free(&text);
    json_decref(names);

    return OSW_CTL_USAGE;
}


static int
osw_page_make(osw_page_t *p, const char *path, const json_t *order,
    const json_t *decision, os_buf_t *out)
{
    int                  rc;
    json_t              *view;
    os_buf_t             source;
    os_error_t           err;
    os_template_t       *t;
    os_locale_partial_t  partial;

    t = NULL;
    source = (os_buf_t) { 0 };
    partial = (os_locale_partial_t) { .locale = p->locale,
                                      .flags = OS_TEMPLATE_HTML,
                                      .next = osw_message_partial,
                                      .data = p->store->campaign->folders };

    if (os_file_read(path, &source, &err) == 0) {
        t = os_template_compile(os_buf_view(&source), path, OS_TEMPLATE_HTML,
                                os_locale_partial, &partial, &err);
    }

    os_buf_free(&source);

    if (t == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    view = osw_page_view(p, order, decision);
    rc = os_template_render(t, view, out);
    json_decref(view);
    os_template_free(t);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


int
osw_render_page(osw_ctl_t *ctl, osw_store_t *store, const char *name,
    const json_t *order, const json_t *decision, os_buf_t *out)
{
    int          rc;
    os_str_t     tag;
    os_buf_t     path;
    os_error_t   err;
    osw_page_t   page;

    path = (os_buf_t) { 0 };
    page = (osw_page_t) { .ctl = ctl, .store = store };

    if (osw_page_find(&page, name, &path) != 0) {
        rc = osw_page_unknown(&page, name);
        os_buf_free(&path);
        return rc;
    }

    tag = os_campaign_locale(store->campaign, os_str(ctl->locale),
                             os_json_str(order, "locale"), OS_NULL,
                             os_json_str(order, "country"));
    page.locale = osw_message_locale(&ctl->w, store, tag, &err);

    if (page.locale == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        rc = OSW_CTL_FINDING;

    } else {
        rc = osw_page_make(&page, path.data, order, decision, out);
    }

    os_buf_free(&path);

    return rc;
}
