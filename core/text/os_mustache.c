/*
 * os_mustache: compiling, binding and rendering of Mustache templates.
 *
 * Three forms follow each other. A *source* (the template or a partial) is
 * parsed once to a flat list of nodes, in which standalone lines are already
 * settled. The nodes are then flattened to *code*: partials are put in place,
 * with their indentation, so that rendering knows only text, values and
 * sections. Only a partial that includes itself becomes a function of its own
 * and is called. Binding runs over code and makes new code.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/text/os_mustache.h"


#define OS_MAX_OPEN      64                /* sections open within a source */
#define OS_MAX_PARTIALS  32                /* partials within each other */
#define OS_MAX_DEPTH     128               /* frames while rendering */
#define OS_MAX_CODE      (256 * 1024)      /* operations */
#define OS_MAX_TEXT      (4 * 1024 * 1024)
#define OS_MAX_DELIM     16


typedef enum {
    OS_NODE_TEXT,
    OS_NODE_LINE,                          /* a line of a partial starts here */
    OS_NODE_VALUE,
    OS_NODE_RAW,
    OS_NODE_SECTION,
    OS_NODE_INVERTED,
    OS_NODE_END,
    OS_NODE_PARTIAL
} os_node_e;


typedef struct {
    os_node_e    kind;
    unsigned     standalone:1;
    os_str_t     text;                     /* literal text, or the name */
    os_str_t     indent;                   /* of a standalone partial, */
    os_str_t     tail;                     /* and what ended its line */
    size_t       at;                       /* offset in the source */
} os_node_t;


typedef struct {
    char        *name;
    os_buf_t     text;
    os_node_t   *nodes;
    size_t       count;
    size_t       size;
    int          found;                    /* OS_PARTIAL_* */
    int          active;                   /* being put in place right now */
    int          function;                 /* its number plus one, or 0 */
} os_source_t;


typedef enum {
    OS_OP_TEXT,
    OS_OP_VALUE,
    OS_OP_RAW,
    OS_OP_SECTION,                         /* to `end` for each element */
    OS_OP_INVERTED,
    OS_OP_FRAME,                           /* to `end` with `value` on top */
    OS_OP_LINE,                            /* the indentation in force */
    OS_OP_CALL
} os_op_e;


typedef struct {
    os_op_e      kind;
    uint32_t     end;                      /* or the function called */
    uint32_t     first;                    /* text: offset; path: first key */
    uint32_t     count;                    /* text: length; path: keys */
    unsigned     chained:1;                /* call: keeps the indentation */
    json_t      *value;
} os_op_t;


typedef struct {
    uint32_t     first;
    uint32_t     end;
    os_source_t *source;                   /* while compiling only */
} os_function_t;


struct os_template_s {
    unsigned       flags;
    os_buf_t       text;                   /* literal texts */
    os_buf_t       keys;                   /* names, each ended by a zero */
    uint32_t      *paths;                  /* offsets into keys */
    size_t         npaths;
    size_t         paths_size;
    os_op_t       *ops;
    size_t         nops;
    size_t         ops_size;
    size_t         barrier;                /* no merging before it */
    size_t         main_end;
    os_function_t *functions;
    size_t         nfunctions;
    unsigned       failed:1;
};


/* --- code under construction --- */


static os_op_t *
os_emit(os_template_t *t, os_op_e kind)
{
    size_t    size;
    os_op_t  *ops;

    if (t->failed || t->nops >= OS_MAX_CODE || t->text.len > OS_MAX_TEXT) {
        t->failed = 1;
        return NULL;
    }

    if (t->nops == t->ops_size) {
        size = t->ops_size ? t->ops_size * 2 : 64;

        ops = realloc(t->ops, size * sizeof(os_op_t));
        if (ops == NULL) {
            t->failed = 1;
            return NULL;
        }

        t->ops = ops;
        t->ops_size = size;
    }

    t->ops[t->nops] = (os_op_t) { .kind = kind };

    return &t->ops[t->nops++];
}


/* The text from `from` to the end of the pool becomes one operation. */
static void
os_emit_pool(os_template_t *t, size_t from)
{
    os_op_t  *op;

    if (t->text.failed) {
        t->failed = 1;
        return;
    }

    if (t->text.len == from) {
        return;
    }

    if (t->nops > t->barrier && t->ops[t->nops - 1].kind == OS_OP_TEXT) {
        op = &t->ops[t->nops - 1];

        if (op->first + op->count == from && t->text.len <= OS_MAX_TEXT) {
            op->count = (uint32_t) (t->text.len - op->first);
            return;
        }
    }

    op = os_emit(t, OS_OP_TEXT);
    if (op) {
        op->first = (uint32_t) from;
        op->count = (uint32_t) (t->text.len - from);
    }
}


static void
os_emit_text(os_template_t *t, os_str_t text)
{
    size_t  from;

    from = t->text.len;
    os_buf_str(&t->text, text);
    os_emit_pool(t, from);
}


/* Everything up to here belongs to a block that ended. */
static void
os_emit_end(os_template_t *t, size_t op)
{
    if (!t->failed && op < t->nops) {
        t->ops[op].end = (uint32_t) t->nops;
        t->barrier = t->nops;
    }
}


