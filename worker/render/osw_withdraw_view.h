/*
 * osw_withdraw_view: what the mails about withdrawals are worded from, beside
 * the order: what was stated, when, and what the shop needs to know of it.
 */

#ifndef OSW_WITHDRAW_VIEW_H
#define OSW_WITHDRAW_VIEW_H

#include "core/text/os_locale.h"
#include "core/view/os_speak.h"
#include "worker/osw.h"


/* Is this the template of one of them? */
int osw_withdraw_is(const char *template);

/*
 * Adds `w` (the words of the statement's language) and `withdraw`, of the job's
 * `data`, to a view. -1 with err: the words cannot be read.
 */
int osw_withdraw_view(const os_speak_t *s, const json_t *data,
    const json_t *order, json_t *view, os_error_t *err);

#endif /* OSW_WITHDRAW_VIEW_H */
