/*
 * core/os_rules: who may meet an offer, which offers fit, the arms, the terms.
 */

#include <stdlib.h>
#include <unistd.h>

#include "core/base/os_hash.h"
#include "core/base/os_time.h"
#include "core/campaign/os_dispatch.h"
#include "core/order/os_rules.h"
#include "tap.h"


#define NOW  1795294077

static char  path[] = "/tmp/ordersave-rules-XXXXXX";


/* The campaign with these members beside the usual ones. */
static os_campaign_t *
campaign(const char *members)
{
    FILE           *file = fopen(path, "w");
    os_error_t      err;
    os_campaign_t  *c;

    if (file) {
        fprintf(file, "{\"store\": \"shop\", \"revision\": 1, \"site\": "
                "\"https://shop.example\", \"brand\": {\"name\": \"Shop\"}, "
                "\"locales\": [\"en\"]%s}\n", members);
        fclose(file);
    }

    c = os_campaign_load(path, "campaign", &err);

    if (c == NULL) {
        diag("%s", err.text);
        exit(1);
    }

    return c;
}


/* The usual order with the members of another object on it. */
static json_t *
record(const char *more)
{
    json_t  *made, *over;

    made = json_loads("{\"state\":\"open\",\"status\":\"processing\","
        "\"payment\":\"on_delivery\",\"currency\":\"EUR\",\"total\":5000,"
        "\"shipping\":500,\"placed\":1795294000,\"country\":\"DE\",\"id\":"
        "\"19\",\"customer\":\"ada\",\"items\":[{\"id\":\"7\"},{\"id\":\"8\"}]"
        "}", 0, NULL);
    over = json_loads(more, 0, NULL);
    (void) json_object_update(made, over);
    json_decref(over);

    return made;
}


static os_order_t *
order(const char *more)
{
    json_t      *made = record(more);
    os_order_t  *o = os_order_from(made);

    json_decref(made);

    return o;
}


/* The arm of a record as it is now. */
static os_str_t
arm_of(const os_campaign_t *c, const char *key, const json_t *made)
{
    os_str_t     arm;
    os_hmac_t    hmac;
    os_order_t  *o = os_order_from(made);

    os_hmac_ready(&hmac, os_str(key));
    arm = os_rules_arm(c, &hmac, o);
    os_order_free(o);

    return arm;
}


