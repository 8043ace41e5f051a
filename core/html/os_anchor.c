/*
 * Places and selectors.
 */

#include "core/html/os_anchor.h"
#include "core/html/os_element.h"


static int
os_anchor_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || (unsigned char) c >= 0x80;
}


static int
os_anchor_name_char(char c)
{
    return os_anchor_letter(c) || (c >= '0' && c <= '9') || c == '-';
}


/* A name at `*p`, which is moved behind it; empty when there is none. */
static os_str_t
os_anchor_name(const char **p, const char *end)
{
    os_str_t     name;
    const char  *start = *p;

    while (*p < end && os_anchor_name_char(**p)) {
        (*p)++;
    }

    name = (os_str_t) { (size_t) (*p - start), start };
    return name;
}


static int
os_anchor_bad(os_error_t *err, os_str_t selector, const char *at,
    const char *expected)
{
    return os_fail(err, "selector \"%.*s\", character %d: expected %s",
                   (int) selector.len, selector.data,
                   (int) (at - selector.data) + 1, expected);
}


/* "[name]", "[name=value]", "[name=\"value\"]"; *p is behind the bracket. */
static int
os_anchor_attribute(os_anchor_t *a, os_str_t selector, const char **p,
    os_error_t *err)
{
    char         quote;
    const char  *end = selector.data + selector.len, *start;
    os_want_t   *kind = &a->wants[a->nwants].kind;
    os_str_t    *name = &a->wants[a->nwants].name;
    os_str_t    *value = &a->wants[a->nwants].value;

    *name = os_anchor_name(p, end);
    *value = OS_NULL;

    if (name->len == 0) {
        return os_anchor_bad(err, selector, *p, "an attribute's name");
    }

    if (*p < end && **p == ']') {
        *kind = OS_WANT_NAME;
        (*p)++;
        return 0;
    }

    if (*p == end || **p != '=') {
        return os_anchor_bad(err, selector, *p,
                             "\"=\" or \"]\" after an attribute's name");
    }

    *kind = OS_WANT_VALUE;
    (*p)++;

    if (*p < end && (**p == '"' || **p == '\'')) {
        quote = *(*p)++;
        start = *p;

        while (*p < end && **p != quote) {
            if (**p == '\\') {
                return os_anchor_bad(err, selector, *p,
                                     "a value without a backslash");
            }

            (*p)++;
        }

        *value = (os_str_t) { (size_t) (*p - start), start };

        if (*p == end) {
            return os_anchor_bad(err, selector, *p, "the closing quote");
        }

        (*p)++;

    } else {
        *value = os_anchor_name(p, end);

        if (value->len == 0) {
            return os_anchor_bad(err, selector, *p,
                                 "a value, in quotes unless it is a name");
        }
    }

    if (*p == end || **p != ']') {
        return os_anchor_bad(err, selector, *p, "\"]\"");
    }

    (*p)++;
    return 0;
}


static int
os_anchor_selector(os_anchor_t *a, os_str_t selector, os_error_t *err)
{
    char         c;
    const char  *p = selector.data, *end = p + selector.len;

    static const char  one[] = "one element: a tag, #id, .class, [name=value] "
                               "or these together";

    a->tag = OS_NULL;
    a->nwants = 0;

    if (selector.len == 0) {
        return os_fail(err, "an empty selector: expected %s", one);
    }

    if (os_anchor_letter(*p)) {
        a->tag = os_anchor_name(&p, end);
    }

    while (p < end) {
        c = *p;

        if (c != '#' && c != '.' && c != '[') {
            return os_anchor_bad(err, selector, p, one);
        }

        if (a->nwants == OS_ANCHOR_WANTS) {
            return os_anchor_bad(err, selector, p, "at most 6 conditions");
        }

        p++;

        if (c == '[') {
            if (os_anchor_attribute(a, selector, &p, err) == -1) {
                return -1;
            }

        } else {
            a->wants[a->nwants].kind = c == '#' ? OS_WANT_ID : OS_WANT_CLASS;
            a->wants[a->nwants].name = c == '#' ? OS_STR("id")
                                                : OS_STR("class");
            a->wants[a->nwants].value = os_anchor_name(&p, end);

            if (a->wants[a->nwants].value.len == 0) {
                return os_anchor_bad(err, selector, p, "a name");
            }
        }

        a->nwants++;
    }

    return 0;
}


/* Can anything be where the place says, beside or in an element so called? */
static int
os_anchor_possible(const os_anchor_t *a)
{
    const os_element_t  *e;

    e = os_element(os_element_key(a->tag.data, a->tag.len));

    if (e->el == OS_HTML || e->el == OS_HEAD || e->el == OS_FRAMESET) {
        return 0;
    }

    switch (a->place) {

    case OS_PLACE_BEFORE:
    case OS_PLACE_AFTER:
        return e->el != OS_BODY && e->el != OS_OPTION && e->el != OS_OPTGROUP
               && !(e->el >= OS_CAPTION && e->el <= OS_TH);

    case OS_PLACE_PREPEND:
    case OS_PLACE_APPEND:
        return !(e->flags & (OS_EL_VOID|OS_EL_RAW|OS_EL_ODD|OS_EL_FORMAT
                             |OS_EL_IS_P|OS_EL_IS_BUTTON))
               && e->el != OS_OPTION && e->el != OS_OPTGROUP;

    default:
        return !(e->flags & (OS_EL_VOID|OS_EL_RAW)) && e->el != OS_BODY;
    }
}


int
os_anchor_parse(os_anchor_t *a, os_str_t place, os_str_t selector,
    os_error_t *err)
{
    unsigned  i;

    static const char *const  words[] = {
        "before", "prepend", "append", "after"
    };

    a->place = OS_PLACE_TEXT;

    if (place.data) {
        for (i = 0; i < OS_PLACE_TEXT; i++) {
            if (os_str_equal(place, os_str(words[i]))) {
                break;
            }
        }

        if (i == OS_PLACE_TEXT) {
            return os_fail(err, "\"%.*s\": expected \"before\", \"prepend\", "
                           "\"append\" or \"after\"", (int) place.len,
                           place.data);
        }

        a->place = (os_place_t) i;
    }

    if (os_anchor_selector(a, selector, err) == -1) {
        return -1;
    }

    if (a->tag.len && !os_anchor_possible(a)) {
        return os_fail(err, "selector \"%.*s\": nothing can stand %s <%.*s>",
                       (int) selector.len, selector.data,
                       a->place == OS_PLACE_BEFORE ? "before"
                       : a->place == OS_PLACE_AFTER ? "after"
                       : a->place == OS_PLACE_TEXT ? "as text in" : "in",
                       (int) a->tag.len, a->tag.data);
    }

    return 0;
}
