/*
 * osw_channel_smtp: see osw_channel_smtp.h.
 *
 * A mail's way: QUEUED by the loop, SENDING in a thread; when all but the
 * final dot is out the thread asks for the mark and sleeps (MARKING) until the
 * loop has Redis' answer; then the dot leaves, and the outcome goes back to
 * the loop (OVER). What stopped before the mark was certainly not sent. What
 * was marked and has no answer may have been: AMBIGUOUS. It goes out once more
 * under the same Message-ID, and if that has no answer either, a person
 * decides: a server that answers too late would take every try.
 *
 * `timeout` ends at the mark. The server may take long to answer the dot, it
 * has the message by then (RFC 5321, 4.5.3.2.6): `final_timeout` begins there.
 * curl has one limit for all of a mail, so ours are watched as it reports its
 * progress, once a second at least.
 *
 *     curl code     marked  last reply          outcome
 *     0             yes     250                 sent
 *     55, 25, 78…   no      4yz / 5yz           what it means: osw_smtp_reply
 *     any           no      none, 2yz, 3yz      later
 *     55, 56, 8     yes     4yz / 5yz           what it means
 *     56, 42, 52…   yes     354 or none         ambiguous
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "worker/osw_admit.h"
#include "worker/osw_job.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_mime.h"
#include "worker/osw_queue.h"
#include "worker/send/osw_channel_smtp.h"
#include "worker/send/osw_smtp_way.h"
#include "worker/osw_smtp_reply.h"
#include "worker/osw_suppress.h"


#define OSW_POOLS_MAX     OSW_STORES_MAX
#define OSW_MAIL_DOUBTS   1     /* so often nobody knows, and it goes again */


typedef enum {
    OSW_MARK_NONE = 0,
    OSW_MARK_WANTED,
    OSW_MARK_MADE,
    OSW_MARK_DROPPED,           /* the job is gone: do not send */
    OSW_MARK_REFUSED            /* not our shard any more, or no Redis */
} osw_mark_t;


typedef struct osw_mail_s  osw_mail_t;
typedef struct osw_pool_s  osw_pool_t;
typedef struct osw_smtp_s  osw_smtp_t;

struct osw_mail_s {
    osw_mail_t   *next;
    osw_pool_t   *pool;
    osw_job_t    *job;          /* the loop's alone */
    char         *from;
    char         *to;
    os_buf_t      bytes;
    size_t        at;           /* bytes handed to curl */
    uint64_t      until;        /* ms of uv_hrtime: then it is given up */
    unsigned      late:1;
    unsigned      marketing:1;
    unsigned      utf8:1;       /* it needs a server that speaks SMTPUTF8, */
    unsigned      speaks:1;     /* which this one does */
    unsigned      untold:1;     /* and as it does not, nothing was sent */

    osw_mark_t    mark;         /* under the lock */
    uv_cond_t     marked;

    CURLcode      code;
    osw_stage_t   stage;        /* of the conversation, */
    char          line[256];    /* and what was last said in it */
    unsigned      over:1;       /* we say goodbye: that reply is nothing */
};

/* One mail server. */
struct osw_pool_s {
    osw_smtp_t             *smtp;
    const osw_smtp_conf_t  *conf;
    char                    name[300];
    osw_mail_t             *queue;      /* oldest first */
    osw_mail_t            **tail;
    unsigned                queued;
    unsigned                idle;
    unsigned                nthreads;
    uv_thread_t             thread[256];
    uv_cond_t               work;
};

struct osw_smtp_s {
    osw_t        *w;
    uv_mutex_t    lock;
    uv_async_t    wake;
    osw_mail_t   *over;                 /* under the lock, as are the queues */
    osw_mail_t   *marks;
    unsigned      stop:1;
    unsigned      npools;
    osw_pool_t   *pool[OSW_POOLS_MAX];
};


static void
osw_mail_free(osw_mail_t *mail)
{
    uv_cond_destroy(&mail->marked);
    free(mail->from);
    free(mail->to);
    os_buf_free(&mail->bytes);
    free(mail);
}


/*
 * In a thread, under the lock, which is let go meanwhile: who is woken would
 * only wait for it.
 */
static void
osw_smtp_call(osw_smtp_t *smtp)
{
    uv_mutex_unlock(&smtp->lock);
    (void) uv_async_send(&smtp->wake);
    uv_mutex_lock(&smtp->lock);
}


