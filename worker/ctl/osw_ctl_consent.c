/*
 * ordersavectl consent: what a buyer has agreed to on a page of ours: as it is
 * now, and the proof of it.
 */

#include <stdio.h>
#include <string.h>

#include "core/order/os_consent.h"
#include "core/order/os_withdrawal.h"
#include "worker/ctl/osw_ctl.h"


typedef struct {
    osw_ctl_t    *ctl;
    osw_store_t  *store;
    json_t       *orders;       /* ids */
    size_t        shown;
} osw_consents_t;


static void
osw_consents_take(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t           i;
    osw_consents_t  *c = data;

    (void) ctl;

    if (reply->type == REDIS_REPLY_STRING) {
        (void) json_array_append_new(c->orders,
                                     os_json_new_str(osw_reply_str(reply)));
    }

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        (void) json_array_append_new(c->orders, os_json_new_str(
                                         osw_reply_str(reply->element[i])));
    }
}


/* The orders of a mail address: all that its buyer's index has. */
static int
osw_consents_buyer(osw_consents_t *c, os_str_t customer)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(os_space_shard(&c->ctl->w.config->space,
                                         c->store->name, customer, OS_NULL),
                          "ZREVRANGE", 4);
    osw_command_key(&c->ctl->w, cmd, "buyer", c->store->name, customer,
                    OS_NULL);
    os_command_add_int(cmd, 0);
    os_command_add_int(cmd, -1);

    return osw_ctl_call(c->ctl, cmd, osw_consents_take, c);
}


/* The latest order that texts a number, which is in no key: its hash is. */
static int
osw_consents_phone(osw_consents_t *c, os_str_t hash)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(os_space_shard(&c->ctl->w.config->space,
                                         c->store->name, OS_STR("phone"),
                                         hash), "GET", 2);
    osw_command_key(&c->ctl->w, cmd, "alias", c->store->name, OS_STR("phone"),
                    hash);

    return osw_ctl_call(c->ctl, cmd, osw_consents_take, c);
}


static int
osw_consents_address(osw_consents_t *c, os_str_t address)
{
    int       rc;
    os_buf_t  hash = { 0 };

    os_keys_customer(&c->ctl->w.config->keys, c->store->name, address, &hash);
    rc = address.len && memchr(address.data, '@', address.len)
         ? osw_consents_buyer(c, os_buf_view(&hash))
         : osw_consents_phone(c, os_buf_view(&hash));
    os_buf_free(&hash);

    return rc;
}


/* One of the two: who may be written to, by whose word, and what was said. */
static json_t *
osw_consents_one(const json_t *record, const char *to)
{
    json_t        *one = json_object();
    const json_t  *said = os_consent_of(record, to);
    size_t         i;

    static const char *const  members[] = { "state", "until", "tries",
                                            "log" };

    (void) json_object_set_new(one, "agreed",
                               json_boolean(os_consent(record, to)));
    (void) json_object_set_new(one, "store",
        json_boolean(os_json_bool(json_object_get(record, "consent"), to)));

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (json_object_get(said, members[i])) {
            (void) json_object_set(one, members[i],
                                   json_object_get(said, members[i]));
        }
    }

    if (strcmp(to, OS_CONSENT_SMS) == 0 && os_consent_phone(record).len) {
        os_json_set_str(one, "phone", os_consent_phone(record));
    }

    return one;
}


/* {"order", "sms": {…}, "email": {…}}; new, NULL: there is no such order. */
static json_t *
osw_consents_order(const osw_consents_t *c, os_str_t id)
{
    json_t    *record, *whole = NULL;
    os_buf_t   name = { 0 };

    record = osw_ctl_json(c->ctl, os_space_shard(&c->ctl->w.config->space,
                                                 c->store->name, id, OS_NULL),
                          "o", c->store->name, id);

    if (record && !os_withdrawal_is_id(id)) {
        os_buf_str(&name, c->store->name);
        os_buf_char(&name, '/');
        os_buf_str(&name, id);
        whole = json_object();
        os_json_set_str(whole, "order", os_buf_view(&name));
        os_buf_free(&name);
        (void) json_object_set_new(whole, OS_CONSENT_SMS,
                                   osw_consents_one(record, OS_CONSENT_SMS));
        (void) json_object_set_new(whole, OS_CONSENT_EMAIL,
                                   osw_consents_one(record,
                                                    OS_CONSENT_EMAIL));
    }

    json_decref(record);

    return whole;
}


static void
osw_consents_show(osw_consents_t *c)
{
    size_t   i;
    json_t  *id, *whole;

    json_array_foreach(c->orders, i, id) {
        whole = osw_consents_order(c, os_str(json_string_value(id)));

        if (whole) {
            osw_ctl_print(whole);
            json_decref(whole);
            c->shown++;
        }
    }
}


/* An address has an @, a number begins with a plus; all else is an order. */
int
osw_ctl_consent(osw_ctl_t *ctl, int argc, char **argv)
{
    int             rc;
    os_str_t        what = os_str(argv[argc - 1]), id;
    osw_consents_t  c = { .ctl = ctl };

    if (strchr(argv[argc - 1], '@') || os_str_starts(what, OS_STR("+"))) {
        c.store = osw_ctl_store(ctl);
        id = OS_NULL;

        if (c.store == NULL) {
            return OSW_CTL_USAGE;
        }

    } else if (osw_ctl_order(ctl, what.data, &c.store, &id) != 0) {
        return OSW_CTL_USAGE;
    }

    c.orders = json_array();
    rc = 0;

    if (id.len) {
        (void) json_array_append_new(c.orders, os_json_new_str(id));

    } else {
        rc = osw_consents_address(&c, what);
    }

    if (rc == 0) {
        osw_consents_show(&c);
    }

    json_decref(c.orders);

    if (rc != 0 || ctl->failed) {
        return OSW_CTL_REDIS;
    }

    if (c.shown == 0) {
        fprintf(stderr, "ordersavectl: no order of %s\n", what.data);
        return OSW_CTL_FINDING;
    }

    return OSW_CTL_OK;
}
