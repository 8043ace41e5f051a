/*
 * os_link: commands in flight on one connection. See os_link.h.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "core/base/os_code.h"
#include "redis/os_link.h"


#define OS_LINK_KEEP   65536    /* an empty buffer larger than this goes */
#define OS_LINK_WHOLE  65536    /* bytes of a command that is not copied */
#define OS_LINK_FRONT  1024     /* bytes left for what comes before a word */
#define OS_LINK_SLICE  2048     /* bytes that a reader is fed at once */


void
os_script_init(os_script_t *script)
{
    uint8_t   digest[SHA_DIGEST_LENGTH];
    os_buf_t  hex = { 0 };

    (void) SHA1((const unsigned char *) script->source,
                strlen(script->source), digest);
    os_hex(&hex, digest, sizeof(digest));

    if (!hex.failed) {
        memcpy(script->sha, hex.data, sizeof(script->sha));
    }

    os_buf_free(&hex);
}


/* "MOVED 3999 127.0.0.1:6381" */
static int
os_reply_address(const char *text, char host[256], int *port)
{
    size_t       len;
    const char  *space, *colon;

    space = strrchr(text, ' ');
    colon = strrchr(text, ':');

    if (space == NULL || colon == NULL || colon < space) {
        return -1;
    }

    len = (size_t) (colon - space - 1);
    if (len > 255) {
        return -1;
    }

    memcpy(host, space + 1, len);
    host[len] = '\0';
    *port = atoi(colon + 1);

    return *port > 0 && *port < 65536 ? 0 : -1;
}


os_reply_kind_t
os_reply_kind(const redisReply *reply, char host[256], int *port)
{
    static const char *const  later[] = {
        "LOADING", "READONLY", "BUSY", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN",
        "OOM", "MISCONF", "NOREPLICAS", "ERR max number of clients",
    };

    if (reply->type != REDIS_REPLY_ERROR) {
        return OS_REPLY_OK;
    }

    if (strncmp(reply->str, "NOSCRIPT", 8) == 0) {
        return OS_REPLY_NOSCRIPT;
    }

    if (strncmp(reply->str, "MOVED ", 6) == 0) {
        return os_reply_address(reply->str, host, port) == 0
               ? OS_REPLY_MOVED : OS_REPLY_ERROR;
    }

    if (strncmp(reply->str, "ASK ", 4) == 0) {
        return os_reply_address(reply->str, host, port) == 0
               ? OS_REPLY_ASK : OS_REPLY_ERROR;
    }

    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        /* a script reports what its own call met, somewhere in its text */
        if (strncmp(reply->str, later[i], strlen(later[i])) == 0
            || (strncmp(reply->str, "ERR Error running script", 24) == 0
                && strstr(reply->str, later[i])))
        {
            return OS_REPLY_LATER;
        }
    }

    return OS_REPLY_ERROR;
}


