/*
 * os_speak: who speaks to a buyer, and in which language.
 */

#ifndef OS_SPEAK_H
#define OS_SPEAK_H

#include "core/campaign/os_campaign.h"
#include "core/text/os_locale.h"


typedef struct {
    const os_campaign_t  *campaign;
    const os_locale_t    *locale;
    int64_t               now;          /* epoch seconds */
    unsigned              marks:1;      /* leaves are marks: see os_mold.h */
} os_speak_t;

#endif /* OS_SPEAK_H */
