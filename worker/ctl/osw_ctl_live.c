/*
 * osw_ctl_live: see osw_ctl_live.h.
 */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/os_mail.h"
#include "core/base/os_version.h"
#include "worker/ctl/osw_ctl_carrier.h"
#include "worker/ctl/osw_ctl_dns.h"
#include "worker/ctl/osw_ctl_ingest.h"
#include "worker/ctl/osw_ctl_live.h"
#include "worker/ctl/osw_ctl_sms.h"
#include "worker/osw_here.h"
#include "worker/send/osw_smtp_way.h"


#define OSW_LIVE_CLOCK_S  2             /* that clocks may be apart */
#define OSW_LIVE_MAIL_S   20L


/* --- clocks --- */


static void
osw_live_take_time(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;

    if (reply->elements == 2) {
        *(int64_t *) data = strtoll(osw_reply_str(reply->element[0]).data,
                                    NULL, 10);
    }
}


static int
osw_live_clock(osw_ctl_t *ctl)
{
    char     why[160] = "";
    int64_t  theirs = 0, ours, apart;

    if (osw_ctl_call(ctl, osw_ctl_command(0, "TIME", 1), osw_live_take_time,
                     &theirs) != 0)
    {
        return 0;                       /* that it does not answer was said */
    }

    ours = (int64_t) time(NULL);
    apart = ours > theirs ? ours - theirs : theirs - ours;

    if (apart > OSW_LIVE_CLOCK_S) {
        snprintf(why, sizeof(why), "this one is %lld s %s: run an NTP service "
                 "on both (timedatectl set-ntp true)", (long long) apart,
                 ours > theirs ? "ahead" : "behind");
    }

    return osw_ctl_line(why[0] == '\0', "this clock and Redis' agree", why);
}


/* --- nginx and workers --- */


static void
osw_live_take_here(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t       i;
    json_t      *one, *all = data;
    os_str_t     name;
    os_error_t   err;

    (void) ctl;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        name = osw_reply_str(reply->element[i]);
        one = os_json_parse(osw_reply_str(reply->element[i + 1]), "here",
                            &err);

        if (one) {
            (void) json_object_setn_new(all, name.data, name.len, one);
        }
    }
}


/*
 * One of its files is as here, or was read before it changed, or is another
 * one. `sum` is what it says of that file; a store that another nginx has says
 * nothing.
 */
static int
osw_live_file(const char *name, const char *what, os_str_t sum, os_str_t ours,
    const char *mend)
{
    char  line[320];

    if (sum.len == 0) {
        return 0;
    }

    snprintf(line, sizeof(line), "%s has %s as it is", name, what);

    return osw_ctl_line(os_str_equal(sum, ours), line,
                        os_str_equal(sum, ours) ? "" : mend);
}


/* The campaign of a store, and the keys that its links are signed with. */
static int
osw_live_read(const osw_ctl_t *ctl, const osw_store_t *store,
    const char *name, const json_t *said)
{
    int                   bad;
    char                  what[64], why[400];
    os_buf_t              keys = { 0 };
    const char           *again;
    const os_campaign_t  *c = store->campaign;

    again = strncmp(name, "nginx/", 6) == 0
            ? "systemctl reload nginx" : "systemctl reload ordersave-worker";
    snprintf(what, sizeof(what), "the campaign of %s", c->store.data);
    snprintf(why, sizeof(why), "%s was changed since: %s", c->path, again);
    bad = osw_live_file(name, what,
                        os_json_str(json_object_get(said, "campaigns"),
                                    c->store.data),
                        os_buf_view(&c->sum), why);

    os_keys_name(&ctl->w.config->keys, &keys);
    snprintf(what, sizeof(what), "the key file of %s", c->store.data);
    snprintf(why, sizeof(why), "it has another one than key_file names here, "
             "and links of one are nothing to the other: one file for all, "
             "then %s", again);
    bad += osw_live_file(name, what,
                         os_json_str(json_object_get(said, "keys"),
                                     c->store.data),
                         os_buf_view(&keys), why);
    os_buf_free(&keys);

    return bad;
}


/* What of it is not as here: a release, or a file that was read before. */
static int
osw_live_one(const osw_ctl_t *ctl, const char *name, const json_t *said)
{
    int       nginx, bad;
    char      what[320], why[320];
    size_t    i;
    os_str_t  version = os_json_str(said, "version");

    nginx = strncmp(name, "nginx/", 6) == 0;
    snprintf(what, sizeof(what), "%s runs release %s", name, OS_VERSION);
    why[0] = '\0';

    if (!os_str_equal(version, OS_STR(OS_VERSION))) {
        snprintf(why, sizeof(why), "it runs %.*s: %s", (int) version.len,
                 version.data ? version.data : "", nginx
                 ? "systemctl restart nginx (a reload keeps the module)"
                 : "systemctl restart ordersave-worker");
    }

    bad = osw_ctl_line(why[0] == '\0', what, why);

    for (i = 0; i < ctl->w.config->nstores; i++) {
        bad += osw_live_read(ctl, &ctl->w.config->store[i], name, said);
    }

    return bad;
}


