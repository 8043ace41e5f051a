/*
 * osw_admit: who may go where, and when. A provider is a mail server, an SMS
 * service, a store's API or a webhook's receiver: it has a breaker, a rate and
 * a number of requests that it is given at once. A lane is the jobs that need
 * the same providers: most need one, a follow-up that reads the order first
 * needs its store as well. The queue asks lanes how many jobs they take, before
 * anything is read or worded for them.
 *
 * After 5 failures in a row the breaker opens for 1 s, doubled up to 60 s with
 * every failure of the one job that is let through when that time is over. What
 * one worker found closed the others hear within four seconds: each looks with
 * one job then, instead of five, and goes on if it is let in.
 */

#ifndef OSW_ADMIT_H
#define OSW_ADMIT_H

#include "worker/osw.h"


#define OSW_SHARE         64        /* a lane's jobs in flight in one shard */


typedef struct osw_lane_s  osw_lane_t;

/* How a provider was when it was asked. */
typedef enum {
    OSW_WORKS = 0,      /* whatever it said of this request */
    OSW_FAILS,
    OSW_LOCKED          /* it does not let us in: no time mends that */
} osw_how_t;

/* What a job needs of a provider, as its channel says. */
typedef struct osw_provider_s {
    const char  *name;          /* NULL: it needs none */
    double       per_second;    /* 0: as fast as it goes */
    unsigned     at_once;       /* 0: as many as there are */
} osw_provider_t;


/*
 * The lane of jobs that need this provider, and `also` where its name is not
 * NULL. Made when there is none; it lasts as long as the worker. When there are
 * OSW_LANES of them, others share the last one. NULL without memory.
 */
osw_lane_t *osw_admit_lane(osw_t *w, const osw_provider_t *provider,
    const osw_provider_t *also);

/* The lane of a number from 1 to OSW_LANES, or NULL. */
osw_lane_t *osw_admit_lane_at(const osw_t *w, unsigned number);
unsigned osw_admit_number(const osw_lane_t *lane);

/* Does it take jobs at a rate now? Then a place may be free at any moment. */
int osw_admit_paced(const osw_t *w, const osw_lane_t *lane);

/* How many more jobs of this shard it takes now. */
unsigned osw_admit_places(osw_t *w, const osw_lane_t *lane,
    const osw_shard_t *shard);

/* Takes a place, with a token of the rate: 1, or 0 when there is none. */
int osw_admit_take(osw_t *w, osw_lane_t *lane, osw_shard_t *shard);

/* The job is over. `unused`: it asked nothing of the provider after all. */
void osw_admit_leave(osw_lane_t *lane, osw_shard_t *shard, int unused);

/*
 * How it went. A refusal of one message is no failure of the provider. An
 * outage is one line of the log when it begins, with `why` (the last answer, in
 * words; NULL: none), and one when it ends: it begins with the breaker, and
 * with the first answer that does not let us in.
 */
void osw_admit_told(osw_t *w, const char *provider, osw_how_t how,
    const char *why);

/*
 * What others are to hear: so many providers that we found closed, or working
 * again, since it was last told; and each as two words of a command, its name
 * and for how many ms from now on (0: it works). Told once.
 */
unsigned osw_admit_news(const osw_t *w);
void osw_admit_tell(osw_t *w, os_command_t *cmd);

/* All that is closed by anybody's word: [provider, ms left, …]. */
void osw_admit_hear(osw_t *w, const redisReply *closed);

/* Breakers that are open now. */
unsigned osw_admit_closed(const osw_t *w);

/* Calls for each provider; `until_ms` is how long its breaker stays open. */
typedef void (*osw_admit_each_pt)(void *data, const char *provider,
    int64_t until_ms, unsigned flight);

void osw_admit_each(const osw_t *w, osw_admit_each_pt each, void *data);

void osw_admit_free(osw_t *w);

#endif /* OSW_ADMIT_H */
