/*
 * os_home: where what is stored belongs. See os_home.h; docs/formats.md has
 * the table of keys.
 */

#include <stdlib.h>
#include <string.h>

#include "core/base/os_hash.h"
#include "core/base/os_json.h"
#include "redis/os_home.h"


#define OS_HOME_FIRST  -4       /* in shard 0 */
#define OS_HOME_NAMED  -5       /* in the shard of all that follows its kind */
#define OS_HOME_WORDS  32       /* of a command */


typedef struct {
    const char  *kind;
    int          where;
} os_home_kind_t;


static const os_home_kind_t  os_home_kinds[] = {
    { "o", OS_HOME_NAMED },
    { "d", OS_HOME_NAMED },
    { "held", OS_HOME_NAMED },
    { "broken", OS_HOME_NAMED },
    { "tries", OS_HOME_NAMED },
    { "verdicts", OS_HOME_NAMED },
    { "return", OS_HOME_NAMED },
    { "sought", OS_HOME_NAMED },
    { "limit", OS_HOME_NAMED },
    { "buyer", OS_HOME_NAMED },
    { "asked", OS_HOME_NAMED },
    { "alias", OS_HOME_NAMED },
    { "wait", OS_HOME_NAMED },
    { "link", OS_HOME_NAMED },
    { "transit", OS_HOME_NAMED },
    { "counted", OS_HOME_NAMED },
    { "suppress", OS_HOME_NAMED },
    { "said", OS_HOME_NAMED },
    { "cap", OS_HOME_NAMED },
    { "erased", OS_HOME_NAMED },
    { "product", OS_HOME_NAMED },
    { "category", OS_HOME_NAMED },
    { "group", OS_HOME_NAMED },
    { "shelf", OS_HOME_NAMED },
    { "friend", OS_HOME_NAMED },
    { "words", OS_HOME_NAMED },
    { "evidence", OS_HOME_NAMED },
    { "acks", OS_HOME_NAMED },
    { "with", OS_HOME_NAMED },
    { "counted-with", OS_HOME_NAMED },
    { "stock", OS_HOME_FIRST },
    { "codes", OS_HOME_FIRST },
    { "stockbudget", OS_HOME_FIRST },
    { "budgetset", OS_HOME_FIRST },
    { "given", OS_HOME_FIRST },
    { "paused", OS_HOME_FIRST },
    { "pauses", OS_HOME_FIRST },
    { "reconciled", OS_HOME_FIRST },
    { "import", OS_HOME_FIRST },
    { "pull", OS_HOME_FIRST },
    { "heard", OS_HOME_FIRST },
    { "ev", OS_HOME_EACH },
    { "in", OS_HOME_EACH },
    { "aside", OS_HOME_EACH },
    { "facts", OS_HOME_EACH },
    { "queue", OS_HOME_EACH },
    { "due", OS_HOME_EACH },
    { "jobs", OS_HOME_EACH },
    { "dead", OS_HOME_EACH },
    { "died", OS_HOME_EACH },
    { "buried", OS_HOME_EACH },
    { "sent", OS_HOME_EACH },
    { "stat", OS_HOME_EACH },
    { "holds", OS_HOME_EACH },
    { "pool", OS_HOME_EACH },
    { "budget", OS_HOME_EACH },
    { "products", OS_HOME_EACH },
    { "lease", OS_HOME_PASSING },
    { "moved", OS_HOME_PASSING },
    { "back", OS_HOME_PASSING },
    { "move", OS_HOME_PASSING },
    { "calls", OS_HOME_PASSING },
    { "workers", OS_HOME_PASSING },
    { "closed", OS_HOME_PASSING },
    { "here", OS_HOME_PASSING },
    { "tested", OS_HOME_PASSING },
    { "config", OS_HOME_PASSING },
    { "came", OS_HOME_PASSING },
    { "pulled", OS_HOME_PASSING },
    { "mover", OS_HOME_PASSING },
};


int
os_home_split(const char *prefix, os_str_t key, os_str_t *tag, os_str_t *name)
{
    size_t       len;
    const char  *end;

    len = strlen(prefix);

    if (key.len < len + 5 || memcmp(key.data, prefix, len) != 0
        || memcmp(key.data + len, ":{", 2) != 0)
    {
        return -1;
    }

    *tag = (os_str_t) { 0, key.data + len + 2 };
    end = memchr(tag->data, '}', key.len - len - 2);

    if (end == NULL || end + 2 > key.data + key.len || end[1] != ':') {
        return -1;
    }

    tag->len = (size_t) (end - tag->data);
    *name = (os_str_t) { (size_t) (key.data + key.len - end - 2), end + 2 };

    return 0;
}


static unsigned
os_home_of(const os_space_t *s, os_str_t name)
{
    return os_crc16(name.data, name.len) % s->shards;
}


/* All that look for unknown orders of a store are counted in one place. */
static int
os_home_seeks(const os_space_t *s, os_str_t store)
{
    const char  *slash;

    slash = memchr(store.data, '/', store.len);
    store.len = slash ? (size_t) (slash - store.data) : store.len;

    return (int) os_space_shard(s, store, OS_STR("seeks"), OS_NULL);
}


