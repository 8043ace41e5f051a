/*
 * ordersavectl dead, pause, resume, stats: queues.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl.h"


#define OSW_RAW        "raw/"   /* opens the id of a dead webhook */
#define OSW_DEAD_PAGE  20
#define OSW_HEARD_MS   5000     /* as the workers take each other for alive */


typedef struct {
    const char  *verb;
    const char  *id;            /* NULL: all */
    unsigned     shard;
    unsigned     met;
    os_buf_t     cursor;        /* of HSCAN */
    json_t      *seen;          /* id → true: a scan may tell one twice */
    json_t      *jobs;          /* id → job, of retry and drop */
} osw_dead_t;


static const char *
osw_dead_word(const json_t *job, const char *member)
{
    return os_json_str(job, member).len ? os_json_str(job, member).data : "-";
}


static void
osw_dead_meet(osw_dead_t *dead, os_str_t id, os_str_t text)
{
    json_t  *job;

    if (json_object_getn(dead->seen, id.data, id.len)) {
        return;
    }

    (void) json_object_setn_new(dead->seen, id.data, id.len, json_true());
    dead->met++;
    job = os_json_parse(text, "job", NULL);

    if (strcmp(dead->verb, "list") == 0) {
        printf("%.*s\t%s\t%s\t%s\t%s\n", (int) id.len, id.data,
               osw_dead_word(job, "order"), osw_dead_word(job, "purpose"),
               osw_dead_word(job, "channel"), osw_dead_word(job, "why"));

    } else if (strcmp(dead->verb, "show") == 0) {
        osw_ctl_print(job);

    } else {
        (void) json_object_setn(dead->jobs, id.data, id.len, job);
    }

    json_decref(job);
}


/* HSCAN: [cursor, [id, text, …]] */
static void
osw_take_dead(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t       i;
    redisReply  *list;
    osw_dead_t  *dead;

    (void) ctl;
    dead = data;
    dead->cursor.len = 0;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return;
    }

    os_buf_str(&dead->cursor, osw_reply_str(reply->element[0]));
    list = reply->element[1];

    for (i = 0; i + 1 < list->elements; i += 2) {
        osw_dead_meet(dead, osw_reply_str(list->element[i]),
                      osw_reply_str(list->element[i + 1]));
    }
}


/* HGET: one, if it is in this shard. */
static void
osw_take_dead_one(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    osw_dead_t  *dead;

    (void) ctl;
    dead = data;

    if (osw_reply_str(reply).len) {
        osw_dead_meet(dead, os_str(dead->id), osw_reply_str(reply));
    }
}


/* A webhook that could not be mapped goes through the inbox once more. */
static void
osw_dead_again(osw_ctl_t *ctl, const osw_dead_t *dead, const char *id,
    const json_t *job)
{
    size_t         i;
    os_command_t  *cmd;

    static const char *const  fields[] = { "source", "store", "topic", "body" };

    cmd = osw_ctl_command(dead->shard, "XADD", 3 + 2 * 4 + 2);
    osw_command_key(&ctl->w, cmd, "in", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("*"));

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        os_command_add(cmd, os_str(fields[i]));
        os_command_add(cmd, os_json_str(job, fields[i]));
    }

    os_command_add(cmd, OS_STR("id"));
    os_command_add(cmd, os_str(id + sizeof(OSW_RAW) - 1));
    (void) osw_ctl_call(ctl, cmd, NULL, NULL);
}


static void
osw_dead_revive(osw_ctl_t *ctl, osw_dead_t *dead)
{
    json_t        *job;
    const char    *id, *verb;
    os_command_t  *cmd;

    json_object_foreach(dead->jobs, id, job) {
        verb = dead->verb;

        if (strncmp(id, OSW_RAW, sizeof(OSW_RAW) - 1) == 0
            && strcmp(verb, "retry") == 0)
        {
            osw_dead_again(ctl, dead, id, job);
            verb = "drop";
        }

        cmd = os_command_new(dead->shard, NULL, NULL);
        os_command_script(cmd, &os_script_revive, 4, 2);
        osw_command_key(&ctl->w, cmd, "dead", OS_NULL, OS_NULL, OS_NULL);
        osw_command_key(&ctl->w, cmd, "jobs", OS_NULL, OS_NULL, OS_NULL);
        osw_command_key(&ctl->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
        osw_command_key(&ctl->w, cmd, "died", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_str(id));
        os_command_add(cmd, os_str(verb));
        (void) osw_ctl_call(ctl, cmd, NULL, NULL);
    }

    (void) json_object_clear(dead->jobs);
}


/* The dead letters of a shard, a page at a time; a webhook's has 4 MB. */
static int
osw_dead_shard(osw_ctl_t *ctl, osw_dead_t *dead)
{
    os_command_t  *cmd;

    if (dead->id != NULL) {
        cmd = osw_ctl_command(dead->shard, "HGET", 3);
        osw_command_key(&ctl->w, cmd, "dead", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_str(dead->id));

        if (osw_ctl_call(ctl, cmd, osw_take_dead_one, dead) != 0) {
            return -1;
        }

        osw_dead_revive(ctl, dead);

        return 0;
    }

    dead->cursor.len = 0;
    os_buf_char(&dead->cursor, '0');

    do {
        cmd = osw_ctl_command(dead->shard, "HSCAN", 5);
        osw_command_key(&ctl->w, cmd, "dead", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_buf_view(&dead->cursor));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_DEAD_PAGE);

        if (osw_ctl_call(ctl, cmd, osw_take_dead, dead) != 0) {
            return -1;
        }

        osw_dead_revive(ctl, dead);
    } while (dead->cursor.len
             && !os_str_equal(os_buf_view(&dead->cursor), OS_STR("0")));

    return 0;
}


