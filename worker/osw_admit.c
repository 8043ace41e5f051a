/*
 * osw_admit: see osw_admit.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/osw_admit.h"


#define OSW_BREAK_AFTER    5
#define OSW_BREAK_MIN_MS   1000
#define OSW_BREAK_MAX_MS   60000
#define OSW_DEAF_MS        60000    /* to what others say, once let in */
#define OSW_TURN_MS        2000     /* for which a shard's turn is kept */


typedef struct osw_way_s  osw_way_t;

/* A provider, as far as it is known. */
struct osw_way_s {
    osw_way_t  *next;
    unsigned    failures;       /* in a row */
    uint64_t    open_until;     /* loop ms */
    uint64_t    open_ms;
    double      per_second;
    double      tokens;
    uint64_t    filled;
    unsigned    at_once;
    unsigned    flight;
    uint64_t    deaf_until;     /* loop ms; others' words say nothing of us */
    unsigned    heard:1;        /* it is closed by another worker's word */
    unsigned    own:1;          /* we found it closed last */
    unsigned    news:1;         /* the others are to be told */
    unsigned    filling:1;      /* the bucket was filled before */
    unsigned    out:1;          /* the log was told of an outage */
    char        name[];
};

struct osw_lane_s {
    unsigned    number;
    osw_way_t  *way[2];         /* the second one may be NULL */
};

typedef struct {
    osw_way_t   *ways;
    unsigned     n;
    osw_lane_t   lane[OSW_LANES];
    json_t      *heard;         /* provider → true, by others' word */
    uint64_t     turn;          /* of the job that was let through last */
} osw_admit_t;


static osw_admit_t *
osw_admit(osw_t *w)
{
    if (w->admit == NULL) {
        w->admit = calloc(1, sizeof(osw_admit_t));
    }

    return w->admit;
}


static osw_way_t *
osw_way_find(const osw_t *w, const char *name)
{
    osw_way_t          *way;
    const osw_admit_t  *a;

    a = w->admit;

    for (way = a ? a->ways : NULL; way != NULL; way = way->next) {
        if (strcmp(way->name, name) == 0) {
            return way;
        }
    }

    return NULL;
}


/*
 * What others say of it. It may be their own network that fails: so we look
 * with one job, and what we find counts more. When nobody says it any more,
 * somebody has found that it works: we look, too.
 */
static void
osw_way_hear(const osw_t *w, const osw_admit_t *a, osw_way_t *way)
{
    unsigned  closed = json_object_get(a->heard, way->name) != NULL;

    if (!closed && way->own && !way->news) {
        way->open_until = 0;
    }

    closed = closed && !way->own && way->deaf_until <= uv_now(w->loop);

    if (closed && !way->heard) {
        osw_log(OSW_INFO, "%s: closed, another worker says: one job looks",
                way->name);
    }

    way->heard = closed & 1;
}


static osw_way_t *
osw_way(osw_t *w, const osw_provider_t *provider)
{
    osw_way_t    *way;
    osw_admit_t  *a;

    a = osw_admit(w);
    way = osw_way_find(w, provider->name);

    if (a == NULL || way != NULL) {
        return way;
    }

    way = calloc(1, sizeof(osw_way_t) + strlen(provider->name) + 1);

    if (way != NULL) {
        strcpy(way->name, provider->name);
        way->per_second = provider->per_second;
        way->at_once = provider->at_once;
        osw_way_hear(w, a, way);
        way->next = a->ways;
        a->ways = way;
    }

    return way;
}


osw_lane_t *
osw_admit_lane(osw_t *w, const osw_provider_t *provider,
    const osw_provider_t *also)
{
    unsigned      i;
    osw_way_t    *first, *second;
    osw_lane_t   *lane;
    osw_admit_t  *a;

    first = osw_way(w, provider);
    second = also && also->name ? osw_way(w, also) : NULL;
    a = w->admit;

    if (first == NULL) {
        return NULL;
    }

    for (i = 0; i < a->n; i++) {
        lane = &a->lane[i];

        if (lane->way[0] == first && lane->way[1] == second) {
            return lane;
        }
    }

    if (a->n == OSW_LANES) {
        return &a->lane[OSW_LANES - 1];
    }

    lane = &a->lane[a->n++];
    lane->number = a->n;
    lane->way[0] = first;
    lane->way[1] = second;

    return lane;
}


osw_lane_t *
osw_admit_lane_at(const osw_t *w, unsigned number)
{
    osw_admit_t  *a;

    a = w->admit;

    return a && number > 0 && number <= a->n ? &a->lane[number - 1] : NULL;
}


