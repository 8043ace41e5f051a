/*
 * os_multipart: see os_multipart.h.
 */

#define _GNU_SOURCE             /* memmem() */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/os_multipart.h"


#define OS_BOUNDARY_MAX  70     /* RFC 2046, 5.1.1 */


static os_str_t
os_from(os_str_t s, size_t at)
{
    return (os_str_t) { s.len - at, s.data + at };
}


/* Where `what` begins in s, or s.len. */
static size_t
os_find(os_str_t s, os_str_t what)
{
    const char  *at;

    at = what.len ? memmem(s.data, s.len, what.data, what.len) : NULL;

    return at ? (size_t) (at - s.data) : s.len;
}


/* A parameter of a header's value: name="value" or name=value. */
static os_str_t
os_parameter(os_str_t value, const char *name)
{
    char      quote;
    size_t    i, len;
    os_str_t  out;

    len = strlen(name);

    for (i = 0; i + len + 1 < value.len; i++) {

        if ((value.data[i] != ';' && value.data[i] != ' ')
            || strncasecmp(value.data + i + 1, name, len) != 0
            || i + 1 + len >= value.len || value.data[i + 1 + len] != '=')
        {
            continue;
        }

        out = os_from(value, i + len + 2);
        quote = out.len && out.data[0] == '"' ? '"' : ';';

        if (quote == '"') {
            out = os_from(out, 1);
        }

        out.len = os_find(out, (os_str_t) { 1, &quote });

        return out;
    }

    return OS_NULL;
}


/* The value of a header of one part; headers end with an empty line. */
static os_str_t
os_part_header(os_str_t head, const char *name)
{
    size_t    end, len;
    os_str_t  line;

    len = strlen(name);

    while (head.len) {
        end = os_find(head, OS_STR("\r\n"));
        line = (os_str_t) { end, head.data };
        head = end + 2 <= head.len ? os_from(head, end + 2) : OS_NULL;

        if (line.len > len && line.data[len] == ':'
            && strncasecmp(line.data, name, len) == 0)
        {
            line = os_from(line, len + 1);

            while (line.len && line.data[0] == ' ') {
                line = os_from(line, 1);
            }

            return line;
        }
    }

    return OS_NULL;
}


static int
os_part_read(os_str_t text, os_part_t *part)
{
    size_t    end;
    os_str_t  head, disposition;

    end = os_find(text, OS_STR("\r\n\r\n"));

    if (end == text.len) {
        return -1;
    }

    head = (os_str_t) { end, text.data };
    disposition = os_part_header(head, "Content-Disposition");
    part->name = os_parameter(disposition, "name");
    part->filename = os_parameter(disposition, "filename");
    part->type = os_part_header(head, "Content-Type");
    part->content = os_from(text, end + 4);

    return part->name.len ? 0 : -1;
}


int
os_multipart_parse(os_str_t type, os_str_t body, os_part_t *parts, int max)
{
    int       n;
    char      mark[OS_BOUNDARY_MAX + 8];
    size_t    end;
    os_str_t  boundary, between;

    static const char  multipart[] = "multipart/form-data";

    if (type.len < sizeof(multipart) - 1
        || strncasecmp(type.data, multipart, sizeof(multipart) - 1) != 0)
    {
        return -1;
    }

    boundary = os_parameter(type, "boundary");

    if (boundary.len == 0 || boundary.len > OS_BOUNDARY_MAX) {
        return -1;
    }

    between = (os_str_t) {
        (size_t) snprintf(mark, sizeof(mark), "\r\n--%.*s",
                          (int) boundary.len, boundary.data), mark };

    /* the first one stands at the very beginning */

    if (!os_str_starts(body, os_from(between, 2))) {
        return -1;
    }

    body = os_from(body, between.len - 2);

    for (n = 0; !os_str_starts(body, OS_STR("--")); n++) {

        if (n == max || !os_str_starts(body, OS_STR("\r\n"))) {
            return -1;
        }

        body = os_from(body, 2);
        end = os_find(body, between);

        if (end == body.len
            || os_part_read((os_str_t) { end, body.data }, &parts[n]) != 0)
        {
            return -1;
        }

        body = os_from(body, end + between.len);
    }

    return n;
}


const os_part_t *
os_multipart_find(const os_part_t *parts, int n, const char *name)
{
    int               i;
    const os_part_t  *found = NULL;

    for (i = 0; i < n; i++) {
        if (os_str_equal(parts[i].name, os_str(name))) {
            if (found) {
                return NULL;
            }

            found = &parts[i];
        }
    }

    return found;
}
