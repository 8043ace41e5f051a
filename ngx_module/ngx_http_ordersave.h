
/*
 * What the files of the module share. Each file is one room: the flow of a
 * cancel is in ngx_http_ordersave_cancel.c, top to bottom.
 */

#ifndef _NGX_HTTP_ORDERSAVE_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/html/os_anchor.h"
#include "core/campaign/os_campaign.h"
#include "core/base/os_form.h"
#include "core/order/os_rules.h"
#include "core/order/os_source.h"
#include "core/order/os_token.h"
#include "core/view/os_view.h"
#include "redis/os_space.h"
#include "redis/os_link.h"
#include "redis/os_script_shop.h"


#ifndef OS_SHARE
#define OS_SHARE  "/usr/share/ordersave"
#endif


/* One word for the access log: what was shown, or why it passed. */
typedef enum {
    NGX_HTTP_ORDERSAVE_NONE = 0,        /* not watched, or not a cancel */
    NGX_HTTP_ORDERSAVE_OFFER,
    NGX_HTTP_ORDERSAVE_GENERIC,
    NGX_HTTP_ORDERSAVE_KEPT,
    NGX_HTTP_ORDERSAVE_ACCEPTED,
    NGX_HTTP_ORDERSAVE_ASKED,
    NGX_HTTP_ORDERSAVE_ASKED_PAGE,
    NGX_HTTP_ORDERSAVE_GONE,
    NGX_HTTP_ORDERSAVE_EXPIRED,
    NGX_HTTP_ORDERSAVE_UNKNOWN_YET,
    NGX_HTTP_ORDERSAVE_PREFETCH,
    NGX_HTTP_ORDERSAVE_PASS_OBSERVE,
    NGX_HTTP_ORDERSAVE_PASS_BYPASS,
    NGX_HTTP_ORDERSAVE_PASS_AMBIGUOUS,
    NGX_HTTP_ORDERSAVE_PASS_NOT_PAGE,
    NGX_HTTP_ORDERSAVE_PASS_BODY,
    NGX_HTTP_ORDERSAVE_PASS_REDIS,
    NGX_HTTP_ORDERSAVE_PASS_UNKNOWN_ORDER,
    NGX_HTTP_ORDERSAVE_PASS_OWNER,
    NGX_HTTP_ORDERSAVE_PASS_RULES,
    NGX_HTTP_ORDERSAVE_PASS_HOLDOUT,
    NGX_HTTP_ORDERSAVE_PASS_DECIDED,
    NGX_HTTP_ORDERSAVE_PASS_ERROR,
    NGX_HTTP_ORDERSAVE_OUTCOMES
} ngx_http_ordersave_outcome_e;


/* Counters that are not outcomes. */
typedef enum {
    NGX_HTTP_ORDERSAVE_EVENTS_SENT = 0,
    NGX_HTTP_ORDERSAVE_EVENTS_SPOOLED,
    NGX_HTTP_ORDERSAVE_EVENTS_DRAINED,
    NGX_HTTP_ORDERSAVE_EVENTS_LOST,
    NGX_HTTP_ORDERSAVE_REDIS_TIMEOUTS,
    NGX_HTTP_ORDERSAVE_REDIS_BREAKS,
    NGX_HTTP_ORDERSAVE_INGEST_TAKEN,
    NGX_HTTP_ORDERSAVE_INGEST_REFUSED,
    NGX_HTTP_ORDERSAVE_SPLICE_DONE,         /* something went into a page */
    NGX_HTTP_ORDERSAVE_SPLICE_MISSED,       /* no sure anchor in the page */
    NGX_HTTP_ORDERSAVE_SPLICE_COMPRESSED,   /* the store compressed it */
    NGX_HTTP_ORDERSAVE_LIVE_OPENED,
    NGX_HTTP_ORDERSAVE_LIVE_REFUSED,
    NGX_HTTP_ORDERSAVE_COUNTERS
} ngx_http_ordersave_counter_e;


/* Lives in shared memory; a process that dies cannot hold a lock here. */
typedef struct {
    ngx_atomic_t                  outcomes[NGX_HTTP_ORDERSAVE_OUTCOMES];
    ngx_atomic_t                  counters[NGX_HTTP_ORDERSAVE_COUNTERS];
} ngx_http_ordersave_stats_t;


