/*
 * osw_mime: a mail as it goes over the wire: RFC 5322 headers in UTF-8 by
 * RFC 2047, multipart/alternative of text and HTML (RFC 2046).
 */

#ifndef OSW_MIME_H
#define OSW_MIME_H

#include "core/base/os_buf.h"


typedef struct {
    os_str_t   from;            /* "Name <address>" or an address */
    os_str_t   to;
    os_str_t   reply_to;        /* may be OS_NULL */
    os_str_t   subject;
    os_str_t   message_id;      /* what stands before the "@" */
    os_str_t   locale;          /* BCP 47, or OS_NULL */
    os_str_t   mark;            /* of OS_DSN_HEADER, or OS_NULL */
    os_str_t   unsubscribe;     /* RFC 2369 and 8058; OS_NULL: none */
    os_str_t   text;
    os_str_t   html;            /* OS_NULL: text alone */
    int64_t    date;            /* epoch seconds */
} osw_mime_t;

/* Appends the whole message, lines ended by CRLF; dots are not doubled. */
void osw_mime_write(const osw_mime_t *m, os_buf_t *out);

/* The address alone: what stands in <> or the whole, trimmed. */
os_str_t osw_mime_address(os_str_t text);

/*
 * Can this be an address (one @, no spaces, no controls, no <>,;)? What is not
 * is never written into a mail.
 */
int osw_mime_address_ok(os_str_t address);

#endif /* OSW_MIME_H */
