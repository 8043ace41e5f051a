/*
 * os_mustache: the Mustache template language (mustache(5), specification
 * 1.4 without its optional modules) over jansson values.
 *
 * A template is compiled once and rendered many times. A compiled template
 * never changes: any number of renders may use it, also at once from several
 * threads, as long as nobody changes the view meanwhile.
 *
 * What the specification leaves open is settled so:
 *
 *   - false, null, an empty list, an empty string and a name that is not found
 *     are false to a section; every number and every object is true;
 *   - an object or a list interpolates as nothing, true and false as words;
 *   - a name that is not found interpolates as nothing;
 *   - a partial that is not found is empty.
 */

#ifndef OS_MUSTACHE_H
#define OS_MUSTACHE_H

#include <jansson.h>

#include "core/base/os_buf.h"


/* {{x}} escapes & < > " and '. Without it {{x}} and {{{x}}} are the same. */
#define OS_TEMPLATE_HTML  1

/* What the partial callback answers. */
#define OS_PARTIAL_ERROR   (-1)
#define OS_PARTIAL_ABSENT  0
#define OS_PARTIAL_FOUND   1
#define OS_PARTIAL_PHRASE  2

/*
 * Puts the source of partial `name` into `source` (which is empty) and returns
 * FOUND. PHRASE is a found one that stands within its line as a word would:
 * a line that holds nothing else keeps its line break and its indentation is
 * not repeated. ERROR stops the compilation; `source` may then hold the reason
 * in words. Called at compile time only, once for each name.
 */
typedef int (*os_partial_pt)(void *data, os_str_t name, os_buf_t *source);

typedef struct os_template_s  os_template_t;


/*
 * Compiles `source`; `name` stands in messages. `partial` may be NULL: then no
 * partial is found. NULL and err ("name:line:column: what was expected") when
 * the text is not a template, a partial fails, or a bound is passed: sections
 * 64 deep, partials 32 deep, 4 MiB of text. The caller owns the result, which
 * keeps nothing of what was passed.
 */
os_template_t *os_template_compile(os_str_t source, const char *name,
    unsigned flags, os_partial_pt partial, void *data, os_error_t *err);

/*
 * Partial evaluation. Every tag whose first name is one of `roots` (a list
 * that NULL ends) is resolved now, against `view`, to literal text; sections
 * over such names are unrolled. The rest stays for os_template_render(), whose
 * view need not hold the roots any more. Root names are reserved: an object in
 * a later view must not have a member so called, or rendering the bound and
 * the unbound template could differ; otherwise they are equal.
 *
 * The result is new and the caller's; `view` is only read. NULL: no memory, or
 * more than 4 MiB of text.
 */
os_template_t *os_template_bind(const os_template_t *t, json_t *view,
    const char *const *roots);

/*
 * Appends the rendering to `out`. Returns 0, or -1 when memory ran out or
 * sections and recursive partials went deeper than 128; `out` then holds a
 * part. Allocates nothing but the growth of `out`.
 */
int os_template_render(const os_template_t *t, json_t *view, os_buf_t *out);

/* NULL is allowed. */
void os_template_free(os_template_t *t);

/*
 * Calls fn for each tag that is left for rendering, in order: what it is
 * ('v' interpolation, '&' unescaped, '#', '^') and its full name. For checks
 * of which names a text uses.
 */
void os_template_each(const os_template_t *t,
    void (*fn)(void *data, int kind, os_str_t name), void *data);

#endif /* OS_MUSTACHE_H */
