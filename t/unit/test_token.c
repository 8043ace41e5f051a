/*
 * core/os_token: key files, tokens, what tampering does to them.
 */

#include <stdlib.h>
#include <unistd.h>

#include "core/base/os_hash.h"
#include "core/order/os_token.h"
#include "tap.h"


#define ONE  "k1:one-secret-of-at-least-thirty-two-bytes"
#define TWO  "k2:two-secret-of-at-least-thirty-two-bytes"
#define NOW  1795294077


static char  path[] = "/tmp/ordersave-keys-XXXXXX";


static void
write_keys(const char *text)
{
    FILE  *file = fopen(path, "w");

    if (file) {
        fputs(text, file);
        fclose(file);
    }
}


static os_keys_t
keys_of(const char *text)
{
    os_keys_t   keys;
    os_error_t  err;

    write_keys(text);

    if (os_keys_load(&keys, path, &err) == -1) {
        diag("%s", err.text);
    }

    return keys;
}


static const struct {
    const char  *text;
    const char  *expected;      /* after the file's name */
} bad_files[] = {
    { "", ": expected at least one line \"id:key\"" },
    { "# only a comment\n\n", ": expected at least one line \"id:key\"" },
    { "nonsense\n", ":1: expected \"id:key\"" },
    { "# a comment\n" ONE "\n\nnonsense", ":4: expected \"id:key\"" },
    { ONE "\nk2:short\n", ":2: expected a key of at least 32 characters" },
    { "k1:0123456789012345678901234567890\n",
      ":1: expected a key of at least 32 characters" },
    { ":01234567890123456789012345678901\n",
      ":1: expected a key id of 1 to 16 letters, digits, - or _" },
    { "a.b:01234567890123456789012345678901\n",
      ":1: expected a key id of 1 to 16 letters, digits, - or _" },
    { "a b:01234567890123456789012345678901\n",
      ":1: expected a key id of 1 to 16 letters, digits, - or _" },
    { "abcdefghijklmnopq:01234567890123456789012345678901\n",
      ":1: expected a key id of 1 to 16 letters, digits, - or _" },
    { ONE "\n" TWO "\n" ONE "\n",
      ":3: expected a key id that no other line has" },
    { "1:01234567890123456789012345678901\n2:01234567890123456789012345678901\n"
      "3:01234567890123456789012345678901\n4:01234567890123456789012345678901\n"
      "5:01234567890123456789012345678901\n6:01234567890123456789012345678901\n"
      "7:01234567890123456789012345678901\n8:01234567890123456789012345678901\n"
      "9:01234567890123456789012345678901\n", ":9: expected at most 8 keys" },
};


/* Is this what the key is? By what it makes of a text. */
static int
is_key(const os_hmac_t *hmac, os_str_t secret)
{
    uint8_t  have[OS_SHA256_LEN], want[OS_SHA256_LEN];

    os_hmac(hmac, OS_STR("text"), have);
    os_hmac_sha256(secret, OS_STR("text"), want);

    return memcmp(have, want, sizeof(want)) == 0;
}


static void
test_files(void)
{
    os_buf_t    expected = { 0 };
    os_keys_t   keys;
    os_error_t  err;

    for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
        write_keys(bad_files[i].text);
        expected.len = 0;
        os_buf_text(&expected, path);
        os_buf_text(&expected, bad_files[i].expected);
        err.text[0] = '\0';

        ok(os_keys_load(&keys, path, &err) == -1, "refused: %s",
           bad_files[i].expected);
        is_str(err.text, expected.data, "and says where and why");
    }

    os_buf_free(&expected);

    ok(os_keys_load(&keys, "/nowhere/keys", &err) == -1
       && strncmp(err.text, "/nowhere/keys", 13) == 0,
       "a file that is not there is named");

    keys = keys_of("# two\r\n  " ONE "\t\r\n\n" TWO);
    is_int((int64_t) keys.n, 2, "comments, blanks, CRLF, no last newline");
    ok(os_str_equal(keys.key[0].id, OS_STR("k1"))
       && is_key(&keys.key[0].hmac,
                 OS_STR("one-secret-of-at-least-thirty-two-bytes")),
       "id and key are without them");
    os_keys_free(&keys);

    keys = keys_of("k1:01234567890123456789:12345678901#\n");
    ok(keys.n == 1
       && is_key(&keys.key[0].hmac,
                 OS_STR("01234567890123456789:12345678901#")),
       "a key may hold : and #");
    os_keys_free(&keys);
}


static void
sign(const os_keys_t *keys, const char *json, os_buf_t *token)
{
    json_t  *payload = json_loads(json, 0, NULL);

    token->len = 0;
    os_token_sign(keys, payload, token);
    json_decref(payload);
}


static int
verifies(const os_keys_t *keys, os_str_t token, const char *purpose,
    int64_t now)
{
    json_t  *payload = os_token_verify(keys, token, purpose, now, NULL);

    json_decref(payload);
    return payload != NULL;
}


