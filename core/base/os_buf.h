/*
 * os_buf: a growing buffer, and a whole file in one.
 *
 * Memory comes from malloc; whoever gets an os_buf_t releases it with
 * os_buf_free().
 */

#ifndef OS_BUF_H
#define OS_BUF_H

#include "core/base/os_str.h"


/*
 * A buffer that grows. data is always terminated by a zero byte that len does
 * not count. When memory runs out `failed` is set, what was there stays, and
 * every later append does nothing: check once, at the end.
 */
typedef struct {
    char     *data;
    size_t    len;
    size_t    size;
    unsigned  failed:1;
    unsigned  lent:1;       /* data is not from malloc */
} os_buf_t;

/*
 * A buffer that begins in memory of the caller's, an array on his stack, and
 * moves out when that is full: most texts are short. Not for text that is
 * handed on as data; it is released with os_buf_free() as all are.
 */
static inline os_buf_t
os_buf_on(char *room, size_t size)
{
    room[0] = '\0';
    return (os_buf_t) { .data = room, .size = size, .lent = 1 };
}

void os_buf_free(os_buf_t *b);
int  os_buf_reserve(os_buf_t *b, size_t more);  /* 0, or -1: no memory */
void os_buf_trim(os_buf_t *b);      /* gives back what nothing is in */

/* os_buf_add() where there may be no room yet. */
void os_buf_grow(os_buf_t *b, const char *data, size_t len);
/* The same with small letters for ASCII's capitals. */
void os_buf_lower(os_buf_t *b, os_str_t s);
void os_buf_int(os_buf_t *b, int64_t value);
void os_buf_printf(os_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * memcpy for texts, most of which are short: up to sixteen bytes are two moves
 * that may overlap.
 */
static inline void
os_copy(char *to, const char *from, size_t len)
{
    uint64_t  first, last;
    uint32_t  front, back;

    if (__builtin_constant_p(len) || len > 16) {
        memcpy(to, from, len);

    } else if (len >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &last, 8);

    } else if (len >= 4) {
        memcpy(&front, from, 4);
        memcpy(&back, from + len - 4, 4);
        memcpy(to, &front, 4);
        memcpy(to + len - 4, &back, 4);

    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}

/* Pages are written by these: where there is room, they are a few moves. */
static inline void
os_buf_add(os_buf_t *b, const char *data, size_t len)
{
    if (len == 0 || b->len + len >= b->size || b->failed) {
        os_buf_grow(b, data, len);
        return;
    }

    os_copy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void
os_buf_char(os_buf_t *b, char c)
{
    if (b->len + 1 >= b->size || b->failed) {
        os_buf_grow(b, &c, 1);
        return;
    }

    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

static inline void
os_buf_str(os_buf_t *b, os_str_t s)
{
    os_buf_add(b, s.data, s.len);
}

static inline void
os_buf_text(os_buf_t *b, const char *text)
{
    os_buf_add(b, text, strlen(text));
}

static inline os_str_t
os_buf_view(const os_buf_t *b)
{
    return (os_str_t) { b->len, b->data ? b->data : "" };
}


/*
 * A whole file, appended, without a byte order mark in front; or -1 with err.
 * Caps at 16 MiB; UTF-16 is told by its name.
 */
int os_file_read(const char *path, os_buf_t *out, os_error_t *err);

#endif /* OS_BUF_H */
