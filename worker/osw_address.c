/*
 * osw_address: see osw_address.h.
 */

#define _GNU_SOURCE             /* memrchr() */

#include <string.h>

#include <unicode/uidna.h>

#include "core/base/os_code.h"
#include "core/base/os_mail.h"
#include "worker/osw_address.h"


#define OSW_DOMAIN  256


static int
osw_address_is_ascii(os_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 0x80) {
            return 0;
        }
    }

    return 1;
}


static int
osw_address_domain(os_str_t domain, char out[OSW_DOMAIN])
{
    int32_t      n;
    UIDNA       *idna;
    UIDNAInfo    info = UIDNA_INFO_INITIALIZER;
    UErrorCode   status = U_ZERO_ERROR;

    idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII
                           | UIDNA_CHECK_BIDI | UIDNA_USE_STD3_RULES, &status);

    if (U_FAILURE(status)) {
        return -1;
    }

    n = uidna_nameToASCII_UTF8(idna, domain.data, (int32_t) domain.len, out,
                               OSW_DOMAIN - 1, &info, &status);
    uidna_close(idna);

    if (U_FAILURE(status) || info.errors || n <= 0 || n >= OSW_DOMAIN) {
        return -1;
    }

    out[n] = '\0';
    return 0;
}


/* The domain as every server takes it, whatever stands before the @. */
static int
osw_address_write(os_str_t text, int local_ascii, os_buf_t *out)
{
    char         domain[OSW_DOMAIN];
    os_str_t     address, local, host;
    const char  *at;

    address = os_mail_address(text);
    at = address.len ? memrchr(address.data, '@', address.len) : NULL;

    if (at == NULL || !os_utf8_valid(text)) {
        return -1;
    }

    local = (os_str_t) { (size_t) (at - address.data), address.data };
    host = (os_str_t) { address.len - local.len - 1, at + 1 };

    if (osw_address_is_ascii(local) != local_ascii
        || osw_address_domain(host, domain) != 0)
    {
        return -1;
    }

    os_buf_add(out, text.data, (size_t) (host.data - text.data));
    os_buf_text(out, domain);
    os_buf_add(out, host.data + host.len,
               (size_t) (text.data + text.len - host.data) - host.len);

    return 0;
}


int
osw_address_ascii(os_str_t text, os_buf_t *out)
{
    if (osw_address_is_ascii(os_mail_address(text))) {
        os_buf_str(out, text);
        return 0;
    }

    return osw_address_write(text, 1, out);
}


int
osw_address_utf8(os_str_t text, os_buf_t *out)
{
    return osw_address_write(text, 0, out);
}
