/*
 * osw_pull_sweep: how a reading of products ends.
 *
 * What is gone tells nobody. So a whole reading notes in every shard what it
 * has met (`pulled:STORE`, with a mark that is this reading's); what it has not
 * met is asked for by its id, where the source says how: whatever is taken away
 * from a list while its pages are read moves others past the reader. What is
 * not there then is dropped. Nothing is, when the mark is gone, when not all
 * was to be had, when not one product was met, or when the store cannot be
 * asked so.
 */

#ifndef OSW_PULL_SWEEP_H
#define OSW_PULL_SWEEP_H

#include "worker/take/osw_pull_run.h"


/* All lists are read to their ends: what was not met goes; then it rests. */
void osw_pull_sweep(osw_pull_t *p);

#endif /* OSW_PULL_SWEEP_H */
