/*
 * core/os_mustache against every case of the Mustache specification's
 * required modules, in words of our own; what the specification leaves open;
 * messages; binding; bounds.
 *
 * Each case is rendered three times: as it stands, bound to each name of its
 * view in turn, and bound to all of them with an empty view. All must agree.
 */

#include <stdlib.h>

#include "core/text/os_mustache.h"
#include "tap.h"


#define CASES(a)  (sizeof(a) / sizeof(a[0]))


typedef struct {
    const char  *name;
    const char  *template;
    const char  *view;
    const char  *expected;
    const char  *partials;
} case_t;


static const case_t interpolation[] = {

    { "text without tags", "Good morning, {shop}.\n", "{}",
      "Good morning, {shop}.\n", NULL },
    { "a value", "Order {{number}} is here", "{'number':'A-7'}",
      "Order A-7 is here", NULL },
    { "no second interpretation", "{{a}}: {{b}}",
      "{'a':'{{b}}','b':'plain'}", "{{b}}: plain", NULL },
    { "escaping", "<i>{{x}}</i>", "{'x':'& \\\" < > \\u0027'}",
      "<i>&amp; &quot; &lt; &gt; &#39;</i>", NULL },
    { "three braces", "<i>{{{x}}}</i>", "{'x':'& \\\" < >'}",
      "<i>& \" < ></i>", NULL },
    { "ampersand", "<i>{{&x}}</i>", "{'x':'& \\\" < >'}",
      "<i>& \" < ></i>", NULL },
    { "integer", "{{km}} km", "{'km':85}", "85 km", NULL },
    { "integer, three braces", "{{{km}}} km", "{'km':85}", "85 km", NULL },
    { "integer, ampersand", "{{&km}} km", "{'km':-85}", "-85 km", NULL },
    { "decimal", "{{x}} {{{x}}} {{&x}}", "{'x':1.21}", "1.21 1.21 1.21",
      NULL },
    { "a decimal that needs 17 digits", "{{x}}",
      "{'x':0.30000000000000004}", "0.30000000000000004", NULL },
    { "the largest integers", "{{a}} {{b}}",
      "{'a':9223372036854775807,'b':-9223372036854775807}",
      "9223372036854775807 -9223372036854775807", NULL },
    { "null is nothing", "[{{x}}{{{x}}}{{&x}}]", "{'x':null}", "[]", NULL },
    { "a missing name is nothing", "[{{x}}{{{x}}}{{&x}}]", "{}", "[]", NULL },
    { "booleans are words", "{{a}} {{b}}", "{'a':true,'b':false}",
      "true false", NULL },
    { "lists and objects are nothing", "[{{a}}{{b}}]",
      "{'a':[1,2],'b':{'c':1}}", "[]", NULL },
    { "dotted name", "{{o.number}}|{{#o}}{{number}}{{/o}}",
      "{'o':{'number':'7'}}", "7|7", NULL },
    { "dotted name, three braces", "{{{o.n}}}|{{#o}}{{{n}}}{{/o}}",
      "{'o':{'n':'<'}}", "<|<", NULL },
    { "dotted name, ampersand", "{{&o.n}}|{{#o}}{{&n}}{{/o}}",
      "{'o':{'n':'<'}}", "<|<", NULL },
    { "dots to any depth", "{{a.b.c.d.e.name}}",
      "{'a':{'b':{'c':{'d':{'e':{'name':'deep'}}}}}}", "deep", NULL },
    { "a broken chain is nothing", "[{{a.b.c}}]", "{'a':{}}", "[]", NULL },
    { "a broken chain is not looked for outside", "[{{a.b.c.name}}]",
      "{'a':{'b':{}},'c':{'name':'no'}}", "[]", NULL },
    { "the first name is looked for outside",
      "{{#a}}{{b.c.d.e.name}}{{/a}}",
      "{'a':{'b':{'c':{'d':{'e':{'name':'in'}}}}},"
      "'b':{'c':{'d':{'e':{'name':'out'}}}}}", "in", NULL },
    { "the nearest first name decides", "[{{#a}}{{b.c}}{{/a}}]",
      "{'a':{'b':{}},'b':{'c':'no'}}", "[]", NULL },
    { "dotted names are no single keys", "[{{a.b}}]", "{'a.b':'c'}", "[]",
      NULL },
    { "nor do single keys hide them", "{{a.b}}", "{'a.b':'c','a':{'b':'d'}}",
      "d", NULL },
    { "the element itself", "{{#list}}({{.}}){{/list}}", "{'list':[1,'<',2.5]}",
      "(1)(&lt;)(2.5)", NULL },
    { "the element itself, unescaped", "{{#list}}({{{.}}}{{&.}}){{/list}}",
      "{'list':['<']}", "(<<)", NULL },
    { "blanks around stay", "| {{x}} |", "{'x':'---'}", "| --- |", NULL },
    { "blanks around stay, three braces", "| {{{x}}} |", "{'x':'---'}",
      "| --- |", NULL },
    { "blanks around stay, ampersand", "| {{&x}} |", "{'x':'---'}", "| --- |",
      NULL },
    { "alone on a line", "  {{x}}\n", "{'x':'---'}", "  ---\n", NULL },
    { "alone on a line, three braces", "  {{{x}}}\n", "{'x':'---'}",
      "  ---\n", NULL },
    { "alone on a line, ampersand", "  {{&x}}\n", "{'x':'---'}", "  ---\n",
      NULL },
    { "blanks inside", "|{{ x }}|", "{'x':'---'}", "|---|", NULL },
    { "blanks inside, three braces", "|{{{ x }}}|", "{'x':'---'}", "|---|",
      NULL },
    { "blanks inside, ampersand", "|{{& x }}|", "{'x':'---'}", "|---|", NULL },
    { "other scripts", "{{\xec\x9d\xb4\xeb\xa6\x84}}",
      "{'\xec\x9d\xb4\xeb\xa6\x84':'\xea\xb9\x80'}", "\xea\xb9\x80", NULL },
    { "no tag at all", "", "{}", "", NULL },
};


