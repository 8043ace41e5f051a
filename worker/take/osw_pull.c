/*
 * osw_pull: see osw_pull.h.
 *
 *     GET pull → call → products written → SET pull → next page …
 *     → next list … → whole: what was not met → asked for again → dropped
 *     → SET pull
 *
 * `pull:STORE` says how far a reading has come, after every page: whoever holds
 * shard 0 next goes on from there. A page that is read twice writes the same.
 *
 * What is gone tells nobody. So a whole reading notes in every shard what it
 * has met (`pulled:STORE`, with a mark that is this reading's); what it has not
 * met is asked for by its id, where the source says how: whatever is taken away
 * from a list while its pages are read moves others past the reader. What is
 * not there then is dropped. Nothing is, when the mark is gone, when a list
 * was not to be had, or when not one product was met.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/base/os_json_outside.h"
#include "core/campaign/os_action.h"
#include "core/order/os_products.h"
#include "core/view/os_catalog.h"
#include "redis/os_script_work.h"
#include "worker/osw_api.h"
#include "worker/osw_lease.h"
#include "worker/osw_zone.h"
#include "worker/take/osw_catalog.h"
#include "worker/take/osw_pull.h"


#define OSW_PULL_EVERY    3600
#define OSW_PULL_WHOLE    86400
#define OSW_PULL_OVERLAP  60        /* s: clocks differ */
#define OSW_PULL_AGAIN    60        /* s after a failure, doubled */
#define OSW_PULL_PAGES    100000
#define OSW_PULL_IDS      50        /* asked for in one call */
#define OSW_PULL_TIMEOUT  30000


typedef struct osw_pull_s  osw_pull_t;
typedef void (*osw_pull_pt)(osw_pull_t *p);

struct osw_pull_s {
    osw_t        *w;
    osw_store_t  *store;
    int64_t       next;             /* s: not looked at earlier */
    int64_t       epoch;            /* of shard 0, when it began */
    unsigned      fails;            /* in a row */
    json_t       *state;            /* as in Redis, see docs/formats.md */
    json_t       *run;              /* its `run`, borrowed; NULL: none */
    size_t        pending;          /* writes under way */
    osw_pull_pt   then;             /* once they are over */
    size_t        met;              /* products of the page that is written */
    uint8_t       first[OS_SHA256_LEN];     /* of the page before: its hash */
    json_t       *missed;           /* ids that a whole reading did not meet */
    json_t       *asked;            /* of them, by the call that is out */
    unsigned      failed:1;
    unsigned      busy:1;
    unsigned      told:1;           /* of a record that is passed over */
};


static void osw_pull_call(osw_pull_t *p);
static void osw_pull_again(osw_pull_t *p);


static int64_t
osw_pull_now(const osw_pull_t *p)
{
    return osw_now_ms(p->w) / 1000;
}


static int64_t
osw_pull_duration(const osw_pull_t *p, const char *name, int64_t other)
{
    char  pointer[64];

    snprintf(pointer, sizeof(pointer), "/catalog/pull/%s", name);

    return os_campaign_duration(p->store->campaign, pointer, other);
}


/* Nothing is out any more: until `next` it rests. */
static void
osw_pull_rest(osw_pull_t *p, int64_t next)
{
    json_decref(p->state);
    json_decref(p->missed);
    json_decref(p->asked);
    p->state = p->run = p->missed = p->asked = NULL;
    p->next = next;
    p->busy = 0;
}


/* It is gone on with from where it stands in Redis, after a while. */
static void
osw_pull_fail(osw_pull_t *p, int64_t after, const char *why)
{
    int64_t  wait, every = osw_pull_duration(p, "every", OSW_PULL_EVERY);

    wait = OSW_PULL_AGAIN << (p->fails < 10 ? p->fails : 10);
    wait = wait > every ? every : wait;
    wait = wait > after ? wait : after;
    p->fails++;
    osw_log(OSW_WARN, "%.*s: catalog: %s; again in %lld s",
            (int) p->store->name.len, p->store->name.data, why,
            (long long) wait);
    osw_pull_rest(p, osw_pull_now(p) + wait);
}


