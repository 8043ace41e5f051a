/*
 * os_topology: nodes, seeds, sentinels, the map. See os_topology.h.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_topology.h"


#define OS_KEEP_MS      10000   /* what MOVED or ASK named */
#define OS_CALM_MS      5000    /* so long good: then it counts from anew */
#define OS_OUTSIDE      4       /* every so many questions go to a seed */
#define OS_REPLICAS_MAX (OS_NODES_MAX - 16)


/* Answers */

typedef struct {
    const char   *word;
    os_answer_t   answer;
} os_answer_word_t;

/* How errors begin; a word ends where the text of the error does not go on. */
static const os_answer_word_t  os_answer_words[] = {
    { "MOVED", OS_ANSWER_MOVED },
    { "ASK", OS_ANSWER_ASK },
    { "NOSCRIPT", OS_ANSWER_NOSCRIPT },
    { "LOADING", OS_ANSWER_LATER },
    { "TRYAGAIN", OS_ANSWER_LATER },
    { "CLUSTERDOWN", OS_ANSWER_LATER },
    { "MASTERDOWN", OS_ANSWER_LATER },
    { "BUSY", OS_ANSWER_LATER },
    { "ERR max number of clients", OS_ANSWER_LATER },
    { "READONLY", OS_ANSWER_READONLY },
    { "OOM", OS_ANSWER_REFUSED },
    { "MISCONF", OS_ANSWER_REFUSED },
    { "NOREPLICAS", OS_ANSWER_REFUSED },
    { "NOAUTH", OS_ANSWER_NOAUTH },
    { "WRONGPASS", OS_ANSWER_NOAUTH },
    { "NOPERM", OS_ANSWER_NOAUTH },
    { "DENIED", OS_ANSWER_NOAUTH },
    { "ERR invalid password", OS_ANSWER_NOAUTH },
    { "ERR AUTH", OS_ANSWER_NOAUTH },
    { "ERR Client sent AUTH", OS_ANSWER_NOAUTH },
};

#define OS_ANSWER_WORDS  (sizeof(os_answer_words) / sizeof(os_answer_words[0]))


static int
os_answer_begins(const char *text, const char *word)
{
    size_t  n = strlen(word);

    return strncmp(text, word, n) == 0 && (text[n] == ' ' || text[n] == '\0');
}


/* "ERR Error running script (call to f_…): @user_script:1: … -OOM …" */
static int
os_answer_holds(const char *text, const char *word)
{
    const char  *p;

    for (p = strstr(text, word); p != NULL; p = strstr(p + 1, word)) {
        if ((p[-1] == '-' || p[-1] == ' ') && os_answer_begins(p, word)) {
            return 1;
        }
    }

    return 0;
}


os_answer_t
os_answer(const redisReply *reply)
{
    size_t  i;
    int     script;

    if (reply->type != REDIS_REPLY_ERROR) {
        return OS_ANSWER_OK;
    }

    for (i = 0; i < OS_ANSWER_WORDS; i++) {
        if (os_answer_begins(reply->str, os_answer_words[i].word)) {
            return os_answer_words[i].answer;
        }
    }

    script = strncmp(reply->str, "ERR Error running script", 24) == 0;

    for (i = 0; script && i < OS_ANSWER_WORDS; i++) {
        if (os_answer_words[i].answer != OS_ANSWER_MOVED
            && os_answer_words[i].answer != OS_ANSWER_ASK
            && os_answer_holds(reply->str, os_answer_words[i].word))
        {
            return os_answer_words[i].answer;
        }
    }

    return OS_ANSWER_WRONG;
}


const char *
os_answer_name(os_answer_t answer)
{
    static const char *const  names[] = {
        "ok", "later", "moved", "ask", "readonly", "refused", "noauth",
        "noscript", "wrong",
    };

    return names[answer];
}


static int
os_answer_is(const redisReply *reply, const char *word)
{
    return os_answer_begins(reply->str, word)
           || (strncmp(reply->str, "ERR Error running script", 24) == 0
               && os_answer_holds(reply->str, word));
}


/* Digits alone, to at most `max`; -1 for all else. */
static int
os_number(os_str_t text, int max)
{
    size_t  i;
    int     value = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || value > max) {
            return -1;
        }

        value = value * 10 + (text.data[i] - '0');
    }

    return text.len && value <= max ? value : -1;
}


