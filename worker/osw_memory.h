/*
 * osw_memory: a program that runs out of memory logs one line and exits at
 * once, with status 1. It holds nothing that is not in Redis, so its successor
 * goes on where it was, as after a kill. Carrying on would be worse: a request
 * could leave without its key, or a mail without its end.
 *
 * ld's --wrap sends malloc(), calloc(), realloc(), strdup() and strndup() of
 * all our objects here; they never return NULL for a size other than 0. The
 * libraries that take an allocator are given these. The others (hiredis,
 * SQLite, libmicrohttpd) report a failed allocation themselves.
 */

#ifndef OSW_MEMORY_H
#define OSW_MEMORY_H

#ifdef __cplusplus
extern "C" {
#endif

/* Before any library is used. curl is begun with it, once and for all. */
void osw_memory_start(void);

#ifdef __cplusplus
}
#endif

#endif /* OSW_MEMORY_H */
