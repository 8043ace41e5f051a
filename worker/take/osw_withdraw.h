/*
 * osw_withdraw: which orders does a statement of withdrawal name? Where it was
 * proven it is that one; else the words that were typed are looked up, as
 * numbers and as ids.
 */

#ifndef OSW_WITHDRAW_H
#define OSW_WITHDRAW_H

#include "worker/osw.h"


/* `ok` is 0 when Redis did not answer: then do it all again later. */
typedef void (*osw_withdraw_pt)(void *data, int ok);

/*
 * Carries out an effect "withdrawal": each order that is known gets its event,
 * then the statement hears which they were. Under the same ids each time.
 */
void osw_withdraw_find(osw_t *w, const json_t *effect, osw_withdraw_pt done,
    void *data);

#endif /* OSW_WITHDRAW_H */
