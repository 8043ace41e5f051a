/*
 * os_json: parsing with positions, pointers, a schema check. See os_json.h.
 */

#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_json.h"
#include "core/base/os_json_tree.h"


#define OS_SCHEMA_DEPTH  64


typedef struct {
    const json_t  *root;        /* of the schema, for $ref */
    os_buf_t      *where;
    os_error_t    *err;
    int            depth;
} os_check_t;

/* Where a walk over JSON text stands. The text has been parsed before. */
typedef struct {
    const char  *p;
    const char  *end;
} os_walk_t;


static int os_check(os_check_t *c, const json_t *value, const json_t *schema);


json_t *
os_json_parse(os_str_t text, const char *name, os_error_t *err)
{
    json_t        *value;
    json_error_t   e;

    value = os_json_tree(text);

    if (value) {
        return value;
    }

    value = json_loadb(text.data ? text.data : "", text.len,
                       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

    if (value == NULL) {
        (void) os_fail(err, "%s:%d:%d: not JSON: %s", name, e.line,
                       e.column, e.text);
    }

    return value;
}


json_t *
os_json_read(os_str_t text)
{
    json_t  *value;

    value = text.len && (text.data[0] == '{' || text.data[0] == '[')
            ? os_json_tree(text) : NULL;

    return value ? value : json_loadb(text.data ? text.data : "", text.len, 0,
                                      NULL);
}


json_t *
os_json_file(const char *path, os_error_t *err)
{
    json_t    *value = NULL;
    os_buf_t   text = { 0 };

    if (os_file_read(path, &text, err) == 0) {
        value = os_json_parse(os_buf_view(&text), path, err);
    }

    os_buf_free(&text);
    return value;
}


json_t *
os_json_word(const json_t *object, os_str_t word)
{
    json_t      *value;
    const char  *name;

    value = json_object_getn(object, word.data ? word.data : "", word.len);

    if (value) {
        return value;
    }

    json_object_foreach((json_t *) object, name, value) {
        if (os_str_alike(os_str(name), word)) {
            return value;
        }
    }

    return NULL;
}


os_str_t
os_json_str(const json_t *object, const char *key)
{
    json_t  *value = json_object_get(object, key);

    return json_is_string(value)
           ? (os_str_t) { json_string_length(value), json_string_value(value) }
           : OS_NULL;
}


int64_t
os_json_int(const json_t *object, const char *key, int64_t other)
{
    json_t  *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : other;
}


int
os_json_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}


json_t *
os_json_new_str(os_str_t s)
{
    return json_stringn(s.data ? s.data : "", s.len);
}


void
os_json_set_str(json_t *object, const char *key, os_str_t s)
{
    (void) json_object_set_new_nocheck(object, key, os_json_new_str(s));
}


void
os_json_set_int(json_t *object, const char *key, int64_t value)
{
    (void) json_object_set_new_nocheck(object, key, json_integer(value));
}


int
os_json_pointer_take(os_str_t *pointer, os_buf_t *token)
{
    size_t  i;

    token->len = 0;

    if (pointer->len == 0 || pointer->data[0] != '/') {
        return -1;
    }

    for (i = 1; i < pointer->len && pointer->data[i] != '/'; i++) {

        if (pointer->data[i] == '~' && i + 1 < pointer->len) {
            i++;
            os_buf_char(token, pointer->data[i] == '1' ? '/' : '~');
            continue;
        }

        os_buf_char(token, pointer->data[i]);
    }

    pointer->data += i;
    pointer->len -= i;

    if (token->len == 0) {
        (void) os_buf_reserve(token, 0);
    }

    return token->failed ? -1 : 0;
}


static int
os_pointer_index(const os_buf_t *token, size_t *index)
{
    *index = 0;

    if (token->len == 0 || token->len > 9
        || (token->len > 1 && token->data[0] == '0'))
    {
        return -1;
    }

    for (size_t i = 0; i < token->len; i++) {
        if (token->data[i] < '0' || token->data[i] > '9') {
            return -1;
        }

        *index = *index * 10 + (size_t) (token->data[i] - '0');
    }

    return 0;
}


