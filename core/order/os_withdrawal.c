/*
 * os_withdrawal: see os_withdrawal.h.
 *
 * In an order's record, `track.withdrawn`:
 *
 *     {"at": s, "said": ["~…"], "whole": true, "lines": [{"id", "name", "n"}]}
 */

#include <ctype.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"
#include "core/base/os_holiday.h"
#include "core/base/os_mail.h"
#include "core/base/os_time.h"
#include "core/campaign/os_pack.h"
#include "core/order/os_track.h"
#include "core/order/os_withdrawal.h"


#define OS_DAY          86400
#define OS_PERIOD_DAYS  14
#define OS_PERIOD_MORE  365         /* of who was not informed */
#define OS_ID_BYTES     16


/* What is typed, and how many characters of it are kept. */
static const struct {
    const char  *name;
    size_t       most;
} os_withdrawal_typed[] = {
    { "name", OS_WITHDRAWAL_NAME },
    { "contract", OS_WITHDRAWAL_CONTRACT },
    { "parts", OS_WITHDRAWAL_PARTS },
    { "email", OS_WITHDRAWAL_NAME },
};


int
os_withdrawal_is_on(const os_campaign_t *c)
{
    return os_campaign_at(c, "/withdrawal") != NULL;
}


os_withdrawal_then_t
os_withdrawal_then(const os_campaign_t *c)
{
    os_str_t  then = os_json_str(os_campaign_at(c, "/withdrawal"), "then");

    return os_str_equal(then, OS_STR("store")) ? OS_WITHDRAWAL_STORE
           : os_str_equal(then, OS_STR("webhook")) ? OS_WITHDRAWAL_WEBHOOK
           : OS_WITHDRAWAL_SUPPORT;
}


int64_t
os_withdrawal_keep(const os_campaign_t *c)
{
    return os_campaign_duration(c, "/withdrawal/keep", OS_WITHDRAWAL_KEEP);
}


int
os_withdrawal_is_id(os_str_t id)
{
    return id.len && id.data[0] == OS_WITHDRAWAL_MARK;
}


/* One space for any between words, lines and controls too; none around. */
static void
os_withdrawal_tidy(os_str_t text, os_buf_t *out)
{
    size_t  i, begin = out->len;

    for (i = 0; i < text.len; i++) {
        if ((unsigned char) text.data[i] > ' ' && text.data[i] != 0x7f) {
            os_buf_char(out, text.data[i]);

        } else if (out->len > begin && out->data[out->len - 1] != ' ') {
            os_buf_char(out, ' ');
        }
    }

    if (out->len > begin && out->data[out->len - 1] == ' ') {
        out->len--;
    }
}


/* A line of the statement for an item of which `n` are meant. */
static json_t *
os_withdrawal_line(const json_t *item, int64_t n)
{
    json_t  *line = json_object();

    os_json_set_str(line, "id", os_json_str(item, "id"));
    os_json_set_str(line, "name", os_json_str(item, "name"));
    os_json_set_int(line, "n", n);

    return line;
}


/*
 * The item that was chosen. Where nobody can look into the order it is what the
 * form says of it: the same, once the order hears of it.
 */
static const json_t *
os_withdrawal_item(const json_t *chosen, const json_t *record)
{
    const json_t  *items = json_object_get(record, "items");

    return items ? json_array_get(items, (size_t) os_json_int(chosen, "item",
                                                              -1))
           : os_json_str(chosen, "name").len ? chosen : NULL;
}


/* What was chosen of the order; NULL: nothing, which is all of it. */
static json_t *
os_withdrawal_chosen(const json_t *said, const json_t *record)
{
    size_t         i;
    json_t        *chosen, *list = json_array();
    int64_t        n, most;
    const json_t  *item;

    json_array_foreach(json_object_get(said, "lines"), i, chosen) {
        item = os_withdrawal_item(chosen, record);
        n = os_json_int(chosen, "n", 0);

        if (item && n > 0 && json_array_size(list) < OS_WITHDRAWAL_LINES) {
            most = os_json_int(item, "quantity", item == chosen ? n : 1);
            (void) json_array_append_new(list,
                       os_withdrawal_line(item, n < most ? n : most));
        }
    }

    if (json_array_size(list) == 0) {
        json_decref(list);
        return NULL;
    }

    return list;
}


/* A letter needs no address; what was typed is one. */
static int
os_withdrawal_reached(const json_t *statement)
{
    os_str_t  email = os_json_str(statement, "email");

    return os_mail_address_ok(email)
           || (email.len == 0 && os_json_str(statement, "via").len);
}


