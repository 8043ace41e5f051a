/*
 * osw_memory: see osw_memory.h.
 */

#include <cstdlib>
#include <cstring>
#include <new>

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


void  *__real_malloc(size_t size);
void  *__real_calloc(size_t n, size_t size);
void  *__real_realloc(void *old, size_t size);
char  *__real_strdup(const char *text);
char  *__real_strndup(const char *text, size_t most);


[[noreturn]] static void
memory_end(size_t size)
{
    osw_log(OSW_ERROR, "no memory for %zu bytes: this program ends, and the "
            "next one goes on", size);
    _exit(1);
}


void *
__wrap_malloc(size_t size)
{
    void  *made = __real_malloc(size);

    if (made == NULL && size) {
        memory_end(size);
    }

    return made;
}


void *
__wrap_calloc(size_t n, size_t size)
{
    void  *made = __real_calloc(n, size);

    if (made == NULL && n && size) {
        memory_end(n * size);
    }

    return made;
}


void *
__wrap_realloc(void *old, size_t size)
{
    void  *made = __real_realloc(old, size);

    if (made == NULL && size) {
        memory_end(size);
    }

    return made;
}


char *
__wrap_strdup(const char *text)
{
    char  *made = __real_strdup(text);

    if (made == NULL) {
        memory_end(std::strlen(text) + 1);
    }

    return made;
}


char *
__wrap_strndup(const char *text, size_t most)
{
    char  *made = __real_strndup(text, most);

    if (made == NULL) {
        memory_end(most + 1);
    }

    return made;
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


static void
new_end()
{
    memory_end(0);
}

}


void
osw_memory_start(void)
{
    UErrorCode  status = U_ZERO_ERROR;

    std::set_new_handler(new_end);
    json_set_alloc_funcs(__wrap_malloc, std::free);
    os_heap_start();
    u_setMemoryFunctions(NULL, icu_malloc, icu_realloc, icu_free, &status);
    (void) CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free);
    (void) uv_replace_allocator(__wrap_malloc, __wrap_realloc, __wrap_calloc,
                                std::free);
    (void) curl_global_init_mem(CURL_GLOBAL_ALL, __wrap_malloc, std::free,
                                __wrap_realloc, __wrap_strdup, __wrap_calloc);
}
