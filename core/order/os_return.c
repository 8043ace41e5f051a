/*
 * os_return: see os_return.h.
 */

#include "core/base/os_money.h"
#include "core/order/os_return.h"
#include "core/order/os_track.h"


#define OS_RETURN_DAY  86400


const char *const  os_return_causes[] = {
    "too_small", "too_large", "different", "damaged", "wrong_item", "late",
    "changed_mind", "other", NULL
};


int
os_return_is_on(const os_campaign_t *c)
{
    return os_campaign_at(c, "/returns") != NULL
           && !os_campaign_observes(c, "state");
}


json_t *
os_return_list(const json_t *record)
{
    return json_object_get(json_object_get(record, "track"), "returns");
}


json_t *
os_return_last(const json_t *record)
{
    json_t  *list = os_return_list(record);

    return json_array_get(list, json_array_size(list) - 1);
}


json_t *
os_return_of(const json_t *record, os_str_t nonce)
{
    size_t   i;
    json_t  *one;

    json_array_foreach(os_return_list(record), i, one) {
        if (nonce.len && os_str_equal(os_json_str(one, "nonce"), nonce)) {
            return one;
        }
    }

    return NULL;
}


static int
os_return_state_is(const json_t *one, const char *state)
{
    return os_str_equal(os_json_str(one, "state"), os_str(state));
}


int
os_return_waits(const json_t *one)
{
    return os_return_state_is(one, "asked");
}


int64_t
os_return_until(const os_campaign_t *c, const json_t *track)
{
    int64_t  at;

    at = os_json_int(json_object_get(track, "at"), "delivered", 0);

    if (os_track_step(track) != OS_STEP_DELIVERED || at == 0) {
        return 0;
    }

    return (at + os_campaign_offset(c)) / OS_RETURN_DAY
           + os_json_int(os_campaign_at(c, "/returns"), "days", 0);
}


/* Is it this item? Variants of a product differ in their names. */
static int
os_return_same(const json_t *item, const json_t *line)
{
    return os_str_equal(os_json_str(item, "id"), os_json_str(line, "id"))
           && os_str_equal(os_json_str(item, "name"),
                           os_json_str(line, "name"));
}


/* How many of what this is are asked for already. */
static int64_t
os_return_taken(const json_t *track, const json_t *item)
{
    size_t    i, k;
    json_t   *one, *line;
    int64_t   n = 0;

    json_array_foreach(json_object_get(track, "returns"), i, one) {
        if (os_return_state_is(one, "declined")) {
            continue;
        }

        json_array_foreach(json_object_get(one, "lines"), k, line) {
            if (os_return_same(item, line)) {
                n += os_json_int(line, "n", 0);
            }
        }
    }

    return n;
}


/* What is the same on two lines of an order is taken from the first one. */
int64_t
os_return_left(const json_t *order, const json_t *track, size_t index)
{
    size_t         i;
    int64_t        taken, n;
    const json_t  *items, *item, *other;

    items = json_object_get(order, "items");
    item = json_array_get(items, index);

    if (item == NULL) {
        return 0;
    }

    taken = os_return_taken(track, item);

    for (i = 0; i < index; i++) {
        other = json_array_get(items, i);

        if (os_return_same(other, item)) {
            n = os_json_int(other, "quantity", 1);
            taken -= n < taken ? n : taken;
        }
    }

    n = os_json_int(item, "quantity", 1);

    return taken < n ? n - taken : 0;
}


static int
os_return_is_ended(const json_t *order)
{
    size_t  i;

    static const char *const  ends[] = { "cancelled", "refunded", "failed" };

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (os_return_state_is(order, ends[i])) {
            return 1;
        }
    }

    return 0;
}


static int
os_return_is_nothing(const json_t *order, const json_t *track)
{
    size_t  i, n = json_array_size(json_object_get(order, "items"));

    if (json_array_size(json_object_get(track, "returns"))
        >= OS_RETURN_MAX)
    {
        return 1;
    }

    for (i = 0; i < n && i < OS_RETURN_LINES; i++) {
        if (os_return_left(order, track, i) > 0) {
            return 0;
        }
    }

    return 1;
}


