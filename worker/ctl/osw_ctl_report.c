/*
 * ordersavectl report: what happened, out of the console's database.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker/console/osw_console_report.h"
#include "worker/ctl/osw_ctl_base.h"
#include "worker/ctl/osw_ctl_weekly.h"


#define OSW_REPORT_SINCE  (30 * 86400)      /* s */


/* A value as a person, or a table's cell, has it. */
static void
osw_report_text(const json_t *value, os_buf_t *out)
{
    out->len = 0;

    if (json_is_integer(value)) {
        os_buf_int(out, json_integer_value(value));

    } else if (json_is_real(value)) {
        os_buf_printf(out, "%.4f", json_real_value(value));

    } else {
        os_buf_text(out, json_is_string(value) ? json_string_value(value)
                                               : "-");
    }
}


/* RFC 4180: quoted where it has to be. */
static void
osw_report_cell(const os_buf_t *text)
{
    if (text->len && strpbrk(text->data, ",\"\r\n")) {
        putchar('"');

        for (size_t i = 0; i < text->len; i++) {
            if (text->data[i] == '"') {
                putchar('"');
            }

            putchar(text->data[i]);
        }

        putchar('"');
        return;
    }

    fputs(text->len ? text->data : "", stdout);
}


static void
osw_report_csv(const json_t *rows)
{
    size_t    i, n;
    json_t   *row, *value;
    os_buf_t  text = { 0 };

    json_array_foreach(rows, i, row) {
        json_array_foreach(row, n, value) {
            osw_report_text(value, &text);
            fputs(n ? "," : "", stdout);
            osw_report_cell(&text);
        }

        fputs("\r\n", stdout);
    }

    os_buf_free(&text);
}


static void
osw_report_table(const json_t *rows)
{
    size_t    i, n, wide[16] = { 0 };
    json_t   *row, *value;
    os_buf_t  text = { 0 };

    json_array_foreach(rows, i, row) {
        json_array_foreach(row, n, value) {
            osw_report_text(value, &text);
            wide[n % 16] = text.len > wide[n % 16] ? text.len : wide[n % 16];
        }
    }

    json_array_foreach(rows, i, row) {
        json_array_foreach(row, n, value) {
            osw_report_text(value, &text);
            printf(json_is_number(value) ? "%*s" : "%-*s",
                   (int) wide[n % 16], text.len ? text.data : "");
            fputs(n + 1 < json_array_size(row) ? "  " : "\n", stdout);
        }
    }

    os_buf_free(&text);
}


static int
osw_report_print(osw_ctl_t *ctl, json_t *report)
{
    char    *text;
    json_t  *rows;

    if (strcmp(ctl->format, "json") == 0) {
        text = json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        puts(text ? text : "");
        free(text);
        return OSW_CTL_OK;
    }

    rows = json_object_get(report, "rows");
    (void) json_array_insert(rows, 0, json_object_get(report, "columns"));

    if (strcmp(ctl->format, "csv") == 0) {
        osw_report_csv(rows);

    } else {
        osw_report_table(rows);
    }

    return OSW_CTL_OK;
}


static int
osw_report_format(osw_ctl_t *ctl)
{
    ctl->format = ctl->format ? ctl->format : "table";

    return strcmp(ctl->format, "table") == 0 || strcmp(ctl->format, "csv") == 0
           || strcmp(ctl->format, "json") == 0
           ? OSW_CTL_OK
           : osw_ctl_wrong(ctl, "--format %s: expected table, csv or json",
                           ctl->format);
}


/* Whose orders: the hash that an address has in each store. */
static json_t *
osw_report_customers(osw_ctl_t *ctl)
{
    size_t    i;
    json_t   *all = json_array();
    os_buf_t  hash = { 0 };

    for (i = 0; i < ctl->w.config->nstores; i++) {
        hash.len = 0;
        os_keys_customer(&ctl->w.config->keys, ctl->w.config->store[i].name,
                         os_str(ctl->email), &hash);
        (void) json_array_append_new(all, os_json_new_str(
                                              os_buf_view(&hash)));
    }

    os_buf_free(&hash);

    return all;
}


int
osw_ctl_orders(osw_ctl_t *ctl, int argc, char **argv)
{
    int                  rc = osw_report_format(ctl);
    json_t              *report;
    int64_t              since;
    os_error_t           err;
    osw_base_t          *base;
    osw_report_which_t   which = { .became = os_str(ctl->state),
                                   .reason = os_str(ctl->reason) };

    (void) argc;
    (void) argv;
    base = rc == OSW_CTL_OK ? osw_ctl_base(ctl, OSW_REPORT_SINCE, &since, &rc)
                            : NULL;

    if (base == NULL) {
        return rc;
    }

    which.customers = ctl->email ? osw_report_customers(ctl) : NULL;
    report = osw_report_orders(base, &which, since, &err);
    json_decref(which.customers);

    if (report) {
        rc = osw_report_print(ctl, report);

    } else {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        rc = OSW_CTL_FINDING;
    }

    json_decref(report);
    osw_base_close(base);

    return rc;
}


int
osw_ctl_report(osw_ctl_t *ctl, int argc, char **argv)
{
    int          rc = osw_report_format(ctl);
    char         by[64];
    json_t      *report;
    int64_t      since;
    os_error_t   err;
    osw_base_t  *base;

    (void) argc;
    (void) argv;
    base = rc == OSW_CTL_OK ? osw_ctl_base(ctl, OSW_REPORT_SINCE, &since, &rc)
                            : NULL;

    if (base == NULL) {
        return rc;
    }

    if (ctl->mail) {
        rc = osw_ctl_weekly(ctl, base);
        osw_base_close(base);
        return rc;
    }

    if (ctl->observed && ctl->by && strcmp(ctl->by, "offer") != 0
        && strcmp(ctl->by, "reason") != 0 && strcmp(ctl->by, "message") != 0)
    {
        osw_base_close(base);
        return osw_ctl_wrong(ctl, "--by %s: expected one of offer, reason, "
                             "message", ctl->by);
    }

    (void) snprintf(by, sizeof(by), "%s%s", ctl->observed ? "observed " : "",
                    ctl->by ? ctl->by : ctl->observed ? "offer" : "day");
    report = osw_report(base, by, since, time(NULL) + 1, &err);
    rc = report ? osw_report_print(ctl, report)
                : osw_ctl_wrong(ctl, "--by %s", err.text);
    json_decref(report);
    osw_base_close(base);

    return rc;
}
