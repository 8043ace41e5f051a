/*
 * osw_ctl_nginx: see osw_ctl_nginx.h. Words as ngx_conf_file.c takes them:
 * quotes and backslashes, comments to the end of a line, ";" "{" "}".
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/ctl/osw_ctl_nginx.h"


#define OSW_NGINX_DEPTH  16
#define OSW_NGINX_PLACE  256


typedef struct {
    const char     *p;
    const char     *end;
    char           *words[OSW_NGINX_WORDS];
    size_t          n;
    unsigned        depth;
    char            place[OSW_NGINX_DEPTH][OSW_NGINX_PLACE];
    osw_nginx_pt    each;
    void           *data;
} osw_nginx_t;


static void
osw_nginx_skip(osw_nginx_t *c)
{
    const char  *line;

    while (c->p < c->end) {
        if (isspace((unsigned char) *c->p)) {
            c->p++;

        } else if (*c->p == '#') {
            line = memchr(c->p, '\n', (size_t) (c->end - c->p));
            c->p = line ? line : c->end;

        } else {
            return;
        }
    }
}


/* The end of a word that is not in quotes. */
static int
osw_nginx_ends(char ch)
{
    return isspace((unsigned char) ch) || ch == ';' || ch == '{';
}


/* "${name}" is a part of the word. */
static int
osw_nginx_variable(const osw_nginx_t *c)
{
    return c->p + 1 < c->end && c->p[0] == '$' && c->p[1] == '{';
}


static char *
osw_nginx_word(osw_nginx_t *c)
{
    char      quote = *c->p == '"' || *c->p == '\'' ? *c->p : '\0';
    os_buf_t  word = { 0 };

    c->p += quote != '\0';
    os_buf_text(&word, "");

    while (c->p < c->end && (quote ? *c->p != quote
                                   : !osw_nginx_ends(*c->p)))
    {
        if (osw_nginx_variable(c)) {
            os_buf_char(&word, *c->p++);

        } else if (*c->p == '\\' && c->p + 1 < c->end
                   && strchr("\"'\\;{} ", c->p[1]))
        {
            c->p++;
        }

        os_buf_char(&word, *c->p++);
    }

    c->p += quote && c->p < c->end;
    os_buf_char(&word, '\0');

    return word.data;
}


static void
osw_nginx_clear(osw_nginx_t *c)
{
    while (c->n) {
        free(c->words[--c->n]);
    }
}


/* A block begins: its name is that of the place, where it is one for pages. */
static void
osw_nginx_enter(osw_nginx_t *c)
{
    char    *name;
    size_t   i, len = 0;

    if (c->depth + 1 == OSW_NGINX_DEPTH) {
        return;
    }

    name = c->place[++c->depth];
    name[0] = '\0';

    for (i = 0; i < c->n && len + strlen(c->words[i]) + 2 < OSW_NGINX_PLACE;
         i++)
    {
        len += (size_t) sprintf(name + len, "%s%s", i ? " " : "",
                                c->words[i]);
    }
}


int
osw_nginx_each(os_str_t text, osw_nginx_pt each, void *data)
{
    osw_nginx_t  *c = calloc(1, sizeof(osw_nginx_t));

    if (c == NULL) {
        return -1;
    }

    c->p = text.data;
    c->end = text.data + text.len;
    c->each = each;
    c->data = data;

    for (osw_nginx_skip(c); c->p < c->end; osw_nginx_skip(c)) {
        if (strchr(";{}", *c->p) == NULL) {
            if (c->n == OSW_NGINX_WORDS) {
                free(osw_nginx_word(c));

            } else if ((c->words[c->n] = osw_nginx_word(c)) != NULL) {
                c->n++;
            }

            continue;
        }

        if (*c->p == ';' && c->n) {
            c->each(c->data, c->place[c->depth], c->words, c->n);

        } else if (*c->p == '{') {
            osw_nginx_enter(c);

        } else if (*c->p == '}' && c->depth) {
            c->depth--;
        }

        c->p++;
        osw_nginx_clear(c);
    }

    osw_nginx_clear(c);
    free(c);

    return 0;
}
