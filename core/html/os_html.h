/*
 * os_html: reads a page as it streams by and says where its anchors are.
 *
 * The tokenizer of the HTML standard (WHATWG, "Tokenization") as far as it
 * decides where tags are, with the open elements of os_tree.h behind it. It
 * allocates nothing, keeps no pointer to what it was given, copies nothing but
 * the bytes of a tag that is cut by the end of a piece, and gives the same
 * answers however the page is cut. Where it is not sure, there is no anchor.
 *
 *     os_html_init(h, OS_HTML_BEST);
 *     os_html_watch(h, &anchor, thing);        as often as there are anchors
 *
 *     for each piece [p, end) of the page:
 *         while ((rc = os_html_read(h, &p, end)) == OS_HTML_MEET) {
 *             h->thing goes in at h->at
 *         }
 *         if (rc == OS_HTML_OVER) nothing more will be met
 *         otherwise h->held bytes may not be sent yet
 *
 * `at` lies within the piece, or is NULL: before the bytes that were held when
 * the piece began. Held bytes are the last of what was read so far: those of a
 * tag that is not complete, before which something may have to go. At most
 * OS_HTML_TAG_MAX: nothing goes before a tag that is longer.
 */

#ifndef OS_HTML_H
#define OS_HTML_H

#include "core/html/os_anchor.h"
#include "core/html/os_tree.h"


#define OS_HTML_ANCHORS  OS_ANCHORS
#define OS_HTML_TAG_MAX  4096
#define OS_HTML_VALUE_MAX  2048  /* a longer value matches nothing */
#define OS_HTML_SHOWN    256
#define OS_HTML_HINTS    4
#define OS_HTML_HINT_MAX 32

/* Which kind of scanning; os_scan.h */
#define OS_HTML_BEST     (-1)

typedef enum {
    OS_HTML_MORE = 0,           /* the piece was read */
    OS_HTML_MEET,
    OS_HTML_OVER
} os_html_rc_t;

/* A text, known by two of its characters: text[0] and text[apart]. */
typedef struct {
    const char   *text;
    size_t        len;
    size_t        apart;
    char          first;
    char          last;
} os_html_hint_t;

typedef struct os_html_s  os_html_t;

typedef os_html_rc_t (*os_html_read_pt)(os_html_t *h, const char *p,
    const char *end);

struct os_html_s {
    /* what was met */
    const char       *at;
    unsigned          thing;

    /* how many bytes before the end of the piece are held, and how many of
       them are of this piece */
    unsigned          held;
    unsigned          held_here;

    /* the tokenizer */
    os_html_read_pt   reader;
    const char       *next;     /* where it goes on after a MEET */
    uint8_t           state;
    uint8_t           back;     /* the state after what was no end tag */
    uint8_t           step;     /* inside a tag */
    uint8_t           matched;  /* characters of a word looked for */
    uint8_t           slash;    /* the tag ends in "/>" */
    uint8_t           raw_end;  /* it is the end of a raw text */
    uint8_t           nmark;    /* bytes of a byte order mark; 3: over */
    unsigned          fresh:1;  /* carry began in this piece */
    unsigned          full:1;   /* not all that is needed is in carry */
    unsigned          begun:1;  /* a doctype would come too late */
    unsigned          document:1;
    unsigned          ended:1;  /* </body> has been */
    unsigned          capture:1;
    unsigned          shown_done:1;
    unsigned          shown_bad:1;
    unsigned          unnamed:1;
    size_t            ntag;     /* bytes of the tag that is not complete */
    unsigned          nvalue;   /* of a value in it, those that are kept */
    unsigned          ncarry;   /* what is kept of it */
    unsigned          nshown;

    /* anchors: bit i of a mask is anchor i */
    unsigned          nanchors;
    uint32_t          live;     /* not met, and their elements not either */
    uint32_t          waiting;  /* their elements are open */
    uint32_t          left;     /* both, without those of place TEXT */
    uint32_t          any;      /* without a tag */
    uint32_t          at_start; /* met, to be told: before the tag */
    uint32_t          at_end;   /* after it */
    const char       *tag_start;
    const char       *tag_end;
    uint32_t          places[OS_PLACE_TEXT + 1];
    uint32_t          unhinted; /* each of their elements is looked at */
    unsigned          nhints;
    os_html_hint_t    hints[OS_HTML_HINTS];
    uint32_t          by_el[OS_ELEMENTS];
    uint32_t          named[OS_ELEMENTS];   /* those of `live` to think of */
    const os_anchor_t  *anchors[OS_HTML_ANCHORS];
    uint64_t          keys[OS_HTML_ANCHORS];
    unsigned          things[OS_HTML_ANCHORS];

    os_tree_t         tree;
    char              carry[OS_HTML_TAG_MAX];
    char              shown[OS_HTML_SHOWN];
};


/* How many kinds of scanning this machine has; each has a name. */
int os_html_levels(void);
const char *os_html_level_name(int level);

void os_html_init(os_html_t *h, int level);

/*
 * No header has named the page's encoding: a <meta> in the page may. If that is
 * one of ISO 2022, in which a "<" need be none, there is no anchor.
 */
void os_html_unnamed(os_html_t *h);

/*
 * Anchors of one thing are alternatives: the first that is met takes it. An
 * anchor of place TEXT is no thing's; see os_html_shown(). The anchor must
 * outlive h. -1: there are OS_HTML_ANCHORS already.
 */
int os_html_watch(os_html_t *h, const os_anchor_t *anchor, unsigned thing);

os_html_rc_t os_html_read(os_html_t *h, const char **p, const char *end);

/*
 * The page is over: MEET for what goes to its very end, because the tag that
 * it was to go before has been left out; as often as there is something.
 */
os_html_rc_t os_html_finish(os_html_t *h);

/*
 * The text of the first element that the anchor of place TEXT named, if it was
 * closed by now: character references decoded (numbers, and amp lt gt quot
 * apos nbsp), white space trimmed and made single spaces. Empty when there is
 * none, or it is longer than fits. Appended to `out`.
 */
void os_html_shown(const os_html_t *h, os_buf_t *out);

#endif /* OS_HTML_H */
