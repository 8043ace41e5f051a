/*
 * os_task: a job as it lies in Redis (docs/formats.md, "Job"), read once. What
 * the worker's steps ask of it are enums, numbers and flags; what they change
 * is written back in one place. Pure: no I/O, no clock.
 */

#ifndef OS_TASK_H
#define OS_TASK_H

#include "core/base/os_json.h"
#include "core/order/os_change.h"


typedef enum {
    OS_CHANNEL_SMTP = 0,
    OS_CHANNEL_SMS,
    OS_CHANNEL_STORE,
    OS_CHANNEL_WEBHOOK,
    OS_CHANNEL_CLOCK,
    OS_CHANNEL_CARRIER,
    OS_CHANNEL_NULL,
    OS_CHANNEL_MAX
} os_channel_t;

/* Those that a step treats in a way of its own; the word says which others. */
typedef enum {
    OS_PURPOSE_OTHER = 0,
    OS_PURPOSE_CANCELLED,
    OS_PURPOSE_UNPAID,
    OS_PURPOSE_WIN_BACK,
    OS_PURPOSE_REVIEW,
    OS_PURPOSE_REWARDED,
    OS_PURPOSE_STOPPED,
    OS_PURPOSE_CONSENT_CODE,
    OS_PURPOSE_CONSENT_CONFIRM,
    OS_PURPOSE_CONSENTED,
    OS_PURPOSE_WITHDRAW_RECEIVED,
    OS_PURPOSE_WITHDRAW_EVIDENCE,
    OS_PURPOSE_APPLY,
    OS_PURPOSE_REFUND,
    OS_PURPOSE_READ,
    OS_PURPOSE_PAY_BY,
    OS_PURPOSE_CANCEL,
    OS_PURPOSE_RETURN,
    OS_PURPOSE_NOTE,
    OS_PURPOSE_ESTIMATE,
    OS_PURPOSE_FIT,
    OS_PURPOSE_EXTRA,
    OS_PURPOSE_REGISTER,
    OS_PURPOSE_POLL,
    OS_PURPOSE_PARCEL,          /* what is told of parcels: os_tell() */
    OS_PURPOSE_MAX
} os_purpose_t;

/* Texts and `data` are borrowed from the JSON that it was read from. */
typedef struct {
    os_channel_t      channel;
    os_purpose_t      purpose;
    os_str_t          word;             /* the purpose, as counters name it */
    os_purpose_t      wording;          /* what the template is for, likewise */
    os_str_t          template;
    os_str_t          order;            /* "shop/19" */
    os_str_t          store;            /* its two parts */
    os_str_t          order_id;
    json_t           *data;             /* an object */

    int64_t           tries;
    int64_t           doubts;           /* tries that may have gone through */
    int64_t           failing_ms;       /* since when; 0: it does not fail */
    int64_t           gone_ms;          /* since when its order is none; 0 */
    int64_t           died_ms;          /* 0: it did not */
    int64_t           epoch;            /* of the mark */
    int64_t           step;             /* the next call of its action */
    int64_t           total_before;     /* the order's, before its changes */
    os_unanswered_t   unanswered;       /* the change that is out */
    unsigned          marketing:1;
    unsigned          support:1;        /* to the shop's people */
    unsigned          sending:1;        /* marked, by the worker of `epoch` */
    unsigned          changed:1;        /* total_before is known */
} os_task_t;


/* The word of a channel, as docs/formats.md has it. */
const char *os_channel_word(os_channel_t channel);

/*
 * Reads a job, which stays the caller's and must last as long as the task; it
 * gets a `data` when it has none. -1 with err, which names the member and what
 * was expected, when it is not one: the task is then of the channel null, and
 * has what could be read.
 */
int os_task_read(os_task_t *task, json_t *job, os_error_t *err);

/* A task that is only worded: a template's name, and its data; borrowed. */
os_task_t os_task_worded(const char *template, json_t *data);

/* Writes back what changes: all numbers, the mark, the change that is out. */
void os_task_write(const os_task_t *task, json_t *job);

#endif /* OS_TASK_H */
