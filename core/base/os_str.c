/*
 * os_str: counted strings. See os_str.h.
 */

#include <stdarg.h>
#include <stdio.h>

#include "core/base/os_str.h"


int
os_str_starts(os_str_t s, os_str_t prefix)
{
    return s.len >= prefix.len
           && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}


static int
os_str_folded(char c)
{
    return c == '-' || c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}


int
os_str_alike(os_str_t a, os_str_t b)
{
    size_t  i;

    if (a.len != b.len) {
        return 0;
    }

    for (i = 0; i < a.len; i++) {
        if (os_str_folded(a.data[i]) != os_str_folded(b.data[i])) {
            return 0;
        }
    }

    return 1;
}


size_t
os_str_unseen(os_str_t s)
{
    size_t  i;

    static const char *const  signs[] = {
        "\xc2\xad", "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d",
        "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xac",
        "\xe2\x81\xa0", "\xef\xbb\xbf"
    };

    for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (os_str_starts(s, os_str(signs[i]))) {
            return strlen(signs[i]);
        }
    }

    return 0;
}


os_str_t
os_str_unmarked(os_str_t s)
{
    if (os_str_starts(s, OS_STR("\xef\xbb\xbf"))) {
        s.data += 3;
        s.len -= 3;
    }

    return s;
}


int
os_fail(os_error_t *err, const char *fmt, ...)
{
    va_list  args;

    if (err != NULL) {
        va_start(args, fmt);
        (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
    }

    return -1;
}
