/*
 * os_view_words: see os_view_words.h.
 */

#include "core/base/os_time.h"
#include "core/view/os_view_words.h"


void
os_view_money(const os_speak_t *s, int64_t minor, os_str_t currency,
    os_buf_t *out)
{
    os_format_money(out, os_locale_format(s->locale), minor, currency);
}


void
os_view_moment(const os_speak_t *s, int64_t seconds, os_buf_t *out)
{
    os_format_date_time(out, os_locale_format(s->locale), seconds,
                        os_campaign_offset(s->campaign), OS_DATE_LONG);
}


void
os_view_days(const os_speak_t *s, os_str_t from, os_str_t until, os_buf_t *out)
{
    int64_t  first, last;

    if (os_time_parse(from, &first) != 0 || os_time_parse(until, &last) != 0) {
        return;
    }

    if (first == last) {
        os_format_date(out, os_locale_format(s->locale), last / 86400,
                       OS_DATE_DAY);

    } else {
        os_format_range(out, os_locale_format(s->locale), first / 86400,
                        last / 86400);
    }
}


void
os_view_say(const os_speak_t *s, const char *group, os_str_t word,
    json_t *view, const char *member)
{
    char      room[2][256];
    os_buf_t  key = os_buf_on(room[0], sizeof(room[0]));
    os_buf_t  said = os_buf_on(room[1], sizeof(room[1]));

    os_buf_text(&key, group);
    os_buf_str(&key, word);

    if (os_locale_say(s->locale, os_buf_view(&key), view, &said) == 0) {
        os_json_set_str(view, member, os_buf_view(&said));
    }

    os_buf_free(&key);
    os_buf_free(&said);
}
