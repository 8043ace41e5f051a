/*
 * os_campaign: reading and checking a campaign. See os_campaign.h.
 *
 * The schema says what is well-formed, os_campaign_check() what texts must be;
 * what is left (names that must exist, ids that must differ) is checked here,
 * with the same positions.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_code.h"
#include "core/base/os_folders.h"
#include "core/base/os_hash.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/campaign/os_campaign.h"
#include "core/campaign/os_campaign_check.h"
#include "core/campaign/os_pack.h"
#include "core/campaign/os_request.h"


#define OS_VALID  86400         /* a token's life unless set */


static const char *const  os_reasons[] = {
    "changed_mind", "costs", "delivery_time", "return_policy", "payment",
    "account", "better_price", "mistake", "address", "twice", "other"
};


/* The text of the file, to tell where a value stands in it. */
typedef struct {
    const char   *path;
    os_str_t      text;
    os_error_t   *err;
} os_source_text_t;


static int
os_campaign_fail(const os_source_text_t *at, const char *where,
    const char *expected)
{
    return os_json_fault(at->path, at->text, os_str(where), expected, at->err);
}


/* By the schema, then by what that cannot say. */
static int
os_campaign_sound(const os_source_text_t *at, const json_t *json,
    const char *share)
{
    int         rc;
    json_t     *schema;
    os_buf_t    path = { 0 }, where = { 0 };
    os_error_t  why;

    (void) os_folders_find(share, &path, "campaign.schema.json");
    schema = os_json_file(path.data, at->err);

    if (schema == NULL) {
        os_buf_free(&path);
        return -1;
    }

    rc = os_json_check(json, schema, &where, &why) == 0
         && os_campaign_check(json, &where, &why) == 0 ? 0
         : os_json_fault(at->path, at->text, os_buf_view(&where), why.text,
                         at->err);

    json_decref(schema);
    os_buf_free(&path);
    os_buf_free(&where);
    return rc;
}


/* The map of what the store's API answers. */
static int
os_campaign_source(const os_source_text_t *at, const json_t *json,
    const char *folders)
{
    int          rc = 0;
    os_buf_t     file = { 0 }, path = { 0 };
    const char  *name;

    name = json_string_value(json_object_get(json_object_get(json, "api"),
                                             "source"));

    if (name == NULL) {
        return 0;
    }

    os_buf_printf(&file, "sources/%s.json", name);

    if (os_folders_find(folders, &path, file.data) == -1 || strchr(name, '/')
        || access(path.data, R_OK) != 0)
    {
        os_buf_text(&path, " cannot be read: expected the name of a source");
        rc = os_campaign_fail(at, "/api/source", path.data);
    }

    os_buf_free(&file);
    os_buf_free(&path);
    return rc;
}


static int
os_campaign_list(const json_t *array, os_str_t **list, size_t *n)
{
    size_t   i;
    json_t  *item;

    *n = json_array_size(array);
    *list = calloc(*n + 1, sizeof(os_str_t));

    if (*list == NULL) {
        return -1;
    }

    json_array_foreach(array, i, item) {
        (*list)[i] = (os_str_t) { json_string_length(item),
                                  json_string_value(item) };
    }

    return 0;
}


static int
os_campaign_reasons(os_campaign_t *c, const os_source_text_t *at)
{
    json_t  *list;

    list = json_object_get(c->json, "reasons");

    if (list != NULL) {
        if (os_campaign_list(list, &c->reasons, &c->nreasons) == -1) {
            return os_campaign_fail(at, "", "no memory");
        }

        return 0;
    }

    c->nreasons = sizeof(os_reasons) / sizeof(os_reasons[0]);
    c->reasons = calloc(c->nreasons, sizeof(os_str_t));

    if (c->reasons == NULL) {
        return os_campaign_fail(at, "", "no memory");
    }

    for (size_t i = 0; i < c->nreasons; i++) {
        c->reasons[i] = os_str(os_reasons[i]);
    }

    return 0;
}


static int
os_offer_reasons(os_campaign_t *c, os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char      where[64];
    size_t    i, n;
    json_t   *item;
    os_str_t  name;

    json_array_foreach(json_object_get(offer->json, "reasons"), i, item) {
        name = os_str(json_string_value(item));

        if (os_str_equal(name, OS_STR("*"))) {
            offer->reasons = ~0u;
            continue;
        }

        for (n = 0; n < c->nreasons; n++) {
            if (os_str_equal(c->reasons[n], name)) {
                offer->reasons |= 1u << n;
                break;
            }
        }

        if (n == c->nreasons) {
            (void) snprintf(where, sizeof(where), "/offers/%zu/reasons/%zu",
                            index, i);
            return os_campaign_fail(at, where,
                                    "expected a reason of the campaign");
        }
    }

    return 0;
}


