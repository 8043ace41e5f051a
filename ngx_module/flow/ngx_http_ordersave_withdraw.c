
/*
 * A consumer withdraws from a contract. See ngx_http_ordersave_withdraw.h.
 *
 * Nothing is looked up of who has no link: so there is nothing that an answer
 * could give away, and no Redis is needed. The moment of the POST counts; the
 * page says so once Redis or the disk has it.
 */


#include "ngx_module/flow/ngx_http_ordersave_withdraw.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_safe.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/wire/ngx_http_ordersave_wait.h"
#include "ngx_module/page/ngx_http_ordersave_hosted_page.h"
#include "ngx_module/page/ngx_http_ordersave_page.h"
#include "ngx_module/page/ngx_http_ordersave_words.h"
#include "ngx_module/flow/ngx_http_ordersave_visit.h"
#include "core/view/os_view_withdraw.h"


#define NGX_HTTP_ORDERSAVE_SALT  16         /* bytes */
#define NGX_HTTP_ORDERSAVE_WHY   86400      /* s: a reason may be given */
#define NGX_HTTP_ORDERSAVE_MOST  99         /* of an item, to choose from */


/* A statement on its way to where it is safe; it may outlive its request. */
struct ngx_http_ordersave_withdraw_s {
    ngx_http_ordersave_ctx_t  *ctx;         /* NULL: the request is over */
    json_t                    *said;        /* as it was typed */
    json_t                    *statement;   /* what is made of it; or NULL */
    const char                *wrong;       /* what is to be mended */
    int64_t                    at_ms;       /* when it was made */
    ngx_int_t                  rc;
    unsigned                   proven:1;
    unsigned                   sent:1;      /* to where it is safe, */
    unsigned                   came:1;      /* and there, or not */
    unsigned                   waits:1;
};


static void
ngx_http_ordersave_withdraw_left(void *data)
{
    ngx_http_ordersave_withdraw_t  *w = data;

    json_decref(w->said);
    json_decref(w->statement);
    w->ctx = NULL;

    if (w->came || !w->sent) {
        ngx_free(w);
    }
}


/* NULL without memory. */
static ngx_http_ordersave_withdraw_t *
ngx_http_ordersave_withdraw_new(ngx_http_ordersave_ctx_t *ctx)
{
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_ordersave_withdraw_t  *w;

    cleanup = ngx_pool_cleanup_add(ctx->request->pool, 0);
    if (cleanup == NULL) {
        return NULL;
    }

    w = ngx_calloc(sizeof(ngx_http_ordersave_withdraw_t), ngx_cycle->log);
    if (w == NULL) {
        return NULL;
    }

    w->ctx = ctx;
    ctx->hosted.withdraw = w;
    cleanup->handler = ngx_http_ordersave_withdraw_left;
    cleanup->data = w;

    return w;
}


/* A field of the form, appended: text, whatever bytes came. */
static void
ngx_http_ordersave_withdraw_field(ngx_http_ordersave_ctx_t *ctx,
    const char *name, os_buf_t *out)
{
    os_buf_t  raw = { 0 };

    (void) os_form_find(os_buf_view(&ctx->form.body), os_str(name), &raw);
    os_utf8_mend(os_buf_view(&raw), out);
    os_buf_free(&raw);
}


/* Field NAME_INDEX of the form, in place of what `text` held. */
static void
ngx_http_ordersave_withdraw_nth(ngx_http_ordersave_ctx_t *ctx,
    const char *field, size_t index, os_buf_t *text)
{
    char  name[64];

    (void) snprintf(name, sizeof(name), "ordersave_%s_%zu", field, index);
    text->len = 0;
    ngx_http_ordersave_withdraw_field(ctx, name, text);
}


/* What was chosen of the items, as {"item": index, "n", "id", "name"}. */
static json_t *
ngx_http_ordersave_withdraw_lines(ngx_http_ordersave_ctx_t *ctx)
{
    size_t     i;
    json_t    *lines = json_array(), *line;
    int64_t    n;
    os_buf_t   text = { 0 };

    for (i = 0; i < OS_WITHDRAWAL_LINES; i++) {
        ngx_http_ordersave_withdraw_nth(ctx, "item", i, &text);
        n = text.len ? ngx_atoi((u_char *) text.data, text.len) : 0;

        if (n > 0) {
            line = json_object();
            os_json_set_int(line, "item", (int64_t) i);
            os_json_set_int(line, "n", n);
            ngx_http_ordersave_withdraw_nth(ctx, "id", i, &text);
            os_json_set_str(line, "id", os_buf_view(&text));
            ngx_http_ordersave_withdraw_nth(ctx, "goods", i, &text);
            os_json_set_str(line, "name", os_buf_view(&text));
            (void) json_array_append_new(lines, line);
        }
    }

    os_buf_free(&text);

    return lines;
}