/* Another has shard 0: it goes on. */
static int
osw_pull_lost(osw_pull_t *p)
{
    if (p->w->shard[0].epoch == p->epoch && !p->w->stopping) {
        return 0;
    }

    osw_pull_rest(p, 0);
    return 1;
}


static void
osw_pull_wait(osw_pull_t *p, osw_pull_pt then)
{
    p->pending = 1;
    p->failed = 0;
    p->then = then;
}


static void
osw_pull_wrote(void *data, int failed)
{
    osw_pull_t  *p = data;

    p->failed |= failed != 0;

    if (--p->pending > 0 || osw_pull_lost(p)) {
        return;
    }

    if (p->failed) {
        osw_pull_fail(p, 0, "Redis does not take it");

    } else {
        p->then(p);
    }
}


static void
osw_pull_reply(os_command_t *cmd, redisReply *reply)
{
    osw_pull_wrote(cmd->data, osw_reply_failed(reply));
}


static os_command_t *
osw_pull_command(osw_pull_t *p, unsigned shard, const char *verb,
    unsigned words, const char *key, os_reply_pt handler)
{
    os_command_t  *cmd;

    cmd = os_command_new(shard, handler, p);
    os_command_words(cmd, words);
    os_command_add(cmd, os_str(verb));
    osw_command_key(p->w, cmd, key, p->store->name, OS_NULL, OS_NULL);

    return cmd;
}


static void
osw_pull_send(osw_pull_t *p, os_command_t *cmd)
{
    p->pending++;
    osw_redis_send(p->w->redis, cmd);
}


/* How far it has come is known, then it goes on. */
static void
osw_pull_save(osw_pull_t *p, osw_pull_pt then)
{
    os_buf_t       text = { 0 };
    os_command_t  *cmd;

    osw_pull_wait(p, then);
    os_json_dump(&text, p->state);
    cmd = osw_pull_command(p, 0, "SET", 3, "pull", osw_pull_reply);
    os_command_add(cmd, os_buf_view(&text));
    osw_pull_send(p, cmd);
    os_buf_free(&text);
    osw_pull_wrote(p, 0);
}


static int
osw_pull_whole(const osw_pull_t *p)
{
    return os_json_bool(p->run, "whole");
}


static json_t *
osw_pull_list(const osw_pull_t *p)
{
    return json_array_get(p->store->pull.lists,
                          (size_t) os_json_int(p->run, "list", 0));
}


/* --- the end --- */


static void
osw_pull_rests(osw_pull_t *p)
{
    p->fails = 0;
    osw_pull_rest(p, osw_pull_now(p)
                     + osw_pull_duration(p, "every", OSW_PULL_EVERY));
}


static void
osw_pull_done(osw_pull_t *p)
{
    int64_t  began = os_json_int(p->run, "began", 0);

    osw_log(OSW_INFO, "%.*s: catalog: %s: %lld products, %lld passed over, "
            "%lld taken away", (int) p->store->name.len, p->store->name.data,
            osw_pull_whole(p) ? "all" : "changes",
            (long long) os_json_int(p->run, "taken", 0),
            (long long) os_json_int(p->run, "bad", 0),
            (long long) os_json_int(p->run, "gone", 0));

    os_json_set_int(p->state, "changes", began);

    if (osw_pull_whole(p)) {
        os_json_set_int(p->state, "whole", began);
    }

    (void) json_object_del(p->state, "run");
    p->run = NULL;
    osw_pull_save(p, osw_pull_rests);
}


/* What was noted of this reading is of no more use. */
static void
osw_pull_forget(osw_pull_t *p)
{
    unsigned  shard;

    osw_pull_wait(p, osw_pull_done);

    for (shard = 0; shard < p->w->config->space.shards; shard++) {
        osw_pull_send(p, osw_pull_command(p, shard, "DEL", 2, "pulled",
                                          osw_pull_reply));
    }

    osw_pull_wrote(p, 0);
}


/* What the store has no more. */
static void
osw_pull_drop(osw_pull_t *p)
{
    json_t      *yes;
    const char  *id;

    os_json_set_int(p->run, "gone", os_json_int(p->run, "gone", 0)
                                    + (int64_t) json_object_size(p->missed));
    osw_pull_wait(p, osw_pull_forget);

    json_object_foreach(p->missed, id, yes) {
        p->pending++;
        osw_catalog_drop(p->w, p->store->name, os_str(id), osw_pull_wrote, p);
    }

    osw_pull_wrote(p, 0);
}