/* Takes its texts from json, which must outlive it. -1: no memory. */
static int
os_amounts_read(os_amounts_t *a, const json_t *json)
{
    json_t       *text;
    os_amount_t  *amount;
    const char   *name;

    if (json == NULL) {
        return 0;
    }

    a->of = calloc(json_object_size(json) + 1, sizeof(os_amount_t));
    if (a->of == NULL) {
        return -1;
    }

    json_object_foreach((json_t *) json, name, text) {
        amount = &a->of[a->n];
        amount->currency = os_str(name);

        if (os_money_parse(os_str(json_string_value(text)),
                           os_currency_digits(amount->currency),
                           &amount->minor)
            == 0)
        {
            a->n++;
        }
    }

    return 0;
}


const os_amount_t *
os_amount_in(const os_amounts_t *a, os_str_t currency)
{
    for (size_t i = 0; i < a->n; i++) {
        if (os_str_equal(a->of[i].currency, currency)) {
            return &a->of[i];
        }
    }

    return NULL;
}


static int
os_when_read(os_when_t *when, const json_t *json)
{
    when->status = json_object_get(json, "status");
    when->payment = json_object_get(json, "payment");
    when->methods = json_object_get(json, "methods");
    when->countries = json_object_get(json, "countries");
    when->segments = json_object_get(json, "segments");
    when->products = json_object_get(json, "products");
    when->categories = json_object_get(json, "categories");
    when->first = os_json_bool(json, "first_order") ? 1 : 0;
    when->later = json_is_false(json_object_get(json, "first_order")) ? 1 : 0;
    when->stocked = os_json_bool(json, "in_stock") ? 1 : 0;
    when->sold_out = json_is_false(json_object_get(json, "in_stock")) ? 1 : 0;
    when->shipped = os_json_bool(json, "shipped") ? 1 : 0;
    when->reduced = os_json_bool(json, "discounted") ? 1 : 0;
    when->full = json_is_false(json_object_get(json, "discounted")) ? 1 : 0;
    (void) os_duration_parse(os_json_str(json, "min_age"), &when->min_age);
    (void) os_duration_parse(os_json_str(json, "max_age"), &when->max_age);

    return os_amounts_read(&when->min_total,
                           json_object_get(json, "min_total")) == 0
           && os_amounts_read(&when->max_total,
                              json_object_get(json, "max_total")) == 0
           ? 0 : -1;
}


static void
os_when_free(os_when_t *when)
{
    free(when->min_total.of);
    free(when->max_total.of);
}


/*
 * How the terms of an offer begin, whatever the order: with what the campaign
 * alone decides. os_rules_terms_text() ends them.
 */
static void
os_offer_terms(os_offer_t *offer, const char *kind, const char *give)
{
    os_json_quote(&offer->name, offer->id);

    os_buf_printf(&offer->terms, "{\"kind\":\"%s\",\"give\":\"%s\"", kind,
                  give);

    if (offer->give == OS_GIVE_LINK) {
        os_buf_text(&offer->terms, ",\"url\":");
        os_json_quote(&offer->terms, offer->url);
    }

    if (offer->purpose.len) {
        os_buf_text(&offer->terms, ",\"for\":");
        os_json_quote(&offer->terms, offer->purpose);
    }

    if (offer->by_api) {
        os_buf_text(&offer->terms, ",\"by\":\"api\"");
    }

    if (offer->lines) {
        os_buf_text(&offer->terms, ",\"lines\":true");
    }

    if (offer->waives) {
        os_buf_text(&offer->terms, ",\"fees\":true");
    }

    if (offer->expires && offer->kind == OS_KIND_GRANT) {
        os_buf_text(&offer->terms, ",\"expires\":");
        os_buf_int(&offer->terms, offer->expires);
    }

    if (offer->about.len) {
        os_buf_text(&offer->terms, ",\"about\":");
        os_json_quote(&offer->terms, offer->about);
    }

    if (offer->percent.len) {
        os_buf_text(&offer->terms, ",\"percent\":");
        os_json_quote(&offer->terms, offer->percent);
    }

    if (offer->pool.len) {
        os_buf_text(&offer->terms, ",\"pool\":");
        os_json_quote(&offer->terms, offer->pool);
    }
}