static const struct {
    const char  *eligible;
    const char  *order;
    const char  *segment;
    const char  *word;
} meets[] = {
    { "{}", "{}", "", "eligible" },
    { "{}", "{\"state\":\"cancelled\"}", "", "not-open" },
    { "{}", "{\"state\":\"refunded\"}", "", "not-open" },
    { "{}", "{\"state\":\"unknown\"}", "", "not-open" },
    { "{}", "{\"state\":null}", "", "not-open" },
    { "{}", "{\"shipped\":true}", "", "shipped" },
    { "{\"shipped\":false}", "{\"shipped\":true}", "", "shipped" },
    { "{\"shipped\":true}", "{\"shipped\":true}", "", "eligible" },

    { "{\"status\":[\"pending\",\"processing\"]}", "{}", "", "eligible" },
    { "{\"status\":[\"pending\"]}", "{}", "", "status" },
    { "{\"status\":[]}", "{}", "", "status" },
    { "{\"status\":[\"process\"]}", "{}", "", "status" },
    { "{\"payment\":[\"on_delivery\"]}", "{}", "", "eligible" },
    { "{\"payment\":[\"paid\",\"unpaid\"]}", "{}", "", "payment" },
    { "{\"countries\":[\"FR\",\"DE\"]}", "{}", "", "eligible" },
    { "{\"countries\":[\"FR\"]}", "{}", "", "country" },
    { "{\"countries\":[\"DE\"]}", "{\"country\":null}", "", "country" },

    { "{\"max_age\":\"77s\"}", "{}", "", "eligible" },
    { "{\"max_age\":\"76s\"}", "{}", "", "age" },
    { "{\"max_age\":\"1s\"}", "{\"placed\":null}", "", "eligible" },
    { "{\"max_age\":\"1s\"}", "{\"placed\":1795299999}", "", "eligible" },

    { "{\"min_total\":{\"EUR\":\"50.00\"}}", "{}", "", "eligible" },
    { "{\"min_total\":{\"EUR\":\"50.01\"}}", "{}", "", "total" },
    { "{\"max_total\":{\"EUR\":\"50\"}}", "{}", "", "eligible" },
    { "{\"max_total\":{\"EUR\":\"49.99\"}}", "{}", "", "total" },
    { "{\"min_total\":{\"USD\":\"1\"}}", "{}", "", "total" },
    { "{\"max_total\":{\"USD\":\"99\"}}", "{}", "", "total" },
    { "{\"min_total\":{\"KRW\":\"5000\"}}", "{\"currency\":\"KRW\"}", "",
      "eligible" },
    { "{\"min_total\":{\"KRW\":\"5001\"}}", "{\"currency\":\"KRW\"}", "",
      "total" },
    { "{\"min_total\":{\"KWD\":\"5.001\"}}", "{\"currency\":\"KWD\"}", "",
      "total" },
    { "{\"min_total\":{\"EUR\":\"1\"}}", "{\"currency\":null}", "", "total" },

    { "{\"methods\":[\"bacs\"]}", "{\"pay_method\":\"bacs\"}", "",
      "eligible" },
    { "{\"methods\":[\"bacs\"]}", "{\"pay_method\":\"cod\"}", "", "method" },
    { "{\"methods\":[\"bacs\"]}", "{}", "", "method" },
    { "{\"discounted\":true}", "{\"discount\":1}", "", "eligible" },
    { "{\"discounted\":true}", "{\"coupons\":[\"X\"]}", "", "eligible" },
    { "{\"discounted\":true}", "{}", "", "discount" },
    { "{\"discounted\":false}", "{}", "", "eligible" },
    { "{\"discounted\":false}", "{\"discount\":1}", "", "discount" },
    { "{\"discounted\":false}", "{\"coupons\":[\"X\"]}", "", "discount" },
    { "{\"min_age\":\"77s\"}", "{}", "", "eligible" },
    { "{\"min_age\":\"78s\"}", "{}", "", "age" },
    { "{\"min_age\":\"1s\"}", "{\"placed\":null}", "", "age" },
    { "{\"max_age\":\"77s\"}", "{}", "", "eligible" },
    { "{\"max_age\":\"76s\"}", "{}", "", "age" },
    { "{\"max_age\":\"76s\"}", "{\"placed\":null}", "", "eligible" },
    { "{\"segments\":[\"vip\"]}", "{}", "vip", "eligible" },
    { "{\"segments\":[\"vip\"]}", "{}", "vi", "segment" },
    { "{\"segments\":[\"vip\"]}", "{}", "", "segment" },
    { "{}", "{}", "vip", "eligible" },
};


static void
test_eligible(void)
{
    char            members[256];
    os_order_t     *o;
    const char     *word;
    os_campaign_t  *c;

    for (size_t i = 0; i < sizeof(meets) / sizeof(meets[0]); i++) {
        (void) snprintf(members, sizeof(members),
                        ", \"offers\": [], \"eligible\": %s",
                        meets[i].eligible);
        c = campaign(members);
        o = order(meets[i].order);
        word = os_rules_word(os_rules_eligible(c, o, os_str(meets[i].segment),
                                               NOW));

        if (!ok(strcmp(word, meets[i].word) == 0, "%s, %s%s%s: %s",
                meets[i].eligible, meets[i].order,
                meets[i].segment[0] ? ", " : "", meets[i].segment,
                meets[i].word))
        {
            diag("got %s", word);
        }

        os_order_free(o);
        os_campaign_free(c);
    }

    c = campaign(", \"offers\": []");
    ok(os_rules_eligible(c, NULL, OS_NULL, NOW) == OS_NOT_OPEN,
       "an order that is not known is not open");
    os_campaign_free(c);
}


