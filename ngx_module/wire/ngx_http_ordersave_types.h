
/*
 * What the configuration says, and the types that rooms only point at. The
 * ground that all of ngx_module/ stands on.
 */

#ifndef _NGX_HTTP_ORDERSAVE_TYPES_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_TYPES_H_INCLUDED_


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


/* A store's name has so many characters at most. */
#define NGX_HTTP_ORDERSAVE_STORE_MAX  32


/* What is rare is not to cost what is frequent its registers. */
#define ngx_http_ordersave_noinline  __attribute__((noinline))

#define ngx_http_ordersave_os(s)  ((os_str_t) { (s).len, (char *) (s).data })


typedef struct ngx_http_ordersave_stats_s  ngx_http_ordersave_stats_t;
typedef struct ngx_http_ordersave_tally_s  ngx_http_ordersave_tally_t;
typedef struct ngx_http_ordersave_ctx_s  ngx_http_ordersave_ctx_t;
typedef struct ngx_http_ordersave_redis_s  ngx_http_ordersave_redis_t;
typedef struct ngx_http_ordersave_spool_s  ngx_http_ordersave_spool_t;
typedef struct ngx_http_ordersave_pages_s  ngx_http_ordersave_pages_t;
typedef struct ngx_http_ordersave_live_s  ngx_http_ordersave_live_t;
typedef struct ngx_http_ordersave_products_s  ngx_http_ordersave_products_t;
typedef struct ngx_http_ordersave_asset_s  ngx_http_ordersave_asset_t;
typedef struct ngx_http_ordersave_block_s  ngx_http_ordersave_block_t;
typedef struct ngx_http_ordersave_track_s  ngx_http_ordersave_track_t;
typedef struct ngx_http_ordersave_listener_s  ngx_http_ordersave_listener_t;
typedef struct ngx_http_ordersave_review_s  ngx_http_ordersave_review_t;
typedef struct ngx_http_ordersave_stop_s  ngx_http_ordersave_stop_t;
typedef struct ngx_http_ordersave_consent_s  ngx_http_ordersave_consent_t;
typedef struct ngx_http_ordersave_return_s  ngx_http_ordersave_return_t;
typedef struct ngx_http_ordersave_withdraw_s  ngx_http_ordersave_withdraw_t;
typedef struct ngx_http_ordersave_words_s  ngx_http_ordersave_words_t;
typedef struct ngx_http_ordersave_worn_s  ngx_http_ordersave_worn_t;


/* Of one kind of line in the log, see _seldom.h; zeroes at first. */
typedef struct {
    time_t                        next;         /* not before */
    ngx_uint_t                    left;         /* out, since the last one */
} ngx_http_ordersave_seldom_t;


/* Where to begin: a server, a node of a Cluster, a Sentinel. */
typedef struct {
    ngx_str_t                     host;         /* or the path of a socket, */
    in_port_t                     port;         /* with 0 */
} ngx_http_ordersave_seed_t;


/* What ordersave_redis says. */
typedef struct {
    ngx_array_t                  *seeds;        /* of …_seed_t */
    ngx_str_t                     master;       /* its name to Sentinels */
    ngx_int_t                     db;
    ngx_str_t                     user;
    ngx_str_t                     password;
    ngx_str_t                     sentinel_user;
    ngx_str_t                     sentinel_password;
    ngx_resolver_t               *resolver;     /* of http; NULL: none */
#if (NGX_HTTP_SSL)
    ngx_ssl_t                    *ssl;          /* NULL: plain */
    ngx_str_t                     ssl_name;     /* "": that of the node */
    ngx_str_t                     ssl_ca;       /* "": the system's */
    ngx_flag_t                    ssl_verify;
#endif
    ngx_msec_t                    timeout;      /* of a read; 50 ms */
    ngx_uint_t                    queue;        /* commands in line, at most */
    ngx_msec_t                    wait;         /* for a replica; 0: off */
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
    ngx_array_t                   shells;       /* of …_shell_t * */
    ngx_array_t                   apis;         /* of …_loc_conf_t *, */
    u_char                        letters[256]; /* and with what their paths
                                                 * begin, behind the slash */
    ngx_uint_t                    ingests;      /* locations that take in, */
    ngx_uint_t                    photos;       /* levels that keep photos, */
    ngx_uint_t                    inserters;    /* and that put into pages */
    ngx_uint_t                    watches;      /* levels that read bodies */
    ngx_array_t                   intakes;      /* of …_intake_t: which */
    ngx_uint_t                    live_max;     /* open panels of a process */
#if (NGX_THREADS)
    ngx_thread_pool_t            *threads;
#endif

    /* of this process */
    ngx_http_ordersave_redis_t   *redis;
    ngx_http_ordersave_spool_t   *spool;
    ngx_http_ordersave_live_t    *live;
} ngx_http_ordersave_main_conf_t;


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
    ngx_uint_t                    told;         /* why it was missed, by bits */
} ngx_http_ordersave_insert_t;


