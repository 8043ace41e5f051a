/* Where an anchor stands in a whole page, or why it does not. */

#include <stdio.h>
#include <string.h>

#include "tap.h"
#include "core/html/os_html.h"
#include "core/html/os_spot.h"


static const char  page[] =
    "<!doctype html>\n"
    "<html><body class=shop>\n"
    "<div class=\"box\"><p class=para>Hello\n"
    "<span class=\"in\">x</span>\n"
    "<section class=\"details big\" id=sum><h2>Order</h2></section>\n"
    "<a href=\"/\"><div class=\"linked\">y</div></a>\n"
    "<b><i class=bold>y</i></b>\n"
    "<button><em class=press>y</em></button>\n"
    "<svg>\n<g class=drawn></g></svg>\n"
    "<table class=t><tr class=\"row\"><td class=\"cell\"><i class=deep>1</i>"
    "</td></tr></table>\n"
    "<select>\n<option class=choice>1</select>\n"
    "<ul><li class=item>1</ul>\n"
    "<div class=open><br class=void>\n"
    "</div></body></html>\n";

static const char  broken[] =
    "<body><table>\n<tr>\n<div class=out>moved</div></table>\n"
    "<div class=late>x</div></body>";


/* The filter's own answer. */
static long
filter(const char *text, const os_anchor_t *anchor)
{
    const char   *p = text;
    os_html_t     h;
    os_html_rc_t  rc;

    os_html_init(&h, OS_HTML_BEST);
    (void) os_html_watch(&h, anchor, 0);
    rc = os_html_read(&h, &p, text + strlen(text));

    if (rc == OS_HTML_MEET) {
        return h.at ? (long) (h.at - text) : 0;
    }

    return os_html_finish(&h) == OS_HTML_MEET ? (long) strlen(text) : -1;
}


/* It stands where the filter says, at this line; or is told why not. */
static void
look(const char *text, const char *place, const char *selector, long line,
    const char *why)
{
    long         at;
    char         name[256];
    os_spot_t    spot;
    os_error_t   err;
    os_anchor_t  anchor;

    snprintf(name, sizeof(name), "%s %s", place, selector);
    ok(os_anchor_parse(&anchor, os_str(place), os_str(selector), &err) == 0,
       name);
    is_int(os_spot(os_str(text), &anchor, selector, &spot), 0, name);
    at = filter(text, &anchor);
    is_int(spot.met ? (long) spot.offset : -1, at, "as the filter");
    is_int(spot.met, why == NULL, "it is there");
    is_int(spot.line, line, "its line");

    if (why) {
        ok(strstr(spot.why.text, why) != NULL, why);

        if (strstr(spot.why.text, why) == NULL) {
            printf("# %s\n", spot.why.text);
        }
    }
}


int
main(void)
{
    look(page, "before", ".details", 5, "an open <p> of line 3");
    look(page, "prepend", ".details", 5, NULL);
    look(page, "append", "section#sum.big", 5, NULL);
    look(page, "after", ".details", 5, NULL);
    look(page, "before", ".in", 4, "an open <p> of line 3");
    look(page, "after", "p.para", 3, "its end tag is left out");
    look(page, "before", ".linked", 6, "an open <a> of line 6");
    look(page, "before", "i.bold", 7, "an open <b> of line 7");
    look(page, "after", ".press", 8, "an open <button> of line 8");
    look(page, "before", ".drawn", 0, "though the word is in the page");
    look(page, "before", "i.deep", 11, NULL);
    look(page, "before", ".choice", 0, "though the word is in the page");
    look(page, "append", ".item", 14, "its end tag is left out");
    look(page, "after", ".void", 15, NULL);
    look(page, "append", "body", 16, NULL);
    look(page, "before", ".none", 0, "no element has the class \"none\"");
    look(page, "before", "#nowhere", 0, "no element has the id \"nowhere\"");
    look(page, "before", "[data-x]", 0,
         "no element has the attribute \"data-x\"");
    look(page, "before", "aside", 0, "there is no <aside>");
    look(page, "before", "div.details", 0,
         "the first that is a part of it stands at line 5");
    look(broken, "before", ".out", 3, "<tr> of line 2");
    look(broken, "before", ".late", 4, "not nested as HTML asks, from line 3");
    look("<div class=a>", "after", ".a", 1, "it is never closed");
    look("", "append", "body", 0, "there is no <body>");

    return done();
}
