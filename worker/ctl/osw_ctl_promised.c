/*
 * osw_ctl_promised: see osw_ctl_promised.h.
 */

#include <stdio.h>

#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "worker/ctl/osw_ctl_promised.h"


/* Accepted, and neither the store nor a person has had it. */
static int
osw_promised_is_due(const json_t *decision)
{
    os_str_t  applied = os_json_str(decision, "applied");

    return os_str_equal(os_json_str(decision, "state"), OS_STR("accepted"))
           && (applied.len == 0 || os_str_equal(applied, OS_STR("pending")));
}


/* Of a return: the shop said yes, and the goods or the money are on the way. */
static int
osw_promised_is_agreed(const json_t *one)
{
    return os_str_equal(os_json_str(one, "state"), OS_STR("approved"))
           && json_object_get(one, "done") == NULL;
}


size_t
osw_ctl_promised(os_str_t id, const json_t *record, const json_t *decision)
{
    size_t    i, n = 0;
    json_t   *one;
    os_str_t  offer = os_json_str(decision, "offer");

    if (os_rules_waits(decision)) {
        printf("order %.*s: \"%.*s\" was asked for, and nobody has answered\n",
               (int) id.len, id.data, (int) offer.len, offer.data);
        n++;

    } else if (osw_promised_is_due(decision)) {
        printf("order %.*s: \"%.*s\" was accepted, and is not applied: see "
               "what the store has of it\n",
               (int) id.len, id.data, (int) offer.len, offer.data);
        n++;
    }

    json_array_foreach(os_return_list(record), i, one) {
        if (os_return_waits(one)) {
            printf("order %.*s: a return was asked for, and nobody has "
                   "answered\n", (int) id.len, id.data);
            n++;

        } else if (osw_promised_is_agreed(one)) {
            printf("order %.*s: a return was approved, and is not over\n",
                   (int) id.len, id.data);
            n++;
        }
    }

    return n;
}
