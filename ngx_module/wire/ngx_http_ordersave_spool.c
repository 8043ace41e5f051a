
/*
 * The spool: commands that Redis did not take, on disk until it does.
 *
 * Each nginx process appends to files of its own, one a shard, held by flock().
 * When the shard's node takes writes again the file is let go; whoever finds a
 * file that nobody holds (its own of before, a dead process') sends what is in
 * it and removes it when all of it was taken: at least once into the stream. A
 * process that leaves lets all go, as it calls no node again. A node that is
 * away holds up its own shards alone. All files of a process
 * together are bounded. A record is
 *
 *     "S SHARD LENGTH CRC32\n" and LENGTH bytes of RESP
 *
 * A record cut short by a crash was never acknowledged to anybody: it ends
 * the file. One that Redis refuses for good, and not for who we are, is put
 * aside, into a file of the same form that ends in ".refused", and those behind
 * it go on. Each process has one such file; all of them together have the same
 * bound again.
 */


#include "ngx_module/wire/ngx_http_ordersave_spool.h"
#include "ngx_module/wire/ngx_http_ordersave_times.h"
#include "ngx_module/wire/ngx_http_ordersave_keep.h"
#include "ngx_module/wire/ngx_http_ordersave_seldom.h"
#include "ngx_module/wire/ngx_http_ordersave_stats.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"
#include "redis/os_home.h"

#include <sys/file.h>
#if (NGX_LINUX)
#include <sys/inotify.h>
#endif


#define NGX_HTTP_ORDERSAVE_SPOOL_BATCH    128
#define NGX_HTTP_ORDERSAVE_SPOOL_HEAD     64
#define NGX_HTTP_ORDERSAVE_SPOOL_TRIES    8     /* to open a file */


typedef struct {
    ngx_fd_t                         fd;
    off_t                            size;
} ngx_http_ordersave_spool_file_t;


/* A record that is being sent: where it lies, and whether it was refused. */
typedef struct {
    ngx_http_ordersave_spool_t      *spool;
    off_t                            at;
    size_t                           size;
    unsigned                         refused:1;
} ngx_http_ordersave_spool_sent_t;


struct ngx_http_ordersave_spool_s {
    ngx_http_ordersave_main_conf_t  *mcf;
    ngx_log_t                       *log;
    ngx_event_t                      tick;      /* while there is a file, */
    ngx_connection_t                *watch;     /* and this says when there is;
                                                 * NULL: always */

    /* what is written, by shard: open while there is something in it */
    ngx_http_ordersave_spool_file_t *file;
    ngx_uint_t                       serial;
    off_t                            total;     /* of all our files on disk */
    off_t                            aside;     /* of all that is refused */
    ngx_uint_t                       lost;      /* since it is full */
    unsigned                         full:1;

    /* what is drained */
    ngx_fd_t                         drain_fd;
    u_char                           drain_path[NGX_MAX_PATH];
    unsigned                         drain_shard;
    off_t                            drain_size;
    off_t                            drain_at;  /* end of the batch in line */
    off_t                            drain_done;
    ngx_uint_t                       drain_wait;
    ngx_msec_t                       drain_rest;    /* not before */
    ngx_uint_t                       nsent;     /* of the batch */
    ngx_http_ordersave_spool_sent_t  sent[NGX_HTTP_ORDERSAVE_SPOOL_BATCH];
    u_char                           why[128];  /* the last was refused */
    ngx_http_ordersave_seldom_t      told;      /* that some are */
    unsigned                         drain_failed:1;
};


#if (NGX_THREADS)

typedef struct {
    ngx_fd_t                         fd;
    ngx_int_t                        rc;
    ngx_http_ordersave_safe_pt       safe;
    void                            *data;
    ngx_pool_t                      *pool;
    ngx_event_t                      keep;      /* whoever waits for it */
} ngx_http_ordersave_sync_t;

#endif


#if (NGX_LINUX)
static void ngx_http_ordersave_spool_watch(ngx_http_ordersave_spool_t *spool);
static void ngx_http_ordersave_spool_changed(ngx_event_t *ev);
#endif
static void ngx_http_ordersave_spool_rouse(ngx_http_ordersave_spool_t *spool);
static void ngx_http_ordersave_spool_tick(ngx_event_t *ev);
static void ngx_http_ordersave_spool_batch(ngx_http_ordersave_spool_t *spool);