static void
osw_pull_missed(os_command_t *cmd, redisReply *reply)
{
    size_t       i;
    os_str_t     id;
    osw_pull_t  *p = cmd->data;

    for (i = 0; !osw_reply_failed(reply) && i < reply->elements; i++) {
        id = osw_reply_str(reply->element[i]);

        if (p->missed && id.len) {
            (void) json_object_setn_new(p->missed, id.data, id.len,
                                        json_false());
        }
    }

    osw_pull_wrote(p, osw_reply_failed(reply));
}


/* All lists are read to their ends: who was not there? */
static void
osw_pull_sweep(osw_pull_t *p)
{
    unsigned       shard;
    os_command_t  *cmd;

    if (!osw_pull_whole(p)) {
        osw_pull_done(p);
        return;
    }

    if (os_json_bool(p->run, "part") || os_json_int(p->run, "taken", 0) == 0) {
        osw_log(OSW_WARN, "%.*s: catalog: nothing is taken away, because %s",
                (int) p->store->name.len, p->store->name.data,
                os_json_bool(p->run, "part") ? "a list was not to be had"
                                             : "not one product was there");
        osw_pull_forget(p);
        return;
    }

    p->missed = json_object();
    osw_pull_wait(p, osw_pull_again);

    for (shard = 0; shard < p->w->config->space.shards; shard++) {
        cmd = os_command_new(shard, osw_pull_missed, p);
        os_command_script(cmd, &os_script_missed, 2, 1);
        osw_command_key(p->w, cmd, "pulled", p->store->name, OS_NULL, OS_NULL);
        osw_command_key(p->w, cmd, "products", p->store->name, OS_NULL,
                        OS_NULL);
        os_command_add(cmd, os_json_str(p->run, "mark"));
        osw_pull_send(p, cmd);
    }

    osw_pull_wrote(p, 0);
}


/* --- products --- */


/* Met, whatever became of it. */
static void
osw_pull_met(osw_pull_t *p, os_str_t id)
{
    unsigned       shard;
    os_command_t  *cmd;

    if (!osw_pull_whole(p) || p->missed || id.len == 0) {
        return;
    }

    shard = os_space_shard(&p->w->config->space, p->store->name, id, OS_NULL);
    cmd = osw_pull_command(p, shard, "SADD", 3, "pulled", osw_pull_reply);
    os_command_add(cmd, id);
    osw_pull_send(p, cmd);
}


/* A price without a currency is none; the product is one all the same. */
static void
osw_pull_currency(osw_pull_t *p, json_t *record, os_str_t currency)
{
    currency = currency.len ? currency
               : os_json_str(p->store->pull.how, "currency");
    currency = currency.len ? currency : os_json_str(p->run, "currency");

    if (os_json_str(record, "currency").len) {
        return;
    }

    if (currency.len) {
        os_json_set_str(record, "currency", currency);

    } else {
        (void) json_object_del(record, "price");
        (void) json_object_del(record, "sale_price");
    }
}


static void
osw_pull_bad(osw_pull_t *p, os_str_t id, const char *why)
{
    os_json_set_int(p->run, "bad", os_json_int(p->run, "bad", 0) + 1);

    if (!p->told) {
        p->told = 1;
        osw_log(OSW_WARN, "%.*s: catalog: product %.*s is passed over: %s",
                (int) p->store->name.len, p->store->name.data, (int) id.len,
                id.data ? id.data : "", why);
    }
}


static void
osw_pull_record(osw_pull_t *p, json_t *record, os_str_t currency)
{
    json_t      *product;
    os_str_t     id = os_json_str(record, "id");
    os_error_t   err;

    if (os_json_bool(record, "gone")) {
        p->pending++;
        osw_catalog_drop(p->w, p->store->name, id, osw_pull_wrote, p);
        osw_pull_met(p, id);
        return;
    }

    osw_pull_currency(p, record, currency);
    product = os_catalog_product(p->store->campaign, record, &err);
    osw_pull_met(p, id);

    if (p->missed) {
        (void) json_object_deln(p->missed, id.data ? id.data : "", id.len);
    }

    if (product == NULL) {
        osw_pull_bad(p, id, err.text);
        return;
    }

    os_json_set_int(p->run, "taken", os_json_int(p->run, "taken", 0) + 1);
    p->pending++;
    osw_catalog_put(p->w, p->store->name, product, osw_pull_wrote, p);
    json_decref(product);
}


