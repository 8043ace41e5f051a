/*
 * os_map_check: see os_map_check.h.
 */

#include "core/base/os_time.h"
#include "core/order/os_map_check.h"


typedef struct {
    const json_t  *words;
    os_buf_t      *where;
    const char    *expected;
} os_mapped_t;

typedef int (*os_mapped_pt)(os_mapped_t *c, const json_t *value);


static int os_mapped_form(os_mapped_t *c, const json_t *form);


/* One of a list that NULL ends: 0, else -1. */
static int
os_mapped_is(os_mapped_t *c, const json_t *value, const char *const *words,
    const char *expected)
{
    os_str_t  text = os_str(json_string_value(value));

    for ( /* void */ ; *words; words++) {
        if (os_str_equal(text, os_str(*words))) {
            return 0;
        }
    }

    c->expected = expected;
    return -1;
}


static int
os_mapped_any(os_mapped_t *c, const json_t *value)
{
    (void) c;
    (void) value;

    return 0;
}


static int
os_mapped_flag(os_mapped_t *c, const json_t *value)
{
    c->expected = "true or false expected";

    return json_is_boolean(value) ? 0 : -1;
}


static int
os_mapped_text(os_mapped_t *c, const json_t *value)
{
    c->expected = "a text expected";

    return json_is_string(value) ? 0 : -1;
}


/* "", "/a/b", "^/a/b" */
static int
os_mapped_pointer(os_mapped_t *c, const json_t *value)
{
    os_str_t  text = { json_string_length(value), json_string_value(value) };

    c->expected = "a pointer expected, as in \"/a/b\" or \"^/a/b\"";
    (void) os_str_take(&text, '^');

    return json_is_string(value) && (text.len == 0 || text.data[0] == '/')
           ? 0 : -1;
}


static int
os_mapped_as(os_mapped_t *c, const json_t *value)
{
    static const char *const  as[] = {
        "text", "int", "money", "amount", "time", "date", "bool", "phone",
        "numbers", "lower", "locale", NULL
    };

    return os_mapped_is(c, value, as, "one of text, int, money, amount, time, "
                        "date, bool, phone, numbers, lower, locale expected");
}


/* A table, or the name of one of the source's words. */
static int
os_mapped_table(os_mapped_t *c, const json_t *value)
{
    c->expected = "a table, or the name of one of \"words\" expected";

    return json_is_object(json_is_string(value)
                          ? json_object_get(c->words, json_string_value(value))
                          : value)
           ? 0 : -1;
}


static int
os_mapped_span(os_mapped_t *c, const json_t *value)
{
    int64_t  span;

    c->expected = "a duration expected, as in \"60m\"";

    return os_duration_parse(os_str(json_string_value(value)), &span);
}


/* The members of a condition are pointers. */
static int
os_mapped_condition(os_mapped_t *c, const json_t *value)
{
    json_t      *wanted;
    const char  *pointer;

    if (!json_is_object(value)) {
        c->expected = "a condition expected: an object";
        return -1;
    }

    json_object_foreach((json_t *) value, pointer, wanted) {
        if (pointer[0] != '\0' && pointer[0] != '/' && pointer[0] != '^') {
            os_json_pointer_add(c->where, pointer);
            c->expected = "a pointer expected, as in \"/a/b\" or \"^/a/b\"";
            return -1;
        }
    }

    return 0;
}


static int
os_mapped_forms(os_mapped_t *c, const json_t *value)
{
    char     index[24];
    size_t   i, len = c->where->len;
    json_t  *form;

    if (!json_is_array(value)) {
        c->expected = "a list of forms expected";
        return -1;
    }

    json_array_foreach(value, i, form) {
        (void) snprintf(index, sizeof(index), "%zu", i);
        os_json_pointer_add(c->where, index);

        if (os_mapped_form(c, form) == -1) {
            return -1;
        }

        c->where->len = len;
    }

    return 0;
}


static int
os_mapped_object(os_mapped_t *c, const json_t *value)
{
    size_t       len = c->where->len;
    json_t      *form;
    const char  *name;

    if (!json_is_object(value)) {
        c->expected = "an object of forms expected";
        return -1;
    }

    json_object_foreach((json_t *) value, name, form) {
        os_json_pointer_add(c->where, name);

        if (os_mapped_form(c, form) == -1) {
            return -1;
        }

        c->where->len = len;
    }

    return 0;
}


/* What a form that is an object may have; `gives`: one of these it needs. */
static const struct {
    const char    *name;
    os_mapped_pt   check;
    int            gives;
} os_mapped_members[] = {
    { "value",   os_mapped_any,       1 },
    { "from",    os_mapped_form,      1 },
    { "object",  os_mapped_object,    1 },
    { "find",    os_mapped_pointer,   1 },
    { "each",    os_mapped_pointer,   1 },
    { "sum",     os_mapped_form,      1 },
    { "all",     os_mapped_forms,     1 },
    { "add",     os_mapped_forms,     1 },
    { "less",    os_mapped_forms,     0 },
    { "times",   os_mapped_form,      0 },
    { "join",    os_mapped_forms,     1 },
    { "topic",   os_mapped_flag,      1 },
    { "where",   os_mapped_condition, 0 },
    { "when",    os_mapped_condition, 0 },
    { "take",    os_mapped_form,      0 },
    { "item",    os_mapped_form,      0 },
    { "zone",    os_mapped_form,      0 },
    { "no_time", os_mapped_form,      0 },
    { "of",      os_mapped_pointer,   0 },
    { "with",    os_mapped_text,      0 },
    { "spread",  os_mapped_text,      0 },
    { "flat",    os_mapped_flag,      0 },
    { "signed",  os_mapped_flag,      0 },
    { "local",   os_mapped_flag,      0 },
    { "map",     os_mapped_table,     0 },
    { "as",      os_mapped_as,        0 },
    { "plus",    os_mapped_span,      0 },
    { "default", os_mapped_any,       0 },
};

#define OS_MAPPED_MEMBERS \
    (sizeof(os_mapped_members) / sizeof(os_mapped_members[0]))


static int
os_mapped_spec(os_mapped_t *c, const json_t *form)
{
    int          gives = 0;
    size_t       i, len = c->where->len;
    json_t      *value;
    const char  *name;

    json_object_foreach((json_t *) form, name, value) {
        for (i = 0; i < OS_MAPPED_MEMBERS
             && strcmp(os_mapped_members[i].name, name) != 0; i++) { }

        os_json_pointer_add(c->where, name);

        if (i == OS_MAPPED_MEMBERS) {
            c->expected = "no form has such a member";
            return -1;
        }

        if (os_mapped_members[i].check(c, value) == -1) {
            return -1;
        }

        gives |= os_mapped_members[i].gives;
        c->where->len = len;
    }

    c->expected = "one of value, from, object, find, each, sum, all, add, "
                  "join, topic expected";

    return gives ? 0 : -1;
}


static int
os_mapped_form(os_mapped_t *c, const json_t *form)
{
    if (json_is_object(form)) {
        return os_mapped_spec(c, form);
    }

    return json_is_array(form) ? os_mapped_forms(c, form)
                               : os_mapped_pointer(c, form);
}


int
os_map_check(const json_t *members, const json_t *words, os_buf_t *where,
    const char **expected)
{
    os_mapped_t  c = { words, where, NULL };

    if (os_mapped_object(&c, members) == 0) {
        return 0;
    }

    *expected = c.expected;

    return -1;
}
