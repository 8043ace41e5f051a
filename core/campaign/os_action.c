/*
 * os_action: see os_action.h.
 */

#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/campaign/os_action.h"
#include "core/text/os_mustache.h"


#define OS_ACTION_DEPTH  32


typedef struct {
    const char *const  *names;      /* NULL: any will do */
    os_buf_t           *where;
    os_error_t         *err;
    os_buf_t            unknown;    /* the first name that is none */
    unsigned            inside:1;   /* a section, which may have its own */
} os_action_check_t;


static int os_check_body(os_action_check_t *c, const json_t *body, int depth);
static json_t *os_expand(const json_t *body, json_t *view, int depth,
    int *absent, os_error_t *err);


json_t *
os_action_at(const json_t *view, const char *path)
{
    size_t       len;
    char         name[128];
    json_t      *at;
    const char  *dot;

    at = (json_t *) view;

    while (at != NULL && *path != '\0') {
        dot = strchr(path, '.');
        len = dot ? (size_t) (dot - path) : strlen(path);

        if (len >= sizeof(name)) {
            return NULL;
        }

        memcpy(name, path, len);
        name[len] = '\0';
        at = json_is_array(at) ? json_array_get(at, (size_t) atoi(name))
                               : json_object_get(at, name);
        path += len + (dot != NULL);
    }

    return at;
}


int
os_action_wanted(const json_t *call, const json_t *view)
{
    json_t      *value;
    const char  *path;

    path = json_string_value(json_object_get(call, "when"));

    if (path == NULL) {
        return 1;
    }

    value = os_action_at(view, path);

    return value != NULL && !json_is_null(value) && !json_is_false(value)
           && !(json_is_string(value) && json_string_length(value) == 0)
           && !(json_is_array(value) && json_array_size(value) == 0);
}


/* "{{{a.b}}}" and nothing else: its path, in `path`; 0: it is not that. */
static int
os_action_whole(os_str_t url, char path[128])
{
    size_t  len;

    if (url.len < 7 || url.len - 6 >= 128 || memcmp(url.data, "{{{", 3) != 0
        || memcmp(url.data + url.len - 3, "}}}", 3) != 0
        || memchr(url.data + 3, '}', url.len - 6) != NULL)
    {
        return 0;
    }

    len = url.len - 6;
    memcpy(path, url.data + 3, len);
    path[len] = '\0';

    return 1;
}


int
os_action_found(const json_t *call, const json_t *view)
{
    char  path[128];

    return !os_action_whole(os_json_str(call, "url"), path)
           || json_string_length(os_action_at(view, path)) > 0;
}


int
os_action_text(os_str_t template, json_t *view, os_buf_t *out, os_error_t *err)
{
    int             rc;
    os_template_t  *t;

    if (template.len == 0 || memmem(template.data, template.len, "{{", 2)
                             == NULL)
    {
        os_buf_str(out, template);
        return 0;
    }

    t = os_template_compile(template, "action", 0, NULL, NULL, err);
    if (t == NULL) {
        return -1;
    }

    rc = os_template_render(t, view, out);
    os_template_free(t);

    return rc == 0 ? 0 : os_fail(err, "an action could not be rendered");
}


/* The same view with every string percent-encoded. */
static json_t *
os_url_view(const json_t *value)
{
    size_t       i;
    json_t      *copy, *member;
    os_buf_t     text;
    const char  *name;

    if (json_is_string(value)) {
        text = (os_buf_t) { 0 };
        os_url_escape(&text, (os_str_t) { json_string_length(value),
                                          json_string_value(value) });
        copy = os_json_new_str(os_buf_view(&text));
        os_buf_free(&text);
        return copy ? copy : json_string("");
    }

    if (json_is_array(value)) {
        copy = json_array();

        json_array_foreach(value, i, member) {
            (void) json_array_append_new(copy, os_url_view(member));
        }

        return copy;
    }

    if (json_is_object(value)) {
        copy = json_object();

        json_object_foreach((json_t *) value, name, member) {
            (void) json_object_set_new(copy, name, os_url_view(member));
        }

        return copy;
    }

    return json_incref((json_t *) value);
}


/* The view that $item is expanded over. */
static json_t *
os_item_view(json_t *view, json_t *item)
{
    json_t  *inner;

    inner = json_copy(view);

    if (json_is_object(item)) {
        (void) json_object_update(inner, item);
    }

    (void) json_object_set(inner, "item", item);

    return inner;
}


