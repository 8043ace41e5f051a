
/*
 * What is known of a request.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_types.h"


typedef ngx_int_t (*ngx_http_ordersave_resume_pt)(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);


/*
 * What is known of a request. It hangs on a pool cleanup as well as on the
 * module's slot: internal redirects (try_files, error_page) wipe the slot,
 * and a decision must not be taken twice.
 */
struct ngx_http_ordersave_ctx_s {
    ngx_http_request_t             *request;
    ngx_http_ordersave_loc_conf_t  *conf;
    ngx_http_ordersave_outcome_e    outcome;

    /* who and what, as the request says it */
    ngx_str_t                       order_id;
    ngx_str_t                       proof;
    os_str_t                        segment;
    os_str_t                        locale;
    os_buf_t                        body;       /* of a POST, whole */

    /* what Redis says */
    os_order_t                     *order;
    json_t                         *decision;
    json_t                         *record;     /* the order, whole */
    int64_t                        *stock;      /* one an offer; -1: any */
    uint64_t                        offers;     /* bit i: offer i is shown */

    /* what was shown, or is being taken */
    json_t                         *token;
    ngx_str_t                       token_text;
    ngx_str_t                       action;     /* the cancel's own address */
    ngx_str_t                       offer;
    const char                     *arm;
    ngx_str_t                       reason;
    ngx_str_t                       comment;
    json_t                         *taken;      /* the decision being made */

    /* a wait; see _wait.c */
    os_command_t                   *waiting;
    ngx_event_t                     timer;
    ngx_http_request_t             *subrequest;
    ngx_msec_t                      until;
    ngx_http_ordersave_resume_pt    resume;
    ngx_http_ordersave_resume_pt    then;       /* of who asked for more */
    ngx_int_t                       rc;

    /* a page of ours: its own address with its token, kept from the logs */
    ngx_str_t                       path;
    ngx_str_t                       number;
    void                           *listener;   /* of _live.c */
    void                           *track;      /* of _track.c */
    ngx_http_ordersave_products_t  *products;
    ngx_str_t                       version;    /* of what is shown */

    unsigned                        observe:1;
    unsigned                        owner:1;
    unsigned                        reserved:1; /* the customer's limit */
    unsigned                        json:1;     /* speaks our own contract */
    unsigned                        page:1;     /* a browser that navigates */
    unsigned                        post:1;
    unsigned                        ambiguous:1;
    unsigned                        verified:1; /* the subrequest is over */
    unsigned                        waits:1;
    unsigned                        guarded:1;  /* a wait ends with it */
    unsigned                        done:1;     /* rc is the answer */
    unsigned                        finished:1; /* never meet it again */
    unsigned                        ours:1;     /* we have answered it */
    unsigned                        body_read:1;
    unsigned                        body_large:1;
};


/* Finds it after an internal redirect as well; NULL: there is none. */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_get_ctx(ngx_http_request_t *r);

/* Finds or makes it; NULL without memory. */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_make_ctx(ngx_http_request_t *r);

/* What became of the request; the first word is counted. */
void ngx_http_ordersave_set_outcome(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);


#endif /* _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_ */
