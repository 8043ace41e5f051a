/*
 * core/os_held: what pages have set apart for an order. What Redis writes is
 * read in one pass; whatever else is JSON is read by jansson, and means the
 * same.
 */

#include "core/order/os_held.h"
#include "tap.h"


static os_offer_t     offers[] = {
    { .id = { 3, "ten" } },
    { .id = { 4, "code" } },
    { .id = { 3, "\303\274b" } }
};
static os_campaign_t  shop = { .noffers = 3, .offers = offers };


/* "UNTIL NAME:COST NAME:COST+ …": a plus for a code. */
static const char *
read_text(const char *text)
{
    static char  said[256];
    size_t       i;
    os_held_t    held;
    os_buf_t     out = os_buf_on(said, sizeof(said));

    os_held_read(&held, os_str(text), &shop);
    os_buf_int(&out, held.until);

    for (i = 0; i < shop.noffers; i++) {
        if (held.offers >> i & 1) {
            os_buf_printf(&out, " %.*s:%lld%s", (int) offers[i].id.len,
                          offers[i].id.data, (long long) os_held_cost(&held, i),
                          os_held_code(&held, i) ? "+" : "");

        } else if (os_held_cost(&held, i) || os_held_code(&held, i)) {
            os_buf_text(&out, " what is not held costs");
        }
    }

    return said;
}


int
main(void)
{
    size_t    i;
    os_buf_t  text = { 0 };

    static const struct {
        const char  *text;
        const char  *means;
    } records[] = {
        { "{\"\":\"1795297000\",\"ten\":{\"cost\":\"1000\",\"budget\":"
          "\"os:{1}:budget:shop\\/ten\\/EUR\"},\"code\":{\"code\":\"A\","
          "\"pool\":\"os:{1}:pool:shop\\/p\"}}",
          "1795297000 ten:1000 code:0+" },
        { "{\"code\":{\"pool\":\"p\",\"code\":\"\\u00fc\",\"cost\":\"5\","
          "\"budget\":\"b\"},\"\":\"7\"}", "7 code:5+" },
        { "{\"ten\":{\"cost\":\"90\\u0030\"},\"\":\"7\"}", "7 ten:900" },
        { "{\"\303\274b\":{\"cost\":\"1\"},\"\":\"7\"}", "7 \303\274b:1" },
        { "{\"\\u00fcb\":{\"cost\":\"1\"},\"\":\"7\"}", "7 \303\274b:1" },
        { " { \"ten\" : { } , \"\" : \"7\" } ", "7 ten:0" },
        { "{\"gone\":{\"cost\":\"1\",\"code\":\"A\"},\"\":\"7\"}", "7" },
        { "{\"ten\":{\"cost\":900},\"\":\"7\"}", "7 ten:0" },
        { "{\"ten\":{\"cost\":\"-1\"},\"\":\"x\"}", "0 ten:0" },
        { "{\"ten\":{\"cost\":\"12345678901234567890\"},\"\":\"7\"}",
          "7 ten:123456789012345678" },
        { "{}", "0" },
        { "{\"\":\"7\",\"ten\":{\"cost\":\"1\"}", "0" },
        { "{\"\":\"7\",\"ten\":{\"cost\":\"1\"}}}", "0" },
        { "{\"\":\"7\",\"ten\":{\"cost\":\"1\377\"}}", "0" },
        { "[]", "0" },
        { "\"", "0" },
        { "", "0" },
    };

    for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        is_str(read_text(records[i].text), records[i].means,
               records[i].text);
    }

    /* more than it has room for */

    os_buf_text(&text, "{\"ten\":{\"cost\":\"900\"},\"gone\":{\"pool\":\"");

    for (i = 0; i < 5000; i++) {
        os_buf_char(&text, 'p');
    }

    os_buf_text(&text, "\"},\"\":\"7\"}");
    is_str(read_text(text.data), "7 ten:900", "a long one");
    os_buf_free(&text);

    return done();
}
