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

#include "os_element.h"


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

typedef struct {
    unsigned   depth;           /* stack[depth - 1] is the current node */
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
    unsigned   foreign;         /* open elements of SVG and MathML */
    unsigned   marker;
    unsigned   form_at;         /* its index, 0: not open any more */
    uint16_t   closed;          /* marks of what others' tags have closed */
    unsigned   closes;          /* how many elements those were; the caller
                                   sets both to 0 */
    unsigned   counts[OS_COUNTS];   /* how many are open */
    os_element_t  stack[OS_TREE_DEPTH];
} os_tree_t;

#define OS_QUIRKS_YES      0
#define OS_QUIRKS_NO       1
#define OS_QUIRKS_UNKNOWN  2


void os_tree_init(os_tree_t *t);

static inline os_element_t *
os_tree_top(os_tree_t *t)
{
    return &t->stack[t->depth - 1];
}

/* What an open element of each count makes start tags careful of. */
static const uint32_t  os_tree_alerts[OS_COUNTS] = {
    0, OS_EL_CLOSES_P, OS_EL_IS_A, OS_EL_IS_BUTTON, OS_EL_HEADING
};

/* All that start tags must be careful of, now. */
static inline void
os_tree_alert(os_tree_t *t)
{
    unsigned  i;

    t->alert = OS_EL_CARE_START|OS_EL_RAW;

    for (i = 1; i < OS_COUNTS; i++) {
        t->alert |= t->counts[i] ? os_tree_alerts[i] : 0;
    }

    if (os_tree_top(t)->flags & OS_EL_ODD) {
        t->alert = UINT32_MAX;
    }
}

/* Text that is more than white space stands here: it opens <body>. */
void os_tree_text(os_tree_t *t);

static inline void
os_tree_push(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    if (t->depth == OS_TREE_DEPTH) {
        t->lost = 1;
        return;
    }

    t->stack[t->depth] = *e;
    t->stack[t->depth].key = key;

    if (t->alert == UINT32_MAX) {
        t->stack[t->depth].flags |= OS_OPEN_ON_ODD;
    }

    t->depth++;
    t->counts[e->counter]++;
    os_tree_alert(t);
}

/* As above, for a tag without any of the flags in `alert`. */
static inline void
os_tree_push_plain(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    os_element_t  *o;

    if (t->depth == OS_TREE_DEPTH) {
        t->lost = 1;
        return;
    }

    o = &t->stack[t->depth++];
    *o = *e;
    o->key = key;
    t->counts[e->counter]++;
    t->alert |= os_tree_alerts[e->counter];
}

/* The current node is closed, and it is none to take care of but counted. */
static inline void
os_tree_pop_plain(os_tree_t *t)
{
    unsigned  counter = t->stack[--t->depth].counter;

    t->alert &= --t->counts[counter] ? UINT32_MAX : ~os_tree_alerts[counter];
}

static inline void
os_tree_pop(os_tree_t *t)
{
    uint32_t  flags = t->stack[--t->depth].flags;

    t->counts[t->stack[t->depth].counter]--;

    if (flags & OS_OPEN_CARE) {
        if (t->messy && t->depth == t->marker) {
            t->messy = 0;
        }

        if (flags & OS_OPEN_FOREIGN) {
            t->foreign--;
        }
    }

    os_tree_alert(t);
}

/* Is it the part of a list or table that just goes in here? */
static inline int
os_tree_is_listed(os_tree_t *t, const os_element_t *e)
{
    unsigned  top = os_tree_top(t)->el;

    switch (e->el) {

    case OS_LI:
        return (top == OS_UL || top == OS_OL) && t->counts[OS_COUNT_P] == 0;

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
