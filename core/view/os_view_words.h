/*
 * os_view_words: amounts, times and words as a reader of a locale has them.
 */

#ifndef OS_VIEW_WORDS_H
#define OS_VIEW_WORDS_H

#include "core/view/os_speak.h"


/* Minor units of a currency, appended. */
void os_view_money(const os_speak_t *s, int64_t minor, os_str_t currency,
    os_buf_t *out);

/* A moment (epoch seconds) by the shop's clock, appended. */
void os_view_moment(const os_speak_t *s, int64_t seconds, os_buf_t *out);

/* One day, or from one to another, as "2026-11-29": appended. */
void os_view_days(const os_speak_t *s, os_str_t from, os_str_t until,
    os_buf_t *out);

/*
 * The locale's text of a name, "group" and word together, said over the view
 * and set as a member of it; nothing where there is none.
 */
void os_view_say(const os_speak_t *s, const char *group, os_str_t word,
    json_t *view, const char *member);

#endif /* OS_VIEW_WORDS_H */
