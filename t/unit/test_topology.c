/*
 * redis/os_topology: what replies mean, the shapes of maps as Redis 6.2, 7.0
 * and later send them, and clusters that are played: masters die, slots and
 * addresses move, and within ten seconds of the cluster being whole all must
 * flow again.
 */

#include <stdlib.h>

#include "core/base/os_buf.h"
#include "redis/os_topology.h"
#include "tap.h"


static os_topology_t  top;
static uint32_t       dice = 1;


static uint32_t
roll(void)
{
    dice = dice * 1664525 + 1013904223;
    return dice >> 8;
}


/*
 * A reply from a text in which blanks stand for line ends: "*2 $1 a :7". What
 * has blanks in it is written with '_'.
 */
static redisReply *
reply_of(const char *whole)
{
    char         byte;
    void        *reply = NULL;
    const char  *text;
    redisReader *reader = redisReaderCreate();

    for (text = whole; *text; text++) {
        byte = *text == '_' ? ' ' : *text;

        if (*text == ' ') {
            (void) redisReaderFeed(reader, "\r\n", 2);

        } else {
            (void) redisReaderFeed(reader, &byte, 1);
        }
    }

    (void) redisReaderFeed(reader, "\r\n", 2);
    (void) redisReaderGetReply(reader, &reply);
    redisReaderFree(reader);

    if (reply == NULL) {
        diag("not RESP: %s", whole);
        exit(1);
    }

    return reply;
}


static const struct {
    const char   *error;
    os_answer_t   answer;
} answers[] = {
    { "-MOVED_3999_127.0.0.1:6381", OS_ANSWER_MOVED },
    { "-ASK_3999_127.0.0.1:6381", OS_ANSWER_ASK },
    { "-ASKED_for_nothing", OS_ANSWER_WRONG },
    { "-LOADING_Redis_is_loading_the_dataset_in_memory", OS_ANSWER_LATER },
    { "-TRYAGAIN_Multiple_keys_request_during_rehashing_of_slot",
      OS_ANSWER_LATER },
    { "-CLUSTERDOWN_The_cluster_is_down", OS_ANSWER_LATER },
    { "-CLUSTERDOWN_Hash_slot_not_served", OS_ANSWER_LATER },
    { "-MASTERDOWN_Link_with_MASTER_is_down_and_replica-serve-stale-data_is_"
      "set_to_'no'.", OS_ANSWER_LATER },
    { "-BUSY_Redis_is_busy_running_a_script.", OS_ANSWER_LATER },
    { "-BUSYGROUP_Consumer_Group_name_already_exists", OS_ANSWER_WRONG },
    { "-BUSYKEY_Target_key_name_already_exists.", OS_ANSWER_WRONG },
    { "-ERR_max_number_of_clients_reached", OS_ANSWER_LATER },
    { "-ERR_max_number_of_clients_+_cluster_connections_reached",
      OS_ANSWER_LATER },
    { "-READONLY_You_can't_write_against_a_read_only_replica.",
      OS_ANSWER_READONLY },
    { "-OOM_command_not_allowed_when_used_memory_>_'maxmemory'.",
      OS_ANSWER_REFUSED },
    { "-OOM_command_not_allowed_when_used_memory_>_'maxmemory'._script:_"
      "2b58b113dac432e64a65f3ae35a5bac7217348a6,_on_@user_script:1.",
      OS_ANSWER_REFUSED },
    { "-MISCONF_Redis_is_configured_to_save_RDB_snapshots", OS_ANSWER_REFUSED },
    { "-NOREPLICAS_Not_enough_good_replicas_to_write.", OS_ANSWER_REFUSED },
    { "-NOAUTH_Authentication_required.", OS_ANSWER_NOAUTH },
    { "-WRONGPASS_invalid_username-password_pair_or_user_is_disabled.",
      OS_ANSWER_NOAUTH },
    { "-NOPERM_this_user_has_no_permissions_to_run_the_'get'_command",
      OS_ANSWER_NOAUTH },
    { "-ERR_AUTH_<password>_called_without_any_password_configured",
      OS_ANSWER_NOAUTH },
    { "-DENIED_Redis_is_running_in_protected_mode", OS_ANSWER_NOAUTH },
    { "-NOSCRIPT_No_matching_script._Please_use_EVAL.", OS_ANSWER_NOSCRIPT },
    { "-ERR_unknown_command_'FOO'", OS_ANSWER_WRONG },
    { "-WRONGTYPE_Operation_against_a_key", OS_ANSWER_WRONG },
    { "-EXECABORT_OOM_or_not", OS_ANSWER_WRONG },
    { "-ERR_Error_running_script_(call_to_f_2b58):_@user_script:1:_"
      "@user_script:_1:_-OOM_command_not_allowed", OS_ANSWER_REFUSED },
    { "-ERR_Error_running_script_(call_to_f_2b58):_@user_script:1:_"
      "@user_script:_1:_-READONLY_You_can't_write", OS_ANSWER_READONLY },
    { "-ERR_Error_running_script_(call_to_f_2b58):_@user_script:1:_"
      "Script_attempted_to_access_ROOMS", OS_ANSWER_WRONG },
    { "+OK", OS_ANSWER_OK },
    { "$-1", OS_ANSWER_OK },
    { "$7 MOVED_1", OS_ANSWER_OK },
};


static void
test_answers(void)
{
    size_t       i;
    os_answer_t  got;
    redisReply  *reply;

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        reply = reply_of(answers[i].error);
        got = os_answer(reply);
        ok(got == answers[i].answer, "%.60s: %s", answers[i].error,
           os_answer_name(got));
        freeReplyObject(reply);
    }
}


static int
is_node(const os_node_t *node, const char *host, int port)
{
    return node && node->port == port && strcmp(node->host, host) == 0;
}


/* The node that a question goes to. */
static os_node_t *
asked(uint64_t now)
{
    return os_topology_next(&top, now, roll()).node;
}


