/*
 * osw_pull_run: one store's reading of products, as far as it has come. It is
 * in Redis after every page (`pull:STORE`): whoever holds shard 0 next goes on
 * from there, and a page that is read twice writes the same.
 *
 * A step asks or writes, and names the one that comes then. Whatever is out,
 * `busy` says so, and nothing else begins.
 */

#ifndef OSW_PULL_RUN_H
#define OSW_PULL_RUN_H

#include "core/base/os_hash.h"
#include "worker/osw.h"


/* Failures in a row after which what fails is not waited for. */
#define OSW_PULL_FAILS  6


typedef struct osw_pull_s  osw_pull_t;
typedef void (*osw_pull_pt)(osw_pull_t *p);

struct osw_pull_s {
    osw_t        *w;
    osw_store_t  *store;
    int64_t       next;             /* s: not looked at earlier */
    int64_t       epoch;            /* of shard 0, when it began */
    unsigned      fails;            /* in a row, of the page that is read */
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
    unsigned      known:1;          /* an answer had one that was asked for */
};


/* s since 1970. */
int64_t osw_pull_now(const osw_pull_t *p);

/* s: a member of /catalog/pull, or `other`; how often changes are read. */
int64_t osw_pull_duration(const osw_pull_t *p, const char *name,
    int64_t other);
int64_t osw_pull_every(const osw_pull_t *p);

/* All products are read, not only what has changed. */
int osw_pull_whole(const osw_pull_t *p);

/* It does not see all: nothing is taken away at its end. */
void osw_pull_part(osw_pull_t *p);

/* The list that is being read; borrowed. NULL: all are read. */
json_t *osw_pull_list(const osw_pull_t *p);

/* A line of the log, behind the store's name. */
void osw_pull_log(const osw_pull_t *p, osw_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Nothing is out any more: until `next`, in s, it rests. */
void osw_pull_rest(osw_pull_t *p, int64_t next);

/*
 * It is gone on with from where it stands in Redis, after a while: at least
 * `after` s.
 */
void osw_pull_fail(osw_pull_t *p, int64_t after, const char *why);

/*
 * Has another shard 0, or may it by now, or is this worker leaving? Then it
 * rests.
 */
int osw_pull_lost(osw_pull_t *p);

/*
 * Writes: first osw_pull_wait(), which says what comes then; each is sent by
 * osw_pull_send(), or counted in `pending` and told to osw_pull_wrote(); at
 * last osw_pull_wrote() without a failure, as nothing goes on before.
 */
void osw_pull_wait(osw_pull_t *p, osw_pull_pt then);
void osw_pull_send(osw_pull_t *p, os_command_t *cmd);
void osw_pull_wrote(void *data, int failed);
void osw_pull_reply(os_command_t *cmd, redisReply *reply);

/* A command of so many words that begins with `verb` and the store's `key`. */
os_command_t *osw_pull_command(osw_pull_t *p, unsigned shard, const char *verb,
    unsigned words, const char *key, os_reply_pt handler);

/* How far it has come is known, then it goes on. */
void osw_pull_save(osw_pull_t *p, osw_pull_pt then);

#endif /* OSW_PULL_RUN_H */
