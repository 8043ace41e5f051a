/*
 * ordersavectl shards: how many there are, and another number of them.
 *
 * While shards are moved Redis says that there are none ("shards" is 0 in every
 * `config`, beside it from how many to how many): who connects then, reads and
 * writes nothing. What may be killed at any moment is done in this order, and
 * begun anew from the start when it is called again:
 *
 * 1. nobody is there: no worker, no lease, no other connection
 * 2. Redis says that shards are being moved
 * 3. transfers between stock and shards are ended, under the old number
 * 4. everything goes where it belongs, until a walk finds nothing to do
 * 5. leases: the new shards' epochs are above all that were; who still believes
 *    in a shard that is no more finds no lease there
 * 6. Redis says the new number
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "redis/os_home.h"
#include "redis/os_script_move.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl_move_one.h"
#include "worker/ctl/osw_ctl_move_walk.h"
#include "worker/osw_count.h"


#define OSW_SHARDS_HEARD  5000      /* ms: a worker that lives was heard of */
#define OSW_SHARDS_LOOK   300       /* ms: who is there twice stays */
#define OSW_SHARDS_PASSES 20
#define OSW_SHARDS_NAMES  10        /* told of many */


/* What Redis says of the number of its shards. */
typedef struct {
    int64_t   shards;           /* 0: nothing yet */
    int64_t   from;             /* 0: none are being moved */
    int64_t   to;
    int64_t   other;            /* another number that is there, too; or 0 */
} osw_number_t;


/* HMGET config shards from to, under one of the first tags. */
static int
osw_shards_read_one(osw_ctl_t *ctl, const char *tag, osw_number_t *number)
{
    int64_t        shards;
    redisReply    *reply;
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, "HMGET", 5);
    osw_count_key(&ctl->w, cmd, tag, "config");
    os_command_add(cmd, OS_STR("shards"));
    os_command_add(cmd, OS_STR("from"));
    os_command_add(cmd, OS_STR("to"));
    reply = osw_ctl_ask(ctl, cmd);

    if (reply == NULL || reply->elements != 3) {
        freeReplyObject(reply);
        return -1;
    }

    shards = osw_reply_int(reply->element[0], 0);

    if (reply->element[1]->type == REDIS_REPLY_STRING) {
        number->from = osw_reply_int(reply->element[1], 0);
        number->to = osw_reply_int(reply->element[2], 0);

    } else if (number->shards == 0) {
        number->shards = shards;

    } else if (shards && shards != number->shards) {
        number->other = shards;
    }

    freeReplyObject(reply);

    return 0;
}


