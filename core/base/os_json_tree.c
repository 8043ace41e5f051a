/*
 * os_json_tree: see os_json_tree.h.
 */

#include <stdlib.h>

#include "core/base/os_json_plain.h"
#include "core/base/os_json_tree.h"


#define OS_TREE_DEPTH  16
#define OS_TREE_ROOM   4096     /* on the stack; longer texts use the heap */


static json_t *os_tree_value(os_plain_t *p);


static json_t *
os_tree_object(os_plain_t *p)
{
    size_t     n = 0;
    json_t    *object;
    os_str_t   name;

    object = json_object();

    if (object == NULL || !os_plain_open(p, '}')) {
        return object;
    }

    do {
        if (os_plain_name(p, &name) == -1
            || json_object_setn_new_nocheck(object, name.data, name.len,
                                            os_tree_value(p)) == -1)
        {
            json_decref(object);
            return NULL;
        }

        n++;
    } while (os_plain_comma(p));

    /* fewer members than were read: one came twice */

    if (!os_plain_is(p, '}') || json_object_size(object) < n) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
os_tree_array(os_plain_t *p)
{
    json_t  *array;

    array = json_array();

    if (array == NULL || !os_plain_open(p, ']')) {
        return array;
    }

    do {
        if (json_array_append_new(array, os_tree_value(p)) == -1) {
            json_decref(array);
            return NULL;
        }
    } while (os_plain_comma(p));

    if (!os_plain_is(p, ']')) {
        json_decref(array);
        return NULL;
    }

    return array;
}


static json_t *
os_tree_value(os_plain_t *p)
{
    char       first = *p->at;
    json_t    *value;
    int64_t    number;
    os_str_t   text;

    switch (first) {

    case '"':
        return os_plain_string(p, &text) == 0
               ? json_stringn_nocheck(text.data, text.len) : NULL;

    case '{':
    case '[':
        if (p->depth == OS_TREE_DEPTH) {
            return NULL;
        }

        p->depth++;
        value = first == '{' ? os_tree_object(p) : os_tree_array(p);
        p->depth--;
        return value;

    case 't':
    case 'f':
        return os_plain_skip(p) == 0 ? json_boolean(first == 't') : NULL;

    case 'n':
        return os_plain_skip(p) == 0 ? json_null() : NULL;

    default:
        return os_plain_int(p, &number) == 0 ? json_integer(number) : NULL;
    }
}


json_t *
os_json_tree(os_str_t text)
{
    char         on_stack[OS_TREE_ROOM], *room = on_stack;
    json_t      *value;
    os_plain_t   p;

    if (OS_PLAIN_ROOM(text.len) > sizeof(on_stack)) {
        room = malloc(OS_PLAIN_ROOM(text.len));
    }

    if (room == NULL) {
        return NULL;
    }

    os_plain_init(&p, text, room);
    value = os_tree_value(&p);

    if (os_plain_end(&p) == -1) {
        json_decref(value);
        value = NULL;
    }

    if (room != on_stack) {
        free(room);
    }

    return value;
}