void
os_reply_ignored(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


os_command_t *
os_command_new(unsigned shard, os_reply_pt handler, void *data)
{
    os_command_t  *cmd;

    cmd = calloc(1, sizeof(os_command_t));

    if (cmd != NULL) {
        cmd->shard = shard;
        cmd->handler = handler;
        cmd->data = data;
    }

    return cmd;
}


void
os_command_free(os_command_t *cmd)
{
    if (cmd->gathered) {
        freeReplyObject(cmd->gathered);
    }

    os_buf_free(&cmd->bytes);
    free(cmd);
}


/* "*3\r\n", or "$12\r\n" and room for so many bytes and a line's end. */
static void
os_command_count(os_buf_t *out, char mark, size_t n)
{
    int    i = 0;
    char   text[20];
    char  *p;

    if (os_buf_reserve(out, sizeof(text) + 3 + (mark == '$' ? n + 2 : 0))
        == -1)
    {
        return;
    }

    p = out->data + out->len;
    *p++ = mark;

    do {
        text[i++] = (char) ('0' + n % 10);
        n /= 10;
    } while (n > 0);

    while (i > 0) {
        *p++ = text[--i];
    }

    *p++ = '\r';
    *p++ = '\n';
    *p = '\0';
    out->len = (size_t) (p - out->data);
}


void
os_command_words(os_command_t *cmd, unsigned n)
{
    os_command_count(&cmd->bytes, '*', n);
}


void
os_command_add(os_command_t *cmd, os_str_t word)
{
    os_command_count(&cmd->bytes, '$', word.len);
    os_buf_str(&cmd->bytes, word);
    os_buf_add(&cmd->bytes, "\r\n", 2);
}


void
os_command_add_int(os_command_t *cmd, int64_t value)
{
    char      room[32];
    os_buf_t  text = os_buf_on(room, sizeof(room));

    os_buf_int(&text, value);
    os_command_add(cmd, os_buf_view(&text));
}


void
os_command_bundle(os_command_t *cmd, unsigned n)
{
    redisReply  *all = calloc(1, sizeof(redisReply));

    if (all) {
        all->type = REDIS_REPLY_ARRAY;
        all->element = calloc(n, sizeof(redisReply *));
    }

    cmd->parts = n;
    cmd->gathered = all;
    cmd->bytes.failed |= all == NULL || all->element == NULL;
}


/* One reply of a bundle's. The whole, once it is complete; NULL before. */
static redisReply *
os_command_gather(os_command_t *cmd, redisReply *reply)
{
    size_t       i;
    redisReply  *all = cmd->gathered, *error = NULL;

    all->element[all->elements++] = reply;

    if (all->elements < cmd->parts) {
        return NULL;
    }

    for (i = 0; i < all->elements && error == NULL; i++) {
        if (all->element[i]->type == REDIS_REPLY_ERROR) {
            error = all->element[i];
            all->element[i] = NULL;
        }
    }

    if (error == NULL) {
        cmd->gathered = NULL;
        return all;
    }

    /* it may be sent again */

    for (i = 0; i < all->elements; i++) {
        freeReplyObject(all->element[i]);
    }

    all->elements = 0;
    return error;
}


void
os_command_script(os_command_t *cmd, const os_script_t *script,
    unsigned nkeys, unsigned nargs)
{
    os_command_words(cmd, 3 + nkeys + nargs);
    os_command_add(cmd, OS_STR("EVALSHA"));
    os_command_add(cmd, os_str(script->sha));
    cmd->script = script;
    cmd->script_end = cmd->bytes.len;
    os_command_add_int(cmd, nkeys);
}


char *
os_command_last(os_command_t *cmd, size_t len)
{
    if (os_buf_reserve(&cmd->bytes, OS_LINK_FRONT + len + 2) == -1) {
        return NULL;
    }

    cmd->bytes.len = OS_LINK_FRONT + len;
    return cmd->bytes.data + OS_LINK_FRONT;
}


int
os_command_front(os_command_t *cmd, const os_command_t *front)
{
    char      room[32];
    size_t    len = cmd->bytes.len - OS_LINK_FRONT, n;
    os_buf_t  count = os_buf_on(room, sizeof(room));

    os_buf_char(&count, '$');
    os_buf_int(&count, (int64_t) len);
    os_buf_add(&count, "\r\n", 2);
    n = front->bytes.len + count.len;

    if (front->bytes.failed || os_buf_reserve(&cmd->bytes, n + 2) == -1) {
        return -1;
    }

    memmove(cmd->bytes.data + n, cmd->bytes.data + OS_LINK_FRONT, len);
    memcpy(cmd->bytes.data, front->bytes.data, front->bytes.len);
    memcpy(cmd->bytes.data + front->bytes.len, count.data, count.len);
    cmd->bytes.len = n + len;
    os_buf_add(&cmd->bytes, "\r\n", 2);

    return cmd->bytes.failed ? -1 : 0;
}


int
os_command_unsha(os_command_t *cmd)
{
    size_t         count;
    os_str_t       rest;
    os_command_t   whole = { 0 };

    if (cmd->script == NULL) {
        return -1;
    }

    /* "*N\r\n" stays as it is */
    count = (size_t) (strchr(cmd->bytes.data, '\n') + 1 - cmd->bytes.data);
    os_buf_add(&whole.bytes, cmd->bytes.data, count);
    os_command_add(&whole, OS_STR("EVAL"));
    os_command_add(&whole, os_str(cmd->script->source));

    rest = (os_str_t) { cmd->bytes.len - cmd->script_end,
                        cmd->bytes.data + cmd->script_end };
    os_buf_str(&whole.bytes, rest);

    if (whole.bytes.failed) {
        os_buf_free(&whole.bytes);
        return -1;
    }

    os_buf_free(&cmd->bytes);
    cmd->bytes = whole.bytes;
    cmd->script = NULL;
    return 0;
}


int
os_link_init(os_link_t *link)
{
    memset(link, 0, sizeof(*link));
    link->tail = &link->head;
    link->reader = redisReaderCreate();
    return link->reader ? 0 : -1;
}


void
os_link_send(os_link_t *link, os_command_t *cmd)
{
    cmd->next = NULL;
    *link->tail = cmd;
    link->tail = &cmd->next;
    link->pending++;

    if (cmd->bytes.len < OS_LINK_WHOLE) {
        os_buf_str(&link->out, os_buf_view(&cmd->bytes));
        return;
    }

    cmd->before = link->out.len;

    if (link->whole == NULL) {
        link->whole = cmd;
    }
}


os_str_t
os_link_out(const os_link_t *link)
{
    size_t         end = link->out.len;
    os_command_t  *whole = link->whole;

    if (whole && link->sent == whole->before) {
        return (os_str_t) { whole->bytes.len - link->whole_sent,
                            whole->bytes.data + link->whole_sent };
    }

    if (whole) {
        end = whole->before;
    }

    return (os_str_t) { end - link->sent,
                        link->out.data ? link->out.data + link->sent : "" };
}


void
os_link_wrote(os_link_t *link, size_t n)
{
    os_command_t  *whole = link->whole;

    if (whole && link->sent == whole->before) {
        link->whole_sent += n;

        if (link->whole_sent < whole->bytes.len) {
            return;
        }

        /* it is in line still, and so are those behind it */

        do {
            whole = whole->next;
        } while (whole && whole->bytes.len < OS_LINK_WHOLE);

        link->whole = whole;
        link->whole_sent = 0;

    } else {
        link->sent += n;
    }

    if (link->whole || link->sent < link->out.len) {
        return;
    }

    link->sent = 0;
    link->out.len = 0;

    if (link->out.size > OS_LINK_KEEP) {
        os_buf_free(&link->out);
    }
}


/* The replies that are whole: each to the command that waits for it. */
static int
os_link_drain(os_link_t *link, os_deliver_pt deliver, void *owner)
{
    void          *reply;
    redisReader   *reader = link->reader;
    os_command_t  *cmd;

    for ( ;; ) {

        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            return -1;
        }

        if (reply == NULL) {
            return 0;
        }

        link->fed = 0;
        cmd = link->head;

        /* unasked for; or an answer before all of the question was sent, after
         * which Redis hangs up: it is too long for it, say */

        if (cmd == NULL || cmd == link->whole) {
            freeReplyObject(reply);
            return -1;
        }

        if (cmd->parts) {
            reply = os_command_gather(cmd, reply);

            if (reply == NULL) {
                continue;
            }
        }

        link->head = cmd->next;
        link->pending--;

        if (link->head == NULL) {
            link->tail = &link->head;
        }

        deliver(owner, cmd, reply);

        /* a handler may have closed this very link */
        if (link->reader != reader) {
            return 0;
        }
    }
}