int
os_home_key(const os_space_t *s, os_str_t name)
{
    size_t       i;
    os_str_t     kind, rest;
    const char  *colon;

    colon = name.len ? memchr(name.data, ':', name.len) : NULL;
    kind = name;
    rest = OS_NULL;

    if (colon != NULL) {
        kind.len = (size_t) (colon - name.data);
        rest = (os_str_t) { name.len - kind.len - 1, colon + 1 };
    }

    if (rest.len && os_str_equal(kind, OS_STR("seeks"))) {
        return os_home_seeks(s, rest);
    }

    for (i = 0; i < sizeof(os_home_kinds) / sizeof(os_home_kinds[0]); i++) {

        if (!os_str_equal(kind, os_str(os_home_kinds[i].kind))) {
            continue;
        }

        switch (os_home_kinds[i].where) {

        case OS_HOME_FIRST:
            return 0;

        case OS_HOME_NAMED:
            return rest.len ? (int) os_home_of(s, rest) : OS_HOME_UNKNOWN;

        default:
            return os_home_kinds[i].where;
        }
    }

    return OS_HOME_UNKNOWN;
}


int
os_home_order(const os_space_t *s, os_str_t json)
{
    int        shard;
    json_t    *value;
    os_str_t   order;

    value = os_json_parse(json, "event", NULL);
    order = os_json_str(value, "order");
    shard = order.len ? (int) os_home_of(s, order) : -1;
    json_decref(value);

    return shard;
}


unsigned
os_home_raw(const os_space_t *s, os_str_t source, os_str_t id)
{
    return os_space_shard(s, source, id, OS_NULL);
}


/* "$12\r\n" or "*5\r\n" at `at`: its number, and what follows it. */
static int
os_home_number(os_str_t bytes, size_t *at, char mark, size_t *n)
{
    char        *end;
    const char  *line;

    line = *at < bytes.len ? memchr(bytes.data + *at, '\n', bytes.len - *at)
                           : NULL;

    if (line == NULL || bytes.data[*at] != mark) {
        return -1;
    }

    *n = strtoul(bytes.data + *at + 1, &end, 10);
    *at = (size_t) (line + 1 - bytes.data);

    return *end == '\r' ? 0 : -1;
}


/* The words of a command; 0 when it is none, or has too many. */
static size_t
os_home_words(os_str_t bytes, os_str_t *word)
{
    size_t  i, n, at, len;

    at = 0;

    if (os_home_number(bytes, &at, '*', &n) != 0 || n > OS_HOME_WORDS) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (os_home_number(bytes, &at, '$', &len) != 0
            || len > bytes.len || at + len + 2 > bytes.len)
        {
            return 0;
        }

        word[i] = (os_str_t) { len, bytes.data + at };
        at += len + 2;
    }

    return at == bytes.len ? n : 0;
}


/* The value of a field of an entry; OS_NULL. */
static os_str_t
os_home_field(const os_str_t *word, size_t n, os_str_t name)
{
    size_t  i;

    for (i = 3; i + 1 < n; i += 2) {
        if (os_str_equal(word[i], name)) {
            return word[i + 1];
        }
    }

    return OS_NULL;
}


static int
os_home_added(const os_space_t *s, const os_str_t *word, size_t n,
    os_str_t name)
{
    os_str_t  id, source;

    if (os_str_equal(name, OS_STR("ev"))) {
        return os_home_order(s, os_home_field(word, n, OS_STR("e")));
    }

    id = os_home_field(word, n, OS_STR("id"));
    source = os_home_field(word, n, OS_STR("source"));

    return os_str_equal(name, OS_STR("in")) && id.len && source.len
           ? (int) os_home_raw(s, source, id) : -1;
}


/* Which words of it are keys: the first, and how many. */
static size_t
os_home_keys(const os_str_t *word, size_t n, size_t *first)
{
    size_t  keys;

    if (n >= 5 && os_str_equal(word[0], OS_STR("XADD"))) {
        *first = 1;
        return 1;
    }

    if (n >= 4 && os_str_equal(word[0], OS_STR("EVAL"))) {
        *first = 3;
        keys = strtoul(word[2].data, NULL, 10);
        return keys <= n - 3 ? keys : 0;
    }

    return 0;
}


static void
os_home_word(os_buf_t *out, os_str_t a, os_str_t b)
{
    os_buf_printf(out, "$%zu\r\n", a.len + b.len);
    os_buf_str(out, a);
    os_buf_str(out, b);
    os_buf_text(out, "\r\n");
}


int
os_home_command(const os_space_t *s, os_buf_t *bytes)
{
    int       shard;
    size_t    i, n, first, keys;
    os_buf_t  out = { 0 };
    os_str_t  head, tag, name, word[OS_HOME_WORDS];

    n = os_home_words(os_buf_view(bytes), word);
    keys = os_home_keys(word, n, &first);

    if (keys == 0 || os_home_split(s->prefix, word[first], &tag, &name) != 0) {
        return -1;
    }

    shard = first == 1 ? os_home_added(s, word, n, name)
                       : os_home_key(s, name);

    if (shard < 0 || os_str_equal(tag, os_str(s->tag[shard]))) {
        return shard < 0 ? -1 : shard;
    }

    head = (os_str_t) { s->head_len[shard], s->head[shard] };
    os_buf_printf(&out, "*%zu\r\n", n);

    for (i = 0; i < n; i++) {
        if (i < first || i >= first + keys) {
            os_home_word(&out, word[i], OS_NULL);

        } else if (os_home_split(s->prefix, word[i], &tag, &name) == 0) {
            os_home_word(&out, head, name);

        } else {
            out.failed = 1;
        }
    }

    if (out.failed) {
        os_buf_free(&out);
        return -1;
    }

    os_buf_free(bytes);
    *bytes = out;

    return shard;
}
