/*
 * osw_ctl_move: see osw_ctl_move.h.
 *
 * A key whose name says where it belongs is copied (DUMP, RESTORE with its time
 * to live) and then taken away. What each shard has of its own is brought entry
 * by entry, where an entry belongs to an order; sums and lists of a tag that no
 * shard has any more are added to those of the shard that lies at its place,
 * once: `came` there remembers it. A copy counts once a replica has it, too.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/os_home.h"
#include "redis/os_script_move.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl_move.h"


#define OSW_MOVE_SCAN     1000
#define OSW_MOVE_KEYS     64        /* in one script */
#define OSW_MOVE_ENTRIES  16        /* webhooks may have 4 MB each */
#define OSW_MOVE_JOBS     500
#define OSW_MOVE_DEAD     16
#define OSW_MOVE_MEMBERS  1000
#define OSW_MOVE_TELL     2000      /* ms */
#define OSW_MOVE_RIGHT    3000      /* ms: the lease of who moves */
#define OSW_MOVE_WAIT     100       /* ms, for one that was killed */
#define OSW_MOVE_WAITS    50


static int
osw_move_tag_add(osw_move_t *m, const char *text)
{
    unsigned         i;
    osw_move_tag_t  *tag;

    for (i = 0; i < m->ntags; i++) {
        if (strcmp(m->tag[i].text, text) == 0) {
            return (int) i;
        }
    }

    tag = &m->tag[m->ntags];
    snprintf(tag->text, sizeof(tag->text), "%s", text);
    tag->slot = os_space_tag_slot(os_str(text));
    tag->was = tag->is = -1;

    return (int) m->ntags++;
}


int
osw_move_init(osw_move_t *m, osw_ctl_t *ctl, unsigned was, unsigned is)
{
    unsigned  i;
    os_str_t  prefix;

    m->ctl = ctl;
    prefix = os_str(ctl->w.config->space.prefix);
    os_space_firsts(&m->firsts);

    if (os_space_init(&m->was, prefix, was) != 0
        || os_space_init(&m->is, prefix, is) != 0)
    {
        return -1;
    }

    for (i = 0; i < was; i++) {
        m->tag[osw_move_tag_add(m, m->was.tag[i])].was = (int) i;
    }

    for (i = 0; i < is; i++) {
        m->tag[osw_move_tag_add(m, m->is.tag[i])].is = (int) i;
    }

    m->budgets = json_object();

    return 0;
}


void
osw_move_free(osw_move_t *m)
{
    size_t  i;

    for (i = 0; i < m->size; i++) {
        os_buf_free(&m->page[i].name);
    }

    free(m->page);
    json_decref(m->budgets);
}


static osw_move_tag_t *
osw_move_tag(osw_move_t *m, os_str_t text)
{
    unsigned  i;

    for (i = 0; i < m->ntags; i++) {
        if (os_str_equal(os_str(m->tag[i].text), text)) {
            return &m->tag[i];
        }
    }

    return NULL;
}


osw_move_tag_t *
osw_move_to(osw_move_t *m, unsigned shard)
{
    return osw_move_tag(m, os_str(m->is.tag[shard]));
}


osw_move_tag_t *
osw_move_from(osw_move_t *m, unsigned shard)
{
    return osw_move_tag(m, os_str(m->was.tag[shard]));
}


os_command_t *
osw_move_command(const osw_move_tag_t *tag, const char *verb, unsigned words)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, verb, words);
    cmd->at = 1 + tag->slot;

    return cmd;
}


static os_command_t *
osw_move_script(const osw_move_tag_t *tag, const os_script_t *script,
    unsigned nkeys, size_t nargs)
{
    os_command_t  *cmd;

    cmd = os_command_new(0, NULL, NULL);
    cmd->at = 1 + tag->slot;
    os_command_script(cmd, script, nkeys, (unsigned) nargs);

    return cmd;
}


void
osw_move_key(osw_move_t *m, os_command_t *cmd, const osw_move_tag_t *tag,
    const char *name, os_str_t rest)
{
    os_buf_t  key = { 0 };

    os_buf_printf(&key, "%s:{%s}:%s", m->is.prefix, tag->text, name);

    if (rest.len) {
        os_buf_char(&key, ':');
        os_buf_str(&key, rest);
    }

    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);
}


