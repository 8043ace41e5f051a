/*
 * os_elsewhere: see os_elsewhere.h.
 */

#include <string.h>
#include <strings.h>

#include "core/order/os_elsewhere.h"


/* Addresses that marketplaces lend: of a domain that begins so. */
static const char *const  os_lent[] = {
    "marketplace.amazon.", "members.ebay.", "messages.walmart.",
    "mail.otto.market", "user-verkauf.kaufland.", "scs.tiktok",
};


static os_str_t
os_elsewhere_domain(const json_t *order)
{
    os_str_t     email = os_json_str(order, "email");
    const char  *at = email.len ? memchr(email.data, '@', email.len) : NULL;

    return at ? (os_str_t) { email.len - (size_t) (at + 1 - email.data),
                             at + 1 }
              : OS_NULL;
}


static int
os_elsewhere_lent(os_str_t domain)
{
    size_t  i, len;

    for (i = 0; i < sizeof(os_lent) / sizeof(os_lent[0]); i++) {
        len = strlen(os_lent[i]);

        if (domain.len >= len && strncasecmp(domain.data, os_lent[i], len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
os_elsewhere_listed(const json_t *list, os_str_t word)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(list, i, one) {
        if (word.len && json_string_length(one) == word.len
            && strncasecmp(json_string_value(one), word.data, word.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


int
os_elsewhere(const os_campaign_t *c, const json_t *order)
{
    os_str_t       domain = os_elsewhere_domain(order);
    const json_t  *rule = os_campaign_at(c, "/marketplaces");

    return os_json_bool(order, "marketplace")
           || os_elsewhere_lent(domain)
           || os_elsewhere_listed(json_object_get(rule, "domains"), domain)
           || os_elsewhere_listed(json_object_get(rule, "methods"),
                                  os_json_str(order, "pay_method"));
}
