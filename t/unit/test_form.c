/*
 * core/os_form: query strings and forms as PHP reads them. What PHP 8.2 makes
 * of each line stands beside it.
 */

#include "core/base/os_form.h"
#include "tap.h"


static const struct {
    const char  *form;
    const char  *name;
    os_arg_t     found;
    const char  *value;
    const char  *about;
} finds[] = {
    { "order_id=19", "order_id", OS_ARG_ONE, "19", "one" },
    { "", "order_id", OS_ARG_ABSENT, NULL, "an empty form" },
    { "&&", "order_id", OS_ARG_ABSENT, NULL, "nothing but separators" },
    { "a=1&order_id=19&b=2", "order_id", OS_ARG_ONE, "19", "in the middle" },
    { "&&order_id=19&&", "order_id", OS_ARG_ONE, "19", "empty pairs" },
    { "order_id", "order_id", OS_ARG_ONE, "", "a name without a value" },
    { "order_id=", "order_id", OS_ARG_ONE, "", "an empty value" },
    { "order_id=a=b", "order_id", OS_ARG_ONE, "a=b", "= in a value" },
    { "order_id=a;b", "order_id", OS_ARG_ONE, "a;b",
      "a semicolon does not separate" },
    { "a=1;order_id=19", "order_id", OS_ARG_ABSENT, NULL,
      "nor does it begin a name" },
    { "a=order_id=19", "order_id", OS_ARG_ABSENT, NULL, "a name in a value" },
    { "order_idx=19", "order_id", OS_ARG_ABSENT, NULL, "a longer name" },
    { "order_i=19", "order_id", OS_ARG_ABSENT, NULL, "a shorter name" },
    { "Order_ID=19", "order_id", OS_ARG_ABSENT, NULL, "case matters" },

    { "order%5Fid=19", "order_id", OS_ARG_ONE, "19", "an escaped name" },
    { "%6frder%5fid=19", "order_id", OS_ARG_ONE, "19", "escaped from its "
      "first letter" },
    { "order.id=19", "order_id", OS_ARG_ONE, "19", "a point becomes _" },
    { "order+id=19", "order_id", OS_ARG_ONE, "19", "a plus, so a space, "
      "becomes _" },
    { "order%20id=19", "order_id", OS_ARG_ONE, "19", "an escaped space" },
    { "+order_id=19", "order_id", OS_ARG_ONE, "19", "leading spaces go" },
    { "%20%20order_id=19", "order_id", OS_ARG_ONE, "19", "escaped ones too" },
    { "%09order_id=19", "order_id", OS_ARG_ABSENT, NULL, "a tab stays" },
    { "order_id%20=19", "order_id", OS_ARG_ABSENT, NULL,
      "a trailing space becomes _ too" },
    { "order_id%00x=19", "order_id", OS_ARG_ONE, "19",
      "a name ends at a zero byte" },
    { "%00order_id=19", "order_id", OS_ARG_ABSENT, NULL,
      "and has none that begins with it" },
    { "order[id=19", "order_id", OS_ARG_ONE, "19",
      "a bracket that is not closed becomes _" },
    { "[order_id=19", "order_id", OS_ARG_ABSENT, NULL,
      "one that begins a name makes it none" },
    { "[wpnonce=19", "_wpnonce", OS_ARG_ABSENT, NULL, "not even with _" },
    { ".wpnonce=19", "_wpnonce", OS_ARG_ONE, "19", "as a point would be" },

    { "order_id[]=19", "order_id", OS_ARG_AMBIGUOUS, NULL, "an array" },
    { "order_id[a]=19", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "an array with a key" },
    { "order_id%5B%5D=19", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "an escaped array" },
    { "order_id[a]b=19", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "what follows the bracket is dropped" },
    { "order_id=19&order_id=20", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "given twice" },
    { "order_id=19&order%5fid=20", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "twice, once escaped" },
    { "order_id=19&order.id=20", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "twice, once with a point" },
    { "order_id=19&order_id[]=20", "order_id", OS_ARG_AMBIGUOUS, NULL,
      "once and as an array" },
    { "order_id=19&Order_id=20", "order_id", OS_ARG_ONE, "19",
      "another case is another name" },

    { "order=a+b", "order", OS_ARG_ONE, "a b", "+ is a space" },
    { "order=a%2Bb", "order", OS_ARG_ONE, "a+b", "%2B is a plus" },
    { "order=%ed%95%9c", "order", OS_ARG_ONE, "\xed\x95\x9c", "UTF-8" },
    { "order=100%", "order", OS_ARG_ONE, "100%", "a % at the end stays" },
    { "order=%4", "order", OS_ARG_ONE, "%4", "half an escape stays" },
    { "order=%zz%41", "order", OS_ARG_ONE, "%zzA", "no escape stays" },
    { "order=%25%34%31", "order", OS_ARG_ONE, "%41", "decoded once" },
};