/*
 * "MOVED 3999 127.0.0.1:6381": a slot, and a host that may be empty (the one
 * that said so), "?" (not known) or an IPv6 address with or without brackets.
 */
static int
os_redirection(const char *text, unsigned *slot, os_str_t *host, int *port)
{
    int          n;
    const char  *number, *space, *colon;

    number = strchr(text, ' ');
    space = number ? strchr(number + 1, ' ') : NULL;
    colon = space ? strrchr(space + 1, ':') : NULL;

    if (colon == NULL) {
        return -1;
    }

    n = os_number((os_str_t) { (size_t) (space - number - 1), number + 1 },
                  OS_SLOTS - 1);
    *port = os_number(os_str(colon + 1), 65535);
    *host = (os_str_t) { (size_t) (colon - space - 1), space + 1 };

    if (n < 0 || *port < 1) {
        return -1;
    }

    if (host->len > 1 && host->data[0] == '['
        && host->data[host->len - 1] == ']')
    {
        host->data++;
        host->len -= 2;
    }

    *slot = (unsigned) n;
    return 0;
}


/* Nodes */

static int
os_node_is(const os_node_t *node, os_str_t host, int port)
{
    return node->port == port && os_str_equal(os_str(node->host), host);
}


static unsigned
os_node_index(const os_topology_t *t, const os_node_t *node)
{
    return (unsigned) (node - t->node);
}


/* The node of an address, made where there is none; NULL: there are too many */
static os_node_t *
os_node_get(os_topology_t *t, os_str_t host, int port)
{
    size_t      i;
    os_node_t  *empty = NULL;

    if (host.len == 0 || host.len > OS_HOST_MAX) {
        return NULL;
    }

    for (i = 0; i < OS_NODES_MAX; i++) {
        if (!t->node[i].used) {
            empty = empty ? empty : &t->node[i];

        } else if (os_node_is(&t->node[i], host, port)) {
            t->node[i].dropped = 0;
            return &t->node[i];
        }
    }

    if (empty) {
        memset(empty, 0, sizeof(*empty));
        memcpy(empty->host, host.data, host.len);
        empty->port = port;
        empty->used = 1;
    }

    return empty;
}


static void
os_node_drop(os_topology_t *t, os_node_t *node)
{
    if (t->asking == node) {
        t->asking = NULL;
    }

    if (t->master == node) {
        t->master = NULL;
    }

    if (node->data == NULL) {
        memset(node, 0, sizeof(*node));

    } else {
        node->dropped = 1;
        node->named = 0;
    }
}


static void
os_node_refuses(os_node_t *node, os_answer_t answer, const redisReply *reply,
    uint64_t now)
{
    size_t  n;

    if (node->state != OS_NODE_REFUSING || node->refusal != answer) {
        node->since = now;
    }

    node->state = OS_NODE_REFUSING;
    node->refusal = answer;

    n = strcspn(reply->str, " ");
    n = n < sizeof(node->word) ? n : sizeof(node->word) - 1;
    memcpy(node->word, reply->str, n);
    node->word[n] = '\0';
}


/* May it be asked without being connected to first? */
static int
os_node_speaks(const os_node_t *node)
{
    return node->state == OS_NODE_UP
           || (node->state == OS_NODE_REFUSING
               && (node->refusal == OS_ANSWER_READONLY
                   || node->refusal == OS_ANSWER_REFUSED));
}


static uint64_t
os_retry_ms(unsigned tries, uint32_t random)
{
    uint64_t  ms;

    ms = tries > 6 ? OS_RETRY_MAX : (uint64_t) OS_RETRY_MIN << tries;
    ms = ms < OS_RETRY_MAX ? ms : OS_RETRY_MAX;

    return ms / 2 + random % (ms / 2 + 1);
}


/* The map */

static int
os_slot_used(const os_topology_t *t, unsigned slot)
{
    return (int) (t->uses[slot / 64] >> slot % 64 & 1);
}


/* Whether it does what its place in the map says, as far as is known. */
static int
os_node_serves(const os_node_t *node)
{
    return node->state != OS_NODE_DOWN
           && (node->state != OS_NODE_REFUSING
               || (node->refusal != OS_ANSWER_READONLY
                   && node->refusal != OS_ANSWER_LATER));
}


