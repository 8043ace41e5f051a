/*
 * os_panel: what the tracking panel shows. See os_panel.h.
 */

#include <ctype.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_elsewhere.h"
#include "core/order/os_packaging.h"
#include "core/order/os_stop.h"
#include "core/order/os_withdrawal.h"
#include "core/view/os_catalog.h"
#include "core/view/os_panel.h"
#include "core/view/os_view_consent.h"
#include "core/view/os_view_words.h"
#include "core/view/os_view_return.h"
#include "core/view/os_view_track.h"
#include "core/view/os_view_withdraw.h"
#include "core/view/os_withdraw_label.h"


#define OS_PANEL_LIFE   (12 * 3600)     /* s: what an open page asks with */
#define OS_PANEL_COMES  60              /* s: for an order to be read */
#define OS_PHONE_LEAST  7               /* digits of a number, as dialled at
                                         * home */


static const char *const  os_eyes_words[] = { "owner", "link", "steps" };


/* What every token of ours about this order has in it. */
static json_t *
os_panel_payload(const os_speak_t *s, os_str_t id, os_eyes_t eyes)
{
    json_t  *payload;

    payload = json_object();
    os_json_set_str(payload, "s", s->campaign->store);
    os_json_set_str(payload, "o", id);
    os_json_set_str(payload, "v", os_str(os_eyes_words[eyes]));
    os_json_set_str(payload, "l", os_locale_tag(s->locale));

    return payload;
}


static int64_t
os_panel_links(const json_t *record)
{
    return os_json_int(json_object_get(record, "track"), "links", 0);
}


/* The payload about a record that was seen: bound to its links. */
static json_t *
os_panel_bound(const os_speak_t *s, const json_t *record, os_eyes_t eyes)
{
    json_t  *payload;

    payload = os_panel_payload(s, os_json_str(record, "id"), eyes);
    os_json_set_int(payload, "g", os_panel_links(record));

    return payload;
}


static void
os_panel_sign(const os_speak_t *s, const os_keys_t *keys, json_t *payload,
    const char *purpose, int64_t life, os_buf_t *out)
{
    os_json_set_str(payload, "p", os_str(purpose));
    os_json_set_int(payload, "x", s->now + life);
    os_token_sign(keys, payload, out);
}


void
os_panel_token(const os_speak_t *s, const os_keys_t *keys,
    const char *purpose, const json_t *record, os_eyes_t eyes, int64_t life,
    os_buf_t *out)
{
    json_t  *payload;

    payload = os_panel_bound(s, record, eyes);
    os_panel_sign(s, keys, payload, purpose, life, out);
    json_decref(payload);
}


void
os_panel_token_return(const os_speak_t *s, const os_keys_t *keys,
    const char *purpose, const json_t *record, os_str_t nonce, int64_t life,
    os_buf_t *out)
{
    json_t  *payload;

    payload = os_panel_bound(s, record, OS_EYES_LINK);
    os_json_set_str(payload, "r", nonce);
    os_panel_sign(s, keys, payload, purpose, life, out);
    json_decref(payload);
}


json_t *
os_panel_open(const os_keys_t *keys, os_str_t store, os_str_t token,
    const char *purpose, int64_t now)
{
    json_t  *payload;

    payload = os_token_verify(keys, token, purpose, now, NULL);

    if (payload && os_str_equal(os_json_str(payload, "s"), store)) {
        return payload;
    }

    json_decref(payload);
    return NULL;
}


os_eyes_t
os_panel_eyes(const json_t *payload)
{
    unsigned  i;
    os_str_t  word;

    word = os_json_str(payload, "v");

    for (i = 0; i < OS_EYES; i++) {
        if (os_str_equal(word, os_str(os_eyes_words[i]))) {
            return (os_eyes_t) i;
        }
    }

    return OS_EYES_LINK;
}


static int
os_panel_same(os_str_t a, os_str_t b)
{
    return a.len && a.len == b.len && os_equal_ct(a.data, b.data, a.len);
}