json_t *
os_json_pointer(const json_t *root, os_str_t pointer)
{
    size_t     index;
    json_t    *at = (json_t *) root;
    os_buf_t   token = { 0 };

    while (at != NULL && pointer.len > 0) {

        if (os_json_pointer_take(&pointer, &token) == -1) {
            at = NULL;

        } else if (json_is_array(at)) {
            at = os_pointer_index(&token, &index) == 0
                 ? json_array_get(at, index) : NULL;

        } else {
            at = json_object_getn(at, token.data, token.len);
        }
    }

    os_buf_free(&token);
    return at;
}


int
os_json_text(const json_t *value, os_buf_t *out)
{
    switch (value ? json_typeof(value) : JSON_NULL) {

    case JSON_STRING:
        os_buf_add(out, json_string_value(value), json_string_length(value));
        return 1;

    case JSON_INTEGER:
        os_buf_printf(out, "%lld", (long long) json_integer_value(value));
        return 1;

    case JSON_REAL:
        os_json_dump(out, value);
        return 1;

    case JSON_TRUE:
    case JSON_FALSE:
        os_buf_text(out, json_is_true(value) ? "true" : "false");
        return 1;

    default:
        return 0;
    }
}


static void
os_walk_space(os_walk_t *w)
{
    while (w->p < w->end && strchr(" \t\r\n:,", *w->p) && *w->p) {
        w->p++;
    }
}


static void
os_walk_string(os_walk_t *w)
{
    for (w->p++; w->p < w->end && *w->p != '"'; w->p++) {
        if (*w->p == '\\') {
            w->p++;
        }
    }

    w->p++;
}


/* Steps over one value of a text known to be JSON. */
static void
os_walk_value(os_walk_t *w)
{
    int  depth = 0;

    do {
        os_walk_space(w);

        if (w->p >= w->end) {
            return;
        }

        switch (*w->p) {

        case '"':
            os_walk_string(w);
            break;

        case '{':
        case '[':
            depth++;
            w->p++;
            break;

        case '}':
        case ']':
            depth--;
            w->p++;
            break;

        default:
            while (w->p < w->end && !strchr(",]} \t\r\n", *w->p)) {
                w->p++;
            }
        }

    } while (depth > 0);
}


/* Goes from a container to its member `token`; 0 when it is there. */
static int
os_walk_member(os_walk_t *w, const os_buf_t *token)
{
    int          object;
    size_t       i, index = 0;
    json_t      *name;
    const char  *start;

    object = *w->p == '{';

    if (!object && (*w->p != '[' || os_pointer_index(token, &index) == -1)) {
        return -1;
    }

    w->p++;

    for (i = 0; ; i++) {
        os_walk_space(w);

        if (w->p >= w->end || *w->p == '}' || *w->p == ']') {
            return -1;
        }

        if (!object) {
            if (i == index) {
                return 0;
            }

            os_walk_value(w);
            continue;
        }

        start = w->p;
        os_walk_string(w);
        name = json_loadb(start, (size_t) (w->p - start), JSON_DECODE_ANY,
                          NULL);
        os_walk_space(w);

        if (name && json_string_length(name) == token->len
            && memcmp(json_string_value(name), token->data, token->len) == 0)
        {
            json_decref(name);
            return 0;
        }

        json_decref(name);
        os_walk_value(w);
    }
}


int
os_json_locate(os_str_t text, os_str_t pointer, int *line, int *column)
{
    os_buf_t     token = { 0 };
    os_walk_t    walk = { text.data, text.data + text.len };
    const char  *p;

    os_walk_space(&walk);

    while (pointer.len > 0) {
        if (os_json_pointer_take(&pointer, &token) == -1 || walk.p >= walk.end
            || os_walk_member(&walk, &token) == -1)
        {
            os_buf_free(&token);
            return -1;
        }
    }

    os_buf_free(&token);

    *line = 1;
    *column = 1;

    for (p = text.data; p < walk.p; p++) {
        *column += (*p & 0xc0) != 0x80;

        if (*p == '\n') {
            (*line)++;
            *column = 1;
        }
    }

    return 0;
}


