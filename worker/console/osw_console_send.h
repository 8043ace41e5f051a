/*
 * osw_console_send: the console's answers over HTTP, all with a strict policy.
 */

#ifndef OSW_CONSOLE_SEND_H
#define OSW_CONSOLE_SEND_H

#include <microhttpd.h>

#include "core/base/os_buf.h"


/* What an answer has beyond its body; NULL: it has none of that. */
typedef struct {
    unsigned     status;
    const char  *type;
    const char  *policy;        /* NULL: that of all */
    const char  *name;          /* of a header more */
    const char  *value;
} osw_send_t;

/* The policy (CSP) of all that names none of its own. */
extern const char  osw_send_policy[];

/* Each queues an answer. The body is taken. */
enum MHD_Result osw_send(struct MHD_Connection *c, const osw_send_t *a,
    os_buf_t *body);
enum MHD_Result osw_send_as(struct MHD_Connection *c, unsigned status,
    const char *type, os_buf_t *body, const char *name, const char *value);

/* One without a page. */
enum MHD_Result osw_send_text(struct MHD_Connection *c, unsigned status,
    const char *text, const char *name, const char *value);

#endif /* OSW_CONSOLE_SEND_H */