/*
 * The reader moves what it still has to the front of its buffer after each
 * reply: it is fed a little at a time, or each of many replies would move all
 * that come after it.
 */
int
os_link_feed(os_link_t *link, const char *data, size_t len, size_t max,
    os_deliver_pt deliver, void *owner)
{
    size_t        n;
    redisReader  *reader = link->reader;

    for ( /* void */ ; len > 0; data += n, len -= n) {
        n = len < OS_LINK_SLICE ? len : OS_LINK_SLICE;
        link->fed += n;

        if (redisReaderFeed(reader, data, n) != REDIS_OK
            || os_link_drain(link, deliver, owner) == -1)
        {
            return -1;
        }

        if (link->reader != reader) {
            return 0;
        }

        if (link->fed > max) {
            return -1;
        }
    }

    return 0;
}


os_command_t *
os_link_reset(os_link_t *link)
{
    os_command_t  *all = link->head;

    if (link->reader) {
        redisReaderFree(link->reader);
    }

    os_buf_free(&link->out);
    memset(link, 0, sizeof(*link));
    link->tail = &link->head;

    return all;
}


void
os_command_abandon(os_command_t *cmd)
{
    if (!cmd->answered) {
        cmd->answered = 1;
        cmd->handler(cmd, NULL);
    }
}