int
os_json_fault(const char *path, os_str_t text, os_str_t pointer,
    const char *expected, os_error_t *err)
{
    int  line = 1, column = 1;

    (void) os_json_locate(text, pointer, &line, &column);

    return os_fail(err, "%s:%d:%d: %.*s: %s", path, line, column,
                   pointer.len ? (int) pointer.len : 1,
                   pointer.len ? pointer.data : "/", expected);
}


static const char *
os_json_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:   return "object";
    case JSON_ARRAY:    return "array";
    case JSON_STRING:   return "string";
    case JSON_INTEGER:  return "integer";
    case JSON_REAL:     return "number";
    case JSON_TRUE:
    case JSON_FALSE:    return "boolean";
    default:            return "null";
    }
}


static int
os_check_fail(os_check_t *c, const json_t *schema, const char *expected)
{
    const char  *about;

    about = json_string_value(json_object_get(schema, "description"));

    return os_fail(c->err, "expected %s%s%s%s", expected,
                   about ? " (" : "", about ? about : "", about ? ")" : "");
}


static int
os_check_type(os_check_t *c, const json_t *value, const json_t *schema)
{
    const char  *is, *want;

    want = json_string_value(json_object_get(schema, "type"));
    is = os_json_type(value);

    if (want == NULL || strcmp(want, is) == 0
        || (strcmp(want, "number") == 0 && strcmp(is, "integer") == 0))
    {
        return 0;
    }

    return os_fail(c->err, "expected %s, found %s", want, is);
}


static int
os_check_choice(os_check_t *c, const json_t *value, const json_t *schema)
{
    size_t     i;
    json_t    *choice, *list;
    os_buf_t   text = { 0 };

    list = json_object_get(schema, "enum");
    choice = json_object_get(schema, "const");

    if (list == NULL && choice == NULL) {
        return 0;
    }

    os_buf_text(&text, list ? "one of " : "");

    if (choice) {
        os_json_dump(&text, choice);
    }

    json_array_foreach(list, i, choice) {
        if (json_equal(choice, value)) {
            os_buf_free(&text);
            return 0;
        }

        os_buf_text(&text, i ? ", " : "");
        os_json_dump(&text, choice);
    }

    if (list == NULL && json_equal(json_object_get(schema, "const"), value)) {
        os_buf_free(&text);
        return 0;
    }

    (void) os_check_fail(c, schema, text.data);
    os_buf_free(&text);
    return -1;
}


static int
os_check_pattern(os_check_t *c, const char *text, const json_t *schema)
{
    int          rc;
    regex_t      re;
    os_buf_t     expected = { 0 };
    const char  *pattern;

    pattern = json_string_value(json_object_get(schema, "pattern"));
    if (pattern == NULL) {
        return 0;
    }

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return os_fail(c->err, "the schema's pattern %s is not one", pattern);
    }

    rc = regexec(&re, text, 0, NULL, 0);
    regfree(&re);

    if (rc == 0) {
        return 0;
    }

    os_buf_printf(&expected, "a text that matches %s", pattern);
    (void) os_check_fail(c, schema, expected.data);
    os_buf_free(&expected);
    return -1;
}


static int
os_check_limit(os_check_t *c, const json_t *schema, const char *least,
    const char *most, double value, const char *what)
{
    json_t  *limit;

    limit = json_object_get(schema, least);
    if (limit && value < json_number_value(limit)) {
        return os_fail(c->err, "expected at least %g%s, found %g",
                       json_number_value(limit), what, value);
    }

    limit = json_object_get(schema, most);
    if (limit && value > json_number_value(limit)) {
        return os_fail(c->err, "expected at most %g%s, found %g",
                       json_number_value(limit), what, value);
    }

    return 0;
}


static size_t
os_check_characters(const char *text)
{
    size_t  n = 0;

    for ( ; *text; text++) {
        n += (*text & 0xc0) != 0x80;
    }

    return n;
}


