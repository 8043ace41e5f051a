/*
 * Where tags are, what an anchor is, and that neither a piece's end nor the
 * kind of scanning changes that. A page here holds a "|" where the content is
 * to go; without one, nothing may go in. "\x7f" stands for a NUL.
 */

#include "core/html/os_html.h"
#include "tap.h"

#include <stdlib.h>


static os_html_t  html;


/* Where it goes in, when the page comes in pieces cut at a and b; or -1. */
static long
place_of(const os_anchor_t *anchor, const char *page, size_t len, size_t a,
    size_t b, int level, os_buf_t *shown, const os_anchor_t *text)
{
    long          at = -1;
    char         *copy;
    size_t        from, to, held = 0, cuts[3];
    unsigned      i;
    const char   *p;
    os_html_rc_t  rc = OS_HTML_MORE;

    os_html_init(&html, level);
    os_html_watch(&html, anchor, 0);

    if (text) {
        os_html_watch(&html, text, 0);
    }

    cuts[0] = a;
    cuts[1] = b;
    cuts[2] = len;
    from = 0;

    for (i = 0; i < 3 && rc == OS_HTML_MORE; i++) {
        to = cuts[i];

        if (to <= from) {
            continue;
        }

        copy = malloc(to - from);
        memcpy(copy, page + from, to - from);
        p = copy;

        while ((rc = os_html_read(&html, &p, copy + (to - from)))
               == OS_HTML_MEET)
        {
            /* within this piece, or before what was held when it began */
            at = html.at ? (long) from + (html.at - copy)
                         : (long) from - (long) held;

            if (shown) {
                os_html_shown(&html, shown);
            }
        }

        free(copy);
        from = to;
        held = html.held;
    }

    if (rc == OS_HTML_MORE && os_html_finish(&html) == OS_HTML_MEET) {
        at = (long) len;

        if (shown) {
            os_html_shown(&html, shown);
        }
    }

    return at;
}


static void
page_padded(const char *place, const char *selector, const char *marked,
    size_t padding, const char *name)
{
    int          level, good = 1;
    long         want, got;
    char        *text;
    size_t       len, a;
    os_error_t   err = { "" };
    os_anchor_t  anchor;
    const char  *bar;

    bar = strchr(marked, '|');
    len = strlen(marked) - (bar != NULL);
    want = bar ? bar - marked : -1;
    text = malloc(len + padding + 1);
    memset(text, ' ', len + padding);
    memcpy(text, marked, bar ? (size_t) want : len);

    if (bar) {
        memcpy(text + want, bar + 1, len - (size_t) want);
    }

    len += padding;

    for (a = 0; a < len; a++) {
        text[a] = text[a] == '\x7f' ? '\0' : text[a];
    }

    if (os_anchor_parse(&anchor, os_str(place), os_str(selector), &err) == -1)
    {
        ok(0, "%s: %s", name, err.text);
        free(text);
        return;
    }

    for (level = 0; level < os_html_levels(); level++) {
        got = place_of(&anchor, text, len, len, len, level, NULL, NULL);

        if (got != want) {
            diag("%s: whole, %s: %ld, not %ld", name,
                 os_html_level_name(level), got, want);
            good = 0;
        }

        for (a = 1; a < len && good; a++) {
            got = place_of(&anchor, text, len, a, len, level, NULL, NULL);

            if (got != want) {
                diag("%s: cut at %zu: %ld", name, a, got);
                good = 0;
            }

            got = place_of(&anchor, text, len, a, a + 1, level, NULL, NULL);

            if (got != want) {
                diag("%s: cut at %zu and behind: %ld", name, a, got);
                good = 0;
            }
        }
    }

    ok(good, "%s%s", name, padding ? ", with more behind it" : "");
    free(text);
}


/* The quick way is taken only where there is more to come. */
static void
page(const char *place, const char *selector, const char *marked,
    const char *name)
{
    size_t  len = strlen(marked);

    page_padded(place, selector, marked, 0, name);

    if (len == 0 || marked[len - 1] != '|') {
        page_padded(place, selector, marked, 160, name);
    }
}


