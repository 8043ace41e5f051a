/*
 * os_shell: see os_shell.h.
 */

#define _GNU_SOURCE             /* memmem() */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/os_code.h"
#include "core/html/os_ascii.h"
#include "core/html/os_html.h"
#include "core/html/os_shell.h"


/* What stands between two texts, the second of which may come last; or -1. */
static int
os_shell_between(os_str_t in, const char *open, const char *close,
    os_str_t *found)
{
    const char  *from, *to, *end = in.data + in.len;

    from = memmem(in.data, in.len, open, strlen(open));

    if (from == NULL) {
        return -1;
    }

    from += strlen(open);
    to = memmem(from, (size_t) (end - from), close, strlen(close));

    if (to == NULL) {
        return -1;
    }

    *found = (os_str_t) { (size_t) (to - from), from };
    return 0;
}


/*
 * What people have typed is escaped in a page of ours: a tag in there is one
 * of the template.
 */
int
os_shell_cut(os_str_t page, os_shell_ours_t *ours)
{
    os_str_t  head;

    static const char  link[] = "<link rel=\"stylesheet\"";

    if (os_shell_between(page, "<head>", "</head>", &head) == -1
        || os_shell_between(head, "<title>", "</title>", &ours->title) == -1
        || os_shell_between(page, "<main>", "</main>", &ours->body) == -1)
    {
        return -1;
    }

    ours->sheet = OS_NULL;

    if (os_shell_between(head, link, ">", &ours->sheet) == 0) {
        ours->sheet.data -= sizeof(link) - 1;
        ours->sheet.len += sizeof(link);
    }

    return 0;
}


void
os_shell_init(os_shell_t *shell)
{
    memset(shell, 0, sizeof(os_shell_t));
    os_strict_init(&shell->strict);
}


/* Is a tag of that name here? Its "<" is at p. */
static int
os_shell_tag(const char *p, const char *end, const char *name)
{
    size_t  len = strlen(name);

    return (size_t) (end - p) > len + 1 && strncasecmp(p + 1, name, len) == 0
           && (isspace((unsigned char) p[len + 1]) || p[len + 1] == '>'
               || p[len + 1] == '/');
}


/* Behind a tag's ">", which is none in a value in quotes. NULL: no end. */
static const char *
os_shell_tag_end(const char *p, const char *end)
{
    char  quote = '\0';

    for ( /* void */ ; p < end; p++) {
        if (quote) {
            quote = *p == quote ? '\0' : quote;

        } else if (*p == '"' || *p == '\'') {
            quote = *p;

        } else if (*p == '>') {
            return p + 1;
        }
    }

    return NULL;
}


/*
 * Behind <head>: nothing may stand before it but a byte order mark, spaces,
 * comments, the doctype and <html>. 0: there is none.
 */
static size_t
os_shell_head(os_str_t page)
{
    const char  *p, *end = page.data + page.len;

    page = os_str_unmarked(page);

    for (p = page.data; p < end; /* void */ ) {

        if (isspace((unsigned char) *p)) {
            p++;
            continue;
        }

        if (end - p > 4 && memcmp(p, "<!--", 4) == 0) {

            /* "<!-->" is a comment too */

            p = memmem(p + 2, (size_t) (end - p - 2), "-->", 3);
            p = p ? p + 3 : end;
            continue;
        }

        if (os_shell_tag(p, end, "head")) {
            p = os_shell_tag_end(p, end);
            return p ? (size_t) (p - (end - page.len)) : 0;
        }

        if (!os_shell_tag(p, end, "!doctype") && !os_shell_tag(p, end, "html"))
        {
            return 0;
        }

        p = os_shell_tag_end(p, end);
        p = p ? p : end;
    }

    return 0;
}


/* Does a URL name its scheme, and so everything? */
static int
os_shell_scheme(const char *p, const char *end)
{
    if (p == end || !isalpha((unsigned char) *p)) {
        return 0;
    }

    while (p < end && (isalnum((unsigned char) *p) || strchr("+.-", *p))) {
        p++;
    }

    return p < end && *p == ':';
}


/*
 * Does a URL depend on the address of its page's folder? One that is not a
 * fragment alone, which stays in the page that is shown.
 */