static void
osw_pull_products(osw_pull_t *p, const json_t *list, const json_t *raws,
    os_str_t currency)
{
    size_t   i, n;
    json_t  *raw, *record, *records;

    json_array_foreach(raws, i, raw) {
        records = os_products_records(p->store->pull.catalog,
                                      p->store->pull.words,
                                      os_json_str(list, "as"), raw);

        json_array_foreach(records, n, record) {
            osw_pull_record(p, record, currency);
        }

        json_decref(records);
    }
}


/* --- calls --- */


static int
osw_pull_may(void *data)
{
    const osw_pull_t  *p = data;

    return osw_lease_still(&p->w->shard[0], p->epoch);
}


static void
osw_pull_moment(json_t *view, const char *name, const char *format,
    int64_t at)
{
    char       text[32];
    time_t     when = (time_t) at;
    struct tm  tm;

    (void) strftime(text, sizeof(text), format, gmtime_r(&when, &tm));
    os_json_set_str(view, name, os_str(text));
}


static void
osw_pull_ids(const json_t *ids, json_t *view)
{
    size_t     i;
    json_t    *id;
    os_buf_t   text = { 0 };

    json_array_foreach(ids, i, id) {
        os_buf_text(&text, i ? "," : "");
        os_buf_text(&text, json_string_value(id));
    }

    os_json_set_str(view, "include", os_buf_view(&text));
    (void) json_object_set(view, "ids", (json_t *) ids);
    os_buf_free(&text);
}


static json_t *
osw_pull_view(const osw_pull_t *p)
{
    json_t    *view = json_object();
    int64_t    since = os_json_int(p->run, "since", 0);
    os_str_t   cursor = os_json_str(p->run, "cursor");

    osw_pull_moment(view, "since", "%Y-%m-%dT%H:%M:%S", since);
    osw_pull_moment(view, "since_shop", "%Y-%m-%d %H:%M:%S",
                    osw_zone_shop(os_json_str(p->store->campaign->json,
                                              "country"),
                                  os_campaign_offset(p->store->campaign),
                                  since));
    os_json_set_int(view, "since_epoch", since);
    os_json_set_int(view, "page", os_json_int(p->run, "page", 1));

    if (cursor.len) {
        os_json_set_str(view, "cursor", cursor);
    }

    if (p->asked) {
        osw_pull_ids(p->asked, view);
    }

    return view;
}


/* With the store's own key, unless the campaign names another place. */
static void
osw_pull_send_call(osw_pull_t *p, const json_t *call, osw_answer_pt done)
{
    int                     basic, api;
    json_t                 *view = osw_pull_view(p), *headers;
    os_str_t                base = p->store->pull.base;
    os_error_t              err;
    const char             *secret;
    os_request_t            request;
    const osw_pull_conf_t  *c = &p->store->pull;

    if (os_action_expand(call, base, view, &request, &err) != 0) {
        osw_pull_fail(p, 0, err.text);
        json_decref(view);
        return;
    }

    json_decref(view);
    headers = json_object_get(c->how, "headers");

    if (headers) {
        (void) json_object_update_missing(request.headers, headers);
    }

    if (c->key) {
        os_json_set_str(request.headers,
                        os_json_str(json_object_get(c->how, "key"),
                                    "header").data, os_str(c->key));
    }

    api = json_object_get(c->how, "base") == NULL && c->key == NULL;
    secret = api ? p->store->api_secret : NULL;
    basic = os_json_str(os_campaign_at(p->store->campaign, "/api"),
                        "basic_file").len > 0;

    if (api) {
        headers = json_object_get(os_campaign_at(p->store->campaign, "/api"),
                                  "headers");

        if (headers) {
            (void) json_object_update_missing(request.headers, headers);
        }
    }

    osw_http_send(p->w, &request, basic ? secret : NULL, basic ? NULL : secret,
                  OSW_PULL_TIMEOUT, osw_pull_may, done, p);
    os_request_free(&request);
}


