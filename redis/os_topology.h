/*
 * os_topology: which node of Redis has what, and whom to ask when that is not
 * known. For one server, for one that Sentinels watch over, and for a Cluster.
 *
 * Pure: it does no I/O, has no clock and no dice. The owner of the connections
 * tells what happened to them and what was answered; it is told where commands
 * go, whom to ask what, and when to try again. Times are milliseconds of one
 * clock that never goes back; `random` is 32 bits that nobody else has, for
 * the jitter. Nothing here allocates; all of it lies in the os_topology_t,
 * some 40 KB, which is the caller's.
 *
 * The rules:
 *
 * - The map of a Cluster is stale from the start; when an owner of a used slot
 *   was lost or does not answer as one; and with MOVED, TRYAGAIN, CLUSTERDOWN,
 *   READONLY, LOADING, MASTERDOWN, NOREPLICAS. It stays stale as long as what
 *   is answered still names nodes that are down: a master that died in silence
 *   is found to be another as soon as the Cluster knows it.
 * - Nodes that are up are asked, the one not asked for longest first; every
 *   fourth time a seed, as those who are up may be the wrong ones. Where none
 *   is up, seeds and nodes take turns. When all have been asked for nothing,
 *   the next round waits: 50 ms, doubled up to 2 s, less a random part.
 * - A node that no map names any more, and that no used slot is left with, is
 *   dropped; one that MOVED or ASK named is kept for ten seconds at least.
 * - Where a map has a hole, what was known of those slots stays.
 */

#ifndef OS_TOPOLOGY_H
#define OS_TOPOLOGY_H

#include <hiredis/hiredis.h>

#include "core/base/os_str.h"
#include "redis/os_space.h"


#define OS_NODES_MAX   64
#define OS_SEEDS_MAX   16
#define OS_HOST_MAX    255

#define OS_ASK_MS      500      /* an answer to next()'s question takes less */
#define OS_RETRY_MIN   50
#define OS_RETRY_MAX   2000


/* What a reply means. */
typedef enum {
    OS_ANSWER_OK = 0,
    OS_ANSWER_LATER,            /* LOADING, TRYAGAIN, CLUSTERDOWN, MASTERDOWN,
                                 * BUSY, too many clients: not now */
    OS_ANSWER_MOVED,            /* another node has the slot */
    OS_ANSWER_ASK,              /* another node has it for this once */
    OS_ANSWER_READONLY,         /* a replica */
    OS_ANSWER_REFUSED,          /* OOM, MISCONF, NOREPLICAS: no writes */
    OS_ANSWER_NOAUTH,           /* NOAUTH, WRONGPASS, NOPERM, DENIED */
    OS_ANSWER_NOSCRIPT,
    OS_ANSWER_WRONG             /* it will not do, however often */
} os_answer_t;

/*
 * Scripts are looked into: before Redis 7 it wraps what their own calls met
 * into an error of its own.
 */
os_answer_t os_answer(const redisReply *reply);

/* "later", "moved", …: for logs and counters. */
const char *os_answer_name(os_answer_t answer);


typedef enum {
    OS_MODE_SINGLE = 0,         /* becomes CLUSTER when the server says so */
    OS_MODE_SENTINEL,
    OS_MODE_CLUSTER
} os_mode_t;

typedef enum {
    OS_NODE_UNKNOWN = 0,        /* nobody has spoken to it yet */
    OS_NODE_UP,
    OS_NODE_DOWN,
    OS_NODE_REFUSING            /* it speaks, but does not do what it is for */
} os_node_state_t;

/* All members are to be read; `data` is the owner's, NULL at first. */
typedef struct {
    char              host[OS_HOST_MAX + 1];
    int               port;         /* 0: host is the path of a socket */
    os_node_state_t   state;
    uint64_t          since;        /* of the state */
    os_answer_t       refusal;      /* while it is refusing, */
    char              word[16];     /* and how its last refusal began */
    uint64_t          retry;        /* while down: connect no earlier */
    unsigned          tries;        /* lost so often, one after the other */
    uint64_t          turn;         /* when it was asked last, by count */
    uint64_t          keep;         /* not dropped before */
    unsigned          used:1;
    unsigned          named:1;      /* by the last map */
    unsigned          sentinel:1;
    unsigned          dropped:1;    /* to be forgotten by the owner */
    unsigned          slots_only:1; /* knows no CLUSTER SHARDS */
    void             *data;
} os_node_t;