static os_verdict_t
said(os_node_t *node, const char *text, uint64_t now)
{
    redisReply    *reply = reply_of(text);
    os_verdict_t   verdict;

    verdict = os_topology_reply(&top, node, reply, now, roll());
    freeReplyObject(reply);
    return verdict;
}


static int
answered(os_node_t *node, const char *text, uint64_t now)
{
    int          rc;
    redisReply  *reply = reply_of(text);

    rc = os_topology_answered(&top, node, reply, now, roll());
    freeReplyObject(reply);
    return rc;
}


/* A cluster with a seed, whose slots 0, 6000 and 16000 are used. */
static os_node_t *
begin(const char *host, int port)
{
    os_topology_init(&top, OS_MODE_CLUSTER, OS_NULL);
    (void) os_topology_seed(&top, os_str(host), port);
    os_topology_use(&top, 0);
    os_topology_use(&top, 6000);
    os_topology_use(&top, 16000);

    return asked(0);
}


static const struct {
    const char  *error;
    const char  *host;          /* NULL: led nowhere */
    int          port;
    unsigned     slot;
} moved[] = {
    { "-MOVED_6000_10.0.0.2:6381", "10.0.0.2", 6381, 6000 },
    { "-MOVED_6000_:6381", "10.0.0.1", 6381, 6000 },
    { "-MOVED_0_::1:6381", "::1", 6381, 0 },
    { "-MOVED_0_[2001:db8::7]:6381", "2001:db8::7", 6381, 0 },
    { "-MOVED_16383_r3.shop.test:6379", "r3.shop.test", 6379, 16383 },
    { "-MOVED_6000_?:6381", NULL, 0, 6000 },
    { "-MOVED_6000_10.0.0.1:6379", NULL, 0, 6000 },     /* to itself */
    { "-MOVED_16384_10.0.0.2:6381", NULL, 0, 0 },
    { "-MOVED_x_10.0.0.2:6381", NULL, 0, 0 },
    { "-MOVED_-1_10.0.0.2:6381", NULL, 0, 0 },
    { "-MOVED_6000_10.0.0.2:0", NULL, 0, 0 },
    { "-MOVED_6000_10.0.0.2:65536", NULL, 0, 0 },
    { "-MOVED_6000_10.0.0.2:63x1", NULL, 0, 0 },
    { "-MOVED_6000_10.0.0.2", NULL, 0, 0 },
    { "-MOVED_6000", NULL, 0, 0 },
    { "-MOVED", NULL, 0, 0 },
};


static void
test_moved(void)
{
    size_t         i;
    os_node_t     *seed;
    os_verdict_t   v;

    for (i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
        seed = begin("10.0.0.1", 6379);
        v = said(seed, moved[i].error, 1);

        ok(v.answer == OS_ANSWER_MOVED
           && (moved[i].host ? is_node(v.to, moved[i].host, moved[i].port)
                               && os_topology_node_for(&top, moved[i].slot)
                                  == v.to
                             : v.to == NULL),
           "%s", moved[i].error);
    }

    seed = begin("10.0.0.1", 6379);
    v = said(seed, "-ASK_6000_10.0.0.2:6381", 1);
    ok(v.answer == OS_ANSWER_ASK && is_node(v.to, "10.0.0.2", 6381)
       && os_topology_node_for(&top, 6000) == NULL,
       "ASK leads there this once");
}


/* The replies of real servers. */

#define N(port)  "*4 $9 127.0.0.1 :" #port " $6 id" #port " *0"

static const char  slots_62[] =
    "*3 *4 :0 :5460 *3 $9 127.0.0.1 :7711 $5 id711 *3 $9 127.0.0.1 :7714 $5"
    " id714 *3 :5461 :10922 *3 $9 127.0.0.1 :7712 $5 id712 *3 :10923 :16383"
    " *3 $9 127.0.0.1 :7713 $5 id713";

static const char  slots_30[] =
    "*3 *3 :0 :5460 *2 $0  :7711 *3 :5461 :10922 *2 $9 127.0.0.1 :7712"
    " *3 :10923 :16383 *2 $9 127.0.0.1 :7713";

static const char  slots_70[] =
    "*3 *4 :0 :5460 *4 $9 127.0.0.1 :7711 $5 id711 *0 *4 $9 127.0.0.1 :7714"
    " $5 id714 *2 $8 hostname $7 n4.test *3 :5461 :10922 *4 $9 127.0.0.1 :7712"
    " $5 id712 *0 *3 :10923 :16383 *4 $9 127.0.0.1 :7713 $5 id713 *0";

static const char  slots_nil[] =
    "*3 *4 :0 :5460 *4 $-1 :7711 $5 id711 *2 $2 ip $8 10.9.9.1 *4 $-1 :7714 $5"
    " id714 *2 $2 ip $8 10.9.9.1 *3 :5461 :10922 *4 $-1 :7712 $5 id712 *4 $2 ip"
    " $8 10.9.9.1 $8 hostname $7 n2.test *3 :10923 :16383 *4 $-1 :7713 $5 id713"
    " *2 $2 ip $8 10.9.9.1";

static const char  slots_unnamed[] =
    "*3 *3 :0 :5460 *4 $1 ? :7711 $5 id711 *2 $2 ip $9 127.0.0.1 *3 :5461"
    " :10922 *4 $7 n2.test :7712 $5 id712 *2 $2 ip $9 127.0.0.1 *3 :10923"
    " :16383 *4 $1 ? :7713 $5 id713 *2 $2 ip $9 127.0.0.1";

#define SHARD_NODE(port, host, role, health)                                  \
    "*14 $2 id $6 id" #port " $4 port :" #port " $2 ip $9 127.0.0.1 $8"       \
    " endpoint " host " $4 role " role " $18 replication-offset :0 $6 health" \
    " " health

#define HOST     "$9 127.0.0.1"
#define MASTER   "$6 master"
#define REPLICA  "$7 replica"
#define ONLINE   "$6 online"
#define FAIL     "$4 fail"