static int
os_check_scalar(os_check_t *c, const json_t *value, const json_t *schema)
{
    const char  *text;

    if (json_is_number(value)) {
        return os_check_limit(c, schema, "minimum", "maximum",
                              json_number_value(value), "");
    }

    text = json_string_value(value);
    if (text == NULL) {
        return 0;
    }

    if (os_check_limit(c, schema, "minLength", "maxLength",
                       (double) os_check_characters(text), " characters")
        == -1)
    {
        return -1;
    }

    return os_check_pattern(c, text, schema);
}


void
os_json_pointer_add(os_buf_t *where, const char *key)
{
    os_buf_char(where, '/');

    for ( ; *key; key++) {
        if (*key == '~' || *key == '/') {
            os_buf_text(where, *key == '~' ? "~0" : "~1");

        } else {
            os_buf_char(where, *key);
        }
    }
}


int
os_json_expected(os_buf_t *where, const char *member, const char *expected,
    os_error_t *err)
{
    os_json_pointer_add(where, member);

    return os_fail(err, "%s expected", expected);
}


/* Checks a value one step below; `where` keeps the step only on a fault. */
static int
os_check_below(os_check_t *c, const char *key, const json_t *value,
    const json_t *schema)
{
    size_t  len = c->where->len;

    os_json_pointer_add(c->where, key);

    if (os_check(c, value, schema) == -1) {
        return -1;
    }

    c->where->len = len;
    if (c->where->data) {
        c->where->data[len] = '\0';
    }

    return 0;
}


/* The schema of one member: 1 found, 0 none applies, -1 not allowed. */
static int
os_check_member_schema(const json_t *schema, const char *key, json_t **found)
{
    regex_t      re;
    json_t      *value;
    const char  *pattern;

    *found = json_object_get(json_object_get(schema, "properties"), key);
    if (*found) {
        return 1;
    }

    json_object_foreach(json_object_get(schema, "patternProperties"), pattern,
                        value)
    {
        if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0) {
            int  rc = regexec(&re, key, 0, NULL, 0);

            regfree(&re);

            if (rc == 0) {
                *found = value;
                return 1;
            }
        }
    }

    *found = json_object_get(schema, "additionalProperties");

    return json_is_false(*found) ? -1 : *found ? 1 : 0;
}


static int
os_check_unknown(os_check_t *c, const json_t *schema, const char *key)
{
    json_t      *value;
    os_buf_t     names = { 0 };
    const char  *name;

    json_object_foreach(json_object_get(schema, "properties"), name, value) {
        os_buf_printf(&names, "%s%s", names.len ? ", " : "", name);
    }

    os_json_pointer_add(c->where, key);
    (void) os_fail(c->err, "\"%s\" is not known here; expected one of %s",
                   key, names.len ? names.data : "no members");
    os_buf_free(&names);
    return -1;
}


static int
os_check_object(os_check_t *c, const json_t *value, const json_t *schema)
{
    int          rc;
    size_t       i;
    json_t      *name, *member, *below, *names;
    const char  *key;

    json_array_foreach(json_object_get(schema, "required"), i, name) {
        if (json_object_get(value, json_string_value(name)) == NULL) {
            return os_fail(c->err, "expected a member \"%s\"",
                           json_string_value(name));
        }
    }

    if (os_check_limit(c, schema, "minProperties", "maxProperties",
                       (double) json_object_size(value), " members") == -1)
    {
        return -1;
    }

    names = json_object_get(schema, "propertyNames");

    json_object_foreach((json_t *) value, key, member) {

        if (names) {
            json_t  *text = json_string(key);

            rc = os_check_below(c, key, text, names);
            json_decref(text);

            if (rc == -1) {
                return -1;
            }
        }

        rc = os_check_member_schema(schema, key, &below);

        if (rc == -1) {
            return os_check_unknown(c, schema, key);
        }

        if (rc == 1 && os_check_below(c, key, member, below) == -1) {
            return -1;
        }
    }

    return 0;
}


