/*
 * osw_consent_view: what the messages about a buyer's consent are given: the
 * code that proves a number, the link that confirms an address.
 */

#ifndef OSW_CONSENT_VIEW_H
#define OSW_CONSENT_VIEW_H

#include "core/order/os_task.h"
#include "core/view/os_speak.h"
#include "worker/osw.h"


/* Does a message of this template go to a number that is yet to be proven? */
int osw_consent_proves(const char *template);

/* Is what the message holds not good any more? Then nobody wants it. */
int osw_consent_late(const os_task_t *task, int64_t now);

/* `code` of "consent_code", `confirm_url` of "consent_confirm"; or nothing. */
void osw_consent_view(const osw_t *w, const osw_store_t *store,
    const os_speak_t *speak, const os_task_t *task,
    const json_t *order, json_t *view);

#endif /* OSW_CONSENT_VIEW_H */
