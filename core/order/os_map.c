/*
 * os_map: see os_map.h, and docs/sources.md for the language.
 */

#include <ctype.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_money.h"
#include "core/base/os_time.h"
#include "core/order/os_map.h"
#include "core/order/os_track.h"


#define OS_MAP_DEPTH       16       /* of forms */


/* Nothing: absent, null, "", [] and {} alike. */
static int
os_map_empty(const json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_object(value) && json_object_size(value) == 0);
}


/* "/x" from the element or the order, "^/x" always from the order. */
static json_t *
os_map_at(const os_map_t *m, os_str_t pointer)
{
    const json_t  *from;

    from = m->here;

    if (pointer.len && pointer.data[0] == '^') {
        from = m->root;
        pointer.data++;
        pointer.len--;
    }

    return os_json_pointer(from, pointer);
}


static int
os_map_is(const json_t *value, const json_t *wanted)
{
    int       same;
    size_t    i;
    os_buf_t  a, b;

    if (json_is_boolean(wanted)) {
        return json_is_true(wanted)
               == (!os_map_empty(value) && !json_is_false(value));
    }

    if (json_is_array(wanted)) {
        for (i = 0; i < json_array_size(wanted); i++) {
            if (os_map_is(value, json_array_get(wanted, i))) {
                return 1;
            }
        }

        return 0;
    }

    a = (os_buf_t) { 0 };
    b = (os_buf_t) { 0 };

    same = os_json_text(value, &a) && os_json_text(wanted, &b)
           && os_str_equal(os_buf_view(&a), os_buf_view(&b));

    os_buf_free(&a);
    os_buf_free(&b);

    return same;
}


/* All members hold: pointer → text, list of texts, true or false. */
int
os_map_holds(const os_map_t *m, const json_t *conditions)
{
    json_t      *wanted;
    const char  *pointer;

    json_object_foreach((json_t *) conditions, pointer, wanted) {
        if (!os_map_is(os_map_at(m, os_str(pointer)), wanted)) {
            return 0;
        }
    }

    return 1;
}


static json_t *
os_map_list(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *value;

    for (i = 0; i < json_array_size(spec); i++) {
        value = os_map_value(m, json_array_get(spec, i));
        if (value != NULL) {
            return value;
        }
    }

    return NULL;
}