static int
os_topology_whole(const os_topology_t *t)
{
    unsigned  slot;

    if (t->mode != OS_MODE_CLUSTER) {
        return t->master && os_node_serves(t->master);
    }

    for (slot = 0; slot < OS_SLOTS; slot++) {
        if (os_slot_used(t, slot)
            && (t->owner[slot] == 0
                || !os_node_serves(&t->node[t->owner[slot] - 1])))
        {
            return 0;
        }
    }

    return 1;
}


/* How many can be asked in a round. */
static unsigned
os_topology_candidates(const os_topology_t *t)
{
    size_t    i, k;
    unsigned  n = 0;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n += t->node[i].used && !t->node[i].dropped
             && (t->mode == OS_MODE_CLUSTER || t->node[i].sentinel);
    }

    for (k = 0; t->mode == OS_MODE_CLUSTER && k < t->nseeds; k++) {
        for (i = 0; i < OS_NODES_MAX; i++) {
            if (t->node[i].used && os_node_is(&t->node[i],
                                              os_str(t->seed[k].host),
                                              t->seed[k].port))
            {
                break;
            }
        }

        n += i == OS_NODES_MAX;
    }

    return n;
}


static void
os_topology_stale(os_topology_t *t, uint64_t now, uint32_t random)
{
    if (t->stale || t->mode == OS_MODE_SINGLE) {
        return;
    }

    t->stale = 1;

    if (now - t->whole >= OS_CALM_MS) {
        t->rounds = 0;
    }

    t->due = now + (t->rounds ? os_retry_ms(t->rounds, random) : 0);
    t->left = os_topology_candidates(t);
    t->rounds++;
}


/* A question that has not made it good. */
static void
os_topology_failed(os_topology_t *t, uint64_t now, uint32_t random)
{
    t->asking = NULL;

    if (t->left > 1) {
        t->left--;
        t->due = now;
        return;
    }

    t->due = now + os_retry_ms(t->rounds, random);
    t->left = os_topology_candidates(t);
    t->rounds++;
}


/* After an answer: is it good now? */
static void
os_topology_judge(os_topology_t *t, uint64_t now, uint32_t random)
{
    if (os_topology_whole(t)) {
        t->stale = 0;
        t->whole = now;
        t->asking = NULL;

    } else {
        os_topology_failed(t, now, random);
    }
}


/* A server that turns out to be a node of a Cluster. */
static void
os_topology_cluster(os_topology_t *t, uint64_t now, uint32_t random)
{
    unsigned  slot;

    if (t->mode != OS_MODE_SINGLE) {
        return;
    }

    for (slot = 0; t->master && slot < OS_SLOTS; slot++) {
        t->owner[slot] = (uint8_t) (1 + os_node_index(t, t->master));
    }

    t->mode = OS_MODE_CLUSTER;
    t->master = NULL;
    os_topology_stale(t, now, random);
}


void
os_topology_init(os_topology_t *t, os_mode_t mode, os_str_t name)
{
    memset(t, 0, sizeof(*t));
    t->mode = mode;
    t->name = name;
    t->stale = mode != OS_MODE_SINGLE;
}


int
os_topology_seed(os_topology_t *t, os_str_t host, int port)
{
    os_node_t  *node;
    os_seed_t  *seed;

    if (t->nseeds == OS_SEEDS_MAX || host.len == 0 || host.len > OS_HOST_MAX
        || port < 0 || port > 65535 || (port == 0) != (host.data[0] == '/'))
    {
        return -1;
    }

    seed = &t->seed[t->nseeds++];
    memcpy(seed->host, host.data, host.len);
    seed->host[host.len] = '\0';
    seed->port = port;

    if (t->mode == OS_MODE_SENTINEL) {
        node = os_node_get(t, host, port);
        node->sentinel = 1;

    } else if (t->mode == OS_MODE_SINGLE && t->master == NULL) {
        t->master = os_node_get(t, host, port);
    }

    return 0;
}


void
os_topology_use(os_topology_t *t, unsigned slot)
{
    t->uses[slot / 64] |= UINT64_C(1) << slot % 64;
}