static const case_t sections[] = {

    { "true", "{{#b}}yes{{/b}}", "{'b':true}", "yes", NULL },
    { "false", "{{#b}}yes{{/b}}", "{'b':false}", "", NULL },
    { "null is false", "{{#b}}yes{{/b}}", "{'b':null}", "", NULL },
    { "an empty string is false", "[{{#b}}yes{{/b}}]", "{'b':''}", "[]",
      NULL },
    { "zero is true", "{{#b}}{{.}}{{/b}}", "{'b':0}", "0", NULL },
    { "an empty object is true", "{{#b}}yes{{/b}}", "{'b':{}}", "yes", NULL },
    { "a missing name is false", "[{{#b}}yes{{/b}}]", "{}", "[]", NULL },
    { "an object is the context", "{{#o}}Hi {{name}}.{{/o}}",
      "{'o':{'name':'Ada'}}", "Hi Ada.", NULL },
    { "names of the outside are seen", "{{#s}}{{a}}, {{b}}, {{c.d}}{{/s}}",
      "{'a':'f','b':'w','s':{'b':'b'},'c':{'d':'B'}}", "f, b, B", NULL },
    { "a variable test", "{{#foo}}{{.}} is {{foo}}{{/foo}}", "{'foo':'bar'}",
      "bar is bar", NULL },
    { "contexts within lists",
      "{{#tops}}{{#middles}}{{tname.lower}}{{mname}}."
      "{{#bottoms}}{{tname.upper}}{{mname}}{{bname}}.{{/bottoms}}"
      "{{/middles}}{{/tops}}",
      "{'tops':[{'tname':{'upper':'A','lower':'a'},'middles':"
      "[{'mname':'1','bottoms':[{'bname':'x'},{'bname':'y'}]}]}]}",
      "a1.A1x.A1y.", NULL },
    { "contexts many deep",
      "{{#a}}{{one}}{{#b}}{{one}}{{two}}{{#c.d}}{{one}}{{two}}{{three}}"
      "{{#five}}{{one}}{{two}}{{three}}{{.}}{{/five}}{{/c.d}}{{/b}}{{/a}}",
      "{'a':{'one':1},'b':{'two':2},'c':{'d':{'three':3,'five':5}}}",
      "1121231235", NULL },
    { "a list", "{{#l}}{{item}}{{/l}}", "{'l':[{'item':1},{'item':2}]}", "12",
      NULL },
    { "an empty list", "[{{#l}}x{{/l}}]", "{'l':[]}", "[]", NULL },
    { "the same twice", "{{#b}}1{{/b}}{{x}}{{#b}}2{{/b}}", "{'b':true,'x':'-'}",
      "1-2", NULL },
    { "true within true", "|{{#b}}1 {{#b}}2{{/b}} 3{{/b}}|", "{'b':true}",
      "|1 2 3|", NULL },
    { "false within false", "|{{#b}}1 {{#b}}2{{/b}} 3{{/b}}|", "{'b':false}",
      "||", NULL },
    { "a list within itself", "{{#l}}{{#sub}}{{l}}{{.}}{{/sub}}{{/l}}",
      "{'l':[{'sub':[1,2]},{'sub':[3]}]}", "123", NULL },
    { "lists of lists", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}",
      "{'l':[[1,2],['a']]}", "(12)(a)", NULL },
    { "lists of lists, unescaped", "{{#l}}({{#.}}{{{.}}}{{&.}}{{/.}}){{/l}}",
      "{'l':[['<']]}", "(<<)", NULL },
    { "a root that is a list", "{{#.}}({{value}}){{/.}}",
      "[{'value':'a'},{'value':'<'}]", "(a)(&lt;)", NULL },
    { "dotted, true", "{{#a.b.c}}here{{/a.b.c}}", "{'a':{'b':{'c':true}}}",
      "here", NULL },
    { "dotted, false", "[{{#a.b.c}}here{{/a.b.c}}]",
      "{'a':{'b':{'c':false}}}", "[]", NULL },
    { "dotted, broken", "[{{#a.b.c}}here{{/a.b.c}}]", "{'a':{}}", "[]", NULL },
    { "blanks around stay", " | {{#b}}\t|\t{{/b}} | \n", "{'b':true}",
      " | \t|\t | \n", NULL },
    { "blanks within stay", " | {{#b}} {{! no }}\n {{/b}} | \n", "{'b':true}",
      " |  \n  | \n", NULL },
    { "two on a line", " {{#b}}YES{{/b}}\n {{#b}}GOOD{{/b}}\n", "{'b':true}",
      " YES\n GOOD\n", NULL },
    { "alone on their lines", "| This\n{{#b}}\n|\n{{/b}}\n| line\n",
      "{'b':true}", "| This\n|\n| line\n", NULL },
    { "alone and indented", "| This\n  {{#b}}\n|\n  {{/b}}\n| line\n",
      "{'b':true}", "| This\n|\n| line\n", NULL },
    { "carriage returns", "|\r\n{{#b}}\r\n{{/b}}\r\n|", "{'b':true}",
      "|\r\n|", NULL },
    { "alone on the first line", "  {{#b}}\n#{{/b}}\n/", "{'b':true}",
      "#\n/", NULL },
    { "alone on the last line", "#{{#b}}\n/\n  {{/b}}", "{'b':true}",
      "#\n/\n", NULL },
    { "blanks inside", "|{{# b }}={{/ b }}|", "{'b':true}", "|=|", NULL },
};