static void
osw_pull_refused(osw_pull_t *p, const osw_answer_t *answer,
    const char *what)
{
    int          len = (int) p->store->pull.base.len;
    char         words[OSW_WORDS_MAX + 16], why[OSW_WORDS_MAX + 300];

    osw_http_words(answer, words, sizeof(words));
    snprintf(why, sizeof(why), "%.*s %s%s", len > 200 ? 200 : len,
             p->store->pull.base.data,
             what ? "" : answer->status ? "said " : "does not answer: ",
             what ? what : words);
    osw_pull_fail(p, (answer->retry_after_ms + 999) / 1000, why);
}


/* What stands at `each` of an answer: a list, or NULL: there is none. */
static json_t *
osw_pull_raws(const json_t *list, const json_t *body)
{
    json_t  *raws;

    raws = os_json_pointer(body, os_json_str(list, "each"));

    return json_is_array(raws) ? raws : NULL;
}


/* --- page by page --- */


/* The next list, or the end. */
static void
osw_pull_next(osw_pull_t *p)
{
    os_json_set_int(p->run, "list", os_json_int(p->run, "list", 0) + 1);
    os_json_set_int(p->run, "page", 1);
    (void) json_object_del(p->run, "cursor");
    memset(p->first, 0, sizeof(p->first));
    osw_pull_save(p, osw_pull_list(p) ? osw_pull_call : osw_pull_sweep);
}


/* A store that knows no pages answers the same one for ever. */
static int
osw_pull_repeats(osw_pull_t *p, const json_t *raws)
{
    int        same;
    uint8_t    first[OS_SHA256_LEN];
    os_buf_t   text = { 0 };

    os_json_dump(&text, json_array_get(raws, 0));
    os_sha256(text.data ? text.data : "", text.len, first);
    same = text.len && memcmp(first, p->first, sizeof(first)) == 0;
    memcpy(p->first, first, sizeof(first));
    os_buf_free(&text);

    return same;
}


/* All of a page is written. */
static void
osw_pull_more(osw_pull_t *p)
{
    int64_t  page = os_json_int(p->run, "page", 1);

    if (p->met == 0 || page >= OSW_PULL_PAGES
        || (json_object_get(osw_pull_list(p), "cursor")
            && json_object_get(p->run, "cursor") == NULL))
    {
        osw_pull_next(p);
        return;
    }

    os_json_set_int(p->run, "page", page + 1);
    osw_pull_save(p, osw_pull_call);
}


static void
osw_pull_take(osw_pull_t *p, const json_t *body, const json_t *raws)
{
    json_t        *at;
    const json_t  *list = osw_pull_list(p);

    (void) json_object_del(p->run, "cursor");

    if (json_object_get(list, "cursor")) {
        at = os_json_pointer(body, os_json_str(list, "cursor"));

        if (json_string_length(at)) {
            (void) json_object_set(p->run, "cursor", at);
        }
    }

    p->met = osw_pull_repeats(p, raws) ? 0 : json_array_size(raws);
    osw_pull_wait(p, osw_pull_more);

    if (p->met) {
        at = os_json_pointer(body, os_json_str(list, "currency"));
        osw_pull_products(p, list, raws,
                          json_object_get(list, "currency")
                          ? os_str(json_string_value(at)) : OS_NULL);
    }

    osw_pull_wrote(p, 0);
}


static void
osw_pull_answer(void *data, const osw_answer_t *answer)
{
    json_t      *body, *raws;
    osw_pull_t  *p = data;

    if (osw_pull_lost(p)) {
        return;
    }

    if (answer->status == 404 && os_json_bool(osw_pull_list(p), "optional")
        && os_json_int(p->run, "page", 1) == 1)
    {
        (void) json_object_set_new(p->run, "part", json_true());
        osw_pull_next(p);
        return;
    }

    if (answer->status != 200) {
        osw_pull_refused(p, answer, NULL);
        return;
    }

    body = os_json_outside(answer->body, "answer", NULL);
    raws = osw_pull_raws(osw_pull_list(p), body);

    if (raws == NULL) {
        osw_pull_refused(p, answer, "answered without a list of products");

    } else {
        osw_pull_take(p, body, raws);
    }

    json_decref(body);
}