os_node_t *
os_topology_node_for(os_topology_t *t, unsigned slot)
{
    if (t->mode != OS_MODE_CLUSTER) {
        return t->master;
    }

    return t->owner[slot] ? &t->node[t->owner[slot] - 1] : NULL;
}


/* Has it a part that another may have taken over? */
static int
os_node_matters(const os_topology_t *t, const os_node_t *node)
{
    unsigned  slot;

    if (t->mode != OS_MODE_CLUSTER) {
        return node == t->master;
    }

    for (slot = 0; slot < OS_SLOTS; slot++) {
        if (t->owner[slot] == 1 + os_node_index(t, node)
            && os_slot_used(t, slot))
        {
            return 1;
        }
    }

    return 0;
}


void
os_topology_greeted(os_topology_t *t, os_node_t *node, uint64_t now)
{
    (void) t;

    if (node->state != OS_NODE_UP) {
        node->state = OS_NODE_UP;
        node->since = now;
    }
}


/* Of several addresses of one server the next one. */
static void
os_topology_turn(os_topology_t *t)
{
    os_seed_t  *seed;
    os_node_t  *next;

    if (t->mode != OS_MODE_SINGLE || t->nseeds < 2) {
        return;
    }

    t->seeded = (t->seeded + 1) % t->nseeds;
    seed = &t->seed[t->seeded];
    next = os_node_get(t, os_str(seed->host), seed->port);

    if (next) {
        t->master = next;       /* the other stays: it has its time to wait */
    }
}


void
os_topology_lost(os_topology_t *t, os_node_t *node, uint64_t now,
    uint32_t random)
{
    if (node->state != OS_NODE_DOWN) {
        if (node->state == OS_NODE_UP && now - node->since >= OS_RETRY_MAX) {
            node->tries = 0;
        }

        node->state = OS_NODE_DOWN;
        node->since = now;
    }

    node->retry = now + os_retry_ms(node->tries, random);
    node->tries++;

    if (t->asking == node) {
        os_topology_failed(t, now, random);
    }

    if (node == t->master) {
        os_topology_turn(t);
    }

    if (!node->sentinel && os_node_matters(t, node)) {
        os_topology_stale(t, now, random);
    }
}


static os_node_t *
os_topology_led(os_topology_t *t, os_node_t *node, const redisReply *reply,
    os_answer_t answer, uint64_t now)
{
    int         port;
    unsigned    slot;
    os_str_t    host;
    os_node_t  *to;

    if (os_redirection(reply->str, &slot, &host, &port) == -1
        || os_str_equal(host, OS_STR("?")))
    {
        return NULL;
    }

    to = os_node_get(t, host.len ? host : os_str(node->host), port);

    if (to == NULL || to == node) {
        return NULL;
    }

    to->keep = now + OS_KEEP_MS;

    if (answer == OS_ANSWER_MOVED) {
        t->owner[slot] = (uint8_t) (1 + os_node_index(t, to));
    }

    return to;
}


/* Errors that say that the map, or the master's address, may be old. */
static int
os_answer_doubts(const redisReply *reply, os_answer_t answer)
{
    return answer == OS_ANSWER_MOVED || answer == OS_ANSWER_READONLY
           || os_answer_is(reply, "TRYAGAIN")
           || os_answer_is(reply, "CLUSTERDOWN")
           || os_answer_is(reply, "LOADING")
           || os_answer_is(reply, "MASTERDOWN")
           || os_answer_is(reply, "NOREPLICAS");
}


os_verdict_t
os_topology_reply(os_topology_t *t, os_node_t *node, const redisReply *reply,
    uint64_t now, uint32_t random)
{
    os_verdict_t  verdict = { os_answer(reply), NULL };

    switch (verdict.answer) {

    case OS_ANSWER_OK:
        if (node->state == OS_NODE_REFUSING) {
            node->state = OS_NODE_UP;
            node->since = now;
        }

        return verdict;

    case OS_ANSWER_MOVED:
    case OS_ANSWER_ASK:
        os_topology_cluster(t, now, random);
        verdict.to = os_topology_led(t, node, reply, verdict.answer, now);
        break;

    case OS_ANSWER_LATER:
        if (os_answer_is(reply, "TRYAGAIN")) {
            break;                      /* a matter of keys, not of the node */
        }

        if (os_answer_is(reply, "CLUSTERDOWN")) {
            os_topology_cluster(t, now, random);
        }

        os_node_refuses(node, verdict.answer, reply, now);
        break;

    case OS_ANSWER_READONLY:
        os_node_refuses(node, verdict.answer, reply, now);

        if (node == t->master) {
            os_topology_turn(t);
        }

        break;

    case OS_ANSWER_REFUSED:
    case OS_ANSWER_NOAUTH:
        os_node_refuses(node, verdict.answer, reply, now);
        break;

    case OS_ANSWER_NOSCRIPT:
    case OS_ANSWER_WRONG:
        return verdict;
    }

    if (os_answer_doubts(reply, verdict.answer)) {
        os_topology_stale(t, now, random);
    }

    return verdict;
}


