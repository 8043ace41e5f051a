/*
 * os_view_return: see os_view_return.h.
 */

#include "core/view/os_view_return.h"
#include "core/view/os_view_words.h"


#define OS_RETURN_DAY  86400


static void
os_return_money(const os_speak_t *s, int64_t minor, os_str_t currency,
    json_t *view, const char *member)
{
    os_buf_t  text = { 0 };

    os_view_money(s, minor, currency, &text);
    os_json_set_str(view, member, os_buf_view(&text));
    os_buf_free(&text);
}


/* Within how many days of the parcel's arrival here it is paid back. */
static int64_t
os_return_days(const os_campaign_t *c)
{
    return os_json_int(os_campaign_at(c, "/returns/refund"), "days", 14);
}


static void
os_return_date(const os_speak_t *s, int64_t days, json_t *view,
    const char *member)
{
    os_buf_t  text = { 0 };

    os_format_date(&text, os_locale_format(s->locale), days, OS_DATE_LONG);
    os_json_set_str(view, member, os_buf_view(&text));
    os_buf_free(&text);
}


/* How it is sent back, in the shop's own words, and who pays for it. */
static json_t *
os_return_how(const os_speak_t *s)
{
    json_t        *how = json_object();
    const json_t  *returns = os_campaign_at(s->campaign, "/returns");

    os_view_text(s, returns, "instructions", how);
    os_view_text(s, returns, "cost", how);

    if (os_json_str(returns, "url").len) {
        os_json_set_str(how, "label_url", os_json_str(returns, "url"));
    }

    return how;
}


static json_t *
os_return_lines(const json_t *one)
{
    size_t   i;
    json_t  *line, *view, *list = json_array();

    json_array_foreach(json_object_get(one, "lines"), i, line) {
        view = json_object();
        os_json_set_str(view, "name", os_json_str(line, "name"));
        os_json_set_int(view, "quantity", os_json_int(line, "n", 1));

        if (os_json_str(line, "instead").len) {
            os_json_set_str(view, "instead", os_json_str(line, "instead"));
        }

        (void) json_array_append_new(list, view);
    }

    return list;
}


/* `amount` is what comes back; `worth` is what the credit buys. */
static void
os_return_sums(const os_speak_t *s, const json_t *one, json_t *view)
{
    int64_t   back = os_json_int(one, "refunded", 0);
    os_str_t  currency = os_json_str(one, "currency");

    if (os_str_equal(os_json_str(one, "want"), OS_STR("credit"))) {
        if (os_json_int(one, "credit", 0)) {
            os_return_money(s, os_json_int(one, "credit", 0), currency, view,
                            "worth");
        }

    } else if (back || os_json_int(one, "amount", 0)) {
        os_return_money(s, back ? back : os_json_int(one, "amount", 0),
                        currency, view, "amount");
    }
}


static void
os_return_code(const os_speak_t *s, const json_t *one, json_t *view)
{
    int64_t  until = os_json_int(one, "good_until", 0);

    if (os_json_str(one, "code").len == 0) {
        return;
    }

    os_json_set_str(view, "code", os_json_str(one, "code"));

    if (until) {
        os_return_date(s, (until + os_campaign_offset(s->campaign))
                          / OS_RETURN_DAY, view, "code_until");
    }
}


json_t *
os_view_return_one(const os_speak_t *s, const json_t *one, int money)
{
    json_t    *view = json_object();
    os_buf_t   word = { 0 };
    os_str_t   said;

    os_buf_str(&word, os_json_str(one, "state"));
    (void) json_object_set_new(view, word.len ? word.data : "asked",
                               json_true());
    word.len = 0;
    os_buf_str(&word, os_json_str(one, "want"));
    (void) json_object_set_new(view, word.len ? word.data : "refund",
                               json_true());
    os_buf_free(&word);
    os_view_say(s, "return.way.", os_json_str(one, "want"), view, "title");
    (void) json_object_set_new(view, "lines", os_return_lines(one));
    os_view_day_count(s, os_return_days(s->campaign), view);

    if (os_json_str(one, "cause").len) {
        os_view_say(s, "return.cause.", os_json_str(one, "cause"), view,
                    "cause");
    }

    said = os_json_str(json_object_get(one, "verdict"), "comment");

    if (said.len) {
        os_json_set_str(view, "words", said);
    }

    if (os_json_str(one, "comment").len) {
        os_json_set_str(view, "comment", os_json_str(one, "comment"));
    }

    if (os_str_equal(os_json_str(one, "state"), OS_STR("approved"))) {
        (void) json_object_set_new(view, "how", os_return_how(s));
    }

    if (money) {
        os_return_sums(s, one, view);
        os_return_code(s, one, view);
    }

    return view;
}


