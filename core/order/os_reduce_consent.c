/*
 * os_reduce_consent: see os_reduce_consent.h.
 *
 *     asked    a code, or a mail with a link, is under way
 *     on       it was proven, or no proof is needed
 *     off      it was taken back
 *     wrong    no number can be made of what was typed
 *     enough   so many codes went out today that no other one does
 *     void     too many wrong codes
 *
 * What was said is kept with its time, its wording and its page: that is the
 * proof. Whatever the state, the newest word counts.
 */

#include <string.h>

#include "core/order/os_consent.h"
#include "core/order/os_elsewhere.h"
#include "core/order/os_reduce_consent.h"


#define OS_CONSENT_DAY  86400


/* One of the two, and what is known of it. */
typedef struct {
    os_reduce_t  *r;
    const char   *to;           /* OS_CONSENT_SMS, OS_CONSENT_EMAIL */
    json_t       *said;
    int           texts;        /* is it the first? */
} os_consented_t;


static void
os_consent_becomes(os_consented_t *c, const char *state)
{
    os_buf_t  detail = { 0 };

    os_json_set_str(c->said, "state", os_str(state));
    os_buf_printf(&detail, "%s.%s", c->to, state);
    os_reduce_count(c->r, "consent", os_buf_view(&detail));
    os_buf_free(&detail);
}


/* What was done, as it can be shown to whoever asks for a proof. */
static void
os_consent_note(os_consented_t *c, const char *did)
{
    size_t   i;
    json_t  *log, *entry = json_object();

    static const char *const  members[] = { "wording", "page", "locale",
                                            "via" };

    os_json_set_str(entry, "did", os_str(did));
    os_json_set_int(entry, "at_ms",
                    os_json_int(c->r->event, "at_ms", c->r->now_ms));

    if (json_object_get(c->r->event, "revision")) {
        (void) json_object_set(entry, "revision",
                               json_object_get(c->r->event, "revision"));
    }

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        os_reduce_given(entry, c->r->event, members[i]);
    }

    if (c->texts) {
        os_reduce_given(entry, c->said, "phone");
    }

    log = json_object_get(c->said, "log");

    if (log == NULL) {
        log = json_array();
        (void) json_object_set_new(c->said, "log", log);
    }

    (void) json_array_append_new(log, entry);

    if (json_array_size(log) > OS_CONSENT_LOG) {
        (void) json_array_remove(log, 1);       /* the first one is kept */
    }
}


/* The shop's own systems hear of it; what is in the proof goes along. */
static void
os_consent_tell(os_consented_t *c, const char *did)
{
    json_t  *about = json_object();

    os_json_set_str(about, "to", os_str(c->to));
    os_json_set_str(about, "did", os_str(did));
    os_reduce_given(about, c->r->event, "page");
    os_reduce_webhook(c->r, "consent", about);
}


/* Is there room for one more today? It is taken. */
static int
os_consent_room(os_consented_t *c)
{
    json_t   *asks = json_object_get(c->said, "asks");
    int64_t   n, day = c->r->now_ms / 1000 / OS_CONSENT_DAY;

    n = json_integer_value(json_array_get(asks, 0)) == day
        ? json_integer_value(json_array_get(asks, 1)) : 0;

    if (n >= OS_CONSENT_ASKS) {
        return 0;
    }

    (void) json_object_set_new(c->said, "asks",
                               json_pack("[I, I]", (json_int_t) day,
                                         (json_int_t) n + 1));
    return 1;
}


/* A code that is on its way, or a mail, leads nowhere any more. */
static void
os_consent_forget(os_consented_t *c)
{
    const char  *purpose = c->texts ? "consent_code" : "consent_confirm";
    os_str_t     nonce = os_json_str(c->said, "nonce");

    if (nonce.len) {
        os_reduce_drop_job(c->r, purpose, purpose, c->texts ? "sms" : "smtp",
                           nonce);
        (void) json_object_del(c->said, "nonce");
    }
}


