/*
 * osw_ctl_reach: see osw_ctl_reach.h.
 */

#include <curl/curl.h>

#include "worker/ctl/osw_ctl_reach.h"


/* No answer: which way of it, and what to do. */
static void
osw_reach_none(const osw_asked_t *asked, const char *where, os_buf_t *out)
{
    switch (asked->code) {

    case CURLE_COULDNT_RESOLVE_HOST:
        os_buf_printf(out, "there is no such host: look at %s", where);
        break;

    case CURLE_COULDNT_CONNECT:
        os_buf_printf(out, "nothing listens there: is it up, is the port of "
                      "%s right, does a firewall stand between?", where);
        break;

    case CURLE_OPERATION_TIMEDOUT:
        os_buf_printf(out, "it takes too long: is it overloaded, does a "
                      "firewall swallow what is sent, is %s right?", where);
        break;

    case CURLE_PEER_FAILED_VERIFICATION:
        os_buf_printf(out, "its certificate does not hold: %s must have the "
                      "name that is in it, and it must be valid and sent with "
                      "its chain", where);
        break;

    case CURLE_SSL_CONNECT_ERROR:
        os_buf_printf(out, "no TLS is spoken there: is it https, and the right "
                      "port, in %s?", where);
        break;

    default:
        os_buf_printf(out, "it hung up: look at %s, and at what stands before "
                      "it", where);
    }
}


int
osw_reach_mend(const osw_asked_t *asked, const char *where, os_buf_t *out)
{
    if (asked->status == 0) {
        osw_reach_none(asked, where, out);

    } else if (asked->status >= 500) {
        os_buf_text(out, "it fails itself: look at its own log, or wait");

    } else if (asked->status == 429) {
        os_buf_text(out, "it was asked too often: wait, and look who else "
                    "asks with this key");

    } else if (asked->status >= 300 && asked->status < 400) {
        os_buf_printf(out, "it sends on to %s, and nobody follows: put the "
                      "right address into %s", asked->location[0]
                      ? asked->location : "nowhere", where);

    } else {
        return 0;
    }

    return 1;
}
