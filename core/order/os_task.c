/*
 * os_task: see os_task.h.
 */

#include <string.h>

#include "core/order/os_task.h"
#include "core/order/os_track.h"


static const char *const  os_channel_words[OS_CHANNEL_MAX] = {
    [OS_CHANNEL_SMTP] = "smtp",
    [OS_CHANNEL_SMS] = "sms",
    [OS_CHANNEL_STORE] = "store",
    [OS_CHANNEL_WEBHOOK] = "webhook",
    [OS_CHANNEL_CLOCK] = "clock",
    [OS_CHANNEL_CARRIER] = "carrier",
    [OS_CHANNEL_NULL] = "null"
};

static const char *const  os_purpose_words[OS_PURPOSE_PARCEL] = {
    [OS_PURPOSE_CANCELLED] = "cancelled",
    [OS_PURPOSE_UNPAID] = "unpaid",
    [OS_PURPOSE_WIN_BACK] = "win_back",
    [OS_PURPOSE_REVIEW] = "review",
    [OS_PURPOSE_REWARDED] = "rewarded",
    [OS_PURPOSE_STOPPED] = "stopped",
    [OS_PURPOSE_CONSENT_CODE] = "consent_code",
    [OS_PURPOSE_CONSENT_CONFIRM] = "consent_confirm",
    [OS_PURPOSE_CONSENTED] = "consented",
    [OS_PURPOSE_WITHDRAW_RECEIVED] = "withdraw_received",
    [OS_PURPOSE_WITHDRAW_EVIDENCE] = "withdraw_evidence",
    [OS_PURPOSE_APPLY] = "apply",
    [OS_PURPOSE_REFUND] = "refund",
    [OS_PURPOSE_READ] = "read",
    [OS_PURPOSE_PAY_BY] = "pay_by",
    [OS_PURPOSE_CANCEL] = "cancel",
    [OS_PURPOSE_RETURN] = "return",
    [OS_PURPOSE_NOTE] = "note",
    [OS_PURPOSE_ESTIMATE] = "estimate",
    [OS_PURPOSE_FIT] = "fit",
    [OS_PURPOSE_EXTRA] = "extra",
    [OS_PURPOSE_REGISTER] = "register",
    [OS_PURPOSE_POLL] = "poll"
};

static const char  os_channels_all[] = "smtp, sms, store, webhook, clock, "
                                       "carrier or null";


const char *
os_channel_word(os_channel_t channel)
{
    return os_channel_words[channel];
}


/* The place of a word in a table, or -1. */
static int
os_task_place(const char *const *words, int n, os_str_t word)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (words[i] && os_str_equal(word, os_str(words[i]))) {
            return i;
        }
    }

    return -1;
}


static os_purpose_t
os_purpose(os_str_t word)
{
    int  at;

    at = os_task_place(os_purpose_words, OS_PURPOSE_PARCEL, word);

    return at > 0 ? (os_purpose_t) at
           : os_tell(word) >= 0 ? OS_PURPOSE_PARCEL : OS_PURPOSE_OTHER;
}


static int
os_task_fault(os_error_t *err, const char *member, const char *expected)
{
    return os_fail(err, "the job's %s: %s expected", member, expected);
}


/* A member that is one of two words, the first where it is absent. */
static int
os_task_either(const json_t *job, const char *name,
    const char *const words[2], int *out, os_error_t *err)
{
    char           expected[64];
    const json_t  *member;

    member = json_object_get(job, name);
    *out = member ? os_task_place(words, 2, os_json_str(job, name)) : 0;

    if (*out >= 0) {
        return 0;
    }

    *out = 0;
    (void) snprintf(expected, sizeof(expected), "%s or %s", words[0],
                    words[1]);

    return os_task_fault(err, name, expected);
}


/* Numbers count or are times: none is below 0. */
static int
os_task_number(const json_t *job, const char *name, int64_t *out,
    os_error_t *err)
{
    const json_t  *member;

    *out = 0;
    member = json_object_get(job, name);

    if (member && (!json_is_integer(member)
                   || json_integer_value(member) < 0))
    {
        return os_task_fault(err, name, "a number from 0 on");
    }

    *out = json_integer_value(member);

    return 0;
}


static int
os_task_numbers(os_task_t *t, const json_t *job, os_error_t *err)
{
    t->changed = json_object_get(job, "total_before") != NULL;

    return os_task_number(job, "tries", &t->tries, err)
           || os_task_number(job, "doubts", &t->doubts, err)
           || os_task_number(job, "failing_ms", &t->failing_ms, err)
           || os_task_number(job, "gone_ms", &t->gone_ms, err)
           || os_task_number(job, "died_ms", &t->died_ms, err)
           || os_task_number(job, "epoch", &t->epoch, err)
           || os_task_number(job, "step", &t->step, err)
           || os_task_number(job, "total_before", &t->total_before, err)
           ? -1 : 0;
}


