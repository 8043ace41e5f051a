
/*
 * Counting, in memory that all processes share: what became of requests, and
 * what else happened since nginx started.
 */

#ifndef _NGX_HTTP_ORDERSAVE_STATS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_STATS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


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
    NGX_HTTP_ORDERSAVE_PANEL,           /* in a page of the store */
    NGX_HTTP_ORDERSAVE_PANEL_LATE,      /* a place for it: Redis was later */
    NGX_HTTP_ORDERSAVE_PANEL_STRANGER,  /* it is not this visitor's order */
    NGX_HTTP_ORDERSAVE_PAGE,            /* one that a link opened */
    NGX_HTTP_ORDERSAVE_FOUND,           /* by the lookup form */
    NGX_HTTP_ORDERSAVE_NOT_FOUND,
    NGX_HTTP_ORDERSAVE_OUTCOMES
} ngx_http_ordersave_outcome_e;


/* Counters that are not outcomes. */
typedef enum {
    NGX_HTTP_ORDERSAVE_EVENTS_SENT = 0,
    NGX_HTTP_ORDERSAVE_EVENTS_SPOOLED,
    NGX_HTTP_ORDERSAVE_EVENTS_DRAINED,
    NGX_HTTP_ORDERSAVE_EVENTS_LOST,
    NGX_HTTP_ORDERSAVE_EVENTS_ASIDE,        /* spooled, and refused for good */
    NGX_HTTP_ORDERSAVE_REDIS_TIMEOUTS,
    NGX_HTTP_ORDERSAVE_REDIS_BREAKS,
    NGX_HTTP_ORDERSAVE_REDIS_ALONE,         /* taken by a master that has no */
    NGX_HTTP_ORDERSAVE_REDIS_UNCONFIRMED,   /* replica; by none of those */
    NGX_HTTP_ORDERSAVE_INGEST_TAKEN,
    NGX_HTTP_ORDERSAVE_INGEST_REFUSED,
    NGX_HTTP_ORDERSAVE_SPLICE_DONE,         /* something went into a page */
    NGX_HTTP_ORDERSAVE_SPLICE_MISSED,       /* no sure anchor in the page */
    NGX_HTTP_ORDERSAVE_SPLICE_COMPRESSED,   /* the store compressed it */
    NGX_HTTP_ORDERSAVE_MISSED_ELEMENT,      /* of what found no place: there */
    NGX_HTTP_ORDERSAVE_MISSED_PLACE,        /* is no element, it takes none, */
    NGX_HTTP_ORDERSAVE_MISSED_UNSURE,       /* the tags are not sure, */
    NGX_HTTP_ORDERSAVE_MISSED_CUT,          /* the page was cut short */
    NGX_HTTP_ORDERSAVE_LIVE_OPENED,
    NGX_HTTP_ORDERSAVE_LIVE_REFUSED,
    NGX_HTTP_ORDERSAVE_SHELL_SHOWN,         /* a page in the store's; */
    NGX_HTTP_ORDERSAVE_SHELL_LATE,          /* one without, and why */
    NGX_HTTP_ORDERSAVE_SHELL_STATUS,
    NGX_HTTP_ORDERSAVE_SHELL_NOT_HTML,
    NGX_HTTP_ORDERSAVE_SHELL_COMPRESSED,
    NGX_HTTP_ORDERSAVE_SHELL_CUT,
    NGX_HTTP_ORDERSAVE_SHELL_TOO_LARGE,
    NGX_HTTP_ORDERSAVE_SHELL_NO_ELEMENT,
    NGX_HTTP_ORDERSAVE_SHELL_BASE,
    NGX_HTTP_ORDERSAVE_SHELL_POLICY,
    NGX_HTTP_ORDERSAVE_COUNTERS
} ngx_http_ordersave_counter_e;


/* What is counted store by store, for so many; without a name: nobody's. */
#define NGX_HTTP_ORDERSAVE_STORES  64

struct ngx_http_ordersave_tally_s {
    ngx_atomic_t                  outcomes[NGX_HTTP_ORDERSAVE_OUTCOMES];
    ngx_atomic_t                  lookups_failed;
    u_char                        store[NGX_HTTP_ORDERSAVE_STORE_MAX + 1];
};


/* Lives in shared memory; a process that dies cannot hold a lock here. */
struct ngx_http_ordersave_stats_s {
    ngx_atomic_t                  outcomes[NGX_HTTP_ORDERSAVE_OUTCOMES];
    ngx_atomic_t                  counters[NGX_HTTP_ORDERSAVE_COUNTERS];
    ngx_http_ordersave_tally_t    stores[NGX_HTTP_ORDERSAVE_STORES];
};


/* The main configuration of the running cycle. */
ngx_http_ordersave_main_conf_t *ngx_http_ordersave_main(void);

void ngx_http_ordersave_count(ngx_http_ordersave_counter_e counter);
void ngx_http_ordersave_count_by(ngx_http_ordersave_counter_e counter,
    int64_t n);

/* The same of an outcome, in all and for the store of a location. */
void ngx_http_ordersave_count_outcome(ngx_http_ordersave_loc_conf_t *conf,
    ngx_http_ordersave_outcome_e outcome);

/* Redis did not say in time what it knows of an order of that store. */
void ngx_http_ordersave_count_lookup_failed(
    ngx_http_ordersave_loc_conf_t *conf);

/* For logs and metrics. */
const char *ngx_http_ordersave_outcome_word(ngx_uint_t outcome);

/* The zone's init. */
ngx_int_t ngx_http_ordersave_stats_zone(ngx_shm_zone_t *zone, void *data);


#endif /* _NGX_HTTP_ORDERSAVE_STATS_H_INCLUDED_ */
