
/*
 * Addresses without a token. See ngx_http_ordersave_address.h.
 */


#include "ngx_module/flow/ngx_http_ordersave_address.h"
#include "ngx_module/wire/ngx_http_ordersave_compat.h"
#include "ngx_module/wire/ngx_http_ordersave_fetch.h"
#include "ngx_module/wire/ngx_http_ordersave_headers.h"
#include "ngx_module/wire/ngx_http_ordersave_request.h"
#include "ngx_module/wire/ngx_http_ordersave_send.h"
#include "ngx_module/page/ngx_http_ordersave_shell.h"


#define NGX_HTTP_ORDERSAVE_ADDRESS_FOR   86400  /* s: its cookie */
#define NGX_HTTP_ORDERSAVE_ADDRESS_MAX   3800   /* of a token: browsers keep
                                                 * 4096 bytes of a cookie */
#define NGX_HTTP_ORDERSAVE_ADDRESS_HASH  12     /* bytes that name a token */


/* Where the pages lie that come in the shop's layout, and have a token. */
static const char *const  ngx_http_ordersave_address_routes[] = {
    "track/", "cancel/", "kept/", "answer/", "review/", "solved/", "score/",
    "reason/", "unsubscribe/", "return/", "withdraw/"
};


/* The route that a path begins with; empty: it is none of them. */
static os_str_t
ngx_http_ordersave_address_route(os_str_t path)
{
    os_str_t    route;
    ngx_uint_t  i;

    for (i = 0; i < sizeof(ngx_http_ordersave_address_routes)
                    / sizeof(ngx_http_ordersave_address_routes[0]); i++)
    {
        route = os_str(ngx_http_ordersave_address_routes[i]);

        if (os_str_starts(path, route)) {
            return route;
        }
    }

    return OS_NULL;
}


/* "~", with which no token begins, and what the token is called. */
static ngx_uint_t
ngx_http_ordersave_address_is_name(os_str_t token)
{
    return token.len > 1 && token.len < 32 && token.data[0] == '~';
}


/* The token's name, as it stands in the address and in that of its cookie. */
static void
ngx_http_ordersave_address_name(os_str_t token, os_buf_t *name)
{
    uint8_t  hash[OS_SHA256_LEN];

    os_sha256(token.data, token.len, hash);
    os_base64url(name, hash, NGX_HTTP_ORDERSAVE_ADDRESS_HASH);
}


os_str_t
ngx_http_ordersave_address_whole(ngx_http_request_t *r, os_str_t path)
{
    char       room[64];
    os_buf_t   cookie = os_buf_on(room, sizeof(room));
    os_str_t   route, name;
    ngx_str_t  token, whole;

    route = ngx_http_ordersave_address_route(path);
    name = (os_str_t) { path.len - route.len, path.data + route.len };

    if (route.len == 0 || !ngx_http_ordersave_address_is_name(name)) {
        return path;
    }

    os_buf_text(&cookie, NGX_HTTP_ORDERSAVE_COOKIE);
    os_buf_add(&cookie, name.data + 1, name.len - 1);

    if (!ngx_http_ordersave_cookie(r, cookie.data, &token)) {
        return path;
    }

    whole.len = route.len + token.len;
    whole.data = ngx_pnalloc(r->pool, whole.len);

    if (whole.data == NULL) {
        return path;
    }

    ngx_sprintf(whole.data, "%*s%V", route.len, route.data, &token);
    return ngx_http_ordersave_os(whole);
}


/* Does a script ask? It would read the page, and what is kept from it there. */
static ngx_uint_t
ngx_http_ordersave_address_scripted(ngx_http_request_t *r)
{
    ngx_str_t  mode = ngx_http_ordersave_header(r, "Sec-Fetch-Mode");

    return mode.len
           && !(mode.len == 8
                && ngx_strncmp(mode.data, "navigate", 8) == 0);
}


/* As the browser sees it: by TLS, here or before us. */
static ngx_uint_t
ngx_http_ordersave_address_secure(ngx_http_request_t *r)
{
    ngx_str_t  proto = ngx_http_ordersave_header(r, "X-Forwarded-Proto");

#if (NGX_HTTP_SSL)
    if (r->connection->ssl) {
        return 1;
    }
#endif

    return proto.len == 5
           && ngx_strncasecmp(proto.data, (u_char *) "https", 5) == 0;
}


static ngx_int_t
ngx_http_ordersave_address_cookie(ngx_http_request_t *r, os_str_t name,
    os_str_t value, os_str_t path)
{
    ngx_str_t  kept;
    os_buf_t   cookie = { 0 };

    os_buf_str(&cookie, name);
    os_buf_char(&cookie, '=');
    os_buf_str(&cookie, value);
    os_buf_text(&cookie, "; Path=");
    os_buf_str(&cookie, path);
    os_buf_printf(&cookie, "; Max-Age=%d; HttpOnly; SameSite=Lax%s",
                  NGX_HTTP_ORDERSAVE_ADDRESS_FOR,
                  ngx_http_ordersave_address_secure(r) ? "; Secure" : "");
    kept = ngx_http_ordersave_copy(r, os_buf_view(&cookie));
    os_buf_free(&cookie);

    return kept.len ? ngx_http_ordersave_headers_add(r, "Set-Cookie",
                                              ngx_http_ordersave_os(kept))
                    : NGX_ERROR;
}


