/*
 * The rules of the standard's section "Tree construction" that decide which
 * elements are open. The names of what they speak of are the standard's.
 */

#include "core/html/os_tree.h"


void
os_tree_init(os_tree_t *t)
{
    memset(t, 0, offsetof(os_tree_t, stack));
    t->alert = OS_TREE_ALERT_ODD;
    t->top = t->stack;

    /* the root stands for all that is outside <body>, then for <body> */

    t->stack[0] = (os_open_t) {
        .key = UINT64_MAX,
        .flags = OS_EL_SPECIAL|OS_EL_SCOPE|OS_EL_ODD|OS_EL_CARE_END,
        .before = OS_TREE_ALERT
    };
}


static void
os_tree_mess(os_tree_t *t)
{
    unsigned  i = os_tree_last(t);

    while (i > 0 && !(t->stack[i].flags & OS_EL_MARKER)) {
        i--;
    }

    if (!t->messy || i < t->marker) {
        t->marker = i;
    }

    t->messy = 1;
}


/*
 * A template is closed. Of what it holds nothing is followed but how many of
 * its cells and their like are open: one of them takes the place of the
 * template's own marker, and formatting in there would come out of it.
 */
static void
os_tree_close_template(os_tree_t *t)
{
    if (t->inert && t->inert_format) {
        t->mess = 1;
    }

    t->inert = 0;
}


/*
 * Closes all from `index` on. Formatting that is closed together with others
 * will be opened again elsewhere, unless a marker was closed with it; that is
 * so for what is inside of one marker only.
 */
static void
os_tree_close(os_tree_t *t, unsigned index)
{
    unsigned    left = 0, markers = 0;
    os_open_t  *o;

    while (os_tree_last(t) >= index) {
        o = t->top;
        t->closed |= o->marks;
        t->closes++;

        if (o->flags & OS_EL_MARKER) {
            left = 0;
            t->mess |= ++markers > 1;

        } else if ((o->flags & OS_EL_FORMAT) && os_tree_last(t) > index) {
            left = 1;
        }

        if (t->form_at == os_tree_last(t)) {
            t->form_at = 0;
        }

        if (o->el == OS_TEMPLATE) {
            os_tree_close_template(t);
        }

        os_tree_pop(t);
    }

    if (left) {
        os_tree_mess(t);
    }
}


/* As above, where the element at `index` is not closed by its own tag. */
static void
os_tree_close_others(os_tree_t *t, unsigned index)
{
    uint32_t  flags = t->stack[index].flags;

    os_tree_close(t, index);

    if (flags & OS_EL_FORMAT) {
        os_tree_mess(t);
    }
}


/* The innermost element that has the flags, down to a boundary; or 0. */
static unsigned
os_tree_in(const os_tree_t *t, os_el_t el, uint32_t boundary)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].el == el) {
            return i;
        }

        if (t->stack[i].flags & boundary) {
            break;
        }
    }

    return OS_TREE_NONE;
}


static unsigned
os_tree_p(const os_tree_t *t)
{
    unsigned  i;

    if (!(t->alert & OS_EL_CLOSES_P)) {
        return OS_TREE_NONE;
    }

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].el == OS_P) {
            return i;
        }

        if ((t->stack[i].flags & OS_EL_SCOPE) || t->stack[i].el == OS_BUTTON) {
            break;
        }
    }

    return OS_TREE_NONE;
}


static void
os_tree_close_p(os_tree_t *t)
{
    unsigned  i = os_tree_p(t);

    if (i) {
        os_tree_close(t, i);
    }
}


static void
os_tree_implied_ends(os_tree_t *t, os_el_t except)
{
    while ((t->top->flags & OS_EL_IMPLIED)
           && t->top->el != except)
    {
        os_tree_close(t, os_tree_last(t));
    }
}


static void
os_tree_open_body(os_tree_t *t)
{
    t->body = 1;
    t->stack[0].key = UINT64_C(0x79646f62);     /* "body" */
    t->stack[0].flags = OS_EL_SPECIAL|OS_EL_SCOPE|OS_EL_CARE_END;
    t->stack[0].el = OS_BODY;
    t->alert = OS_TREE_ALERT;
}


void
os_tree_text(os_tree_t *t)
{
    if (!t->body && t->top == t->stack) {
        os_tree_open_body(t);
    }
}


