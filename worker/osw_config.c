/*
 * osw_config: reads and checks the worker's configuration. See osw_config.h.
 */

#define _GNU_SOURCE

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_folders.h"
#include "core/base/os_time.h"
#include "core/campaign/os_action.h"
#include "core/order/os_follow.h"
#include "worker/osw_config.h"
#include "worker/osw_zone.h"


#define OSW_REDIS_TIMEOUT_MS  2000
#define OSW_REDIS_WAIT_MS     500
#define OSW_SMTP_TIMEOUT_MS   30000
#define OSW_SMTP_FINAL_MS     600000    /* RFC 5321, 4.5.3.2.6 */
#define OSW_SMS_TIMEOUT_MS    10000
#define OSW_CARRIER_MS        15000     /* they ask others in turn */


/* "file:line:column: pointer: what", of ours or of a campaign. */
static int
osw_config_fault_in(const char *path, os_str_t pointer, const char *what,
    os_error_t *err)
{
    os_buf_t  text;

    text = (os_buf_t) { 0 };
    (void) os_file_read(path, &text, NULL);
    (void) os_json_fault(path, os_buf_view(&text), pointer, what, err);
    os_buf_free(&text);

    return -1;
}


static int
osw_config_fault(const osw_config_t *c, os_str_t pointer, const char *what,
    os_error_t *err)
{
    return osw_config_fault_in(c->path, pointer, what, err);
}


static char *
osw_config_copy(const json_t *object, const char *key, const char *other)
{
    os_str_t  text;

    text = os_json_str(object, key);

    if (text.len == 0) {
        return other ? strdup(other) : NULL;
    }

    return strndup(text.data, text.len);
}


char *
osw_config_path(const char *base, os_str_t name)
{
    size_t       dir;
    char        *path;
    const char  *slash;

    slash = strrchr(base, '/');
    dir = slash && name.len && name.data[0] != '/' ? (size_t) (slash + 1 - base)
                                                   : 0;
    path = malloc(dir + name.len + 1);

    if (path != NULL) {
        memcpy(path, base, dir);

        if (name.len) {
            memcpy(path + dir, name.data, name.len);
        }

        path[dir + name.len] = '\0';
    }

    return path;
}


static int64_t
osw_config_ms(const json_t *object, const char *key, int64_t other_ms)
{
    int64_t  seconds;

    return os_duration_parse(os_json_str(object, key), &seconds) == 0
           ? seconds * 1000 : other_ms;
}


/*
 * The first line of the file that `object` of the file `base` names; `where` is
 * that object's pointer. -1 with err, 0 with NULL when none is named.
 */
static int
osw_config_secret(const char *base, const char *where, const json_t *object,
    const char *key, char **out, os_error_t *err)
{
    size_t      len;
    char       *file;
    os_buf_t    text, pointer;
    os_error_t  what;

    *out = NULL;

    if (os_json_str(object, key).len == 0) {
        return 0;
    }

    text = (os_buf_t) { 0 };
    file = osw_config_path(base, os_json_str(object, key));

    if (file == NULL || os_file_read(file, &text, &what) != 0) {
        pointer = (os_buf_t) { 0 };
        os_buf_text(&pointer, where);
        os_json_pointer_add(&pointer, key);
        (void) osw_config_fault_in(base, os_buf_view(&pointer),
                                   file ? what.text : "no memory", err);
        os_buf_free(&pointer);
        free(file);
        return -1;
    }

    free(file);
    len = strcspn(text.data ? text.data : "", "\r\n");
    *out = strndup(text.data ? text.data : "", len);
    os_buf_free(&text);

    return *out ? 0 : os_fail(err, "no memory");
}


/* Each folder of "share" is one of its own, beside the file. */
static char *
osw_config_share(const osw_config_t *c)
{
    char      *one;
    os_buf_t   all = { 0 };
    os_str_t   folder, rest = os_json_str(c->json, "share");

    if (rest.len == 0) {
        return strdup(OS_FOLDERS_PATH);
    }

    while (os_folders_next(&rest, &folder) == 0) {
        one = osw_config_path(c->path, folder);
        os_buf_text(&all, all.len ? ":" : "");
        os_buf_text(&all, one ? one : "");
        free(one);
    }

    return all.failed ? NULL : all.data;
}


