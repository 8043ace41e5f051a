/*
 * os_confirm: see os_confirm.h. https://redis.io/commands/wait
 */

#include <string.h>

#include "redis/os_confirm.h"


void
os_confirm_init(os_confirm_t *c, int64_t wait_ms)
{
    memset(c, 0, sizeof(*c));
    c->replicas = -1;
    c->wait_ms = wait_ms;
}


void
os_confirm_add(os_confirm_t *c, os_command_t *cmd, redisReply *reply)
{
    cmd->gathered = reply;
    cmd->next = NULL;

    if (c->held) {
        c->last->next = cmd;

    } else {
        c->held = cmd;
    }

    c->last = cmd;
    c->n++;
}


/* A handler may add more, which is another list by then. */
static int64_t
os_confirm_end(os_confirm_t *c, os_command_t *cmd, int known)
{
    int64_t        n = 0;
    redisReply    *reply;
    os_command_t  *next;

    for ( /* void */ ; cmd; cmd = next) {
        next = cmd->next;
        reply = cmd->gathered;
        cmd->gathered = NULL;
        n++;
        c->n--;

        if (!cmd->answered) {
            cmd->answered = 1;
            cmd->handler(cmd, known ? reply : NULL);
        }

        freeReplyObject(reply);
        os_command_free(cmd);
    }

    return n;
}


/* There is no replica, or no asking: no question is due for a while. */
static int
os_confirm_needless(const os_confirm_t *c, uint64_t now)
{
    return (c->replicas == 0 || c->barred)
           && now - c->seen < OS_CONFIRM_FRESH_MS;
}


os_command_t *
os_confirm_ask(os_confirm_t *c, uint64_t now, os_reply_pt handler, void *data)
{
    os_command_t  *cmd;

    if (c->asking || c->held == NULL) {
        return NULL;
    }

    if (os_confirm_needless(c, now)) {
        cmd = c->held;
        c->held = NULL;
        c->alone += os_confirm_end(c, cmd, 1);
        return NULL;
    }

    cmd = os_command_new(0, handler, data);
    if (cmd == NULL) {
        os_confirm_fail(c);
        return NULL;
    }

    /* nobody waits for the replicas of a node that has none */

    if (c->replicas > 0) {
        os_command_bundle(cmd, 2);
    }

    os_command_words(cmd, 1);
    os_command_add(cmd, OS_STR("ROLE"));

    if (c->replicas > 0) {
        os_command_words(cmd, 3);
        os_command_add(cmd, OS_STR("WAIT"));
        os_command_add(cmd, OS_STR("1"));
        os_command_add_int(cmd, c->wait_ms);
    }

    c->asked = c->held;
    c->held = NULL;
    c->asking = 1;

    return cmd;
}


/* How many replicas: ["master", offset, [[host, port, offset], …]]; or -1. */
static int
os_confirm_role(const redisReply *role)
{
    if (role->type != REDIS_REPLY_ARRAY || role->elements < 3
        || role->element[0]->type != REDIS_REPLY_STRING
        || strcmp(role->element[0]->str, "master") != 0
        || role->element[2]->type != REDIS_REPLY_ARRAY)
    {
        return -1;
    }

    return (int) role->element[2]->elements;
}


/* What we may not say will never be answered. */
static int
os_confirm_bars(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR
           && (strncmp(reply->str, "NOPERM", 6) == 0
               || strncmp(reply->str, "ERR unknown command", 19) == 0);
}


/* They are asked for again, before those that came since. */
static void
os_confirm_back(os_confirm_t *c, os_command_t *asked)
{
    os_command_t  *last = asked;

    while (last->next) {
        last = last->next;
    }

    last->next = c->held;

    if (c->held == NULL) {
        c->last = last;
    }

    c->held = asked;
}


void
os_confirm_answer(os_confirm_t *c, const redisReply *reply, uint64_t now)
{
    int                waited;
    os_command_t      *asked = c->asked;
    const redisReply  *acks = NULL;

    c->asked = NULL;
    c->asking = 0;

    if (reply == NULL) {
        c->unconfirmed += os_confirm_end(c, asked, 0);
        return;
    }

    waited = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2
             && reply->element[0]->type == REDIS_REPLY_ARRAY;

    if (waited) {
        acks = reply->element[1];
        reply = reply->element[0];
    }

    c->seen = now;
    c->barred = os_confirm_bars(reply) != 0;
    c->replicas = os_confirm_role(reply);

    if (c->barred || c->replicas == 0) {
        c->alone += os_confirm_end(c, asked, 1);

    } else if (c->replicas > 0 && !waited && asked) {
        os_confirm_back(c, asked);

    } else if (c->replicas > 0 && acks && acks->type == REDIS_REPLY_INTEGER
               && acks->integer > 0)
    {
        (void) os_confirm_end(c, asked, 1);

    } else {
        c->unconfirmed += os_confirm_end(c, asked, 0);
    }
}


void
os_confirm_fail(os_confirm_t *c)
{
    os_command_t  *asked = c->asked, *held = c->held;

    /* an answer that is still to come finds nobody */

    c->asked = NULL;
    c->held = NULL;
    c->replicas = -1;
    c->unconfirmed += os_confirm_end(c, asked, 0);
    c->unconfirmed += os_confirm_end(c, held, 0);
}
