
/*
 * Pages of our own about an order on its way: what links in messages open, the
 * lookup form, what an open panel asks for again. All lie under ordersave_api.
 * A GET only shows; a POST commits.
 */


#include "ngx_http_ordersave.h"
#include "core/view/os_panel.h"
#include "core/view/os_view_track.h"


#define NGX_HTTP_ORDERSAVE_TRIES        5       /* of a lookup, an order */
#define NGX_HTTP_ORDERSAVE_TRIES_FOR    3600    /* s */
#define NGX_HTTP_ORDERSAVE_FOUND_FOR    3600    /* s: the link that it gives */
#define NGX_HTTP_ORDERSAVE_NUMBER_MAX   64
#define NGX_HTTP_ORDERSAVE_SETTLE       250     /* ms: the worker commits */
#define NGX_HTTP_ORDERSAVE_VISIT_WAIT   1000    /* ms: who asks us can wait */


/* The language of a page: a forced one, the link's, the order's, ... */
void
ngx_http_ordersave_visit_locale(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t             forced, order;
    ngx_http_request_t  *r = ctx->request;

    forced = ngx_http_ordersave_value(r, ctx->conf->locale);
    order = os_json_str(ctx->token, "l");

    if (order.len == 0) {
        order = os_json_str(ctx->record, "locale");
    }

    ctx->locale = os_campaign_locale(ctx->conf->campaign->campaign, forced,
                      order,
                      ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                                          "Accept-Language")),
                      os_json_str(ctx->record, "country"));
}


ngx_int_t
ngx_http_ordersave_visit_page(ngx_http_ordersave_ctx_t *ctx, const char *name,
    ngx_uint_t status, json_t *view)
{
    json_t     *form;
    ngx_int_t   rc;

    form = json_object();
    os_json_set_str(form, "action", ngx_http_ordersave_os(ctx->path));
    (void) json_object_set_new(view, "form", form);
    rc = ngx_http_ordersave_send_page(ctx->request, ctx->conf->campaign, name,
                                      ctx->locale, status, view);
    json_decref(view);

    return rc;
}


static ngx_int_t
ngx_http_ordersave_visit_later(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_http_ordersave_visit_locale(ctx);

    return ngx_http_ordersave_visit_page(ctx, "lookup",
                                         NGX_HTTP_SERVICE_UNAVAILABLE,
                                         json_pack("{s:b}", "later", 1));
}


/* Links: a token is opened, its order fetched, then the page has its turn. */

static void
ngx_http_ordersave_visit_wake(void *data)
{
    ngx_http_ordersave_wake(data, NULL);
}


/* Names the state that is shown: an ETag, quotes and all. */
static ngx_int_t
ngx_http_ordersave_visit_version(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t    version = { 0 };
    os_speak_t  speak = ngx_http_ordersave_speak(ctx->conf->campaign,
                                                 ctx->locale);

    os_buf_char(&version, '"');
    os_panel_version(&speak, (os_str_t) { reply->len, reply->str },
                     os_panel_eyes(ctx->token), &version);
    os_buf_char(&version, '"');
    ctx->version = ngx_http_ordersave_copy(ctx->request,
                                           os_buf_view(&version));
    os_buf_free(&version);

    return ctx->version.data ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_ordersave_visited(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    ngx_int_t  rc;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_visit_later(ctx);
    }

    ctx->record = ngx_http_ordersave_parse(reply);
    ngx_http_ordersave_visit_locale(ctx);

    if (ctx->record == NULL || !os_panel_holds(ctx->token, ctx->record)) {
        return ngx_http_ordersave_api_expired(ctx);
    }

    rc = ngx_http_ordersave_visit_version(ctx, reply);

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->products = ngx_http_ordersave_products_ask(ctx->request, ctx->conf,
                                                    ctx->record);

    return ngx_http_ordersave_products_wait(ctx->products,
                                            ngx_http_ordersave_visit_wake, ctx)
           ? ngx_http_ordersave_wait(ctx, ctx->visit) : ctx->visit(ctx, NULL);
}