typedef struct ngx_http_ordersave_redis_s  ngx_http_ordersave_redis_t;
typedef struct ngx_http_ordersave_spool_s  ngx_http_ordersave_spool_t;
typedef struct ngx_http_ordersave_pages_s  ngx_http_ordersave_pages_t;
typedef struct ngx_http_ordersave_live_s  ngx_http_ordersave_live_t;
typedef struct ngx_http_ordersave_products_s  ngx_http_ordersave_products_t;
typedef struct ngx_http_ordersave_block_s  ngx_http_ordersave_block_t;


/* What ordersave_redis says. */
typedef struct {
    ngx_addr_t                   *addr;         /* NULL: sentinels know it */
    ngx_str_t                     name;
    ngx_array_t                  *sentinels;    /* of ngx_addr_t */
    ngx_str_t                     master;       /* its name to them */
    ngx_int_t                     db;
    ngx_str_t                     user;
    ngx_str_t                     password;
    ngx_msec_t                    timeout;      /* of a read; 50 ms */
    ngx_uint_t                    queue;        /* commands in line, at most */
    os_space_t                    space;
} ngx_http_ordersave_server_t;


typedef struct {
    ngx_http_ordersave_server_t  *server;
    ngx_str_t                     spool_path;
    off_t                         spool_max;
    ngx_str_t                     share;
    ngx_shm_zone_t               *zone;
    ngx_http_ordersave_stats_t   *stats;
    ngx_array_t                   campaigns;    /* of …_campaign_t * */
    ngx_array_t                   apis;         /* of …_loc_conf_t * */
    ngx_uint_t                    ingests;      /* locations that take in */
    ngx_uint_t                    live_max;     /* open panels of a process */
#if (NGX_THREADS)
    ngx_thread_pool_t            *threads;
#endif

    /* of this process */
    ngx_http_ordersave_redis_t   *redis;
    ngx_http_ordersave_spool_t   *spool;
    ngx_http_ordersave_live_t    *live;
} ngx_http_ordersave_main_conf_t;


/* A campaign and what was made of it when the configuration was read. */
typedef struct {
    ngx_str_t                     path;
    ngx_str_t                     store;
    os_campaign_t                *campaign;
    ngx_http_ordersave_pages_t   *pages;
    ngx_uint_t                    nstock;       /* keys that look asks for */
    ngx_array_t                  *blocks;       /* of …_block_t; may be NULL */
    ngx_uint_t                    api;          /* its pages have a place */
} ngx_http_ordersave_campaign_t;


/*
 * One thing to put into pages: a block of the campaign, or, with an empty
 * name, the tracking panel. The anchors are alternatives: the first that
 * matches in the page.
 */
typedef struct {
    ngx_str_t                     block;
    ngx_array_t                  *anchors;      /* of os_anchor_t */
    u_char                       *file;         /* where it was asked for */
    ngx_uint_t                    line;
} ngx_http_ordersave_splice_t;


typedef struct {
    ngx_str_t                     uri_text;
    ngx_http_complex_value_t     *uri;
    ngx_http_complex_value_t     *contains;     /* NULL: X-Ordersave-Order */
    ngx_msec_t                    timeout;
} ngx_http_ordersave_verify_t;


typedef struct {
    ngx_str_t                     store;
    ngx_http_ordersave_campaign_t  *campaign;
    os_keys_t                    *keys;
    ngx_http_complex_value_t     *mode;
    ngx_http_complex_value_t     *cancel;
    ngx_str_t                     cancel_has;   /* it is $ordersave_has_NAME */
    ngx_http_complex_value_t     *order_id;
    ngx_str_t                     order_by;     /* alias kind; "" for the id */
    ngx_http_complex_value_t     *proof;
    ngx_http_complex_value_t     *email;        /* a proof of panels */
    ngx_http_ordersave_verify_t  *verify;
    ngx_array_t                  *bypass;       /* of complex values */
    ngx_http_complex_value_t     *locale;
    ngx_http_complex_value_t     *segment;

    /* what goes into the store's pages */
    ngx_http_complex_value_t     *track;
    ngx_array_t                  *anchors;      /* of os_anchor_t: the panel */
    os_anchor_t                  *shown;        /* NULL: none */
    ngx_array_t                  *inserts;      /* of …_splice_t: the blocks */
    ngx_array_t                  *splices;      /* all of them, or NULL */
    ngx_hash_t                    types;
    ngx_array_t                  *types_keys;

    /* of a location that answers itself */
    ngx_flag_t                    api;
    ngx_http_core_loc_conf_t     *location;     /* that has the api on */
    ngx_str_t                     photos;       /* a folder; "" takes none */
    size_t                        photo_max;
    ngx_uint_t                    watches;      /* cancel is set, and not off */
    os_source_t                  *source;
    ngx_str_t                     source_name;
    ngx_str_t                     secret;
    ngx_uint_t                    status;
    ngx_uint_t                    prometheus;
    ngx_str_t                     file;         /* where the level begins */
    ngx_uint_t                    line;
} ngx_http_ordersave_loc_conf_t;


