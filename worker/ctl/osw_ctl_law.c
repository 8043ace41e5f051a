/*
 * osw_ctl_law: see osw_ctl_law.h; and the commands country list and show.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_holiday.h"
#include "core/base/os_time.h"
#include "core/order/os_consent.h"
#include "worker/ctl/osw_ctl_law.h"
#include "worker/osw_law.h"


static const osw_store_t *
osw_law_store(osw_ctl_t *ctl)
{
    return ctl->store ? osw_ctl_store(ctl) : &ctl->w.config->store[0];
}


static int
osw_law_list(const osw_store_t *store)
{
    json_t      *pack, *packs = os_json_sorted(store->campaign->packs);
    const char  *country;

    json_object_foreach(packs, country, pack) {
        printf("%s  %s  %s\n", country,
               os_json_str(pack, "as_of").len
               ? os_json_str(pack, "as_of").data : "yours      ",
               os_json_str(pack, "name").len
               ? os_json_str(pack, "name").data : "");
    }

    json_decref(packs);

    return OSW_CTL_OK;
}


/* Rules in the order of their names, each with its source. */
static int
osw_law_show(const osw_store_t *store, const char *country)
{
    int      rc;
    json_t  *pack = os_pack_of(store->campaign->packs, os_str(country));

    if (pack == NULL) {
        fprintf(stderr, "ordersavectl: no pack of %s; \"country list\" names "
                "those there are\n", country);
        return OSW_CTL_FINDING;
    }

    rc = json_dumpf(pack, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
    (void) putchar('\n');

    return rc ? OSW_CTL_FINDING : OSW_CTL_OK;
}


/* All of a year, a line each. */
static int
osw_law_days(osw_ctl_t *ctl, const osw_store_t *store, const char *country,
    const char *year)
{
    json_t    *rule;
    int64_t    day, y = strtol(year, NULL, 10);
    os_buf_t   text = { 0 };

    if (y < 1970 || y > 2099 || strlen(year) != 4) {
        return osw_ctl_wrong(ctl, "\"%s\" is no year; expected one from 1970 "
                             "to 2099", year);
    }

    rule = os_pack_rule(store->campaign->packs, os_str(country), "holidays");

    for (day = os_days_from_civil(y, 1, 1);
         day < os_days_from_civil(y + 1, 1, 1); day++)
    {
        if (os_holiday(rule, day)) {
            text.len = 0;
            os_wall_write(&text, day * 86400, 0);
            printf("%s\n", text.data);
        }
    }

    os_buf_free(&text);

    if (rule == NULL || !os_holiday_knows(rule, (int) y)) {
        fprintf(stderr, "ordersavectl: %s: not all holidays of %s are known\n",
                country, year);
        return OSW_CTL_FINDING;
    }

    return OSW_CTL_OK;
}


int
osw_ctl_country(osw_ctl_t *ctl, int argc, char **argv)
{
    const osw_store_t  *store = osw_law_store(ctl);

    return argc == 2 ? osw_law_list(store)
           : argc == 3 ? osw_law_show(store, argv[2])
                       : osw_law_days(ctl, store, argv[2], argv[3]);
}


/* --- check --- */


static int
osw_law_line(int good, os_str_t country, const char *what)
{
    printf("%s - law of %.*s: %s\n", good ? "ok" : "not ok",
           (int) country.len, country.data, what);

    return good ? 0 : 1;
}


/* Has the shop told what its mails must say of their sender? */
static int
osw_law_sender(const osw_store_t *store, os_str_t country)
{
    int       bad = 0;
    size_t    i;
    json_t   *need;
    char      line[128], pointer[32];

    json_array_foreach(json_object_get(os_pack_rule(store->campaign->packs,
                                                    country, "sender"),
                                       "needs"), i, need)
    {
        if (strcmp(json_string_value(need), "name") != 0
            && strcmp(json_string_value(need), "address") != 0)
        {
            continue;           /* contacts are the shop's to choose */
        }

        snprintf(pointer, sizeof(pointer), "/brand/%s",
                 json_string_value(need));

        if (os_campaign_at(store->campaign, pointer) == NULL) {
            snprintf(line, sizeof(line), "advertising names its sender's %s: "
                     "expected %s in the campaign", json_string_value(need),
                     pointer);
            bad += osw_law_line(0, country, line);
        }
    }

    return bad;
}


/* What is a year old may be wrong by now. */
static int
osw_law_pack(const osw_store_t *store, os_str_t country, int64_t now)
{
    char           line[128];
    json_t        *pack;
    int64_t        date;

    pack = os_pack_of(store->campaign->packs, country);

    if (pack == NULL) {
        return osw_law_line(0, country, "no pack: expected countries/XX.json, "
                            "or rules in the campaign's \"countries\"");
    }

    date = os_pack_date(pack);
    snprintf(line, sizeof(line), "%s%s",
             date ? os_json_str(pack, "as_of").data : "the campaign's own",
             date && now - date > OS_PACK_OLD
             ? ", more than a year old: look whether it still holds" : "");

    return osw_law_line(1, country, line) + osw_law_sender(store, country);
}


/* The days on which nothing leaves, where no rule computes them. */
static int
osw_law_holidays(const osw_store_t *store, int64_t now)
{
    int        y, month, day;
    char       line[128];
    int64_t    year;
    json_t    *rule;
    os_str_t   country = os_json_str(store->campaign->json, "country");

    rule = os_pack_rule(store->campaign->packs, country, "holidays");

    if (rule == NULL
        || os_campaign_at(store->campaign, "/dispatch") == NULL)
    {
        return 0;
    }

    os_civil_from_days(now / 86400 + 31, &year, &month, &day);
    y = (int) year;
    snprintf(line, sizeof(line), "holidays of %d%s", y,
             os_holiday_knows(rule, y)
             ? "" : " are not listed: add them to the campaign's "
                    "\"countries\", or to dispatch.closed");

    return osw_law_line(os_holiday_knows(rule, y), country, line);
}


int
osw_check_countries(const osw_ctl_t *ctl, const osw_store_t *store)
{
    int       bad;
    size_t    i;
    json_t   *country;
    int64_t   now = osw_now_ms(&ctl->w) / 1000;

    bad = osw_law_holidays(store, now);

    json_array_foreach(os_campaign_at(store->campaign, "/sells_to"), i,
                       country)
    {
        bad += osw_law_pack(store, os_str(json_string_value(country)), now);
    }

    return bad;
}


/* --- explain --- */


static void
osw_explain_rule(const osw_store_t *store, const json_t *order,
    const char *rule, const char *to, int64_t now)
{
    int                   yes, left, law;
    json_t               *said;
    os_str_t              country = os_json_str(order, "country");
    const os_campaign_t  *c = store->campaign;

    law = os_str_equal(os_json_str(os_campaign_at(c, "/advertising"),
                                   "basis"), OS_STR("law"));
    yes = os_consent_offers(order, to);
    left = os_consent_left(order, to);
    said = os_pack_rule(c->packs, country, rule);

    printf("%s: %s\n", rule,
           yes ? "yes, by consent"
           : left ? "no: the buyer took it back"
           : !law ? "no: no consent, and the campaign asks for one everywhere"
           : osw_law_lets(c->packs, order, rule, now)
             ? "yes, by the law of the country"
             : said ? "no: no consent, and the country's rule asks for one"
                    : "no: no consent, and no rule of the country is known");

    if (said) {
        printf("  %.*s: %s\n", (int) country.len, country.data,
               os_json_str(said, "source").data);
    }
}


void
osw_explain_law(const osw_ctl_t *ctl, const osw_store_t *store,
    const json_t *order)
{
    int64_t  now = osw_now_ms(&ctl->w) / 1000;

    osw_explain_rule(store, order, "advertising_mail", "email", now);
    osw_explain_rule(store, order, "advertising_sms", "sms", now);
    osw_explain_rule(store, order, "review_request", "email", now);
}