static const char  shards_70[] =
    "*3 *4 $5 slots *2 :0 :5460 $5 nodes *2 "
    SHARD_NODE(7711, HOST, MASTER, ONLINE) " "
    SHARD_NODE(7714, HOST, REPLICA, "$7 loading")
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, HOST, MASTER, ONLINE)
    " *4 $5 slots *4 :5461 :6999 :7000 :10922 $5 nodes *1 "
    SHARD_NODE(7712, HOST, MASTER, ONLINE);

/* 7711 has failed, 7714 took over: a shard of its own without slots */
static const char  shards_failed[] =
    "*4 *4 $5 slots *0 $5 nodes *1 "
    SHARD_NODE(7711, HOST, MASTER, FAIL)
    " *4 $5 slots *2 :0 :5460 $5 nodes *1 "
    SHARD_NODE(7714, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :5461 :10922 $5 nodes *1 "
    SHARD_NODE(7712, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, HOST, MASTER, ONLINE);

/* 7.2 has both in one shard */
static const char  shards_heir[] =
    "*3 *4 $5 slots *2 :0 :5460 $5 nodes *2 "
    SHARD_NODE(7711, HOST, MASTER, FAIL) " "
    SHARD_NODE(7714, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :5461 :10922 $5 nodes *1 "
    SHARD_NODE(7712, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, HOST, MASTER, ONLINE);

/* some 7.0 and 7.2 forget the slots of that shard */
static const char  shards_forgot[] =
    "*3 *4 $5 slots *0 $5 nodes *2 "
    SHARD_NODE(7711, HOST, MASTER, FAIL) " "
    SHARD_NODE(7714, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :5461 :10922 $5 nodes *1 "
    SHARD_NODE(7712, HOST, MASTER, ONLINE)
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, HOST, MASTER, ONLINE);

static const char  shards_nowhere[] =
    "*3 *4 $5 slots *2 :0 :5460 $5 nodes *1 "
    SHARD_NODE(7711, "$0 ", MASTER, ONLINE)
    " *4 $5 slots *2 :5461 :10922 $5 nodes *1 "
    SHARD_NODE(7712, "$0 ", MASTER, ONLINE)
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, "$-1", MASTER, ONLINE);

static const char  shards_unnamed[] =
    "*3 *4 $5 slots *2 :0 :5460 $5 nodes *1 "
    SHARD_NODE(7711, "$1 ?", MASTER, ONLINE)
    " *4 $5 slots *2 :5461 :10922 $5 nodes *1 "
    SHARD_NODE(7712, "$7 n2.test", MASTER, ONLINE)
    " *4 $5 slots *2 :10923 :16383 $5 nodes *1 "
    SHARD_NODE(7713, "$1 ?", MASTER, ONLINE);

/* one with TLS alone, one with both; a member nobody knows yet */
static const char  shards_tls[] =
    "*2 *6 $8 shard-id $1 s $5 slots *2 :0 :5460 $5 nodes *1 *8 $8 tls-port"
    " :7711 $8 endpoint $9 127.0.0.1 $4 role $6 master $6 health $6 online *4"
    " $5 slots *2 :5461 :16383 $5 nodes *1 *12 $8 tls-port :8712 $4 port :7712"
    " $8 endpoint $9 127.0.0.1 $4 role $6 master $4 zone $1 a $6 health $6"
    " online";

static const struct {
    const char  *what;
    const char  *reply;
    const char  *host[3];       /* of the slots 0, 6000, 16000 */
    int          port[3];
    unsigned     nodes;         /* known then */
} maps[] = {
    { "slots of 6.2", slots_62, { "127.0.0.1", "127.0.0.1", "127.0.0.1" },
      { 7711, 7712, 7713 }, 4 },
    { "slots of old, and a node that does not know its address", slots_30,
      { "10.0.0.1", "127.0.0.1", "127.0.0.1" }, { 7711, 7712, 7713 }, 3 },
    { "slots of 7.0", slots_70, { "127.0.0.1", "127.0.0.1", "127.0.0.1" },
      { 7711, 7712, 7713 }, 4 },
    { "slots whose hosts are not told", slots_nil,
      { "10.0.0.1", "10.0.0.1", "10.0.0.1" }, { 7711, 7712, 7713 }, 4 },
    { "slots of nodes without names", slots_unnamed,
      { "127.0.0.1", "n2.test", "127.0.0.1" }, { 7711, 7712, 7713 }, 3 },
    { "shards of 7.0", shards_70, { "127.0.0.1", "127.0.0.1", "127.0.0.1" },
      { 7711, 7712, 7713 }, 4 },
    { "shards after a failover", shards_failed,
      { "127.0.0.1", "127.0.0.1", "127.0.0.1" }, { 7714, 7712, 7713 }, 4 },
    { "shards with the failed one beside its heir", shards_heir,
      { "127.0.0.1", "127.0.0.1", "127.0.0.1" }, { 7714, 7712, 7713 }, 4 },
    { "shards that forgot some slots", shards_forgot,
      { NULL, "127.0.0.1", "127.0.0.1" }, { 0, 7712, 7713 }, 4 },
    { "shards whose hosts are not told", shards_nowhere,
      { "10.0.0.1", "10.0.0.1", "10.0.0.1" }, { 7711, 7712, 7713 }, 3 },
    { "shards of nodes without names", shards_unnamed,
      { "127.0.0.1", "n2.test", "127.0.0.1" }, { 7711, 7712, 7713 }, 3 },
    { "shards with TLS", shards_tls, { NULL, "127.0.0.1", "127.0.0.1" },
      { 0, 7712, 7712 }, 1 },
};


static unsigned
known(void)
{
    size_t    i;
    unsigned  n = 0;

    for (i = 0; i < OS_NODES_MAX; i++) {
        n += top.node[i].used && top.node[i].named;
    }

    return n;
}


static void
test_maps(void)
{
    int               good;
    size_t            i, k;
    os_node_t        *seed, *node;
    static const unsigned  slots[] = { 0, 6000, 16000 };

    for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        seed = begin("10.0.0.1", 7711);
        os_topology_greeted(&top, seed, 0);
        (void) answered(seed, maps[i].reply, 1);
        good = 1;

        for (k = 0; k < 3; k++) {
            node = os_topology_node_for(&top, slots[k]);
            good &= maps[i].host[k] ? is_node(node, maps[i].host[k],
                                              maps[i].port[k])
                                    : node == NULL;
        }

        ok(good, "%s", maps[i].what);
        ok(known() == maps[i].nodes, "%s: %u nodes", maps[i].what, known());
        ok(top.stale == (maps[i].host[0] == NULL), "%s: %s", maps[i].what,
           top.stale ? "to be asked again" : "whole");
    }
}


