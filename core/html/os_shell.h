/*
 * os_shell: a page of ours inside a page of the shop. Of one element of the
 * shop's page the content is left out, and ours stands there instead, in a
 * closed shadow root (HTML, "declarative shadow roots"), which neither the
 * shop's styles nor its scripts reach into. Pure: no I/O.
 *
 *     os_shell_cut(page, &ours);              once for each page of ours
 *     os_shell_init(&shell);
 *     os_strict_policy(&shell.strict, h);     each Content-Security-Policy
 *     os_shell_read(&shell, page, …);         the shop's page, whole
 *     os_strict_takes(&shell.strict, h, …);   each of them again
 *     os_shell_put(&shell, &frame, &ours, …);
 */

#ifndef OS_SHELL_H
#define OS_SHELL_H

#include "core/html/os_anchor.h"
#include "core/html/os_strict.h"


typedef enum {
    OS_SHELL_OK = 0,
    OS_SHELL_NO_PAGE,           /* no document with a head, or one of AMP */
    OS_SHELL_NO_ELEMENT,        /* not there, or its end is not sure */
    OS_SHELL_BASE,              /* its <base> would lead our forms astray */
    OS_SHELL_POLICY             /* of a <meta>: it may forbid ours */
} os_shell_rc_t;

/* Parts of a page of ours; they point into it. */
typedef struct {
    os_str_t  title;
    os_str_t  sheet;            /* a tag <link>; may be empty */
    os_str_t  body;             /* what its <main> holds */
} os_shell_ours_t;

typedef struct {
    os_strict_t  strict;
    os_str_t     page;
    size_t       head;          /* behind <head> */
    size_t       from;          /* the element's content, */
    size_t       to;            /* and its end */
    unsigned     based:1;       /* its links need a <base> of ours */
} os_shell_t;


/* -1: it is not made as pages of ours are. */
int os_shell_cut(os_str_t page, os_shell_ours_t *ours);

void os_shell_init(os_shell_t *shell);

/*
 * Reads the shop's page, which must outlive the shell. `begin` and `end` are
 * one selector, with the places PREPEND and APPEND. `host` is the request's:
 * a <base> that leads elsewhere is refused. `named` says that a header names
 * the page's encoding.
 */
os_shell_rc_t os_shell_read(os_shell_t *shell, os_str_t page,
    const os_anchor_t *begin, const os_anchor_t *end, os_str_t host,
    int named);

/*
 * Appends the shop's page with ours in it. `frame` is what comes around ours,
 * with an empty <main> for it; `uri` is where the shop's page lives. Where
 * `ascii` is set, the page may be in another encoding than UTF-8. -1: ours is
 * no UTF-8.
 */
int os_shell_put(const os_shell_t *shell, os_str_t frame,
    const os_shell_ours_t *ours, os_str_t uri, int ascii, os_buf_t *out);

#endif /* OS_SHELL_H */
