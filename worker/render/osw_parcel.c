/*
 * osw_parcel: see osw_parcel.h.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/campaign/os_action.h"
#include "core/order/os_reduced.h"
#include "core/order/os_withdrawal.h"
#include "core/view/os_panel.h"
#include "core/view/os_view_track.h"
#include "core/view/os_withdraw_label.h"
#include "worker/render/osw_sms_fit.h"
#include "worker/osw_job.h"
#include "worker/render/osw_parcel.h"


#define OSW_NAMES_MAX  60       /* characters of a product's name in an SMS */


static void
osw_parcel_copy(json_t *to, const char *member, const json_t *from,
    const char *name)
{
    json_t  *value;

    value = json_object_get(from, name);

    if (value) {
        (void) json_object_set(to, member, value);
    }
}


/* A message has no origin: paths of the shop's become whole addresses. */
static void
osw_parcel_whole(const osw_store_t *store, json_t *item, const char *member)
{
    os_str_t  url;
    os_buf_t  text;

    url = os_json_str(item, member);

    if (url.len == 0 || url.data[0] != '/') {
        return;
    }

    text = (os_buf_t) { 0 };
    os_buf_str(&text, store->campaign->site);
    os_buf_str(&text, url);
    os_json_set_str(item, member, os_buf_view(&text));
    os_buf_free(&text);
}


/* `names`: the first thing bought, and how many more. */
static void
osw_parcel_items(const osw_store_t *store, json_t *view)
{
    size_t    i, n;
    json_t   *items, *item;
    os_buf_t  names;

    items = json_object_get(json_object_get(view, "order"), "items");
    n = json_array_size(items);

    json_array_foreach(items, i, item) {
        osw_parcel_whole(store, item, "image");
        osw_parcel_whole(store, item, "url");
    }

    if (n == 0) {
        return;
    }

    names = (os_buf_t) { 0 };
    os_buf_str(&names,
               osw_sms_fit(os_json_str(json_array_get(items, 0), "name"),
                           OSW_NAMES_MAX));

    if (n > 1) {
        os_buf_printf(&names, " +%zu", n - 1);
    }

    os_json_set_str(view, "names", os_buf_view(&names));
    os_buf_free(&names);
    (void) json_object_set_new(view, "has_items", json_true());
}


static void
osw_parcel_url(osw_t *w, const osw_store_t *store, const os_speak_t *s,
    const json_t *order, const char *purpose, json_t *view, const char *name)
{
    os_buf_t  url;

    url = (os_buf_t) { 0 };
    os_buf_str(&url, store->campaign->site);
    os_buf_str(&url, store->campaign->api_path);
    os_buf_text(&url, purpose);
    os_buf_char(&url, '/');
    os_panel_token(s, &w->config->keys, purpose, order, OS_EYES_LINK,
                   OSW_LINK_KEEP, &url);
    os_json_set_str(view, name, os_buf_view(&url));
    os_buf_free(&url);
}


/* The way to a withdrawal: the mail is the buyer's own, as the link is. */
static void
osw_parcel_withdraw(osw_t *w, const osw_store_t *store, const os_speak_t *s,
    const json_t *order, json_t *view)
{
    os_buf_t                    url = { 0 };
    const json_t               *known;
    const os_withdraw_label_t  *label;

    known = os_withdrawal_of(json_object_get(order, "track"));

    if (!os_withdrawal_is_on(store->campaign)
        || os_withdrawal_whole(order, known))
    {
        return;
    }

    label = os_withdraw_label(os_locale_tag(s->locale));

    if (label) {
        os_json_set_str(view, "withdraw_label", os_str(label->link));

    } else {
        os_view_say(s, "withdraw.link", OS_NULL, view, "withdraw_label");
    }

    os_buf_str(&url, store->campaign->site);
    os_buf_str(&url, store->campaign->api_path);
    os_buf_text(&url, "withdraw/");
    os_panel_token(s, &w->config->keys, "withdraw", order, OS_EYES_OWNER,
                   OSW_LINK_KEEP, &url);
    os_json_set_str(view, "withdraw_url", os_buf_view(&url));
    os_buf_free(&url);
}


/* The store's own page of an order, where the campaign names it. */
static int
osw_parcel_page(const osw_store_t *store, json_t *view)
{
    json_t         *call;
    os_str_t        page;
    os_error_t      err;
    os_request_t    r;

    page = os_json_str(os_campaign_at(store->campaign, "/track"), "page");

    if (page.len == 0) {
        return 0;
    }

    memset(&r, 0, sizeof(r));
    call = json_object();
    os_json_set_str(call, "url", page);

    if (os_action_expand(call, store->campaign->site, view, &r, &err) == 0) {
        os_json_set_str(view, "track_url", os_buf_view(&r.url));
    }

    os_request_free(&r);
    json_decref(call);

    return json_object_get(view, "track_url") != NULL;
}