static const char *const  nonsense[] = {
    "+OK", ":7", "$-1", "*-1", "*1 :1", "*1 *0", "*1 *2 :0 :1",
    "*1 *3 :0 :1 :2", "*1 *3 :0 :1 *0", "*1 *3 :0 :1 *1 $1 a",
    "*1 *4 $5 slots :1 $5 nodes *0", "*1 *4 $5 slots *0 $5 nodes $1 x",
    "*1 *2 $5 slots *0", "*2 *3 :0 :16383 *2 $1 h :1 *1 $1 x", "*1 $5 slots",
    "*1 *1 $5 slots",
};

static const char *const  nothing[] = {
    "*0",
    "*1 *3 :0 :16384 *2 $1 h :1",               /* no such slot */
    "*1 *3 :-1 :16383 *2 $1 h :1",
    "*1 *3 :5 :4 *2 $1 h :1",
    "*1 *3 :0 :16383 *2 $1 h :0",               /* no port */
    "*1 *3 :0 :16383 *2 $1 h :65536",
    "*1 *3 :0 :16383 *2 $1 h $4 6379",
    "*1 *3 :0 :16383 *2 $1 ? :6379",
    "*1 *4 $5 slots *2 :0 :16383 $5 nodes *0",
    "*1 *4 $5 slots *2 :0 :16383 $5 nodes *1 *0",
    "*1 *4 $5 slots *2 :0 :16383 $5 nodes *1 $1 x",
    "*1 *4 $5 slots *1 :0 $5 nodes *1 *4 $4 role $6 master $4 port :1",
    "*1 *4 $5 slots *2 :0 :16383 $5 nodes *1 *6 $4 role $7 replica $4 port :1"
    " $8 endpoint $1 h",
};


static void
test_nonsense(void)
{
    int          rc;
    char         long_host[400];
    size_t       i;
    os_buf_t     text = { 0 };
    os_node_t   *seed, *was;

    for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        seed = begin("127.0.0.1", 7711);
        os_topology_greeted(&top, seed, 0);
        (void) answered(seed, slots_62, 1);
        was = os_topology_node_for(&top, 6000);
        rc = answered(seed, nonsense[i], 2);

        ok(rc == -1 && was && os_topology_node_for(&top, 6000) == was,
           "no map: %s", nonsense[i]);
    }

    for (i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        seed = begin("127.0.0.1", 7711);
        os_topology_greeted(&top, seed, 0);
        (void) answered(seed, slots_62, 1);
        was = os_topology_node_for(&top, 6000);
        rc = answered(seed, nothing[i], 2);

        ok(rc == 0 && was && os_topology_node_for(&top, 6000) == was
           && os_topology_node_for(&top, 0) != NULL,
           "a map that names nothing changes nothing: %s", nothing[i]);
    }

    memset(long_host, 'h', sizeof(long_host));
    os_buf_printf(&text, "*1 *3 :0 :16383 *2 $300 %.300s :6379", long_host);
    seed = begin("127.0.0.1", 7711);
    ok(answered(seed, text.data, 2) == 0
       && os_topology_node_for(&top, 0) == NULL, "a host of 300 bytes");
    os_buf_free(&text);
}


static int
word_is(const os_ask_t *ask, unsigned i, const char *word)
{
    return i < ask->nwords && os_str_equal(ask->word[i], os_str(word));
}


static void
test_questions(void)
{
    os_ask_t    ask;
    os_node_t  *seed, *node;

    os_topology_init(&top, OS_MODE_CLUSTER, OS_NULL);
    ok(os_topology_seed(&top, OS_STR("10.0.0.1"), 7711) == 0
       && os_topology_seed(&top, OS_STR("10.0.0.2"), 7711) == 0
       && os_topology_seed(&top, OS_STR(""), 7711) == -1
       && os_topology_seed(&top, OS_STR("h"), 65536) == -1
       && os_topology_seed(&top, OS_STR("h"), 0) == -1, "two seeds");
    os_topology_use(&top, 0);

    ask = os_topology_next(&top, 100, roll());
    ok(is_node(ask.node, "10.0.0.1", 7711) && word_is(&ask, 0, "CLUSTER")
       && word_is(&ask, 1, "SHARDS") && ask.nwords == 2,
       "the first seed is asked for its shards");
    seed = ask.node;

    ask = os_topology_next(&top, 101, roll());
    ok(ask.node == NULL && ask.when == 100 + OS_ASK_MS,
       "one is asked at a time, and has half a second");

    ask = os_topology_next(&top, 100 + OS_ASK_MS, roll());
    ok(is_node(ask.node, "10.0.0.2", 7711), "then it is the next one's turn");

    (void) answered(seed, "-ERR_Unknown_subcommand_or_wrong_number_of_arguments"
                    "_for_'SHARDS'._Try_CLUSTER_HELP.", 610);
    ask = os_topology_next(&top, 610, roll());
    ok(ask.node == seed && word_is(&ask, 1, "SLOTS"),
       "who knows no shards is asked for slots, at once");
    is_int(answered(seed, slots_62, 611), 1, "the map is new");
    ok(!top.stale && os_topology_next(&top, 612, roll()).when == UINT64_MAX,
       "and nobody is asked any more");

    node = os_topology_node_for(&top, 0);
    ok(node && node->state == OS_NODE_UNKNOWN, "nobody has spoken to it yet");
    os_topology_greeted(&top, node, 620);
    ok(node->state == OS_NODE_UP && node->since == 620, "now it is up");
    is_int(answered(seed, slots_62, 630), 0, "the same map is no news");

    (void) said(node, "-LOADING_Redis_is_loading", 700);
    ok(node->state == OS_NODE_REFUSING && node->since == 700
       && node->refusal == OS_ANSWER_LATER
       && strcmp(node->word, "LOADING") == 0 && top.stale,
       "loading: it refuses, and the map is stale");
    (void) said(node, "+OK", 800);
    ok(node->state == OS_NODE_UP && node->since == 800, "a good answer");

    (void) said(node, "-OOM_command_not_allowed", 900);
    ok(node->state == OS_NODE_REFUSING && node->refusal == OS_ANSWER_REFUSED,
       "no memory: it refuses writes");

    os_topology_lost(&top, node, 1000, 0);
    ok(node->state == OS_NODE_DOWN && node->since == 1000
       && node->retry == 1025 && node->tries == 1,
       "lost: the next try is in 25 to 50 ms");
    os_topology_lost(&top, node, 1100, UINT32_MAX - 3);
    ok(node->since == 1000 && node->retry > 1150 && node->retry <= 1200,
       "lost again: in 50 to 100");

    while (node->tries < 40) {
        os_topology_lost(&top, node, 2000, roll());
    }

    ok(node->retry >= 3000 && node->retry <= 4000, "and so on to 2 s");

    seed = begin("10.0.0.1", 7711);
    (void) answered(seed, "-ERR_This_instance_has_cluster_support_disabled", 5);
    ok(top.mode == OS_MODE_SINGLE && os_topology_node_for(&top, 77) == seed,
       "one server that is no cluster has all slots");

    os_topology_init(&top, OS_MODE_CLUSTER, OS_NULL);
    ok(os_topology_next(&top, 1, 0).node == NULL, "no seeds, no question");
}