/* A key as a whole: "o:shop/19". */
static void
osw_move_name(osw_move_t *m, os_command_t *cmd, const osw_move_tag_t *tag,
    os_str_t name)
{
    os_buf_t  key = { 0 };

    os_buf_printf(&key, "%s:{%s}:", m->is.prefix, tag->text);
    os_buf_str(&key, name);
    os_command_add(cmd, os_buf_view(&key));
    cmd->bytes.failed |= key.failed;
    os_buf_free(&key);
}



/* One at a time moves. Who was killed is followed as soon as this runs out. */
static int
osw_move_renew(osw_move_t *m)
{
    int             rc;
    redisReply     *reply;
    os_command_t   *cmd;
    osw_move_tag_t  home;

    home.slot = os_space_tag_slot(os_str(m->firsts.tag[0]));
    memcpy(home.text, m->firsts.tag[0], sizeof(home.text));

    cmd = osw_move_script(&home, &os_script_lease, 1, 2);
    osw_move_key(m, cmd, &home, "mover", OS_NULL);
    os_command_add(cmd, os_str(m->id));
    os_command_add_int(cmd, OSW_MOVE_RIGHT);
    reply = osw_ctl_ask(m->ctl, cmd);
    m->renewed = uv_now(&m->ctl->loop);
    m->failed |= reply == NULL;
    rc = reply && reply->elements == 4 && osw_reply_int(reply->element[0], 0)
         ? 0 : -1;
    freeReplyObject(reply);

    return rc;
}


int
osw_move_begin(osw_move_t *m)
{
    unsigned  i;

    for (i = 0; i < OSW_MOVE_WAITS && !m->failed; i++) {
        if (osw_move_renew(m) == 0) {
            return 0;
        }

        uv_sleep(OSW_MOVE_WAIT);
    }

    if (!m->failed) {
        fprintf(stderr, "ordersavectl: another one is moving shards\n");
        m->failed = 1;
    }

    return -1;
}


redisReply *
osw_move_ask(osw_move_t *m, os_command_t *cmd)
{
    uint64_t     now;
    redisReply  *reply;

    now = uv_now(&m->ctl->loop);

    if (!m->failed && m->renewed && now - m->renewed > OSW_MOVE_RIGHT / 3
        && osw_move_renew(m) != 0)
    {
        fprintf(stderr, "ordersavectl: another one is moving shards now\n");
        m->failed = 1;
    }

    if (m->failed) {
        os_command_free(cmd);
        return NULL;
    }

    reply = osw_ctl_ask(m->ctl, cmd);

    if (reply == NULL) {
        m->failed = 1;

        if (m->ctl->failed == -1) {
            fprintf(stderr, "ordersavectl: Redis refuses what is asked\n");
        }
    }

    if (m->told && now - m->told > OSW_MOVE_TELL) {
        m->told = now;
        printf("%lld moved\n", (long long) m->moved);
        (void) fflush(stdout);
    }

    return reply;
}


int
osw_move_do(osw_move_t *m, os_command_t *cmd)
{
    redisReply  *reply;

    reply = osw_move_ask(m, cmd);

    if (reply == NULL) {
        return -1;
    }

    freeReplyObject(reply);

    return 0;
}


/* What was copied counts once a replica has it, too. */
static int
osw_move_in(osw_move_t *m, os_command_t *cmd)
{
    cmd->confirm = 1;

    return osw_move_do(m, cmd);
}


static osw_move_key_t *
osw_move_room(osw_move_t *m)
{
    size_t           size;
    osw_move_key_t  *page;

    if (m->npage == m->size) {
        size = m->size ? m->size * 2 : 256;
        page = realloc(m->page, size * sizeof(osw_move_key_t));

        if (page == NULL) {
            m->failed = 1;
            return NULL;
        }

        memset(page + m->size, 0, (size - m->size) * sizeof(osw_move_key_t));
        m->page = page;
        m->size = size;
    }

    m->page[m->npage].name.len = 0;

    return &m->page[m->npage++];
}


/* Keys of tags that are ours. */
static void
osw_move_page(osw_move_t *m, const redisReply *keys)
{
    size_t           i;
    os_str_t         tag, name;
    osw_move_key_t  *key;
    osw_move_tag_t  *of;

    m->npage = 0;

    for (i = 0; i < keys->elements; i++) {

        if (os_home_split(m->is.prefix, osw_reply_str(keys->element[i]), &tag,
                          &name) != 0)
        {
            continue;
        }

        of = osw_move_tag(m, tag);
        key = of ? osw_move_room(m) : NULL;

        if (key != NULL) {
            key->tag = of;
            os_buf_str(&key->name, name);
            key->to = os_home_key(&m->is, name);
        }
    }
}


