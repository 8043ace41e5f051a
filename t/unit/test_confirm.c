/*
 * os_confirm: what is passed on, and when. The order of handlers is written
 * down as text: "a" was passed on, "A" was not.
 */

#include <stdlib.h>

#include "redis/os_confirm.h"
#include "tap.h"


static char           story[32];
static os_confirm_t  *adds_to;


static void
handler(os_command_t *cmd, redisReply *reply)
{
    char  letter = *(const char *) cmd->data;

    strncat(story, &letter, 1);

    if (reply == NULL) {
        story[strlen(story) - 1] = (char) (letter - 'a' + 'A');
    }
}


static redisReply *
reply_of(const char *text)
{
    void         *reply = NULL;
    redisReader  *reader = redisReaderCreate();

    redisReaderFeed(reader, text, strlen(text));
    (void) redisReaderGetReply(reader, &reply);
    redisReaderFree(reader);

    return reply;
}


static os_command_t *
held(const char *name)
{
    os_command_t  *cmd = os_command_new(0, handler, (void *) name);

    return cmd;
}


static void
adds_more(os_command_t *cmd, redisReply *reply)
{
    handler(cmd, reply);
    os_confirm_add(adds_to, held("z"), reply_of("+OK\r\n"));
}


static void
nobody(os_command_t *cmd, redisReply *reply)
{
    (void) cmd;
    (void) reply;
}


/* What is asked, as the words on the line; "" for nothing. */
static const char *
asks(os_confirm_t *c, uint64_t now)
{
    static char    words[256];
    os_command_t  *cmd = os_confirm_ask(c, now, nobody, NULL);

    words[0] = '\0';

    if (cmd) {
        memcpy(words, cmd->bytes.data, cmd->bytes.len);
        words[cmd->bytes.len] = '\0';
        os_command_free(cmd);
    }

    return words;
}


static void
answer(os_confirm_t *c, const char *text, uint64_t now)
{
    redisReply  *reply = text ? reply_of(text) : NULL;

    os_confirm_answer(c, reply, now);

    if (reply) {
        freeReplyObject(reply);
    }
}


#define ROLE          "*1\r\n$4\r\nROLE\r\n"
#define ROLE_WAIT     ROLE "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$3\r\n500\r\n"
#define ALONE         "*3\r\n$6\r\nmaster\r\n:9\r\n*0\r\n"
#define WITH_ONE      "*3\r\n$6\r\nmaster\r\n:9\r\n*1\r\n*3\r\n$1\r\nh\r\n"  \
                      "$1\r\n1\r\n$1\r\n9\r\n"
#define SLAVE         "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected"  \
                      "\r\n:9\r\n"


static void
start(os_confirm_t *c)
{
    os_confirm_init(c, 500);
    story[0] = '\0';
}


static void
hold(os_confirm_t *c, const char *name)
{
    os_confirm_add(c, held(name), reply_of("+OK\r\n"));
}


static void
alone(void)
{
    os_confirm_t  c;

    start(&c);
    hold(&c, "a");
    is_str(asks(&c, 100), ROLE, "whether there is a replica is asked first");
    is_str(story, "", "nothing is passed on before that");
    hold(&c, "b");
    is_str(asks(&c, 100), "", "one question at a time");
    answer(&c, ALONE, 101);
    is_str(story, "a", "without a replica it is passed on");
    is_str(asks(&c, 1000), "", "that is believed for a while,");
    is_str(story, "ab", "so that nobody waits for a question");
    hold(&c, "c");
    is_str(asks(&c, 1101), ROLE, "and then asked again");
    is_int(c.alone, 2, "and counted");
    answer(&c, WITH_ONE, 1102);
    is_str(story, "ab", "there is one now: it must have it first");
    is_str(asks(&c, 1102), ROLE_WAIT, "so it is waited for");
    answer(&c, "*2\r\n" WITH_ONE ":1\r\n", 1110);
    is_str(story, "abc", "and then passed on");
    os_confirm_fail(&c);
}


static void
late(void)
{
    os_confirm_t  c;

    start(&c);
    c.replicas = 1;
    hold(&c, "a");
    hold(&c, "b");
    is_str(asks(&c, 5), ROLE_WAIT, "one question for all that are held back");
    hold(&c, "c");
    answer(&c, "*2\r\n" WITH_ONE ":0\r\n", 505);
    is_str(story, "AB", "a replica that lags: they are not passed on");
    is_int(c.unconfirmed, 2, "which is counted");
    is_str(asks(&c, 505), ROLE_WAIT, "whoever came later is asked for anew");
    answer(&c, "*2\r\n" ALONE ":0\r\n", 1005);
    is_str(story, "ABc", "a replica that left is not waited for");

    hold(&c, "d");
    is_str(asks(&c, 3000), ROLE, "asked");
    answer(&c, SLAVE, 3001);
    is_str(story, "ABcD", "a master that became a replica confirms nothing");

    hold(&c, "e");
    is_str(asks(&c, 4000), ROLE, "asked");
    answer(&c, NULL, 4001);
    is_str(story, "ABcDE", "nor does silence");

    hold(&c, "f");
    is_str(asks(&c, 5000), ROLE, "asked");
    answer(&c, "-LOADING it is\r\n", 5001);
    is_str(story, "ABcDEF", "nor does one that is busy");
    os_confirm_fail(&c);
}


static void
barred(void)
{
    os_confirm_t  c;

    start(&c);
    hold(&c, "a");
    is_str(asks(&c, 5), ROLE, "asked");
    answer(&c, "-NOPERM this user has no permissions to run 'role'\r\n", 6);
    is_str(story, "a", "an ACL that permits no question stops nothing");
    ok(c.barred, "and is known");
    hold(&c, "b");
    is_str(asks(&c, 7), "", "nor does it cost a question each time");
    is_str(story, "ab", "it goes on");
    os_confirm_fail(&c);
}


static void
lost(void)
{
    os_command_t  *gone;
    os_confirm_t   c;

    start(&c);
    hold(&c, "a");
    is_str(asks(&c, 5), ROLE, "asked");
    hold(&c, "b");
    os_confirm_fail(&c);
    is_str(story, "AB", "the node is lost: nothing of it is passed on");
    answer(&c, WITH_ONE, 6);
    is_str(story, "AB", "an answer that still comes finds nobody");

    gone = held("c");
    gone->answered = 1;
    os_confirm_add(&c, gone, reply_of("+OK\r\n"));
    os_confirm_fail(&c);
    is_str(story, "AB", "nobody is told twice");

    adds_to = &c;
    gone = os_command_new(0, adds_more, (void *) "d");
    os_confirm_add(&c, gone, reply_of("+OK\r\n"));
    c.replicas = 0;
    c.seen = 10;
    is_str(asks(&c, 11), "", "passed on at once");
    is_str(story, "ABd", "a handler that sends more is not called for it,");
    is_str(asks(&c, 11), "", "but with the next");
    is_str(story, "ABdz", "question");
    os_confirm_fail(&c);
}


int
main(void)
{
    alone();
    late();
    barred();
    lost();

    return done();
}