/* The innermost <table>, not looking out of a template; or 0. */
static unsigned
os_tree_table(const os_tree_t *t)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].el == OS_TABLE) {
            return i;
        }

        if (t->stack[i].el == OS_TEMPLATE) {
            break;
        }
    }

    return OS_TREE_NONE;
}


static int
os_tree_is_body_part(unsigned el)
{
    return el == OS_TBODY || el == OS_THEAD || el == OS_TFOOT;
}


static void
os_tree_push_known(os_tree_t *t, const char *name)
{
    uint64_t  key = os_element_key(name, strlen(name));

    os_tree_push(t, key, os_element(key));
}


/* <caption>, <colgroup>, <col>, <tbody>, <tr>, <td> and their like. */
static int
os_tree_table_part(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    unsigned  table = os_tree_table(t), i;

    if (table == OS_TREE_NONE) {
        return OS_TREE_IGNORED;
    }

    /* the nearest place that may hold it */

    i = os_tree_last(t);

    if (e->el == OS_TR) {
        while (i > table && !os_tree_is_body_part(t->stack[i].el)) {
            i--;
        }

    } else if (e->el == OS_TD || e->el == OS_TH) {
        while (i > table && t->stack[i].el != OS_TR
               && !os_tree_is_body_part(t->stack[i].el))
        {
            i--;
        }

    } else {
        i = table;
    }

    if (os_tree_last(t) > i) {
        os_tree_close_others(t, i + 1);
    }

    if (e->el == OS_COL) {
        return OS_TREE_LEAF;
    }

    if ((e->el == OS_TR || e->el == OS_TD || e->el == OS_TH)
        && t->stack[i].el == OS_TABLE)
    {
        os_tree_push_known(t, "tbody");
    }

    if ((e->el == OS_TD || e->el == OS_TH) && t->top->el != OS_TR) {
        os_tree_push_known(t, "tr");
    }

    os_tree_push(t, key, e);
    return OS_TREE_OPENED;
}


/* <li>, <dd>, <dt> close the one before them. */
static void
os_tree_close_item(os_tree_t *t, const os_element_t *e)
{
    unsigned          i;
    const os_open_t  *o;
    static const char  div[] = "div", address[] = "address";

    for (i = os_tree_last(t); i > 0; i--) {
        o = &t->stack[i];

        if (o->el == e->el
            || (e->el == OS_DD && o->el == OS_DT)
            || (e->el == OS_DT && o->el == OS_DD))
        {
            os_tree_close(t, i);
            break;
        }

        if ((o->flags & OS_EL_SPECIAL) && o->el != OS_P
            && o->key != os_element_key(div, 3)
            && o->key != os_element_key(address, 7))
        {
            break;
        }
    }
}


/* Out of the stack, while what is inside of it stays open. */
static void
os_tree_remove(os_tree_t *t, unsigned index)
{
    os_open_t  *o = &t->stack[index];

    memmove(o, o + 1, (os_tree_last(t) - index) * sizeof(os_open_t));
    t->top--;

    for ( /* void */ ; o <= t->top; o++) {
        o->before = os_tree_open(o - 1);
        o->flags &= ~(uint32_t) OS_OPEN_ON_ODD;
        o->flags |= os_tree_on_odd(o - 1);
    }

    t->alert = os_tree_alert(t->top, os_tree_open(t->top));

    if (t->form_at > index) {
        t->form_at--;
    }

    if (t->marker > index) {
        t->marker--;
    }
}


/*
 * A formatting element that is ended, or must be ended, out of turn: the
 * "adoption agency" of the standard, as far as the stack goes.
 */
static void
os_tree_adopt(os_tree_t *t, unsigned index)
{
    unsigned  i, block = 0;

    for (i = index + 1; i <= os_tree_last(t); i++) {
        if (t->stack[i].flags & OS_EL_SCOPE) {
            return;
        }

        if (t->stack[i].flags & OS_EL_SPECIAL) {
            block = 1;
        }
    }

    if (!block) {
        os_tree_close(t, index);
        return;
    }

    /* blocks inside are moved out of it */

    t->mess = 1;
    t->closed |= t->stack[index].marks;
    os_tree_remove(t, index);
}


