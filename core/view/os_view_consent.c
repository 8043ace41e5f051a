/*
 * os_view_consent: see os_view_consent.h.
 */

#include <string.h>

#include "core/view/os_view_consent.h"


static void
os_view_is(json_t *view, const char *name)
{
    (void) json_object_set_new(view, name, json_true());
}


static int
os_view_consent_texts(const char *to)
{
    return strcmp(to, OS_CONSENT_SMS) == 0;
}


/* A code that is under way, and still good. */
static int
os_view_consent_under_way(const os_speak_t *s, const json_t *said)
{
    return os_consent_is(said, "asked")
           && s->now <= os_json_int(said, "until", 0);
}


json_t *
os_view_consent(const os_speak_t *s, const json_t *record, const char *to)
{
    json_t        *view;
    const json_t  *said = os_consent_of(record, to);

    if (os_consent_is(said, "on")) {
        view = json_object();
        os_view_is(view, "on");
        return view;
    }

    /* what was said at the store's own checkout is not asked for again */

    if (os_consent(record, to)
        || !os_consent_asks(s->campaign, record, to))
    {
        return NULL;
    }

    view = json_object();
    os_view_is(view, "ask");

    if (os_view_consent_texts(to) && os_consent_phone(record).len) {
        os_view_is(view, "known");
    }

    if (os_view_consent_texts(to) && os_view_consent_under_way(s, said)) {
        os_view_is(view, "asked");
    }

    return view;
}


/* What stands in the way of a code, or that one was sent. */
static void
os_view_consent_code(const os_speak_t *s, const json_t *said, json_t *view)
{
    if (os_view_consent_under_way(s, said)) {
        os_view_is(view, "code");
        os_json_set_str(view, "nonce", os_json_str(said, "nonce"));

        if (os_json_int(said, "tries", 0)) {
            os_view_is(view, "wrong");
        }

    } else if (os_consent_is(said, "asked") || os_consent_is(said, "void")) {
        os_view_is(view, "void");

    } else if (os_consent_is(said, "wrong")) {
        os_view_is(view, "wrong_number");
    }
}


json_t *
os_view_consent_page(const os_speak_t *s, const json_t *record,
    const char *to)
{
    int            texts = os_view_consent_texts(to);
    json_t        *view = json_object();
    const json_t  *said = os_consent_of(record, to);

    os_view_is(view, texts ? "texts" : "news");

    if (os_consent(record, to)) {
        os_view_is(view, "on");
        return view;
    }

    if (os_consent_is(said, "off")) {
        os_view_is(view, "off");

    } else if (os_consent_is(said, "enough")) {
        os_view_is(view, "enough");
        return view;

    } else if (texts) {
        os_view_consent_code(s, said, view);

    } else if (os_consent_is(said, "asked")) {
        os_view_is(view, "mailed");
        return view;
    }

    if (os_consent_asks(s->campaign, record, to)) {
        os_view_is(view, "ask");

        if (texts && os_consent_phone(record).len) {
            os_view_is(view, "known");
        }
    }

    return view;
}


void
os_view_consent_wording(const os_speak_t *s, const char *to, json_t *event)
{
    size_t     i;
    json_t    *view;
    os_buf_t   text = { 0 };

    static const char *const  keys[][2] = {
        { "consent.news", "extras.news_text" },
        { "consent.texts", "consent.texts_about" }
    };

    view = json_pack("{s:O?}", "brand",
                     os_campaign_at(s->campaign, "/brand"));

    for (i = 0; i < 2; i++) {
        os_buf_text(&text, i ? " " : "");
        (void) os_locale_say(s->locale,
                             os_str(keys[os_view_consent_texts(to)][i]), view,
                             &text);
    }

    os_json_set_str(event, "wording", os_buf_view(&text));
    os_buf_free(&text);
    json_decref(view);
}
