
/*
 * Variables: what became of a request, for logs; arguments of the query and of
 * a form, as PHP reads them, for the configuration.
 */


#include "ngx_module/ngx_http_ordersave_variables.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_ctx.h"

static ngx_int_t
ngx_http_ordersave_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    os_str_t                   text = OS_NULL;
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r->main);

    if (ctx) {
        switch (data) {
        case 'o':
            text = os_str(ngx_http_ordersave_outcome_word(ctx->outcome));
            break;

        case 'f':
            text = ngx_http_ordersave_os(ctx->choice.offer);
            break;

        case 'a':
            text = os_str(ctx->choice.arm);
            break;

        case 's':
            text = os_str(ctx->shell);
            break;

        case 'i':
            text = ngx_http_ordersave_os(ctx->who.order_id);
            break;
        }
    }

    if (text.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = text.len;
    v->data = (u_char *) text.data;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
    return NGX_OK;
}


static ngx_uint_t
ngx_http_ordersave_variable_form(ngx_http_request_t *r)
{
    ngx_http_ordersave_ctx_t  *ctx = ngx_http_ordersave_get_ctx(r->main);

    return ctx && ctx->form.post && ctx->form.read;
}


/*
 * $ordersave_arg_NAME, $ordersave_body_NAME, $ordersave_has_NAME. A name that
 * is in query and body both belongs to nobody: who knows which the store
 * reads.
 */
static ngx_int_t
ngx_http_ordersave_variable_argument(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                       room[256];
    size_t                     skip;
    os_arg_t                   query, body = OS_ARG_ABSENT;
    os_buf_t                   text = os_buf_on(room, sizeof(room));
    os_str_t                   name, form;
    ngx_str_t                 *variable = (ngx_str_t *) data;
    ngx_http_ordersave_ctx_t  *ctx;

    /* "ordersave_" and one of "arg_", "has_", "body_" */

    skip = variable->data[10] == 'b' ? 15 : 14;
    name = (os_str_t) { variable->len - skip, (char *) variable->data + skip };

    v->not_found = 1;
    v->no_cacheable = 1;

    form = ngx_http_ordersave_os(r->main->args);

    if (variable->data[10] == 'h') {
        if (os_form_find_folded(form, name, NULL) != OS_ARG_ABSENT) {
            v->data = (u_char *) "1";
            v->len = 1;
            v->valid = 1;
            v->not_found = 0;
        }

        return NGX_OK;
    }

    /* nginx knows variables in lower case only */

    query = os_form_find_folded(form, name,
                                variable->data[10] == 'a' ? &text : NULL);

    if (ngx_http_ordersave_variable_form(r)) {
        ctx = ngx_http_ordersave_get_ctx(r->main);
        body = os_form_find_folded(os_buf_view(&ctx->form.body), name,
                                   variable->data[10] == 'b' ? &text : NULL);
    }

    if (query == OS_ARG_AMBIGUOUS || body == OS_ARG_AMBIGUOUS
        || (query != OS_ARG_ABSENT && body != OS_ARG_ABSENT))
    {
        ctx = ngx_http_ordersave_get_ctx(r->main);

        if (ctx) {
            ctx->who.ambiguous = 1;
        }

    } else if (text.len && !text.failed) {
        v->data = ngx_pnalloc(r->pool, text.len);

        if (v->data == NULL) {
            os_buf_free(&text);
            return NGX_ERROR;
        }

        ngx_memcpy(v->data, text.data, text.len);
        v->len = text.len;
        v->valid = 1;
        v->not_found = 0;
    }

    os_buf_free(&text);
    return NGX_OK;
}


static ngx_http_variable_t  ngx_http_ordersave_variables[] = {

    { ngx_string("ordersave_outcome"), NULL, ngx_http_ordersave_variable,
      'o', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_offer"), NULL, ngx_http_ordersave_variable,
      'f', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_arm"), NULL, ngx_http_ordersave_variable,
      'a', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_order_id"), NULL, ngx_http_ordersave_variable,
      'i', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_shell"), NULL, ngx_http_ordersave_variable,
      's', NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("ordersave_arg_"), NULL, ngx_http_ordersave_variable_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("ordersave_body_"), NULL, ngx_http_ordersave_variable_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("ordersave_has_"), NULL, ngx_http_ordersave_variable_argument,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_ordersave_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_ordersave_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}
