/*
 * os_buf: a buffer that grows. See os_buf.h.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/os_buf.h"


#define OS_FILE_MAX  (16 * 1024 * 1024)


void
os_buf_free(os_buf_t *b)
{
    if (!b->lent) {
        free(b->data);
    }

    *b = (os_buf_t) { 0 };
}


int
os_buf_reserve(os_buf_t *b, size_t more)
{
    char    *data;
    size_t   size;

    if (b->failed || more > SIZE_MAX / 4 - b->len) {
        b->failed = 1;
        return -1;
    }

    if (b->len + more + 1 <= b->size) {
        return 0;
    }

    size = b->size ? b->size : 256;

    while (size < b->len + more + 1) {
        size *= 2;
    }

    data = realloc(b->lent ? NULL : b->data, size);
    if (data == NULL) {
        b->failed = 1;
        return -1;
    }

    if (b->lent) {
        memcpy(data, b->data, b->len);
        b->lent = 0;
    }

    b->data = data;
    b->size = size;
    b->data[b->len] = '\0';
    return 0;
}


void
os_buf_grow(os_buf_t *b, const char *data, size_t len)
{
    if (os_buf_reserve(b, len) == -1 || len == 0) {
        return;
    }

    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}


void
os_buf_trim(os_buf_t *b)
{
    char  *data;

    if (b->lent || b->data == NULL || b->size == b->len + 1) {
        return;
    }

    data = realloc(b->data, b->len + 1);

    if (data) {
        b->data = data;
        b->size = b->len + 1;
    }
}


void
os_buf_lower(os_buf_t *b, os_str_t s)
{
    for (size_t i = 0; i < s.len; i++) {
        os_buf_char(b, s.data[i] >= 'A' && s.data[i] <= 'Z'
                       ? (char) (s.data[i] + 'a' - 'A') : s.data[i]);
    }
}


void
os_buf_int(os_buf_t *b, int64_t value)
{
    char       text[24];
    char      *p = text + sizeof(text);
    uint64_t   n = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;

    do {
        *--p = (char) ('0' + n % 10);
        n /= 10;
    } while (n > 0);

    if (value < 0) {
        *--p = '-';
    }

    os_buf_add(b, p, (size_t) (text + sizeof(text) - p));
}


void
os_buf_printf(os_buf_t *b, const char *fmt, ...)
{
    int      n;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0 || os_buf_reserve(b, (size_t) n) == -1) {
        b->failed = 1;
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(b->data + b->len, (size_t) n + 1, fmt, args);
    va_end(args);

    b->len += (size_t) n;
}


/* A file's text begins at byte `from` of out: 0, or -1 with err. */
static int
os_file_unmark(const char *path, os_buf_t *out, size_t from, os_error_t *err)
{
    os_str_t  text, plain;

    text = (os_str_t) { out->len - from, out->data + from };

    if (os_str_starts(text, OS_STR("\xff\xfe"))
        || os_str_starts(text, OS_STR("\xfe\xff")))
    {
        return os_fail(err, "%s: is UTF-16; save it as UTF-8", path);
    }

    plain = os_str_unmarked(text);

    if (plain.len < text.len) {
        memmove(out->data + from, plain.data, plain.len);
        out->len = from + plain.len;
        out->data[out->len] = '\0';
    }

    return 0;
}


int
os_file_read(const char *path, os_buf_t *out, os_error_t *err)
{
    FILE    *file;
    char     part[16384];
    size_t   n, from = out->len;

    file = fopen(path, "rb");
    if (file == NULL) {
        return os_fail(err, "%s: cannot be opened: %s%s", path,
                       strerror(errno), errno == EACCES
                       ? ": give it, and its folder, the group of who reads it "
                         "(chgrp ordersave, chmod g+r)" : "");
    }

    while ((n = fread(part, 1, sizeof(part), file)) > 0) {
        os_buf_add(out, part, n);

        if (out->len > OS_FILE_MAX) {
            (void) fclose(file);
            return os_fail(err, "%s: larger than %d MiB", path,
                           OS_FILE_MAX / (1024 * 1024));
        }
    }

    if (ferror(file) || out->failed) {
        (void) fclose(file);
        return os_fail(err, "%s: cannot be read: %s", path,
                       out->failed ? "no memory" : strerror(errno));
    }

    (void) fclose(file);

    if (os_buf_reserve(out, 0) == -1) {
        return os_fail(err, "%s: cannot be read: no memory", path);
    }

    return os_file_unmark(path, out, from, err);
}
