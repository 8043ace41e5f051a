/*
 * osw_pull_take: what a store's API says of products goes into the catalog.
 */

#ifndef OSW_PULL_TAKE_H
#define OSW_PULL_TAKE_H

#include "worker/take/osw_pull_run.h"


/*
 * Products of `list` as the API wrote them: written, or dropped where they are
 * none any more; a whole reading notes that it has met them. Between
 * osw_pull_wait() and the osw_pull_wrote() that ends it. `currency` is that of
 * the answer, or OS_NULL.
 */
void osw_pull_take(osw_pull_t *p, const json_t *list, const json_t *raws,
    os_str_t currency);

#endif /* OSW_PULL_TAKE_H */
