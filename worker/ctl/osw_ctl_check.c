/*
 * ordersavectl check: is everything in place?
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/campaign/os_input.h"
#include "core/campaign/os_pack.h"
#include "core/view/os_share.h"
#include "worker/ctl/osw_ctl_api.h"
#include "worker/ctl/osw_ctl_law.h"
#include "worker/ctl/osw_ctl_live.h"
#include "worker/ctl/osw_ctl_write.h"
#include "core/order/os_withdrawal.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/render/osw_message.h"
#include "worker/render/osw_parcel.h"


typedef struct {
    char  text[64];
} osw_word_t;


/* The second of two words: CONFIG GET answers name and value. */
static void
osw_take_word(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    os_str_t     word;
    osw_word_t  *out;

    (void) ctl;
    out = data;
    word = reply->elements == 2 ? osw_reply_str(reply->element[1])
                                : osw_reply_str(reply);
    snprintf(out->text, sizeof(out->text), "%.*s", (int) word.len,
             word.data ? word.data : "");
}


static int
osw_check_setting(osw_ctl_t *ctl, const char *name, osw_word_t *word)
{
    os_command_t  *cmd;

    word->text[0] = '\0';
    cmd = osw_ctl_command(0, "CONFIG", 3);
    os_command_add(cmd, OS_STR("GET"));
    os_command_add(cmd, os_str(name));

    return osw_ctl_call(ctl, cmd, osw_take_word, word);
}


/* Every process must count shards alike: the first one to look says it. */
static int
osw_check_shards(osw_ctl_t *ctl)
{
    char           own[16];
    osw_word_t     word;
    os_command_t  *cmd;

    snprintf(own, sizeof(own), "%u", ctl->w.config->space.shards);
    word.text[0] = '\0';
    cmd = osw_ctl_command(0, "HGET", 3);
    osw_command_key(&ctl->w, cmd, "config", OS_NULL, OS_NULL, OS_NULL);
    os_command_add(cmd, OS_STR("shards"));
    (void) osw_ctl_call(ctl, cmd, osw_take_word, &word);

    if (word.text[0] == '\0') {
        cmd = osw_ctl_command(0, "HSETNX", 4);
        osw_command_key(&ctl->w, cmd, "config", OS_NULL, OS_NULL, OS_NULL);
        os_command_add(cmd, OS_STR("shards"));
        os_command_add(cmd, os_str(own));

        if (osw_ctl_call(ctl, cmd, NULL, NULL) == 0) {
            return osw_ctl_line(1, "as many shards as in Redis", own);
        }
    }

    return osw_ctl_line(strcmp(word.text, own) == 0,
                          "as many shards as in Redis", word.text);
}


/* ["master", offset, [replicas]]; what is no master has none to count. */
static void
osw_take_replicas(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    (void) ctl;

    if (reply->elements >= 3 && reply->element[2]->type == REDIS_REPLY_ARRAY) {
        *(int64_t *) data = (int64_t) reply->element[2]->elements;
    }
}


/* What is lost with a disk or a master, and what guarding against it costs. */
static void
osw_check_safety(osw_ctl_t *ctl)
{
    int64_t       replicas = -1;
    osw_word_t    word;

    if (osw_check_setting(ctl, "appendfsync", &word) == 0) {
        (void) osw_ctl_line(1, "what a power cut takes (appendfsync)",
                              strcmp(word.text, "always") == 0
                              ? "nothing; each write waits for the disk"
                              : "what Redis was told last, a second or more; "
                                "\"always\" takes nothing and costs speed");
    }

    (void) osw_ctl_call(ctl, osw_ctl_command(0, "ROLE", 1), osw_take_replicas,
                        &replicas);

    if (replicas >= 0) {
        (void) osw_ctl_line(1, "what a lost master takes (replicas)",
                              replicas == 0
                              ? "all that its disk has not; there are none"
                              : "nothing that a buyer was told; nginx waits "
                                "for one");
    }

    if (osw_check_setting(ctl, "min-replicas-to-write", &word) == 0
        && word.text[0] && strcmp(word.text, "0") != 0)
    {
        printf("note - min-replicas-to-write %s: with fewer, Redis refuses "
               "all writes, leases of workers too, so that nothing is "
               "delivered; nginx spools meanwhile\n", word.text);
    }
}