static int
os_shell_is_relative(const char *p, const char *end)
{
    return p < end && *p
           && (isalnum((unsigned char) *p) || strchr("._-~%?", *p))
           && !os_shell_scheme(p, end);
}


/* Does the name of an attribute that holds a URL end before `at`? */
static int
os_shell_url_name(const char *from, const char *at)
{
    size_t       len;
    const char  *name;

    /* by its last letter: most are others */

    switch (at > from ? at[-1] | 0x20 : '\0') {
    case 'f': name = "href";   break;
    case 'c': name = "src";    break;
    case 'n': name = "action"; break;
    case 't': name = "srcset"; break;
    case 'r': name = "poster"; break;
    default:  return 0;
    }

    len = strlen(name);

    return (size_t) (at - from) > len
           && isspace((unsigned char) at[-(ptrdiff_t) len - 1])
           && strncasecmp(at - len, name, len) == 0;
}


/*
 * Has the page a link that is resolved against its own address? A text in a
 * script may look like one: then there is a <base> that nobody needs. Without
 * need there is none, because it leads links like "#content" away.
 */
static int
os_shell_has_relative(os_str_t page)
{
    const char  *p = page.data, *end = page.data + page.len, *at;

    for ( /* void */ ; (at = memchr(p, '=', (size_t) (end - p))) != NULL;
         p = at + 1)
    {
        if (!os_shell_url_name(page.data, at)) {
            continue;
        }

        p = at + 1;
        p += p < end && (*p == '"' || *p == '\'');

        if (os_shell_is_relative(p, end)) {
            return 1;
        }
    }

    return 0;
}


/* The value of href in a tag; 0: it has none. */
static int
os_shell_href(const char *p, const char *end, os_str_t *href)
{
    char         quote;
    const char  *from;

    for ( /* void */ ; end - p > 5; p++) {
        if (strncasecmp(p, "href=", 5) == 0
            && isspace((unsigned char) p[-1]))
        {
            p += 5;
            quote = *p == '"' || *p == '\'' ? *p++ : '\0';

            for (from = p; p < end && *p != '>'; p++) {
                if (quote ? *p == quote : isspace((unsigned char) *p)) {
                    break;
                }
            }

            *href = (os_str_t) { (size_t) (p - from), from };
            return 1;
        }
    }

    return 0;
}


/* May our forms stand under this base: a path, or a URL of the same host? */
static int
os_shell_base_fits(os_str_t href, os_str_t host)
{
    const char  *p = href.data, *end = href.data + href.len;

    if (os_shell_scheme(p, end)) {
        p = memchr(p, ':', href.len);
        p++;
    }

    if (end - p < 2 || p[0] != '/' || p[1] != '/') {
        return p == href.data && href.len && p[0] == '/';
    }

    p += 2;

    return (size_t) (end - p) >= host.len && host.len
           && strncasecmp(p, host.data, host.len) == 0
           && (p + host.len == end || strchr("/?", p[host.len]));
}


/*
 * The page's own <base> in its head, the first of which counts. 1: there is one
 * that our forms can stand under; -1: they cannot; 0: none.
 */
static int
os_shell_base(os_str_t page, size_t head, os_str_t host)
{
    os_str_t     href;
    const char  *p = page.data + head, *end = page.data + page.len, *close;

    while ((p = memchr(p, '<', (size_t) (end - p))) != NULL) {

        if (os_shell_tag(p, end, "/head") || os_shell_tag(p, end, "body")) {
            return 0;
        }

        if (os_shell_tag(p, end, "base")) {
            close = os_shell_tag_end(p, end);

            if (close && os_shell_href(p + 5, close, &href)) {
                return os_shell_base_fits(href, host) ? 1 : -1;
            }
        }

        p++;
    }

    return 0;
}


/* Where the element's content begins and ends. */
static os_shell_rc_t
os_shell_find(os_shell_t *shell, const os_anchor_t *begin,
    const os_anchor_t *end, int named)
{
    os_html_t    html;
    const char  *p = shell->page.data, *last = p + shell->page.len;

    os_html_init(&html, OS_HTML_BEST);
    (void) os_html_watch(&html, begin, 0);
    (void) os_html_watch(&html, end, 1);

    if (!named) {
        os_html_unnamed(&html);
    }

    while (os_html_read(&html, &p, last) == OS_HTML_MEET) {

        if (html.thing == 0) {
            shell->from = (size_t) (html.at - shell->page.data);
            continue;
        }

        shell->to = (size_t) (html.at - shell->page.data);
        break;
    }

    return !html.document ? OS_SHELL_NO_PAGE
           : shell->from && shell->to >= shell->from ? OS_SHELL_OK
           : OS_SHELL_NO_ELEMENT;
}


