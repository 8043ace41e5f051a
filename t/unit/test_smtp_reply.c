/*
 * What a mail server's reply means. The replies are of Postfix, Exim, Sendmail,
 * Exchange and Gmail as their users report them.
 */

#include "tap.h"
#include "worker/osw_smtp_reply.h"


static const char *
means(osw_stage_t stage, const char *line)
{
    static const char *const  word[] = { "good", "later", "closed", "dead" };

    return word[osw_smtp_reply_means(stage, line)];
}


static const struct {
    osw_stage_t   stage;
    const char   *line;
    const char   *means;
} cases[] = {
    { OSW_STAGE_GREETING, "554 5.7.1 your address is on a list", "closed" },
    { OSW_STAGE_GREETING, "554 no SMTP service here", "closed" },
    { OSW_STAGE_GREETING, "421 4.7.0 too many connections", "closed" },
    { OSW_STAGE_GREETING, "535 5.7.8 authentication failed", "closed" },
    { OSW_STAGE_GREETING, "550 5.1.1 no such user", "closed" },
    { OSW_STAGE_FROM, "550 sender rejected", "closed" },
    { OSW_STAGE_FROM, "553 5.7.1 sender address not owned by user", "closed" },
    { OSW_STAGE_FROM, "530 5.7.0 must issue a STARTTLS command", "closed" },
    { OSW_STAGE_FROM, "552 5.3.4 message size exceeds limit", "dead" },
    { OSW_STAGE_FROM, "552 too big", "dead" },
    { OSW_STAGE_FROM, "452 4.3.1 insufficient system storage", "closed" },
    { OSW_STAGE_FROM, "450 4.1.8 domain not found", "closed" },
    { OSW_STAGE_RCPT, "550 5.1.1 user unknown", "dead" },
    { OSW_STAGE_RCPT, "550-5.1.1", "dead" },
    { OSW_STAGE_RCPT, "550 no such user here", "dead" },
    { OSW_STAGE_RCPT, "553 5.1.3 invalid address", "dead" },
    { OSW_STAGE_RCPT, "550 5.2.1 mailbox disabled", "dead" },
    { OSW_STAGE_RCPT, "552 5.2.2 mailbox full", "dead" },
    { OSW_STAGE_RCPT, "550 5.4.1 recipient address rejected", "dead" },
    { OSW_STAGE_RCPT, "556 5.1.10 domain takes no mail", "dead" },
    { OSW_STAGE_RCPT, "554 5.7.1 relay access denied", "closed" },
    { OSW_STAGE_RCPT, "550 5.7.1 relaying denied", "closed" },
    { OSW_STAGE_RCPT, "554 blocked", "closed" },
    { OSW_STAGE_RCPT, "553 5.1.8 sender domain does not exist", "closed" },
    { OSW_STAGE_RCPT, "503 5.5.1 bad sequence of commands", "closed" },
    { OSW_STAGE_RCPT, "451 4.7.1 greylisted, come back", "later" },
    { OSW_STAGE_RCPT, "450 4.2.0 greylisted", "later" },
    { OSW_STAGE_RCPT, "452 4.2.2 over quota", "later" },
    { OSW_STAGE_RCPT, "421 4.3.0 shutting down", "closed" },
    { OSW_STAGE_RCPT, "451 4.3.0 temporary lookup failure", "closed" },
    { OSW_STAGE_DATA, "354 go on", "good" },
    { OSW_STAGE_DATA, "554 5.5.1 no valid recipients", "closed" },
    { OSW_STAGE_DOT, "250 2.0.0 queued", "good" },
    { OSW_STAGE_DOT, "554 5.6.0 content rejected", "dead" },
    { OSW_STAGE_DOT, "554 transaction failed", "dead" },
    { OSW_STAGE_DOT, "550 5.7.26 not authenticated: SPF, DKIM", "closed" },
    { OSW_STAGE_DOT, "552 5.3.4 message too big", "dead" },
    { OSW_STAGE_DOT, "554 5.3.0 queue file write error", "closed" },
    { OSW_STAGE_DOT, "451 4.3.0 queue file write error", "closed" },
    { OSW_STAGE_DOT, "450 4.7.0 later", "later" },
    { OSW_STAGE_DOT, "550 4.1.1 of two minds", "dead" },
    { OSW_STAGE_DOT, "", "later" },
};


int
main(void)
{
    char    text[64], little[12];
    size_t  i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ok(strcmp(means(cases[i].stage, cases[i].line), cases[i].means) == 0,
           "%s: %s: %s", osw_stage_name(cases[i].stage), cases[i].line,
           cases[i].means);
    }

    osw_smtp_reply_text("550 5.1.1 <ada@shop.test>: no\tsuch\x1b user\r\n",
                        text, sizeof(text));
    ok(strcmp(text, "550 5.1.1 (address) no such? user") == 0,
       "a reply in a log names nobody: %s", text);
    osw_smtp_reply_text("550 5.1.1 a@b c", little, sizeof(little));
    ok(strlen(little) < sizeof(little), "and is cut where there is no room");

    return done();
}
