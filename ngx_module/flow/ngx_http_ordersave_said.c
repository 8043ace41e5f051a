
/*
 * What a buyer fills in with an offer; see _said.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_said.h"
#include "ngx_module/wire/ngx_http_ordersave_record.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "core/campaign/os_request.h"
#include "core/view/os_view_ask.h"


#define NGX_HTTP_ORDERSAVE_SAID  4000   /* characters of a comment with it */


/* A field's name in its parts. */
typedef struct {
    os_str_t  reason;
    os_str_t  offer;
    os_str_t  field;
} ngx_http_ordersave_asked_t;


/* ordersave_ask:REASON:OFFER:FIELD -> 1 */
static ngx_uint_t
ngx_http_ordersave_said_split(os_str_t name, ngx_http_ordersave_asked_t *asked)
{
    const char  *end, *offer, *field;

    if (!os_str_starts(name, OS_STR(OS_ASK_PREFIX)) || !os_utf8_valid(name)) {
        return 0;
    }

    end = name.data + name.len;
    name.data += sizeof(OS_ASK_PREFIX) - 1;
    name.len -= sizeof(OS_ASK_PREFIX) - 1;
    offer = memchr(name.data, ':', name.len);
    field = offer ? memchr(offer + 1, ':', (size_t) (end - offer - 1)) : NULL;

    if (field == NULL) {
        return 0;
    }

    asked->reason = (os_str_t) { (size_t) (offer - name.data), name.data };
    asked->offer = (os_str_t) { (size_t) (field - offer - 1), offer + 1 };
    asked->field = (os_str_t) { (size_t) (end - field - 1), field + 1 };
    return 1;
}


/* Is it a field of the offer that was chosen, below the reason that was? */
static ngx_uint_t
ngx_http_ordersave_said_chosen(ngx_http_ordersave_ctx_t *ctx,
    const ngx_http_ordersave_asked_t *asked)
{
    return os_str_equal(asked->offer, ngx_http_ordersave_os(ctx->choice.offer))
           && (ctx->choice.reason.len == 0
               || os_str_equal(asked->reason,
                               ngx_http_ordersave_os(ctx->choice.reason)));
}


/* What was typed into a field of the form; nothing where it is not there. */
static void
ngx_http_ordersave_said_find(ngx_http_ordersave_ctx_t *ctx, os_str_t id,
    os_buf_t *out)
{
    os_str_t                    form = os_buf_view(&ctx->form.body);
    os_str_t                    name, value;
    os_buf_t                    text = { 0 };
    ngx_http_ordersave_asked_t  asked;

    while (out->len == 0 && os_form_next(&form, &name, &value)) {
        text.len = 0;
        os_form_decode(name, &text);

        if (ngx_http_ordersave_said_split(os_buf_view(&text), &asked)
            && os_str_equal(asked.field, id)
            && ngx_http_ordersave_said_chosen(ctx, &asked))
        {
            os_form_decode(value, out);
        }
    }

    os_buf_free(&text);
}


static void
ngx_http_ordersave_said_field(ngx_http_ordersave_ctx_t *ctx,
    const json_t *field, const json_t *answers)
{
    int64_t    today;
    os_str_t   id = os_json_str(field, "id");
    os_buf_t   typed = { 0 }, taken = { 0 };

    today = (ngx_time()
             + os_campaign_offset(ctx->conf->campaign->campaign)) / 86400;

    if (answers) {
        os_buf_str(&typed, os_json_str(answers, id.data));

    } else {
        ngx_http_ordersave_said_find(ctx, id, &typed);
    }

    if (os_request_read(field, os_buf_view(&typed), today, &taken) == -1) {
        (void) json_object_set_new(ctx->choice.wrong, id.data, json_true());

        if (os_utf8_valid(os_buf_view(&typed))) {
            os_json_set_str(ctx->choice.said, id.data, os_buf_view(&typed));
        }

    } else if (taken.len) {
        os_json_set_str(ctx->choice.said, id.data, os_buf_view(&taken));
    }

    os_buf_free(&typed);
    os_buf_free(&taken);
}


