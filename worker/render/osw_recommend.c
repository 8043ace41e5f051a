/*
 * osw_recommend: see its header. The products of an order lie in as many
 * shards as it has items: what is asked is counted, and the next question
 * waits for the last answer.
 */

#include <stdlib.h>
#include <string.h>

#include "core/order/os_track.h"
#include "core/view/os_stock_shelf.h"
#include "redis/os_script_work.h"
#include "worker/render/osw_recommend.h"
#include "worker/osw_job.h"


#define OSW_FIT_ITEMS       20
#define OSW_FIT_NEIGHBOURS  20      /* looked at, of what was bought together */
#define OSW_FIT_LISTED      100     /* of a category, and of variants: with */
                                    /* what is out of stock or range */
#define OSW_FIT_CANDIDATES  400
#define OSW_SHELF_KEEP      (90 * 86400)    /* s */


typedef struct osw_recommend_s  osw_recommend_t;

struct osw_recommend_s {
    osw_job_t  *job;
    void      (*done)(osw_job_t *job);
    json_t     *bought;             /* [id] */
    json_t     *products;           /* id → product */
    json_t     *together;           /* id → summed score */
    json_t     *categories;         /* name → [id] */
    json_t     *groups;             /* id → [id] of the variants */
    size_t      pending;
    void      (*next)(osw_recommend_t *f);
};

typedef struct {
    osw_recommend_t  *fit;
    json_t     *name;               /* of a product or category */
} osw_recommend_ask_t;


static void
osw_recommend_end(osw_recommend_t *f)
{
    json_decref(f->bought);
    json_decref(f->products);
    json_decref(f->together);
    json_decref(f->categories);
    json_decref(f->groups);
    free(f);
}


static void
osw_recommend_answered(osw_recommend_t *f)
{
    if (--f->pending == 0) {
        f->next(f);
    }
}


static void
osw_recommend_product(osw_recommend_t *f, const json_t *name,
    const redisReply *reply)
{
    json_t  *product;

    product = osw_reply_str(reply).len
              ? os_json_parse(osw_reply_str(reply), "product", NULL) : NULL;

    if (product) {
        (void) json_object_set_new(f->products, json_string_value(name),
                                   product);
    }
}


/* id, score, id, score, … */
static void
osw_recommend_together(osw_recommend_t *f, const redisReply *reply)
{
    size_t    i;
    os_str_t  id, score;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements;
         i += 2)
    {
        id = osw_reply_str(reply->element[i]);
        score = osw_reply_str(reply->element[i + 1]);

        if (id.len && score.len) {
            (void) json_object_set_new(f->together, id.data, json_real(
                strtod(score.data, NULL)
                + json_number_value(json_object_get(f->together, id.data))));
        }
    }
}


/* What an index has of a category, or a group. */
static void
osw_recommend_listed(json_t *lists, const json_t *name,
    const redisReply *reply)
{
    size_t   i;
    json_t  *ids;

    ids = json_array();

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        (void) json_array_append_new(ids, os_json_new_str(
                                         osw_reply_str(reply->element[i])));
    }

    (void) json_object_set_new(lists, json_string_value(name), ids);
}


static void
osw_recommend_reply(os_command_t *cmd, redisReply *reply)
{
    const char     *key;
    osw_recommend_ask_t  *ask = cmd->data;
    osw_recommend_t      *f = ask->fit;

    key = json_string_value(json_object_get(ask->name, "key"));

    if (osw_reply_failed(reply)) {
        /* an answer less; the others may do */

    } else if (strcmp(key, "product") == 0) {
        osw_recommend_product(f, json_object_get(ask->name, "name"), reply);

    } else if (strcmp(key, "with") == 0) {
        osw_recommend_together(f, reply);

    } else {
        osw_recommend_listed(strcmp(key, "group") == 0 ? f->groups
                                                       : f->categories,
                             json_object_get(ask->name, "name"), reply);
    }

    json_decref(ask->name);
    free(ask);
    osw_recommend_answered(f);
}


