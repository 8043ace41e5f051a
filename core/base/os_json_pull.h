/*
 * os_json_pull: reads a JSON text as it comes, checks all of it (RFC 8259) and
 * keeps of it the few values that are asked for. It allocates nothing, builds
 * nothing, calls itself nowhere, and may be fed in pieces of any size: the cut
 * changes nothing.
 *
 * It takes what real senders send and other readers refuse, and says so: an
 * escaped NUL and half of a surrogate pair (both become U+FFFD), numbers of any
 * length, members of the same name (the last one counts), a byte order mark in
 * front, and any depth. Below OS_PULL_DEPTH levels strings and brackets alone
 * are followed, and it is not checked that the rest is JSON. Where each of
 * these oddities stands is told to whoever asks (os_pull_odd_pt): to
 * os_json_outside(), which is this reader with jansson behind it.
 */

#ifndef OS_JSON_PULL_H
#define OS_JSON_PULL_H

#include "core/base/os_str.h"


#define OS_PULL_DEPTH   2047    /* and a value in it: what jansson takes */
#define OS_PULL_WANTS   16
#define OS_PULL_TOKENS  16      /* of one pointer */


typedef enum {
    OS_PULL_NONE = 0,           /* nothing is there */
    OS_PULL_NULL,
    OS_PULL_FALSE,
    OS_PULL_TRUE,
    OS_PULL_NUMBER,
    OS_PULL_STRING,
    OS_PULL_ARRAY,
    OS_PULL_OBJECT
} os_pull_kind_t;

/* What others would refuse the whole text for. */
typedef enum {
    OS_ODD_CHARACTER = 0,       /* an escape: NUL, half of a pair */
    OS_ODD_NUMBER,              /* may be no double or int64 */
    OS_ODD_DEEP                 /* a container below OS_PULL_DEPTH levels */
} os_odd_t;

/* It stands from byte `from` to before byte `to` of all that was fed. */
typedef void (*os_pull_odd_pt)(void *data, os_odd_t odd, size_t from,
    size_t to);

/*
 * A value that is asked for, by its pointer (RFC 6901; it must outlive the
 * reading). A string's text (UTF-8) or a number as it is written goes to
 * `room`, as much of it as `size` holds; no zero byte is put behind it.
 */
typedef struct {
    os_str_t         pointer;
    char            *room;
    size_t           size;
    size_t           len;       /* of what is there */
    os_pull_kind_t   kind;
    unsigned         cut:1;     /* there was more of it */

    unsigned         total;     /* tokens; what follows is the reader's */
    unsigned         matched;   /* of them, by the containers that are open */
    size_t           token;     /* where the next one begins */
    size_t           at;        /* how far a key has matched it */
} os_pull_want_t;

typedef struct {
    os_pull_want_t  *want;
    unsigned         nwants;
    size_t           offset;    /* bytes taken; where it broke off, if it did */
    os_pull_odd_pt   odd;       /* both set after os_pull_init(), or NULL */
    void            *odd_data;

    unsigned         nul:1;     /* seen: an escaped NUL, */
    unsigned         lone:1;    /* half of a surrogate pair, */
    unsigned         big:1;     /* a number that may be no double or int64, */
    unsigned         deep:1;    /* more than OS_PULL_DEPTH levels */

    uint8_t          state;     /* what follows is the reader's own */
    uint8_t          number;
    uint8_t          word;
    uint8_t          hex;       /* digits of an escape still to come */
    uint8_t          more;      /* bytes of a character still to come, */
    uint8_t          least;     /* and the bounds of the next one */
    uint8_t          most;
    unsigned         key:1;     /* the string is a name */
    uint16_t         unit;      /* of an escape */
    uint16_t         high;      /* the first half of a pair */
    unsigned         digits;
    size_t           beyond;    /* levels that are not followed */
    unsigned         depth;
    uint32_t         live;      /* wants that may be in this container, */
    uint32_t         alive;     /* that the key still fits, */
    uint32_t         hit;       /* whose way goes over the next value, */
    uint32_t         taken;     /* whose value this is */
    uint32_t         index[OS_PULL_TOKENS];
    uint64_t         object[(OS_PULL_DEPTH + 63) / 64];
    const uint8_t   *piece;     /* that is being read */
    size_t           from;      /* where the number, or what is deep, begins, */
    size_t           escape;    /* the escape, */
    size_t           half;      /* and the first half of a pair */
    unsigned         long_number:1;
} os_pull_t;


/*
 * `want` (nwants of them, their pointer, room and size set) is the caller's
 * and must outlive the reading. -1 when there are more than OS_PULL_WANTS or
 * one is no pointer of at most OS_PULL_TOKENS tokens.
 */
int os_pull_init(os_pull_t *p, os_pull_want_t *want, unsigned nwants);

/* The next bytes: 0, or -1 when this is not JSON (from then on always). */
int os_pull_feed(os_pull_t *p, const char *data, size_t len);

/*
 * No more bytes come: 0 when they were one JSON text. Only then do the wants
 * say what is in it; else they have all gone back to OS_PULL_NONE.
 */
int os_pull_end(os_pull_t *p);

/*
 * A value as text: of a string or a number, "true" or "false"; OS_NULL for all
 * else, and for what was cut.
 */
os_str_t os_pull_text(const os_pull_want_t *want);

#endif /* OS_JSON_PULL_H */