static const case_t inverted[] = {

    { "false", "{{^b}}yes{{/b}}", "{'b':false}", "yes", NULL },
    { "true", "[{{^b}}yes{{/b}}]", "{'b':true}", "[]", NULL },
    { "null", "{{^b}}yes{{/b}}", "{'b':null}", "yes", NULL },
    { "an object", "[{{^b}}yes{{/b}}]", "{'b':{'x':1}}", "[]", NULL },
    { "a list", "[{{^b}}yes{{/b}}]", "{'b':[1]}", "[]", NULL },
    { "an empty list", "{{^b}}yes{{/b}}", "{'b':[]}", "yes", NULL },
    { "an empty string", "{{^b}}yes{{/b}}", "{'b':''}", "yes", NULL },
    { "zero is no false", "[{{^b}}yes{{/b}}]", "{'b':0}", "[]", NULL },
    { "the same twice", "{{^b}}1{{/b}}{{x}}{{^b}}2{{/b}}",
      "{'b':false,'x':'-'}", "1-2", NULL },
    { "false within false", "|{{^b}}1 {{^b}}2{{/b}} 3{{/b}}|", "{'b':false}",
      "|1 2 3|", NULL },
    { "true within true", "|{{^b}}1 {{^b}}2{{/b}} 3{{/b}}|", "{'b':true}",
      "||", NULL },
    { "a missing name", "{{^b}}yes{{/b}}", "{}", "yes", NULL },
    { "dotted, true", "[{{^a.b.c}}x{{/a.b.c}}]", "{'a':{'b':{'c':true}}}",
      "[]", NULL },
    { "dotted, false", "{{^a.b.c}}x{{/a.b.c}}", "{'a':{'b':{'c':false}}}",
      "x", NULL },
    { "dotted, broken", "{{^a.b.c}}x{{/a.b.c}}", "{'a':{}}", "x", NULL },
    { "blanks around stay", " | {{^b}}\t|\t{{/b}} | \n", "{'b':false}",
      " | \t|\t | \n", NULL },
    { "blanks within stay", " | {{^b}} {{! no }}\n {{/b}} | \n", "{'b':false}",
      " |  \n  | \n", NULL },
    { "two on a line", " {{^b}}NO{{/b}}\n {{^b}}WAY{{/b}}\n", "{'b':false}",
      " NO\n WAY\n", NULL },
    { "alone on their lines", "| This\n{{^b}}\n|\n{{/b}}\n| line\n",
      "{'b':false}", "| This\n|\n| line\n", NULL },
    { "alone and indented", "| This\n  {{^b}}\n|\n  {{/b}}\n| line\n",
      "{'b':false}", "| This\n|\n| line\n", NULL },
    { "carriage returns", "|\r\n{{^b}}\r\n{{/b}}\r\n|", "{'b':false}",
      "|\r\n|", NULL },
    { "alone on the first line", "  {{^b}}\n^{{/b}}\n/", "{'b':false}",
      "^\n/", NULL },
    { "alone on the last line", "^{{^b}}\n/\n  {{/b}}", "{'b':false}",
      "^\n/\n", NULL },
    { "blanks inside", "|{{^ b }}={{/ b }}|", "{'b':false}", "|=|", NULL },
    { "one or the other", "{{#b}}a{{/b}}{{^b}}b{{/b}}", "{'b':[]}", "b",
      NULL },
};