/* Questions */

/* Of a and b who was not asked for longer; who may be connected to first. */
static int
os_node_before(const os_node_t *a, const os_node_t *b, uint64_t now)
{
    uint64_t  ready_a, ready_b;

    if (b == NULL) {
        return 1;
    }

    ready_a = a->state == OS_NODE_DOWN && a->retry > now ? a->retry : now;
    ready_b = b->state == OS_NODE_DOWN && b->retry > now ? b->retry : now;

    return ready_a != ready_b ? ready_a < ready_b : a->turn < b->turn;
}


/* The seed whose turn it is, as a node; NULL when there is no room for it. */
static os_node_t *
os_topology_pick_seed(os_topology_t *t, uint64_t now)
{
    size_t      i;
    os_node_t  *node, *best = NULL;
    os_seed_t  *seed;

    for (i = 0; i < t->nseeds; i++) {
        seed = &t->seed[i];
        node = os_node_get(t, os_str(seed->host), seed->port);

        if (node == NULL) {
            continue;
        }

        node->keep = now + OS_KEEP_MS;

        if (node->turn < seed->turn) {
            node->turn = seed->turn;    /* it had been dropped meanwhile */
        }

        if (os_node_before(node, best, now)) {
            best = node;
        }
    }

    return best;
}


/* Of the nodes that speak, or of those that have to be connected to. */
static os_node_t *
os_topology_pick_node(os_topology_t *t, int speaks, uint64_t now)
{
    size_t      i;
    os_node_t  *node, *best = NULL;

    for (i = 0; i < OS_NODES_MAX; i++) {
        node = &t->node[i];

        if (node->used && !node->dropped
            && node->sentinel == (t->mode == OS_MODE_SENTINEL)
            && (t->mode == OS_MODE_SENTINEL || os_node_speaks(node) == speaks)
            && os_node_before(node, best, now))
        {
            best = node;
        }
    }

    return best;
}


static int
os_node_ready(const os_node_t *node, uint64_t now)
{
    return node->state != OS_NODE_DOWN || node->retry <= now;
}


static os_node_t *
os_topology_pick(os_topology_t *t, uint64_t now)
{
    os_node_t  *speaks, *seed, *other;

    if (t->mode == OS_MODE_SENTINEL) {
        return os_topology_pick_node(t, 0, now);
    }

    speaks = os_topology_pick_node(t, 1, now);

    if (speaks && t->turn % OS_OUTSIDE != OS_OUTSIDE - 1) {
        return speaks;
    }

    seed = os_topology_pick_seed(t, now);

    if (speaks) {
        return seed && os_node_ready(seed, now) ? seed : speaks;
    }

    other = os_topology_pick_node(t, 0, now);

    if (seed == NULL || other == NULL) {
        return seed ? seed : other;
    }

    /* by turns, but nobody is waited for while another is there */

    if (os_node_ready(seed, now) != os_node_ready(other, now)) {
        return os_node_ready(seed, now) ? seed : other;
    }

    return t->turn % 2 ? other : seed;
}


static void
os_ask_words(const os_topology_t *t, os_ask_t *ask)
{
    if (t->mode == OS_MODE_SENTINEL) {
        ask->nwords = 3;
        ask->word[0] = OS_STR("SENTINEL");
        ask->word[1] = OS_STR("get-master-addr-by-name");
        ask->word[2] = t->name;
        return;
    }

    ask->nwords = 2;
    ask->word[0] = OS_STR("CLUSTER");
    ask->word[1] = t->by_slots || ask->node->slots_only ? OS_STR("SLOTS")
                                                        : OS_STR("SHARDS");
}