static int
os_offer_give(os_offer_t *offer)
{
    static const struct {
        const char  *name;
        os_give_t    give;
        os_kind_t    kind;
    } gives[] = {
        { "coupon",        OS_GIVE_COUPON,        OS_KIND_GRANT },
        { "free_shipping", OS_GIVE_FREE_SHIPPING, OS_KIND_GRANT },
        { "discount",      OS_GIVE_DISCOUNT,      OS_KIND_GRANT },
        { "next_order",    OS_GIVE_NEXT_ORDER,    OS_KIND_GRANT },
        { "request",       OS_GIVE_REQUEST,       OS_KIND_REQUEST },
        { "link",          OS_GIVE_LINK,          OS_KIND_INFORMATION },
        { "info",          OS_GIVE_INFO,          OS_KIND_INFORMATION },
    };

    static const char *const  kinds[] = { "grant", "request", "information" };

    json_t  *give, *value, *off;

    give = json_object_get(offer->json, "give");

    for (size_t i = 0; i < sizeof(gives) / sizeof(gives[0]); i++) {
        value = json_object_get(give, gives[i].name);

        if (value) {
            offer->give = gives[i].give;
            offer->kind = gives[i].kind;
            offer->url = os_json_str(value, "url");
            *(offer->kind == OS_KIND_REQUEST ? &offer->credits
                                             : &offer->pool)
                = os_json_str(value, "pool");
            offer->purpose = os_json_str(value, "for");
            offer->about = os_json_str(value, "about");
            offer->percent = os_json_str(value, "percent");
            (void) os_duration_parse(os_json_str(value, "expires"),
                                     &offer->expires);
            offer->mends = os_request_mends(offer->purpose) ? 1 : 0;
            offer->waives = json_object_get(value, "fees") ? 1 : 0;
            offer->lines = os_json_bool(value, "lines") ? 1 : 0;
            offer->by_api = gives[i].give == OS_GIVE_REQUEST
                            && os_request_by_api(value);
            offer->priority = os_str_equal(offer->purpose,
                                           OS_STR("priority")) ? 1 : 0;
            offer->credit = os_str_equal(offer->purpose, OS_STR("credit"))
                            ? 1 : 0;
            (void) os_money_parse(os_json_str(value, "bonus"), 2,
                                  &offer->bonus);
            offer->arrives_from = os_json_int(json_object_get(value,
                                                  "arrives"), "from", 0);
            offer->arrives_to = os_json_int(json_object_get(value, "arrives"),
                                            "to", 0);
            (void) os_money_parse(offer->percent, 2, &offer->hundredths);
            os_offer_terms(offer, kinds[gives[i].kind], gives[i].name);
            off = json_object_get(value, "off");
            (void) os_money_parse(os_json_str(off, "percent"), 2, &offer->off);

            if (os_amounts_read(&offer->amount,
                                json_object_get(value, "amount"))
                == -1
                || os_amounts_read(&offer->off_amount,
                                   json_object_get(off, "amount"))
                   == -1)
            {
                return -1;
            }
        }
    }

    return offer->name.failed || offer->terms.failed ? -1 : 0;
}


/* What an offer shows or asks of the catalog. */
static void
os_offer_ask_shelf(os_campaign_t *c, os_offer_t *offer)
{
    size_t    i;
    json_t   *field;
    os_str_t  as;

    if (os_str_equal(offer->about, OS_STR("products"))) {
        offer->shelf = 'b';
    }

    json_array_foreach(offer->ask, i, field) {
        as = os_json_str(field, "as");

        if (os_str_equal(as, OS_STR("variant"))
            || os_str_equal(as, OS_STR("similar")))
        {
            offer->shelf = as.data[0];
        }
    }

    c->shelf |= offer->shelf != 0;
}


/*
 * Store credit is given by a person's word. Where it has codes, the store then
 * cancels the order and makes the credit.
 */
static int
os_offer_credit(const os_campaign_t *c, const os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char         member[64];
    json_t      *request;
    const char  *name, *expected = NULL;

    request = json_object_get(json_object_get(offer->json, "give"),
                              "request");
    name = json_object_get(request, "pool") ? "pool" : "expires";

    if (offer->credit && offer->by_api) {
        name = "by";
        expected = "expected no \"by\": a person approves store credit";

    } else if (offer->credit && json_object_get(request, "off")) {
        name = "off";
        expected = "expected no \"off\" beside \"for\": \"credit\"";

    } else if (!offer->credit && json_object_get(request, name)) {
        expected = "expected \"for\": \"credit\" beside it";

    } else if (json_object_get(request, "expires") && offer->credits.len == 0) {
        expected = "expected a \"pool\" of codes beside it";

    } else if (offer->credits.len
               && (os_campaign_at(c, "/api/actions/cancel") == NULL
                   || os_campaign_at(c, "/api/actions/credit") == NULL))
    {
        expected = "expected \"api\" with the actions \"cancel\" and "
                   "\"credit\"";
    }

    if (expected == NULL) {
        return 0;
    }

    (void) snprintf(member, sizeof(member), "/offers/%zu/give/request/%s",
                    index, name);

    return os_campaign_fail(at, member, expected);
}