static ngx_int_t
ngx_http_ordersave_visit_open(ngx_http_ordersave_ctx_t *ctx,
    const char *purpose, os_str_t token, ngx_http_ordersave_resume_pt visit)
{
    ctx->token = os_panel_open(ctx->conf->keys,
                               ngx_http_ordersave_os(ctx->conf->store), token,
                               purpose, ngx_time());
    if (ctx->token == NULL) {
        ngx_http_ordersave_visit_locale(ctx);
        return ngx_http_ordersave_api_expired(ctx);
    }

    ctx->visit = visit;

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_get(ctx->conf, "o",
                                      os_json_str(ctx->token, "o"), OS_NULL),
               0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_visited);
}


/* The view of the order for whoever has this token. */
static json_t *
ngx_http_ordersave_visit_view(ngx_http_ordersave_ctx_t *ctx)
{
    os_speak_t  speak = ngx_http_ordersave_speak(ctx->conf->campaign,
                                                 ctx->locale);

    return os_panel_view(&speak, ctx->conf->keys, ctx->record,
                         ngx_http_ordersave_products(ctx->products),
                         os_panel_eyes(ctx->token),
                         ngx_http_ordersave_os(ctx->version));
}


static ngx_int_t
ngx_http_ordersave_visit_track(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_visit_page(ctx, "track", NGX_HTTP_OK,
                                         ngx_http_ordersave_visit_view(ctx));
}


/* What is inside the panel, for the script of an open page. */
static ngx_int_t
ngx_http_ordersave_visit_panel(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_int_t            rc;
    os_str_t             version;
    ngx_http_request_t  *r = ctx->request;

    version = ngx_http_ordersave_os(ctx->version);
    rc = ngx_http_ordersave_send_etag(r, version);

    if (rc != NGX_OK) {
        return rc;
    }

    if (os_str_equal(ngx_http_ordersave_os(ngx_http_ordersave_header(r,
                                           "If-None-Match")), version))
    {
        return ngx_http_ordersave_send_nothing(r, NGX_HTTP_NOT_MODIFIED);
    }

    return ngx_http_ordersave_visit_page(ctx, "panel_part", NGX_HTTP_OK,
                                         ngx_http_ordersave_visit_view(ctx));
}


/* The word of a choice that the form holds, if it is one of the list. */
static ngx_int_t
ngx_http_ordersave_visit_choice(ngx_http_ordersave_ctx_t *ctx,
    const char *field, const json_t *list, os_buf_t *choice)
{
    size_t   i;
    json_t  *one;

    if (os_form_find(os_buf_view(&ctx->body), os_str(field), choice)
        != OS_ARG_ONE)
    {
        return NGX_DECLINED;
    }

    json_array_foreach(list, i, one) {
        if (os_str_equal(os_json_str(one, "id"), os_buf_view(choice))) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static void
ngx_http_ordersave_visit_record(ngx_http_ordersave_ctx_t *ctx,
    const char *kind, const char *member, os_str_t value)
{
    json_t    *event;
    os_buf_t   comment = { 0 };
    os_str_t   store;

    store = ngx_http_ordersave_os(ctx->conf->store);
    event = ngx_http_ordersave_event(store, os_json_str(ctx->token, "o"),
                                     kind);
    os_json_set_str(event, member, value);
    os_json_set_str(event, "locale", ctx->locale);

    ngx_http_ordersave_comment(ctx, &comment);

    if (comment.len) {
        os_json_set_str(event, "comment", os_buf_view(&comment));
    }

    os_buf_free(&comment);
    ngx_http_ordersave_record(store, os_json_str(ctx->token, "o"), event,
                              NULL, NULL);
}


/* A parcel that could not be handed over: what shall be done with it? */
static ngx_int_t
ngx_http_ordersave_visit_answer(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t     *view, *answers;
    os_buf_t    choice = { 0 };
    os_speak_t  speak;
    ngx_uint_t  status = NGX_HTTP_OK;

    speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);
    answers = os_panel_answers(&speak,
                               os_json_str(json_object_get(ctx->record,
                                                           "track"), "side"));
    view = json_object();

    if (!ctx->post) {
        (void) json_object_set_new(view, "track",
                                   os_view_track(&speak, ctx->record,
                                                 speak.now));

    } else if (ngx_http_ordersave_visit_choice(ctx, "ordersave_answer",
                                               answers, &choice) == NGX_OK)
    {
        ngx_http_ordersave_visit_record(ctx, "answer", "what",
                                        os_buf_view(&choice));
        os_buf_free(&choice);
        json_decref(answers);

        return ngx_http_ordersave_visit_page(ctx, "thanks", NGX_HTTP_OK,
                                             view);

    } else {
        (void) json_object_set_new(view, "incomplete", json_true());
        status = NGX_HTTP_BAD_REQUEST;
    }

    os_buf_free(&choice);
    (void) json_object_set_new(view, "answers", answers);

    return ngx_http_ordersave_visit_page(ctx, "answer", status, view);
}


/* Back to the page that the form stood in, if it is known and the shop's. */
static ngx_int_t
ngx_http_ordersave_visit_back(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    os_str_t              from;
    os_buf_t              url = { 0 };
    ngx_int_t             rc;
    os_speak_t            speak;
    const os_campaign_t  *campaign = ctx->conf->campaign->campaign;

    from = ngx_http_ordersave_os(ngx_http_ordersave_header(ctx->request,
                                                           "Referer"));

    if (from.len && os_view_own_url(campaign, from)) {
        return ngx_http_ordersave_send_redirect(ctx->request, from);
    }

    speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);
    os_buf_str(&url, campaign->api_path);
    os_buf_text(&url, "track/");
    os_panel_token(&speak, ctx->conf->keys, "track", ctx->record,
                   os_panel_eyes(ctx->token), NGX_HTTP_ORDERSAVE_FOUND_FOR,
                   &url);
    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);

    return rc;
}