static const char *
os_withdrawal_wrong(const json_t *statement)
{
    return os_json_str(statement, "name").len == 0 ? "name"
           : os_json_str(statement, "contract").len == 0
             && os_json_str(statement, "order").len == 0 ? "contract"
           : !os_withdrawal_reached(statement) ? "email" : NULL;
}


json_t *
os_withdrawal_make(const json_t *said, const json_t *record,
    const char **wrong)
{
    size_t     i;
    json_t    *statement, *lines;
    os_buf_t   text = { 0 };

    statement = json_object();

    for (i = 0; i < sizeof(os_withdrawal_typed)
                    / sizeof(os_withdrawal_typed[0]); i++)
    {
        text.len = 0;
        os_withdrawal_tidy(os_json_str(said, os_withdrawal_typed[i].name),
                           &text);

        if (text.len) {
            os_json_set_str(statement, os_withdrawal_typed[i].name,
                            os_form_front(os_buf_view(&text),
                                          os_withdrawal_typed[i].most));
        }
    }

    os_buf_free(&text);

    if (os_json_str(said, "via").len) {
        os_json_set_str(statement, "via", os_json_str(said, "via"));
    }

    if (os_json_str(said, "order").len) {
        os_json_set_str(statement, "order", os_json_str(said, "order"));
        (void) json_object_set(statement, "links",
                               json_object_get(said, "links"));
    }

    lines = os_withdrawal_chosen(said, record);

    if (lines) {
        (void) json_object_set_new(statement, "lines", lines);
    }

    *wrong = os_withdrawal_wrong(statement);

    if (*wrong) {
        json_decref(statement);
        return NULL;
    }

    return statement;
}


/* "name=LENGTH:TEXT\n": what is written cannot end it. */
static void
os_withdrawal_member(const json_t *statement, const char *name, os_buf_t *out)
{
    os_str_t  text = os_json_str(statement, name);

    os_buf_printf(out, "%s=%zu:", name, text.len);
    os_buf_str(out, text);
    os_buf_char(out, '\n');
}


void
os_withdrawal_text(const json_t *statement, os_buf_t *out)
{
    size_t   i;
    json_t  *line;

    for (i = 0; i < sizeof(os_withdrawal_typed)
                    / sizeof(os_withdrawal_typed[0]); i++)
    {
        os_withdrawal_member(statement, os_withdrawal_typed[i].name, out);
    }

    os_withdrawal_member(statement, "order", out);
    os_withdrawal_member(statement, "via", out);

    json_array_foreach(json_object_get(statement, "lines"), i, line) {
        os_withdrawal_member(line, "id", out);
        os_withdrawal_member(line, "name", out);
        os_buf_printf(out, "n=%lld\n",
                      (long long) os_json_int(line, "n", 0));
    }
}


