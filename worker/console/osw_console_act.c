/*
 * osw_console_act: see osw_console_act.h.
 *
 * The row of an act is written before it begins, so that what a kill cuts short
 * is known as well. Neither row nor line has an address, or what was typed to a
 * buyer.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/os_code.h"
#include "core/base/os_form.h"
#include "core/order/os_token.h"
#include "worker/console/osw_console_act.h"


#define OSW_ACT_TTL    (12 * 3600)      /* s */
#define OSW_ACT_FIELD  1000             /* bytes */
#define OSW_ACT_SAID   300


/*
 * A field is what the form calls it; "?" before it: it may be empty, and is
 * left out then, "=": the word is NAME=VALUE, "-": it is told to nobody.
 */
static const struct {
    const char  *name;
    const char  *words[3];
    const char  *fields[4];
    const char  *page;          /* that says how it went */
    int          render;        /* it is of a store, in a language */
} osw_acts[] = {
    { "retry", { "dead", "retry" }, { "id" }, "queue", 0 },
    { "drop", { "dead", "drop" }, { "id" }, "queue", 0 },
    { "pause", { "pause" }, { "?=store", "?=channel", "?=purpose" },
      "queue", 0 },
    { "resume", { "resume" }, { "?=store", "?=channel", "?=purpose" },
      "queue", 0 },
    { "approve", { "request", "approve" }, { "order", "?-amount" },
      "queue", 0 },
    { "decline", { "request", "decline" }, { "order", "?-words" },
      "queue", 0 },
    { "test", { "mail", "test" }, { "name", "-to" }, "preview", 1 },
};

#define OSW_ACTS  (sizeof(osw_acts) / sizeof(osw_acts[0]))


/* One that is under way. */
typedef struct {
    osw_base_t  *base;
    int64_t      row;
    size_t       which;
    osw_act_pt   done;
    void        *data;
    char         user[128];
    os_buf_t     of;            /* what it is about, as it is told */
    char         lang[16];
    os_buf_t     store;         /* options, or empty */
    os_buf_t     locale;
} osw_act_t;


int
osw_act_may(const osw_t *w, const char *user, const char *role)
{
    size_t         i;
    json_t        *name;
    const json_t  *console = json_object_get(w->config->json, "console");

    if (user == NULL || *user == '\0') {
        return 0;
    }

    if (os_json_str(console, "role_header").len && role
        && strcmp(role, "act") == 0)
    {
        return 1;
    }

    json_array_foreach(json_object_get(console, "act"), i, name) {
        if (strcmp(json_string_value(name), user) == 0) {
            return 1;
        }
    }

    return 0;
}


void
osw_act_token(const osw_t *w, const char *user, int64_t now, os_buf_t *out)
{
    json_t  *claims = json_object();

    os_json_set_str(claims, "p", OS_STR("act"));
    os_json_set_str(claims, "u", os_str(user));
    os_json_set_int(claims, "x", now + OSW_ACT_TTL);
    os_token_sign(&w->config->keys, claims, out);
    json_decref(claims);
}


static int
osw_act_field(os_str_t form, const char *name, os_buf_t *out)
{
    out->len = 0;

    return os_form_find(form, os_str(name), out) == OS_ARG_ONE && out->len
           && out->len <= OSW_ACT_FIELD && os_utf8_valid(os_buf_view(out))
           ? 0 : -1;
}


int
osw_act_is_meant(const osw_t *w, const char *user, os_str_t form, int64_t now)
{
    int        is = 0, expired;
    json_t    *claims;
    os_buf_t   token = { 0 };

    if (osw_act_field(form, "token", &token) == 0) {
        claims = os_token_verify(&w->config->keys, os_buf_view(&token), "act",
                                 now, &expired);
        is = claims && os_str_equal(os_json_str(claims, "u"), os_str(user));
        json_decref(claims);
    }

    os_buf_free(&token);

    return is;
}


