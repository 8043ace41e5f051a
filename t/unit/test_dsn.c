/* Notifications of other people's mail servers. */

#include <stdlib.h>

#include "tap.h"

#include "core/base/os_dsn.h"


#define HEAD                                                                  \
    "From: MAILER-DAEMON@mx.example\r\nTo: bounces@shop.example\r\n"          \
    "Content-Type: multipart/report; report-type=delivery-status;\r\n"        \
    "\tboundary=\"B\"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\n"         \
    "Status: 9.9.9\r\nI am sorry.\r\n\r\n--B\r\n"
#define PART "Content-Type: message/delivery-status\r\n\r\n"                  \
    "Reporting-MTA: dns; mx.example\r\n\r\n"                                  \
    "Final-Recipient: rfc822; nobody@mail.example\r\n"
#define OURS "\r\n--B\r\nContent-Type: message/rfc822\r\n\r\n"                \
    "Subject: Sorry\r\nX-Ordersave-Mail: k.payload.mac\r\n\r\nBye\r\n--B--\r\n"


static const struct {
    const char  *name;
    const char  *text;
    int          rc, failed, class, subject, detail;
    const char  *mark;
} cases[] = {
    { "nobody there", HEAD PART "Action: failed\r\nStatus: 5.1.1\r\n" OURS,
      0, 1, 5, 1, 1, "k.payload.mac" },
    { "with words behind the code, and in other cases",
      HEAD PART "ACTION: Failed\r\nstatus: 5.1.10 (null MX)\r\n" OURS,
      0, 1, 5, 1, 10, "k.payload.mac" },
    { "only late", HEAD PART "Action: delayed\r\nStatus: 4.4.1\r\n" OURS,
      0, 0, 4, 4, 1, "k.payload.mac" },
    { "without what was sent", HEAD PART "Action: failed\r\nStatus: 5.1.1\r\n"
      "\r\n--B--\r\n", 0, 1, 5, 1, 1, NULL },
    { "without a code", HEAD PART "Action: failed\r\nStatus: none\r\n" OURS,
      0, 1, 0, 0, 0, "k.payload.mac" },
    { "the header folded", HEAD PART "Action: failed\nStatus: 5.1.1\n\n--B\n"
      "Content-Type: text/rfc822-headers\n\nX-Ordersave-Mail:\n k.p.m\n",
      0, 1, 5, 1, 1, "k.p.m" },
    { "the header before any status is anybody's",
      "X-Ordersave-Mail: k.p.m\r\n" HEAD PART "Action: failed\r\n"
      "Status: 5.1.1\r\n", 0, 1, 5, 1, 1, NULL },
    { "an answer from a holiday", "Subject: I am away\r\n\r\nStatus: 5.1.1\r\n"
      "Action: failed\r\n", -1, 0, 0, 0, 0, NULL },
    { "nothing", "", -1, 0, 0, 0, 0, NULL },
    { "cut short", HEAD "Content-Type: message/delivery-status", -1, 0, 0, 0,
      0, NULL },
};


int
main(void)
{
    size_t    i, n;
    char      mark[64];
    os_dsn_t  dsn;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(os_dsn_read(os_str(cases[i].text), &dsn), cases[i].rc,
               cases[i].name);
        is_int(dsn.failed, cases[i].failed, "  failed");
        is_int(dsn.class * 1000000 + dsn.subject * 1000 + dsn.detail,
               cases[i].class * 1000000 + cases[i].subject * 1000
               + cases[i].detail, "  code");
        snprintf(mark, sizeof(mark), "%.*s", (int) dsn.mark.len,
                 dsn.mark.data ? dsn.mark.data : "");
        is_str(dsn.mark.len ? mark : NULL, cases[i].mark, "  mark");
    }

    /* cut at every byte: nothing is read behind the end */

    for (n = 0; n < strlen(cases[0].text); n++) {
        char  *cut = malloc(n + 1);

        memcpy(cut, cases[0].text, n);
        (void) os_dsn_read((os_str_t) { n, cut }, &dsn);
        free(cut);
    }

    ok(os_dsn_nobody(1, 1) && os_dsn_nobody(1, 10), "no such mailbox");
    ok(!os_dsn_nobody(2, 2) && !os_dsn_nobody(7, 1) && !os_dsn_nobody(1, 8),
       "full, refused, our own fault: another matter");

    return done();
}
