/*
 * osw_parcel: what messages about parcels are worded from, beside the order:
 * where it is, what to do, links that open the buyer's pages.
 */

#ifndef OSW_PARCEL_H
#define OSW_PARCEL_H

#include "core/order/os_task.h"
#include "core/view/os_view.h"
#include "worker/osw.h"


#define OSW_LINK_KEEP   (90 * 86400)    /* s: as long as links are good */
#define OSW_SHORT_LEN   14              /* characters of 80 random bits */
#define OSW_SHORT_MAX   40              /* of a whole short link */


/*
 * Adds `track`, `about` (the parcel of the job), `arrives`, `todo`,
 * `track_url`, `answer_url`, `short_url` (when the job has a code), `names`
 * and `has_items` to a view that has `order` already.
 */
void osw_parcel_view(osw_t *w, const osw_store_t *store, const os_speak_t *s,
    const os_task_t *task, const json_t *order, json_t *view);

/* SITE/o/CODE, appended. */
void osw_parcel_short(const osw_store_t *store, os_str_t code, os_buf_t *url);

/*
 * Gives the job a code and writes what it opens, before any message has it: the
 * page of the parcel, or that of these claims (borrowed), which are signed when
 * it is opened. A job that has a code keeps it. done(data, ok) is called once.
 */
typedef void (*osw_parcel_pt)(void *data, int ok);

void osw_parcel_link(osw_job_t *job, json_t *claims, osw_parcel_pt done,
    void *data);

#endif /* OSW_PARCEL_H */