static const case_t comments[] = {

    { "in a line", "12{{! gone }}34", "{}", "1234", NULL },
    { "over lines", "12{{!\n  gone\n  too\n}}34", "{}", "1234", NULL },
    { "alone", "Begin.\n{{! gone }}\nEnd.\n", "{}", "Begin.\nEnd.\n", NULL },
    { "alone and indented", "Begin.\n  {{! gone }}\nEnd.\n", "{}",
      "Begin.\nEnd.\n", NULL },
    { "carriage returns", "|\r\n{{! gone }}\r\n|", "{}", "|\r\n|", NULL },
    { "on the first line", "  {{! gone }}\n!", "{}", "!", NULL },
    { "on the last line", "!\n  {{! gone }}", "{}", "!\n", NULL },
    { "alone over lines", "Begin.\n{{!\ngone\n}}\nEnd.\n", "{}",
      "Begin.\nEnd.\n", NULL },
    { "alone over lines and indented", "Begin.\n  {{!\n    gone\n  }}\nEnd.\n",
      "{}", "Begin.\nEnd.\n", NULL },
    { "beside text", "  12 {{! 34 }}\n", "{}", "  12 \n", NULL },
    { "blanks around stay", "12345 {{! gone }} 67890", "{}", "12345  67890",
      NULL },
    { "not a name's twin", "c: >{{! a }}{{!a}}{{! b}}<", "{'a':1,' a ':2}",
      "c: ><", NULL },
};


static const case_t delimiters[] = {

    { "a pair", "{{=<% %>=}}(<%x%>)", "{'x':'Hey!'}", "(Hey!)", NULL },
    { "special characters", "({{=[ ]=}}[x])", "{'x':'Ok'}", "(Ok)", NULL },
    { "in sections",
      "[\n{{#s}}\n  {{d}}\n  |d|\n{{/s}}\n\n{{= | | =}}\n|#s|\n  {{d}}\n"
      "  |d|\n|/s|\n]\n", "{'s':true,'d':'I'}",
      "[\n  I\n  |d|\n\n  {{d}}\n  I\n]\n", NULL },
    { "in inverted sections",
      "[\n{{^s}}\n  {{d}}\n  |d|\n{{/s}}\n\n{{= | | =}}\n|^s|\n  {{d}}\n"
      "  |d|\n|/s|\n]\n", "{'s':false,'d':'I'}",
      "[\n  I\n  |d|\n\n  {{d}}\n  I\n]\n", NULL },
    { "partials do not inherit them", "[ {{>p}} ]\n{{= | | =}}\n[ |>p| ]\n",
      "{'v':'yes'}", "[ .yes. ]\n[ .yes. ]\n", "{'p':'.{{v}}.'}" },
    { "nor do they leak out of them", "[ {{>p}} ]\n[ .{{v}}.  .|v|. ]\n",
      "{'v':'yes'}", "[ .yes.  .yes. ]\n[ .yes.  .|v|. ]\n",
      "{'p':'.{{v}}. {{= | | =}} .|v|.'}" },
    { "blanks around stay", "| {{=@ @=}} |", "{}", "|  |", NULL },
    { "blanks around stay at the line's end", " | {{=@ @=}}\n", "{}", " | \n",
      NULL },
    { "alone", "Begin.\n{{=@ @=}}\nEnd.\n", "{}", "Begin.\nEnd.\n", NULL },
    { "alone and indented", "Begin.\n  {{=@ @=}}\nEnd.\n", "{}",
      "Begin.\nEnd.\n", NULL },
    { "carriage returns", "|\r\n{{= @ @ =}}\r\n|", "{}", "|\r\n|", NULL },
    { "on the first line", "  {{=@ @=}}\n=", "{}", "=", NULL },
    { "on the last line", "=\n  {{=@ @=}}", "{}", "=\n", NULL },
    { "blanks inside", "|{{=  @   @  =}}|", "{}", "||", NULL },
    { "three braces within a pair of others", "{{=<% %>=}}<%{x}%><%&x%>",
      "{'x':'<'}", "<<", NULL },
    { "and back", "{{=<% %>=}}<%x%><%={{ }}=%>{{x}}<%x%>", "{'x':1}",
      "11<%x%>", NULL },
};