static void
shown(const char *selector, const char *want, const char *text)
{
    int          good = 1;
    size_t       len = strlen(text), a;
    os_buf_t     got = { 0 };
    os_error_t   err;
    os_anchor_t  end, anchor;

    os_anchor_parse(&end, OS_STR("before"), OS_STR("hr"), &err);
    os_anchor_parse(&anchor, OS_NULL, os_str(selector), &err);

    for (a = 1; a <= len; a++) {
        got.len = 0;
        place_of(&end, text, len, a, len, OS_HTML_BEST, &got, &anchor);

        if (!os_str_equal(os_buf_view(&got), os_str(want))) {
            diag("cut at %zu: \"%.*s\"", a, (int) got.len, got.data);
            good = 0;
            break;
        }
    }

    ok(good, "shown: %s in %s", want, text);
    os_buf_free(&got);
}


/* Every name that has a rule is found by its key. */
static void
elements(void)
{
    unsigned    i, n = 0, wrong = 0, len;
    uint64_t    key;

    /* the first slot's is no name */

    for (i = 1; i < OS_ELEMENT_SLOTS; i++) {
        key = os_element_table[i].key;

        if (key) {
            n++;
            len = 8 - (unsigned) __builtin_clzll(key) / 8;
            wrong += OS_ELEMENT_HASH(key) != i
                     || os_element(key) != &os_element_table[i]
                     || os_element_table[i].shift
                        != (len == 8 ? OS_ELEMENT_LONG : 56 - 8 * len);
        }
    }

    ok(n > 100 && wrong == 0, "%u elements, each in its slot", n);
    ok(os_element(0) == &os_element_other, "no name is none of them");
    ok(os_element(os_element_key("BlockQuote", 10))->flags & OS_EL_CLOSES_P,
       "a long name, in any case");
    ok(os_element(os_element_key("x-card", 6))->el == OS_OTHER,
       "a name that nobody knows");
}


static void
tags(void)
{
    page("append", "body", "<body><p>a</p>|</body>", "plain");
    page("append", "body", "<BODY><p>a</p>|</BODY >", "in capitals");
    page("append", "body", "<body><p>a</p>|</body\n x='>'>",
         "an end tag with attributes");
    page("append", "body", "<body><!-- </body> --><b>x</b><!-- -- -->|</body>",
         "comments");
    page("append", "body", "<body><!-->|</body>-->", "\"<!-->\" is a comment");
    page("append", "body", "<body><!--->|</body>-->", "so is \"<!--->\"");
    page("append", "body", "<body><!-- a --!>|</body>", "\"--!>\" ends one");
    page("append", "body", "<body><!-- a --! ></body> -->|</body>",
         "\"--! >\" does not");
    page("append", "body", "<body><!----!>|</body>-->",
         "\"--!>\" does where that is all of it");
    page("append", "body", "<body><!---!></body>-->|</body>",
         "nor \"-!>\" behind the start");
    page("append", "body", "<body><!--!></body>-->|</body>",
         "nor \"!>\" there");
    page("append", "body", "<body><!-- a -></body>- ->\"='--->|</body>",
         "nor less than \"-->\", and more does");
    page("append", "body", "<body><!->|</body>-->", "one dash begins none");
    page("append", "body", "<body><p>a<!----></p><!--[-->|</body>-->",
         "empty ones");
    page("append", "body", "<body><!x </body>|</body>", "a bogus comment");
    page("append", "body", "<body><?php </body>|</body>", "another");
    page("append", "body", "<body></ </body>|</body>", "and another");
    page("append", "body", "<body><![CDATA[ </body>]]>|</body>",
         "CDATA is bogus in HTML");
    page("append", "body",
         "<body><svg><![CDATA[ </body> ]] > ]]></svg>|</body>",
         "and none in SVG");
    page("append", "body", "<body></>|</body>", "\"</>\" is nothing");
    page("append", "body", "<body>a < b <3 </ 5>|</body>", "\"<\" as text");
    page("append", "div", "<body><div>a < b, b > c|</div>",
         "and before a \">\"");
}


