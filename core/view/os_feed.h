/*
 * os_feed: product feeds as merchants have them. Spellings of columns, prices,
 * availabilities and links differ; what is plain is read, what could mean two
 * things is refused with a reason. Nothing becomes another value silently.
 */

#ifndef OS_FEED_H
#define OS_FEED_H

#include "core/campaign/os_campaign.h"


/* A column's name, appended: small letters, "_" for spaces and hyphens. */
void os_feed_header(os_str_t text, os_buf_t *out);

/* What parts the columns of a first line: tab, semicolon or comma. */
char os_feed_delimiter(os_str_t line, char usual);

/*
 * A field of a file that is parted by tabs: such files have no quoting, so a
 * quote is a quote, but for a field that is one quoted text from end to end.
 * Appended.
 */
void os_feed_field(os_str_t field, os_buf_t *out);

/*
 * "15.00 EUR", "1.299,00 EUR", "EUR 15", "€15.00": minor units and the code.
 * `currency` (may be OS_NULL) is used where the text has none. -1 with err for
 * what is no price, has no currency, or could be two ("1.299 EUR").
 */
int os_feed_price(os_str_t text, os_str_t currency, int64_t *minor,
    char code[4], os_error_t *err);

/* Can it be had: 1, 0, or -1 for a word that is not known. "" can. */
int os_feed_stock(os_str_t word);

/*
 * A link into the shop, appended as an address of its own site: http or https,
 * with "www." or without, a port that is the usual one, letters that have to be
 * escaped. -1 when it leads away.
 */
int os_feed_link(const os_campaign_t *c, os_str_t link, os_buf_t *out);

/*
 * "2026-11-24T00:00+0100/2026-12-02T23:59+0100": 0 with both ends, in epoch
 * seconds; -1 when it is none.
 */
int os_feed_range(os_str_t text, int64_t *from, int64_t *until);

#endif /* OS_FEED_H */
