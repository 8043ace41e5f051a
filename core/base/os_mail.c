/*
 * os_mail: addresses of e-mail. See os_mail.h.
 */

#define _GNU_SOURCE

#include "core/base/os_mail.h"


os_str_t
os_mail_address(os_str_t text)
{
    size_t       i;
    const char  *open;

    open = text.len ? memrchr(text.data, '<', text.len) : NULL;

    if (open != NULL) {
        text.len -= (size_t) (open + 1 - text.data);
        text.data = open + 1;

        for (i = 0; i < text.len && text.data[i] != '>'; i++) { /* void */ }

        text.len = i;
    }

    while (text.len && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }

    while (text.len && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    return text;
}


int
os_mail_address_ok(os_str_t a)
{
    size_t  i, at;

    at = 0;

    for (i = 0; i < a.len; i++) {
        if ((unsigned char) a.data[i] <= ' ' || a.data[i] == 127
            || strchr("<>,;\"()[]\\", a.data[i]) != NULL)
        {
            return 0;
        }

        at += a.data[i] == '@';
    }

    return at == 1 && a.len >= 3 && a.len <= 254 && a.data[0] != '@'
           && a.data[a.len - 1] != '@';
}
