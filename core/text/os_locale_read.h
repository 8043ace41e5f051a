/*
 * os_locale_read: what a locale is made of: os_locale knows it as well, and
 * nobody else.
 */

#ifndef OS_LOCALE_READ_H
#define OS_LOCALE_READ_H

#include "core/text/os_locale.h"


struct os_locale_s {
    json_t         *json;                 /* of the first file, all filled in */
    json_t         *texts;
    json_t         *missing;              /* keys that English speaks for */
    os_format_t    *format;
    json_t         *numbers;              /* of a text with tags: which */
                                          /* template it is */
    os_template_t **templates;
    size_t          ntemplates;
};


/*
 * Appends a text's Mustache source: of a plural, each form in a section of its
 * category. 0, or -1: it is neither.
 */
int os_locale_any(os_buf_t *source, const json_t *text, unsigned flags);

#endif /* OS_LOCALE_READ_H */