static const struct {
    const char  *offer;         /* its members beside id and reasons */
    const char  *order;
    int64_t      stock;
    const char  *against;       /* NULL: it fits */
    int64_t      amount;
} fits[] = {
    { "\"give\":{\"discount\":{\"percent\":\"10\"}}", "{}", -1, NULL, 450 },
    { "\"give\":{\"discount\":{\"percent\":\"33.33\"}}", "{}", -1, NULL, 1500 },
    { "\"give\":{\"discount\":{\"percent\":\"100\"}}", "{}", -1, NULL, 4500 },
    { "\"give\":{\"discount\":{\"percent\":\"0.01\"}}", "{\"total\":600}", -1,
      "amount", 0 },
    { "\"give\":{\"discount\":{\"amount\":{\"EUR\":\"5\"}}}", "{}", -1, NULL,
      500 },
    { "\"give\":{\"discount\":{\"amount\":{\"EUR\":\"70\"}}}", "{}", -1, NULL,
      5000 },
    { "\"give\":{\"discount\":{\"amount\":{\"USD\":\"5\"}}}", "{}", -1,
      "amount", 0 },
    { "\"give\":{\"discount\":{\"amount\":{\"EUR\":\"5\"}}}",
      "{\"currency\":null}", -1, "amount", 0 },
    { "\"give\":{\"discount\":{\"amount\":{\"KRW\":\"700\"}}}",
      "{\"currency\":\"KRW\"}", -1, NULL, 700 },
    { "\"give\":{\"free_shipping\":{}}", "{}", -1, NULL, 500 },
    { "\"give\":{\"free_shipping\":{}}", "{\"shipping\":0}", -1, "amount", 0 },
    { "\"give\":{\"free_shipping\":{}}", "{\"total\":0}", -1, "amount", 0 },
    { "\"give\":{\"coupon\":{\"pool\":\"p\",\"percent\":\"10\"}}", "{}", 3,
      NULL, 450 },
    { "\"give\":{\"coupon\":{\"pool\":\"p\",\"percent\":\"10\"}}", "{}", 0,
      "stock", 450 },
    { "\"give\":{\"coupon\":{\"pool\":\"p\",\"percent\":\"10\"}}",
      "{\"coupons\":[\"x\"]}", 3, "coupon-on-order", 450 },
    { "\"give\":{\"coupon\":{\"pool\":\"p\",\"percent\":\"10\"}},\"stacks\":"
      "true", "{\"coupons\":[\"x\"]}", 3, NULL, 450 },

    /* what the worker would refuse is not shown, but for what a person does */
    { "\"give\":{\"free_shipping\":{}}", "{\"shipped\":true}", -1, "shipped",
      500 },
    { "\"give\":{\"free_shipping\":{}}", "{\"refunds\":1}", -1, "refunded",
      500 },
    { "\"give\":{\"free_shipping\":{}}", "{\"state\":\"failed\"}", -1,
      "failed", 500 },
    { "\"give\":{\"request\":{}}", "{\"shipped\":true,\"refunds\":1}", -1,
      NULL, 0 },

    /* what changes the parcel comes too late for one that has left */
    { "\"give\":{\"request\":{\"for\":\"address\"}}",
      "{\"shipped\":true}", -1, "shipped", 0 },
    { "\"give\":{\"request\":{\"for\":\"remove\"}}",
      "{\"shipped\":true}", -1, "shipped", 0 },
    { "\"give\":{\"request\":{\"for\":\"match\"}}",
      "{\"shipped\":true}", -1, NULL, 0 },

    /* what a person does, or a link, needs no stock and no money */
    { "\"give\":{\"request\":{}}", "{\"payment\":\"paid\",\"total\":0}", 0,
      NULL, 0 },
    { "\"give\":{\"link\":{\"url\":\"/returns/\"}}", "{\"coupons\":[\"x\"]}",
      0, NULL, 0 },

    /* paid already: only with a step that pays back */
    { "\"give\":{\"discount\":{\"percent\":\"10\"}}",
      "{\"payment\":\"paid\"}", -1, "no-refund-step", 450 },
    { "\"give\":{\"discount\":{\"percent\":\"10\"}}",
      "{\"payment\":\"authorised\"}", -1, NULL, 450 },

    /* a code for the next order takes nothing off this one */
    { "\"give\":{\"next_order\":{\"pool\":\"p\"}}",
      "{\"payment\":\"paid\"}", 3, NULL, 0 },
    { "\"give\":{\"next_order\":{\"pool\":\"p\"}}", "{}", 0, "stock", 0 },

    /* credit stands in the place of what was paid */
    { "\"give\":{\"request\":{\"for\":\"credit\"}}", "{\"payment\":\"paid\"}",
      -1, NULL, 0 },
    { "\"give\":{\"request\":{\"for\":\"credit\"}}", "{}", -1, "payment", 0 },
    { "\"give\":{\"request\":{\"for\":\"credit\"}}",
      "{\"payment\":\"paid\",\"shipped\":true}", -1, "shipped", 0 },
    { "\"give\":{\"request\":{\"for\":\"credit\"}}",
      "{\"payment\":\"paid\",\"refunds\":5}", -1, "refunded", 0 },

    { "\"give\":{\"request\":{\"for\":\"credit\"}}",
      "{\"payment\":\"paid\",\"total\":0}", -1, "amount", 0 },
    { "\"give\":{\"request\":{\"for\":\"credit\"}}",
      "{\"payment\":\"paid\",\"total\":-5}", -1, "amount", 0 },
    { "\"give\":{\"request\":{\"for\":\"credit\"}}",
      "{\"payment\":\"paid\",\"currency\":\"\"}", -1, "amount", 0 },

    /* there is something to choose, and something is left */
    { "\"give\":{\"request\":{\"for\":\"remove\"}}", "{\"items\":[]}",
      -1, "items", 0 },
    { "\"give\":{\"request\":{\"for\":\"remove\"}}",
      "{\"items\":[{\"id\":\"7\",\"quantity\":2}]}", -1, "items", 0 },
    { "\"give\":{\"request\":{\"for\":\"remove\"}}",
      "{\"items\":[{\"id\":\"7\"},{\"id\":\"8\",\"quantity\":0}]}", -1,
      "items", 0 },
    { "\"give\":{\"request\":{\"for\":\"remove\"}}",
      "{\"items\":[{\"id\":\"7\"},{\"id\":\"8\"}]}", -1, NULL, 0 },
    { "\"give\":{\"request\":{\"for\":\"quantity\"}}",
      "{\"items\":[{\"id\":\"7\"},{\"id\":\"8\"}]}", -1, "items", 0 },
    { "\"give\":{\"request\":{\"for\":\"quantity\"}}",
      "{\"items\":[{\"id\":\"7\",\"quantity\":2}]}", -1, NULL, 0 },

    /* its own conditions */
    { "\"give\":{\"request\":{}},\"when\":{\"first_order\":true}",
      "{\"save\":{\"before\":1}}", -1, "first-order", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"first_order\":true}", "{}", -1,
      NULL, 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"first_order\":false}", "{}",
      -1, "first-order", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"categories\":[\"Home\"]}",
      "{\"items\":[{\"id\":\"7\",\"category\":\"Home > Lamps\"}]}", -1,
      NULL, 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"categories\":[\"Home\"]}",
      "{\"items\":[{\"id\":\"7\",\"category\":\"Homes\"}]}", -1,
      "category", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"in_stock\":true}",
      "{\"track\":{\"out\":1}}", -1, "in-stock", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"in_stock\":true}", "{}", -1,
      NULL, 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"in_stock\":false}",
      "{\"track\":{\"out\":1}}", -1, NULL, 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"in_stock\":false}",
      "{\"track\":{\"fits\":[\"9\"]}}", -1, "in-stock", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"status\":[\"pending\"]}", "{}",
      -1, "status", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"payment\":[\"paid\"]}", "{}", -1,
      "payment", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"min_total\":{\"EUR\":\"51\"}}",
      "{}", -1, "total", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"countries\":[\"FR\"]}", "{}", -1,
      "country", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"segments\":[\"vip\"]}", "{}", -1,
      "segment", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"products\":[\"8\"]}", "{}", -1,
      NULL, 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"products\":[\"9\"]}", "{}", -1,
      "products", 0 },
    { "\"give\":{\"request\":{}},\"when\":{\"products\":[\"9\"]}",
      "{\"items\":null}", -1, "products", 0 },

    /* what the customer had before */
    { "\"give\":{\"request\":{}},\"limit\":{\"per_customer\":2}",
      "{\"save\":{\"used\":{\"it\":{\"n\":1,\"at\":1}}}}", -1, NULL, 0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"per_customer\":2}",
      "{\"save\":{\"used\":{\"it\":{\"n\":2,\"at\":1}}}}", -1, "limit", 0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"per_customer\":1}",
      "{\"save\":{\"used\":{\"other\":{\"n\":2,\"at\":1}}}}", -1, NULL, 0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"cooldown\":\"1h\"}",
      "{\"save\":{\"used\":{\"it\":{\"n\":1,\"at\":1795290477}}}}", -1, NULL,
      0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"cooldown\":\"1h\"}",
      "{\"save\":{\"used\":{\"it\":{\"n\":1,\"at\":1795290478}}}}", -1,
      "cooldown", 0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"cooldown\":\"1h\"}", "{}", -1,
      NULL, 0 },
    { "\"give\":{\"request\":{}},\"limit\":{\"cooldown\":\"1h\"}",
      "{\"save\":{\"used\":{\"it\":{\"n\":0,\"at\":1795290478}}}}", -1, NULL,
      0 },
};


