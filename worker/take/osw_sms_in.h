/*
 * osw_sms_in: what people answer to an SMS. STOP and its like stop all SMS to
 * that number at once, START allows them again; any other word is for the
 * shop's people. No word is ever an order: "cancel" stops messages.
 */

#ifndef OSW_SMS_IN_H
#define OSW_SMS_IN_H

#include "worker/osw.h"


typedef void (*osw_sms_in_pt)(void *data, int ok);

/*
 * Takes one answer, {"from", "text"}; `id` is the delivery's. done(data, ok) is
 * called once; ok is 0 when Redis did not answer: then do it again later.
 */
void osw_sms_in_take(osw_t *w, const osw_store_t *store, const json_t *reply,
    os_str_t id, int64_t at_ms, osw_sms_in_pt done, void *data);

#endif /* OSW_SMS_IN_H */
