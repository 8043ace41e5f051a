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
    json_t        *schema;      /* read when something is to be checked */
    os_error_t    *err;
    unsigned       all:1;       /* ours are checked as well */
} os_packs_t;


/* 0, or -1 with err: there is no schema. */
static int
os_packs_schema(os_packs_t *p)
{
    os_buf_t  path = { 0 };

    if (p->schema == NULL) {
        (void) os_folders_find(p->folders, &path, "country.schema.json");
        p->schema = os_json_file(path.data, p->err);
        os_buf_free(&path);
    }

    return p->schema ? 0 : -1;
}


/*
 * Is the file one of ours? They are checked with every release (and by
 * os_packs_check()), and there are many of them.
 */
static int
os_pack_is_ours(const os_packs_t *p, const char *path)
{
    const char  *last = strrchr(p->folders, ':');

    last = last ? last + 1 : p->folders;

    return strncmp(path, last, strlen(last)) == 0 && path[strlen(last)] == '/';
}


/* By the schema, and under its own name; a fault is told with its place. */
static int
os_pack_sound(os_packs_t *p, const char *path, os_str_t text,
    const json_t *pack, const char *country)
{
    int         rc = 0;
    os_buf_t    where = { 0 };
    os_error_t  why;

    if (p->all || !os_pack_is_ours(p, path)) {
        rc = os_packs_schema(p);

        if (rc == 0 && os_json_check(pack, p->schema, &where, &why) != 0) {
            rc = os_json_fault(path, text, os_buf_view(&where), why.text,
                               p->err);
        }
    }

    if (rc == 0
        && !os_str_equal(os_json_str(pack, "country"), os_str(country)))
    {
        rc = os_json_fault(path, text, OS_STR("/country"),
                           "expected the file's name", p->err);
    }

    os_buf_free(&where);

    return rc;
}


/* One file: new, or NULL with err. */
static json_t *
os_pack_read(os_packs_t *p, const char *country)
{
    json_t    *pack = NULL;
    os_buf_t   name = { 0 }, path = { 0 }, text = { 0 };

    os_buf_printf(&name, "countries/%s.json", country);
    (void) os_folders_find(p->folders, &path, name.data);

    if (os_file_read(path.data, &text, p->err) == 0) {
        pack = os_json_parse(os_buf_view(&text), path.data, p->err);
    }

    if (pack && os_pack_sound(p, path.data, os_buf_view(&text), pack, country)
                != 0)
    {
        json_decref(pack);
        pack = NULL;
    }

    os_buf_free(&name);
    os_buf_free(&path);
    os_buf_free(&text);

    return pack;
}


/* A pack gets the rules that it inherits and does not name itself. */
static int
os_pack_inherit(const os_packs_t *p, json_t *packs, const char *country,
    int depth)
{
    json_t      *pack = json_object_get(packs, country), *base, *rules;
    const char  *inherits;

    inherits = json_string_value(json_object_get(pack, "inherits"));

    if (inherits == NULL) {
        return 0;
    }

    base = json_object_get(packs, inherits);

    if (base == NULL || depth == OS_PACK_DEPTH) {
        return os_fail(p->err, "countries/%s.json: inherits %s", country,
                       base ? "in a circle, or too deep"
                            : "of a country that has no file");
    }

    if (os_pack_inherit(p, packs, inherits, depth + 1) != 0) {
        return -1;
    }

    rules = json_copy(json_object_get(base, "rules"));
    (void) json_object_update(rules, json_object_get(pack, "rules"));
    (void) json_object_set_new(pack, "rules", rules);
    (void) json_object_del(pack, "inherits");

    return 0;
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
os_packs_own(os_packs_t *p, json_t *packs, const json_t *own,
    os_buf_t *where)
{
    int          rc = 0;
    json_t      *mine, *rule, *rules, *pack, *merged, *schema;
    const char  *country, *name;

    if (own == NULL) {
        return 0;
    }

    if (os_packs_schema(p) != 0) {
        return -1;
    }

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

        if (rc == 0) {
            os_json_pointer_add(where, "countries");
            os_json_pointer_add(where, country);
            rc = os_json_check(rules, schema, where, p->err);
            where->len = rc ? where->len : 0;
        }
    }

    json_decref(schema);
    return rc;
}


/* All files, each with what it inherits: new, or NULL with err. */
static json_t *
os_packs_read(os_packs_t *p)
{
    int          rc = 0;
    json_t      *names, *yes, *pack, *packs = json_object();
    os_error_t   none;
    const char  *country;

    /* a shop without that folder knows its law itself */

    names = os_folders_list(p->folders, "countries", ".json", &none);

    json_object_foreach(names, country, yes) {
        pack = rc == 0 ? os_pack_read(p, country) : NULL;
        rc = pack ? json_object_set_new(packs, country, pack) : -1;
    }

    json_object_foreach(names, country, yes) {
        rc = rc == 0 ? os_pack_inherit(p, packs, country, 0) : rc;
    }

    json_decref(names);

    if (rc != 0) {
        json_decref(packs);
        return NULL;
    }

    return packs;
}


json_t *
os_packs_load(const char *folders, const json_t *own, os_buf_t *where,
    os_error_t *err)
{
    json_t      *packs;
    os_packs_t   p = { .folders = folders, .err = err };

    packs = os_packs_read(&p);

    if (packs && os_packs_own(&p, packs, own, where) != 0) {
        json_decref(packs);
        packs = NULL;
    }

    json_decref(p.schema);

    return packs;
}


int
os_packs_check(const char *folders, os_error_t *err)
{
    int          rc;
    json_t      *packs;
    os_packs_t   p = { .folders = folders, .err = err, .all = 1 };

    packs = os_packs_read(&p);
    rc = packs ? 0 : -1;
    json_decref(packs);
    json_decref(p.schema);

    return rc;
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