/* Goods for 45.00, of which a fifth may come off in all. */
static const struct {
    const char  *cap;
    const char  *offer;
    const char  *order;
    const char  *against;
    int64_t      off;           /* what who approves may take off */
} caps[] = {
    { "20", "\"discount\":{\"amount\":{\"EUR\":\"9.00\"}}", "{}", NULL, 0 },
    { "20", "\"discount\":{\"amount\":{\"EUR\":\"9.01\"}}", "{}", "cap", 0 },
    { "20", "\"discount\":{\"percent\":\"20\"}", "{}", NULL, 0 },
    { "20", "\"discount\":{\"percent\":\"20\"}", "{\"discount\":1}", "cap",
      0 },
    /* 50.00 before its discount of 5.00: there are 5.00 left */
    { "20", "\"discount\":{\"amount\":{\"EUR\":\"5.00\"}}",
      "{\"discount\":500}", NULL, 0 },
    { "20", "\"discount\":{\"amount\":{\"EUR\":\"5.01\"}}",
      "{\"discount\":500}", "cap", 0 },
    { "20", "\"discount\":{\"amount\":{\"EUR\":\"1.00\"}}",
      "{\"discount\":2000}", "cap", 0 },
    { "10", "\"free_shipping\":{}", "{}", "cap", 0 },
    { "11.12", "\"free_shipping\":{}", "{}", NULL, 0 },
    { "1", "\"next_order\":{\"pool\":\"p\",\"percent\":\"50\"}", "{}", NULL,
      0 },
    { "1", "\"request\":{\"off\":{\"percent\":\"20\"}}", "{}", NULL, 45 },
    { "30", "\"request\":{\"off\":{\"percent\":\"20\"}}", "{}", NULL, 900 },

    /* a fee below nothing: less is to be paid than the shipping costs */
    { "30", "\"request\":{\"off\":{\"percent\":\"20\"}}",
      "{\"total\":300}", NULL, 0 },
};


