/*
 * osw_ctl_move_rows: see osw_ctl_move_rows.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/os_home.h"
#include "redis/os_script_move.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl_move_rows.h"


#define OSW_MOVE_ENTRIES  16        /* webhooks may have 4 MB each */
#define OSW_MOVE_JOBS     500
#define OSW_MOVE_DEAD     16
#define OSW_MOVE_MEMBERS  1000


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


void
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


void
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
void
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


/*
 * Ids of messages sent within the hour say nothing of their order: each new
 * shard gets to know all of them.
 */
void
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