typedef struct ngx_http_ordersave_ctx_s  ngx_http_ordersave_ctx_t;

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
    ngx_int_t                     (*resume)(ngx_http_ordersave_ctx_t *ctx,
                                        redisReply *reply);
    ngx_int_t                       rc;

    /* a page of ours: its own address with its token, kept from the logs */
    ngx_str_t                       path;
    ngx_str_t                       number;
    void                           *listener;   /* of _live.c */
    void                           *track;      /* of _track.c */
    ngx_http_ordersave_products_t  *products;
    ngx_str_t                       version;    /* of what is shown */
    ngx_int_t                     (*visit)(ngx_http_ordersave_ctx_t *ctx,
                                        redisReply *reply);

    unsigned                        observe:1;
    unsigned                        owner:1;
    unsigned                        reserved:1; /* the customer's limit */
    unsigned                        json:1;     /* speaks our own contract */
    unsigned                        page:1;     /* a browser that navigates */
    unsigned                        post:1;
    unsigned                        ambiguous:1;
    unsigned                        verified:1; /* the subrequest is over */
    unsigned                        waits:1;
    unsigned                        done:1;     /* rc is the answer */
    unsigned                        finished:1; /* never meet it again */
    unsigned                        asked:1;    /* record the answer */
    unsigned                        body_read:1;
    unsigned                        body_large:1;
};


extern ngx_module_t  ngx_http_ordersave_module;


/* _conf.c */
extern ngx_command_t  ngx_http_ordersave_commands[];

void *ngx_http_ordersave_create_main_conf(ngx_conf_t *cf);
void *ngx_http_ordersave_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_ordersave_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* After the whole configuration was read. */
ngx_int_t ngx_http_ordersave_load_campaigns(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);
ngx_int_t ngx_http_ordersave_check_apis(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);
ngx_int_t ngx_http_ordersave_check_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_ordersave_spool_folder(ngx_conf_t *cf,
    ngx_http_ordersave_main_conf_t *mcf);


/* _module.c */
ngx_http_ordersave_ctx_t *ngx_http_ordersave_get_ctx(ngx_http_request_t *r);
ngx_http_ordersave_ctx_t *ngx_http_ordersave_make_ctx(ngx_http_request_t *r);
void ngx_http_ordersave_set_outcome(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);
const char *ngx_http_ordersave_outcome_word(ngx_uint_t outcome);
void ngx_http_ordersave_count(ngx_http_ordersave_counter_e counter);
ngx_http_ordersave_main_conf_t *ngx_http_ordersave_main(void);
ngx_str_t ngx_http_ordersave_header(ngx_http_request_t *r, const char *name);

/* The value of a complex value, OS_NULL for none or an empty one. */
os_str_t ngx_http_ordersave_value(ngx_http_request_t *r,
    ngx_http_complex_value_t *value);

#define ngx_http_ordersave_os(s)  ((os_str_t) { (s).len, (char *) (s).data })


/* _redis.c: the connections of this process */
ngx_int_t ngx_http_ordersave_redis_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);
void ngx_http_ordersave_redis_stop(ngx_http_ordersave_redis_t *redis);

/*
 * Sends a command, which is the connections' from then on. Its handler is
 * called once, with a reply or (link down, `timeout` milliseconds passed, or
 * an error that a retry may mend) with NULL. A `write` goes over the
 * connection for writes and keeps a closing process alive until answered.
 * NGX_ERROR: not sent; the handler will not be called, the command stays the
 * caller's.
 */