json_t *
os_map_object(os_map_t *m, const json_t *members)
{
    json_t      *spec, *value, *object;
    const char  *name;

    object = json_object();

    json_object_foreach((json_t *) members, name, spec) {
        value = os_map_value(m, spec);
        if (value != NULL) {
            (void) json_object_set_new(object, name, value);
        }
    }

    if (json_object_size(object) == 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


/* {"find": ARRAY, "where": CONDITIONS, "take": SPEC} */
static json_t *
os_map_find(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *array, *value;
    const json_t  *here;

    here = m->here;
    array = os_map_at(m, os_json_str(spec, "find"));
    value = NULL;

    for (i = 0; value == NULL && i < json_array_size(array); i++) {
        m->here = json_array_get(array, i);

        if (os_map_holds(m, json_object_get(spec, "where"))) {
            value = os_map_value(m, json_object_get(spec, "take"));
        }
    }

    m->here = here;

    return value;
}


/*
 * {"each": ARRAY, "item": SPEC} and, with `where`, only those that hold; with
 * `flat`, items that are lists give their elements.
 */
static json_t *
os_map_each(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *array, *value, *out;
    const json_t  *here;

    here = m->here;
    array = os_map_at(m, os_json_str(spec, "each"));
    out = json_array();

    for (i = 0; i < json_array_size(array); i++) {
        m->here = json_array_get(array, i);

        if (!os_map_holds(m, json_object_get(spec, "where"))) {
            continue;
        }

        value = os_map_value(m, json_object_get(spec, "item"));

        if (json_is_array(value) && os_json_bool(spec, "flat")) {
            (void) json_array_extend(out, value);
            json_decref(value);

        } else if (value != NULL) {
            (void) json_array_append_new(out, value);
        }
    }

    m->here = here;

    if (json_array_size(out) == 0) {
        json_decref(out);
        return NULL;
    }

    return out;
}


/* {"sum": ARRAY, "of": POINTER}: amounts without their signs, as money. */
static json_t *
os_map_sum(os_map_t *m, const json_t *spec)
{
    size_t    i;
    json_t   *array;
    int64_t   minor, sum;
    os_buf_t  text;

    sum = 0;
    array = os_map_at(m, os_json_str(spec, "sum"));

    for (i = 0; i < json_array_size(array); i++) {
        text = (os_buf_t) { 0 };

        if (os_json_text(os_json_pointer(json_array_get(array, i),
                                         os_json_str(spec, "of")), &text)
            && os_money_parse(os_buf_view(&text), m->digits, &minor) == 0)
        {
            /* more than that is no sum of money */

            if (minor == INT64_MIN
                || __builtin_add_overflow(sum, minor < 0 ? -minor : minor,
                                          &sum))
            {
                sum = INT64_MAX;
            }
        }

        os_buf_free(&text);
    }

    return sum ? json_integer(sum) : NULL;
}


static json_t *
os_map_join(os_map_t *m, const json_t *spec)
{
    size_t     i;
    json_t    *parts, *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };
    parts = json_object_get(spec, "join");

    for (i = 0; i < json_array_size(parts); i++) {
        value = os_map_value(m, json_array_get(parts, i));
        if (value == NULL) {
            continue;
        }

        if (out.len) {
            os_buf_str(&out, os_json_str(spec, "with"));
        }

        (void) os_json_text(value, &out);
        json_decref(value);
    }

    value = out.len ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


static json_t *
os_map_raw(os_map_t *m, const json_t *spec)
{
    json_t  *from;

    from = json_object_get(spec, "value");
    if (from != NULL) {
        return json_deep_copy(from);
    }

    from = json_object_get(spec, "from");
    if (from != NULL) {
        return os_map_value(m, from);
    }

    from = json_object_get(spec, "object");
    if (from != NULL) {
        return os_map_object(m, from);
    }

    if (json_object_get(spec, "find")) {
        return os_map_find(m, spec);
    }

    if (json_object_get(spec, "each")) {
        return os_map_each(m, spec);
    }

    if (json_object_get(spec, "sum")) {
        return os_map_sum(m, spec);
    }

    if (json_object_get(spec, "join")) {
        return os_map_join(m, spec);
    }

    return json_is_true(json_object_get(spec, "topic"))
           ? os_json_new_str(m->topic) : NULL;
}


/* A table as it stands, or the name of one of the source's `words`. */
static json_t *
os_map_table(const os_map_t *m, const json_t *table, json_t *value)
{
    json_t    *to;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    to = NULL;

    if (json_is_string(table)) {
        table = json_object_get(m->words, json_string_value(table));
    }

    if (os_json_text(value, &text) && !text.failed) {
        to = json_object_get(table, text.data ? text.data : "");
    }

    if (to == NULL) {
        to = json_object_get(table, "*");
    }

    os_buf_free(&text);
    json_decref(value);

    return os_map_empty(to) ? NULL : json_deep_copy(to);
}


static json_t *
os_as_phone(os_str_t text)
{
    size_t     i;
    json_t    *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };

    for (i = 0; i < text.len; i++) {
        if (isdigit((unsigned char) text.data[i])
            || (text.data[i] == '+' && out.len == 0))
        {
            os_buf_char(&out, text.data[i]);
        }
    }

    value = out.len > 3 ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


/*
 * The day that a platform writes is the day where the parcel arrives: what
 * follows it, an hour or a zone, must not move it.
 */
static json_t *
os_as_date(os_str_t text)
{
    int64_t  day;

    text.len = text.len > 10 ? 10 : text.len;

    return os_track_days(text, &day) == 0 ? os_json_new_str(text) : NULL;
}


static json_t *
os_as_bool(os_str_t text)
{
    size_t                    i;
    static const char *const  yes[] = { "1", "true", "yes", "on", "y" };

    for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (os_str_equal(text, os_str(yes[i]))) {
            return json_true();
        }
    }

    return NULL;
}


/* Letters of ASCII to lower case, or "fr_CA" to "fr-CA". */
static json_t *
os_as_changed(os_str_t text, int locale)
{
    char       c;
    size_t     i;
    json_t    *value;
    os_buf_t   out;

    out = (os_buf_t) { 0 };

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (locale) {
            if (c == '.' || c == '@') {
                break;
            }

            c = c == '_' ? '-' : c;

        } else if (c >= 'A' && c <= 'Z') {
            c = (char) (c - 'A' + 'a');
        }

        os_buf_char(&out, c);
    }

    value = out.len ? os_json_new_str(os_buf_view(&out)) : NULL;
    os_buf_free(&out);

    return value;
}