static const case_t partials[] = {

    { "one", "'{{>text}}'", "{}", "'from partial'",
      "{'text':'from partial'}" },
    { "one that is absent", "'{{>text}}'", "{}", "''", "{}" },
    { "sees the context", "'{{>p}}'", "{'text':'content'}", "'*content*'",
      "{'p':'*{{text}}*'}" },
    { "includes itself", "{{>node}}",
      "{'content':'X','nodes':[{'content':'Y','nodes':[]}]}", "X<Y<>>",
      "{'node':'{{content}}<{{#nodes}}{{>node}}{{/nodes}}>'}" },
    { "within another", "{{>outer}}", "{'a':'hello','b':'world'}",
      "*hello world!*", "{'outer':'*{{a}} {{>inner}}*',"
      "'inner':'{{b}}!'}" },
    { "blanks around stay", "| {{>p}} |", "{}", "| \t|\t |",
      "{'p':'\\t|\\t'}" },
    { "no indentation in a line", "  {{d}}  {{> p}}\n", "{'d':'|'}",
      "  |  >\n>\n", "{'p':'>\\n>'}" },
    { "carriage returns", "|\r\n{{>p}}\r\n|", "{}", "|\r\n>|", "{'p':'>'}" },
    { "on the first line", "  {{>p}}\n>", "{}", "  >\n  >>",
      "{'p':'>\\n>'}" },
    { "on the last line", ">\n  {{>p}}", "{}", ">\n  >\n  >",
      "{'p':'>\\n>'}" },
    { "each line is indented, values are not", "\\\n {{>p}}\n/\n",
      "{'x':'<\\n->'}", "\\\n |\n <\n->\n |\n/\n",
      "{'p':'|\\n{{{x}}}\\n|\\n'}" },
    { "blanks inside", "|{{> p }}|", "{}", "|[]|", "{'p':'[]'}" },
    { "indentation adds up", " {{>a}}\n", "{}", " 1\n   2\n   2\n 3\n",
      "{'a':'1\\n  {{>b}}\\n3\\n','b':'2\\n2\\n'}" },
    { "standalone sections take no indentation", "  {{>a}}\n", "{'b':true}",
      "  1\n  2\n  3\n", "{'a':'1\\n{{#b}}\\n2\\n{{/b}}\\n3\\n'}" },
    { "a tree, indented",
      "{{>node}}",
      "{'n':1,'sub':[{'n':2,'sub':[{'n':3,'sub':[]}]},{'n':4,'sub':[]}]}",
      "1\n  2\n    3\n  4\n",
      "{'node':'{{n}}\\n{{#sub}}\\n  {{>node}}\\n{{/sub}}\\n'}" },
    { "a tree in a line takes none",
      "{{>node}}", "{'n':1,'sub':[{'n':2,'sub':[]}]}", "1\n  -2\n\n",
      "{'node':'{{n}}\\n{{#sub}}\\n  -{{>node}}\\n{{/sub}}\\n'}" },
    { "a section opened before and closed after",
      "{{#l}}{{>p}},{{/l}}", "{'l':[1,2]}", "<1>,<2>,", "{'p':'<{{.}}>'}" },
    { "a phrase keeps its line", "a\n  {{>t.word}}\nb\n", "{}",
      "a\n  word\nb\n", "{'t.word':'word'}" },
};


static int
partial(void *data, os_str_t name, os_buf_t *source)
{
    json_t  *found;
    char     key[64];

    (void) snprintf(key, sizeof(key), "%.*s", (int) name.len, name.data);

    if (strcmp(key, "broken") == 0) {
        os_buf_text(source, "the disk is gone");
        return OS_PARTIAL_ERROR;
    }

    found = json_object_get(data, key);
    if (found == NULL) {
        return OS_PARTIAL_ABSENT;
    }

    os_buf_text(source, json_string_value(found));

    return name.data[0] == 't' && name.data[1] == '.' ? OS_PARTIAL_PHRASE
                                                      : OS_PARTIAL_FOUND;
}


