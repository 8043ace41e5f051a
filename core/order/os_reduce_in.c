/*
 * os_reduce_in: what the files of os_reduce share: jobs to add and drop,
 * messages, effects, counts, members. See os_reduce_in.h.
 */

#include <string.h>

#include "core/order/os_elsewhere.h"
#include "core/order/os_reduce_in.h"


static json_t *
os_reduce_list(json_t **list)
{
    if (*list == NULL) {
        *list = json_array();
    }

    return *list;
}


void
os_reduce_count(os_reduce_t *r, const char *name, os_str_t detail)
{
    os_buf_t  key;

    key = (os_buf_t) { 0 };
    os_buf_text(&key, name);

    if (detail.len) {
        os_buf_char(&key, '.');
        os_buf_str(&key, detail);
    }

    if (r->out->counts == NULL) {
        r->out->counts = json_object();
    }

    if (!key.failed) {
        os_json_set_int(r->out->counts, key.data,
                        os_json_int(r->out->counts, key.data, 0) + 1);
    }

    os_buf_free(&key);
}


/* "shop/19" */
static void
os_reduce_name(const os_reduce_t *r, os_buf_t *out)
{
    os_buf_str(out, r->c->store);
    os_buf_char(out, '/');
    os_buf_str(out, r->id);
}


static void
os_reduce_work_id(const os_reduce_t *r, const os_work_t *work, os_buf_t *out)
{
    os_buf_t  name;

    name = (os_buf_t) { 0 };
    os_reduce_name(r, &name);
    os_job_id(os_buf_view(&name), work->parcel, os_str(work->purpose),
              os_str(work->template), os_str(work->channel), work->nonce, out);
    os_buf_free(&name);
}


int
os_reduce_was_sent(const os_reduce_t *r, os_str_t job)
{
    size_t   i;
    json_t  *id;

    json_array_foreach(json_object_get(r->save, "sent"), i, id) {
        if (os_str_equal(job, os_str(json_string_value(id)))) {
            return 1;
        }
    }

    return 0;
}


/* Is a job of this nonce the event's own, and the next event's another? */
static int
os_reduce_is_new(const os_reduce_t *r, os_str_t nonce)
{
    return nonce.len >= r->event_id.len
           && memcmp(nonce.data, r->event_id.data, r->event_id.len) == 0;
}


/* It would have been made: for whom no channel and no more is needed. */
static void
os_reduce_held(os_reduce_t *r, const os_work_t *work, os_str_t id)
{
    json_t  *job;

    if (r->out->held == NULL) {
        r->out->held = json_array();
    }

    job = json_pack("{s:s, s:s}", "purpose", work->purpose, "channel",
                    work->channel);
    os_json_set_str(job, "id", id);
    (void) json_array_append_new(r->out->held, job);
}


void
os_reduce_add(os_reduce_t *r, const os_work_t *work, int64_t due_ms,
    json_t *data)
{
    json_t    *job, *entry;
    os_buf_t   id, name;

    id = (os_buf_t) { 0 };
    name = (os_buf_t) { 0 };
    os_reduce_work_id(r, work, &id);
    os_reduce_name(r, &name);

    if (r->enough && os_reduce_is_new(r, work->nonce)) {
        json_decref(data);

    } else if (os_campaign_holds(r->c, os_str(work->channel),
                                 os_str(work->purpose)))
    {
        os_reduce_count(r, "held", os_str(work->purpose));
        os_reduce_held(r, work, os_buf_view(&id));
        json_decref(data);

    } else if (work->marketing && os_elsewhere(r->c, r->order)) {
        os_reduce_count(r, "elsewhere", os_str(work->purpose));
        json_decref(data);

    } else if (r->out->silent || os_reduce_was_sent(r, os_buf_view(&id))) {
        json_decref(data);

    } else {
        job = json_object();
        os_json_set_str(job, "id", os_buf_view(&id));
        os_json_set_str(job, "order", os_buf_view(&name));
        os_json_set_str(job, "purpose", os_str(work->purpose));
        os_json_set_str(job, "channel", os_str(work->channel));
        os_json_set_int(job, "made_ms", r->now_ms);

        if (work->marketing) {
            os_json_set_str(job, "class", OS_STR("marketing"));
        }

        if (strcmp(work->template, work->purpose) != 0) {
            os_json_set_str(job, "template", os_str(work->template));
        }

        (void) json_object_set_new(job, "data", data ? data : json_object());

        entry = json_object();
        (void) json_object_set_new(entry, "job", job);
        os_json_set_int(entry, "due_ms", due_ms);
        (void) json_array_append_new(os_reduce_list(&r->out->add), entry);
    }

    os_buf_free(&id);
    os_buf_free(&name);
}


