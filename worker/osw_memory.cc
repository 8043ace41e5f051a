/*
 * osw_memory: see osw_memory.h.
 */

#include <cstdlib>
#include <new>

#include <malloc.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <unicode/uclean.h>
#include <uv.h>

#include "worker/osw_memory.h"

extern "C" {

#include "core/base/os_heap.h"
#include "worker/osw_log.h"


constexpr unsigned  MEMORY_KEPT = 64;   /* of each size: a job's values */

void  *__real_malloc(size_t size);
void  *__real_calloc(size_t n, size_t size);
void  *__real_realloc(void *old, size_t size);
char  *__real_strdup(const char *text);
char  *__real_strndup(const char *text, size_t most);


static void
memory_end(void)
{
    osw_log(OSW_ERROR, "out of memory: exiting");
    _exit(1);
}


/* NULL is an answer where nothing was asked for. */
static void *
memory_made(void *made, size_t size)
{
    if (made == NULL && size) {
        memory_end();
    }

    return made;
}


void *
__wrap_malloc(size_t size)
{
    return memory_made(__real_malloc(size), size);
}


void *
__wrap_calloc(size_t n, size_t size)
{
    return memory_made(__real_calloc(n, size), n && size);
}


void *
__wrap_realloc(void *old, size_t size)
{
    return memory_made(__real_realloc(old, size), size);
}


char *
__wrap_strdup(const char *text)
{
    return (char *) memory_made(__real_strdup(text), 1);
}


char *
__wrap_strndup(const char *text, size_t most)
{
    return (char *) memory_made(__real_strndup(text, most), 1);
}


static void *
tls_malloc(size_t size, const char *, int)
{
    return __wrap_malloc(size);
}


static void *
tls_realloc(void *old, size_t size, const char *, int)
{
    return __wrap_realloc(old, size);
}


static void
tls_free(void *old, const char *, int)
{
    std::free(old);
}


static void *
icu_malloc(const void *, size_t size)
{
    return __wrap_malloc(size);
}


static void *
icu_realloc(const void *, void *old, size_t size)
{
    return __wrap_realloc(old, size);
}


static void
icu_free(const void *, void *old)
{
    std::free(old);
}

}


void
osw_memory_start(void)
{
    UErrorCode  status = U_ZERO_ERROR;

    /*
     * glibc keeps what was freed apart, and joins all of it again when
     * something large is freed: with some thousand jobs in hand that was half
     * of their cost. Joined at once it is none.
     */
#ifdef M_MXFAST
    (void) mallopt(M_MXFAST, 0);
#endif

    std::set_new_handler(memory_end);
    json_set_alloc_funcs(__wrap_malloc, std::free);
    os_heap_start(MEMORY_KEPT);
    u_setMemoryFunctions(NULL, icu_malloc, icu_realloc, icu_free, &status);
    (void) CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free);
    (void) uv_replace_allocator(__wrap_malloc, __wrap_realloc, __wrap_calloc,
                                std::free);
    (void) curl_global_init_mem(CURL_GLOBAL_ALL, __wrap_malloc, std::free,
                                __wrap_realloc, __wrap_strdup, __wrap_calloc);
}
