/*
 * os_view_return: the page where something that has arrived is sent back, and
 * how what was asked for stands, as templates get it (docs/templates.md).
 */

#ifndef OS_VIEW_RETURN_H
#define OS_VIEW_RETURN_H

#include "core/order/os_return.h"
#include "core/view/os_view.h"


/*
 * One return, for who may see amounts (`money`) or not: `refund`, `exchange`
 * or `credit` (the way), `asked`, `approved`, `declined` or `refunded`,
 * `lines`, `cause`, `comment`, `amount`, `worth`, `code`, `code_until`,
 * `words`, `how`. New.
 */
json_t *os_view_return_one(const os_speak_t *s, const json_t *one, int money);

/* The same for the shop's people: [{"label", "text"}], new. */
json_t *os_view_return_said(const os_speak_t *s, const json_t *one);

/* Where it is answered: `order`, `open` or its state, `return`. New. */
json_t *os_view_return_answer(const os_speak_t *s, const json_t *record,
    const json_t *one);

/* All that were asked for, the newest first: new, or NULL where none was. */
json_t *os_view_return_list(const os_speak_t *s, const json_t *record,
    int money);

/*
 * The page: `order`, `open` or another word of os_return(), `until`, `items`,
 * `ways`, `causes`, `returns`. `shelf` and `said`, what the form held
 * (os_return_make), may be NULL. New.
 */
json_t *os_view_return(const os_speak_t *s, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int money);

#endif /* OS_VIEW_RETURN_H */