static void
os_add_key(os_template_t *t, os_str_t key)
{
    size_t     size;
    uint32_t  *paths;

    if (t->npaths == t->paths_size) {
        size = t->paths_size ? t->paths_size * 2 : 64;

        paths = realloc(t->paths, size * sizeof(uint32_t));
        if (paths == NULL) {
            t->failed = 1;
            return;
        }

        t->paths = paths;
        t->paths_size = size;
    }

    if (t->keys.len > OS_MAX_TEXT) {
        t->failed = 1;
        return;
    }

    t->paths[t->npaths++] = (uint32_t) t->keys.len;
    os_buf_str(&t->keys, key);
    os_buf_char(&t->keys, '\0');

    if (t->keys.failed) {
        t->failed = 1;
    }
}


static void
os_emit_path(os_template_t *t, os_op_e kind, os_str_t name)
{
    size_t       i, from;
    os_op_t     *op;

    op = os_emit(t, kind);
    if (op == NULL) {
        return;
    }

    op->first = (uint32_t) t->npaths;

    if (name.len == 1 && name.data[0] == '.') {
        return;
    }

    for (i = 0, from = 0; i <= name.len; i++) {
        if (i == name.len || name.data[i] == '.') {
            os_add_key(t, (os_str_t) { i - from, name.data + from });
            from = i + 1;
        }
    }

    op->count = (uint32_t) (t->npaths - op->first);
}


static const char *
os_key(const os_template_t *t, size_t path)
{
    return t->keys.data + t->paths[path];
}


/* --- sources --- */


static void
os_position(os_str_t source, size_t at, size_t *line, size_t *column)
{
    size_t  i;

    *line = 1;
    *column = 1;

    for (i = 0; i < at && i < source.len; i++) {
        if (source.data[i] == '\n') {
            (*line)++;
            *column = 1;

        } else if (((unsigned char) source.data[i] & 0xc0) != 0x80) {
            (*column)++;
        }
    }
}


__attribute__((format(printf, 4, 5)))
static int
os_source_fail(const os_source_t *s, size_t at, os_error_t *err,
    const char *fmt, ...)
{
    char     text[512];
    size_t   line, column;
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    os_position(os_buf_view(&s->text), at, &line, &column);

    return os_fail(err, "%s:%zu:%zu: %s", s->name, line, column, text);
}


static os_node_t *
os_add_node(os_source_t *s, os_node_e kind, size_t at)
{
    size_t      size;
    os_node_t  *nodes;

    if (s->count == s->size) {
        size = s->size ? s->size * 2 : 32;

        nodes = realloc(s->nodes, size * sizeof(os_node_t));
        if (nodes == NULL) {
            return NULL;
        }

        s->nodes = nodes;
        s->size = size;
    }

    s->nodes[s->count] = (os_node_t) { .kind = kind, .at = at };

    return &s->nodes[s->count++];
}


static int
os_at_line_start(const os_source_t *s, size_t at)
{
    return at == 0 || s->text.data[at - 1] == '\n';
}


/* Literal text from `from` to `to`; a LINE goes before each line's start. */
static int
os_add_text(os_source_t *s, size_t from, size_t to)
{
    size_t       end;
    os_node_t   *node;
    const char  *newline;

    while (from < to) {
        if (os_at_line_start(s, from)
            && os_add_node(s, OS_NODE_LINE, from) == NULL)
        {
            return -1;
        }

        newline = memchr(s->text.data + from, '\n', to - from);
        end = newline ? (size_t) (newline - s->text.data) + 1 : to;

        node = os_add_node(s, OS_NODE_TEXT, from);
        if (node == NULL) {
            return -1;
        }

        node->text = (os_str_t) { end - from, s->text.data + from };
        from = end;
    }

    return 0;
}


static int
os_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}