os_return_t
os_return_parts(const os_campaign_t *c, const json_t *order,
    const json_t *track, int64_t now)
{
    size_t    n;
    json_t   *list;
    int64_t   until;

    list = json_object_get(track, "returns");
    n = json_array_size(list);

    if (n && os_return_waits(json_array_get(list, n - 1))) {
        return OS_RETURN_WAITS;
    }

    if (os_return_is_ended(order)) {
        return OS_RETURN_ENDED;
    }

    until = os_return_until(c, track);

    if (until == 0) {
        return OS_RETURN_EARLY;
    }

    if (os_return_is_nothing(order, track)) {
        return OS_RETURN_NOTHING;
    }

    return (now + os_campaign_offset(c)) / OS_RETURN_DAY > until
           ? OS_RETURN_LATE : OS_RETURN_OPEN;
}


os_return_t
os_return(const os_campaign_t *c, const json_t *record, int64_t now)
{
    return os_return_parts(c, record, json_object_get(record, "track"), now);
}


const char *
os_return_word(os_return_t state)
{
    static const char *const  words[] = { "open", "waits", "early", "late",
                                          "nothing", "ended" };

    return words[state];
}


/* What was paid for the goods: all but the ways of shipping. -1: not known. */
static int64_t
os_return_goods(const json_t *order)
{
    __int128  goods;

    if (!json_is_integer(json_object_get(order, "total"))) {
        return -1;
    }

    goods = os_json_int(order, "total", 0);
    goods -= os_json_int(order, "shipping", 0);
    goods -= os_json_int(order, "shipping_tax", 0);

    return goods < 0 ? 0 : goods > INT64_MAX ? INT64_MAX : (int64_t) goods;
}


/* What an item stands for in its order; one that is below nothing, none. */
static int64_t
os_return_price(const json_t *item)
{
    int64_t  total = os_json_int(item, "total", 0);

    return total > 0 ? total : 0;
}


/*
 * What is off the order as a whole is shared out among its items by what they
 * cost: each gets its share rounded down, and what is left over goes to those
 * that lost most by it, one minor unit each.
 */
static int64_t
os_return_share(const json_t *items, int64_t goods, size_t index)
{
    size_t     i;
    json_t    *item;
    int64_t    over, before = 0, share;
    __int128   sum = 0, part, rest, lost;

    json_array_foreach(items, i, item) {
        sum += os_return_price(item);
    }

    share = os_return_price(json_array_get(items, index));

    if (sum <= goods) {
        return share;
    }

    lost = (__int128) share * goods % sum;
    share = (int64_t) ((__int128) share * goods / sum);
    over = goods;

    json_array_foreach(items, i, item) {
        part = (__int128) os_return_price(item) * goods;
        over -= (int64_t) (part / sum);
        rest = part % sum;
        before += rest > lost || (rest == lost && i < index);
    }

    return share + (before < over);
}


int64_t
os_return_worth(const json_t *order, const json_t *track, size_t index,
    int64_t n)
{
    int64_t        quantity, goods, share, taken;
    const json_t  *items, *item;

    items = json_object_get(order, "items");
    item = json_array_get(items, index);
    quantity = os_json_int(item, "quantity", 1);
    goods = os_return_goods(order);

    if (goods < 0 || quantity < 1
        || !json_is_integer(json_object_get(item, "total")))
    {
        return -1;
    }

    share = os_return_share(items, goods, index);
    taken = quantity - os_return_left(order, track, index);

    return (int64_t) ((__int128) share * (taken + n) / quantity
                      - (__int128) share * taken / quantity);
}


/* What was paid back is in the order's refunds: whatever it was for. */
int64_t
os_return_room(const json_t *order, const json_t *track, const json_t *one)
{
    size_t    i;
    json_t   *other;
    __int128  room;

    room = os_return_goods(order);
    room -= os_json_int(order, "refunds", 0);

    json_array_foreach(json_object_get(track, "returns"), i, other) {
        if (os_return_state_is(other, "declined")
            || os_return_state_is(other, "refunded")
            || (os_json_str(one, "nonce").len
                && os_str_equal(os_json_str(one, "nonce"),
                                os_json_str(other, "nonce"))))
        {
            continue;
        }

        room -= os_json_int(other, "amount", 0);
    }

    return room < 0 ? 0 : room > INT64_MAX ? INT64_MAX : (int64_t) room;
}


