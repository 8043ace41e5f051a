
/*
 * What is known of a request.
 */

#ifndef _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_types.h"
#include "core/order/os_held.h"
#include "core/view/os_panel.h"


typedef ngx_int_t (*ngx_http_ordersave_resume_pt)(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);

typedef ngx_int_t (*ngx_http_ordersave_without_pt)(
    ngx_http_ordersave_ctx_t *ctx, ngx_http_ordersave_outcome_e outcome);


/* Who asks, for which order: as the request says it. */
typedef struct {
    ngx_str_t                       order_id;
    ngx_str_t                       proof;
    os_str_t                        segment;
    os_str_t                        locale;
    unsigned                        owner:1;
    unsigned                        ambiguous:1;    /* can be read two ways */
    unsigned                        json:1;     /* speaks our own contract, */
    unsigned                        dialog:1;   /* and shows our page in it */
    unsigned                        page:1;     /* a browser that navigates */
} ngx_http_ordersave_who_t;


/* What came as a form; see _body.c. */
typedef struct {
    os_buf_t                        body;       /* whole */
    unsigned                        post:1;
    unsigned                        read:1;
    unsigned                        large:1;    /* too large to be kept */
} ngx_http_ordersave_form_t;


/* What Redis says; see _order.c. */
typedef struct {
    os_order_t                     *order;
    json_t                         *decision;
    json_t                         *record;     /* the order, whole */
    int64_t                        *stock;      /* one an offer; -1: any */
    os_held_t                      *held;       /* by pages shown before */
    int64_t                         until;      /* s; that stands so long, and
                                                 * with it the page. 0: all */
    uint64_t                        offers;     /* bit i: offer i is shown */
    ngx_http_ordersave_products_t  *products;
} ngx_http_ordersave_known_t;


/* What was shown, and what is made of it; see _show.c and _accept.c. */
typedef struct {
    json_t                         *token;
    ngx_str_t                       text;       /* the token as it came */
    ngx_str_t                       action;     /* the cancel's own address */
    ngx_str_t                       offer;
    const char                     *arm;
    ngx_str_t                       reason;
    ngx_str_t                       comment;
    json_t                         *said;       /* filled in: {field: text} */
    json_t                         *wrong;      /* what of it cannot be taken */
    ngx_str_t                       filled;     /* and with which offer */
    json_t                         *taken;      /* the decision being made */
    ngx_str_t                       event;      /* of it, in the stream; "":
                                                 * not known, or taken up */
    ngx_msec_t                      take_up;    /* when it is looked for */
    unsigned                        reserved:1; /* the customer's limit */
} ngx_http_ordersave_choice_t;


/* A wait; see _wait.c. */
typedef struct {
    os_command_t                   *command;
    ngx_event_t                     timer;
    void                          (*work)(void *data);
    void                           *data;       /* the work's */
    ngx_http_request_t             *subrequest;
    ngx_msec_t                      until;
    ngx_http_ordersave_resume_pt    resume;
    ngx_http_ordersave_resume_pt    then;       /* of who asked for more */
    os_str_t                        holds;      /* what the store's answer has
                                                 * to; NULL: a header */
    ngx_int_t                       rc;
    unsigned                        on:1;
    unsigned                        done:1;     /* rc is the answer */
    unsigned                        guarded:1;  /* it ends with the request */
    unsigned                        verified:1; /* the subrequest is over */
    unsigned                        heard:1;    /* the store said yes or no */
    unsigned                        held:1;     /* nginx is not to end it */
    unsigned                        ended:1;    /* but wanted to */
    unsigned                        write:1;    /* the command is no look-up */
} ngx_http_ordersave_wait_t;


/* A page under ordersave_api; its address holds a token, kept from the logs. */
typedef struct {
    ngx_str_t                       path;
    ngx_str_t                       link;       /* with the token that a cookie
                                                 * has; "": the path has it */
    ngx_str_t                       number;
    const char                     *purpose;    /* of what it is looked up */
    ngx_str_t                       version;    /* of what is shown */
    ngx_http_ordersave_resume_pt    visit;      /* the page, its order there */
    ngx_http_ordersave_resume_pt    blind;      /* without it: Redis is away.
                                                 * NULL: "later" */
    os_eyes_t                       eyes;       /* what he may see */
    ngx_uint_t                      uri_changes;    /* left, of the request */
    ngx_uint_t                      secret;     /* stands in the address */
    ngx_int_t                       safe;       /* became of an event */
    ngx_http_ordersave_consent_t   *consent;
    ngx_http_ordersave_listener_t  *listener;
    ngx_http_ordersave_review_t    *review;
    ngx_http_ordersave_stop_t      *stop;
    ngx_http_ordersave_return_t    *back;
    ngx_http_ordersave_withdraw_t  *withdraw;
} ngx_http_ordersave_hosted_t;


/*
 * What is known of a request. It hangs on a pool cleanup as well as on the
 * module's slot: internal redirects (try_files, error_page) wipe the slot,
 * and a decision must not be taken twice.
 */
struct ngx_http_ordersave_ctx_s {
    ngx_http_request_t             *request;
    ngx_http_ordersave_loc_conf_t  *conf;
    ngx_http_ordersave_outcome_e    outcome;
    ngx_http_ordersave_who_t        who;
    ngx_http_ordersave_form_t       form;
    ngx_http_ordersave_known_t      known;
    ngx_http_ordersave_choice_t     choice;
    ngx_http_ordersave_wait_t       wait;
    ngx_http_ordersave_hosted_t     hosted;
    ngx_http_ordersave_track_t     *track;
    ngx_http_ordersave_worn_t      *worn;       /* the store's page, in which
                                                 * ours is sent, */
    const char                     *shell;      /* and what became of that */
    ngx_http_ordersave_without_pt   without;    /* there is no store that could
                                                 * get the request: instead */
    unsigned                        observe:1;
    unsigned                        finished:1; /* never meet it again */
    unsigned                        ours:1;     /* we have answered it */
};


/* Of a decision, for the debug log: why it is this one. */
#define ngx_http_ordersave_why(ctx, text)                                     \
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, (ctx)->request->connection->log, 0,    \
                   "ordersave: order \"%V\": %s", &(ctx)->who.order_id,       \
                   (const char *) (text))


/* Of a request that was redirected within nginx; see below. */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_find_ctx(ngx_http_request_t *r);

/* Finds it after an internal redirect as well; NULL: there is none. */
static ngx_inline ngx_http_ordersave_ctx_t *
ngx_http_ordersave_get_ctx(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_ordersave_module);

    return ctx || !(r->internal || r->filter_finalize)
           ? ctx : ngx_http_ordersave_find_ctx(r);
}


/* Finds or makes it; NULL without memory. */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_make_ctx(ngx_http_request_t *r);

/*
 * A new one, though there may be one: the request was redirected into another
 * flow. What the old one still has to say it says when the request ends.
 */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_new_ctx(ngx_http_request_t *r);

/* What became of the request; the first word is counted. */
void ngx_http_ordersave_set_outcome(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);

/* The same of a page about an order, unless something was said before. */
void ngx_http_ordersave_note(ngx_http_ordersave_ctx_t *ctx, os_str_t order,
    ngx_http_ordersave_outcome_e outcome);


#endif /* _NGX_HTTP_ORDERSAVE_CTX_H_INCLUDED_ */