int
osw_ctl_dead(osw_ctl_t *ctl, int argc, char **argv)
{
    int         all;
    osw_dead_t  dead;

    if (argc < 2 || (strcmp(argv[1], "list") == 0 ? argc != 2 : argc != 3)
        || (strcmp(argv[1], "list") != 0 && strcmp(argv[1], "show") != 0
            && strcmp(argv[1], "retry") != 0 && strcmp(argv[1], "drop") != 0))
    {
        return OSW_CTL_USAGE;
    }

    all = argc == 2 || strcmp(argv[2], "all") == 0;
    dead = (osw_dead_t) { .verb = argv[1], .id = all ? NULL : argv[2],
                          .jobs = json_object(), .seen = json_object() };

    for ( ; dead.shard < ctl->w.config->space.shards; dead.shard++) {
        if (osw_dead_shard(ctl, &dead) != 0) {
            break;
        }
    }

    json_decref(dead.jobs);
    json_decref(dead.seen);
    os_buf_free(&dead.cursor);

    if (dead.met == 0 && !all) {
        fprintf(stderr, "ordersavectl: no dead letter %s\n", dead.id);
        return OSW_CTL_FINDING;
    }

    if (argc == 3 && strcmp(dead.verb, "show") != 0) {
        printf("%u\n", dead.met);
    }

    return OSW_CTL_OK;
}


void
osw_ctl_take_count(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;
    *(int64_t *) data = osw_reply_int(reply, 0);
}


int64_t
osw_ctl_length(osw_ctl_t *ctl, unsigned shard, const char *verb,
    const char *name, os_str_t a, os_str_t b, os_str_t c)
{
    int64_t        n;
    os_command_t  *cmd;

    n = 0;
    cmd = osw_ctl_command(shard, verb, 2);
    osw_command_key(&ctl->w, cmd, name, a, b, c);
    (void) osw_ctl_call(ctl, cmd, osw_ctl_take_count, &n);

    return n;
}


/* "store=shop channel=sms" as "shop/sms/…", a star for what is not named. */
static int
osw_pause_name(osw_ctl_t *ctl, int argc, char **argv, os_buf_t *name)
{
    int          i;
    size_t       k, len;
    const char  *value[3] = { "*", "*", "*" };

    static const char *const  key[3] = { "store=", "channel=", "purpose=" };

    for (i = 1; i < argc; i++) {
        for (k = 0; k < 3; k++) {
            len = strlen(key[k]);

            if (strncmp(argv[i], key[k], len) == 0 && argv[i][len] != '\0') {
                value[k] = argv[i] + len;
                break;
            }
        }

        if (k == 3 || strchr(argv[i], '/')) {
            return osw_ctl_wrong(ctl, "%s: expected store=NAME, channel=NAME "
                                 "or purpose=NAME", argv[i]);
        }
    }

    if (ctl->store && strcmp(value[0], "*") == 0) {
        value[0] = ctl->store;
    }

    os_buf_printf(name, "%s/%s/%s", value[0], value[1], value[2]);

    return OSW_CTL_OK;
}