ngx_int_t ngx_http_ordersave_redis_send(ngx_http_ordersave_redis_t *redis,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout);

/* GET of NAME:STORE/KIND/VALUE, as far as they are given; NULL: no memory. */
os_command_t *ngx_http_ordersave_get(ngx_http_ordersave_loc_conf_t *conf,
    const char *name, os_str_t kind, os_str_t value);

/* Sends a command whose reply nobody waits for; NULL is nothing. */
void ngx_http_ordersave_redis_tell(os_command_t *cmd);

/* Names the node that is spoken to now; NGX_DECLINED while there is none. */
ngx_int_t ngx_http_ordersave_redis_where(ngx_http_ordersave_redis_t *redis,
    ngx_peer_connection_t *peer);
ngx_uint_t ngx_http_ordersave_redis_is_up(ngx_http_ordersave_redis_t *redis);


/*
 * _record.c: events go into Redis, or into the spool when it does not take
 * them. `safe` (may be NULL) is called once: NGX_OK when Redis has it or the
 * spool has it on disk, NGX_ERROR when neither could take it.
 */
typedef void (*ngx_http_ordersave_safe_pt)(void *data, ngx_int_t rc);

json_t *ngx_http_ordersave_event(os_str_t store, os_str_t order,
    const char *kind);
void ngx_http_ordersave_event_text(os_str_t store, os_str_t order,
    const char *kind, os_buf_t *out);   /* without the closing brace */
void ngx_http_ordersave_record_text(os_str_t store, os_str_t order,
    os_buf_t *event, ngx_http_ordersave_safe_pt safe, void *data);
ngx_int_t ngx_http_ordersave_random(uint8_t *out, size_t len);
void ngx_http_ordersave_record(os_str_t store, os_str_t order,
    json_t *event, ngx_http_ordersave_safe_pt safe, void *data);
void ngx_http_ordersave_record_inbox(os_str_t store, os_str_t source,
    os_str_t id, os_str_t topic, os_str_t body,
    ngx_http_ordersave_safe_pt safe, void *data);

/* Any other command that may be repeated: sent, or spooled. It is taken. */
void ngx_http_ordersave_record_command(os_command_t *cmd);


/* _spool.c: commands that wait on disk for Redis */
ngx_int_t ngx_http_ordersave_spool_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);
void ngx_http_ordersave_spool_stop(ngx_http_ordersave_spool_t *spool);
ngx_int_t ngx_http_ordersave_spool_add(ngx_http_ordersave_spool_t *spool,
    unsigned shard, os_str_t command);

/* fsyncs what was added, in nginx' thread pool where there is one. */
void ngx_http_ordersave_spool_sync(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_safe_pt safe, void *data);


/* _body.c: the visitor's body, and what of it is ours */
ngx_int_t ngx_http_ordersave_read_body(ngx_http_request_t *r,
    ngx_http_client_body_handler_pt handler);
void ngx_http_ordersave_comment(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out);
ngx_int_t ngx_http_ordersave_body_bytes(ngx_http_request_t *r, size_t max,
    os_buf_t *out);
ngx_int_t ngx_http_ordersave_body_cut(ngx_http_request_t *r, os_str_t keep);
void ngx_http_ordersave_body_drop(ngx_http_request_t *r);


/* _headers.c: names end with NULL; "*-X" stands for all that end so, "x*" for
   all that begin so */
ngx_uint_t ngx_http_ordersave_header_is(ngx_table_elt_t *h,
    const char *const *names);

/* Out of the request, and out of an answer or its trailers. */
void ngx_http_ordersave_headers_drop(ngx_http_headers_in_t *in,
    ngx_pool_t *pool, const char *const *names);
void ngx_http_ordersave_headers_hide(ngx_list_t *headers,
    const char *const *names);

/* Is the answer a page to put something into, and can it be read? */
ngx_uint_t ngx_http_ordersave_may_change(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);
ngx_uint_t ngx_http_ordersave_is_compressed(ngx_http_request_t *r);

/* It will be: its headers say nothing that is not true of what goes out. */
ngx_int_t ngx_http_ordersave_changed(ngx_http_request_t *r);
void ngx_http_ordersave_hide_digests(ngx_list_t *headers);


