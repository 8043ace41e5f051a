/*
 * os_country: see os_country.h.
 */

#include <string.h>

#include "core/base/os_country.h"


int
os_country_is_eea(os_str_t country)
{
    /* the 27 of the Union, then Iceland, Liechtenstein and Norway */

    static const char  eea[] =
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT "
        "RO SE SI SK IS LI NO";

    for (const char *at = eea; country.len == 2 && *at; at += at[2] ? 3 : 2) {
        if (memcmp(at, country.data, 2) == 0) {
            return 1;
        }
    }

    return 0;
}
