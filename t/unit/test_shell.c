/* A page of ours inside a page of the shop. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "core/html/os_ascii.h"
#include "core/html/os_shell.h"


#define OURS  "<!DOCTYPE html><html lang=\"en\"><head>"                        \
              "<title>Caf\xc3\xa9</title>"                                    \
              "<link rel=\"stylesheet\" href=\"/p.css\"></head><body><main>"   \
              "<p>ours \xe2\x82\xac</p></main></body></html>"
#define FRAME "<div><template shadowrootmode=\"closed\"><style>p{}</style>"    \
              "<main></main></template></div>"
#define PUT   "<div><template shadowrootmode=\"closed\"><style>p{}</style>"    \
              "<link rel=\"stylesheet\" href=\"/p.css\"><p>ours \xe2\x82\xac"  \
              "</p></template></div>"
#define TITLE "<title>Caf\xc3\xa9</title>"                                     \
              "<meta name=\"robots\" content=\"noindex\">"


static os_anchor_t  begin, end;


static os_shell_rc_t
read_in(os_shell_t *shell, const char *page, const char *policy)
{
    os_shell_init(shell);

    if (policy) {
        os_strict_policy(&shell->strict, os_str(policy));
    }

    return os_shell_read(shell, os_str(page), &begin, &end,
                         OS_STR("shop.test"), 1);
}


static void
came_to(const char *page, os_shell_rc_t rc, const char *name)
{
    os_shell_t  shell;

    is_int(read_in(&shell, page, NULL), rc, name);
}


static void
put_is(const char *page, const char *policy, int ascii, const char *expected,
    const char *name)
{
    os_buf_t         out = { 0 };
    os_shell_t       shell;
    os_shell_ours_t  ours;

    is_int(os_shell_cut(OS_STR(OURS), &ours), 0, "ours is cut");
    is_int(read_in(&shell, page, policy), OS_SHELL_OK, name);
    is_int(os_shell_put(&shell, OS_STR(FRAME), &ours, OS_STR("/a?b&c"), ascii,
                        &out), 0, "and put");
    is_str(out.data, expected, name);
    os_buf_free(&out);
}


static void
takes(const char *policy, int expected, const char *name)
{
    os_strict_t  s;

    os_strict_init(&s);
    os_strict_policy(&s, os_str(policy));
    is_int(os_strict_takes(&s, os_str(policy), 1), expected, name);
}


static void
heads(void)
{
    came_to("<html><head></head><body><div id=x></div></body></html>",
            OS_SHELL_OK, "a page");
    came_to("\xef\xbb\xbf<!doctype html>\n<!--[if IE]><html><![endif]-->"
            "<html class='a>b'><!-- <head> --><HEAD profile='>'></head><body>"
            "<div id=x></div></body></html>", OS_SHELL_OK,
            "comments before the head");
    came_to("<html><body><div id=x></div></body></html>", OS_SHELL_NO_PAGE,
            "a page without a head");
    came_to("<div id=x></div>", OS_SHELL_NO_PAGE, "a part of a page");
    came_to("<html amp><head></head><body><div id=x></div></body></html>",
            OS_SHELL_NO_PAGE, "a page of AMP");
    came_to("", OS_SHELL_NO_PAGE, "nothing");
    came_to("<html><head", OS_SHELL_NO_PAGE, "a head that is cut");
    came_to("<html><!--", OS_SHELL_NO_PAGE, "a comment that is cut");
}


static void
elements(void)
{
    came_to("<html><head></head><body><div id=y></div></body></html>",
            OS_SHELL_NO_ELEMENT, "another element");
    came_to("<html><head></head><body><div id=x><div></body></html>",
            OS_SHELL_NO_ELEMENT, "one whose end is not there");
    came_to("<html><head></head><body><table><div id=x></div></table></body>",
            OS_SHELL_NO_ELEMENT, "one that is moved elsewhere");
    came_to("<html><head></head><body><script>'<div id=x></div>'</script>"
            "</body></html>", OS_SHELL_NO_ELEMENT, "a text in a script");
    put_is("<html><head><title>Shop</title></head><body><div id=x>a"
           "<div id=x>b</div>c</div>d<div id=x>e</div></body></html>", NULL, 0,
           "<html><head>" TITLE "<title>Shop</title></head><body><div id=x>"
           PUT "</div>d<div id=x>e</div></body></html>",
           "the first of its kind, whole");
}


static void
bases(void)
{
    put_is("<html><head></head><body><a href=\"x\"></a><div id=x></div></body>",
           NULL, 0, "<html><head>"
           TITLE "<base href=\"/a?b&amp;c\"></head><body><a href=\"x\"></a>"
           "<div id=x>" PUT "</div></body>", "a link that needs a base");
    put_is("<html><head></head><body><a href=\"/x\"></a><a href='#a'></a>"
           "<img src=https://a/b><a href=mailto:a></a><script>a.src=b</script>"
           "<div id=x></div></body>", NULL, 0,
           "<html><head>" TITLE "</head><body><a href=\"/x\"></a>"
           "<a href='#a'></a><img src=https://a/b><a href=mailto:a></a>"
           "<script>a.src=b</script><div id=x>" PUT "</div></body>",
           "links that do not");
    put_is("<html><head><base href=\"http://SHOP.test/s/\"></head><body>"
           "<a href=x></a><div id=x></div></body>", NULL, 0,
           "<html><head>" TITLE "<base href=\"http://SHOP.test/s/\"></head>"
           "<body><a href=x></a><div id=x>" PUT "</div></body>",
           "the page's own");
    came_to("<html><head><base href=\"https://cdn.test/\"></head><body>"
            "<div id=x></div></body>", OS_SHELL_BASE, "another site's");
    came_to("<html><head><base href=\"//shop.test.evil/\"></head><body>"
            "<div id=x></div></body>", OS_SHELL_BASE, "one that begins so");
    came_to("<html><head><base href='here/'></head><body>"
            "<div id=x></div></body>", OS_SHELL_BASE, "a relative one");
    came_to("<html><head><base target=_top><base href=/></head><body>"
            "<div id=x></div></body>", OS_SHELL_OK, "the second has the URL");
}


static void
policies(void)
{
    takes("img-src 'none'", 1, "nothing of styles");
    takes("style-src 'unsafe-inline'", 1, "inline styles");
    takes("default-src 'self' 'unsafe-inline'; base-uri 'self'", 1,
          "by the default");
    takes("style-src 'self'", 0, "only files");
    takes("style-src", 0, "none at all");
    takes("style-src 'nonce-abc'", 1, "a nonce");
    takes("style-src 'sha256-abc' 'unsafe-inline'", 0, "a hash of another's");
    takes("style-src 'nonce-abc', style-src 'nonce-other'", 0, "two nonces");
    takes("style-src-elem 'self'; style-src 'unsafe-inline'", 0, "of elements");
    takes("form-action 'self' https://pay.test", 1, "forms to the site");
    takes("form-action https://pay.test", 0, "forms elsewhere");
    takes("form-action 'none'", 0, "no forms");
    takes("sandbox allow-forms", 0, "a sandbox");
    takes("base-uri 'none'", 0, "no base");
    came_to("<html><head><meta http-equiv=\"Content-Security-Policy\" content="
            "\"style-src &#39;self&#39;\"></head><body><div id=x></div></body>",
            OS_SHELL_POLICY, "a policy in the page");
    came_to("<html><head><meta http-equiv=Content-Security-Policy content="
            "\"style-src 'unsafe-inline'\"></head><body><div id=x></div>"
            "</body>", OS_SHELL_OK, "one that lets us in");
    came_to("<html><head><meta http-equiv=Content-Security-Policy content="
            "\"style-src 'nonce-n1'; form-action 'none'\"></head><body>"
            "<div id=x></div></body>", OS_SHELL_POLICY, "and no forms");
    put_is("<html><head></head><body><div id=x></div></body></html>",
           "style-src 'nonce-n1'", 0, "<html><head>" TITLE "</head><body>"
           "<div id=x><div><template shadowrootmode=\"closed\">"
           "<style nonce=\"n1\">p{}</style>"
           "<link nonce=\"n1\" rel=\"stylesheet\" href=\"/p.css\">"
           "<p>ours \xe2\x82\xac</p></template></div></div></body></html>",
           "with the nonce");
}


static void
encodings(void)
{
    os_buf_t  out = { 0 };

    put_is("<html><head></head><body><div id=x>\xe9</div>\xe9</body></html>",
           NULL, 1, "<html><head><title>Caf&#233;</title><meta name=\"robots\""
           " content=\"noindex\"></head><body><div id=x><div>"
           "<template shadowrootmode=\"closed\"><style>p{}</style>"
           "<link rel=\"stylesheet\" href=\"/p.css\"><p>ours &#8364;</p>"
           "</template></div></div>\xe9</body></html>", "in Latin-1");
    is_int(os_ascii_put(OS_STR("a\xff"), &out), -1, "no UTF-8");
    os_buf_free(&out);
    out = (os_buf_t) { 0 };
    is_int(os_ascii_put(OS_STR("12345678\xf0\x9f\x98\x80z"), &out), 0, "UTF-8");
    is_str(out.data, "12345678&#128512;z", "of four bytes");
    os_buf_free(&out);
}


int
main(void)
{
    os_shell_ours_t  ours;

    (void) os_anchor_parse(&begin, OS_STR("prepend"), OS_STR("#x"), NULL);
    (void) os_anchor_parse(&end, OS_STR("append"), OS_STR("#x"), NULL);

    heads();
    elements();
    bases();
    policies();
    encodings();
    is_int(os_shell_cut(OS_STR("<html><head></head>"), &ours), -1,
           "what is no page of ours");

    return done();
}
