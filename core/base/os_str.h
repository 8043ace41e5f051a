/*
 * os_str: counted strings, and what went wrong in words.
 *
 * No globals, no clock, no sockets; nothing here allocates.
 */

#ifndef OS_STR_H
#define OS_STR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>


/* Bytes that belong to somebody else; not terminated. */
typedef struct {
    size_t       len;
    const char  *data;
} os_str_t;

#define OS_STR(literal)  ((os_str_t) { sizeof(literal) - 1, (literal) })
#define OS_NULL          ((os_str_t) { 0, NULL })

/* NULL gives OS_NULL */
static inline os_str_t
os_str(const char *text)
{
    return text ? (os_str_t) { strlen(text), text } : OS_NULL;
}

static inline int
os_str_equal(os_str_t a, os_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int os_str_starts(os_str_t s, os_str_t prefix);

/* The same words: whatever the case of ASCII; a space, "-" and "_" are one. */
int os_str_alike(os_str_t a, os_str_t b);

/*
 * Bytes of the sign in front of s, if it is one of those that are not seen and
 * have no width, as people copy them along; else 0.
 */
size_t os_str_unseen(os_str_t s);

/* Without the byte order mark of UTF-8 that may stand in front. */
os_str_t os_str_unmarked(os_str_t s);

/* Takes c off the front of s; 1 when it was there. */
static inline int
os_str_take(os_str_t *s, char c)
{
    if (s->len == 0 || s->data[0] != c) {
        return 0;
    }

    s->data++;
    s->len--;
    return 1;
}


/* What went wrong, in words for a person; file:line:column where known. */
typedef struct {
    char  text[1024];
} os_error_t;

/* Fills err (may be NULL) and returns -1, so that callers can return it. */
int os_fail(os_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* OS_STR_H */
