/*
 * os_reduced: what one event leads to. See os_reduced.h.
 */

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "core/order/os_reduced.h"


void
os_job_id(os_str_t order, os_str_t parcel, os_str_t purpose, os_str_t template,
    os_str_t channel, os_str_t nonce, os_buf_t *out)
{
    size_t     i;
    uint8_t    hash[OS_SHA256_LEN];
    os_buf_t   all, text;
    os_str_t   part[6] = { order, parcel, purpose, template, channel, nonce };

    all = (os_buf_t) { 0 };
    text = (os_buf_t) { 0 };

    for (i = 0; i < 6; i++) {
        if (i) {
            os_buf_char(&all, '\0');
        }

        os_buf_str(&all, part[i]);
    }

    os_sha256(all.data ? all.data : "", all.len, hash);
    os_base64url(&text, hash, sizeof(hash));

    if (all.failed || text.failed) {
        out->failed = 1;

    } else {
        os_buf_add(out, text.data, OS_JOB_ID_LEN);
    }

    os_buf_free(&all);
    os_buf_free(&text);
}


void
os_job_key(os_str_t order, os_str_t id, os_buf_t *out)
{
    uint8_t  hash[OS_SHA1_LEN];

    os_sha1(order.len ? order.data : "", order.len, hash);
    os_buf_printf(out, "%02x", hash[0] % OS_JOB_PARTS);
    os_buf_str(out, id);
}


void
os_reduced_free(os_reduced_t *r)
{
    json_decref(r->order);
    json_decref(r->add);
    json_decref(r->drop);
    json_decref(r->decision);
    json_decref(r->effects);
    json_decref(r->counts);
    json_decref(r->held);
    json_decref(r->facts);
    *r = (os_reduced_t) { 0 };
}
