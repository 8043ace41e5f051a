/*
 * osw_http: HTTP requests from the worker's loop, by curl's multi interface.
 */

#ifndef OSW_HTTP_H
#define OSW_HTTP_H

#include "core/campaign/os_action.h"
#include "osw.h"


typedef struct {
    int         status;         /* 0: no answer */
    int         timed_out;      /* it may have been carried out */
    int         not_sent;       /* it was certainly not: no byte of it left */
    int64_t     retry_after_ms; /* what the answer asks for, at most /retry's
                                 * most, or 0 */
    os_str_t    body;
    const char *why;            /* of status 0, in words */
} osw_answer_t;

/* Called once. The answer lives as long as the call. */
typedef void (*osw_answer_pt)(void *data, const osw_answer_t *answer);


int  osw_http_start(osw_t *w);
void osw_http_stop(osw_t *w);

/*
 * Sends; what it needs of the request is copied. `basic` (user:password) and
 * `bearer` may be NULL. Redirects are not followed.
 */
void osw_http_send(osw_t *w, const os_request_t *request, const char *basic,
    const char *bearer, int64_t timeout_ms, osw_answer_pt done, void *data);

/* What an answer of a provider means for the job that asked. */
osw_outcome_t osw_http_outcome(const osw_answer_t *answer);

#endif /* OSW_HTTP_H */