os_ask_t
os_topology_next(os_topology_t *t, uint64_t now, uint32_t random)
{
    size_t      i;
    os_ask_t    ask = { .when = UINT64_MAX };
    os_node_t  *node;

    if (!t->stale || t->mode == OS_MODE_SINGLE) {
        return ask;
    }

    if (t->asking && now - t->asked >= OS_ASK_MS) {
        os_topology_failed(t, now, random);
    }

    if (t->asking) {
        ask.when = t->asked + OS_ASK_MS;
        return ask;
    }

    ask.when = t->due;

    if (t->due > now) {
        return ask;
    }

    t->left = t->left ? t->left : os_topology_candidates(t);
    node = os_topology_pick(t, now);

    if (node == NULL) {
        ask.when = now + OS_RETRY_MAX;
        return ask;
    }

    if (node->state == OS_NODE_DOWN && node->retry > now) {
        ask.when = node->retry;
        return ask;
    }

    ask.when = now;
    ask.node = node;
    os_ask_words(t, &ask);

    node->turn = ++t->turn;
    t->asking = node;
    t->asked = now;

    for (i = 0; i < t->nseeds; i++) {
        if (os_node_is(node, os_str(t->seed[i].host), t->seed[i].port)) {
            t->seed[i].turn = t->turn;
        }
    }

    return ask;
}


/* Answers to them */

static os_str_t
os_reply_str(const redisReply *reply)
{
    if (reply == NULL || (reply->type != REDIS_REPLY_STRING
                          && reply->type != REDIS_REPLY_STATUS))
    {
        return OS_NULL;
    }

    return (os_str_t) { reply->len, reply->str };
}


static int
os_reply_list(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_ARRAY;
}


/* A member of names and values that lie in a row; NULL when it is not there. */
static const redisReply *
os_reply_member(const redisReply *map, const char *name)
{
    size_t  i;

    for (i = 0; os_reply_list(map) && i + 1 < map->elements; i += 2) {
        if (os_str_equal(os_reply_str(map->element[i]), os_str(name))) {
            return map->element[i + 1];
        }
    }

    return NULL;
}


static int
os_reply_int(const redisReply *reply, int least, int most)
{
    return reply && reply->type == REDIS_REPLY_INTEGER
           && reply->integer >= least && reply->integer <= most
           ? (int) reply->integer : -1;
}


/* What is being read of a map. */
typedef struct {
    os_topology_t     *t;
    const os_node_t   *from;            /* who says so */
    int                replicas;        /* the second time: them alone */
    unsigned           found;           /* used slots that it names */
    uint8_t            owner[OS_SLOTS];
} os_map_t;


/*
 * The node of an endpoint: no host is that of who was asked; "?" is a name
 * that is not set, instead of which the address is taken, where it is told.
 */
static os_node_t *
os_map_node(os_map_t *map, os_str_t host, os_str_t ip, int port)
{
    size_t      i;
    unsigned    used = 0;
    os_node_t  *node;

    if (os_str_equal(host, OS_STR("?"))) {
        host = ip;

    } else if (host.len == 0) {
        host = os_str(map->from->host);
    }

    if (port < 1 || map->from->port == 0) {
        return NULL;
    }

    for (i = 0; map->replicas && i < OS_NODES_MAX; i++) {
        used += map->t->node[i].used;
    }

    if (used >= OS_REPLICAS_MAX) {
        return NULL;
    }

    node = os_node_get(map->t, host, port);

    if (node) {
        node->named = 1;
    }

    return node;
}


static void
os_map_range(os_map_t *map, const os_node_t *node, int from, int to, int sure)
{
    int  slot;

    if (node == NULL || from < 0 || to < 0) {
        return;
    }

    for (slot = from; slot <= to; slot++) {
        if (sure || map->owner[slot] == 0) {
            map->owner[slot] = (uint8_t) (1 + os_node_index(map->t, node));
        }
    }
}


