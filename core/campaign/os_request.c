/*
 * os_request: see os_request.h.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_country.h"
#include "core/base/os_form.h"
#include "core/base/os_time.h"
#include "core/campaign/os_request.h"


#define OS_REQUEST_LINE   200           /* characters of a line */
#define OS_REQUEST_TEXT   1000          /* and of a text */
#define OS_REQUEST_URL    2000
#define OS_REQUEST_AHEAD  366           /* days that an order may wait */


/* What each purpose asks for, unless the shop lists other fields. */
static const struct {
    const char  *purpose;
    const char  *fields;
} os_purposes[] = {
    { "swap",
      "[{\"id\":\"size\",\"as\":\"line\"},"
      "{\"id\":\"colour\",\"as\":\"line\"},"
      "{\"id\":\"quantity\",\"as\":\"quantity\"},"
      "{\"id\":\"note\",\"as\":\"text\"}]" },
    { "similar",
      "[{\"id\":\"instead\",\"as\":\"similar\",\"required\":true}]" },
    { "match",
      "[{\"id\":\"url\",\"as\":\"url\",\"required\":true},"
      "{\"id\":\"price\",\"as\":\"price\",\"required\":true}]" },
    { "address",
      "[{\"id\":\"address\",\"as\":\"address\",\"required\":true}]" },
    { "remove",
      "[{\"id\":\"item\",\"as\":\"item\",\"required\":true}]" },
    { "quantity",
      "[{\"id\":\"item\",\"as\":\"item\",\"required\":true},"
      "{\"id\":\"quantity\",\"as\":\"quantity\",\"required\":true}]" },
    { "twice",
      "[{\"id\":\"order\",\"as\":\"line\"}]" },
    { "hold",
      "[{\"id\":\"date\",\"as\":\"date\",\"required\":true}]" },
    { "pay",
      "[{\"id\":\"method\",\"as\":\"choice\",\"required\":true}]" },
};

/* Which of the variants, as the catalog has them. */
static const char  os_request_variant[] =
    "[{\"id\":\"variant\",\"as\":\"variant\",\"required\":true}]";

/* A store takes an address in parts; those left empty stay as they are. */
static const char  os_request_parts[] =
    "[{\"id\":\"recipient\",\"as\":\"line\"},"
    "{\"id\":\"street\",\"as\":\"line\"},"
    "{\"id\":\"extra\",\"as\":\"line\"},"
    "{\"id\":\"postcode\",\"as\":\"line\"},"
    "{\"id\":\"city\",\"as\":\"line\"}]";


/* Fields that have a label in every locale. */
static const char *const  os_labelled[] = {
    "size", "colour", "quantity", "note", "url", "price", "address", "item",
    "order", "date", "method", "recipient", "street", "extra", "postcode",
    "city", "variant", "instead", NULL
};


int
os_request_by_api(const json_t *request)
{
    return os_str_equal(os_json_str(request, "by"), OS_STR("api"));
}


int
os_request_mends(os_str_t purpose)
{
    static const char *const  mends[] = { "swap", "similar", "address",
                                          "remove", "quantity", "hold",
                                          "priority", "credit" };

    for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++) {
        if (os_str_equal(purpose, os_str(mends[i]))) {
            return 1;
        }
    }

    return 0;
}


const char *
os_request_action(os_str_t purpose)
{
    return os_str_equal(purpose, OS_STR("similar")) ? "swap" : purpose.data;
}


static const char *
os_request_default(const json_t *request)
{
    os_str_t  purpose = os_json_str(request, "for");

    if (os_request_by_api(request)
        && os_str_equal(purpose, OS_STR("address")))
    {
        return os_request_parts;
    }

    if (os_request_by_api(request) && os_str_equal(purpose, OS_STR("swap"))) {
        return os_request_variant;
    }

    for (size_t i = 0; i < sizeof(os_purposes) / sizeof(os_purposes[0]); i++) {
        if (os_str_equal(purpose, os_str(os_purposes[i].purpose))) {
            return os_purposes[i].fields;
        }
    }

    return NULL;
}


static int
os_request_labelled(os_str_t id)
{
    for (size_t i = 0; os_labelled[i] != NULL; i++) {
        if (os_str_equal(id, os_str(os_labelled[i]))) {
            return 1;
        }
    }

    return 0;
}


/* What is wrong with the field at an index, or NULL. */
static const char *
os_request_fault(const json_t *fields, size_t index)
{
    int        choice;
    json_t    *field = json_array_get(fields, index);
    os_str_t   id = os_json_str(field, "id");

    choice = os_str_equal(os_json_str(field, "as"), OS_STR("choice"));

    if (choice != (json_object_get(field, "options") != NULL)) {
        return choice ? "expected \"options\" to choose from"
                      : "expected \"options\" with \"as\": \"choice\" alone";
    }

    if (json_object_get(field, "label") == NULL && !os_request_labelled(id)) {
        return "expected a \"label\": only size, colour, quantity, note, url, "
               "price, address, item, order, date, method, recipient, street, "
               "extra, postcode, city, variant and instead have one "
               "already";
    }

    for (size_t i = 0; i < index; i++) {
        if (os_str_equal(os_json_str(json_array_get(fields, i), "id"), id)) {
            return "expected an id that no other field has";
        }
    }

    return NULL;
}