/* Whole keys lie together by where they are, and by where they go. */
static int
osw_move_order(const void *one, const void *two)
{
    const osw_move_key_t  *a = one, *b = two;

    if (a->tag != b->tag) {
        return a->tag < b->tag ? -1 : 1;
    }

    return a->to < b->to ? -1 : a->to > b->to;
}


/* SCAN: [cursor, [key, …]] */
static void
osw_move_walk_node(osw_move_t *m, const osw_move_tag_t *tag, osw_move_pt meet)
{
    size_t         i;
    os_buf_t       match = { 0 }, cursor = { 0 };
    redisReply    *reply;
    os_command_t  *cmd;

    os_buf_printf(&match, "%s:{*}:*", m->is.prefix);
    os_buf_char(&cursor, '0');

    do {
        cmd = osw_move_command(tag, "SCAN", 6);
        os_command_add(cmd, os_buf_view(&cursor));
        os_command_add(cmd, OS_STR("MATCH"));
        os_command_add(cmd, os_buf_view(&match));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_MOVE_SCAN);
        reply = osw_move_ask(m, cmd);

        if (reply == NULL || reply->elements != 2) {
            m->failed = 1;
            freeReplyObject(reply);
            break;
        }

        cursor.len = 0;
        os_buf_str(&cursor, osw_reply_str(reply->element[0]));
        osw_move_page(m, reply->element[1]);
        freeReplyObject(reply);
        qsort(m->page, m->npage, sizeof(osw_move_key_t), osw_move_order);

        for (i = 0; i < m->npage && !m->failed; i++) {
            meet(m, &m->page[i]);
        }

    } while (!m->failed && !os_str_equal(os_buf_view(&cursor), OS_STR("0")));

    os_buf_free(&match);
    os_buf_free(&cursor);
}


int
osw_move_walk(osw_move_t *m, osw_move_pt meet)
{
    unsigned  i, k;

    for (i = 0; i < m->ntags && !m->failed; i++) {

        for (k = 0; k < i; k++) {
            if (osw_redis_same_node(m->ctl->w.redis, m->tag[k].slot,
                                    m->tag[i].slot))
            {
                break;
            }
        }

        if (k == i) {
            osw_move_walk_node(m, &m->tag[i], meet);
        }
    }

    return m->failed ? -1 : 0;
}


/* Where that of an old shard goes that says nothing of an order. */
static osw_move_tag_t *
osw_move_place(osw_move_t *m, osw_move_tag_t *tag)
{
    return tag->is >= 0 ? tag
           : osw_move_to(m, (unsigned) tag->was * m->is.shards
                            / m->was.shards);
}


/* An entry's shard; one of no order goes with what has none. */
static osw_move_tag_t *
osw_move_entry_to(osw_move_t *m, osw_move_tag_t *tag, int shard)
{
    return shard < 0 ? osw_move_place(m, tag)
                     : osw_move_to(m, (unsigned) shard);
}


/* A word of a reply, as it is sent on. */
static void
osw_move_add(os_command_t *cmd, const redisReply *word)
{
    if (word->type == REDIS_REPLY_INTEGER) {
        os_command_add_int(cmd, word->integer);

    } else {
        os_command_add(cmd, osw_reply_str(word));
    }
}


/* So many whole keys, which go the same way. */
static void
osw_move_whole(osw_move_t *m, osw_move_key_t *key, unsigned n)
{
    unsigned         i;
    redisReply      *reply;
    os_command_t    *out, *in, *gone;
    osw_move_tag_t  *to;

    to = osw_move_to(m, (unsigned) key->to);
    out = osw_move_script(key->tag, &os_script_keys_out, n, 0);
    in = osw_move_script(to, &os_script_keys_in, n, 2 * n);
    gone = osw_move_command(key->tag, "UNLINK", 1 + n);

    for (i = 0; i < n; i++) {
        osw_move_name(m, out, key->tag, os_buf_view(&key[i].name));
        osw_move_name(m, in, to, os_buf_view(&key[i].name));
        osw_move_name(m, gone, key->tag, os_buf_view(&key[i].name));
    }

    reply = osw_move_ask(m, out);

    for (i = 0; reply && i < reply->elements; i++) {
        osw_move_add(in, reply->element[i]);
    }

    if (reply == NULL || reply->elements != 2 * n) {
        m->failed = 1;
    }

    freeReplyObject(reply);

    /* after a failure nothing is sent */

    (void) osw_move_in(m, in);

    if (osw_move_do(m, gone) == 0) {
        m->moved += n;
    }
}