/* The open formatting element of this name; or 0. */
static unsigned
os_tree_formatting(const os_tree_t *t, uint64_t key)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].key == key && (t->stack[i].flags & OS_EL_FORMAT)) {
            return i;
        }

        if (t->stack[i].flags & OS_EL_MARKER) {
            break;
        }
    }

    return OS_TREE_NONE;
}


/* Are start tags inside of it foreign, too? */
static int
os_tree_is_foreign(const os_open_t *o)
{
    return (o->flags & (OS_OPEN_FOREIGN|OS_OPEN_ISLAND)) == OS_OPEN_FOREIGN;
}


static int
os_tree_foreign(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    uint32_t      flags, space;
    os_element_t  foreign = os_element_other;

    if (self_closing) {
        return OS_TREE_LEAF;
    }

    /* what is foreign has no name among HTML's elements */

    flags = OS_OPEN_FOREIGN;

    if (os_tree_is_foreign(t->top)) {
        space = t->top->flags & OS_OPEN_MATH;

    } else {
        space = e->el == OS_MATH ? OS_OPEN_MATH : 0;
    }

    if (space ? e->el >= OS_MI && e->el <= OS_MTEXT
              : (e->el == OS_FOREIGNOBJECT || e->el == OS_DESC
                 || e->el == OS_TITLE))
    {
        flags |= OS_OPEN_ISLAND|OS_EL_SPECIAL|OS_EL_SCOPE;

    } else {
        flags |= OS_EL_ODD;
    }

    foreign.flags = flags | space;
    os_tree_push(t, key, &foreign);
    t->foreign++;
    return OS_TREE_OPENED;
}


static int
os_tree_start_body(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    unsigned  i;

    switch ((os_el_t) e->el) {

    case OS_HTML:
    case OS_HEAD:
    case OS_BODY:
    case OS_FRAME:
        return OS_TREE_IGNORED;

    case OS_FRAMESET:
        t->lost = 1;
        return OS_TREE_IGNORED;

    case OS_MGLYPH:
        if (t->top->flags & OS_OPEN_MATH) {
            t->lost = 1;
        }

        break;

    case OS_CAPTION:
    case OS_COLGROUP:
    case OS_COL:
    case OS_TBODY:
    case OS_THEAD:
    case OS_TFOOT:
    case OS_TR:
    case OS_TD:
    case OS_TH:
        return os_tree_table_part(t, key, e);

    case OS_TABLE:
        if (os_tree_p(t)) {
            if (t->quirks == OS_QUIRKS_UNKNOWN) {
                t->mess = 1;

            } else if (t->quirks == OS_QUIRKS_NO) {
                os_tree_close_p(t);
            }
        }

        break;

    case OS_LI:
    case OS_DD:
    case OS_DT:
        os_tree_close_item(t, e);
        os_tree_close_p(t);
        break;

    case OS_FORM:
        if (t->form) {
            return OS_TREE_IGNORED;
        }

        os_tree_close_p(t);
        t->form = 1;
        t->form_at = os_tree_last(t) + 1;
        break;

    case OS_BUTTON:
        i = os_tree_in(t, OS_BUTTON, OS_EL_SCOPE);
        if (i) {
            os_tree_close(t, i);
        }

        break;

    case OS_A:
    case OS_NOBR:
        i = os_tree_formatting(t, key);
        if (i) {
            t->closes++;
            os_tree_adopt(t, i);
        }

        break;

    case OS_OPTION:
    case OS_OPTGROUP:
        if (t->top->el == OS_OPTION) {
            os_tree_close(t, os_tree_last(t));
        }

        break;

    case OS_RB:
    case OS_RTC:
    case OS_RT:
    case OS_RP:
        if (os_tree_in(t, OS_RUBY, OS_EL_SCOPE)) {
            os_tree_implied_ends(t, e->el == OS_RT || e->el == OS_RP
                                    ? OS_RTC : OS_OTHER);
        }

        break;

    case OS_SVG:
    case OS_MATH:
        return os_tree_foreign(t, key, e, self_closing);

    default:
        if (e->flags & OS_EL_CLOSES_P) {
            os_tree_close_p(t);
        }

        if ((e->flags & OS_EL_HEADING)
            && (t->top->flags & OS_EL_HEADING))
        {
            os_tree_close(t, os_tree_last(t));
        }

        if (e->flags & OS_EL_VOID) {
            return OS_TREE_LEAF;
        }
    }

    os_tree_push(t, key, e);
    return OS_TREE_OPENED;
}