/* [from, to, [host, port, id, [name, value…]], replica…] */
static int
os_map_slots(os_map_t *map, const redisReply *entry)
{
    size_t             i;
    os_str_t           ip;
    os_node_t         *node;
    const redisReply  *e;

    if (!os_reply_list(entry) || entry->elements < 3) {
        return -1;
    }

    for (i = map->replicas ? 3 : 2; i < entry->elements; i++) {
        e = entry->element[i];

        if (!os_reply_list(e) || e->elements < 2) {
            return -1;
        }

        ip = e->elements > 3 ? os_reply_str(os_reply_member(e->element[3],
                                                            "ip")) : OS_NULL;
        node = os_map_node(map, os_reply_str(e->element[0]), ip,
                           os_reply_int(e->element[1], 1, 65535));

        if (!map->replicas) {
            os_map_range(map, node,
                         os_reply_int(entry->element[0], 0, OS_SLOTS - 1),
                         os_reply_int(entry->element[1], 0, OS_SLOTS - 1), 0);
            break;
        }
    }

    return 0;
}


/* {id, port?, tls-port?, ip, endpoint, hostname?, role, …, health} */
static os_node_t *
os_map_shard_node(os_map_t *map, const redisReply *e)
{
    os_str_t  host;

    host = os_reply_str(os_reply_member(e, "endpoint"));

    return os_map_node(map, host, os_reply_str(os_reply_member(e, "ip")),
                       os_reply_int(os_reply_member(e, "port"), 1, 65535));
}


/* {slots: [from, to, …], nodes: […]}: a failed master stands beside its heir */
static int
os_map_shard(os_map_t *map, const redisReply *entry)
{
    int                master, well, sure = 0;
    size_t             i;
    os_node_t         *owner = NULL, *node;
    const redisReply  *slots, *nodes, *e;

    slots = os_reply_member(entry, "slots");
    nodes = os_reply_member(entry, "nodes");

    if (!os_reply_list(slots) || !os_reply_list(nodes)) {
        return -1;
    }

    for (i = 0; i < nodes->elements; i++) {
        e = nodes->element[i];
        master = os_str_equal(os_reply_str(os_reply_member(e, "role")),
                              OS_STR("master"));
        well = os_str_equal(os_reply_str(os_reply_member(e, "health")),
                            OS_STR("online"));

        if (master == map->replicas) {
            continue;
        }

        node = os_map_shard_node(map, e);

        if (node && master && (owner == NULL || (well && !sure))) {
            owner = node;
            sure = well;
        }
    }

    for (i = 0; i + 1 < slots->elements; i += 2) {
        os_map_range(map, owner,
                     os_reply_int(slots->element[i], 0, OS_SLOTS - 1),
                     os_reply_int(slots->element[i + 1], 0, OS_SLOTS - 1),
                     sure);
    }

    return 0;
}


static int
os_map_read(os_map_t *map, const redisReply *reply)
{
    int                rc;
    size_t             i;
    const redisReply  *entry;

    if (!os_reply_list(reply)) {
        return -1;
    }

    for (i = 0; i < reply->elements; i++) {
        entry = reply->element[i];

        if (!os_reply_list(entry) || entry->elements == 0) {
            return -1;
        }

        rc = entry->element[0]->type == REDIS_REPLY_INTEGER
             ? os_map_slots(map, entry) : os_map_shard(map, entry);

        if (rc == -1) {
            return -1;
        }
    }

    return 0;
}


/* Who is left without a part, and was not named lately, goes. */
static void
os_map_sweep(os_topology_t *t, uint64_t now)
{
    size_t      i;
    os_node_t  *node;

    for (i = 0; i < OS_NODES_MAX; i++) {
        node = &t->node[i];

        if (node->used && !node->dropped && !node->named && !node->sentinel
            && node->keep <= now && !os_node_matters(t, node))
        {
            os_node_drop(t, node);
        }
    }
}


/* 1 when a used slot is with another node now. */
static int
os_map_take(os_map_t *map, uint64_t now)
{
    int             changed = 0;
    unsigned        slot;
    os_topology_t  *t = map->t;

    for (slot = 0; slot < OS_SLOTS; slot++) {

        if (map->owner[slot] == 0 && os_slot_used(t, slot)) {
            continue;                   /* a hole: what was known stays */
        }

        if (os_slot_used(t, slot)) {
            changed |= t->owner[slot] != map->owner[slot];
        }

        t->owner[slot] = map->owner[slot];
    }

    os_map_sweep(t, now);

    return changed;
}


