/*
 * os_dispatch: see os_dispatch.h.
 */

#include <stdlib.h>

#include "core/base/os_holiday.h"
#include "core/base/os_time.h"
#include "core/campaign/os_dispatch.h"
#include "core/campaign/os_pack.h"


#define OS_DISPATCH_DAY    86400
#define OS_DISPATCH_AHEAD  400      /* days that are looked through */


/* Is the day, which is written so, in the list of days that it is closed? */
static int
os_dispatch_closed(const json_t *closed, int64_t day)
{
    int       found = 0;
    size_t    i;
    json_t   *one;
    os_buf_t  text = { 0 };

    os_wall_write(&text, day * OS_DISPATCH_DAY, 0);

    json_array_foreach(closed, i, one) {
        found |= os_str_equal(os_str(json_string_value(one)),
                              os_buf_view(&text));
    }

    os_buf_free(&text);

    return found;
}


static int
os_dispatch_open(const os_campaign_t *c, int64_t day)
{
    size_t   i;
    json_t  *days, *one;
    int64_t  weekday = ((day + 4) % 7 + 7) % 7;     /* 1970-01-01: Thursday */

    static const char *const  names[] = { "sun", "mon", "tue", "wed", "thu",
                                          "fri", "sat" };

    if (os_dispatch_closed(os_campaign_at(c, "/dispatch/closed"), day)
        || os_holiday(os_pack_rule(c->packs,
                                   os_json_str(c->json, "country"),
                                   "holidays"), day))
    {
        return 0;
    }

    days = os_campaign_at(c, "/dispatch/days");

    json_array_foreach(days, i, one) {
        if (os_str_equal(os_str(json_string_value(one)),
                         os_str(names[weekday])))
        {
            return 1;
        }
    }

    return days == NULL && weekday != 0 && weekday != 6;
}


int64_t
os_dispatch_today(const os_campaign_t *c, int64_t now)
{
    return (now + os_campaign_offset(c)) / OS_DISPATCH_DAY;
}


int64_t
os_dispatch_until(const os_campaign_t *c, int64_t now)
{
    int64_t   today, until;
    os_str_t  text;

    text = os_str(json_string_value(os_campaign_at(c, "/dispatch/until")));
    today = os_dispatch_today(c, now);

    if (text.len != sizeof("14:00") - 1 || !os_dispatch_open(c, today)) {
        return 0;
    }

    until = today * OS_DISPATCH_DAY + strtol(text.data, NULL, 10) * 3600
            + strtol(text.data + 3, NULL, 10) * 60 - os_campaign_offset(c);

    return now < until ? until : 0;
}


int64_t
os_dispatch_after(const os_campaign_t *c, int64_t day, int64_t n)
{
    for (int i = 0; n > 0 && i < OS_DISPATCH_AHEAD; i++) {
        day++;
        n -= os_dispatch_open(c, day) ? 1 : 0;
    }

    return day;
}
