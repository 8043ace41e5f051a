/*
 * osw_ctl_ingest: see osw_ctl_ingest.h.
 *
 * The test goes the way of every webhook: the shop's name, TLS, whatever stands
 * before nginx, the signature, Redis, a worker. That drops it (osw_inbox.c) and
 * says so in Redis. It is as long as the webhook of a large order, so that a
 * limit which is too low shows.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/os_code.h"
#include "worker/ctl/osw_ctl_ingest.h"
#include "worker/ctl/osw_ctl_reach.h"
#include "worker/osw_here.h"


#define OSW_INGEST_MS     10000     /* for the answer */
#define OSW_INGEST_WAIT   5000      /* ms until a worker has it */
#define OSW_INGEST_PAUSE  100
#define OSW_INGEST_LONG   131072    /* bytes, of what is no form */
#define OSW_INGEST_OURS   "the signature does not fit"


typedef struct {
    osw_ctl_t         *ctl;
    const osw_store_t *store;
    os_source_t       *source;
    const char        *file;        /* of the secret */
    os_buf_t           url;
    os_buf_t           name;        /* of the test */
    os_buf_t           what;        /* the line's */
} osw_ingest_t;


/* Scheme and host alone: a location's name is the whole path. */
static os_str_t
osw_ingest_origin(const osw_ingest_t *in)
{
    char         *end;
    const char   *base = in->ctl->webhooks;
    os_str_t      origin;

    origin = base ? os_str(base) : in->store->campaign->site;
    end = origin.len > 8 ? memchr(origin.data + 8, '/', origin.len - 8) : NULL;
    origin.len = end ? (size_t) (end - origin.data) : origin.len;

    return origin;
}


static void
osw_ingest_body(const osw_ingest_t *in, os_buf_t *out)
{
    if (os_source_form(in->source)) {
        os_buf_printf(out, "ordersave_test=%s", in->name.data);
        return;
    }

    os_buf_printf(out, "{\"ordersave_test\":\"%s\"", in->name.data);

    while (out->len < OSW_INGEST_LONG && !out->failed) {
        os_buf_text(out, "                                ");
    }

    os_buf_char(out, '}');
}


/* Into a header, or into the query of the address. */
static void
osw_ingest_shown(const os_sign_t *sign, os_str_t value, os_request_t *r)
{
    char  name[128];

    if (sign->header.len && sign->header.data[0] == '?') {
        os_buf_str(&r->url, sign->header);
        os_buf_char(&r->url, '=');
        os_url_escape(&r->url, value);

    } else if (sign->header.len) {
        snprintf(name, sizeof(name), "%.*s", (int) sign->header.len,
                 sign->header.data);
        os_json_set_str(r->headers, name, value);
    }
}


/* Signed in the first way in which somebody with this secret can. -1: none. */
static int
osw_ingest_sign(const osw_ingest_t *in, os_str_t secret, os_request_t *r)
{
    int       rc = -1;
    size_t    i;
    os_buf_t  value = { 0 };

    for (i = 0; i < in->source->nsigns && rc != 0; i++) {
        value.len = 0;
        rc = os_sign_make(&in->source->signs[i], secret,
                          os_buf_view(&in->url), os_buf_view(&r->body),
                          (int64_t) time(NULL), &value);

        if (rc == 0) {
            osw_ingest_shown(&in->source->signs[i], os_buf_view(&value), r);
        }
    }

    os_buf_free(&value);

    return rc;
}