/* Nothing inside <select> or <template> but what changes the tokens to come. */
static int
os_tree_start_inert(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    int  in_select = t->top->el == OS_SELECT;

    if (!in_select) {
        t->inert += (e->flags & OS_EL_MARKER) && e->el != OS_TEMPLATE;
        t->inert_format |= (e->flags & OS_EL_FORMAT) != 0;

    } else if (e->flags & OS_EL_FORMAT) {

        /* some browsers have it in there, and open it again outside */
        t->mess = 1;
    }

    if (in_select
        && (e->el == OS_SELECT || e->el == OS_INPUT || e->el == OS_KEYGEN
            || e->el == OS_SVG || e->el == OS_MATH || e->el == OS_TABLE
            || (e->el >= OS_CAPTION && e->el <= OS_TH) || e->el == OS_FORM
            || ((e->flags & OS_EL_MARKER) && e->el != OS_TEMPLATE)
            || ((e->flags & OS_EL_RAW) && e->el != OS_SCRIPT)))
    {
        t->lost = 1;
        return OS_TREE_IGNORED;
    }

    if (e->el == OS_FRAMESET || (!in_select && (e->el == OS_COL
                                                || e->el == OS_COLGROUP)))
    {
        t->lost = 1;
        return OS_TREE_IGNORED;
    }

    if (e->el == OS_SVG || e->el == OS_MATH) {
        return os_tree_foreign(t, key, e, self_closing);
    }

    if (e->el == OS_TEMPLATE || e->el == OS_SELECT
        || (e->flags & OS_EL_RAW))
    {
        os_tree_push(t, key, e);
        return OS_TREE_OPENED;
    }

    return OS_TREE_IGNORED;
}


static int
os_tree_start_odd(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    os_open_t  *top = t->top;

    if (t->top == t->stack) {

        /* before <body> */

        if ((e->flags & OS_EL_HEAD)
            && !(t->head_over && key == UINT64_C(0x7470697263736f6e)))
        {
            /* behind </head> a <noscript> is of the body */

            if (e->flags & OS_EL_VOID) {
                return OS_TREE_LEAF;
            }

            os_tree_push(t, key, e);
            return OS_TREE_OPENED;
        }

        if (e->el == OS_HTML || e->el == OS_HEAD) {
            return OS_TREE_IGNORED;
        }

        if (e->el == OS_FRAMESET) {
            t->lost = 1;
            return OS_TREE_IGNORED;
        }

        os_tree_open_body(t);

        return e->el == OS_BODY ? OS_TREE_OPENED
                                : os_tree_start(t, key, e, self_closing);
    }

    if (top->flags & OS_OPEN_FOREIGN) {

        if (e->el == OS_FONT || e->el == OS_MGLYPH
            || e->el == OS_ANNOTATION_XML)
        {
            t->lost = 1;
            return OS_TREE_IGNORED;
        }

        if (e->flags & OS_EL_BREAKOUT) {

            while (os_tree_is_foreign(t->top)) {
                os_tree_close(t, os_tree_last(t));
            }

            return os_tree_start(t, key, e, self_closing);
        }

        return os_tree_foreign(t, key, e, self_closing);
    }

    switch ((os_el_t) top->el) {

    case OS_SELECT:
    case OS_TEMPLATE:
        return os_tree_start_inert(t, key, e, self_closing);

    case OS_COLGROUP:
        if (e->el == OS_COL) {
            return OS_TREE_LEAF;
        }

        if (e->el == OS_TEMPLATE) {
            break;
        }

        os_tree_close(t, os_tree_last(t));
        return os_tree_start(t, key, e, self_closing);

    default:        /* a table, what holds its rows, or a row */

        if (e->el >= OS_CAPTION && e->el <= OS_TH) {
            return os_tree_table_part(t, key, e);
        }

        if (e->el == OS_TABLE) {
            os_tree_close(t, os_tree_table(t));
            return os_tree_start(t, key, e, self_closing);
        }

        if (e->el == OS_FORM) {

            /* it is there, and closed at once */

            if (t->form) {
                return OS_TREE_IGNORED;
            }

            t->form = 1;
            return OS_TREE_LEAF;
        }

        if (e->el == OS_SELECT) {
            t->lost = 1;
            return OS_TREE_IGNORED;
        }

        if (e->flags & OS_EL_VOID) {
            return e->el == OS_FRAME ? OS_TREE_IGNORED : OS_TREE_LEAF;
        }

        if (e->el != OS_TEMPLATE && e->el != OS_SCRIPT
            && !((e->flags & OS_EL_HEAD) && (e->flags & OS_EL_RAWTEXT)))
        {
            /* it is moved to before the table */
            t->mess = 1;
            return os_tree_start_body(t, key, e, self_closing);
        }
    }

    os_tree_push(t, key, e);
    return OS_TREE_OPENED;
}