/* GET of a product, or the best of a sorted set. */
static void
osw_recommend_ask(osw_recommend_t *f, const char *key, const char *name)
{
    osw_t          *w = f->job->shard->w;
    os_str_t        store = f->job->store->name;
    os_command_t   *cmd;
    osw_recommend_ask_t  *ask;

    ask = malloc(sizeof(osw_recommend_ask_t));

    if (ask == NULL) {
        return;
    }

    ask->fit = f;
    ask->name = json_pack("{s:s, s:s}", "key", key, "name", name);
    cmd = os_command_new(os_space_shard(&w->config->space, store,
                                        os_str(name), OS_NULL),
                         osw_recommend_reply, ask);

    if (strcmp(key, "product") == 0) {
        os_command_words(cmd, 2);
        os_command_add(cmd, OS_STR("GET"));
        osw_command_key(w, cmd, key, store, os_str(name), OS_NULL);

    } else {
        os_command_words(cmd, strcmp(key, "with") == 0 ? 5 : 4);
        os_command_add(cmd, OS_STR("ZREVRANGE"));
        osw_command_key(w, cmd, key, store, os_str(name), OS_NULL);
        os_command_add_int(cmd, 0);
        os_command_add_int(cmd, strcmp(key, "with") == 0
                                ? OSW_FIT_NEIGHBOURS - 1
                                : OSW_FIT_LISTED - 1);

        if (strcmp(key, "with") == 0) {
            os_command_add(cmd, OS_STR("WITHSCORES"));
        }
    }

    f->pending++;
    osw_redis_send(w->redis, cmd);
}


/* What the shop itself says goes with what was bought. */
static json_t *
osw_recommend_named(const osw_recommend_t *f)
{
    size_t   i;
    json_t  *list, *id;

    list = json_array();

    json_array_foreach(f->bought, i, id) {
        (void) json_array_extend(list, json_object_get(
            json_object_get(f->products, json_string_value(id)), "with"));
    }

    return list;
}


/* The neighbours by their score, the best first. */
static json_t *
osw_recommend_ranked(const osw_recommend_t *f)
{
    double       best;
    json_t      *list, *left, *score;
    const char  *id, *first;

    list = json_array();
    left = json_copy(f->together);

    while (json_object_size(left)
           && json_array_size(list) < OSW_FIT_NEIGHBOURS)
    {
        best = -1;
        first = NULL;

        json_object_foreach(left, id, score) {
            if (json_number_value(score) > best) {
                best = json_number_value(score);
                first = id;
            }
        }

        (void) json_array_append_new(list, json_string(first));
        (void) json_object_del(left, first);
    }

    json_decref(left);

    return list;
}


/* Of the same category, what has more stars than what was bought. */
static json_t *
osw_recommend_better(const osw_recommend_t *f)
{
    size_t      i, k;
    json_t     *list, *id, *other, *product, *one;
    os_str_t    category;

    list = json_array();

    json_array_foreach(f->bought, i, id) {
        product = json_object_get(f->products, json_string_value(id));
        category = os_json_str(product, "category");

        json_array_foreach(category.len ? json_object_get(f->categories,
                                                          category.data)
                                        : NULL, k, other)
        {
            one = json_object_get(f->products, json_string_value(other));

            if (os_str_equal(os_json_str(one, "category"), category)
                && os_json_int(one, "rating", 0)
                   > os_json_int(product, "rating", 0))
            {
                (void) json_array_append(list, other);
            }
        }
    }

    return list;
}


/* Of what was bought: {id: category}. */
static json_t *
osw_recommend_categories(const osw_recommend_t *f)
{
    size_t     i;
    json_t    *id, *product, *known;

    known = json_object();

    json_array_foreach(f->bought, i, id) {
        product = json_object_get(f->products, json_string_value(id));

        if (os_json_str(product, "category").len) {
            (void) json_object_set(known, json_string_value(id),
                                   json_object_get(product, "category"));
        }
    }

    return known;
}


/* How many of what was bought the catalog says are out of stock. */
static int64_t
osw_recommend_out(const osw_recommend_t *f)
{
    size_t    i;
    json_t   *id, *product;
    int64_t   n = 0;

    json_array_foreach(f->bought, i, id) {
        product = json_object_get(f->products, json_string_value(id));
        n += product != NULL && !os_catalog_in_stock(product);
    }

    return n;
}


static void
osw_recommend_shelved(os_command_t *cmd, redisReply *reply)
{
    osw_job_t  *job = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_job_finish(job, OSW_LATER, "Redis did not answer");

    } else {
        osw_job_finish(job, OSW_DONE, NULL);
    }
}