static void
values(void)
{
    page("append", "body", "<body><i a=\"</body>\"></i>|</body>", "in quotes");
    page("append", "body", "<body><i a='</body>\"'></i>|</body>",
         "in single ones");
    page("append", "body", "<body><i a = \"</body>\"></i>|</body>",
         "with space around");
    page("append", "body", "<body><i a=b\"></i>|</body>\"",
         "a quote inside of a value");
    page("append", "body", "<body><i a\"></i>|</body>\"",
         "a quote inside of a name");
    page("append", "body", "<body><i =\"></i>|</body>\"",
         "\"=\" may begin a name");
    page("append", "body", "<body><i \"a\"=\"x></body>\"></i>|</body>",
         "a name in quotes");
    page("append", "body", "<body><i a=\"b\"=\"></i>|</body>\"",
         "\"=\" behind a value");
    page("append", "body", "<body><i a==\"></i>|</body>\"",
         "\"=\" begins a value");
    page("append", "body", "<body><i a=b=\"></i>|</body>\"",
         "\"=\" in a value");
    page("append", "body", "<body><i a=></i>|</body>", "no value");
    page("append", "body", "<body><i/a=\"</body>\"/></i>|</body>",
         "slashes between");
    page("append", "body",
         "<body><img alt=\"a long text that goes on for more than sixty-four "
         "bytes </body> and so on, until it ends\" width=\"1\" class=\"x y\">"
         "|</body>", "a long value");
}


static void
raw(void)
{
    page("append", "body",
         "<title></body></title><body><script>'</body>'</script>|</body>",
         "in title and script");
    page("append", "body", "<body><style></body></styles></style >|</body>",
         "a name that goes on is another");
    page("append", "body", "<body><textarea></body></TextArea>|</body>",
         "in textarea");
    page("append", "body", "<body><script></script/x>|</body>",
         "an end tag with a slash");
    page("append", "body",
         "<body><script><!-- <script></body></script></body></script>|</body>",
         "a script in an escaped script");
    page("append", "body",
         "<body><script><!-- <scripts></body></script>|</body></script>",
         "and none");
    page("append", "body",
         "<body><script><!-- <script> --></body></script>|</body>",
         "the end of an escaped script");
    page("append", "body",
         "<body><script><!--<script></script>--></script>|</body>",
         "twice ended");
    page("append", "body", "<body><script><!-></body></script>|</body>",
         "\"<!-\" escapes nothing");
    page("append", "body",
         "<body><iframe></body></iframe><noscript></body></noscript>|</body>",
         "iframe and noscript");
    page("append", "body",
         "<body><svg><title></title><script></script></svg>|</body>",
         "in SVG they are tags");
    page("append", "body", "<body><plaintext></body>", "plain text");
    page("append", "body", "<body><template></body></template>|</body>",
         "in a template");
    page("append", "body",
         "<body><template><template></template></body></template>|</body>",
         "in two");
}


/* A control character is a part of a name, and no letter's other case. */
static void
controls(void)
{
    page("before", "i", "<body><p>a</p\x1egg><i>", "for \">\", in </p>");
    page("before", "i", "<body><p>a</p\x1e><i>", "for \">\" at its end");
    page("append", "h1", "<body><h1>a</h\x11>b|</h1>", "for \"1\", in </h1>");
    page("append", "h1", "<body><h\x11>a</h1><h1>|</h1>", "and in <h1>");

    /* a NUL is no end of a name either, and no name's end */

    page("append", "#x", "<body><div id=x>a</div\x7f>b|</div>",
         "a NUL in an end tag");
    page("append", "#x", "<body><div id=x>a<div\x7f>b</div>c</div>",
         "in a start tag");
    page("before", "#x", "<body><script\x7f><!--</script>\n--> |<i id=x>",
         "in a script's");
    page("before", "#x", "<body><script\x7f><p>a</p>|<hr id=x>",
         "and what is in there are tags");
}


/* Attributes longer than may be kept: the name is still known. */
static void
big(void)
{
    char    text[16384], value[6001];
    size_t  i;

    static const struct {
        const char  *place;
        const char  *selector;
        const char  *page;      /* %s: a long value */
        const char  *name;
    } pages[] = {
        { "after", ".x", "<div class=x>q<div a='%s'>in</div>z</div>|<p>",
          "one inside of another" },
        { "append", ".x", "<div class=x>q<div a='%s'>in</div>z|</div><p>",
          "and its end is its own" },
        { "before", ".x",
          "<body><script a='%s'>'<div class=x>'</script>|<div class=x>",
          "a script" },
        { "before", ".x", "<body><script a='%s'>'</script>|<div class=x>'",
          "a script's end" },
        { "after", ".x", "<ul class=x><li>a<li a='%s'>b</ul>|<p>", "an item" },
        { "after", ".x", "<div a='%s' class=x>b</div>|<p>",
          "a class behind it" },
        { "prepend", ".x", "<div class='y x' a=%s>|b</div><p>",
          "one before it, and no quotes" },
        { "append", "[a]", "<div a='%s'>b|</div><p>", "the attribute itself" },
        { "after", ".vx", "<p class='%s vx'></p>", "but not its value" },
        { "before", ".x", "<body><p class=x a='%s'></p><p class=x>",
          "before it nothing goes, nor before the next" },
        { "before", ".x",
          "<body><p a='%1$.1900s' b='%1$.1900s' c='%1$.1900s'></p>"
          "<p class=x>",
          "more attributes than are kept: nothing is sure" },
        { "before", ".x",
          "<body><p a='%1$.2100s' b='%1$.2100s' c='%1$.2100s'></p>"
          "|<p class=x>",
          "no more names than are kept" }
    };

    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';

    for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        snprintf(text, sizeof(text), pages[i].page, value);
        page_padded(pages[i].place, pages[i].selector, text, 0,
                    pages[i].name);
    }
}