/* One more of an array: NULL and the array is freed where there is a fault. */
static json_t *
os_expand_element(const json_t *body, json_t *view, int depth, json_t *out,
    os_error_t *err)
{
    int      absent;
    json_t  *value;

    value = os_expand(body, view, depth + 1, &absent, err);

    if (value == NULL && !absent) {
        json_decref(out);
        return NULL;
    }

    if (value != NULL) {
        (void) json_array_append_new(out, value);
    }

    return out;
}


static json_t *
os_expand_each(const json_t *body, json_t *view, int depth, os_error_t *err)
{
    size_t   i;
    json_t  *list, *item, *inner, *out;

    out = json_array();
    list = os_action_at(view, json_string_value(json_object_get(body,
                                                                "$each")));

    json_array_foreach(list, i, item) {
        inner = os_item_view(view, item);
        out = os_expand_element(json_object_get(body, "$item"), inner, depth,
                                out, err);
        json_decref(inner);

        if (out == NULL) {
            return NULL;
        }
    }

    return out;
}


static json_t *
os_expand_object(const json_t *body, json_t *view, int depth, os_error_t *err)
{
    int          absent;
    json_t      *member, *value, *out;
    const char  *name;

    out = json_object();

    json_object_foreach((json_t *) body, name, member) {
        value = os_expand(member, view, depth + 1, &absent, err);

        if (value == NULL && !absent) {
            json_decref(out);
            return NULL;
        }

        if (value != NULL) {
            (void) json_object_set_new(out, name, value);
        }
    }

    return out;
}


static json_t *
os_expand_array(const json_t *body, json_t *view, int depth, os_error_t *err)
{
    size_t   i;
    json_t  *member, *out;

    out = json_array();

    json_array_foreach(body, i, member) {
        out = os_expand_element(member, view, depth, out, err);

        if (out == NULL) {
            return NULL;
        }
    }

    return out;
}


static json_t *
os_expand_text(const json_t *body, json_t *view, os_error_t *err)
{
    json_t    *value;
    os_buf_t   text;

    text = (os_buf_t) { 0 };
    value = NULL;

    if (os_action_text((os_str_t) { json_string_length(body),
                                    json_string_value(body) },
                       view, &text, err) == 0)
    {
        value = os_json_new_str(os_buf_view(&text));

        if (value == NULL) {
            value = json_string("");
        }
    }

    os_buf_free(&text);

    return value;
}


/* NULL with `absent`: leave it out. NULL without: a fault. */
static json_t *
os_expand(const json_t *body, json_t *view, int depth, int *absent,
    os_error_t *err)
{
    json_t  *value;

    *absent = 0;

    if (depth > OS_ACTION_DEPTH) {
        (void) os_fail(err, "an action's body is nested too deeply");
        return NULL;
    }

    if (json_is_string(body)) {
        return os_expand_text(body, view, err);
    }

    if (json_is_array(body)) {
        return os_expand_array(body, view, depth, err);
    }

    if (!json_is_object(body)) {
        return json_incref((json_t *) body);
    }

    if (json_is_string(json_object_get(body, "$each"))) {
        return os_expand_each(body, view, depth, err);
    }

    if (json_is_string(json_object_get(body, "$value"))) {
        value = os_action_at(view, json_string_value(
                                       json_object_get(body, "$value")));
        *absent = value == NULL;

        return json_deep_copy(value);
    }

    return os_expand_object(body, view, depth, err);
}


json_t *
os_action_body(const json_t *body, json_t *view, os_error_t *err)
{
    int  absent;

    return os_expand(body, view, 0, &absent, err);
}


/* A path goes behind the base; a whole address must be of the same. */
static void
os_action_base(os_str_t url, os_str_t base, os_buf_t *out)
{
    if (url.len && url.data[0] == '/') {
        os_buf_str(out, base);

        if (out->len && out->data[out->len - 1] == '/') {
            out->len--;
        }
    }
}


/* A path, or below the base, which does not end in a slash. */
static int
os_action_below(os_str_t url, os_str_t base)
{
    if (os_str_starts(url, OS_STR("/"))) {
        return !os_str_starts(url, OS_STR("//"));
    }

    if (base.len == 0 || !os_str_starts(url, base)) {
        return 0;
    }

    return os_str_starts((os_str_t) { url.len - base.len,
                                      url.data + base.len }, OS_STR("/"));
}


