/*
 * os_held: what pages have set apart. See os_held.h.
 *
 * The record is Redis' own writing (redis/os_script_shop.c): an object for each
 * offer, whose values are strings. What the reader of plain JSON does not take
 * is asked of jansson, as an offer may have any name.
 */

#include <string.h>

#include "core/base/os_json.h"
#include "core/base/os_json_plain.h"
#include "core/order/os_held.h"


#define OS_HELD_ROOM    4096    /* a longer one is jansson's */
#define OS_HELD_DIGITS  18


static int64_t
os_held_number(os_str_t text)
{
    size_t   i;
    int64_t  n = 0;

    for (i = 0; i < text.len && i < OS_HELD_DIGITS; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            break;
        }

        n = n * 10 + (text.data[i] - '0');
    }

    return n;
}


static void
os_held_add(os_held_t *held, size_t i, int64_t cost, int code)
{
    held->offers |= (uint64_t) 1 << i;
    held->codes |= (uint64_t) (code != 0) << i;
    held->cost[i] = cost;
}


/* Which offer has this name; noffers when none has. */
static size_t
os_held_offer(const os_campaign_t *c, os_str_t name)
{
    size_t  i = 0;

    while (i < c->noffers && !os_str_equal(c->offers[i].id, name)) {
        i++;
    }

    return i;
}


/* What is held of one offer, or of one that the campaign has no more. */
static int
os_held_one(os_held_t *held, os_plain_t *p, size_t i, size_t noffers)
{
    int       code = 0;
    int64_t   cost = 0;
    os_str_t  name, value;

    if (*p->at != '{') {
        return -1;
    }

    if (os_plain_open(p, '}')) {
        do {
            if (os_plain_name(p, &name) == -1
                || os_plain_string(p, &value) == -1)
            {
                return -1;
            }

            if (os_str_equal(name, OS_STR("cost"))) {
                cost = os_held_number(value);

            } else if (os_str_equal(name, OS_STR("code"))) {
                code = 1;
            }
        } while (os_plain_comma(p));

        if (!os_plain_is(p, '}')) {
            return -1;
        }
    }

    if (i < noffers) {
        os_held_add(held, i, cost, code);
    }

    return 0;
}


static int
os_held_plain(os_held_t *held, os_str_t text, const os_campaign_t *c)
{
    char        room[OS_PLAIN_ROOM(OS_HELD_ROOM)];
    os_str_t    name, until;
    os_plain_t  p;

    if (text.len > OS_HELD_ROOM) {
        return -1;
    }

    os_plain_init(&p, text, room);

    if (*p.at != '{') {
        return -1;
    }

    if (!os_plain_open(&p, '}')) {
        return os_plain_end(&p);
    }

    do {
        if (os_plain_name(&p, &name) == -1) {
            return -1;
        }

        if (name.len) {
            if (os_held_one(held, &p, os_held_offer(c, name), c->noffers)
                == -1)
            {
                return -1;
            }

        } else if (os_plain_string(&p, &until) == 0) {
            held->until = os_held_number(until);

        } else {
            return -1;
        }
    } while (os_plain_comma(&p));

    return os_plain_is(&p, '}') ? os_plain_end(&p) : -1;
}


static void
os_held_json(os_held_t *held, os_str_t text, const os_campaign_t *c)
{
    size_t   i;
    json_t  *all, *one;

    all = json_loadb(text.data, text.len, 0, NULL);
    held->until = os_held_number(os_json_str(all, ""));

    for (i = 0; i < c->noffers; i++) {
        one = json_object_getn(all, c->offers[i].id.data, c->offers[i].id.len);

        if (one) {
            os_held_add(held, i, os_held_number(os_json_str(one, "cost")),
                        json_object_get(one, "code") != NULL);
        }
    }

    json_decref(all);
}


void
os_held_read(os_held_t *held, os_str_t text, const os_campaign_t *c)
{
    held->until = 0;
    held->offers = 0;
    held->codes = 0;

    if (text.len && os_held_plain(held, text, c) == -1) {
        held->until = 0;
        held->offers = 0;
        held->codes = 0;
        os_held_json(held, text, c);
    }
}