/* What is asked of the buyer with a request. */
static int
os_offer_ask(os_campaign_t *c, os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char         member[64];
    const char  *where, *expected = NULL;

    if (offer->give != OS_GIVE_REQUEST) {
        os_offer_ask_shelf(c, offer);
        return 0;
    }

    if (offer->priority && os_campaign_at(c, "/dispatch") == NULL) {
        (void) snprintf(member, sizeof(member),
                        "/offers/%zu/give/request/for", index);
        return os_campaign_fail(at, member, "expected \"dispatch\" in the "
                                "campaign: until when an order leaves today");
    }

    if (offer->arrives_to < offer->arrives_from) {
        (void) snprintf(member, sizeof(member),
                        "/offers/%zu/give/request/arrives", index);
        return os_campaign_fail(at, member, "expected \"from\" to be at most "
                                "\"to\"");
    }

    if (os_offer_credit(c, offer, index, at) == -1) {
        return -1;
    }

    if (offer->by_api) {
        (void) snprintf(member, sizeof(member), "/api/actions/%s",
                        offer->purpose.len ? os_request_action(offer->purpose)
                                           : "");

        if (os_campaign_at(c, member) == NULL) {
            (void) snprintf(member, sizeof(member),
                            "/offers/%zu/give/request/by", index);
            return os_campaign_fail(at, member, "expected a \"for\", and an "
                                    "action of that name in /api/actions");
        }
    }

    offer->ask = os_request_fields(
        json_object_get(json_object_get(offer->json, "give"), "request"),
        os_campaign_at(c, "/policy/payment"), &where, &expected);

    if (expected == NULL) {
        os_offer_ask_shelf(c, offer);
        return 0;
    }

    (void) snprintf(member, sizeof(member), "/offers/%zu/give/request/%s",
                    index, where);
    return os_campaign_fail(at, member, expected);
}


/* What is taken off an order is so much, or so many percent of it. */
static int
os_offer_measure(const os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char         where[80];
    json_t      *give, *measure;
    const char  *name;

    give = json_object_get(offer->json, "give");
    measure = json_object_get(json_object_get(give, "request"), "off");
    name = "request/off";

    if (offer->give == OS_GIVE_DISCOUNT || offer->give == OS_GIVE_COUPON) {
        name = offer->give == OS_GIVE_COUPON ? "coupon" : "discount";
        measure = json_object_get(give, name);
    }

    (void) snprintf(where, sizeof(where), "/offers/%zu/give/%s", index, name);

    if (json_object_get(json_object_get(give, "request"), "bonus")
        && (!offer->credit || offer->bonus > 10000))
    {
        (void) snprintf(where, sizeof(where),
                        "/offers/%zu/give/request/bonus", index);
        return os_campaign_fail(at, where, offer->credit
                                ? "expected at most 100"
                                : "expected \"for\": \"credit\" beside it");
    }

    if (offer->lines && offer->when.products == NULL) {
        return os_campaign_fail(at, where, "expected \"products\" in the "
                                "offer's \"when\" beside \"lines\"");
    }

    if (measure == NULL) {
        return 0;
    }

    if ((json_object_get(measure, "percent") != NULL)
        == (json_object_get(measure, "amount") != NULL))
    {
        return os_campaign_fail(at, where, "expected either \"percent\" or "
                                "\"amount\"");
    }

    if (json_object_get(measure, "percent")
        && (offer->hundredths + offer->off <= 0
            || offer->hundredths + offer->off > 10000))
    {
        (void) snprintf(where, sizeof(where), "/offers/%zu/give/%s/percent",
                        index, name);
        return os_campaign_fail(at, where, "expected more than 0 and at most "
                                "100");
    }

    return 0;
}


static int
os_offer_read(os_campaign_t *c, size_t index, const os_source_text_t *at)
{
    char         where[64];
    json_t      *limit;
    os_offer_t  *offer = &c->offers[index];

    offer->json = json_array_get(json_object_get(c->json, "offers"), index);
    offer->id = os_json_str(offer->json, "id");
    offer->generic = os_json_bool(offer->json, "generic") ? 1 : 0;
    offer->stacks = os_json_bool(offer->json, "stacks") ? 1 : 0;

    limit = json_object_get(offer->json, "limit");
    offer->per_customer = os_json_int(limit, "per_customer", 0);
    (void) os_duration_parse(os_json_str(limit, "cooldown"), &offer->cooldown);

    if (os_when_read(&offer->when, json_object_get(offer->json, "when")) == -1
        || os_offer_give(offer) == -1
        || os_amounts_read(&offer->budget, json_object_get(limit, "budget"))
           == -1)
    {
        return os_campaign_fail(at, "", "no memory");
    }

    (void) snprintf(where, sizeof(where), "/offers/%zu/id", index);

    for (size_t i = 0; i < index; i++) {
        if (os_str_equal(c->offers[i].id, offer->id)) {
            return os_campaign_fail(at, where,
                                    "expected an id no other offer has");
        }
    }

    if (offer->generic && offer->kind != OS_KIND_INFORMATION) {
        (void) snprintf(where, sizeof(where), "/offers/%zu/generic", index);
        return os_campaign_fail(at, where, "expected false: only information "
                                "may be shown to whoever is not the owner");
    }

    if (os_offer_measure(offer, index, at) == -1) {
        return -1;
    }

    return os_offer_ask(c, offer, index, at) == 0
           ? os_offer_reasons(c, offer, index, at) : -1;
}


