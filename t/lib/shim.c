/*
 * A shim for tests, by LD_PRELOAD: the n-th call of one kind on a file of a
 * folder named spool/ fails, and the clock is set. What is wanted stands in a
 * file of eight int64, named by ORDERSAVE_SHIM, which all processes map: the
 * test writes it at any time (t/lib/OrderSave/Shim.pm).
 *
 *     0  seconds that the clock is ahead
 *     1  the call (see below), 0: none
 *     2  which of them fails, from 1
 *     3  its errno
 *     4  calls so far
 *     5  how many have failed
 *     6  records that were cut short for FTRUNCATE
 *
 * CONNECT: its "errno" is a port; the n-th connection to it stops the process.
 * MALLOC: the n-th piece of memory, whoever of the process asks for it; only in
 * a shim that is made for it, because a sanitizer's malloc() is its own.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>


enum { NONE, OPEN, WRITEV, FSYNC, FTRUNCATE, UNLINK, RENAME, SHORT, SLOW,
       CONNECT, MALLOC };

static volatile int64_t  nothing[8];
static volatile int64_t *wanted = nothing;


__attribute__((constructor))
static void
shim_begin(void)
{
    int    fd;
    void  *map;

    if (getenv("ORDERSAVE_SHIM") == NULL) {
        return;
    }

    fd = open(getenv("ORDERSAVE_SHIM"), O_RDWR | O_CLOEXEC);
    map = mmap(NULL, sizeof(nothing), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
               0);
    wanted = map == MAP_FAILED ? nothing : map;
    (void) close(fd);
}


static void *
shim_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}


static int
shim_spools(int fd, const char *path)
{
    char     name[64], room[4096];
    ssize_t  n;

    if (path == NULL) {
        snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
        n = readlink(name, room, sizeof(room) - 1);
        room[n > 0 ? n : 0] = '\0';
        path = room;
    }

    return strstr(path, "/spool/") != NULL;
}


/* Is it this one's turn? */
static int
shim_fails(int call, int fd, const char *path)
{
    if (wanted[1] != call || !shim_spools(fd, path)
        || __sync_add_and_fetch(&wanted[4], 1) != wanted[2])
    {
        return 0;
    }

    __sync_add_and_fetch(&wanted[5], 1);
    errno = (int) wanted[3];

    return 1;
}


static int
shim_open(const char *name, const char *path, int flags, int mode)
{
    int  (*real)(const char *, int, ...) = shim_next(name);

    if ((flags & O_CREAT) && shim_fails(OPEN, -1, path)) {
        return -1;
    }

    return real(path, flags, mode);
}


int
open(const char *path, int flags, ...)
{
    int      mode;
    va_list  args;

    va_start(args, flags);
    mode = va_arg(args, int);
    va_end(args);

    return shim_open("open", path, flags, mode);
}


int
open64(const char *path, int flags, ...)
{
    int      mode;
    va_list  args;

    va_start(args, flags);
    mode = va_arg(args, int);
    va_end(args);

    return shim_open("open64", path, flags, mode);
}


/*
 * SHORT: a disk that is full in the middle of a record. What FTRUNCATE is to
 * fail on is cut short before.
 */
static int
shim_short(int fd)
{
    if (wanted[1] == FTRUNCATE && wanted[6] == 0 && shim_spools(fd, NULL)) {
        __sync_add_and_fetch(&wanted[6], 1);
        return 1;
    }

    return shim_fails(SHORT, fd, NULL);
}


ssize_t
writev(int fd, const struct iovec *iov, int n)
{
    ssize_t  (*real)(int, const struct iovec *, int) = shim_next("writev");

    if (shim_fails(WRITEV, fd, NULL)) {
        return -1;
    }

    return real(fd, iov, n > 1 && shim_short(fd) ? 1 : n);
}


int
fsync(int fd)
{
    int   n;
    int  (*real)(int) = shim_next("fsync");

    /* as long as the test says, and for ten seconds at most */

    for (n = 0; n < 1000 && wanted[1] == SLOW && shim_spools(fd, NULL); n++) {
        wanted[4] = 1;
        (void) usleep(10000);
    }

    return shim_fails(FSYNC, fd, NULL) ? -1 : real(fd);
}


int
ftruncate(int fd, off_t size)
{
    int  (*real)(int, off_t) = shim_next("ftruncate");

    return shim_fails(FTRUNCATE, fd, NULL) ? -1 : real(fd, size);
}


int
ftruncate64(int fd, off64_t size)
{
    int  (*real)(int, off64_t) = shim_next("ftruncate64");

    return shim_fails(FTRUNCATE, fd, NULL) ? -1 : real(fd, size);
}


int
unlink(const char *path)
{
    int  (*real)(const char *) = shim_next("unlink");

    return shim_fails(UNLINK, -1, path) ? -1 : real(path);
}


int
rename(const char *from, const char *to)
{
    int  (*real)(const char *, const char *) = shim_next("rename");

    return shim_fails(RENAME, -1, from) ? -1 : real(from, to);
}


int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int  rc, (*real)(clockid_t, struct timespec *) = shim_next("clock_gettime");

    rc = real(id, ts);

    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        ts->tv_sec += wanted[0];
    }

    return rc;
}


int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    int  rc, (*real)(struct timeval *, void *) = shim_next("gettimeofday");

    rc = real(tv, zone);
    tv->tv_sec += rc == 0 ? wanted[0] : 0;

    return rc;
}


time_t
time(time_t *at)
{
    time_t  now;
    time_t  (*real)(time_t *) = shim_next("time");

    now = real(NULL) + wanted[0];

    if (at != NULL) {
        *at = now;
    }

    return now;
}


/* A connection is on its way, and the process sleeps. */
int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
    int     rc, kept;
    int   (*real)(int, const struct sockaddr *, socklen_t)
                = shim_next("connect");

    rc = real(fd, to, len);
    kept = errno;

    if (wanted[1] == CONNECT && to->sa_family == AF_INET
        && ntohs(((const struct sockaddr_in *) (const void *) to)->sin_port)
           == wanted[3]
        && __sync_add_and_fetch(&wanted[4], 1) == wanted[2])
    {
        __sync_add_and_fetch(&wanted[5], 1);
        (void) raise(SIGSTOP);
    }

    errno = kept;

    return rc;
}


#if defined(SHIM_MEMORY)

/* glibc's own, which these stand in front of: dlsym() would ask for memory. */
extern void  *__libc_malloc(size_t size);
extern void  *__libc_calloc(size_t n, size_t size);
extern void  *__libc_realloc(void *old, size_t size);


static int
shim_is_full(void)
{
    if (wanted[1] != MALLOC
        || __sync_add_and_fetch(&wanted[4], 1) != wanted[2])
    {
        return 0;
    }

    __sync_add_and_fetch(&wanted[5], 1);
    errno = ENOMEM;

    return 1;
}


void *
malloc(size_t size)
{
    return shim_is_full() ? NULL : __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    return shim_is_full() ? NULL : __libc_calloc(n, size);
}


void *
realloc(void *old, size_t size)
{
    return shim_is_full() ? NULL : __libc_realloc(old, size);
}

#endif
