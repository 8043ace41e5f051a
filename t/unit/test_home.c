/*
 * os_home: where keys, entries and commands belong, by name alone.
 */

#include <stdlib.h>
#include <string.h>

#include "redis/os_home.h"
#include "tap.h"


static os_space_t  four, sixteen;


static int
goes(const os_space_t *s, const char *name)
{
    return os_home_key(s, os_str(name));
}


/* A command as one of `four` would have written it. */
static os_buf_t
command(const char *const *word, size_t n)
{
    size_t    i;
    os_buf_t  out = { 0 };

    os_buf_printf(&out, "*%zu\r\n", n);

    for (i = 0; i < n; i++) {
        os_buf_printf(&out, "$%zu\r\n%s\r\n", strlen(word[i]), word[i]);
    }

    return out;
}


static void
test_command(void)
{
    int         shard;
    char        key[64];
    os_buf_t    bytes, same;
    unsigned    was, is;
    const char *word[10] = { "XADD", key, "*", "e",
                             "{\"kind\":\"asked\",\"order\":\"shop/19\"}" };

    was = os_space_shard(&four, OS_STR("shop"), OS_STR("19"), OS_NULL);
    is = os_space_shard(&sixteen, OS_STR("shop"), OS_STR("19"), OS_NULL);
    snprintf(key, sizeof(key), "mine:{%.11s}:ev", four.tag[was]);
    bytes = command(word, 5);
    same = command(word, 5);
    shard = os_home_command(&four, &bytes);
    ok(shard == (int) was && os_str_equal(os_buf_view(&bytes),
                                          os_buf_view(&same)),
       "an event of this number of shards stays as it is");

    shard = os_home_command(&sixteen, &bytes);
    os_buf_free(&same);
    snprintf(key, sizeof(key), "mine:{%.11s}:ev", sixteen.tag[is]);
    same = command(word, 5);
    ok(shard == (int) is && os_str_equal(os_buf_view(&bytes),
                                         os_buf_view(&same)),
       "one of another number is renamed");
    os_buf_free(&bytes);
    os_buf_free(&same);

    word[0] = "EVAL";
    word[1] = "return 1";
    word[2] = "2";
    snprintf(key, sizeof(key), "mine:{%.11s}:sought:shop/19", four.tag[was]);
    word[3] = key;
    word[4] = "mine:{0}:ev";
    word[5] = "mine:{0}:ev";
    bytes = command(word, 6);
    shard = os_home_command(&sixteen, &bytes);
    snprintf(key, sizeof(key), "$%zu\r\nmine:{%.11s}:ev\r\n",
             strlen(sixteen.tag[is]) + 10, sixteen.tag[is]);
    ok(shard == (int) is && strstr(bytes.data, key) != NULL
       && strstr(bytes.data, "$11\r\nmine:{0}:ev\r\n") != NULL,
       "of a script all keys are renamed, and no argument");
    os_buf_free(&bytes);

    word[0] = "XADD";
    word[1] = "mine:{0}:in";
    word[2] = "*";
    word[3] = "source";
    word[4] = "dhl";
    word[5] = "id";
    word[6] = "5";
    bytes = command(word, 7);
    ok(os_home_command(&sixteen, &bytes)
       == (int) os_space_shard(&sixteen, OS_STR("dhl"), OS_STR("5"), OS_NULL),
       "a webhook goes by source and delivery");

    for (size_t len = bytes.len; len > 0; len--) {
        bytes.len = len - 1;
        shard = os_home_command(&sixteen, &bytes);

        if (shard != -1) {
            break;
        }
    }

    ok(shard == -1, "a command that is cut short is none");
    os_buf_free(&bytes);

    word[1] = "other:{0}:in";
    bytes = command(word, 7);
    ok(os_home_command(&sixteen, &bytes) == -1, "nor is another prefix's");
    os_buf_free(&bytes);
}


int
main(void)
{
    unsigned     i, n;
    os_str_t     tag, name;
    os_space_t   space;
    os_firsts_t  firsts;

    (void) os_space_init(&four, OS_STR("mine"), 4);
    (void) os_space_init(&sixteen, OS_STR("mine"), 16);

    ok(goes(&four, "o:shop/19") == (int) os_space_shard(&four, OS_STR("shop"),
                                                       OS_STR("19"), OS_NULL),
       "a record goes by its order");
    ok(goes(&four, "alias:shop/number/7")
       == (int) os_space_shard(&four, OS_STR("shop"), OS_STR("number"),
                               OS_STR("7")), "an alias by all of its name");
    ok(goes(&sixteen, "seeks:shop/visitor") == goes(&sixteen, "seeks:shop")
       && goes(&sixteen, "seeks:shop")
          == (int) os_space_shard(&sixteen, OS_STR("shop"), OS_STR("seeks"),
                                  OS_NULL), "who seeks an order, by its store");
    ok(goes(&sixteen, "stock:shop/ten") == 0, "the stock is in shard 0");
    ok(goes(&sixteen, "jobs:3f") == OS_HOME_EACH
       && goes(&sixteen, "ev") == OS_HOME_EACH, "each has its jobs and stream");
    ok(goes(&sixteen, "lease") == OS_HOME_PASSING, "leases pass");
    ok(goes(&sixteen, "novelty:shop/1") == OS_HOME_UNKNOWN
       && goes(&sixteen, "o") == OS_HOME_UNKNOWN
       && goes(&sixteen, "") == OS_HOME_UNKNOWN, "what is not known is said");

    ok(os_home_split("mine", OS_STR("mine:{12}:o:shop/1"), &tag, &name) == 0
       && os_str_equal(tag, OS_STR("12"))
       && os_str_equal(name, OS_STR("o:shop/1")), "a key in its parts");
    ok(os_home_split("mine", OS_STR("mine2:{12}:o"), &tag, &name) == -1
       && os_home_split("mine", OS_STR("mine:{12:o"), &tag, &name) == -1
       && os_home_split("mine", OS_STR("mine:{12}"), &tag, &name) == -1,
       "others are none");

    test_command();
    os_space_firsts(&firsts);

    for (n = 1; n <= OS_SHARDS_MAX; n++) {
        (void) os_space_init(&space, OS_STR("mine"), n);

        for (i = 0; i < firsts.n; i++) {
            if (strcmp(space.tag[0], firsts.tag[i]) == 0) {
                break;
            }
        }

        if (i == firsts.n) {
            break;
        }
    }

    ok(n > OS_SHARDS_MAX, "shard 0 of any number has one of a few tags");

    return done();
}