/* In a thread: may the dot leave? Waits for the loop. */
static int
osw_mail_mark(osw_mail_t *mail)
{
    int          made;
    osw_smtp_t  *smtp;

    smtp = mail->pool->smtp;
    uv_mutex_lock(&smtp->lock);

    mail->mark = OSW_MARK_WANTED;
    mail->next = smtp->marks;
    smtp->marks = mail;
    osw_smtp_call(smtp);

    while (mail->mark == OSW_MARK_WANTED) {
        uv_cond_wait(&mail->marked, &smtp->lock);
    }

    made = mail->mark == OSW_MARK_MADE;
    uv_mutex_unlock(&smtp->lock);

    return made;
}


static void
osw_mail_limit(osw_mail_t *mail, int64_t ms)
{
    mail->until = uv_hrtime() / 1000000 + (uint64_t) ms;
}


/*
 * An address that is not ASCII goes to nobody who has not said that he takes it
 * (RFC 6531, 3.2).
 */
static int
osw_mail_untold(osw_mail_t *mail)
{
    if (mail->utf8 && !mail->speaks && mail->stage >= OSW_STAGE_FROM) {
        mail->untold = 1;
    }

    return mail->untold;
}


static int
osw_mail_progress(void *data, curl_off_t total, curl_off_t now,
    curl_off_t up_total, curl_off_t up)
{
    osw_mail_t  *mail;

    (void) total;
    (void) now;
    (void) up_total;
    (void) up;
    mail = data;
    mail->late = uv_hrtime() / 1000000 >= mail->until;

    return mail->late || osw_mail_untold(mail);
}


static int
osw_line_begins(const char *data, size_t len, const char *word)
{
    size_t  n;

    n = strlen(word);

    return len >= n && strncasecmp(data, word, n) == 0;
}


/* What we say tells where we are. */
static void
osw_mail_said(osw_mail_t *mail, const char *data, size_t len)
{
    if (osw_line_begins(data, len, "EHLO")) {
        mail->speaks = 0;

    } else if (osw_line_begins(data, len, "MAIL")) {
        mail->stage = OSW_STAGE_FROM;

    } else if (osw_line_begins(data, len, "RCPT")) {
        mail->stage = OSW_STAGE_RCPT;

    } else if (osw_line_begins(data, len, "DATA")) {
        mail->stage = OSW_STAGE_DATA;

    } else if (osw_line_begins(data, len, "QUIT")
               || osw_line_begins(data, len, "RSET"))
    {
        mail->over = 1;
    }
}


/* curl's own log of a conversation: a reply's last line has no dash. */
static int
osw_mail_heard(CURL *e, curl_infotype type, char *data, size_t len, void *user)
{
    size_t       n;
    osw_mail_t  *mail;

    (void) e;
    mail = user;

    if (type == CURLINFO_HEADER_IN && len > 12
        && osw_line_begins(data, 3, "250")
        && osw_line_begins(data + 4, len - 4, "SMTPUTF8"))
    {
        mail->speaks = 1;
    }

    if (type == CURLINFO_HEADER_OUT && !mail->over) {
        osw_mail_said(mail, data, len);

    } else if (type == CURLINFO_HEADER_IN && !mail->over && len > 3
               && data[3] != '-')
    {
        n = len < sizeof(mail->line) ? len : sizeof(mail->line) - 1;
        memcpy(mail->line, data, n);
        mail->line[n] = '\0';
    }

    return 0;
}


static size_t
osw_mail_read(char *to, size_t size, size_t n, void *data)
{
    size_t       room;
    osw_mail_t  *mail;

    mail = data;
    room = size * n;

    if (osw_mail_untold(mail)) {
        return CURL_READFUNC_ABORT;
    }

    if (mail->at == mail->bytes.len) {
        if (!osw_mail_mark(mail)) {
            return CURL_READFUNC_ABORT;
        }

        osw_mail_limit(mail, mail->pool->conf->final_ms);
        mail->stage = OSW_STAGE_DOT;
        mail->line[0] = '\0';
        return 0;
    }

    if (room > mail->bytes.len - mail->at) {
        room = mail->bytes.len - mail->at;
    }

    memcpy(to, mail->bytes.data + mail->at, room);
    mail->at += room;

    return room;
}


