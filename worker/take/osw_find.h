/*
 * osw_find: whose parcel is it? Carriers know tracking numbers, sometimes the
 * order too; orders and numbers live in shards of their own.
 */

#ifndef OSW_FIND_H
#define OSW_FIND_H

#include "worker/osw.h"


/* `ok` is 0 when Redis did not answer: then do it all again later. */
typedef void (*osw_find_pt)(void *data, int ok);

/*
 * Sends an event of kind `parcel` to its order's stream: by its tracking
 * number, else by the order that its data names. One whose order is not known
 * waits under these names, under the same id, until an order takes them.
 * `event` is stolen. Repeatable.
 */
void osw_find_send(osw_t *w, os_str_t store, json_t *event, osw_find_pt done,
    void *data);

#endif /* OSW_FIND_H */
