/*
 * ordersavectl bounce: takes a notification of a mail server (RFC 3464) from
 * standard input, as a mailbox that is a pipe hands it over. Where it says that
 * there is no such mailbox, no mail of this store goes there any more.
 *
 * Whose mail it was is not believed of the notification, which anybody can
 * write, but of the signed header of our own mail that it gives back.
 */

#include <stdio.h>
#include <string.h>

#include "core/base/os_dsn.h"
#include "core/base/os_mail.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/osw_suppress.h"


#define OSW_BOUNCE_MAX  (1024 * 1024)   /* bytes that are read of it */


static int
osw_bounce_left(const char *why)
{
    printf("passed over: %s\n", why);

    return OSW_CTL_OK;
}


static void
osw_bounce_input(os_buf_t *text)
{
    char    chunk[8192];
    size_t  n;

    while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0) {
        if (text->len + n <= OSW_BOUNCE_MAX) {
            os_buf_add(text, chunk, n);
        }
    }
}


/* The hash that a mark of ours names is suppressed in the store it names. */
static int
osw_bounce_note(osw_ctl_t *ctl, os_str_t mark)
{
    int            rc;
    json_t        *payload;
    os_str_t       store, hash;

    payload = os_token_verify(&ctl->w.config->keys, mark, "bounce",
                              osw_now_ms(&ctl->w) / 1000, NULL);
    store = os_json_str(payload, "s");
    hash = os_json_str(payload, "h");

    if (payload == NULL || hash.len == 0
        || osw_config_store(ctl->w.config, store) == NULL)
    {
        json_decref(payload);
        return osw_bounce_left("it gives back no mail of ours");
    }

    rc = osw_ctl_call(ctl, osw_suppress_command(&ctl->w, store, hash,
                                                OSW_NO_MAILBOX, NULL, NULL),
                      NULL, NULL);

    if (rc == 0) {
        printf("no mail of %.*s goes to this address any more\n",
               (int) store.len, store.data);
    }

    json_decref(payload);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


static int
osw_bounce_take(osw_ctl_t *ctl)
{
    int        rc;
    os_buf_t   text = { 0 };
    os_dsn_t   dsn;

    osw_bounce_input(&text);

    if (os_dsn_read(os_buf_view(&text), &dsn) != 0) {
        rc = osw_bounce_left("it is no delivery status notification");

    } else if (!dsn.failed || dsn.class != 5
               || !os_dsn_nobody(dsn.subject, dsn.detail))
    {
        rc = osw_bounce_left("it does not say that there is no such mailbox");

    } else {
        rc = osw_bounce_note(ctl, dsn.mark);
    }

    os_buf_free(&text);

    return rc;
}


static void
osw_bounce_told(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    os_str_t  why;

    (void) ctl;
    (void) data;
    why = osw_reply_str(reply);
    printf("%.*s\n", why.len ? (int) why.len : 1, why.len ? why.data : "-");
}


/* "show" or "clear" an address: someone has it again, or it was mistaken. */
static int
osw_bounce_address(osw_ctl_t *ctl, const char *verb, const char *address)
{
    int            rc;
    os_buf_t       lower = { 0 }, hash = { 0 };
    osw_store_t   *store;
    os_command_t  *cmd;

    store = osw_ctl_store(ctl);

    if (store == NULL) {
        return OSW_CTL_USAGE;
    }

    if (!os_mail_address_ok(os_str(address))) {
        return osw_ctl_wrong(ctl, "an e-mail address expected");
    }

    os_buf_lower(&lower, os_str(address));
    os_keys_customer(&ctl->w.config->keys, store->name, os_buf_view(&lower),
                     &hash);
    os_buf_free(&lower);
    cmd = osw_ctl_command(os_space_shard(&ctl->w.config->space, store->name,
                                         os_buf_view(&hash), OS_NULL),
                          strcmp(verb, "show") == 0 ? "GET" : "DEL", 2);
    osw_command_key(&ctl->w, cmd, "suppress", store->name, os_buf_view(&hash),
                    OS_NULL);
    os_buf_free(&hash);
    rc = osw_ctl_call(ctl, cmd, strcmp(verb, "show") == 0 ? osw_bounce_told
                                                          : NULL, NULL);

    return rc == 0 ? OSW_CTL_OK : OSW_CTL_FINDING;
}


int
osw_ctl_bounce(osw_ctl_t *ctl, int argc, char **argv)
{
    (void) argc;

    if (strcmp(argv[1], "take") == 0) {
        return osw_bounce_take(ctl);
    }

    return osw_bounce_address(ctl, argv[1], argv[2]);
}