static int
osw_check_redis(osw_ctl_t *ctl)
{
    int            bad;
    osw_word_t     word;
    os_command_t  *cmd;

    cmd = osw_ctl_command(0, "PING", 1);

    if (osw_ctl_call(ctl, cmd, NULL, NULL) != 0) {
        return osw_ctl_line(0, "Redis answers", "is it up, and are host, port, "
                            "user, password_file and tls of \"redis\" in the "
                            "configuration right?");
    }

    bad = osw_ctl_line(1, "Redis answers", "");
    bad += osw_check_shards(ctl);

    if (osw_check_setting(ctl, "appendonly", &word) == 0) {
        bad += osw_ctl_line(strcmp(word.text, "yes") == 0,
                              "Redis writes its log (appendonly)", word.text);
    }

    if (osw_check_setting(ctl, "maxmemory-policy", &word) == 0) {
        bad += osw_ctl_line(strcmp(word.text, "noeviction") == 0,
                              "Redis evicts nothing (maxmemory-policy)",
                              word.text);
    }

    osw_check_safety(ctl);

    return bad;
}


static void
osw_check_workers(osw_ctl_t *ctl)
{
    char     word[32];
    int64_t  n = osw_ctl_workers(ctl);

    if (ctl->failed) {
        return;
    }

    if (n == 0) {
        printf("note - no worker runs: nothing is done and nothing is sent\n");
        return;
    }

    snprintf(word, sizeof(word), "%lld", (long long) n);
    (void) osw_ctl_line(1, "workers that run", word);
}


/* The time of the first entry of a stream, in ms: its id begins with it. */
static void
osw_take_first(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    int64_t     at, *first;
    os_str_t    id;

    (void) ctl;
    first = data;

    if (reply->elements == 0 || reply->element[0]->elements == 0) {
        return;
    }

    id = osw_reply_str(reply->element[0]->element[0]);
    at = id.len ? strtoll(id.data, NULL, 10) : 0;

    if (*first == 0 || at < *first) {
        *first = at;
    }
}


/* Events of buyers and webhooks, of all shards. */
static void
osw_check_waiting(osw_ctl_t *ctl)
{
    size_t         i;
    int64_t        n = 0, first = 0;
    unsigned       shard;
    os_command_t  *cmd;

    static const char *const  streams[] = { "ev", "in" };

    for (shard = 0; shard < ctl->w.config->space.shards; shard++) {
        for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
            n += osw_ctl_length(ctl, shard, "XLEN", streams[i], OS_NULL,
                                OS_NULL, OS_NULL);
            cmd = osw_ctl_command(shard, "XRANGE", 6);
            osw_command_key(&ctl->w, cmd, streams[i], OS_NULL, OS_NULL,
                            OS_NULL);
            os_command_add(cmd, OS_STR("-"));
            os_command_add(cmd, OS_STR("+"));
            os_command_add(cmd, OS_STR("COUNT"));
            os_command_add(cmd, OS_STR("1"));
            (void) osw_ctl_call(ctl, cmd, osw_take_first, &first);
        }
    }

    if (first > 0) {    /* 0: all of it was taken while we counted */
        printf("note - %lld %s, the first for %lld s\n", (long long) n,
               n == 1 ? "webhook or event waits" : "webhooks or events wait",
               (long long) (osw_now_ms(&ctl->w) - first) / 1000);
    }
}


static void
osw_check_dead(osw_ctl_t *ctl)
{
    int64_t   n = 0;
    unsigned  shard;

    for (shard = 0; shard < ctl->w.config->space.shards; shard++) {
        n += osw_ctl_length(ctl, shard, "HLEN", "dead", OS_NULL, OS_NULL,
                            OS_NULL);
    }

    if (n > 0) {
        printf("note - %lld dead letter%s: ordersavectl dead list\n",
               (long long) n, n == 1 ? "" : "s");
    }
}


/* What may well be meant, and what a file cannot say: no finding, but told. */
static void
osw_check_alive(osw_ctl_t *ctl)
{
    osw_check_workers(ctl);

    if (osw_ctl_length(ctl, 0, "EXISTS", "paused", OS_NULL, OS_NULL, OS_NULL))
    {
        printf("note - deliveries are paused: ordersavectl resume\n");
    }

    osw_check_waiting(ctl);
    osw_check_dead(ctl);
}


