/*
 * osw_pull_call: what the store's API is asked by a reading of its products.
 */

#ifndef OSW_PULL_CALL_H
#define OSW_PULL_CALL_H

#include "worker/osw_http.h"
#include "worker/take/osw_pull_run.h"


/*
 * Makes a call of the source's `catalog`, with the key that belongs to where it
 * goes. `done` gets the reading as its data; a call that cannot be made is a
 * failure, and `done` is not called.
 */
void osw_pull_call(osw_pull_t *p, const json_t *call, osw_answer_pt done);

/* An answer is a failure: as it says itself, or for what was wrong with it. */
void osw_pull_refused(osw_pull_t *p, const osw_answer_t *answer,
    const char *what);

/* What stands at `each` of an answer: a list, or NULL: there is none. */
json_t *osw_pull_raws(const json_t *list, const json_t *body);

#endif /* OSW_PULL_CALL_H */