static void
osw_pull_call(osw_pull_t *p)
{
    osw_pull_send_call(p, json_object_get(osw_pull_list(p), "call"),
                       osw_pull_answer);
}


/* --- what was not met is asked for by its id --- */


/* The next list that can be asked so, from the run's `list` on; or NULL. */
static json_t *
osw_pull_asks(osw_pull_t *p)
{
    json_t  *list;

    for ( ;; ) {
        list = json_array_get(p->store->pull.lists,
                              (size_t) os_json_int(p->run, "asks", 0));

        if (list == NULL || json_object_get(list, "again")) {
            return list;
        }

        os_json_set_int(p->run, "asks", os_json_int(p->run, "asks", 0) + 1);
    }
}


static void
osw_pull_again_answer(void *data, const osw_answer_t *answer)
{
    json_t      *body, *raws, *list;
    osw_pull_t  *p = data;

    if (osw_pull_lost(p)) {
        return;
    }

    list = osw_pull_asks(p);
    body = answer->status == 200
           ? os_json_outside(answer->body, "answer", NULL) : NULL;
    raws = osw_pull_raws(list, body);

    if (raws == NULL) {
        osw_pull_refused(p, answer, answer->status == 200
                         ? "answered without a list of products" : NULL);

    } else {
        osw_pull_wait(p, osw_pull_again);
        osw_pull_products(p, list, raws, OS_NULL);
        osw_pull_wrote(p, 0);
    }

    json_decref(body);
}


/* So many of which this list was not asked yet; 0: of all it was. */
static size_t
osw_pull_some(osw_pull_t *p)
{
    size_t       i;
    json_t      *round, *id;
    int64_t      now = os_json_int(p->run, "asks", 0) + 1;
    const char  *name;

    json_decref(p->asked);
    p->asked = json_array();

    json_object_foreach(p->missed, name, round) {
        if (json_integer_value(round) < now
            && json_array_size(p->asked) < OSW_PULL_IDS)
        {
            (void) json_array_append_new(p->asked, json_string(name));
        }
    }

    json_array_foreach(p->asked, i, id) {
        os_json_set_int(p->missed, json_string_value(id), now);
    }

    return json_array_size(p->asked);
}


static void
osw_pull_again(osw_pull_t *p)
{
    json_t  *list;

    while ((list = osw_pull_asks(p)) != NULL) {
        if (osw_pull_some(p)) {
            osw_pull_send_call(p, json_object_get(list, "again"),
                               osw_pull_again_answer);
            return;
        }

        os_json_set_int(p->run, "asks", os_json_int(p->run, "asks", 0) + 1);
    }

    osw_pull_drop(p);
}


/* --- the beginning --- */


static void
osw_pull_marked(osw_pull_t *p)
{
    osw_pull_save(p, osw_pull_call);
}


/* Every shard forgets the reading before, and gets the mark of this one. */
static void
osw_pull_mark(osw_pull_t *p)
{
    char           mark[40];
    uint64_t       random = 0;
    unsigned       shard;
    os_command_t  *cmd;

    (void) os_random(&random, sizeof(random));
    snprintf(mark, sizeof(mark), "reading/%016llx",
             (unsigned long long) random);
    os_json_set_str(p->run, "mark", os_str(mark));
    osw_pull_wait(p, osw_pull_marked);

    for (shard = 0; shard < p->w->config->space.shards; shard++) {
        osw_pull_send(p, osw_pull_command(p, shard, "DEL", 2, "pulled",
                                          osw_pull_reply));
        cmd = osw_pull_command(p, shard, "SADD", 3, "pulled", osw_pull_reply);
        os_command_add(cmd, os_str(mark));
        osw_pull_send(p, cmd);
    }

    osw_pull_wrote(p, 0);
}


/* Now it is known in what money prices are, as far as it can be. */
static void
osw_pull_open(osw_pull_t *p)
{
    if (osw_pull_whole(p)) {
        osw_pull_mark(p);

    } else {
        osw_pull_save(p, osw_pull_call);
    }
}