/* JSON in C reads better with single quotes. */
static json_t *
json(const char *text)
{
    char          copy[4096];
    char         *p;
    json_t       *value;
    json_error_t  error;

    (void) snprintf(copy, sizeof(copy), "%s", text ? text : "{}");

    for (p = copy; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }

    value = json_loads(copy, 0, &error);
    if (value == NULL) {
        printf("Bail out! %s in %s\n", error.text, copy);
        exit(2);
    }

    return value;
}


static void
render_is(const os_template_t *t, json_t *view, const char *expected,
    const char *what, const char *name)
{
    char      title[256];
    os_buf_t  out;

    out = (os_buf_t) { 0 };
    (void) snprintf(title, sizeof(title), "%s: %s", what, name);

    if (t == NULL || os_template_render(t, view, &out) == -1) {
        ok(0, "%s", title);
        os_buf_free(&out);
        return;
    }

    is_str(out.data, expected, title);
    os_buf_free(&out);
}


/* Does a member of this name stand anywhere below the top? */
static int
nested(json_t *value, const char *name, int top)
{
    size_t       i;
    json_t      *member;
    const char  *key;

    json_array_foreach(value, i, member) {
        if (nested(member, name, 0)) {
            return 1;
        }
    }

    json_object_foreach(value, key, member) {
        if ((!top && strcmp(key, name) == 0) || nested(member, name, 0)) {
            return 1;
        }
    }

    return 0;
}


static void
run_case(const char *what, const case_t *c)
{
    size_t          n;
    json_t         *view, *sources, *empty, *value;
    os_error_t      err;
    const char     *key;
    const char     *roots[16];
    const char     *one[2];
    os_template_t  *t, *bound;

    view = json(c->view);
    sources = json(c->partials);
    empty = json_object();
    err.text[0] = '\0';

    t = os_template_compile(os_str(c->template), c->name, OS_TEMPLATE_HTML,
                            partial, sources, &err);
    if (t == NULL) {
        ok(0, "%s: %s: %s", what, c->name, err.text);

    } else {
        render_is(t, view, c->expected, what, c->name);

        n = 0;

        json_object_foreach(view, key, value) {
            if (nested(view, key, 1)) {
                continue;
            }

            one[0] = key;
            one[1] = NULL;
            bound = os_template_bind(t, view, one);
            render_is(bound, view, c->expected, "one name bound", c->name);
            os_template_free(bound);
            roots[n++] = key;
        }

        roots[n] = NULL;

        if (json_is_object(view) && n == json_object_size(view)) {
            bound = os_template_bind(t, view, roots);
            render_is(bound, empty, c->expected, "all bound", c->name);
            os_template_free(bound);
        }
    }

    os_template_free(t);
    json_decref(empty);
    json_decref(sources);
    json_decref(view);
}


static const struct {
    const char  *template;
    const char  *message;
} errors[] = {
    { "a\n {{x", "page:2:2: expected \"}}\" to end the tag that opens here" },
    { "{{{x}}", "page:1:1: expected \"}}}\" to end the tag that opens here" },
    { "{{ }}", "page:1:1: expected a name in the tag, found none" },
    { "{{#a}}", "page:1:1: expected the end of section \"a\", "
                "which opens here" },
    { "x{{/a}}", "page:1:2: expected no end of a section, found the end of "
                 "\"a\", which is not open" },
    { "{{#a}}\n{{/b}}", "page:2:1: expected the end of section \"a\" (opened "
                        "at 1:1), found the end of \"b\"" },
    { "{{a b}}", "page:1:1: expected a name without blanks, found \"a b\"" },
    { "{{a..b}}", "page:1:1: expected a name between the dots of \"a..b\"" },
    { "{{.a}}", "page:1:1: expected a name between the dots of \".a\"" },
    { "\xc3\xa9{{a.}}", "page:1:2: expected a name between the dots of "
                        "\"a.\"" },
    { "{{=a=}}", "page:1:1: expected two delimiters of at most 16 bytes "
                 "without \"=\" and blanks, as in {{=<% %>=}}" },
    { "{{=a b c=}}", "page:1:1: expected two delimiters of at most 16 bytes "
                     "without \"=\" and blanks, as in {{=<% %>=}}" },
    { "{{> bad}}", "bad:1:2: expected \"}}\" to end the tag that opens "
                   "here" },
    { "\n {{> broken}}", "page:2:2: partial \"broken\": the disk is gone" },
};


