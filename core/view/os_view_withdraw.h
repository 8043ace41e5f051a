/*
 * os_view_withdraw: the words of the withdrawal function, and what a statement
 * says, as templates get them.
 *
 * The words stand in withdrawal/LANG.json, not in the locales: a shop
 * that speaks two languages takes statements in all that have a file, whole,
 * and a text that is missing there is never borrowed from another one. The
 * labels of the law are built in (os_withdraw_label.h).
 */

#ifndef OS_VIEW_WITHDRAW_H
#define OS_VIEW_WITHDRAW_H

#include "core/order/os_withdrawal.h"


/*
 * All languages of the folders (os_folders): {"de": {"intro", …, "link",
 * "confirm"}, …}.
 * New; NULL with err, which names the file and what it lacks.
 */
json_t *os_withdraw_words(const char *folders, os_error_t *err);

/*
 * The language of the words for a tag ("de-AT" is "de"): the first of the three
 * that there are words in; of none of them, English. Borrowed. `shop` is what
 * the shop speaks: who reads Hebrew or Japanese there knows that better.
 */
const char *os_withdraw_language(const json_t *words, os_str_t tag,
    os_str_t other, os_str_t shop);

/*
 * The words of a language and `lang`: new. `why` and what goes with it may be
 * missing: then nobody is asked.
 */
json_t *os_view_withdraw_words(const json_t *words, const char *lang);

/*
 * What a statement says: {"name", "email", "contract", "parts", "lines":
 * [{"name", "n"}], "has_lines", "whole", "moment"}. With `plain`, as no mail
 * program makes a link of it. `at_ms` 0: it is not made yet. New.
 */
json_t *os_view_withdraw_said(const os_campaign_t *c,
    const json_t *statement, int64_t at_ms, int plain);

#endif /* OS_VIEW_WITHDRAW_H */
