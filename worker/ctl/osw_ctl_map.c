/*
 * osw_ctl_map: what a webhook's payload is read as, and what of it is not read:
 * for whoever writes a source, or wonders what their shop sends.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order/os_source.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/take/osw_inbox.h"


#define OSW_MAP_DEEP  2                 /* levels of members that are named */


/* Is the member at this pointer, or anything below or above it, asked for? */
static int
osw_map_asks(const json_t *source, const char *pointer)
{
    size_t       i, len = strlen(pointer);
    json_t      *one;
    const char  *text, *name;

    if (json_is_string(source)) {
        text = json_string_value(source);

        return (strncmp(text, pointer, len) == 0
                && (text[len] == '\0' || text[len] == '/'))
               || (text[0] == '/' && strncmp(text, pointer, strlen(text)) == 0
                   && pointer[strlen(text)] == '/');
    }

    json_array_foreach(source, i, one) {
        if (osw_map_asks(one, pointer)) {
            return 1;
        }
    }

    json_object_foreach((json_t *) source, name, one) {
        if ((name[0] == '/' && strncmp(name, pointer, len) == 0
             && (name[len] == '\0' || name[len] == '/'))
            || osw_map_asks(one, pointer))
        {
            return 1;
        }
    }

    return 0;
}


/* Members of which nothing is read, by their pointers. */
static void
osw_map_ignored(const json_t *source, const json_t *value, os_buf_t *pointer,
    int deep, json_t *ignored)
{
    size_t       len = pointer->len;
    json_t      *one;
    const char  *name;

    json_object_foreach((json_t *) value, name, one) {
        pointer->len = len;
        os_json_pointer_add(pointer, name);

        if (!osw_map_asks(source, pointer->data)) {
            (void) json_array_append_new(ignored,
                                         json_string(pointer->data));

        } else if (deep > 1) {
            osw_map_ignored(source, one, pointer, deep - 1, ignored);
        }
    }

    pointer->len = len;
}


static json_t *
osw_map_read(osw_ctl_t *ctl, osw_store_t *store, os_source_t *source,
    const json_t *payload, os_str_t topic, os_error_t *err)
{
    size_t    i;
    json_t   *orders, *parcels, *order, *ignored = json_array();
    os_buf_t  pointer = { 0 };

    orders = os_source_map(source, &ctl->w.config->keys, store->name, payload,
                           topic, err);
    parcels = orders ? os_source_parcels(source, payload, topic, err) : NULL;

    if (parcels == NULL) {
        json_decref(orders);
        json_decref(ignored);
        return NULL;
    }

    json_array_foreach(orders, i, order) {
        osw_inbox_complete(store, order);
    }

    osw_map_ignored(source->json, payload, &pointer, OSW_MAP_DEEP, ignored);
    os_buf_free(&pointer);

    return json_pack("{s:o, s:o, s:o, s:o}", "orders", orders, "parcels",
                     parcels, "bounces",
                     os_source_bounces(source, payload, topic), "ignored",
                     ignored);
}


int
osw_ctl_map(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc = OSW_CTL_FINDING;
    json_t       *payload = NULL, *read = NULL;
    os_buf_t      text = { 0 };
    os_error_t    err;
    osw_store_t  *store = ctl->store ? osw_ctl_store(ctl)
                                     : &ctl->w.config->store[0];
    os_source_t  *source = osw_config_source(store, os_str(argv[1]));

    if (source == NULL) {
        return osw_ctl_wrong(ctl, "there is no source %s in %s", argv[1],
                             store->campaign->folders);
    }

    if (os_file_read(strcmp(argv[2], "-") == 0 ? "/dev/stdin" : argv[2], &text,
                     &err)
        == 0)
    {
        payload = os_source_payload(source, os_buf_view(&text), &err);
    }

    if (payload) {
        read = osw_map_read(ctl, store, source, payload,
                            argc > 3 ? os_str(argv[3]) : OS_NULL, &err);
    }

    if (read) {
        rc = json_dumpf(read, stdout, JSON_INDENT(2)) == 0 ? OSW_CTL_OK
                                                           : OSW_CTL_FINDING;
        (void) putchar('\n');

    } else {
        fprintf(stderr, "ordersavectl: %s: %s\n", argv[2], err.text);
    }

    json_decref(payload);
    json_decref(read);
    os_buf_free(&text);

    return rc;
}
