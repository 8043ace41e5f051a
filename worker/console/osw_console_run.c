/*
 * osw_console_run: see osw_console_run.h.
 *
 * A run is over when its process has ended and both its outputs have: its
 * handles are closed then, and the last one frees it.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/console/osw_console_run.h"


#define OSW_RUN_MOST    8               /* at a time */
#define OSW_RUN_FOR     20000           /* ms */
#define OSW_RUN_OUTPUT  (4u << 20)      /* bytes */
#define OSW_RUN_PIECE   16384


typedef struct osw_run_s  osw_run_t;

typedef struct {
    osw_run_t      *run;
    uv_pipe_t       pipe;
    os_buf_t        text;
} osw_run_output_t;

struct osw_run_s {
    osw_run_t        *next;
    osw_runs_t       *runs;
    uv_process_t      process;
    osw_run_output_t  output[2];
    uv_timer_t        timer;
    int               status;
    int               waits;        /* for the ends of process and outputs */
    int               handles;      /* that are not closed yet */
    osw_run_pt        done;
    void             *data;
    char              piece[OSW_RUN_PIECE];
};

struct osw_runs_s {
    osw_t      *w;
    osw_run_t  *all;
    size_t      n;
    char        program[PATH_MAX];
};


osw_runs_t *
osw_runs_new(osw_t *w)
{
    char        *slash;
    size_t       len = PATH_MAX - 32, i;
    osw_runs_t  *runs = calloc(1, sizeof(osw_runs_t));

    static const char *const  places[] = { "/ordersavectl",
                                           "/../bin/ordersavectl" };

    if (runs == NULL) {
        return NULL;
    }

    runs->w = w;

    if (uv_exepath(runs->program, &len) == 0
        && (slash = strrchr(runs->program, '/')) != NULL)
    {
        for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            (void) strcpy(slash, places[i]);

            if (access(runs->program, X_OK) == 0) {
                return runs;
            }
        }
    }

    free(runs);
    return NULL;
}


static void
osw_run_freed(osw_run_t *run)
{
    if (--run->handles == 0) {
        os_buf_free(&run->output[0].text);
        os_buf_free(&run->output[1].text);
        free(run);
    }
}


static void
osw_run_closed(uv_handle_t *handle)
{
    osw_run_freed(handle->data);
}


static void
osw_run_output_closed(uv_handle_t *handle)
{
    osw_run_output_t  *output = handle->data;

    osw_run_freed(output->run);
}


static void
osw_run_close(osw_run_t *run)
{
    osw_run_t  **at;

    for (at = &run->runs->all; *at; at = &(*at)->next) {
        if (*at == run) {
            *at = run->next;
            run->runs->n--;
            break;
        }
    }

    uv_close((uv_handle_t *) &run->process, osw_run_closed);
    uv_close((uv_handle_t *) &run->output[0].pipe, osw_run_output_closed);
    uv_close((uv_handle_t *) &run->output[1].pipe, osw_run_output_closed);
    uv_close((uv_handle_t *) &run->timer, osw_run_closed);
}


static void
osw_run_end(osw_run_t *run)
{
    const osw_run_output_t  *o = run->output;

    if (--run->waits == 0) {
        run->done(run->data,
                  o[0].text.failed || o[1].text.failed ? -1 : run->status,
                  os_buf_view(&o[0].text), os_buf_view(&o[1].text));
        osw_run_close(run);
    }
}


static void
osw_run_exit(uv_process_t *process, int64_t status, int signal)
{
    osw_run_t  *run = process->data;

    run->status = signal ? -1 : (int) status;
    osw_run_end(run);
}


static void
osw_run_late(uv_timer_t *timer)
{
    osw_run_t  *run = timer->data;

    (void) uv_process_kill(&run->process, SIGKILL);
}


static void
osw_run_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    osw_run_output_t  *output = handle->data;

    (void) wanted;
    *buf = uv_buf_init(output->run->piece, sizeof(output->run->piece));
}


static void
osw_run_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    osw_run_output_t  *output = stream->data;

    if (n < 0) {
        (void) uv_read_stop(stream);
        osw_run_end(output->run);
        return;
    }

    os_buf_add(&output->text, buf->base, (size_t) n);

    if (output->text.len > OSW_RUN_OUTPUT) {
        output->text.failed = 1;
        (void) uv_process_kill(&output->run->process, SIGKILL);
    }
}


static uv_stdio_container_t
osw_run_stdio(osw_run_output_t *output)
{
    return (uv_stdio_container_t) {
        .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
        .data.stream = (uv_stream_t *) &output->pipe
    };
}


static int
osw_run_spawn(osw_run_t *run, const char *const *words)
{
    int                    i, n = 0;
    char                  *argv[OSW_RUN_WORDS + 4];
    uv_process_options_t   o = { .exit_cb = osw_run_exit,
                                 .file = run->runs->program, .args = argv };
    uv_stdio_container_t   stdio[3] = {
        { .flags = UV_IGNORE }, osw_run_stdio(&run->output[0]),
        osw_run_stdio(&run->output[1])
    };

    argv[n++] = run->runs->program;
    argv[n++] = "-c";
    argv[n++] = run->runs->w->config->path;

    for (i = 0; i < OSW_RUN_WORDS && words[i]; i++) {
        argv[n++] = (char *) words[i];
    }

    argv[n] = NULL;
    o.stdio = stdio;
    o.stdio_count = 3;

    return uv_spawn(run->runs->w->loop, &run->process, &o);
}


static osw_run_t *
osw_run_new(osw_runs_t *runs, osw_run_pt done, void *data)
{
    int         i;
    osw_run_t  *run = calloc(1, sizeof(osw_run_t));

    if (run == NULL) {
        return NULL;
    }

    run->runs = runs;
    run->done = done;
    run->data = data;
    run->waits = 3;
    run->handles = 4;
    run->next = runs->all;
    runs->all = run;
    runs->n++;
    run->process.data = run->timer.data = run;
    (void) uv_timer_init(runs->w->loop, &run->timer);

    for (i = 0; i < 2; i++) {
        run->output[i].run = run;
        run->output[i].pipe.data = &run->output[i];
        (void) uv_pipe_init(runs->w->loop, &run->output[i].pipe, 0);
    }

    return run;
}


int
osw_run(osw_runs_t *runs, const char *const *words, osw_run_pt done,
    void *data)
{
    int         i;
    osw_run_t  *run;

    if (runs->n >= OSW_RUN_MOST
        || (run = osw_run_new(runs, done, data)) == NULL)
    {
        return -1;
    }

    if (osw_run_spawn(run, words) != 0) {
        osw_run_close(run);
        return -1;
    }

    for (i = 0; i < 2; i++) {
        (void) uv_read_start((uv_stream_t *) &run->output[i].pipe,
                             osw_run_room, osw_run_read);
    }

    (void) uv_timer_start(&run->timer, osw_run_late, OSW_RUN_FOR, 0);

    return 0;
}


void
osw_runs_stop(osw_runs_t *runs)
{
    osw_run_t  *run;

    for (run = runs ? runs->all : NULL; run; run = run->next) {
        (void) uv_process_kill(&run->process, SIGKILL);
    }
}


void
osw_runs_free(osw_runs_t *runs)
{
    free(runs);
}
