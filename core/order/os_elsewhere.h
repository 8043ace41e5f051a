/*
 * os_elsewhere: orders that were bought on another's marketplace. Their buyers
 * are its customers: they get what their order needs, and no advertising, no
 * request for a review, no list to join and no friend to bring.
 */

#ifndef OS_ELSEWHERE_H
#define OS_ELSEWHERE_H

#include "core/campaign/os_campaign.h"


/*
 * Is it one? The store's answer says so ("marketplace", which a source maps),
 * or its address is one that a marketplace lends to its buyers, or the
 * campaign's "marketplaces" has its method of payment or its address' domain.
 */
int os_elsewhere(const os_campaign_t *c, const json_t *order);

#endif /* OS_ELSEWHERE_H */
