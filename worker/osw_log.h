/*
 * osw_log: one line a message on standard error, with the priority that
 * systemd reads. Never an address, a phone number or a secret.
 */

#ifndef OSW_LOG_H
#define OSW_LOG_H


typedef enum {
    OSW_ERROR = 3,
    OSW_WARN = 4,
    OSW_NOTICE = 5,             /* who did what, where that is asked for */
    OSW_INFO = 6,
    OSW_DEBUG = 7
} osw_level_t;

/* Messages above this level are left out; OSW_INFO at first. */
void osw_log_level(osw_level_t level);

/*
 * What others say, as it may be shown: control characters, by which a text
 * looks like several lines or colours a terminal, become blanks.
 */
void osw_log_plain(char *text);

/* Would it be told? */
int osw_log_wanted(osw_level_t level);

void osw_log(osw_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* OSW_LOG_H */