static void
test_errors(void)
{
    size_t          i;
    json_t         *sources;
    os_error_t      err;
    os_template_t  *t;

    sources = json("{'bad':'-{{x'}");

    for (i = 0; i < CASES(errors); i++) {
        err.text[0] = '\0';
        t = os_template_compile(os_str(errors[i].template), "page", 0, partial,
                                sources, &err);
        ok(t == NULL, "no template: %s", errors[i].template);
        is_str(err.text, errors[i].message, "and why");
        os_template_free(t);
    }

    json_decref(sources);
}


static void
test_text_mode(void)
{
    json_t         *view;
    os_template_t  *t;

    view = json("{'x':'<&>'}");
    t = os_template_compile(OS_STR("{{x}}{{{x}}}"), "sms", 0, NULL, NULL, NULL);
    render_is(t, view, "<&><&>", "text", "nothing is escaped");
    os_template_free(t);
    json_decref(view);
}


/* The shape of our pages: static names around and inside of dynamic ones. */
static const char  page[] =
    "<html lang={{locale.lang}}>{{#brand}}<b>{{name}}</b>{{order.number}}"
    "{{/brand}}\n{{#contacts}}\n<a href='{{value}}'>{{label}} {{order.number}}"
    "{{#order}}[{{label}}{{title}}]{{/order}}</a>\n{{/contacts}}\n"
    "{{#order}}{{brand.name}}{{#contacts}}{{label}}{{total}}{{/contacts}}"
    "{{^brand.missing}}!{{/brand.missing}}{{#items}}{{name}}{{locale.lang}}"
    "{{/items}}{{/order}}{{^order.paid}}pay{{brand.name}}{{/order.paid}}";


static void
count(void *data, int kind, os_str_t name)
{
    int  *n = data;

    if (os_str_starts(name, OS_STR("brand"))
        || os_str_starts(name, OS_STR("locale"))
        || os_str_starts(name, OS_STR("contacts")))
    {
        n[1]++;
    }

    n[0] += kind != 0;
}


static void
test_bind(void)
{
    int             n[2] = { 0, 0 };
    json_t         *view, *dynamic;
    os_buf_t        whole;
    os_template_t  *t, *bound, *again;
    static const char *const roots[] = { "locale", "brand", "contacts", NULL };
    static const char *const order[] = { "order", NULL };

    view = json("{'locale':{'lang':'ko'},'brand':{'name':'A&B'},"
                "'contacts':[{'label':'Mail','value':'x'},"
                "{'label':'Phone','value':'y','title':'T'}],"
                "'order':{'number':7,'total':'5 \xe2\x82\xac','label':'own',"
                "'items':[{'name':'one'},{'name':'two'}]}}");

    dynamic = json_object();
    json_object_set(dynamic, "order", json_object_get(view, "order"));

    t = os_template_compile(os_str(page), "page", OS_TEMPLATE_HTML, NULL, NULL,
                            NULL);
    bound = os_template_bind(t, view, roots);

    whole = (os_buf_t) { 0 };
    os_template_render(t, view, &whole);

    ok(whole.len > 100, "the page renders");
    render_is(bound, dynamic, whole.data, "bind",
              "as the unbound one, from the dynamic names alone");

    os_template_each(bound, count, n);
    ok(n[0] > 5 && n[1] == 0, "no static name is left, %d others are", n[0]);

    again = os_template_bind(bound, dynamic, order);
    render_is(again, NULL, whole.data, "bind", "twice, then without a view");

    json_object_del(dynamic, "order");
    whole.len = 0;
    json_object_del(view, "order");
    os_template_render(t, view, &whole);
    render_is(bound, dynamic, whole.data, "bind", "also without an order");

    os_buf_free(&whole);
    os_template_free(again);
    os_template_free(bound);
    os_template_free(t);
    json_decref(dynamic);
    json_decref(view);
}


