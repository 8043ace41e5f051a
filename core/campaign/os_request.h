/*
 * os_request: what an offer that a person answers asks of the buyer. A field is
 * {"id", "as", "required", "label", "options"} as campaign.schema.json has it;
 * `as` says what is typed there.
 */

#ifndef OS_REQUEST_H
#define OS_REQUEST_H

#include "core/base/os_json.h"


/*
 * The fields of a "give": {"request": …}: those that the shop lists, else those
 * that its purpose ("for") needs, for a person or, with "by": "api", for the
 * store; `payment` is the list of the campaign's means of payment, or NULL. A
 * new array, or NULL where nothing is asked, or, with `expected` set, where the
 * request is wrong: `where` then gets the member.
 */
json_t *os_request_fields(const json_t *request, json_t *payment,
    const char **where, const char **expected);

/*
 * Reads what was typed into a field and appends it, without white space around
 * it. `today` in days since 1970-01-01, by the shop's clock. 0; -1 when it is
 * not what the field asks for: nothing where something has to be said, no
 * address of a page, no price, no day to come, no number, none of the options.
 */
int os_request_read(const json_t *field, os_str_t typed, int64_t today,
    os_buf_t *out);

/* Does it change what is sent, so that it is too late once it has left? */
int os_request_mends(os_str_t purpose);

/* The action that carries out a purpose: another product is a swap as well. */
const char *os_request_action(os_str_t purpose);

/* Does the store's API carry it out, rather than a person? */
int os_request_by_api(const json_t *request);

/*
 * An option by which it is told from the others, whatever the language: its
 * `value`, else its text, or the first of its texts.
 */
os_str_t os_request_option(const json_t *option);

/*
 * May it be offered in this country? What the shop itself lends is a consumer
 * credit in the European Economic Area (Directive (EU) 2023/2225): not there.
 */
int os_request_option_in(const json_t *option, os_str_t country);

/* The texts of an option, borrowed: for os_campaign_text(). */
const json_t *os_request_label(const json_t *option);

/* Is this one of the texts of an option? Its texts may be sorted anew. */
int os_request_is_option(const json_t *option, os_str_t text);

#endif /* OS_REQUEST_H */
