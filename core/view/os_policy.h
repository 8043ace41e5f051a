/*
 * os_policy: what a shop promises before anybody buys: fees, shipping by
 * region and weight, payment, delivery times, sizes, returns; in one language.
 */

#ifndef OS_POLICY_H
#define OS_POLICY_H

#include "core/view/os_view.h"


/*
 * `policy` of the campaign as templates get it (docs/templates.md): every text
 * in the locale, amounts as money. New; {} where the campaign has none.
 */
json_t *os_policy_view(const os_speak_t *s);

#endif /* OS_POLICY_H */
