/*
 * ordersavectl request: what a buyer asked for, approved or declined from a
 * shell. The same script as behind the page of the mail: the first answer
 * counts.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_money.h"
#include "core/order/os_return.h"
#include "core/order/os_rules.h"
#include "core/view/os_view_request.h"
#include "redis/os_script_shop.h"
#include "worker/ctl/osw_ctl.h"


#define OSW_REQUEST_LOOK  100   /* ms between two tries */


typedef struct {
    osw_ctl_t     *ctl;
    osw_store_t   *store;
    os_str_t       id;
    unsigned       shard;
    json_t        *record;
    os_order_t    *order;
    const json_t  *decision;    /* or the return that waits */
    const char    *kind;        /* of its key */
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
    q->kind = "d";
    q->decision = os_view_request_of(q->record);

    /* what is to be sent back is asked for when nothing else is any more */

    if (os_return_last(q->record)) {
        q->kind = "return";
        q->decision = os_return_last(q->record);
    }

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


/* "9.90 EUR", the most that may come off; 0 where nothing can. */
static int64_t
osw_request_most(const osw_request_t *q, os_buf_t *out)
{
    int64_t  most;

    most = os_rules_off(q->store->campaign, q->decision, q->order);
    os_money_decimal(out, most, os_currency_digits(q->order->currency));
    os_buf_char(out, ' ');
    os_buf_str(out, q->order->currency);

    return most;
}


static int
osw_request_show(osw_request_t *q)
{
    os_buf_t  text = { 0 };

    osw_ctl_print(q->decision);

    if (osw_request_most(q, &text) && os_rules_waits(q->decision)) {
        printf("to be approved with an amount of at most %s\n", text.data);
    }

    os_buf_free(&text);
    return OSW_CTL_OK;
}


/* What whoever approves has to say beyond it; 0, or wrong usage. */
static int
osw_request_amount(osw_request_t *q, const char *text, json_t *event)
{
    int       rc = 0;
    int64_t   most, amount;
    os_buf_t  at_most = { 0 };

    most = osw_request_most(q, &at_most);

    if (text && most == 0) {
        rc = osw_ctl_wrong(q->ctl, "\"%s\": nothing can be taken off this "
                           "order", text);

    } else if (os_rules_off_read(q->store->campaign, q->decision, q->order,
                                 os_str(text ? text : ""), &amount)
               != 0)
    {
        rc = osw_ctl_wrong(q->ctl, "\"%s\": expected an amount of at most %s",
                           text ? text : "", at_most.data);

    } else if (amount) {
        os_json_set_int(event, "amount", amount);
    }

    os_buf_free(&at_most);
    return rc;
}


static json_t *
osw_request_event(osw_request_t *q, int approved)
{
    json_t  *event;

    event = osw_ctl_event(q->ctl, q->store, q->id, "verdict");
    os_json_set_str(event, "nonce", os_json_str(q->decision, "nonce"));
    (void) json_object_set_new(event, "approved", json_boolean(approved));
    os_json_set_str(event, "by", os_str(q->ctl->as ? q->ctl->as
                                                   : "ordersavectl"));

    return event;
}


/* Whoever has a shell types no code. */
static redisReply *
osw_request_try(osw_request_t *q, const json_t *event, const json_t *set)
{
    return osw_ctl_ask(q->ctl,
               os_script_verdict_command(&q->ctl->w.config->space, q->kind,
                                         q->store->name, q->id,
                                         os_json_str(q->decision, "offer"),
                                         event, set, OS_CODE_NEEDLESS, 1, 1));
}


/*
 * The answer to it; where its shard has too little of the budget, the others
 * are called, as long as a call is heard.
 */
static redisReply *
osw_request_ask(osw_request_t *q, const json_t *event, const json_t *set)
{
    redisReply  *reply = osw_request_try(q, event, set);

    for (int ms = 0; ms < OS_CALL_MS && reply && reply->elements == 2
                     && osw_reply_int(reply->element[0], 0) == -3;
         ms += OSW_REQUEST_LOOK)
    {
        if (ms == 0) {
            (void) osw_ctl_call(q->ctl,
                os_script_call_command(&q->ctl->w.config->space,
                    q->store->name, q->id, os_json_str(q->decision, "offer"),
                    q->order->currency, os_json_int(event, "amount", 0)),
                NULL, NULL);
        }

        (void) usleep(OSW_REQUEST_LOOK * 1000);
        freeReplyObject(reply);
        reply = osw_request_try(q, event, set);
    }

    return reply;
}


static int
osw_request_send(osw_request_t *q, json_t *event)
{
    int          rc;
    json_t      *set;
    redisReply  *reply;

    set = os_rules_verdict(q->store->campaign, q->decision, q->order, event);
    reply = osw_request_ask(q, event, set);
    json_decref(set);

    if (reply == NULL || reply->elements != 2) {
        rc = OSW_CTL_REDIS;

    } else if (osw_reply_int(reply->element[0], 0) == 1) {
        printf("%s; the buyer is told by mail\n",
               os_json_bool(event, "approved") ? "approved" : "declined");
        rc = OSW_CTL_OK;

    } else if (osw_reply_int(reply->element[0], 0) == -3) {
        fprintf(stderr, "ordersavectl: the budget of the offer has less: see "
                "\"ordersavectl coupons count\"\n");
        rc = OSW_CTL_FINDING;

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
