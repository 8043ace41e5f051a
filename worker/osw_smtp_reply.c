/*
 * osw_smtp_reply: see osw_smtp_reply.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_dsn.h"
#include "worker/osw_smtp_reply.h"


/* A reply's code, and its enhanced one: 0.0 where there is none. */
typedef struct {
    int  code;
    int  subject;
    int  detail;
} osw_code_t;


const char *
osw_stage_name(osw_stage_t stage)
{
    static const char *const  name[] = {
        "connecting", "MAIL FROM", "RCPT TO", "DATA", "the final dot"
    };

    return name[stage];
}


static osw_code_t
osw_code_read(const char *line)
{
    int         class;
    osw_code_t  c;

    c = (osw_code_t) { atoi(line), 0, 0 };

    if (strlen(line) < 5
        || sscanf(line + 4, "%1d.%3d.%3d", &class, &c.subject, &c.detail) != 3
        || class != c.code / 100)
    {
        c.subject = 0;
        c.detail = 0;
    }

    return c;
}


/* 4yz: greylisting is said of one mail; a full disk of all. */
static osw_reply_means_t
osw_reply_transient(osw_stage_t stage, osw_code_t c)
{
    if (c.code == 421 || c.subject == 3 || c.subject == 4
        || (stage != OSW_STAGE_RCPT && stage != OSW_STAGE_DOT))
    {
        return OSW_REPLY_CLOSED;
    }

    return OSW_REPLY_LATER;
}


/* Without an enhanced code the plain one has to do. */
static osw_reply_means_t
osw_reply_plain(osw_stage_t stage, int code)
{
    switch (code) {

    case 550: case 551: case 552: case 553: case 556:
        return OSW_REPLY_DEAD;

    /* "transaction failed": at the recipient that is a policy */
    case 554:
        return stage == OSW_STAGE_DOT ? OSW_REPLY_DEAD : OSW_REPLY_CLOSED;
    }

    return OSW_REPLY_CLOSED;
}


static osw_reply_means_t
osw_reply_permanent(osw_stage_t stage, osw_code_t c)
{
    if (stage == OSW_STAGE_GREETING) {
        return OSW_REPLY_CLOSED;
    }

    /* too large, whoever says it; RFC 1870 lets MAIL do so */
    if ((c.subject == 3 && c.detail == 4)
        || (stage == OSW_STAGE_FROM && c.code == 552))
    {
        return OSW_REPLY_DEAD;
    }

    if (stage == OSW_STAGE_FROM) {
        return OSW_REPLY_CLOSED;
    }

    switch (c.subject) {

    case 0:
        return osw_reply_plain(stage, c.code);

    case 1:                             /* 7 and 8: the sender's address */
        return c.detail == 7 || c.detail == 8 ? OSW_REPLY_CLOSED
                                              : OSW_REPLY_DEAD;

    case 2: case 4: case 6:             /* mailbox, routing, content */
        return OSW_REPLY_DEAD;
    }

    return OSW_REPLY_CLOSED;            /* system, protocol, policy */
}


osw_reply_means_t
osw_smtp_reply_means(osw_stage_t stage, const char *line)
{
    osw_code_t  c;

    c = osw_code_read(line);

    if (c.code >= 200 && c.code < 400) {
        return OSW_REPLY_GOOD;
    }

    if (c.code >= 500 && c.code < 600) {
        return osw_reply_permanent(stage, c);
    }

    return osw_reply_transient(stage, c);
}


int
osw_smtp_reply_nobody(osw_stage_t stage, const char *line)
{
    osw_code_t  c;

    c = osw_code_read(line);

    return stage == OSW_STAGE_RCPT && c.code / 100 == 5
           && os_dsn_nobody(c.subject, c.detail);
}


void
osw_smtp_reply_text(const char *line, char *to, size_t size)
{
    size_t       len, n;
    const char  *p;

    n = 0;

    for (p = line; *p != '\0' && n + 2 < size; p += len) {
        len = strcspn(p, " \t\r\n");

        if (len == 0) {
            to[n++] = ' ';
            len = 1;

        } else if (memchr(p, '@', len)) {
            n += (size_t) snprintf(to + n, size - n, "(address)");
            n = n < size ? n : size - 1;

        } else {
            for (len = 0; p[len] != '\0' && strchr(" \t\r\n", p[len]) == NULL
                          && n + 1 < size; len++)
            {
                to[n++] = p[len] > ' ' && p[len] < 0x7f ? p[len] : '?';
            }
        }
    }

    while (n > 0 && to[n - 1] == ' ') {
        n--;
    }

    to[n] = '\0';
}