/* All deliveries, or those of a store, a channel, a purpose. */
int
osw_ctl_pause(osw_ctl_t *ctl, int argc, char **argv)
{
    int            pause, rc, whole;
    os_buf_t       name;
    os_command_t  *cmd;

    pause = strcmp(argv[0], "pause") == 0;
    whole = argc == 1 && ctl->store == NULL;
    name = (os_buf_t) { 0 };
    rc = whole ? OSW_CTL_OK : osw_pause_name(ctl, argc, argv, &name);

    if (rc != OSW_CTL_OK) {
        return rc;
    }

    if (whole && pause) {
        cmd = osw_ctl_command(0, "SET", 3);
        osw_command_key(&ctl->w, cmd, "paused", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, OS_STR("1"));

    } else if (whole) {
        cmd = osw_ctl_command(0, "DEL", 3);
        osw_command_key(&ctl->w, cmd, "paused", OS_NULL, OS_NULL, OS_NULL);
        osw_command_key(&ctl->w, cmd, "pauses", OS_NULL, OS_NULL, OS_NULL);

    } else {
        cmd = osw_ctl_command(0, pause ? "HSET" : "HDEL", pause ? 4 : 3);
        osw_command_key(&ctl->w, cmd, "pauses", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, os_buf_view(&name));

        if (pause) {
            os_command_add(cmd, OS_STR("1"));
        }
    }

    os_buf_free(&name);

    return osw_ctl_call(ctl, cmd, NULL, NULL) == 0 ? OSW_CTL_OK
                                                   : OSW_CTL_FINDING;
}


static void
osw_take_stat(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t    i;
    char      field[200];
    json_t   *counts;
    os_str_t  name;

    (void) ctl;
    counts = data;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        name = osw_reply_str(reply->element[i]);
        snprintf(field, sizeof(field), "%.*s", (int) name.len, name.data);
        os_json_set_int(counts, field, os_json_int(counts, field, 0)
                        + osw_reply_int(reply->element[i + 1], 0));
    }
}


typedef struct {
    char      cursor[32];
    int64_t   n;
} osw_scan_t;


static void
osw_take_scan(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    osw_scan_t  *scan;

    (void) ctl;
    scan = data;

    if (reply->elements == 2) {
        snprintf(scan->cursor, sizeof(scan->cursor), "%s",
                 reply->element[0]->str);
        scan->n += (int64_t) reply->element[1]->elements;
    }
}


/* Orders on the first node: SCAN does not block it. */
static int64_t
osw_stats_orders(osw_ctl_t *ctl, unsigned shard)
{
    osw_scan_t     scan;
    os_buf_t       match;
    os_command_t  *cmd;

    scan = (osw_scan_t) { "0", 0 };
    match = (os_buf_t) { 0 };
    os_buf_printf(&match, "%s:{*}:o:*", ctl->w.config->space.prefix);

    do {
        cmd = osw_ctl_command(shard, "SCAN", 6);
        os_command_add(cmd, os_str(scan.cursor));
        os_command_add(cmd, OS_STR("MATCH"));
        os_command_add(cmd, os_buf_view(&match));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add(cmd, OS_STR("1000"));

        if (osw_ctl_call(ctl, cmd, osw_take_scan, &scan) != 0) {
            break;
        }
    } while (strcmp(scan.cursor, "0") != 0);

    os_buf_free(&match);

    return scan.n;
}


static void
osw_take_info(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    int64_t     *memory;
    const char  *at;

    (void) ctl;
    memory = data;

    if (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS)
    {
        at = strstr(reply->str, "used_memory:");
        memory[0] += at ? strtoll(at + 12, NULL, 10) : 0;
        at = strstr(reply->str, "used_memory_startup:");
        memory[1] += at ? strtoll(at + 20, NULL, 10) : 0;
    }
}


/* Orders and memory (in use, and of an empty Redis), over all nodes. */
static void
osw_stats_nodes(osw_ctl_t *ctl, int64_t *orders, int64_t memory[2])
{
    unsigned       shard;
    os_command_t  *cmd;

    *orders = 0;
    memory[0] = 0;
    memory[1] = 0;

    for (shard = 0; shard < ctl->w.config->space.shards; shard++) {

        if (osw_redis_first_shard(ctl->w.redis, shard) != shard) {
            continue;
        }

        *orders += osw_stats_orders(ctl, shard);
        cmd = osw_ctl_command(shard, "INFO", 2);
        os_command_add(cmd, OS_STR("memory"));
        (void) osw_ctl_call(ctl, cmd, osw_take_info, memory);
    }
}


/* A time that a reply begins or ends with, in ms; 0: there is none. */
static void
osw_take_ms(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    int64_t  ms, *oldest = data;

    (void) ctl;

    while (reply->type == REDIS_REPLY_ARRAY && reply->elements) {
        reply = reply->element[reply->element[0]->type == REDIS_REPLY_ARRAY
                               || reply->elements != 2
                               || reply->element[1]->type
                                  == REDIS_REPLY_ARRAY ? 0 : 1];
    }

    ms = osw_reply_str(reply).len ? strtoll(osw_reply_str(reply).data, NULL,
                                            10) : 0;

    if (ms && (*oldest == 0 || ms < *oldest)) {
        *oldest = ms;
    }
}


