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

/* Bytes of what osw_pull_words() says. */
#define OSW_PULL_WORDS  (OSW_WORDS_MAX + 300)

/* "BASE said 401: its words", or `what` is wrong with it; NULL: nothing is. */
void osw_pull_words(const osw_pull_t *p, const osw_answer_t *answer,
    const char *what, char *out, size_t size);

/* An answer is a failure: as it says itself, or for what was wrong with it. */
void osw_pull_refused(osw_pull_t *p, const osw_answer_t *answer,
    const char *what);

/*
 * The products of an answer with status 200: what stands at `each` of `list`,
 * in `*body`, which is the caller's. NULL: there is no list, or one that is too
 * long, and that was a failure.
 */
json_t *osw_pull_raws(osw_pull_t *p, const json_t *list,
    const osw_answer_t *answer, json_t **body);

#endif /* OSW_PULL_CALL_H */
