/*
 * os_form: forms as PHP reads them. See os_form.h.
 */

#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"


int
os_form_next(os_str_t *form, os_str_t *name, os_str_t *value)
{
    size_t       len;
    os_str_t     pair;
    const char  *mark;

    do {
        if (form->len == 0) {
            return 0;
        }

        mark = memchr(form->data, '&', form->len);
        len = mark ? (size_t) (mark - form->data) : form->len;
        pair = (os_str_t) { len, form->data };
        form->data += len + (mark != NULL);
        form->len -= len + (mark != NULL);

    } while (len == 0);

    mark = memchr(pair.data, '=', pair.len);

    if (mark == NULL) {
        *name = pair;
        *value = (os_str_t) { 0, pair.data + pair.len };
        return 1;
    }

    *name = (os_str_t) { (size_t) (mark - pair.data), pair.data };
    *value = (os_str_t) { pair.len - name->len - 1, mark + 1 };
    return 1;
}


void
os_form_decode(os_str_t raw, os_buf_t *out)
{
    char  c;

    if (os_buf_reserve(out, raw.len) == -1) {
        return;
    }

    for (size_t i = 0; i < raw.len; i++) {
        c = raw.data[i];

        if (c == '%' && i + 2 < raw.len
            && os_unhex((os_str_t) { 2, raw.data + i + 1 }, &c, 1) == 1)
        {
            i += 2;

        } else if (c == '+') {
            c = ' ';
        }

        out->data[out->len++] = c;
    }

    out->data[out->len] = '\0';
}


os_str_t
os_form_front(os_str_t text, size_t characters)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < text.len; i++) {
        c = (unsigned char) text.data[i];

        if ((c & 0xc0) == 0x80 || c == '\r') {
            continue;
        }

        if (characters-- == 0) {
            break;
        }
    }

    return (os_str_t) { i, text.data };
}


/* A decoded name as PHP registers it; tells whether it is an array. */
static os_str_t
os_form_name(os_buf_t *decoded, int *array)
{
    char    *p;
    size_t   start = 0, len;

    len = strlen(decoded->data);

    while (start < len && decoded->data[start] == ' ') {
        start++;
    }

    *array = 0;

    for (p = decoded->data + start; *p; p++) {

        if (*p == ' ' || *p == '.') {
            *p = '_';

        } else if (*p == '[') {

            /* nothing before the bracket: PHP drops it */
            if (p == decoded->data + start) {
                break;
            }

            if (strchr(p, ']')) {
                *array = 1;
                break;
            }

            *p = '_';
        }
    }

    return (os_str_t) { (size_t) (p - decoded->data) - start,
                        decoded->data + start };
}


static int
os_form_same(os_str_t a, os_str_t b, int fold)
{
    char  c;

    if (a.len != b.len) {
        return 0;
    }

    for (size_t i = 0; i < a.len; i++) {
        c = a.data[i];

        if (fold && c >= 'A' && c <= 'Z') {
            c = (char) (c | 0x20);
        }

        if (c != b.data[i]) {
            return 0;
        }
    }

    return 1;
}


/* Could it be another name once it is decoded? Almost none could. */
static int
os_form_coded(os_str_t raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        switch (raw.data[i]) {
        case '%': case '+': case '[': case '.': case ' ': case '\0':
            return 1;
        }
    }

    return 0;
}


/* Is this raw name the one that is looked for, and is it an array? */
static int
os_form_is(os_str_t raw, os_str_t name, int fold, int *array,
    os_buf_t *decoded)
{
    *array = 0;

    if (!os_form_coded(raw)) {
        return os_form_same(raw, name, fold);
    }

    decoded->len = 0;
    os_form_decode(raw, decoded);

    return !decoded->failed
           && os_form_same(os_form_name(decoded, array), name, fold);
}


/* At a name's front: another letter may come of them, or none at all. */
static const char  os_form_odd[256] = {
    ['%'] = 1, ['+'] = 1, [' '] = 1, ['.'] = 1, ['['] = 1
};


/*
 * Goes to the next pair whose name may begin with this letter once decoded;
 * 0 when there is none. On most pages that is all that happens.
 */
static inline int
os_form_skip(os_str_t *form, char first)
{
    const char  *amp, *end = form->data + form->len;

    if (first == '\0') {
        return 0;
    }

    while (form->data < end) {

        if ((form->data[0] | 0x20) == (first | 0x20)
            || os_form_odd[(unsigned char) form->data[0]])
        {
            form->len = (size_t) (end - form->data);
            return 1;
        }

        amp = memchr(form->data, '&', (size_t) (end - form->data));
        if (amp == NULL) {
            return 0;
        }

        form->data = amp + 1;
    }

    return 0;
}


static os_arg_t __attribute__((noinline))
os_form_look(os_str_t form, os_str_t name, int fold, os_buf_t *value)
{
    int        array;
    char       room[128];
    size_t     n = 0;
    os_arg_t   found = OS_ARG_ABSENT;
    os_buf_t   decoded = os_buf_on(room, sizeof(room));
    os_str_t   raw_name, raw_value, last = OS_NULL;

    while (os_form_skip(&form, name.len ? name.data[0] : '\0')
           && os_form_next(&form, &raw_name, &raw_value))
    {
        if (!os_form_is(raw_name, name, fold, &array, &decoded)) {
            continue;
        }

        n++;
        found = (array || n > 1) ? OS_ARG_AMBIGUOUS : OS_ARG_ONE;

        if (found == OS_ARG_AMBIGUOUS) {
            break;
        }

        last = raw_value;
    }

    /* without memory nothing may be decided */
    if (decoded.failed) {
        found = OS_ARG_AMBIGUOUS;
    }

    os_buf_free(&decoded);

    if (found == OS_ARG_ONE && value) {
        os_form_decode(last, value);
    }

    return found;
}


os_arg_t
os_form_find(os_str_t form, os_str_t name, os_buf_t *value)
{
    return os_form_look(form, name, 0, value);
}


os_arg_t
os_form_find_folded(os_str_t form, os_str_t name, os_buf_t *value)
{
    /* most pages have nothing like it: leave early */

    return os_form_skip(&form, name.len ? name.data[0] : '\0')
           ? os_form_look(form, name, 1, value) : OS_ARG_ABSENT;
}