/* As a line of the log may have it: what is a control is escaped. */
static void
osw_act_log(osw_level_t level, const char *what, const char *user,
    os_str_t of, const char *became)
{
    os_buf_t  line = { 0 };

    os_json_quote(&line, os_utf8_front(os_str(what), 40));
    os_buf_char(&line, ' ');
    os_json_quote(&line, of);
    os_buf_text(&line, " by ");
    os_json_quote(&line, os_str(user ? user : ""));
    osw_log(level, "act %s: %s", line.data ? line.data : "", became);
    os_buf_free(&line);
}


void
osw_act_refuse(const char *user, os_str_t form, const char *why)
{
    os_buf_t  what = { 0 };

    (void) osw_act_field(form, "do", &what);
    osw_act_log(OSW_WARN, what.len ? what.data : "", user, OS_NULL, why);
    os_buf_free(&what);
}


/* The row of a new act; what became of it is written later. */
static void
osw_act_begin(osw_act_t *act)
{
    sqlite3       *db = osw_base_handle(act->base);
    sqlite3_stmt  *s;

    if (sqlite3_prepare_v2(db, "INSERT INTO act(at, who, what, of, outcome) "
                           "VALUES(?1, ?2, ?3, ?4, 'begun')", -1, &s, NULL)
        == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, time(NULL));
        (void) sqlite3_bind_text(s, 2, act->user, -1, SQLITE_TRANSIENT);
        (void) sqlite3_bind_text(s, 3, osw_acts[act->which].name, -1,
                                 SQLITE_STATIC);
        (void) sqlite3_bind_text(s, 4, act->of.data ? act->of.data : "", -1,
                                 SQLITE_TRANSIENT);
        (void) sqlite3_step(s);
        act->row = sqlite3_last_insert_rowid(db);
    }

    (void) sqlite3_finalize(s);
}


static void
osw_act_note(osw_act_t *act, const char *outcome, os_str_t said)
{
    sqlite3_stmt  *s;

    said = os_utf8_front(said, OSW_ACT_SAID);

    if (sqlite3_prepare_v2(osw_base_handle(act->base), "UPDATE act SET "
                           "outcome = ?2, said = ?3 WHERE id = ?1", -1, &s,
                           NULL) == SQLITE_OK)
    {
        (void) sqlite3_bind_int64(s, 1, act->row);
        (void) sqlite3_bind_text(s, 2, outcome, -1, SQLITE_STATIC);
        (void) sqlite3_bind_text(s, 3, said.data, (int) said.len,
                                 SQLITE_TRANSIENT);
        (void) sqlite3_step(s);
    }

    (void) sqlite3_finalize(s);
    osw_act_log(OSW_NOTICE, osw_acts[act->which].name, act->user,
                os_buf_view(&act->of), outcome);
}


/* What a program says of itself goes: "ordersavectl: no dead letter x". */
static os_str_t
osw_act_said(os_str_t err)
{
    const os_str_t  name = OS_STR("ordersavectl: ");

    if (os_str_starts(err, name)) {
        err.data += name.len;
        err.len -= name.len;
    }

    while (err.len && err.data[err.len - 1] == '\n') {
        err.len--;
    }

    return err;
}


static void
osw_act_free(osw_act_t *act)
{
    os_buf_free(&act->of);
    os_buf_free(&act->store);
    os_buf_free(&act->locale);
    free(act);
}


static void
osw_act_over(void *data, int status, os_str_t out, os_str_t err)
{
    char        page[96];
    osw_act_t  *act = data;

    (void) out;
    osw_act_note(act, status == 0 ? "done" : "failed",
                 status == 0 ? OS_STR("") : osw_act_said(err));
    (void) snprintf(page, sizeof(page), "%s?act=%lld%s%s#acts",
                    osw_acts[act->which].page, (long long) act->row,
                    act->lang[0] ? "&lang=" : "", act->lang);
    act->done(act->data, page);
    osw_act_free(act);
}


/*
 * The words behind the command, in `room`, one after the other; 0, or -1: one
 * that must be there is not.
 */