/* _page.c: what we answer ourselves */
ngx_int_t ngx_http_ordersave_pages_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, const char *share);
os_speak_t ngx_http_ordersave_speak(ngx_http_ordersave_campaign_t *c,
    os_str_t locale);
ngx_int_t ngx_http_ordersave_render(ngx_http_ordersave_campaign_t *c,
    const char *name, os_str_t locale, json_t *view, os_buf_t *html);
os_mold_t *ngx_http_ordersave_mold_find(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape);
void ngx_http_ordersave_mold_keep(ngx_http_ordersave_campaign_t *c,
    os_str_t locale, os_str_t shape, os_mold_t *mold);
ngx_int_t ngx_http_ordersave_send_html(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c, const char *name, os_str_t locale,
    ngx_uint_t status, os_buf_t *html);
ngx_int_t ngx_http_ordersave_send_page(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c, const char *name, os_str_t locale,
    ngx_uint_t status, json_t *view);
ngx_int_t ngx_http_ordersave_send_json(ngx_http_request_t *r,
    ngx_uint_t status, json_t *json);
ngx_int_t ngx_http_ordersave_send_text(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, os_buf_t *text);
ngx_int_t ngx_http_ordersave_send_redirect(ngx_http_request_t *r,
    os_str_t location);
ngx_int_t ngx_http_ordersave_send_asset(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c, os_str_t name);

/* Before the answer: its ETag. An answer without a body. */
ngx_int_t ngx_http_ordersave_send_etag(ngx_http_request_t *r, os_str_t etag);
ngx_int_t ngx_http_ordersave_send_nothing(ngx_http_request_t *r,
    ngx_uint_t status);
ngx_int_t ngx_http_ordersave_send_stream(ngx_http_request_t *r,
    const char *type);
ngx_int_t ngx_http_ordersave_send_preload(ngx_http_request_t *r,
    ngx_http_ordersave_campaign_t *c);
ngx_int_t ngx_http_ordersave_chain(ngx_http_request_t *r, os_buf_t *html,
    ngx_chain_t **out);


/*
 * _insert.c: what goes into pages of the store. The filter asks, for each
 * splice of the location, `wanted` once, when the answer's header is there:
 * NGX_OK or NGX_DECLINED. When the anchor is met it asks for the `content`,
 * once: NGX_OK with *out, a chain of the request's pool that may be empty, or
 * NGX_DECLINED: nothing goes in. `shown` is the text of the element that
 * ordersave_shown names, as the page shows it before the anchor, or empty;
 * it is gone after the call.
 *
 * NGX_ERROR ends the request.
 */
ngx_int_t ngx_http_ordersave_splice_wanted(ngx_http_request_t *r,
    ngx_http_ordersave_splice_t *splice);
ngx_int_t ngx_http_ordersave_splice_content(ngx_http_request_t *r,
    ngx_http_ordersave_splice_t *splice, os_str_t shown, ngx_chain_t **out);

ngx_int_t ngx_http_ordersave_block_use(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, ngx_http_ordersave_splice_t *splice);
ngx_int_t ngx_http_ordersave_blocks_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c, const char *share);

/* _filter.c: this answer is ours and no page of the store */
void ngx_http_ordersave_splice_never(ngx_http_request_t *r);

/* The block "products" is about an order: what fits it, as the panel has. */
ngx_uint_t ngx_http_ordersave_is_products(
    const ngx_http_ordersave_splice_t *splice);

/* Before the store is asked: it is not to compress what we read. */
void ngx_http_ordersave_splice_prepare(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);


/*
 * _track.c: the panel, as the two above. `track_on`: what ordersave_track
 * says for this request.
 */
ngx_uint_t ngx_http_ordersave_track_on(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);

/*
 * Before the store is asked: the order is looked up while the store works.
 * NGX_DECLINED: the request goes on; NGX_DONE: once its body is read.
 */
