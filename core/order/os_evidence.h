/*
 * os_evidence: a chain of keyed links, one a statement, so that nobody who has
 * but the store of them can make one up, change one or take one out unseen. A
 * link holds a salted digest: of a statement that was erased it tells nothing,
 * and the chain still verifies.
 */

#ifndef OS_EVIDENCE_H
#define OS_EVIDENCE_H

#include "core/base/os_hash.h"
#include "core/base/os_json.h"


#define OS_EVIDENCE_MAC  43         /* characters: base64url of HMAC-SHA256 */

/* One link; what is in it is borrowed. */
typedef struct {
    int64_t   n;                    /* from 1 */
    int64_t   at_ms;                /* when the statement was made */
    os_str_t  id;                   /* the statement's */
    os_str_t  digest;               /* os_withdrawal_digest() */
} os_evidence_t;


/* The link's MAC, after the one before it (OS_NULL: the first). Appended. */
void os_evidence_mac(const os_hmac_t *key, os_str_t store,
    const os_evidence_t *link, os_str_t before, os_buf_t *out);

/* What is kept of it: {"n", "id", "at_ms", "digest", "mac"}. New. */
json_t *os_evidence_json(const os_evidence_t *link, os_str_t mac);

/*
 * Is this what was kept of link `n`, behind the one of MAC `before`? 0 where
 * anything of it was changed.
 */
int os_evidence_holds(const os_hmac_t *key, os_str_t store,
    const json_t *kept, int64_t n, os_str_t before);

#endif /* OS_EVIDENCE_H */
