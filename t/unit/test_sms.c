/*
 * core/os_sms: how many messages a text is (3GPP TS 23.038).
 */

#include <stdlib.h>

#include "core/text/os_sms.h"
#include "tap.h"


static os_buf_t
many(const char *text, int n)
{
    os_buf_t  out;

    for (out = (os_buf_t) { 0 }; n > 0; n--) {
        os_buf_text(&out, text);
    }

    return out;
}


int
main(void)
{
    size_t           i;
    os_buf_t         text;
    os_sms_length_t  got;

    static const struct {
        const char  *text;
        int          n;
        int          ucs2;
        size_t       units;
        size_t       segments;
        const char  *name;
    } cases[] = {
        { "", 1, 0, 0, 0, "nothing" },
        { "a", 160, 0, 160, 1, "160 septets" },
        { "a", 161, 0, 161, 2, "161 septets" },
        { "a", 306, 0, 306, 2, "306 septets" },
        { "a", 307, 0, 307, 3, "307 septets" },
        { "é", 160, 0, 160, 1, "letters of the alphabet beyond ASCII" },
        { "€", 80, 0, 160, 1, "the extension counts twice" },
        { "€", 81, 0, 162, 2, "161 and more" },
        { "€", 153, 0, 306, 3, "and is not split over two messages" },
        { "ê", 70, 1, 70, 1, "a letter that is not there: UCS-2" },
        { "ê", 71, 1, 71, 2, "71 units" },
        { "ê", 134, 1, 134, 2, "134 units" },
        { "ê", 135, 1, 135, 3, "135 units" },
        { "주", 70, 1, 70, 1, "Korean" },
        { "\xf0\x9f\x98\x80", 35, 1, 70, 1, "a pair of surrogates" },
        { "\xf0\x9f\x98\x80", 36, 1, 72, 2, "36 pairs" },
        { "\xf0\x9f\x98\x80", 67, 1, 134, 3, "are not split either" },
        { "`", 1, 1, 1, 1, "the grave accent is not in the alphabet" },
        { "\xff", 2, 1, 2, 1, "what is not UTF-8" },
        { "\xe2\x82", 1, 1, 2, 1, "a cut character" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text = many(cases[i].text, cases[i].n);
        got = os_sms_length(os_buf_view(&text));
        ok(got.ucs2 == (cases[i].ucs2 & 1) && got.units == cases[i].units
           && got.segments == cases[i].segments, "%s: %zu units, %zu messages",
           cases[i].name, got.units, got.segments);
        os_buf_free(&text);
    }

    /* typography that would cost the whole text its alphabet */
    text = (os_buf_t) { 0 };
    os_sms_plain(OS_STR("\u201cNov\u202f24\u2009\u2013\u200926\u201d\u2026 "
                        "d\u2019ici \u00d7 \u00e9"), &text);
    is_str(text.data, "\"Nov 24 - 26\"... d'ici x \u00e9",
           "as a typewriter has it");

    text.len = 0;
    os_sms_plain(OS_STR("\uc8fc\ubb38 \ucde8\uc18c\u00b7\ud658\ubd88"), &text);
    is_str(text.data, "\uc8fc\ubb38 \ucde8\uc18c\u00b7\ud658\ubd88",
           "what is no GSM text in any case keeps its signs");
    os_buf_free(&text);

    return done();
}