static void
test_forgot(void)
{
    os_ask_t    ask;
    os_node_t  *seed;

    seed = begin("127.0.0.1", 7712);
    os_topology_greeted(&top, seed, 0);
    (void) answered(seed, shards_70, 1);
    ok(is_node(os_topology_node_for(&top, 0), "127.0.0.1", 7711), "a map");

    os_topology_lost(&top, os_topology_node_for(&top, 0), 1000, roll());
    ask = os_topology_next(&top, 1001, roll());
    (void) answered(ask.node, shards_forgot, 1002);
    ok(is_node(os_topology_node_for(&top, 0), "127.0.0.1", 7711) && top.stale,
       "a hole: the old owner stays, and the question");

    ask = os_topology_next(&top, 4000, roll());
    ok(word_is(&ask, 1, "SLOTS"), "shards with holes: slots are asked for");
    (void) answered(ask.node, "*3 *3 :0 :5460 " N(7714) " *3 :5461 :10922 "
                    N(7712) " *3 :10923 :16383 " N(7713), 4001);
    ok(is_node(os_topology_node_for(&top, 0), "127.0.0.1", 7714) && !top.stale,
       "and there it is");
}


/* What no map names is dropped, and its place is free once it is forgotten. */
static void
test_dropped(void)
{
    int          round, most = 0, used;
    size_t       i;
    uint64_t     now = 0;
    os_buf_t     text = { 0 };
    os_node_t   *node, *asks;

    asks = begin("10.0.0.1", 6379);

    for (round = 0; round < 200; round++) {
        now += 60000;
        text.len = 0;
        os_buf_printf(&text, "*3 *3 :0 :5460 *2 $10 10.%d.0.1 :6379 *3 :5461"
                      " :10922 *2 $10 10.%d.0.2 :6379 *3 :10923 :16383 *2 $10"
                      " 10.%d.0.3 :6379", 100 + round, 100 + round,
                      100 + round);
        (void) answered(asks, text.data, now);
        asks = os_topology_node_for(&top, 6000);
        asks->data = &top;              /* a connection, say */
        used = 0;

        for (i = 0; i < OS_NODES_MAX; i++) {
            used += (int) top.node[i].used;
        }

        most = used > most ? used : most;

        while ((node = os_topology_dropped(&top)) != NULL) {
            os_topology_forget(&top, node);
        }
    }

    os_buf_free(&text);
    ok(is_node(os_topology_node_for(&top, 0), "10.299.0.1", 6379),
       "two hundred times all nodes have new addresses");
    ok(most <= 8, "and no more than %d are kept", most);

    (void) answered(asks, slots_62, now + 60000);
    ok(os_topology_dropped(&top) == asks && asks->data == &top,
       "a node with connections is told of");
    (void) said(os_topology_node_for(&top, 0), "-MOVED_6000_10.299.0.2:6379",
                now + 60001);
    ok(os_topology_dropped(&top) == NULL
       && os_topology_node_for(&top, 6000) == asks,
       "unless it comes back first");
}


/* More nodes than there are places. */
static void
test_many(void)
{
    int          i;
    os_buf_t     text = { 0 };
    os_node_t   *seed;

    seed = begin("10.0.0.1", 6379);
    os_buf_printf(&text, "*100");

    for (i = 0; i < 100; i++) {
        os_buf_printf(&text, " *4 :%d :%d *2 $9 10.0.1.%d%d :6379 *2 $9"
                      " 10.0.2.%d%d :6379", i * 160, i * 160 + 159, i / 10,
                      i % 10, i / 10, i % 10);
    }

    (void) answered(seed, text.data, 1);
    os_buf_free(&text);
    ok(is_node(os_topology_node_for(&top, 0), "10.0.1.00", 6379)
       && os_topology_node_for(&top, 16000) == NULL && top.stale,
       "a hundred masters: there is room for sixty-odd");
    ok(said(os_topology_node_for(&top, 0), "-MOVED_6000_10.3.3.3:1", 2).to
       == NULL, "and MOVED to one more leads nowhere");
}


