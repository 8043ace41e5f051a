/*
 * osw_sms_fit: see osw_sms_fit.h.
 */

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "worker/render/osw_sms_fit.h"


/* The end of the n-th character; *count gets how many were passed. */
static size_t
osw_sms_fit_walk(os_str_t text, size_t n, size_t *count)
{
    UText           *ut;
    size_t           end;
    int32_t          at;
    UErrorCode       status;
    UBreakIterator  *it;

    status = U_ZERO_ERROR;
    *count = 0;
    end = 0;
    ut = utext_openUTF8(NULL, text.data ? text.data : "",
                        (int64_t) text.len, &status);
    it = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);

    if (ut && it) {
        ubrk_setUText(it, ut, &status);
    }

    if (U_FAILURE(status)) {
        *count = text.len;
        end = n < text.len ? n : text.len;

    } else {
        for (at = ubrk_next(it); at != UBRK_DONE && *count < n;
             at = ubrk_next(it))
        {
            end = (size_t) at;
            ++*count;
        }
    }

    ubrk_close(it);
    utext_close(ut);

    return end;
}


size_t
osw_sms_fit_count(os_str_t text)
{
    size_t  count;

    (void) osw_sms_fit_walk(text, text.len, &count);

    return count;
}


os_str_t
osw_sms_fit(os_str_t text, size_t n)
{
    size_t  count;

    text.len = osw_sms_fit_walk(text, n, &count);

    return text;
}
