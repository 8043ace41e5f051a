
/*
 * How long is waited for what, in milliseconds. All that no directive says
 * stands here, and in the manual under WAITING. What a person waits for has the
 * shortest times, what nobody sees the longest.
 */

#ifndef _NGX_HTTP_ORDERSAVE_TIMES_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_TIMES_H_INCLUDED_


/*
 * A line to Redis: for a name, for its connection with TLS and first words, and
 * how long an answer may be overdue while others wait behind it, before the
 * line is taken for dead. A Redis that answers within a second is slow; one
 * that does not is away, and its master may have moved.
 */
#define NGX_HTTP_ORDERSAVE_RESOLVE        1000
#define NGX_HTTP_ORDERSAVE_CONNECT        1000
#define NGX_HTTP_ORDERSAVE_STUCK          1000

/* A node that refuses writes is asked again, more and more rarely. */
#define NGX_HTTP_ORDERSAVE_PROBE_MIN      500
#define NGX_HTTP_ORDERSAVE_PROBE_MAX      5000

/* What is written, and nobody waits for: then it goes to the spool. */
#define NGX_HTTP_ORDERSAVE_TELL           2000
#define NGX_HTTP_ORDERSAVE_RECORD_TIMEOUT 2000

/* Between two lines of the log that anybody can cause. */
#define NGX_HTTP_ORDERSAVE_SELDOM         60      /* s */

/* The spool: how often it is looked at, for an answer, after a refusal. */
#define NGX_HTTP_ORDERSAVE_SPOOL_TICK     250
#define NGX_HTTP_ORDERSAVE_SPOOL_TIMEOUT  5000
#define NGX_HTTP_ORDERSAVE_SPOOL_REST     5000

/* A page under ordersave_api; its order, and a try of an e-mail. */
#define NGX_HTTP_ORDERSAVE_VISIT_WAIT     1000
#define NGX_HTTP_ORDERSAVE_TRACK_GUESS    3000

/* A no of the lookup form: as long for an order that is there as for none. */
#define NGX_HTTP_ORDERSAVE_LOOKUP_WRONG   400

/*
 * An accept: until it is decided, else it is "not known yet"; then, where the
 * buyer goes on to pay, until the worker has applied it, asked each so often;
 * no longer than for it to be taken up, where no worker does that. And the kept
 * page, which says how things stand.
 */
#define NGX_HTTP_ORDERSAVE_ACCEPT         2000
#define NGX_HTTP_ORDERSAVE_APPLY          5000
#define NGX_HTTP_ORDERSAVE_TAKE_UP        800
#define NGX_HTTP_ORDERSAVE_APPLY_POLL     50
#define NGX_HTTP_ORDERSAVE_KEPT_WAIT      2000

/* After an answer about a parcel: the worker commits meanwhile. */
#define NGX_HTTP_ORDERSAVE_SETTLE         250

/* Timers that only keep a process that is leaving until a thread is through. */
#define NGX_HTTP_ORDERSAVE_KEEP_PROCESS   60000


#endif /* _NGX_HTTP_ORDERSAVE_TIMES_H_INCLUDED_ */
