/*
 * os_json: jansson with the comfort that the rest of core/ needs.
 */

#ifndef OS_JSON_H
#define OS_JSON_H

#include <jansson.h>

#include "core/base/os_buf.h"
#include "core/base/os_json_write.h"


/* Parses one JSON text; `name` (a file) opens the error. NULL with err. */
json_t *os_json_parse(os_str_t text, const char *name, os_error_t *err);
json_t *os_json_file(const char *path, os_error_t *err);

/*
 * An object or array that a program of ours wrote, as cheaply as it can be; of
 * members of the same name the last one counts. NULL: not JSON, or no memory.
 */
json_t *os_json_read(os_str_t text);

/*
 * The member of that name, else the first whose name is the same word however
 * it is spelled (os_str_alike()). Borrowed, or NULL.
 */
json_t *os_json_word(const json_t *object, os_str_t word);

/* A member, or the default when it is absent or of another type. */
os_str_t os_json_str(const json_t *object, const char *key);  /* OS_NULL */
int64_t  os_json_int(const json_t *object, const char *key, int64_t other);
int      os_json_bool(const json_t *object, const char *key); /* 0 */

json_t *os_json_new_str(os_str_t s);      /* NULL when not UTF-8 or no memory */

/* The key is known to be UTF-8. */
void    os_json_set_str(json_t *object, const char *key, os_str_t s);
void    os_json_set_int(json_t *object, const char *key, int64_t value);

/* RFC 6901; NULL when nothing is there. Borrowed. */
json_t *os_json_pointer(const json_t *root, os_str_t pointer);

/*
 * Takes the next token of a pointer off its front, with ~0 and ~1 undone, in
 * place of what `token` held; -1 when there is none, or no memory.
 */
int os_json_pointer_take(os_str_t *pointer, os_buf_t *token);

/* Appends "/key", escaped, to a pointer. */
void os_json_pointer_add(os_buf_t *pointer, const char *key);

/* Leads `where` on to a member that is not as `expected`; -1, err says it. */
int os_json_expected(os_buf_t *where, const char *member,
    const char *expected, os_error_t *err);

/* A string, number or boolean as text; 0 for null, arrays, objects. */
int os_json_text(const json_t *value, os_buf_t *out);

/*
 * The line and column (from 1) at which the value that `pointer` names begins
 * in the JSON text it was parsed from. 0, or -1 when it is not there.
 */
int os_json_locate(os_str_t text, os_str_t pointer, int *line, int *column);

/*
 * -1 with err: "path:line:column: /pointer: expected". `text` is what the file
 * holds.
 */
int os_json_fault(const char *path, os_str_t text, os_str_t pointer,
    const char *expected, os_error_t *err);

/*
 * Checks a value against a JSON Schema (draft 2020-12: type, enum, const,
 * properties, required, additionalProperties, patternProperties,
 * propertyNames, items, minItems, maxItems, minLength, maxLength, minimum,
 * maximum, pattern as a POSIX extended expression, oneOf, anyOf, $ref to
 * #/$defs). On the first fault: -1, `where` gets its JSON pointer, err what
 * was expected there.
 */
int os_json_check(const json_t *value, const json_t *schema, os_buf_t *where,
    os_error_t *err);

/*
 * The same values in the order of their keys' bytes, as a new object; NULL
 * without memory, and of what is no object.
 */
json_t *os_json_sorted(const json_t *object);

#endif /* OS_JSON_H */
