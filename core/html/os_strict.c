/*
 * os_strict: see os_strict.h.
 */

#define _GNU_SOURCE             /* memmem(), memrchr() */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/html/os_strict.h"


static const char  os_nonce_is[] = "nonce=";

/* Of "Content-Security-Policy", as most write it, what they all write alike. */
static const char  os_meta_is[] = "ontent-";


void
os_strict_init(os_strict_t *s)
{
    s->script[0] = '\0';
    s->style[0] = '\0';
    s->ncarry = 0;
    s->nhead = 0;
    s->read = 0;
    s->meta = 0;
    s->in_meta = 0;
    s->body = 0;
}


/* The length of a nonce (CSP 3, 2.3.1: base64-value) that begins here. */
static size_t
os_nonce_len(const char *p, const char *end)
{
    const char  *from = p;

    while (p < end && (isalnum((unsigned char) *p) || strchr("+/_-=", *p))) {
        p++;
    }

    return (size_t) (p - from);
}


static void
os_nonce_keep(char *to, const char *p, size_t len)
{
    if (to[0] == '\0' && len > 0 && len <= OS_NONCE_MAX) {
        memcpy(to, p, len);
        to[len] = '\0';
    }
}


/* The nonce of one directive's sources, 'nonce-…' among them. */
static void
os_policy_sources(const char *p, const char *end, char *to)
{
    size_t  n;

    static const char  begin[] = "'nonce-";

    for ( /* void */ ; end - p > (ptrdiff_t) sizeof(begin); p++) {
        if (strncasecmp(p, begin, sizeof(begin) - 1) == 0) {
            p += sizeof(begin) - 1;
            n = os_nonce_len(p, end);

            if (p + n < end && p[n] == '\'') {
                os_nonce_keep(to, p, n);
                return;
            }
        }
    }
}


/*
 * What a directive of a policy says behind its name. Of one that is given twice
 * the first counts (CSP 3, 2.2.1). 0: it is not there.
 */
static int
os_policy_find(os_str_t policy, const char *name, os_str_t *says)
{
    size_t       n, len = strlen(name);
    const char  *p = policy.data, *end = policy.data + policy.len, *semi;

    while (p < end) {
        semi = memchr(p, ';', (size_t) (end - p));
        semi = semi ? semi : end;

        while (p < semi && isspace((unsigned char) *p)) {
            p++;
        }

        n = (size_t) (semi - p);

        if (n >= len && strncasecmp(p, name, len) == 0
            && (n == len || isspace((unsigned char) p[len])))
        {
            *says = (os_str_t) { n - len, p + len };
            return 1;
        }

        p = semi + 1;
    }

    return 0;
}


static int
os_policy_directive(os_str_t policy, const char *name, char *to)
{
    os_str_t  says;

    if (!os_policy_find(policy, name, &says)) {
        return 0;
    }

    os_policy_sources(says.data, says.data + says.len, to);
    return 1;
}


static void
os_policy_one(os_strict_t *s, os_str_t policy)
{
    (void) (os_policy_directive(policy, "script-src-elem", s->script)
            || os_policy_directive(policy, "script-src", s->script)
            || os_policy_directive(policy, "default-src", s->script));
    (void) (os_policy_directive(policy, "style-src-elem", s->style)
            || os_policy_directive(policy, "style-src", s->style)
            || os_policy_directive(policy, "default-src", s->style));
}


/* A header may hold several (CSP 3, 2.2.2): a comma parts them. */
static os_str_t
os_policy_next(os_str_t *header)
{
    os_str_t     one = *header;
    const char  *comma = memchr(header->data, ',', header->len);

    one.len = comma ? (size_t) (comma - header->data) : header->len;
    header->data += one.len + (comma != NULL);
    header->len -= one.len + (comma != NULL);

    return one;
}


void
os_strict_policy(os_strict_t *s, os_str_t policy)
{
    while (policy.len) {
        os_policy_one(s, os_policy_next(&policy));
    }
}