void
os_reduce_drop(os_reduce_t *r, const os_work_t *work)
{
    os_buf_t  id;

    id = (os_buf_t) { 0 };
    os_reduce_work_id(r, work, &id);
    (void) json_array_append_new(os_reduce_list(&r->out->drop),
                                 os_json_new_str(os_buf_view(&id)));
    os_buf_free(&id);
}


void
os_reduce_add_job(os_reduce_t *r, const char *purpose, const char *template,
    const char *channel, os_str_t nonce, int64_t due_ms, json_t *data)
{
    os_reduce_add(r, &(os_work_t) { purpose, template, channel, OS_NULL,
                                    nonce, 0 }, due_ms, data);
}


void
os_reduce_drop_job(os_reduce_t *r, const char *purpose, const char *template,
    const char *channel, os_str_t nonce)
{
    os_reduce_drop(r, &(os_work_t) { purpose, template, channel, OS_NULL,
                                     nonce, 0 });
}


void
os_reduce_mail(os_reduce_t *r, const char *purpose, os_str_t nonce, int support,
    json_t *data)
{
    if (os_campaign_at(r->c, "/mail") == NULL) {
        json_decref(data);
        return;
    }

    if (data == NULL) {
        data = json_object();
    }

    if (support) {
        os_json_set_str(data, "to", OS_STR("support"));
    }

    os_reduce_add_job(r, purpose, purpose, "smtp", nonce, r->now_ms, data);
}


void
os_reduce_heard(os_reduce_t *r, os_input_t input, os_str_t nonce,
    json_t *data)
{
    unsigned  silent = r->out->silent;

    if (os_input_way(r->c, input, NULL) != OS_WAY_OUT_MAIL) {
        json_decref(data);
        return;
    }

    r->out->silent = 0;
    os_reduce_mail(r, os_input_mail(input), nonce, 1, data);
    r->out->silent = silent & 1;
}


void
os_reduce_webhook(os_reduce_t *r, const char *event, json_t *about)
{
    char       to[OS_HOOK_NAME + 1];
    size_t     i, n;
    json_t    *hook, *name, *data;
    os_buf_t   nonce;

    json_array_foreach(os_campaign_at(r->c, "/webhooks"), i, hook) {
        json_array_foreach(json_object_get(hook, "events"), n, name) {

            if (strcmp(json_string_value(name), event) != 0) {
                continue;
            }

            nonce = (os_buf_t) { 0 };
            os_buf_str(&nonce, r->event_id);
            os_hook_name(os_json_str(hook, "url"), to);
            os_buf_printf(&nonce, "/%s", to);

            data = json_object();
            os_json_set_str(data, "hook", os_str(to));
            os_json_set_str(data, "event", os_str(event));
            os_json_set_int(data, "at", r->at);

            if (about) {
                (void) json_object_set(data, event, about);
            }

            os_reduce_add_job(r, event, "", "webhook", os_buf_view(&nonce),
                              r->now_ms, data);
            os_buf_free(&nonce);
        }
    }

    json_decref(about);
}


json_t *
os_reduce_effect(os_reduce_t *r, const char *effect, os_str_t customer)
{
    json_t  *entry;

    entry = json_object();
    os_json_set_str(entry, "effect", os_str(effect));
    os_json_set_str(entry, "customer", customer);
    os_json_set_str(entry, "order", r->id);
    (void) json_array_append_new(os_reduce_list(&r->out->effects), entry);

    return entry;
}


int
os_reduce_is(const os_reduce_t *r, const char *member, const char *word)
{
    return os_str_equal(os_json_str(r->order, member), os_str(word));
}


int
os_reduce_dead(const os_reduce_t *r)
{
    return os_reduce_is(r, "state", "cancelled")
           || os_reduce_is(r, "state", "failed")
           || os_reduce_is(r, "state", "refunded");
}


void
os_reduce_given(json_t *to, const json_t *from, const char *member)
{
    os_str_t  text;

    text = os_json_str(from, member);

    if (text.len) {
        os_json_set_str(to, member, text);
    }
}


json_t *
os_reduce_member(json_t *object, const char *name)
{
    json_t  *member;

    member = json_object_get(object, name);

    if (member == NULL) {
        member = json_object();
        (void) json_object_set_new(object, name, member);
    }

    return member;
}
