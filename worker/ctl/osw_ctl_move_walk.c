/*
 * osw_ctl_move_walk: see osw_ctl_move_walk.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/os_home.h"
#include "worker/ctl/osw_ctl_move_walk.h"


#define OSW_MOVE_SCAN     1000


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