ngx_int_t
ngx_http_ordersave_said(ngx_http_ordersave_ctx_t *ctx, const json_t *answers)
{
    size_t             i;
    json_t            *field;
    const os_offer_t  *offer;

    offer = os_campaign_offer(ctx->conf->campaign->campaign,
                              ngx_http_ordersave_os(ctx->choice.offer));

    if (offer == NULL || offer->ask == NULL) {
        return NGX_OK;
    }

    ctx->choice.said = json_object();
    ctx->choice.wrong = json_object();

    json_array_foreach(offer->ask, i, field) {
        ngx_http_ordersave_said_field(ctx, field, answers);
    }

    /* a person can read an empty form; the store would change nothing */

    if (offer->by_api && json_object_size(ctx->choice.said) == 0
        && json_object_size(ctx->choice.wrong) == 0)
    {
        (void) json_object_set_new(ctx->choice.wrong,
            os_json_str(json_array_get(offer->ask, 0), "id").data,
            json_true());
    }

    ctx->choice.filled = ctx->choice.offer;
    return json_object_size(ctx->choice.wrong) ? NGX_DECLINED : NGX_OK;
}


/* Appends the fields of the chosen offer, or of the others, a line each. */
static void
ngx_http_ordersave_said_lines(ngx_http_ordersave_ctx_t *ctx, ngx_uint_t chosen,
    os_buf_t *out)
{
    os_str_t                    form = os_buf_view(&ctx->form.body);
    os_str_t                    name, value;
    os_buf_t                    key = { 0 }, typed = { 0 };
    ngx_http_ordersave_asked_t  asked;

    while (os_form_next(&form, &name, &value)) {
        key.len = 0;
        typed.len = 0;
        os_form_decode(name, &key);

        if (!ngx_http_ordersave_said_split(os_buf_view(&key), &asked)
            || ngx_http_ordersave_said_chosen(ctx, &asked) != chosen)
        {
            continue;
        }

        os_form_decode(value, &typed);

        if (typed.len && os_utf8_valid(os_buf_view(&typed))) {
            os_buf_text(out, out->len ? "\n" : "");
            os_buf_str(out, asked.field);
            os_buf_text(out, ": ");
            os_buf_str(out, os_buf_view(&typed));
        }
    }

    os_buf_free(&key);
    os_buf_free(&typed);
}


void
ngx_http_ordersave_said_beside(ngx_http_ordersave_ctx_t *ctx)
{
    os_buf_t  text = { 0 };

    os_buf_str(&text, ngx_http_ordersave_os(ctx->choice.comment));
    ngx_http_ordersave_said_lines(ctx, 0, &text);

    if (text.len > ctx->choice.comment.len && !text.failed) {
        ctx->choice.comment = ngx_http_ordersave_copy(ctx->request,
                                  os_form_front(os_buf_view(&text),
                                                NGX_HTTP_ORDERSAVE_SAID));
    }

    os_buf_free(&text);
}


/* A storefront's answers come in JSON, and have been read. */
static void
ngx_http_ordersave_said_answers(ngx_http_ordersave_ctx_t *ctx, os_buf_t *out)
{
    json_t      *text;
    const char  *field;

    json_object_foreach(ctx->choice.said, field, text) {
        os_buf_text(out, out->len ? "\n" : "");
        os_buf_text(out, field);
        os_buf_text(out, ": ");
        os_buf_text(out, json_string_value(text));
    }
}


void
ngx_http_ordersave_said_unheard(ngx_http_ordersave_ctx_t *ctx,
    const json_t *token, const char *why)
{
    json_t    *event;
    os_str_t   store = ngx_http_ordersave_os(ctx->conf->store);
    os_str_t   id = ngx_http_ordersave_os(ctx->who.order_id);
    os_buf_t   text = { 0 };

    os_buf_str(&text, ngx_http_ordersave_os(ctx->choice.comment));

    if (ctx->choice.said) {
        ngx_http_ordersave_said_answers(ctx, &text);

    } else {
        ngx_http_ordersave_said_lines(ctx, 1, &text);
    }

    event = text.len && !text.failed && os_json_str(token, "h").len
            ? ngx_http_ordersave_event(store, id, "words") : NULL;

    if (event) {
        os_json_set_str(event, "comment",
                        os_form_front(os_buf_view(&text),
                                      NGX_HTTP_ORDERSAVE_SAID));
        os_json_set_str(event, "why", os_str(why));
        os_json_set_str(event, "proof", os_json_str(token, "h"));

        if (ctx->choice.offer.len) {
            (void) json_object_set_new(event, "keeps", json_true());
        }

        if (ctx->choice.reason.len) {
            os_json_set_str(event, "reason",
                            ngx_http_ordersave_os(ctx->choice.reason));
        }

        ngx_http_ordersave_record_now(store, id, event);
    }

    os_buf_free(&text);
}