/* What the other side says that is to be called: the key goes along. */
static int
os_action_address(os_str_t url, os_str_t base, os_buf_t *out, os_error_t *err)
{
    while (base.len && base.data[base.len - 1] == '/') {
        base.len--;
    }

    if (!os_url_ok(url) || !os_action_below(url, base)) {
        return os_fail(err, "\"%.*s\" is no address below %.*s",
                       (int) (url.len > 100 ? 100 : url.len),
                       url.data ? url.data : "", (int) base.len,
                       base.data ? base.data : "");
    }

    os_action_base(url, base, out);
    os_buf_str(out, url);

    return 0;
}


static int
os_action_url(os_str_t url, os_str_t base, json_t *view, os_buf_t *out,
    os_error_t *err)
{
    int      rc;
    char     path[128];
    json_t  *escaped;

    if (os_action_whole(url, path)) {
        return os_action_address(os_str(json_string_value(
                                            os_action_at(view, path))),
                                 base, out, err);
    }

    os_action_base(url, base, out);

    escaped = os_url_view(view);
    rc = os_action_text(url, escaped, out, err);
    json_decref(escaped);

    return rc;
}


static int
os_action_headers(const json_t *headers, json_t *view, os_request_t *out,
    os_error_t *err)
{
    json_t      *text;
    os_buf_t     value;
    const char  *name;

    out->headers = json_object();

    json_object_foreach((json_t *) headers, name, text) {
        value = (os_buf_t) { 0 };

        if (os_action_text(os_str(json_string_value(text)), view, &value, err)
            != 0)
        {
            os_buf_free(&value);
            return -1;
        }

        /* a value of the view cannot begin a header of its own */
        for (size_t i = 0; i < value.len; i++) {
            if (value.data[i] == '\r' || value.data[i] == '\n') {
                value.data[i] = ' ';
            }
        }

        os_json_set_str(out->headers, name, os_buf_view(&value));
        os_buf_free(&value);
    }

    return 0;
}


int
os_action_expand(const json_t *call, os_str_t base, json_t *view,
    os_request_t *out, os_error_t *err)
{
    json_t    *body;
    os_str_t   method;

    memset(out, 0, sizeof(*out));
    method = os_json_str(call, "method");

    if (method.len == 0 || method.len >= sizeof(out->method)) {
        method = OS_STR("GET");
    }

    memcpy(out->method, method.data, method.len);
    out->expect = json_object_get(call, "expect");

    if (os_action_url(os_json_str(call, "url"), base, view, &out->url, err)
            != 0
        || os_action_headers(json_object_get(call, "headers"), view, out, err)
            != 0)
    {
        os_request_free(out);
        return -1;
    }

    if (json_object_get(call, "body") != NULL) {
        body = os_action_body(json_object_get(call, "body"), view, err);

        if (body == NULL) {
            os_request_free(out);
            return -1;
        }

        os_json_dump(&out->body, body);
        json_decref(body);
    }

    return 0;
}


/* Is `path` a name, below one, or (as a section) above one? */
static int
os_check_known(const os_action_check_t *c, os_str_t path, int section)
{
    os_str_t  name;

    for (size_t i = 0; c->names[i]; i++) {
        name = os_str(c->names[i]);

        if (os_str_starts(path, name)
            && (path.len == name.len || path.data[name.len] == '.'))
        {
            return 1;
        }

        if (section && os_str_starts(name, path)
            && name.data[path.len] == '.')
        {
            return 1;
        }
    }

    return 0;
}


static int
os_check_unknown(os_action_check_t *c, os_str_t path)
{
    os_buf_t  names = { 0 };

    for (size_t i = 0; c->names[i]; i++) {
        os_buf_printf(&names, "%s%s", i ? ", " : "", c->names[i]);
    }

    (void) os_fail(c->err, "\"%.*s\" is not known here; expected one of %s",
                   (int) path.len, path.data, names.data ? names.data : "");
    os_buf_free(&names);

    return -1;
}


static void
os_check_tag(void *data, int kind, os_str_t name)
{
    os_action_check_t  *c = data;

    if (c->inside || c->unknown.len) {
        return;
    }

    if (!os_check_known(c, name, kind == '#' || kind == '^')) {
        os_buf_str(&c->unknown, name);
    }

    c->inside = kind == '#';
}


static int
os_check_template(os_action_check_t *c, os_str_t text)
{
    int             rc = 0;
    os_template_t  *t;

    if (text.len == 0 || memmem(text.data, text.len, "{{", 2) == NULL) {
        return 0;
    }

    t = os_template_compile(text, "template", 0, NULL, NULL, c->err);
    if (t == NULL) {
        return -1;
    }

    if (c->names != NULL) {
        c->inside = 0;
        c->unknown.len = 0;
        os_template_each(t, os_check_tag, c);

        if (c->unknown.len) {
            rc = os_check_unknown(c, os_buf_view(&c->unknown));
        }
    }

    os_template_free(t);

    return rc;
}