static int
os_task_flags(os_task_t *t, const json_t *job, os_error_t *err)
{
    int  marketing, sending;

    static const char *const  classes[2] = { "transactional", "marketing" };
    static const char *const  states[2] = { "waiting", "sending" };

    if (os_task_either(job, "class", classes, &marketing, err)
        || os_task_either(job, "state", states, &sending, err))
    {
        return -1;
    }

    t->marketing = marketing ? 1 : 0;
    t->sending = sending ? 1 : 0;

    return 0;
}


/* "shop/19" into its two parts. */
static int
os_task_order(os_task_t *t, const json_t *job, os_error_t *err)
{
    const char  *slash;

    t->order = os_json_str(job, "order");
    slash = t->order.len ? memchr(t->order.data, '/', t->order.len) : NULL;

    if (slash == NULL || slash == t->order.data
        || slash == t->order.data + t->order.len - 1)
    {
        return os_task_fault(err, "order", "STORE/ID");
    }

    t->store = (os_str_t) { (size_t) (slash - t->order.data), t->order.data };
    t->order_id = (os_str_t) { t->order.len - t->store.len - 1, slash + 1 };

    return 0;
}


static int
os_task_support(const json_t *data)
{
    return os_str_equal(os_json_str(data, "to"), OS_STR("support"));
}


static int
os_task_data(os_task_t *t, json_t *job, os_error_t *err)
{
    t->data = json_object_get(job, "data");

    if (t->data == NULL) {
        t->data = json_object();
        (void) json_object_set_new(job, "data", t->data);
    }

    if (!json_is_object(t->data)) {
        return os_task_fault(err, "data", "an object");
    }

    t->support = os_task_support(t->data) ? 1 : 0;

    return 0;
}


int
os_task_read(os_task_t *t, json_t *job, os_error_t *err)
{
    int       channel;
    os_str_t  template;

    memset(t, 0, sizeof(*t));
    t->channel = OS_CHANNEL_NULL;
    t->word = os_json_str(job, "purpose");
    t->purpose = os_purpose(t->word);
    template = os_json_str(job, "template");
    t->template = template.len ? template : t->word;
    t->wording = os_purpose(t->template);

    if (os_task_order(t, job, err) || os_task_data(t, job, err)
        || os_task_numbers(t, job, err) || os_task_flags(t, job, err)
        || os_unanswered_read(&t->unanswered,
                              json_object_get(job, "unanswered"), err))
    {
        return -1;
    }

    if (t->word.len == 0) {
        return os_task_fault(err, "purpose", "a word");
    }

    channel = os_task_place(os_channel_words, OS_CHANNEL_MAX,
                            os_json_str(job, "channel"));

    if (channel < 0) {
        return os_task_fault(err, "channel", os_channels_all);
    }

    t->channel = (os_channel_t) channel;

    return 0;
}


os_task_t
os_task_worded(const char *template, json_t *data)
{
    os_task_t  t;

    memset(&t, 0, sizeof(t));
    t.channel = OS_CHANNEL_NULL;
    t.template = os_str(template);
    t.wording = os_purpose(t.template);
    t.data = data;
    t.support = os_task_support(data) ? 1 : 0;

    return t;
}


/* What is 0 is left out. */
static void
os_task_put(json_t *job, const char *name, int64_t value)
{
    if (value) {
        os_json_set_int(job, name, value);

    } else {
        (void) json_object_del(job, name);
    }
}


void
os_task_write(const os_task_t *t, json_t *job)
{
    json_t  *out;

    os_task_put(job, "tries", t->tries);
    os_task_put(job, "doubts", t->doubts);
    os_task_put(job, "failing_ms", t->failing_ms);
    os_task_put(job, "gone_ms", t->gone_ms);
    os_task_put(job, "died_ms", t->died_ms);
    os_task_put(job, "epoch", t->epoch);
    os_task_put(job, "step", t->step);
    os_json_set_str(job, "state", t->sending ? OS_STR("sending")
                                             : OS_STR("waiting"));

    if (t->changed) {
        os_json_set_int(job, "total_before", t->total_before);
    }

    out = os_unanswered_write(&t->unanswered);

    if (out) {
        (void) json_object_set_new(job, "unanswered", out);

    } else {
        (void) json_object_del(job, "unanswered");
    }
}
