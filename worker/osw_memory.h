/*
 * osw_memory: a program for which there is no memory ends at once, with a line
 * that says so and the status 1. It holds nothing that Redis does not have: who
 * begins next goes on where it was, as after a kill. To go on without what there
 * was no room for would be worse: a request without its key, a mail without its
 * end.
 *
 * The programs are linked so that malloc(), calloc(), realloc(), strdup() and
 * strndup() of all our objects come here, and never give NULL for a size that is
 * not 0 (ld's --wrap). The libraries that take an allocator are given these. What
 * the others want, hiredis above all, they can miss.
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
