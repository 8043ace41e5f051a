/*
 * os_reduce_after: once everything has arrived. For os_reduce.c and
 * os_reduce_track.c.
 */

#ifndef OS_REDUCE_AFTER_H
#define OS_REDUCE_AFTER_H

#include "core/order/os_reduce_in.h"
#include "core/order/os_track.h"


void os_reduce_after_order(os_reduce_t *r, const json_t *before);
void os_reduce_after_moved(os_reduce_t *r, const os_track_change_t *c);
void os_reduce_after_died(os_reduce_t *r);
void os_reduce_after_back(os_reduce_t *r);

/*
 * The items whose category the store does not say get it from `known`, {id:
 * category}; NULL knows none.
 */
void os_reduce_categories(os_reduce_t *r, const json_t *known);

void os_reduce_on_fits(os_reduce_t *r);
void os_reduce_on_reviewed(os_reduce_t *r);
void os_reduce_on_help(os_reduce_t *r);
void os_reduce_on_solved(os_reduce_t *r);

#endif /* OS_REDUCE_AFTER_H */
