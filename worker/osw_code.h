/*
 * osw_code: a coupon code of one's own, from the stock of a pool.
 */

#ifndef OSW_CODE_H
#define OSW_CODE_H

#include "worker/osw.h"


/*
 * A code was taken, or there is none: `code` is empty then. `failed`: Redis did
 * not answer, so ask again.
 */
typedef void (*osw_code_pt)(void *data, os_str_t code, int failed);

/*
 * Takes a code of the store's pool for whoever `nonce` stands for; the same
 * nonce gets the same code for as long as the campaign keeps records.
 */
void osw_code_take(osw_t *w, const osw_store_t *store, os_str_t pool,
    os_str_t nonce, osw_code_pt done, void *data);

#endif /* OSW_CODE_H */