/*
 * A node that refused, and is named by whoever was asked after that, is taken
 * for well: whether it is, the next command tells.
 */
static void
os_map_trust(os_topology_t *t)
{
    size_t      i;
    os_node_t  *node;

    for (i = 0; i < OS_NODES_MAX; i++) {
        node = &t->node[i];

        if (node->used && !os_node_serves(node)
            && node->state == OS_NODE_REFUSING && node->since < t->asked
            && (t->mode == OS_MODE_CLUSTER ? os_node_matters(t, node)
                                           : node == t->master))
        {
            node->state = OS_NODE_UP;
            node->since = t->asked;
        }
    }
}


static int
os_topology_map(os_topology_t *t, const os_node_t *from,
    const redisReply *reply, uint64_t now)
{
    size_t    i;
    unsigned  slot, holes = 0, named = 0;
    os_map_t  map;

    memset(&map, 0, sizeof(map));
    map.t = t;
    map.from = from;

    for (i = 0; i < OS_NODES_MAX; i++) {
        t->node[i].named = 0;
    }

    if (os_map_read(&map, reply) == -1) {
        return -1;
    }

    map.replicas = 1;
    (void) os_map_read(&map, reply);

    for (slot = 0; slot < OS_SLOTS; slot++) {
        named += map.owner[slot] != 0;
        holes += map.owner[slot] == 0 && os_slot_used(t, slot);
    }

    if (named == 0) {
        return 0;                       /* a node that is not of it (yet) */
    }

    /* Redis 7.0 lists a shard without its slots after some failovers */
    t->by_slots |= holes > 0;

    return os_map_take(&map, now);
}


/* [host, port], or nothing where no such master is known */
static int
os_topology_sought(os_topology_t *t, const redisReply *reply)
{
    int         port;
    os_str_t    host;
    os_node_t  *node, *old = t->master;

    if (!os_reply_list(reply) || reply->elements != 2) {
        return -1;
    }

    host = os_reply_str(reply->element[0]);
    port = os_number(os_reply_str(reply->element[1]), 65535);
    node = port > 0 ? os_node_get(t, host, port) : NULL;

    if (node == NULL || node->sentinel) {
        return -1;
    }

    if (old && old != node) {
        os_node_drop(t, old);
    }

    t->master = node;

    return old != node;
}


/* A Cluster that is none: one server has all slots. */
static int
os_topology_alone(os_topology_t *t, os_node_t *node)
{
    t->mode = OS_MODE_SINGLE;
    t->master = node;
    t->stale = 0;
    t->asking = NULL;
    return 1;
}


int
os_topology_answered(os_topology_t *t, os_node_t *node,
    const redisReply *reply, uint64_t now, uint32_t random)
{
    int          rc;
    os_answer_t  answer = reply ? os_answer(reply) : OS_ANSWER_LATER;

    if (answer == OS_ANSWER_WRONG && t->mode == OS_MODE_CLUSTER) {

        if (strstr(reply->str, "cluster support disabled")) {
            return os_topology_alone(t, node);
        }

        if (!node->slots_only && !t->by_slots) {
            node->slots_only = 1;       /* before 7.0: the same once more */
            node->turn = 0;
            t->asking = NULL;
            t->due = now;
            return 0;
        }
    }

    if (answer != OS_ANSWER_OK) {
        if (reply) {
            (void) os_topology_reply(t, node, reply, now, random);
        }

        os_topology_failed(t, now, random);
        return reply ? -1 : 0;
    }

    rc = t->mode == OS_MODE_SENTINEL ? os_topology_sought(t, reply)
                                     : os_topology_map(t, node, reply, now);

    os_map_trust(t);
    os_topology_judge(t, now, random);

    return rc;
}


void
os_topology_forget(os_topology_t *t, os_node_t *node)
{
    (void) t;
    memset(node, 0, sizeof(*node));
}


os_node_t *
os_topology_dropped(os_topology_t *t)
{
    size_t  i;

    for (i = 0; i < OS_NODES_MAX; i++) {
        if (!t->node[i].used || !t->node[i].dropped) {
            continue;
        }

        if (t->node[i].data) {
            return &t->node[i];
        }

        /* released before it was told */
        os_topology_forget(t, &t->node[i]);
    }

    return NULL;
}