static int
osw_shards_read(osw_ctl_t *ctl, osw_number_t *number)
{
    unsigned     i;
    os_firsts_t  firsts;

    *number = (osw_number_t) { 0 };
    os_space_firsts(&firsts);

    for (i = 0; i < firsts.n; i++) {
        if (osw_shards_read_one(ctl, firsts.tag[i], number) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
osw_shards_count(osw_ctl_t *ctl)
{
    osw_number_t  number;

    if (osw_shards_read(ctl, &number) != 0) {
        return OSW_CTL_FINDING;
    }

    if (number.from) {
        printf("being moved from %lld to %lld\n", (long long) number.from,
               (long long) number.to);
        return OSW_CTL_FINDING;
    }

    if (number.other) {
        printf("%lld and %lld: two numbers were used in one Redis\n",
               (long long) number.shards, (long long) number.other);
        return OSW_CTL_FINDING;
    }

    printf("%lld\n", (long long) number.shards);

    return OSW_CTL_OK;
}


/* The number under every first tag; with `from`, that it is being changed. */
static void
osw_shards_say(osw_move_t *m, unsigned shards, unsigned from, unsigned to)
{
    unsigned       i;
    os_command_t  *cmd;

    for (i = 0; i < m->firsts.n; i++) {
        cmd = osw_ctl_command(0, "HSET", from ? 8 : 4);
        osw_count_key(&m->ctl->w, cmd, m->firsts.tag[i], "config");
        os_command_add(cmd, OS_STR("shards"));
        os_command_add_int(cmd, shards);

        if (from) {
            os_command_add(cmd, OS_STR("from"));
            os_command_add_int(cmd, from);
            os_command_add(cmd, OS_STR("to"));
            os_command_add_int(cmd, to);
        }

        (void) osw_move_do(m, cmd);
    }

    for (i = 0; i < m->firsts.n && from == 0; i++) {
        cmd = osw_ctl_command(0, "HDEL", 4);
        osw_count_key(&m->ctl->w, cmd, m->firsts.tag[i], "config");
        os_command_add(cmd, OS_STR("from"));
        os_command_add(cmd, OS_STR("to"));
        (void) osw_move_do(m, cmd);
    }
}


/* What is there: how much of it, and nothing that nobody knows. */
static void
osw_shards_survey(osw_move_t *m, osw_move_key_t *key)
{
    os_str_t  name;

    name = os_buf_view(&key->name);
    m->total++;

    if (key->to == OS_HOME_UNKNOWN) {
        (void) json_object_setn_new(m->unknown, name.data, name.len,
                                    json_true());

    } else if (os_str_equal(name, OS_STR("due"))
               || os_str_equal(name, OS_STR("jobs")))
    {
        m->older = 1;

    } else if (os_str_starts(name, OS_STR("budget:"))) {
        (void) json_object_setn_new(m->budgets, name.data + 7, name.len - 7,
                                    json_true());
    }
}


static int
osw_shards_may(osw_move_t *m)
{
    int          n;
    json_t      *value;
    const char  *name;

    if (osw_move_walk(m, osw_shards_survey) != 0) {
        return -1;
    }

    n = 0;

    json_object_foreach(m->unknown, name, value) {
        if (n++ < OSW_SHARDS_NAMES) {
            fprintf(stderr, "ordersavectl: where \"%s\" belongs is not known: "
                    "it is of another version\n", name);
        }
    }

    if (m->older) {
        fprintf(stderr, "ordersavectl: jobs of an older worker wait: start "
                "one of this version first, which takes them over\n");
        n++;
    }

    return n ? -1 : 0;
}


/* Redis' clock at a tag, ms. */
static int64_t
osw_shards_clock(osw_move_t *m, const osw_move_tag_t *tag)
{
    int64_t      ms;
    redisReply  *reply;

    reply = osw_move_ask(m, osw_move_command(tag, "TIME", 1));
    ms = reply && reply->elements == 2
         ? osw_reply_int(reply->element[0], 0) * 1000
           + osw_reply_int(reply->element[1], 0) / 1000 : 0;
    freeReplyObject(reply);

    return ms;
}


/* Workers that were heard of just now. */
static int
osw_shards_workers(osw_move_t *m)
{
    int64_t         n;
    redisReply     *reply;
    os_command_t   *cmd;
    osw_move_tag_t *first;

    first = osw_move_from(m, 0);
    cmd = osw_move_command(first, "ZCOUNT", 4);
    osw_move_key(m, cmd, first, "workers", OS_NULL);
    os_command_add_int(cmd, osw_shards_clock(m, first) - OSW_SHARDS_HEARD);
    os_command_add(cmd, OS_STR("+inf"));
    reply = osw_move_ask(m, cmd);
    n = osw_reply_int(reply, 0);
    freeReplyObject(reply);

    if (n > 0) {
        fprintf(stderr, "ordersavectl: %lld worker%s running, or did until a "
                "moment ago: stop all workers\n", (long long) n,
                n == 1 ? " is" : "s are");
    }

    return n > 0;
}


/* Shards that somebody holds. */
static int
osw_shards_leases(osw_move_t *m)
{
    int             n;
    int64_t         left, until;
    unsigned        i;
    redisReply     *reply;
    os_command_t   *cmd;
    osw_move_tag_t *tag;

    n = 0;
    left = 0;

    for (i = 0; i < m->was.shards && !m->failed; i++) {
        tag = osw_move_from(m, i);
        cmd = osw_move_command(tag, "TYPE", 2);
        osw_move_key(m, cmd, tag, "lease", OS_NULL);
        reply = osw_move_ask(m, cmd);

        if (reply == NULL || strcmp(reply->str, "hash") != 0) {
            freeReplyObject(reply);
            continue;
        }

        freeReplyObject(reply);
        cmd = osw_move_command(tag, "HMGET", 4);
        osw_move_key(m, cmd, tag, "lease", OS_NULL);
        os_command_add(cmd, OS_STR("owner"));
        os_command_add(cmd, OS_STR("until_ms"));
        reply = osw_move_ask(m, cmd);

        if (reply && reply->elements == 2
            && osw_reply_str(reply->element[0]).len)
        {
            until = osw_reply_int(reply->element[1], 0)
                    - osw_shards_clock(m, tag);
            n += until > 0;
            left = until > left ? until : left;
        }

        freeReplyObject(reply);
    }

    if (n) {
        fprintf(stderr, "ordersavectl: %d shards are held by a worker: stop it,"
                " or wait %lld s if it was killed\n", n,
                (long long) (left + 999) / 1000);
    }

    return n;
}


static const char *
osw_client_next(const char *p, const char *end)
{
    p = memchr(p, ' ', (size_t) (end - p));

    return p ? p + 1 : NULL;
}


/* "name=VALUE " of a line of CLIENT LIST. */
static os_str_t
osw_client_word(os_str_t line, const char *name)
{
    size_t       len;
    const char  *p, *end;

    len = strlen(name);
    end = line.data + line.len;

    for (p = line.data; p && p + len < end; p = osw_client_next(p, end)) {

        if (strncmp(p, name, len) == 0 && p[len] == '=') {
            p += len + 1;
            for (len = 0; p + len < end && p[len] != ' '; len++) { /* void */ }
            return (os_str_t) { len, p };
        }
    }

    return OS_NULL;
}


/*
 * Somebody else who may read and write: neither us, nor a replica, a Sentinel
 * or a monitor, nor in another database.
 */
static int
osw_client_other(const osw_move_t *m, os_str_t line)
{
    size_t    i;
    char      db[16];
    os_str_t  flags, name;

    flags = osw_client_word(line, "flags");
    name = osw_client_word(line, "name");
    snprintf(db, sizeof(db), "%d", m->ctl->w.config->redis.db);

    for (i = 0; i < flags.len; i++) {
        if (strchr("SMO", flags.data[i])) {
            return 0;
        }
    }

    return !os_str_equal(name, os_str(m->id))
           && !os_str_starts(name, OS_STR("sentinel-"))
           && os_str_equal(osw_client_word(line, "db"), os_str(db));
}


/* Who is connected to a node, id → what is known; NULL: it does not say. */
static json_t *
osw_shards_clients(osw_move_t *m, const osw_move_tag_t *tag)
{
    char           id[32];
    json_t        *all;
    os_str_t       text, line, word;
    const char    *end;
    redisReply    *reply;
    os_command_t  *cmd;

    cmd = osw_move_command(tag, "CLIENT", 3);
    os_command_add(cmd, OS_STR("SETNAME"));
    os_command_add(cmd, os_str(m->id));
    (void) osw_ctl_call(m->ctl, cmd, NULL, NULL);

    cmd = osw_move_command(tag, "CLIENT", 2);
    os_command_add(cmd, OS_STR("LIST"));
    reply = osw_ctl_ask(m->ctl, cmd);
    all = reply ? json_object() : NULL;
    text = osw_reply_str(reply);

    while (text.len) {
        end = memchr(text.data, '\n', text.len);
        line = (os_str_t) { end ? (size_t) (end - text.data) : text.len,
                            text.data };
        text.data += line.len + (end != NULL);
        text.len -= line.len + (end != NULL);
        word = osw_client_word(line, "id");

        if (word.len && osw_client_other(m, line)) {
            snprintf(id, sizeof(id), "%.*s", (int) word.len, word.data);
            (void) json_object_set_new(all, id, json_pack("{s:s%, s:s%}",
                "addr", osw_client_word(line, "addr").data,
                osw_client_word(line, "addr").len,
                "cmd", osw_client_word(line, "cmd").data,
                osw_client_word(line, "cmd").len));
        }
    }

    freeReplyObject(reply);

    return all;
}


/* Those who stay: one who is refused comes and goes. */
static int
osw_shards_node(osw_move_t *m, const osw_move_tag_t *tag)
{
    int          n;
    json_t      *before, *now, *one;
    const char  *id;

    before = osw_shards_clients(m, tag);
    uv_sleep(OSW_SHARDS_LOOK);
    now = osw_shards_clients(m, tag);
    n = 0;

    if (now == NULL) {
        fprintf(stderr, "ordersavectl: Redis does not let us see who is "
                "connected (CLIENT LIST): stop workers and nginx, then use "
                "--force\n");
        return m->ctl->failed == 1 ? -1 : 1;
    }

    json_object_foreach(now, id, one) {
        if (json_object_get(before, id) && n++ < OSW_SHARDS_NAMES) {
            fprintf(stderr, "ordersavectl: %s is connected, its last command "
                    "was %s\n", json_string_value(json_object_get(one, "addr")),
                    json_string_value(json_object_get(one, "cmd")));
        }
    }

    json_decref(before);
    json_decref(now);

    return n;
}


/* Connections of nginx, or of whoever else; --force: they are not ours. */
static int
osw_shards_connected(osw_move_t *m)
{
    int       n;
    unsigned  i, k;

    for (i = 0, n = 0; i < m->ntags && !m->ctl->force; i++) {

        for (k = 0; k < i; k++) {
            if (osw_redis_same_node(m->ctl->w.redis, m->tag[k].slot,
                                    m->tag[i].slot))
            {
                break;
            }
        }

        n += k == i ? osw_shards_node(m, &m->tag[i]) : 0;
    }

    if (n) {
        fprintf(stderr, "ordersavectl: no event may come meanwhile: give nginx "
                "the new number (shards= of ordersave_redis) and reload it, or "
                "stop it; --force says that these are others\n");
    }

    return n;
}


/* "shop/ten/EUR/3": of a sum; "shop/ten/3": of codes. */
static int
osw_shards_transfer_end(osw_move_t *m, osw_move_tag_t *first, os_str_t rest)
{
    size_t           i, slashes, last;
    char             id[32];
    int              arrived;
    unsigned         shard;
    os_str_t         name;
    redisReply      *reply;
    os_command_t    *cmd;
    osw_move_tag_t  *tag;

    for (i = slashes = last = 0; i < rest.len; i++) {
        if (rest.data[i] == '/') {
            slashes++;
            last = i;
        }
    }

    name = (os_str_t) { last, rest.data };
    shard = (unsigned) strtoul(rest.data + last + 1, NULL, 10);

    if (slashes < 2 || shard >= m->was.shards) {
        return 0;
    }

    cmd = osw_move_command(first, "LINDEX", 3);
    osw_move_key(m, cmd, first, "move", rest);
    os_command_add(cmd, OS_STR("0"));
    reply = osw_move_ask(m, cmd);
    snprintf(id, sizeof(id), "%.*s", (int) osw_reply_str(reply).len,
             osw_reply_str(reply).data ? osw_reply_str(reply).data : "");
    freeReplyObject(reply);

    tag = osw_move_from(m, shard);
    cmd = osw_move_command(tag, "GET", 2);
    osw_move_key(m, cmd, tag, "moved", name);
    reply = osw_move_ask(m, cmd);
    arrived = os_str_equal(osw_reply_str(reply), os_str(id));
    freeReplyObject(reply);

    if (arrived) {
        cmd = osw_move_command(first, "DEL", 2);
        osw_move_key(m, cmd, first, "move", rest);

    } else {
        cmd = os_command_new(0, NULL, NULL);
        cmd->at = 1 + first->slot;
        os_command_script(cmd, &os_script_unmove, 2, 2);
        osw_move_key(m, cmd, first, "move", rest);
        osw_move_key(m, cmd, first, slashes == 3 ? "stockbudget" : "stock",
                     name);
        os_command_add(cmd, os_str(id));
        os_command_add(cmd, slashes == 3 ? OS_STR("1") : OS_STR("0"));
    }

    return osw_move_do(m, cmd);
}


/* back:STORE/OFFER/CUR or back:STORE/POOL, a list: on its way to the stock. */
static void
osw_shards_back_end(osw_move_t *m, osw_move_tag_t *tag, os_str_t rest)
{
    int              money;
    size_t           i, slashes;
    char             marker[300];
    os_str_t         id, offer;
    redisReply      *list;
    os_command_t    *cmd;
    osw_move_tag_t  *first;

    first = osw_move_from(m, 0);
    cmd = osw_move_command(tag, "LRANGE", 4);
    osw_move_key(m, cmd, tag, "back", rest);
    os_command_add(cmd, OS_STR("0"));
    os_command_add(cmd, OS_STR("-1"));
    list = osw_move_ask(m, cmd);

    if (list == NULL || list->elements < 2) {
        freeReplyObject(list);
        return;
    }

    for (i = slashes = 0; i < rest.len; i++) {
        slashes += rest.data[i] == '/';
    }

    money = slashes == 2;
    offer = rest;

    while (money && offer.len && offer.data[--offer.len] != '/') { /* void */ }

    id = osw_reply_str(list->element[0]);
    snprintf(marker, sizeof(marker), "%.*s/%.*s", (int) offer.len, offer.data,
             (int) id.len, id.data);

    cmd = os_command_new(0, NULL, NULL);
    cmd->at = 1 + first->slot;
    os_command_script(cmd, money ? &os_script_budget_in : &os_script_in, 2,
                      (unsigned) list->elements - 1);
    osw_move_key(m, cmd, first, money ? "stockbudget" : "stock", rest);
    osw_move_key(m, cmd, first, "back", os_str(marker));

    for (i = 1; i < list->elements; i++) {
        os_command_add(cmd, osw_reply_str(list->element[i]));
    }

    cmd->confirm = 1;
    (void) osw_move_do(m, cmd);
    freeReplyObject(list);

    cmd = osw_move_command(tag, "DEL", 2);
    osw_move_key(m, cmd, tag, "back", rest);
    (void) osw_move_do(m, cmd);
}


static int
osw_shards_is_list(osw_move_t *m, const osw_move_key_t *key, os_str_t rest)
{
    int            is;
    redisReply    *reply;
    os_command_t  *cmd;

    cmd = osw_move_command(key->tag, "TYPE", 2);
    osw_move_key(m, cmd, key->tag, "back", rest);
    reply = osw_move_ask(m, cmd);
    is = reply && reply->str && strcmp(reply->str, "list") == 0;
    freeReplyObject(reply);

    return is;
}


/* What a worker had set apart and not yet handed on. */
static void
osw_shards_transfer(osw_move_t *m, osw_move_key_t *key)
{
    os_str_t  name, rest;

    name = os_buf_view(&key->name);
    rest = (os_str_t) { name.len > 5 ? name.len - 5 : 0, name.data + 5 };

    if (os_str_starts(name, OS_STR("move:")) && key->tag->was == 0) {
        (void) osw_shards_transfer_end(m, key->tag, rest);

    } else if (os_str_starts(name, OS_STR("back:"))
               && osw_shards_is_list(m, key, rest))
    {
        osw_shards_back_end(m, key->tag, rest);
    }
}


/* Until a walk finds nothing that is not in its place. */
static int
osw_shards_pass(osw_move_t *m)
{
    int64_t  before;

    for (m->pass = 0; m->pass < OSW_SHARDS_PASSES; m->pass++) {
        before = m->moved;

        if (osw_move_walk(m, osw_move_one) != 0) {
            return -1;
        }

        if (m->moved == before) {
            return 0;
        }
    }

    fprintf(stderr, "ordersavectl: there is always more to move: something "
            "still writes\n");

    return -1;
}


/* A withdrawn offer's sum goes back to a budget that is there, be it empty. */
static void
osw_shards_budgets(osw_move_t *m)
{
    json_t          *value;
    unsigned         i;
    const char      *name;
    os_command_t    *cmd;
    osw_move_tag_t  *tag;

    json_object_foreach(m->budgets, name, value) {
        for (i = 0; i < m->is.shards && !m->failed; i++) {
            tag = osw_move_to(m, i);
            cmd = osw_move_command(tag, "SETNX", 3);
            osw_move_key(m, cmd, tag, "budget", os_str(name));
            os_command_add(cmd, OS_STR("0"));
            (void) osw_move_do(m, cmd);
        }
    }
}


/* What is of no use under a new number, and what a tag that is no more kept. */
static void
osw_shards_sweep(osw_move_t *m, osw_move_key_t *key)
{
    size_t         i;
    os_str_t       name, kind;
    os_command_t  *cmd;

    static const char *const  passing[] = { "moved", "move", "back", "calls",
                                            "workers", "came", "closed" };
    const size_t  npassing = sizeof(passing) / sizeof(passing[0]);

    static const char *const  along[] = { "died", "buried", "holds" };

    name = os_buf_view(&key->name);
    kind = name;

    for (kind.len = 0; kind.len < name.len && name.data[kind.len] != ':';
         kind.len++) { /* void */ }

    for (i = 0; i < npassing && !os_str_equal(kind, os_str(passing[i]));
         i++)
    {
        /* void */
    }

    if (i == npassing) {
        for (i = 0; i < 3 && !os_str_equal(kind, os_str(along[i])); i++) {
            /* void */
        }

        if (key->to == OS_HOME_PASSING || key->tag->is >= 0) {
            return;
        }

        if (i == 3) {
            fprintf(stderr, "ordersavectl: left where it is: {%s}:%.*s\n",
                    key->tag->text, (int) name.len, name.data);
            return;
        }
    }

    cmd = osw_move_command(key->tag, "UNLINK", 2);
    osw_move_key(m, cmd, key->tag, name.data, OS_NULL);
    (void) osw_move_do(m, cmd);
}


/* The highest epoch of a lease at a tag; its key may be of who is fenced. */
static int64_t
osw_shards_epoch(osw_move_t *m, const osw_move_tag_t *tag)
{
    int64_t        epoch;
    redisReply    *reply;
    os_command_t  *cmd;

    cmd = osw_move_command(tag, "TYPE", 2);
    osw_move_key(m, cmd, tag, "lease", OS_NULL);
    reply = osw_move_ask(m, cmd);

    if (reply == NULL || strcmp(reply->str, "none") == 0) {
        freeReplyObject(reply);
        return 0;
    }

    cmd = osw_move_command(tag, strcmp(reply->str, "hash") == 0 ? "HGET"
                                                                : "GET",
                           strcmp(reply->str, "hash") == 0 ? 3 : 2);
    osw_move_key(m, cmd, tag, "lease", OS_NULL);

    if (strcmp(reply->str, "hash") == 0) {
        os_command_add(cmd, OS_STR("epoch"));
    }

    freeReplyObject(reply);
    reply = osw_move_ask(m, cmd);
    epoch = osw_reply_int(reply, 0);
    freeReplyObject(reply);

    return epoch;
}


/*
 * A job may say which epoch marked it: none of the new shards may have had that
 * one. Where no shard is any more, the lease is a number, which nobody gets.
 */
static void
osw_shards_lease(osw_move_t *m)
{
    int64_t        epoch, one;
    unsigned       i;
    os_command_t  *cmd;

    for (i = 0, epoch = 0; i < m->ntags; i++) {
        one = osw_shards_epoch(m, &m->tag[i]);
        epoch = one > epoch ? one : epoch;
    }

    for (i = 0, epoch++; i < m->ntags && !m->failed; i++) {

        if (m->tag[i].is < 0) {
            cmd = osw_move_command(&m->tag[i], "SET", 3);
            osw_move_key(m, cmd, &m->tag[i], "lease", OS_NULL);
            os_command_add_int(cmd, epoch);
            (void) osw_move_do(m, cmd);
            continue;
        }

        cmd = osw_move_command(&m->tag[i], "DEL", 2);
        osw_move_key(m, cmd, &m->tag[i], "lease", OS_NULL);
        (void) osw_move_do(m, cmd);

        cmd = osw_move_command(&m->tag[i], "HSET", 8);
        osw_move_key(m, cmd, &m->tag[i], "lease", OS_NULL);
        os_command_add(cmd, OS_STR("owner"));
        os_command_add(cmd, OS_STR(""));
        os_command_add(cmd, OS_STR("epoch"));
        os_command_add_int(cmd, epoch);
        os_command_add(cmd, OS_STR("until_ms"));
        os_command_add(cmd, OS_STR("0"));
        (void) osw_move_do(m, cmd);
    }
}


static int
osw_shards_run(osw_move_t *m)
{
    unsigned  was, is;

    was = m->was.shards;
    is = m->is.shards;

    if (osw_shards_may(m) != 0 || osw_shards_workers(m)
        || osw_shards_leases(m) || osw_shards_connected(m)
        || osw_move_begin(m) != 0)
    {
        return -1;
    }

    printf("%u shards to %u, %lld keys\n", was, is, (long long) m->total);
    (void) fflush(stdout);
    m->told = uv_now(&m->ctl->loop);
    osw_shards_say(m, 0, was, is);

    /* who came between, has read the old number */

    if (osw_shards_workers(m) || osw_shards_leases(m)
        || osw_shards_connected(m))
    {
        fprintf(stderr, "ordersavectl: nothing was moved yet; run it again\n");
        return -1;
    }

    (void) osw_move_walk(m, osw_shards_transfer);

    if (m->failed || osw_shards_pass(m) != 0) {
        return -1;
    }

    osw_shards_budgets(m);
    osw_shards_lease(m);
    (void) osw_move_walk(m, osw_shards_sweep);
    osw_shards_say(m, is, 0, 0);

    return m->failed ? -1 : 0;
}


static int
osw_shards_move(osw_ctl_t *ctl, unsigned was, unsigned is)
{
    int          rc;
    uint64_t     random;
    osw_move_t  *m;

    m = calloc(1, sizeof(osw_move_t));

    if (m == NULL || os_random(&random, sizeof(random)) != 0
        || osw_move_init(m, ctl, was, is) != 0)
    {
        free(m);
        return OSW_CTL_FINDING;
    }

    os_script_move_init();
    snprintf(m->id, sizeof(m->id), "mover-%016llx",
             (unsigned long long) random);
    m->unknown = json_object();
    rc = osw_shards_run(m);

    if (rc == 0) {
        printf("%lld moved: there are %u shards now; worker.json and "
               "ordersave_redis have to say so\n", (long long) m->moved, is);
    }

    json_decref(m->unknown);
    osw_move_free(m);
    free(m);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


int
osw_ctl_shards(osw_ctl_t *ctl, int argc, char **argv)
{
    char          *end;
    unsigned long  is;
    osw_number_t   number;

    if (argc == 2) {
        return osw_shards_count(ctl);
    }

    is = strtoul(argv[2], &end, 10);

    if (*end != '\0' || is < 1 || is > OS_SHARDS_MAX) {
        return osw_ctl_wrong(ctl, "\"%s\": expected a number from 1 to %d",
                             argv[2], OS_SHARDS_MAX);
    }

    if (osw_shards_read(ctl, &number) != 0) {
        return OSW_CTL_FINDING;
    }

    if (number.from) {

        if ((int64_t) is != number.to) {
            fprintf(stderr, "ordersavectl: shards are being moved from %lld to "
                    "%lld: finish that first\n", (long long) number.from,
                    (long long) number.to);
            return OSW_CTL_FINDING;
        }

        return osw_shards_move(ctl, (unsigned) number.from, (unsigned) is);
    }

    if (number.shards == 0 || number.other) {
        fprintf(stderr, number.other
                ? "ordersavectl: two numbers of shards were used in this "
                  "Redis, with one prefix: one of them has to go first\n"
                : "ordersavectl: nothing was stored yet: set shards in "
                  "worker.json and in ordersave_redis\n");
        return OSW_CTL_FINDING;
    }

    if (number.shards == (int64_t) is) {
        printf("there are %lu shards\n", is);
        return OSW_CTL_OK;
    }

    return osw_shards_move(ctl, (unsigned) number.shards, (unsigned) is);
}
