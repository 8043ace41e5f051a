/*
 * os_pack: see os_pack.h.
 */

#include <string.h>

#include "core/base/os_folders.h"
#include "core/base/os_time.h"
#include "core/campaign/os_pack.h"


#define OS_PACK_DEPTH  4        /* "inherits" of "inherits" */


typedef struct {
    const char    *folders;
    json_t        *schema;
    os_error_t    *err;
} os_packs_t;


/* By the schema; a fault is told with its place. NULL with err. */
static json_t *
os_pack_read(const os_packs_t *p, const char *country)
{
    json_t      *pack = NULL;
    os_buf_t     name = { 0 }, path = { 0 }, text = { 0 }, where = { 0 };
    os_error_t   why;

    os_buf_printf(&name, "countries/%s.json", country);
    (void) os_folders_find(p->folders, &path, name.data);

    if (os_file_read(path.data, &text, p->err) == 0) {
        pack = os_json_parse(os_buf_view(&text), path.data, p->err);
    }

    if (pack && os_json_check(pack, p->schema, &where, &why) != 0) {
        (void) os_json_fault(path.data, os_buf_view(&text),
                             os_buf_view(&where), why.text, p->err);
        json_decref(pack);
        pack = NULL;
    }

    if (pack && !os_str_equal(os_json_str(pack, "country"), os_str(country)))
    {
        (void) os_json_fault(path.data, os_buf_view(&text),
                             OS_STR("/country"), "expected the file's name",
                             p->err);
        json_decref(pack);
        pack = NULL;
    }

    os_buf_free(&name);
    os_buf_free(&path);
    os_buf_free(&text);
    os_buf_free(&where);

    return pack;
}


/* A pack with all that it inherits: new. */
static json_t *
os_pack_whole(const os_packs_t *p, const char *country, int depth)
{
    json_t      *pack, *base, *rules;
    const char  *inherits;

    pack = os_pack_read(p, country);
    inherits = json_string_value(json_object_get(pack, "inherits"));

    if (inherits == NULL) {
        return pack;
    }

    if (depth == OS_PACK_DEPTH) {
        (void) os_fail(p->err, "countries/%s.json: inherits in a circle, or "
                       "too deep", country);
        json_decref(pack);
        return NULL;
    }

    base = os_pack_whole(p, inherits, depth + 1);

    if (base == NULL) {
        json_decref(pack);
        return NULL;
    }

    rules = json_copy(json_object_get(base, "rules"));
    (void) json_object_update(rules, json_object_get(pack, "rules"));
    (void) json_object_set_new(pack, "rules", rules);
    json_decref(base);

    return pack;
}


/* The schema of a pack's rules alone: new. */
static json_t *
os_packs_rules(const json_t *schema)
{
    return json_pack("{s:s, s:O}", "$ref", "#/$defs/rules", "$defs",
                     json_object_get(schema, "$defs"));
}


/* What the campaign says of a country goes before its pack, word by word. */
static int
os_packs_own(const os_packs_t *p, json_t *packs, const json_t *own,
    os_buf_t *where)
{
    int          rc = 0;
    json_t      *mine, *rule, *rules, *pack, *merged, *schema;
    const char  *country, *name;

    schema = os_packs_rules(p->schema);

    json_object_foreach((json_t *) own, country, mine) {
        pack = json_object_get(packs, country);

        if (pack == NULL) {
            pack = json_pack("{s:s, s:{}}", "country", country, "rules");
            (void) json_object_set_new(packs, country, pack);
        }

        rules = json_object_get(pack, "rules");

        json_object_foreach(mine, name, rule) {
            merged = json_copy(json_object_get(rules, name));
            merged = json_is_object(merged) ? merged : json_object();
            (void) json_object_update(merged, rule);
            (void) json_object_set_new(rules, name, merged);
        }

        if (rc == 0 && p->schema) {
            os_json_pointer_add(where, "countries");
            os_json_pointer_add(where, country);
            rc = os_json_check(rules, schema, where, p->err);
            where->len = rc ? where->len : 0;
        }
    }

    json_decref(schema);
    return rc;
}


json_t *
os_packs_load(const char *folders, const json_t *own, os_buf_t *where,
    os_error_t *err)
{
    json_t      *names, *yes, *pack, *packs = json_object();
    os_buf_t     path = { 0 };
    os_packs_t   p = { .folders = folders, .err = err };
    const char  *country;

    names = os_folders_list(folders, "countries", ".json", err);

    if (names == NULL) {
        names = json_object();          /* a shop that knows its law itself */

    } else {
        (void) os_folders_find(folders, &path, "country.schema.json");
        p.schema = os_json_file(path.data, err);
    }

    json_object_foreach(names, country, yes) {
        pack = p.schema ? os_pack_whole(&p, country, 0) : NULL;

        if (pack == NULL) {
            json_decref(packs);
            packs = NULL;
            break;
        }

        (void) json_object_set_new(packs, country, pack);
    }

    if (packs && os_packs_own(&p, packs, own, where) != 0) {
        json_decref(packs);
        packs = NULL;
    }

    json_decref(names);
    json_decref(p.schema);
    os_buf_free(&path);

    return packs;
}


json_t *
os_pack_of(const json_t *packs, os_str_t country)
{
    return country.len ? json_object_getn(packs, country.data, country.len)
                       : NULL;
}


json_t *
os_pack_rule(const json_t *packs, os_str_t country, const char *rule)
{
    return json_object_get(json_object_get(os_pack_of(packs, country),
                                           "rules"), rule);
}


os_may_t
os_pack_may(const json_t *packs, os_str_t country, const char *rule)
{
    os_str_t  consent;

    consent = os_json_str(os_pack_rule(packs, country, rule), "consent");

    return os_str_equal(consent, OS_STR("soft")) ? OS_MAY_CUSTOMER
           : os_str_equal(consent, OS_STR("none")) ? OS_MAY_ALL : OS_MAY_ASK;
}


int64_t
os_pack_date(const json_t *pack)
{
    int       year, month, day;
    os_str_t  text = os_json_str(pack, "as_of");

    return text.len == 10
           && sscanf(text.data, "%4d-%2d-%2d", &year, &month, &day) == 3
           ? os_days_from_civil(year, month, day) * 86400 : 0;
}