/* A fact under the label that a text of the locale is. */
static void
os_return_fact(const os_speak_t *s, const char *label, os_buf_t *text,
    json_t *list)
{
    json_t  *fact = json_object();

    os_view_say(s, label, OS_NULL, fact, "label");
    os_json_set_str(fact, "text", os_buf_view(text));
    (void) json_array_append_new(list, fact);
    text->len = 0;
}


json_t *
os_view_return_said(const os_speak_t *s, const json_t *one)
{
    size_t    i;
    json_t   *list = json_array(), *line, *view;
    os_buf_t  text = { 0 };

    view = os_view_return_one(s, one, 1);

    json_array_foreach(json_object_get(view, "lines"), i, line) {
        os_buf_str(&text, os_json_str(line, "name"));
        os_buf_printf(&text, " \xc3\x97\xc2\xa0%lld",
                      (long long) os_json_int(line, "quantity", 1));

        if (os_json_str(line, "instead").len) {
            os_buf_text(&text, " \xe2\x86\x92 ");
            os_buf_str(&text, os_json_str(line, "instead"));
        }

        os_return_fact(s, "support.back", &text, list);
    }

    os_buf_str(&text, os_json_str(view, "title"));

    if (os_json_str(view, "amount").len || os_json_str(view, "worth").len) {
        os_buf_text(&text, ", ");
        os_buf_str(&text, os_json_str(view, "amount"));
        os_buf_str(&text, os_json_str(view, "worth"));
    }

    os_return_fact(s, "support.want", &text, list);

    if (os_json_str(view, "cause").len) {
        os_buf_str(&text, os_json_str(view, "cause"));
        os_return_fact(s, "support.reason", &text, list);
    }

    os_buf_free(&text);
    json_decref(view);

    return list;
}


json_t *
os_view_return_answer(const os_speak_t *s, const json_t *record,
    const json_t *one)
{
    json_t      *view = json_object();
    os_str_t     state = os_json_str(one, "state");
    os_order_t  *order = os_order_from(record);

    if (order) {
        (void) json_object_set_new(view, "order", os_view_order(s, order));
    }

    (void) json_object_set_new(view, "return", os_view_return_one(s, one, 1));
    (void) json_object_set_new(view, os_return_waits(one) ? "open"
                               : os_str_equal(state, OS_STR("declined"))
                               ? "declined" : "approved", json_true());
    os_order_free(order);

    return view;
}


json_t *
os_view_return_list(const os_speak_t *s, const json_t *record, int money)
{
    size_t   i;
    json_t  *list, *all = os_return_list(record);

    if (json_array_size(all) == 0) {
        return NULL;
    }

    list = json_array();

    for (i = json_array_size(all); i > 0; i--) {
        (void) json_array_append_new(list, os_view_return_one(s,
                                         json_array_get(all, i - 1), money));
    }

    return list;
}


/* What the form said of an item, or NULL. */
static const json_t *
os_return_typed(const json_t *said, size_t index)
{
    size_t   i;
    json_t  *line;

    json_array_foreach(json_object_get(said, "lines"), i, line) {
        if (os_json_int(line, "item", -1) == (int64_t) index) {
            return line;
        }
    }

    return NULL;
}


/* How many: none is chosen, but where there is one thing alone. */
static json_t *
os_return_numbers(int64_t left, int64_t chosen)
{
    int64_t   n;
    json_t   *list = json_array(), *view;

    for (n = 0; n <= left && n <= 99; n++) {
        view = json_object();
        os_json_set_int(view, "value", n);

        if (n == chosen) {
            (void) json_object_set_new(view, "selected", json_true());
        }

        (void) json_array_append_new(list, view);
    }

    return list;
}


