/*
 * os_country: which law holds where.
 */

#ifndef OS_COUNTRY_H
#define OS_COUNTRY_H

#include "core/base/os_str.h"


/*
 * Is it a country of the European Economic Area (ISO 3166-1 alpha-2), where the
 * consumer directives hold? An empty one is not.
 */
int os_country_is_eea(os_str_t country);

#endif /* OS_COUNTRY_H */
