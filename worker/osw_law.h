/*
 * osw_law: what the law of a buyer's country says of one order's messages.
 */

#ifndef OSW_LAW_H
#define OSW_LAW_H

#include "core/campaign/os_pack.h"


/*
 * May the buyer of an order be written to by this rule ("advertising_mail")
 * without having asked for it? A customer is who has paid for an order, and has
 * not cancelled or withdrawn from it.
 */
int osw_law_lets(const json_t *packs, const json_t *order, const char *rule,
    int64_t now);

#endif /* OSW_LAW_H */
