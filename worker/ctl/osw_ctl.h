/*
 * osw_ctl: what the commands of ordersavectl share.
 */

#ifndef OSW_CTL_H
#define OSW_CTL_H

#include "worker/osw.h"


#define OSW_CTL_OK       0
#define OSW_CTL_FINDING  1
#define OSW_CTL_USAGE    2
#define OSW_CTL_REDIS    3


typedef struct {
    osw_t         w;
    uv_loop_t     loop;
    int           waiting;
    int           failed;       /* no answer: Redis cannot be reached */
    int           told;         /* what is wrong with the words was said */
    const char   *store;        /* --store, or the only one */
    const char   *locale;       /* --locale, or NULL */
    const char   *kind;         /* --kind, or NULL */
    int           force;        /* --force */
    int           live;         /* --live */
    const char   *dkim;         /* --dkim, --sms-to, --webhooks, --write; or
                                 * NULL */
    const char   *sms_to;
    const char   *webhooks;
    const char   *write;
    const char   *since;        /* --since, --by, --format; or NULL */
    const char   *by;
    const char   *format;
    const char   *state;        /* --state, --reason, --email; or NULL */
    const char   *reason;
    const char   *email;
    int           mail;         /* --mail, --observed */
    int           observed;
    const char   *as;           /* --as: who does it; or NULL */
    const char   *from;         /* --from, --file; or NULL */
    const char   *file;
    const char   *output;       /* --output, or NULL: standard output */
} osw_ctl_t;

/* Says what is wrong with how it was called: OSW_CTL_USAGE. */
int osw_ctl_wrong(osw_ctl_t *ctl, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A line of check: "ok - WHAT", "not ok - WHAT: WHY" (`why` may be empty). How
 * many faults it is.
 */
int osw_ctl_line(int good, const char *what, const char *why);

/* Takes what a reply says while it lives. */
typedef void (*osw_ctl_pt)(osw_ctl_t *ctl, const redisReply *reply,
    void *data);

/*
 * Sends a command and runs the loop until it is answered; `take` (may be NULL)
 * is called with the reply. 0, or -1 when Redis did not answer or said no;
 * ctl->failed tells the first.
 */
int osw_ctl_call(osw_ctl_t *ctl, os_command_t *cmd, osw_ctl_pt take,
    void *data);

/* The same; the reply is the caller's (freeReplyObject()), NULL for -1. */
redisReply *osw_ctl_ask(osw_ctl_t *ctl, os_command_t *cmd);

/* Runs the loop for so long. */
void osw_ctl_sleep(osw_ctl_t *ctl, uint64_t ms);

/* A command of one shard whose handler osw_ctl_call() sets. */
os_command_t *osw_ctl_command(unsigned shard, const char *verb,
    unsigned words);

/* Adds the key of the hash that the jobs of an order ("shop/19") lie in. */
void osw_ctl_part(osw_ctl_t *ctl, os_command_t *cmd, os_str_t order);

/* Takes a number into the int64_t at `data`. */
void osw_ctl_take_count(osw_ctl_t *ctl, const redisReply *reply, void *data);

/* What LLEN, GET and their like say of a key; 0 when nothing is there. */
int64_t osw_ctl_length(osw_ctl_t *ctl, unsigned shard, const char *verb,
    const char *name, os_str_t a, os_str_t b, os_str_t c);

/* Workers that are at work. */
int64_t osw_ctl_workers(osw_ctl_t *ctl);

/* The reply of a GET as JSON, or NULL. */
json_t *osw_ctl_json(osw_ctl_t *ctl, unsigned shard, const char *name,
    os_str_t a, os_str_t b);

/* The store that --store names; NULL with a message. */
osw_store_t *osw_ctl_store(osw_ctl_t *ctl);

/* "shop/19", or "19" in the store of --store. -1 with a message. */
int osw_ctl_order(osw_ctl_t *ctl, const char *text, osw_store_t **store,
    os_str_t *id);

void osw_ctl_print(const json_t *json);

/*
 * Appends a name that nobody guesses. Ends the program where the system has no
 * random bytes.
 */
void osw_ctl_name(os_buf_t *out);

/* A new event of that kind for an order, as of now, with a name of its own. */
json_t *osw_ctl_event(const osw_ctl_t *ctl, const osw_store_t *store,
    os_str_t id, const char *kind);


/* The commands: each returns an exit status. argv[0] is its own name. */
int osw_ctl_check(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_render(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_order_show(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_explain(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_dead(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_coupons(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_catalog(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_request(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_mail(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_offer(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_orders(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_import(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_tail(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_report(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_trace(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_export(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_erase(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_consent(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_bounce(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_pause(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_shards(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_country(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_map(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_anchors(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_locale(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_withdrawals(osw_ctl_t *ctl, int argc, char **argv);
int osw_ctl_stats(osw_ctl_t *ctl, int argc, char **argv);

#endif /* OSW_CTL_H */