static void
test_find(void)
{
    os_arg_t  found;
    os_buf_t  value = { 0 };

    for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
        os_buf_free(&value);
        found = os_form_find(os_str(finds[i].form), os_str(finds[i].name),
                             &value);

        ok(found == finds[i].found
           && (found != OS_ARG_ONE
               || os_str_equal(os_buf_view(&value), os_str(finds[i].value))),
           "%s: %s", finds[i].form, finds[i].about);
        ok(os_form_find(os_str(finds[i].form), os_str(finds[i].name), NULL)
           == found, "%s: the same without a value", finds[i].form);
    }

    os_buf_free(&value);
    os_buf_text(&value, "before ");
    (void) os_form_find(OS_STR("a=1"), OS_STR("a"), &value);
    is_str(value.data, "before 1", "a value is appended");

    value.len = 0;
    ok(os_form_find((os_str_t) { 9, "a=1%00%41" }, OS_STR("a"), &value)
       == OS_ARG_ONE && value.len == 3 && memcmp(value.data, "1\0A", 3) == 0,
       "a value may hold a zero byte");
    os_buf_free(&value);
}


static void
test_folded(void)
{
    os_buf_t  value = { 0 };

    ok(os_form_find_folded(OS_STR("Order_ID=19"), OS_STR("order_id"), &value)
       == OS_ARG_ONE && os_str_equal(os_buf_view(&value), OS_STR("19")),
       "folded: another case is found");
    ok(os_form_find_folded(OS_STR("order_id=19&ORDER_ID=20"),
                           OS_STR("order_id"), NULL) == OS_ARG_AMBIGUOUS,
       "folded: two that differ in case are ambiguous");
    ok(os_form_find_folded(OS_STR("%4frder.id=19"), OS_STR("order_id"), NULL)
       == OS_ARG_ONE, "folded: an escaped capital");
    ok(os_form_find_folded(OS_STR("order@id=1&order`id=2"),
                           OS_STR("order@id"), NULL) == OS_ARG_ONE,
       "folded: letters alone");
    os_buf_free(&value);
}


static void
test_next(void)
{
    os_buf_t  seen = { 0 };
    os_str_t  form = OS_STR("&a=1&&=x&b&c=&%41=%42&"), name, value;

    while (os_form_next(&form, &name, &value)) {
        os_buf_str(&seen, name);
        os_buf_char(&seen, ':');
        os_buf_str(&seen, value);
        os_buf_char(&seen, '|');
    }

    is_str(seen.data, "a:1|:x|b:|c:|%41:%42|",
           "pairs one after the other, raw");
    os_buf_free(&seen);
}


static void
test_front(void)
{
    os_str_t  text = OS_STR("a\r\n\xed\x95\x9c" "b");

    is_int((int64_t) os_form_front(text, 9).len, 7,
           "front: shorter than it may be");
    is_int((int64_t) os_form_front(text, 4).len, 7,
           "front: as long, CR not counted");
    is_int((int64_t) os_form_front(text, 3).len, 6,
           "front: whole characters");
    is_int((int64_t) os_form_front(text, 2).len, 3,
           "front: before one of three bytes");
    is_int((int64_t) os_form_front(text, 0).len, 0,
           "front: nothing");
}


int
main(void)
{
    test_find();
    test_folded();
    test_next();
    test_front();
    return done();
}