static void
test_cap(void)
{
    char            members[512];
    json_t         *decision = json_pack("{s:s}", "offer", "it");
    os_order_t     *o;
    const char     *against;
    os_campaign_t  *c;

    for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        (void) snprintf(members, sizeof(members), ", \"cap\": {\"percent\": "
                        "\"%s\"}, \"offers\": [{\"id\": \"it\", \"reasons\": "
                        "[\"*\"], \"give\": {%s}}]", caps[i].cap,
                        caps[i].offer);
        c = campaign(members);
        o = order(caps[i].order);
        against = os_rules_offer(c, c->offers, o, OS_NULL, 5, NOW);
        ok((against == NULL) == (caps[i].against == NULL)
           && (against == NULL || strcmp(against, caps[i].against) == 0),
           "at most %s %%, %s, %s: %s", caps[i].cap, caps[i].offer,
           caps[i].order, against ? against : "fits");
        is_int(os_rules_off(c, decision, o), caps[i].off,
               "and so much may be taken off by hand");
        os_order_free(o);
        os_campaign_free(c);
    }

    json_decref(decision);
}


static void
test_offers(void)
{
    char            members[512];
    os_order_t     *o;
    const char     *against;
    os_campaign_t  *c;

    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
        (void) snprintf(members, sizeof(members), ", \"offers\": [{\"id\": "
                        "\"it\", \"reasons\": [\"*\"], %s}]", fits[i].offer);
        c = campaign(members);
        o = order(fits[i].order);
        against = os_rules_offer(c, c->offers, o, OS_NULL, fits[i].stock, NOW);

        if (!ok((against == NULL) == (fits[i].against == NULL)
                && (against == NULL
                    || strcmp(against, fits[i].against) == 0),
                "%s, %s, stock %d: %s", fits[i].offer, fits[i].order,
                (int) fits[i].stock,
                fits[i].against ? fits[i].against : "fits"))
        {
            diag("got %s", against ? against : "fits");
        }

        is_int(os_rules_amount(c->offers, o), fits[i].amount, "its amount");
        is_int(os_rules_amount(c->offers, NULL), 0, "and none without order");
        os_order_free(o);
        os_campaign_free(c);
    }
}


