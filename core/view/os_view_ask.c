/*
 * os_view_ask: see os_view_ask.h.
 */

#include <string.h>

#include "core/campaign/os_request.h"
#include "core/text/os_mold.h"
#include "core/view/os_view_ask.h"
#include "core/view/os_view_shelf.h"


/* How a field is drawn, and the type of an <input>. */
static const struct {
    const char  *as;
    const char  *drawn;
    const char  *type;
} os_ask_forms[] = {
    { "line",     "input",  "text" },
    { "url",      "input",  "url" },
    { "price",    "input",  "text" },
    { "date",     "input",  "date" },
    { "quantity", "input",  "number" },
    { "text",     "area",   NULL },
    { "address",  "area",   NULL },
    { "choice",   "select", NULL },
    { "variant",  "select", NULL },
    { "similar",  "select", NULL },
    { "item",     "select", NULL },
};


/* A text of the locale, PREFIX.NAME; nothing where it has none. */
static void
os_ask_say(const os_speak_t *s, const char *prefix, os_str_t name,
    json_t *view, const char *member)
{
    os_buf_t  key = { 0 }, said = { 0 };

    os_buf_printf(&key, "%s.%.*s", prefix, (int) name.len, name.data);

    if (os_locale_say(s->locale, os_buf_view(&key), view, &said) == 0) {
        os_json_set_str(view, member, os_buf_view(&said));
    }

    os_buf_free(&key);
    os_buf_free(&said);
}


static void
os_ask_label(const os_speak_t *s, const json_t *field, json_t *view)
{
    os_str_t  id = os_json_str(field, "id"), own;

    own = os_campaign_text(s->campaign, json_object_get(field, "label"),
                           os_locale_tag(s->locale));

    if (own.len) {
        os_json_set_str(view, "label", own);
        return;
    }

    os_json_set_str(view, "label", id);
    os_ask_say(s, "ask", id, view, "label");
}


static void
os_ask_option(json_t *options, os_str_t value, os_str_t label, os_str_t typed)
{
    json_t  *option = json_object();

    os_json_set_str(option, "value", value);
    os_json_set_str(option, "label", label);

    if (typed.len && os_str_equal(value, typed)) {
        (void) json_object_set_new(option, "selected", json_true());
    }

    (void) json_array_append_new(options, option);
}


/* The options of a <select>, and what was chosen in it. */
typedef struct {
    json_t    *options;
    os_str_t   typed;
} os_ask_choices_t;


static void
os_ask_choice(void *data, os_str_t value, os_str_t label)
{
    os_ask_choices_t  *choices = data;

    os_ask_option(choices->options, value, label, choices->typed);
}


/*
 * What is to choose from: the shop's options, the order's items, or what the
 * catalog has instead of them.
 */
static json_t *
os_ask_options(const os_speak_t *s, const json_t *field,
    const os_order_t *order, os_str_t typed)
{
    size_t     i;
    json_t    *options = json_array(), *option;
    os_str_t   as = os_json_str(field, "as");
    os_buf_t   text = { 0 };

    os_ask_choices_t  choices = { options, typed };

    json_array_foreach(json_object_get(field, "options"), i, option) {

        if (!os_request_option_in(option, order ? order->country : OS_NULL)) {
            continue;
        }

        os_ask_option(options, os_request_option(option),
                      os_campaign_text(s->campaign, os_request_label(option),
                                       os_locale_tag(s->locale)), typed);
    }

    if (order && os_str_equal(as, OS_STR("variant"))) {
        os_view_shelf_choices(s, order, OS_SHELF_VARIANT, os_ask_choice,
                              &choices);

    } else if (order && os_str_equal(as, OS_STR("similar"))) {
        os_view_shelf_choices(s, order, OS_SHELF_SIMILAR, os_ask_choice,
                              &choices);
    }

    if (!os_str_equal(as, OS_STR("item"))) {
        return options;
    }

    for (i = 0; order && i < order->nitems; i++) {

        if (order->items[i].name.len == 0) {
            continue;
        }

        text.len = 0;

        if (s->marks) {
            os_mold_mark(&text, OS_LEAF_ITEM_NAME, (unsigned) i);

        } else {
            os_buf_str(&text, order->items[i].name);
        }

        os_ask_option(options, os_buf_view(&text), os_buf_view(&text), typed);
    }

    os_buf_free(&text);
    return options;
}


/* How it is drawn, and what a screen reader or a keyboard is told. */
static void
os_ask_form(const json_t *field, json_t *view)
{
    os_str_t  as = os_json_str(field, "as");

    (void) json_object_setn_new(view, as.data, as.len, json_true());

    for (size_t i = 0; i < sizeof(os_ask_forms) / sizeof(os_ask_forms[0]); i++)
    {
        if (os_str_equal(as, os_str(os_ask_forms[i].as))) {
            (void) json_object_set_new(view, os_ask_forms[i].drawn,
                                       json_true());

            if (os_ask_forms[i].type) {
                os_json_set_str(view, "type", os_str(os_ask_forms[i].type));
            }
        }
    }
}