/* References in attributes: what may be the first match and may be not. */
static void
references(void)
{
    char  text[2048], classes[600];

    memset(classes, 'c', sizeof(classes) - 1);
    classes[sizeof(classes) - 1] = '\0';

    snprintf(text, sizeof(text),
             "<body>|<i class='x [&amp;>b] [&>b]:y %s'></i><i class=x></i>",
             classes);
    page("before", ".x", text, "a long class with one");
    snprintf(text, sizeof(text),
             "<body>|<i class='&amp;>b x y %s z'></i><i class='x y z'></i>",
             classes);
    page("before", ".x.y.z", text, "three words of it");
    page("before", ".x.cb",
         "<body><i class='b x &amp; c'></i>|<i class='cb x'>",
         "no word is made of two");
    page("before", "[title='a & b']",
         "<body>|<i title='a &amp; b'></i><i title='a & b'></i>",
         "a value with one");
    page("before", "[title='a & b']",
         "<body><i title='a &amp b'></i><i title='a & b'></i>",
         "without its semicolon it may be one, or none");
    page("before", "[title='caf\xc3\xa9']",
         "<body><i title='caf&eacute;'></i><i title='caf\xc3\xa9'></i>",
         "one that is not known");
    page("before", ".x", "<body><i class='&eacute;'></i><i class=x></i>",
         "and may be the class");
    page("before", ".x", "<body>|<i class='x &eacute;'></i>",
         "a word beside it is sure");
    page("before", "[href='a?b=c&d=e']", "<body>|<i href='a?b=c&d=e'></i>",
         "a name before \"=\" is none");
    page("before", ".x", "<body><i title='&eacute;'></i>|<i class=x></i>",
         "in an attribute that nobody asks for");
    page("before", ".x[b]", "<body><i class='&x;'></i>|<i class=x b></i>",
         "where something else is not as it should be");
    page("before", ".fjord",
         "<body><i class='&fjlig;ord'></i><i class=fjord></i>",
         "the one that stands for letters");
    page("before", "#x", "<body><i id='&#0;'></i><i id=x></i>",
         "a number that is no character");
}


/* What comes before the body, and opens it. */
static void
beginnings(void)
{
    page("prepend", "body", "\xef\xbb\xbf<!doctype html><body>|a",
         "a byte order mark");
    page("prepend", "body",
         "\xef\xbb\xbf\xef\xbb\xbf<!doctype html><body>a",
         "a second one is text");
    page("prepend", "body", "\n\xef\xbb\xbf<!doctype html><body>a",
         "so is one behind a line break");
    page("prepend", "body", "\xef\xbb<body>a", "and a part of one");
    page("prepend", "body", "<!-- a -->\xef\xbb\xbf<body>a",
         "and one behind a comment");
    page("before", "script", "<!doctype html><head>&#32;<script></script>",
         "a reference may be white space");
    page("prepend", "body",
         "<head><template>a&amp;&#32;</template></head><body>|a",
         "in a template that does not matter");
}


