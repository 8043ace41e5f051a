/*
 * os_view_stop: what a buyer reads of a cancel that was asked for on our own
 * page, and how an order that has left comes back.
 */

#ifndef OS_VIEW_STOP_H
#define OS_VIEW_STOP_H

#include "core/view/os_view.h"


/*
 * `order` with its number alone, the state (os_stop_word(), or "later") as
 * true, and with "sent" `returns`. New, or NULL without memory.
 */
json_t *os_view_stop(const os_speak_t *s, const json_t *record,
    const char *state);

/*
 * Takes from a page's view what nobody gets to see who only knew number and
 * e-mail: prices, the link to pay, which is as good as the order's secret, and,
 * with `gift`, what is in it (os_panel.h, OS_EYES_LINK).
 */
void os_view_stop_bare(json_t *view, int gift);

/* Sets `returns` of a view, where the campaign says how an order comes back. */
void os_view_stop_returns(const os_speak_t *s, json_t *view);

#endif /* OS_VIEW_STOP_H */