/* The request, signed. -1: it cannot be, and that was said. */
static int
osw_ingest_request(const osw_ingest_t *in, os_request_t *r)
{
    int         rc;
    os_buf_t    secret = { 0 };
    os_error_t  err;

    memset(r, 0, sizeof(*r));

    if (in->file[0] && os_file_read(in->file, &secret, &err) != 0) {
        printf("note - %s: not tried: %s: nginx has its secret there; run this "
               "where nginx runs, as somebody who may read it\n",
               in->what.data, err.text);
        return -1;
    }

    while (secret.len && strchr("\r\n", secret.data[secret.len - 1])) {
        secret.len--;
    }

    strcpy(r->method, "POST");
    os_buf_str(&r->url, os_buf_view(&in->url));
    r->headers = json_object();
    os_json_set_str(r->headers, "Content-Type", os_source_form(in->source)
                    ? OS_STR("application/x-www-form-urlencoded")
                    : OS_STR("application/json"));
    osw_ingest_body(in, &r->body);
    rc = osw_ingest_sign(in, os_buf_view(&secret), r);
    os_buf_free(&secret);

    if (rc != 0) {
        printf("note - %s: not tried: its sender alone can sign, as what is in "
               "%s is a public key\n", in->what.data, in->file);
        os_request_free(r);
    }

    return rc;
}


/* A 401 is nginx' own, or of what stands before it. */
static void
osw_ingest_unsigned(const osw_ingest_t *in, const osw_asked_t *asked,
    os_buf_t *out)
{
    if (os_str_starts(os_buf_view(&asked->body), OS_STR(OSW_INGEST_OURS))) {
        os_buf_printf(out, "nginx has another secret than %s has now, or what "
                      "stands before nginx changes what is sent: systemctl "
                      "reload nginx", in->file);

    } else {
        os_buf_printf(out, "a login stands before it%s%s: let webhooks pass "
                      "it, they are signed", asked->login[0] ? ", " : "",
                      asked->login);
    }
}


/* What is wrong with the answer, and what to do; nothing where it was taken. */
static void
osw_ingest_wrong(const osw_ingest_t *in, const osw_asked_t *asked,
    os_buf_t *out)
{
    switch (asked->status) {

    case 202:
        return;

    case 401:
        osw_ingest_unsigned(in, asked, out);
        return;

    case 403:
        os_buf_text(out, "a firewall, or \"deny\", refuses it: let webhooks "
                    "pass it, they are signed");
        return;

    case 404:
    case 405:
        os_buf_text(out, "there is no such location: nginx has it, but not in "
                    "the server that answers to this name; --webhooks URL "
                    "where webhooks go to another");
        return;

    case 413:
        os_buf_printf(out, "a webhook of %d KB is too long for it: "
                      "client_max_body_size 4m there, and in what stands "
                      "before it", OSW_INGEST_LONG / 1024);
        return;

    case 503:
        os_buf_text(out, "neither Redis nor the disk of nginx has taken it: "
                    "look at nginx' error log");
        return;
    }

    if (!osw_reach_mend(asked, in->ctl->webhooks ? "--webhooks"
                                                 : "the campaign's site", out))
    {
        os_buf_text(out, "that is no answer of ours: something else is at this "
                    "address; --webhooks URL where webhooks go to another");
    }
}


/* Has a worker said that it has it? */
static int
osw_ingest_came(const osw_ingest_t *in)
{
    int            came = 0;
    redisReply    *reply;
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, "GET", 2);
    osw_command_key(&in->ctl->w, cmd, "tested", os_buf_view(&in->name),
                    OS_NULL, OS_NULL);
    reply = osw_ctl_ask(in->ctl, cmd);
    came = osw_reply_str(reply).len > 0;
    freeReplyObject(reply);

    return came;
}


/* Taken by nginx, and by no worker: where is it? */
static void
osw_ingest_lost(const osw_ingest_t *in, os_buf_t *out)
{
    int64_t   n = 0;
    unsigned  shard;

    for (shard = 0; shard < in->ctl->w.config->space.shards; shard++) {
        n += osw_ctl_length(in->ctl, shard, "XLEN", "in", OS_NULL, OS_NULL,
                            OS_NULL);
    }

    if (n > 0) {
        os_buf_printf(out, "nginx took it, it waits in Redis with all there is "
                      "(%lld), and no worker takes it: systemctl start "
                      "ordersave-worker, and look at journalctl -u "
                      "ordersave-worker", (long long) n);

    } else {
        os_buf_text(out, "nginx took it, and in this Redis it is not: does "
                    "ordersave_redis name the Redis of worker.json; has nginx "
                    "spooled it, as Redis did not answer; or did a worker of "
                    "an earlier release take it, which knows no tests?");
    }
}


