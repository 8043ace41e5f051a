/*
 * ordersavectl request: what a buyer asked for, approved or declined from a
 * shell. The same script as behind the page of the mail: the first answer
 * counts.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_code.h"
#include "core/base/os_money.h"
#include "core/order/os_rules.h"
#include "core/view/os_view_request.h"
#include "redis/os_script_shop.h"
#include "worker/ctl/osw_ctl.h"


typedef struct {
    osw_ctl_t     *ctl;
    osw_store_t   *store;
    os_str_t       id;
    unsigned       shard;
    json_t        *record;
    os_order_t    *order;
    const json_t  *decision;
} osw_request_t;


/* 0; else an exit status, with a message. */
static int
osw_request_read(osw_request_t *q, const char *text)
{
    if (osw_ctl_order(q->ctl, text, &q->store, &q->id) != 0) {
        return OSW_CTL_USAGE;
    }

    q->shard = os_space_shard(&q->ctl->w.config->space, q->store->name, q->id,
                              OS_NULL);
    q->record = osw_ctl_json(q->ctl, q->shard, "o", q->store->name, q->id);
    q->order = os_order_from(q->record);
    q->decision = os_view_request_of(q->record);

    if (q->ctl->failed) {
        return OSW_CTL_REDIS;
    }

    if (q->decision == NULL || q->order == NULL) {
        fprintf(stderr, "ordersavectl: nobody has asked for anything on order "
                "%s\n", text);
        return OSW_CTL_FINDING;
    }

    return 0;
}


static int
osw_request_show(osw_request_t *q)
{
    int64_t   most;
    os_buf_t  text = { 0 };

    osw_ctl_print(q->decision);
    most = os_rules_off(q->store->campaign,
                        os_campaign_offer(q->store->campaign,
                                          os_json_str(q->decision, "offer")),
                        q->order);

    if (most > 0 && os_view_request_open(q->record)) {
        os_money_decimal(&text, most, os_currency_digits(q->order->currency));
        printf("to be approved with an amount of at most %s %.*s\n",
               text.data, (int) q->order->currency.len,
               q->order->currency.data);
        os_buf_free(&text);
    }

    return OSW_CTL_OK;
}


/* What whoever approves has to say beyond it; 0, or wrong usage. */
static int
osw_request_amount(osw_request_t *q, const char *text, json_t *event)
{
    int64_t   most, amount;
    os_buf_t  at_most = { 0 };

    most = os_rules_off(q->store->campaign,
                        os_campaign_offer(q->store->campaign,
                                          os_json_str(q->decision, "offer")),
                        q->order);

    if (most <= 0) {
        return text ? osw_ctl_wrong(q->ctl, "\"%s\": nothing can be taken off "
                                    "this order", text) : 0;
    }

    if (text == NULL
        || os_money_read(os_str(text), os_currency_digits(q->order->currency),
                         &amount) != 0
        || amount <= 0 || amount > most)
    {
        os_money_decimal(&at_most, most,
                         os_currency_digits(q->order->currency));
        (void) osw_ctl_wrong(q->ctl, "\"%s\": expected an amount of at most "
                             "%s %.*s", text ? text : "", at_most.data,
                             (int) q->order->currency.len,
                             q->order->currency.data);
        os_buf_free(&at_most);
        return OSW_CTL_USAGE;
    }

    os_json_set_int(event, "amount", amount);
    return 0;
}


static json_t *
osw_request_event(osw_request_t *q, int approved)
{
    json_t    *event;
    uint8_t    random[8];
    os_buf_t   text = { 0 };

    (void) os_random(random, sizeof(random));
    os_hex(&text, random, sizeof(random));
    event = json_object();
    os_json_set_str(event, "id", os_buf_view(&text));
    os_json_set_str(event, "kind", OS_STR("verdict"));
    text.len = 0;
    os_buf_str(&text, q->store->name);
    os_buf_char(&text, '/');
    os_buf_str(&text, q->id);
    os_json_set_str(event, "order", os_buf_view(&text));
    os_json_set_int(event, "at_ms", osw_now_ms(&q->ctl->w));
    os_json_set_str(event, "nonce", os_json_str(q->decision, "nonce"));
    (void) json_object_set_new(event, "approved", json_boolean(approved));
    os_json_set_str(event, "by", OS_STR("ordersavectl"));
    os_buf_free(&text);

    return event;
}


static int
osw_request_send(osw_request_t *q, const json_t *event)
{
    int            rc;
    size_t         i;
    json_t        *set;
    os_buf_t       text = { 0 };
    redisReply    *reply;
    os_command_t  *cmd;

    static const char *const  names[] = { "d", "ev", "verdicts" };

    cmd = os_command_new(q->shard, NULL, NULL);
    os_command_script(cmd, &os_script_verdict, 3, 6);

    for (i = 0; i < 3; i++) {
        osw_command_key(&q->ctl->w, cmd, names[i],
                        i == 1 ? OS_NULL : q->store->name,
                        i == 1 ? OS_NULL : q->id, OS_NULL);
    }

    set = os_rules_verdict(q->store->campaign, q->order, event);
    os_command_add(cmd, os_json_str(event, "nonce"));
    os_json_dump(&text, set);
    os_command_add(cmd, os_buf_view(&text));
    text.len = 0;
    os_json_dump(&text, event);
    os_command_add(cmd, os_buf_view(&text));
    os_command_add_int(cmd, 2);         /* whoever has a shell types no code */
    os_command_add_int(cmd, 1);
    os_command_add_int(cmd, 1);
    os_buf_free(&text);
    json_decref(set);

    reply = osw_ctl_ask(q->ctl, cmd);

    if (reply == NULL || reply->elements != 2) {
        rc = OSW_CTL_REDIS;

    } else if (osw_reply_int(reply->element[0], 0) == 1) {
        printf("%s; the buyer is told by mail\n",
               os_json_bool(event, "approved") ? "approved" : "declined");
        rc = OSW_CTL_OK;

    } else {
        fprintf(stderr, "ordersavectl: it has been answered before, or is "
                "over: see \"ordersavectl request show\"\n");
        rc = OSW_CTL_FINDING;
    }

    freeReplyObject(reply);
    return rc;
}


static int
osw_request_answer(osw_request_t *q, int approved, const char *more)
{
    int      rc = 0;
    json_t  *event;

    event = osw_request_event(q, approved);

    if (approved) {
        rc = osw_request_amount(q, more, event);

    } else if (more) {
        os_json_set_str(event, "comment", os_str(more));
    }

    if (rc == 0) {
        rc = osw_request_send(q, event);
    }

    json_decref(event);
    return rc;
}


int
osw_ctl_request(osw_ctl_t *ctl, int argc, char **argv)
{
    int            rc;
    osw_request_t  q = { .ctl = ctl };

    rc = osw_request_read(&q, argv[2]);

    if (rc == 0) {
        rc = strcmp(argv[1], "show") == 0
             ? osw_request_show(&q)
             : osw_request_answer(&q, strcmp(argv[1], "approve") == 0,
                                  argc > 3 ? argv[3] : NULL);
    }

    os_order_free(q.order);
    json_decref(q.record);

    return rc;
}
