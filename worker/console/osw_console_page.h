/*
 * osw_console_page: what the console's pages have in common: whom they are for,
 * of which days they tell, and how their texts and figures are written.
 */

#ifndef OSW_CONSOLE_PAGE_H
#define OSW_CONSOLE_PAGE_H

#include "core/text/os_locale.h"
#include "core/text/os_mustache.h"
#include "worker/console/osw_console_base.h"
#include "worker/osw.h"


typedef struct {
    osw_t              *w;
    osw_base_t         *base;
    os_locale_t        *locale;
    const os_format_t  *format;
    const char         *user;       /* who asks; NULL: nobody knows */
    int                 acts;       /* who may do more than look */
    json_t             *args;       /* of the address: name → value */
    json_t             *view;       /* what its template is given */
    json_t             *orders;     /* "STORE/ID" → record: what the view asks
                                       for is null, and then what Redis has */
    json_t             *asks;       /* of shards: [{"shard", "command": […], and
                                       then "reply"}]; a word "@NAME" is that
                                       key of the shard, with the parts
                                       "of"; "keys", how many of
                                       its words are: then it is not a command,
                                       but of the script os_script_died */
    int64_t             now;        /* epoch s */
    int64_t             since;      /* of the days that it tells of */
    int64_t             until;
    int64_t             first;      /* day of them, of 1970 */
    int                 days;
    int                 status;     /* HTTP's; 200 */
    os_buf_t            csv;        /* instead of the page, where not empty */
} osw_page_t;

/*
 * `args` is taken. The days are the base's, the last is today. 0, or -1
 * without memory. Free it either way.
 */
int osw_page_start(osw_page_t *p, osw_t *w, osw_base_t *base, json_t *args);
void osw_page_free(osw_page_t *p);

/* A text by its key, "console." before it; NULL where there is none. New. */
json_t *osw_page_say(const osw_page_t *p, const char *key);

/* The text KEY + value, where the locale has one, else the value. New. */
json_t *osw_page_word(const osw_page_t *p, const char *key, os_str_t value);

/* New strings. `day` is of 1970, a time in epoch s and on the base's clock. */
json_t *osw_page_integer(const osw_page_t *p, int64_t value);
json_t *osw_page_percent(const osw_page_t *p, double share);
json_t *osw_page_money(const osw_page_t *p, int64_t minor, os_str_t currency);
json_t *osw_page_date(const osw_page_t *p, int64_t day);
json_t *osw_page_time(const osw_page_t *p, int64_t at);

/*
 * An address of ours: the page, and its arguments as they are now with `name`
 * set to `value` (NULL: without it). New.
 */
json_t *osw_page_link(const osw_page_t *p, const char *page, const char *name,
    const char *value);

/* "order?id=…", which keeps the language. New. */
json_t *osw_page_order_link(const osw_page_t *p, os_str_t order);

/* The page by its template, appended. 0, or -1 with err. */
int osw_page_render(osw_page_t *p, const char *template, os_buf_t *out,
    os_error_t *err);

/* The same by a template of plain text. */
int osw_page_render_text(osw_page_t *p, const char *template, os_buf_t *out,
    os_error_t *err);

/*
 * Asks a shard a command of at most so many words, which end early at NULL; one
 * that begins with "@" is a key of that shard. The answer comes into p->asks.
 */
void osw_page_ask(osw_page_t *p, unsigned shard, const char *const *words,
    size_t most);

#endif /* OSW_CONSOLE_PAGE_H */
