/*
 * os_view: what templates are given (docs/templates.md): an order, its offers
 * and what became of them, as words, money and dates in one locale. The same
 * for pages, mails and SMS, in the module and in the worker.
 *
 * All functions return new JSON, or NULL without memory.
 */

#ifndef OS_VIEW_H
#define OS_VIEW_H

#include "core/text/os_mold.h"
#include "core/order/os_order.h"
#include "core/view/os_view_words.h"
#include "core/view/os_view_ask.h"


/*
 * What does not depend on the order: `locale`, `brand`, `contacts`, `page`. A
 * template can be bound to it once.
 */
json_t *os_view_static(const os_campaign_t *c, const os_locale_t *l);

/* Its `brand` alone. */
json_t *os_view_brand(const os_campaign_t *c);

/* The names of its members, NULL at the end, for os_template_bind(). */
extern const char *const  os_view_roots[];

/* `order`. */
json_t *os_view_order(const os_speak_t *s, const os_order_t *order);

/*
 * One offer as the buyer reads it, from its terms; `order` may be NULL where
 * nothing of it may be shown.
 */
json_t *os_view_offer(const os_speak_t *s, os_str_t id, const json_t *terms,
    const os_order_t *order);

/*
 * The campaign's policy of returns: its texts in the locale, `days` and `url`;
 * NULL where it has none.
 */
json_t *os_view_returns(const os_speak_t *s);

/* Sets `days`, and `day_count` as texts with plural forms need it. */
void os_view_day_count(const os_speak_t *s, int64_t days, json_t *view);

/*
 * Sets a member of a view to the shop's own text of that name in `from`; not,
 * where it has none.
 */
void os_view_text(const os_speak_t *s, const json_t *from, const char *name,
    json_t *view);

/* Sets `label` of a view: the reason in the words that buyers are shown. */
void os_view_reason_label(const os_speak_t *s, os_str_t id, json_t *view);

/*
 * `reasons`: each with the offers that answer it. `offers` is {id: terms}, in
 * the order to show; `typed` is what a page that comes again was filled in
 * with, or NULL.
 */
json_t *os_view_reasons(const os_speak_t *s, const json_t *offers,
    const os_order_t *order, const os_typed_t *typed);

/*
 * What an accepted offer came to: `offer`, `applied`, `pending`, `refused`,
 * `task`, `refund`, to be merged into a view.
 */
json_t *os_view_decision(const os_speak_t *s, const json_t *decision,
    const os_order_t *order);

/*
 * The shape of what a page would be given for this order: two orders with
 * equal shapes differ in their leaves alone. Appended, as bytes. -1 when the
 * order has more items than a mold has holes for.
 */
int os_view_shape(const os_speak_t *s, const os_order_t *order, os_buf_t *out);

/* One leaf of an order in words, appended. */
void os_view_leaf(const os_speak_t *s, const os_order_t *order, os_leaf_t leaf,
    unsigned index, os_buf_t *out);

/*
 * May a visitor be sent there? Same origin as the campaign's site, or a path;
 * no control characters, no backslash, not "//".
 */
int os_view_own_url(const os_campaign_t *c, os_str_t url);

#endif /* OS_VIEW_H */