static void
ngx_http_ordersave_withdraw_read(ngx_http_ordersave_withdraw_t *w)
{
    size_t                     i;
    json_t                    *links;
    os_buf_t                   text = { 0 };
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    static const char *const  fields[][2] = {
        { "ordersave_name", "name" }, { "ordersave_contract", "contract" },
        { "ordersave_parts", "parts" }, { "ordersave_email", "email" }
    };

    w->said = json_object();

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        text.len = 0;
        ngx_http_ordersave_withdraw_field(ctx, fields[i][0], &text);
        os_json_set_str(w->said, fields[i][1], os_buf_view(&text));
    }

    os_buf_free(&text);
    (void) json_object_set_new(w->said, "lines",
                               ngx_http_ordersave_withdraw_lines(ctx));

    if (w->proven) {
        links = json_object_get(ctx->choice.token, "g");
        os_json_set_str(w->said, "order",
                        os_json_str(ctx->choice.token, "o"));

        if (links) {
            (void) json_object_set(w->said, "links", links);
        }
    }

    w->statement = os_withdrawal_make(w->said, ctx->known.record, &w->wrong);

    if (w->statement) {
        os_json_set_str(w->statement, "via", OS_STR("page"));
    }
}


/* How many of an item: none is chosen, which means all that was bought. */
static json_t *
ngx_http_ordersave_withdraw_numbers(int64_t most, int64_t chosen)
{
    int64_t   n;
    json_t   *list = json_array(), *one;

    for (n = 0; n <= most && n <= NGX_HTTP_ORDERSAVE_MOST; n++) {
        one = json_object();
        os_json_set_int(one, "value", n);

        if (n == chosen) {
            (void) json_object_set_new(one, "selected", json_true());
        }

        (void) json_array_append_new(list, one);
    }

    return list;
}


static int64_t
ngx_http_ordersave_withdraw_chosen(const json_t *said, size_t index)
{
    size_t   i;
    json_t  *line;

    json_array_foreach(json_object_get(said, "lines"), i, line) {
        if (os_json_int(line, "item", -1) == (int64_t) index) {
            return os_json_int(line, "n", 0);
        }
    }

    return 0;
}


/* What is in the order, for who may know it. */
static void
ngx_http_ordersave_withdraw_items(ngx_http_ordersave_withdraw_t *w,
    json_t *view)
{
    size_t         i;
    json_t        *item, *one, *list = json_array();
    const json_t  *record = w->ctx->known.record;

    if (w->ctx->hosted.eyes == OS_EYES_OWNER
        || !os_json_bool(record, "gift"))
    {
        json_array_foreach(json_object_get(record, "items"), i, item) {
            if (i == OS_WITHDRAWAL_LINES) {
                break;
            }

            one = json_object();
            os_json_set_int(one, "index", (int64_t) i);
            os_json_set_str(one, "name", os_json_str(item, "name"));
            os_json_set_str(one, "id", os_json_str(item, "id"));
            (void) json_object_set_new(one, "numbers",
                ngx_http_ordersave_withdraw_numbers(
                    os_json_int(item, "quantity", 1),
                    ngx_http_ordersave_withdraw_chosen(w->said, i)));
            (void) json_array_append_new(list, one);
        }
    }

    if (json_array_size(list)) {
        (void) json_object_set_new(view, "has_items", json_true());
    }

    (void) json_object_set_new(view, "items", list);
}


/* What is known of whoever has a link, as far as he may see it. */
static json_t *
ngx_http_ordersave_withdraw_filled(ngx_http_ordersave_withdraw_t *w)
{
    json_t        *said = json_object();
    os_str_t       number;
    const json_t  *record = w->ctx->known.record;

    if (w->proven) {
        number = os_json_str(record, "number");
        os_json_set_str(said, "contract", number.len ? number
                              : os_json_str(w->ctx->choice.token, "o"));
    }

    if (w->proven && w->ctx->hosted.eyes == OS_EYES_OWNER) {
        os_json_set_str(said, "name", os_json_str(record, "name"));
        os_json_set_str(said, "email", os_json_str(record, "email"));
    }

    return said;
}


