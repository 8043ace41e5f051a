/*
 * os_mail: addresses of e-mail. See os_mail.h.
 */

#define _GNU_SOURCE

#include <string.h>
#include <strings.h>

#include "core/base/os_code.h"
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


/* What parts words: spaces of any kind, and brackets and quotes of prose. */
static size_t
os_mail_between(os_str_t s)
{
    size_t  i;

    static const char *const  signs[] = {
        "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\xaf", "\xe2\x80\x9c",
        "\xe2\x80\x9d", "\xe2\x80\x9e", "\xc2\xab", "\xc2\xbb"
    };

    if (s.len && ((unsigned char) s.data[0] <= ' ' || s.data[0] == 0x7f
                  || strchr(",;\"()[]", s.data[0])))
    {
        return 1;
    }

    for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (os_str_starts(s, os_str(signs[i]))) {
            return strlen(signs[i]);
        }
    }

    return 0;
}


/* The words between single spaces; there is none beside an @. */
static void
os_mail_words(os_str_t text, os_buf_t *out)
{
    int     space = 0;
    size_t  n;

    while (text.len) {
        n = os_str_unseen(text);

        if (n == 0) {
            n = os_mail_between(text);
            space |= n > 0;

            if (n == 0) {
                if (space && out->len && text.data[0] != '@'
                    && out->data[out->len - 1] != '@')
                {
                    os_buf_char(out, ' ');
                }

                os_buf_char(out, text.data[0]);
                space = 0;
                n = 1;
            }
        }

        text.data += n;
        text.len -= n;
    }
}


/* "%2B" of a "mailto:" is a plus (RFC 6068). */
static void
os_mail_decode(os_str_t text, os_buf_t *out)
{
    char    c;
    size_t  i;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c == '%' && i + 2 < text.len
            && os_unhex((os_str_t) { 2, text.data + i + 1 }, &c, 1) == 1)
        {
            i += 2;
        }

        os_buf_char(out, c);
    }
}


/* A word without what stands around an address; appended. */
static void
os_mail_bare(os_str_t word, os_buf_t *out)
{
    const char  *query;

    if (word.len > 2 && word.data[0] == '\''
        && word.data[word.len - 1] == '\'')
    {
        word.data++;
        word.len -= 2;
    }

    while (word.len && word.data[word.len - 1] == '.') {
        word.len--;
    }

    if (word.len > 7 && strncasecmp(word.data, "mailto:", 7) == 0) {
        word.data += 7;
        word.len -= 7;
        query = memchr(word.data, '?', word.len);
        word.len = query ? (size_t) (query - word.data) : word.len;
        os_mail_decode(word, out);

    } else {
        os_buf_str(out, word);
    }
}


/* The one address among the words; of two that differ neither is meant. */
static void
os_mail_only(os_str_t words, os_buf_t *out)
{
    size_t       from = out->len, n;
    os_str_t     found;
    os_buf_t     bare = { 0 };
    const char  *space;

    while (words.len) {
        space = memchr(words.data, ' ', words.len);
        n = space ? (size_t) (space - words.data) : words.len;
        bare.len = 0;
        os_mail_bare((os_str_t) { n, words.data }, &bare);
        n += space != NULL;
        words.data += n;
        words.len -= n;

        if (memchr(bare.data ? bare.data : "", '@', bare.len) == NULL) {
            continue;
        }

        found = (os_str_t) { out->len - from, out->data + from };

        if (!os_mail_address_ok(os_buf_view(&bare))
            || (found.len && !os_str_equal(found, os_buf_view(&bare))))
        {
            out->len = from;
            break;
        }

        if (found.len == 0) {
            os_buf_str(out, os_buf_view(&bare));
        }
    }

    out->failed |= bare.failed;
    os_buf_free(&bare);
}


void
os_mail_plain(os_str_t text, os_buf_t *out)
{
    os_buf_t  words = { 0 };

    os_mail_words(os_mail_address(text), &words);
    os_mail_only(os_buf_view(&words), out);
    out->failed |= words.failed;
    os_buf_free(&words);
}


int
os_mail_address_ok(os_str_t a)
{
    size_t  i, at;

    at = 0;

    for (i = 0; i < a.len; i++) {
        if ((unsigned char) a.data[i] <= ' ' || a.data[i] == 127
            || strchr("<>,;:\"()[]\\", a.data[i]) != NULL
            || (at && a.data[i] == '.' && strchr("@.", a.data[i - 1])))
        {
            return 0;
        }

        at += a.data[i] == '@';
    }

    return at == 1 && a.len >= 3 && a.len <= 254 && a.data[0] != '@'
           && a.data[a.len - 1] != '@';
}