void
os_withdrawal_id(const os_hmac_t *key, os_str_t store,
    const json_t *statement, os_buf_t *out)
{
    uint8_t   mac[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_buf_text(&text, "statement\n");
    os_buf_str(&text, store);
    os_buf_char(&text, '\n');
    os_withdrawal_text(statement, &text);
    os_hmac(key, os_buf_view(&text), mac);
    os_buf_char(out, OS_WITHDRAWAL_MARK);
    os_base64url(out, mac, OS_ID_BYTES);
    os_buf_free(&text);
}


void
os_withdrawal_digest(os_str_t salt, int64_t at_ms, const json_t *statement,
    os_buf_t *out)
{
    uint8_t   hash[OS_SHA256_LEN];
    os_buf_t  text = { 0 };

    os_buf_str(&text, salt);
    os_buf_printf(&text, "\n%lld\n", (long long) at_ms);
    os_withdrawal_text(statement, &text);
    os_sha256(text.data, text.len, hash);
    os_hex(out, hash, sizeof(hash));
    os_buf_free(&text);
}


static int
os_withdrawal_parts(char c)
{
    return (unsigned char) c <= ' ' || strchr(",;:()[]\"'", c) != NULL;
}


int
os_withdrawal_number(os_str_t *contract, os_str_t *number)
{
    while (contract->len && os_withdrawal_parts(contract->data[0])) {
        contract->data++;
        contract->len--;
    }

    *number = (os_str_t) { 0, contract->data };

    while (contract->len && !os_withdrawal_parts(contract->data[0])) {
        number->len++;
        contract->data++;
        contract->len--;
    }

    while (number->len && number->data[0] == '#') {
        number->data++;
        number->len--;
    }

    while (number->len && strchr(".!?", number->data[number->len - 1])) {
        number->len--;
    }

    return number->len > 0
           || (contract->len > 0 && os_withdrawal_number(contract, number));
}


json_t *
os_withdrawal_of(const json_t *track)
{
    return json_object_get(track, "withdrawn");
}


json_t *
os_withdrawal_sure(const json_t *track)
{
    return json_object_get(os_withdrawal_of(track), "sure");
}


/* Is it this item? Variants of a product differ in their names. */
static int
os_withdrawal_same(const json_t *item, const json_t *line)
{
    return os_str_equal(os_json_str(item, "id"), os_json_str(line, "id"))
           && os_str_equal(os_json_str(item, "name"),
                           os_json_str(line, "name"));
}


/* Two statements about the same of it mean the same: the larger one counts. */
static void
os_withdrawal_add(json_t *list, const json_t *line)
{
    size_t   i;
    json_t  *known;

    json_array_foreach(list, i, known) {
        if (os_withdrawal_same(known, line)) {
            if (os_json_int(line, "n", 1) > os_json_int(known, "n", 1)) {
                os_json_set_int(known, "n", os_json_int(line, "n", 1));
            }

            return;
        }
    }

    (void) json_array_append_new(list, json_deep_copy(line));
}


static int
os_withdrawal_knows(const json_t *said, os_str_t statement)
{
    size_t   i;
    json_t  *id;

    json_array_foreach(said, i, id) {
        if (os_str_equal(os_str(json_string_value(id)), statement)) {
            return 1;
        }
    }

    return 0;
}


/* A list that is a member, made where there is none; borrowed. */
static json_t *
os_withdrawal_list(json_t *object, const char *name)
{
    json_t  *list = json_object_get(object, name);

    if (list == NULL) {
        list = json_array();
        (void) json_object_set_new(object, name, list);
    }

    return list;
}


/* Adds what is meant to what is known; NULL is all of it. */
static void
os_withdrawal_put(const json_t *order, json_t *w, const json_t *lines)
{
    size_t   i;
    json_t  *line;

    json_array_foreach(lines, i, line) {
        os_withdrawal_add(os_withdrawal_list(w, "lines"), line);
    }

    if (lines == NULL || os_withdrawal_whole(order, w)) {
        (void) json_object_set_new(w, "whole", json_true());
        (void) json_object_del(w, "lines");
    }
}


int
os_withdrawal_enter(const json_t *order, json_t *track, os_str_t statement,
    const json_t *lines, int64_t at, int proven)
{
    json_t  *said, *w = os_withdrawal_of(track);

    if (w == NULL) {
        w = json_object();
        os_json_set_int(w, "at", at);
        (void) json_object_set_new(track, "withdrawn", w);
    }

    said = os_withdrawal_list(w, "said");

    if (os_withdrawal_knows(said, statement)) {
        return 0;
    }

    /* whoever says many things does not keep another's from being heard */

    if (json_array_size(said) >= OS_WITHDRAWAL_SAID) {
        (void) json_array_remove(said, 0);
    }

    (void) json_array_append_new(said, os_json_new_str(statement));
    os_withdrawal_put(order, w, lines);

    if (proven) {
        if (json_object_get(w, "sure") == NULL) {
            (void) json_object_set_new(w, "sure", json_object());
        }

        os_withdrawal_put(order, json_object_get(w, "sure"), lines);
    }

    return 1;
}


int64_t
os_withdrawal_taken(const json_t *order, const json_t *w, size_t index)
{
    size_t         i;
    json_t        *line;
    int64_t        n;
    const json_t  *item = json_array_get(json_object_get(order, "items"),
                                         index);

    n = os_json_int(item, "quantity", 1);

    if (item == NULL || os_json_bool(w, "whole")) {
        return item ? n : 0;
    }

    json_array_foreach(json_object_get(w, "lines"), i, line) {
        if (os_withdrawal_same(item, line)) {
            return os_json_int(line, "n", 1) < n ? os_json_int(line, "n", 1)
                                                 : n;
        }
    }

    return 0;
}


int
os_withdrawal_whole(const json_t *order, const json_t *w)
{
    size_t         i;
    const json_t  *items;

    if (w == NULL || os_json_bool(w, "whole")) {
        return w != NULL;
    }

    items = json_object_get(order, "items");

    for (i = 0; i < json_array_size(items); i++) {
        if (os_withdrawal_taken(order, w, i)
            < os_json_int(json_array_get(items, i), "quantity", 1))
        {
            return 0;
        }
    }

    return json_array_size(items) > 0;
}


/* Is this text one of the list? */
static int
os_withdrawal_listed(const json_t *list, os_str_t text)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(list, i, one) {
        if (text.len && os_str_equal(os_str(json_string_value(one)), text)) {
            return 1;
        }
    }

    return 0;
}