/* The form's fields, once more, for the button that makes the statement. */
static json_t *
ngx_http_ordersave_withdraw_again(ngx_http_ordersave_ctx_t *ctx)
{
    json_t    *list = json_array(), *one;
    os_str_t   form = os_buf_view(&ctx->form.body), name, value;
    os_buf_t   text = { 0 }, raw = { 0 };

    while (os_form_next(&form, &name, &value)) {
        if (!os_str_starts(name, OS_STR("ordersave_"))
            || os_str_equal(name, OS_STR("ordersave_do")))
        {
            continue;
        }

        one = json_object();
        os_json_set_str(one, "name", name);
        text.len = 0;
        os_form_decode(value, &raw);
        os_utf8_mend(os_buf_view(&raw), &text);
        raw.len = 0;
        os_json_set_str(one, "value", os_buf_view(&text));
        (void) json_array_append_new(list, one);
    }

    os_buf_free(&text);
    os_buf_free(&raw);

    return list;
}


/* The language that the link, or the form, is in. */
static os_str_t
ngx_http_ordersave_withdraw_lang(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t   text = { 0 };
    ngx_str_t  lang;

    (void) os_form_find(ctx->form.post
                        ? os_buf_view(&ctx->form.body)
                        : ngx_http_ordersave_os(ctx->request->args),
                        ctx->form.post ? OS_STR("ordersave_lang")
                                       : OS_STR("lang"), &text);
    lang = ngx_http_ordersave_copy(ctx->request, os_buf_view(&text));
    os_buf_free(&text);

    return ngx_http_ordersave_os(lang);
}


/* The token of a place for the reason, which nobody has to give. */
static json_t *
ngx_http_ordersave_withdraw_place(ngx_http_ordersave_ctx_t *ctx,
    os_str_t id)
{
    json_t    *why = json_object(), *link = json_object();
    os_buf_t   token = { 0 };

    os_json_set_str(link, "p", OS_STR("why"));
    os_json_set_str(link, "s", ngx_http_ordersave_os(ctx->conf->store));
    os_json_set_str(link, "o", id);
    os_json_set_int(link, "x", ngx_time() + NGX_HTTP_ORDERSAVE_WHY);
    os_token_sign(ctx->conf->keys, link, &token);
    os_json_set_str(why, "token", os_buf_view(&token));
    os_buf_free(&token);
    json_decref(link);

    return why;
}


/* Once it is recorded: by whose id, and what was typed already. */
static void
ngx_http_ordersave_withdraw_asks(ngx_http_ordersave_withdraw_t *w,
    json_t *words, json_t *view)
{
    json_t    *why;
    os_buf_t   id = { 0 };

    if (os_json_str(words, "why").len == 0) {
        return;
    }

    if (w->statement) {
        os_withdrawal_id(&w->ctx->conf->keys->customer,
                         ngx_http_ordersave_os(w->ctx->conf->store),
                         w->statement, &id);

    } else {
        os_buf_str(&id, os_json_str(w->ctx->choice.token, "o"));
    }

    why = ngx_http_ordersave_withdraw_place(w->ctx, os_buf_view(&id));
    os_json_set_str(why, "text", os_json_str(w->said, "why"));
    (void) json_object_set_new(view, "why", why);
    os_buf_free(&id);
}


/* `state` is "ask", "check", "recorded" or "thanked". */
static ngx_int_t
ngx_http_ordersave_withdraw_page(ngx_http_ordersave_withdraw_t *w,
    const char *state, ngx_uint_t status)
{
    char                       name[32];
    json_t                    *view = json_object(), *words, *said;
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    ngx_http_ordersave_hosted_locale(ctx);
    words = ngx_http_ordersave_words_get(ctx->conf->campaign,
                ngx_http_ordersave_withdraw_lang(ctx), ctx->who.locale);
    (void) json_object_set_new(view, "w", words);
    (void) json_object_set_new(view, state, json_true());

    if (w->statement) {
        said = os_view_withdraw_said(ctx->conf->campaign->campaign,
                                     w->statement, w->at_ms, 0);
        (void) json_object_set_new(view, "fields",
                                   ngx_http_ordersave_withdraw_again(ctx));

    } else {
        said = w->said ? json_incref(w->said)
                       : ngx_http_ordersave_withdraw_filled(w);
        ngx_http_ordersave_withdraw_items(w, view);
    }

    (void) json_object_set_new(view, "said", said);

    if (state[0] == 'r') {
        ngx_http_ordersave_withdraw_asks(w, words, view);
    }

    if (state[0] == 'r' || state[0] == 't') {
        (void) json_object_set_new(view, "made", json_true());
    }

    if (w->wrong) {
        (void) snprintf(name, sizeof(name), "wrong_%s", w->wrong);
        (void) json_object_set_new(view, name, json_true());
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        (void) json_object_set_new(view, "later", json_true());
    }

    return ngx_http_ordersave_hosted_page(ctx, "withdraw", status, view);
}


