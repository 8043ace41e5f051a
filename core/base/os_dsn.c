/*
 * os_dsn: see os_dsn.h. A notification is a multipart/report; its part
 * message/delivery-status has a group of fields for the message and one for
 * each recipient, with empty lines between. Ours have one recipient.
 */

#include <ctype.h>
#include <string.h>

#include "core/base/os_dsn.h"


typedef enum {
    OS_DSN_OUTSIDE = 0,
    OS_DSN_HEADERS,             /* of the part that tells the status */
    OS_DSN_STATUS
} os_dsn_state_t;


/* The next line, without what ends it. */
static os_str_t
os_dsn_line(os_str_t *text)
{
    os_str_t     line;
    const char  *end;

    end = memchr(text->data, '\n', text->len);
    line = (os_str_t) { end ? (size_t) (end - text->data) : text->len,
                        text->data };
    text->data += line.len + (end != NULL);
    text->len -= line.len + (end != NULL);

    if (line.len && line.data[line.len - 1] == '\r') {
        line.len--;
    }

    return line;
}


/* What stands behind "name:", in any case; OS_NULL: another line. */
static os_str_t
os_dsn_field(os_str_t line, const char *name)
{
    size_t  i, len;

    len = strlen(name);

    if (line.len <= len || line.data[len] != ':') {
        return OS_NULL;
    }

    for (i = 0; i < len; i++) {
        if (tolower((unsigned char) line.data[i])
            != tolower((unsigned char) name[i]))
        {
            return OS_NULL;
        }
    }

    line.data += len + 1;
    line.len -= len + 1;

    while (line.len && (*line.data == ' ' || *line.data == '\t')) {
        line.data++;
        line.len--;
    }

    return line;
}


static int
os_dsn_starts(os_str_t text, const char *word)
{
    size_t  i;

    for (i = 0; word[i]; i++) {
        if (i >= text.len
            || tolower((unsigned char) text.data[i]) != word[i])
        {
            return 0;
        }
    }

    return 1;
}


/* A number of three digits at most; -1: none. */
static int
os_dsn_number(os_str_t *text)
{
    int     n;
    size_t  i;

    for (i = 0, n = 0; i < text->len && i < 3
                       && isdigit((unsigned char) text->data[i]); i++)
    {
        n = n * 10 + text->data[i] - '0';
    }

    text->data += i;
    text->len -= i;

    return i ? n : -1;
}


/* "5.1.1", and what anybody adds. */
static void
os_dsn_status(os_str_t text, os_dsn_t *out)
{
    int     part[3];
    size_t  i;

    for (i = 0; i < 3; i++) {
        part[i] = os_dsn_number(&text);

        if (part[i] < 0 || (i < 2 && (text.len == 0 || *text.data != '.'))) {
            return;
        }

        text.data += i < 2;
        text.len -= i < 2;
    }

    out->class = part[0];
    out->subject = part[1];
    out->detail = part[2];
}


/* A field that may go on in the next line, as a long one of ours does. */
static os_str_t
os_dsn_mark(os_str_t value, os_str_t rest)
{
    os_str_t  next;

    if (value.len == 0 && rest.len
        && (*rest.data == ' ' || *rest.data == '\t'))
    {
        next = os_dsn_line(&rest);

        while (next.len && (*next.data == ' ' || *next.data == '\t')) {
            next.data++;
            next.len--;
        }

        return next;
    }

    return value;
}


int
os_dsn_read(os_str_t text, os_dsn_t *out)
{
    int             found;
    os_str_t        line, value;
    os_dsn_state_t  state;

    *out = (os_dsn_t) { 0 };
    state = OS_DSN_OUTSIDE;
    found = 0;

    while (text.len) {
        line = os_dsn_line(&text);

        if (line.len >= 2 && memcmp(line.data, "--", 2) == 0) {
            state = OS_DSN_OUTSIDE;

        } else if (state == OS_DSN_HEADERS && line.len == 0) {
            state = OS_DSN_STATUS;
            found = 1;

        } else if (state == OS_DSN_STATUS) {
            if (os_dsn_starts(os_dsn_field(line, "Action"), "failed")) {
                out->failed = 1;
            }

            value = os_dsn_field(line, "Status");

            if (value.len) {
                os_dsn_status(value, out);
            }

        } else {
            value = os_dsn_field(line, "Content-Type");

            if (os_dsn_starts(value, "message/delivery-status")
                || os_dsn_starts(value, "message/global-delivery-status"))
            {
                state = OS_DSN_HEADERS;
            }

            value = os_dsn_field(line, OS_DSN_HEADER);

            if (value.data != NULL && found) {
                out->mark = os_dsn_mark(value, text);
            }
        }
    }

    return found ? 0 : -1;
}


/* RFC 3463, 3.2; 10: the domain takes no mail (RFC 7505). */
int
os_dsn_nobody(int subject, int detail)
{
    return subject == 1 && (detail == 1 || detail == 2 || detail == 3
                            || detail == 6 || detail == 10);
}
