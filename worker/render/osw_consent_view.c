/*
 * osw_consent_view: see osw_consent_view.h.
 */

#include <string.h>

#include "core/order/os_consent.h"
#include "core/view/os_panel.h"
#include "worker/render/osw_consent_view.h"


int
osw_consent_proves(const char *template)
{
    return strcmp(template, "consent_code") == 0;
}


int
osw_consent_late(const os_task_t *task, int64_t now)
{
    int64_t  until = os_json_int(task->data, "until", 0);

    return osw_consent_proves(task->template.data) && until && now > until;
}


/* The link of the mail: a POST of its page is the confirmation. */
static void
osw_consent_link(const osw_t *w, const osw_store_t *store,
    const os_speak_t *speak, const json_t *order, os_str_t nonce, json_t *view)
{
    os_buf_t  url = { 0 };

    os_buf_str(&url, store->campaign->site);
    os_buf_str(&url, store->campaign->api_path);
    os_buf_text(&url, "confirm/");
    os_panel_token_return(speak, &w->config->keys, "confirm", order, nonce,
                          OS_CONSENT_LINK, &url);
    os_json_set_str(view, "confirm_url", os_buf_view(&url));
    os_buf_free(&url);
}


void
osw_consent_view(const osw_t *w, const osw_store_t *store,
    const os_speak_t *speak, const os_task_t *task,
    const json_t *order, json_t *view)
{
    char      code[OS_CONSENT_CODE + 1];
    os_str_t  nonce = os_json_str(task->data, "nonce");

    if (osw_consent_proves(task->template.data)) {
        os_consent_code(&w->config->keys, store->name,
                        os_json_str(order, "id"), nonce, code);
        os_json_set_str(view, "code", os_str(code));

    } else if (os_str_equal(task->template, OS_STR("consent_confirm"))) {
        osw_consent_link(w, store, speak, order, nonce, view);
    }
}