/* Can all of it stand in a cookie (RFC 6265, 4.1.1), and does it fit? */
static ngx_uint_t
ngx_http_ordersave_address_keeps(os_str_t token)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < token.len; i++) {
        c = (u_char) token.data[i];

        if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';'
            || c == '\\')
        {
            return 0;
        }
    }

    return token.len > 0 && token.len <= NGX_HTTP_ORDERSAVE_ADDRESS_MAX;
}


/* On to the address that is named so, and the token into its cookie. */
static ngx_int_t
ngx_http_ordersave_address_move(ngx_http_ordersave_ctx_t *ctx,
    os_str_t route, os_str_t token)
{
    char       room[64];
    os_buf_t   name = os_buf_on(room, sizeof(room)), to = { 0 };
    ngx_int_t  rc;

    os_buf_text(&name, NGX_HTTP_ORDERSAVE_COOKIE);
    ngx_http_ordersave_address_name(token, &name);

    os_buf_str(&to, ctx->conf->campaign->campaign->api_path);
    os_buf_str(&to, route);
    os_buf_char(&to, '~');
    os_buf_text(&to, name.data + sizeof(NGX_HTTP_ORDERSAVE_COOKIE) - 1);

    rc = ngx_http_ordersave_address_cookie(ctx->request, os_buf_view(&name),
                                           token, os_buf_view(&to));

    if (rc == NGX_OK) {
        rc = ngx_http_ordersave_send_redirect(ctx->request, os_buf_view(&to));

    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    os_buf_free(&to);
    return rc;
}


ngx_int_t
ngx_http_ordersave_address_open(ngx_http_ordersave_ctx_t *ctx, os_str_t *path)
{
    os_str_t             route, token;
    os_buf_t             link = { 0 };
    ngx_str_t            plain;
    ngx_http_request_t  *r = ctx->request;

    route = ngx_http_ordersave_address_route(*path);
    token = (os_str_t) { path->len - route.len, path->data + route.len };

    if (route.len == 0) {
        return NGX_DECLINED;
    }

    if (ngx_http_ordersave_address_is_name(token)) {
        ctx->hosted.secret = 0;
        *path = ngx_http_ordersave_address_whole(r, *path);
        os_buf_str(&link, ctx->conf->campaign->campaign->api_path);
        os_buf_str(&link, *path);
        ctx->hosted.link = ngx_http_ordersave_copy(r, os_buf_view(&link));
        os_buf_free(&link);

        return ngx_http_ordersave_address_scripted(r) ? NGX_HTTP_FORBIDDEN
                                                      : NGX_DECLINED;
    }

    if (ctx->conf->shell == NULL || ctx->form.post
        || ngx_http_ordersave_address_scripted(r)
        || ngx_http_ordersave_cookie(r, NGX_HTTP_ORDERSAVE_PLAIN, &plain)
        || !ngx_http_ordersave_address_keeps(token))
    {
        return NGX_DECLINED;
    }

    return ngx_http_ordersave_address_move(ctx, route, token);
}


/* The path of the page that the visitor comes from; "": of another host. */
static os_str_t
ngx_http_ordersave_address_before(ngx_http_request_t *r)
{
    u_char     *p, *end;
    ngx_str_t   host = ngx_http_ordersave_header(r, "Host");
    ngx_str_t   from = ngx_http_ordersave_header(r, "Referer");

    end = from.data + from.len;
    p = from.len ? ngx_strlchr(from.data, end, '/') : NULL;

    if (p == NULL || host.len == 0
        || (size_t) (end - p) < sizeof("//") - 1 + host.len + 1
        || ngx_strncmp(p, "//", 2) != 0
        || ngx_strncasecmp(p + 2, host.data, host.len) != 0)
    {
        return OS_NULL;
    }

    p += 2 + host.len;

    return p[0] == '/' && !(end - p > 1 && p[1] == '/')
           ? (os_str_t) { (size_t) (end - p), (char *) p } : OS_NULL;
}


ngx_int_t
ngx_http_ordersave_address_plain(ngx_http_ordersave_ctx_t *ctx)
{
    os_str_t             from;
    ngx_http_request_t  *r = ctx->request;

    from = ngx_http_ordersave_address_before(r);

    if (from.len == 0 || !os_url_ok(from)) {
        from = ctx->conf->campaign->campaign->site;
    }

    return ngx_http_ordersave_address_cookie(r,
                                             OS_STR(NGX_HTTP_ORDERSAVE_PLAIN),
                                             OS_STR("1"), OS_STR("/"))
           == NGX_OK ? ngx_http_ordersave_send_redirect(r, from)
                     : NGX_HTTP_INTERNAL_SERVER_ERROR;
}
