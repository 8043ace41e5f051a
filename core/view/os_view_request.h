/*
 * os_view_request: what the shop's people see of a request that waits for their
 * answer.
 */

#ifndef OS_VIEW_REQUEST_H
#define OS_VIEW_REQUEST_H

#include "core/view/os_view.h"


/* The decision of a record that is a request, or NULL; borrowed. */
const json_t *os_view_request_of(const json_t *record);

/*
 * `order`, `offer`, `said`, `comment`, and `open`, `approved`, `declined` or
 * `over`; `most` where whoever approves says how much comes off. New, or NULL.
 */
json_t *os_view_request(const os_speak_t *s, const json_t *record);

#endif /* OS_VIEW_REQUEST_H */
