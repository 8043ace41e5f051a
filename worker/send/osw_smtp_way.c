/*
 * osw_smtp_way: see osw_smtp_way.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/send/osw_smtp_way.h"


void
osw_smtp_way(CURL *e, const osw_smtp_conf_t *c)
{
    char  url[400];

    (void) snprintf(url, sizeof(url), "%s://%s:%d", c->tls ? "smtps" : "smtp",
                    c->host, c->port);

    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_USE_SSL,
                     (long) (c->starttls == 0 ? CURLUSESSL_NONE
                             : c->starttls == 1 ? CURLUSESSL_TRY
                                                : CURLUSESSL_ALL));
    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                     (long) (c->timeout_ms > 10000 ? 10000 : c->timeout_ms));

    if (c->ca_file) {
        curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
    }

    if (c->user) {
        curl_easy_setopt(e, CURLOPT_USERNAME, c->user);
        curl_easy_setopt(e, CURLOPT_PASSWORD, c->password ? c->password : "");
    }
}


static size_t
osw_once_read(char *to, size_t size, size_t n, void *data)
{
    size_t     room = size * n;
    os_str_t  *left = data;

    room = room > left->len ? left->len : room;
    memcpy(to, left->data, room);
    left->data += room;
    left->len -= room;

    return room;
}


int
osw_smtp_once(const osw_smtp_conf_t *c, os_str_t from, os_str_t to,
    os_str_t message, os_error_t *err)
{
    int                 rc = -1;
    CURL               *e = curl_easy_init();
    CURLcode            code = CURLE_OUT_OF_MEMORY;
    os_buf_t            sender = { 0 }, recipient = { 0 };
    struct curl_slist  *list;

    os_buf_str(&sender, from);
    os_buf_str(&recipient, to);
    list = recipient.data ? curl_slist_append(NULL, recipient.data) : NULL;

    if (e && list && sender.data) {
        osw_smtp_way(e, c);
        curl_easy_setopt(e, CURLOPT_MAIL_FROM, sender.data);
        curl_easy_setopt(e, CURLOPT_MAIL_RCPT, list);
        curl_easy_setopt(e, CURLOPT_READFUNCTION, osw_once_read);
        curl_easy_setopt(e, CURLOPT_READDATA, &message);
        curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
                         (long) (c->timeout_ms + c->final_ms));
        code = curl_easy_perform(e);
    }

    rc = code == CURLE_OK ? 0
         : os_fail(err, "the mail server: %s", curl_easy_strerror(code));
    curl_slist_free_all(list);
    os_buf_free(&sender);
    os_buf_free(&recipient);

    if (e) {
        curl_easy_cleanup(e);
    }

    return rc;
}