/* What it can be exchanged for: the variants that the catalog has. */
static json_t *
os_return_choices(const os_speak_t *s, const json_t *record, size_t index,
    const os_shelf_t *shelf, const json_t *typed, int money)
{
    size_t                  i;
    json_t                 *list = json_array(), *view;
    int64_t                 less, worth;
    os_buf_t                value = { 0 };
    const json_t           *item;
    const os_shelf_line_t  *line;

    item = json_array_get(json_object_get(record, "items"), index);

    for (i = 0; shelf && i < shelf->n; i++) {
        line = &shelf->lines[i];

        if (line->kind != OS_SHELF_VARIANT
            || !os_str_equal(line->item, os_json_str(item, "id")))
        {
            continue;
        }

        view = json_object();
        value.len = 0;
        os_shelf_call(line, &value);
        os_json_set_str(view, "value", os_buf_view(&value));
        os_json_set_str(view, "label", line->name);

        worth = os_return_worth(record, json_object_get(record, "track"),
                                index, 1);

        if (money && os_shelf_less(line, worth, os_json_str(record,
                                                            "currency"), &less)
                     == 0 && less)
        {
            os_return_money(s, -less, os_json_str(record, "currency"), view,
                            "less");
        }

        if (os_str_equal(os_json_str(typed, "instead"), os_buf_view(&value))) {
            (void) json_object_set_new(view, "selected", json_true());
        }

        (void) json_array_append_new(list, view);
    }

    os_buf_free(&value);

    return list;
}


/* What one of them gives back, in each way. */
static void
os_return_each(const os_speak_t *s, const json_t *record, size_t index,
    json_t *view)
{
    int64_t        worth, room;
    os_str_t       currency = os_json_str(record, "currency");
    const json_t  *track = json_object_get(record, "track");

    worth = os_return_worth(record, track, index, 1);
    room = os_return_room(record, track, NULL);
    worth = worth < room ? worth : room;

    if (worth < 0) {
        return;                             /* nobody knows: nothing is said */
    }

    os_return_money(s, worth, currency, view, "refund");

    if (os_return_gives(s->campaign, record, OS_STR("credit"))) {
        os_return_money(s, os_return_credit(s->campaign, worth), currency,
                        view, "credit");
    }
}


static json_t *
os_return_item(const os_speak_t *s, const json_t *record, size_t index,
    const os_shelf_t *shelf, const json_t *said, int alone, int money)
{
    json_t        *view = json_object(), *list;
    int64_t        left;
    const json_t  *item, *typed;

    item = json_array_get(json_object_get(record, "items"), index);
    typed = os_return_typed(said, index);
    left = os_return_left(record, json_object_get(record, "track"), index);
    os_json_set_int(view, "index", (int64_t) index);
    os_json_set_int(view, "left", left);
    os_json_set_str(view, "name", os_json_str(item, "name"));

    if (os_json_str(item, "image").len) {
        os_json_set_str(view, "image", os_json_str(item, "image"));
    }

    (void) json_object_set_new(view, "numbers",
        os_return_numbers(left, said ? os_json_int(typed, "n", 0)
                                     : alone && left == 1));
    list = os_return_gives(s->campaign, record, OS_STR("exchange"))
           ? os_return_choices(s, record, index, shelf, typed, money)
           : NULL;

    if (json_array_size(list)) {
        (void) json_object_set(view, "choices", list);
        (void) json_object_set_new(view, "swaps", json_true());
    }

    json_decref(list);

    if (money) {
        os_return_each(s, record, index, view);
    }

    return view;
}


/*
 * All that may still come back; `sum` gets what is given back for it, or -1
 * where that of something is not known.
 */