unsigned
osw_admit_number(const osw_lane_t *lane)
{
    return lane->number;
}


/* The rate is all workers': each has its part of it. */
static unsigned
osw_way_tokens(const osw_t *w, osw_way_t *way)
{
    double    rate, most;
    uint64_t  now;

    now = uv_now(w->loop);
    rate = way->per_second / (w->workers > 1 ? w->workers : 1);
    most = rate > 1 ? rate : 1;

    way->tokens = way->filling
                  ? way->tokens + (double) (now - way->filled) * rate / 1000
                  : most;
    way->filling = 1;
    way->filled = now;
    way->tokens = way->tokens > most ? most : way->tokens;

    return (unsigned) way->tokens;
}


static int
osw_way_is_closed(const osw_way_t *way)
{
    return way->failures >= OSW_BREAK_AFTER || way->heard;
}


/*
 * Shards whose jobs wait in the lane for longer than this one's: what a rate
 * has left is theirs first, else two that are busy keep a third one out for
 * ever. A shard whose share is in flight, or whose Redis does not answer, is
 * not waited for.
 */
static unsigned
osw_admit_ahead(const osw_t *w, const osw_lane_t *lane,
    const osw_shard_t *shard)
{
    unsigned            i, n, ahead = 0;
    const osw_shard_t  *other;

    n = lane->number;

    for (i = 0; i < w->config->space.shards; i++) {
        other = &w->shard[i];
        ahead += other != shard && other->epoch && !other->leaving
                 && other->parked[n] && other->flight[n] < OSW_SHARE
                 && other->turn[n] < shard->turn[n]
                 && other->polled + OSW_TURN_MS > uv_now(w->loop);
    }

    return ahead;
}


static unsigned
osw_way_places(const osw_t *w, osw_way_t *way, const osw_lane_t *lane,
    const osw_shard_t *shard)
{
    unsigned  places, tokens, ahead;

    if (way->open_until > uv_now(w->loop)) {
        return 0;
    }

    places = osw_way_is_closed(way) ? 1
             : way->at_once ? way->at_once : UINT32_MAX;
    places = places > way->flight ? places - way->flight : 0;

    if (places == 0 || way->per_second <= 0) {
        return places;
    }

    tokens = osw_way_tokens(w, way);
    ahead = tokens ? osw_admit_ahead(w, lane, shard) : 0;
    tokens = tokens > ahead ? tokens - ahead : 0;

    return tokens < places ? tokens : places;
}


int
osw_admit_paced(const osw_t *w, const osw_lane_t *lane)
{
    int       paced = 0;
    unsigned  i;

    for (i = 0; i < 2 && lane->way[i]; i++) {
        if (lane->way[i]->open_until > uv_now(w->loop)
            || osw_way_is_closed(lane->way[i]))
        {
            return 0;
        }

        paced |= lane->way[i]->per_second > 0;
    }

    return paced;
}


unsigned
osw_admit_places(osw_t *w, const osw_lane_t *lane, const osw_shard_t *shard)
{
    unsigned  places, other;

    places = shard->flight[lane->number] < OSW_SHARE
             ? OSW_SHARE - shard->flight[lane->number] : 0;
    other = places ? osw_way_places(w, lane->way[0], lane, shard) : 0;
    places = other < places ? other : places;
    other = places && lane->way[1]
            ? osw_way_places(w, lane->way[1], lane, shard) : places;

    return other < places ? other : places;
}


int
osw_admit_take(osw_t *w, osw_lane_t *lane, osw_shard_t *shard)
{
    unsigned      i;
    osw_admit_t  *a = w->admit;

    if (osw_admit_places(w, lane, shard) == 0) {
        return 0;
    }

    for (i = 0; i < 2 && lane->way[i]; i++) {
        lane->way[i]->flight++;
        lane->way[i]->tokens -= lane->way[i]->per_second > 0 ? 1 : 0;
    }

    shard->flight[lane->number]++;
    shard->turn[lane->number] = ++a->turn;

    return 1;
}


void
osw_admit_leave(osw_lane_t *lane, osw_shard_t *shard, int unused)
{
    unsigned  i;

    for (i = 0; i < 2 && lane->way[i]; i++) {
        lane->way[i]->flight--;
        lane->way[i]->tokens += unused && lane->way[i]->per_second > 0 ? 1 : 0;
    }

    shard->flight[lane->number]--;
}