static void
trees(void)
{
    page("append", "body", "<body><table><tr><td></body></table>|</body>",
         "in a cell");
    page("append", "body", "<body><select></body></select>|</body>",
         "in a select");
    page("append", "body", "<body><div>|</body>", "in a block that is open");
    page("append", "body", "<body><p>a</body>",
         "in an open paragraph nothing fits");
    page("append", "body", "<body><b>a</body>", "nor in open formatting");
    page("append", "body", "<body><p><b>a</p>x</body>",
         "nor where it is opened again");
    page("append", "body", "<body><td><p>a</p></td>|</body>",
         "a cell without a table");
    page("append", "body", "<body>a|</html>", "</html> alone");
    page("append", "body", "<!doctype html><p>a</p>\n|", "the end alone");
    page("append", "body", "<p>a</p>\n", "a part of a page");
    page("append", "body", "<body>a|</body>b</body>", "the first of two");
    page("append", "body", "<frameset></body>", "a frameset");
    page("append", "body", "<body><select><textarea></select></body>",
         "text in a select");
    page("prepend", "body", "<body class=\"a>b\">|x", "prepend body");
    page("prepend", "body", "x<body>", "text has opened it before");
    page("before", ".x", "<p>a</p>|<div class='a x'>b</div>", "a class");
    page("before", ".x", "<div class='ax'></div>", "another class");
    page("before", ".x", "<div class=y class=x></div>", "the second class");
    page("before", "#x", "<body>|<div ID=\"&#120;\"></div>", "a reference");
    page("before", "#x", "<div id=X></div>", "ids know case");
    page("before", "x-Card", "<body>|<X-CARD>", "tags do not");
    page("before", "[data-a='b c'].x", "<body>|<i data-a=\"b c\" class=x>",
         "an attribute and a class");
    page("before", ".x", "<table><tr class=x>", "a row");
    page("before", "#x", "<ul><li>a<li id=x>",
         "an item that closes another");
    page("prepend", ".x", "<td class=x><table><td class=x>|a",
         "in a cell that is one");
    page("prepend", ".x", "<p class=x>", "in a paragraph");
    page("append", ".x", "<div class=x><div></div>a|</div></div>",
         "append counts");
    page("append", ".x", "<div class=x><b>a</div>", "something else is open");
    page("append", ".x", "<ul><li class=x>a</ul>", "closed by another");
    page("after", ".x", "<div class=x><p>a</div>|b", "after");
    page("after", ".x", "<img class=x>|b", "after a void one");
    page("after", ".x", "<div><p class=x>a</div>b", "after what has no end");
    page("after", ".x", "<template><p class=x></p></template><i class=x></i>|",
         "not in a template");
    page("prepend", ".x", "<body><pre class=x>\n</pre>", "before a line break");
    page("before", ".x",
         "<table><form class=x><tr><td>a</form></table><form class=x>b</form>",
         "a form in a table is there");
    page("after", ".x", "<table><form class=x></form><tr><td>a</table>",
         "and nothing goes in behind it");
    page("before", ".x", "<form>a<table><form class=x></table>|<i class=x>",
         "a form in a form is not");
    page("before", ".x", "<body><form><svg></form><div class=x></div>",
         "an SVG outlives its form");
    page("append", "body", "<body><form><svg></form></svg>|</body>",
         "until its own end");
    page("before", ".x", "<table><tr><td><b><object></table><i class=x>",
         "formatting comes out of a cell, behind another marker");
    page("before", ".x", "<table><tr><td><b>a</table>|<i class=x>",
         "and stays in there behind one");
    page("before", ".x",
         "<body><template><a><table><td></template><div class=x>",
         "a template's formatting comes out behind its cell");
    page("before", ".x",
         "<body><template><tr><td><a>b</a></td></tr></template>|<div class=x>",
         "not where the cell is closed");
    page("before", ".x", "<body><template><td>a<td>b</template>|<div class=x>",
         "nor where there is none");
    page("after", ".x",
         "<body><svg><math><foreignObject><div class=x></div>",
         "MathML in SVG is SVG");
    page("after", ".x", "<math><svg><mtext><div class=x></div>",
         "and SVG in MathML is MathML");
    page("before", "#x",
         "<math><mi><mglyph><style><!--</style></mglyph></mi></math>"
         "<i id=x></i>-->", "a glyph is MathML");
    page("before", "#x",
         "<math><mi><malignmark><style><!--</style></malignmark></mi></math>"
         "<i id=x></i>-->", "and so is this");
    page("before", "#x",
         "<body><mglyph><malignmark><style><!--</style>|<i id=x></i>-->",
         "but in MathML only");
    page("after", ".x", "<body><frame class=x><b>a</b><i class=x></i>|",
         "a frame is nothing");
    page("before", ".x",
         "<body><select><option><b>a</option></select><i class=x></i>",
         "formatting may come out of a select");
    page("before", ".x", "<body><select><object></select><i class=x></i>",
         "which another marker keeps open");
    page("before", ".x", "<body><select><form></select><form class=x>",
         "a form may be in there");
    page("append", "form", "<body><form><select></form></select>a</form>b",
         "or be ended in there");
    page("before", "p.x", "<body></p>|<p class=x>a</p>",
         "a stray </p> makes one without a class");
    page("before", "p", "<body></p><p>a</p>", "but one");
    page("before", "p", "<body><template></p></template>|<p>a</p>",
         "none in a template");
    page("before", ".x", "<a><div class=x></div></a>", "in a link");
    page("before", ".x", "<button><div class=x></div>", "in a button");
    page("before", ".x", "<svg><g class=x></g></svg>|<i class=x>",
         "not in SVG");
}


