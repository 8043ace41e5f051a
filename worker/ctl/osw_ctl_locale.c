/*
 * osw_ctl_locale: which languages there are, what a locale lacks, and how one
 * begins. Nothing is asked of Redis.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/os_folders.h"
#include "core/text/os_locale.h"
#include "worker/ctl/osw_ctl.h"


/* The folders of the store, where one was named or is the only one. */
static const char *
osw_locale_folders(osw_ctl_t *ctl)
{
    const osw_config_t  *config = ctl->w.config;

    return ctl->store ? osw_ctl_store(ctl)->campaign->folders
           : config->nstores == 1 ? config->store[0].campaign->folders
           : config->share;
}


/* A line for each: its tag, its own name, and how many texts it lacks. */
static int
osw_locale_line(const char *folders, const char *tag, json_t *read)
{
    os_error_t    err;
    os_locale_t  *l = os_locale_find(folders, os_str(tag), read, &err);

    if (l == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    printf("%-8s %-24s %zu missing\n", tag, os_locale_name(l).data,
           json_array_size(os_locale_missing(l)));
    os_locale_free(l);

    return OSW_CTL_OK;
}


static int
osw_locale_list(const char *folders)
{
    int          rc = OSW_CTL_OK;
    json_t      *yes, *tags, *read;
    os_error_t   err;
    const char  *tag;

    tags = os_folders_list(folders, "locales", ".json", &err);

    if (tags == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    read = json_object();

    json_object_foreach(tags, tag, yes) {
        rc |= osw_locale_line(folders, tag, read);
    }

    json_decref(read);
    json_decref(tags);

    return rc;
}


/* The keys that it lacks, each with what English says. */
static int
osw_locale_missing(const char *folders, const char *tag)
{
    size_t         i;
    json_t        *key, *text;
    os_error_t     err;
    os_locale_t   *l = os_locale_find(folders, os_str(tag), NULL, &err);
    const json_t  *missing;

    if (l == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    missing = os_locale_missing(l);

    json_array_foreach(missing, i, key) {
        text = json_object_get(os_locale_texts(l), json_string_value(key));
        printf("%s: %s\n", json_string_value(key),
               json_string_value(json_is_object(text)
                                 ? json_object_get(text, "other") : text));
    }

    i = json_array_size(missing);
    os_locale_free(l);

    return i ? OSW_CTL_FINDING : OSW_CTL_OK;
}


/* A new file: one that is there stays as it is. */
static int
osw_locale_write(const char *path, const json_t *locale)
{
    int    rc;
    FILE  *file = fopen(path, "wx");

    if (file == NULL) {
        fprintf(stderr, "ordersavectl: %s: %s\n", path,
                errno == EEXIST ? "is there already, and stays as it is"
                                : strerror(errno));
        return OSW_CTL_FINDING;
    }

    rc = json_dumpf(locale, file, JSON_INDENT(2));
    rc |= fputc('\n', file) == EOF;
    rc |= fclose(file);

    if (rc) {
        fprintf(stderr, "ordersavectl: %s: %s\n", path, strerror(errno));
        (void) remove(path);
        return OSW_CTL_FINDING;
    }

    printf("%s: translate the texts, and name the locale in the campaign\n",
           path);

    return OSW_CTL_OK;
}


/* Beside the campaign: an upgrade does not touch it. */
static int
osw_locale_place(const char *folders, const char *tag, os_buf_t *path)
{
    os_str_t  folder, rest = os_str(folders);

    (void) os_folders_next(&rest, &folder);
    os_buf_str(path, folder);
    os_buf_text(path, "/locales");

    if (mkdir(path->data, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "ordersavectl: %s: %s\n", path->data,
                strerror(errno));
        return -1;
    }

    os_buf_printf(path, "/%s.json", tag);
    return 0;
}


static int
osw_locale_new(osw_ctl_t *ctl, const char *folders, const char *tag)
{
    int          rc = OSW_CTL_FINDING;
    json_t      *json;
    os_buf_t     name = { 0 }, from = { 0 }, path = { 0 };
    os_error_t   err;
    const char  *parent = ctl->from ? ctl->from : "en";

    if (strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789-") != strlen(tag)
        || strlen(tag) < 2 || strlen(tag) > 35)
    {
        return osw_ctl_wrong(ctl, "\"%s\" is no language tag; expected one "
                             "such as \"pt-AO\"", tag);
    }

    os_buf_printf(&name, "locales/%s.json", parent);
    (void) os_folders_find(folders, &from, name.data);
    json = os_json_file(from.data, &err);

    if (json == NULL) {
        fprintf(stderr, "ordersavectl: --from: %s\n", err.text);

    } else if (osw_locale_place(folders, tag, &path) == 0) {
        os_json_set_str(json, "locale", os_str(tag));
        rc = osw_locale_write(ctl->output ? ctl->output : path.data, json);
    }

    json_decref(json);
    os_buf_free(&name);
    os_buf_free(&from);
    os_buf_free(&path);

    return rc;
}


int
osw_ctl_locale(osw_ctl_t *ctl, int argc, char **argv)
{
    const char  *folders = osw_locale_folders(ctl);

    if (argc == 2) {
        return osw_locale_list(folders);
    }

    return strcmp(argv[1], "missing") == 0
           ? osw_locale_missing(folders, argv[2])
           : osw_locale_new(ctl, folders, argv[2]);
}
