/*
 * osw_ctl_move_one: a key that was met goes to where it, or what is in it,
 * belongs.
 */

#ifndef OSW_CTL_MOVE_ONE_H
#define OSW_CTL_MOVE_ONE_H

#include "worker/ctl/osw_ctl_move.h"


/* Where a key or its entries belong elsewhere, they are brought there. */
void osw_move_one(osw_move_t *m, osw_move_key_t *key);

#endif /* OSW_CTL_MOVE_ONE_H */
