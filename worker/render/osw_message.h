/*
 * osw_message: the one place where mails and SMS are worded: order, decision
 * and campaign into a view, the view into campaign/templates, in one locale.
 */

#ifndef OSW_MESSAGE_H
#define OSW_MESSAGE_H

#include "core/order/os_task.h"
#include "core/text/os_locale.h"
#include "core/text/os_mustache.h"
#include "worker/osw.h"


typedef enum {
    OSW_MAIL = 0,
    OSW_SMS
} osw_message_kind_t;

typedef struct {
    os_buf_t   from;            /* mail */
    os_buf_t   sender;          /* mail: of the envelope, an address */
    os_buf_t   mark;            /* mail: whose it was, for a bounce; or empty */
    os_buf_t   to;              /* address, or number in E.164 */
    os_buf_t   reply_to;        /* mail; may be empty */
    os_buf_t   subject;         /* mail */
    os_buf_t   text;
    os_buf_t   html;            /* mail; may be empty */
    os_buf_t   locale;
    os_buf_t   unsubscribe;     /* a mail with an offer: where to leave */
    unsigned   marketing:1;     /* it carries an offer */
    unsigned   support:1;       /* to the shop's own people */
    unsigned   utf8:1;          /* its recipient takes SMTPUTF8 */
} osw_message_t;


/*
 * Words a message. 0; 1 when it must not be sent (no address, no consent), with
 * the reason in err; -1 when it cannot be worded.
 */
int osw_message_make(osw_t *w, osw_store_t *store, const os_task_t *task,
    const json_t *order, const json_t *decision, osw_message_kind_t kind,
    osw_message_t *out, os_error_t *err);
void osw_message_free(osw_message_t *m);

/* The locale that the buyer is spoken to in: one of the campaign's. */
os_str_t osw_message_tag(const osw_store_t *store, const json_t *order);

/*
 * What a link of this purpose ("score", "reason") says of the order, to be
 * signed: new.
 */
json_t *osw_message_claims(const osw_store_t *store, const json_t *order,
    os_str_t tag, int64_t now, const char *purpose);

/* Where a review's photo can be fetched for thirty days, appended. */
void osw_message_photo(const osw_t *w, const osw_store_t *store, os_str_t file,
    os_buf_t *url);

/* The page where a request is approved or declined, for 14 days, appended. */
void osw_message_approve(osw_t *w, const osw_store_t *store,
    const json_t *order, os_buf_t *url);

/* The same of one return of it. */
void osw_message_approve_return(osw_t *w, const osw_store_t *store,
    const json_t *order, os_str_t nonce, os_buf_t *url);

/*
 * The text of a private note on the store's order, for its people. 0, or -1
 * with err.
 */
int osw_message_note(osw_t *w, osw_store_t *store, const os_task_t *task,
    const json_t *order, os_buf_t *out, os_error_t *err);

/* Everything that could be worded is compiled once, to find faults early. */
int osw_message_check(osw_t *w, os_error_t *err);

/* Has the store a mail or SMS of this name? */
int osw_message_known(const osw_store_t *store, const char *name);

/*
 * A language of a store (NULL: of none) by its tag: kept, not the caller's.
 * NULL with err.
 */
os_locale_t *osw_message_locale(osw_t *w, const osw_store_t *store,
    os_str_t tag, os_error_t *err);

/* Appends templates/NAME.mustache of the folders; -1: there is none. */
int osw_message_file(const char *folders, os_str_t name, os_buf_t *path);

/* {{> NAME}} as os_template_compile() asks for it: `data` are the folders. */
int osw_message_partial(void *data, os_str_t name, os_buf_t *source);

/* Forgets compiled templates and locales. */
void osw_message_end(osw_t *w);

#endif /* OSW_MESSAGE_H */
