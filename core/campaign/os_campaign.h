/*
 * os_campaign: what a shop has decided: its offers, texts, policies, the
 * experiment, how its API is spoken to. Read from one JSON file, checked
 * against campaign/campaign.schema.json, never changed afterwards.
 */

#ifndef OS_CAMPAIGN_H
#define OS_CAMPAIGN_H

#include "core/base/os_json.h"


#define OS_TERMS_MAX  5696      /* bytes of all offers' terms, in a token */


typedef enum {
    OS_KIND_GRANT = 0,
    OS_KIND_REQUEST,
    OS_KIND_INFORMATION
} os_kind_t;

typedef enum {
    OS_GIVE_COUPON = 0,
    OS_GIVE_FREE_SHIPPING,
    OS_GIVE_DISCOUNT,
    OS_GIVE_NEXT_ORDER,
    OS_GIVE_REQUEST,
    OS_GIVE_LINK,
    OS_GIVE_INFO
} os_give_t;


/* {"EUR": "5.00"}: an amount for each currency, in minor units. */
typedef struct {
    os_str_t     currency;
    int64_t      minor;
} os_amount_t;

typedef struct {
    size_t       n;             /* 0 with `of` set: none that could be read */
    os_amount_t *of;            /* NULL: not asked for */
} os_amounts_t;


/* What must hold of an order, as written and borrowed; NULL asks nothing. */
typedef struct {
    json_t      *status;        /* lists of words */
    json_t      *payment;
    json_t      *methods;       /* of payment */
    json_t      *countries;
    json_t      *segments;
    json_t      *products;
    json_t      *categories;
    os_amounts_t min_total;
    os_amounts_t max_total;
    int64_t      min_age;       /* of an order, seconds; 0 asks nothing */
    int64_t      max_age;
    unsigned     shipped:1;     /* one that is shipped will do */
    unsigned     full:1;        /* none that has a discount */
    unsigned     reduced:1;     /* only one that has */
    unsigned     first:1;       /* only a customer's first order */
    unsigned     later:1;       /* only another than the first */
    unsigned     stocked:1;     /* only while all of it is in stock */
    unsigned     sold_out:1;    /* only when something of it is not */
} os_when_t;


typedef struct {
    os_str_t     id;
    os_kind_t    kind;
    os_give_t    give;
    json_t      *json;          /* the offer as written; borrowed */
    os_when_t    when;
    os_str_t     url;           /* link */
    os_str_t     purpose;       /* request: what it is for, or OS_NULL */
    os_str_t     about;         /* info: what it is about, or OS_NULL */
    json_t      *ask;           /* request: its fields (os_request), or NULL */
    int          shelf;         /* needs such a line of the shelf (os_shelf), */
                                /* 'b', 's' or 'v'; 0: none */
    os_str_t     pool;          /* coupon, next_order */
    os_str_t     credits;       /* request for credit: the pool of its codes, */
                                /* once it is approved, or OS_NULL */
    int64_t      expires;       /* of its code, seconds; 0: not said */
    os_str_t     percent;       /* coupon, discount; a decimal, */
    int64_t      hundredths;    /* and as hundredths of a percent */
    os_amounts_t amount;        /* coupon, discount */
    int64_t      off;           /* request: what who approves may take off, */
    os_amounts_t off_amount;    /* in hundredths of a percent or so much */
    int64_t      bonus;         /* request for credit: on top, hundredths */
                                /* of a percent */
    os_buf_t     name;          /* the id as JSON text, quoted */
    os_buf_t     terms;         /* how its terms begin, as JSON text */
    unsigned     reasons;       /* bit i: the campaign's reason i */
    json_t      *arms;          /* whose customers meet it; NULL: all */
    unsigned     generic:1;     /* may be shown to whoever is not the owner */
    unsigned     stacks:1;      /* also for orders that carry a coupon */
    unsigned     mends:1;       /* request: too late once it has left */
    unsigned     by_api:1;      /* request: the store itself carries it out */
    unsigned     waives:1;      /* free_shipping: and the campaign's `fees` */
    unsigned     lines:1;       /* discount: off the items of when.products */
    unsigned     credit:1;      /* request: store credit instead of a refund */
    unsigned     priority:1;    /* request: to leave today (os_dispatch) */
    int64_t      arrives_from;  /* and to arrive so many days later; 0: not */
    int64_t      arrives_to;    /* said */
    int64_t      per_customer;  /* 0: no limit */
    int64_t      cooldown;      /* seconds; 0: none */
    os_amounts_t budget;
} os_offer_t;