/* All that may be off an order: a share of its goods. */
static int
os_campaign_cap(os_campaign_t *c, const os_source_text_t *at)
{
    os_str_t  percent = os_json_str(json_object_get(c->json, "cap"),
                                    "percent");

    if (percent.len == 0) {
        return 0;
    }

    if (os_money_parse(percent, 2, &c->cap) != 0 || c->cap <= 0
        || c->cap > 10000)
    {
        return os_campaign_fail(at, "/cap/percent", "expected more than 0 and "
                                "at most 100");
    }

    return 0;
}


/*
 * A token carries the terms of all offers that a page shows, which may be all
 * of the campaign's. Who is shown more than fits could take nothing of it.
 */
static int
os_campaign_terms(os_campaign_t *c, const os_source_text_t *at)
{
    char         where[64], what[256];
    size_t       n = 0;
    os_offer_t  *offer;

    for (size_t i = 0; i < c->noffers; i++) {
        offer = &c->offers[i];
        n += offer->name.len + offer->terms.len + sizeof(":},") - 1;

        if (offer->kind == OS_KIND_GRANT) {
            n += sizeof(",\"amount\":123456789012,\"currency\":\"EUR\"") - 1;
            n += c->refund.len
                 ? c->refund.len + sizeof(",\"refund\":{\"by\":\"\"}") - 1 : 0;
            n += offer->budget.of ? sizeof(",\"budget\":true") - 1 : 0;
        }

        if (offer->credit) {
            n += sizeof(",\"credit\":123456789012,\"currency\":\"EUR\"") - 1;
        }

        if (offer->priority) {
            n += sizeof(",\"until\":12345678901,\"arrives\":{\"from\":"
                        "\"2026-11-29\",\"to\":\"2026-11-30\"}") - 1;
        }

        if (n > OS_TERMS_MAX) {
            (void) snprintf(where, sizeof(where), "/offers/%zu", i);
            (void) snprintf(what, sizeof(what), "expected offers whose terms "
                            "have at most %d bytes together: up to this one "
                            "they may have %zu; fewer offers, or shorter ids, "
                            "pools and addresses", OS_TERMS_MAX, n);
            return os_campaign_fail(at, where, what);
        }
    }

    return 0;
}


/* A locale named twice is an oversight, one that is not there a silent one. */
static int
os_campaign_locales(os_campaign_t *c, const os_source_text_t *at)
{
    char         where[64];
    size_t       n;
    json_t      *value;
    const char  *country;

    for (size_t i = 0; i < c->nlocales; i++) {
        for (n = 0; n < i; n++) {
            if (os_str_equal(c->locales[n], c->locales[i])) {
                (void) snprintf(where, sizeof(where), "/locales/%zu", i);
                return os_campaign_fail(at, where, "expected each locale once");
            }
        }
    }

    json_object_foreach(json_object_get(c->json, "country_locales"), country,
                        value)
    {
        for (n = 0; n < c->nlocales; n++) {
            if (os_str_equal(c->locales[n], os_str(json_string_value(value))))
            {
                break;
            }
        }

        if (n == c->nlocales) {
            (void) snprintf(where, sizeof(where), "/country_locales/%s",
                            country);
            return os_campaign_fail(at, where,
                                    "expected a locale of the campaign");
        }
    }

    return 0;
}


static int
os_campaign_is_variant(const os_campaign_t *c, os_str_t id)
{
    for (size_t i = 0; i < c->nvariants; i++) {
        if (os_str_equal(c->variants[i].id, id)) {
            return 1;
        }
    }

    return 0;
}


