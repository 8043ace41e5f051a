/*
 * worker/osw_address and core/base/os_mail: one buyer, however his address was
 * written, and an address that every server takes.
 */

#include "core/base/os_mail.h"
#include "worker/osw_address.h"
#include "tap.h"


static const struct {
    const char  *sent;
    const char  *plain;
} sent[] = {
    { "ada@shop.test", "ada@shop.test" },
    { " ada@shop.test\n", "ada@shop.test" },
    { "Ada M <ada@shop.test>", "ada@shop.test" },
    { "\"M, Ada\" <ada@shop.test>", "ada@shop.test" },
    { "mailto:ada@shop.test", "ada@shop.test" },
    { "MAILTO:ada@shop.test?subject=Hi", "ada@shop.test" },
    { "ada@shop.test.", "ada@shop.test" },
    { "ada@shop.test;", "ada@shop.test" },
    { "\xe2\x80\x8b" "ada@shop.test\xe2\x80\x8b", "ada@shop.test" },
    { "ada@\xe2\x81\xa0shop.test", "ada@shop.test" },
    { "\xef\xbb\xbf" "ada@shop.test\xc2\xa0", "ada@shop.test" },
    { "Ada.M+x@shop.test", "Ada.M+x@shop.test" },
    { "Ada M ada@shop.test", "ada@shop.test" },
    { "ada@shop.test Ada M", "ada@shop.test" },
    { "ada@shop.test (Ada M)", "ada@shop.test" },
    { "ada@shop.test(Ada)", "ada@shop.test" },
    { "(Ada)ada@shop.test", "ada@shop.test" },
    { "email: ada@shop.test", "ada@shop.test" },
    { "ada @ shop.test", "ada@shop.test" },
    { "ada@\xe3\x80\x80shop.test", "ada@shop.test" },
    { "'ada@shop.test'", "ada@shop.test" },
    { "\xe2\x80\x9c" "ada@shop.test\xe2\x80\x9d,", "ada@shop.test" },
    { "\xc2\xab\xc2\xa0" "ada@shop.test\xc2\xa0\xc2\xbb", "ada@shop.test" },
    { "o'ada@shop.test", "o'ada@shop.test" },
    { "mailto:ada%2Bnews@shop.test", "ada+news@shop.test" },
    { "<mailto:ada@shop.test>", "ada@shop.test" },
    { "ada%2Bnews@shop.test", "ada%2Bnews@shop.test" },
    { "ada@shop.test, ada@shop.test", "ada@shop.test" },
    { "ada@shop.test, bo@shop.test", "" },
    { "ada@shop.test\r\nBcc: eve@shop.test", "" },
    { "n/a", "" },
    { "no mail", "" },
    { "@ada", "" },
    { "ada@", "" },
    { "ada@shop..test", "" },
    { "ada@shop@test", "" },
    { "", "" },
    { "<>", "" },
}, ascii[] = {
    { "ada@shop.test", "ada@shop.test" },
    { "Adé <ada@shop.test>", "Adé <ada@shop.test>" },
    { "ada@bücher.example", "ada@xn--bcher-kva.example" },
    { "Adé <ada@BÜCHER.example>", "Adé <ada@xn--bcher-kva.example>" },
    { "ada@쇼핑.example", "ada@xn--hp4bo76a.example" },
    { "ädä@shop.test", NULL },
    { "ada@b ü.example", NULL },
};


int
main(void)
{
    size_t    i;
    os_buf_t  out = { 0 };

    for (i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        out.len = 0;
        os_mail_plain(os_str(sent[i].sent), &out);
        (void) os_buf_reserve(&out, 0);
        out.data[out.len] = '\0';
        is_str(out.data, sent[i].plain, sent[i].sent);
    }

    for (i = 0; i < sizeof(ascii) / sizeof(ascii[0]); i++) {
        out.len = 0;
        is_str(osw_address_ascii(os_str(ascii[i].sent), &out) == 0
               ? out.data : NULL, ascii[i].plain, ascii[i].sent);
    }

    out.len = 0;
    ok(osw_address_utf8(OS_STR("Ada <ad\xc3\xa4@b\xc3\xbc"
                               "cher.example>"), &out) == 0, "a local part");
    is_str(out.data, "Ada <ad\xc3\xa4@xn--bcher-kva.example>",
           "stays in UTF-8, its domain does not");
    out.len = 0;
    ok(osw_address_utf8(OS_STR("ad\xe4@shop.test"), &out) == -1,
       "what is not UTF-8 is none");
    ok(osw_address_utf8(OS_STR("ada@b\xc3\xbc" "cher.example"), &out) == -1,
       "nor what needs no more than IDNA");
    is_int((int) out.len, 0, "nothing is appended then");

    os_buf_free(&out);

    return done();
}
