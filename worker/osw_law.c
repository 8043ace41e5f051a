/*
 * osw_law: see osw_law.h.
 */

#include "worker/osw_law.h"


#define OSW_LAW_DAY  86400


/* Has something been bought, and not long ago? `rule` may say how long. */
static int
osw_law_customer(const json_t *order, const json_t *rule, int64_t now)
{
    int64_t  days = os_json_int(rule, "soft_days", 0);

    return os_str_equal(os_json_str(order, "payment"), OS_STR("paid"))
           && os_str_equal(os_json_str(order, "state"), OS_STR("open"))
           && (days == 0
               || now - os_json_int(order, "placed", now)
                  <= days * OSW_LAW_DAY);
}


int
osw_law_lets(const json_t *packs, const json_t *order, const char *rule,
    int64_t now)
{
    os_str_t  country = os_json_str(order, "country");

    switch (os_pack_may(packs, country, rule)) {

    case OS_MAY_ALL:
        return 1;

    case OS_MAY_CUSTOMER:
        return osw_law_customer(order, os_pack_rule(packs, country, rule),
                                now);

    case OS_MAY_ASK:
        break;
    }

    return 0;
}