static void
osw_mail_options(CURL *e, osw_mail_t *mail, struct curl_slist *to)
{
    const osw_smtp_conf_t  *c = mail->pool->conf;

    curl_easy_reset(e);
    osw_smtp_way(e, c);
    curl_easy_setopt(e, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, osw_mail_read);
    curl_easy_setopt(e, CURLOPT_READDATA, mail);
    curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, osw_mail_progress);
    curl_easy_setopt(e, CURLOPT_XFERINFODATA, mail);
    curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, osw_mail_heard);
    curl_easy_setopt(e, CURLOPT_DEBUGDATA, mail);

    /* later than either of ours: else curl's own two minutes would end it */
    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     (long) ((c->timeout_ms + c->final_ms) / 1000 + 60));
}


/*
 * curl says QUIT as it closes, and waits two minutes for the answer of a server
 * that gave none before.
 */
static void
osw_mail_hang_up(CURL *e)
{
    curl_socket_t  fd;

    if (curl_easy_getinfo(e, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK
        && fd != CURL_SOCKET_BAD)
    {
        (void) shutdown(fd, SHUT_RDWR);
    }

    curl_easy_cleanup(e);
}


/* In a thread. The handle is new where the old connection is not to be used. */
static CURL *
osw_mail_send(CURL *e, osw_mail_t *mail, unsigned *speaks)
{
    struct curl_slist  *to;

    if (e == NULL) {
        e = curl_easy_init();
        *speaks = 0;
    }

    mail->speaks = *speaks != 0;        /* a connection says it once */

    to = curl_slist_append(NULL, mail->to);

    if (e == NULL || to == NULL) {
        mail->code = CURLE_OUT_OF_MEMORY;
        curl_slist_free_all(to);
        return e;
    }

    osw_mail_options(e, mail, to);
    osw_mail_limit(mail, mail->pool->conf->timeout_ms);
    mail->code = curl_easy_perform(e);
    *speaks = mail->speaks;
    curl_slist_free_all(to);

    if (mail->code != CURLE_OK) {
        osw_mail_hang_up(e);
        return NULL;
    }

    return e;
}


static void
osw_sender(void *data)
{
    CURL        *e;
    unsigned     speaks;
    osw_mail_t  *mail;
    osw_pool_t  *pool;
    osw_smtp_t  *smtp;

    e = NULL;
    speaks = 0;
    pool = data;
    smtp = pool->smtp;
    uv_mutex_lock(&smtp->lock);

    for ( ;; ) {
        while (pool->queue == NULL && !smtp->stop) {
            pool->idle++;
            uv_cond_wait(&pool->work, &smtp->lock);
            pool->idle--;
        }

        mail = pool->queue;

        if (mail == NULL) {
            break;
        }

        pool->queue = mail->next;
        pool->queued--;

        if (pool->queue == NULL) {
            pool->tail = &pool->queue;
        }

        uv_mutex_unlock(&smtp->lock);
        e = osw_mail_send(e, mail, &speaks);
        uv_mutex_lock(&smtp->lock);

        mail->next = smtp->over;
        smtp->over = mail;
        osw_smtp_call(smtp);
    }

    uv_mutex_unlock(&smtp->lock);

    if (e != NULL) {
        curl_easy_cleanup(e);
    }
}


static void
osw_mail_marked(void *data, int made)
{
    osw_mail_t  *mail;

    mail = data;

    uv_mutex_lock(&mail->pool->smtp->lock);
    mail->mark = made == 1 ? OSW_MARK_MADE
                 : made == 0 ? OSW_MARK_DROPPED : OSW_MARK_REFUSED;
    uv_mutex_unlock(&mail->pool->smtp->lock);
    uv_cond_signal(&mail->marked);      /* it lives until the loop frees it */
}


/* It may be out. The same Message-ID lets the reader's side fold a second. */
static void
osw_mail_ambiguous(osw_job_t *job, int marketing)
{
    osw_job_doubt(job);

    if (marketing) {
        osw_job_finish(job, OSW_LEFT, NULL);

    } else if (!osw_job_in_doubt(job, OSW_MAIL_DOUBTS,
                                 "no answer to the final dot"))
    {
        osw_job_count(job, "ambiguous.again");
        osw_job_finish(job, OSW_LATER,
                       "not known whether it arrived: no answer to the final "
                       "dot");
    }
}


/* There is no such mailbox: nothing more is sent there. */
static void
osw_mail_nobody(osw_job_t *job)
{
    osw_t     *w;
    os_str_t   customer;

    w = job->shard->w;
    customer = os_json_str(job->order, "customer");

    if (customer.len
        && !job->task.support)
    {
        osw_job_count(job, "bounced");
        osw_redis_send(w->redis,
                       osw_suppress_command(w, job->store->name, customer,
                                            OSW_NO_MAILBOX, NULL, NULL));
    }
}


/* The server said no, at whatever step. */
static void
osw_mail_refused(osw_mail_t *mail)
{
    char                why[200];
    osw_reply_means_t   means;

    means = osw_smtp_reply_means(mail->stage, mail->line);
    osw_smtp_reply_text(mail->line, why, sizeof(why));
    osw_admit_told(mail->pool->smtp->w, mail->pool->name,
                   means != OSW_REPLY_CLOSED ? OSW_WORKS : OSW_FAILS, why);

    if (means == OSW_REPLY_DEAD) {
        if (osw_smtp_reply_nobody(mail->stage, mail->line)) {
            osw_mail_nobody(mail->job);
        }

        osw_job_finish(mail->job, OSW_DEAD, "the mail server said %s", why);

    } else {
        osw_job_finish(mail->job, OSW_LATER, "the mail server said %s, at %s",
                       why, osw_stage_name(mail->stage));
    }
}


static void
osw_mail_over(osw_mail_t *mail)
{
    osw_t       *w;
    osw_job_t   *job;
    const char  *why;

    job = mail->job;
    w = mail->pool->smtp->w;

    if (mail->mark == OSW_MARK_DROPPED) {
        osw_job_finish(job, OSW_DONE, NULL);

    } else if (mail->mark == OSW_MARK_REFUSED) {
        osw_job_finish(job, OSW_WAIT, "the mark could not be made");

    } else if (mail->code == CURLE_OK) {
        osw_admit_told(w, mail->pool->name, OSW_WORKS, NULL);
        osw_job_finish(job, OSW_SENT, NULL);

    } else if (mail->untold) {
        osw_job_finish(job, OSW_DEAD, "the recipient's address is not ASCII, "
                       "and the mail server does not take such (SMTPUTF8)");

    } else if (mail->line[0] == '4' || mail->line[0] == '5') {
        osw_mail_refused(mail);

    } else {
        why = curl_easy_strerror(mail->late ? CURLE_OPERATION_TIMEDOUT
                                            : mail->code);
        osw_admit_told(w, mail->pool->name, OSW_FAILS, why);

        if (mail->mark == OSW_MARK_MADE) {
            osw_mail_ambiguous(job, mail->marketing);

        } else {
            osw_job_finish(job, OSW_LATER, "mail server: %s", why);
        }
    }

    osw_mail_free(mail);
}


static void
osw_smtp_wake(uv_async_t *async)
{
    osw_mail_t  *over, *marks, *next;
    osw_smtp_t  *smtp;

    smtp = async->data;

    uv_mutex_lock(&smtp->lock);
    over = smtp->over;
    marks = smtp->marks;
    smtp->over = NULL;
    smtp->marks = NULL;
    uv_mutex_unlock(&smtp->lock);

    for ( ; marks != NULL; marks = next) {
        next = marks->next;
        osw_queue_mark(marks->job, osw_mail_marked, marks);
    }

    for ( ; over != NULL; over = next) {
        next = over->next;
        osw_mail_over(over);
    }
}


static int
osw_smtp_text_is(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}


/* May mails of the one go through the other's connections, at its pace? */
static int
osw_smtp_conf_is(const osw_smtp_conf_t *a, const osw_smtp_conf_t *b)
{
    return osw_smtp_text_is(a->host, b->host)
           && a->port == b->port
           && a->starttls == b->starttls
           && a->tls == b->tls
           && osw_smtp_text_is(a->ca_file, b->ca_file)
           && osw_smtp_text_is(a->user, b->user)
           && osw_smtp_text_is(a->password, b->password)
           && a->connections == b->connections
           && a->timeout_ms == b->timeout_ms
           && a->final_ms == b->final_ms
           && a->per_second <= b->per_second
           && a->per_second >= b->per_second;
}


static osw_pool_t *
osw_smtp_pool(osw_t *w, const osw_smtp_conf_t *c)
{
    unsigned     i, others;
    osw_pool_t  *pool;
    osw_smtp_t  *smtp;

    smtp = w->smtp;

    for (i = 0, others = 0; i < smtp->npools; i++) {
        if (osw_smtp_conf_is(smtp->pool[i]->conf, c)) {
            return smtp->pool[i];
        }

        others += osw_smtp_text_is(smtp->pool[i]->conf->host, c->host)
                  && smtp->pool[i]->conf->port == c->port;
    }

    pool = smtp->npools < OSW_POOLS_MAX ? calloc(1, sizeof(osw_pool_t)) : NULL;

    if (pool != NULL) {
        pool->smtp = smtp;
        pool->conf = c;
        pool->tail = &pool->queue;
        snprintf(pool->name, sizeof(pool->name), "smtp %s:%d %s", c->host,
                 c->port, c->user ? c->user : "");

        /* what breaks for the one, and its rate, is not the other's */
        if (others) {
            snprintf(pool->name, sizeof(pool->name), "smtp %s:%d %s (%u)",
                     c->host, c->port, c->user ? c->user : "", others + 1);
        }

        (void) uv_cond_init(&pool->work);
        smtp->pool[smtp->npools++] = pool;
    }

    return pool;
}


/* Threads come as they are needed, up to `connections`. */
static void
osw_pool_add(osw_pool_t *pool, osw_mail_t *mail)
{
    osw_smtp_t  *smtp;

    smtp = pool->smtp;
    uv_mutex_lock(&smtp->lock);

    mail->next = NULL;
    *pool->tail = mail;
    pool->tail = &mail->next;
    pool->queued++;

    if (pool->queued > pool->idle && pool->nthreads < pool->conf->connections
        && uv_thread_create(&pool->thread[pool->nthreads], osw_sender, pool)
           == 0)
    {
        pool->nthreads++;
    }

    uv_mutex_unlock(&smtp->lock);
    uv_cond_signal(&pool->work);
}


static osw_mail_t *
osw_mail_new(osw_job_t *job, const osw_message_t *m)
{
    os_str_t     to, from;
    osw_mail_t  *mail;

    mail = calloc(1, sizeof(osw_mail_t));
    if (mail == NULL) {
        return NULL;
    }

    to = osw_mime_address(os_buf_view(&m->to));
    from = os_buf_view(&m->sender);

    (void) uv_cond_init(&mail->marked);
    mail->job = job;
    mail->to = strndup(to.data, to.len);
    mail->from = strndup(from.data, from.len);
    mail->marketing = m->marketing;
    mail->utf8 = m->utf8;

    osw_mime_write(&(osw_mime_t) {
        .from = os_buf_view(&m->from), .to = os_buf_view(&m->to),
        .reply_to = os_buf_view(&m->reply_to),
        .subject = os_buf_view(&m->subject), .message_id = os_str(job->id),
        .locale = os_buf_view(&m->locale),
        .mark = os_buf_view(&m->mark),
        .unsubscribe = os_buf_view(&m->unsubscribe),
        .text = os_buf_view(&m->text), .html = os_buf_view(&m->html),
        .date = osw_now_ms(job->shard->w) / 1000
    }, &mail->bytes);

    if (mail->bytes.failed || mail->to == NULL || mail->from == NULL) {
        osw_mail_free(mail);
        return NULL;
    }

    return mail;
}


static void
osw_smtp_queue(osw_job_t *job, const osw_message_t *m)
{
    osw_t       *w;
    osw_mail_t  *mail;
    osw_pool_t  *pool;

    w = job->shard->w;

    if (!osw_mime_address_ok(osw_mime_address(os_buf_view(&m->to)))) {
        osw_job_finish(job, OSW_DEAD, "the recipient's address is none");
        return;
    }

    if (!m->support && !osw_config_may_send(w->config, os_buf_view(&m->to))) {
        osw_job_count(job, "diverted");
        osw_job_finish(job, OSW_DONE, NULL);
        return;
    }

    if (osw_job_leaves(job)) {
        osw_queue_return(job);
        return;
    }

    pool = osw_smtp_pool(w, &job->store->smtp);
    mail = pool ? osw_mail_new(job, m) : NULL;

    if (mail == NULL) {
        osw_job_finish(job, OSW_LATER, "no memory");
        return;
    }

    mail->pool = pool;
    job->asked = 1;
    osw_pool_add(pool, mail);
}


static void
osw_smtp_deliver(osw_job_t *job)
{
    int            rc;
    os_error_t     err;
    osw_message_t  m;

    if (job->store->smtp.host == NULL) {
        osw_job_finish(job, OSW_DEAD, "no \"smtp\" in the configuration");
        return;
    }

    rc = osw_message_make(job->shard->w, job->store, &job->task, job->order,
                          job->decision, OSW_MAIL, &m, &err);

    if (rc == 1) {
        osw_job_count(job, "not_sent");
        osw_job_finish(job, OSW_DONE, "%s", err.text);

    } else if (rc != 0) {
        osw_job_finish(job, OSW_DEAD, "%s", err.text);

    } else if (job->task.doubts && m.marketing) {
        osw_job_finish(job, OSW_LEFT, NULL);

    } else if (!osw_job_in_doubt(job, OSW_MAIL_DOUBTS,
                                 "a worker died while it was sent"))
    {
        if (job->task.sending) {
            osw_job_count(job, "ambiguous.again");
        }

        osw_smtp_queue(job, &m);
    }

    osw_message_free(&m);
}


static int
osw_smtp_start(osw_t *w)
{
    osw_smtp_t  *smtp;

    smtp = calloc(1, sizeof(osw_smtp_t));
    if (smtp == NULL) {
        return -1;
    }

    smtp->w = w;
    w->smtp = smtp;
    (void) uv_mutex_init(&smtp->lock);
    (void) uv_async_init(w->loop, &smtp->wake, osw_smtp_wake);
    smtp->wake.data = smtp;

    return 0;
}


static void
osw_smtp_closed(uv_handle_t *handle)
{
    unsigned     i;
    osw_smtp_t  *smtp;

    smtp = handle->data;
    smtp->w->smtp = NULL;

    for (i = 0; i < smtp->npools; i++) {
        uv_cond_destroy(&smtp->pool[i]->work);
        free(smtp->pool[i]);
    }

    uv_mutex_destroy(&smtp->lock);
    free(smtp);
}


/* Of one server's queue, those that go back; the others stay in their order. */
static osw_mail_t *
osw_pool_release(osw_pool_t *pool)
{
    osw_mail_t  *mail, *next, *back;

    back = NULL;
    mail = pool->queue;
    pool->queue = NULL;
    pool->tail = &pool->queue;
    pool->queued = 0;

    for ( ; mail != NULL; mail = next) {
        next = mail->next;

        if (osw_job_leaves(mail->job)) {
            mail->next = back;
            back = mail;

        } else {
            mail->next = NULL;
            *pool->tail = mail;
            pool->tail = &mail->next;
            pool->queued++;
        }
    }

    return back;
}


/* What no thread has begun. */
static void
osw_smtp_release(osw_t *w)
{
    unsigned     i;
    osw_mail_t  *mail, *next;
    osw_smtp_t  *smtp;

    smtp = w->smtp;

    for (i = 0; i < smtp->npools; i++) {
        uv_mutex_lock(&smtp->lock);
        mail = osw_pool_release(smtp->pool[i]);
        uv_mutex_unlock(&smtp->lock);

        for ( ; mail != NULL; mail = next) {
            next = mail->next;
            osw_queue_return(mail->job);
            osw_mail_free(mail);
        }
    }
}


/* Called when nothing is in flight: every thread is idle, and ends. */
static void
osw_smtp_stop(osw_t *w)
{
    unsigned     i, n;
    osw_smtp_t  *smtp;

    smtp = w->smtp;

    uv_mutex_lock(&smtp->lock);
    smtp->stop = 1;

    for (i = 0; i < smtp->npools; i++) {
        uv_cond_broadcast(&smtp->pool[i]->work);
    }

    uv_mutex_unlock(&smtp->lock);

    for (i = 0; i < smtp->npools; i++) {
        for (n = 0; n < smtp->pool[i]->nthreads; n++) {
            (void) uv_thread_join(&smtp->pool[i]->thread[n]);
        }
    }

    uv_close((uv_handle_t *) &smtp->wake, osw_smtp_closed);
}


static osw_provider_t
osw_smtp_provider(osw_t *w, osw_store_t *store, const os_task_t *task)
{
    osw_pool_t  *pool;

    (void) task;
    pool = store->smtp.host ? osw_smtp_pool(w, &store->smtp) : NULL;

    return (osw_provider_t) {
        .name = pool ? pool->name : NULL,
        .per_second = store->smtp.per_second
    };
}


const osw_channel_t  osw_smtp_channel = {
    "smtp", osw_smtp_start, osw_smtp_deliver, osw_smtp_stop, osw_smtp_release,
    osw_smtp_provider
};
