/*
 * os_view_track: where an order's parcels are, as words in one locale: for the
 * panel in the store's page, the page of its own, mails and SMS alike. What
 * it gives is listed in docs/templates.md.
 */

#ifndef OS_VIEW_TRACK_H
#define OS_VIEW_TRACK_H

#include "core/order/os_track.h"
#include "core/view/os_view.h"


/*
 * The member `track` of a view; `order` is the record. New, or NULL without
 * memory. Needs no `track` part: an order that was just placed has its steps
 * too.
 */
json_t *os_view_track(const os_speak_t *s, const json_t *order, int64_t now);

/*
 * One parcel alone, as an element of `track.parcels`; for a message that is
 * about it. `parcel` is an element of the record's track.parcels.
 */
json_t *os_view_parcel(const os_speak_t *s, const json_t *parcel, int64_t now);

#endif /* OS_VIEW_TRACK_H */
