/*
 * A mail server that takes every mail and keeps none: sink PORT DELAY. It
 * answers to the end of a mail after so many milliseconds, and to several
 * commands at once with one packet (RFC 5321; PIPELINING: RFC 2920); to NOOP by
 * how many mails there were. A thread for each connection; ends when it is told
 * to.
 */

#define _GNU_SOURCE

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>


static useconds_t   delay;
static atomic_uint  taken;


typedef struct {
    int     fd;
    int     data;               /* in a mail */
    int     over;
    size_t  n;
    char    answers[4096];
} session_t;


static void
say(session_t *s, const char *text)
{
    size_t  len = strlen(text);

    if (len < sizeof(s->answers) - s->n) {
        memcpy(s->answers + s->n, text, len);
        s->n += len;
    }
}


/* One line, without its end. */
static void
take(session_t *s, const char *line, size_t len)
{
    char  count[32];

    if (s->data) {
        if (len == 1 && line[0] == '.') {
            s->data = 0;
            usleep(delay);
            taken++;
            say(s, "250 taken\r\n");
        }

    } else if (len >= 4 && strncasecmp(line, "EHLO", 4) == 0) {
        say(s, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
               "250 SMTPUTF8\r\n");

    } else if (len >= 4 && strncasecmp(line, "NOOP", 4) == 0) {
        snprintf(count, sizeof(count), "250 %u\r\n", taken);
        say(s, count);

    } else if (len >= 4 && strncasecmp(line, "DATA", 4) == 0) {
        s->data = 1;
        say(s, "354 go on\r\n");

    } else if (len >= 4 && strncasecmp(line, "QUIT", 4) == 0) {
        s->over = 1;
        say(s, "221 bye\r\n");

    } else {
        say(s, "250 ok\r\n");
    }
}


static void *
session(void *arg)
{
    char       buf[65536], *line, *end;
    size_t     have = 0;
    ssize_t    n;
    session_t  s = { .fd = (int) (intptr_t) arg };

    say(&s, "220 sink ESMTP\r\n");

    /* all that has come is answered at once */

    while (write(s.fd, s.answers, s.n) == (ssize_t) s.n && !s.over
           && (n = read(s.fd, buf + have, sizeof(buf) - have)) > 0)
    {
        s.n = 0;
        have += (size_t) n;
        line = buf;

        while ((end = memmem(line, (size_t) (buf + have - line), "\r\n", 2)))
        {
            take(&s, line, (size_t) (end - line));
            line = end + 2;
        }

        have -= (size_t) (line - buf);
        memmove(buf, line, have);
    }

    close(s.fd);
    return NULL;
}


int
main(int argc, char **argv)
{
    int                 s, fd, one = 1;
    pthread_t           thread;
    struct sockaddr_in  at = { .sin_family = AF_INET };

    if (argc != 3) {
        fputs("usage: sink PORT DELAY_MS\n", stderr);
        return 2;
    }

    delay = (useconds_t) atoi(argv[2]) * 1000;
    at.sin_port = htons((uint16_t) atoi(argv[1]));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));

    if (bind(s, (struct sockaddr *) &at, sizeof(at)) == -1
        || listen(s, 128) == -1)
    {
        perror("sink");
        return 1;
    }

    while ((fd = accept(s, NULL, NULL)) != -1) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

        if (pthread_create(&thread, NULL, session, (void *) (intptr_t) fd)
            != 0)
        {
            close(fd);
            continue;
        }

        pthread_detach(thread);
    }

    return 0;
}