/* What the order's page shows of the catalog stands beside the order. */
static void
osw_recommend_shelve(osw_recommend_t *f)
{
    os_buf_t       text = { 0 };
    osw_job_t     *job = f->job;
    os_command_t  *cmd;
    os_stocked_t   all = {
        .items = json_object_get(job->order, "items"),
        .products = f->products, .groups = f->groups,
        .categories = f->categories,
        .now = osw_now_ms(job->shard->w) / 1000
    };

    if (job->store->campaign->shelf) {
        os_stock_shelf(&all, &text);
    }

    osw_recommend_end(f);

    if (text.len == 0) {
        os_buf_free(&text);
        osw_job_finish(job, OSW_DONE, NULL);
        return;
    }

    cmd = os_command_new(job->shard->index, osw_recommend_shelved, job);
    os_command_words(cmd, 5);
    os_command_add(cmd, OS_STR("SET"));
    osw_command_key(job->shard->w, cmd, "shelf", job->store->name,
                    job->task.order_id, OS_NULL);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, os_campaign_duration(job->store->campaign,
                                                 "/keep", OSW_SHELF_KEEP));
    osw_redis_send(job->shard->w->redis, cmd);
    os_buf_free(&text);
}


static void
osw_recommend_choose(osw_recommend_t *f)
{
    json_t     *lists, *fits, *known, *event;
    int64_t     max, out;
    osw_job_t  *job = f->job;

    lists = json_array();
    (void) json_array_append_new(lists, osw_recommend_named(f));
    (void) json_array_append_new(lists, osw_recommend_ranked(f));
    (void) json_array_append_new(lists, osw_recommend_better(f));

    max = os_json_int(os_campaign_at(job->store->campaign, "/recommend"),
                      "max", 4);
    fits = os_catalog_fits(f->bought, lists, f->products,
                           max < OS_FITS_MAX ? (size_t) max : OS_FITS_MAX);
    json_decref(lists);

    known = osw_recommend_categories(f);
    out = osw_recommend_out(f);

    if (json_array_size(fits) || json_object_size(known) || out) {
        event = osw_job_new_event(job, "fits");

        if (json_array_size(fits)
            && os_campaign_at(job->store->campaign, "/recommend"))
        {
            (void) json_object_set(event, "ids", fits);
        }

        if (json_object_size(known)) {
            (void) json_object_set(event, "categories", known);
        }

        if (out) {
            os_json_set_int(event, "out", out);
        }

        osw_job_event(job, event);
    }

    json_decref(known);
    json_decref(fits);
    osw_recommend_shelve(f);
}


static void
osw_recommend_ask_list(osw_recommend_t *f, const json_t *list)
{
    size_t   i;
    json_t  *id;

    json_array_foreach(list, i, id) {
        if (json_object_size(f->products) + f->pending < OSW_FIT_CANDIDATES
            && json_object_get(f->products, json_string_value(id)) == NULL)
        {
            osw_recommend_ask(f, "product", json_string_value(id));
        }
    }
}


/* All candidates are named: what is each of them? */
static void
osw_recommend_candidates(osw_recommend_t *f)
{
    json_t      *ids, *list;
    const char  *name;

    f->next = osw_recommend_choose;
    f->pending = 1;

    list = osw_recommend_named(f);
    osw_recommend_ask_list(f, list);
    json_decref(list);
    list = osw_recommend_ranked(f);
    osw_recommend_ask_list(f, list);
    json_decref(list);

    json_object_foreach(f->groups, name, ids) {
        osw_recommend_ask_list(f, ids);
    }

    json_object_foreach(f->categories, name, ids) {
        osw_recommend_ask_list(f, ids);
    }

    osw_recommend_answered(f);
}


/* What was bought is known: what else is in its categories? */
static void
osw_recommend_neighbours(osw_recommend_t *f)
{
    json_t      *product, *seen;
    os_str_t     category, group;
    const char  *id;

    f->next = osw_recommend_candidates;
    f->pending = 1;
    seen = json_object();

    json_object_foreach(f->products, id, product) {
        category = os_json_str(product, "category");

        if (category.len && json_object_get(seen, category.data) == NULL) {
            (void) json_object_set_new(seen, category.data, json_true());
            osw_recommend_ask(f, "category", category.data);
        }

        group = os_json_str(product, "group");

        if (group.len && f->job->store->campaign->shelf
            && json_object_get(f->groups, group.data) == NULL)
        {
            osw_recommend_ask(f, "group", group.data);
        }
    }

    json_decref(seen);
    osw_recommend_answered(f);
}


