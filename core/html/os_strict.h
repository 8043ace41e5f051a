/*
 * os_strict: what a page asks of whatever is put into it. Its policy (Content
 * Security Policy Level 3, in a header or in a <meta>) may let in only scripts
 * and styles that carry a nonce; an AMP page allows none but its own. Pure: no
 * I/O, allocates nothing but what os_strict_put() writes.
 *
 *     os_strict_policy(&s, header);       for each header of that name
 *     os_strict_read(&s, p, len);         each piece of the page, in order
 *     if (!os_strict_amp(&s)) os_strict_put(&s, html, &out);
 */

#ifndef OS_STRICT_H
#define OS_STRICT_H

#include "core/base/os_buf.h"


#define OS_NONCE_MAX        128     /* characters; a longer one is none */
#define OS_STRICT_HEAD      1024    /* bytes in which <html> stands */
#define OS_STRICT_CARRY     256     /* of a tag that is cut */
#define OS_STRICT_META      8192    /* bytes searched for a <meta> anyway */
#define OS_STRICT_POLICY    4096    /* of a policy in a <meta> */
#define OS_STRICT_PAGE_MAX  262144  /* of a head, and of a page for its nonce */

typedef struct {
    char      script[OS_NONCE_MAX + 1];     /* "": none is asked for */
    char      style[OS_NONCE_MAX + 1];
    char      carry[OS_STRICT_CARRY];
    size_t    ncarry;
    char      head[OS_STRICT_HEAD];
    size_t    nhead;
    size_t    read;
    unsigned  meta:1;                       /* the page says what is let in */
    unsigned  in_meta:1;                    /* a piece ended in a <meta> */
    unsigned  body:1;                       /* the page's head is over */
} os_strict_t;


void os_strict_init(os_strict_t *s);

/*
 * A policy: the nonces of its directives for scripts and for styles. A first
 * one found stays.
 */
void os_strict_policy(os_strict_t *s, os_str_t policy);

/*
 * Bytes of the page, in order. Where no header gave a nonce, and a policy
 * stands in a <meta> of the page's head (HTML, 4.2.5.3: in the body it counts
 * for nothing), its nonce is taken, or that of the first script, style or link
 * that has one: the page gives it to its own.
 */
void os_strict_read(os_strict_t *s, const char *p, size_t len);

/* Is it an AMP page: <html amp>, or with its lightning? */
int os_strict_amp(const os_strict_t *s);

/*
 * The language that the page says it is in, <html lang>; OS_NULL where it does
 * not. Its text lives in `s`.
 */
os_str_t os_strict_lang(const os_strict_t *s);

/* Is anything to be put into what goes in? */
int os_strict_wants(const os_strict_t *s);

/*
 * Appends `html`, our own, with the nonce in each of its tags <script>, <style>
 * and <link> that has none.
 */
void os_strict_put(const os_strict_t *s, os_str_t html, os_buf_t *out);

/*
 * Would a page of ours be let in by the policy of a header (or several, with
 * commas), one with a style of its own and forms that go to the site itself?
 * The style has the nonce that was found, so the policies have been read
 * before. `based`: it comes with a <base> of the same site. 0: not, or it is
 * not sure.
 */
int os_strict_takes(const os_strict_t *s, os_str_t policy, int based);

/* The same of all policies that the head of a whole page has in a <meta>. */
int os_strict_takes_meta(const os_strict_t *s, os_str_t page, int based);

#endif /* OS_STRICT_H */