static int64_t
left(const os_campaign_t *c, size_t i, const os_order_t *order, int64_t codes,
    int64_t money)
{
    return os_rules_stock(&c->offers[i], order, codes, money);
}


static void
test_stock(void)
{
    os_order_t     *order;
    os_campaign_t  *c;

    c = campaign(", \"offers\": [{\"id\": \"a\", \"reasons\": [\"*\"], "
                 "\"give\": {\"coupon\": {\"pool\": \"p\", \"percent\": "
                 "\"9\"}}, \"limit\": {\"budget\": {\"EUR\": \"20.00\"}}}, "
                 "{\"id\": \"b\", \"reasons\": [\"*\"], \"give\": "
                 "{\"coupon\": {\"pool\": \"p\", \"percent\": \"9\"}}}, "
                 "{\"id\": \"c\", \"reasons\": [\"*\"], \"give\": "
                 "{\"request\": {}}}]");

    order = os_order_parse(OS_STR("{\"v\":1,\"store\":\"shop\",\"id\":\"1\","
                "\"state\":\"open\",\"currency\":\"EUR\",\"total\":10000}"));
    is_int(left(c, 0, order, 3, 2000), 3, "codes and money");
    is_int(left(c, 0, order, 3, 900), 3, "money that just suffices");
    is_int(left(c, 0, order, 3, 899), 0, "money that does not");
    is_int(left(c, 0, order, 3, 0), 0, "codes, no money");
    is_int(left(c, 0, order, 3, -5), 0, "codes, less than none");
    is_int(left(c, 0, order, 0, 2000), 0, "money, no code");
    is_int(left(c, 1, order, 3, 0), 3, "no budget to look at");
    is_int(left(c, 2, order, 0, 0), -1, "neither has a bound");
    os_order_free(order);
    os_campaign_free(c);
}


static void
test_arms(void)
{
    char            members[256], customer[24];
    int             held, other, same, stable;
    json_t         *o;
    os_str_t        arm;
    os_campaign_t  *c, *next;
    static const struct {
        const char  *holdout;
        int          least;
        int          most;
    } splits[] = {
        { "0", 0, 0 }, { "0.5", 60, 140 }, { "10", 1850, 2150 },
        { "50", 9700, 10300 }, { "99.9", 19940, 20000 },
        { "100", 20000, 20000 },
    };

    o = record("{}");

    for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
        (void) snprintf(members, sizeof(members), ", \"offers\": [], "
                        "\"experiment\": {\"name\": \"one\", \"holdout\": %s}",
                        splits[i].holdout);
        c = campaign(members);
        held = 0;

        for (int n = 0; n < 20000; n++) {
            (void) snprintf(customer, sizeof(customer), "customer%d", n);
            (void) json_object_set_new(o, "customer", json_string(customer));
            held += os_rules_held_out(arm_of(c, "key", o));
        }

        if (!ok(held >= splits[i].least && held <= splits[i].most,
                "arms: %s %% of 20000 are held out", splits[i].holdout))
        {
            diag("%d", held);
        }

        os_campaign_free(c);
    }

    c = campaign(", \"offers\": [], \"experiment\": {\"name\": \"one\", "
                 "\"holdout\": 50}");
    next = campaign(", \"offers\": [], \"experiment\": {\"name\": \"two\", "
                    "\"holdout\": 50}");
    same = other = stable = 0;

    for (int n = 0; n < 2000; n++) {
        (void) snprintf(customer, sizeof(customer), "customer%d", n);
        (void) json_object_set_new(o, "customer", json_string(customer));
        arm = arm_of(c, "key", o);
        same += os_str_equal(arm, arm_of(next, "key", o));
        other += os_str_equal(arm, arm_of(c, "yek", o));
        (void) json_object_set_new(o, "id", json_integer(n));
        (void) json_object_set_new(o, "total", json_integer(n));
        stable += os_str_equal(arm, arm_of(c, "key", o));
    }

    is_int(stable, 2000, "arms: a customer keeps his on every order");
    ok(same > 900 && same < 1100, "arms: another experiment draws anew");
    ok(other > 900 && other < 1100, "arms: so does another key");

    (void) json_object_del(o, "customer");
    held = 0;

    for (int n = 0; n < 2000; n++) {
        (void) snprintf(customer, sizeof(customer), "%d", n);
        (void) json_object_set_new(o, "id", json_string(customer));
        held += os_rules_held_out(arm_of(c, "key", o));
    }

    ok(held > 900 && held < 1100, "arms: without a customer by the order");

    json_decref(o);
    os_campaign_free(c);
    os_campaign_free(next);
}