/* What does not answer is asked again: prices would be lost without it. */
static void
osw_pull_currency_answer(void *data, const osw_answer_t *answer)
{
    json_t      *body, *at;
    osw_pull_t  *p = data;

    if (osw_pull_lost(p)) {
        return;
    }

    if (answer->status != 200 && answer->status != 404) {
        osw_pull_refused(p, answer, NULL);
        return;
    }

    body = answer->status == 200
           ? os_json_outside(answer->body, "answer", NULL) : NULL;
    at = os_json_pointer(body, os_json_str(
                             json_object_get(p->store->pull.catalog,
                                             "currency"), "at"));

    if (answer->status == 200 && json_string_length(at) == 0) {
        osw_pull_refused(p, answer, "answered without a currency");

    } else {
        if (at) {
            (void) json_object_set(p->run, "currency", at);
        }

        osw_pull_open(p);
    }

    json_decref(body);
}


static void
osw_pull_ask_currency(osw_pull_t *p)
{
    json_t  *call;

    call = json_object_get(json_object_get(p->store->pull.catalog,
                                           "currency"), "call");

    if (call && json_object_get(p->store->pull.how, "currency") == NULL) {
        osw_pull_send_call(p, call, osw_pull_currency_answer);

    } else {
        osw_pull_open(p);
    }
}


static void
osw_pull_new(osw_pull_t *p, int whole, int64_t now)
{
    int64_t  last = os_json_int(p->state, "changes", 0);

    p->run = json_object();
    (void) json_object_set_new(p->state, "run", p->run);
    os_json_set_int(p->run, "began", now);
    os_json_set_int(p->run, "list", 0);
    os_json_set_int(p->run, "page", 1);
    os_json_set_int(p->run, "since", whole || last < OSW_PULL_OVERLAP
                                     ? 0 : last - OSW_PULL_OVERLAP);

    if (whole) {
        (void) json_object_set_new(p->run, "whole", json_true());
    }

    osw_pull_ask_currency(p);
}


/* Where a reading was broken off it goes on. */
static void
osw_pull_begin(osw_pull_t *p)
{
    int64_t  now = osw_pull_now(p), whole, changes;

    p->told = 0;
    memset(p->first, 0, sizeof(p->first));
    p->run = json_object_get(p->state, "run");

    if (json_is_object(p->run)) {
        (void) json_object_del(p->run, "asks");

        if (osw_pull_list(p)) {
            osw_pull_call(p);

        } else {
            osw_pull_sweep(p);
        }

        return;
    }

    whole = os_json_int(p->state, "whole", 0)
            + osw_pull_duration(p, "whole", OSW_PULL_WHOLE);
    changes = os_json_int(p->state, "changes", 0)
              + osw_pull_duration(p, "every", OSW_PULL_EVERY);

    if (whole <= now || changes <= now) {
        osw_pull_new(p, whole <= now, now);

    } else {
        osw_pull_rest(p, whole < changes ? whole : changes);
    }
}


static void
osw_pull_found(os_command_t *cmd, redisReply *reply)
{
    osw_pull_t  *p = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_pull_rest(p, osw_pull_now(p) + 1);
        return;
    }

    p->state = os_json_parse(osw_reply_str(reply), "pull", NULL);
    p->state = json_is_object(p->state) ? p->state : json_object();

    if (!osw_pull_lost(p)) {
        osw_pull_begin(p);
    }
}


void
osw_pull_tick(osw_t *w)
{
    size_t       i;
    osw_pull_t  *p;

    if (w->shard[0].epoch == 0 || w->stopping) {
        return;
    }

    if (w->pull == NULL) {
        w->pull = calloc(OSW_STORES_MAX, sizeof(osw_pull_t));
    }

    p = w->pull;

    for (i = 0; p != NULL && i < w->config->nstores; i++, p++) {
        p->w = w;
        p->store = &w->config->store[i];

        if (p->store->pull.how && !p->busy && p->next <= osw_pull_now(p)) {
            p->busy = 1;
            p->epoch = w->shard[0].epoch;
            osw_redis_send(w->redis,
                           osw_pull_command(p, 0, "GET", 2, "pull",
                                            osw_pull_found));
        }
    }
}


void
osw_pull_stop(osw_t *w)
{
    size_t       i;
    osw_pull_t  *p = w->pull;

    for (i = 0; p != NULL && i < OSW_STORES_MAX; i++) {
        osw_pull_rest(&p[i], 0);
    }

    free(p);
    w->pull = NULL;
}
