/*
 * osw_api: the store's own API, as its campaign says that it is spoken to.
 */

#ifndef OSW_API_H
#define OSW_API_H

#include "core/order/os_task.h"
#include "worker/osw_http.h"


typedef enum {
    OSW_READ_OK = 0,
    OSW_READ_GONE,          /* the store has no such order */
    OSW_READ_NONE,          /* this campaign has no API */
    OSW_READ_LATER,         /* no answer, or not now */
    OSW_READ_BAD            /* an answer that is no order */
} osw_read_kind_t;

typedef struct {
    osw_read_kind_t   kind;
    json_t           *order;        /* canonical, complete; of OK */
    json_t           *raw;          /* as the store wrote it; of OK */
    int64_t           retry_after_ms;
    const char       *why;
    osw_how_t         how;          /* the store's API was */
} osw_read_t;

typedef void (*osw_read_pt)(void *data, const osw_read_t *read);


/* Reads an order; the result lives as long as the call. */
void osw_api_read(osw_t *w, osw_store_t *store, os_str_t order_id,
    osw_read_pt done, void *data);

/*
 * One call of the campaign over a view; `may` as of osw_http_send(). A call
 * that cannot be expanded answers status 0, not sent, with the reason.
 */
void osw_api_call(osw_t *w, osw_store_t *store, const json_t *call,
    json_t *view, osw_may_pt may, osw_answer_pt done, void *data);

/*
 * A request that is expanded, with the headers and the key of the store's API.
 */
void osw_api_send(osw_t *w, const osw_store_t *store, os_request_t *request,
    int64_t timeout_ms, osw_may_pt may, osw_answer_pt done, void *data);

/*
 * How long the store may go on with a request whose caller has left, in ms.
 */
int64_t osw_api_within(const osw_store_t *store);

/*
 * A read said that there is no such order. A store that is being set up anew
 * says so of all: 0 when it has said it of this job for that long; else ms
 * after which to ask again. The job remembers since when.
 */
int64_t osw_api_gone(const osw_store_t *store, os_task_t *task,
    int64_t now_ms);

/* Its name as a provider; NULL: there is none. Borrowed. */
const char *osw_api_provider(const osw_store_t *store);

/*
 * "the store's API at HOST said 401: its words", as far as there are some; cut
 * to size.
 */
void osw_api_said(const osw_store_t *store, const osw_answer_t *answer,
    char *out, size_t size);

/* Was that answer a yes for this call? */
int osw_api_yes(const json_t *call, int status);

#endif /* OSW_API_H */
