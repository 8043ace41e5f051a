/*
 * os_view_consent: what a buyer sees of being texted about an order, and of
 * news by mail: the box that asks, and the page behind it.
 */

#ifndef OS_VIEW_CONSENT_H
#define OS_VIEW_CONSENT_H

#include "core/order/os_consent.h"
#include "core/view/os_speak.h"


/*
 * For the box: `on`, or `ask` with `known` where the order has a number, and
 * `asked` while a code is under way. New; NULL: there is nothing to ask for,
 * and nothing to take back.
 */
json_t *os_view_consent(const os_speak_t *s, const json_t *record,
    const char *to);

/*
 * For the page: `texts` or `news`, and how it stands: `on`, `off`, `code` with
 * its `nonce` (and `wrong`), `mailed`, `void`, `enough`, `wrong_number`; with
 * `ask` where it can be asked for (again). New.
 */
json_t *os_view_consent_page(const os_speak_t *s, const json_t *record,
    const char *to);

/* Sets `wording` of an event: what the box says in this language. */
void os_view_consent_wording(const os_speak_t *s, const char *to,
    json_t *event);

#endif /* OS_VIEW_CONSENT_H */
