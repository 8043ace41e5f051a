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

typedef struct {
    uint64_t  key;
    uint32_t  flags;
    uint16_t  el;
    uint16_t  unused;
    uint32_t  marks;            /* the caller's */
} os_open_t;

typedef struct {
    unsigned   depth;           /* stack[depth - 1] is the current node */
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
    uint32_t   closed;          /* marks of what others' tags have closed */
    unsigned   closes;          /* how many elements those were; the caller
                                   sets both to 0 */
    uint16_t   open[OS_ELEMENTS];
    os_open_t  stack[OS_TREE_DEPTH];
} os_tree_t;

#define OS_QUIRKS_YES      0
#define OS_QUIRKS_NO       1
#define OS_QUIRKS_UNKNOWN  2


void os_tree_init(os_tree_t *t);

static inline os_open_t *
os_tree_top(os_tree_t *t)
{
    return &t->stack[t->depth - 1];
}

/* Text that is more than white space stands here: it opens <body>. */
void os_tree_text(os_tree_t *t);

/* How a start tag was taken. */
#define OS_TREE_IGNORED  0      /* no element, or none that anything knows */
#define OS_TREE_LEAF     1      /* a void element */
#define OS_TREE_OPENED   2      /* the current node is the new element */

int os_tree_start_careful(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing);

static inline void
os_tree_push(os_tree_t *t, uint64_t key, unsigned el, uint32_t flags)
{
    os_open_t  *o;

    if (t->depth == OS_TREE_DEPTH) {
        t->lost = 1;
        return;
    }

    o = &t->stack[t->depth++];
    o->key = key;
    o->flags = flags;
    o->el = (uint16_t) el;
    o->marks = 0;
    t->open[el]++;
}

static inline int
os_tree_start(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    if ((os_tree_top(t)->flags & OS_EL_ODD) || (e->flags & OS_EL_CARE_START)
        || ((e->flags & OS_EL_CLOSES_P) && t->open[OS_P]))
    {
        return os_tree_start_careful(t, key, e, self_closing);
    }

    if (e->flags & OS_EL_VOID) {
        return OS_TREE_LEAF;
    }

    os_tree_push(t, key, e->el, e->flags);
    return OS_TREE_OPENED;
}

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
int os_tree_end_careful(os_tree_t *t, uint64_t key, const os_element_t *e);

/* Is it an end tag that just closes the current node? */
static inline int
os_tree_plain_end(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    const os_open_t  *o = os_tree_top(t);

    return o->key == key && t->depth > 1
           && !(o->flags & (OS_EL_ODD|OS_EL_CARE_END|OS_OPEN_FOREIGN))
           && !(e->flags & OS_EL_CARE_END);
}

static inline void
os_tree_pop(os_tree_t *t)
{
    t->depth--;
    t->open[t->stack[t->depth].el]--;

    if (t->messy && t->depth == t->marker) {
        t->messy = 0;
    }
}

/* Would a block or inline element put in here become a child of the top? */
int os_tree_fits(os_tree_t *t);

/* Is the page over, with its <body> as the place that text goes to? */
int os_tree_body_ends(os_tree_t *t);

#endif /* OS_TREE_H */