/* Those of a page that go the same way go together. */
static void
osw_move_together(osw_move_t *m, osw_move_key_t *key)
{
    unsigned         n;
    osw_move_key_t  *end;

    end = m->page + m->npage;

    for (n = 1; n < OSW_MOVE_KEYS && key + n < end; n++) {
        if (key[n].tag != key->tag || key[n].to != key->to
            || os_str_starts(os_buf_view(&key[n].name), OS_STR("held:")))
        {
            break;
        }
    }

    osw_move_whole(m, key, n);

    while (n-- > 1) {
        key[n].to = OS_HOME_PASSING;    /* it has left */
    }
}


/* The keys of pools and budgets in it become those of its new shard. */
static void
osw_move_held_keys(osw_move_t *m, const osw_move_tag_t *to, json_t *held)
{
    size_t       i;
    json_t      *one;
    os_buf_t     key = { 0 };
    os_str_t     tag, name;
    const char  *offer;

    static const char *const  member[] = { "pool", "budget" };

    json_object_foreach(held, offer, one) {
        for (i = 0; i < 2; i++) {
            if (os_home_split(m->is.prefix, os_json_str(one, member[i]), &tag,
                              &name) == 0)
            {
                key.len = 0;
                os_buf_printf(&key, "%s:{%s}:", m->is.prefix, to->text);
                os_buf_str(&key, name);
                os_json_set_str(one, member[i], os_buf_view(&key));
            }
        }
    }

    os_buf_free(&key);
}


