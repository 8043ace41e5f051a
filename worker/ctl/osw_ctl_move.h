/*
 * osw_ctl_move: keys and entries from where they are to where they belong under
 * another number of shards. Everything may be done again from the start: what
 * is in its place stays, what was copied and not yet taken away is not copied
 * twice.
 */

#ifndef OSW_CTL_MOVE_H
#define OSW_CTL_MOVE_H

#include "worker/ctl/osw_ctl.h"


#define OSW_MOVE_TAGS  (2 * OS_SHARDS_MAX)

/* A tag that shards have, under the old number, the new one, or both. */
typedef struct {
    char      text[12];
    unsigned  slot;
    int       was;              /* the old shard, or -1 */
    int       is;               /* the new shard, or -1 */
} osw_move_tag_t;

/* A key as it was met. */
typedef struct {
    osw_move_tag_t  *tag;
    os_buf_t         name;      /* behind the tag */
    int              to;        /* the new shard of a whole key; or
                                 * OS_HOME_EACH and so on */
} osw_move_key_t;

typedef struct osw_move_s  osw_move_t;

/* Called for each key that is met; it may move it. */
typedef void (*osw_move_pt)(osw_move_t *m, osw_move_key_t *key);

struct osw_move_s {
    osw_ctl_t       *ctl;
    os_space_t       was;
    os_space_t       is;
    osw_move_tag_t   tag[OSW_MOVE_TAGS];
    unsigned         ntags;
    os_firsts_t      firsts;

    char             id[24];    /* this process, random */

    json_t          *budgets;   /* "shop/ten/EUR" → true */
    json_t          *unknown;   /* keys that nobody knows → true */
    unsigned         older:1;   /* jobs of older workers wait */

    osw_move_key_t  *page;      /* keys of a page of a walk */
    size_t           npage;
    size_t           size;

    unsigned         pass;      /* walks that are done */
    int64_t          moved;     /* keys and entries */
    int64_t          total;     /* keys that were met by the survey */
    uint64_t         told;      /* loop ms; 0: nothing is told */
    uint64_t         renewed;   /* loop ms: the right to move */
    int              failed;
};


/* Both numbers are set by it. -1: one is not from 1 to 256. */
int osw_move_init(osw_move_t *m, osw_ctl_t *ctl, unsigned was, unsigned is);
void osw_move_free(osw_move_t *m);

/* A command for a tag, and a key under it. */
os_command_t *osw_move_command(const osw_move_tag_t *tag, const char *verb,
    unsigned words);
void osw_move_key(osw_move_t *m, os_command_t *cmd,
    const osw_move_tag_t *tag, const char *name, os_str_t rest);

/* The tag of a shard under the new number. */
osw_move_tag_t *osw_move_to(osw_move_t *m, unsigned shard);
osw_move_tag_t *osw_move_from(osw_move_t *m, unsigned shard);

/*
 * From here on this process alone moves; it waits for one that was killed a
 * moment ago. -1 with a message.
 */
int osw_move_begin(osw_move_t *m);

/*
 * Sends and waits: the reply is the caller's. After a failure nothing more is
 * sent, and all of it fails.
 */
redisReply *osw_move_ask(osw_move_t *m, os_command_t *cmd);
int osw_move_do(osw_move_t *m, os_command_t *cmd);

/*
 * All keys of all nodes, a page at a time. What is stored under tags of neither
 * number is passed over.
 */
int osw_move_walk(osw_move_t *m, osw_move_pt meet);

/* Where a key or its entries belong elsewhere, they are brought there. */
void osw_move_one(osw_move_t *m, osw_move_key_t *key);

#endif /* OSW_CTL_MOVE_H */
