/*
 * os_pack: what the law of a country asks of a shop: countries/XX.json of the
 * campaign's folders, which may say only how it differs from another
 * ("inherits"), and over both what the campaign itself says of that country.
 * docs/countries.md names the rules.
 */

#ifndef OS_PACK_H
#define OS_PACK_H

#include "core/base/os_str.h"
#include "core/base/os_json.h"


#define OS_PACK_OLD  (365 * 86400)      /* s: then a pack is to be looked at */

typedef enum {
    OS_MAY_ASK = 0,             /* only with the buyer's own yes */
    OS_MAY_CUSTOMER,            /* whoever has bought, until they object */
    OS_MAY_ALL                  /* until they object */
} os_may_t;


/*
 * All packs of the folders (os_folders), by country: new. `own` is what the
 * campaign says of countries, or NULL. NULL with err, which names file, line
 * and column; if it is the campaign that is wrong, `where` gets the pointer to
 * that place, and err what was expected there.
 */
json_t *os_packs_load(const char *folders, const json_t *own, os_buf_t *where,
    os_error_t *err);

/* 0 when all of them are sound, ours too; -1 with err, as above. */
int os_packs_check(const char *folders, os_error_t *err);

/* The pack of a country, borrowed, or NULL: there is none. */
json_t *os_pack_of(const json_t *packs, os_str_t country);

/* A rule of a country by its name, borrowed, or NULL. */
json_t *os_pack_rule(const json_t *packs, os_str_t country, const char *rule);

/*
 * Whom a rule with "consent" lets be written to. Where no pack, or no rule,
 * speaks of it: only who has said yes.
 */
os_may_t os_pack_may(const json_t *packs, os_str_t country, const char *rule);

/* When a pack was last looked at, in epoch seconds; 0: it does not say. */
int64_t os_pack_date(const json_t *pack);

#endif /* OS_PACK_H */