static int
osw_config_check(osw_config_t *c, os_error_t *err)
{
    json_t      *schema;
    os_buf_t     where = { 0 }, path = { 0 };
    os_error_t   what;

    c->share = osw_config_share(c);

    if (c->share == NULL) {
        return os_fail(err, "no memory");
    }

    (void) os_folders_find(c->share, &path, "worker.schema.json");
    schema = os_json_file(path.data, &what);
    os_buf_free(&path);

    if (schema == NULL) {
        return osw_config_fault(c, OS_STR("/share"), what.text, err);
    }

    if (os_json_check(c->json, schema, &where, &what) != 0) {
        (void) osw_config_fault(c, os_buf_view(&where), what.text, err);
        os_buf_free(&where);
        json_decref(schema);
        return -1;
    }

    os_buf_free(&where);
    json_decref(schema);

    return 0;
}


/* HOST, HOST:PORT or [ADDRESS]:PORT, as the next seed. */
static int
osw_config_seed(osw_config_t *c, const char *where, const char *text, int port,
    os_error_t *err)
{
    size_t       n, len;
    const char  *colon;

    n = c->redis.nseeds;
    colon = text[0] == '[' ? strstr(text, "]:") : strrchr(text, ':');
    colon = colon && text[0] == '[' ? colon + 1 : colon;
    len = colon ? (size_t) (colon - text) : strlen(text);

    if (text[0] == '[' && len > 2 && text[len - 1] == ']') {
        text++;
        len -= 2;
    }

    if (len == 0 || len > OS_HOST_MAX || n == OS_SEEDS_MAX
        || (colon && (atoi(colon + 1) < 1 || atoi(colon + 1) > 65535)))
    {
        return osw_config_fault(c, os_str(where), "expected HOST or HOST:PORT",
                                err);
    }

    memcpy(c->redis.seed[n].host, text, len);
    c->redis.seed[n].port = colon ? atoi(colon + 1) : port;
    c->redis.nseeds++;

    return 0;
}