static void
ngx_http_ordersave_spool_close(ngx_fd_t *fd)
{
    if (*fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(*fd);
        *fd = NGX_INVALID_FILE;
    }
}


ngx_int_t
ngx_http_ordersave_spool_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf)
{
    unsigned                     i;
    ngx_http_ordersave_spool_t  *spool;

    spool = ngx_pcalloc(cycle->pool, sizeof(ngx_http_ordersave_spool_t));
    if (spool == NULL) {
        return NGX_ERROR;
    }

    spool->file = ngx_palloc(cycle->pool, mcf->server->space.shards
                                  * sizeof(ngx_http_ordersave_spool_file_t));
    if (spool->file == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < mcf->server->space.shards; i++) {
        spool->file[i].fd = NGX_INVALID_FILE;
        spool->file[i].size = 0;
    }

    spool->mcf = mcf;
    spool->log = cycle->log;
    spool->drain_fd = NGX_INVALID_FILE;
    spool->drain_rest = ngx_current_msec;

    spool->tick.handler = ngx_http_ordersave_spool_tick;
    spool->tick.data = spool;
    spool->tick.log = cycle->log;
    spool->tick.cancelable = 1;

#if (NGX_LINUX)
    ngx_http_ordersave_spool_watch(spool);
#endif

    mcf->spool = spool;
    ngx_http_ordersave_spool_tick(&spool->tick);

    return NGX_OK;
}


/* Looks into the folder soon, and until nothing is left there. */
static void
ngx_http_ordersave_spool_rouse(ngx_http_ordersave_spool_t *spool)
{
    if (!spool->tick.timer_set) {
        ngx_add_timer(&spool->tick, NGX_HTTP_ORDERSAVE_SPOOL_TICK);
    }
}


#if (NGX_LINUX)

/*
 * Almost always the folder is empty: the kernel tells when a file comes, or
 * when one is let go, by its process' death too. Where it does not, the tick
 * goes on for ever.
 */
static void
ngx_http_ordersave_spool_watch(ngx_http_ordersave_spool_t *spool)
{
    int                fd;
    ngx_connection_t  *c;

    fd = inotify_init1(IN_NONBLOCK|IN_CLOEXEC);

    if (fd == -1
        || inotify_add_watch(fd, (char *) spool->mcf->spool_path.data,
                             IN_CREATE|IN_CLOSE_WRITE|IN_MOVED_TO|IN_ONLYDIR)
           == -1)
    {
        ngx_log_error(NGX_LOG_INFO, spool->log, ngx_errno,
                      "ordersave: \"%V\" cannot be watched, and is looked "
                      "into all the time", &spool->mcf->spool_path);
        ngx_http_ordersave_spool_close(&fd);
        return;
    }

    c = ngx_get_connection(fd, spool->log);

    if (c == NULL) {
        ngx_http_ordersave_spool_close(&fd);
        return;
    }

    c->data = spool;
    c->log = spool->log;
    c->read->log = spool->log;
    c->write->log = spool->log;
    c->read->handler = ngx_http_ordersave_spool_changed;

    if (ngx_add_event(c->read, NGX_READ_EVENT, 0) != NGX_OK) {
        ngx_close_connection(c);
        return;
    }

    spool->watch = c;
}


static void
ngx_http_ordersave_spool_changed(ngx_event_t *ev)
{
    char               what[4096];
    ngx_connection_t  *c = ev->data;

    while (read(c->fd, what, sizeof(what)) > 0) { /* void */ }

    ngx_http_ordersave_spool_rouse(c->data);
}

#endif


void
ngx_http_ordersave_spool_stop(ngx_http_ordersave_spool_t *spool)
{
    unsigned  i;

    if (spool->tick.timer_set) {
        ngx_del_timer(&spool->tick);
    }

    if (spool->watch) {
        ngx_close_connection(spool->watch);
        spool->watch = NULL;
    }

    for (i = 0; i < spool->mcf->server->space.shards; i++) {
        ngx_http_ordersave_spool_close(&spool->file[i].fd);
    }

    ngx_http_ordersave_spool_close(&spool->drain_fd);
}


