/*
 * os_withdraw_label: what the law has the way to a withdrawal be called, and
 * the button that makes it (Directive 2011/83/EU, article 11a (1) and (3), as
 * Directive (EU) 2023/2673 inserted it), in the words of the 24 official
 * versions. Built in: no file can lack one, and no language falls back to
 * another.
 */

#ifndef OS_WITHDRAW_LABEL_H
#define OS_WITHDRAW_LABEL_H

#include "core/base/os_str.h"


typedef struct {
    const char  *lang;          /* ISO 639-1 */
    const char  *link;          /* "Withdraw from contract here" */
    const char  *confirm;       /* "Confirm withdrawal" */
} os_withdraw_label_t;


/* All of them; the last one's `lang` is NULL. */
extern const os_withdraw_label_t  os_withdraw_labels[];

/*
 * Those of a language tag (BCP 47: "de", "de-AT"); NULL where that is no
 * official language of the Union.
 */
const os_withdraw_label_t *os_withdraw_label(os_str_t tag);

/*
 * Does this part of an address, decoded or not, or an expression made of it,
 * speak of a withdrawal, as the function of a store itself does ("withdraw-
 * order", "widerruf", "recesso")? An offer never stands in front of that.
 */
int os_withdraw_address(os_str_t text);

#endif /* OS_WITHDRAW_LABEL_H */
