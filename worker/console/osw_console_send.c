/*
 * osw_console_send: see osw_console_send.h.
 */

#include "worker/console/osw_console_send.h"


const char  osw_send_policy[] =
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'";

static const struct {
    const char  *name;
    const char  *value;
} osw_send_headers[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "same-origin" },
    { "Cache-Control", "no-store" },
    { "Vary", "Cookie" },
};


enum MHD_Result
osw_send(struct MHD_Connection *c, const osw_send_t *a,
    os_buf_t *body)
{
    size_t                i;
    enum MHD_Result       rc;
    struct MHD_Response  *response;

    response = MHD_create_response_from_buffer(body->len, body->data,
                                               MHD_RESPMEM_MUST_COPY);
    os_buf_free(body);

    if (response == NULL) {
        return MHD_NO;
    }

    for (i = 0; i < sizeof(osw_send_headers) / sizeof(osw_send_headers[0]);
         i++)
    {
        (void) MHD_add_response_header(response, osw_send_headers[i].name,
                                       osw_send_headers[i].value);
    }

    (void) MHD_add_response_header(response, "Content-Type", a->type);
    (void) MHD_add_response_header(response, "Content-Security-Policy",
                                   a->policy ? a->policy : osw_send_policy);

    if (a->name) {
        (void) MHD_add_response_header(response, a->name, a->value);
    }

    rc = MHD_queue_response(c, a->status, response);
    MHD_destroy_response(response);

    return rc;
}


enum MHD_Result
osw_send_as(struct MHD_Connection *c, unsigned status, const char *type,
    os_buf_t *body, const char *name, const char *value)
{
    return osw_send(c, &(osw_send_t) { .status = status,
                            .type = type, .name = name, .value = value },
                        body);
}


enum MHD_Result
osw_send_text(struct MHD_Connection *c, unsigned status, const char *text,
    const char *name, const char *value)
{
    os_buf_t  body = { 0 };

    os_buf_text(&body, text);

    return osw_send_as(c, status, "text/plain; charset=utf-8", &body, name,
                          value);
}