static void
osw_ingest_follow(const osw_ingest_t *in, os_buf_t *wrong)
{
    int  ms, most;

    most = osw_ctl_workers(in->ctl) > 0 ? OSW_INGEST_WAIT : 0;

    for (ms = 0; !osw_ingest_came(in) && !in->ctl->failed; ms +=
         OSW_INGEST_PAUSE)
    {
        if (ms >= most) {
            osw_ingest_lost(in, wrong);
            return;
        }

        osw_ctl_sleep(in->ctl, OSW_INGEST_PAUSE);
    }
}


static int
osw_ingest_try(osw_ingest_t *in)
{
    int            bad;
    os_buf_t       wrong = { 0 }, line = { 0 };
    osw_asked_t    asked;
    os_request_t   request;

    if (osw_ingest_request(in, &request) != 0) {
        return 0;
    }

    osw_http_now(&request, NULL, NULL, OSW_INGEST_MS, &asked);
    osw_ingest_wrong(in, &asked, &wrong);

    if (asked.status == 0) {
        os_buf_printf(&line, "%s: ", asked.why);

    } else if (wrong.len) {
        os_buf_printf(&line, "%d: ", asked.status);

    } else {
        osw_ingest_follow(in, &wrong);
    }

    if (wrong.len) {
        os_buf_str(&line, os_buf_view(&wrong));
    }

    bad = osw_ctl_line(wrong.len == 0, in->what.data,
                       line.len ? line.data : "");
    os_request_free(&request);
    os_buf_free(&asked.body);
    os_buf_free(&wrong);
    os_buf_free(&line);

    return bad;
}


/* One location: {"store", "source", "path", "secret_file"}. */
static int
osw_ingest_one(osw_ctl_t *ctl, const json_t *at)
{
    int            bad;
    os_str_t       name = os_json_str(at, "source"), origin;
    osw_ingest_t   in = { .ctl = ctl };

    in.store = osw_config_store(ctl->w.config, os_json_str(at, "store"));

    if (in.store == NULL) {
        return 0;                       /* another worker's */
    }

    in.source = osw_config_source(in.store, name);
    in.file = os_json_str(at, "secret_file").data;
    in.file = in.file ? in.file : "";
    origin = osw_ingest_origin(&in);
    os_buf_str(&in.url, origin);
    os_buf_str(&in.url, os_json_str(at, "path"));
    os_buf_printf(&in.what, "%s: webhooks of %.*s to %s reach a worker",
                  in.store->name.data, (int) name.len, name.data,
                  in.url.data);
    osw_ctl_name(&in.name);

    bad = in.source ? osw_ingest_try(&in)
          : osw_ctl_line(0, in.what.data, "the worker has no source of that "
                         "name: put its file into sources/ beside the "
                         "campaign");
    os_buf_free(&in.url);
    os_buf_free(&in.name);
    os_buf_free(&in.what);

    return bad;
}


/* Several nginx have the same locations, and so have several servers of one. */
static int
osw_ingest_known(json_t *seen, const json_t *at)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(seen, i, one) {
        if (json_equal(one, at)) {
            return 1;
        }
    }

    (void) json_array_append(seen, (json_t *) at);

    return 0;
}


int
osw_check_ingests(osw_ctl_t *ctl, json_t *here)
{
    int          bad = 0;
    size_t       i;
    json_t      *said, *at, *seen = json_array();
    const char  *name;

    json_object_foreach(here, name, said) {
        if ((int64_t) time(NULL) - os_json_int(said, "at", 0) > OSW_HERE_S) {
            continue;
        }

        json_array_foreach(json_object_get(said, "ingests"), i, at) {
            if (!osw_ingest_known(seen, at)) {
                bad += osw_ingest_one(ctl, at);
            }
        }
    }

    json_decref(seen);

    return bad;
}