static os_str_t
os_trim(os_str_t s)
{
    while (s.len && os_blank(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len && os_blank(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


static const char *
os_find(os_str_t in, os_str_t what)
{
    const char  *p;

    while (in.len >= what.len) {
        p = memchr(in.data, what.data[0], in.len - what.len + 1);

        if (p == NULL || memcmp(p, what.data, what.len) == 0) {
            return p;
        }

        in.len -= (size_t) (p + 1 - in.data);
        in.data = p + 1;
    }

    return NULL;
}


typedef struct {
    os_source_t  *source;
    os_str_t      open;
    os_str_t      close;
    char          delims[2][OS_MAX_DELIM];
    size_t        stack[OS_MAX_OPEN];      /* nodes of the open sections */
    size_t        depth;
} os_parser_t;


/* {{=<% %>=}}: `body` is what stands between the equals signs. */
static int
os_set_delimiters(os_parser_t *p, os_str_t body)
{
    size_t    i;
    os_str_t  open, close;

    body = os_trim(body);

    for (i = 0; i < body.len && !os_blank(body.data[i]); i++) { /* void */ }

    open = (os_str_t) { i, body.data };
    close = os_trim((os_str_t) { body.len - i, body.data + i });

    for (i = 0; i < close.len; i++) {
        if (os_blank(close.data[i])) {
            return -1;
        }
    }

    if (open.len == 0 || close.len == 0
        || open.len > OS_MAX_DELIM || close.len > OS_MAX_DELIM
        || memchr(open.data, '=', open.len)
        || memchr(close.data, '=', close.len))
    {
        return -1;
    }

    memcpy(p->delims[0], open.data, open.len);
    memcpy(p->delims[1], close.data, close.len);

    p->open = (os_str_t) { open.len, p->delims[0] };
    p->close = (os_str_t) { close.len, p->delims[1] };

    return 0;
}


static int
os_check_name(os_parser_t *p, os_str_t name, size_t at, int dotted,
    os_error_t *err)
{
    size_t  i;

    if (name.len == 0) {
        return os_source_fail(p->source, at, err,
                              "expected a name in the tag, found none");
    }

    for (i = 0; i < name.len; i++) {
        if (os_blank(name.data[i]) || name.data[i] == '\0') {
            return os_source_fail(p->source, at, err,
                                  "expected a name without blanks, found "
                                  "\"%.*s\"", (int) name.len, name.data);
        }
    }

    if (!dotted || (name.len == 1 && name.data[0] == '.')) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        if (name.data[i] == '.'
            && (i == 0 || i == name.len - 1 || name.data[i - 1] == '.'))
        {
            return os_source_fail(p->source, at, err,
                                  "expected a name between the dots of "
                                  "\"%.*s\"", (int) name.len, name.data);
        }
    }

    return 0;
}


/*
 * Is the tag from `at` to `end` alone on its line? If so, *from is where the
 * line starts and *to is behind its end.
 */
static int
os_standalone(const os_source_t *s, size_t at, size_t end, size_t *from,
    size_t *to)
{
    size_t       i;
    const char  *text = s->text.data;

    for (i = at; i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t'); i--) {
        /* void */
    }

    if (!os_at_line_start(s, i)) {
        return 0;
    }

    *from = i;

    for (i = end; i < s->text.len && (text[i] == ' ' || text[i] == '\t'); i++) {
        /* void */
    }

    if (i < s->text.len && text[i] == '\r' && i + 1 < s->text.len
        && text[i + 1] == '\n')
    {
        i++;
    }

    if (i < s->text.len && text[i] != '\n') {
        return 0;
    }

    *to = i < s->text.len ? i + 1 : i;

    return 1;
}


static int
os_close_section(os_parser_t *p, os_str_t name, size_t at, os_error_t *err)
{
    size_t      line, column;
    os_node_t  *open;

    if (p->depth == 0) {
        return os_source_fail(p->source, at, err,
                              "expected no end of a section, found the end of "
                              "\"%.*s\", which is not open",
                              (int) name.len, name.data);
    }

    open = &p->source->nodes[p->stack[--p->depth]];

    if (!os_str_equal(open->text, name)) {
        os_position(os_buf_view(&p->source->text), open->at, &line, &column);

        return os_source_fail(p->source, at, err,
                              "expected the end of section \"%.*s\" (opened at "
                              "%zu:%zu), found the end of \"%.*s\"",
                              (int) open->text.len, open->text.data,
                              line, column, (int) name.len, name.data);
    }

    return 0;
}


/*
 * One tag that opens at `at`; *done is the first byte that is not yet a node
 * and moves behind the tag.
 */
static int
os_parse_tag(os_parser_t *p, size_t at, size_t *done, os_error_t *err)
{
    char          sigil;
    size_t        body, end, from, to;
    os_str_t      close, name;
    os_node_t    *node;
    os_node_e     kind;
    const char   *found, *text;
    os_source_t  *s = p->source;
    char          triple[OS_MAX_DELIM + 1];

    text = s->text.data;
    body = at + p->open.len;
    sigil = '\0';

    /* The source is terminated, so the byte behind an open tag exists. */
    if (text[body] != '\0' && strchr("#^/!>&={", text[body])) {
        sigil = text[body++];
    }

    close = p->close;

    if (sigil == '{' || sigil == '=') {
        triple[0] = sigil == '{' ? '}' : '=';
        memcpy(triple + 1, p->close.data, p->close.len);
        close = (os_str_t) { p->close.len + 1, triple };
    }

    found = os_find((os_str_t) { s->text.len - body, text + body }, close);
    if (found == NULL) {
        return os_source_fail(s, at, err, "expected \"%.*s\" to end the tag "
                              "that opens here", (int) close.len, close.data);
    }

    end = (size_t) (found - text) + close.len;
    name = os_trim((os_str_t) { (size_t) (found - text) - body, text + body });

    from = at;
    to = end;

    switch (sigil) {

    case '\0':
        kind = OS_NODE_VALUE;
        break;

    case '{':
    case '&':
        kind = OS_NODE_RAW;
        break;

    case '#':
        kind = OS_NODE_SECTION;
        break;

    case '^':
        kind = OS_NODE_INVERTED;
        break;

    case '/':
        kind = OS_NODE_END;
        break;

    default:
        kind = OS_NODE_PARTIAL;
        break;
    }

    if (sigil != '!' && sigil != '='
        && os_check_name(p, name, at, sigil != '>', err) == -1)
    {
        return -1;
    }

    if (kind != OS_NODE_VALUE && kind != OS_NODE_RAW
        && os_standalone(s, at, end, &from, &to))
    {
        if (os_add_text(s, *done, from) == -1) {
            return os_fail(err, "out of memory");
        }

    } else {
        from = at;
        to = end;

        if (os_add_text(s, *done, at) == -1
            || (os_at_line_start(s, at)
                && os_add_node(s, OS_NODE_LINE, at) == NULL))
        {
            return os_fail(err, "out of memory");
        }
    }

    *done = to;

    if (sigil == '!') {
        return 0;
    }

    if (sigil == '=') {
        return os_set_delimiters(p, name) == 0 ? 0 : os_source_fail(s, at, err,
                   "expected two delimiters of at most %d bytes without \"=\" "
                   "and blanks, as in {{=<%% %%>=}}", OS_MAX_DELIM);
    }

    if (kind == OS_NODE_END && os_close_section(p, name, at, err) == -1) {
        return -1;
    }

    node = os_add_node(s, kind, at);
    if (node == NULL) {
        return os_fail(err, "out of memory");
    }

    node->text = name;

    if (kind == OS_NODE_PARTIAL
        && os_standalone(s, at, end, &from, &to))
    {
        node->standalone = 1;
        node->indent = (os_str_t) { at - from, text + from };
        node->tail = (os_str_t) { to - end, text + end };
    }

    if (kind == OS_NODE_SECTION || kind == OS_NODE_INVERTED) {
        if (p->depth == OS_MAX_OPEN) {
            return os_source_fail(s, at, err, "expected at most %d sections "
                                  "within each other", OS_MAX_OPEN);
        }

        p->stack[p->depth++] = s->count - 1;
    }

    return 0;
}


static int
os_source_parse(os_source_t *s, os_error_t *err)
{
    size_t       done;
    os_node_t   *open;
    const char  *found;
    os_parser_t  p;

    p.source = s;
    p.open = OS_STR("{{");
    p.close = OS_STR("}}");
    p.depth = 0;

    for (done = 0; done < s->text.len; /* void */) {

        found = os_find((os_str_t) { s->text.len - done, s->text.data + done },
                        p.open);
        if (found == NULL) {
            break;
        }

        if (os_parse_tag(&p, (size_t) (found - s->text.data), &done, err)
            == -1)
        {
            return -1;
        }
    }

    if (os_add_text(s, done, s->text.len) == -1) {
        return os_fail(err, "out of memory");
    }

    if (p.depth) {
        open = &s->nodes[p.stack[p.depth - 1]];

        return os_source_fail(s, open->at, err, "expected the end of section "
                              "\"%.*s\", which opens here",
                              (int) open->text.len, open->text.data);
    }

    return 0;
}


/* --- from sources to code --- */


typedef struct {
    os_template_t  *t;
    os_source_t   **sources;               /* all that were read, by name */
    size_t          count;
    size_t          depth;
    os_partial_pt   partial;
    void           *data;
    os_error_t     *err;
} os_compiler_t;


static os_source_t *
os_source_create(os_compiler_t *c, os_str_t name)
{
    os_source_t   *s, **sources;

    sources = realloc(c->sources, (c->count + 1) * sizeof(os_source_t *));
    if (sources == NULL) {
        return NULL;
    }

    c->sources = sources;

    s = calloc(1, sizeof(os_source_t));
    if (s == NULL) {
        return NULL;
    }

    s->name = malloc(name.len + 1);
    if (s->name == NULL) {
        free(s);
        return NULL;
    }

    if (name.len) {
        memcpy(s->name, name.data, name.len);
    }

    s->name[name.len] = '\0';
    c->sources[c->count++] = s;

    return s;
}


static void
os_sources_free(os_compiler_t *c)
{
    size_t  i;

    for (i = 0; i < c->count; i++) {
        os_buf_free(&c->sources[i]->text);
        free(c->sources[i]->nodes);
        free(c->sources[i]->name);
        free(c->sources[i]);
    }

    free(c->sources);
}


/* The partial that `node` of `from` names, read and parsed at its first use. */
static os_source_t *
os_partial_source(os_compiler_t *c, const os_source_t *from,
    const os_node_t *node)
{
    size_t        i;
    os_source_t  *s;

    /* The first source is the template itself, which no partial can name. */
    for (i = 1; i < c->count; i++) {
        if (os_str_equal(os_str(c->sources[i]->name), node->text)) {
            return c->sources[i];
        }
    }

    s = os_source_create(c, node->text);
    if (s == NULL) {
        os_fail(c->err, "out of memory");
        return NULL;
    }

    if (c->partial) {
        s->found = c->partial(c->data, node->text, &s->text);
    }

    if (s->found == OS_PARTIAL_ERROR || s->text.failed) {
        os_source_fail(from, node->at, c->err, "partial \"%s\": %s", s->name,
                       s->text.len ? s->text.data : "cannot be read");
        return NULL;
    }

    if (s->found == OS_PARTIAL_ABSENT) {
        os_buf_free(&s->text);
        return s;
    }

    return os_source_parse(s, c->err) == 0 ? s : NULL;
}


static int  os_flatten(os_compiler_t *c, os_source_t *s, os_str_t indent,
    int chained);


static int
os_flatten_call(os_compiler_t *c, os_source_t *s, os_str_t indent, int chained)
{
    os_op_t        *op;
    os_template_t  *t = c->t;
    os_function_t  *functions;

    if (s->function == 0) {
        functions = realloc(t->functions,
                            (t->nfunctions + 1) * sizeof(os_function_t));
        if (functions == NULL) {
            return os_fail(c->err, "out of memory");
        }

        t->functions = functions;
        t->functions[t->nfunctions++] = (os_function_t) { .source = s };
        s->function = (int) t->nfunctions;
    }

    op = os_emit(t, OS_OP_CALL);
    if (op) {
        op->end = (uint32_t) s->function - 1;
        op->first = (uint32_t) t->text.len;
        op->count = (uint32_t) indent.len;
        op->chained = chained != 0;
        os_buf_str(&t->text, indent);
    }

    return 0;
}


static int
os_flatten_partial(os_compiler_t *c, os_source_t *from, const os_node_t *node,
    os_str_t indent, int chained)
{
    int           rc;
    os_buf_t      inner;
    os_source_t  *s;

    s = os_partial_source(c, from, node);
    if (s == NULL) {
        return -1;
    }

    if (s->found == OS_PARTIAL_ABSENT) {
        return 0;
    }

    inner = (os_buf_t) { 0 };

    if (s->found == OS_PARTIAL_PHRASE) {
        if (node->standalone) {
            os_emit_text(c->t, indent);
            os_emit_text(c->t, node->indent);
        }

        chained = 0;

    } else if (node->standalone) {
        os_buf_str(&inner, indent);
        os_buf_str(&inner, node->indent);

    } else {
        chained = 0;
    }

    if (s->active) {
        rc = os_flatten_call(c, s, os_buf_view(&inner), chained);

    } else if (c->depth == OS_MAX_PARTIALS) {
        rc = os_source_fail(from, node->at, c->err, "expected at most %d "
                            "partials within each other", OS_MAX_PARTIALS);

    } else {
        c->depth++;
        rc = os_flatten(c, s, os_buf_view(&inner), chained);
        c->depth--;
    }

    if (s->found == OS_PARTIAL_PHRASE && node->standalone) {
        os_emit_text(c->t, node->tail);
    }

    if (inner.failed) {
        c->t->failed = 1;
    }

    os_buf_free(&inner);

    return rc;
}


/*
 * Puts a source in place. Each of its lines gets `indent` in front, and when
 * `chained` also what the callers of this function are indented by.
 */
static int
os_flatten(os_compiler_t *c, os_source_t *s, os_str_t indent, int chained)
{
    int             rc;
    size_t          i, depth;
    size_t          open[OS_MAX_OPEN] = { 0 };
    os_op_t        *op;
    os_node_t      *node;
    os_template_t  *t = c->t;

    s->active = 1;
    depth = 0;
    rc = 0;

    for (i = 0; i < s->count && rc == 0 && !t->failed; i++) {
        node = &s->nodes[i];

        switch (node->kind) {

        case OS_NODE_TEXT:
            os_emit_text(t, node->text);
            break;

        case OS_NODE_LINE:
            if (!chained) {
                os_emit_text(t, indent);
                break;
            }

            op = os_emit(t, OS_OP_LINE);
            if (op) {
                op->first = (uint32_t) t->text.len;
                op->count = (uint32_t) indent.len;
                os_buf_str(&t->text, indent);
            }

            break;

        case OS_NODE_VALUE:
            os_emit_path(t, t->flags & OS_TEMPLATE_HTML ? OS_OP_VALUE
                                                        : OS_OP_RAW,
                         node->text);
            break;

        case OS_NODE_RAW:
            os_emit_path(t, OS_OP_RAW, node->text);
            break;

        case OS_NODE_SECTION:
        case OS_NODE_INVERTED:
            open[depth++] = t->nops;
            os_emit_path(t, node->kind == OS_NODE_SECTION ? OS_OP_SECTION
                                                          : OS_OP_INVERTED,
                         node->text);
            break;

        case OS_NODE_END:
            os_emit_end(t, open[--depth]);
            break;

        case OS_NODE_PARTIAL:
            rc = os_flatten_partial(c, s, node, indent, chained);
            break;
        }
    }

    s->active = 0;

    return rc;
}


/* What is made once and kept for long takes no more room than it needs. */
static void
os_template_trim(os_template_t *t)
{
    void  *less;

    os_buf_trim(&t->text);
    os_buf_trim(&t->keys);
    less = t->nops ? realloc(t->ops, t->nops * sizeof(os_op_t)) : NULL;

    if (less) {
        t->ops = less;
        t->ops_size = t->nops;
    }

    less = t->npaths ? realloc(t->paths, t->npaths * sizeof(uint32_t)) : NULL;

    if (less) {
        t->paths = less;
        t->paths_size = t->npaths;
    }
}


static int
os_compile(os_compiler_t *c, os_str_t source, const char *name)
{
    int             rc;
    size_t          i;
    os_source_t    *s;
    os_template_t  *t = c->t;

    s = os_source_create(c, os_str(name));
    if (s == NULL) {
        return os_fail(c->err, "out of memory");
    }

    os_buf_str(&s->text, source);
    s->found = OS_PARTIAL_FOUND;

    /* Also makes the terminated buffer that the parser counts on. */
    if (os_buf_reserve(&s->text, 1) == -1) {
        return os_fail(c->err, "out of memory");
    }

    rc = os_source_parse(s, c->err);

    if (rc == 0) {
        rc = os_flatten(c, s, OS_NULL, 0);
    }

    t->main_end = t->nops;

    /* Functions call functions: the list grows while it is worked off. */
    for (i = 0; i < t->nfunctions && rc == 0; i++) {
        t->barrier = t->nops;
        t->functions[i].first = (uint32_t) t->nops;
        rc = os_flatten(c, t->functions[i].source, OS_NULL, 1);
        t->functions[i].end = (uint32_t) t->nops;
    }

    for (i = 0; i < t->nfunctions; i++) {
        t->functions[i].source = NULL;
    }

    if (rc == 0 && (t->failed || t->text.failed)) {
        rc = os_fail(c->err, "%s: expected less than %d MiB of text and %d "
                     "tags with all partials in place", name,
                     OS_MAX_TEXT / 1024 / 1024, OS_MAX_CODE);
    }

    return rc;
}


os_template_t *
os_template_compile(os_str_t source, const char *name, unsigned flags,
    os_partial_pt partial, void *data, os_error_t *err)
{
    int            rc;
    os_compiler_t  c;

    c = (os_compiler_t) { .partial = partial, .data = data, .err = err };

    c.t = calloc(1, sizeof(os_template_t));
    if (c.t == NULL) {
        os_fail(err, "out of memory");
        return NULL;
    }

    c.t->flags = flags;
    rc = os_compile(&c, source, name ? name : "template");
    os_sources_free(&c);

    if (rc == -1) {
        os_template_free(c.t);
        return NULL;
    }

    os_template_trim(c.t);

    return c.t;
}


void
os_template_free(os_template_t *t)
{
    size_t  i;

    if (t == NULL) {
        return;
    }

    for (i = 0; i < t->nops; i++) {
        json_decref(t->ops[i].value);
    }

    os_buf_free(&t->text);
    os_buf_free(&t->keys);
    free(t->paths);
    free(t->ops);
    free(t->functions);
    free(t);
}


/* --- values --- */


static int
os_truthy(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {

    case JSON_NULL:
    case JSON_FALSE:
        return 0;

    case JSON_ARRAY:
        return json_array_size(value) != 0;

    case JSON_STRING:
        return json_string_length(value) != 0;

    default:
        return 1;
    }
}


static void
os_put_integer(os_buf_t *out, json_int_t value)
{
    char      digits[24], *p;
    uint64_t  rest;

    p = digits + sizeof(digits);
    rest = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;

    do {
        *--p = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest);

    if (value < 0) {
        *--p = '-';
    }

    os_buf_add(out, p, (size_t) (digits + sizeof(digits) - p));
}


/* The shortest decimal that reads back as the same number. */
static void
os_put_real(os_buf_t *out, double value)
{
    int   precision;
    char  text[40], *comma;

    for (precision = 15; precision <= 17; precision++) {
        (void) snprintf(text, sizeof(text), "%.*g", precision, value);

        if (strtod(text, NULL) == value) {
            break;
        }
    }

    comma = strchr(text, ',');             /* some C locales write one */
    if (comma) {
        *comma = '.';
    }

    os_buf_text(out, text);
}


static void
os_put_value(os_buf_t *out, const json_t *value, int escape)
{
    os_str_t  text;

    switch (value ? json_typeof(value) : JSON_NULL) {

    case JSON_STRING:
        text = (os_str_t) { json_string_length(value),
                            json_string_value(value) };
        if (escape) {
            os_html_escape(out, text);
        } else {
            os_buf_str(out, text);
        }

        break;

    case JSON_INTEGER:
        os_put_integer(out, json_integer_value(value));
        break;

    case JSON_REAL:
        os_put_real(out, json_real_value(value));
        break;

    case JSON_TRUE:
        os_buf_text(out, "true");
        break;

    case JSON_FALSE:
        os_buf_text(out, "false");
        break;

    default:
        break;
    }
}


/* The rest of a dotted name, behind its first part. */
static json_t *
os_descend(const os_template_t *t, const os_op_t *op, json_t *value)
{
    uint32_t  i;

    for (i = 1; i < op->count && value; i++) {
        value = json_object_get(value, os_key(t, op->first + i));
    }

    return value;
}


/* --- rendering --- */


typedef struct os_indent_s  os_indent_t;

struct os_indent_s {
    os_str_t            text;
    const os_indent_t  *outer;
};


typedef struct {
    const os_template_t  *t;
    os_buf_t             *out;
    const os_indent_t    *indent;
    size_t                depth;           /* of frames and calls */
    size_t                top;
    json_t               *frames[OS_MAX_DEPTH + 1];
} os_render_t;


static int  os_run(os_render_t *r, size_t i, size_t end);


static json_t *
os_lookup(const os_render_t *r, const os_op_t *op)
{
    size_t       i;
    json_t      *value;
    const char  *key;

    if (op->count == 0) {
        return r->frames[r->top];
    }

    key = os_key(r->t, op->first);

    for (i = r->top + 1; i > 0; i--) {
        value = json_object_get(r->frames[i - 1], key);
        if (value) {
            return os_descend(r->t, op, value);
        }
    }

    return NULL;
}


static int
os_run_frame(os_render_t *r, json_t *value, size_t i, size_t end)
{
    int  rc;

    if (r->depth == OS_MAX_DEPTH) {
        return -1;
    }

    r->depth++;
    r->frames[++r->top] = value;
    rc = os_run(r, i, end);
    r->top--;
    r->depth--;

    return rc;
}


static int
os_run_section(os_render_t *r, json_t *value, size_t i, size_t end)
{
    size_t  n;

    if (!os_truthy(value)) {
        return 0;
    }

    if (!json_is_array(value)) {
        return os_run_frame(r, value, i, end);
    }

    for (n = 0; n < json_array_size(value); n++) {
        if (os_run_frame(r, json_array_get(value, n), i, end) == -1) {
            return -1;
        }
    }

    return 0;
}


static int
os_run_call(os_render_t *r, const os_op_t *op)
{
    int                   rc;
    os_indent_t           indent;
    const os_indent_t    *outer;
    const os_function_t  *f;

    if (r->depth == OS_MAX_DEPTH) {
        return -1;
    }

    f = &r->t->functions[op->end];
    outer = r->indent;

    indent.text = (os_str_t) { op->count, r->t->text.data + op->first };
    indent.outer = op->chained ? outer : NULL;

    r->depth++;
    r->indent = &indent;
    rc = os_run(r, f->first, f->end);
    r->indent = outer;
    r->depth--;

    return rc;
}


static void
os_put_indent(os_render_t *r, const os_indent_t *indent)
{
    if (indent) {
        os_put_indent(r, indent->outer);
        os_buf_str(r->out, indent->text);
    }
}


static int
os_run(os_render_t *r, size_t i, size_t end)
{
    const os_op_t        *op;
    const os_template_t  *t = r->t;

    while (i < end) {
        op = &t->ops[i++];

        switch (op->kind) {

        case OS_OP_TEXT:
            os_buf_add(r->out, t->text.data + op->first, op->count);
            break;

        case OS_OP_VALUE:
        case OS_OP_RAW:
            os_put_value(r->out, os_lookup(r, op), op->kind == OS_OP_VALUE);
            break;

        case OS_OP_SECTION:
            if (os_run_section(r, os_lookup(r, op), i, op->end) == -1) {
                return -1;
            }

            i = op->end;
            break;

        case OS_OP_INVERTED:
            if (os_truthy(os_lookup(r, op))) {
                i = op->end;
            }

            break;

        case OS_OP_FRAME:
            if (os_run_frame(r, op->value, i, op->end) == -1) {
                return -1;
            }

            i = op->end;
            break;

        case OS_OP_LINE:
            os_put_indent(r, r->indent);
            os_buf_add(r->out, t->text.data + op->first, op->count);
            break;

        case OS_OP_CALL:
            if (os_run_call(r, op) == -1) {
                return -1;
            }

            break;
        }
    }

    return 0;
}


int
os_template_render(const os_template_t *t, json_t *view, os_buf_t *out)
{
    os_render_t  r;

    r.t = t;
    r.out = out;
    r.indent = NULL;
    r.depth = 0;
    r.top = 0;
    r.frames[0] = view;

    /* Most of a page is literal: one growth instead of several. */
    (void) os_buf_reserve(out, t->text.len + t->text.len / 4 + 64);

    if (os_run(&r, 0, t->main_end) == -1 || out->failed) {
        return -1;
    }

    return 0;
}


/* --- binding --- */


typedef struct {
    const os_template_t  *from;
    os_template_t        *to;
    json_t               *view;
    const char *const    *roots;
    size_t                top;
    json_t               *frames[OS_MAX_DEPTH + 1];  /* NULL: not known yet */
} os_binder_t;


static int  os_bind_block(os_binder_t *b, size_t i, size_t end);


/* 1 and the value when the name is known now, 0 when it stays. */
static int
os_bind_lookup(os_binder_t *b, const os_op_t *op, json_t **value)
{
    size_t       i;
    json_t      *found;
    const char  *key;

    if (op->count == 0) {
        *value = b->frames[b->top];
        return *value != NULL;
    }

    key = os_key(b->from, op->first);

    for (i = b->top; i > 0; i--) {
        if (b->frames[i] == NULL) {
            break;
        }

        found = json_object_get(b->frames[i], key);
        if (found) {
            *value = os_descend(b->from, op, found);
            return 1;
        }
    }

    /* Frames that are not known yet do not have the reserved names. */
    for (i = 0; b->roots[i]; i++) {
        if (strcmp(key, b->roots[i]) == 0) {
            *value = os_descend(b->from, op, json_object_get(b->view, key));
            return 1;
        }
    }

    return 0;
}


static os_op_t *
os_bind_copy(os_binder_t *b, const os_op_t *op)
{
    uint32_t  i;
    os_op_t  *copy;

    copy = os_emit(b->to, op->kind);
    if (copy == NULL) {
        return NULL;
    }

    copy->end = op->end;
    copy->count = op->count;
    copy->chained = op->chained;

    if (op->kind == OS_OP_LINE || op->kind == OS_OP_CALL) {
        copy->first = (uint32_t) b->to->text.len;
        os_buf_add(&b->to->text, b->from->text.data + op->first, op->count);

    } else {
        copy->first = (uint32_t) b->to->npaths;

        for (i = 0; i < op->count; i++) {
            os_add_key(b->to, os_str(os_key(b->from, op->first + i)));
        }
    }

    return copy;
}


/*
 * A body with a known value on top. Where something in it stays, the value
 * stays too, as a frame that the later names are looked up in.
 */
static int
os_bind_frame(os_binder_t *b, json_t *value, size_t i, size_t end)
{
    int             rc;
    size_t          at, barrier;
    os_op_t        *op, text;
    os_template_t  *to = b->to;

    if (b->top == OS_MAX_DEPTH) {
        return -1;
    }

    at = to->nops;
    barrier = to->barrier;

    if (os_emit(to, OS_OP_FRAME) == NULL) {
        return -1;
    }

    to->barrier = to->nops;

    b->frames[++b->top] = value;
    rc = os_bind_block(b, i, end);
    b->top--;

    if (rc == -1 || to->failed) {
        return -1;
    }

    if (to->nops == at + 1) {
        to->nops = at;
        to->barrier = barrier;
        return 0;
    }

    if (to->nops == at + 2 && to->ops[at + 1].kind == OS_OP_TEXT) {
        text = to->ops[at + 1];
        to->nops = at;
        to->barrier = barrier;
        os_emit_pool(to, text.first);
        return 0;
    }

    op = &to->ops[at];
    op->value = json_deep_copy(value);
    os_emit_end(to, at);

    return op->value ? 0 : -1;
}


static int
os_bind_section(os_binder_t *b, const os_op_t *op, size_t i)
{
    int      rc;
    size_t   n, at;
    json_t  *value;

    if (os_bind_lookup(b, op, &value)) {

        if (!os_truthy(value)) {
            return 0;
        }

        if (!json_is_array(value)) {
            return os_bind_frame(b, value, i, op->end);
        }

        for (n = 0; n < json_array_size(value); n++) {
            if (os_bind_frame(b, json_array_get(value, n), i, op->end) == -1) {
                return -1;
            }
        }

        return 0;
    }

    if (b->top == OS_MAX_DEPTH) {
        return -1;
    }

    at = b->to->nops;

    if (os_bind_copy(b, op) == NULL) {
        return -1;
    }

    b->frames[++b->top] = NULL;
    rc = os_bind_block(b, i, op->end);
    b->top--;

    os_emit_end(b->to, at);

    return rc;
}


static int
os_bind_block(os_binder_t *b, size_t i, size_t end)
{
    size_t          at;
    json_t         *value;
    const os_op_t  *op;

    while (i < end) {
        op = &b->from->ops[i++];

        switch (op->kind) {

        case OS_OP_TEXT:
            os_emit_text(b->to, (os_str_t) { op->count,
                                     b->from->text.data + op->first });
            break;

        case OS_OP_VALUE:
        case OS_OP_RAW:
            if (os_bind_lookup(b, op, &value)) {
                at = b->to->text.len;
                os_put_value(&b->to->text, value, op->kind == OS_OP_VALUE);
                os_emit_pool(b->to, at);

            } else {
                os_bind_copy(b, op);
            }

            break;

        case OS_OP_SECTION:
            if (os_bind_section(b, op, i) == -1) {
                return -1;
            }

            i = op->end;
            break;

        case OS_OP_INVERTED:
            if (os_bind_lookup(b, op, &value)) {
                if (!os_truthy(value)
                    && os_bind_block(b, i, op->end) == -1)
                {
                    return -1;
                }

            } else {
                at = b->to->nops;

                if (os_bind_copy(b, op) == NULL
                    || os_bind_block(b, i, op->end) == -1)
                {
                    return -1;
                }

                os_emit_end(b->to, at);
            }

            i = op->end;
            break;

        case OS_OP_FRAME:
            if (os_bind_frame(b, op->value, i, op->end) == -1) {
                return -1;
            }

            i = op->end;
            break;

        case OS_OP_LINE:
        case OS_OP_CALL:
            os_bind_copy(b, op);
            break;
        }

        if (b->to->failed) {
            return -1;
        }
    }

    return 0;
}


static int
os_bind(os_binder_t *b)
{
    size_t          i;
    os_template_t  *to = b->to;

    /* The view itself is not a frame that names are known from. */
    b->frames[0] = NULL;

    if (os_bind_block(b, 0, b->from->main_end) == -1) {
        return -1;
    }

    to->main_end = to->nops;

    if (b->from->nfunctions) {
        to->functions = calloc(b->from->nfunctions, sizeof(os_function_t));
        if (to->functions == NULL) {
            return -1;
        }

        to->nfunctions = b->from->nfunctions;
    }

    for (i = 0; i < to->nfunctions; i++) {
        to->barrier = to->nops;
        to->functions[i].first = (uint32_t) to->nops;

        /* Who calls, and with which frames, is not known here. */
        b->top = 1;
        b->frames[1] = NULL;

        if (os_bind_block(b, b->from->functions[i].first,
                          b->from->functions[i].end)
            == -1)
        {
            return -1;
        }

        to->functions[i].end = (uint32_t) to->nops;
    }

    return to->failed || to->text.failed || to->keys.failed ? -1 : 0;
}


os_template_t *
os_template_bind(const os_template_t *t, json_t *view,
    const char *const *roots)
{
    os_binder_t  b;

    b.from = t;
    b.view = view;
    b.roots = roots;
    b.top = 0;

    b.to = calloc(1, sizeof(os_template_t));
    if (b.to == NULL) {
        return NULL;
    }

    b.to->flags = t->flags;

    if (os_bind(&b) == -1) {
        os_template_free(b.to);
        return NULL;
    }

    os_template_trim(b.to);

    return b.to;
}


void
os_template_each(const os_template_t *t,
    void (*fn)(void *data, int kind, os_str_t name), void *data)
{
    int             kind;
    size_t          i;
    uint32_t        n;
    os_buf_t        name;
    const os_op_t  *op;

    name = (os_buf_t) { 0 };

    for (i = 0; i < t->nops; i++) {
        op = &t->ops[i];

        switch (op->kind) {

        case OS_OP_VALUE:
            kind = 'v';
            break;

        case OS_OP_RAW:
            kind = '&';
            break;

        case OS_OP_SECTION:
            kind = '#';
            break;

        case OS_OP_INVERTED:
            kind = '^';
            break;

        default:
            continue;
        }

        name.len = 0;

        if (op->count == 0) {
            os_buf_char(&name, '.');
        }

        for (n = 0; n < op->count; n++) {
            if (n) {
                os_buf_char(&name, '.');
            }

            os_buf_text(&name, os_key(t, op->first + n));
        }

        fn(data, kind, os_buf_view(&name));
    }

    os_buf_free(&name);
}
