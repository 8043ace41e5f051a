/*
 * os_evidence: see os_evidence.h.
 */

#include "core/base/os_code.h"
#include "core/order/os_evidence.h"


void
os_evidence_mac(const os_hmac_t *key, os_str_t store,
    const os_evidence_t *link, os_str_t before, os_buf_t *out)
{
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    /* none of these can hold an end of line */

    os_buf_text(&text, "evidence\n");
    os_buf_str(&text, store);
    os_buf_printf(&text, "\n%lld\n%lld\n", (long long) link->n,
                  (long long) link->at_ms);
    os_buf_str(&text, link->id);
    os_buf_char(&text, '\n');
    os_buf_str(&text, link->digest);
    os_buf_char(&text, '\n');
    os_buf_str(&text, before);
    os_hmac(key, os_buf_view(&text), mac);
    os_hex(out, mac, sizeof(mac));
    out->failed |= text.failed;
    os_buf_free(&text);
}


json_t *
os_evidence_json(const os_evidence_t *link, os_str_t mac)
{
    json_t  *kept = json_object();

    os_json_set_int(kept, "n", link->n);
    os_json_set_str(kept, "id", link->id);
    os_json_set_int(kept, "at_ms", link->at_ms);
    os_json_set_str(kept, "digest", link->digest);
    os_json_set_str(kept, "mac", mac);

    return kept;
}


int
os_evidence_holds(const os_hmac_t *key, os_str_t store, const json_t *kept,
    int64_t n, os_str_t before)
{
    int            holds;
    os_buf_t       mac = { 0 };
    os_evidence_t  link;

    link = (os_evidence_t) { .n = os_json_int(kept, "n", 0),
                             .at_ms = os_json_int(kept, "at_ms", 0),
                             .id = os_json_str(kept, "id"),
                             .digest = os_json_str(kept, "digest") };
    os_evidence_mac(key, store, &link, before, &mac);
    holds = link.n == n && !mac.failed
            && os_str_equal(os_buf_view(&mac), os_json_str(kept, "mac"));
    os_buf_free(&mac);

    return holds;
}
