/*
 * os_json_plain: reads JSON that a program wrote plainly, in one pass. What is
 * not plain (other escapes than \" and the like, numbers that are not short
 * integers, deep nesting, anything malformed) makes it give up, and whoever
 * reads asks jansson: it may refuse too much, never too little. Members that
 * come twice are the caller's to see.
 */

#ifndef OS_JSON_PLAIN_H
#define OS_JSON_PLAIN_H

#include "core/base/os_str.h"


#define OS_PLAIN_WORD  8        /* bytes looked at in one go */

/* Bytes of room for a text of so many: it, zero bytes, strings unescaped. */
#define OS_PLAIN_ROOM(len)  (2 * (len) + OS_PLAIN_WORD)

typedef struct {
    const char  *at;            /* the next byte */
    os_str_t     text;          /* the copy */
    char        *free;          /* strings without their escapes go here */
    int          depth;
    unsigned     wide:1;        /* there is more than ASCII */
} os_plain_t;


/*
 * The text is copied to `room`, OS_PLAIN_ROOM of it, where the strings that are
 * read will lie. Stands at the first byte that is no space.
 */
void os_plain_init(os_plain_t *p, os_str_t text, char *room);

/* The end: 0 when nothing comes any more, and all was UTF-8. */
int os_plain_end(const os_plain_t *p);

/* The bracket that opens: is there an element? Else `close` is passed too. */
int os_plain_open(os_plain_t *p, char close);

/* A comma, and so another element. */
int os_plain_comma(os_plain_t *p);

/* The values: 0 and behind it, or -1. */
int os_plain_string(os_plain_t *p, os_str_t *out);
int os_plain_int(os_plain_t *p, int64_t *out);
int os_plain_count(os_plain_t *p, size_t *n);   /* elements of an array */
int os_plain_skip(os_plain_t *p);               /* any */

/* A member's name and the colon: 0 and at its value, or -1. */
int os_plain_name(os_plain_t *p, os_str_t *out);


/* Takes the next byte: is it this one? */
static inline int
os_plain_is(os_plain_t *p, char c)
{
    return *p->at++ == c;
}

#endif /* OS_JSON_PLAIN_H */