/* Three to one beside a holdout of a tenth. */
static void
test_variants(void)
{
    int             held = 0, a = 0, b = 0, moved = 0;
    char            customer[24];
    json_t         *o = record("{}");
    os_str_t        arm;
    os_campaign_t  *c, *without;

    c = campaign(", \"experiment\": {\"name\": \"one\", \"holdout\": 10, "
                 "\"arms\": [{\"id\": \"a\", \"weight\": 3}, "
                 "{\"id\": \"b\"}]}, \"offers\": ["
                 "{\"id\": \"x\", \"reasons\": [\"*\"], \"arms\": "
                 "[\"b\"], \"give\": {\"info\": {}}}, "
                 "{\"id\": \"y\", \"reasons\": [\"*\"], "
                 "\"give\": {\"info\": {}}}]");
    without = campaign(", \"offers\": [], \"experiment\": {\"name\": "
                       "\"one\", \"holdout\": 10}");

    for (int n = 0; n < 20000; n++) {
        (void) snprintf(customer, sizeof(customer), "customer%d", n);
        (void) json_object_set_new(o, "customer", json_string(customer));
        arm = arm_of(c, "key", o);
        held += os_rules_held_out(arm);
        a += os_str_equal(arm, OS_STR("a"));
        b += os_str_equal(arm, OS_STR("b"));
        moved += os_rules_held_out(arm)
                 != os_rules_held_out(arm_of(without, "key", o));
    }

    is_int(held + a + b, 20000, "variants: each customer is in one of them");
    ok(held > 1850 && held < 2150, "variants: the holdout is a tenth");
    ok(a > 13200 && a < 13800, "variants: three quarters of the others");
    is_int(moved, 0, "variants: they move nobody into the holdout or out");
    ok(!os_rules_in_arm(&c->offers[0], OS_STR("a"))
       && os_rules_in_arm(&c->offers[0], OS_STR("b")),
       "variants: an offer of one arm is for its customers");
    ok(os_rules_in_arm(&c->offers[1], OS_STR("a")), "variants: others for all");

    json_decref(o);
    os_campaign_free(c);
    os_campaign_free(without);
}


static const struct {
    const char  *offer;
    const char  *order;
    const char  *terms;
} promises[] = {
    { "\"give\":{\"coupon\":{\"pool\":\"p\",\"percent\":\"10\"}}", "{}",
      "{\"kind\":\"grant\",\"give\":\"coupon\",\"percent\":\"10\",\"pool\":"
      "\"p\",\"amount\":450,\"currency\":\"EUR\"}" },
    { "\"give\":{\"discount\":{\"amount\":{\"EUR\":\"5\"}}},\"limit\":"
      "{\"budget\":{\"EUR\":\"100\"}}", "{\"payment\":\"paid\"}",
      "{\"kind\":\"grant\",\"give\":\"discount\",\"amount\":500,\"currency\":"
      "\"EUR\",\"refund\":{\"by\":\"task\"},\"budget\":true}" },
    { "\"give\":{\"free_shipping\":{}}", "{}",
      "{\"kind\":\"grant\",\"give\":\"free_shipping\",\"amount\":500,"
      "\"currency\":\"EUR\"}" },
    { "\"give\":{\"request\":{}}", "{\"payment\":\"paid\"}",
      "{\"kind\":\"request\",\"give\":\"request\"}" },
    { "\"give\":{\"link\":{\"url\":\"/a?b=\\\"c\\\"\"}}", "{}",
      "{\"kind\":\"information\",\"give\":\"link\",\"url\":"
      "\"/a?b=\\\"c\\\"\"}" },
};


