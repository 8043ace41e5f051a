/*
 * What an order comes to, for t/cases_*.t: what stores and carriers sent, one
 * delivery a line, mapped by its source and reduced as the worker does it.
 *
 *     story_driver CAMPAIGN < LINES
 *
 * A line is {"at", "source", "topic", "body"}: a webhook whose body is a text,
 * as it came, at so many seconds; or {"at"} alone: time goes by, watches that
 * are due run out and messages that are due count as sent. stdout: one JSON
 * object: "order" (the record), "due" and "sent" (purposes of jobs), "faults".
 *
 * All that is sent is of one order; a parcel of a number that it does not have
 * is nobody's.
 */

#include <stdio.h>
#include <stdlib.h>

#include "core/campaign/os_campaign.h"
#include "core/order/os_order.h"
#include "core/order/os_reduce.h"
#include "core/order/os_source.h"
#include "core/order/os_track.h"


typedef struct {
    os_campaign_t  *campaign;
    json_t         *order;
    json_t         *jobs;       /* id → {"job", "due_ms"} */
    json_t         *sent;
    json_t         *faults;
    int             n;
} story_t;


static void
fault(story_t *s, const char *text)
{
    (void) json_array_append_new(s->faults, json_string(text));
}


static void
reduce(story_t *s, json_t *event, int64_t at)
{
    char          id[16];
    size_t        i;
    json_t       *one, *job;
    os_str_t      name;
    os_error_t    err;
    os_reduced_t  r;

    snprintf(id, sizeof(id), "e%d", s->n++);
    os_json_set_str(event, "id", os_str(id));
    name = os_json_str(json_object_get(event, "data"), "id");
    name = s->order ? os_json_str(s->order, "id") : name;

    if (os_reduce(s->campaign, s->order, name, event, at * 1000, &r, &err)
        != 0)
    {
        fault(s, err.text);

    } else if (!r.none) {
        json_array_foreach(r.drop, i, one) {
            (void) json_object_del(s->jobs, json_string_value(one));
        }

        json_array_foreach(r.add, i, one) {
            job = json_object_get(one, "job");

            if (json_object_get(s->jobs, os_json_str(job, "id").data) == NULL) {
                (void) json_object_set(s->jobs, os_json_str(job, "id").data,
                                       one);
            }
        }

        json_decref(s->order);
        s->order = json_incref(r.order);
    }

    os_reduced_free(&r);
    json_decref(event);
}


static void
take(story_t *s, const char *kind, json_t *data, int64_t at)
{
    json_t  *event;

    event = json_pack("{s:s, s:s, s:I, s:O}", "kind", kind, "from", "webhook",
                      "at_ms", (json_int_t) at * 1000, "data", data);
    reduce(s, event, at);
}


/* How many were due. */
static size_t
run(story_t *s, int64_t at)
{
    size_t       n;
    void        *next;
    json_t      *one, *job, *event, *due, *value;
    const char  *id;

    due = json_object();

    json_object_foreach(s->jobs, id, one) {
        if (os_json_int(one, "due_ms", 0) <= at * 1000) {
            (void) json_object_set(due, id, one);
        }
    }

    n = json_object_size(due);

    json_object_foreach_safe(due, next, id, one) {
        job = json_object_get(one, "job");
        (void) json_object_del(s->jobs, id);

        if (!os_str_equal(os_json_str(job, "channel"), OS_STR("clock"))) {
            (void) json_array_append_new(s->sent,
                os_json_new_str(os_json_str(job, "purpose")));
            continue;
        }

        if (os_str_equal(os_json_str(job, "purpose"), OS_STR("watch"))) {
            event = json_pack("{s:s, s:I}", "kind", "clock", "at_ms",
                              (json_int_t) at * 1000);
            value = json_object_get(job, "data");
            (void) json_object_update(event, value);
            reduce(s, event, at);
        }
    }

    json_decref(due);
    return n;
}


static void
deliver(story_t *s, const json_t *line, int64_t at)
{
    char          path[256];
    size_t        i;
    json_t       *payload, *orders, *parcels, *one;
    os_str_t      topic;
    os_error_t    err = { "" };
    os_source_t  *source;

    snprintf(path, sizeof(path), "campaign/sources/%s.json",
             os_json_str(line, "source").data);
    source = os_source_load(path, &err);
    topic = os_json_str(line, "topic");
    payload = source ? os_source_payload(source, os_json_str(line, "body"),
                                         &err) : NULL;
    orders = payload ? os_source_map(source, NULL, s->campaign->store,
                                     payload, topic, &err) : NULL;
    parcels = orders ? os_source_parcels(source, payload, topic, &err) : NULL;

    if (parcels == NULL) {
        fault(s, err.text);
    }

    json_array_foreach(parcels ? orders : NULL, i, one) {
        os_json_set_str(one, "customer", OS_STR("somebody"));
        take(s, "order", one, at);
    }

    json_array_foreach(parcels, i, one) {
        if (os_track_find(json_object_get(s->order, "track"),
                          os_json_str(one, "number")))
        {
            take(s, "parcel", one, at);
        }
    }

    json_decref(parcels);
    json_decref(orders);
    json_decref(payload);
    os_source_free(source);
}


static json_t *
purposes(const json_t *jobs)
{
    json_t      *one, *out = json_array();
    const char  *id;

    json_object_foreach((json_t *) jobs, id, one) {
        (void) json_array_append_new(out, os_json_new_str(
            os_json_str(json_object_get(one, "job"), "purpose")));
    }

    return out;
}


int
main(int argc, char **argv)
{
    char        *text = NULL;
    size_t       size = 0;
    json_t      *line, *out;
    int64_t      at;
    ssize_t      n;
    story_t      s = { 0 };
    os_error_t   err;

    s.campaign = os_campaign_load(argc > 1 ? argv[1] : "", "campaign",
                                  &err);

    if (s.campaign == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }

    s.jobs = json_object();
    s.sent = json_array();
    s.faults = json_array();

    while ((n = getline(&text, &size, stdin)) > 0) {
        line = os_json_parse((os_str_t) { (size_t) n, text }, "line", &err);

        if (line == NULL) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }

        at = os_json_int(line, "at", 0);
        while (run(&s, at)) { /* what follows may be due as well */ }

        if (os_json_str(line, "source").len) {
            deliver(&s, line, at);
        }

        json_decref(line);
    }

    out = json_pack("{s:O?, s:o, s:O, s:O}", "order", s.order, "due",
                    purposes(s.jobs), "sent", s.sent, "faults", s.faults);
    json_dumpf(out, stdout, JSON_COMPACT);
    printf("\n");

    json_decref(out);
    json_decref(s.order);
    json_decref(s.jobs);
    json_decref(s.sent);
    json_decref(s.faults);
    os_campaign_free(s.campaign);
    free(text);

    return 0;
}
