/*
 * osw_ctl_intake: see osw_ctl_intake.h.
 *
 * Each event has a name made of its order's last change, or of all that it
 * says: one that is sent again, after a kill, changes nothing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/os_code.h"
#include "core/base/os_hash.h"
#include "worker/ctl/osw_ctl_intake.h"
#include "worker/take/osw_inbox.h"


#define OSW_INTAKE_INFLIGHT  512
#define OSW_INTAKE_LOOK      1000       /* orders */
#define OSW_INTAKE_BEHIND    20000      /* events: about 40 MB in Redis */
#define OSW_INTAKE_STUCK     60000      /* ms without one being taken */
#define OSW_INTAKE_PAUSE     100        /* ms */
#define OSW_INTAKE_BAR       30         /* columns */


static os_command_t *
osw_intake_command(osw_intake_t *in, const char *verb, unsigned words)
{
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, verb, words);
    osw_command_key(&in->ctl->w, cmd, "import", in->store->name, OS_NULL,
                    OS_NULL);

    return cmd;
}


/* "position what", as it was noted: the position, when it is one of this. */
static int64_t
osw_intake_position(const osw_intake_t *in, os_str_t noted, int64_t none)
{
    char       *end;
    long long   at;

    if (noted.len == 0) {
        return none;
    }

    at = strtoll(noted.data, &end, 10);

    return *end == ' ' && os_str_equal(os_str(end + 1), in->what) ? at : none;
}


int64_t
osw_intake_begin(osw_intake_t *in, osw_ctl_t *ctl, osw_store_t *store,
    os_str_t what, int64_t none)
{
    int64_t      at;
    redisReply  *reply;

    *in = (osw_intake_t) { .ctl = ctl, .store = store, .what = what };
    in->begun_ms = in->told_ms = uv_now(&ctl->loop);
    in->begun_at = -1;

    reply = osw_ctl_ask(ctl, osw_intake_command(in, "GET", 2));
    at = reply ? osw_intake_position(in, osw_reply_str(reply), none) : -1;
    freeReplyObject(reply);

    return at;
}


/*
 * A line that grows, on a terminal; elsewhere one every ten seconds. Seconds
 * left are those of the rest at the rate so far.
 */
static void
osw_intake_show(osw_intake_t *in, double done)
{
    int       terminal = isatty(STDERR_FILENO), bar;
    double    seconds, share;
    uint64_t  now = uv_now(&in->ctl->loop);

    if (now - in->told_ms < (terminal ? 1000u : 10000u)) {
        return;
    }

    in->told_ms = now;
    in->shown = 1;
    seconds = (double) (now - in->begun_ms) / 1000;
    share = (done - in->begun_at) / (1 - in->begun_at);
    bar = (int) (done * OSW_INTAKE_BAR);

    fprintf(stderr, "%s[%.*s%*s] %3.0f %%, %zu orders, %.0f a second",
            terminal ? "\r" : "", bar, "==============================",
            OSW_INTAKE_BAR - bar, "", done * 100, in->taken,
            (double) in->taken / seconds);

    if (share > 0.01) {
        fprintf(stderr, ", %.0f s left ", seconds * (1 - share) / share);
    }

    fputs(terminal ? "" : "\n", stderr);
}


static void
osw_intake_added(os_command_t *cmd, redisReply *reply)
{
    osw_intake_t  *in = cmd->data;

    in->inflight--;

    if (osw_reply_failed(reply)) {
        in->failed = 1;
    }
}


/* All that was sent is answered. */
static int
osw_intake_settle(osw_intake_t *in, size_t most)
{
    while (in->inflight > most) {
        (void) uv_run(&in->ctl->loop, UV_RUN_ONCE);
    }

    if (in->failed) {
        fprintf(stderr, "%sordersavectl: Redis did not take all; import it "
                "again, to go on from where this ended\n",
                in->shown ? "\n" : "");
        return -1;
    }

    return 0;
}


/* Events that no worker has taken yet, over all shards. */
static int64_t
osw_intake_waiting(osw_intake_t *in)
{
    int64_t   n = 0;
    unsigned  shard;

    for (shard = 0; shard < in->ctl->w.config->space.shards; shard++) {
        n += osw_ctl_length(in->ctl, shard, "XLEN", "ev", OS_NULL, OS_NULL,
                            OS_NULL);
    }

    return n;
}