/*
 * `at` is "nonce=" somewhere between `from` and `end`: the value, where it is
 * an attribute of one of the three tags. 0: it is not; -1: more has to be seen.
 */
static int
os_nonce_at(const char *from, const char *at, const char *end, char *to)
{
    char         quote;
    size_t       n;
    const char  *tag, *p;

    tag = memrchr(from, '<', (size_t) (at - from));

    if (tag == NULL || memchr(tag, '>', (size_t) (at - tag))
        || !isspace((unsigned char) at[-1])
        || (strncasecmp(tag + 1, "script", 6) != 0
            && strncasecmp(tag + 1, "style", 5) != 0
            && strncasecmp(tag + 1, "link", 4) != 0))
    {
        return 0;
    }

    p = at + sizeof(os_nonce_is) - 1;

    if (p == end) {
        return -1;
    }

    quote = *p == '"' || *p == '\'' ? *p++ : '\0';
    n = os_nonce_len(p, end);

    if (p + n == end) {
        return -1;
    }

    if (quote ? p[n] == quote : p[n] == '>' || isspace((unsigned char) p[n])) {
        os_nonce_keep(to, p, n);
    }

    return 1;
}


static int
os_nonce_search(const char *p, size_t len, char *to)
{
    int          rc;
    const char  *from = p, *at = p, *end = p + len;

    while (to[0] == '\0'
           && (at = memmem(at, (size_t) (end - at), os_nonce_is,
                           sizeof(os_nonce_is) - 1)) != NULL)
    {
        rc = at > from ? os_nonce_at(from, at, end, to) : 0;

        if (rc == -1) {
            return -1;
        }

        at += sizeof(os_nonce_is) - 1;
    }

    return 0;
}