/* What somebody set to try it out, and may have forgotten since. */
static void
osw_check_trial(const osw_ctl_t *ctl, const osw_store_t *store)
{
    if (os_campaign_observes(store->campaign, "state")) {
        printf("note - %.*s: the campaign observes, so that nobody is shown or "
               "sent anything, until you take \"state\" out of %s\n",
               (int) store->name.len, store->name.data,
               store->campaign->path);
    }

    if (ctl->w.config->only_to && store == &ctl->w.config->store[0]) {
        printf("note - mails and SMS go to nobody but those whom "
               "deliver_only_to lists\n");
    }
}


/* A link that is too long costs its SMS the words. */
static int
osw_check_short(const osw_store_t *store)
{
    int       bad;
    os_buf_t  url;

    if (os_campaign_at(store->campaign, "/track") == NULL
        || store->sms.url == NULL)
    {
        return 0;
    }

    url = (os_buf_t) { 0 };
    osw_parcel_short(store, OS_STR("12345678901234"), &url);
    bad = osw_ctl_line(url.len <= OSW_SHORT_MAX,
                         "short links of at most 40 characters (site, "
                         "track.short_path)", url.data ? url.data : "");
    os_buf_free(&url);

    return bad;
}


/* Whatever shoppers are asked for goes somewhere: it says where. */
static int
osw_check_inputs(const osw_store_t *store)
{
    int           bad = 0;
    char          line[512];
    os_str_t      where;
    os_input_t    input;
    os_way_out_t  way;

    static const char *const  ways[] = { "to nobody", "by mail to",
                                         "by webhook to",
                                         "by the API's action" };

    for (input = 0; input < OS_INPUT_MAX; input++) {

        if (input == OS_INPUT_RETURN
            && os_campaign_at(store->campaign, "/returns") == NULL)
        {
            continue;
        }

        way = os_input_way(store->campaign, input, &where);
        snprintf(line, sizeof(line), "%.*s: %s: %s%s%.*s",
                 (int) store->name.len, store->name.data,
                 os_input_word(input), ways[way], where.len ? " " : "",
                 (int) where.len, where.data ? where.data : "");
        bad += osw_ctl_line(way != OS_WAY_OUT_NONE, line, "");
    }

    return bad;
}


/* Who answers what buyers ask for; nginx alone knows whom it lets in. */
static void
osw_check_requests(const osw_store_t *store, const os_keys_t *keys)
{
    char  line[512];

    if (os_campaign_at(store->campaign, "/requests") == NULL
        && os_campaign_at(store->campaign, "/returns") == NULL)
    {
        return;
    }

    snprintf(line, sizeof(line), "%.*s: requests are answered by whoever %s",
             (int) store->name.len, store->name.data,
             keys->support.len ? "types the key file's code, or is named by "
                                 "nginx' \"ordersave_staff\""
                               : "is named by nginx' \"ordersave_staff\": the "
                                 "key file has no line \"support:\"");
    (void) osw_ctl_line(1, line, "");
}


/* Does any text of it, at whatever depth, hold the word? */
static int
osw_check_holds(const json_t *value, const char *word)
{
    size_t       i;
    json_t      *item;
    const char  *name;

    if (json_is_string(value)) {
        return strstr(json_string_value(value), word) != NULL;
    }

    json_array_foreach(value, i, item) {
        if (osw_check_holds(item, word)) {
            return 1;
        }
    }

    json_object_foreach((json_t *) value, name, item) {
        if (osw_check_holds(item, word)) {
            return 1;
        }
    }

    return 0;
}


/* What came with the file that a campaign began as is nobody's own. */
static int
osw_check_words(const osw_store_t *store)
{
    size_t    i;
    os_buf_t  left = { 0 };

    static const char *const  words[] = {
        "shop.example", "Your shop", "your street", "Lumen & Loom",
        "lumen.example", "COMEBACK15", "SAVE10-",
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (osw_check_holds(store->campaign->json, words[i])) {
            os_buf_printf(&left, "%s\"%s\"", left.len ? ", " : "", words[i]);
        }
    }

    i = left.len;
    (void) osw_ctl_line(i == 0, "no word of an example is left",
                          i ? left.data : "");
    os_buf_free(&left);

    return i > 0;
}


