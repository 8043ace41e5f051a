/*
 * osw_address: addresses of mail as every server takes them, by ICU.
 */

#ifndef OSW_ADDRESS_H
#define OSW_ADDRESS_H

#include "core/base/os_buf.h"


/*
 * "Name <ada@bücher.example>" with the domain as IDNA writes it, appended:
 * "Name <ada@xn--bcher-kva.example>" (UTS 46). -1 when there is none: the part
 * before the @ is not ASCII, which takes SMTPUTF8 (RFC 6531), or the domain is
 * no name. Nothing is appended then.
 */
int osw_address_ascii(os_str_t address, os_buf_t *out);

/*
 * The same where the part before the @ is not ASCII: that stays, in UTF-8, and
 * the domain is written as IDNA does. Its mail needs a server that speaks
 * SMTPUTF8. -1 when it is no such address; nothing is appended then.
 */
int osw_address_utf8(os_str_t address, os_buf_t *out);

#endif /* OSW_ADDRESS_H */
