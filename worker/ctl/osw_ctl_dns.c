/*
 * osw_ctl_dns: see osw_ctl_dns.h.
 */

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "core/base/os_mail.h"
#include "worker/ctl/osw_ctl_dns.h"


/* No answer is longer: what the resolver calls its length is in there. */
#define OSW_DNS_ANSWER  NS_MAXMSG


/* Is it that record? */
typedef int (*osw_dns_pt)(const char *text);


static int
osw_dns_spf(const char *text)
{
    return strcmp(text, "v=spf1") == 0 || strncmp(text, "v=spf1 ", 7) == 0;
}


static int
osw_dns_dmarc(const char *text)
{
    return strncmp(text, "v=DMARC1", 8) == 0;
}


/* A tag list with a key; one whose "p" is empty was revoked. */
static int
osw_dns_dkim(const char *text)
{
    const char  *p;

    for (p = text; p; p = strchr(p, ';')) {
        p += strspn(p, "; \t");

        if (*p == 'p' && p[1 + strspn(p + 1, " \t")] == '=') {
            p = strchr(p, '=') + 1;
            p += strspn(p, " \t");

            return *p != '\0' && *p != ';';
        }
    }

    return 0;
}


/* The strings of a record's data, put together. */
static void
osw_dns_text(ns_rr *record, char *out, size_t size)
{
    size_t         n, len = 0;
    const u_char  *at = ns_rr_rdata(*record);
    const u_char  *end = at + ns_rr_rdlen(*record);

    while (at < end) {
        n = *at++;

        if (n > (size_t) (end - at) || len + n >= size) {
            break;
        }

        memcpy(out + len, at, n);
        len += n;
        at += n;
    }

    out[len] = '\0';
}


/* 1: the name has such a TXT record; 0: none; -1: DNS does not answer. */
static int
osw_dns_has(const char *name, osw_dns_pt is)
{
    int                  n, i, found = 0;
    char                 text[4096];
    ns_msg               message;
    ns_rr                record;
    unsigned char        answer[OSW_DNS_ANSWER];
    struct __res_state   state;

    memset(&state, 0, sizeof(state));

    if (res_ninit(&state) != 0) {
        return -1;
    }

    state.retry = 1;
    state.retrans = 2;
    n = res_nquery(&state, name, ns_c_in, ns_t_txt, answer, sizeof(answer));

    if (n < 0) {
        found = state.res_h_errno == HOST_NOT_FOUND
                || state.res_h_errno == NO_DATA ? 0 : -1;

    } else if (ns_initparse(answer, n, &message) == 0) {
        for (i = 0; i < ns_msg_count(message, ns_s_an) && !found; i++) {
            if (ns_parserr(&message, ns_s_an, i, &record) == 0
                && ns_rr_type(record) == ns_t_txt)
            {
                osw_dns_text(&record, text, sizeof(text));
                found = is(text);
            }
        }
    }

    res_nclose(&state);

    return found;
}


static int
osw_dns_key(const char *selector, const char *domain)
{
    int   has;
    char  name[600], what[700];

    if (selector == NULL) {
        printf("note - DKIM of %s was not looked up: its selector is your mail "
               "server's; --dkim SELECTOR, or \"dkim\" beside smtp.host\n",
               domain);
        return 0;
    }

    snprintf(name, sizeof(name), "%s._domainkey.%s", selector, domain);
    has = osw_dns_has(name, osw_dns_dkim);

    if (has == -1) {
        printf("note - DNS does not answer: %s was not looked up\n", name);
        return 0;
    }

    snprintf(what, sizeof(what), "DKIM's key is at %s", name);

    return osw_ctl_line(has, what, has ? "" : "there is none, or it was "
                        "revoked: your mail server has the record to publish; "
                        "without it mails may be taken for spam");
}


int
osw_check_dns(const osw_ctl_t *ctl, const osw_store_t *store)
{
    int          spf;
    char         domain[256], name[300];
    os_str_t     address;
    const char  *at;

    address = os_mail_address(os_json_str(os_campaign_at(store->campaign,
                                                         "/mail"), "from"));
    at = address.len ? memchr(address.data, '@', address.len) : NULL;

    if (at == NULL) {
        return 0;
    }

    snprintf(domain, sizeof(domain), "%.*s",
             (int) (address.data + address.len - at - 1), at + 1);
    spf = osw_dns_has(domain, osw_dns_spf);

    if (spf == -1) {
        printf("note - DNS does not answer: SPF, DMARC and DKIM of %s were not "
               "looked up\n", domain);
        return 0;
    }

    printf("note - %s %s\n", domain, spf ? "has SPF" : "has no SPF record: "
           "mails from it may be taken for spam; your mail server's manual has "
           "the line");
    snprintf(name, sizeof(name), "_dmarc.%s", domain);
    printf("note - %s %s\n", domain, osw_dns_has(name, osw_dns_dmarc) == 1
           ? "has DMARC" : "has no DMARC record: large mail providers ask for "
                           "one, and for DKIM, which your mail server signs");

    return osw_dns_key(ctl->dkim ? ctl->dkim : store->smtp.dkim, domain);
}