static ngx_int_t
ngx_http_ordersave_visit_packaging(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    os_buf_t  choice = { 0 };

    if (!ctx->post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    if (ngx_http_ordersave_visit_choice(ctx, "ordersave_packaging",
            os_campaign_at(ctx->conf->campaign->campaign, "/track/packaging"),
            &choice) == NGX_OK)
    {
        ngx_http_ordersave_visit_record(ctx, "packaging", "choice",
                                        os_buf_view(&choice));
    }

    os_buf_free(&choice);

    /* the page that comes next should show the choice already */

    return ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_SETTLE,
                                    ngx_http_ordersave_visit_back);
}


/* The buyer wants news by mail: the button is the asking. */
static ngx_int_t
ngx_http_ordersave_visit_news(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    if (!ctx->post) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    ngx_http_ordersave_visit_record(ctx, "news", "via", OS_STR("page"));

    return ngx_http_ordersave_sleep(ctx, NGX_HTTP_ORDERSAVE_SETTLE,
                                    ngx_http_ordersave_visit_back);
}


/* The lookup form: a number, and something that the buyer alone knows. */

static ngx_int_t
ngx_http_ordersave_lookup_page(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t status, const char *what)
{
    json_t  *view = json_object();

    if (what) {
        (void) json_object_set_new(view, what, json_true());
    }

    if (ctx->number.len) {
        os_json_set_str(view, "number", ngx_http_ordersave_os(ctx->number));
    }

    ngx_http_ordersave_visit_locale(ctx);

    return ngx_http_ordersave_visit_page(ctx, "lookup", status, view);
}


