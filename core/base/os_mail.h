/*
 * os_mail: addresses of e-mail.
 */

#ifndef OS_MAIL_H
#define OS_MAIL_H

#include "core/base/os_buf.h"


/* The address of "Name <address>": what stands in <> or the whole, trimmed. */
os_str_t os_mail_address(os_str_t text);

/*
 * The address in what a store or a person sent, appended: without a name or
 * other words beside it, "mailto:" and what follows a "?", signs that are not
 * seen, spaces beside the @, and quotes, brackets, stops and commas around it.
 * Nothing, where there is none, or two that differ. All that counts, limits,
 * looks up or erases by a buyer's address takes it as this gives it.
 */
void os_mail_plain(os_str_t text, os_buf_t *out);

/*
 * Can this be an address (RFC 5322's addr-spec without quotes or comments: one
 * @, no spaces, no controls, no <>,;:, no empty label of the domain)?
 */
int os_mail_address_ok(os_str_t address);

#endif /* OS_MAIL_H */