static int
os_campaign_variants(os_campaign_t *c, const os_source_text_t *at)
{
    char     where[64];
    size_t   i;
    json_t  *arms, *arm;

    arms = os_campaign_at(c, "/experiment/arms");
    c->variants = calloc(json_array_size(arms) + 1, sizeof(os_variant_t));

    if (c->variants == NULL) {
        return os_campaign_fail(at, "", "no memory");
    }

    json_array_foreach(arms, i, arm) {
        if (os_campaign_is_variant(c, os_json_str(arm, "id"))
            || os_str_equal(os_json_str(arm, "id"), OS_STR("holdout")))
        {
            (void) snprintf(where, sizeof(where), "/experiment/arms/%zu/id", i);
            return os_campaign_fail(at, where, "expected an id that no other "
                                    "arm has, nor the holdout");
        }

        c->variants[i] = (os_variant_t) { os_json_str(arm, "id"),
                                          os_json_int(arm, "weight", 1) };
        c->weights += c->variants[i].weight;
        c->nvariants = i + 1;
    }

    return 0;
}


/* An order's record has one sum of what is waived: the names are one list. */
static int
os_offer_fees(os_campaign_t *c, const os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char     where[80];
    json_t  *fees;

    fees = json_object_get(json_object_get(json_object_get(offer->json, "give"),
                                           "free_shipping"), "fees");

    if (fees && c->fees && !json_equal(fees, c->fees)) {
        (void) snprintf(where, sizeof(where),
                        "/offers/%zu/give/free_shipping/fees", index);
        return os_campaign_fail(at, where, "expected the fees of the offer "
                                "before that waives some");
    }

    c->fees = fees ? fees : c->fees;

    return 0;
}


/* Whose customers meet the offer: arms of the experiment. */
static int
os_offer_arms(os_campaign_t *c, os_offer_t *offer, size_t index,
    const os_source_text_t *at)
{
    char     where[64];
    size_t   i;
    json_t  *arm;

    offer->arms = json_object_get(offer->json, "arms");

    json_array_foreach(offer->arms, i, arm) {
        if (!os_campaign_is_variant(c, os_str(json_string_value(arm)))) {
            (void) snprintf(where, sizeof(where), "/offers/%zu/arms/%zu",
                            index, i);
            return os_campaign_fail(at, where,
                                    "expected an arm of the experiment");
        }
    }

    return 0;
}


static int
os_campaign_read(os_campaign_t *c, const os_source_text_t *at)
{
    double  holdout;

    c->store = os_json_str(c->json, "store");
    c->site = os_json_str(c->json, "site");
    c->api_path = os_json_str(c->json, "api_path");
    c->revision = os_json_int(c->json, "revision", 1);
    c->refund = os_json_str(json_object_get(c->json, "refund"), "by");
    c->valid = os_campaign_duration(c, "/valid", OS_VALID);
    c->shelf = os_json_bool(os_campaign_at(c, "/returns"), "exchange") ? 1 : 0;
    c->experiment = os_json_str(os_campaign_at(c, "/experiment"), "name");

    if (c->api_path.data == NULL) {
        c->api_path = OS_STR("/ordersave/");
    }

    holdout = json_number_value(os_campaign_at(c, "/experiment/holdout"));
    c->holdout = (int64_t) (holdout * 10 + 0.5);

    if (os_campaign_variants(c, at) == -1) {
        return -1;
    }

    if (os_campaign_list(json_object_get(c->json, "locales"), &c->locales,
                         &c->nlocales) == -1
        || os_when_read(&c->eligible, json_object_get(c->json, "eligible"))
           == -1)
    {
        return os_campaign_fail(at, "", "no memory");
    }

    if (os_campaign_locales(c, at) == -1 || os_campaign_reasons(c, at) == -1
        || os_campaign_cap(c, at) == -1)
    {
        return -1;
    }

    c->noffers = json_array_size(json_object_get(c->json, "offers"));
    c->offers = calloc(c->noffers + 1, sizeof(os_offer_t));

    if (c->offers == NULL) {
        return os_campaign_fail(at, "", "no memory");
    }

    for (size_t i = 0; i < c->noffers; i++) {
        if (os_offer_read(c, i, at) == -1
            || os_offer_arms(c, &c->offers[i], i, at) == -1
            || os_offer_fees(c, &c->offers[i], i, at) == -1)
        {
            return -1;
        }
    }

    return os_campaign_terms(c, at);
}


static void
os_campaign_sum(os_campaign_t *c, os_str_t text)
{
    uint8_t  hash[OS_SHA256_LEN];

    os_sha256(text.data, text.len, hash);
    os_base64url(&c->sum, hash, 6);
}


static int
os_campaign_packs(os_campaign_t *c, const os_source_text_t *at)
{
    os_buf_t    where = { 0 };
    os_error_t  why = { "" };

    c->packs = os_packs_load(c->folders, json_object_get(c->json, "countries"),
                             &where, &why);

    if (c->packs == NULL) {
        (void) (where.len ? os_campaign_fail(at, where.data, why.text)
                          : os_fail(at->err, "%s", why.text));
    }

    os_buf_free(&where);

    return c->packs ? 0 : -1;
}


