/*
 * os_map: the language in which a source says what of a platform's payload is
 * what of an order or a parcel (docs/sources.md, "map"): forms that give
 * values, conditions that hold or do not. Pure; what a payload lacks is never
 * a fault.
 */

#ifndef OS_MAP_H
#define OS_MAP_H

#include "core/base/os_json.h"


/* What a value is looked up in. */
typedef struct {
    const json_t  *root;        /* the order as the platform writes it */
    const json_t  *here;        /* the same, or the element of an "each" */
    const json_t  *words;       /* the source's named tables */
    os_str_t       topic;
    int            digits;      /* of the order's currency; -1: none known */
    int            depth;
    json_t        *odd;         /* members of which a value cannot be read; */
                                /* new, NULL: none */
    unsigned       refused:1;   /* one of this member cannot be */
    unsigned       failed:1;    /* there was no memory for a value */
} os_map_t;


/* What a form gives: new, or NULL; a value that is empty is as good as none. */
json_t *os_map_value(os_map_t *m, const json_t *spec);

/* An object whose members are forms: new, or NULL when none gives anything. */
json_t *os_map_object(os_map_t *m, const json_t *members);

/*
 * The same for an object whose member `name` may come out as a list: one
 * object for each of its elements, each with the element in that place of
 * other members that are lists. A new array.
 */
json_t *os_map_several(os_map_t *m, const json_t *members, const char *name);

/* Do all members of a condition hold? */
int os_map_holds(const os_map_t *m, const json_t *conditions);

/*
 * A list, however it is written: its elements in a new array. What is no list
 * gives an empty one. An object whose names are all numbers is a list in their
 * order: PHP writes one so from which something was taken away.
 */
json_t *os_map_items(const json_t *value);

/* RFC 6901, in such lists too: /0 is the first element. Borrowed, or NULL. */
json_t *os_map_pointer(const json_t *root, os_str_t pointer);

#endif /* OS_MAP_H */
