/*
 * os_json_write: see os_json_write.h.
 */

#include "core/base/os_code.h"
#include "core/base/os_json_write.h"


static int
os_write_add(const char *data, size_t len, void *out)
{
    os_buf_add(out, data, len);
    return ((os_buf_t *) out)->failed ? -1 : 0;
}


/* What is rare is jansson's to write, or to refuse. */
static void
os_write_jansson(os_buf_t *out, const json_t *value)
{
    if (json_dump_callback(value, os_write_add, out,
                           JSON_COMPACT | JSON_ENCODE_ANY) == -1)
    {
        out->failed = 1;
    }
}


/* How jansson escapes it. */
static void
os_write_escape(os_buf_t *out, char c)
{
    switch (c) {
    case '"':  os_buf_text(out, "\\\"");  return;
    case '\\': os_buf_text(out, "\\\\");  return;
    case '\b': os_buf_text(out, "\\b");   return;
    case '\f': os_buf_text(out, "\\f");   return;
    case '\n': os_buf_text(out, "\\n");   return;
    case '\r': os_buf_text(out, "\\r");   return;
    case '\t': os_buf_text(out, "\\t");   return;
    default:   os_buf_printf(out, "\\u%04X", (unsigned char) c);
    }
}


/* Escaped by whoever says how: in runs of what needs none. */
static void
os_write_string(os_buf_t *out, os_str_t s,
    void (*escape)(os_buf_t *out, char c))
{
    size_t  start = 0;

    os_buf_char(out, '"');

    for (size_t i = 0; i < s.len; i++) {

        while (s.len - i > 8 && os_word_plain(s.data + i) == 8) {
            i += 8;
        }

        if ((unsigned char) s.data[i] >= ' ' && s.data[i] != '"'
            && s.data[i] != '\\')
        {
            continue;
        }

        os_buf_add(out, s.data + start, i - start);
        escape(out, s.data[i]);
        start = i + 1;
    }

    os_buf_add(out, s.data + start, s.len - start);
    os_buf_char(out, '"');
}


static void
os_write_text(os_buf_t *out, os_str_t s)
{
    json_t  *odd;

    if (!os_utf8_valid(s)) {
        odd = json_stringn_nocheck(s.data, s.len);
        os_write_jansson(out, odd);
        json_decref(odd);
        return;
    }

    os_write_string(out, s, os_write_escape);
}


static void
os_write_object(os_buf_t *out, json_t *object)
{
    int          n = 0;
    size_t       len;
    json_t      *value;
    const char  *key;

    os_buf_char(out, '{');

    json_object_keylen_foreach(object, key, len, value) {
        if (n++) {
            os_buf_char(out, ',');
        }

        os_write_text(out, (os_str_t) { len, key });
        os_buf_char(out, ':');
        os_json_dump(out, value);
    }

    os_buf_char(out, '}');
}


static void
os_write_array(os_buf_t *out, const json_t *array)
{
    size_t   i;
    json_t  *value;

    os_buf_char(out, '[');

    json_array_foreach(array, i, value) {
        if (i) {
            os_buf_char(out, ',');
        }

        os_json_dump(out, value);
    }

    os_buf_char(out, ']');
}


void
os_json_dump(os_buf_t *out, const json_t *value)
{
    if (value == NULL) {
        out->failed = 1;
        return;
    }

    switch (json_typeof(value)) {

    case JSON_OBJECT:
        os_write_object(out, (json_t *) value);
        return;

    case JSON_ARRAY:
        os_write_array(out, value);
        return;

    case JSON_STRING:
        os_write_text(out, (os_str_t) { json_string_length(value),
                                        json_string_value(value) });
        return;

    case JSON_INTEGER:
        os_buf_int(out, json_integer_value(value));
        return;

    default:
        os_write_jansson(out, value);
    }
}


static void
os_write_unicode(os_buf_t *out, char c)
{
    os_buf_printf(out, "\\u%04x", (unsigned char) c);
}


void
os_json_quote(os_buf_t *out, os_str_t s)
{
    os_write_string(out, s, os_write_unicode);
}
