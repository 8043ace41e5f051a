/*
 * os_mail: addresses of e-mail.
 */

#ifndef OS_MAIL_H
#define OS_MAIL_H

#include "core/base/os_str.h"


/* The address of "Name <address>": what stands in <> or the whole, trimmed. */
os_str_t os_mail_address(os_str_t text);

/*
 * Can this be an address (RFC 5322's addr-spec without quotes or comments: one
 * @, no spaces, no controls, no <>,;)?
 */
int os_mail_address_ok(os_str_t address);

#endif /* OS_MAIL_H */