/* Who is here; `all` gets what they say. */
static int
osw_live_here(osw_ctl_t *ctl, json_t *all)
{
    int            bad = 0, nginx = 0, workers = 0;
    json_t        *one;
    int64_t        now = (int64_t) time(NULL);
    const char    *name;
    os_command_t  *cmd = osw_ctl_command(0, "HGETALL", 2);

    osw_command_key(&ctl->w, cmd, "here", OS_NULL, OS_NULL, OS_NULL);

    if (osw_ctl_call(ctl, cmd, osw_live_take_here, all) != 0) {
        return 0;
    }

    json_object_foreach(all, name, one) {
        if (now - os_json_int(one, "at", 0) <= OSW_HERE_S) {
            nginx += strncmp(name, "nginx/", 6) == 0;
            workers += strncmp(name, "worker/", 7) == 0;
            bad += osw_live_one(ctl, name, one);
        }
    }

    bad += osw_ctl_line(nginx > 0, "nginx is here",
                        nginx ? "" : "none was heard of for a minute: is the "
                        "module loaded, is nginx running, and does "
                        "ordersave_redis name this Redis?");
    bad += osw_ctl_line(workers > 0, "a worker is here",
                        workers ? "" : "none was heard of for a minute: "
                        "systemctl start ordersave-worker, and look at "
                        "journalctl -u ordersave-worker");

    return bad;
}


/* --- webhooks --- */


static void
osw_live_take_heard(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t     i;
    os_str_t   name;

    (void) ctl;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        name = osw_reply_str(reply->element[i]);
        os_json_set_int(data, name.data,
                        strtoll(osw_reply_str(reply->element[i + 1]).data,
                                NULL, 10));
    }
}


/* "2 minutes ago", in the largest unit that is whole. */
static void
osw_live_ago(int64_t seconds, char *out, size_t size)
{
    size_t  i;
    static const struct {
        int64_t      of;
        const char  *name;
    } units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" },
                  { 1, "seconds" } };

    for (i = 0; i < 3 && seconds < 2 * units[i].of; i++) {
        /* void */
    }

    snprintf(out, size, "%lld %s ago",
             (long long) ((seconds > 0 ? seconds : 0) / units[i].of),
             units[i].name);
}


/* The store tells of its orders itself, or is asked by `reconcile`. */
static int
osw_live_store_heard(const osw_store_t *store, const json_t *heard)
{
    char         what[160], name[160];
    const char  *source;

    if (store->source == NULL) {
        return 0;
    }

    source = os_json_str(os_campaign_at(store->campaign, "/api"),
                         "source").data;
    snprintf(name, sizeof(name), "%s/%s", store->name.data, source);
    snprintf(what, sizeof(what), "%s: webhooks of %s have come",
             store->name.data, source);

    if (json_object_get(heard, name)) {
        return 0;                       /* told with the others */
    }

    if (os_campaign_at(store->campaign, "/reconcile")) {
        printf("note - %s: no webhook of %s has come yet; reconcile asks for "
               "what changes\n", store->name.data, source);
        return 0;
    }

    return osw_ctl_line(0, what, "none yet: have the shop send one to the "
                        "location with ordersave_ingest (ordersavectl init "
                        "says how), and look at nginx' error log");
}


static int
osw_live_heard(osw_ctl_t *ctl)
{
    int            bad = 0;
    char           what[240], ago[40];
    size_t         i;
    json_t        *at, *heard = json_object();
    const char    *name;
    os_command_t  *cmd = osw_ctl_command(0, "HGETALL", 2);

    osw_command_key(&ctl->w, cmd, "heard", OS_NULL, OS_NULL, OS_NULL);

    if (osw_ctl_call(ctl, cmd, osw_live_take_heard, heard) == 0) {
        json_object_foreach(heard, name, at) {
            osw_live_ago(time(NULL) - json_integer_value(at), ago,
                         sizeof(ago));
            snprintf(what, sizeof(what), "%s: the last webhook came %s", name,
                     ago);
            (void) osw_ctl_line(1, what, "");
        }

        for (i = 0; i < ctl->w.config->nstores; i++) {
            bad += osw_live_store_heard(&ctl->w.config->store[i], heard);
        }
    }

    json_decref(heard);

    return bad;
}


/* --- mail --- */


typedef struct {
    os_str_t  rest;
    char      said[160];            /* its last no, or "" */
} osw_live_mail_t;


static size_t
osw_live_give(char *to, size_t size, size_t n, void *data)
{
    osw_live_mail_t  *mail = data;
    size_t            take = mail->rest.len < size * n ? mail->rest.len
                                                       : size * n;

    memcpy(to, mail->rest.data, take);
    mail->rest.data += take;
    mail->rest.len -= take;

    return take;
}