/* `todo`: what the buyer can do about it, with the arrival that it names. */
static void
osw_parcel_todo(const os_speak_t *s, const char *template, json_t *view)
{
    json_t    *root, *track;
    os_buf_t   key, said;

    key = (os_buf_t) { 0 };
    said = (os_buf_t) { 0 };
    track = json_copy(json_object_get(view, "track"));
    (void) json_object_del(track, "arrival");
    osw_parcel_copy(track, "arrival", view, "arrives");
    root = json_object();
    (void) json_object_set_new(root, "track", track);
    os_buf_printf(&key, "track.todo.%s", template);

    if (os_locale_say(s->locale, os_buf_view(&key), root, &said) == 0) {
        os_json_set_str(view, "todo", os_buf_view(&said));
    }

    json_decref(root);
    os_buf_free(&key);
    os_buf_free(&said);
}


void
osw_parcel_short(const osw_store_t *store, os_str_t code, os_buf_t *url)
{
    os_buf_str(url, store->campaign->site);
    os_buf_str(url, os_panel_short_path(store->campaign));
    os_buf_str(url, code);
}


void
osw_parcel_view(osw_t *w, const osw_store_t *store, const os_speak_t *s,
    const os_task_t *task, const json_t *order, json_t *view)
{
    json_t      *track, *parcel, *about;
    os_str_t     code;
    os_buf_t     url;
    const char  *template;

    template = task->template.data;
    track = os_view_track(s, order, s->now);
    (void) json_object_set_new(view, "track", track);
    parcel = os_track_find(json_object_get(order, "track"),
                           os_json_str(task->data, "parcel"));

    if (parcel) {
        about = os_view_parcel(s, parcel, s->now);
        (void) json_object_set_new(view, "about", about);
        osw_parcel_copy(view, "arrives", about, "arrival");

    } else {
        osw_parcel_copy(view, "arrives", track, "arrival");
    }

    osw_parcel_items(store, view);
    osw_parcel_todo(s, template, view);

    if (json_object_get(view, "todo")) {
        osw_parcel_url(w, store, s, order, "answer", view, "answer_url");
    }

    if (!osw_parcel_page(store, view)) {
        osw_parcel_url(w, store, s, order, "track", view, "track_url");
    }

    osw_parcel_withdraw(w, store, s, order, view);
    code = os_json_str(task->data, "code");

    if (code.len) {
        url = (os_buf_t) { 0 };
        osw_parcel_short(store, code, &url);
        os_json_set_str(view, "short_url", os_buf_view(&url));
        os_buf_free(&url);
    }
}


typedef struct {
    osw_parcel_pt   done;
    void           *data;
} osw_linking_t;


static void
osw_parcel_linked(os_command_t *cmd, redisReply *reply)
{
    osw_linking_t  linking;

    linking = *(osw_linking_t *) cmd->data;
    free(cmd->data);
    linking.done(linking.data, !osw_reply_failed(reply));
}


static os_str_t
osw_parcel_code(osw_job_t *job)
{
    json_t    *data;
    uint8_t    random[10];
    os_buf_t   code;

    data = job->task.data;

    if (os_json_str(data, "code").len == 0
        && os_random(random, sizeof(random)) == 0)
    {
        code = (os_buf_t) { 0 };
        os_base64url(&code, random, sizeof(random));
        os_json_set_str(data, "code", os_buf_view(&code));
        os_buf_free(&code);
    }

    return os_json_str(data, "code");
}


void
osw_parcel_link(osw_job_t *job, json_t *claims, osw_parcel_pt done,
    void *data)
{
    osw_t          *w;
    json_t         *link;
    os_str_t        code;
    os_buf_t        text;
    os_command_t   *cmd;
    osw_linking_t  *linking;

    w = job->shard->w;
    linking = malloc(sizeof(osw_linking_t));
    code = osw_parcel_code(job);

    if (linking == NULL || code.len == 0) {
        free(linking);
        done(data, 0);
        return;
    }

    *linking = (osw_linking_t) { done, data };
    text = (os_buf_t) { 0 };
    link = json_object();
    os_json_set_str(link, "order", job->task.order_id);
    os_json_set_int(link, "links",
                    os_json_int(json_object_get(job->order, "track"), "links",
                                0));
    os_json_set_int(link, "x", osw_now_ms(w) / 1000 + OSW_LINK_KEEP);

    if (claims) {
        (void) json_object_set(link, "claims", claims);
    }

    os_json_dump(&text, link);
    json_decref(link);

    cmd = os_command_new(os_space_shard(&w->config->space, job->store->name,
                                        code, OS_NULL),
                         osw_parcel_linked, linking);
    os_command_words(cmd, 5);
    os_command_add(cmd, OS_STR("SET"));
    osw_command_key(w, cmd, "link", job->store->name, code, OS_NULL);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add(cmd, OS_STR("EX"));
    os_command_add_int(cmd, OSW_LINK_KEEP);
    os_buf_free(&text);
    osw_redis_send(w->redis, cmd);
}