/* Any byte of it, made any other: it is no token any more. */
static void
test_tampering(const os_keys_t *keys, const os_buf_t *token)
{
    char      was;
    size_t    passed = 0, first = 0;
    os_buf_t  copy = { 0 };

    os_buf_str(&copy, os_buf_view(token));

    for (size_t i = 0; i < copy.len; i++) {
        was = copy.data[i];

        for (int c = 0; c < 256; c++) {
            copy.data[i] = (char) c;

            if (copy.data[i] != was
                && verifies(keys, os_buf_view(&copy), "offer", NOW))
            {
                first = passed++ ? first : i;
            }
        }

        copy.data[i] = was;
    }

    ok(passed == 0, "no byte can be changed");

    if (passed) {
        diag("%zu of %zu pass, the first at %zu", passed, copy.len * 255,
             first);
    }

    passed = 0;

    for (size_t len = 0; len < copy.len; len++) {
        passed += (size_t) verifies(keys, (os_str_t) { len, copy.data },
                                    "offer", NOW);
    }

    is_int((int64_t) passed, 0, "nor anything cut off its end");

    for (const char *p = "=.Aa0 \n"; *p; p++) {
        copy.len = 0;
        os_buf_str(&copy, os_buf_view(token));
        os_buf_char(&copy, *p);
        passed += (size_t) verifies(keys, os_buf_view(&copy), "offer", NOW);
    }

    is_int((int64_t) passed, 0, "nor anything put there");
    os_buf_free(&copy);
}


static const char *const  nonsense[] = {
    ".", "..", "...", "k1", "k1.", "k1..", ".e30.AAAA", "k1.e30", "k1.e30.",
    "k1.e30.AAAA", "k1.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "k9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\xff\xfe", "k1.%.%",
};


static void
test_tokens(void)
{
    int        expired;
    char       large[OS_TOKEN_MAX + 2];
    json_t    *payload;
    os_buf_t   token = { 0 };
    os_keys_t  keys = keys_of(ONE "\n");

    sign(&keys, "{\"p\":\"offer\",\"x\":1795294077,\"o\":\"19\"}", &token);

    payload = os_token_verify(&keys, os_buf_view(&token), "offer", NOW,
                              &expired);
    ok(payload && os_str_equal(os_json_str(payload, "o"), OS_STR("19"))
       && !expired, "a token is what was signed, until its last second");
    json_decref(payload);

    ok(os_token_verify(&keys, os_buf_view(&token), "offer", NOW + 1, &expired)
       == NULL && expired, "a second later it is good but old");
    ok(os_token_verify(&keys, os_buf_view(&token), "score", NOW, &expired)
       == NULL && !expired, "for another purpose it is bad");
    ok(os_token_verify(&keys, os_buf_view(&token), "offe", NOW, NULL) == NULL
       && os_token_verify(&keys, os_buf_view(&token), "", NOW, NULL) == NULL,
       "and for a part of its own, or none");

    test_tampering(&keys, &token);

    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        ok(!verifies(&keys, os_str(nonsense[i]), "offer", NOW),
           "nonsense: %s", nonsense[i]);
    }

    ok(!verifies(&keys, OS_NULL, "offer", NOW), "nothing at all");
    memset(large, 'A', sizeof(large));
    ok(!verifies(&keys, (os_str_t) { sizeof(large), large }, "offer", NOW),
       "one that is too long");

    sign(&keys, "{\"p\":\"offer\"}", &token);
    ok(os_token_verify(&keys, os_buf_view(&token), "offer", NOW, &expired)
       == NULL && expired, "without an expiry it is expired");

    sign(&keys, "{\"x\":1795294077}", &token);
    ok(!verifies(&keys, os_buf_view(&token), "offer", NOW),
       "without a purpose it is good for none");

    sign(&keys, "{\"p\":[\"offer\"],\"x\":1795294077}", &token);
    ok(!verifies(&keys, os_buf_view(&token), "offer", NOW),
       "nor with one that is no text");

    token.len = 0;
    os_token_sign_text(&keys, OS_STR("{\"p\":\"offer\",\"x\":"), &token);
    ok(!verifies(&keys, os_buf_view(&token), "offer", NOW),
       "what was signed must be JSON");

    token.len = 0;
    os_buf_text(&token, "before ");
    os_token_sign_text(&keys, OS_STR("{\"p\":\"offer\",\"x\":1795294077}"),
                       &token);
    ok(verifies(&keys, (os_str_t) { token.len - 7, token.data + 7 }, "offer",
                NOW), "a token is appended to what is there");

    os_buf_free(&token);
    os_keys_free(&keys);
}


