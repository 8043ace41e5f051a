/*
 * osw_ctl_move_walk: all keys of all nodes, a page at a time.
 */

#ifndef OSW_CTL_MOVE_WALK_H
#define OSW_CTL_MOVE_WALK_H

#include "worker/ctl/osw_ctl_move.h"


/* Called for each key that is met; it may move it. */
typedef void (*osw_move_pt)(osw_move_t *m, osw_move_key_t *key);

/*
 * What is stored under tags of neither number is passed over. -1: it did not
 * come to the end.
 */
int osw_move_walk(osw_move_t *m, osw_move_pt meet);

#endif /* OSW_CTL_MOVE_WALK_H */
