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

#endif /* OSW_ADDRESS_H */