/* A variant that some customers meet, by its share of all weights. */
typedef struct {
    os_str_t     id;
    int64_t      weight;
} os_variant_t;


typedef struct {
    json_t      *json;          /* the whole file */
    char        *path;
    char        *folders;       /* its own first: os_folders */
    json_t      *packs;         /* laws of countries: os_pack */
    os_buf_t     sum;           /* of the file: has it changed since? */
    os_str_t     store;
    os_str_t     site;          /* origin, no slash at the end */
    os_str_t     api_path;      /* "/ordersave/" */
    int64_t      revision;
    os_str_t     experiment;
    int64_t      holdout;       /* tenths of a percent, 0..1000 */
    size_t       nvariants;     /* of the experiment; 0: one for all */
    os_variant_t *variants;
    int64_t      weights;       /* of all of them */
    size_t       nreasons;
    os_str_t    *reasons;
    size_t       noffers;
    os_offer_t  *offers;
    unsigned     shelf:1;       /* one of them, or an exchange, needs one */
    json_t      *fees;          /* names of those that offers waive, or NULL */
    size_t       nlocales;
    os_str_t    *locales;       /* the first is the default */
    os_when_t    eligible;
    int64_t      cap;           /* all that may be off an order, hundredths */
                                /* of a percent; 0: not bounded */
    os_str_t     refund;        /* who pays back, "api" or "task"; or OS_NULL */
    int64_t      valid;         /* seconds that a token of the page lives */
} os_campaign_t;


/*
 * Reads and checks a campaign. `share` is the folder, or several (os_folders),
 * that holds campaign.schema.json, locales/, templates/ and sources/; what lies
 * beside the campaign goes before. NULL with err, which names file, line,
 * column, path and what was expected.
 */
os_campaign_t *os_campaign_load(const char *path, const char *share,
    os_error_t *err);
void os_campaign_free(os_campaign_t *c);

/* The amount in a currency; NULL where there is none. */
const os_amount_t *os_amount_in(const os_amounts_t *a, os_str_t currency);

const os_offer_t *os_campaign_offer(const os_campaign_t *c, os_str_t id);

/* The value at a JSON pointer of the campaign, borrowed, or NULL. */
json_t *os_campaign_at(const os_campaign_t *c, const char *pointer);

/*
 * What a webhook that waits remembers of its receiver: so many hex digits of
 * its URL's SHA-256. Its place in the list may be another's when it is sent.
 */
#define OS_HOOK_NAME  16

void os_hook_name(os_str_t url, char to[OS_HOOK_NAME + 1]);

/* The webhook of that name, or NULL. */
const json_t *os_campaign_hook(const os_campaign_t *c, os_str_t name);

/* A duration at a JSON pointer, in seconds; `other` where there is none. */
int64_t os_campaign_duration(const os_campaign_t *c, const char *pointer,
    int64_t other);

/*
 * Does the campaign only observe? `what` is "state" (what is offered, and done
 * in the store), or "messages" or "panel", which are as the state unless they
 * are set themselves.
 */
int os_campaign_observes(const os_campaign_t *c, const char *what);

/*
 * Must a job not be carried out, because the campaign only observes? `channel`
 * and `purpose` are the job's. Reading and watching go on, and what follows
 * from a withdrawal.
 */
int os_campaign_holds(const os_campaign_t *c, os_str_t channel,
    os_str_t purpose);

/* The shop's wall clock: seconds east of UTC. */
int64_t os_campaign_offset(const os_campaign_t *c);

/* {"en": "…", "fr": "…"} or "…" in a locale, else the default's; OS_NULL. */
os_str_t os_campaign_text(const os_campaign_t *c, const json_t *texts,
    os_str_t locale);

/*
 * The locale to speak: the first of `wanted` (a forced locale, the order's, an
 * Accept-Language list, the country's) that the campaign has; else its default.
 * Any may be OS_NULL. BCP 47 look-up (RFC 4647, 3.4): "fr-CA" finds "fr".
 */
os_str_t os_campaign_locale(const os_campaign_t *c, os_str_t forced,
    os_str_t order, os_str_t accept_language, os_str_t country);

#endif /* OS_CAMPAIGN_H */
