/*
 * osw_sms_in: see osw_sms_in.h. The number itself is in no key: its keyed hash
 * is, as for suppression.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "core/campaign/os_pack.h"
#include "worker/take/osw_sms_in.h"


#define OSW_REPLY_WORD  32
#define OSW_REPLY_TEXT_MAX  128      /* bytes; no word to stop by is longer */


typedef enum {
    OSW_REPLY_TEXT = 0,
    OSW_REPLY_STOP,
    OSW_REPLY_START
} osw_sms_in_kind_t;


typedef struct {
    osw_t              *w;
    os_str_t            store;      /* of the configuration: it stays */
    json_t             *event;      /* for the order's stream */
    os_buf_t            hash;       /* of the number */
    osw_sms_in_kind_t    kind;
    osw_sms_in_pt        done;
    void               *data;
} osw_answering_t;


/*
 * The keywords that carriers ask for, and what people write instead. Of what
 * comes only ASCII is put in lower case: the capital Ê has its own.
 */
static const struct {
    const char        *word;
    osw_sms_in_kind_t   kind;
} osw_sms_in_words[] = {
    { "stop", OSW_REPLY_STOP }, { "stopall", OSW_REPLY_STOP },
    { "quit", OSW_REPLY_STOP }, { "end", OSW_REPLY_STOP },
    { "revoke", OSW_REPLY_STOP }, { "cancel", OSW_REPLY_STOP },
    { "unsubscribe", OSW_REPLY_STOP }, { "optout", OSW_REPLY_STOP },
    { "berhenti", OSW_REPLY_STOP }, { "arret", OSW_REPLY_STOP },
    { "arrêt", OSW_REPLY_STOP }, { "stopp", OSW_REPLY_STOP },
    { "desabonner", OSW_REPLY_STOP }, { "désabonner", OSW_REPLY_STOP },
    { "수신거부", OSW_REPLY_STOP }, { "중지", OSW_REPLY_STOP },
    { "start", OSW_REPLY_START }, { "unstop", OSW_REPLY_START },
};


/*
 * Letters alone, of whatever width, in small ones; -1: a digit is among them.
 * Beyond the first plane are pictures.
 */
static int
osw_sms_in_letters(os_str_t text, char word[OSW_REPLY_WORD])
{
    int32_t              len = 0, i, n, at = 0;
    UChar                wide[OSW_REPLY_TEXT_MAX];
    UChar                plain[OSW_REPLY_TEXT_MAX * 2];
    UErrorCode           status = U_ZERO_ERROR;
    const UNormalizer2  *fold;

    u_strFromUTF8WithSub(wide, OSW_REPLY_TEXT_MAX, &len, text.data,
                         (int32_t) text.len, 0xfffd, NULL, &status);
    fold = unorm2_getNFKCCasefoldInstance(&status);
    n = unorm2_normalize(fold, wide, len, plain, OSW_REPLY_TEXT_MAX * 2,
                         &status);

    for (i = 0; U_SUCCESS(status) && i < n; i++) {
        if (u_isdigit(plain[i])) {
            return -1;
        }

        if (u_isalpha(plain[i])) {
            plain[at++] = plain[i];
        }
    }

    (void) u_strToUTF8(word, OSW_REPLY_WORD, NULL, plain, at, &status);

    return U_SUCCESS(status) && status != U_STRING_NOT_TERMINATED_WARNING
           ? 0 : -1;
}