/* Advertising may go to this customer again, or may not: "" or "marketing". */
static void
os_consent_subscribe(os_consented_t *c, const char *word)
{
    json_t  *effect = os_reduce_effect(c->r, "subscribe",
                                       os_json_str(c->r->order, "customer"));

    os_json_set_str(effect, "word", os_str(word));
    os_json_set_int(effect, "at_ms",
                    os_json_int(c->r->event, "at_ms", c->r->now_ms));
}


/* It is given: one message says so, and how it ends. */
static void
os_consent_give(os_consented_t *c, os_str_t nonce)
{
    os_consent_becomes(c, "on");
    (void) json_object_del(c->said, "left");
    (void) json_object_del(c->said, "tries");
    os_consent_note(c, "given");
    os_consent_tell(c, "given");

    if (c->texts) {
        (void) json_object_set(c->said, "mine",
                               json_object_get(c->said, "phone"));
        os_reduce_add_job(c->r, "consented", "consented", "sms", nonce,
                          c->r->now_ms, NULL);
        return;
    }

    os_consent_subscribe(c, "");
    os_reduce_heard(c->r, OS_INPUT_NEWS, OS_NULL, NULL);
    os_reduce_webhook(c->r, "news", NULL);
}


/* A code is texted, to be typed into the page. */
static void
os_consent_prove(os_consented_t *c)
{
    json_t    *data = json_object();
    int64_t    until = c->r->now_ms / 1000 + OS_CONSENT_FOR;
    os_str_t   nonce = c->r->event_id;

    os_json_set_str(c->said, "nonce", nonce);
    os_json_set_int(c->said, "until", until);
    os_json_set_int(data, "until", until);
    os_json_set_str(data, "nonce", nonce);
    os_json_set_str(data, "phone", os_json_str(c->said, "phone"));
    os_reduce_given(data, c->r->event, "visitor");
    os_reduce_add_job(c->r, "consent_code", "consent_code", "sms", nonce,
                      c->r->now_ms, data);
}


/* The number that was typed, or the order's. */
static os_str_t
os_consent_number_of(const os_consented_t *c)
{
    os_str_t  typed = os_json_str(c->r->event, "phone");

    return typed.len ? typed
           : os_json_bool(c->r->event, "wrong") ? OS_NULL
           : os_consent_phone_parts(c->r->order, c->r->track);
}


static void
os_consent_ask_texts(os_consented_t *c)
{
    os_str_t  phone = os_consent_number_of(c);

    os_consent_forget(c);
    (void) json_object_del(c->said, "tries");

    if (phone.len == 0) {
        os_consent_becomes(c, "wrong");

    } else if (!os_consent_room(c)) {
        os_consent_becomes(c, "enough");

    } else {
        os_json_set_str(c->said, "phone", phone);
        os_consent_becomes(c, "asked");
        os_consent_note(c, "asked");
        os_consent_prove(c);
    }
}


static void
os_consent_ask_news(os_consented_t *c)
{
    json_t    *data = json_object();
    os_str_t   nonce = c->r->event_id;

    os_consent_forget(c);

    if (!os_consent_room(c)) {
        os_consent_becomes(c, "enough");
        json_decref(data);

    } else if (os_consent_double(c->r->c, c->r->order)) {
        os_json_set_str(c->said, "nonce", nonce);
        os_consent_becomes(c, "asked");
        os_consent_note(c, "asked");
        os_json_set_str(data, "nonce", nonce);
        os_reduce_given(data, c->r->event, "visitor");
        os_reduce_mail(c->r, "consent_confirm", nonce, 0, data);

    } else {
        os_consent_give(c, nonce);
        os_reduce_mail(c->r, "consented", nonce, 0, data);
    }
}


