/*
 * os_sms: how long a text message is: 3GPP TS 23.038. A text of the GSM 7 bit
 * alphabet has 160 septets in one message or 153 in each of several; any other
 * is sent as UCS-2 with 70 or 67 units. Septets of the extension table count
 * twice, so do UTF-16 surrogate pairs, and neither is split over two messages.
 */

#ifndef OS_SMS_H
#define OS_SMS_H

#include "core/base/os_buf.h"


typedef struct {
    unsigned  ucs2:1;           /* else GSM 7 bit */
    size_t    units;            /* septets or UTF-16 units */
    size_t    segments;         /* messages that are paid for; 0 for "" */
} os_sms_length_t;

/* `text` is UTF-8; what is not counts as one character beyond GSM a byte. */
os_sms_length_t os_sms_length(os_str_t text);

/*
 * A text without typography that would cost a message of two units a
 * character: quotes, dashes and spaces as typewriters have them. One that has
 * other signs as well stays as it is: it costs that anyway. Appended.
 */
void os_sms_plain(os_str_t text, os_buf_t *out);

#endif /* OS_SMS_H */
