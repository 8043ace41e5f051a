/*
 * osw_sms_way: what an SMS service is sent, of either kind.
 */

#ifndef OSW_SMS_WAY_H
#define OSW_SMS_WAY_H

#include "core/campaign/os_action.h"
#include "worker/osw_config.h"


/* All borrowed. */
typedef struct {
    os_str_t  to;           /* E.164 */
    os_str_t  from;
    os_str_t  text;
    os_str_t  id;           /* of whoever folds a second one */
} osw_sms_t;


/*
 * The request that has it sent, and "account:token" where that goes with it by
 * Basic authentication (else `basic` stays empty, and the token is a bearer's).
 * The caller frees both. -1 with err, and nothing to free.
 */
int osw_sms_way(const osw_sms_conf_t *c, const osw_sms_t *sms,
    os_request_t *request, os_buf_t *basic, os_error_t *err);

/*
 * The same for a request that sends nothing: Twilio's answers how the account
 * is, another service's whatever it says to a GET of where SMS are posted to.
 */
int osw_sms_way_ask(const osw_sms_conf_t *c, os_request_t *request,
    os_buf_t *basic, os_error_t *err);

#endif /* OSW_SMS_WAY_H */