/* Random templates over a small view: bound and unbound always agree. */
static void
test_bind_random(void)
{
    int             i, j, k, depth, bad;
    json_t         *view;
    os_buf_t        source, a, b;
    unsigned        seed;
    const char     *name;
    const char     *open[32];
    os_template_t  *t, *bound;
    static const char *const names[] =
        { "a", "b", "c", "a.x", "b.y", "c.x", ".", "x", "y", "none" };
    static const char *const roots[] = { "a", "c", NULL };

    view = json("{'a':{'x':1,'y':[1,2]},'b':[{'x':'<'},{'y':{'x':3}},5],"
                "'c':[{'x':'cx'},{'y':'cy'}],'x':'tx'}");
    seed = 12345;
    bad = 0;

    for (i = 0; i < 20000 && bad < 3; i++) {
        source = (os_buf_t) { 0 };
        depth = 0;

        for (j = 0; j < 24; j++) {
            seed = seed * 1103515245 + 12345;
            k = (int) (seed >> 16);
            name = names[k % 10];

            switch (k / 10 % 8) {
            case 0:
            case 1:
                if (depth < 4) {
                    os_buf_printf(&source, "{{%c%s}}",
                                  k / 80 % 4 ? '#' : '^', name);
                    open[depth++] = name;
                }
                break;

            case 2:
            case 3:
                if (depth) {
                    os_buf_printf(&source, "{{/%s}}", open[--depth]);
                }
                break;

            case 4:
                os_buf_text(&source, k / 80 % 2 ? "t" : "\n");
                break;

            case 5:
                os_buf_printf(&source, "{{&%s}}", name);
                break;

            default:
                os_buf_printf(&source, "{{%s}}", name);
                break;
            }
        }

        while (depth) {
            os_buf_printf(&source, "{{/%s}}", open[--depth]);
        }

        t = os_template_compile(os_buf_view(&source), "random",
                                OS_TEMPLATE_HTML, NULL, NULL, NULL);
        bound = os_template_bind(t, view, roots);

        a = (os_buf_t) { 0 };
        b = (os_buf_t) { 0 };

        if (bound == NULL || os_template_render(t, view, &a) == -1
            || os_template_render(bound, view, &b) == -1
            || !os_str_equal(os_buf_view(&a), os_buf_view(&b)))
        {
            bad++;
            diag("%s\nunbound: %s\n  bound: %s", source.data, a.data, b.data);
        }

        os_buf_free(&a);
        os_buf_free(&b);
        os_template_free(bound);
        os_template_free(t);
        os_buf_free(&source);
    }

    ok(bad == 0, "%d random templates, bound and unbound", i);
    json_decref(view);
}


static void
test_bounds(void)
{
    int             i;
    json_t         *view, *inner, *sources;
    os_buf_t        source, out;
    os_error_t      err;
    os_template_t  *t;

    source = (os_buf_t) { 0 };
    for (i = 0; i < 65; i++) {
        os_buf_text(&source, "{{#a}}");
    }

    ok(os_template_compile(os_buf_view(&source), "deep", 0, NULL, NULL, &err)
       == NULL && strstr(err.text, "at most 64 sections"), "sections: %s",
       err.text);
    os_buf_free(&source);

    view = json_pack("{s:{}}", "sub");
    for (i = 0; i < 500; i++) {
        inner = view;
        view = json_pack("{s:o}", "sub", inner);
    }

    sources = json("{'n':'x{{#sub}}{{>n}}{{/sub}}'}");
    t = os_template_compile(OS_STR("{{>n}}"), "tree", 0, partial, sources,
                            &err);
    out = (os_buf_t) { 0 };
    ok(t && os_template_render(t, view, &out) == -1, "a tree 500 deep fails");
    ok(out.len > 10, "after some of it");
    os_buf_free(&out);
    os_template_free(t);
    json_decref(sources);

    sources = json("{'a':'{{>b}}{{>b}}{{>b}}{{>b}}','b':'{{>c}}{{>c}}{{>c}}"
                   "{{>c}}','c':'{{>d}}{{>d}}{{>d}}{{>d}}','d':'{{>e}}{{>e}}"
                   "{{>e}}{{>e}}','e':'{{>f}}{{>f}}{{>f}}{{>f}}','f':'{{>g}}"
                   "{{>g}}{{>g}}{{>g}}','g':'{{>h}}{{>h}}{{>h}}{{>h}}','h':"
                   "'{{>i}}{{>i}}{{>i}}{{>i}}','i':'{{>j}}{{>j}}{{>j}}{{>j}}',"
                   "'j':'{{v}}{{v}}{{v}}{{v}}'}");
    t = os_template_compile(OS_STR("{{>a}}"), "bomb", 0, partial, sources,
                            &err);
    ok(t == NULL && strstr(err.text, "bomb: expected less than"),
       "a million tags fail: %s", err.text);
    os_template_free(t);
    json_decref(sources);
    json_decref(view);
}


static void
run_cases(const char *what, const case_t *cases, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        run_case(what, &cases[i]);
    }
}


int
main(void)
{
    run_cases("interpolation", interpolation, CASES(interpolation));
    run_cases("section", sections, CASES(sections));
    run_cases("inverted", inverted, CASES(inverted));
    run_cases("comment", comments, CASES(comments));
    run_cases("delimiters", delimiters, CASES(delimiters));
    run_cases("partial", partials, CASES(partials));
    test_errors();
    test_text_mode();
    test_bind();
    test_bind_random();
    test_bounds();

    return done();
}