os_campaign_t *
os_campaign_load(const char *path, const char *share, os_error_t *err)
{
    os_buf_t          text = { 0 };
    os_campaign_t    *c;
    os_source_text_t  at;

    c = calloc(1, sizeof(os_campaign_t));

    if (c == NULL || (c->path = strdup(path)) == NULL
        || (c->folders = os_folders_before(path, share)) == NULL)
    {
        (void) os_fail(err, "%s: no memory", path);
        os_campaign_free(c);
        return NULL;
    }

    if (os_file_read(path, &text, err) == -1) {
        os_campaign_free(c);
        return NULL;
    }

    os_campaign_sum(c, os_buf_view(&text));
    at = (os_source_text_t) { path, os_buf_view(&text), err };
    c->json = os_json_parse(at.text, path, err);

    if (c->json == NULL
        || os_campaign_sound(&at, c->json, share) == -1
        || os_campaign_source(&at, c->json, c->folders) == -1
        || os_campaign_packs(c, &at) == -1
        || os_campaign_read(c, &at) == -1)
    {
        os_buf_free(&text);
        os_campaign_free(c);
        return NULL;
    }

    os_buf_free(&text);
    return c;
}


static void
os_offer_free(os_offer_t *offer)
{
    os_when_free(&offer->when);
    json_decref(offer->ask);
    os_buf_free(&offer->name);
    os_buf_free(&offer->terms);
    free(offer->amount.of);
    free(offer->off_amount.of);
    free(offer->budget.of);
}


void
os_campaign_free(os_campaign_t *c)
{
    if (c != NULL) {
        for (size_t i = 0; i < c->noffers && c->offers; i++) {
            os_offer_free(&c->offers[i]);
        }

        json_decref(c->json);
        json_decref(c->packs);
        os_when_free(&c->eligible);
        free(c->path);
        free(c->folders);
        os_buf_free(&c->sum);
        free(c->reasons);
        free(c->offers);
        free(c->locales);
        free(c->variants);
        free(c);
    }
}


const os_offer_t *
os_campaign_offer(const os_campaign_t *c, os_str_t id)
{
    for (size_t i = 0; i < c->noffers; i++) {
        if (os_str_equal(c->offers[i].id, id)) {
            return &c->offers[i];
        }
    }

    return NULL;
}


json_t *
os_campaign_at(const os_campaign_t *c, const char *pointer)
{
    return os_json_pointer(c->json, os_str(pointer));
}


int
os_campaign_observes(const os_campaign_t *c, const char *what)
{
    os_str_t  word;

    word = os_json_str(c->json, what);
    word = word.len ? word : os_json_str(c->json, "state");

    return os_str_equal(word, OS_STR("observe"));
}


int
os_campaign_holds(const os_campaign_t *c, os_str_t channel, os_str_t purpose)
{
    /* what the law asks for is no trial */

    if (os_str_starts(purpose, OS_STR("withdraw_"))
        || os_str_equal(purpose, OS_STR("support_withdraw"))
        || os_str_equal(purpose, OS_STR("withdrawal")))
    {
        return 0;
    }

    if (os_str_equal(channel, OS_STR("smtp"))
        || os_str_equal(channel, OS_STR("sms")))
    {
        return os_campaign_observes(c, "messages");
    }

    return os_campaign_observes(c, "state")
           && (os_str_equal(channel, OS_STR("webhook"))
               || os_str_equal(channel, OS_STR("carrier"))
               || (os_str_equal(channel, OS_STR("store"))
                   && !os_str_equal(purpose, OS_STR("read"))));
}


int64_t
os_campaign_offset(const os_campaign_t *c)
{
    int64_t   offset;
    os_str_t  text;

    text = os_json_str(c->json, "utc_offset");

    /* "+07:00", as the schema checked */
    if (text.len != 6) {
        return 0;
    }

    offset = ((text.data[1] - '0') * 10 + text.data[2] - '0') * 3600
             + ((text.data[4] - '0') * 10 + text.data[5] - '0') * 60;

    return text.data[0] == '-' ? -offset : offset;
}


void
os_hook_name(os_str_t url, char to[OS_HOOK_NAME + 1])
{
    uint8_t   digest[OS_SHA256_LEN];
    os_buf_t  hex = os_buf_on(to, OS_HOOK_NAME + 1);

    os_sha256(url.data, url.len, digest);
    os_hex(&hex, digest, OS_HOOK_NAME / 2);
    to[hex.len] = '\0';
}