/* A no of the server's: "550 5.7.1 Sender not allowed". */
static size_t
osw_live_hear(char *line, size_t size, size_t n, void *data)
{
    size_t            len = size * n;
    osw_live_mail_t  *mail = data;

    if (len > 3 && (line[0] == '4' || line[0] == '5')) {
        while (len && (line[len - 1] == '\r' || line[len - 1] == '\n')) {
            len--;
        }

        snprintf(mail->said, sizeof(mail->said), "%.*s", (int) len, line);
    }

    return size * n;
}


/* What the mail server thinks of a mail to support: a code, or curl's words. */
static CURLcode
osw_live_send(const osw_store_t *store, const char *from, const char *to,
    osw_live_mail_t *mail, long *code, char *why)
{
    CURL               *curl = curl_easy_init();
    CURLcode            rc;
    struct curl_slist  *rcpt;

    if (curl == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }

    rcpt = curl_slist_append(NULL, to);
    osw_smtp_way(curl, &store->smtp);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, OSW_LIVE_MAIL_S);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, rcpt);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, osw_live_give);
    curl_easy_setopt(curl, CURLOPT_READDATA, mail);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, osw_live_hear);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, mail);
    rc = curl_easy_perform(curl);
    (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, code);
    curl_slist_free_all(rcpt);
    curl_easy_cleanup(curl);

    return rc;
}


/* What to do about each way in which it can fail. */
static const char *
osw_live_mend(CURLcode rc, const char *why, const osw_smtp_conf_t *smtp)
{
    if (rc == CURLE_SEND_ERROR && strncmp(why, "RCPT", 4) == 0) {
        return "it takes no mail to mail.support: is the address right, does "
               "it relay for this machine?";
    }

    switch (rc) {

    case CURLE_COULDNT_RESOLVE_HOST:
        return "no such host: look at smtp.host";

    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
        return "nothing answers there: look at smtp.host and smtp.port, and "
               "at firewalls";

    case CURLE_USE_SSL_FAILED:
        return "it offers no STARTTLS: set smtp.starttls to \"never\" for a "
               "server that is yours and near, or smtp.tls for port 465";

    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return "its certificate does not hold: smtp.host must be the name in "
               "it; smtp.ca_file for an authority of your own";

    case CURLE_LOGIN_DENIED:
        return "it refuses user or password: look at smtp.user and "
               "smtp.password_file";

    default:
        return smtp->user ? "it refuses the sender or the mail: may this user "
                            "send as mail.from?"
                          : "it refuses the sender or the mail: does it want "
                            "smtp.user, may this machine send as mail.from?";
    }
}


static int
osw_live_mail(const osw_store_t *store)
{
    char              what[256], why[CURL_ERROR_SIZE] = "", said[700];
    long              code = 0;
    char             *from, *to;
    json_t           *mail = os_campaign_at(store->campaign, "/mail");
    CURLcode          rc;
    os_buf_t          text = { 0 };
    os_str_t          sender, support;
    osw_live_mail_t   rest;

    if (mail == NULL || store->smtp.host == NULL) {
        return 0;
    }

    sender = os_mail_address(os_json_str(mail, "from"));
    support = os_mail_address(os_json_str(mail, "support"));
    from = strndup(sender.data, sender.len);
    to = strndup(support.data, support.len);
    os_buf_printf(&text, "From: %s\r\nTo: %s\r\nSubject: Test of ordersave\r\n"
                  "Auto-Submitted: auto-generated\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                  "This is what \"ordersavectl check --live\" sends, to see "
                  "that mails of\r\n%s arrive. There is nothing to do.\r\n",
                  from, to, store->campaign->site.data);
    rest = (osw_live_mail_t) { .rest = os_buf_view(&text) };
    rc = osw_live_send(store, from, to, &rest, &code, why);
    snprintf(what, sizeof(what), "%.*s: %s takes a mail to %s",
             (int) store->name.len, store->name.data, store->smtp.host, to);
    said[0] = '\0';

    if (rc != CURLE_OK) {
        snprintf(said, sizeof(said), "%s (%s%s%s)",
                 osw_live_mend(rc, why, &store->smtp),
                 why[0] ? why : curl_easy_strerror(rc),
                 rest.said[0] ? ": " : "", rest.said);
    }

    free(from);
    free(to);
    os_buf_free(&text);

    return osw_ctl_line(rc == CURLE_OK, what, said);
}


int
osw_check_live(osw_ctl_t *ctl)
{
    int      bad = 0;
    size_t   i;
    json_t  *here = json_object();

    if (ctl->failed != 1) {
        bad += osw_live_clock(ctl);
        bad += osw_live_here(ctl, here);
        bad += osw_live_heard(ctl);
        bad += osw_check_ingests(ctl, here);
    }

    json_decref(here);

    for (i = 0; i < ctl->w.config->nstores; i++) {
        bad += osw_live_mail(&ctl->w.config->store[i]);
        bad += osw_check_dns(ctl, &ctl->w.config->store[i]);
        bad += osw_check_sms(ctl, &ctl->w.config->store[i]);
        bad += osw_check_carrier(&ctl->w.config->store[i]);
    }

    return bad;
}
