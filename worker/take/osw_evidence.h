/*
 * osw_evidence: a statement's link into its store's chain. See
 * core/order/os_evidence.h for what a link is, docs/formats.md for the key.
 */

#ifndef OSW_EVIDENCE_H
#define OSW_EVIDENCE_H

#include "worker/osw.h"


/* `ok` is 0 when Redis did not answer: then do it again later. */
typedef void (*osw_evidence_pt)(void *data, int ok);

/* Adds the link of an effect "evidence", once. Repeatable. */
void osw_evidence_add(osw_t *w, const json_t *effect, osw_evidence_pt done,
    void *data);

#endif /* OSW_EVIDENCE_H */