/* Is a policy named here? -> 1 */
static int
os_policy_named(const char *p, size_t len)
{
    const char  *at = p, *end = p + len;

    static const char  rest[] = "security-policy";

    while ((at = memmem(at, (size_t) (end - at), os_meta_is,
                        sizeof(os_meta_is) - 1)) != NULL)
    {
        at += sizeof(os_meta_is) - 1;

        if ((size_t) (end - at) >= sizeof(rest) - 1
            && strncasecmp(at, rest, sizeof(rest) - 1) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* Does the head end with the tag that is called so? */
static int
os_head_ends(const char *name, size_t n)
{
    return (n >= 4 && strncasecmp(name, "body", 4) == 0)
           || (n >= 5 && strncasecmp(name, "/head", 5) == 0
               && (n == 5 || !isalpha((unsigned char) name[5])));
}


/*
 * The nonce in the policy of a <meta>, in quotes or in references to them: the
 * page's own scripts may all come last.
 */
static void
os_meta_nonce(os_strict_t *s, const char *p, const char *end)
{
    size_t       n;
    const char  *at = p;

    static const char  is[] = "nonce-";

    while ((at = memmem(at, (size_t) (end - at), is, sizeof(is) - 1)) != NULL) {
        n = os_nonce_len(at + sizeof(is) - 1, end);
        at += sizeof(is) - 1;

        if (at - p >= (ptrdiff_t) sizeof(is) && strchr("';", at[-7])
            && at + n < end && strchr("'&", at[n]))
        {
            os_nonce_keep(s->script, at, n);
            return;
        }
    }
}


/*
 * Does a <meta> of the head name a policy here? -> 1. From tag to tag: there
 * are fewer of them than bytes. A name that is cut may become one. A script may
 * hold "<body>" as a text: near the beginning it is not believed.
 */
static int
os_meta_search(os_strict_t *s, const char *p, size_t len)
{
    size_t       n;
    const char  *from = p, *next, *end = p + len;

    for ( /* void */ ; p && !(s->body && p - from > OS_STRICT_META); p = next) {
        next = memchr(p, '<', (size_t) (end - p));

        if (s->in_meta
            && os_policy_named(p, (size_t) ((next ? next : end) - p)))
        {
            os_meta_nonce(s, p, next ? next : end);
            return 1;
        }

        if (next) {
            next++;
            n = (size_t) (end - next);
            s->body |= os_head_ends(next, n) != 0;
            s->in_meta = strncasecmp(next, "meta", n < 4 ? n : 4) == 0;
        }
    }

    return 0;
}


/* Searches for the <meta> first, then for the nonce. */
static void
os_strict_find(os_strict_t *s, const char *p, size_t len)
{
    if (!s->meta) {
        s->meta = os_meta_search(s, p, len) != 0;
    }

    if (s->meta) {
        (void) os_nonce_search(p, len, s->script);
    }
}


/* The end of a piece is looked at once more, with what follows it. */
static void
os_strict_search(os_strict_t *s, const char *p, size_t len)
{
    char    room[2 * OS_STRICT_CARRY];
    size_t  n;

    if (s->ncarry) {
        n = len < OS_STRICT_CARRY ? len : OS_STRICT_CARRY;
        memcpy(room, s->carry, s->ncarry);
        memcpy(room + s->ncarry, p, n);
        s->meta |= os_policy_named(room, s->ncarry + n) != 0;

        if (s->meta) {
            (void) os_nonce_search(room, s->ncarry + n, s->script);
        }
    }

    os_strict_find(s, p, len);

    if (len >= OS_STRICT_CARRY) {
        s->ncarry = OS_STRICT_CARRY;
        memcpy(s->carry, p + len - OS_STRICT_CARRY, OS_STRICT_CARRY);

    } else {
        n = s->ncarry + len > OS_STRICT_CARRY
            ? s->ncarry + len - OS_STRICT_CARRY : 0;
        memmove(s->carry, s->carry + n, s->ncarry - n);
        memcpy(s->carry + s->ncarry - n, p, len);
        s->ncarry = s->ncarry - n + len;
    }
}


void
os_strict_read(os_strict_t *s, const char *p, size_t len)
{
    size_t  n;

    if (s->nhead < OS_STRICT_HEAD) {
        n = OS_STRICT_HEAD - s->nhead;
        n = len < n ? len : n;
        memcpy(s->head + s->nhead, p, n);
        s->nhead += n;
    }

    if (s->script[0] || s->style[0]
        || s->read > (s->meta || !s->body ? OS_STRICT_PAGE_MAX
                                          : OS_STRICT_META))
    {
        return;
    }

    s->read += len;
    os_strict_search(s, p, len);

    if (s->script[0]) {
        strcpy(s->style, s->script);
    }
}


/* What is in the tag <html>, as far as it was read; OS_NULL: there is none. */
static os_str_t
os_strict_html(const os_strict_t *s)
{
    const char  *p = s->head, *end = s->head + s->nhead, *tag, *close;

    while ((tag = memchr(p, '<', (size_t) (end - p))) != NULL) {
        p = tag + 1;

        if (end - p >= 5 && strncasecmp(p, "html", 4) == 0
            && isspace((unsigned char) p[4]))
        {
            close = memchr(p, '>', (size_t) (end - p));

            return (os_str_t) { (size_t) ((close ? close : end) - p - 4),
                                p + 4 };
        }
    }

    return OS_NULL;
}


os_str_t
os_strict_lang(const os_strict_t *s)
{
    char         quote;
    os_str_t     tag = os_strict_html(s), lang;
    const char  *p, *end = tag.data + tag.len;

    for (p = tag.data; end - p > 6; p++) {
        if (!isspace((unsigned char) p[0])
            || strncasecmp(p + 1, "lang=", 5) != 0)
        {
            continue;
        }

        p += 6;
        quote = *p == '"' || *p == '\'' ? *p++ : ' ';
        lang = (os_str_t) { 0, p };

        while (p + lang.len < end && p[lang.len] != quote
               && !isspace((unsigned char) p[lang.len]))
        {
            lang.len++;
        }

        return lang;
    }

    return OS_NULL;
}


int
os_strict_amp(const os_strict_t *s)
{
    const char  *p = s->head, *end = s->head + s->nhead, *tag, *close;

    static const char  lightning[] = "\xe2\x9a\xa1";

    while ((tag = memchr(p, '<', (size_t) (end - p))) != NULL) {
        p = tag + 1;

        if (end - p < 5 || strncasecmp(p, "html", 4) != 0
            || !isspace((unsigned char) p[4]))
        {
            continue;
        }

        close = memchr(p, '>', (size_t) (end - p));
        close = close ? close : end;

        for (p += 4; p < close; p++) {
            if (!isspace((unsigned char) p[-1])) {
                continue;
            }

            if ((close - p >= 3 && strncasecmp(p, "amp", 3) == 0
                 && (p + 3 == close || strchr(" \t\r\n=", p[3])))
                || (close - p >= 3 && memcmp(p, lightning, 3) == 0))
            {
                return 1;
            }
        }

        return 0;
    }

    return 0;
}


int
os_strict_wants(const os_strict_t *s)
{
    return s->script[0] != '\0' || s->style[0] != '\0';
}


/* Which nonce a tag of ours that begins here asks for, behind its name. */
static const char *
os_strict_tag(const os_strict_t *s, const char *p, const char *end,
    size_t *name)
{
    size_t       i, len;
    const char  *of[3];

    static const char *const  tags[] = { "<script", "<style", "<link" };

    of[0] = s->script;
    of[1] = of[2] = s->style[0] ? s->style : s->script;

    for (i = 0; i < 3; i++) {
        len = strlen(tags[i]);

        if ((size_t) (end - p) > len && strncasecmp(p, tags[i], len) == 0
            && (p[len] == '>' || isspace((unsigned char) p[len])))
        {
            *name = len;
            return of[i];
        }
    }

    return NULL;
}


void
os_strict_put(const os_strict_t *s, os_str_t html, os_buf_t *out)
{
    size_t       name;
    const char  *p = html.data, *end = html.data + html.len, *tag, *close;
    const char  *nonce;

    while (p < end && (tag = memchr(p, '<', (size_t) (end - p))) != NULL) {
        name = 1;
        nonce = os_strict_tag(s, tag, end, &name);
        os_buf_add(out, p, (size_t) (tag - p) + name);
        p = tag + name;
        close = memchr(p, '>', (size_t) (end - p));

        if (nonce && nonce[0] && close
            && memmem(p, (size_t) (close - p), os_nonce_is,
                      sizeof(os_nonce_is) - 1) == NULL)
        {
            os_buf_text(out, " nonce=\"");
            os_buf_text(out, nonce);
            os_buf_char(out, '"');
        }
    }

    os_buf_add(out, p, (size_t) (end - p));
}


/* The next of a directive's words; empty: there is none. */
static os_str_t
os_policy_word(os_str_t *says)
{
    const char  *p = says->data, *end = says->data + says->len, *from;

    while (p < end && isspace((unsigned char) *p)) {
        p++;
    }

    for (from = p; p < end && !isspace((unsigned char) *p); p++) {
        /* void */
    }

    *says = (os_str_t) { (size_t) (end - p), p };
    return (os_str_t) { (size_t) (p - from), from };
}


static int
os_word_begins(os_str_t word, const char *with)
{
    size_t  len = strlen(with);

    return word.len >= len && strncasecmp(word.data, with, len) == 0;
}


static int
os_word_is(os_str_t word, const char *what)
{
    return word.len == strlen(what) && os_word_begins(word, what);
}


/* Does it let in a <style> with the nonce? A hash is another style's. */
static int
os_policy_takes_style(os_str_t says, const char *nonce)
{
    int       inlined = 0;
    os_str_t  word;

    while ((word = os_policy_word(&says)).len) {

        if (os_word_begins(word, "'nonce-")) {
            if (nonce[0] && word.len == strlen(nonce) + 8
                && memcmp(word.data + 7, nonce, word.len - 8) == 0)
            {
                return 1;
            }

            inlined = -1;

        } else if (os_word_begins(word, "'sha")) {
            inlined = -1;

        } else if (inlined == 0 && os_word_is(word, "'unsafe-inline'")) {
            inlined = 1;
        }
    }

    return inlined == 1;
}


/* Does it let in what the site itself has? */
static int
os_policy_takes_self(os_str_t says)
{
    os_str_t  word;

    while ((word = os_policy_word(&says)).len) {
        if (os_word_is(word, "'self'") || os_word_is(word, "*")) {
            return 1;
        }
    }

    return 0;
}


static int
os_policy_takes(const os_strict_t *s, os_str_t policy, int based)
{
    os_str_t  says;

    if ((os_policy_find(policy, "style-src-elem", &says)
         || os_policy_find(policy, "style-src", &says)
         || os_policy_find(policy, "default-src", &says))
        && !os_policy_takes_style(says, s->style))
    {
        return 0;
    }

    if (os_policy_find(policy, "sandbox", &says)) {
        return 0;
    }

    if (os_policy_find(policy, "form-action", &says)
        && !os_policy_takes_self(says))
    {
        return 0;
    }

    return !based || !os_policy_find(policy, "base-uri", &says)
           || os_policy_takes_self(says);
}


int
os_strict_takes(const os_strict_t *s, os_str_t policy, int based)
{
    while (policy.len) {
        if (!os_policy_takes(s, os_policy_next(&policy), based)) {
            return 0;
        }
    }

    return 1;
}


/* A character reference for "'", as policies in a <meta> need it. */
static size_t
os_meta_apostrophe(const char *p, const char *end)
{
    size_t  i, len;

    static const char *const  refs[] = { "&#39;", "&#039;", "&#x27;",
                                         "&apos;" };

    for (i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
        len = strlen(refs[i]);

        if ((size_t) (end - p) >= len && strncasecmp(p, refs[i], len) == 0) {
            return len;
        }
    }

    return 0;
}


/* The policy of the tag <meta> from p to end. 0: it cannot be read. */
static int
os_meta_takes(const os_strict_t *s, const char *p, const char *end, int based)
{
    char         quote;
    char         policy[OS_STRICT_POLICY] = "";
    size_t       n, len = 0;
    const char  *at = p;

    static const char  is[] = "content=";

    while ((at = memmem(at, (size_t) (end - at), is, sizeof(is) - 1)) != NULL
           && !isspace((unsigned char) at[-1]))
    {
        at++;
    }

    if (at == NULL || end - at < (ptrdiff_t) sizeof(is)
        || end - at > OS_STRICT_POLICY)
    {
        return 0;
    }

    at += sizeof(is) - 1;
    quote = *at++;

    if (quote != '"' && quote != '\'') {
        return 0;
    }

    for ( /* void */ ; at < end && *at != quote; at += n ? n : 1) {
        n = os_meta_apostrophe(at, end);

        if (n == 0 && *at == '&') {
            return 0;
        }

        policy[len++] = n ? '\'' : *at;
    }

    return at < end
           && os_strict_takes(s, (os_str_t) { len, policy }, based);
}


int
os_strict_takes_meta(const os_strict_t *s, os_str_t page, int based)
{
    const char  *p = page.data, *end = page.data + page.len, *close;

    while ((p = memchr(p, '<', (size_t) (end - p))) != NULL) {
        p++;

        if (os_head_ends(p, (size_t) (end - p))) {
            return 1;
        }

        if (end - p < 5 || strncasecmp(p, "meta", 4) != 0
            || !isspace((unsigned char) p[4]))
        {
            continue;
        }

        /* the sources of a policy are no tags */

        close = memchr(p, '>', (size_t) (end - p));
        close = close ? close : end;

        if (os_policy_named(p, (size_t) (close - p))
            && !os_meta_takes(s, p, close, based))
        {
            return 0;
        }
    }

    return 1;
}