/* What a page has set apart goes with its order. */
static void
osw_move_held(osw_move_t *m, osw_move_key_t *key)
{
    json_t          *held;
    os_buf_t         text = { 0 };
    os_str_t         order, until;
    redisReply      *reply;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    to = osw_move_to(m, (unsigned) key->to);
    order = os_buf_view(&key->name);
    order.data += sizeof("held:") - 1;
    order.len -= sizeof("held:") - 1;

    cmd = osw_move_command(key->tag, "GET", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    reply = osw_move_ask(m, cmd);
    held = os_json_parse(osw_reply_str(reply), "held", NULL);
    freeReplyObject(reply);

    if (held != NULL) {
        osw_move_held_keys(m, to, held);
        os_json_dump(&text, held);
        until = os_json_str(held, "");

        cmd = osw_move_script(to, &os_script_held_in, 2, 3);
        osw_move_name(m, cmd, to, os_buf_view(&key->name));
        osw_move_key(m, cmd, to, "holds", OS_NULL);
        os_command_add(cmd, order);
        os_command_add(cmd, os_buf_view(&text));
        os_command_add(cmd, until.len ? until : OS_STR("0"));
        (void) osw_move_in(m, cmd);
        json_decref(held);
    }

    /* the record last: by its name it is found again */

    cmd = osw_move_command(key->tag, "ZREM", 3);
    osw_move_key(m, cmd, key->tag, "holds", OS_NULL);
    os_command_add(cmd, order);
    (void) osw_move_do(m, cmd);

    cmd = osw_move_command(key->tag, "DEL", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }

    os_buf_free(&text);
}


/* A row of a page, and where it goes; NULL: it stays, or has gone. */
typedef struct {
    size_t           at;        /* its first element */
    osw_move_tag_t  *to;
} osw_move_row_t;


/*
 * Rows that go to the same shard as the first one that is left are taken out of
 * the list: their number, `to` and `mine`.
 */
static size_t
osw_move_next(osw_move_row_t *row, size_t n, size_t *mine,
    osw_move_tag_t **to)
{
    size_t  i, count;

    *to = NULL;

    for (i = count = 0; i < n; i++) {
        if (row[i].to && (*to == NULL || row[i].to == *to)) {
            *to = row[i].to;
            row[i].to = NULL;
            mine[count++] = row[i].at;
        }
    }

    return count;
}


/* An entry is [id, [name, value, …]]. */
static os_str_t
osw_move_field(const redisReply *entry, const char *name)
{
    size_t  i;

    for (i = 0; i + 1 < entry->element[1]->elements; i += 2) {
        if (os_str_equal(osw_reply_str(entry->element[1]->element[i]),
                         os_str(name)))
        {
            return osw_reply_str(entry->element[1]->element[i + 1]);
        }
    }

    return OS_NULL;
}


static int
osw_move_entry_shard(osw_move_t *m, const char *stream,
    const redisReply *entry)
{
    os_str_t  id, source;

    if (strcmp(stream, "in") != 0) {
        return os_home_order(&m->is, osw_move_field(entry, "e"));
    }

    id = osw_move_field(entry, "id");
    source = osw_move_field(entry, "source");

    return id.len && source.len ? (int) os_home_raw(&m->is, source, id) : -1;
}


/* These entries, in their order, behind what is in the other stream. */
static void
osw_move_entries(osw_move_t *m, osw_move_tag_t *tag, const char *stream,
    const redisReply *page, const size_t *mine, size_t n, osw_move_tag_t *to)
{
    char           from[32];
    size_t         i, k, words;
    redisReply    *entry;
    os_command_t  *in, *gone;

    for (i = words = 0; i < n; i++) {
        words += 2 + page->element[mine[i]]->element[1]->elements;
    }

    in = osw_move_script(to, &os_script_entries_in, 2, 1 + words);
    gone = osw_move_command(tag, "XDEL", 2 + (unsigned) n);
    osw_move_key(m, in, to, "came", OS_NULL);
    osw_move_key(m, in, to, stream, OS_NULL);
    osw_move_key(m, gone, tag, stream, OS_NULL);
    snprintf(from, sizeof(from), "%s/%s", tag->text, stream);
    os_command_add(in, os_str(from));

    for (i = 0; i < n; i++) {
        entry = page->element[mine[i]];
        osw_move_add(in, entry->element[0]);
        osw_move_add(gone, entry->element[0]);
        os_command_add_int(in, (int64_t) entry->element[1]->elements);

        for (k = 0; k < entry->element[1]->elements; k++) {
            osw_move_add(in, entry->element[1]->element[k]);
        }
    }

    (void) osw_move_in(m, in);

    if (osw_move_do(m, gone) == 0) {
        m->moved += (int64_t) n;
    }
}


static void
osw_move_stream_page(osw_move_t *m, osw_move_tag_t *tag, const char *stream,
    const redisReply *page)
{
    size_t           i, n, mine[OSW_MOVE_ENTRIES];
    osw_move_tag_t  *to;
    osw_move_row_t   row[OSW_MOVE_ENTRIES];

    for (i = 0; i < page->elements; i++) {
        to = osw_move_entry_to(m, tag,
                               osw_move_entry_shard(m, stream,
                                                    page->element[i]));
        row[i] = (osw_move_row_t) { i, to == tag ? NULL : to };
    }

    while (!m->failed
           && (n = osw_move_next(row, page->elements, mine, &to)) > 0)
    {
        osw_move_entries(m, tag, stream, page, mine, n, to);
    }
}


static void
osw_move_stream(osw_move_t *m, osw_move_tag_t *tag, const char *stream)
{
    size_t         n;
    os_buf_t       from = { 0 };
    redisReply    *page;
    os_command_t  *cmd;

    os_buf_char(&from, '-');

    do {
        cmd = osw_move_command(tag, "XRANGE", 6);
        osw_move_key(m, cmd, tag, stream, OS_NULL);
        os_command_add(cmd, os_buf_view(&from));
        os_command_add(cmd, OS_STR("+"));
        os_command_add(cmd, OS_STR("COUNT"));
        os_command_add_int(cmd, OSW_MOVE_ENTRIES);
        page = osw_move_ask(m, cmd);
        n = page && page->elements <= OSW_MOVE_ENTRIES ? page->elements : 0;

        if (n > 0) {
            from.len = 0;
            os_buf_char(&from, '(');
            os_buf_str(&from, osw_reply_str(page->element[n - 1]
                                                ->element[0]));
            osw_move_stream_page(m, tag, stream, page);
        }

        freeReplyObject(page);
    } while (n > 0 && !m->failed);

    os_buf_free(&from);

    if (tag->is < 0) {              /* an empty one is a key all the same */
        cmd = osw_move_command(tag, "XLEN", 2);
        osw_move_key(m, cmd, tag, stream, OS_NULL);
        page = osw_move_ask(m, cmd);

        if (osw_reply_int(page, 1) == 0) {
            cmd = osw_move_command(tag, "DEL", 2);
            osw_move_key(m, cmd, tag, stream, OS_NULL);
            (void) osw_move_do(m, cmd);
        }

        freeReplyObject(page);
    }
}


/* Rows of `wide` words to a shard, by the scripts NAME_in and NAME_gone. */
static void
osw_move_rows(osw_move_t *m, osw_move_tag_t *tag, osw_move_tag_t *to,
    const os_script_t *script_in, const os_script_t *script_gone,
    const char *const *keys, unsigned nkeys, const redisReply *page,
    const size_t *mine, size_t n, size_t wide)
{
    size_t         i, k;
    os_command_t  *in, *gone;

    in = osw_move_script(to, script_in, nkeys, n * wide);
    gone = osw_move_script(tag, script_gone, nkeys, n);

    for (i = 0; i < nkeys; i++) {
        osw_move_key(m, in, to, keys[i], OS_NULL);
        osw_move_key(m, gone, tag, keys[i], OS_NULL);
    }

    for (i = 0; i < n; i++) {
        osw_move_add(gone, page->element[mine[i]]);

        for (k = 0; k < wide; k++) {
            osw_move_add(in, page->element[mine[i] + k]);
        }
    }

    (void) osw_move_in(m, in);

    if (osw_move_do(m, gone) == 0) {
        m->moved += (int64_t) n;
    }
}


/* [looked at, key, JSON, due, …]; how many stay. */
static size_t
osw_move_jobs_page(osw_move_t *m, osw_move_tag_t *tag, const redisReply *page)
{
    size_t           i, n, rows, stay, mine[OSW_MOVE_JOBS];
    osw_move_tag_t  *to;
    osw_move_row_t   row[OSW_MOVE_JOBS] = { { 0, NULL } };

    static const char *const  keys[] = { "queue", "jobs" };

    rows = (page->elements - 1) / 3;
    rows = rows < OSW_MOVE_JOBS ? rows : OSW_MOVE_JOBS;

    for (i = stay = 0; i < rows; i++) {
        to = osw_move_entry_to(m, tag,
                 os_home_order(&m->is,
                               osw_reply_str(page->element[2 + 3 * i])));
        row[i] = (osw_move_row_t) { 1 + 3 * i, to == tag ? NULL : to };
        stay += to == tag;
    }

    while (!m->failed && (n = osw_move_next(row, rows, mine, &to)) > 0) {
        osw_move_rows(m, tag, to, &os_script_jobs_in, &os_script_jobs_gone,
                      keys, 2, page, mine, n, 3);
    }

    return stay;
}


static void
osw_move_jobs(osw_move_t *m, osw_move_tag_t *tag)
{
    size_t         first;
    int64_t        looked;
    redisReply    *page;
    os_command_t  *cmd;

    first = 0;

    do {
        cmd = osw_move_script(tag, &os_script_jobs_out, 2, 2);
        osw_move_key(m, cmd, tag, "queue", OS_NULL);
        osw_move_key(m, cmd, tag, "jobs", OS_NULL);
        os_command_add_int(cmd, (int64_t) first);
        os_command_add_int(cmd, OSW_MOVE_JOBS);
        page = osw_move_ask(m, cmd);
        looked = page && page->elements ? osw_reply_int(page->element[0], 0)
                                        : 0;

        if (looked > 0) {
            first += osw_move_jobs_page(m, tag, page);
        }

        freeReplyObject(page);
    } while (looked > 0 && !m->failed);
}


/* Of a webhook that could not be mapped it is "raw/" and its delivery. */
static int
osw_move_dead_shard(osw_move_t *m, os_str_t id, os_str_t text)
{
    int      shard;
    json_t  *job;

    if (!os_str_starts(id, OS_STR("raw/"))) {
        return os_home_order(&m->is, text);
    }

    id.data += sizeof("raw/") - 1;
    id.len -= sizeof("raw/") - 1;
    job = os_json_parse(text, "job", NULL);
    shard = os_json_str(job, "source").len
            ? (int) os_home_raw(&m->is, os_json_str(job, "source"), id) : -1;
    json_decref(job);

    return shard;
}


/* [cursor, id, JSON, died, buried, …] */
static void
osw_move_dead_page(osw_move_t *m, osw_move_tag_t *tag, const redisReply *page)
{
    size_t           i, n, rows, *mine;
    redisReply     **at;
    osw_move_tag_t  *to;
    osw_move_row_t  *row;

    static const char *const  keys[] = { "dead", "died", "buried" };

    rows = (page->elements - 1) / 4;
    mine = calloc(rows + 1, sizeof(size_t));
    row = calloc(rows + 1, sizeof(osw_move_row_t));

    if (mine == NULL || row == NULL) {
        m->failed = 1;
        rows = 0;
    }

    for (i = 0; i < rows; i++) {
        at = page->element + 1 + 4 * i;
        to = osw_move_entry_to(m, tag,
                               osw_move_dead_shard(m, osw_reply_str(at[0]),
                                                   osw_reply_str(at[1])));
        row[i] = (osw_move_row_t) { 1 + 4 * i, to == tag ? NULL : to };
    }

    while (!m->failed && (n = osw_move_next(row, rows, mine, &to)) > 0) {
        osw_move_rows(m, tag, to, &os_script_dead_in, &os_script_dead_gone,
                      keys, 3, page, mine, n, 4);
    }

    free(mine);
    free(row);
}


/* Pages of a key that is walked through by a cursor. */
static void
osw_move_dead(osw_move_t *m, osw_move_tag_t *tag)
{
    os_buf_t       cursor = { 0 };
    redisReply    *page;
    os_command_t  *cmd;

    os_buf_char(&cursor, '0');

    do {
        cmd = osw_move_script(tag, &os_script_dead_out, 3, 2);
        osw_move_key(m, cmd, tag, "dead", OS_NULL);
        osw_move_key(m, cmd, tag, "died", OS_NULL);
        osw_move_key(m, cmd, tag, "buried", OS_NULL);
        os_command_add(cmd, os_buf_view(&cursor));
        os_command_add_int(cmd, OSW_MOVE_DEAD);
        page = osw_move_ask(m, cmd);
        cursor.len = 0;

        if (page && page->elements) {
            os_buf_str(&cursor, osw_reply_str(page->element[0]));
            osw_move_dead_page(m, tag, page);
        }

        freeReplyObject(page);
    } while (!m->failed && cursor.len
             && !os_str_equal(os_buf_view(&cursor), OS_STR("0")));

    os_buf_free(&cursor);
}


/* products:STORE, ids: each in the shard of its product. */
static void
osw_move_product(osw_move_t *m, osw_move_key_t *key, os_str_t store,
    const redisReply *id)
{
    unsigned         shard;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    shard = os_space_shard(&m->is, store, osw_reply_str(id), OS_NULL);
    to = osw_move_to(m, shard);

    if (to == key->tag) {
        return;
    }

    cmd = osw_move_command(to, "SADD", 3);
    osw_move_name(m, cmd, to, os_buf_view(&key->name));
    osw_move_add(cmd, id);
    (void) osw_move_in(m, cmd);

    cmd = osw_move_command(key->tag, "SREM", 3);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    osw_move_add(cmd, id);

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }
}


