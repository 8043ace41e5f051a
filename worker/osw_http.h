/*
 * osw_http: HTTP requests from the worker's loop, by curl's multi interface.
 */

#ifndef OSW_HTTP_H
#define OSW_HTTP_H

#include "core/campaign/os_action.h"
#include "worker/osw_admit.h"


/* Requests to one host; more would wait, and run out of their time, in here. */
#define OSW_HTTP_AT_ONCE  32

/* Bytes of what the other side says in words that are passed on. */
#define OSW_WORDS_MAX  200


typedef struct {
    int         status;         /* 0: no answer */
    int         timed_out;      /* it may have been carried out */
    int         too_long;       /* there was one, of more than is read */
    int         not_sent;       /* it was certainly not: no byte of it left */
    int64_t     retry_after_ms; /* what the answer asks for, at most /retry's
                                 * most, or 0 */
    os_str_t    body;
    const char *why;            /* of status 0, in words */
} osw_answer_t;

/*
 * May it still be sent? Asked when the connection is made, just before the
 * first byte leaves: a process that slept meanwhile may have lost what gave it
 * the right. 0: it is not sent.
 */
typedef int (*osw_may_pt)(void *data);

/* Called once. The answer lives as long as the call. */
typedef void (*osw_answer_pt)(void *data, const osw_answer_t *answer);


int  osw_http_start(osw_t *w);
void osw_http_stop(osw_t *w);

/*
 * Sends; what it needs of the request is copied. `basic` (user:password) and
 * `bearer` may be NULL, and so may `may`. Redirects are not followed.
 */
void osw_http_send(osw_t *w, const os_request_t *request, const char *basic,
    const char *bearer, int64_t timeout_ms, osw_may_pt may,
    osw_answer_pt done, void *data);

/* What an answer means to whoever asked for a change. */
typedef enum {
    OSW_SAYS_YES = 0,
    OSW_SAYS_LATER,         /* it did not happen, and may another time */
    OSW_SAYS_NOTHING,       /* it may have happened, or happen yet */
    OSW_SAYS_NO             /* it will not */
} osw_says_t;

/*
 * By RFC 9110, 15. What is wrong with us or with the other side as a whole (a
 * key that ran out, a deploy, a limit of rate) is no word about this request:
 * 3xx, 401, 403, 404, 407, 408, 409, 421, 423, 425, 426, 429, 503 are
 * "later".
 */
osw_says_t osw_http_says(const osw_answer_t *answer);

/* Does the other side work, whatever it said to this request? */
osw_how_t osw_http_how(const osw_answer_t *answer);

/* "401", "401: its words", or why there was no answer; cut to size. */
void osw_http_words(const osw_answer_t *answer, char *out, size_t size);

/* Some repeat the key that they do not take: it goes no further. NULL: none. */
void osw_http_hide(char *text, const char *secret);

/* What an answer tells whoever sets a service up. */
typedef struct {
    int         status;         /* 0: no answer */
    int         code;           /* of status 0: curl's */
    int         json;           /* the body is JSON */
    char        login[128];     /* what login is asked for, or "" */
    char        location[256];  /* where it sends on to, or "" */
    char        why[256];       /* of status 0, in words */
    os_buf_t    body;           /* the caller's: os_buf_free() */
} osw_asked_t;

/* The same as osw_http_send(), waited for: for ordersavectl. */
void osw_http_now(const os_request_t *request, const char *basic,
    const char *bearer, int64_t timeout_ms, osw_asked_t *asked);

#endif /* OSW_HTTP_H */