static void
test_terms(void)
{
    char            members[512];
    json_t         *terms, *wanted;
    os_buf_t        text = { 0 };
    os_order_t     *o;
    os_campaign_t  *c;

    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        (void) snprintf(members, sizeof(members), ", \"refund\": {\"by\": "
                        "\"task\"}, \"offers\": [{\"id\": \"it\", \"reasons\":"
                        " [\"*\"], %s}]", promises[i].offer);
        c = campaign(members);
        o = order(promises[i].order);
        terms = os_rules_terms(c, c->offers, o, 0);
        wanted = json_loads(promises[i].terms, 0, NULL);

        if (!ok(wanted && json_equal(terms, wanted), "terms of %s, %s",
                promises[i].offer, promises[i].order))
        {
            text.len = 0;
            os_json_dump(&text, terms);
            diag("got %s", text.data);
        }

        json_decref(terms);
        json_decref(wanted);
        os_order_free(o);

        terms = os_rules_terms(c, c->offers, NULL, 0);
        ok(json_is_object(terms), "and terms without an order");
        json_decref(terms);
        os_campaign_free(c);
    }

    os_buf_free(&text);
}


/* 2026-12-24 is a Thursday; +05:30 puts midnight at 18:30 UTC. */
static void
test_dispatch(void)
{
    os_campaign_t  *c;

    static const struct {
        const char  *now;
        const char  *until;         /* NULL: none leaves any more */
    } times[] = {
        { "2026-12-24T08:29:59Z", "2026-12-24T08:30:00Z" },
        { "2026-12-24T08:30:00Z", NULL },
        { "2026-12-23T18:30:00Z", "2026-12-24T08:30:00Z" },
        { "2026-12-24T18:29:59Z", NULL },
        { "2026-12-25T01:00:00Z", NULL },       /* closed */
        { "2026-12-25T18:29:00Z", NULL },
        { "2026-12-25T18:30:00Z", "2026-12-26T08:30:00Z" },
        { "2026-12-27T01:00:00Z", NULL },       /* Sunday */
    };

    static const struct {
        const char  *day;
        int64_t      n;
        const char  *after;
    } days[] = {
        { "2026-12-24", 1, "2026-12-26" },
        { "2026-12-24", 2, "2026-12-28" },
        { "2026-12-26", 1, "2026-12-28" },
        { "2026-12-31", 1, "2027-01-01" },
    };

    c = campaign(", \"offers\": [], \"utc_offset\": \"+05:30\", "
                 "\"dispatch\": {\"until\": \"14:00\", \"days\": [\"mon\", "
                 "\"tue\", \"wed\", \"thu\", \"fri\", \"sat\"], \"closed\": "
                 "[\"2026-12-25\"]}");

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t  now = 0, until = 0;

        (void) os_time_parse(os_str(times[i].now), &now);

        if (times[i].until) {
            (void) os_time_parse(os_str(times[i].until), &until);
        }

        ok(os_dispatch_until(c, now) == until, "at %s it leaves today until "
           "%s", times[i].now, times[i].until ? times[i].until : "no time");
    }

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        int64_t  day = 0, after = 0;

        (void) os_time_parse(os_str(days[i].day), &day);
        (void) os_time_parse(os_str(days[i].after), &after);
        ok(os_dispatch_after(c, day / 86400, days[i].n) == after / 86400,
           "%d after %s is %s", (int) days[i].n, days[i].day, days[i].after);
    }

    os_campaign_free(c);
    c = campaign(", \"offers\": []");
    ok(os_dispatch_until(c, 1782000000) == 0, "a campaign that does not say");
    os_campaign_free(c);
}


int
main(void)
{
    int  fd = mkstemp(path);

    if (fd == -1) {
        return 1;
    }

    close(fd);
    test_eligible();
    test_offers();
    test_cap();
    test_stock();
    test_arms();
    test_variants();
    test_terms();
    test_dispatch();
    unlink(path);
    return done();
}