os_shell_rc_t
os_shell_read(os_shell_t *shell, os_str_t page, const os_anchor_t *begin,
    const os_anchor_t *end, os_str_t host, int named)
{
    int            base;
    os_shell_rc_t  rc;

    shell->page = page;
    shell->head = os_shell_head(page);
    os_strict_read(&shell->strict, page.data, page.len);

    if (shell->head == 0 || os_strict_amp(&shell->strict)) {
        return OS_SHELL_NO_PAGE;
    }

    rc = os_shell_find(shell, begin, end, named);

    if (rc != OS_SHELL_OK) {
        return rc;
    }

    if (shell->from < shell->head) {
        return OS_SHELL_NO_ELEMENT;
    }

    base = os_shell_base(page, shell->head, host);

    if (base == -1) {
        return OS_SHELL_BASE;
    }

    shell->based = base == 0 && os_shell_has_relative(page);

    return os_strict_takes_meta(&shell->strict, page, shell->based)
           ? OS_SHELL_OK : OS_SHELL_POLICY;
}


/* Ours, as the page can have it. */
static int
os_shell_add(os_str_t text, int ascii, os_buf_t *out)
{
    if (ascii) {
        return os_ascii_put(text, out);
    }

    os_buf_str(out, text);
    return 0;
}


static int
os_shell_put_head(const os_shell_t *shell, const os_shell_ours_t *ours,
    os_str_t uri, int ascii, os_buf_t *out)
{
    int  rc;

    os_buf_text(out, "<title>");
    rc = os_shell_add(ours->title, ascii, out);
    os_buf_text(out, "</title><meta name=\"robots\" content=\"noindex\">");

    if (shell->based) {
        os_buf_text(out, "<base href=\"");
        os_html_escape(out, uri);
        os_buf_text(out, "\">");
    }

    return rc;
}


/* The frame, and in its <main> the sheet and the body. */
static int
os_shell_put_ours(const os_shell_t *shell, os_str_t frame,
    const os_shell_ours_t *ours, int ascii, os_buf_t *out)
{
    int          rc;
    size_t       before;
    os_buf_t     tags = { 0 };
    const char  *main;

    static const char  place[] = "<main></main>";

    main = memmem(frame.data, frame.len, place, sizeof(place) - 1);

    if (main == NULL) {
        return -1;
    }

    before = (size_t) (main - frame.data);
    os_buf_add(&tags, frame.data, before);
    os_buf_str(&tags, ours->sheet);
    tags.failed |= out->failed;

    if (os_strict_wants(&shell->strict)) {
        os_strict_put(&shell->strict, os_buf_view(&tags), out);

    } else {
        os_buf_str(out, os_buf_view(&tags));
    }

    out->failed |= tags.failed;
    os_buf_free(&tags);
    rc = os_shell_add(ours->body, ascii, out);
    main += sizeof(place) - 1;

    return os_shell_add((os_str_t) { frame.len - before - (sizeof(place) - 1),
                                     main }, ascii, out) | rc;
}


int
os_shell_put(const os_shell_t *shell, os_str_t frame,
    const os_shell_ours_t *ours, os_str_t uri, int ascii, os_buf_t *out)
{
    int          rc;
    os_str_t     page = shell->page;

    if (os_buf_reserve(out, page.len - (shell->to - shell->from) + frame.len
                            + ours->body.len + ours->title.len + uri.len
                            + 1024) == -1)
    {
        return 0;
    }

    os_buf_add(out, page.data, shell->head);
    rc = os_shell_put_head(shell, ours, uri, ascii, out);
    os_buf_add(out, page.data + shell->head, shell->from - shell->head);
    rc |= os_shell_put_ours(shell, frame, ours, ascii, out);
    os_buf_add(out, page.data + shell->to, page.len - shell->to);

    return rc;
}