static int
os_check_array(os_check_t *c, const json_t *value, const json_t *schema)
{
    char     key[24];
    size_t   i;
    json_t  *item, *below;

    if (os_check_limit(c, schema, "minItems", "maxItems",
                       (double) json_array_size(value), " items") == -1)
    {
        return -1;
    }

    below = json_object_get(schema, "items");

    json_array_foreach(value, i, item) {
        (void) snprintf(key, sizeof(key), "%zu", i);

        if (below && os_check_below(c, key, item, below) == -1) {
            return -1;
        }
    }

    return 0;
}


static int
os_check_any(os_check_t *c, const json_t *value, const json_t *schema)
{
    size_t       i, len, matched = 0;
    json_t      *one, *list;
    os_error_t  *err = c->err;
    os_error_t   quiet = { 0 };

    list = json_object_get(schema, "anyOf");
    if (list == NULL) {
        list = json_object_get(schema, "oneOf");
    }

    if (list == NULL) {
        return 0;
    }

    len = c->where->len;
    c->err = &quiet;

    json_array_foreach(list, i, one) {
        matched += os_check(c, value, one) == 0;
        c->where->len = len;
        if (c->where->data) {
            c->where->data[len] = '\0';
        }
    }

    c->err = err;

    if (matched == 1 || (matched && json_object_get(schema, "anyOf"))) {
        return 0;
    }

    return os_fail(c->err, "expected one of %zu forms, the last of which: %s",
                   json_array_size(list), quiet.text);
}


static int
os_check_ref(os_check_t *c, const json_t *value, const json_t *schema)
{
    json_t      *target;
    const char  *ref;

    ref = json_string_value(json_object_get(schema, "$ref"));
    if (ref == NULL) {
        return 0;
    }

    target = ref[0] == '#' ? os_json_pointer(c->root, os_str(ref + 1)) : NULL;
    if (target == NULL) {
        return os_fail(c->err, "the schema's reference %s leads nowhere", ref);
    }

    return os_check(c, value, target);
}


static int
os_check(os_check_t *c, const json_t *value, const json_t *schema)
{
    int  rc;

    if (!json_is_object(schema)) {
        return json_is_false(schema) ? os_fail(c->err, "nothing may be here")
                                     : 0;
    }

    if (c->depth == OS_SCHEMA_DEPTH) {
        return os_fail(c->err, "nested too deeply");
    }

    c->depth++;

    rc = (os_check_ref(c, value, schema) == -1
          || os_check_type(c, value, schema) == -1
          || os_check_choice(c, value, schema) == -1
          || os_check_scalar(c, value, schema) == -1
          || os_check_any(c, value, schema) == -1
          || (json_is_object(value)
              && os_check_object(c, value, schema) == -1)
          || (json_is_array(value) && os_check_array(c, value, schema) == -1))
         ? -1 : 0;

    c->depth--;
    return rc;
}


int
os_json_check(const json_t *value, const json_t *schema, os_buf_t *where,
    os_error_t *err)
{
    os_check_t  c = { schema, where, err, 0 };

    (void) os_buf_reserve(where, 0);
    return os_check(&c, value, schema);
}


static int
os_json_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


json_t *
os_json_sorted(const json_t *object)
{
    void         *at;
    size_t        i, n = 0;
    json_t       *from = (json_t *) object, *sorted = NULL;
    const char  **keys = calloc(json_object_size(from) + 1, sizeof(char *));

    for (at = json_object_iter(from); at && keys;
         at = json_object_iter_next(from, at))
    {
        keys[n++] = json_object_iter_key(at);
    }

    if (keys && json_is_object(from)) {
        qsort(keys, n, sizeof(char *), os_json_order);
        sorted = json_object();
    }

    for (i = 0; sorted && i < n; i++) {
        if (json_object_set(sorted, keys[i], json_object_get(from, keys[i]))) {
            json_decref(sorted);
            sorted = NULL;
        }
    }

    free(keys);
    return sorted;
}