/* Only of an order that is one, and not a marketplace's. */
static void
os_consent_ask(os_consented_t *c)
{
    if (os_consent_parts(c->r->order, c->r->track, c->to)) {
        os_reduce_count(c->r, "consent", OS_STR("again"));

    } else if (os_reduce_dead(c->r) || os_elsewhere(c->r->c, c->r->order)
               || os_reduce_is(c->r, "state", "unknown"))
    {
        os_reduce_count(c->r, "consent", OS_STR("not_asked"));

    } else if (c->texts) {
        os_consent_ask_texts(c);

    } else if (os_json_str(c->r->order, "email").len) {
        os_consent_ask_news(c);
    }
}


/* A code of that asking, or its link, came back. */
static void
os_consent_answer(os_consented_t *c)
{
    int64_t   tries;
    os_str_t  nonce = os_json_str(c->said, "nonce");

    if (!os_consent_is(c->said, "asked") || nonce.len == 0
        || !os_str_equal(nonce, os_json_str(c->r->event, "nonce"))
        || (c->texts && c->r->at > os_json_int(c->said, "until", 0)))
    {
        os_reduce_count(c->r, "consent", OS_STR("late"));

    } else if (os_json_bool(c->r->event, "right")) {
        nonce = os_json_str(c->r->event, "nonce");
        (void) json_object_del(c->said, "nonce");
        os_consent_give(c, nonce);

    } else {
        tries = os_json_int(c->said, "tries", 0) + 1;
        os_json_set_int(c->said, "tries", tries);
        os_reduce_count(c->r, "consent", OS_STR("wrong_code"));

        if (tries >= OS_CONSENT_TRIES) {
            (void) json_object_del(c->said, "nonce");
            os_consent_becomes(c, "void");
        }
    }
}


static void
os_consent_leave(os_consented_t *c)
{
    os_consent_forget(c);

    if (os_json_bool(c->said, "left")) {
        return;
    }

    os_consent_becomes(c, "off");
    (void) json_object_set_new(c->said, "left", json_true());
    os_consent_note(c, "taken back");
    os_consent_tell(c, "taken back");

    if (!c->texts) {
        os_consent_subscribe(c, "marketing");
    }
}


static os_consented_t
os_consent_begin(os_reduce_t *r, const char *to)
{
    return (os_consented_t) {
        .r = r, .to = to, .texts = strcmp(to, OS_CONSENT_SMS) == 0,
        .said = os_reduce_member(os_reduce_member(r->track, "consent"), to)
    };
}


void
os_reduce_on_consent(os_reduce_t *r)
{
    os_str_t        did = os_json_str(r->event, "did");
    os_consented_t  c;

    c = os_consent_begin(r, os_str_equal(os_json_str(r->event, "to"),
                                         OS_STR(OS_CONSENT_SMS))
                            ? OS_CONSENT_SMS : OS_CONSENT_EMAIL);
    r->out->silent = 0;             /* somebody waits for it, however late */

    /* the link of whoever asked may have been voided since */

    if (json_object_get(r->event, "links")
        && os_json_int(r->event, "links", 0)
           != os_json_int(r->track, "links", 0))
    {
        return;
    }

    os_json_set_str(c.said, "by", r->event_id);

    if (os_str_equal(did, OS_STR("ask"))) {
        os_consent_ask(&c);

    } else if (os_str_equal(did, OS_STR("answer"))) {
        os_consent_answer(&c);

    } else if (os_str_equal(did, OS_STR("leave"))) {
        os_consent_leave(&c);
    }
}


void
os_reduce_on_news(os_reduce_t *r)
{
    os_consented_t  c = os_consent_begin(r, OS_CONSENT_EMAIL);

    r->out->silent = 0;
    os_consent_ask(&c);
}


void
os_reduce_consent_stopped(os_reduce_t *r)
{
    os_consented_t  c;

    if (json_object_get(json_object_get(json_object_get(r->track, "consent"),
                                        OS_CONSENT_SMS), "mine"))
    {
        c = os_consent_begin(r, OS_CONSENT_SMS);
        os_consent_leave(&c);
    }
}
