/*
 * os_confirm: what a node has taken counts once a replica has it as well.
 *
 * A master that dies takes with it what its replica has not read yet. So what
 * somebody is going to be told of is held back, reply and all, until WAIT says
 * that one replica has it. WAIT cannot stand in a script and holds up the
 * connection that says it: it is asked on one of its own, once for all that is
 * held back by then. WAIT counts from the last command of its own connection,
 * which is the ROLE before it; what was answered elsewhere before that is
 * older. Nothing here does I/O: the owner sends the question and brings the
 * answer.
 *
 * A master without a replica can promise no more than its own disk: what it
 * takes is passed on, and counted. So it is where an ACL permits no WAIT.
 */

#ifndef OS_CONFIRM_H
#define OS_CONFIRM_H

#include "redis/os_link.h"


#define OS_CONFIRM_FRESH_MS  1000   /* so long "no replica" is believed */


typedef struct {
    os_command_t  *held;            /* not asked for yet, */
    os_command_t  *last;            /* the youngest of them; */
    os_command_t  *asked;           /* and those that the question is for */
    size_t         n;               /* of both */
    int            replicas;        /* -1: not known */
    uint64_t       seen;            /* when that was so, the owner's clock */
    int64_t        wait_ms;         /* for a replica; 0: nothing is held back */
    int64_t        alone;           /* passed on without a replica, */
    int64_t        unconfirmed;     /* and not passed on, since the owner last
                                     * set them to 0 */
    unsigned       asking:1;
    unsigned       barred:1;        /* the last answer was that we may not */
} os_confirm_t;


void os_confirm_init(os_confirm_t *c, int64_t wait_ms);

/* Holds a command back; it and its reply are taken. */
void os_confirm_add(os_confirm_t *c, os_command_t *cmd, redisReply *reply);

/*
 * The question that is due, with this handler and data, or NULL: there is none.
 * Handlers of what can be passed on without one are called before it returns.
 */
os_command_t *os_confirm_ask(os_confirm_t *c, uint64_t now,
    os_reply_pt handler, void *data);

/*
 * The answer to it, still the caller's; NULL: there is none. Calls the
 * handlers of what it was for: with their replies, or with NULL when no
 * replica has it. The next question may be due then.
 */
void os_confirm_answer(os_confirm_t *c, const redisReply *reply,
    uint64_t now);

/* The node is lost: all handlers are called with NULL. */
void os_confirm_fail(os_confirm_t *c);

#endif /* OS_CONFIRM_H */
