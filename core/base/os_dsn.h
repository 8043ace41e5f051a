/*
 * os_dsn: a delivery status notification (RFC 3464), as far as it tells that a
 * mail of ours had nobody to go to.
 */

#ifndef OS_DSN_H
#define OS_DSN_H

#include "core/base/os_str.h"


/* The header that a mail of ours carries, which a bounce gives back. */
#define OS_DSN_HEADER  "X-Ordersave-Mail"

typedef struct {
    unsigned  failed:1;         /* its Action is "failed" */
    int       class;            /* of its Status, RFC 3463; 0: there is none */
    int       subject;
    int       detail;
    os_str_t  mark;             /* what our header says; OS_NULL: not there */
} os_dsn_t;


/*
 * Reads a whole mail as it came, lines ended by LF or CRLF. What is in `out` is
 * of `text`. -1 when it is no such notification.
 */
int os_dsn_read(os_str_t text, os_dsn_t *out);

/*
 * Does this code (5.subject.detail) say that there is no such mailbox, and will
 * be none? A full or a refused one is another matter.
 */
int os_dsn_nobody(int subject, int detail);

#endif /* OS_DSN_H */
