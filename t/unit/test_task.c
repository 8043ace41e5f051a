/* A job as it lies in Redis: read once, and what is wrong with a bad one. */

#include "tap.h"
#include "core/base/os_str.h"
#include "core/order/os_task.h"


#define JOB  "\"id\":\"x\",\"order\":\"shop/19\",\"purpose\":\"cancelled\"," \
             "\"channel\":\"smtp\""


static json_t     *job;
static os_task_t   task;
static os_error_t  err;


static void
is_text(os_str_t got, const char *expected, const char *name)
{
    ok(os_str_equal(got, os_str(expected)), "%s", name);
}


static int
reads(const char *text)
{
    json_decref(job);
    job = json_loads(text, 0, NULL);
    err.text[0] = '\0';

    return os_task_read(&task, job, &err);
}


/* A bad job goes nowhere, and says why. */
static void
fault(const char *text, const char *expected)
{
    ok(reads(text) == -1 && task.channel == OS_CHANNEL_NULL, "refused: %s",
       expected);
    is_str(err.text, expected, "  and says so");
}


/* What the task writes into a job of these members. */
static void
writes(const char *text, const char *expected)
{
    os_buf_t  out = { 0 };

    os_task_write(&task, job);
    (void) json_object_del(job, "data");
    (void) json_object_del(job, "id");
    (void) json_object_del(job, "order");
    (void) json_object_del(job, "purpose");
    (void) json_object_del(job, "channel");
    os_json_dump(&out, job);
    is_str(out.data, expected, text);
    os_buf_free(&out);
}


static void
test_read(void)
{
    ok(reads("{" JOB "}") == 0, "the shortest job");
    ok(task.channel == OS_CHANNEL_SMTP
       && task.purpose == OS_PURPOSE_CANCELLED
       && task.wording == OS_PURPOSE_CANCELLED, "its channel and purpose");
    is_text(task.word, "cancelled", "the purpose's word");
    is_text(task.template, "cancelled", "which is its template");
    is_text(task.store, "shop", "its store");
    is_text(task.order_id, "19", "and its order");
    ok(json_is_object(task.data) && json_object_size(task.data) == 0,
       "it gets data");
    ok(!task.marketing && !task.support && !task.sending && !task.changed
       && !task.unanswered.out && task.tries == 0, "and nothing else is");

    ok(reads("{\"order\":\"a/b/c\",\"purpose\":\"delivered\",\"channel\":"
             "\"sms\",\"template\":\"review\",\"class\":\"marketing\","
             "\"state\":\"sending\",\"epoch\":7,\"tries\":2,\"doubts\":1,"
             "\"failing_ms\":5,\"gone_ms\":6,\"step\":1,\"total_before\":0,"
             "\"unanswered\":{\"since\":9,\"step\":1,\"refunded\":3,"
             "\"looks\":1},\"data\":{\"to\":\"support\"}}") == 0,
       "the longest");
    ok(task.purpose == OS_PURPOSE_PARCEL
       && task.wording == OS_PURPOSE_REVIEW, "a parcel's, worded otherwise");
    is_text(task.order_id, "b/c", "an order with a slash");
    ok(task.marketing && task.support && task.sending && task.changed
       && task.epoch == 7 && task.tries == 2 && task.doubts == 1
       && task.failing_ms == 5 && task.gone_ms == 6 && task.step == 1,
       "flags and numbers");
    ok(task.unanswered.out && task.unanswered.since_ms == 9
       && task.unanswered.step == 1 && task.unanswered.refunded == 3
       && task.unanswered.looks == 1, "the change that is out");

    ok(reads("{\"order\":\"s/1\",\"purpose\":\"saved\",\"channel\":"
             "\"webhook\"}") == 0 && task.purpose == OS_PURPOSE_OTHER,
       "an event's name is a purpose");
}


static void
test_bad(void)
{
    fault("{}", "the job's order: STORE/ID expected");
    fault("{\"order\":\"19\"}", "the job's order: STORE/ID expected");
    fault("{\"order\":\"/19\"}", "the job's order: STORE/ID expected");
    fault("{\"order\":\"shop/\"}", "the job's order: STORE/ID expected");
    fault("{\"order\":7}", "the job's order: STORE/ID expected");
    fault("{\"order\":\"s/1\"}", "the job's purpose: a word expected");
    fault("{\"order\":\"s/1\",\"purpose\":\"read\"}",
          "the job's channel: smtp, sms, store, webhook, clock, carrier or "
          "null expected");
    fault("{\"order\":\"s/1\",\"purpose\":\"read\",\"channel\":\"fax\"}",
          "the job's channel: smtp, sms, store, webhook, clock, carrier or "
          "null expected");
    fault("{" JOB ",\"data\":[]}", "the job's data: an object expected");
    fault("{" JOB ",\"tries\":\"2\"}",
          "the job's tries: a number from 0 on expected");
    fault("{" JOB ",\"doubts\":-1}",
          "the job's doubts: a number from 0 on expected");
    fault("{" JOB ",\"total_before\":null}",
          "the job's total_before: a number from 0 on expected");
    fault("{" JOB ",\"class\":\"advert\"}",
          "the job's class: transactional or marketing expected");
    fault("{" JOB ",\"state\":1}",
          "the job's state: waiting or sending expected");
    fault("{" JOB ",\"unanswered\":1}",
          "the job's unanswered: an object with since expected");
    fault("{" JOB ",\"unanswered\":{}}",
          "the job's unanswered: an object with since expected");
    fault("{" JOB ",\"unanswered\":{\"since\":1,\"step\":-1}}",
          "the job's unanswered.step: a number from 0 on expected");
    ok(os_task_read(&task, NULL, &err) == -1, "nothing is no job");
}


static void
test_write(void)
{
    (void) reads("{" JOB ",\"tries\":1,\"gone_ms\":4,\"kept\":true}");
    task.tries = 2;
    task.gone_ms = 0;
    task.failing_ms = 8;
    writes("what changed is written, what is 0 is not, the rest stays",
           "{\"tries\":2,\"kept\":true,\"failing_ms\":8,"
           "\"state\":\"waiting\"}");

    (void) reads("{" JOB "}");
    task.sending = 1;
    task.epoch = 3;
    task.changed = 1;
    os_change_leaves(&task.unanswered, 50, 1, 0);
    writes("the mark, and the change that leaves",
           "{\"epoch\":3,\"state\":\"sending\",\"total_before\":0,"
           "\"unanswered\":{\"since\":50,\"step\":1,\"refunded\":0}}");

    (void) reads("{" JOB ",\"unanswered\":{\"since\":9}}");
    os_change_answered(&task.unanswered);
    writes("and which was answered", "{\"state\":\"waiting\"}");
}


int
main(void)
{
    json_t  *data;

    test_read();
    test_bad();
    test_write();

    data = json_loads("{\"to\":\"support\"}", 0, NULL);
    task = os_task_worded("support_task", data);
    ok(task.support && task.data == data
       && task.wording == OS_PURPOSE_OTHER, "what is only worded");
    is_text(task.template, "support_task", "has a template");
    is_str(os_channel_word(OS_CHANNEL_CLOCK), "clock",
           "a channel's word");
    json_decref(data);
    json_decref(job);

    return done();
}
