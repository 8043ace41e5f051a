/*
 * osw_console_listen: see osw_console_listen.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/base/os_json.h"
#include "worker/console/osw_console_listen.h"


#define OSW_LISTEN_UNIX  "unix:"


/* A socket of ours that another left behind is replaced. */
static int
osw_listen_unix(const char *path, os_error_t *err)
{
    int                 fd;
    struct sockaddr_un  a = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(a.sun_path)) {
        return os_fail(err, "%s: expected a path of at most %zu bytes", path,
                       sizeof(a.sun_path) - 1);
    }

    (void) strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void) unlink(path);

    if (fd == -1 || bind(fd, (struct sockaddr *) &a, sizeof(a)) != 0
        || chmod(path, 0660) != 0 || listen(fd, SOMAXCONN) != 0)
    {
        (void) close(fd);
        return os_fail(err, "%s: %s", path, strerror(errno));
    }

    return fd;
}


static int
osw_listen_loopback(const char *listening, os_error_t *err)
{
    int                 fd, on = 1;
    const char         *colon = strrchr(listening, ':');
    struct sockaddr_in  a = { .sin_family = AF_INET };

    a.sin_port = htons((uint16_t) atoi(colon ? colon + 1 : "0"));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (fd == -1 || bind(fd, (struct sockaddr *) &a, sizeof(a)) != 0
        || listen(fd, SOMAXCONN) != 0)
    {
        (void) close(fd);
        return os_fail(err, "%s: %s", listening, strerror(errno));
    }

    return fd;
}


const char *
osw_listen_path(const char *where)
{
    return strncmp(where, OSW_LISTEN_UNIX, sizeof(OSW_LISTEN_UNIX) - 1) == 0
           ? where + sizeof(OSW_LISTEN_UNIX) - 1 : NULL;
}


int
osw_listen(const char *where, os_error_t *err)
{
    const char  *path = osw_listen_path(where);

    return path ? osw_listen_unix(path, err) : osw_listen_loopback(where, err);
}
