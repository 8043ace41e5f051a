/*
 * os_order: what rules and pages ask of an order's record (docs/formats.md),
 * read from its text once, into one piece of memory.
 *
 * Jansson decides what is JSON: our own reader takes the plain records that
 * the worker writes, and leaves all others to it.
 */

#ifndef OS_ORDER_H
#define OS_ORDER_H

#include "core/base/os_json.h"
#include "core/order/os_shelf.h"


/* Bytes; no order has a longer one. */
#define OS_ORDER_ID_MAX  64

/* What is absent, or of another type, is OS_NULL or 0. */
typedef struct {
    os_str_t   id;
    os_str_t   category;
    os_str_t   name;
    os_str_t   image;
    os_str_t   url;
    int64_t    quantity;        /* 1 where it is absent */
    int64_t    total;           /* minor units */
} os_order_item_t;

/* How often, and when last, the customer accepted an offer on other orders. */
typedef struct {
    os_str_t   offer;
    int64_t    n;
    int64_t    at;              /* epoch seconds */
} os_order_used_t;

/* The strings are not terminated. */
typedef struct {
    os_str_t          state;
    os_str_t          status;
    os_str_t          payment;
    os_str_t          currency;
    os_str_t          country;
    os_str_t          locale;
    os_str_t          customer;
    os_str_t          proof;
    os_str_t          id;
    os_str_t          number;
    os_str_t          name;
    os_str_t          pay_method;
    os_str_t          pay_url;
    os_str_t          pay_how;  /* in words, where there is no link */
    os_str_t          arrives;  /* by when, as was promised: "2026-12-24" */
    int64_t           total;    /* minor units */
    int64_t           shipping;
    int64_t           shipping_tax; /* of `tax` */
    int64_t           discount;
    int64_t           fees;     /* may be negative */
    int64_t           handling; /* of them, what offers waive, with its tax */
    int64_t           tax;
    int64_t           placed;   /* epoch seconds */
    int64_t           pay_by;
    int64_t           refunds;  /* paid back so far */
    int64_t           before;   /* orders of the customer before this one */
    int64_t           out;      /* items that are out of stock */
    int               shipped;
    int               quiet;    /* it was withdrawn from: nothing is offered */
    size_t            ncoupons;
    size_t            nitems;
    os_order_item_t  *items;
    size_t            nused;
    os_order_used_t  *used;
    unsigned          dated:1;  /* `placed` is there */
    unsigned          fits:1;   /* products that may suit better are there */
    const os_shelf_t *shelf;    /* set by whoever has it: borrowed, or NULL */
    json_t           *json;     /* where the strings live, or NULL */
} os_order_t;

/* An order of which nothing is known. */
extern const os_order_t  os_order_none;

/*
 * Reads the text of a record: new, independent of the text. NULL when jansson
 * would not take it, or without memory.
 */
os_order_t *os_order_parse(os_str_t text);

/*
 * The same of a record that was parsed: new, takes a reference to it. NULL
 * for NULL, or without memory.
 */
os_order_t *os_order_from(const json_t *json);

void os_order_free(os_order_t *order);  /* NULL is nothing */

/* How an order's sum is made of its items and the lines under them. */
typedef enum {
    OS_SUM_UNKNOWN = 0,         /* what is known of it does not add up */
    OS_SUM_LINES,               /* shipping, fees and tax are added */
    OS_SUM_TAXED,               /* all of them have their tax in them */
    OS_SUM_DISCOUNT             /* and a discount is taken off */
} os_sum_t;

os_sum_t os_order_sum(const os_order_t *order);

/* What was accepted of this offer, or NULL. Borrowed. */
const os_order_used_t *os_order_used(const os_order_t *order, os_str_t offer);

#endif /* OS_ORDER_H */