json_t *
os_request_fields(const json_t *request, json_t *payment,
    const char **where, const char **expected)
{
    json_t      *fields;
    os_str_t     purpose = os_json_str(request, "for");
    const char  *text;

    *where = "ask";
    fields = json_object_get(request, "ask");

    if (fields != NULL) {

        for (size_t i = 0; i < json_array_size(fields); i++) {
            *expected = os_request_fault(fields, i);

            if (*expected) {
                return NULL;
            }
        }

        return json_array_size(fields) ? json_incref(fields) : NULL;
    }

    text = os_request_default(request);
    fields = text ? json_loads(text, 0, NULL) : NULL;

    if (text && fields == NULL) {
        *expected = "no memory";
        return NULL;
    }

    if (os_str_equal(purpose, OS_STR("pay"))) {

        if (json_array_size(payment) == 0) {
            *where = "for";
            *expected = "expected \"ask\" beside \"pay\", or the means of "
                        "payment in /policy/payment";
            json_decref(fields);
            return NULL;
        }

        (void) json_object_set(json_array_get(fields, 0), "options", payment);
    }

    return fields;
}


os_str_t
os_request_option(const json_t *option)
{
    const char  *name;
    json_t      *text;

    if (json_is_string(option)) {
        return (os_str_t) { json_string_length(option),
                            json_string_value(option) };
    }

    if (json_object_get(option, "label")) {
        return os_json_str(option, "value");
    }

    json_object_foreach((json_t *) option, name, text) {
        return (os_str_t) { json_string_length(text),
                            json_string_value(text) };
    }

    return OS_NULL;
}


int
os_request_option_in(const json_t *option, os_str_t country)
{
    return !os_str_equal(os_json_str(option, "credit"), OS_STR("shop"))
           || !os_country_is_eea(country);
}


const json_t *
os_request_label(const json_t *option)
{
    const json_t  *label = json_object_get(option, "label");

    return label ? label : option;
}


int
os_request_is_option(const json_t *option, os_str_t text)
{
    json_t      *one;
    const char  *name;

    if (json_is_string(option) || json_object_get(option, "label")) {
        return os_str_equal(os_request_option(option), text);
    }

    json_object_foreach((json_t *) option, name, one) {
        if (os_str_equal((os_str_t) { json_string_length(one),
                                      json_string_value(one) }, text))
        {
            return 1;
        }
    }

    return 0;
}


static os_str_t
os_request_trim(os_str_t text)
{
    while (text.len && isspace((unsigned char) text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len && isspace((unsigned char) text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


/* The address of a page as people copy or type it, with or without https: */
static int
os_request_url(os_str_t text)
{
    if (text.len > OS_REQUEST_URL || memchr(text.data, '.', text.len) == NULL) {
        return -1;
    }

    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char) text.data[i] <= ' '
            || strchr("\"<>\\`{}|", text.data[i]))
        {
            return -1;
        }
    }

    return memchr(text.data, ':', text.len) == NULL
           || os_str_starts(text, OS_STR("http://"))
           || os_str_starts(text, OS_STR("https://")) ? 0 : -1;
}


/* A price as it is written somewhere: kept so, a person reads it. */
static int
os_request_price(os_str_t text)
{
    if (text.len > 40) {
        return -1;
    }

    for (size_t i = 0; i < text.len; i++) {
        if (isdigit((unsigned char) text.data[i])) {
            return 0;
        }
    }

    return -1;
}


/* YYYY-MM-DD (ISO 8601), from tomorrow on. */
static int
os_request_date(os_str_t text, int64_t today)
{
    int       y, m, d, same;
    char      room[16];
    int64_t   day;
    os_buf_t  again = { 0 };

    if (text.len != sizeof("2026-11-28") - 1) {
        return -1;
    }

    (void) snprintf(room, sizeof(room), "%.*s", (int) text.len, text.data);

    if (sscanf(room, "%4d-%2d-%2d", &y, &m, &d) != 3) {
        return -1;
    }

    /* a day that there is none of is another one when it is written again */

    day = os_days_from_civil(y, m, d);
    os_wall_write(&again, day * 86400, 0);
    same = os_str_equal(os_buf_view(&again), text);
    os_buf_free(&again);

    return same && day > today && day <= today + OS_REQUEST_AHEAD ? 0 : -1;
}


static int
os_request_quantity(os_str_t text)
{
    int64_t  n = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char) text.data[i]) || n > 999) {
            return -1;
        }

        n = n * 10 + text.data[i] - '0';
    }

    return n >= 1 && n <= 999 ? 0 : -1;
}


static int
os_request_choice(const json_t *field, os_str_t text)
{
    size_t   i;
    json_t  *option;

    json_array_foreach(json_object_get(field, "options"), i, option) {
        if (os_request_is_option(option, text)) {
            return 0;
        }
    }

    return -1;
}


int
os_request_read(const json_t *field, os_str_t typed, int64_t today,
    os_buf_t *out)
{
    int       rc, area;
    os_str_t  as = os_json_str(field, "as"), text;

    text = os_utf8_valid(typed) ? os_request_trim(typed) : OS_NULL;

    if (text.len == 0) {
        return os_json_bool(field, "required") ? -1 : 0;
    }

    rc = os_str_equal(as, OS_STR("url")) ? os_request_url(text)
         : os_str_equal(as, OS_STR("price")) ? os_request_price(text)
         : os_str_equal(as, OS_STR("date")) ? os_request_date(text, today)
         : os_str_equal(as, OS_STR("quantity")) ? os_request_quantity(text)
         : os_str_equal(as, OS_STR("choice")) ? os_request_choice(field, text)
         : 0;

    area = os_str_equal(as, OS_STR("text"))
           || os_str_equal(as, OS_STR("address"));

    if (rc == 0) {
        os_buf_str(out, os_str_equal(as, OS_STR("url")) ? text
                        : os_form_front(text, area ? OS_REQUEST_TEXT
                                                   : OS_REQUEST_LINE));
    }

    return rc;
}
