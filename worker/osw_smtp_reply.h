/*
 * osw_smtp_reply: what a mail server's reply means: for this mail alone, or for
 * all that go this way. RFC 5321, 4.2, for codes; RFC 3463 for enhanced ones.
 *
 * Only a 5yz about this recipient or this message ends a mail. "554 go away" at
 * the greeting, a sender that is refused, a relay that is denied is said of
 * us: it passes when somebody has mended it, and meanwhile the queue waits.
 */

#ifndef OSW_SMTP_REPLY_H
#define OSW_SMTP_REPLY_H

#include "core/base/os_str.h"


/* After what the reply came. */
typedef enum {
    OSW_STAGE_GREETING = 0,     /* connecting, EHLO, STARTTLS, AUTH */
    OSW_STAGE_FROM,
    OSW_STAGE_RCPT,
    OSW_STAGE_DATA,
    OSW_STAGE_DOT
} osw_stage_t;

typedef enum {
    OSW_REPLY_GOOD = 0,
    OSW_REPLY_LATER,            /* this mail: another time */
    OSW_REPLY_CLOSED,           /* all mails: another time */
    OSW_REPLY_DEAD              /* this mail: never */
} osw_reply_means_t;

/* "MAIL FROM", "the final dot", … */
const char *osw_stage_name(osw_stage_t stage);

/* `line` is the last line of the reply: "550 5.1.1 no such user". */
osw_reply_means_t osw_smtp_reply_means(osw_stage_t stage, const char *line);

/* Does it say, of the recipient, that there is no such mailbox? RFC 3463. */
int osw_smtp_reply_nobody(osw_stage_t stage, const char *line);

/*
 * The line for a person, into `to`: without addresses, which are for no log,
 * and without what cannot be printed.
 */
void osw_smtp_reply_text(const char *line, char *to, size_t size);

#endif /* OSW_SMTP_REPLY_H */