static void
osw_move_products(osw_move_t *m, osw_move_key_t *key)
{
    size_t         i;
    os_str_t       store;
    redisReply    *ids;
    os_command_t  *cmd;

    store = os_buf_view(&key->name);
    store.data += sizeof("products:") - 1;
    store.len -= sizeof("products:") - 1;

    cmd = osw_move_command(key->tag, "SMEMBERS", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));
    ids = osw_move_ask(m, cmd);

    for (i = 0; ids && i < ids->elements && !m->failed; i++) {
        osw_move_product(m, key, store, ids->element[i]);
    }

    freeReplyObject(ids);
}


/*
 * Ids of messages sent within the hour say nothing of their order: each new
 * shard gets to know all of them.
 */
static void
osw_move_sent(osw_move_t *m, osw_move_tag_t *tag)
{
    size_t         i;
    unsigned       k;
    redisReply    *page;
    os_command_t  *cmd;
    int64_t        first;

    first = 0;

    if (tag->was < 0 || (tag->is >= 0 && m->pass > 0)) {
        return;
    }

    do {
        cmd = osw_move_command(tag, "ZRANGE", 5);
        osw_move_key(m, cmd, tag, "sent", OS_NULL);
        os_command_add_int(cmd, first);
        os_command_add_int(cmd, first + OSW_MOVE_MEMBERS - 1);
        os_command_add(cmd, OS_STR("WITHSCORES"));
        page = osw_move_ask(m, cmd);
        first += OSW_MOVE_MEMBERS;

        for (k = 0; page && page->elements && k < m->is.shards; k++) {

            if (osw_move_to(m, k) == tag) {
                continue;
            }

            cmd = osw_move_command(osw_move_to(m, k), "ZADD",
                                   3 + (unsigned) page->elements);
            osw_move_key(m, cmd, osw_move_to(m, k), "sent", OS_NULL);
            os_command_add(cmd, OS_STR("NX"));

            for (i = 0; i + 1 < page->elements; i += 2) {
                osw_move_add(cmd, page->element[i + 1]);
                osw_move_add(cmd, page->element[i]);
            }

            (void) osw_move_in(m, cmd);
        }

        i = page ? page->elements : 0;
        freeReplyObject(page);
    } while (i > 0 && !m->failed);

    if (tag->is < 0) {
        cmd = osw_move_command(tag, "UNLINK", 2);
        osw_move_key(m, cmd, tag, "sent", OS_NULL);

        if (osw_move_do(m, cmd) == 0) {
            m->moved++;
        }
    }
}


