/*
 * os_held: what pages have set apart for the order they were shown to
 * (docs/formats.md, held).
 */

#ifndef OS_HELD_H
#define OS_HELD_H

#include "core/campaign/os_campaign.h"


#define OS_HELD_OFFERS  64      /* no campaign has more */

typedef struct {
    int64_t   until;            /* it stands so long, epoch s; 0: not at all */
    uint64_t  offers;           /* bit i: something is held for offer i, */
    uint64_t  codes;            /* a code among it */
    int64_t   cost[OS_HELD_OFFERS];     /* of offer i, minor units; set where
                                         * bit i is */
} os_held_t;

/* Reads the record's text; nothing is held by what is no such record. */
void os_held_read(os_held_t *held, os_str_t text, const os_campaign_t *c);

/* What is held of offer i: money, and codes. */
static inline int64_t
os_held_cost(const os_held_t *held, size_t i)
{
    return held->offers >> i & 1 ? held->cost[i] : 0;
}

static inline int
os_held_code(const os_held_t *held, size_t i)
{
    return (int) (held->codes >> i & 1);
}

#endif /* OS_HELD_H */
