/*
 * osw_config: what the worker and ordersavectl are told: one JSON file, checked
 * against share/worker.schema.json, and the campaigns, sources and secrets
 * that it names. Read once, never changed afterwards.
 */

#ifndef OSW_CONFIG_H
#define OSW_CONFIG_H

#include "core/campaign/os_campaign.h"
#include "core/order/os_source.h"
#include "core/order/os_token.h"
#include "worker/osw_redis.h"


#define OSW_STORES_MAX  64


typedef struct {
    char      *host;            /* NULL: this store sends no mail */
    int        port;
    int        starttls;        /* 0 never, 1 if offered, 2 required */
    int        tls;
    char      *ca_file;
    char      *dkim;            /* the selector that it signs by, or NULL */
    char      *user;
    char      *password;
    unsigned   connections;
    int64_t    timeout_ms;      /* until the final dot */
    int64_t    final_ms;        /* for the answer to it */
    double     per_second;      /* 0: as fast as it goes */
} osw_smtp_conf_t;

typedef struct {
    int        twilio;
    char      *url;             /* NULL: this store sends no SMS */
    char      *account;
    char      *token;
    json_t    *headers;
    json_t    *body;
    int64_t    timeout_ms;
    double     per_second;
} osw_sms_conf_t;

/* The service that follows a store's parcels (docs/sources.md, "follow"). */
typedef struct {
    os_source_t   *source;      /* NULL: there is none */
    const json_t  *how;         /* its `follow`; borrowed */
    char          *base;        /* the address that its calls begin with */
    char          *key;
    int64_t        timeout_ms;
    double         per_second;
} osw_carrier_conf_t;

/* How the store's products are read (docs/sources.md, "catalog"). */
typedef struct {
    const json_t  *how;         /* /catalog/pull; NULL: they are not */
    const json_t  *catalog;     /* of its source; borrowed, like */
    const json_t  *words;
    const json_t  *lists;
    os_str_t       base;
    char          *key;         /* of its own, or NULL */
} osw_pull_conf_t;

typedef struct {
    os_str_t           name;
    os_campaign_t     *campaign;
    size_t             nsources;
    os_source_t      **sources;
    os_source_t       *source;      /* maps what its API answers, or NULL */
    char              *api_secret;  /* user:password or bearer token, or NULL */
    osw_smtp_conf_t    smtp;
    osw_sms_conf_t     sms;
    osw_carrier_conf_t carrier;
    osw_pull_conf_t    pull;
} osw_store_t;

/* How long a channel's jobs may fail before they are dead letters. */
typedef struct {
    const char        *channel;
    int64_t            ms;
} osw_give_up_t;

#define OSW_GIVE_UPS  5

typedef struct {
    json_t            *json;
    char              *path;
    char              *share;       /* os_folders */
    os_space_t         space;
    osw_redis_conf_t   redis;
    os_keys_t          keys;
    size_t             nstores;
    osw_store_t        store[OSW_STORES_MAX];
    json_t            *only_to;     /* patterns, or NULL: everybody */
    osw_give_up_t      give_up[OSW_GIVE_UPS];
    int64_t            facts_keep;  /* s; 0: none are written */
    int64_t            facts_most;  /* of all shards */
    int64_t            first_ms;    /* before the second try */
    int64_t            most_ms;     /* between any two */
    char              *status_host;
    int                status_port; /* 0: none */
} osw_config_t;


/* NULL with err: file, line, column and what was expected. */
osw_config_t *osw_config_load(const char *path, os_error_t *err);
void osw_config_free(osw_config_t *config);

/*
 * A file that the file `base` names: as it is when it begins with "/", else
 * beside `base`. The caller frees it; NULL without memory.
 */
char *osw_config_path(const char *base, os_str_t name);

/*
 * Where the worker tells how it is, instead of what the file says: "HOST:PORT"
 * or "off". -1: it is neither.
 */
int osw_config_status(osw_config_t *config, const char *address);

/* The ms after its first failure when a channel's job is given up. */
int64_t osw_config_give_up(const osw_config_t *config, const char *channel);

osw_store_t *osw_config_store(osw_config_t *config, os_str_t name);

/* The store's source of that name, or NULL. */
os_source_t *osw_config_source(const osw_store_t *store, os_str_t name);

/* Whose days figures are of: console.timezone, or OS_NULL: that offset, s. */
os_str_t osw_config_zone(const osw_config_t *config);
int64_t osw_config_offset(const osw_config_t *config);

/* May this address or number be sent to? */
int osw_config_may_send(const osw_config_t *config, os_str_t to);

#endif /* OSW_CONFIG_H */
