/*
 * os_json_outside: see os_json_outside.h.
 *
 * Most texts hold nothing odd, and jansson alone reads them. Only what it
 * refuses is read by os_json_pull as well, and written again with each odd
 * value changed; what jansson takes comes out of that as it went in
 * (t/fuzz/fuzz_json.c holds it to that).
 */

#include "core/base/os_code.h"
#include "core/base/os_json_outside.h"
#include "core/base/os_json_pull.h"


typedef struct {
    os_str_t   text;
    os_buf_t  *out;
    size_t     done;            /* bytes of the text that are written */
} os_sieve_t;


/* A zero byte is never JSON; behind a number jansson would not see it. */
static json_t *
os_json_plain(os_str_t text, json_error_t *e)
{
    const char  *zero = text.len ? memchr(text.data, '\0', text.len) : NULL;

    return zero ? json_loadb(zero, 1, 0, e)
           : json_loadb(text.data ? text.data : "", text.len,
                        JSON_DECODE_ANY, e);
}


/* Numbers of many digits, most of which are good. */
static int
os_sieve_number_ok(os_str_t number)
{
    json_t  *value = os_json_plain(number, NULL);

    json_decref(value);

    return value != NULL;
}


static void
os_sieve_odd(void *data, os_odd_t odd, size_t from, size_t to)
{
    os_str_t     value;
    os_sieve_t  *s = data;

    value = (os_str_t) { to - from, s->text.data + from };

    if (odd == OS_ODD_NUMBER && os_sieve_number_ok(value)) {
        return;
    }

    os_buf_add(s->out, s->text.data + s->done, from - s->done);
    s->done = to;

    switch (odd) {

    case OS_ODD_CHARACTER:
        os_buf_text(s->out, "\\ufffd");
        break;

    case OS_ODD_NUMBER:
        os_json_quote(s->out, value);
        break;

    default:
        os_buf_text(s->out, "null");
    }
}


/* Of a text in UTF-8. */
static int
os_json_sieve(os_str_t text, os_buf_t *out)
{
    size_t      from = out->len;
    os_pull_t   pull;
    os_sieve_t  sieve = { text, out, text.len - os_str_unmarked(text).len };

    (void) os_pull_init(&pull, NULL, 0);
    pull.odd = os_sieve_odd;
    pull.odd_data = &sieve;

    if (os_pull_feed(&pull, sieve.text.data, sieve.text.len) == -1
        || os_pull_end(&pull) == -1)
    {
        out->len = from;
        return -1;
    }

    os_buf_add(out, sieve.text.data + sieve.done,
               sieve.text.len - sieve.done);

    return out->failed ? -1 : 0;
}


/* Outside of strings U+FFFD is no JSON, as what it stands for was none. */
int
os_json_harmless(os_str_t text, os_buf_t *out)
{
    int       rc;
    os_buf_t  mended = { 0 };

    if (os_json_sieve(text, out) == 0) {
        return 0;
    }

    if (text.len == 0 || os_utf8_valid(text)) {
        return -1;
    }

    os_utf8_mend(text, &mended);
    rc = mended.failed ? -1 : os_json_sieve(os_buf_view(&mended), out);
    os_buf_free(&mended);

    return rc;
}


json_t *
os_json_outside(os_str_t text, const char *name, os_error_t *err)
{
    json_t        *value;
    os_buf_t       harmless = { 0 };
    json_error_t   e, again;

    if (text.len > OS_JSON_OUTSIDE_MAX) {
        (void) os_fail(err, "%s: not read: %zu bytes, of which %u may be",
                       name, text.len, OS_JSON_OUTSIDE_MAX);
        return NULL;
    }

    value = os_json_plain(os_str_unmarked(text), &e);

    if (value == NULL && os_json_harmless(text, &harmless) == 0) {
        value = os_json_plain(os_buf_view(&harmless), &again);
    }

    os_buf_free(&harmless);

    if (value == NULL) {
        (void) os_fail(err, "%s:%d:%d: not JSON: %s", name, e.line, e.column,
                       e.text);
    }

    return value;
}
