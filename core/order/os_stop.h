/*
 * os_stop: a cancel that is asked for on a page of ours, for a shop that has
 * none of its own. Can the order still be stopped, and how does it stand with
 * what was asked? Pure.
 */

#ifndef OS_STOP_H
#define OS_STOP_H

#include "core/campaign/os_campaign.h"


typedef enum {
    OS_STOP_OPEN = 0,       /* it can be asked for */
    OS_STOP_ASKED,          /* it was: the store, or a person, is at it */
    OS_STOP_SENT,           /* something has left the house */
    OS_STOP_ENDED           /* cancelled, refunded or failed */
} os_stop_t;


/* Are cancels taken in for this shop? Not while its campaign observes. */
int os_stop_hosted(const os_campaign_t *c);

/* How it stands with an order, given its record. */
os_stop_t os_stop(const json_t *record);

/* The same of a record whose own two parts are not in it. */
os_stop_t os_stop_parts(const json_t *order, const json_t *save,
    const json_t *track);

/* For templates and logs: "open", "asked", "sent", "ended". */
const char *os_stop_word(os_stop_t stop);

#endif /* OS_STOP_H */