int
os_tree_start(os_tree_t *t, uint64_t key, const os_element_t *e,
    int self_closing)
{
    if (os_tree_is_listed(t, e)) {
        os_tree_push(t, key, e);
        return OS_TREE_OPENED;
    }

    if (t->top->flags & OS_EL_ODD) {
        return os_tree_start_odd(t, key, e, self_closing);
    }

    return os_tree_start_body(t, key, e, self_closing);
}


/* "Any other end tag" */
static unsigned
os_tree_target_other(const os_tree_t *t, uint64_t key)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].key == key
            && !(t->stack[i].flags & OS_OPEN_FOREIGN))
        {
            return i;
        }

        if (t->stack[i].flags & OS_EL_SPECIAL) {
            break;
        }
    }

    return OS_TREE_NONE;
}


/* Down to what ends a scope; `more` are further boundaries. */
static unsigned
os_tree_target_scope(const os_tree_t *t, uint64_t key, os_el_t more,
    os_el_t more2)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].key == key
            && !(t->stack[i].flags & OS_OPEN_FOREIGN))
        {
            return i;
        }

        if ((t->stack[i].flags & OS_EL_SCOPE)
            || (more && (t->stack[i].el == more || t->stack[i].el == more2)))
        {
            break;
        }
    }

    return OS_TREE_NONE;
}


static unsigned
os_tree_target_table(const os_tree_t *t, const os_element_t *e)
{
    unsigned  i, table = os_tree_table(t);

    for (i = os_tree_last(t); table && i >= table; i--) {
        if (t->stack[i].el == e->el) {
            return i;
        }
    }

    return OS_TREE_NONE;
}


static unsigned
os_tree_target_heading(const os_tree_t *t)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].flags & OS_EL_HEADING) {
            return i;
        }

        if (t->stack[i].flags & OS_EL_SCOPE) {
            break;
        }
    }

    return OS_TREE_NONE;
}


unsigned
os_tree_target(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    unsigned  i;

    /* foreign elements are ended by their names, first of all */

    i = os_tree_last(t);

    if ((t->stack[i].flags & OS_OPEN_FOREIGN)
        && e->el != OS_P && e->el != OS_BR)
    {
        while (t->stack[i].flags & OS_OPEN_FOREIGN) {
            if (t->stack[i].key == key) {
                return i;
            }

            i--;
        }
    }

    /* inside <select> and <template> no other end tag means anything */

    if (t->stack[i].el == OS_SELECT || t->stack[i].el == OS_TEMPLATE) {
        if (e->el != OS_TEMPLATE
            && (e->el != OS_SELECT || t->stack[i].el != OS_SELECT))
        {
            return OS_TREE_NONE;
        }
    }

    switch ((os_el_t) e->el) {

    case OS_HTML:
    case OS_BODY:
    case OS_HEAD:
    case OS_BR:
    case OS_COL:
        return OS_TREE_NONE;

    case OS_P:
        return os_tree_p(t);

    case OS_LI:
        return os_tree_target_scope(t, key, OS_OL, OS_UL);

    case OS_DD:
    case OS_DT:
        return os_tree_target_scope(t, key, OS_OTHER, OS_OTHER);

    case OS_FORM:
        return t->form_at && os_tree_in(t, OS_FORM, OS_EL_SCOPE)
               == t->form_at ? t->form_at : OS_TREE_NONE;

    case OS_SELECT:
    case OS_TEMPLATE:
        for (i = os_tree_last(t); i > 0; i--) {
            if (t->stack[i].el == e->el) {
                return i;
            }
        }

        return OS_TREE_NONE;

    case OS_COLGROUP:
        return t->top->el == OS_COLGROUP ? os_tree_last(t)
                                                 : OS_TREE_NONE;

    case OS_TABLE:
    case OS_CAPTION:
    case OS_TBODY:
    case OS_THEAD:
    case OS_TFOOT:
    case OS_TR:
    case OS_TD:
    case OS_TH:
        return os_tree_target_table(t, e);

    default:
        break;
    }

    if (e->flags & OS_EL_HEADING) {
        return os_tree_target_heading(t);
    }

    if (e->flags & OS_EL_BLOCK_END) {
        return os_tree_target_scope(t, key, OS_OTHER, OS_OTHER);
    }

    if (e->flags & OS_EL_FORMAT) {
        i = os_tree_formatting(t, key);
        return i ? i : os_tree_target_other(t, key);
    }

    return os_tree_target_other(t, key);
}