static void
selectors(void)
{
    size_t       i;
    os_error_t   err;
    os_anchor_t  a;

    static const struct {
        const char  *selector;
        const char  *expected;
    } bad[] = {
        { "", "an empty selector" },
        { "div p", "character 4: expected one element" },
        { "div>p", "character 4: expected one element" },
        { "a,b", "character 2: expected one element" },
        { "*", "character 1: expected one element" },
        { "p:first-child", "character 2: expected one element" },
        { "#", "character 2: expected a name" },
        { ".", "character 2: expected a name" },
        { ".a..b", "character 4: expected a name" },
        { "[", "an attribute's name" },
        { "[a", "\"=\" or \"]\"" },
        { "[a~=b]", "\"=\" or \"]\"" },
        { "[a=]", "a value, in quotes" },
        { "[a=\"b]", "the closing quote" },
        { "[a=\"b\\\"c\"]", "without a backslash" },
        { "[a=b", "\"]\"" },
        { ".a.b.c.d.e.f.g", "at most 6" },
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err.text[0] = '\0';
        ok(os_anchor_parse(&a, OS_STR("after"), os_str(bad[i].selector), &err)
           == -1 && strstr(err.text, bad[i].expected), "\"%s\": %s",
           bad[i].selector, err.text);
    }

    ok(os_anchor_parse(&a, OS_STR("inside"), OS_STR("p"), &err) == -1
       && strstr(err.text, "expected \"before\""), "a place: %s", err.text);
    ok(os_anchor_parse(&a, OS_STR("after"),
                       OS_STR("Section#a.b[c][d=e][f='g h']"), &err) == 0
       && a.nwants == 5, "all together");
}


/* The scanners agree, wherever a byte is and however much there is. */
static void
scanners(void)
{
    int       level, good = 1;
    char      text[400];
    long      want, got;
    size_t    at, len;

    static const os_anchor_t  anchor = { .place = OS_PLACE_BEFORE,
                                         .tag = { 2, "hr" } };

    printf("# scanning:");

    for (level = 0; level < os_html_levels(); level++) {
        printf(" %s", os_html_level_name(level));
    }

    printf("\n");

    for (len = 10; len < 300; len += 7) {
        for (at = 6; at + 4 <= len; at++) {
            memset(text, 'x', len);
            memcpy(text, "<body>", 6);
            memcpy(text + at, "<hr>", 4);

            for (level = 0; level < os_html_levels(); level++) {
                got = place_of(&anchor, text, len, len, len, level, NULL,
                               NULL);
                good &= got == (long) at;
            }
        }
    }

    ok(good, "a tag anywhere in 10 to 300 bytes");
    good = 1;

    for (len = 40; len < 300; len++) {
        for (at = 3; at + 12 <= len; at += 5) {
            memset(text, 'y', len);
            memcpy(text, "<body x=\"", 9);
            text[at + 6] = '"';
            memcpy(text + len - 5, "><hr>", 5);
            want = place_of(&anchor, text, len, len, len, 0, NULL, NULL);

            for (level = 1; level < os_html_levels(); level++) {
                good &= place_of(&anchor, text, len, len, len, level, NULL,
                                 NULL)
                        == want;
            }
        }
    }

    ok(good, "and a quote anywhere in a tag");
}


