/* Nonces of a page's policy, and AMP. */

#include <stdio.h>
#include <string.h>

#include "tap.h"
#include "core/html/os_strict.h"


static void
policy(const char *text, const char *script, const char *style,
    const char *name)
{
    os_strict_t  s;

    os_strict_init(&s);
    os_strict_policy(&s, os_str(text));
    is_str(s.script, script, name);
    is_str(s.style, style, name);
}


#define META  "<meta http-equiv=\"Content-Security-Policy\" content=\"x\">"


/* Read whole, and cut at each place: the nonce is the same. */
static void
page(const char *html, const char *nonce, const char *name)
{
    char         text[512];
    size_t       i, len, bad = 0;
    os_strict_t  s;

    snprintf(text, sizeof(text), META "%s", html);
    len = strlen(text);

    for (i = 0; i <= len; i++) {
        os_strict_init(&s);
        os_strict_read(&s, text, i);
        os_strict_read(&s, text + i, len - i);
        bad += strcmp(s.script, nonce) != 0;
    }

    os_strict_init(&s);

    for (i = 0; i < len; i++) {
        os_strict_read(&s, text + i, 1);
    }

    bad += strcmp(s.script, nonce) != 0;
    is_int((int) bad, 0, name);
}


/* The nonce of a page of which so much stands before its policy. */
static const char *
far(size_t before, const char *tag, int meta)
{
    size_t              i;
    static os_strict_t  s;

    os_strict_init(&s);

    for (i = 0; i < before; i += 64) {
        os_strict_read(&s, "<!-- 4567890123456789012345678901234567890123456789"
                           "01234567 -->\n", 64);
    }

    os_strict_read(&s, tag, strlen(tag));

    if (meta) {
        os_strict_read(&s, META, sizeof(META) - 1);
    }

    for (i = 0; i < 70000; i += 64) {
        os_strict_read(&s, "<!-- 4567890123456789012345678901234567890123456789"
                           "01234567 -->\n", 64);
    }

    os_strict_read(&s, "<style nonce=\"l8\">", 18);

    return s.script;
}


/* A <meta> whose policy comes first and is long, cut at each place. */
static void
late(void)
{
    char         text[1200];
    size_t       i, len, bad = 0;
    os_strict_t  s;

    snprintf(text, sizeof(text), "<!doctype html><META content=\"%0700d\" "
             "http-equiv='content-security-policy'><script nonce=l8>", 7);
    len = strlen(text);

    for (i = 0; i <= len; i++) {
        os_strict_init(&s);
        os_strict_read(&s, text, i);
        os_strict_read(&s, text + i, len - i);
        bad += strcmp(s.script, "l8") != 0;
    }

    is_int((int) bad, 0, "a name behind a long policy");
}


/* Of a <meta> that a page's first piece holds. */
static void
meta(const char *content, const char *nonce, const char *name)
{
    char         text[512];
    os_strict_t  s;

    snprintf(text, sizeof(text), "<!doctype html><head><meta http-equiv="
             "Content-Security-Policy %s><title>x</title>", content);
    os_strict_init(&s);
    os_strict_read(&s, text, strlen(text));
    is_str(s.script, nonce, name);
    is_str(s.style, nonce, name);
}


static int
amp(const char *text)
{
    os_strict_t  s;

    os_strict_init(&s);
    os_strict_read(&s, text, strlen(text));

    return os_strict_amp(&s);
}


static void
put(const char *html, const char *expected, const char *name)
{
    os_buf_t     out = { 0 };
    os_strict_t  s;

    os_strict_init(&s);
    os_strict_policy(&s, OS_STR("script-src 'nonce-a'; style-src 'nonce-b'"));
    os_strict_put(&s, os_str(html), &out);
    is_str(out.data ? out.data : "", expected, name);
    os_buf_free(&out);
}


