/*
 * osw_sms_fit: texts cut where a reader would: between user-perceived
 * characters (UAX 29, extended grapheme clusters), by ICU.
 */

#ifndef OSW_SMS_FIT_H
#define OSW_SMS_FIT_H

#include "core/base/os_str.h"


/* How many characters a text has; bytes where ICU fails. */
size_t osw_sms_fit_count(os_str_t text);

/* Its first n characters. */
os_str_t osw_sms_fit(os_str_t text, size_t n);

#endif /* OSW_SMS_FIT_H */
