/*
 * osw_ctl_move: see osw_ctl_move.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/os_script_move.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl_move.h"


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


osw_move_tag_t *
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


os_command_t *
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
void
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
int
osw_move_in(osw_move_t *m, os_command_t *cmd)
{
    cmd->confirm = 1;

    return osw_move_do(m, cmd);
}


/* Where that of an old shard goes that says nothing of an order. */
osw_move_tag_t *
osw_move_place(osw_move_t *m, osw_move_tag_t *tag)
{
    return tag->is >= 0 ? tag
           : osw_move_to(m, (unsigned) tag->was * m->is.shards
                            / m->was.shards);
}


/* An entry's shard; one of no order goes with what has none. */
osw_move_tag_t *
osw_move_entry_to(osw_move_t *m, osw_move_tag_t *tag, int shard)
{
    return shard < 0 ? osw_move_place(m, tag)
                     : osw_move_to(m, (unsigned) shard);
}


/* A word of a reply, as it is sent on. */
void
osw_move_add(os_command_t *cmd, const redisReply *word)
{
    if (word->type == REDIS_REPLY_INTEGER) {
        os_command_add_int(cmd, word->integer);

    } else {
        os_command_add(cmd, osw_reply_str(word));
    }
}
