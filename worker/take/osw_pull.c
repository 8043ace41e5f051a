/*
 * osw_pull: see osw_pull.h.
 *
 *     GET pull → call → products written → SET pull → next page …
 *     → next list … → whole: what was not met → asked for again → dropped
 *     → SET pull
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/base/os_json_outside.h"
#include "worker/take/osw_pull.h"
#include "worker/take/osw_pull_call.h"
#include "worker/take/osw_pull_sweep.h"
#include "worker/take/osw_pull_take.h"


#define OSW_PULL_WHOLE    86400
#define OSW_PULL_OVERLAP  60            /* s: clocks differ */
#define OSW_PULL_PAGES    100000        /* of one list */
#define OSW_PULL_KEPT     (7 * 86400)   /* s: then a reading has no end */
#define OSW_PULL_CURSOR   1000          /* bytes */


static void osw_pull_page(osw_pull_t *p);


/* --- page by page --- */


/* The next list, or the end. */
static void
osw_pull_next(osw_pull_t *p)
{
    os_json_set_int(p->run, "list", os_json_int(p->run, "list", 0) + 1);
    os_json_set_int(p->run, "page", 1);
    (void) json_object_del(p->run, "cursor");
    memset(p->first, 0, sizeof(p->first));
    osw_pull_save(p, osw_pull_list(p) ? osw_pull_page : osw_pull_sweep);
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


static void
osw_pull_turn(osw_pull_t *p)
{
    os_json_set_int(p->run, "page", os_json_int(p->run, "page", 1) + 1);
    osw_pull_save(p, osw_pull_page);
}


/* All of a page is written. */
static void
osw_pull_more(osw_pull_t *p)
{
    p->fails = 0;

    if (p->met == 0
        || (json_object_get(osw_pull_list(p), "cursor")
            && json_object_get(p->run, "cursor") == NULL))
    {
        osw_pull_next(p);

    } else if (os_json_int(p->run, "page", 1) >= OSW_PULL_PAGES) {
        osw_pull_log(p, OSW_WARN, "still more after %d pages", OSW_PULL_PAGES);
        osw_pull_part(p);
        osw_pull_next(p);

    } else {
        osw_pull_turn(p);
    }
}


/*
 * Where to go on. -1: there is a cursor that is none; what is kept of a run is
 * short.
 */
static int
osw_pull_cursor(osw_pull_t *p, const json_t *body)
{
    json_t        *at;
    const json_t  *list = osw_pull_list(p);

    (void) json_object_del(p->run, "cursor");

    if (json_object_get(list, "cursor") == NULL) {
        return 0;
    }

    at = os_json_pointer(body, os_json_str(list, "cursor"));

    if (json_string_length(at) > OSW_PULL_CURSOR) {
        return -1;
    }

    if (json_string_length(at)) {
        (void) json_object_set(p->run, "cursor", at);
    }

    return 0;
}


/*
 * The same page again is an end. Where those that were not met can be asked for
 * that is seen to; where not, there may be more that it does not show.
 */
static void
osw_pull_got(osw_pull_t *p, const json_t *body, const json_t *raws)
{
    json_t        *at;
    const json_t  *list = osw_pull_list(p);

    p->met = json_array_size(raws);

    if (p->met && osw_pull_repeats(p, raws)) {
        p->met = 0;

        if (json_object_get(list, "again") == NULL) {
            osw_pull_part(p);
        }
    }

    osw_pull_wait(p, osw_pull_more);

    if (p->met) {
        at = os_json_pointer(body, os_json_str(list, "currency"));
        osw_pull_take(p, list, raws,
                      json_object_get(list, "currency")
                      ? os_str(json_string_value(at)) : OS_NULL);
    }

    osw_pull_wrote(p, 0);
}


/* A list that this store does not have. */
static int
osw_pull_lacks(const osw_pull_t *p, const osw_answer_t *answer)
{
    return answer->status == 404 && os_json_bool(osw_pull_list(p), "optional")
           && os_json_int(p->run, "page", 1) == 1;
}


/*
 * A page that fails again and again, by a product on it, say, does not hold up
 * for ever what comes behind it. A store that says 503 is down as a whole.
 */
static int
osw_pull_stuck(const osw_pull_t *p, const osw_answer_t *answer)
{
    return p->fails >= OSW_PULL_FAILS && answer->status != 503
           && (answer->status >= 500 || answer->too_long);
}


static void
osw_pull_pass(osw_pull_t *p)
{
    osw_pull_log(p, OSW_WARN, "page %lld of list %lld is passed over, after %u "
                 "failures", (long long) os_json_int(p->run, "page", 1),
                 (long long) os_json_int(p->run, "list", 0) + 1, p->fails);
    osw_pull_part(p);

    if (json_object_get(osw_pull_list(p), "cursor")
        || os_json_int(p->run, "page", 1) >= OSW_PULL_PAGES)
    {
        osw_pull_next(p);

    } else {
        osw_pull_turn(p);
    }
}


static void
osw_pull_answer(void *data, const osw_answer_t *answer)
{
    json_t      *body, *raws;
    osw_pull_t  *p = data;

    if (osw_pull_lost(p)) {
        return;
    }

    if (answer->status == 200) {
        raws = osw_pull_raws(p, osw_pull_list(p), answer, &body);

        if (raws && osw_pull_cursor(p, body) == 0) {
            osw_pull_got(p, body, raws);

        } else if (raws) {
            osw_pull_refused(p, answer, "answered with a cursor that is none");
        }

        json_decref(body);

    } else if (osw_pull_lacks(p, answer)) {
        osw_pull_part(p);
        osw_pull_next(p);

    } else if (osw_pull_stuck(p, answer)) {
        osw_pull_pass(p);

    } else {
        osw_pull_refused(p, answer, NULL);
    }
}


static void
osw_pull_page(osw_pull_t *p)
{
    osw_pull_call(p, json_object_get(osw_pull_list(p), "call"),
                  osw_pull_answer);
}


/* --- the beginning --- */


static void
osw_pull_marked(osw_pull_t *p)
{
    osw_pull_save(p, osw_pull_page);
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
        cmd = osw_pull_command(p, shard, "EXPIRE", 3, "pulled",
                               osw_pull_reply);
        os_command_add_int(cmd, OSW_PULL_KEPT);
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
        osw_pull_save(p, osw_pull_page);
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
        osw_pull_call(p, call, osw_pull_currency_answer);

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


/* Of another place, or other lists, nothing that was read says anything. */
static void
osw_pull_check(osw_pull_t *p)
{
    uint8_t    hash[OS_SHA256_LEN];
    os_buf_t   all = { 0 }, of = { 0 };

    os_json_dump(&all, p->store->pull.lists);
    os_buf_str(&all, p->store->pull.base);
    os_sha256(all.data ? all.data : "", all.len, hash);
    os_base64url(&of, hash, 16);

    if (!os_str_equal(os_json_str(p->state, "of"), os_buf_view(&of))) {
        (void) json_object_clear(p->state);
        os_json_set_str(p->state, "of", os_buf_view(&of));
    }

    os_buf_free(&all);
    os_buf_free(&of);
}


/* Where a reading was broken off it goes on. */
static void
osw_pull_begin(osw_pull_t *p)
{
    int64_t  now = osw_pull_now(p), whole, changes;

    p->told = 0;
    memset(p->first, 0, sizeof(p->first));
    osw_pull_check(p);
    p->run = json_object_get(p->state, "run");

    if (json_is_object(p->run)) {
        (void) json_object_del(p->run, "asks");

        if (osw_pull_list(p)) {
            osw_pull_page(p);

        } else {
            osw_pull_sweep(p);
        }

        return;
    }

    whole = os_json_int(p->state, "whole", 0)
            + osw_pull_duration(p, "whole", OSW_PULL_WHOLE);
    changes = os_json_int(p->state, "changes", 0)
              + osw_pull_every(p);

    if (whole <= now || changes <= now) {
        osw_pull_new(p, whole <= now, now);

    } else {
        osw_pull_rest(p, whole < changes ? whole : changes);
    }
}


static void
osw_pull_found(os_command_t *cmd, redisReply *reply)
{
    json_t      *state;
    osw_pull_t  *p = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_pull_rest(p, osw_pull_now(p) + 1);
        return;
    }

    state = os_json_parse(osw_reply_str(reply), "pull", NULL);
    p->state = json_is_object(state) ? json_incref(state) : json_object();
    json_decref(state);

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
