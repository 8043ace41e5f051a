/*
 * os_tree: which elements are open, as the standard's tree builder would hold
 * them ("the stack of open elements"), from the tags alone and in bounded
 * memory. It tells a real end tag from a stray one, and whether something put
 * in here would come to stand here.
 *
 * Where the tree builder does what cannot be followed this way (it moves
 * elements out of tables, or reopens formatting elsewhere), `mess` or `messy`
 * is set: from then on os_tree_fits() says no. Elements of the category
 * "special" are followed exactly all the same, so that </body> is still known
 * for what it is. `lost` means that not even the tokens to come are sure.
 *
 * Inside <template>, <select> and foreign content nothing fits.
 */

#ifndef OS_TREE_H
#define OS_TREE_H

#include "core/html/os_element.h"

#include <string.h>


#define OS_TREE_DEPTH  256

/* Flags of an open element beside those of os_element.h. */
#define OS_OPEN_FOREIGN  0x01000000     /* of SVG or MathML */
#define OS_OPEN_MATH     0x02000000     /* of MathML */
#define OS_OPEN_ISLAND   0x04000000     /* foreign, with HTML inside */
#define OS_OPEN_MARKED   0x08000000     /* marks are set */
#define OS_OPEN_ON_ODD   0x10000000     /* what is below is odd */

/* What must be thought about when it is closed, even by its own tag. */
#define OS_OPEN_CARE                                                          \
    (OS_EL_ODD|OS_EL_CARE_END|OS_EL_MARKER                                    \
     |OS_OPEN_FOREIGN|OS_OPEN_MARKED|OS_OPEN_ON_ODD)

/* An open element. It begins as os_element_t does. */
typedef struct {
    uint64_t   key;
    uint32_t   flags;
    uint8_t    el;
    uint8_t    shift;
    uint16_t   marks;           /* the caller's */
    uint32_t   before;          /* what was to be careful of without it */
} os_open_t;

typedef struct {
    os_open_t  *top;            /* the current node */
    uint32_t   alert;           /* start tags with any of these flags do more
                                   than open an element */
    unsigned   head_over:1;     /* </head> has been */
    unsigned   body:1;          /* <body> is open, by its tag or without */
    unsigned   quirks:2;        /* OS_QUIRKS_* */
    unsigned   form:1;          /* "form element pointer": an inner form is
                                   ignored */
    unsigned   mess:1;          /* for good */
    unsigned   messy:1;         /* until element `marker` is closed */
    unsigned   lost:1;
    unsigned   inert_format:1;  /* a template has had formatting in it */
    unsigned   inert;           /* cells and their like that are open in one */
    unsigned   foreign;         /* open elements of SVG and MathML */
    unsigned   marker;
    unsigned   form_at;         /* its index, 0: not open any more */
    uint16_t   closed;          /* marks of what others' tags have closed */
    unsigned   closes;          /* how many elements those were; the caller
                                   sets both to 0 */
    os_open_t  stack[OS_TREE_DEPTH];
} os_tree_t;

#define OS_QUIRKS_YES      0
#define OS_QUIRKS_NO       1
#define OS_QUIRKS_UNKNOWN  2


void os_tree_init(os_tree_t *t);

/* The current node's index. */
static inline unsigned
os_tree_last(const os_tree_t *t)
{
    return (unsigned) (t->top - t->stack);
}

/* What an open element makes start tags careful of. */
static const uint32_t  os_tree_alerts[OS_ELEMENTS] = {
    [OS_P] = OS_EL_CLOSES_P, [OS_A] = OS_EL_IS_A,
    [OS_BUTTON] = OS_EL_IS_BUTTON, [OS_HEADING] = OS_EL_HEADING
};

/* And what they are always, and where the current node is odd, careful of. */
#define OS_TREE_ALERT      (OS_EL_VOID|OS_EL_CARE_START|OS_EL_RAW)
#define OS_TREE_ALERT_ODD  UINT32_MAX

/* What `alert` would be if the current node were not odd. */
static inline uint32_t
os_tree_open(const os_open_t *top)
{
    return top->before | os_tree_alerts[top->el];
}

static inline uint32_t
os_tree_on_odd(const os_open_t *below)
{
    return (below->flags & OS_EL_ODD) ? OS_OPEN_ON_ODD : 0;
}

