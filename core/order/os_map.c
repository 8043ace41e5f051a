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


#define OS_MAP_DEPTH       16       /* of forms, and of what is copied */
#define OS_MAP_ROOM        256      /* bytes; what is longer is allocated */
#define OS_MAP_FIRST       31536000 /* 1971; a day before is a null of a kind */
#define OS_MAP_PHONE_MAX   64       /* bytes; no number is as long */


/* Nothing: absent, null, "", [] and {} alike. */
static int
os_map_empty(const json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_object(value) && json_object_size(value) == 0);
}


/* A name that is a number as lists count. */
static int
os_map_index(const char *name, size_t *index)
{
    size_t  len = strspn(name, "0123456789");

    if (len == 0 || len > 9 || name[len] || (len > 1 && name[0] == '0')) {
        return -1;
    }

    *index = 0;

    for ( ; *name; name++) {
        *index = *index * 10 + (size_t) (*name - '0');
    }

    return 0;
}


/* The member whose number is the least that is not below `from`; or NULL. */
static json_t *
os_map_next_item(const json_t *object, size_t from, size_t *index)
{
    size_t       i;
    json_t      *value, *found = NULL;
    const char  *name;

    json_object_foreach((json_t *) object, name, value) {
        if (os_map_index(name, &i) == 0 && i >= from
            && (found == NULL || i < *index))
        {
            found = value;
            *index = i;
        }
    }

    return found;
}


json_t *
os_map_items(const json_t *value)
{
    size_t       i, from;
    json_t      *item, *items = json_array();
    const char  *name;

    if (json_is_array(value)) {
        (void) json_array_extend(items, (json_t *) value);
        return items;
    }

    /* one name that is no number, and it is an object like others */

    json_object_foreach((json_t *) value, name, item) {
        if (os_map_index(name, &i) == -1) {
            return items;
        }
    }

    for (from = 0; (item = os_map_next_item(value, from, &i)); from = i + 1) {
        (void) json_array_append(items, item);
    }

    return items;
}


/* A token of a pointer in a list that is written as an object. */
static json_t *
os_map_member(const json_t *at, const os_buf_t *token)
{
    size_t    index;
    json_t   *items, *found;

    if (json_is_array(at)) {
        return os_map_index(token->data, &index) == 0
               ? json_array_get(at, index) : NULL;
    }

    found = json_object_getn(at, token->data, token->len);

    if (found == NULL && os_map_index(token->data, &index) == 0) {
        items = os_map_items(at);
        found = json_array_get(items, index);
        json_decref(items);
    }

    return found;
}


json_t *
os_map_pointer(const json_t *root, os_str_t pointer)
{
    char      room[128];
    os_buf_t  token = os_buf_on(room, sizeof(room));

    while (root != NULL && pointer.len > 0) {
        root = os_json_pointer_take(&pointer, &token) == 0
               ? os_map_member(root, &token) : NULL;
    }

    os_buf_free(&token);
    return (json_t *) root;
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

    return os_map_pointer(from, pointer);
}


/* A copy of what is not nested deeper than anybody means; else nothing. */
static json_t *
os_map_copy(const json_t *value, int depth)
{
    size_t       i;
    json_t      *item, *copy;
    const char  *name;

    if (!json_is_array(value) && !json_is_object(value)) {
        return json_deep_copy(value);
    }

    if (depth == 0) {
        return NULL;
    }

    copy = json_is_array(value) ? json_array() : json_object();

    json_array_foreach(value, i, item) {
        (void) json_array_append_new(copy, os_map_copy(item, depth - 1));
    }

    json_object_foreach((json_t *) value, name, item) {
        (void) json_object_set_new(copy, name, os_map_copy(item, depth - 1));
    }

    return copy;
}


/* Does a text hold one of a list, however it is spelled? */
static int
os_map_contains(os_str_t text, const json_t *parts)
{
    size_t    i, at;
    json_t   *part;
    os_str_t  word;

    json_array_foreach(parts, i, part) {
        word = os_str(json_string_value(part));

        for (at = 0; word.len && at + word.len <= text.len; at++) {
            if (os_str_alike((os_str_t) { word.len, text.data + at }, word)) {
                return 1;
            }
        }
    }

    return 0;
}