static json_t *
os_return_items(const os_speak_t *s, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int money, int64_t *sum)
{
    size_t         i, n;
    json_t        *list = json_array();
    int64_t        left, worth, room;
    const json_t  *track = json_object_get(record, "track");

    n = json_array_size(json_object_get(record, "items"));
    *sum = 0;

    for (i = 0; i < n && i < OS_RETURN_LINES; i++) {
        left = os_return_left(record, track, i);

        if (left > 0) {
            worth = os_return_worth(record, track, i, left);
            *sum = worth < 0 || *sum < 0 ? -1 : *sum + worth;
            (void) json_array_append_new(list, os_return_item(s, record, i,
                                             shelf, said, n == 1, money));
        }
    }

    room = os_return_room(record, track, NULL);
    *sum = *sum < room ? *sum : room;

    return list;
}


/* The ways side by side: what each gives, and when. */
static json_t *
os_return_ways(const os_speak_t *s, const json_t *record, const json_t *said,
    int64_t sum, int money)
{
    size_t    i;
    json_t   *list = json_array(), *view;
    os_str_t  want, currency = os_json_str(record, "currency");

    static const char *const  ways[] = { "refund", "exchange", "credit" };

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        want = os_str(ways[i]);

        if (!os_return_gives(s->campaign, record, want)) {
            continue;
        }

        view = json_object();
        os_json_set_str(view, "id", want);
        os_view_day_count(s, os_return_days(s->campaign), view);

        if (money && sum >= 0 && i != 1) {
            os_return_money(s, i == 0 ? sum : os_return_credit(s->campaign,
                                                               sum),
                            currency, view, "most");
        }

        os_view_say(s, "return.way.", want, view, "title");
        os_view_say(s, "return.way_text.", want, view, "text");

        if (os_str_equal(os_json_str(said, "want"), want)) {
            (void) json_object_set_new(view, "checked", json_true());
        }

        (void) json_array_append_new(list, view);
    }

    return list;
}


static json_t *
os_return_reasons(const os_speak_t *s, const json_t *said)
{
    size_t    i;
    json_t   *list = json_array(), *view;
    os_str_t  cause;

    for (i = 0; os_return_causes[i]; i++) {
        cause = os_str(os_return_causes[i]);

        if (os_return_is_cause(s->campaign, cause)) {
            view = json_object();
            os_json_set_str(view, "id", cause);
            os_view_say(s, "return.cause.", cause, view, "label");

            if (os_str_equal(os_json_str(said, "cause"), cause)) {
                (void) json_object_set_new(view, "selected", json_true());
            }

            (void) json_array_append_new(list, view);
        }
    }

    return list;
}


/* What the form asks. */
static void
os_return_form(const os_speak_t *s, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int money, json_t *view)
{
    json_t   *items;
    int64_t   sum;

    items = os_return_items(s, record, shelf, said, money, &sum);
    (void) json_object_set_new(view, "items", items);
    (void) json_object_set_new(view, "ways",
                               os_return_ways(s, record, said, sum, money));
    (void) json_object_set_new(view, "causes", os_return_reasons(s, said));
    os_json_set_int(view, "n",
                    (int64_t) json_array_size(os_return_list(record)) + 1);
    os_view_text(s, os_campaign_at(s->campaign, "/returns"), "cost", view);

    if (os_json_str(said, "comment").len) {
        os_json_set_str(view, "comment", os_json_str(said, "comment"));
    }
}


json_t *
os_view_return(const os_speak_t *s, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int money)
{
    json_t       *view = json_object(), *order = json_object(), *list;
    int64_t       until;
    os_str_t      number = os_json_str(record, "number");
    os_return_t   state = os_return(s->campaign, record, s->now);

    os_json_set_str(order, "number", number.len ? number
                                     : os_json_str(record, "id"));
    (void) json_object_set_new(view, "order", order);
    (void) json_object_set_new(view, os_return_word(state), json_true());
    until = os_return_until(s->campaign, json_object_get(record, "track"));

    if (until) {
        os_return_date(s, until, view, "until");
    }

    list = os_view_return_list(s, record, money);

    if (list) {
        (void) json_object_set_new(view, "returns", list);
    }

    if (state == OS_RETURN_OPEN) {
        os_return_form(s, record, shelf, said, money, view);
    }

    return view;
}