/* What the laws of countries have as such words. */
static int
osw_sms_in_stops(const json_t *packs, const char *word)
{
    char         other[OSW_REPLY_WORD];
    size_t       i;
    json_t      *pack, *one, *words;
    const char  *country;

    json_object_foreach((json_t *) packs, country, pack) {
        words = json_object_get(json_object_get(json_object_get(pack, "rules"),
                                                "stop_words"), "words");

        json_array_foreach(words, i, one) {
            if (osw_sms_in_letters(os_str(json_string_value(one)), other) == 0
                && strcmp(word, other) == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


/* "Stop.", “stop”, full width, an emoji: the words; a sentence is none. */
static osw_sms_in_kind_t
osw_sms_in_kind(const osw_store_t *store, os_str_t text)
{
    char    word[OSW_REPLY_WORD];
    size_t  i;

    if (text.len > OSW_REPLY_TEXT_MAX || osw_sms_in_letters(text, word) != 0) {
        return OSW_REPLY_TEXT;
    }

    for (i = 0; i < sizeof(osw_sms_in_words) / sizeof(osw_sms_in_words[0]); i++)
    {
        if (strcmp(word, osw_sms_in_words[i].word) == 0) {
            return osw_sms_in_words[i].kind;
        }
    }

    return osw_sms_in_stops(store->campaign->packs, word) ? OSW_REPLY_STOP
                                                          : OSW_REPLY_TEXT;
}


static void
osw_sms_in_end(osw_answering_t *a, int ok)
{
    a->done(a->data, ok);
    json_decref(a->event);
    os_buf_free(&a->hash);
    free(a);
}


static void
osw_sms_in_written(os_command_t *cmd, redisReply *reply)
{
    osw_sms_in_end(cmd->data, !osw_reply_failed(reply));
}


/* The number's latest order: its stream hears of it. */
static void
osw_sms_in_order(os_command_t *cmd, redisReply *reply)
{
    os_str_t          order;
    os_buf_t          name = { 0 };
    osw_answering_t  *a = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_sms_in_end(a, 0);
        return;
    }

    order = osw_reply_str(reply);

    if (order.len == 0) {
        if (a->kind == OSW_REPLY_TEXT) {
            osw_log(OSW_WARN, "an SMS of a number without an order is not "
                    "passed on");
        }

        osw_sms_in_end(a, 1);
        return;
    }

    os_buf_str(&name, a->store);
    os_buf_char(&name, '/');
    os_buf_str(&name, order);
    os_json_set_str(a->event, "order", os_buf_view(&name));
    os_buf_free(&name);

    osw_redis_send(a->w->redis, osw_event_add(a->w, a->store, order, a->event,
                                              osw_sms_in_written, a));
}


static void
osw_sms_in_find(osw_answering_t *a)
{
    os_str_t       hash = os_buf_view(&a->hash);
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&a->w->config->space, a->store,
                                        OS_STR("phone"), hash),
                         osw_sms_in_order, a);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("GET"));
    osw_command_key(a->w, cmd, "alias", a->store, OS_STR("phone"), hash);
    osw_redis_send(a->w->redis, cmd);
}


static void
osw_sms_in_noted(os_command_t *cmd, redisReply *reply)
{
    osw_answering_t  *a = cmd->data;

    if (osw_reply_failed(reply)) {
        osw_sms_in_end(a, 0);

    } else if (a->kind == OSW_REPLY_START
               || os_str_equal(osw_reply_str(reply), OS_STR("all")))
    {
        osw_sms_in_end(a, 1);            /* stopped before: confirmed before */

    } else {
        osw_sms_in_find(a);
    }
}


/* Before anything else: no SMS goes to this number any more, or again. */
static void
osw_sms_in_suppress(osw_answering_t *a)
{
    int            stop = a->kind == OSW_REPLY_STOP;
    os_str_t       hash = os_buf_view(&a->hash);
    os_command_t  *cmd;

    cmd = os_command_new(os_space_shard(&a->w->config->space, a->store, hash,
                                        OS_NULL),
                         osw_sms_in_noted, a);
    os_command_words(cmd, stop ? 4 : 2);
    os_command_add(cmd, stop ? OS_STR("SET") : OS_STR("DEL"));
    osw_command_key(a->w, cmd, "suppress", a->store, hash, OS_NULL);

    if (stop) {
        os_command_add(cmd, OS_STR("all"));
        os_command_add(cmd, OS_STR("GET"));
    }

    cmd->confirm = 1;
    osw_redis_send(a->w->redis, cmd);
}


void
osw_sms_in_take(osw_t *w, const osw_store_t *store, const json_t *reply,
    os_str_t id, int64_t at_ms, osw_sms_in_pt done, void *data)
{
    osw_answering_t  *a;

    a = calloc(1, sizeof(osw_answering_t));

    if (a == NULL) {
        done(data, 0);
        return;
    }

    a->w = w;
    a->store = store->name;
    a->done = done;
    a->data = data;
    a->kind = osw_sms_in_kind(store, os_json_str(reply, "text"));
    os_keys_customer(&w->config->keys, store->name,
                     os_json_str(reply, "from"), &a->hash);

    a->event = json_object();
    os_json_set_str(a->event, "id", id);
    os_json_set_str(a->event, "kind", a->kind == OSW_REPLY_STOP
                                      ? OS_STR("stopped")
                                      : OS_STR("replied"));
    os_json_set_int(a->event, "at_ms", at_ms);

    if (a->kind == OSW_REPLY_TEXT) {
        os_json_set_str(a->event, "text", os_json_str(reply, "text"));
        osw_sms_in_find(a);

    } else {
        osw_sms_in_suppress(a);
    }
}