static void
test_sentinel(void)
{
    os_ask_t    ask;
    os_node_t  *first, *second, *master;

    os_topology_init(&top, OS_MODE_SENTINEL, OS_STR("shop"));
    (void) os_topology_seed(&top, OS_STR("s1"), 26379);
    (void) os_topology_seed(&top, OS_STR("s2"), 26379);
    (void) os_topology_seed(&top, OS_STR("s3"), 26379);
    ok(os_topology_node_for(&top, 0) == NULL, "no master is known");

    ask = os_topology_next(&top, 0, roll());
    first = ask.node;
    ok(is_node(first, "s1", 26379) && ask.nwords == 3
       && word_is(&ask, 0, "SENTINEL")
       && word_is(&ask, 1, "get-master-addr-by-name")
       && word_is(&ask, 2, "shop"), "the first sentinel is asked");

    os_topology_lost(&top, first, 10, roll());
    second = asked(10);
    ok(is_node(second, "s2", 26379), "it is dead: the second one, at once");
    is_int(answered(second, "*-1", 20), -1, "which knows no such master");
    is_int(answered(asked(20), "*2 $8 10.0.0.1 $4 6379", 30), 1, "the third");
    master = os_topology_node_for(&top, 1234);
    ok(is_node(master, "10.0.0.1", 6379) && !top.stale, "tells the master");

    os_topology_greeted(&top, master, 40);
    os_topology_lost(&top, master, 9000, roll());
    ok(top.stale, "the master was lost");
    is_int(answered(asked(9000), "*2 $8 10.0.0.1 $4 6379", 9001), 0,
           "a sentinel has not heard of it");
    ok(top.stale, "it is asked on");
    master->data = &top;
    is_int(answered(asked(12000), "*2 $3 ::7 $4 6379", 12001), 1, "now it has");
    ok(is_node(os_topology_node_for(&top, 0), "::7", 6379) && !top.stale
       && os_topology_dropped(&top) == master,
       "the new one has all, the old one goes");
    os_topology_forget(&top, master);

    master = os_topology_node_for(&top, 0);
    os_topology_greeted(&top, master, 12010);
    (void) said(master, "-READONLY_You_can't_write", 20000);
    ok(top.stale && master->state == OS_NODE_REFUSING
       && master->refusal == OS_ANSWER_READONLY,
       "a master that became a replica is asked about");
    (void) answered(asked(20000), "*2 $3 ::7 $4 6379", 20000);
    ok(top.stale, "what is said in the same moment is not believed");
    (void) answered(asked(23000), "*2 $3 ::7 $4 6379", 23001);
    ok(!top.stale && master->state == OS_NODE_UP, "later it is tried again");

    is_int(answered(first, "*2 $2 s2 $5 26379", 23002), -1,
           "a sentinel is no master");
    is_int(answered(first, "*2 $8 10.0.0.2 $1 0", 23002), -1, "port 0");
    is_int(answered(first, "*2 $0  $4 6379", 23002), -1, "no host");
    is_int(answered(first, "*2 :1 :2", 23002), -1, "numbers");
}


static void
test_single(void)
{
    os_node_t     *node, *other;
    os_verdict_t   v;

    os_topology_init(&top, OS_MODE_SINGLE, OS_NULL);
    (void) os_topology_seed(&top, OS_STR("/run/redis.sock"), 0);
    node = os_topology_node_for(&top, 5);
    ok(is_node(node, "/run/redis.sock", 0), "a socket");
    os_topology_lost(&top, node, 10, roll());
    ok(os_topology_node_for(&top, 5) == node
       && os_topology_next(&top, 10, 0).when == UINT64_MAX,
       "it is the only one, and nobody can be asked");

    os_topology_init(&top, OS_MODE_SINGLE, OS_NULL);
    (void) os_topology_seed(&top, OS_STR("127.0.0.1"), 6379);
    (void) os_topology_seed(&top, OS_STR("::1"), 6379);
    node = os_topology_node_for(&top, 5);
    os_topology_lost(&top, node, 10, roll());
    other = os_topology_node_for(&top, 5);
    ok(is_node(other, "::1", 6379), "a second address is tried");
    os_topology_lost(&top, other, 20, roll());
    ok(os_topology_node_for(&top, 5) == node, "and the first again");

    os_topology_use(&top, 5);
    v = said(node, "-MOVED_5_10.0.0.9:6379", 30);
    ok(top.mode == OS_MODE_CLUSTER && top.stale
       && is_node(v.to, "10.0.0.9", 6379)
       && os_topology_node_for(&top, 5) == v.to
       && os_topology_node_for(&top, 6) == node,
       "MOVED: it is a cluster, after all");

    os_topology_init(&top, OS_MODE_SINGLE, OS_NULL);
    (void) os_topology_seed(&top, OS_STR("127.0.0.1"), 6379);
    (void) said(os_topology_node_for(&top, 5), "-CLUSTERDOWN_The_cluster_is",
                30);
    ok(top.mode == OS_MODE_CLUSTER && top.stale, "CLUSTERDOWN says so as well");
}


/*
 * A cluster that is played. Every ten milliseconds a command goes to each used
 * slot; connections and answers take one step; a silent host takes a second to
 * be given up.
 */

#define STEP    10
#define GIVEUP  1000
#define HOSTS   32
#define USED    16


typedef struct {
    char   host[24];
    int    alive;               /* refuses connections when not */
    int    silent;              /* swallows all */
    int    replica;             /* answers READONLY */
    int    outside;             /* of its own map, not the cluster's */
    int    none;                /* an old map: nobody is asked of it */
    int    owner[USED];         /* its view: index of a host */
} host_t;

typedef struct {
    os_node_t  *node;
    int         host;           /* -1: nobody is there */
    int         up;
    uint64_t    begun;          /* connecting, or silent since */
    int         asking;
} line_t;

static host_t    hosts[HOSTS];
static int       truth[USED];   /* who has it */
static line_t    lines[OS_NODES_MAX];
static uint64_t  broken[USED];  /* when a command last failed */
static uint64_t  clock_ms;
static int       by_shards;
static int       redirect = 1;  /* hosts say MOVED */
static unsigned  questions;


