/*
 * osw_ctl_law: the laws that a store goes by, for check and explain.
 */

#ifndef OSW_CTL_LAW_H
#define OSW_CTL_LAW_H

#include "worker/ctl/osw_ctl.h"


/*
 * Says of each country that the store sells to whether there is a pack, how old
 * it is, and what of the sender's particulars its mails lack. The number of
 * faults: an old pack is one to look at, and none.
 */
int osw_check_countries(const osw_ctl_t *ctl, const osw_store_t *store);

/* Says which rule holds back what would be written to the buyer of an order. */
void osw_explain_law(const osw_ctl_t *ctl, const osw_store_t *store,
    const json_t *order);

#endif /* OSW_CTL_LAW_H */