/* A campaign and what was made of it when the configuration was read. */
typedef struct {
    ngx_str_t                     path;
    ngx_str_t                     store;
    os_campaign_t                *campaign;
    ngx_http_ordersave_pages_t   *pages;
    ngx_http_ordersave_asset_t   *assets;       /* files that pages load */
    ngx_uint_t                    nstock;       /* keys that look asks for */
    ngx_array_t                  *blocks;       /* of …_block_t; may be NULL */
    ngx_http_ordersave_insert_t  *cancel;       /* one that leads to a cancel
                                                 * of ours; or NULL */
    ngx_http_ordersave_insert_t  *withdraw;     /* one that leads to where
                                                 * contracts are withdrawn
                                                 * from; or NULL */
    ngx_http_ordersave_words_t   *words;        /* of that page; may be NULL */
    unsigned                      mode_on:1;    /* "ordersave_mode" says so */
    unsigned                      mode_observe:1;
    ngx_uint_t                    api;          /* its pages have a place, */
    ngx_uint_t                    links;        /* and its short links */
    ngx_http_ordersave_tally_t   *tally;        /* its store's; may be NULL */
    const os_keys_t              *keys;         /* some level's; or NULL */
    ngx_uint_t                    feeds;        /* open in this process */
} ngx_http_ordersave_campaign_t;


typedef struct {
    ngx_str_t                     uri_text;
    ngx_http_complex_value_t     *uri;
    ngx_http_complex_value_t     *contains;     /* NULL: X-Ordersave-Order */
    ngx_msec_t                    timeout;
} ngx_http_ordersave_verify_t;


/* A page of the store that pages of ours come in. */
typedef struct {
    ngx_http_complex_value_t     *uri;
    os_anchor_t                   begin;        /* one element's beginning, */
    os_anchor_t                   end;          /* and its end */
    ngx_msec_t                    timeout;
    size_t                        size;         /* bytes, at most */
    ngx_uint_t                    used;         /* some level shows pages, */
    ngx_http_ordersave_campaign_t  *campaign;   /* of this campaign */
    u_char                       *file;         /* where it was asked for */
    ngx_uint_t                    line;
} ngx_http_ordersave_shell_t;


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
    ngx_http_ordersave_shell_t   *shell;
    ngx_array_t                  *bypass;       /* of complex values */
    ngx_http_complex_value_t     *locale;
    ngx_http_complex_value_t     *segment;
    ngx_http_complex_value_t     *staff;        /* who of the shop it is */

    /* what goes into the store's pages */
    ngx_http_complex_value_t     *track;
    ngx_array_t                  *anchors;      /* of os_anchor_t: the panel */
    os_anchor_t                  *shown;        /* NULL: none */
    ngx_array_t                  *blocks;       /* of …_insert_t: the blocks */
    ngx_array_t                  *inserts;      /* all of them, or NULL */
    ngx_uint_t                    alike;        /* they are blocks alone */
    uint32_t                      revision;     /* of what goes into all pages;
                                                 * 0: it is not always the same,
                                                 * or not known yet */
    ngx_hash_t                    types;
    ngx_array_t                  *types_keys;

    /* of a location that answers itself */
    ngx_flag_t                    api;
    ngx_http_core_loc_conf_t     *location;     /* that has the api on, */
    ngx_http_core_srv_conf_t     *server;       /* and its server; */
    os_str_t                      api_path;     /* how its addresses begin, */
    os_str_t                      short_path;   /* and short ones */
    ngx_str_t                     photos;       /* a folder; "" takes none */
    size_t                        photo_max;
    ngx_uint_t                    watches;      /* cancel is set, and not off */
    os_source_t                  *source;
    ngx_str_t                     source_name;
    ngx_str_t                     secret;
    ngx_str_t                     secret_file;  /* that has it, or "" */
    ngx_http_ordersave_seldom_t   refused;      /* webhooks */
    ngx_http_ordersave_seldom_t   slow;         /* answers of the store */
    ngx_uint_t                    status;
    ngx_uint_t                    prometheus;
    ngx_str_t                     file;         /* where the level begins */
    ngx_uint_t                    line;
} ngx_http_ordersave_loc_conf_t;


/* An "ordersave_ingest", where it stands. */
typedef struct {
    ngx_http_ordersave_loc_conf_t  *conf;
    ngx_http_core_loc_conf_t     *core;
    ngx_str_t                     file;
    ngx_uint_t                    line;
} ngx_http_ordersave_intake_t;


extern ngx_module_t  ngx_http_ordersave_module;


#endif /* _NGX_HTTP_ORDERSAVE_TYPES_H_INCLUDED_ */