/* One line when it begins to fail; one, by the tick, when it is over. */
static void
ngx_http_ordersave_spool_fails(ngx_http_ordersave_spool_t *spool,
    ngx_err_t err, const char *what)
{
    if (!spool->full) {
        spool->full = 1;
        ngx_http_ordersave_spool_rouse(spool);
        ngx_log_error(NGX_LOG_CRIT, spool->log, err,
                      "ordersave: the spool in \"%V\" %s, at %O bytes of "
                      "this process: events are lost until there is Redis or "
                      "room", &spool->mcf->spool_path, what, spool->total);
    }
}


/*
 * Opens the next file; NGX_AGAIN: another process, which looks for files that
 * nobody holds, found it before it was locked, and may have removed it.
 */
static ngx_int_t
ngx_http_ordersave_spool_next(ngx_http_ordersave_spool_t *spool,
    unsigned shard)
{
    u_char                            path[NGX_MAX_PATH];
    struct stat                       st;
    ngx_http_ordersave_spool_file_t  *file = &spool->file[shard];

    ngx_snprintf(path, sizeof(path), "%V/%P-%uA-%ui.spool%Z",
                 &spool->mcf->spool_path, ngx_pid, (ngx_atomic_uint_t)
                 ngx_time(), spool->serial++);

    file->fd = ngx_open_file(path, NGX_FILE_APPEND, NGX_FILE_CREATE_OR_OPEN,
                             0600);

    if (file->fd == NGX_INVALID_FILE) {
        ngx_http_ordersave_spool_fails(spool, ngx_errno, "cannot be opened");
        return NGX_ERROR;
    }

    if (flock(file->fd, LOCK_EX|LOCK_NB) == 0
        && fstat(file->fd, &st) == 0 && st.st_nlink > 0)
    {
        file->size = 0;
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_INFO, spool->log, 0,
                  "ordersave: spool file \"%s\" was taken, another one is "
                  "opened", path);
    ngx_http_ordersave_spool_close(&file->fd);
    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_ordersave_spool_open(ngx_http_ordersave_spool_t *spool,
    unsigned shard)
{
    ngx_int_t   rc;
    ngx_uint_t  tries = NGX_HTTP_ORDERSAVE_SPOOL_TRIES;

    if (spool->file[shard].fd != NGX_INVALID_FILE) {
        return NGX_OK;
    }

    do {
        rc = ngx_http_ordersave_spool_next(spool, shard);
    } while (rc == NGX_AGAIN && --tries > 0);

    if (rc == NGX_AGAIN) {
        ngx_http_ordersave_spool_fails(spool, 0, "cannot be locked");
    }

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


/* ngx_crc32_long(), eight bytes at a time: a record may have 4 MB. */
static uint32_t
ngx_http_ordersave_spool_sum(const char *data, size_t len)
{
    uint32_t     crc = 0xffffffff;
    ngx_uint_t   i, k;
    u_char      *p = (u_char *) data;

    static uint32_t  table[8][256];

    if (table[0][1] == 0) {
        for (i = 0; i < 256; i++) {
            table[0][i] = ngx_crc32_table256[i];

            for (k = 1; k < 8; k++) {
                table[k][i] = ngx_crc32_table256[table[k - 1][i] & 0xff]
                              ^ (table[k - 1][i] >> 8);
            }
        }
    }

    for ( /* void */ ; len >= 8; len -= 8, p += 8) {
        crc = table[7][p[0] ^ (crc & 0xff)] ^ table[6][p[1] ^ (crc >> 8 & 0xff)]
              ^ table[5][p[2] ^ (crc >> 16 & 0xff)] ^ table[4][p[3] ^ crc >> 24]
              ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]]
              ^ table[0][p[7]];
    }

    ngx_crc32_update(&crc, p, len);
    ngx_crc32_final(crc);

    return crc;
}


/* Bytes that were written of a record; -1: none. It is `*size` long. */
static ssize_t
ngx_http_ordersave_spool_put(ngx_fd_t fd, unsigned shard, os_str_t command,
    size_t *size)
{
    char          head[NGX_HTTP_ORDERSAVE_SPOOL_HEAD];
    struct iovec  iov[2];

    iov[0].iov_base = head;
    iov[0].iov_len = (size_t) snprintf(head, sizeof(head), "S %u %zu %08x\n",
                                  shard, command.len,
                                  ngx_http_ordersave_spool_sum(command.data,
                                                               command.len));
    iov[1].iov_base = (char *) command.data;
    iov[1].iov_len = command.len;
    *size = iov[0].iov_len + command.len;

    return writev(fd, iov, 2);
}