const json_t *
os_campaign_hook(const os_campaign_t *c, os_str_t name)
{
    char           own[OS_HOOK_NAME + 1];
    size_t         i;
    const json_t  *hook;

    json_array_foreach(os_campaign_at(c, "/webhooks"), i, hook) {
        os_hook_name(os_json_str(hook, "url"), own);

        if (os_str_equal(os_str(own), name)) {
            return hook;
        }
    }

    return NULL;
}


int64_t
os_campaign_duration(const os_campaign_t *c, const char *pointer,
    int64_t other)
{
    int64_t      seconds;
    const char  *text;

    text = json_string_value(os_campaign_at(c, pointer));

    return text && os_duration_parse(os_str(text), &seconds) == 0 ? seconds
                                                                  : other;
}


os_str_t
os_campaign_text(const os_campaign_t *c, const json_t *texts, os_str_t locale)
{
    json_t  *text;

    if (json_is_string(texts)) {
        text = (json_t *) texts;

    } else {
        text = locale.data
               ? json_object_getn(texts, locale.data, locale.len) : NULL;

        if (text == NULL && c->nlocales > 0) {
            text = json_object_getn(texts, c->locales[0].data,
                                    c->locales[0].len);
        }
    }

    return json_is_string(text)
           ? (os_str_t) { json_string_length(text), json_string_value(text) }
           : OS_NULL;
}


static int
os_letters_equal(os_str_t a, os_str_t b)
{
    char  x, y;

    if (a.len != b.len) {
        return 0;
    }

    for (size_t i = 0; i < a.len; i++) {
        x = a.data[i] == '_' ? '-' : a.data[i];
        y = b.data[i] == '_' ? '-' : b.data[i];

        if ((x >= 'A' && x <= 'Z' ? x | 0x20 : x)
            != (y >= 'A' && y <= 'Z' ? y | 0x20 : y))
        {
            return 0;
        }
    }

    return 1;
}


/* RFC 4647, 3.4: the tag, then the tag with subtags taken off its end. */
static os_str_t
os_locale_lookup(const os_campaign_t *c, os_str_t tag)
{
    while (tag.len > 0) {

        for (size_t i = 0; i < c->nlocales; i++) {
            if (os_letters_equal(c->locales[i], tag)) {
                return c->locales[i];
            }
        }

        while (tag.len > 0 && tag.data[tag.len - 1] != '-'
               && tag.data[tag.len - 1] != '_')
        {
            tag.len--;
        }

        tag.len -= tag.len > 0;
    }

    return OS_NULL;
}


/* The weight of "tag;q=0.8", in thousandths; cuts item down to the tag. */
static int
os_accept_weight(os_str_t *item)
{
    int          weight = 0, unit = 1000;
    size_t       len = 0;
    const char  *p, *end = item->data + item->len;

    while (len < item->len && !strchr("; \t", item->data[len])) {
        len++;
    }

    for (p = item->data + len; p < end && strchr("; \t", *p); p++) {
        /* void */
    }

    item->len = len;

    if (end - p < 3 || (*p | 0x20) != 'q' || p[1] != '=') {
        return 1000;
    }

    for (p += 2; p < end && unit > 0; p++) {
        if (*p == '.') {
            continue;
        }

        if (*p < '0' || *p > '9') {
            break;
        }

        weight += (*p - '0') * unit;
        unit /= 10;
    }

    return weight > 1000 ? 1000 : weight;
}


static os_str_t
os_locale_accept(const os_campaign_t *c, os_str_t list)
{
    int          weight, best_weight = 0;
    os_str_t     item, found, best = OS_NULL;
    const char  *comma;

    while (list.len > 0) {

        while (list.len > 0 && strchr(" \t,", list.data[0])) {
            list.data++;
            list.len--;
        }

        if (list.len == 0) {
            break;
        }

        comma = memchr(list.data, ',', list.len);
        item = (os_str_t) { comma ? (size_t) (comma - list.data) : list.len,
                            list.data };
        list.data += item.len;
        list.len -= item.len;

        weight = os_accept_weight(&item);
        found = os_locale_lookup(c, item);

        if (found.data && weight > best_weight) {
            best = found;
            best_weight = weight;
        }
    }

    return best;
}


os_str_t
os_campaign_locale(const os_campaign_t *c, os_str_t forced, os_str_t order,
    os_str_t accept_language, os_str_t country)
{
    json_t    *mapped;
    os_str_t   found;

    found = os_locale_lookup(c, forced);

    if (found.data == NULL) {
        found = os_locale_lookup(c, order);
    }

    if (found.data == NULL) {
        found = os_locale_accept(c, accept_language);
    }

    if (found.data == NULL && country.len > 0) {
        mapped = json_object_getn(json_object_get(c->json, "country_locales"),
                                  country.data, country.len);
        found = os_locale_lookup(c, os_str(json_string_value(mapped)));
    }

    return found.data ? found : c->locales[0];
}