os_str_t
os_number_plain(os_str_t text)
{
    while (text.len && strchr(" \t\r\n#", text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len && strchr(" \t\r\n", text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


/* The record's own three secrets, as a token would carry the claims. */
static os_eyes_t
os_panel_claimed(const json_t *record, os_str_t proof, os_str_t customer,
    os_str_t shown)
{
    int       owns;
    os_str_t  number;
    os_buf_t  hash = { 0 };

    number = os_json_str(record, "number");
    number = number.len ? number : os_json_str(record, "id");

    os_token_proof(os_json_str(record, "proof"), &hash);
    owns = os_panel_same(proof, os_buf_view(&hash))
           || (shown.len && os_str_equal(os_number_plain(shown),
                                         os_number_plain(number)));
    os_buf_free(&hash);

    return owns ? OS_EYES_OWNER
           : os_panel_same(customer, os_json_str(record, "customer"))
           ? OS_EYES_LINK : OS_EYES;
}


os_eyes_t
os_panel_sees(const os_keys_t *keys, os_str_t store, const json_t *record,
    const os_claim_t *claim)
{
    os_buf_t   hash = { 0 }, customer = { 0 };
    os_eyes_t  eyes;

    os_token_proof(claim->proof, &hash);

    if (claim->email.len) {
        os_keys_customer(keys, store, claim->email, &customer);
    }

    eyes = os_panel_claimed(record, os_buf_view(&hash),
                            os_buf_view(&customer), claim->shown);
    os_buf_free(&hash);
    os_buf_free(&customer);

    return eyes;
}


/* Is there an order at all? Not where only a cancel is known, or its end. */
int
os_panel_known(const json_t *record)
{
    os_str_t  state;

    state = os_json_str(record, "state");

    return record != NULL && !os_str_equal(state, OS_STR("unknown"))
           && !os_str_equal(state, OS_STR("erased"));
}


int
os_panel_asks(const json_t *payload, os_claim_t *claim)
{
    claim->ask = os_json_str(payload, "u");
    claim->holds = os_json_str(payload, "t");
    claim->wait_ms = os_json_int(payload, "d", 0);

    return claim->ask.len > 0;
}


int
os_panel_guesses(const json_t *payload)
{
    return json_object_get(payload, "g") == NULL
           && os_json_str(payload, "c").len > 0;
}


os_str_t
os_panel_by(const json_t *payload)
{
    return os_json_str(payload, "b");
}


void
os_panel_name(json_t *payload, os_str_t id)
{
    os_json_set_str(payload, "o", id);
    (void) json_object_del(payload, "b");
}


int
os_panel_awaits(const json_t *payload, int64_t now)
{
    return now < os_json_int(payload, "w", 0);
}


os_eyes_t
os_panel_holds(const json_t *payload, const json_t *record)
{
    if (!os_panel_known(record)) {
        return OS_EYES;
    }

    if (json_object_get(payload, "g")) {
        return os_json_int(payload, "g", -1) == os_panel_links(record)
               ? os_panel_eyes(payload) : OS_EYES;
    }

    return os_panel_claimed(record, os_json_str(payload, "h"),
                            os_json_str(payload, "c"),
                            os_json_str(payload, "n"));
}


/* Letters and digits alone, in upper case: "sw1a 1aa" is "SW1A1AA". */
static void
os_postcode_plain(os_str_t text, os_buf_t *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (isalnum((unsigned char) text.data[i])) {
            os_buf_char(out, (char) toupper((unsigned char) text.data[i]));
        }
    }
}


/*
 * Is it this number, as its country or the world dials it? "01632 960961" is
 * +44 1632 960961; letters make it none.
 */
static int
os_phone_same(os_str_t phone, os_str_t typed)
{
    int       same;
    size_t    i;
    os_buf_t  have = { 0 }, right = { 0 };

    for (i = 0; i < phone.len; i++) {
        if (isdigit((unsigned char) phone.data[i])) {
            os_buf_char(&right, phone.data[i]);
        }
    }

    for (i = 0; i < typed.len; i++) {
        if (isdigit((unsigned char) typed.data[i])
            && (have.len || typed.data[i] != '0'))
        {
            os_buf_char(&have, typed.data[i]);
        }

        if (isalpha((unsigned char) typed.data[i])) {
            have.failed = 1;
        }
    }

    same = !have.failed && have.len >= OS_PHONE_LEAST && have.len <= right.len
           && os_equal_ct(have.data, right.data + right.len - have.len,
                          have.len);
    os_buf_free(&have);
    os_buf_free(&right);

    return same;
}


os_eyes_t
os_panel_knows(const os_keys_t *keys, os_str_t store, const json_t *record,
    os_str_t secret)
{
    int        same;
    os_str_t   want;
    os_buf_t   have = { 0 }, right = { 0 };
    os_eyes_t  eyes;

    if (!os_panel_known(record)) {
        return OS_EYES;
    }

    if (secret.len && memchr(secret.data, '@', secret.len)) {
        eyes = OS_EYES_LINK;
        want = os_json_str(record, "customer");
        os_buf_str(&right, want);
        os_keys_customer(keys, store, secret, &have);

    } else if (os_phone_same(os_json_str(record, "phone"), secret)) {
        return OS_EYES_LINK;

    } else {
        eyes = OS_EYES_STEPS;
        os_postcode_plain(os_json_str(record, "postcode"), &right);
        os_postcode_plain(secret, &have);
    }

    same = right.len && right.len == have.len && !have.failed
           && os_equal_ct(right.data, have.data, right.len);

    os_buf_free(&have);
    os_buf_free(&right);

    return same ? eyes : OS_EYES;
}


void
os_panel_version(const os_speak_t *s, os_str_t record, os_eyes_t eyes,
    os_buf_t *out)
{
    uint8_t   hash[OS_SHA256_LEN];
    os_buf_t  all = { 0 };

    os_buf_printf(&all, "%lld %lld %d ", (long long) s->campaign->revision,
                  (long long) (s->now / 3600), (int) eyes);
    os_buf_str(&all, os_locale_tag(s->locale));
    os_buf_str(&all, record);
    os_sha256(os_buf_view(&all).data, all.len, hash);
    os_base64url(out, hash, 12);
    os_buf_free(&all);
}


/* A link of ours: its route and a token of this purpose. */
static void
os_panel_url(const os_speak_t *s, const os_keys_t *keys, json_t *payload,
    const char *purpose, const char *route, json_t *view, const char *member)
{
    os_buf_t  url = { 0 };

    os_buf_str(&url, s->campaign->api_path);
    os_buf_text(&url, route);
    os_buf_char(&url, '/');
    os_panel_sign(s, keys, payload, purpose, OS_PANEL_LIFE, &url);
    os_json_set_str(view, member, os_buf_view(&url));
    os_buf_free(&url);
}


/* Where the script asks again: the fragment, and the live feed. */
static void
os_panel_urls(const os_speak_t *s, const os_keys_t *keys, json_t *payload,
    json_t *panel)
{
    os_buf_t  token = { 0 }, url = { 0 };

    os_panel_sign(s, keys, payload, "panel", OS_PANEL_LIFE, &token);

    os_buf_str(&url, s->campaign->api_path);
    os_buf_text(&url, "panel/");
    os_buf_str(&url, os_buf_view(&token));
    os_json_set_str(panel, "url", os_buf_view(&url));

    url.len = 0;
    os_buf_str(&url, s->campaign->api_path);
    os_buf_text(&url, "live/");
    os_buf_str(&url, os_buf_view(&token));
    os_json_set_str(panel, "live_url", os_buf_view(&url));

    os_buf_free(&token);
    os_buf_free(&url);
}


static void
os_panel_returns(const os_speak_t *s, json_t *panel)
{
    json_t    *policy, *view;
    os_str_t   url;

    policy = os_campaign_at(s->campaign, "/track/return_policy");

    if (policy == NULL) {
        return;
    }

    view = json_object();
    os_view_text(s, policy, "text", view);
    url = os_json_str(policy, "url");

    if (url.len) {
        os_json_set_str(view, "url", url);
    }

    (void) json_object_set_new(panel, "returns", view);
}


/* How it shall be packed: a choice while nothing has left the house. */
/* The note that was written before: whoever looks again sees it. */
static json_t *
os_panel_note(const json_t *record)
{
    json_t  *note = json_object();

    os_json_set_str(note, "text", os_json_str(json_object_get(record, "track"),
                                              "note"));

    return note;
}


static json_t *
os_panel_package(const os_speak_t *s, const json_t *record, const json_t *one)
{
    json_t    *view = json_object();
    int64_t    price;
    os_buf_t   text = { 0 };
    os_str_t   chosen, image, currency = os_json_str(record, "currency");

    chosen = os_json_str(json_object_get(record, "track"), "packaging");
    os_json_set_str(view, "id", os_json_str(one, "id"));
    os_view_text(s, one, "title", view);
    os_view_text(s, one, "text", view);
    image = os_json_str(one, "image");
    price = os_packaging_price(one, currency);

    if (image.len) {
        os_json_set_str(view, "image", image);
    }

    if (price > 0) {
        os_view_money(s, price, currency, &text);
        os_json_set_str(view, "price", os_buf_view(&text));
        os_buf_free(&text);
    }

    if (os_str_equal(chosen, os_json_str(one, "id"))) {
        (void) json_object_set_new(view, "checked", json_true());
    }

    return view;
}


static void
os_panel_packaging(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, json_t *payload, json_t *panel)
{
    int        note = 0, costs = 0;
    size_t     i;
    json_t    *all, *one, *view, *choices;

    all = os_campaign_at(s->campaign, "/track/packaging");

    if (json_array_size(all) == 0
        || !os_packaging_open(s->campaign, record,
                              json_object_get(record, "track")))
    {
        return;
    }

    choices = json_array();

    json_array_foreach(all, i, one) {
        if (!os_packaging_offered(one, record)) {
            continue;
        }

        view = os_panel_package(s, record, one);
        note = note || os_json_bool(one, "note");
        costs = costs || json_object_get(view, "price") != NULL;
        (void) json_array_append_new(choices, view);
    }

    view = json_object();

    if (costs) {
        (void) json_object_set_new(view, "costs", json_true());
    }

    if (note) {
        (void) json_object_set_new(view, "note", os_panel_note(record));
    }

    (void) json_object_set_new(view, "choices", choices);
    (void) json_object_set_new(panel, "packaging", view);
    os_panel_url(s, keys, payload, "packaging", "packaging", panel,
                 "packaging_url");
}


/* Where what was bought leads to, and what speaks for it. */
static void
os_panel_items(const json_t *record, const json_t *products, json_t *view)
{
    size_t     i;
    json_t    *item, *product;
    os_str_t   id;

    json_array_foreach(os_json_pointer(view, OS_STR("/order/items")), i, item)
    {
        id = os_json_str(json_array_get(json_object_get(record, "items"), i),
                         "id");
        product = id.len ? json_object_get(products, id.data) : NULL;

        if (json_object_get(item, "url") == NULL
            && os_url_ok(os_json_str(product, "url")))
        {
            os_json_set_str(item, "url", os_json_str(product, "url"));
        }

        if (os_json_str(product, "why").len) {
            os_json_set_str(item, "why", os_json_str(product, "why"));
        }
    }
}


/* A contract that was withdrawn from: nothing is advertised beside it. */
static int
os_panel_quiet(const json_t *record)
{
    return os_json_bool(json_object_get(record, "track"), "quiet");
}


json_t *
os_panel_products(const os_speak_t *s, const json_t *record,
    const json_t *products)
{
    size_t   i;
    json_t  *id, *product, *list;

    if (os_panel_quiet(record)) {
        return NULL;
    }

    list = json_array();

    json_array_foreach(json_object_get(json_object_get(record, "track"),
                                       "fits"), i, id)
    {
        product = json_object_get(products, json_string_value(id));

        if (os_catalog_in_stock(product)) {
            (void) json_array_append_new(list, os_catalog_view(s, product));
        }
    }

    if (json_array_size(list) == 0) {
        json_decref(list);
        return NULL;
    }

    return list;
}


void
os_panel_fits(const os_speak_t *s, const json_t *record,
    const json_t *products, json_t *view)
{
    json_t  *list, *fits;

    list = os_elsewhere(s->campaign, record)
           ? NULL : os_panel_products(s, record, products);

    if (list) {
        fits = json_object();
        (void) json_object_set_new(fits, "products", list);
        (void) json_object_set_new(view, "fits", fits);
    }
}


/* Whoever has asked for help with what came is not asked for anything. */
static int
os_panel_helped(const json_t *record)
{
    return os_json_int(json_object_get(json_object_get(record, "track"),
                                       "review"), "help", 0) != 0;
}


json_t *
os_panel_extras(const os_speak_t *s, const json_t *record)
{
    size_t         i;
    json_t        *extras, *one;
    os_str_t       text, code;
    const json_t  *from;

    static const char *const  names[] = { "referral", "two_for_one",
                                          "next_order" };

    if (os_str_equal(os_json_str(json_object_get(record, "save"), "arm"),
                     OS_STR("holdout"))
        || os_panel_helped(record) || os_panel_quiet(record)
        || os_elsewhere(s->campaign, record)
        || json_array_size(os_return_list(record)))
    {
        return NULL;
    }

    extras = json_object();

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        from = json_object_get(os_campaign_at(s->campaign, "/extras"),
                               names[i]);
        text = os_campaign_text(s->campaign, json_object_get(from, "text"),
                                os_locale_tag(s->locale));

        code = json_object_get(from, "pool")
               ? os_json_str(json_object_get(json_object_get(record, "track"),
                                             "extras"), names[i])
               : os_json_str(from, "code");

        if (text.len == 0 || (json_object_get(from, "pool") && !code.len)) {
            continue;
        }

        one = json_object();
        os_json_set_str(one, "text", text);

        if (os_json_str(from, "url").len) {
            os_json_set_str(one, "url", os_json_str(from, "url"));
        }

        if (code.len) {
            os_json_set_str(one, "code", code);
        }

        (void) json_object_set_new(extras, names[i], one);
    }

    if (json_object_size(extras) == 0) {
        json_decref(extras);
        return NULL;
    }

    return extras;
}


/* What a buyer may agree to, and take back: a box, which is not ticked. */
static void
os_panel_consents(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, json_t *payload, json_t *panel)
{
    size_t   i;
    json_t  *view;

    static const char *const  asked[][2] = {
        { "texts", OS_CONSENT_SMS }, { "news", OS_CONSENT_EMAIL }
    };

    for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        view = os_view_consent(s, record, asked[i][1]);

        if (view) {
            os_panel_url(s, keys, payload, asked[i][0], asked[i][0], view,
                         "url");
            (void) json_object_set_new(panel, asked[i][0], view);
        }
    }

    view = json_object_get(panel, "news");

    /* for templates of a shop's own, of before there was a box */

    if (json_object_get(view, "ask")) {
        os_json_set_str(panel, "news_url", os_json_str(view, "url"));
    }
}


void
os_panel_texts(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, os_eyes_t eyes, json_t *view)
{
    json_t  *payload, *panel;

    if (eyes == OS_EYES_STEPS || !os_panel_known(record)) {
        return;
    }

    panel = json_object();
    payload = os_panel_bound(s, record, eyes);
    os_panel_consents(s, keys, record, payload, panel);

    if (json_object_get(panel, "texts")) {
        (void) json_object_set(view, "texts", json_object_get(panel, "texts"));
    }

    json_decref(payload);
    json_decref(panel);
}


/* Once it has arrived: a review, or help, for everybody. */
static void
os_panel_after(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, json_t *payload, json_t *panel)
{
    json_t    *extras;
    os_buf_t   url = { 0 };

    if (!os_str_equal(os_json_str(json_object_get(record, "track"),
                                  "milestone"), OS_STR("delivered"))
        || os_panel_quiet(record))
    {
        return;
    }

    extras = os_panel_extras(s, record);

    if (extras) {
        (void) json_object_set_new(panel, "extras", extras);
    }

    if (os_campaign_at(s->campaign, "/review") == NULL) {
        return;
    }

    os_panel_url(s, keys, payload, "review", "review", panel, "review_url");
    os_buf_str(&url, os_json_str(panel, "review_url"));
    os_buf_text(&url, "#help");
    os_json_set_str(panel, "help_url", os_buf_view(&url));

    /* a marketplace has stars of its own; help is everybody's */

    if (os_elsewhere(s->campaign, record)) {
        (void) json_object_del(panel, "review_url");
    }

    (void) json_object_set_new(panel, "after", json_true());
    os_buf_free(&url);
}


/*
 * Where it can be asked to be stopped: the owner with one click. Who only has a
 * link says once more whose it is, since a link to look where a parcel is may
 * be anybody's.
 */
static void
os_panel_stops(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, os_eyes_t eyes, json_t *panel)
{
    json_t  *view;

    if (os_stop_hosted(s->campaign) && os_stop(record) == OS_STOP_OPEN) {
        view = os_panel_stop(s, keys, OS_NULL,
                             eyes == OS_EYES_OWNER ? record : NULL, eyes,
                             NULL);
        (void) json_object_update(panel, view);
        json_decref(view);
    }
}


/*
 * Where it can be asked to be sent back, and how what was asked for stands:
 * the same as of a cancel. What is in a gift not everybody is to read.
 */
static void
os_panel_back(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, json_t *payload, json_t *panel)
{
    json_t    *view, *list = NULL;
    os_buf_t   url = { 0 };
    os_eyes_t  eyes = os_panel_eyes(payload);

    if (!os_return_is_on(s->campaign)) {
        return;
    }

    view = json_object();

    if (eyes == OS_EYES_OWNER || !os_json_bool(record, "gift")) {
        list = os_view_return_list(s, record, eyes == OS_EYES_OWNER);
    }

    if (list) {
        (void) json_object_set_new(view, "returns", list);
    }

    if (os_return(s->campaign, record, s->now) == OS_RETURN_OPEN) {
        if (eyes == OS_EYES_OWNER) {
            os_panel_url(s, keys, payload, "return", "return", view, "url");

        } else {
            os_buf_str(&url, s->campaign->api_path);
            os_buf_text(&url, "return");
            os_json_set_str(view, "url", os_buf_view(&url));
            os_buf_free(&url);
        }
    }

    if (json_object_size(view)) {
        (void) json_object_set(panel, "back", view);
    }

    json_decref(view);
}


/* What was withdrawn from, and what happens with goods and money. */
static void
os_panel_withdrawn(const os_speak_t *s, const json_t *record, json_t *view,
    json_t *panel)
{
    json_t        *with, *w;
    os_buf_t       text = { 0 };
    const json_t  *how = os_campaign_at(s->campaign, "/withdrawal");

    w = os_withdrawal_of(json_object_get(record, "track"));

    if (w == NULL) {
        return;
    }

    with = json_object();
    os_withdrawal_moment(s->campaign, os_json_int(w, "at", 0) * 1000, &text);
    os_json_set_str(with, "at", os_buf_view(&text));
    os_buf_free(&text);

    if (json_object_get(w, "lines")) {
        (void) json_object_set(with, "lines", json_object_get(w, "lines"));
        (void) json_object_set_new(with, "has_lines", json_true());

    } else {
        (void) json_object_set_new(with, os_json_bool(w, "whole") ? "whole"
                                                                  : "some",
                                   json_true());
    }

    if (os_panel_quiet(record)) {
        (void) json_object_set_new(with, "money", json_true());
        (void) json_object_set_new(with,
            os_str_equal(os_json_str(how, "costs"), OS_STR("shop"))
            ? "cost_shop" : "cost_buyer", json_true());

        if (!json_is_false(json_object_get(how, "goods_first"))) {
            (void) json_object_set_new(with, "goods_first", json_true());
        }
    }

    (void) json_object_set_new(view, "withdrawn", with);
    (void) json_object_set_new(panel, "withdrawn", json_true());
}


/*
 * The way to a withdrawal: always there, never counted by days. Who only has a
 * link to look may not be the buyer: the form asks.
 */
static void
os_panel_withdraw(const os_speak_t *s, const os_keys_t *keys,
    json_t *payload, json_t *panel)
{
    json_t                     *view;
    os_buf_t                    url = { 0 };
    const os_withdraw_label_t  *label;

    if (!os_withdrawal_is_on(s->campaign)) {
        return;
    }

    view = json_object();
    label = os_withdraw_label(os_locale_tag(s->locale));

    if (label) {
        os_json_set_str(view, "label", os_str(label->link));

    } else {
        os_view_say(s, "withdraw.link", OS_NULL, view, "label");
    }

    if (os_panel_eyes(payload) == OS_EYES_OWNER) {
        os_panel_url(s, keys, payload, "withdraw", "withdraw", view, "url");

    } else {
        os_buf_str(&url, s->campaign->api_path);
        os_buf_text(&url, "withdraw");
        os_json_set_str(view, "url", os_buf_view(&url));
        os_buf_free(&url);
    }

    (void) json_object_set_new(panel, "withdraw", view);
}


/* Only what can be looked at is worth another look. */
static void
os_panel_looks(const json_t *view, json_t *panel)
{
    size_t   i;
    json_t  *item;

    json_array_foreach(os_json_pointer(view, OS_STR("/order/items")), i, item)
    {
        if (os_json_str(item, "url").len) {
            (void) json_object_set_new(panel, "links", json_true());
        }
    }
}


/* All that only who may know what is in it gets to see. */
static void
os_panel_more(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, const json_t *products, json_t *payload,
    json_t *view, json_t *panel)
{
    if (json_array_size(os_json_pointer(view, OS_STR("/order/items")))
        && (os_panel_eyes(payload) == OS_EYES_OWNER
            || !os_json_bool(record, "gift")))
    {
        (void) json_object_set_new(panel, "bought", json_true());
        os_panel_items(record, products, view);
        os_panel_looks(view, panel);
        os_panel_fits(s, record, products, panel);
    }

    if (os_json_pointer(view, OS_STR("/track/side"))) {
        os_panel_url(s, keys, payload, "answer", "answer", view,
                     "answer_url");
    }

    os_panel_after(s, keys, record, payload, panel);
    os_panel_consents(s, keys, record, payload, panel);
    os_panel_packaging(s, keys, record, payload, panel);
    os_panel_returns(s, panel);
    os_panel_back(s, keys, record, payload, panel);
    os_panel_stops(s, keys, record, os_panel_eyes(payload), panel);
    os_panel_withdrawn(s, record, view, panel);
    os_panel_withdraw(s, keys, payload, panel);
}


/* The order without what a panel never shows: sums, the buyer's name. */
static json_t *
os_panel_order(const os_speak_t *s, const json_t *record)
{
    json_t      *view;
    os_order_t  *order;

    order = os_order_from(record);
    view = os_view_order(s, order);
    os_order_free(order);
    (void) json_object_del(view, "total");
    (void) json_object_del(view, "shipping");
    (void) json_object_del(view, "fees");
    (void) json_object_del(view, "tax");
    (void) json_object_del(view, "discount");
    (void) json_object_del(view, "customer_name");

    return view;
}


/*
 * How far it is, and no more: the words of a parcel that can be collected say
 * where.
 */
static json_t *
os_panel_steps(const os_speak_t *s, const json_t *record)
{
    size_t   i;
    json_t  *bare, *view, *parcel;

    bare = json_deep_copy(record);

    json_array_foreach(os_json_pointer(bare, OS_STR("/track/parcels")), i,
                       parcel)
    {
        (void) json_object_del(parcel, "log");
    }

    view = os_view_track(s, bare, s->now);
    (void) json_object_del(view, "parcels");
    json_decref(bare);

    return view;
}


json_t *
os_panel_view(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, const json_t *products, os_eyes_t eyes,
    os_str_t version)
{
    json_t  *view, *panel, *track, *payload;

    view = json_object();
    panel = json_object();
    track = eyes == OS_EYES_STEPS ? os_panel_steps(s, record)
                                  : os_view_track(s, record, s->now);
    payload = os_panel_bound(s, record, eyes);

    (void) json_object_set_new(view, "order", os_panel_order(s, record));
    (void) json_object_set_new(view, "track", track);
    (void) json_object_set_new(view, "panel", panel);

    os_json_set_str(panel, "version", version);
    os_panel_urls(s, keys, payload, panel);

    /* beside the way, what to do stands for what comes */

    if (json_object_get(track, "side") == NULL) {
        os_view_say(s, "panel.next.",
                    os_json_str(json_object_get(record, "track"),
                                "milestone"), panel, "next");
    }

    if (eyes == OS_EYES_STEPS) {
        (void) json_object_del(json_object_get(view, "order"), "items");

    } else {
        os_panel_more(s, keys, record, products, payload, view, panel);
    }

    json_decref(payload);

    return view;
}


void
os_panel_proven(const os_speak_t *s, const os_keys_t *keys,
    const json_t *record, os_buf_t *out)
{
    json_t  *panel, *payload;

    panel = json_object();
    payload = os_panel_bound(s, record, OS_EYES_OWNER);
    os_panel_urls(s, keys, payload, panel);
    os_buf_str(out, os_json_str(panel, "url"));
    os_buf_char(out, ' ');
    os_buf_str(out, os_json_str(panel, "live_url"));
    json_decref(payload);
    json_decref(panel);
}


/* The payload about an order that is not there: what was brought along. */
static json_t *
os_panel_claim(const os_speak_t *s, const os_keys_t *keys, os_str_t id,
    const os_claim_t *claim)
{
    json_t    *payload;
    os_buf_t   text = { 0 };

    payload = os_panel_payload(s, id, OS_EYES_OWNER);
    os_token_proof(claim->proof, &text);

    if (claim->by.len) {
        os_json_set_str(payload, "b", claim->by);
    }

    if (os_campaign_at(s->campaign, "/api")) {
        os_json_set_int(payload, "w", s->now + OS_PANEL_COMES);
    }

    if (text.len) {
        os_json_set_str(payload, "h", os_buf_view(&text));
    }

    if (claim->email.len) {
        text.len = 0;
        os_keys_customer(keys, s->campaign->store, claim->email, &text);
        os_json_set_str(payload, "c", os_buf_view(&text));
    }

    if (claim->shown.len) {
        os_json_set_str(payload, "n", os_number_plain(claim->shown));
    }

    if (claim->ask.len) {
        os_json_set_str(payload, "u", claim->ask);
        os_json_set_int(payload, "d", claim->wait_ms);
    }

    if (claim->holds.data) {
        os_json_set_str(payload, "t", claim->holds);
    }

    os_buf_free(&text);

    return payload;
}


json_t *
os_panel_wait(const os_speak_t *s, const os_keys_t *keys, os_str_t id,
    const os_claim_t *claim)
{
    json_t  *view, *panel, *payload;

    view = json_object();
    panel = json_object();
    payload = os_panel_claim(s, keys, id, claim);

    if (claim->ask.len) {
        (void) json_object_set_new(panel, "asks", json_true());
    }

    os_panel_urls(s, keys, payload, panel);
    os_panel_url(s, keys, payload, "track", "track", panel, "page_url");
    (void) json_object_set_new(view, "panel", panel);
    json_decref(payload);

    return view;
}


json_t *
os_panel_stop(const os_speak_t *s, const os_keys_t *keys, os_str_t id,
    const json_t *record, os_eyes_t eyes, const os_claim_t *claim)
{
    json_t    *view, *stop, *payload;
    os_buf_t   url = { 0 };

    view = json_object();
    stop = json_object();
    payload = record ? os_panel_bound(s, record, eyes)
              : claim ? os_panel_claim(s, keys, id, claim) : NULL;

    if (payload) {
        os_panel_url(s, keys, payload, "cancel", "cancel", stop, "url");
        json_decref(payload);

    } else {
        os_buf_str(&url, s->campaign->api_path);
        os_buf_text(&url, "cancel");
        os_json_set_str(stop, "url", os_buf_view(&url));
        os_buf_free(&url);
    }

    (void) json_object_set_new(view, "stop", stop);

    return view;
}


/* What can be answered to each side state, in the order of the choices. */
static const struct {
    const char  *side;
    const char  *answers[5];
} os_panel_choices[] = {
    { "attempt_failed", { "address", "new_address", "reschedule", "collect" } },
    { "ready_for_pickup", { "collect", "reschedule" } },
    { "exception", { "address", "new_address", "refund" } },
    { "returned", { "resend", "new_address", "refund" } },
    { "delayed", { "wait", "cancel" } },
    { "not_shipped", { "wait", "cancel" } },
    { "stalled", { "wait", "cancel" } },
};


json_t *
os_panel_answers(const os_speak_t *s, const json_t *record)
{
    size_t              i, k;
    json_t             *list, *view, *track;
    os_str_t            side;
    os_tell_t           late;
    const char *const  *answer = NULL;

    list = json_array();
    track = json_object_get(record, "track");
    side = os_json_str(track, "side");

    if (side.len == 0 && os_track_late(track, &late)) {
        side = os_str(os_tell_word(late));
    }

    for (i = 0; i < sizeof(os_panel_choices) / sizeof(os_panel_choices[0]);
         i++)
    {
        if (os_str_equal(side, os_str(os_panel_choices[i].side))) {
            answer = os_panel_choices[i].answers;
        }
    }

    for (k = 0; answer && k < 5 && answer[k]; k++) {
        view = json_object();
        os_json_set_str(view, "id", os_str(answer[k]));
        os_view_say(s, "answer.", os_str(answer[k]), view, "label");
        (void) json_array_append_new(list, view);
    }

    view = json_object();
    os_json_set_str(view, "id", OS_STR("other"));
    os_view_say(s, "answer.", OS_STR("other"), view, "label");
    (void) json_array_append_new(list, view);

    return list;
}


os_str_t
os_panel_short_path(const os_campaign_t *c)
{
    os_str_t  path;

    path = os_json_str(os_campaign_at(c, "/track"), "short_path");

    return path.len ? path : OS_STR("/o/");
}