/* The path that $value, $each or `when` names. */
static int
os_check_path(os_action_check_t *c, const json_t *path)
{
    os_str_t  text;

    text = os_str(json_string_value(path));

    return c->names == NULL || text.len == 0 || os_check_known(c, text, 1)
           ? 0 : os_check_unknown(c, text);
}


static int
os_check_each(os_action_check_t *c, const json_t *body, int depth)
{
    int                 rc;
    json_t             *item;
    const char *const  *names;

    item = json_object_get(body, "$item");

    if (item == NULL) {
        return os_fail(c->err, "expected a member \"$item\"");
    }

    if (os_check_path(c, json_object_get(body, "$each")) != 0) {
        os_json_pointer_add(c->where, "$each");
        return -1;
    }

    names = c->names;
    c->names = NULL;
    os_json_pointer_add(c->where, "$item");
    rc = os_check_body(c, item, depth + 1);
    c->names = names;

    return rc;
}


static int
os_check_members(os_action_check_t *c, const json_t *body, int depth)
{
    char         index[24];
    size_t       i, len;
    json_t      *member;
    const char  *name;

    len = c->where->len;

    json_array_foreach(body, i, member) {
        (void) snprintf(index, sizeof(index), "%zu", i);
        c->where->len = len;
        os_json_pointer_add(c->where, index);

        if (os_check_body(c, member, depth + 1) != 0) {
            return -1;
        }
    }

    json_object_foreach((json_t *) body, name, member) {
        c->where->len = len;
        os_json_pointer_add(c->where, name);

        if (os_check_body(c, member, depth + 1) != 0) {
            return -1;
        }
    }

    return 0;
}


/* What os_expand() would take, in its order. */
static int
os_check_body(os_action_check_t *c, const json_t *body, int depth)
{
    json_t  *path;

    if (depth > OS_ACTION_DEPTH) {
        return os_fail(c->err, "nested too deeply");
    }

    if (json_is_string(body)) {
        return os_check_template(c, (os_str_t) { json_string_length(body),
                                                 json_string_value(body) });
    }

    if (json_is_string(json_object_get(body, "$each"))) {
        return os_check_each(c, body, depth);
    }

    path = json_object_get(body, "$value");

    if (json_is_string(path)) {
        if (os_check_path(c, path) != 0) {
            os_json_pointer_add(c->where, "$value");
            return -1;
        }

        return 0;
    }

    return os_check_members(c, body, depth);
}


/* One member of a call; where->len is as it was unless it has a fault. */
static int
os_check_part(os_action_check_t *c, const json_t *call, const char *name)
{
    int      rc;
    size_t   len;
    json_t  *part;

    len = c->where->len;
    part = json_object_get(call, name);
    os_json_pointer_add(c->where, name);
    rc = strcmp(name, "when") == 0 ? os_check_path(c, part)
                                   : os_check_body(c, part, 0);

    if (rc == 0) {
        c->where->len = len;
    }

    return rc;
}


int
os_action_check(const json_t *call, const char *const *names, os_buf_t *where,
    os_error_t *err)
{
    int                rc = 0;
    os_action_check_t  c = { .names = names, .where = where, .err = err };

    static const char *const  parts[] = { "url", "headers", "body", "when" };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++) {
        rc = os_check_part(&c, call, parts[i]);
    }

    os_buf_free(&c.unknown);

    return rc;
}


int
os_action_check_call(const json_t *object, const char *name,
    const char *const *names, os_buf_t *where, os_error_t *err)
{
    size_t         len = where->len;
    const json_t  *call = json_object_get(object, name);

    if (os_json_str(call, "url").len == 0) {
        return os_json_expected(where, name, "a call with a \"url\"", err);
    }

    os_json_pointer_add(where, name);

    if (os_action_check(call, names, where, err) != 0) {
        return -1;
    }

    where->len = len;
    return 0;
}


void
os_request_free(os_request_t *r)
{
    os_buf_free(&r->url);
    os_buf_free(&r->body);
    json_decref(r->headers);
    memset(r, 0, sizeof(*r));
}


int
os_request_expects(const os_request_t *r, int status)
{
    size_t  i;

    if (json_array_size(r->expect) == 0) {
        return status >= 200 && status < 300;
    }

    for (i = 0; i < json_array_size(r->expect); i++) {
        if (json_integer_value(json_array_get(r->expect, i)) == status) {
            return 1;
        }
    }

    return 0;
}