typedef struct {
    char      host[OS_HOST_MAX + 1];
    int       port;
    uint64_t  turn;
} os_seed_t;

typedef struct {
    os_mode_t    mode;
    os_str_t     name;              /* of the master, to Sentinels */
    os_node_t    node[OS_NODES_MAX];
    os_seed_t    seed[OS_SEEDS_MAX];
    unsigned     nseeds;
    unsigned     seeded;            /* SINGLE: the seed in use */
    os_node_t   *master;            /* SINGLE, SENTINEL; may be NULL */
    uint8_t      owner[OS_SLOTS];   /* CLUSTER: 1 + index of a node; 0: none */
    uint64_t     uses[OS_SLOTS / 64];
    unsigned     stale:1;
    unsigned     by_slots:1;        /* CLUSTER SHARDS told of holes */
    unsigned     rounds;            /* that have come to nothing */
    unsigned     left;              /* to be asked before the round is over */
    uint64_t     due;               /* of the next question */
    uint64_t     whole;             /* when the map was last found good */
    uint64_t     turn;
    os_node_t   *asking;            /* whose answer is awaited, */
    uint64_t     asked;             /* since then */
} os_topology_t;


/* `name` is the master's, for Sentinels; it must outlive t. */
void os_topology_init(os_topology_t *t, os_mode_t mode, os_str_t name);

/*
 * Where to begin: a node of the Cluster, a Sentinel, an address of the server.
 * A name is as good as an address; it is resolved by whoever connects. Port 0
 * goes with the path of a socket. -1 when it is none, or one too many.
 */
int os_topology_seed(os_topology_t *t, os_str_t host, int port);

/* A slot that matters: holes elsewhere do not make a map stale. */
void os_topology_use(os_topology_t *t, unsigned slot);

/*
 * Where commands of a slot go; NULL when nobody knows (yet). The node may be
 * down: then they fail at once, or wait until its `retry`. One that refuses is
 * to be tried on: its next good answer is how it is known to be well again.
 */
os_node_t *os_topology_node_for(os_topology_t *t, unsigned slot);


/* A connection stands, and its greeting was answered. */
void os_topology_greeted(os_topology_t *t, os_node_t *node, uint64_t now);

/*
 * A connection broke, could not be made, did not answer in time, or was not
 * greeted. No new one before node->retry.
 */
void os_topology_lost(os_topology_t *t, os_node_t *node, uint64_t now,
    uint32_t random);

typedef struct {
    os_answer_t   answer;
    os_node_t    *to;           /* of MOVED and ASK; NULL: nowhere, fail it */
} os_verdict_t;

/*
 * Every reply to a command that was sent to `node`. MOVED: send it to `to`.
 * ASK: send ASKING and then the command to `to`. READONLY: close the
 * connections to the node, another may have its name. All others are the
 * command's own affair. Hops are the caller's to count.
 */
os_verdict_t os_topology_reply(os_topology_t *t, os_node_t *node,
    const redisReply *reply, uint64_t now, uint32_t random);


typedef struct {
    os_node_t  *node;           /* NULL: nobody now */
    uint64_t    when;           /* call again then; UINT64_MAX: no need */
    unsigned    nwords;
    os_str_t    word[3];        /* of the command, to be sent to the node */
} os_ask_t;

/*
 * Whom to ask what. With a node, the question counts as asked: connect where
 * there is no connection, send the words, hand the reply to
 * os_topology_answered(); or tell os_topology_lost(). An answer that takes
 * longer than OS_ASK_MS is still welcome, but the next one is asked.
 *
 * To be called after each of the calls above and below, and at `when`.
 */
os_ask_t os_topology_next(os_topology_t *t, uint64_t now, uint32_t random);

/*
 * The answer to such a question, NULL when there is none. 1 when used slots
 * (or the master) are with other nodes from now on, else 0; -1 when it could
 * not be understood. The reply stays the caller's.
 */
int os_topology_answered(os_topology_t *t, os_node_t *node,
    const redisReply *reply, uint64_t now, uint32_t random);

/*
 * A node that is no part of it any more, or NULL: its connections are to be
 * closed, its `data` released, and it be forgotten. Until then it takes a
 * place. Those without data are not returned: they go by themselves.
 */
os_node_t *os_topology_dropped(os_topology_t *t);
void os_topology_forget(os_topology_t *t, os_node_t *node);

#endif /* OS_TOPOLOGY_H */