static ngx_int_t
ngx_http_ordersave_looked_up(ngx_http_ordersave_ctx_t *ctx, redisReply *reply)
{
    char           room[256];
    os_str_t       store, id;
    os_buf_t       key = os_buf_on(room, sizeof(room)), secret = { 0 };
    os_buf_t       url = { 0 };
    os_eyes_t      eyes = OS_EYES;
    ngx_int_t      rc;
    os_speak_t     speak;
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *back;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_lookup_page(ctx,
                                              NGX_HTTP_SERVICE_UNAVAILABLE,
                                              "later");
    }

    store = ngx_http_ordersave_os(ctx->conf->store);
    ctx->record = ngx_http_ordersave_parse(reply);
    (void) os_form_find(os_buf_view(&ctx->body), OS_STR("ordersave_secret"),
                        &secret);

    if (ctx->record) {
        eyes = os_panel_knows(ctx->conf->keys, store, ctx->record,
                              os_buf_view(&secret));
    }

    os_buf_free(&secret);

    /* whether it is unknown, not his or asked for too often: one answer */

    if (eyes == OS_EYES) {
        json_decref(ctx->record);
        ctx->record = NULL;
        return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_NOT_FOUND,
                                              "failed");
    }

    id = os_json_str(ctx->record, "id");
    back = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                          NULL);

    if (back) {
        os_space_key(space, back->shard, "tries", store, id, OS_NULL, &key);
        os_command_words(back, 2);
        os_command_add(back, OS_STR("DECR"));
        os_command_add(back, os_buf_view(&key));
        os_buf_free(&key);
        ngx_http_ordersave_redis_tell(back);
    }

    ngx_http_ordersave_visit_locale(ctx);
    speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);
    os_buf_str(&url, ctx->conf->campaign->campaign->api_path);
    os_buf_text(&url, "track/");
    os_panel_token(&speak, ctx->conf->keys, "track", ctx->record, eyes,
                   NGX_HTTP_ORDERSAVE_FOUND_FOR, &url);
    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);

    return rc;
}


/* The number is another name of the order, or its id. */
static ngx_int_t
ngx_http_ordersave_lookup_named(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    char           room[256];
    os_str_t       store, id;
    os_buf_t       key = os_buf_on(room, sizeof(room));
    os_space_t    *space = &ngx_http_ordersave_main()->server->space;
    os_command_t  *cmd;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_looked_up(ctx, NULL);
    }

    store = ngx_http_ordersave_os(ctx->conf->store);
    id = reply->type == REDIS_REPLY_STRING
         ? (os_str_t) { reply->len, reply->str }
         : ngx_http_ordersave_os(ctx->number);

    cmd = os_command_new(os_space_shard(space, store, id, OS_NULL), NULL,
                         NULL);
    if (cmd) {
        os_command_script(cmd, &os_script_lookup, 2, 2);
        os_space_key(space, cmd->shard, "o", store, id, OS_NULL, &key);
        os_command_add(cmd, os_buf_view(&key));
        key.len = 0;
        os_space_key(space, cmd->shard, "tries", store, id, OS_NULL, &key);
        os_command_add(cmd, os_buf_view(&key));
        os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_TRIES);
        os_command_add_int(cmd, NGX_HTTP_ORDERSAVE_TRIES_FOR);
        os_buf_free(&key);
    }

    return ngx_http_ordersave_ask(ctx, cmd, 0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
                                  ngx_http_ordersave_looked_up);
}


static ngx_int_t
ngx_http_ordersave_lookup(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t   plain;
    os_buf_t   number = { 0 };

    if (!ctx->post) {
        return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_OK, NULL);
    }

    (void) os_form_find(os_buf_view(&ctx->body), OS_STR("ordersave_number"),
                        &number);
    plain = os_number_plain(os_buf_view(&number));
    ctx->number = ngx_http_ordersave_copy(ctx->request, plain);
    os_buf_free(&number);

    if (ctx->number.len == 0
        || ctx->number.len > NGX_HTTP_ORDERSAVE_NUMBER_MAX
        || !os_utf8_valid(ngx_http_ordersave_os(ctx->number)))
    {
        ctx->number.len = 0;
        return ngx_http_ordersave_lookup_page(ctx, NGX_HTTP_NOT_FOUND,
                                              "failed");
    }

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_get(ctx->conf, "alias", OS_STR("number"),
                                      ngx_http_ordersave_os(ctx->number)),
               0, NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_lookup_named);
}


/* A short link: a random code that stands for a link with a token. */