int64_t
os_return_credit(const os_campaign_t *c, int64_t amount)
{
    int64_t        bonus = 0;
    os_str_t       text;
    const json_t  *credit;

    credit = os_campaign_at(c, "/returns/credit");

    if (credit == NULL) {
        return 0;
    }

    text = os_json_str(credit, "bonus");

    if (text.len) {
        (void) os_money_parse(text, 2, &bonus);     /* as was checked */
    }

    return (int64_t) (((__int128) amount * (10000 + bonus) + 5000) / 10000);
}


int
os_return_gives(const os_campaign_t *c, const json_t *record, os_str_t want)
{
    const json_t  *returns = os_campaign_at(c, "/returns");

    return os_str_equal(want, OS_STR("refund"))
           || (os_str_equal(want, OS_STR("exchange"))
               && os_json_bool(returns, "exchange"))
           || (os_str_equal(want, OS_STR("credit"))
               && json_object_get(returns, "credit") != NULL
               && os_json_str(record, "email").len > 0);
}


int
os_return_is_cause(const os_campaign_t *c, os_str_t cause)
{
    size_t   i;
    json_t  *list, *word;

    list = os_campaign_at(c, "/returns/reasons");

    json_array_foreach(list, i, word) {
        if (os_str_equal(os_str(json_string_value(word)), cause)) {
            return 1;
        }
    }

    for (i = 0; list == NULL && os_return_causes[i]; i++) {
        if (os_str_equal(os_str(os_return_causes[i]), cause)) {
            return 1;
        }
    }

    return 0;
}


/* What it is exchanged for, as the store's API needs it. */
static json_t *
os_return_to(const os_shelf_line_t *line)
{
    json_t  *to = json_object();

    os_json_set_str(to, "product", line->parent.len ? line->parent : line->id);

    if (line->parent.len && !os_str_equal(line->parent, line->id)) {
        os_json_set_str(to, "variation", line->id);
    }

    os_json_set_str(to, "name", line->name);

    return to;
}


/* The choice of the shelf that is one for this item, or NULL. */
static const os_shelf_line_t *
os_return_choice(const os_shelf_t *shelf, const json_t *item, os_str_t call)
{
    const os_shelf_line_t  *line;

    line = shelf ? os_shelf_find(shelf, call) : NULL;

    return line && line->kind == OS_SHELF_VARIANT
           && os_str_equal(line->item, os_json_str(item, "id"))
           ? line : NULL;
}


/* What comes back of `cost` where something cheaper is sent; -1: not known. */
static int64_t
os_return_saves(const json_t *record, const os_shelf_line_t *choice,
    int64_t cost)
{
    int64_t  less;

    if (choice->price && choice->price == choice->was) {
        return 0;
    }

    return os_shelf_less(choice, cost, os_json_str(record, "currency"), &less)
           == 0 ? less : -1;
}


/* One that was made: 0, or what is wrong with it. */
static const char *
os_return_line(const json_t *record, const os_shelf_t *shelf, int swaps,
    const json_t *said, json_t *one)
{
    size_t                  index;
    json_t                 *item, *line;
    int64_t                 n, cost;
    os_str_t                call;
    const os_shelf_line_t  *choice;

    index = (size_t) os_json_int(said, "item", -1);
    n = os_json_int(said, "n", 0);
    item = json_array_get(json_object_get(record, "items"), index);

    if (item == NULL || n < 1 || index >= OS_RETURN_LINES
        || n > os_return_left(record, json_object_get(record, "track"),
                              index))
    {
        return "items";
    }

    line = json_object();
    os_json_set_str(line, "id", os_json_str(item, "id"));
    os_json_set_str(line, "name", os_json_str(item, "name"));
    os_json_set_int(line, "n", n);
    (void) json_array_append_new(json_object_get(one, "lines"), line);
    cost = os_return_worth(record, json_object_get(record, "track"), index, n);
    call = os_json_str(said, "instead");

    if (swaps && call.len) {
        choice = os_return_choice(shelf, item, call);

        if (choice == NULL) {
            return "instead";
        }

        os_json_set_str(line, "instead", choice->name);
        (void) json_object_set_new(line, "to", os_return_to(choice));
        cost = os_return_saves(record, choice, cost);

    } else if (swaps) {
        cost = 0;                           /* the same again */
    }

    if (cost < 0) {
        (void) json_object_set_new(one, "hand", json_true());
        cost = 0;
    }

    os_json_set_int(one, "amount", os_json_int(one, "amount", 0) + cost);

    return NULL;
}


