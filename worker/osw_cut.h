/*
 * osw_cut: texts cut where a reader would: between user-perceived characters
 * (UAX 29, extended grapheme clusters), by ICU.
 */

#ifndef OSW_CUT_H
#define OSW_CUT_H

#include "core/base/os_str.h"


/* How many characters a text has; bytes where ICU fails. */
size_t osw_cut_count(os_str_t text);

/* Its first n characters. */
os_str_t osw_cut(os_str_t text, size_t n);

#endif /* OSW_CUT_H */