static ngx_int_t
ngx_http_ordersave_short_found(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    json_t      *link, *record, *claims;
    os_buf_t     url = { 0 };
    ngx_int_t    rc;
    os_speak_t   speak;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return ngx_http_ordersave_visit_later(ctx);
    }

    link = ngx_http_ordersave_parse(reply);
    ngx_http_ordersave_visit_locale(ctx);

    if (link == NULL || os_json_int(link, "x", 0) <= ngx_time()) {
        json_decref(link);
        return ngx_http_ordersave_api_expired(ctx);
    }

    record = json_pack("{s:s, s:{s:I}}", "id",
                       json_string_value(json_object_get(link, "order")),
                       "track", "links",
                       (json_int_t) os_json_int(link, "links", 0));
    claims = json_object_get(link, "claims");
    os_buf_str(&url, ctx->conf->campaign->campaign->api_path);

    if (os_str_equal(os_json_str(claims, "p"), OS_STR("score"))) {
        os_buf_text(&url, "score/");
        os_token_sign(ctx->conf->keys, claims, &url);

    } else {
        speak = ngx_http_ordersave_speak(ctx->conf->campaign, ctx->locale);
        os_buf_text(&url, "track/");
        os_panel_token(&speak, ctx->conf->keys, "track", record, OS_EYES_LINK,
                       os_json_int(link, "x", 0) - ngx_time(), &url);
    }

    rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&url));
    os_buf_free(&url);
    json_decref(record);
    json_decref(link);

    return rc;
}


ngx_int_t
ngx_http_ordersave_visit_short(ngx_http_ordersave_ctx_t *ctx, os_str_t code)
{
    if (code.len < 8 || code.len > 32) {
        ngx_http_ordersave_visit_locale(ctx);
        return ngx_http_ordersave_api_expired(ctx);
    }

    return ngx_http_ordersave_ask(ctx,
               ngx_http_ordersave_get(ctx->conf, "link", code, OS_NULL), 0,
               NGX_HTTP_ORDERSAVE_VISIT_WAIT,
               ngx_http_ordersave_short_found);
}


/* The addresses */

static const struct {
    const char                    *route;
    const char                    *purpose;
    ngx_http_ordersave_resume_pt   visit;
} ngx_http_ordersave_visits[] = {
    { "track/", "track", ngx_http_ordersave_visit_track },
    { "panel/", "panel", ngx_http_ordersave_visit_panel },
    { "live/", "panel", ngx_http_ordersave_live },
    { "answer/", "answer", ngx_http_ordersave_visit_answer },
    { "packaging/", "packaging", ngx_http_ordersave_visit_packaging },
    { "news/", "news", ngx_http_ordersave_visit_news },
    { "review/", "review", ngx_http_ordersave_review },
    { "solved/", "solved", ngx_http_ordersave_solved },
};


/* `path` is what follows the campaign's api_path; NGX_DECLINED: not ours. */
ngx_int_t
ngx_http_ordersave_visit(ngx_http_ordersave_ctx_t *ctx, os_str_t path)
{
    size_t    i;
    os_str_t  route;

    if (os_str_equal(path, OS_STR("track"))) {
        return ngx_http_ordersave_lookup(ctx);
    }

    if (os_str_starts(path, OS_STR("unsubscribe/"))) {
        return ngx_http_ordersave_leave(ctx, (os_str_t) {
                   path.len - 12, path.data + 12 });
    }

    /* short enough where no shorter path leads to us */

    if (os_str_starts(path, OS_STR("o/"))) {
        return ngx_http_ordersave_visit_short(ctx, (os_str_t) {
                   path.len - 2, path.data + 2 });
    }

    if (os_str_starts(path, OS_STR("photo/"))) {
        return ngx_http_ordersave_photo(ctx, (os_str_t) {
                   path.len - 6, path.data + 6 });
    }

    for (i = 0; i < sizeof(ngx_http_ordersave_visits)
                    / sizeof(ngx_http_ordersave_visits[0]); i++)
    {
        route = os_str(ngx_http_ordersave_visits[i].route);

        if (os_str_starts(path, route)) {
            path.data += route.len;
            path.len -= route.len;

            return ngx_http_ordersave_visit_open(ctx,
                       ngx_http_ordersave_visits[i].purpose, path,
                       ngx_http_ordersave_visits[i].visit);
        }
    }

    return ngx_http_ordersave_send_asset(ctx->request, ctx->conf->campaign,
                                         path);
}