/*
 * The bonus is on top of what was paid. Something that is bought with it, such
 * as the same again, leaves an amount of nothing.
 */
void
os_return_bound(const os_campaign_t *c, const json_t *order,
    const json_t *track, json_t *one)
{
    int64_t  most, amount;

    most = os_return_room(order, track, one);
    amount = os_json_int(one, "amount", 0);
    amount = amount < most ? amount : most;
    os_json_set_int(one, "amount", amount > 0 ? amount : 0);

    if (!os_str_equal(os_json_str(one, "want"), OS_STR("credit"))) {
        return;
    }

    amount = os_return_credit(c, os_json_int(one, "amount", 0));
    os_json_set_int(one, "credit", amount);

    if (amount == 0) {                      /* nobody's store makes such one */
        (void) json_object_set_new(one, "hand", json_true());
    }
}


static void
os_return_words(const os_campaign_t *c, const json_t *said, json_t *one)
{
    size_t    i;
    os_str_t  text;

    static const char *const  members[] = { "comment", "photo" };

    if (os_return_is_cause(c, os_json_str(said, "cause"))) {
        os_json_set_str(one, "cause", os_json_str(said, "cause"));
    }

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        text = os_json_str(said, members[i]);

        if (text.len) {
            os_json_set_str(one, members[i], text);
        }
    }
}


json_t *
os_return_make(const os_campaign_t *c, const json_t *record,
    const os_shelf_t *shelf, const json_t *said, int64_t now,
    const char **wrong)
{
    int        swaps;
    size_t     i;
    json_t    *one, *line, *lines;
    os_str_t   want = os_json_str(said, "want");

    *wrong = NULL;
    lines = json_object_get(said, "lines");
    one = json_object();
    os_json_set_int(one, "n",
                    (int64_t) json_array_size(os_return_list(record)) + 1);
    os_json_set_int(one, "at", now);
    os_json_set_str(one, "want", want);
    (void) json_object_set_new(one, "lines", json_array());
    os_return_words(c, said, one);
    swaps = os_str_equal(want, OS_STR("exchange"));

    if (json_array_size(lines) == 0) {
        *wrong = "items";
    }

    json_array_foreach(lines, i, line) {
        *wrong = *wrong ? *wrong
                        : os_return_line(record, shelf, swaps, line, one);
    }

    if (*wrong == NULL && !os_return_gives(c, record, want)) {
        *wrong = "want";
    }

    if (*wrong) {
        json_decref(one);
        return NULL;
    }

    if (os_json_bool(one, "hand")) {
        os_json_set_int(one, "amount", 0);
    }

    os_json_set_str(one, "currency", os_json_str(record, "currency"));
    os_return_bound(c, record, json_object_get(record, "track"), one);

    return one;
}


int
os_return_fits(const json_t *order, const json_t *track, const json_t *one)
{
    size_t    i, k;
    json_t   *line, *item;
    int64_t   left;

    json_array_foreach(json_object_get(one, "lines"), i, line) {
        left = 0;

        json_array_foreach(json_object_get(order, "items"), k, item) {
            if (os_return_same(item, line)) {
                left += os_return_left(order, track, k);
            }
        }

        if (os_json_int(line, "n", 0) > left) {
            return 0;
        }
    }

    return json_array_size(json_object_get(one, "lines")) > 0;
}
