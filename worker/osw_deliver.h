/*
 * osw_deliver: a job's way from the queue to its channel.
 *
 *     admit → fetch the order → guard (is it still wanted?) → gate → channel
 *
 * Each step hands the job on, or finishes it.
 */

#ifndef OSW_DELIVER_H
#define OSW_DELIVER_H

#include "worker/osw.h"


/*
 * Begins a job that a poll handed out of the lane `from`. The lane in which it
 * is now: OSW_LANE_FLIGHT when it was begun, or is in flight already; else the
 * one to park it in.
 */
unsigned osw_deliver_take(osw_shard_t *shard, os_str_t key, os_str_t text,
    unsigned from);

#endif /* OSW_DELIVER_H */