/* A torn record would hide those after it. */
static ngx_int_t
ngx_http_ordersave_spool_write(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_spool_file_t *file, unsigned shard, os_str_t command)
{
    size_t   size;
    ssize_t  n;

    n = ngx_http_ordersave_spool_put(file->fd, shard, command, &size);

    if (n == (ssize_t) size) {
        file->size += n;
        spool->total += n;
        return NGX_OK;
    }

    ngx_http_ordersave_spool_fails(spool, ngx_errno, "cannot be written to");

    if (n > 0 && ftruncate(file->fd, file->size) == -1) {
        ngx_http_ordersave_spool_close(&file->fd);
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_ordersave_spool_add(ngx_http_ordersave_spool_t *spool,
    unsigned shard, os_str_t command)
{
    ngx_int_t  rc = NGX_ERROR;

    if (spool->total + (off_t) command.len + NGX_HTTP_ORDERSAVE_SPOOL_HEAD
        > spool->mcf->spool_max)
    {
        ngx_http_ordersave_spool_fails(spool, 0, "is full");

    } else if (ngx_http_ordersave_spool_open(spool, shard) == NGX_OK) {
        rc = ngx_http_ordersave_spool_write(spool, &spool->file[shard], shard,
                                            command);
    }

    spool->lost += rc != NGX_OK;
    return rc;
}


static off_t
ngx_http_ordersave_spool_size(ngx_http_ordersave_spool_t *spool,
    const u_char *name)
{
    u_char       path[NGX_MAX_PATH];
    struct stat  st;

    ngx_snprintf(path, sizeof(path), "%V/%s%Z", &spool->mcf->spool_path, name);

    return stat((char *) path, &st) == 0 ? st.st_size : 0;
}


static ngx_uint_t
ngx_http_ordersave_spool_ends(ngx_dir_t *dir, const char *end)
{
    size_t  len = ngx_de_namelen(dir), n = ngx_strlen(end);

    return len > n && ngx_strcmp(ngx_de_name(dir) + len - n, end) == 0;
}


void
ngx_http_ordersave_spool_held(ngx_http_ordersave_spool_t *spool,
    ngx_uint_t *files, off_t *bytes)
{
    ngx_dir_t  dir;

    *files = 0;
    *bytes = 0;

    if (spool == NULL
        || ngx_open_dir(&spool->mcf->spool_path, &dir) == NGX_ERROR)
    {
        return;
    }

    while (ngx_read_dir(&dir) == NGX_OK) {
        if (ngx_http_ordersave_spool_ends(&dir, ".spool")) {
            (*files)++;
            *bytes += ngx_http_ordersave_spool_size(spool, ngx_de_name(&dir));
        }
    }

    (void) ngx_close_dir(&dir);
}


#if (NGX_THREADS)

static void
ngx_http_ordersave_sync_thread(void *data, ngx_log_t *log)
{
    ngx_http_ordersave_sync_t  *sync = data;

    sync->rc = fsync(sync->fd) == 0 ? NGX_OK : NGX_ERROR;
    (void) close(sync->fd);
}


static void
ngx_http_ordersave_sync_done(ngx_event_t *ev)
{
    ngx_http_ordersave_sync_t  *sync = ev->data;

    ngx_http_ordersave_keep_end(&sync->keep);
    sync->safe(sync->data, sync->rc);
    ngx_destroy_pool(sync->pool);
}

#endif


void
ngx_http_ordersave_spool_sync(ngx_http_ordersave_spool_t *spool,
    unsigned shard, ngx_http_ordersave_safe_pt safe, void *data)
{
    ngx_fd_t                    fd = spool->file[shard].fd;
#if (NGX_THREADS)
    ngx_pool_t                 *pool;
    ngx_thread_task_t          *task;
    ngx_http_ordersave_sync_t  *sync;

    pool = spool->mcf->threads ? ngx_create_pool(512, spool->log) : NULL;
    task = pool ? ngx_thread_task_alloc(pool,
                                        sizeof(ngx_http_ordersave_sync_t))
                : NULL;

    if (task) {
        sync = task->ctx;
        sync->fd = dup(fd);
        sync->safe = safe;
        sync->data = data;
        sync->pool = pool;
        task->handler = ngx_http_ordersave_sync_thread;
        task->event.handler = ngx_http_ordersave_sync_done;
        task->event.data = sync;

        if (sync->fd != -1
            && ngx_thread_task_post(spool->mcf->threads, task) == NGX_OK)
        {
            ngx_http_ordersave_keep(&sync->keep, spool->log);
            return;
        }

        if (sync->fd != -1) {
            (void) close(sync->fd);
        }
    }

    if (pool) {
        ngx_destroy_pool(pool);
    }
#endif

    safe(data, fsync(fd) == 0 ? NGX_OK : NGX_ERROR);
}


/* The shard of a file's first record; -1: it has none that is whole. */
static ngx_int_t
ngx_http_ordersave_spool_shard(ngx_http_ordersave_spool_t *spool, ngx_fd_t fd)
{
    char      head[NGX_HTTP_ORDERSAVE_SPOOL_HEAD + 1];
    ssize_t   n = pread(fd, head, NGX_HTTP_ORDERSAVE_SPOOL_HEAD, 0);
    unsigned  shard;

    if (n <= 0) {
        return -1;
    }

    head[n] = '\0';

    if (sscanf(head, "S %u ", &shard) != 1) {
        return -1;
    }

    /* one of more shards, written before they were moved, goes with any */

    return shard < spool->mcf->server->space.shards ? (ngx_int_t) shard : 0;
}


/* Ours from now on: nobody holds it, and it is there still. */
static ngx_uint_t
ngx_http_ordersave_spool_grasp(ngx_http_ordersave_spool_t *spool)
{
    struct stat  st, named;

    if (flock(spool->drain_fd, LOCK_EX|LOCK_NB) == -1
        || fstat(spool->drain_fd, &st) == -1
        || stat((char *) spool->drain_path, &named) == -1
        || st.st_ino != named.st_ino)
    {
        return 0;
    }

    spool->drain_size = st.st_size;
    spool->drain_at = 0;
    spool->drain_done = 0;
    spool->drain_wait = 0;
    spool->drain_failed = 0;
    spool->nsent = 0;

    return 1;
}


/* What a look into the folder brings together. */
typedef struct {
    off_t        total;             /* bytes of this process' files */
    off_t        aside;             /* of what all have put aside */
    ngx_uint_t   files;             /* of all processes */
    uint8_t      takes[OS_SHARDS_MAX];  /* 1 + whether; 0: not asked yet */
} ngx_http_ordersave_spool_look_t;


static ngx_uint_t
ngx_http_ordersave_spool_takes(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_spool_look_t *look, unsigned shard)
{
    if (look->takes[shard] == 0) {
        look->takes[shard] = 1 + ngx_http_ordersave_redis_takes(
                                     spool->mcf->redis, shard);
    }

    return look->takes[shard] == 2;
}


/* A file that nobody holds, of a shard that takes writes, is drained. */
static void
ngx_http_ordersave_spool_try(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_spool_look_t *look)
{
    ngx_int_t  shard;

    spool->drain_fd = ngx_open_file(spool->drain_path, NGX_FILE_RDWR, 0, 0);

    if (spool->drain_fd == NGX_INVALID_FILE) {
        return;
    }

    shard = ngx_http_ordersave_spool_shard(spool, spool->drain_fd);

    /* one that is not begun, or broken, goes as well: see …_finish() */

    if ((shard == -1
         || ngx_http_ordersave_spool_takes(spool, look, (unsigned) shard))
        && ngx_http_ordersave_spool_grasp(spool))
    {
        spool->drain_shard = shard == -1 ? 0 : (unsigned) shard;
        return;
    }

    ngx_http_ordersave_spool_close(&spool->drain_fd);
}


/* Counts what is there, and finds what can be drained. */
static void
ngx_http_ordersave_spool_look(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_spool_look_t *look)
{
    size_t     own;
    u_char     pid[NGX_INT64_LEN + 2];
    ngx_dir_t  dir;

    if (ngx_open_dir(&spool->mcf->spool_path, &dir) == NGX_ERROR) {
        return;
    }

    own = ngx_sprintf(pid, "%P-", ngx_pid) - pid;

    while (ngx_read_dir(&dir) == NGX_OK) {

        if (ngx_http_ordersave_spool_ends(&dir, ".refused")) {
            look->aside += ngx_http_ordersave_spool_size(spool,
                                                         ngx_de_name(&dir));
        }

        if (!ngx_http_ordersave_spool_ends(&dir, ".spool")) {
            continue;
        }

        look->files++;

        if (spool->drain_fd == NGX_INVALID_FILE && !ngx_exiting) {
            ngx_snprintf(spool->drain_path, NGX_MAX_PATH, "%V/%s%Z",
                         &spool->mcf->spool_path, ngx_de_name(&dir));
            ngx_http_ordersave_spool_try(spool, look);
        }

        if (ngx_strncmp(ngx_de_name(&dir), pid, own) == 0) {
            look->total += ngx_http_ordersave_spool_size(spool,
                                                         ngx_de_name(&dir));
        }
    }

    (void) ngx_close_dir(&dir);
}


/*
 * What was written for a shard that takes writes again is let go. All is by a
 * process that leaves: it may wait for hours for a client, and other processes
 * have Redis first.
 */
static void
ngx_http_ordersave_spool_release(ngx_http_ordersave_spool_t *spool,
    ngx_http_ordersave_spool_look_t *look)
{
    unsigned  i;

    for (i = 0; i < spool->mcf->server->space.shards; i++) {
        if (spool->file[i].fd != NGX_INVALID_FILE
            && (ngx_exiting || ngx_http_ordersave_spool_takes(spool, look, i)))
        {
            ngx_http_ordersave_spool_close(&spool->file[i].fd);
        }
    }

    if (ngx_exiting && spool->drain_wait == 0) {
        ngx_http_ordersave_spool_close(&spool->drain_fd);
    }
}


static void
ngx_http_ordersave_spool_tick(ngx_event_t *ev)
{
    ngx_http_ordersave_spool_t       *spool = ev->data;
    ngx_http_ordersave_spool_look_t   look;

    ngx_memzero(&look, sizeof(look));
    ngx_http_ordersave_spool_release(spool, &look);
    ngx_http_ordersave_spool_look(spool, &look);
    spool->total = look.total;
    spool->aside = look.aside;

    if (look.files || spool->full || spool->watch == NULL) {
        ngx_http_ordersave_spool_rouse(spool);
    }

    if (spool->full && spool->total < spool->mcf->spool_max / 2) {
        spool->full = 0;
        ngx_log_error(NGX_LOG_WARN, spool->log, 0,
                      "ordersave: the spool has room again; %ui events were "
                      "lost", spool->lost);
        spool->lost = 0;
    }

    if (spool->drain_fd == NGX_INVALID_FILE || spool->drain_wait) {
        return;
    }

    /* its node is gone: others may be there */

    if (!ngx_http_ordersave_spool_takes(spool, &look, spool->drain_shard)) {
        ngx_http_ordersave_spool_close(&spool->drain_fd);

    } else if ((ngx_msec_int_t) (spool->drain_rest - ngx_current_msec) <= 0) {
        ngx_http_ordersave_spool_batch(spool);
    }
}


/* Appends the record as it lies there; NGX_DECLINED: there is no room. */
static ngx_int_t
ngx_http_ordersave_spool_copy(ngx_http_ordersave_spool_t *spool, ngx_fd_t fd,
    const ngx_http_ordersave_spool_sent_t *sent)
{
    u_char     *text;
    ngx_int_t   rc;

    if (spool->aside + (off_t) sent->size > spool->mcf->spool_max) {
        return NGX_DECLINED;
    }

    text = ngx_alloc(sent->size, spool->log);

    if (text == NULL) {
        return NGX_ERROR;
    }

    rc = pread(spool->drain_fd, text, sent->size, sent->at)
         == (ssize_t) sent->size
         && write(fd, text, sent->size) == (ssize_t) sent->size
         ? NGX_OK : NGX_ERROR;
    ngx_free(text);

    if (rc == NGX_OK) {
        spool->aside += (off_t) sent->size;
    }

    return rc;
}


/*
 * What was refused of a batch goes into a file beside; NGX_ERROR: it could not
 * be, and then none of it is there.
 */
static ngx_int_t
ngx_http_ordersave_spool_aside(ngx_http_ordersave_spool_t *spool,
    ngx_uint_t *put, ngx_uint_t *lost)
{
    off_t        before = spool->aside;
    u_char       path[NGX_MAX_PATH];
    ngx_fd_t     fd;
    ngx_int_t    rc = NGX_OK;
    ngx_uint_t   i;
    struct stat  st;

    ngx_snprintf(path, NGX_MAX_PATH, "%V/%P.refused%Z",
                 &spool->mcf->spool_path, ngx_pid);
    fd = ngx_open_file(path, NGX_FILE_APPEND, NGX_FILE_CREATE_OR_OPEN, 0600);

    if (fd == NGX_INVALID_FILE || fstat(fd, &st) == -1) {
        ngx_http_ordersave_spool_close(&fd);
        return NGX_ERROR;
    }

    for (i = 0; i < spool->nsent && rc != NGX_ERROR; i++) {
        if (spool->sent[i].refused) {
            rc = ngx_http_ordersave_spool_copy(spool, fd, &spool->sent[i]);
            *put += rc == NGX_OK;
            *lost += rc == NGX_DECLINED;
        }
    }

    if (rc == NGX_ERROR) {
        spool->aside = before;

        if (ftruncate(fd, st.st_size) == -1) {
            ngx_log_error(NGX_LOG_CRIT, spool->log, ngx_errno,
                          "ftruncate() \"%s\" failed", path);
        }
    }

    ngx_http_ordersave_spool_close(&fd);
    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_ordersave_spool_tell(ngx_http_ordersave_spool_t *spool, ngx_int_t rc,
    ngx_uint_t lost)
{
    const char  *more = ngx_http_ordersave_seldom(&spool->told);

    if (more == NULL) {
        return;
    }

    ngx_log_error(NGX_LOG_ALERT, spool->log, 0,
                  "ordersave: redis refuses what is in \"%s\": \"%s\"; %s%s",
                  spool->drain_path, spool->why,
                  rc == NGX_ERROR
                  ? "it holds up what is behind it, because nothing can be "
                    "written beside it"
                  : lost ? "it is lost: there is no room beside it for more "
                           "than \"ordersave_spool\" may hold"
                         : "it stays beside it, in a file that ends in "
                           "\".refused\"", more);
}


/*
 * Refused for itself (a key of another type, say), not because the node takes
 * nothing: it would be refused for ever. A person looks at it, and the others
 * do not wait. Not before its whole batch is answered: one that is sent again
 * is refused again.
 */
static void
ngx_http_ordersave_spool_settle(ngx_http_ordersave_spool_t *spool)
{
    ngx_int_t   rc = NGX_OK;
    ngx_uint_t  i, refused = 0, put = 0, lost = 0;

    for (i = 0; i < spool->nsent; i++) {
        refused += spool->sent[i].refused;
    }

    if (refused) {
        rc = ngx_http_ordersave_spool_aside(spool, &put, &lost);
        ngx_http_ordersave_spool_tell(spool, rc, lost);
    }

    if (rc == NGX_ERROR) {
        spool->drain_failed = 1;
        spool->drain_rest = ngx_current_msec + NGX_HTTP_ORDERSAVE_SPOOL_REST;
        return;
    }

    ngx_http_ordersave_count_by(NGX_HTTP_ORDERSAVE_EVENTS_DRAINED,
                                spool->nsent - refused);
    ngx_http_ordersave_count_by(NGX_HTTP_ORDERSAVE_EVENTS_ASIDE, put);
    ngx_http_ordersave_count_by(NGX_HTTP_ORDERSAVE_EVENTS_LOST, lost);
}


/* A batch is through when all its answers are: then the next, or the end. */
static void
ngx_http_ordersave_spool_drained(os_command_t *cmd, redisReply *reply)
{
    ngx_http_ordersave_spool_sent_t  *sent = cmd->data;
    ngx_http_ordersave_spool_t       *spool = sent->spool;

    if (reply == NULL) {
        spool->drain_failed = 1;

    } else if (reply->type == REDIS_REPLY_ERROR) {
        sent->refused = 1;
        ngx_cpystrn(spool->why, (u_char *) reply->str, sizeof(spool->why));
    }

    if (--spool->drain_wait > 0) {
        return;
    }

    if (!spool->drain_failed) {
        ngx_http_ordersave_spool_settle(spool);
    }

    spool->nsent = 0;

    if (spool->drain_failed) {

        /* from the start of the batch, at the next tick */
        spool->drain_at = spool->drain_done;
        spool->drain_failed = 0;
        return;
    }

    spool->drain_done = spool->drain_at;

    if (spool->drain_fd != NGX_INVALID_FILE) {
        ngx_http_ordersave_spool_batch(spool);
    }
}


/*
 * The next record, as a command; NULL at the end of what is whole. It may have
 * been written under another number of shards: then its keys are renamed.
 */
static os_command_t *
ngx_http_ordersave_spool_record(ngx_http_ordersave_spool_t *spool)
{
    char           head[NGX_HTTP_ORDERSAVE_SPOOL_HEAD + 1];
    char          *end;
    size_t         len;
    ssize_t        n;
    unsigned       shard, crc;
    ngx_int_t      home;
    os_command_t  *cmd;

    n = pread(spool->drain_fd, head, NGX_HTTP_ORDERSAVE_SPOOL_HEAD,
              spool->drain_at);
    if (n <= 0) {
        return NULL;
    }

    head[n] = '\0';
    end = strchr(head, '\n');

    if (end == NULL
        || sscanf(head, "S %u %zu %8x", &shard, &len, &crc) != 3
        || shard >= OS_SHARDS_MAX
        || len == 0 || (off_t) len > spool->drain_size)
    {
        return NULL;
    }

    cmd = os_command_new(shard, ngx_http_ordersave_spool_drained, spool);
    if (cmd == NULL) {
        return NULL;
    }

    if (os_buf_reserve(&cmd->bytes, len) == -1
        || pread(spool->drain_fd, cmd->bytes.data, len,
                 spool->drain_at + (end + 1 - head)) != (ssize_t) len
        || ngx_http_ordersave_spool_sum(cmd->bytes.data, len) != crc)
    {
        os_command_free(cmd);
        return NULL;
    }

    cmd->bytes.len = len;
    cmd->confirm = 1;
    home = os_home_command(&spool->mcf->server->space, &cmd->bytes);

    if (home != -1) {
        cmd->shard = (unsigned) home;

    } else if (shard >= spool->mcf->server->space.shards) {
        os_command_free(cmd);
        return NULL;
    }

    spool->drain_at += (end + 1 - head) + (off_t) len;
    return cmd;
}


/* All that is whole was taken; what is not is kept for a person to look at. */
static void
ngx_http_ordersave_spool_finish(ngx_http_ordersave_spool_t *spool)
{
    u_char  broken[NGX_MAX_PATH];

    if (spool->drain_at < spool->drain_size) {
        ngx_snprintf(broken, NGX_MAX_PATH, "%s.broken%Z", spool->drain_path);
        ngx_log_error(NGX_LOG_ERR, spool->log, 0,
                      "ordersave: \"%s\" ends in %O bytes that are no whole "
                      "record; they stay in \"%s\"", spool->drain_path,
                      spool->drain_size - spool->drain_at, broken);

        if (ngx_rename_file(spool->drain_path, broken) == NGX_FILE_ERROR) {
            ngx_log_error(NGX_LOG_CRIT, spool->log, ngx_errno,
                          ngx_rename_file_n " \"%s\" failed",
                          spool->drain_path);
        }

    } else if (ngx_delete_file(spool->drain_path) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_CRIT, spool->log, ngx_errno,
                      ngx_delete_file_n " \"%s\" failed", spool->drain_path);

    } else {
        ngx_log_error(NGX_LOG_INFO, spool->log, 0,
                      "ordersave: \"%s\" is drained, %O bytes",
                      spool->drain_path, spool->drain_size);
    }

    ngx_http_ordersave_spool_close(&spool->drain_fd);
}


static void
ngx_http_ordersave_spool_batch(ngx_http_ordersave_spool_t *spool)
{
    off_t                             before;
    os_command_t                     *cmd;
    ngx_http_ordersave_spool_sent_t  *sent;

    spool->nsent = 0;

    while (spool->drain_wait < NGX_HTTP_ORDERSAVE_SPOOL_BATCH) {

        before = spool->drain_at;
        cmd = ngx_http_ordersave_spool_record(spool);

        if (cmd == NULL) {
            break;
        }

        sent = &spool->sent[spool->nsent];
        sent->spool = spool;
        sent->at = before;
        sent->size = (size_t) (spool->drain_at - before);
        sent->refused = 0;
        cmd->data = sent;

        if (ngx_http_ordersave_redis_send(spool->mcf->redis, cmd, 1,
                                          NGX_HTTP_ORDERSAVE_SPOOL_TIMEOUT)
            != NGX_OK)
        {
            os_command_free(cmd);
            spool->drain_at = before;

            /* not now: the next tick, or the last answer, goes on from here */
            return;
        }

        spool->drain_wait++;
        spool->nsent++;
    }

    if (spool->drain_wait == 0) {
        ngx_http_ordersave_spool_finish(spool);
    }
}