static int
osw_act_words(osw_act_t *act, os_str_t form, json_t *room)
{
    int          i, may, pair, hush;
    os_buf_t     value = { 0 }, word = { 0 };
    const char  *name;

    for (i = 0; i < 4 && (name = osw_acts[act->which].fields[i]); i++) {
        may = name[0] == '?';
        name += may;
        pair = name[0] == '=';
        name += pair;
        hush = name[0] == '-';
        name += hush;

        if (osw_act_field(form, name, &value) != 0) {
            if (may) {
                continue;
            }

            break;
        }

        word.len = 0;
        os_buf_printf(&word, "%s%s%s", pair ? name : "", pair ? "=" : "",
                      value.data);
        os_buf_text(&act->of, act->of.len && !hush ? " " : "");
        os_buf_text(&act->of, hush ? "" : word.data);
        (void) json_array_append_new(room,
                                     os_json_new_str(os_buf_view(&word)));
    }

    os_buf_free(&value);
    os_buf_free(&word);

    return i < 4 && osw_acts[act->which].fields[i] ? -1 : 0;
}


static int
osw_act_run(osw_runs_t *runs, osw_act_t *act, const json_t *words)
{
    int          i, n = 0;
    size_t       k;
    const char  *argv[OSW_RUN_WORDS + 1] = { "--as", act->user };

    n = 2;

    if (act->store.len) {
        argv[n++] = "-s";
        argv[n++] = act->store.data;
    }

    if (act->locale.len) {
        argv[n++] = "-l";
        argv[n++] = act->locale.data;
    }

    argv[n++] = "--";

    for (i = 0; osw_acts[act->which].words[i]; i++) {
        argv[n++] = osw_acts[act->which].words[i];
    }

    for (k = 0; k < json_array_size(words) && n < OSW_RUN_WORDS; k++) {
        argv[n++] = json_string_value(json_array_get(words, k));
    }

    return osw_run(runs, argv, osw_act_over, act);
}


static void
osw_act_lang(osw_act_t *act, os_str_t form)
{
    size_t    i;
    os_buf_t  lang = { 0 };

    if (osw_act_field(form, "lang", &lang) == 0
        && lang.len < sizeof(act->lang))
    {
        for (i = 0; i < lang.len && (lang.data[i] == '-'
                    || (lang.data[i] | 0x20) >= 'a')
                    && (lang.data[i] | 0x20) <= 'z'; i++)
        {
            act->lang[i] = lang.data[i];
        }

        act->lang[i] = '\0';
    }

    os_buf_free(&lang);
}


static size_t
osw_act_which(os_str_t form)
{
    size_t    i = OSW_ACTS;
    os_buf_t  what = { 0 };

    if (osw_act_field(form, "do", &what) == 0) {
        for (i = 0; i < OSW_ACTS && strcmp(osw_acts[i].name, what.data) != 0;
             i++)
        {
            /* void */
        }
    }

    os_buf_free(&what);

    return i;
}


osw_act_e
osw_act(osw_runs_t *runs, osw_base_t *base, const char *user, os_str_t form,
    osw_act_pt done, void *data)
{
    size_t      which = osw_act_which(form);
    json_t     *words;
    osw_act_e   rc = OSW_ACT_BEGUN;
    osw_act_t  *act;

    if (which == OSW_ACTS) {
        return OSW_ACT_UNKNOWN;
    }

    act = calloc(1, sizeof(osw_act_t));

    if (act == NULL) {
        return OSW_ACT_BUSY;
    }

    *act = (osw_act_t) { .base = base, .which = which, .done = done,
                         .data = data };
    (void) snprintf(act->user, sizeof(act->user), "%s", user);
    osw_act_lang(act, form);

    if (osw_acts[which].render) {
        (void) osw_act_field(form, "store", &act->store);
        (void) osw_act_field(form, "locale", &act->locale);
    }

    words = json_array();

    if (osw_act_words(act, form, words) != 0) {
        rc = OSW_ACT_UNKNOWN;

    } else {
        osw_act_begin(act);

        if (osw_act_run(runs, act, words) != 0) {
            osw_act_note(act, "failed", OS_STR("busy"));
            rc = OSW_ACT_BUSY;
        }
    }

    if (rc != OSW_ACT_BEGUN) {
        osw_act_free(act);
    }

    json_decref(words);

    return rc;
}
