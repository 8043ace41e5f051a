/*
 * os_form: query strings and urlencoded bodies, read as PHP reads them, so
 * that the store and ordersave never disagree about whose order it is.
 *
 * PHP's rules (main/php_variables.c): '&' alone separates; '+' and %XX are
 * decoded; leading spaces of a name are dropped, '.' and ' ' in it become
 * '_'; "name[...]" is an array called name; a name ends at a zero byte; the
 * last of equal names wins; names are case-sensitive.
 */

#ifndef OS_FORM_H
#define OS_FORM_H

#include "core/base/os_buf.h"


typedef enum {
    OS_ARG_ABSENT = 0,
    OS_ARG_ONE,
    OS_ARG_AMBIGUOUS        /* given twice, or as an array */
} os_arg_t;

/*
 * Looks a name up; appends its decoded value to `value` (may be NULL) when it
 * is OS_ARG_ONE.
 */
os_arg_t os_form_find(os_str_t form, os_str_t name, os_buf_t *value);

/*
 * The same for a name known in lower case only. Names that differ in case
 * alone are two to the store: together they are OS_ARG_AMBIGUOUS.
 */
os_arg_t os_form_find_folded(os_str_t form, os_str_t name, os_buf_t *value);

/*
 * Takes the next pair off the front of `form`, raw; 0 at the end. Empty pairs
 * are passed over.
 */
int os_form_next(os_str_t *form, os_str_t *name, os_str_t *value);

/* Undoes '+' and %XX; what is not a valid escape stays as it is. */
void os_form_decode(os_str_t raw, os_buf_t *out);

/*
 * The front of valid UTF-8, of at most so many characters. A CR is not counted:
 * a form sends CR LF for an end of line, which its writer counted as one.
 */
os_str_t os_form_front(os_str_t text, size_t characters);

#endif /* OS_FORM_H */
