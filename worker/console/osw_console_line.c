/*
 * osw_console_line: see osw_console_line.h.
 */

#include "worker/console/osw_console_line.h"


#define OSW_LINE_WIDE  1000
#define OSW_LINE_HIGH  100


static int64_t
osw_line_top(const int64_t *values, size_t n, int64_t top)
{
    size_t  i;

    for (i = 0; values && i < n; i++) {
        top = values[i] > top ? values[i] : top;
    }

    return top;
}


static void
osw_line_one(os_buf_t *out, const char *class, const int64_t *values, size_t n,
    int64_t top)
{
    size_t  i;

    os_buf_printf(out, "<polyline class=\"%s\" points=\"", class);

    for (i = 0; i < n; i++) {
        os_buf_printf(out, "%s%d,%d", i ? " " : "",
                      n > 1 ? (int) (i * OSW_LINE_WIDE / (n - 1)) : 0,
                      (int) (OSW_LINE_HIGH
                             - values[i] * OSW_LINE_HIGH / top));
    }

    /* one day is a line as well */
    if (n == 1) {
        os_buf_printf(out, " %d,%d", OSW_LINE_WIDE,
                      (int) (OSW_LINE_HIGH - values[0] * OSW_LINE_HIGH / top));
    }

    os_buf_text(out, "\"/>");
}


int64_t
osw_line(os_buf_t *out, const int64_t *one, const int64_t *two, size_t n,
    int64_t top)
{
    top = osw_line_top(two, n, osw_line_top(one, n, top));

    os_buf_printf(out, "<svg viewBox=\"-2 -4 %d %d\" "
                  "preserveAspectRatio=\"none\" aria-hidden=\"true\" "
                  "focusable=\"false\">"
                  "<path class=\"l0\" d=\"M0 0H%d M0 %dH%d M0 %dH%d\"/>",
                  OSW_LINE_WIDE + 4, OSW_LINE_HIGH + 8, OSW_LINE_WIDE,
                  OSW_LINE_HIGH / 2, OSW_LINE_WIDE, OSW_LINE_HIGH,
                  OSW_LINE_WIDE);

    if (one) {
        osw_line_one(out, "l1", one, n, top);
    }

    osw_line_one(out, "l2", two, n, top);
    os_buf_text(out, "</svg>");

    return top;
}
