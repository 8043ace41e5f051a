/*
 * osw_ctl_move_rows: what a shard has of many orders goes entry by entry, each
 * to the shard of its order: streams, jobs, dead letters, what was sent.
 */

#ifndef OSW_CTL_MOVE_ROWS_H
#define OSW_CTL_MOVE_ROWS_H

#include "worker/ctl/osw_ctl_move.h"


/* All that a tag has under this name, in its order. */
void osw_move_stream(osw_move_t *m, osw_move_tag_t *tag, const char *stream);

/* The jobs of a tag, with their times; its dead letters; and ids in `sent`. */
void osw_move_jobs(osw_move_t *m, osw_move_tag_t *tag);
void osw_move_dead(osw_move_t *m, osw_move_tag_t *tag);
void osw_move_sent(osw_move_t *m, osw_move_tag_t *tag);

#endif /* OSW_CTL_MOVE_ROWS_H */
