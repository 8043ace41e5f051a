/*
 * What core/base/os_json_outside makes of texts, for t/json_outside.t to
 * compare with another parser. stdin: a number of bytes in a line of its own,
 * then the text, and so on. stdout: for each the number of bytes of the
 * harmless text and that, or -1 where it is no JSON.
 */

#include <stdio.h>
#include <stdlib.h>

#include "core/base/os_json_outside.h"


int
main(void)
{
    char      *text;
    size_t     len;
    json_t    *value;
    os_buf_t   out = { 0 };

    while (scanf("%zu", &len) == 1 && getchar() == '\n') {
        text = malloc(len ? len : 1);

        if (text == NULL || fread(text, 1, len, stdin) != len) {
            return 1;
        }

        out.len = 0;
        value = os_json_outside((os_str_t) { len, text }, "text", NULL);

        if (os_json_harmless((os_str_t) { len, text }, &out) == -1) {
            printf("-1\n");

            if (value != NULL) {
                fprintf(stderr, "read, and no JSON: %.*s\n", (int) len, text);
                return 1;
            }

        } else {
            printf("%zu\n", out.len);
            fwrite(out.data ? out.data : "", 1, out.len, stdout);

            if (value == NULL) {
                fprintf(stderr, "JSON, and not read: %.*s\n", (int) len,
                        text);
                return 1;
            }
        }

        json_decref(value);
        free(text);
    }

    os_buf_free(&out);
    return 0;
}
