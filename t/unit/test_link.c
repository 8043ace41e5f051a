/*
 * os_link: large commands leave from where they are, in line with others.
 */

#include <stdlib.h>

#include "redis/os_link.h"
#include "tap.h"


#define LARGE  100000


static int  replies, told;


static void
handler(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    told += reply == NULL;
}


static void
deliver(void *owner, os_command_t *cmd, redisReply *reply)
{
    (void) owner;
    replies++;
    freeReplyObject(reply);
    os_command_free(cmd);
}


static os_command_t *
command(char letter, size_t len)
{
    char          *word = malloc(len);
    os_command_t  *cmd = os_command_new(0, handler, NULL);

    memset(word, letter, len);
    os_command_words(cmd, 2);
    os_command_add(cmd, OS_STR("ECHO"));
    os_command_add(cmd, (os_str_t) { len, word });
    free(word);

    return cmd;
}


/* Writes at most so many bytes at a time. */
static void
drain(os_link_t *link, size_t most, os_buf_t *out)
{
    os_str_t  piece;

    for ( ;; ) {
        piece = os_link_out(link);
        piece.len = piece.len < most ? piece.len : most;

        if (piece.len == 0) {
            return;
        }

        os_buf_str(out, piece);
        os_link_wrote(link, piece.len);
    }
}


/* Small and large ones, by their order: s and L. */
static void
test_line(const char *line, size_t most)
{
    size_t         i;
    os_buf_t       want = { 0 }, got = { 0 };
    os_link_t      link;
    os_command_t  *cmd;

    (void) os_link_init(&link);
    diag("%s in pieces of %zu", line, most);

    for (i = 0; line[i]; i++) {
        cmd = command((char) ('a' + i), line[i] == 's' ? 10 : LARGE);
        os_buf_str(&want, os_buf_view(&cmd->bytes));
        os_link_send(&link, cmd);

        if (line[i] == 'L') {
            is_int(link.out.len < LARGE, 1, "it is not copied");
        }

        /* others come into line while one is on its way */

        if (i % 3 == 2) {
            os_buf_str(&got, os_link_out(&link));
            os_link_wrote(&link, os_link_out(&link).len);
        }
    }

    drain(&link, most, &got);
    is_int(os_str_equal(os_buf_view(&got), os_buf_view(&want)), 1,
           "all leave, and in order");
    is_int((intmax_t) link.out.len, 0, "nothing is left");

    replies = 0;

    while (link.head) {
        (void) os_link_feed(&link, "+OK\r\n", 5, 1000, deliver, NULL);
    }

    is_int(replies, (intmax_t) i, "each has its answer");
    (void) os_link_reset(&link);
    os_buf_free(&want);
    os_buf_free(&got);
}


/* Redis says no before it has all. */
static void
test_early(void)
{
    os_link_t      link;
    os_command_t  *cmd;

    (void) os_link_init(&link);
    os_link_send(&link, command('a', LARGE));
    os_link_send(&link, command('b', 10));
    os_link_wrote(&link, 5000);
    told = replies = 0;

    is_int(os_link_feed(&link, "-ERR long\r\n", 11, 1000, deliver, NULL), -1,
           "an answer to a part of a command: close");
    is_int(replies, 0, "it is nobody's");

    for (cmd = os_link_reset(&link); cmd; ) {
        os_command_t  *next = cmd->next;

        os_command_abandon(cmd);
        os_command_free(cmd);
        cmd = next;
    }

    is_int(told, 2, "both are told");
    is_int((intmax_t) os_link_out(&link).len, 0, "and nothing is to be sent");
    (void) os_link_reset(&link);
}


static void
test_last(size_t topic, size_t len)
{
    char          *word, *to;
    os_buf_t       text = { 0 };
    os_command_t  *cmd, *whole, front = { 0 };

    word = malloc(topic + len);
    memset(word, 'w', topic + len);

    whole = os_command_new(0, handler, NULL);
    os_command_words(whole, 2);
    os_command_add(whole, (os_str_t) { topic, word });
    os_command_add(whole, (os_str_t) { len, word });

    cmd = os_command_new(0, handler, NULL);
    to = os_command_last(cmd, len);
    memcpy(to, word, len);
    os_command_words(&front, 2);
    os_command_add(&front, (os_str_t) { topic, word });

    diag("%zu and %zu bytes", topic, len);
    is_int(os_command_front(cmd, &front), 0, "what stands before it");
    is_int(os_str_equal(os_buf_view(&cmd->bytes), os_buf_view(&whole->bytes)),
           1, "the same as built in order");

    os_buf_free(&front.bytes);
    os_buf_free(&text);
    os_command_free(cmd);
    os_command_free(whole);
    free(word);
}


int
main(void)
{
    test_line("s", 7);
    test_line("L", 70000);
    test_line("sLs", 70000);
    test_line("LLsL", 1000);
    test_line("LsLLsssL", 1 << 20);
    test_line("sLLLLsLs", 99999);
    test_early();
    test_last(10, 0);
    test_last(10, 1);
    test_last(990, 100000);
    test_last(5000, 100000);

    return done();
}
