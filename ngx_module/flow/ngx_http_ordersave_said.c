
/*
 * What a buyer fills in with an offer; see _said.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_said.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "core/campaign/os_request.h"
#include "core/view/os_view_ask.h"


#define NGX_HTTP_ORDERSAVE_SAID  4000   /* characters of a comment with it */


/* Is this the name of a field of the offer, below the reason chosen? */
static ngx_uint_t
ngx_http_ordersave_said_names(ngx_http_ordersave_ctx_t *ctx, os_str_t name,
    os_str_t id)
{
    char       room[256];
    os_str_t   reason = ngx_http_ordersave_os(ctx->choice.reason);
    os_buf_t   tail = os_buf_on(room, sizeof(room));
    ngx_uint_t  same = 0;

    if (!os_str_starts(name, OS_STR(OS_ASK_PREFIX))) {
        return 0;
    }

    name.data += sizeof(OS_ASK_PREFIX) - 1;
    name.len -= sizeof(OS_ASK_PREFIX) - 1;

    if (reason.len && !os_str_starts(name, reason)) {
        return 0;
    }

    os_buf_char(&tail, ':');
    os_buf_str(&tail, ngx_http_ordersave_os(ctx->choice.offer));
    os_buf_char(&tail, ':');
    os_buf_str(&tail, id);

    if (name.len >= tail.len && (!reason.len
                                 || name.len == reason.len + tail.len))
    {
        name.data += name.len - tail.len;
        name.len = tail.len;
        same = os_str_equal(name, os_buf_view(&tail));
    }

    os_buf_free(&tail);
    return same;
}


/* What was typed into a field of the form; nothing where it is not there. */
static void
ngx_http_ordersave_said_find(ngx_http_ordersave_ctx_t *ctx, os_str_t id,
    os_buf_t *out)
{
    os_str_t  form = os_buf_view(&ctx->form.body), name, value;
    os_buf_t  text = { 0 };

    while (out->len == 0 && os_form_next(&form, &name, &value)) {
        text.len = 0;
        os_form_decode(name, &text);

        if (ngx_http_ordersave_said_names(ctx, os_buf_view(&text), id)) {
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

    ctx->choice.filled = ctx->choice.offer;
    return json_object_size(ctx->choice.wrong) ? NGX_DECLINED : NGX_OK;
}


/* "FIELD: TEXT", where the field is another offer's and was filled in. */
static void
ngx_http_ordersave_said_line(ngx_http_ordersave_ctx_t *ctx, os_str_t name,
    os_str_t value, os_buf_t *out)
{
    const char  *offer, *field;
    os_str_t     chosen = ngx_http_ordersave_os(ctx->choice.offer);

    name.data += sizeof(OS_ASK_PREFIX) - 1;
    name.len -= sizeof(OS_ASK_PREFIX) - 1;
    offer = memchr(name.data, ':', name.len);
    field = memrchr(name.data, ':', name.len);

    if (value.len == 0 || field == offer || !os_utf8_valid(value)
        || !os_utf8_valid(name)
        || os_str_equal((os_str_t) { (size_t) (field - offer) - 1, offer + 1 },
                        chosen))
    {
        return;
    }

    os_buf_text(out, out->len ? "\n" : "");
    os_buf_add(out, field + 1, (size_t) (name.data + name.len - field - 1));
    os_buf_text(out, ": ");
    os_buf_str(out, value);
}


void
ngx_http_ordersave_said_beside(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t  form = os_buf_view(&ctx->form.body), name, value;
    os_buf_t  text = { 0 }, key = { 0 }, typed = { 0 };

    os_buf_str(&text, ngx_http_ordersave_os(ctx->choice.comment));

    while (os_form_next(&form, &name, &value)) {
        key.len = 0;
        typed.len = 0;
        os_form_decode(name, &key);

        if (os_str_starts(os_buf_view(&key), OS_STR(OS_ASK_PREFIX))) {
            os_form_decode(value, &typed);
            ngx_http_ordersave_said_line(ctx, os_buf_view(&key),
                                         os_buf_view(&typed), &text);
        }
    }

    if (text.len > ctx->choice.comment.len && !text.failed) {
        ctx->choice.comment = ngx_http_ordersave_copy(ctx->request,
                                  os_form_front(os_buf_view(&text),
                                                NGX_HTTP_ORDERSAVE_SAID));
    }

    os_buf_free(&text);
    os_buf_free(&key);
    os_buf_free(&typed);
}