/* An anchor among much that looks like it, however far it is. */
static void
hints(void)
{
    int          level, good = 1, met;
    size_t       i, gap;
    os_buf_t     text = { 0 };
    os_anchor_t  a, other;
    os_error_t   err;

    static const char *const  ends[] = {
        "<div class=\"a order-end\">", "<div class='order-end'>",
        "<div class=\"&#111;rder-end\">", "<div class=\"order-e&#x6e;d\">"
    };

    os_anchor_parse(&a, OS_STR("before"), OS_STR(".order-end"), &err);
    os_anchor_parse(&other, OS_NULL, OS_STR("#total-quantity"), &err);

    for (gap = 0; gap < 4000; gap += gap < 300 ? 1 : 173) {
        text.len = 0;
        os_buf_text(&text, "<body>order-end");

        while (text.len < 2 * gap) {
            os_buf_text(&text, "<i class=\"order-en total\" title=\"&amp; #\">"
                        "order-end &#8364;</i><img alt='&quot;er-end'>");
        }

        os_buf_text(&text, "<p title=\"");

        for (i = 0; i < gap; i++) {
            os_buf_char(&text, "border-en#"[i % 10]);
        }

        os_buf_text(&text, "\">");
        os_buf_text(&text, "</p>");
        met = (int) text.len;
        os_buf_text(&text, ends[gap % 4]);

        /* what the other looks for, behind it */
        os_buf_text(&text, "total-quantity");

        for (i = 0; i < 300; i++) {
            os_buf_char(&text, ' ');
        }

        for (level = 0; level < os_html_levels() && good; level++) {
            good = place_of(&a, text.data, text.len, text.len, text.len, level,
                            NULL, NULL) == met
                   && place_of(&a, text.data, text.len, text.len, text.len,
                               level, NULL, &other) == met
                   && place_of(&a, text.data, text.len, gap / 2 + 1, gap + 9,
                               level, NULL, NULL) == met;

            if (!good) {
                diag("%s: gap %zu", os_html_level_name(level), gap);
            }
        }
    }

    ok(good, "a class behind 0 to 8,000 bytes that look like it");
    os_buf_free(&text);
}


static void
bounds(void)
{
    size_t       i, n;
    os_buf_t     text = { 0 };
    os_anchor_t  a;
    os_error_t   err;

    os_anchor_parse(&a, OS_STR("before"), OS_STR(".x"), &err);

    for (n = OS_HTML_TAG_MAX - 30; n < OS_HTML_TAG_MAX + 30; n += 59) {
        text.len = 0;
        os_buf_text(&text, "<p></p><div class=x a=\"");

        for (i = 0; i < n; i++) {
            os_buf_char(&text, 'a');
        }

        os_buf_text(&text, "\"></div>");
        i = text.len - 13 <= OS_HTML_TAG_MAX;

        ok((place_of(&a, text.data, text.len, text.len, text.len,
                     OS_HTML_BEST, NULL, NULL) == 7) == i
           && (place_of(&a, text.data, text.len, 20, 5000, OS_HTML_BEST, NULL,
                        NULL) >= 0) == i
           && (place_of(&a, text.data, text.len, 600, 700, OS_HTML_BEST, NULL,
                        NULL) >= 0) == i,
           "a tag of %zu bytes, whole or cut, is %s", text.len - 13,
           i ? "met" : "too long");
    }

    text.len = 0;

    for (i = 0; i < OS_TREE_DEPTH + 10; i++) {
        os_buf_text(&text, "<div>");
    }

    os_buf_text(&text, "<p class=x>");
    ok(place_of(&a, text.data, text.len, text.len, text.len, OS_HTML_BEST,
                NULL, NULL) == -1, "elements too deep to follow");
    os_buf_free(&text);
}


int
main(void)
{
    elements();
    tags();
    values();
    raw();
    controls();
    big();
    references();
    beginnings();
    trees();
    selectors();
    scanners();
    hints();
    bounds();

    shown(".n", "1042", "<p>Order <b class=n> 1042\n</b></p><hr>");
    shown(".n", "10 42", "<b class=n>10<i>\n </i>4<!-- 9 -->2</b><hr>");
    shown(".n", "a&b <c> \xC3\xA9",
          "<b class=n>a&amp;b &lt;c&gt;&nbsp;&#xe9;</b><hr>");
    shown(".n", "1", "<b class=n>1</b><b class=n>2</b><hr>");
    shown(".n", "", "<b class=n>1<hr></b>");
    shown(".n", "", "<hr><b class=n>1</b>");
    shown(".n", "1", "<b class=n><script>2</script>1</b><hr>");
    shown(".n", "", "<img class=n><b class=n>1</b><hr>");
    shown(".n", "1", "<ul><li class=n>1<li>2</ul><hr>");

    return done();
}
