/*
 * core/os_mold: a page with holes, cut and poured, is the page that would have
 * been rendered.
 */

#include "core/base/os_code.h"
#include "core/text/os_mold.h"
#include "tap.h"


/* A value for each leaf and index, with what HTML escapes; counts its calls. */
static void
value(void *data, os_leaf_t leaf, unsigned index, os_buf_t *out)
{
    ++*(int *) data;

    if (leaf == OS_LEAF_TOKEN) {
        os_buf_text(out, "k1.abc_-.def");
        return;
    }

    if (leaf == OS_LEAF_NAME) {
        return;                 /* somebody without a name */
    }

    os_buf_printf(out, "<%u&\"%u\">", (unsigned) leaf, index);
}


/* What a template makes of a hole: its mark in one text, its value in other. */
static void
hole(os_buf_t *marked, os_buf_t *page, os_leaf_t leaf, unsigned index,
    int escaped)
{
    int       calls = 0;
    os_buf_t  mark = { 0 }, text = { 0 };

    os_mold_mark(&mark, leaf, index);
    value(&calls, leaf, index, &text);

    if (escaped) {
        os_html_escape(marked, os_buf_view(&mark));
        os_html_escape(page, os_buf_view(&text));

    } else {
        os_buf_str(marked, os_buf_view(&mark));
        os_buf_str(page, os_buf_view(&text));
    }

    os_buf_text(marked, "|text");
    os_buf_text(page, "|text");
    os_buf_free(&mark);
    os_buf_free(&text);
}


static void
pours(const os_buf_t *marked, const os_buf_t *page, int values,
    const char *name)
{
    int         calls = 0, same = 0;
    os_buf_t    scratch = { 0 }, html = { 0 };
    os_mold_t  *mold = os_mold_cut(os_buf_view(marked));

    if (mold) {
        os_mold_pour(mold, value, &calls, &scratch, &html);
        same = os_str_equal(os_buf_view(&html), os_buf_view(page))
               && !html.failed;
    }

    if (!ok(same, "%s", name)) {
        diag("got %s\nexpected %s", html.data, page->data);
    }

    is_int(calls, values, "and each value is worked out once");
    os_buf_free(&scratch);
    os_buf_free(&html);
    os_mold_free(mold);
}


static void
test_pour(void)
{
    os_buf_t  marked = { 0 }, page = { 0 };

    pours(&marked, &page, 0, "an empty page");

    os_buf_text(&marked, "<p>");
    os_buf_text(&page, "<p>");
    pours(&marked, &page, 0, "a page without holes");

    hole(&marked, &page, OS_LEAF_ID, 0, 1);
    hole(&marked, &page, OS_LEAF_AMOUNT, 1, 1);
    hole(&marked, &page, OS_LEAF_AMOUNT, 2, 1);
    hole(&marked, &page, OS_LEAF_TOKEN, 0, 1);
    hole(&marked, &page, OS_LEAF_NAME, 0, 1);
    pours(&marked, &page, 5, "a page with holes");

    hole(&marked, &page, OS_LEAF_AMOUNT, 1, 1);
    hole(&marked, &page, OS_LEAF_NAME, 0, 1);
    hole(&marked, &page, OS_LEAF_AMOUNT, 2, 1);
    hole(&marked, &page, OS_LEAF_AMOUNT, 1, 1);
    hole(&marked, &page, OS_LEAF_TOKEN, 0, 1);
    pours(&marked, &page, 5, "the same values again");

    hole(&marked, &page, OS_LEAF_AMOUNT, 1, 0);
    hole(&marked, &page, OS_LEAF_NEW_TOTAL, 1, 1);
    hole(&marked, &page, OS_LEAF_AMOUNT, 1, 0);
    pours(&marked, &page, 7, "one without escapes is another value");

    os_buf_free(&marked);
    os_buf_free(&page);
}


/* More values than a mold remembers, and a page that outgrows its memory. */
static void
test_many(void)
{
    int       n;
    os_buf_t  marked = { 0 }, page = { 0 };

    static const os_leaf_t  leaves[] = {
        OS_LEAF_ITEM_ID, OS_LEAF_ITEM_TOTAL, OS_LEAF_ITEM_NAME
    };

    for (int round = 0; round < 2; round++) {
        for (n = 0; n < 3 * OS_LEAF_INDEXES; n++) {
            hole(&marked, &page, leaves[n % 3], (unsigned) n / 3, 1);
        }
    }

    pours(&marked, &page, 128 + 2 * 64, "more values than are remembered");

    marked.len = 0;
    page.len = 0;

    for (n = 0; n < 1000; n++) {
        hole(&marked, &page, OS_LEAF_ID, 0, 1);
    }

    pours(&marked, &page, 1, "one value a thousand times");
    os_buf_free(&marked);
    os_buf_free(&page);
}


static void
test_broken(void)
{
    os_mold_t  *mold;

    static const char *const  texts[] = {
        "\002", "\0021,0", "\0021,0&", "\002\003", "\0021\003", "\0021,0\003",
        "\0020,0&\003", "\00299,0&\003", "\0023,64&\003", "\002a,b&\003",
        "\0023,00000000000000000000000000000000000&\003",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        mold = os_mold_cut(os_str(texts[i]));
        ok(mold == NULL, "a broken mark makes no mold");
        os_mold_free(mold);
    }
}


int
main(void)
{
    test_pour();
    test_many();
    test_broken();
    return done();
}