static int
osw_config_seeds(osw_config_t *c, const json_t *redis, const char *name,
    int port, os_error_t *err)
{
    char     where[64];
    size_t   i;
    json_t  *list, *one;

    list = json_object_get(redis, name);

    json_array_foreach(list, i, one) {
        snprintf(where, sizeof(where), "/redis/%s/%zu", name, i);

        if (osw_config_seed(c, where, json_string_value(one), port, err)
            != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* Where to begin: Sentinels, nodes of a Cluster, or the one server. */
static int
osw_config_begin(osw_config_t *c, const json_t *redis, os_error_t *err)
{
    os_str_t  host;

    if ((json_array_size(json_object_get(redis, "sentinels")) > 0)
        != (c->redis.master != NULL))
    {
        return osw_config_fault(c, OS_STR("/redis"),
                                "expected \"sentinels\" and \"master\" "
                                "together", err);
    }

    if (c->redis.master) {
        return osw_config_seeds(c, redis, "sentinels", 26379, err);
    }

    if (json_object_get(redis, "nodes")) {
        c->redis.cluster = json_array_size(json_object_get(redis, "nodes"))
                           > 1;
        return osw_config_seeds(c, redis, "nodes", 6379, err);
    }

    host = os_json_str(redis, "socket");
    host = host.len ? host : os_json_str(redis, "host");
    host = host.len ? host : OS_STR("127.0.0.1");

    if (host.len > OS_HOST_MAX) {
        return osw_config_fault(c, OS_STR("/redis"), "a shorter name expected",
                                err);
    }

    memcpy(c->redis.seed[0].host, host.data, host.len);
    c->redis.seed[0].port = host.data[0] == '/'
                            ? 0 : (int) os_json_int(redis, "port", 6379);
    c->redis.nseeds = 1;

    return 0;
}


static void
osw_config_redis_tls(osw_config_t *c, const json_t *redis)
{
    os_str_t  file;

    file = os_json_str(redis, "ca_file");
    c->redis.tls = os_json_bool(redis, "tls");
    c->redis.server_name = osw_config_copy(redis, "server_name", NULL);
    c->redis.ca_file = file.len ? osw_config_path(c->path, file) : NULL;
}


static int
osw_config_redis(osw_config_t *c, os_error_t *err)
{
    json_t    *redis;
    os_str_t   prefix;

    redis = json_object_get(c->json, "redis");
    prefix = os_json_str(redis, "prefix");

    c->redis.db = (int) os_json_int(redis, "db", 0);
    c->redis.user = osw_config_copy(redis, "user", NULL);
    c->redis.master = osw_config_copy(redis, "master", NULL);

    c->redis.sentinel_user = osw_config_copy(redis, "sentinel_user", NULL);
    osw_config_redis_tls(c, redis);

    if (osw_config_begin(c, redis, err) != 0
        || osw_config_secret(c->path, "/redis", redis,
                             "sentinel_password_file",
                             &c->redis.sentinel_password, err) != 0)
    {
        return -1;
    }

    c->redis.timeout_ms = osw_config_ms(redis, "timeout",
                                        OSW_REDIS_TIMEOUT_MS);
    c->redis.wait_ms = json_is_false(json_object_get(redis, "wait"))
                       ? 0 : OSW_REDIS_WAIT_MS;

    if (os_space_init(&c->space, prefix.len ? prefix : OS_STR(OS_PREFIX),
                      (unsigned) os_json_int(redis, "shards", OS_SHARDS)) != 0)
    {
        return osw_config_fault(c, OS_STR("/redis"),
                                "a prefix without braces and 1 to 256 shards "
                                "expected", err);
    }

    return osw_config_secret(c->path, "/redis", redis, "password_file",
                             &c->redis.password, err);
}


/* All that the store may name: those beside its campaign go before. */
static int
osw_config_sources(osw_store_t *store, os_error_t *err)
{
    const char   *name, *folders = store->campaign->folders;
    json_t       *names, *yes;
    os_buf_t      file = { 0 }, path = { 0 };
    os_source_t  *source;

    names = os_folders_list(folders, "sources", ".json", err);
    store->sources = calloc(json_object_size(names) + 1,
                            sizeof(os_source_t *));

    if (names == NULL || store->sources == NULL) {
        json_decref(names);
        return names ? os_fail(err, "no memory") : -1;
    }

    json_object_foreach(names, name, yes) {
        file.len = path.len = 0;
        os_buf_printf(&file, "sources/%s.json", name);
        (void) os_folders_find(folders, &path, file.data);
        source = os_source_load(path.data, err);

        if (source == NULL) {
            break;
        }

        store->sources[store->nsources++] = source;
    }

    yes = store->nsources == json_object_size(names) ? json_true() : NULL;
    json_decref(names);
    os_buf_free(&file);
    os_buf_free(&path);

    return yes ? 0 : -1;
}


static int
osw_config_smtp(const osw_config_t *c, const char *where, const json_t *json,
    osw_smtp_conf_t *smtp, os_error_t *err)
{
    os_str_t  starttls;

    if (json == NULL) {
        return 0;
    }

    starttls = os_json_str(json, "starttls");

    smtp->host = osw_config_copy(json, "host", NULL);
    smtp->port = (int) os_json_int(json, "port", 25);
    smtp->starttls = starttls.len == 0
                     ? (os_json_str(json, "user").len ? 2
                        : os_host_is_loopback(os_json_str(json, "host"))
                          ? 0 : 2)
                     : os_str_equal(starttls, OS_STR("never")) ? 0
                     : os_str_equal(starttls, OS_STR("required")) ? 2 : 1;
    smtp->tls = os_json_bool(json, "tls");

    if (os_json_str(json, "ca_file").len) {
        smtp->ca_file = osw_config_path(c->path, os_json_str(json, "ca_file"));
    }

    smtp->dkim = osw_config_copy(json, "dkim", NULL);
    smtp->user = osw_config_copy(json, "user", NULL);
    smtp->connections = (unsigned) os_json_int(json, "connections", 8);
    smtp->timeout_ms = osw_config_ms(json, "timeout", OSW_SMTP_TIMEOUT_MS);
    smtp->final_ms = osw_config_ms(json, "final_timeout", OSW_SMTP_FINAL_MS);
    smtp->per_second = json_number_value(json_object_get(json, "per_second"));

    return osw_config_secret(c->path, where, json, "password_file",
                             &smtp->password, err);
}


/* What a gateway that is not known by name is sent is templates. */
static int
osw_config_gateway(const osw_config_t *c, const char *where,
    const json_t *json, os_error_t *err)
{
    int         rc;
    os_buf_t    at;
    os_error_t  what;

    static const char *const  names[] = { "to", "from", "text", "id",
                                          "account", NULL };

    at = (os_buf_t) { 0 };
    os_buf_text(&at, where);
    rc = os_action_check(json, names, &at, &what) == 0 ? 0
         : osw_config_fault(c, os_buf_view(&at), what.text, err);
    os_buf_free(&at);

    return rc;
}


static int
osw_config_sms(const osw_config_t *c, const char *where, const json_t *json,
    osw_sms_conf_t *sms, os_error_t *err)
{
    if (json == NULL) {
        return 0;
    }

    sms->twilio = os_str_equal(os_json_str(json, "kind"), OS_STR("twilio"));
    sms->url = osw_config_copy(json, "url", NULL);
    sms->account = osw_config_copy(json, "account", NULL);
    sms->headers = json_object_get(json, "headers");
    sms->body = json_object_get(json, "body");
    sms->timeout_ms = osw_config_ms(json, "timeout", OSW_SMS_TIMEOUT_MS);
    sms->per_second = json_number_value(json_object_get(json, "per_second"));

    if (!sms->twilio && osw_config_gateway(c, where, json, err) != 0) {
        return -1;
    }

    if (osw_config_secret(c->path, where, json, "token_file", &sms->token, err)
        != 0)
    {
        return -1;
    }

    if (sms->token && !os_url_keeps_secrets(os_json_str(json, "url"))) {
        return osw_config_fault(c, os_str(where), "expected https:, as a "
                                "password goes with it", err);
    }

    return 0;
}


static int
osw_config_api(osw_store_t *store, os_error_t *err)
{
    json_t      *api;
    const char  *key;

    api = os_campaign_at(store->campaign, "/api");

    if (api == NULL) {
        return 0;
    }

    store->source = osw_config_source(store, os_json_str(api, "source"));

    if (store->source == NULL) {
        return osw_config_fault_in(store->campaign->path,
                                   OS_STR("/api/source"), "no such source",
                                   err);
    }

    key = os_json_str(api, "basic_file").len ? "basic_file" : "bearer_file";

    return osw_config_secret(store->campaign->path, "/api", api, key,
                             &store->api_secret, err);
}


/*
 * Who follows this store's parcels, as its campaign says; where that says
 * nothing, the one whose key is here.
 */
static int
osw_config_follow(osw_store_t *store, const json_t *all, os_str_t *by,
    os_error_t *err)
{
    void    *one;
    json_t  *track, *follow;

    track = os_campaign_at(store->campaign, "/track");
    follow = json_object_get(track, "follow");
    *by = os_json_str(follow, "by");

    if (by->len || track == NULL || json_object_size(all) == 0) {
        return 0;
    }

    if (json_object_size(all) > 1) {
        return osw_config_fault_in(store->campaign->path, OS_STR("/track"),
                                   "expected \"follow\" with \"by\", as the "
                                   "worker has keys of several carriers", err);
    }

    if (follow == NULL) {
        follow = json_object();
        (void) json_object_set_new(track, "follow", follow);
    }

    one = json_object_iter((json_t *) all);
    os_json_set_str(follow, "by", os_str(json_object_iter_key(one)));
    *by = os_json_str(follow, "by");

    return 0;
}


/* Its key, and where it is: its own address, unless another one is said. */
static int
osw_config_service(const osw_config_t *c, const char *where,
    const json_t *json, osw_carrier_conf_t *carrier, os_error_t *err)
{
    size_t         len;
    const json_t  *rate;

    carrier->base = osw_config_copy(json, "url", json_string_value(
                                        json_object_get(carrier->how,
                                                        "base")));

    if (carrier->base == NULL) {
        return osw_config_fault(c, os_str(where), "expected \"url\": this "
                                "one is at another address for each shop",
                                err);
    }

    len = strlen(carrier->base);

    if (len && carrier->base[len - 1] == '/') {
        carrier->base[len - 1] = '\0';
    }

    if (!os_url_keeps_secrets(os_str(carrier->base))) {
        return osw_config_fault(c, os_str(where), "expected https:, as a key "
                                "goes with it", err);
    }

    if (osw_config_secret(c->path, where, json, "key_file", &carrier->key,
                          err) != 0)
    {
        return -1;
    }

    if (carrier->key == NULL || carrier->key[0] == '\0') {
        return osw_config_fault(c, os_str(where), "expected a key in the "
                                "first line of \"key_file\"", err);
    }

    rate = json_object_get(json, "per_second");
    rate = rate ? rate : json_object_get(carrier->how, "per_second");
    carrier->per_second = json_number_value(rate);
    carrier->timeout_ms = osw_config_ms(json, "timeout", OSW_CARRIER_MS);

    return 0;
}


static int
osw_config_carrier(osw_config_t *c, osw_store_t *store, const json_t *json,
    os_error_t *err)
{
    int            own;
    char           where[128];
    os_str_t       by;
    const json_t  *all, *one;

    own = json_object_get(json, "carriers") != NULL;
    all = json_object_get(own ? json : c->json, "carriers");

    if (osw_config_follow(store, all, &by, err) != 0) {
        return -1;
    }

    if (by.len == 0 || os_str_equal(by, OS_STR("none"))) {
        return 0;
    }

    one = json_object_getn(all, by.data, by.len);

    if (one == NULL) {
        return osw_config_fault_in(store->campaign->path,
                                   OS_STR("/track/follow/by"), "expected one "
                                   "of the worker's \"carriers\", or none",
                                   err);
    }

    snprintf(where, sizeof(where), "%s%.*s/carriers/%.*s",
             own ? "/stores/" : "", own ? (int) store->name.len : 0,
             store->name.data, (int) by.len, by.data);
    store->carrier.source = osw_config_source(store, by);
    store->carrier.how = store->carrier.source
                         ? json_object_get(store->carrier.source->json,
                                           "follow")
                         : NULL;

    if (store->carrier.how == NULL) {
        return osw_config_fault(c, os_str(where), store->carrier.source
                                ? "its source has no \"follow\""
                                : "no such source", err);
    }

    if (os_json_bool(store->carrier.how, "needs_code")
        && os_campaign_at(store->campaign, "/track/follow/codes") == NULL)
    {
        return osw_config_fault_in(store->campaign->path,
                                   OS_STR("/track/follow"), "expected "
                                   "\"codes\": this service has to be told "
                                   "whose parcel it is", err);
    }

    return osw_config_service(c, where, one, &store->carrier, err);
}


/* Where the products are asked for, and what opens the door. */
static int
osw_config_pull_way(osw_store_t *store, const json_t *pull, os_error_t *err)
{
    os_str_t     base;
    const char  *file = store->campaign->path;

    base = os_json_str(pull, "base");
    store->pull.base = base.len ? base
                       : os_json_str(os_campaign_at(store->campaign, "/api"),
                                     "base");

    if (store->pull.base.len == 0) {
        return osw_config_fault_in(file, OS_STR("/catalog/pull"), "expected "
                                   "\"base\", or \"api\" with one", err);
    }

    if (osw_config_secret(file, "/catalog/pull/key",
                          json_object_get(pull, "key"), "file",
                          &store->pull.key, err) != 0)
    {
        return -1;
    }

    return store->pull.key && !os_url_keeps_secrets(store->pull.base)
           ? osw_config_fault_in(file, OS_STR("/catalog/pull/base"),
                                 "expected https:, as a key goes with it",
                                 err)
           : 0;
}


/* The catalog that is read from the store's API: its source says how. */
static int
osw_config_pull(osw_store_t *store, os_error_t *err)
{
    os_str_t            name;
    const char         *file = store->campaign->path;
    const json_t       *pull;
    const os_source_t  *source;

    pull = os_campaign_at(store->campaign, "/catalog/pull");

    if (pull == NULL) {
        return 0;
    }

    name = os_json_str(pull, "source");
    name = name.len ? name
           : os_json_str(os_campaign_at(store->campaign, "/api"), "source");
    source = name.len ? osw_config_source(store, name) : NULL;

    if (source == NULL) {
        return osw_config_fault_in(file, OS_STR("/catalog/pull"), name.len
                                   ? "no such source" : "expected "
                                   "\"source\", or \"api\" with one", err);
    }

    store->pull.catalog = json_object_get(source->json, "catalog");
    store->pull.lists = json_object_get(store->pull.catalog, "lists");
    store->pull.words = json_object_get(source->json, "words");

    if (store->pull.catalog == NULL) {
        return osw_config_fault_in(file, OS_STR("/catalog/pull"),
                                   "expected a source with \"catalog\": this "
                                   "one does not say how products are read",
                                   err);
    }

    store->pull.how = pull;

    return osw_config_pull_way(store, pull, err);
}


/* The store's own mail server and SMS, else those of all. */
static int
osw_config_ways(osw_config_t *c, osw_store_t *store, const json_t *json,
    os_error_t *err)
{
    int            rc;
    char           where[64], own[64];
    const json_t  *smtp, *sms;

    smtp = json_object_get(json, "smtp");
    sms = json_object_get(json, "sms");
    snprintf(where, sizeof(where), "/stores/%.*s/smtp",
             (int) store->name.len, store->name.data);
    snprintf(own, sizeof(own), "/stores/%.*s/sms", (int) store->name.len,
             store->name.data);

    rc = smtp ? osw_config_smtp(c, where, smtp, &store->smtp, err)
              : osw_config_smtp(c, "/smtp", json_object_get(c->json, "smtp"),
                                &store->smtp, err);

    if (rc != 0) {
        return -1;
    }

    return sms ? osw_config_sms(c, own, sms, &store->sms, err)
               : osw_config_sms(c, "/sms", json_object_get(c->json, "sms"),
                                &store->sms, err);
}


/* The campaign's own faults are in its file, that there is none is in ours. */
static int
osw_config_campaign(osw_config_t *c, osw_store_t *store, const json_t *json,
    os_error_t *err)
{
    int          rc;
    char         where[64];
    char        *path;
    os_buf_t     text;
    os_error_t   what;

    text = (os_buf_t) { 0 };
    path = osw_config_path(c->path, os_json_str(json, "campaign"));
    what = (os_error_t) { "no memory" };

    if (path == NULL || os_file_read(path, &text, &what) != 0) {
        snprintf(where, sizeof(where), "/stores/%.*s/campaign",
                 (int) store->name.len, store->name.data);
        rc = osw_config_fault(c, os_str(where), what.text, err);

    } else {
        store->campaign = os_campaign_load(path, c->share, err);
        rc = store->campaign ? osw_config_sources(store, err) : -1;
    }

    os_buf_free(&text);
    free(path);

    return rc;
}


static int
osw_config_one_store(osw_config_t *c, const char *name, const json_t *json,
    os_error_t *err)
{
    os_buf_t      what;
    osw_store_t  *store;

    if (c->nstores == OSW_STORES_MAX) {
        return osw_config_fault(c, OS_STR("/stores"),
                                "expected at most 64 stores", err);
    }

    store = &c->store[c->nstores++];
    store->name = os_str(name);

    if (osw_config_campaign(c, store, json, err) != 0) {
        return -1;
    }

    if (!os_str_equal(store->campaign->store, store->name)) {
        what = (os_buf_t) { 0 };
        os_buf_printf(&what, "\"%s\" expected, as %s names it", name,
                      c->path);
        (void) osw_config_fault_in(store->campaign->path, OS_STR("/store"),
                                   what.data, err);
        os_buf_free(&what);
        return -1;
    }

    return osw_config_ways(c, store, json, err) == 0
           && osw_config_api(store, err) == 0
           && osw_config_pull(store, err) == 0
           ? osw_config_carrier(c, store, json, err) : -1;
}


/* RFC 5321, 4.5.4.1: a mail is given up after four or five days. */
static const osw_give_up_t  osw_give_up[OSW_GIVE_UPS] = {
    { "smtp",    4 * 86400000LL },
    { "sms",         21600000LL },      /* nobody wants yesterday's SMS */
    { "store",   2 * 86400000LL },
    { "webhook", 3 * 86400000LL },
    { "carrier", 3 * 86400000LL },
};


static void
osw_config_facts(osw_config_t *c)
{
    json_t  *facts = json_object_get(c->json, "facts");

    c->facts_keep = json_is_false(facts) ? 0
                    : osw_config_ms(facts, "keep", 14 * 86400000LL) / 1000;
    c->facts_most = os_json_int(facts, "most", 1000000);
}


int
osw_config_status(osw_config_t *c, const char *address)
{
    char        *host;
    const char  *colon = strrchr(address, ':');
    int          port = colon ? atoi(colon + 1) : 0;

    if (strcmp(address, "off") != 0 && (port < 1 || port > 65535)) {
        return -1;
    }

    host = port ? strndup(address, (size_t) (colon - address)) : NULL;
    free(c->status_host);
    c->status_host = host;
    c->status_port = port;

    return port && host == NULL ? -1 : 0;
}


static void
osw_config_rest(osw_config_t *c)
{
    char     *status;
    size_t    i;
    json_t   *retry, *give_up;

    osw_config_facts(c);
    retry = json_object_get(c->json, "retry");
    c->first_ms = osw_config_ms(retry, "first", 2000);
    c->most_ms = osw_config_ms(retry, "most", 1800000);
    give_up = json_object_get(retry, "give_up");

    for (i = 0; i < OSW_GIVE_UPS; i++) {
        c->give_up[i].channel = osw_give_up[i].channel;
        c->give_up[i].ms = osw_config_ms(give_up, osw_give_up[i].channel,
                                         osw_give_up[i].ms);
    }

    c->only_to = json_object_get(c->json, "deliver_only_to");

    status = osw_config_copy(c->json, "status", NULL);

    if (status) {
        (void) osw_config_status(c, status);
    }

    free(status);
}


static int
osw_config_days(const osw_config_t *c, os_error_t *err)
{
    int64_t   offset, from, until;
    os_str_t  zone = osw_config_zone(c);

    return zone.len && osw_zone_at(zone, 0, &offset, &from, &until) != 0
           ? osw_config_fault(c, OS_STR("/console/timezone"),
                              "expected the name of a time zone, as "
                              "Europe/Berlin", err)
           : 0;
}


static int
osw_config_read(osw_config_t *c, os_error_t *err)
{
    char        *keys;
    json_t      *json;
    os_error_t   what;
    const char  *name;

    c->json = os_json_file(c->path, err);

    if (c->json == NULL || osw_config_check(c, err) != 0
        || osw_config_redis(c, err) != 0)
    {
        return -1;
    }

    keys = osw_config_path(c->path, os_json_str(c->json, "key_file"));
    what = (os_error_t) { "no memory" };

    if (keys == NULL || os_keys_load(&c->keys, keys, &what) != 0) {
        free(keys);
        return osw_config_fault(c, OS_STR("/key_file"), what.text, err);
    }

    free(keys);

    json_object_foreach(json_object_get(c->json, "stores"), name, json) {
        if (osw_config_one_store(c, name, json, err) != 0) {
            return -1;
        }
    }

    osw_config_rest(c);

    return osw_config_days(c, err);
}


osw_config_t *
osw_config_load(const char *path, os_error_t *err)
{
    osw_config_t  *c;

    c = calloc(1, sizeof(osw_config_t));

    if (c == NULL || (c->path = strdup(path)) == NULL) {
        free(c);
        (void) os_fail(err, "no memory");
        return NULL;
    }

    if (osw_config_read(c, err) != 0) {
        osw_config_free(c);
        return NULL;
    }

    return c;
}


static void
osw_config_free_store(osw_store_t *store)
{
    os_campaign_free(store->campaign);
    free(store->api_secret);
    free(store->smtp.host);
    free(store->smtp.ca_file);
    free(store->smtp.dkim);
    free(store->smtp.user);
    free(store->smtp.password);
    free(store->sms.url);
    free(store->sms.account);
    free(store->sms.token);
    free(store->carrier.base);
    free(store->carrier.key);
    free(store->pull.key);

    for (size_t i = 0; i < store->nsources; i++) {
        os_source_free(store->sources[i]);
    }

    free(store->sources);
}


void
osw_config_free(osw_config_t *c)
{
    size_t  i;

    for (i = 0; i < c->nstores; i++) {
        osw_config_free_store(&c->store[i]);
    }

    os_keys_free(&c->keys);
    json_decref(c->json);
    free(c->redis.sentinel_user);
    free(c->redis.sentinel_password);
    free(c->redis.ca_file);
    free(c->redis.server_name);
    free(c->redis.master);
    free(c->redis.user);
    free(c->redis.password);
    free(c->status_host);
    free(c->share);
    free(c->path);
    free(c);
}


osw_store_t *
osw_config_store(osw_config_t *c, os_str_t name)
{
    size_t  i;

    for (i = 0; i < c->nstores; i++) {
        if (os_str_equal(c->store[i].name, name)) {
            return &c->store[i];
        }
    }

    return NULL;
}


os_source_t *
osw_config_source(const osw_store_t *store, os_str_t name)
{
    size_t    i, skip;
    os_str_t  path, file;

    for (i = 0; i < store->nsources; i++) {
        path = os_str(store->sources[i]->path);

        if (path.len < name.len + 6) {
            continue;
        }

        skip = path.len - 5 - name.len;
        file = (os_str_t) { name.len, path.data + skip };

        if (path.data[skip - 1] == '/' && os_str_equal(file, name)) {
            return store->sources[i];
        }
    }

    return NULL;
}


os_str_t
osw_config_zone(const osw_config_t *c)
{
    return os_json_str(json_object_get(c->json, "console"), "timezone");
}


int64_t
osw_config_offset(const osw_config_t *c)
{
    return c->nstores ? os_campaign_offset(c->store[0].campaign) : 0;
}


int
osw_config_may_send(const osw_config_t *c, os_str_t to)
{
    int      may;
    char    *text;
    size_t   i;
    json_t  *pattern;

    if (c->only_to == NULL) {
        return 1;
    }

    may = 0;
    text = strndup(to.data ? to.data : "", to.len);

    json_array_foreach(c->only_to, i, pattern) {
        if (text && fnmatch(json_string_value(pattern), text, FNM_CASEFOLD)
                    == 0)
        {
            may = 1;
        }
    }

    free(text);

    return may;
}


int64_t
osw_config_give_up(const osw_config_t *config, const char *channel)
{
    size_t  i;

    for (i = 0; i < OSW_GIVE_UPS; i++) {
        if (strcmp(config->give_up[i].channel, channel) == 0) {
            return config->give_up[i].ms;
        }
    }

    return osw_give_up[0].ms;
}