int
os_withdrawal_excepted(const os_campaign_t *c, const json_t *order,
    const json_t *item)
{
    json_t        *values;
    const char    *field;
    const json_t  *except = os_campaign_at(c, "/withdrawal/except");

    /* a business buyer, as a field of the order tells */

    json_object_foreach(json_object_get(except, "orders"), field, values) {
        if (os_withdrawal_listed(values, os_json_str(order, field))) {
            return 1;
        }
    }

    return item
           && (os_withdrawal_listed(json_object_get(except, "categories"),
                                    os_json_str(item, "category"))
               || os_withdrawal_listed(json_object_get(except, "products"),
                                       os_json_str(item, "id")));
}


int
os_withdrawal_void(const os_campaign_t *c, const json_t *order,
    const json_t *track)
{
    size_t   i, meant = 0;
    json_t  *item;

    if (os_withdrawal_excepted(c, order, NULL)) {
        return 1;
    }

    json_array_foreach(json_object_get(order, "items"), i, item) {
        if (os_withdrawal_taken(order, os_withdrawal_of(track), i) == 0) {
            continue;
        }

        meant++;

        if (!os_withdrawal_excepted(c, order, item)) {
            return 0;
        }
    }

    return meant > 0;
}


int64_t
os_withdrawal_until(const os_campaign_t *c, const json_t *order,
    const json_t *track, os_period_t *rests)
{
    int64_t        at, day;
    os_str_t       country = os_json_str(order, "country");
    const json_t  *law = os_pack_rule(c->packs, country, "withdrawal");

    *rests = OS_PERIOD_OPEN;

    if (os_str_equal(os_json_str(order, "delivery"), OS_STR("none"))) {
        at = os_json_int(order, "placed", 0);
        *rests = OS_PERIOD_CONTRACT;

    } else {
        at = os_track_step(track) == OS_STEP_DELIVERED
             ? os_json_int(json_object_get(track, "at"), "delivered", 0) : 0;
        *rests = OS_PERIOD_PARCEL;
    }

    if (at == 0) {
        *rests = OS_PERIOD_OPEN;
        return 0;
    }

    /* the day of the event itself is not counted */

    day = (at + os_campaign_offset(c)) / OS_DAY
          + os_json_int(os_campaign_at(c, "/withdrawal"), "days",
                        os_json_int(law, "days", OS_PERIOD_DAYS));

    if (json_is_false(os_campaign_at(c, "/withdrawal/informed"))) {
        day += os_json_int(law, "longest_days", OS_PERIOD_DAYS
                                                + OS_PERIOD_MORE)
               - os_json_int(law, "days", OS_PERIOD_DAYS);
        *rests = OS_PERIOD_LONG;
    }

    /* 1970-01-01 was a Thursday: 2 and 3 days later is the weekend */

    while ((law == NULL || json_object_get(law, "weekend"))
           && (day % 7 == 2 || day % 7 == 3
               || os_holiday(os_pack_rule(c->packs, country, "holidays"),
                             day)))
    {
        day++;
    }

    return day;
}


const char *
os_period_word(os_period_t rests)
{
    static const char *const  words[] = { "open", "parcel", "contract",
                                          "long" };

    return words[rests];
}


void
os_withdrawal_moment(const os_campaign_t *c, int64_t at_ms, os_buf_t *out)
{
    int      m, d;
    int64_t  y, s, offset = os_campaign_offset(c);

    s = at_ms / 1000 + offset;
    os_civil_from_days(s / OS_DAY, &y, &m, &d);
    s %= OS_DAY;
    os_buf_printf(out, "%04lld-%02d-%02d %02d:%02d:%02d UTC%c%02d:%02d",
                  (long long) y, m, d, (int) (s / 3600),
                  (int) (s / 60 % 60), (int) (s % 60),
                  offset < 0 ? '-' : '+',
                  (int) ((offset < 0 ? -offset : offset) / 3600),
                  (int) ((offset < 0 ? -offset : offset) / 60 % 60));
}


void
os_withdrawal_plain(os_str_t text, os_buf_t *out)
{
    size_t  i;

    /* a space of no width parts what would be an address */

    for (i = 0; i < text.len; i++) {
        os_buf_char(out, text.data[i]);

        if (strchr(".@/:", text.data[i]) && i + 1 < text.len
            && ((unsigned char) text.data[i + 1] >= 0x80
                || isalpha((unsigned char) text.data[i + 1])
                || text.data[i + 1] == '/'))
        {
            os_buf_text(out, "\xe2\x80\x8b");
        }
    }
}