/* The log is told of an outage once. */
static void
osw_way_out(osw_way_t *way, osw_how_t how, const char *why)
{
    if (way->out
        || (how == OSW_FAILS && way->failures < OSW_BREAK_AFTER))
    {
        return;
    }

    way->out = 1;

    if (how == OSW_LOCKED) {
        osw_log(OSW_WARN, "%s: does not let us in (%s), jobs wait", way->name,
                why ? why : "no word why");

    } else {
        osw_log(OSW_WARN, "%s: failed %u times in a row%s%s%s, jobs wait",
                way->name, way->failures, why ? " (" : "", why ? why : "",
                why ? ")" : "");
    }
}


void
osw_admit_told(osw_t *w, const char *provider, osw_how_t how,
    const char *why)
{
    uint64_t    now;
    osw_way_t  *way;

    now = uv_now(w->loop);
    way = osw_way_find(w, provider);

    if (way == NULL) {
        return;
    }

    if (how == OSW_WORKS) {
        if (way->out) {
            osw_log(OSW_INFO, "%s: works again", provider);
        }

        way->deaf_until = way->heard ? now + OSW_DEAF_MS : way->deaf_until;
        way->news |= way->own;
        way->out = 0;
        way->own = 0;
        way->heard = 0;
        way->failures = 0;
        way->open_until = 0;
        way->open_ms = 0;
        return;
    }

    way->failures++;
    osw_way_out(way, how, why);

    /* what had begun before it opened says nothing new */
    if (!osw_way_is_closed(way) || way->open_until > now) {
        return;
    }

    way->own = 1;
    way->news = 1;
    way->heard = 0;
    way->failures = way->failures < OSW_BREAK_AFTER ? OSW_BREAK_AFTER
                                                    : way->failures;

    way->open_ms = way->open_ms ? way->open_ms * 2 : OSW_BREAK_MIN_MS;
    way->open_ms = way->open_ms > OSW_BREAK_MAX_MS ? OSW_BREAK_MAX_MS
                                                   : way->open_ms;
    way->open_until = now + way->open_ms;
}


unsigned
osw_admit_news(const osw_t *w)
{
    unsigned            n;
    osw_way_t          *way;
    const osw_admit_t  *a;

    a = w->admit;
    n = 0;

    for (way = a ? a->ways : NULL; way != NULL; way = way->next) {
        n += way->news;
    }

    return n;
}


void
osw_admit_tell(osw_t *w, os_command_t *cmd)
{
    uint64_t      now;
    osw_way_t    *way;
    osw_admit_t  *a;

    a = w->admit;
    now = uv_now(w->loop);

    for (way = a ? a->ways : NULL; way != NULL; way = way->next) {
        if (!way->news) {
            continue;
        }

        way->news = 0;
        os_command_add(cmd, os_str(way->name));
        os_command_add_int(cmd, !way->own ? 0 : way->open_until > now
                                ? (int64_t) (way->open_until - now) : 1);
    }
}


void
osw_admit_hear(osw_t *w, const redisReply *closed)
{
    char          name[512];
    size_t        i;
    os_str_t      word;
    osw_way_t    *way;
    osw_admit_t  *a;

    a = osw_admit(w);

    if (a == NULL) {
        return;
    }

    json_decref(a->heard);
    a->heard = json_object();

    for (i = 0; i + 1 < closed->elements; i += 2) {
        word = osw_reply_str(closed->element[i]);
        (void) snprintf(name, sizeof(name), "%.*s", (int) word.len,
                        word.data ? word.data : "");
        (void) json_object_set_new(a->heard, name, json_true());
    }

    for (way = a->ways; way != NULL; way = way->next) {
        osw_way_hear(w, a, way);
    }
}


unsigned
osw_admit_closed(const osw_t *w)
{
    unsigned            n;
    osw_way_t          *way;
    const osw_admit_t  *a;

    a = w->admit;
    n = 0;

    for (way = a ? a->ways : NULL; way != NULL; way = way->next) {
        n += osw_way_is_closed(way) ? 1 : 0;
    }

    return n;
}


void
osw_admit_each(const osw_t *w, osw_admit_each_pt each, void *data)
{
    uint64_t            now;
    osw_way_t          *way;
    const osw_admit_t  *a;

    a = w->admit;
    now = uv_now(w->loop);

    for (way = a ? a->ways : NULL; way != NULL; way = way->next) {
        each(data, way->name, way->open_until > now
                              ? (int64_t) (way->open_until - now) : 0,
             way->flight);
    }
}


void
osw_admit_free(osw_t *w)
{
    osw_way_t    *way, *next;
    osw_admit_t  *a;

    a = w->admit;

    for (way = a ? a->ways : NULL; way != NULL; way = next) {
        next = way->next;
        free(way);
    }

    if (a) {
        json_decref(a->heard);
    }

    free(a);
    w->admit = NULL;
}
