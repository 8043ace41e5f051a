/*
 * os_link: what one connection to Redis has in flight, without doing I/O.
 *
 * Commands go in, bytes come out for whoever owns the socket; bytes that were
 * read go in, replies come out to the commands' handlers, in order. The owner
 * keeps time: a command whose time is up is abandoned (its handler is called
 * without a reply), but stays in line, because its reply may still come.
 */

#ifndef OS_LINK_H
#define OS_LINK_H

#include <hiredis/hiredis.h>

#include "core/base/os_buf.h"


/* A script, called by its SHA-1 and sent whole when Redis does not know it. */
typedef struct {
    const char  *name;
    const char  *source;
    char         sha[41];
} os_script_t;

void os_script_init(os_script_t *script);


typedef enum {
    OS_REPLY_OK = 0,
    OS_REPLY_LATER,         /* loading, read-only, full, busy: not now */
    OS_REPLY_MOVED,         /* another node has the slot */
    OS_REPLY_ASK,           /* another node has it for this once */
    OS_REPLY_NOSCRIPT,
    OS_REPLY_ERROR          /* it will not do, however often */
} os_reply_kind_t;

/*
 * What a reply means. For MOVED and ASK `host` and `port` are filled from it
 * (host is empty when Redis names none: the same host).
 */
os_reply_kind_t os_reply_kind(const redisReply *reply, char host[256],
    int *port);


typedef struct os_command_s  os_command_t;

/*
 * Called exactly once for each command: with its reply, or with NULL when the
 * link broke or its time was up. The reply is freed after the call.
 */
typedef void (*os_reply_pt)(os_command_t *cmd, redisReply *reply);

struct os_command_s {
    os_command_t       *next;
    os_buf_t            bytes;      /* kept: it may have to be sent again */
    const os_script_t  *script;
    size_t              script_end; /* of the part that EVAL replaces */
    unsigned            shard;
    unsigned            at;         /* 1 + a slot, where it is of no shard */
    os_reply_pt         handler;
    void               *data;       /* the caller's */
    uint64_t            deadline;   /* the owner's clock */
    unsigned            hops;       /* redirections followed */
    size_t              before;     /* of a large one: bytes of the line's `out`
                                     * that leave before it */
    unsigned            parts;      /* of a bundle */
    redisReply         *gathered;   /* what came of their replies */
    unsigned            answered:1; /* the handler was called */
    unsigned            confirm:1;  /* … not before a replica has it, too */
};

/* A handler where nothing hangs on the answer, not even that there is one. */
void os_reply_ignored(os_command_t *cmd, redisReply *reply);

/* A new command, or NULL. It belongs to the link once it is sent. */
os_command_t *os_command_new(unsigned shard, os_reply_pt handler, void *data);
void os_command_free(os_command_t *cmd);

/* Building one: the number of words, then each word. */
void os_command_words(os_command_t *cmd, unsigned n);
void os_command_add(os_command_t *cmd, os_str_t word);
void os_command_add_int(os_command_t *cmd, int64_t value);

/*
 * A bundle: n commands that are added one after the other and read one another
 * nothing. Its reply is an array of theirs, or the first that is an error.
 */
void os_command_bundle(os_command_t *cmd, unsigned n);

/* EVALSHA with its counts: then nkeys keys and nargs arguments are added. */
void os_command_script(os_command_t *cmd, const os_script_t *script,
    unsigned nkeys, unsigned nargs);

/*
 * A command whose last word is large and there before the others are known:
 * room for so many bytes, which the caller fills (NULL: no memory). Then
 * `front` is what stands before it; its count of words has that one as well.
 * 0, or -1.
 */
char *os_command_last(os_command_t *cmd, size_t len);
int os_command_front(os_command_t *cmd, const os_command_t *front);

/* Turns an EVALSHA into an EVAL. */
int os_command_unsha(os_command_t *cmd);


typedef struct {
    redisReader    *reader;
    os_command_t   *head;           /* oldest without a reply */
    os_command_t  **tail;
    size_t          pending;        /* commands in line */
    size_t          fed;            /* bytes since the last whole reply */
    os_buf_t        out;            /* bytes to write, */
    size_t          sent;           /* of out; */
    os_command_t   *whole;          /* the next command that is too large to be
                                     * copied there; NULL: none */
    size_t          whole_sent;     /* of its bytes */
} os_link_t;

int  os_link_init(os_link_t *link);

/*
 * Puts a command in line. os_link_out() is what is to be written next, in one
 * piece; there may be others behind it until it is empty. The bytes of a large
 * command are not copied: they leave from where they are. os_link_wrote() is
 * told how much of that piece was written.
 */
void os_link_send(os_link_t *link, os_command_t *cmd);
os_str_t os_link_out(const os_link_t *link);
void os_link_wrote(os_link_t *link, size_t n);

/*
 * Takes bytes that were read and hands each whole reply to `deliver` with the
 * command it answers, which the link then no longer holds: the receiver
 * frees or resends it. -1 when the peer does not speak RESP, says something
 * unasked for, or one reply passes `max` bytes: close.
 */
typedef void (*os_deliver_pt)(void *owner, os_command_t *cmd,
    redisReply *reply);

int os_link_feed(os_link_t *link, const char *data, size_t len, size_t max,
    os_deliver_pt deliver, void *owner);

/* Takes every command out of line (oldest first) and forgets all bytes. */
os_command_t *os_link_reset(os_link_t *link);

/* One command, its handler told that no reply comes, unless it was before. */
void os_command_abandon(os_command_t *cmd);

#endif /* OS_LINK_H */
