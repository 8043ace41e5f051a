/*
 * osw_mime: see osw_mime.h.
 */

#define _GNU_SOURCE

#include <string.h>
#include <stdio.h>
#include <time.h>

#include "core/base/os_code.h"
#include "core/base/os_dsn.h"
#include "core/base/os_mail.h"
#include "worker/render/osw_mime.h"


#define OSW_LINE        76      /* columns of a line with encoded words */
#define OSW_WORD_FRAME  12      /* =?UTF-8?B? and ?= */
#define OSW_WORD_BYTES  45      /* of UTF-8 in one encoded word of 75 */
#define OSW_WORD_PLAIN  60      /* longer ones are encoded: these can be cut */


os_str_t
osw_mime_address(os_str_t text)
{
    return os_mail_address(text);
}


int
osw_mime_address_ok(os_str_t address)
{
    return os_mail_address_ok(address);
}


/*
 * May it stand as it is? Nothing but printable ASCII, nothing that looks like
 * an encoded word, and no word so long that it could not be folded.
 */
static int
osw_mime_plain(os_str_t text)
{
    size_t  i, word;

    for (i = 0, word = 0; i < text.len; i++) {
        word = text.data[i] == ' ' ? 0 : word + 1;

        if ((unsigned char) text.data[i] < ' '
            || (unsigned char) text.data[i] > '~' || word > OSW_WORD_PLAIN
            || (text.data[i] == '=' && i + 1 < text.len
                && text.data[i + 1] == '?'))
        {
            return 0;
        }
    }

    return 1;
}


/* A new line of the header: the column after the space that opens it. */
static size_t
osw_mime_new_line(os_buf_t *out)
{
    os_buf_text(out, "\r\n ");

    return 1;
}


/*
 * Encoded words (RFC 2047, 2), each of whole characters: a line that has one
 * is of 76 columns at most. `column` is where the first begins; the column
 * behind the last.
 */
static size_t
osw_mime_words(os_str_t text, size_t column, os_buf_t *out)
{
    size_t  n, room;

    while (text.len) {
        room = column + OSW_WORD_FRAME + 8 < OSW_LINE
               ? (OSW_LINE - column - OSW_WORD_FRAME) / 4 * 3 : 0;
        room = room > OSW_WORD_BYTES ? OSW_WORD_BYTES : room;

        if (room < 4 && column > 1) {
            column = osw_mime_new_line(out);
            continue;
        }

        n = text.len > room ? room : text.len;

        while (n < text.len && n > 1
               && ((unsigned char) text.data[n] & 0xc0) == 0x80)
        {
            n--;
        }

        os_buf_text(out, "=?UTF-8?B?");
        os_base64(out, text.data, n);
        os_buf_text(out, "?=");
        column += OSW_WORD_FRAME + (n + 2) / 3 * 4;
        text.data += n;
        text.len -= n;

        if (text.len) {
            column = osw_mime_new_line(out);
        }
    }

    return column;
}


/* Words between spaces, folded; `column` is where it begins. */
static void
osw_mime_fold(os_str_t text, size_t column, os_buf_t *out)
{
    size_t  i, n;

    while (text.len) {
        for (n = 1; n < text.len && text.data[n] != ' '; n++) { /* void */ }

        if (column + n > OSW_LINE && text.data[0] == ' ') {
            os_buf_text(out, "\r\n");
            column = 0;
        }

        for (i = 0; i < n; i++) {
            os_buf_char(out, text.data[i]);
        }

        column += n;
        text.data += n;
        text.len -= n;
    }
}


static void
osw_mime_header(const char *name, os_str_t value, os_buf_t *out)
{
    os_buf_text(out, name);
    os_buf_text(out, ": ");

    if (osw_mime_plain(value)) {
        osw_mime_fold(value, strlen(name) + 2, out);

    } else {
        (void) osw_mime_words(value, strlen(name) + 2, out);
    }

    os_buf_text(out, "\r\n");
}


/* The name before an address, quoted or encoded: the column behind it. */
static size_t
osw_mime_person(os_str_t person, size_t column, os_buf_t *out)
{
    size_t  i, from;

    if (!osw_mime_plain(person) || person.len > OSW_WORD_PLAIN) {
        return osw_mime_words(person, column, out);
    }

    from = out->len;
    os_buf_char(out, '"');

    for (i = 0; i < person.len; i++) {
        if (person.data[i] == '"' || person.data[i] == '\\') {
            os_buf_char(out, '\\');
        }

        os_buf_char(out, person.data[i]);
    }

    os_buf_char(out, '"');

    return column + out->len - from;
}


/* "Name <address>": the name quoted or encoded, the address as it is. */
static void
osw_mime_mailbox(const char *name, os_str_t value, os_buf_t *out)
{
    size_t    column;
    os_str_t  address, person;

    address = osw_mime_address(value);
    person = (os_str_t) { (size_t) (address.data - value.data), value.data };

    while (person.len && strchr(" <\"", person.data[person.len - 1])) {
        person.len--;
    }

    while (person.len && strchr(" \"", person.data[0])) {
        person.data++;
        person.len--;
    }

    os_buf_text(out, name);
    os_buf_text(out, ": ");

    if (person.len == 0) {
        os_buf_str(out, address);

    } else {
        column = osw_mime_person(person, strlen(name) + 2, out);
        os_buf_text(out, column + address.len + 3 > OSW_LINE ? "\r\n <"
                                                             : " <");
        os_buf_str(out, address);
        os_buf_char(out, '>');
    }

    os_buf_text(out, "\r\n");
}