/* Which size it should be: the campaign's guide, below what is asked. */
static void
os_ask_guide(const os_speak_t *s, json_t *view)
{
    json_t        *guide;
    os_str_t       text, url;
    const json_t  *policy;

    policy = os_campaign_at(s->campaign, "/policy/size_guide");
    text = os_campaign_text(s->campaign, json_object_get(policy, "text"),
                            os_locale_tag(s->locale));
    url = os_json_str(policy, "url");

    if (text.len == 0 && url.len == 0) {
        return;
    }

    guide = json_object();

    if (text.len) {
        os_json_set_str(guide, "text", text);
    }

    if (url.len) {
        os_json_set_str(guide, "url", url);
    }

    (void) json_object_set_new(view, "size_guide", guide);
}


static json_t *
os_ask_field(const os_speak_t *s, const json_t *field, const char *below,
    const os_order_t *order, const os_typed_t *typed)
{
    json_t    *view = json_object();
    os_str_t   id = os_json_str(field, "id"), as, value;
    os_buf_t   text = { 0 };

    as = os_json_str(field, "as");
    value = typed ? os_json_str(typed->said, id.data) : OS_NULL;

    os_buf_printf(&text, OS_ASK_PREFIX "%s:%s", below, id.data);
    os_json_set_str(view, "name", os_buf_view(&text));

    text.len = 0;
    os_buf_printf(&text, "ask:%s:%s", below, id.data);
    os_json_set_str(view, "id", os_buf_view(&text));
    os_buf_free(&text);

    os_ask_label(s, field, view);
    os_ask_form(field, view);

    if (os_json_bool(field, "required")) {
        (void) json_object_set_new(view, "required", json_true());
    }

    if (value.len) {
        os_json_set_str(view, "value", value);
    }

    if (typed && json_object_get(typed->wrong, id.data)) {
        os_ask_say(s, "ask.wrong", OS_STR("empty"), view, "wrong");

        if (value.len) {
            os_ask_say(s, "ask.wrong", as, view, "wrong");
        }
    }

    if (json_object_get(view, "select")) {
        (void) json_object_set_new(view, "options",
                                   os_ask_options(s, field, order, value));
    }

    return view;
}


json_t *
os_view_ask(const os_speak_t *s, const os_offer_t *offer, os_str_t reason,
    const os_order_t *order, const os_typed_t *typed)
{
    size_t     i;
    json_t    *list, *field;
    os_buf_t   below = { 0 };

    if (offer == NULL || offer->ask == NULL) {
        return NULL;
    }

    if (typed && !(os_str_equal(typed->offer, offer->id)
                   && os_str_equal(typed->reason, reason)))
    {
        typed = NULL;
    }

    list = json_array();
    os_buf_printf(&below, "%.*s:%s", (int) reason.len, reason.data,
                  offer->id.data);

    json_array_foreach(offer->ask, i, field) {
        (void) json_array_append_new(list, os_ask_field(s, field, below.data,
                                                        order, typed));
    }

    if (os_str_equal(offer->purpose, OS_STR("swap"))) {
        os_ask_guide(s, json_array_get(list, json_array_size(list) - 1));
    }

    os_buf_free(&below);
    return list;
}


/* An option is kept in the shop's own words; the reader has his. */
static os_str_t
os_said_option(const os_speak_t *s, const json_t *field, os_str_t text)
{
    size_t   i;
    json_t  *option;

    json_array_foreach(json_object_get(field, "options"), i, option) {
        if (os_request_is_option(option, text)) {
            return os_campaign_text(s->campaign, os_request_label(option),
                                    os_locale_tag(s->locale));
        }
    }

    return text;
}


/* One answer, in the words of its field; `field` is NULL for one of before. */
static void
os_said_one(const os_speak_t *s, const json_t *field, const char *id,
    os_str_t text, json_t *list)
{
    json_t  *view = json_object();

    if (field) {
        os_ask_label(s, field, view);

    } else {
        os_json_set_str(view, "label", os_str(id));
    }

    os_json_set_str(view, "text", os_said_option(s, field, text));
    (void) json_array_append_new(list, view);
}


json_t *
os_view_said(const os_speak_t *s, const os_offer_t *offer, const json_t *said)
{
    size_t       i;
    json_t      *list, *left, *field, *text;
    const char  *id;

    if (json_object_size(said) == 0) {
        return NULL;
    }

    list = json_array();
    left = json_copy((json_t *) said);

    json_array_foreach(offer ? offer->ask : NULL, i, field) {
        id = os_json_str(field, "id").data;

        if (json_object_get(said, id)) {
            os_said_one(s, field, id, os_json_str(said, id), list);
            (void) json_object_del(left, id);
        }
    }

    json_object_foreach(left, id, text) {
        os_said_one(s, NULL, id, os_json_str(left, id), list);
    }

    json_decref(left);

    return list;
}