ngx_int_t ngx_http_ordersave_track_begin(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);
void ngx_http_ordersave_track_end(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_track_wanted(ngx_http_request_t *r);
ngx_int_t ngx_http_ordersave_track_content(ngx_http_request_t *r,
    os_str_t shown, ngx_chain_t **out);
ngx_int_t ngx_http_ordersave_track_products(ngx_http_request_t *r,
    os_str_t shown, ngx_chain_t **out);


/*
 * _wait.c: a request that waits for Redis. Each returns what the phase
 * handler is to return: NGX_AGAIN while waiting. `resume` gets the reply, or
 * NULL when none came.
 */
typedef ngx_int_t (*ngx_http_ordersave_resume_pt)(
    ngx_http_ordersave_ctx_t *ctx, redisReply *reply);

ngx_int_t ngx_http_ordersave_ask(ngx_http_ordersave_ctx_t *ctx,
    os_command_t *cmd, ngx_uint_t write, ngx_msec_t timeout,
    ngx_http_ordersave_resume_pt resume);
ngx_int_t ngx_http_ordersave_wait(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_resume_pt resume);
ngx_int_t ngx_http_ordersave_sleep(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t ms, ngx_http_ordersave_resume_pt resume);
void ngx_http_ordersave_wake(ngx_http_ordersave_ctx_t *ctx, redisReply *reply);
void ngx_http_ordersave_detach(ngx_http_ordersave_ctx_t *ctx);


/*
 * _products.c: what fits an order. `ask` begins (NULL: there is nothing to
 * ask); all hangs on the request's pool. `wait` says whether any answer is
 * still out; `done` is then called once, when the last is in. The products so
 * far are id → product, borrowed.
 */
ngx_http_ordersave_products_t *ngx_http_ordersave_products_ask(
    ngx_http_request_t *r, ngx_http_ordersave_loc_conf_t *conf,
    const json_t *record);
ngx_uint_t ngx_http_ordersave_products_wait(ngx_http_ordersave_products_t *p,
    void (*done)(void *data), void *data);
const json_t *ngx_http_ordersave_products(
    const ngx_http_ordersave_products_t *p);


/* flows */
ngx_int_t ngx_http_ordersave_cancel_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);
ngx_int_t ngx_http_ordersave_pass(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);
ngx_int_t ngx_http_ordersave_meet(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
ngx_int_t ngx_http_ordersave_kept(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_show(ngx_http_ordersave_ctx_t *ctx,
    ngx_http_ordersave_outcome_e outcome);
ngx_int_t ngx_http_ordersave_headless(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
ngx_int_t ngx_http_ordersave_posted(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
ngx_str_t ngx_http_ordersave_copy(ngx_http_request_t *r, os_str_t s);
json_t *ngx_http_ordersave_parse(redisReply *reply);
ngx_int_t ngx_http_ordersave_again(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t (*begin)(ngx_http_ordersave_ctx_t *ctx));
ngx_int_t ngx_http_ordersave_cancel_answer(ngx_http_ordersave_ctx_t *ctx,
    ngx_int_t rc);
ngx_int_t ngx_http_ordersave_accept(ngx_http_ordersave_ctx_t *ctx,
    os_str_t offer);
ngx_int_t ngx_http_ordersave_look(ngx_http_ordersave_ctx_t *ctx,
    ngx_msec_t timeout, ngx_http_ordersave_resume_pt resume);
ngx_int_t ngx_http_ordersave_looked(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
void ngx_http_ordersave_answered(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_ingest_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_ordersave_api_handler(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf);
ngx_int_t ngx_http_ordersave_api_expired(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_visit(ngx_http_ordersave_ctx_t *ctx,
    os_str_t path);
ngx_uint_t ngx_http_ordersave_is_kept(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_kept_visit(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
void ngx_http_ordersave_visit_locale(ngx_http_ordersave_ctx_t *ctx);
ngx_int_t ngx_http_ordersave_visit_page(ngx_http_ordersave_ctx_t *ctx,
    const char *name, ngx_uint_t status, json_t *view);
ngx_int_t ngx_http_ordersave_review(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
ngx_int_t ngx_http_ordersave_solved(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
ngx_int_t ngx_http_ordersave_photo(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
ngx_int_t ngx_http_ordersave_leave(ngx_http_ordersave_ctx_t *ctx,
    os_str_t token);
ngx_int_t ngx_http_ordersave_visit_short(ngx_http_ordersave_ctx_t *ctx,
    os_str_t code);
ngx_int_t ngx_http_ordersave_live(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply);
ngx_int_t ngx_http_ordersave_live_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf);
void ngx_http_ordersave_live_stop(ngx_http_ordersave_live_t *live);
ngx_int_t ngx_http_ordersave_status_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_ORDERSAVE_H_INCLUDED_ */