static void
test_rotation(void)
{
    os_buf_t   old = { 0 }, new = { 0 };
    os_keys_t  one = keys_of(ONE "\n"), both = keys_of(TWO "\n" ONE "\n");
    os_keys_t  two = keys_of(TWO "\n");
    os_keys_t  other = keys_of("k1:another-secret-of-thirty-two-bytes-or-more");

    sign(&one, "{\"p\":\"offer\",\"x\":1795294077}", &old);
    sign(&both, "{\"p\":\"offer\",\"x\":1795294077}", &new);

    ok(strncmp(new.data, "k2.", 3) == 0, "rotation: the first key signs");
    ok(verifies(&both, os_buf_view(&old), "offer", NOW)
       && verifies(&both, os_buf_view(&new), "offer", NOW),
       "rotation: all verify");
    ok(!verifies(&two, os_buf_view(&old), "offer", NOW)
       && !verifies(&one, os_buf_view(&new), "offer", NOW),
       "rotation: a key that is gone, or not there yet, does not");
    ok(!verifies(&other, os_buf_view(&old), "offer", NOW),
       "another key of the same id does not");

    /* the name of another key before the same bytes */
    old.data[1] = '2';
    ok(!verifies(&both, os_buf_view(&old), "offer", NOW),
       "nor does another one of the file");

    os_buf_free(&old);
    os_buf_free(&new);
    os_keys_free(&one);
    os_keys_free(&both);
    os_keys_free(&two);
    os_keys_free(&other);
}


/* The name of what a key file says is one of those texts, or another. */
static int
is_named(const char *text, const char *other)
{
    int        rc;
    os_buf_t   a = { 0 }, b = { 0 };
    os_keys_t  one = keys_of(text), two = keys_of(other);

    os_keys_name(&one, &a);
    os_keys_name(&two, &b);
    rc = a.len == 22 && os_str_equal(os_buf_view(&a), os_buf_view(&b));
    os_keys_free(&one);
    os_keys_free(&two);
    os_buf_free(&a);
    os_buf_free(&b);

    return rc;
}


static void
test_name(void)
{
    static const char  customer[] =
        "\ncustomer:a-key-that-stays-when-others-are-rotated\n";
    char               both[256], turned[256], kept[256];

    snprintf(both, sizeof(both), "%s\n%s\n", ONE, TWO);
    snprintf(turned, sizeof(turned), "%s\n%s\n", TWO, ONE);
    snprintf(kept, sizeof(kept), "%s%s", ONE, customer);

    ok(is_named(ONE, "# old\n  " ONE "\r\n"), "name: of keys, not of bytes");
    ok(!is_named(ONE, TWO), "name: another key");
    ok(!is_named(ONE, both), "name: a key more");
    ok(!is_named(turned, both), "name: another one signs");
    ok(!is_named(ONE, kept), "name: another one of customers");
}


static void
test_hashes(void)
{
    os_buf_t   a = { 0 }, b = { 0 };
    os_keys_t  keys = keys_of(ONE "\n");

    os_keys_customer(&keys, OS_STR("shop"), OS_STR("Ada@Example.com "), &a);
    os_keys_customer(&keys, OS_STR("shop"), OS_STR("ada@example.com"), &b);
    ok(a.len == 22 && os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "customer: 22 characters, the same in any case");

    b.len = 0;
    os_keys_customer(&keys, OS_STR("shop2"), OS_STR("ada@example.com"), &b);
    ok(!os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "customer: another one in another store");

    os_keys_free(&keys);
    keys = keys_of(ONE "\ncustomer:" "a-key-that-stays-when-others-are-rotated"
                   "\n");
    a.len = b.len = 0;
    is_int((int64_t) keys.n, 1, "customer: its line signs nothing");
    os_keys_customer(&keys, OS_STR("shop"), OS_STR("ada@x"), &a);
    os_keys_free(&keys);
    keys = keys_of("new:another-key-that-is-now-the-first-one-0001\n" ONE
                   "\ncustomer:a-key-that-stays-when-others-are-rotated\n");
    os_keys_customer(&keys, OS_STR("shop"), OS_STR("ada@x"), &b);
    ok(os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "customer: the same after a rotation");
    os_keys_free(&keys);
    keys = keys_of("new:another-key-that-is-now-the-first-one-0001\n" ONE
                   "\n");
    b.len = 0;
    os_keys_customer(&keys, OS_STR("shop"), OS_STR("ada@x"), &b);
    ok(!os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "customer: another one without that line");

    a.len = b.len = 0;
    os_keys_customer(&keys, OS_STR("shop"), OS_STR("2ada@x"), &a);
    os_keys_customer(&keys, OS_STR("shop2"), OS_STR("ada@x"), &b);
    ok(!os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "customer: store and address do not run into each other");

    a.len = b.len = 0;
    os_token_proof(OS_NULL, &a);
    is_int((int64_t) a.len, 0, "proof: nothing for nothing");
    os_token_proof(OS_STR("wc_order_1"), &a);
    os_token_proof(OS_STR("wc_order_2"), &b);
    ok(a.len == 16 && b.len == 16
       && !os_str_equal(os_buf_view(&a), os_buf_view(&b)),
       "proof: 16 characters, of their own");

    os_buf_free(&a);
    os_buf_free(&b);
    os_keys_free(&keys);
}


int
main(void)
{
    int  fd = mkstemp(path);

    if (fd == -1) {
        return 1;
    }

    close(fd);
    test_files();
    test_tokens();
    test_rotation();
    test_name();
    test_hashes();
    unlink(path);
    return done();
}
