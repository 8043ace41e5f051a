/*
 * osw_pull_sweep: see osw_pull_sweep.h.
 */

#include "redis/os_script_work.h"
#include "worker/take/osw_catalog.h"
#include "worker/take/osw_pull_call.h"
#include "worker/take/osw_pull_sweep.h"
#include "worker/take/osw_pull_take.h"


#define OSW_PULL_IDS  50                /* asked for in one call */


static void osw_pull_again(osw_pull_t *p);


static void
osw_pull_rests(osw_pull_t *p)
{
    p->fails = 0;
    osw_pull_rest(p, osw_pull_now(p) + osw_pull_every(p));
}


static void
osw_pull_done(osw_pull_t *p)
{
    int64_t  began = os_json_int(p->run, "began", 0);

    osw_pull_log(p, OSW_INFO, "%s: %lld products, %lld passed over, %lld taken "
                 "away", osw_pull_whole(p) ? "all" : "changes",
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


/* Nobody knows what is gone: all stays, until the next time. */
static void
osw_pull_spare(osw_pull_t *p, const char *why)
{
    osw_pull_log(p, OSW_WARN, "nothing is taken away, because %s", why);
    osw_pull_forget(p);
}


/* It will not say it another time either, or has had its chances. */
static int
osw_pull_never(const osw_pull_t *p, const osw_answer_t *answer)
{
    return answer->status == 400 || answer->status == 404
           || answer->status == 405 || answer->status == 410
           || answer->status == 422
           || (answer->status >= 500 && p->fails >= OSW_PULL_FAILS);
}


/*
 * Whoever answers with others, and none of those that were asked for, does not
 * look at what it is asked.
 */
static void
osw_pull_again_more(osw_pull_t *p)
{
    if (p->met && !p->known) {
        osw_pull_spare(p, "it answers with others than it was asked for");
        return;
    }

    p->fails = 0;
    osw_pull_again(p);
}


static void
osw_pull_again_answer(void *data, const osw_answer_t *answer)
{
    char         why[OSW_PULL_WORDS];
    json_t      *body, *raws, *list;
    osw_pull_t  *p = data;

    if (osw_pull_lost(p)) {
        return;
    }

    if (answer->status != 200) {
        if (osw_pull_never(p, answer)) {
            osw_pull_words(p, answer, NULL, why, sizeof(why));
            osw_pull_spare(p, why);

        } else {
            osw_pull_refused(p, answer, NULL);
        }

        return;
    }

    list = osw_pull_asks(p);
    raws = osw_pull_raws(p, list, answer, &body);

    if (raws) {
        p->met = json_array_size(raws);
        p->known = 0;
        osw_pull_wait(p, osw_pull_again_more);
        osw_pull_take(p, list, raws, OS_NULL);
        osw_pull_wrote(p, 0);
        json_decref(body);
    }
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
            osw_pull_call(p, json_object_get(list, "again"),
                          osw_pull_again_answer);
            return;
        }

        os_json_set_int(p->run, "asks", os_json_int(p->run, "asks", 0) + 1);
    }

    osw_pull_drop(p);
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


void
osw_pull_sweep(osw_pull_t *p)
{
    unsigned       shard;
    os_command_t  *cmd;

    if (!osw_pull_whole(p)) {
        osw_pull_done(p);
        return;
    }

    if (os_json_bool(p->run, "part") || os_json_int(p->run, "taken", 0) == 0) {
        osw_pull_spare(p, os_json_bool(p->run, "part")
                       ? "not all was to be had"
                       : "not one product was there");
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