/* What a locale lacks is worth knowing, and no fault. */
static void
osw_check_lacks(void *data, os_str_t tag, const json_t *keys)
{
    os_buf_t  text = { 0 };

    (void) data;
    os_share_lacks(tag, keys, &text);
    (void) osw_ctl_line(1, "texts of all languages", text.data);
    os_buf_free(&text);
}


/* Does the law of a country that it sells to, or speaks for, ask for one? */
static int
osw_check_union(const osw_store_t *store)
{
    size_t       i;
    json_t      *tag, *one, *packs = store->campaign->packs;
    const char  *country;

    json_object_foreach(os_campaign_at(store->campaign, "/country_locales"),
                        country, tag)
    {
        if (os_json_bool(os_pack_rule(packs, os_str(country),
                                      "withdrawal_function"), "required"))
        {
            return 1;
        }
    }

    json_array_foreach(os_campaign_at(store->campaign, "/sells_to"), i, one) {
        if (os_json_bool(os_pack_rule(packs, os_str(json_string_value(one)),
                                      "withdrawal_function"), "required"))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Whoever sells to consumers there needs the function (2011/83/EU, article
 * 11a); that pages link to it nginx -t looks after.
 */
static void
osw_check_withdrawal(const osw_store_t *store)
{
    if (os_withdrawal_is_on(store->campaign)) {
        printf("ok - %.*s: withdrawals are taken in at %.*swithdraw\n",
               (int) store->name.len, store->name.data,
               (int) store->campaign->api_path.len,
               store->campaign->api_path.data);

    } else if (osw_check_union(store)) {
        printf("note - %.*s: sells to countries whose law asks for a "
               "withdrawal function, and has no \"withdrawal\": unless the "
               "store has one itself, see docs/withdrawal.md\n",
               (int) store->name.len, store->name.data);
    }
}


/* All of a store; `read` as of os_share_check(). How much of it is not ok. */
static int
osw_check_store(osw_ctl_t *ctl, osw_store_t *store, json_t *read)
{
    int         bad = 0;
    os_error_t  err;

    if (os_campaign_at(store->campaign, "/mail")) {
        bad += osw_ctl_line(store->smtp.host != NULL,
                            "a mail server for a campaign with mails",
                            store->campaign->path);
    }

    err.text[0] = '\0';
    bad += osw_ctl_line(os_share_check(store->campaign, read, osw_check_lacks,
                                       NULL, &err) == 0,
                        "all templates, in all languages, and sources",
                        err.text);
    bad += osw_check_api(store, ctl->live);
    bad += osw_check_short(store);
    bad += osw_check_inputs(store);
    bad += osw_check_countries(ctl, store);
    osw_check_requests(store, &ctl->w.config->keys);
    osw_check_withdrawal(store);
    osw_check_trial(ctl, store);

    return bad + osw_check_words(store);
}


int
osw_ctl_check(osw_ctl_t *ctl, int argc, char **argv)
{
    int         bad;
    size_t      i;
    json_t     *read;
    os_error_t  err;

    (void) argv;

    if (argc != 1) {
        return OSW_CTL_USAGE;
    }

    if (ctl->write && !ctl->live) {
        return osw_ctl_wrong(ctl, "--write is of check --live");
    }

    /*
     * Redis first: the loop stands still while others are waited for, and would
     * take its answer for one that is late. What a node says at its greeting
     * goes to standard error.
     */

    osw_log_level(OSW_WARN);
    (void) osw_ctl_call(ctl, osw_ctl_command(0, "PING", 1), NULL, NULL);

    err.text[0] = '\0';
    bad = osw_ctl_line(1, "configuration, campaigns and sources", "");
    bad += osw_ctl_line(osw_message_check(&ctl->w, &err) == 0,
                          "locales and templates", err.text);
    read = json_object();

    for (i = 0; i < ctl->w.config->nstores; i++) {
        bad += osw_check_store(ctl, &ctl->w.config->store[i], read);
    }

    json_decref(read);
    bad += osw_check_redis(ctl);

    if (!ctl->failed) {
        osw_check_alive(ctl);
    }

    if (ctl->live) {
        bad += osw_check_live(ctl);
    }

    if (ctl->write) {
        bad += osw_check_write(ctl);
    }

    return bad ? OSW_CTL_FINDING : OSW_CTL_OK;
}
