/*
 * os_action: how a store's API is spoken to. A campaign says it as calls:
 * method, URL, headers and a JSON body in which every string is a Mustache
 * template over a view. docs/campaign.md shows it with examples.
 *
 * In a body, {"$value": "a.b"} stands for the value at that path of the view
 * with its type, and {"$each": "a.b", "$item": X} for a list with X expanded
 * once for each element: `item` is the element, and the members of an element
 * that is an object are names of their own. A $value that finds nothing takes
 * its member (or list element) away.
 */

#ifndef OS_ACTION_H
#define OS_ACTION_H

#include "core/base/os_json.h"


/* One request, ready to be sent. */
typedef struct {
    char       method[8];
    os_buf_t   url;
    json_t    *headers;         /* name → text */
    os_buf_t   body;            /* empty: none */
    json_t    *expect;          /* the statuses of a yes; NULL: 2xx; borrowed */
} os_request_t;


/* The value at a dotted path of a view, borrowed, or NULL. */
json_t *os_action_at(const json_t *view, const char *path);

/* Does the call's `when` let it happen? A call without one does. */
int os_action_wanted(const json_t *call, const json_t *view);

/*
 * Is there anything to be called? Not where the URL is nothing but a value,
 * "{{{raw.customer}}}", and that is no text: what would stand there is perhaps
 * here already.
 */
int os_action_found(const json_t *call, const json_t *view);

/*
 * Expands a call. A URL that begins with "/" is put after `base`; values that
 * a template puts into a URL are percent-encoded, but for one that is the whole
 * URL, "{{{raw.customer}}}": such an address must be below `base`, or a path.
 * -1 with err.
 */
int os_action_expand(const json_t *call, os_str_t base, json_t *view,
    os_request_t *out, os_error_t *err);
void os_request_free(os_request_t *r);

/* One string as a template, nothing escaped; appended to out. -1 with err. */
int os_action_text(os_str_t template, json_t *view, os_buf_t *out,
    os_error_t *err);

/* A body alone: a new value, or NULL with err. */
json_t *os_action_body(const json_t *body, json_t *view, os_error_t *err);

/*
 * Can it be expanded at all, and does it use nothing but `names`? Those are
 * roots of the view, or paths ("order.id") where nothing else is below; NULL
 * ends the list, and a list that is NULL knows them all. Names within a
 * section or an $item may be of its elements and are taken. `call` has url,
 * headers, body, when; each may be missing. -1: `where`, a JSON pointer to the
 * call, is led on to the fault, err gets what is wrong with it.
 */
int os_action_check(const json_t *call, const char *const *names,
    os_buf_t *where, os_error_t *err);

/*
 * The same of the call that is the member `name` of an object at `where`, and
 * must have a URL.
 */
int os_action_check_call(const json_t *object, const char *name,
    const char *const *names, os_buf_t *where, os_error_t *err);

int os_request_expects(const os_request_t *r, int status);

#endif /* OS_ACTION_H */
