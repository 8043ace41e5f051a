/*
 * osw_console_days: see osw_console_days.h.
 *
 * The offset is asked for once between two changes of the clocks: a query asks
 * of a hundred thousand moments.
 */

#include "worker/console/osw_console_days.h"
#include "worker/osw_zone.h"


#define OSW_DAY       86400
#define OSW_DAY_STEP  60
#define OSW_DAYS_EVER  INT64_C(0x3fffffffffff)


void
osw_days_init(osw_days_t *d, os_str_t zone, int64_t fixed)
{
    *d = (osw_days_t) { .zone = zone, .fixed = fixed, .offset = fixed };
}


int64_t
osw_days_offset(osw_days_t *d, int64_t at)
{
    if (at >= d->from && at < d->until) {
        return d->offset;
    }

    if (d->zone.len == 0
        || osw_zone_at(d->zone, at, &d->offset, &d->from, &d->until) != 0)
    {
        d->offset = d->fixed;
        d->from = -OSW_DAYS_EVER;
        d->until = OSW_DAYS_EVER;
    }

    return d->offset;
}


static int64_t
osw_days_floor(int64_t at)
{
    return at / OSW_DAY - (at % OSW_DAY < 0);
}


int64_t
osw_days_of(osw_days_t *d, int64_t at)
{
    return osw_days_floor(at + osw_days_offset(d, at));
}


/*
 * No zone's clock is put on or back by more than a day; that of a day and more
 * leaves a date out.
 */
int64_t
osw_days_start(osw_days_t *d, int64_t day)
{
    int64_t  at = day * OSW_DAY - osw_days_offset(d, day * OSW_DAY);
    int64_t  before = at - 2 * OSW_DAY;

    /* from a moment that is certainly before it to one that is not */

    while (osw_days_of(d, at) >= day && at > before) {
        at -= OSW_DAY / 24;
    }

    while (osw_days_of(d, at) < day) {
        at += OSW_DAY / 24;
    }

    while (osw_days_of(d, at - OSW_DAY_STEP) >= day) {
        at -= OSW_DAY_STEP;
    }

    while (osw_days_of(d, at - 1) >= day) {
        at--;
    }

    return at;
}
