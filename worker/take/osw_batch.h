/*
 * osw_batch: the events of one shard: read the orders they speak of, reduce,
 * carry out the effects, commit in one call.
 */

#ifndef OSW_BATCH_H
#define OSW_BATCH_H

#include "worker/osw.h"


/*
 * Takes the entries of a stream as XRANGE answers them (only read, and now).
 * Sets shard->batch until it is over; what failed stays in the stream and
 * comes again with the next poll.
 */
void osw_batch_run(osw_shard_t *shard, const redisReply *entries);

#endif /* OSW_BATCH_H */