/* Redis or the disk has it, or neither could: then the button is there again */
static ngx_int_t
ngx_http_ordersave_withdraw_told(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    ngx_http_ordersave_withdraw_t  *w = ctx->hosted.withdraw;

    if (w->rc != NGX_OK) {
        w->at_ms = 0;
        return ngx_http_ordersave_withdraw_page(w, "check",
                                               NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    ngx_http_ordersave_set_outcome(ctx, NGX_HTTP_ORDERSAVE_ASKED_PAGE);

    return ngx_http_ordersave_withdraw_page(w, "recorded", NGX_HTTP_OK);
}


static void
ngx_http_ordersave_withdraw_safe(void *data, ngx_int_t rc)
{
    ngx_http_ordersave_withdraw_t  *w = data;

    w->came = 1;
    w->rc = rc;

    if (w->ctx == NULL) {
        ngx_free(w);

    } else if (w->waits) {
        ngx_http_ordersave_woken(w->ctx);
    }
}


/* The event, for the record whose name is `id`. NULL without memory. */
static json_t *
ngx_http_ordersave_withdraw_event(ngx_http_ordersave_withdraw_t *w,
    os_str_t id)
{
    json_t                    *event;
    uint8_t                    random[NGX_HTTP_ORDERSAVE_SALT];
    os_buf_t                   text = { 0 };
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    event = ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                     id, "statement");

    if (event == NULL
        || ngx_http_ordersave_random(random, sizeof(random)) != NGX_OK)
    {
        json_decref(event);
        return NULL;
    }

    w->at_ms = os_json_int(event, "at_ms", 0);
    (void) json_object_set(event, "statement", w->statement);
    os_hex(&text, random, sizeof(random));
    os_json_set_str(event, "salt", os_buf_view(&text));
    os_buf_free(&text);
    ngx_http_ordersave_event_visitor(ctx, event);
    os_json_set_str(event, "locale", ctx->who.locale);
    os_json_set_str(event, "lang", ngx_http_ordersave_withdraw_lang(ctx));

    if (w->proven) {
        (void) json_object_set_new(event, "proven", json_true());
    }

    return event;
}


/* It is made: what counts is now. */
static ngx_int_t
ngx_http_ordersave_withdraw_record(ngx_http_ordersave_withdraw_t *w)
{
    json_t                    *event;
    os_buf_t                   id = { 0 };
    os_str_t                   store;
    ngx_http_ordersave_ctx_t  *ctx = w->ctx;

    store = ngx_http_ordersave_os(ctx->conf->store);
    ngx_http_ordersave_hosted_locale(ctx);
    os_withdrawal_id(&ctx->conf->keys->customer, store, w->statement, &id);
    event = id.failed ? NULL
                      : ngx_http_ordersave_withdraw_event(w,
                                                          os_buf_view(&id));

    if (event == NULL) {
        os_buf_free(&id);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    w->sent = 1;
    ngx_http_ordersave_record(store, os_buf_view(&id), event,
                              ngx_http_ordersave_withdraw_safe, w);
    os_buf_free(&id);

    if (w->came) {
        return ngx_http_ordersave_withdraw_told(ctx, NULL);
    }

    w->waits = 1;

    return ngx_http_ordersave_wait(ctx, ngx_http_ordersave_withdraw_told);
}


static ngx_int_t
ngx_http_ordersave_withdraw_open(ngx_http_ordersave_ctx_t *ctx,
    ngx_uint_t proven)
{
    os_buf_t                        what = { 0 };
    ngx_uint_t                      confirms;
    ngx_http_ordersave_withdraw_t  *w;

    w = ngx_http_ordersave_withdraw_new(ctx);
    if (w == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    w->proven = proven;

    if (!ctx->form.post) {
        return ngx_http_ordersave_withdraw_page(w, "ask", NGX_HTTP_OK);
    }

    ngx_http_ordersave_withdraw_read(w);

    if (w->statement == NULL) {
        return ngx_http_ordersave_withdraw_page(w, "ask",
                                                NGX_HTTP_BAD_REQUEST);
    }

    ngx_http_ordersave_withdraw_field(ctx, "ordersave_do", &what);
    confirms = os_str_equal(os_buf_view(&what), OS_STR("confirm"));
    os_buf_free(&what);

    return confirms ? ngx_http_ordersave_withdraw_record(w)
                    : ngx_http_ordersave_withdraw_page(w, "check",
                                                       NGX_HTTP_OK);
}


/* Of whom does a token prove that it is his order? */
static ngx_uint_t
ngx_http_ordersave_withdraw_mine(os_eyes_t eyes)
{
    return eyes == OS_EYES_OWNER || eyes == OS_EYES_LINK;
}


static ngx_int_t
ngx_http_ordersave_withdraw_visit(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_withdraw_open(ctx,
               ngx_http_ordersave_withdraw_mine(ctx->hosted.eyes));
}


/* Redis is away: the token alone says whose order it is. */
static ngx_int_t
ngx_http_ordersave_withdraw_blind(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ngx_http_ordersave_withdraw_open(ctx,
               ngx_http_ordersave_withdraw_mine(
                   os_panel_eyes(ctx->choice.token))
               && json_object_get(ctx->choice.token, "g"));
}


/* The reason is kept, or could not be: then it stands in its place again. */
static ngx_int_t
ngx_http_ordersave_withdraw_thanks(ngx_http_ordersave_ctx_t *ctx,
    redisReply *reply)
{
    return ctx->hosted.safe == NGX_OK
           ? ngx_http_ordersave_withdraw_page(ctx->hosted.withdraw, "thanked",
                                              NGX_HTTP_OK)
           : ngx_http_ordersave_withdraw_page(ctx->hosted.withdraw,
                                              "recorded",
                                              NGX_HTTP_SERVICE_UNAVAILABLE);
}


/* Why, of his own accord: a person reads it, and nothing depends on it. */
static ngx_int_t
ngx_http_ordersave_withdraw_why(ngx_http_ordersave_ctx_t *ctx)
{
    json_t                         *event;
    os_buf_t                        text = { 0 };
    os_str_t                        id;
    ngx_http_ordersave_withdraw_t  *w;

    ngx_http_ordersave_withdraw_field(ctx, "ordersave_why", &text);
    ctx->choice.token = os_panel_open(ctx->conf->keys,
                                      ngx_http_ordersave_os(ctx->conf->store),
                                      os_buf_view(&text), "why", ngx_time());
    os_buf_free(&text);
    ngx_http_ordersave_hosted_locale(ctx);
    id = os_json_str(ctx->choice.token, "o");

    if (id.len == 0) {
        return ngx_http_ordersave_hosted_expired(ctx);
    }

    w = ngx_http_ordersave_withdraw_new(ctx);
    if (w == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_ordersave_withdraw_field(ctx, "ordersave_comment", &text);
    w->said = json_object();
    os_json_set_str(w->said, "why", os_form_front(os_buf_view(&text),
                                                  OS_WITHDRAWAL_PARTS));
    os_buf_free(&text);

    event = os_json_str(w->said, "why").len
            ? ngx_http_ordersave_event(ngx_http_ordersave_os(ctx->conf->store),
                                       id, "why")
            : NULL;

    if (event == NULL) {
        return ngx_http_ordersave_withdraw_page(w, "thanked", NGX_HTTP_OK);
    }

    os_json_set_str(event, "text", os_json_str(w->said, "why"));

    return ngx_http_ordersave_safe(ctx, id, event,
                                   ngx_http_ordersave_withdraw_thanks);
}


/* Is it the reason that is posted, and not the statement? */
static ngx_uint_t
ngx_http_ordersave_withdraw_says_why(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t    what = { 0 };
    ngx_uint_t  why;

    ngx_http_ordersave_withdraw_field(ctx, "ordersave_do", &what);
    why = ctx->form.post && os_str_equal(os_buf_view(&what), OS_STR("why"));
    os_buf_free(&what);

    return why;
}


ngx_int_t
ngx_http_ordersave_withdraw(ngx_http_ordersave_ctx_t *ctx, os_str_t path)
{
    json_t     *token;
    os_str_t    route = OS_STR("withdraw/"), text;

    if (ngx_http_ordersave_withdraw_says_why(ctx)) {
        return ngx_http_ordersave_withdraw_why(ctx);
    }

    if (os_str_starts(path, route)) {
        text = (os_str_t) { path.len - route.len, path.data + route.len };
        token = os_panel_open(ctx->conf->keys,
                              ngx_http_ordersave_os(ctx->conf->store), text,
                              "withdraw", ngx_time());

        if (token) {
            json_decref(token);
            ctx->hosted.blind = ngx_http_ordersave_withdraw_blind;

            return ngx_http_ordersave_visit_open(ctx, "withdraw", text,
                                        ngx_http_ordersave_withdraw_visit);
        }
    }

    return ngx_http_ordersave_withdraw_open(ctx, 0);
}
