/*
 * worker/osw_phone: what people type into a field for a telephone number.
 */

#include <cstring>

#include "worker/osw_phone.h"

extern "C" {
#include "tap.h"
}


static const struct {
    const char  *typed;
    const char  *country;
    const char  *e164;          /* NULL: none */
} numbers[] = {
    { "+4930901820", "DE", "+4930901820" },
    { "0049 30 901820", "DE", "+4930901820" },
    { "+49 (0)30 / 90 18 20", "DE", "+4930901820" },
    { "(030) 901820", "DE", "+4930901820" },
    { "030/901820", "DE", "+4930901820" },
    { "+49.30.901820", "DE", "+4930901820" },
    { "49 30 901820", "DE", "+4930901820" },
    { "tel:+49-30-901820", "DE", "+4930901820" },
    { "+49 30 901820 ext. 12", "DE", "+4930901820" },
    { "+49 30 901820 x12", "DE", "+4930901820" },
    { "+49 30 901820 #12", "DE", "+4930901820" },
    { "+49 30 901820 Durchwahl 12", "DE", "+4930901820" },
    { "+49 30 901820 (Tom, evenings)", "DE", "+4930901820" },
    { "+4930901820 Tom", "DE", "+4930901820" },
    { "mobile: +49 30 901820", "DE", "+4930901820" },
    { "2nd floor, 030 901820", "DE", "+4930901820" },
    { "030 901820 / 0151 23456789", "DE", "+4930901820" },
    { "030 901820 or 030 901821", "DE", "+4930901820" },
    { "030 901820; 0151 23456789", "DE", "+4930901820" },
    { "030 901820/21", "DE", "+4930901820" },
    { "\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x99 30 901820", "DE", "+4930901820" },
    { "\xd9\xa0\xd9\xa1\xd9\xa0 1234 5678", "KR", "+821012345678" },
    { "010\xe2\x80\x93" "1234\xe2\x80\x93" "5678", "KR", "+821012345678" },
    { "+1 (415) 555-2671", NULL, "+14155552671" },
    { "(415) 555-2671", "US", "+14155552671" },
    { "1-415-555-2671 ext 9", "US", "+14155552671" },
    { "(415) 555-2671", NULL, NULL },
    { "call my wife", "DE", NULL },
    { "12", "DE", NULL },
    { "33 1 23 45 67 89 0", "KR", NULL },
    { "", "DE", NULL },
};


int
main(void)
{
    char    got[24];
    size_t  i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        is_str(osw_phone_e164(numbers[i].typed, numbers[i].country, got) == 0
               ? got : NULL, numbers[i].e164, numbers[i].typed);
    }

    return done();
}
