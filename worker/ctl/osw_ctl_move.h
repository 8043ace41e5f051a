/*
 * osw_ctl_move: who moves keys and entries to where they belong under another
 * number of shards: the right to do so, the tags of both numbers, and how Redis
 * is asked. osw_ctl_move_walk meets the keys, osw_ctl_move_one moves them.
 * Everything may be done again from the start: what is in its place stays, what
 * was copied and not yet taken away is not copied twice.
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

typedef struct {
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
} osw_move_t;


/* Both numbers are set by it. -1: one is not from 1 to 256. */
int osw_move_init(osw_move_t *m, osw_ctl_t *ctl, unsigned was, unsigned is);
void osw_move_free(osw_move_t *m);

/* A command for a tag, and a key under it. */
os_command_t *osw_move_command(const osw_move_tag_t *tag, const char *verb,
    unsigned words);
void osw_move_key(osw_move_t *m, os_command_t *cmd,
    const osw_move_tag_t *tag, const char *name, os_str_t rest);

/* A script for a tag: of so many keys and arguments. */
os_command_t *osw_move_script(const osw_move_tag_t *tag,
    const os_script_t *script, unsigned nkeys, size_t nargs);

/* A key as a whole: "o:shop/19". */
void osw_move_name(osw_move_t *m, os_command_t *cmd,
    const osw_move_tag_t *tag, os_str_t name);

/* The tag of this text, or NULL: it is of neither number. */
osw_move_tag_t *osw_move_tag(osw_move_t *m, os_str_t text);

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

/* The same of what is copied: it counts once a replica has it, too. */
int osw_move_in(osw_move_t *m, os_command_t *cmd);

/* Where that of an old shard goes that says nothing of an order. */
osw_move_tag_t *osw_move_place(osw_move_t *m, osw_move_tag_t *tag);

/* An entry's shard; -1, of no order, goes with what has none. */
osw_move_tag_t *osw_move_entry_to(osw_move_t *m, osw_move_tag_t *tag,
    int shard);

/* A word of a reply, as it is sent on. */
void osw_move_add(os_command_t *cmd, const redisReply *word);

#endif /* OSW_CTL_MOVE_H */
