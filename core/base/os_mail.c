/*
 * os_mail: addresses of e-mail. See os_mail.h.
 */

#define _GNU_SOURCE

#include <string.h>
#include <strings.h>

#include "core/base/os_mail.h"


os_str_t
os_mail_address(os_str_t text)
{
    size_t       i;
    const char  *open;

    open = text.len ? memrchr(text.data, '<', text.len) : NULL;

    if (open != NULL) {
        text.len -= (size_t) (open + 1 - text.data);
        text.data = open + 1;

        for (i = 0; i < text.len && text.data[i] != '>'; i++) { /* void */ }

        text.len = i;
    }

    while (text.len && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    return text;
}


/* Bytes of a sign in front that is no part of an address: spaces, unseen. */
static size_t
os_mail_unseen(os_str_t s)
{
    static const char *const  signs[] = {
        "\xc2\xa0", "\xc2\xad", "\xe2\x80\x8b", "\xe2\x80\x8c",
        "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
        "\xe2\x80\xac", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xe3\x80\x80",
    };

    if (s.len && ((unsigned char) s.data[0] <= ' ' || s.data[0] == 0x7f)) {
        return 1;
    }

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (os_str_starts(s, os_str(signs[i]))) {
            return strlen(signs[i]);
        }
    }

    return 0;
}


void
os_mail_plain(os_str_t text, os_buf_t *out)
{
    size_t       n, from = out->len;
    const char  *query;

    text = os_mail_address(text);

    while ((n = os_mail_unseen(text)) > 0) {
        text.data += n;
        text.len -= n;
    }

    if (text.len > 7 && strncasecmp(text.data, "mailto:", 7) == 0) {
        text.data += 7;
        text.len -= 7;
        query = memchr(text.data, '?', text.len);
        text.len = query ? (size_t) (query - text.data) : text.len;
    }

    while (text.len) {
        n = os_mail_unseen(text);

        if (n == 0) {
            os_buf_char(out, text.data[0]);
            n = 1;
        }

        text.data += n;
        text.len -= n;
    }

    while (out->len > from && strchr(".,;", out->data[out->len - 1])) {
        out->len--;
    }
}


int
os_mail_address_ok(os_str_t a)
{
    size_t  i, at;

    at = 0;

    for (i = 0; i < a.len; i++) {
        if ((unsigned char) a.data[i] <= ' ' || a.data[i] == 127
            || strchr("<>,;\"()[]\\", a.data[i]) != NULL)
        {
            return 0;
        }

        at += a.data[i] == '@';
    }

    return at == 1 && a.len >= 3 && a.len <= 254 && a.data[0] != '@'
           && a.data[a.len - 1] != '@';
}