static unsigned
slot_of(int i)
{
    return (unsigned) i * (OS_SLOTS / USED) + 7;
}


static void
host_make(int i, const char *name)
{
    memset(&hosts[i], 0, sizeof(host_t));
    snprintf(hosts[i].host, sizeof(hosts[i].host), "%s", name);
    hosts[i].alive = 1;
}


static int
host_find(const char *name)
{
    int  i;

    for (i = 0; i < HOSTS; i++) {
        if (hosts[i].host[0] && strcmp(hosts[i].host, name) == 0) {
            return i;
        }
    }

    return -1;
}


static redisReply *
host_map(int h)
{
    int          i, n = 0, owner;
    os_buf_t     body = { 0 }, text = { 0 };
    redisReply  *reply;

    for (i = 0; i < USED; i++) {
        owner = hosts[h].outside ? hosts[h].owner[i] : truth[i];

        if (owner < 0) {
            continue;
        }

        n++;

        if (by_shards) {
            os_buf_printf(&body, " *4 $5 slots *2 :%d :%d $5 nodes *1 *8 $4"
                          " port :6379 $8 endpoint $%zu %s $4 role $6 master"
                          " $6 health $6 online", i * (OS_SLOTS / USED),
                          (i + 1) * (OS_SLOTS / USED) - 1,
                          strlen(hosts[owner].host), hosts[owner].host);
        } else {
            os_buf_printf(&body, " *3 :%d :%d *2 $%zu %s :6379",
                          i * (OS_SLOTS / USED),
                          (i + 1) * (OS_SLOTS / USED) - 1,
                          strlen(hosts[owner].host), hosts[owner].host);
        }
    }

    os_buf_printf(&text, "*%d%s", n, n ? body.data : "");
    reply = reply_of(text.data);
    os_buf_free(&text);
    os_buf_free(&body);

    return reply;
}


static void
line_break(line_t *line)
{
    os_node_t  *node = line->node;

    line->up = 0;
    line->begun = 0;
    line->asking = 0;
    node->data = NULL;
    line->node = NULL;
    os_topology_lost(&top, node, clock_ms, roll());
}


/* The line to a node; NULL while it may not be made. */
static line_t *
line_to(os_node_t *node)
{
    int      i;
    line_t  *line = node->data;

    if (line) {
        return line;
    }

    if (node->state == OS_NODE_DOWN && node->retry > clock_ms) {
        return NULL;
    }

    for (i = 0; lines[i].node; i++) { /* void */ }

    line = &lines[i];
    memset(line, 0, sizeof(*line));
    line->node = node;
    line->host = host_find(node->host);
    line->begun = clock_ms;
    node->data = line;

    return line;
}


static void
line_step(line_t *line)
{
    host_t      *h = line->host >= 0 ? &hosts[line->host] : NULL;
    redisReply  *reply;

    if (h == NULL || !h->alive) {
        line_break(line);
        return;
    }

    if (h->silent) {
        if (line->begun == 0) {
            line->begun = clock_ms;

        } else if (clock_ms - line->begun >= GIVEUP) {
            line_break(line);
        }

        return;
    }

    if (!line->up) {
        line->up = 1;
        os_topology_greeted(&top, line->node, clock_ms);
    }

    line->begun = 0;

    if (line->asking) {
        line->asking = 0;
        reply = host_map(line->host);
        (void) os_topology_answered(&top, line->node, reply, clock_ms, roll());
        freeReplyObject(reply);
    }
}


static int
command(int i)
{
    char         text[128];
    line_t      *line;
    host_t      *h;
    os_node_t   *node = os_topology_node_for(&top, slot_of(i));

    line = node ? line_to(node) : NULL;

    if (line == NULL || !line->up) {
        return -1;
    }

    h = &hosts[line->host];

    if (!h->alive || h->silent) {
        if (line->begun == 0) {
            line->begun = clock_ms;
        }

        return -1;
    }

    if (h->replica) {
        (void) said(node, "-READONLY_You_can't_write", clock_ms);
        return -1;
    }

    if (truth[i] == line->host) {
        (void) said(node, "+OK", clock_ms);
        return 0;
    }

    if (truth[i] < 0) {
        (void) said(node, "-CLUSTERDOWN_Hash_slot_not_served", clock_ms);
        return -1;
    }

    if (!redirect) {
        return -1;
    }

    snprintf(text, sizeof(text), "-MOVED_%u_%s:6379", slot_of(i),
             hosts[truth[i]].host);
    (void) said(node, text, clock_ms);

    return -1;
}


static void
play(uint64_t ms)
{
    int          i;
    line_t      *line;
    uint64_t     until = clock_ms + ms;
    os_ask_t     ask;
    os_node_t   *node;

    for ( ; clock_ms < until; clock_ms += STEP) {

        for (i = 0; i < OS_NODES_MAX; i++) {
            if (lines[i].node && (!lines[i].up || lines[i].begun
                                  || lines[i].asking
                                  || !hosts[lines[i].host].alive))
            {
                line_step(&lines[i]);
            }
        }

        for (i = 0; i < USED; i++) {
            if (command(i) == -1) {
                broken[i] = clock_ms;
            }
        }

        ask = os_topology_next(&top, clock_ms, roll());

        if (ask.node) {
            questions++;
            line = line_to(ask.node);

            if (line) {
                line->asking = 1;
            }
        }

        while ((node = os_topology_dropped(&top)) != NULL) {
            line = node->data;
            line->node = NULL;
            os_topology_forget(&top, node);
        }
    }
}


static uint64_t
last_broken(void)
{
    int       i;
    uint64_t  last = 0;

    for (i = 0; i < USED; i++) {
        last = broken[i] > last ? broken[i] : last;
    }

    return last;
}