/* A sum or list of a tag that is no more, to the shard at its place: once. */
static void
osw_move_merge(osw_move_t *m, osw_move_key_t *key, const char *what,
    const char *verb)
{
    size_t           i, n;
    os_buf_t         from = { 0 };
    redisReply      *reply;
    os_command_t    *cmd;
    osw_move_tag_t  *to;

    to = osw_move_place(m, key->tag);
    cmd = osw_move_command(key->tag, verb,
                           strcmp(what, "pool") == 0 ? 4 : 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (strcmp(what, "pool") == 0) {
        os_command_add(cmd, OS_STR("0"));
        os_command_add(cmd, OS_STR("-1"));
    }

    reply = osw_move_ask(m, cmd);

    if (reply == NULL || reply->type == REDIS_REPLY_NIL) {
        freeReplyObject(reply);
        return;
    }

    n = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 1;
    cmd = osw_move_script(to, &os_script_merge, 2, 2 + n);
    osw_move_key(m, cmd, to, "came", OS_NULL);
    osw_move_name(m, cmd, to, os_buf_view(&key->name));
    os_buf_printf(&from, "%s/", key->tag->text);
    os_buf_str(&from, os_buf_view(&key->name));
    os_command_add(cmd, os_buf_view(&from));
    os_command_add(cmd, os_str(what));

    for (i = 0; i < n; i++) {
        osw_move_add(cmd, reply->type == REDIS_REPLY_ARRAY
                          ? reply->element[i] : reply);
    }

    (void) osw_move_in(m, cmd);
    freeReplyObject(reply);
    os_buf_free(&from);

    cmd = osw_move_command(key->tag, "UNLINK", 2);
    osw_move_name(m, cmd, key->tag, os_buf_view(&key->name));

    if (osw_move_do(m, cmd) == 0) {
        m->moved++;
    }
}


/* What each shard has one of. What goes along with another is not named. */
static void
osw_move_each(osw_move_t *m, osw_move_key_t *key)
{
    os_str_t  name;

    name = os_buf_view(&key->name);

    if (os_str_equal(name, OS_STR("ev"))) {
        osw_move_stream(m, key->tag, "ev");

    } else if (os_str_equal(name, OS_STR("in"))) {
        osw_move_stream(m, key->tag, "in");

    } else if (os_str_equal(name, OS_STR("aside"))) {
        osw_move_stream(m, key->tag, "aside");

    } else if (os_str_equal(name, OS_STR("facts"))) {
        osw_move_stream(m, key->tag, "facts");

    } else if (os_str_equal(name, OS_STR("queue"))) {
        osw_move_jobs(m, key->tag);

    } else if (os_str_equal(name, OS_STR("dead"))) {
        osw_move_dead(m, key->tag);

    } else if (os_str_equal(name, OS_STR("sent"))) {
        osw_move_sent(m, key->tag);

    } else if (os_str_starts(name, OS_STR("products:"))) {
        osw_move_products(m, key);

    } else if (key->tag->is >= 0) {
        return;

    } else if (os_str_equal(name, OS_STR("stat"))) {
        osw_move_merge(m, key, "stat", "HGETALL");

    } else if (os_str_starts(name, OS_STR("pool:"))) {
        osw_move_merge(m, key, "pool", "LRANGE");

    } else if (os_str_starts(name, OS_STR("budget:"))) {
        osw_move_merge(m, key, "budget", "GET");
    }
}


void
osw_move_one(osw_move_t *m, osw_move_key_t *key)
{
    if (key->to == OS_HOME_EACH) {
        osw_move_each(m, key);

    } else if (key->to < 0 || osw_move_to(m, (unsigned) key->to) == key->tag) {
        return;

    } else if (os_str_starts(os_buf_view(&key->name), OS_STR("held:"))) {
        osw_move_held(m, key);

    } else {
        osw_move_together(m, key);
    }
}
