/*
 * osw_tally: what a worker has counted of its work, for Prometheus' text format
 * (0.0.4): counters with labels, and how long things took. Labels are few and
 * never a person's: a channel, a message's name, an outcome, a status.
 */

#ifndef OSW_TALLY_H
#define OSW_TALLY_H

#include "core/base/os_json.h"


typedef struct osw_tally_s  osw_tally_t;

typedef enum {
    OSW_TALLY_DELIVERIES = 0,   /* channel, purpose, outcome */
    OSW_TALLY_API_READS,        /* store, status; 0: no answer */
    OSW_TALLY_SOURCES           /* source; when its last event came, epoch s */
} osw_tally_e;

typedef enum {
    OSW_TOOK_START = 0,         /* a job, from when it was due */
    OSW_TOOK_COMMIT             /* an event, from when it was written */
} osw_took_e;

/* NULL without memory; the calls below take NULL, and do nothing. */
osw_tally_t *osw_tally_new(void);
void osw_tally_free(osw_tally_t *t);

/* One more. As many labels as the counter has, in its order. */
void osw_tally_count(osw_tally_t *t, osw_tally_e what, os_str_t one,
    os_str_t two, os_str_t three);

/* Of OSW_TALLY_SOURCES: when it was. */
void osw_tally_set(osw_tally_t *t, osw_tally_e what, os_str_t one,
    int64_t value);

void osw_tally_took(osw_tally_t *t, osw_took_e what, int64_t ms);

/* All of them, appended. */
void osw_tally_write(const osw_tally_t *t, os_buf_t *out);

/* One that has no labels: ordersave_NAME, with what it means; appended. */
void osw_tally_one(os_buf_t *out, const char *name, const char *type,
    const char *help, int64_t value);

/* A label's value, as the format wants it; appended. */
void osw_tally_label(os_buf_t *out, os_str_t text);

#endif /* OSW_TALLY_H */
