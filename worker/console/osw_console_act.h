/*
 * osw_console_act: what the console does for one of the shop's people: who may,
 * is the form one of ours, and a line of who did what and when.
 */

#ifndef OSW_CONSOLE_ACT_H
#define OSW_CONSOLE_ACT_H

#include "worker/console/osw_console_base.h"
#include "worker/console/osw_console_run.h"


/* Where a form of the console is posted to. */
#define OSW_ACT_URL  "/act"

typedef enum {
    OSW_ACT_BEGUN = 0,
    OSW_ACT_UNKNOWN,            /* not one of ours, or something is missing */
    OSW_ACT_BUSY                /* it cannot be done just now */
} osw_act_e;

/*
 * May this user act? Either `role`, what the request header of
 * console.role_header has (may be NULL), is "act", or console.act names the
 * user. 1 or 0.
 */
int osw_act_may(const osw_t *w, const char *user, const char *role);

/* What a form of this user carries, for 12 hours; appended. `now` in s. */
void osw_act_token(const osw_t *w, const char *user, int64_t now,
    os_buf_t *out);

/* Does an urlencoded form carry it? 1 or 0. */
int osw_act_is_meant(const osw_t *w, const char *user, os_str_t form,
    int64_t now);

/* Somebody tried what he may not: a line in the log. */
void osw_act_refuse(const char *user, os_str_t form, const char *why);

/*
 * Begins what a form asks for, and notes it in the log and the database. Once
 * it is over, `done` gets the address of the page that says how it went
 * (relative, borrowed).
 */
typedef void (*osw_act_pt)(void *data, const char *page);

osw_act_e osw_act(osw_runs_t *runs, osw_base_t *base, const char *user,
    os_str_t form, osw_act_pt done, void *data);

#endif /* OSW_CONSOLE_ACT_H */