/* Three masters, a to c, and replicas a2 to c2; two seeds. */
static void
cluster(const char *seed1, const char *seed2)
{
    int  i;

    static const char *const  names[] = { "a", "b", "c", "a2", "b2", "c2" };

    memset(hosts, 0, sizeof(hosts));
    memset(lines, 0, sizeof(lines));
    memset(broken, 0, sizeof(broken));
    clock_ms = 1000000;
    redirect = 1;
    by_shards = roll() & 1;

    for (i = 0; i < 6; i++) {
        host_make(i, names[i]);
    }

    for (i = 0; i < USED; i++) {
        truth[i] = i * 3 / USED;
    }

    os_topology_init(&top, OS_MODE_CLUSTER, OS_NULL);
    (void) os_topology_seed(&top, os_str(seed1), 6379);
    (void) os_topology_seed(&top, os_str(seed2), 6379);

    for (i = 0; i < USED; i++) {
        os_topology_use(&top, slot_of(i));
    }
}


static void
give(int from, int to)
{
    int  i;

    for (i = 0; i < USED; i++) {
        if (truth[i] == from) {
            truth[i] = to;
        }
    }
}


/* All flows from 10 s after `whole` on; it is said how long it took. */
static void
flows(const char *what, uint64_t whole)
{
    uint64_t  last = last_broken();
    uint64_t  took = last > whole ? last - whole : 0;

    play(20000);
    ok(took <= 10000 && last_broken() == last, "%s: after %u ms", what,
       (unsigned) took);
}


static void
test_played(void)
{
    int       i;
    uint64_t  whole;

    cluster("a", "b");
    play(2000);
    flows("at the start", 1000000);

    /* an address in the list that nobody has, at first */
    cluster("nobody", "b");
    play(5000);
    flows("a dead first seed", 1000000);

    cluster("x", "b");
    host_make(20, "x");
    hosts[20].silent = 1;
    play(5000);
    flows("a first seed that is silent", 1000000);

    cluster("a", "b");
    play(2000);
    hosts[0].silent = 1;
    redirect = 0;
    play(8000);
    give(0, 3);
    whole = clock_ms;
    play(10000);
    flows("a master dies in silence, and nobody says MOVED", whole);

    cluster("a", "a");
    play(2000);
    hosts[0].alive = 0;
    redirect = 0;
    play(60000);
    give(0, 3);
    whole = clock_ms;
    play(10000);
    flows("the only seed dies, for a minute", whole);

    /* it comes back as a replica */
    hosts[0].alive = 1;
    redirect = 1;
    play(5000);
    whole = clock_ms;
    flows("it comes back", whole);

    cluster("a", "b");
    play(2000);
    hosts[0].replica = 1;
    redirect = 0;
    play(3000);
    give(0, 3);
    whole = clock_ms;
    play(10000);
    flows("a master is a replica now, and says READONLY", whole);

    cluster("a", "b");
    play(2000);
    host_make(6, "d");

    for (i = 0; i < USED; i += 4) {
        truth[i] = 6;
        play(1000);
    }

    whole = clock_ms;
    play(10000);
    flows("slots move to a new node, one by one", whole);
    ok(top.mode == OS_MODE_CLUSTER && known() >= 3, "it is known");

    /* a cluster of containers is started anew: the seeds are names */
    cluster("redis.test", "redis2.test");
    host_make(20, "redis.test");
    host_make(21, "redis2.test");
    play(2000);

    for (i = 0; i < 6; i++) {
        hosts[i].alive = 0;
    }

    hosts[20].alive = hosts[21].alive = 0;
    play(30000);

    for (i = 0; i < 3; i++) {
        host_make(7 + i, (const char *[]) { "a'", "b'", "c'" }[i]);
        give(i, 7 + i);
    }

    hosts[21].alive = 1;
    whole = clock_ms;
    play(10000);
    flows("all nodes have new addresses, and one seed leads there", whole);

    cluster("redis.test", "redis2.test");
    host_make(20, "redis.test");
    play(2000);

    for (i = 0; i < 6; i++) {
        hosts[i].silent = 1;            /* nobody even refuses */
    }

    play(30000);

    for (i = 0; i < 3; i++) {
        host_make(7 + i, (const char *[]) { "a'", "b'", "c'" }[i]);
        give(i, 7 + i);
    }

    whole = clock_ms;
    play(10000);
    flows("the same, where the old ones are silent", whole);

    /* those who are up are of a cluster that is left behind */
    cluster("redis.test", "redis2.test");
    host_make(20, "redis.test");
    play(15000);
    hosts[0].silent = 1;
    play(2000);
    hosts[0].silent = 0;                /* the seeds are dropped by this map */
    play(8000);

    for (i = 0; i < USED; i++) {
        hosts[0].owner[i] = hosts[1].owner[i] = hosts[2].owner[i] = truth[i];
    }

    hosts[0].outside = hosts[1].outside = hosts[2].outside = 1;
    hosts[0].silent = 1;
    host_make(7, "a'");
    give(0, 7);
    redirect = 0;
    whole = clock_ms;
    play(10000);
    flows("only a seed knows better", whole);

    cluster("a", "b");
    play(2000);
    questions = 0;
    hosts[0].silent = 1;
    play(60000);
    ok(questions >= 20 && questions <= 130,
       "while a minute nothing helps, there are %u questions", questions);
    hosts[0].silent = 0;
    whole = clock_ms;
    play(10000);
    flows("the same master comes back", whole);
    questions = 0;
    play(60000);
    is_int(questions, 0, "and in a good minute there is none");

    cluster("a", "b");
    play(2000);
    truth[0] = truth[1] = -1;           /* not served */
    play(30000);
    truth[0] = truth[1] = 2;
    whole = clock_ms;
    play(10000);
    flows("slots that nobody had for a while", whole);
}


/* A number throws other dice: for i in $(seq 500); do … $i; done */
int
main(int argc, char **argv)
{
    dice = argc > 1 ? (uint32_t) atoi(argv[1]) : 1;

    test_answers();
    test_moved();
    test_maps();
    test_nonsense();
    test_questions();
    test_forgot();
    test_dropped();
    test_many();
    test_sentinel();
    test_single();
    test_played();

    return done();
}