static json_t *
os_as_text(const os_map_t *m, os_str_t as, os_str_t text)
{
    int64_t  n;

    if (os_str_equal(as, OS_STR("money"))) {
        return os_money_parse(text, m->digits, &n) == 0 ? json_integer(n)
                                                        : NULL;
    }

    if (os_str_equal(as, OS_STR("int"))) {
        return os_money_parse(text, 0, &n) == 0 ? json_integer(n) : NULL;
    }

    if (os_str_equal(as, OS_STR("time"))) {
        return os_time_parse(text, &n) == 0 ? json_integer(n) : NULL;
    }

    if (os_str_equal(as, OS_STR("date"))) {
        return os_as_date(text);
    }

    if (os_str_equal(as, OS_STR("phone"))) {
        return os_as_phone(text);
    }

    if (os_str_equal(as, OS_STR("bool"))) {
        return os_as_bool(text);
    }

    if (os_str_equal(as, OS_STR("lower"))) {
        return os_as_changed(text, 0);
    }

    if (os_str_equal(as, OS_STR("locale"))) {
        return os_as_changed(text, 1);
    }

    return text.len ? os_json_new_str(text) : NULL;     /* text */
}


static json_t *
os_map_as(const os_map_t *m, os_str_t as, json_t *value)
{
    json_t    *out;
    os_buf_t   text;

    text = (os_buf_t) { 0 };

    out = os_json_text(value, &text) && !text.failed
          ? os_as_text(m, as, os_buf_view(&text)) : NULL;

    os_buf_free(&text);
    json_decref(value);

    return out;
}


static json_t *
os_map_spec(os_map_t *m, const json_t *spec)
{
    json_t    *value;
    int64_t    plus;
    os_str_t   as;

    if (!os_map_holds(m, json_object_get(spec, "when"))) {
        return NULL;
    }

    value = os_map_raw(m, spec);

    if (value && json_object_get(spec, "map")) {
        value = os_map_table(m, json_object_get(spec, "map"), value);
    }

    as = os_json_str(spec, "as");

    if (value && as.len) {
        value = os_map_as(m, as, value);
    }

    if (json_is_integer(value)
        && os_duration_parse(os_json_str(spec, "plus"), &plus) == 0)
    {
        (void) json_integer_set(value, json_integer_value(value) + plus);
    }

    if (value == NULL && json_object_get(spec, "default")) {
        return json_deep_copy(json_object_get(spec, "default"));
    }

    return value;
}


/* New, or NULL: a value that is empty is as good as none. */
json_t *
os_map_value(os_map_t *m, const json_t *spec)
{
    json_t  *value;

    if (m->depth >= OS_MAP_DEPTH) {
        return NULL;
    }

    m->depth++;

    if (json_is_string(spec)) {
        value = json_deep_copy(os_map_at(m, (os_str_t) {
                                   json_string_length(spec),
                                   json_string_value(spec) }));

    } else if (json_is_array(spec)) {
        value = os_map_list(m, spec);

    } else {
        value = os_map_spec(m, spec);
    }

    m->depth--;

    if (os_map_empty(value)) {
        json_decref(value);
        return NULL;
    }

    return value;
}
