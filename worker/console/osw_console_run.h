/*
 * osw_console_run: a run of ordersavectl. What the console does, and what it
 * shows of messages, it has done by the program that does it in a shell: there
 * is one way, and whatever happens to it happens to a process of its own.
 */

#ifndef OSW_CONSOLE_RUN_H
#define OSW_CONSOLE_RUN_H

#include "worker/osw.h"


#define OSW_RUN_WORDS  12       /* at most */

typedef struct osw_runs_s  osw_runs_t;

/*
 * How it ended: its exit status, or -1 where it did not end by itself; and what
 * it wrote to its two outputs, borrowed.
 */
typedef void (*osw_run_pt)(void *data, int status, os_str_t out,
    os_str_t err);

/* NULL without memory, or where there is no ordersavectl beside us. */
osw_runs_t *osw_runs_new(osw_t *w);

/*
 * Runs "ordersavectl -c CONFIG WORDS…"; the last of `words` is NULL, and words
 * of others stand behind a "--". `done` is called once, later. -1: too many run
 * already, or it cannot be started; then it is not called.
 */
int osw_run(osw_runs_t *runs, const char *const *words, osw_run_pt done,
    void *data);

/* Ends those that run: each is told to its `done` as the loop goes on. */
void osw_runs_stop(osw_runs_t *runs);

/* After the loop has ended. NULL is allowed. */
void osw_runs_free(osw_runs_t *runs);

#endif /* OSW_CONSOLE_RUN_H */