/* Waits until so few wait; -1 when none is taken any more. */
static int
osw_intake_until(osw_intake_t *in, int64_t most, double done)
{
    int64_t   left;
    uint64_t  moved = uv_now(&in->ctl->loop);

    for (in->behind = INT64_MAX; ; osw_ctl_sleep(in->ctl, OSW_INTAKE_PAUSE)) {
        left = osw_intake_waiting(in);

        if (in->ctl->failed) {
            return -1;
        }

        if (left < in->behind) {
            in->behind = left;
            moved = uv_now(&in->ctl->loop);
        }

        if (left <= most) {
            return 0;
        }

        if (uv_now(&in->ctl->loop) - moved > OSW_INTAKE_STUCK) {
            break;
        }

        osw_intake_show(in, done);
    }

    fprintf(stderr, "%sordersavectl: no worker takes the events, %lld wait; "
            "start one, then import again, to go on from where this ended\n",
            in->shown ? "\n" : "", (long long) left);

    return -1;
}


/* Its last change, else a hash of all that it says. */
static void
osw_intake_name(os_buf_t *out, const json_t *order)
{
    int64_t   changed = os_json_int(order, "changed", 0);
    uint8_t   hash[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_buf_text(out, "import/");

    if (changed) {
        os_buf_printf(out, "%lld", (long long) changed);
        return;
    }

    os_json_dump(&text, order);
    os_sha256(text.data, text.len, hash);
    os_base64url(out, hash, 12);
    os_buf_free(&text);
}


/* It happened when it happened: reports and limits of age go by that. */
static int64_t
osw_intake_time(const osw_intake_t *in, const json_t *order)
{
    int64_t  placed = os_json_int(order, "placed", 0);
    int64_t  changed = os_json_int(order, "changed", placed);

    return changed ? changed * 1000 : osw_now_ms(&in->ctl->w);
}


static int
osw_intake_order(osw_intake_t *in, json_t *order)
{
    json_t    *event;
    os_buf_t   name = { 0 };

    osw_inbox_complete(in->store, order);
    osw_intake_name(&name, order);
    event = osw_inbox_event(os_buf_view(&name), "import", order,
                            osw_intake_time(in, order));
    in->inflight++;
    in->taken++;
    in->unseen++;
    osw_redis_send(in->ctl->w.redis,
                   osw_event_add(&in->ctl->w, in->store->name,
                                 os_json_str(order, "id"), event,
                                 osw_intake_added, in));
    json_decref(event);
    os_buf_free(&name);

    return osw_intake_settle(in, OSW_INTAKE_INFLIGHT);
}


int
osw_intake_take(osw_intake_t *in, json_t *orders)
{
    size_t   i;
    json_t  *order;

    json_array_foreach(orders, i, order) {
        if (osw_intake_order(in, order) != 0) {
            return -1;
        }
    }

    return 0;
}


int
osw_intake_mark(osw_intake_t *in, int64_t position, double done)
{
    os_buf_t       noted = { 0 };
    os_command_t  *cmd;

    if (in->begun_at < 0) {
        in->begun_at = done < 1 ? done : 0;
    }

    if (osw_intake_settle(in, 0) != 0) {
        return -1;
    }

    os_buf_printf(&noted, "%lld %.*s", (long long) position,
                  (int) in->what.len, in->what.data);
    cmd = osw_intake_command(in, "SET", 3);
    os_command_add(cmd, os_buf_view(&noted));
    os_buf_free(&noted);

    if (osw_ctl_call(in->ctl, cmd, NULL, NULL) != 0) {
        return -1;
    }

    osw_intake_show(in, done);

    if (in->unseen < OSW_INTAKE_LOOK) {
        return 0;
    }

    in->unseen = 0;

    return osw_intake_until(in, OSW_INTAKE_BEHIND, done);
}


int
osw_intake_end(osw_intake_t *in)
{
    if (osw_intake_settle(in, 0) != 0
        || osw_ctl_call(in->ctl, osw_intake_command(in, "DEL", 2), NULL, NULL)
           != 0
        || osw_intake_until(in, 0, 1) != 0)
    {
        return -1;
    }

    fputs(in->shown && isatty(STDERR_FILENO) ? "\n" : "", stderr);

    return 0;
}
