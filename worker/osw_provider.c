/*
 * osw_provider: see osw_provider.h.
 */

#include <stdlib.h>
#include <string.h>

#include "osw_provider.h"


#define OSW_BREAK_AFTER    5
#define OSW_BREAK_MIN_MS   1000
#define OSW_BREAK_MAX_MS   60000


typedef struct osw_provider_s  osw_provider_t;

struct osw_provider_s {
    osw_provider_t  *next;
    unsigned         failures;      /* in a row */
    uint64_t         open_until;
    uint64_t         open_ms;
    double           tokens;
    uint64_t         filled;
    unsigned         filling:1;     /* the bucket was filled before */
    unsigned         trying:1;      /* one went to see whether it works */
    char             name[];
};


static osw_provider_t *
osw_provider(osw_t *w, const char *name)
{
    osw_provider_t  *p;

    for (p = w->providers; p != NULL; p = p->next) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }

    p = calloc(1, sizeof(osw_provider_t) + strlen(name) + 1);

    if (p != NULL) {
        strcpy(p->name, name);
        p->next = w->providers;
        w->providers = p;
    }

    return p;
}


static int64_t
osw_provider_token(osw_provider_t *p, double per_second, uint64_t now)
{
    double  most;

    most = per_second > 1 ? per_second : 1;

    if (!p->filling) {
        p->filling = 1;
        p->tokens = most;

    } else {
        p->tokens += (double) (now - p->filled) * per_second / 1000;
    }

    p->filled = now;
    p->tokens = p->tokens > most ? most : p->tokens;

    if (p->tokens >= 1) {
        p->tokens -= 1;
        return 0;
    }

    return 1 + (int64_t) ((1 - p->tokens) * 1000 / per_second);
}


int64_t
osw_provider_wait(osw_t *w, const char *name, double per_second)
{
    uint64_t         now;
    osw_provider_t  *p;

    now = uv_now(w->loop);
    p = osw_provider(w, name);

    if (p == NULL) {
        return 0;
    }

    if (p->open_until > now) {
        return (int64_t) (p->open_until - now);
    }

    if (p->failures >= OSW_BREAK_AFTER) {
        p->open_until = now + p->open_ms;
        p->trying = 1;
    }

    return per_second > 0 ? osw_provider_token(p, per_second, now) : 0;
}


void
osw_provider_told(osw_t *w, const char *name, int ok)
{
    osw_provider_t  *p;

    p = osw_provider(w, name);

    if (p == NULL) {
        return;
    }

    if (ok) {
        if (p->failures >= OSW_BREAK_AFTER) {
            osw_log(OSW_INFO, "%s: works again", name);
        }

        p->failures = 0;
        p->trying = 0;
        p->open_until = 0;
        p->open_ms = 0;
        return;
    }

    if (++p->failures < OSW_BREAK_AFTER) {
        return;
    }

    if (p->open_ms != 0 && !p->trying) {
        return;                         /* it had begun before */
    }

    p->trying = 0;

    if (p->open_ms == 0) {
        osw_log(OSW_WARN, "%s: failed %u times in a row, jobs wait", name,
                p->failures);
    }

    p->open_ms = p->open_ms ? p->open_ms * 2 : OSW_BREAK_MIN_MS;
    p->open_ms = p->open_ms > OSW_BREAK_MAX_MS ? OSW_BREAK_MAX_MS
                                               : p->open_ms;
    p->open_until = uv_now(w->loop) + p->open_ms;
}


unsigned
osw_provider_open(const osw_t *w)
{
    unsigned         n;
    osw_provider_t  *p;

    n = 0;

    for (p = w->providers; p != NULL; p = p->next) {
        n += p->failures >= OSW_BREAK_AFTER;
    }

    return n;
}


void
osw_provider_free(osw_t *w)
{
    osw_provider_t  *p, *next;

    for (p = w->providers; p != NULL; p = next) {
        next = p->next;
        free(p);
    }

    w->providers = NULL;
}