static inline uint32_t
os_tree_alert(const os_open_t *top, uint32_t open)
{
    return (top->flags & OS_EL_ODD) ? OS_TREE_ALERT_ODD : open;
}

/* Text that is more than white space stands here: it opens <body>. */
void os_tree_text(os_tree_t *t);

/* As below, where nothing is odd, for a tag without the flags in `alert`. */
static inline void
os_tree_push_plain(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    os_open_t  *o = t->top + 1;

    if (o == t->stack + OS_TREE_DEPTH) {
        t->lost = 1;
        return;
    }

    memcpy(o, e, offsetof(os_open_t, before));
    o->key = key;
    o->before = t->alert;
    t->alert |= os_tree_alerts[e->el];
    t->top = o;
}

static inline void
os_tree_push(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    uint32_t    open = os_tree_open(t->top);
    os_open_t  *below = t->top;

    os_tree_push_plain(t, key, e);

    if (t->top != below) {
        t->top->before = open;
        t->top->flags |= os_tree_on_odd(below);
        t->alert = os_tree_alert(t->top, os_tree_open(t->top));
    }
}

/* The current node is closed, and it is none to take care of. */
static inline void
os_tree_pop_plain(os_tree_t *t)
{
    t->alert = t->top->before;
    t->top--;
}

static inline void
os_tree_pop(os_tree_t *t)
{
    os_open_t  *o = t->top--;

    if (o->flags & OS_OPEN_CARE) {
        if (t->messy && os_tree_last(t) + 1 == t->marker) {
            t->messy = 0;
        }

        if (o->flags & OS_OPEN_FOREIGN) {
            t->foreign--;
        }
    }

    t->alert = os_tree_alert(t->top, o->before);
}

/*
 * Are these eight bytes, behind "</", the end tag of the current node in its
 * plainest form? They differ from its name where the name is over: there, and
 * nowhere before, they have ">". The shift puts that byte into the highest
 * place; it leaves a single bit where the name is longer than seven.
 *
 * If so, and where nothing else is to be thought of, it is closed.
 */
static inline int
os_tree_closes(os_tree_t *t, uint64_t word)
{
    os_open_t  *top = t->top;

    if ((word ^ top->key) << top->shift != (uint64_t) '>' << 56) {
        return 0;
    }

    if (!(top->flags & OS_OPEN_CARE)) {
        os_tree_pop_plain(t);
        return 1;
    }

    if (!(top->flags & OS_OPEN_CARE & ~(uint32_t) OS_OPEN_ON_ODD)) {
        os_tree_pop(t);
        return 1;
    }

    return 0;
}

/* How long the plain end tag of an element is. */
static inline unsigned
os_tree_end_size(const os_open_t *o)
{
    return 10 - o->shift / 8;
}

/* Is it the part of a list or table that just goes in here? */
static inline int
os_tree_is_listed(os_tree_t *t, const os_element_t *e)
{
    unsigned  top = t->top->el;

    switch (e->el) {

    case OS_LI:
        return (top == OS_UL || top == OS_OL)
               && !(t->alert & OS_EL_CLOSES_P);

    case OS_TD:
    case OS_TH:
        return top == OS_TR;

    case OS_TR:
        return top == OS_TBODY || top == OS_THEAD || top == OS_TFOOT;

    default:
        return 0;
    }
}

/* How a start tag was taken. */
#define OS_TREE_IGNORED  0      /* no element, or none that anything knows */
#define OS_TREE_LEAF     1      /* a void element */
#define OS_TREE_OPENED   2      /* the current node is the new element */

int os_tree_start(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing);

/*
 * The open element that an end tag closes, all above it too; 0 when it closes
 * none. Nothing is changed.
 */
#define OS_TREE_NONE  0
unsigned os_tree_target(os_tree_t *t, uint64_t key, const os_element_t *e);

/*
 * An end tag. When it is of <body> or <html> and the tree builder heeds it,
 * 1, else 0.
 */
int os_tree_end(os_tree_t *t, uint64_t key, const os_element_t *e);

/* Would a block or inline element put in here become a child of the top? */
int os_tree_fits(os_tree_t *t);

/* Is the page over, with its <body> as the place that text goes to? */
int os_tree_body_ends(os_tree_t *t);

#endif /* OS_TREE_H */
