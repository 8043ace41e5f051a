/*
 * os_element: what HTML says of an element by its name.
 *
 * A name is a key of 64 bits: up to 8 characters are in it as they are, in
 * lower case, the first in the lowest byte; longer names, and those that have
 * a NUL, are hashed, with the highest bit set.
 */

#ifndef OS_ELEMENT_H
#define OS_ELEMENT_H

#include <stddef.h>
#include <stdint.h>


/* Elements that are asked for by themselves. */
typedef enum {
    OS_OTHER = 0,
    OS_HTML, OS_HEAD, OS_BODY, OS_P, OS_LI, OS_DD, OS_DT, OS_A, OS_NOBR,
    OS_BUTTON, OS_FORM, OS_TABLE, OS_CAPTION, OS_COLGROUP, OS_COL, OS_TBODY,
    OS_THEAD, OS_TFOOT, OS_TR, OS_TD, OS_TH, OS_SELECT, OS_OPTION,
    OS_OPTGROUP, OS_TEMPLATE, OS_SVG, OS_MATH, OS_RB, OS_RT, OS_RTC, OS_RP,
    OS_RUBY, OS_INPUT, OS_TEXTAREA, OS_KEYGEN, OS_FRAMESET, OS_BR, OS_OL,
    OS_UL, OS_TITLE, OS_DESC, OS_MI, OS_MO, OS_MN, OS_MS, OS_MTEXT,
    OS_MGLYPH, OS_FONT, OS_SCRIPT, OS_FOREIGNOBJECT, OS_ANNOTATION_XML,
    OS_HEADING, OS_FRAME, OS_ELEMENTS
} os_el_t;

/* The standard's categories, and what this parser makes of them. */
#define OS_EL_SPECIAL     0x000001
#define OS_EL_VOID        0x000002
#define OS_EL_CLOSES_P    0x000004  /* its start tag closes an open <p> */
#define OS_EL_BLOCK_END   0x000008  /* its end tag closes what is inside */
#define OS_EL_FORMAT      0x000010  /* <b>, <a>, ...: opened again */
#define OS_EL_HEADING     0x000020
#define OS_EL_IMPLIED     0x000040  /* its end tag may be left out */
#define OS_EL_SCOPE       0x000080  /* what is outside is out of scope */
#define OS_EL_MARKER      0x000100  /* formatting outside is not opened again */
#define OS_EL_RCDATA      0x000200  /* text and character references only */
#define OS_EL_RAWTEXT     0x000400  /* text only */
#define OS_EL_SCRIPT      0x000800
#define OS_EL_PLAIN       0x001000  /* text to the end of the page */
#define OS_EL_HEAD        0x002000  /* may stand in <head> */
#define OS_EL_ODD         0x004000  /* inside, tags mean something else */
#define OS_EL_CARE_START  0x008000  /* has a rule of its own for its start */
#define OS_EL_CARE_END    0x010000  /* and for its end */
#define OS_EL_BREAKOUT    0x020000  /* ends <svg> and <math> */

#define OS_EL_IS_P        0x040000
#define OS_EL_IS_A        0x080000
#define OS_EL_IS_BUTTON   0x100000

/* Set for those that have nothing else, so that no element has no flags. */
#define OS_EL_PLAIN_NAME  0x200000

#define OS_EL_RAW         (OS_EL_RCDATA|OS_EL_RAWTEXT|OS_EL_SCRIPT|OS_EL_PLAIN)

typedef struct {
    uint64_t  key;
    uint32_t  flags;
    uint8_t   el;               /* os_el_t */
    uint8_t   shift;            /* see os_tree_closes() */
    uint16_t  marks;            /* none; see os_open_t */
} os_element_t;


/* The shift of a name of 8 characters or more. */
#define OS_ELEMENT_LONG   63

#define OS_ELEMENT_SLOTS  512
#define OS_ELEMENT_HASH(key)                                                  \
    (((key) * UINT64_C(0x288161125db1b05d)) >> 55)

extern const os_element_t  os_element_table[OS_ELEMENT_SLOTS];
extern const os_element_t  os_element_other;

/* Eight characters in lower case: those of A to Z are others. */
static inline uint64_t
os_element_fold(uint64_t word)
{
    uint64_t  low = word & UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t  from_a = low + UINT64_C(0x3f3f3f3f3f3f3f3f);
    uint64_t  above_z = low + UINT64_C(0x2525252525252525);

    return word | (from_a & ~above_z & ~word & UINT64_C(0x8080808080808080))
                  >> 2;
}

/* The key of a name in any case. */
uint64_t os_element_key(const char *name, size_t len);

const os_element_t *os_element_long(uint64_t key);

/* What is known of a name; os_element_other when nothing is. */
static inline const os_element_t *
os_element(uint64_t key)
{
    const os_element_t  *e = &os_element_table[OS_ELEMENT_HASH(key)];

    return e->key == key ? e : os_element_long(key);
}

#endif /* OS_ELEMENT_H */