int
main(void)
{
    policy("script-src 'nonce-r4nd0m' 'strict-dynamic'; style-src 'nonce-s'",
           "r4nd0m", "s", "both");
    policy("default-src 'none'; SCRIPT-SRC\t'self' 'NONCE-Ab+/=_-'",
           "Ab+/=_-", "", "capitals and tabs");
    policy("default-src 'self' 'nonce-d'", "d", "d", "of the default");
    policy("script-src 'self'; default-src 'nonce-d'", "", "d",
           "the default is not for what is said");
    policy("script-src-elem 'nonce-e'; script-src 'nonce-f'", "e", "",
           "of elements first");
    policy("script-src 'self'; script-src 'nonce-x'", "", "",
           "the first of two counts");
    policy("script-src 'nonce-<b>'", "", "", "what is none");
    policy("script-src 'nonce-a", "", "", "what is cut");
    late();
    policy("frame-ancestors 'none', script-src 'nonce-l';style-src 'nonce-m'",
           "l", "m", "a second policy of one header");
    policy("script-src 'self', script-src 'nonce-n'", "n", "",
           "the first that has a nonce");
    policy("frame-ancestors 'self'", "", "", "a policy of something else");
    policy("", "", "", "no policy");

    page("<!doctype html><html><head><meta charset=utf-8>"
         "<script nonce=\"r4nd0m\">var a</script>", "r4nd0m", "in quotes");
    page("<script src=/a.js nonce='q'></script>", "q", "in single quotes");
    page("<LINK rel=preload NONCE=x nonce=u >", "u", "without quotes");
    page("<style nonce=v>", "v", "at the end of a tag");
    meta("content=\"script-src 'nonce-Ab+/9=' 'strict-dynamic'\"", "Ab+/9=",
         "of the <meta> itself: scripts may come last");
    meta("content=\"style-src &#39;nonce-e&#39;\"", "e", "with references");
    meta("content=\"script-src &apos;nonce-a&apos;\"", "a", "of any kind");
    meta("content=\"script-src 'self'\" data-x=\"nonce-no\"", "", "or none");
    page("<p nonce=no>nonce=\"no\"</p><script>x=\" nonce='y'\"</script>", "",
         "in other tags and in texts");
    page("<script data-nonce=\"n\"></script>", "", "of another attribute");
    page("<script nonce=\"\"></script><script nonce=\"t\">", "t",
         "an empty one is none");

    is_str(far(0, "", 1), "l8", "far behind the policy");
    is_str(far(4096, "", 1), "l8", "the policy a little further down");
    is_str(far(0, "", 0), "", "without a policy there is none to be obeyed");
    is_str(far(120000, "<link>", 1), "l8", "the policy far down in the head");
    is_str(far(20000, "</HEAD>", 1), "", "a policy behind the head is none");
    is_str(far(20000, "<body class=a>", 1), "", "nor one in the body");
    is_str(far(20000, "</headings>", 1), "l8", "another tag ends nothing");
    is_str(far(400, "'<body>'", 1), "l8", "a text near the beginning, neither");
    is_str(far(300000, "", 1), "", "a head without an end");

    ok(amp("<!doctype html><html \xe2\x9a\xa1><head>"), "the lightning");
    ok(amp("<!doctype html>\n<html lang=en amp>"), "the word");
    ok(amp("<html amp=\"\" lang=en>"), "with a value");
    ok(!amp("<html class=amp><body amp>"), "a class is none");
    ok(!amp("<html lang=\"en\" data-amp>"), "nor another attribute");
    ok(!amp("<p>amp</p>"), "nor a text");

    put("<link rel=a><script src=/b async></script><p>",
        "<link nonce=\"b\" rel=a><script nonce=\"a\" src=/b async></script>"
        "<p>", "each gets its own");
    put("<style>a</style><script nonce=\"z\"></script>",
        "<style nonce=\"b\">a</style><script nonce=\"z\"></script>",
        "what has one keeps it");
    put("<linker><scripts>", "<linker><scripts>", "no other tag gets one");
    put("plain", "plain", "a text stays");

    return done();
}