/* When the oldest event came, and the first job was due, of a shard too. */
static void
osw_stats_oldest(osw_ctl_t *ctl, unsigned shard, int64_t *event, int64_t *job)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(shard, "XRANGE", 6);
    osw_command_key(&ctl->w, cmd, "ev", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("-"));
    os_command_add(cmd, OS_STR("+"));
    os_command_add(cmd, OS_STR("COUNT"));
    os_command_add(cmd, OS_STR("1"));
    (void) osw_ctl_call(ctl, cmd, osw_take_ms, event);

    cmd = osw_ctl_command(shard, "ZRANGEBYSCORE", 8);
    osw_command_key(&ctl->w, cmd, "queue", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("0"));
    os_command_add(cmd, OS_STR("+inf"));
    os_command_add(cmd, OS_STR("WITHSCORES"));
    os_command_add(cmd, OS_STR("LIMIT"));
    os_command_add(cmd, OS_STR("0"));
    os_command_add(cmd, OS_STR("1"));
    (void) osw_ctl_call(ctl, cmd, osw_take_ms, job);
}


static int64_t
osw_stats_age(const osw_ctl_t *ctl, int64_t ms)
{
    int64_t  now = osw_now_ms(&ctl->w);

    return ms && ms < now ? (now - ms) / 1000 : 0;
}


int64_t
osw_ctl_workers(osw_ctl_t *ctl)
{
    int64_t        n = 0;
    os_buf_t       from = { 0 };
    os_command_t  *cmd;

    os_buf_int(&from, osw_now_ms(&ctl->w) - OSW_HEARD_MS);
    cmd = osw_ctl_command(0, "ZCOUNT", 4);
    osw_command_key(&ctl->w, cmd, "workers", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, os_buf_view(&from));
    os_command_add(cmd, OS_STR("+inf"));
    (void) osw_ctl_call(ctl, cmd, osw_ctl_take_count, &n);
    os_buf_free(&from);

    return n;
}


/* What has to do with time, and with who is at work. */
static void
osw_stats_state(osw_ctl_t *ctl, int64_t event, int64_t job, json_t *out)
{
    int64_t  paused = osw_ctl_length(ctl, 0, "EXISTS", "paused", OS_NULL,
                                     OS_NULL, OS_NULL)
                      + osw_ctl_length(ctl, 0, "HLEN", "pauses", OS_NULL,
                                       OS_NULL, OS_NULL);

    os_json_set_int(out, "oldest_event_s", osw_stats_age(ctl, event));
    os_json_set_int(out, "overdue_job_s", osw_stats_age(ctl, job));
    os_json_set_int(out, "workers", osw_ctl_workers(ctl));
    (void) json_object_set_new(out, "paused", json_boolean(paused > 0));
}


int
osw_ctl_stats(osw_ctl_t *ctl, int argc, char **argv)
{
    json_t        *counts, *out;
    int64_t        memory[2], orders, events, raw, due, dead;
    int64_t        event = 0, job = 0;
    unsigned       i;
    os_command_t  *cmd;

    (void) argv;

    if (argc != 1) {
        return OSW_CTL_USAGE;
    }

    counts = json_object();
    events = raw = due = dead = 0;
    memory[0] = memory[1] = 0;

    for (i = 0; i < ctl->w.config->space.shards; i++) {
        cmd = osw_ctl_command(i, "HGETALL", 2);
        osw_command_key(&ctl->w, cmd, "stat", OS_NULL, OS_NULL, OS_NULL);

        if (osw_ctl_call(ctl, cmd, osw_take_stat, counts) != 0) {
            json_decref(counts);
            return OSW_CTL_FINDING;
        }

        events += osw_ctl_length(ctl, i, "XLEN", "ev", OS_NULL, OS_NULL,
                                 OS_NULL);
        raw += osw_ctl_length(ctl, i, "XLEN", "in", OS_NULL, OS_NULL,
                              OS_NULL);
        due += osw_ctl_length(ctl, i, "ZCARD", "queue", OS_NULL, OS_NULL,
                              OS_NULL)
               + osw_ctl_length(ctl, i, "ZCARD", "due", OS_NULL, OS_NULL,
                                OS_NULL);
        osw_stats_oldest(ctl, i, &event, &job);
        dead += osw_ctl_length(ctl, i, "HLEN", "dead", OS_NULL, OS_NULL,
                               OS_NULL);
    }

    osw_stats_nodes(ctl, &orders, memory);

    out = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                    "counts", counts, "events_waiting", (json_int_t) events,
                    "raw_waiting", (json_int_t) raw, "jobs",
                    (json_int_t) due, "dead", (json_int_t) dead, "orders",
                    (json_int_t) orders, "used_memory",
                    (json_int_t) memory[0], "bytes_per_order",
                    (json_int_t) (orders ? (memory[0] - memory[1]) / orders
                                         : 0));
    osw_stats_state(ctl, event, job, out);
    osw_ctl_print(out);
    json_decref(out);

    return OSW_CTL_OK;
}