/* The variant that was bought, and what others its product has. */
static void
osw_recommend_variants(osw_recommend_t *f, const json_t *item)
{
    os_str_t  variant = os_json_str(item, "variant");

    if (f->job->store->campaign->shelf) {
        osw_recommend_ask(f, "group", os_json_str(item, "id").data);

        if (variant.len) {
            osw_recommend_ask(f, "product", variant.data);
        }
    }
}


void
osw_recommend_deliver(osw_job_t *job)
{
    size_t      i;
    json_t     *item;
    os_str_t    id;
    osw_recommend_t  *f;

    f = calloc(1, sizeof(osw_recommend_t));

    if (f == NULL) {
        osw_job_finish(job, OSW_LATER, "no memory");
        return;
    }

    *f = (osw_recommend_t) { .job = job, .bought = json_array(),
                       .products = json_object(), .together = json_object(),
                       .categories = json_object(), .pending = 1,
                       .groups = json_object(),
                       .next = osw_recommend_neighbours };

    json_array_foreach(json_object_get(job->order, "items"), i, item) {
        id = os_json_str(item, "id");

        if (id.len && i < OSW_FIT_ITEMS) {
            (void) json_array_append_new(f->bought, os_json_new_str(id));
            osw_recommend_ask(f, "product", id.data);
            osw_recommend_ask(f, "with", id.data);
            osw_recommend_variants(f, item);
        }
    }

    osw_recommend_answered(f);
}


static void
osw_recommend_fetched(osw_recommend_t *f)
{
    osw_job_t   *job = f->job;
    void       (*done)(osw_job_t *job) = f->done;

    (void) json_object_set(job->order, "products", f->products);
    osw_recommend_end(f);
    done(job);
}


void
osw_recommend_fetch(osw_job_t *job, void (*done)(osw_job_t *job))
{
    size_t      i;
    json_t     *id, *fits;
    osw_recommend_t  *f;

    fits = os_json_pointer(job->order, OS_STR("/track/fits"));
    f = json_array_size(fits) ? calloc(1, sizeof(osw_recommend_t)) : NULL;

    if (f == NULL) {
        done(job);
        return;
    }

    *f = (osw_recommend_t) { .job = job, .done = done,
                             .products = json_object(), .pending = 1,
                             .next = osw_recommend_fetched };

    json_array_foreach(fits, i, id) {
        osw_recommend_ask(f, "product", json_string_value(id));
    }

    osw_recommend_answered(f);
}


void
osw_recommend_bought(const osw_t *w, const json_t *effect, os_reply_pt handler,
    osw_recommend_send_pt sent, void *data)
{
    char           weight[40];
    size_t         i, k, n;
    json_t        *items, *item, *other;
    os_str_t       store, id;
    os_command_t  *cmd;

    items = json_object_get(effect, "items");
    store = os_json_str(effect, "store");
    n = json_array_size(items);
    snprintf(weight, sizeof(weight), "%.17g",
             os_catalog_weight(os_json_int(effect, "at", 0)));

    json_array_foreach(items, i, item) {
        id = os_str(json_string_value(item));

        if (n < 2 || id.len == 0) {
            return;
        }

        cmd = os_command_new(os_space_shard(&w->config->space, store, id,
                                            OS_NULL), handler, data);
        os_command_script(cmd, &os_script_with, 2, (unsigned) (3 + n - 1));
        osw_command_key(w, cmd, "with", store, id, OS_NULL);
        osw_command_key(w, cmd, "counted-with", store, id, OS_NULL);
        os_command_add(cmd, os_json_str(effect, "order"));
        os_command_add_int(cmd, osw_now_ms(w));
        os_command_add(cmd, os_str(weight));

        json_array_foreach(items, k, other) {
            if (k != i) {
                os_command_add(cmd, os_str(json_string_value(other)));
            }
        }

        sent(data, cmd);
    }
}
