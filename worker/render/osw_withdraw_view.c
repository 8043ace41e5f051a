/*
 * osw_withdraw_view: see osw_withdraw_view.h.
 *
 * A statement has a record of its own, and mails that are about it alone are
 * made of that; an order's jobs have in `data` what was stated of it.
 */

#include <string.h>

#include "core/order/os_withdrawal.h"
#include "core/text/os_format.h"
#include "core/view/os_view_withdraw.h"
#include "worker/render/osw_withdraw_view.h"


int
osw_withdraw_is(const char *template)
{
    return strncmp(template, "withdraw_", 9) == 0
           || strcmp(template, "support_withdraw") == 0;
}


/* The words, in the language in which it was stated. */
static int
osw_withdraw_words(const os_speak_t *s, const json_t *order,
    json_t *view, os_error_t *err)
{
    json_t      *words, *locale;
    const char  *lang;

    words = os_withdraw_words(s->campaign->folders, err);

    if (words == NULL) {
        return -1;
    }

    lang = os_withdraw_language(words, os_json_str(order, "lang"),
                                os_locale_tag(s->locale),
                                s->campaign->locales[0]);
    (void) json_object_set_new(view, "w", os_view_withdraw_words(words,
                                                                 lang));

    /* the mail says which language it is in */

    locale = json_copy(json_object_get(view, "locale"));
    locale = locale ? locale : json_object();
    os_json_set_str(locale, "lang", os_str(lang));
    os_json_set_str(locale, "dir", OS_STR("ltr"));
    (void) json_object_set_new(view, "stated", locale);
    json_decref(words);

    return 0;
}


/* When the period ends and what it rests on: for the shop's eyes. */
static void
osw_withdraw_period(const os_speak_t *s, const json_t *order, json_t *with)
{
    int64_t      day;
    os_buf_t     text = { 0 };
    os_period_t  rests;

    day = os_withdrawal_until(s->campaign, order,
                              json_object_get(order, "track"), &rests);

    if (day) {
        os_format_date(&text, os_locale_format(s->locale), day,
                       OS_DATE_LONG);
        os_json_set_str(with, "until", os_buf_view(&text));
        os_buf_free(&text);
    }

    os_buf_text(&text, "rests_");
    os_buf_text(&text, os_period_word(rests));
    (void) json_object_set_new(with, text.data, json_true());
    os_buf_free(&text);
}


/* What the campaign says there is no right for. */
static void
osw_withdraw_excepted(const os_speak_t *s, const json_t *order, json_t *with)
{
    size_t   i;
    json_t  *item, *one, *w, *list = json_array();

    w = os_withdrawal_of(json_object_get(order, "track"));

    json_array_foreach(json_object_get(order, "items"), i, item) {
        if (os_withdrawal_taken(order, w, i)
            && os_withdrawal_excepted(s->campaign, order, item))
        {
            one = json_object();
            os_json_set_str(one, "name", os_json_str(item, "name"));
            (void) json_array_append_new(list, one);
        }
    }

    if (json_array_size(list)) {
        (void) json_object_set_new(with, "has_excepted", json_true());
    }

    (void) json_object_set_new(with, "excepted", list);
}


/* What happens with goods and money: not where there is no right. */
static void
osw_withdraw_money(const os_speak_t *s, const json_t *order, json_t *with)
{
    const json_t  *how = os_campaign_at(s->campaign, "/withdrawal");

    if (!os_json_bool(json_object_get(order, "track"), "quiet")) {
        return;
    }

    (void) json_object_set_new(with, "money", json_true());
    (void) json_object_set_new(with,
        os_str_equal(os_json_str(how, "costs"), OS_STR("shop"))
        ? "cost_shop" : "cost_buyer", json_true());

    if (!json_is_false(json_object_get(how, "goods_first"))) {
        (void) json_object_set_new(with, "goods_first", json_true());
    }
}


/* "412 MAC": how many links there are, and the newest one. */
static void
osw_withdraw_head(const json_t *data, json_t *with)
{
    const char  *space;
    os_str_t     head = os_json_str(data, "head");

    space = head.len ? memchr(head.data, ' ', head.len) : NULL;

    if (space) {
        os_json_set_str(with, "count",
                        (os_str_t) { (size_t) (space - head.data),
                                     head.data });
        os_json_set_str(with, "mac", os_str(space + 1));
    }

    os_json_set_str(with, "month", os_json_str(data, "month"));
}


int
osw_withdraw_view(const os_speak_t *s, const json_t *data,
    const json_t *order, json_t *view, os_error_t *err)
{
    int            alone, support;
    json_t        *with;
    const json_t  *statement;

    if (osw_withdraw_words(s, order, view, err) != 0) {
        return -1;
    }

    statement = json_object_get(order, "statement");
    alone = statement != NULL;
    support = os_str_equal(os_json_str(data, "to"), OS_STR("support"));
    with = os_view_withdraw_said(s->campaign, alone ? statement : data,
               os_json_int(data, "at_ms", os_json_int(order, "at_ms", 0)),
               !support);
    (void) json_object_set_new(view, "said", json_incref(with));
    (void) json_object_set_new(view, "withdraw", with);
    os_json_set_str(with, "id", alone ? os_json_str(order, "id")
                                      : os_json_str(data, "statement"));

    if (os_json_bool(alone ? order : data, "proven")) {
        (void) json_object_set_new(with, "proven", json_true());
    }

    if (os_json_str(data, "why").len) {
        os_json_set_str(with, "why", os_json_str(data, "why"));
    }

    osw_withdraw_head(data, with);

    if (alone) {
        (void) json_object_set_new(with, "unmatched", json_true());

    } else {
        osw_withdraw_period(s, order, with);
        osw_withdraw_excepted(s, order, with);
        osw_withdraw_money(s, order, with);
    }

    return 0;
}