/* RFC 2045, 6.7, over lines that end in LF or CRLF. */
static void
osw_mime_quoted(os_str_t text, os_buf_t *out)
{
    size_t         i, column;
    unsigned char  c;

    column = 0;

    for (i = 0; i < text.len; i++) {
        c = (unsigned char) text.data[i];

        if (c == '\n' || (c == '\r' && i + 1 < text.len
                          && text.data[i + 1] == '\n'))
        {
            i += c == '\r';
            os_buf_text(out, "\r\n");
            column = 0;
            continue;
        }

        if (column >= 72) {
            os_buf_text(out, "=\r\n");
            column = 0;
        }

        if ((c >= 33 && c <= 126 && c != '=')
            || (c == ' ' && i + 1 < text.len && text.data[i + 1] != '\n'
                && text.data[i + 1] != '\r'))
        {
            os_buf_char(out, (char) c);
            column++;

        } else {
            os_buf_printf(out, "=%02X", c);
            column += 3;
        }
    }

    os_buf_text(out, "\r\n");
}


static void
osw_mime_base64(os_str_t text, os_buf_t *out)
{
    size_t  n;

    for ( ; text.len; text.data += n, text.len -= n) {
        n = text.len > 57 ? 57 : text.len;
        os_base64(out, text.data, n);
        os_buf_text(out, "\r\n");
    }
}


/* Text that is mostly ASCII stays readable on the wire. */
static void
osw_mime_part(const char *type, os_str_t text, os_buf_t *out)
{
    size_t  i, high;

    for (i = 0, high = 0; i < text.len; i++) {
        high += (unsigned char) text.data[i] > 126;
    }

    os_buf_printf(out, "Content-Type: %s; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: %s\r\n\r\n", type,
                  high * 6 > text.len ? "base64" : "quoted-printable");

    if (high * 6 > text.len) {
        osw_mime_base64(text, out);

    } else {
        osw_mime_quoted(text, out);
    }
}


static void
osw_mime_date(int64_t date, os_buf_t *out)
{
    time_t      t;
    struct tm   tm;

    static const char *const  days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
                                         "Fri", "Sat" };
    static const char *const  months[] = { "Jan", "Feb", "Mar", "Apr", "May",
                                           "Jun", "Jul", "Aug", "Sep", "Oct",
                                           "Nov", "Dec" };

    t = (time_t) date;
    (void) gmtime_r(&t, &tm);
    os_buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
                  days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                  tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}


static void
osw_mime_headers(const osw_mime_t *m, os_buf_t *out)
{
    os_str_t     from;
    const char  *at;

    from = osw_mime_address(m->from);
    at = from.len ? memchr(from.data, '@', from.len) : NULL;

    osw_mime_date(m->date, out);
    osw_mime_mailbox("From", m->from, out);
    osw_mime_mailbox("To", m->to, out);

    /* a customer's, which nobody has looked at: better none than a bad one */

    if (osw_mime_address_ok(osw_mime_address(m->reply_to))) {
        osw_mime_mailbox("Reply-To", m->reply_to, out);
    }

    osw_mime_header("Subject", m->subject, out);
    os_buf_text(out, "Message-ID: <");
    os_buf_str(out, m->message_id);
    os_buf_char(out, '@');
    os_buf_str(out, at ? (os_str_t) { from.len
                                      - (size_t) (at + 1 - from.data), at + 1 }
                       : OS_STR("ordersave.invalid"));
    os_buf_text(out, ">\r\nAuto-Submitted: auto-generated\r\n");

    if (m->locale.len) {
        osw_mime_header("Content-Language", m->locale, out);
    }

    if (m->mark.len) {
        os_buf_text(out, OS_DSN_HEADER ":\r\n ");
        os_buf_str(out, m->mark);
        os_buf_text(out, "\r\n");
    }

    if (m->unsubscribe.len) {
        os_buf_text(out, "List-Unsubscribe: <");
        os_buf_str(out, m->unsubscribe);
        os_buf_text(out, ">\r\n");

        /* one click needs https (RFC 8058, 3.1) */

        if (os_str_starts(m->unsubscribe, OS_STR("https://"))) {
            os_buf_text(out, "List-Unsubscribe-Post: "
                             "List-Unsubscribe=One-Click\r\n");
        }
    }

    os_buf_text(out, "MIME-Version: 1.0\r\n");
}


void
osw_mime_write(const osw_mime_t *m, os_buf_t *out)
{
    os_buf_t  mark;

    osw_mime_headers(m, out);

    if (m->html.len == 0) {
        osw_mime_part("text/plain", m->text, out);
        return;
    }

    /* "=_" cannot occur in quoted-printable or base64 */
    mark = (os_buf_t) { 0 };
    os_buf_text(&mark, "=_");
    os_buf_str(&mark, m->message_id);

    os_buf_text(out, "Content-Type: multipart/alternative; boundary=\"");
    os_buf_str(out, os_buf_view(&mark));
    os_buf_text(out, "\"\r\n\r\n--");
    os_buf_str(out, os_buf_view(&mark));
    os_buf_text(out, "\r\n");
    osw_mime_part("text/plain", m->text, out);
    os_buf_text(out, "--");
    os_buf_str(out, os_buf_view(&mark));
    os_buf_text(out, "\r\n");
    osw_mime_part("text/html", m->html, out);
    os_buf_text(out, "--");
    os_buf_str(out, os_buf_view(&mark));
    os_buf_text(out, "--\r\n");
    os_buf_free(&mark);
}