static int os_map_is(const os_map_t *m, const json_t *value,
    const json_t *wanted);


/*
 * {"contains": [text]}, {"lacks": [text]}, {"not": wanted}, {"same": POINTER}:
 * the latter holds where either is absent as well. {"present": true}: it is
 * there, were it an empty list.
 */
static int
os_map_test(const os_map_t *m, const json_t *value, const json_t *test)
{
    int       holds;
    json_t   *parts, *other;
    os_buf_t  text = { 0 };

    if (json_object_get(test, "present")) {
        return (value != NULL && !json_is_null(value))
               == json_is_true(json_object_get(test, "present"));
    }

    other = json_object_get(test, "not");

    if (other) {
        return !os_map_is(m, value, other);
    }

    if (json_object_get(test, "same")) {
        other = os_map_at(m, os_json_str(test, "same"));
        return os_map_empty(value) || os_map_empty(other)
               || os_map_is(m, value, other);
    }

    parts = json_object_get(test, "contains");
    (void) os_json_text(value, &text);
    holds = os_map_contains(os_buf_view(&text),
                            parts ? parts : json_object_get(test, "lacks"));
    os_buf_free(&text);

    return parts ? holds : !holds;
}


static int
os_map_is(const os_map_t *m, const json_t *value, const json_t *wanted)
{
    int       same;
    char      one[OS_MAP_ROOM], other[OS_MAP_ROOM];
    size_t    i;
    os_buf_t  a, b;

    if (json_is_boolean(wanted)) {
        return json_is_true(wanted)
               == (!os_map_empty(value) && !json_is_false(value));
    }

    if (json_is_array(wanted)) {
        for (i = 0; i < json_array_size(wanted); i++) {
            if (os_map_is(m, value, json_array_get(wanted, i))) {
                return 1;
            }
        }

        return 0;
    }

    if (json_is_object(wanted)) {
        return os_map_test(m, value, wanted);
    }

    a = os_buf_on(one, sizeof(one));
    b = os_buf_on(other, sizeof(other));

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
        if (!os_map_is(m, os_map_at(m, os_str(pointer)), wanted)) {
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


/* Notes what was there and is left out: all of a member, or a part of it. */
static void
os_map_odd(os_map_t *m, const char *name, const json_t *value)
{
    if (m->refused && (value == NULL || json_is_array(value)
                       || json_is_object(value)))
    {
        m->odd = m->odd ? m->odd : json_array();
        (void) json_array_append_new(m->odd, json_string(name));
    }

    m->refused = 0;
}


json_t *
os_map_object(os_map_t *m, const json_t *members)
{
    json_t      *spec, *value, *object;
    const char  *name;

    object = json_object();

    json_object_foreach((json_t *) members, name, spec) {
        value = os_map_value(m, spec);

        if (m->depth == 0) {
            os_map_odd(m, name, value);
        }

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
    array = os_map_items(os_map_at(m, os_json_str(spec, "find")));
    value = NULL;

    for (i = 0; value == NULL && i < json_array_size(array); i++) {
        m->here = json_array_get(array, i);

        if (os_map_holds(m, json_object_get(spec, "where"))) {
            value = os_map_value(m, json_object_get(spec, "take"));
        }
    }

    json_decref(array);
    m->here = here;

    return value;
}


/* The element in a place of a list, or what is no list of texts. New. */
static json_t *
os_map_place(json_t *value, size_t i)
{
    json_t  *items, *first, *found;

    items = os_map_items(value);
    first = json_array_get(items, 0);
    found = json_incref(first && !json_is_object(first)
                        ? json_array_get(items, i) : value);
    json_decref(items);

    return found;
}


/*
 * An object of which one member is a list stands for several: one for each
 * element, and of other members that are lists each gets the one in that place.
 */
static void
os_map_spread(json_t *out, json_t *item, const char *name)
{
    size_t       i, n;
    json_t      *list, *one, *value;
    const char  *member;

    list = os_map_items(json_object_get(item, name));
    n = json_array_size(list);
    json_decref(list);

    for (i = 0; i < n; i++) {
        one = json_object();

        json_object_foreach(item, member, value) {
            value = os_map_place(value, i);

            if (os_map_empty(value)) {
                json_decref(value);

            } else {
                (void) json_object_set_new(one, member, value);
            }
        }

        (void) json_array_append_new(out, one);
    }

    if (n == 0) {
        (void) json_array_append(out, item);
    }

    json_decref(item);
}


json_t *
os_map_several(os_map_t *m, const json_t *members, const char *name)
{
    json_t  *item, *out = json_array();

    item = os_map_object(m, members);
    os_map_spread(out, item ? item : json_object(), name);

    return out;
}


/*
 * {"each": ARRAY, "item": SPEC} and, with `where`, only those that hold; with
 * `flat`, items that are lists give their elements; with `spread`, see above.
 */
static json_t *
os_map_each(os_map_t *m, const json_t *spec)
{
    size_t         i;
    json_t        *array, *value, *out;
    const json_t  *here;

    here = m->here;
    array = os_map_items(os_map_at(m, os_json_str(spec, "each")));
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

        } else if (json_is_object(value) && json_object_get(spec, "spread")) {
            os_map_spread(out, value, os_json_str(spec, "spread").data);

        } else if (value != NULL) {
            (void) json_array_append_new(out, value);
        }
    }

    json_decref(array);
    m->here = here;

    if (json_array_size(out) == 0) {
        json_decref(out);
        return NULL;
    }

    return out;
}


/* Amounts without their signs, or with: more than fits is no sum of money. */
static int64_t
os_map_add(const os_map_t *m, const json_t *amount, int with_sign, int64_t sum)
{
    char      room[OS_MAP_ROOM];
    int64_t   minor;
    os_buf_t  text = os_buf_on(room, sizeof(room));

    if (os_json_text(amount, &text)
        && m->digits >= 0
        && os_money_parse(os_buf_view(&text), m->digits, &minor) == 0
        && (minor == INT64_MIN
            || __builtin_add_overflow(sum, minor < 0 && !with_sign ? -minor
                                                                   : minor,
                                      &sum)))
    {
        sum = INT64_MAX;
    }

    os_buf_free(&text);
    return sum;
}


/* {"sum": LIST, "of": POINTER}, {"sum": FORM}: a list of amounts, as money. */
static json_t *
os_map_sum(os_map_t *m, const json_t *spec)
{
    size_t    i;
    json_t   *list, *from, *item;
    int64_t   sum = 0;
    os_str_t  of;

    from = json_object_get(spec, "sum");
    of = os_json_str(spec, "of");
    from = json_is_string(from)
           ? json_incref(os_map_at(m, os_json_str(spec, "sum")))
           : os_map_value(m, from);
    list = os_map_items(from);

    json_array_foreach(list, i, item) {
        sum = os_map_add(m, os_map_pointer(item, of),
                         os_json_bool(spec, "signed"), sum);
    }

    json_decref(list);
    json_decref(from);

    return sum ? json_integer(sum) : NULL;
}


/*
 * {"add": [FORM, …], "less": [FORM, …]}: amounts, as "money" gives them. The
 * first of them has to be there; of the others, those that are.
 */
static json_t *
os_map_sums(os_map_t *m, const json_t *spec)
{
    size_t     i, n;
    json_t    *value, *list;
    __int128   sum = 0;

    static const char *const  parts[] = { "add", "less" };

    for (n = 0; n < 2; n++) {
        list = json_object_get(spec, parts[n]);

        for (i = 0; i < json_array_size(list); i++) {
            value = os_map_value(m, json_array_get(list, i));

            if (n == 0 && i == 0 && !json_is_integer(value)) {
                json_decref(value);
                return NULL;
            }

            sum += n ? -(__int128) json_integer_value(value)
                     : (__int128) json_integer_value(value);
            json_decref(value);
        }
    }

    return sum >= INT64_MIN && sum <= INT64_MAX ? json_integer((json_int_t) sum)
                                                : NULL;
}


/* {"all": [FORM, …]}: the elements of all lists that they give. */
static json_t *
os_map_all(os_map_t *m, const json_t *spec)
{
    size_t   i;
    json_t  *form, *value, *out = json_array();

    json_array_foreach(json_object_get(spec, "all"), i, form) {
        value = os_map_value(m, form);

        if (json_is_array(value)) {
            (void) json_array_extend(out, value);

        } else if (value) {
            (void) json_array_append(out, value);
        }

        json_decref(value);
    }

    return out;
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

    if (json_object_get(spec, "add")) {
        return os_map_sums(m, spec);
    }

    if (json_object_get(spec, "all")) {
        return os_map_all(m, spec);
    }

    if (json_object_get(spec, "join")) {
        return os_map_join(m, spec);
    }

    return json_is_true(json_object_get(spec, "topic"))
           ? os_json_new_str(m->topic) : NULL;
}


/*
 * A table as it stands, or the name of one of the source's `words`: a word in
 * another spelling is the same one.
 */
static json_t *
os_map_table(const os_map_t *m, const json_t *table, json_t *value)
{
    char       room[OS_MAP_ROOM];
    json_t    *to = NULL;
    os_buf_t   text = os_buf_on(room, sizeof(room));

    if (json_is_string(table)) {
        table = json_object_get(m->words, json_string_value(table));
    }

    if (os_json_text(value, &text) && !text.failed) {
        to = os_json_word(table, os_buf_view(&text));
    }

    if (to == NULL) {
        to = json_object_get(table, "*");
    }

    os_buf_free(&text);
    json_decref(value);

    return os_map_empty(to) ? NULL : json_deep_copy(to);
}


/* As it was typed: what of it is a number is libphonenumber's to say. */
static json_t *
os_as_phone(os_str_t text)
{
    return text.len > 3 && text.len <= OS_MAP_PHONE_MAX
           ? os_json_new_str(text) : NULL;
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
        if (os_str_alike(text, os_str(yes[i]))) {
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


/*
 * A moment: seconds, or, where `local` and no zone is told, the wall clock
 * where it was: "2026-11-28T02:41:00", the name of a zone in brackets behind
 * it, or a day alone where the time is not known. `zone` and `no_time` are
 * forms that say so elsewhere in the payload.
 */
static json_t *
os_as_time(os_map_t *m, const json_t *spec, os_str_t text)
{
    json_t       *value, *zone = NULL, *day = NULL;
    int64_t       offset;
    os_buf_t      wall = { 0 }, said = { 0 };
    os_moment_t   at;

    if (os_moment_parse(text, &at) == -1 || at.at < OS_MAP_FIRST) {
        return NULL;
    }

    zone = os_map_value(m, json_object_get(spec, "zone"));
    day = os_map_value(m, json_object_get(spec, "no_time"));
    (void) os_json_text(zone, &said);

    if (!at.zoned && said.len
        && os_offset_parse(os_buf_view(&said), &offset) == 0)
    {
        at.at -= offset;
        at.zoned = 1;
        said.len = 0;
    }

    if (at.zoned || !os_json_bool(spec, "local")) {
        value = json_integer(at.at);

    } else {
        at.timed = at.timed && !json_is_true(day);
        os_wall_write(&wall, at.at, at.timed);

        if (said.len) {
            os_buf_printf(&wall, "[%s]", said.data);
        }

        value = os_json_new_str(os_buf_view(&wall));
    }

    json_decref(zone);
    json_decref(day);
    os_buf_free(&said);
    os_buf_free(&wall);

    return value;
}


/*
 * A decimal as machines write it; or an amount as people do, which is none
 * where it could be two.
 */
static json_t *
os_as_money(const os_map_t *m, os_str_t text, int written)
{
    int64_t  n;

    return m->digits >= 0
           && ((!written && os_money_parse(text, m->digits, &n) == 0)
               || os_money_read(text, m->digits, &n) == 0)
           ? json_integer(n) : NULL;
}


/* "n/a", "-" and "by hand" are no number of a parcel. */
static int
os_has_digit(os_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len && !isdigit((unsigned char) text.data[i]); i++) { }

    return i < text.len;
}


/*
 * Numbers of parcels as people type them, parted with commas and line ends: a
 * list, or the one that it is.
 */
static json_t *
os_as_numbers(os_str_t text)
{
    size_t   n;
    json_t  *one, *list = json_array();

    static const char  between[] = ",;|\t\r\n";

    while (text.len) {
        for (n = 0; n < text.len && !strchr(between, text.data[n]); n++) { }

        if (os_has_digit((os_str_t) { n, text.data })) {
            (void) json_array_append_new(list, os_json_new_str(
                       (os_str_t) { n, text.data }));
        }

        n += n < text.len;
        text.data += n;
        text.len -= n;
    }

    if (json_array_size(list) > 1) {
        return list;
    }

    one = json_incref(json_array_get(list, 0));
    json_decref(list);

    return one;
}


static json_t *
os_as_text(const os_map_t *m, os_str_t as, os_str_t text)
{
    int64_t  n;

    if (os_str_equal(as, OS_STR("money"))) {
        return os_as_money(m, text, 0);
    }

    if (os_str_equal(as, OS_STR("amount"))) {
        return os_as_money(m, text, 1);
    }

    if (os_str_equal(as, OS_STR("int"))) {
        return os_money_parse(text, 0, &n) == 0 ? json_integer(n) : NULL;
    }

    if (os_str_equal(as, OS_STR("date"))) {
        return os_as_date(text);
    }

    if (os_str_equal(as, OS_STR("numbers"))) {
        return os_as_numbers(text);
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


/*
 * What gave nothing: did it say something? An amount of any text, a time or a
 * day of more than zeros, or of a first day that is a null of some language's.
 */
static int
os_as_refuses(os_str_t as, os_str_t text)
{
    size_t       i;
    os_moment_t  at;

    if (os_str_equal(as, OS_STR("time")) || os_str_equal(as, OS_STR("date"))) {
        for (i = 0; i < text.len && strchr("0-:TZ .", text.data[i]); i++) { }

        return i < text.len && os_moment_parse(text, &at) == -1;
    }

    return text.len && (os_str_equal(as, OS_STR("money"))
                        || os_str_equal(as, OS_STR("amount")));
}


static json_t *
os_map_as(os_map_t *m, const json_t *spec, os_str_t as, json_t *value)
{
    char       room[OS_MAP_ROOM];
    json_t    *out = NULL;
    os_buf_t   text = os_buf_on(room, sizeof(room));

    /* a number of JSON is a decimal */

    if (json_is_number(value) && os_str_equal(as, OS_STR("amount"))) {
        as = OS_STR("money");
    }

    if (os_json_text(value, &text) && !text.failed) {
        out = os_str_equal(as, OS_STR("time"))
              ? os_as_time(m, spec, os_buf_view(&text))
              : os_as_text(m, as, os_buf_view(&text));
        m->refused |= out == NULL && os_as_refuses(as, os_buf_view(&text));
    }

    m->failed |= text.failed;

    os_buf_free(&text);
    json_decref(value);

    return out;
}


/* {"times": FORM}: an amount, as often as a whole number says; else nothing. */
static json_t *
os_map_times(os_map_t *m, const json_t *spec, json_t *value)
{
    int        known;
    json_t    *factor = os_map_value(m, spec);
    int64_t    n = 0, amount = json_integer_value(value);
    os_buf_t   text = { 0 };

    known = json_is_integer(value) && os_json_text(factor, &text)
            && os_money_parse(os_buf_view(&text), 0, &n) == 0
            && !__builtin_mul_overflow(amount, n, &amount);
    os_buf_free(&text);
    json_decref(factor);
    json_decref(value);

    return known ? json_integer(amount) : NULL;
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
        value = os_map_as(m, spec, as, value);
    }

    if (value && json_object_get(spec, "times")) {
        value = os_map_times(m, json_object_get(spec, "times"), value);
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
        value = os_map_copy(os_map_at(m, (os_str_t) {
                                json_string_length(spec),
                                json_string_value(spec) }), OS_MAP_DEPTH);

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