int
os_tree_body_ends(os_tree_t *t)
{
    unsigned  i;

    for (i = os_tree_last(t); i > 0; i--) {
        if (t->stack[i].flags & (OS_EL_SCOPE|OS_EL_ODD|OS_OPEN_FOREIGN)) {
            return 0;
        }
    }

    return !t->lost;
}


/* </form>: what is inside stays open. */
static void
os_tree_end_form(os_tree_t *t)
{
    unsigned          i = t->form_at;
    const os_open_t  *in = t->top;

    while (in->flags & OS_OPEN_FOREIGN) {
        in--;
    }

    if (in->el == OS_TEMPLATE) {
        return;
    }

    if (in->el == OS_SELECT) {

        /* it ends the form outside in some browsers, and not in others */
        t->lost |= t->form;
        return;
    }

    t->form = 0;
    t->form_at = 0;

    if (i == 0 || os_tree_in(t, OS_FORM, OS_EL_SCOPE) == OS_TREE_NONE) {
        return;
    }

    os_tree_implied_ends(t, OS_OTHER);

    if (i == os_tree_last(t)) {
        os_tree_close(t, i);
        return;
    }

    /* the element inside stays the form's child: its end is not its parent's */

    t->closed |= t->stack[i].marks | t->stack[i + 1].marks;
    t->closes++;
    os_tree_remove(t, i);
}


int
os_tree_end(os_tree_t *t, uint64_t key, const os_element_t *e)
{
    unsigned  i;

    if (!t->body && t->top == t->stack) {

        /* before <body>: three of them open it, the others are nothing */

        if (e->el == OS_HEAD) {
            t->head_over = 1;
        }

        if (e->el != OS_BODY && e->el != OS_HTML && e->el != OS_BR) {
            return 0;
        }

        os_tree_open_body(t);
    }

    if (e->el == OS_BODY || e->el == OS_HTML) {
        return t->body && os_tree_body_ends(t);
    }

    if (e->el == OS_P || e->el == OS_BR) {
        while (os_tree_is_foreign(t->top)) {
            os_tree_close(t, os_tree_last(t));
        }
    }

    i = os_tree_target(t, key, e);

    if (e->el == OS_FORM && !(t->stack[i].flags & OS_OPEN_FOREIGN)) {
        os_tree_end_form(t);
        return 0;
    }

    if (i == OS_TREE_NONE) {
        t->inert -= t->inert && (e->flags & OS_EL_MARKER);
        return 0;
    }

    if ((e->flags & OS_EL_FORMAT)
        && (t->stack[i].flags & OS_EL_FORMAT)
        && !(t->stack[i].flags & OS_OPEN_FOREIGN))
    {
        os_tree_adopt(t, i);
        return 0;
    }

    os_tree_close(t, i);
    return 0;
}


int
os_tree_fits(os_tree_t *t)
{
    unsigned          i;
    const os_open_t  *top = t->top;

    if (t->lost || t->mess || t->messy || t->foreign
        || (top->flags & (OS_EL_ODD|OS_EL_RAW))
        || (t->alert & (OS_EL_IS_A|OS_EL_IS_BUTTON))
        || ((top->flags & OS_EL_IMPLIED) && top->el != OS_LI
            && top->el != OS_DD && top->el != OS_DT)
        || os_tree_p(t))
    {
        return 0;
    }

    /* a formatting element may yet be ended before what is inside of it */

    for (i = os_tree_last(t);
         !(t->stack[i].flags & OS_EL_MARKER) && i > 0;
         i--)
    {
        if (t->stack[i].flags & OS_EL_FORMAT) {
            return 0;
        }
    }

    return 1;
}
