/*
 * os_action: see os_action.h.
 */

#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "os_action.h"
#include "os_mustache.h"


#define OS_ACTION_DEPTH  32


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


static json_t *
os_expand_each(const json_t *body, json_t *view, int depth, os_error_t *err)
{
    int      absent;
    size_t   i;
    json_t  *list, *item, *inner, *value, *out;

    out = json_array();
    list = os_action_at(view, json_string_value(json_object_get(body,
                                                                "$each")));

    json_array_foreach(list, i, item) {
        inner = os_item_view(view, item);
        value = os_expand(json_object_get(body, "$item"), inner, depth + 1,
                          &absent, err);
        json_decref(inner);

        if (value == NULL && !absent) {
            json_decref(out);
            return NULL;
        }

        if (value != NULL) {
            (void) json_array_append_new(out, value);
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
    int      absent;
    size_t   i;
    json_t  *member, *value, *out;

    out = json_array();

    json_array_foreach(body, i, member) {
        value = os_expand(member, view, depth + 1, &absent, err);

        if (value == NULL && !absent) {
            json_decref(out);
            return NULL;
        }

        if (value != NULL) {
            (void) json_array_append_new(out, value);
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


static int
os_action_url(os_str_t url, os_str_t base, json_t *view, os_buf_t *out,
    os_error_t *err)
{
    int      rc;
    json_t  *escaped;

    if (url.len && url.data[0] == '/') {
        os_buf_str(out, base);

        if (out->len && out->data[out->len - 1] == '/') {
            out->len--;
        }
    }

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
