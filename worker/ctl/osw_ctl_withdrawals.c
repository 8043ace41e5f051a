/*
 * ordersavectl withdrawals: statements of consumers who withdraw from a
 * contract: entering one that came by letter, mail or telephone; reading them;
 * and the chain that shows that none was changed or taken out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_code.h"
#include "core/base/os_time.h"
#include "core/order/os_evidence.h"
#include "core/order/os_withdrawal.h"
#include "worker/ctl/osw_ctl.h"


#define OSW_SALT  16


typedef struct {
    osw_ctl_t    *ctl;
    osw_store_t  *store;
    json_t       *links;        /* "1" → what is kept of it */
    os_buf_t      head;         /* "N MAC" */
    int64_t       n;            /* how many there are to be */
} osw_chain_t;


static void
osw_chain_take(osw_ctl_t *ctl, const redisReply *reply, void *data)
{
    size_t        i;
    json_t       *kept;
    os_str_t      field;
    osw_chain_t  *c = data;

    (void) ctl;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements;
         i += 2)
    {
        field = osw_reply_str(reply->element[i]);

        if (os_str_equal(field, OS_STR("#"))) {
            os_buf_str(&c->head, osw_reply_str(reply->element[i + 1]));

        } else if (!os_withdrawal_is_id(field)) {
            kept = os_json_parse(osw_reply_str(reply->element[i + 1]), "link",
                                 NULL);
            (void) json_object_setn_new(c->links, field.data, field.len,
                                        kept ? kept : json_null());
        }
    }
}


/* The whole chain of the store. 0, or an exit status. */
static int
osw_chain_read(osw_chain_t *c)
{
    os_command_t  *cmd;

    c->links = json_object();
    cmd = osw_ctl_command(os_space_shard(&c->ctl->w.config->space,
                                         c->store->name, OS_STR("chain"),
                                         OS_NULL), "HGETALL", 2);
    osw_command_key(&c->ctl->w, cmd, "evidence", c->store->name,
                    OS_STR("chain"), OS_NULL);

    if (osw_ctl_call(c->ctl, cmd, osw_chain_take, c) != 0) {
        return OSW_CTL_REDIS;
    }

    c->n = c->head.len ? strtoll(c->head.data, NULL, 10) : 0;

    return 0;
}


static void
osw_chain_free(osw_chain_t *c)
{
    json_decref(c->links);
    os_buf_free(&c->head);
}


static json_t *
osw_chain_link(const osw_chain_t *c, int64_t n)
{
    char  name[24];

    snprintf(name, sizeof(name), "%lld", (long long) n);

    return json_object_get(c->links, name);
}


/* The statement's record, or NULL: it was erased, or its time is over. New. */
static json_t *
osw_chain_record(const osw_chain_t *c, os_str_t id)
{
    return osw_ctl_json(c->ctl,
                        os_space_shard(&c->ctl->w.config->space,
                                       c->store->name, id, OS_NULL),
                        "o", c->store->name, id);
}


/* Does what is kept of a statement say what it said? */
static int
osw_chain_same(const json_t *kept, const json_t *record)
{
    int       same;
    os_buf_t  digest = { 0 };

    os_withdrawal_digest(os_json_str(record, "salt"),
                         os_json_int(record, "at_ms", 0),
                         json_object_get(record, "statement"), &digest);
    same = os_json_int(record, "at_ms", 0) == os_json_int(kept, "at_ms", -1)
           && os_str_equal(os_buf_view(&digest), os_json_str(kept, "digest"));
    os_buf_free(&digest);

    return same;
}


static void
osw_list_orders(const json_t *record)
{
    size_t    i;
    json_t   *id;
    os_str_t  proven;

    json_array_foreach(json_object_get(record, "orders"), i, id) {
        printf("%s%s", i ? "," : "", json_string_value(id));
    }

    proven = json_array_size(json_object_get(record, "orders"))
             ? os_json_bool(record, "proven") ? OS_STR("proven")
                                              : OS_STR("stated")
             : OS_STR("unmatched");
    printf("%s%s", json_array_size(json_object_get(record, "orders")) ? " "
                                                                      : "",
           proven.data);
}


static void
osw_list_line(const osw_chain_t *c, const json_t *kept)
{
    json_t    *record;
    os_buf_t   moment = { 0 };
    os_str_t   id = os_json_str(kept, "id");

    os_withdrawal_moment(c->store->campaign, os_json_int(kept, "at_ms", 0),
                         &moment);
    record = osw_chain_record(c, id);
    printf("%lld  %s  %.*s  ", (long long) os_json_int(kept, "n", 0),
           moment.data, (int) id.len, id.data ? id.data : "");

    if (json_object_get(record, "statement")) {
        osw_list_orders(record);
        printf("  %s\n", os_json_str(record, "name").data);

    } else {
        printf("erased\n");
    }

    json_decref(record);
    os_buf_free(&moment);
}


static int
osw_withdrawals_list(osw_chain_t *c)
{
    int64_t  n;

    for (n = 1; n <= c->n; n++) {
        if (osw_chain_link(c, n)) {
            osw_list_line(c, osw_chain_link(c, n));
        }
    }

    return OSW_CTL_OK;
}


/* {"n", "id", "at", "again", "statement", "orders", "proven", "digest", …} */
static json_t *
osw_withdrawals_whole(const osw_chain_t *c, const json_t *kept)
{
    size_t     i;
    json_t    *whole = json_copy((json_t *) kept), *record;
    os_buf_t   moment = { 0 };

    static const char *const  members[] = { "statement", "orders", "proven",
                                            "again", "salt", "locale",
                                            "why" };

    record = osw_chain_record(c, os_json_str(kept, "id"));
    os_withdrawal_moment(c->store->campaign, os_json_int(kept, "at_ms", 0),
                         &moment);
    os_json_set_str(whole, "at", os_buf_view(&moment));
    os_buf_free(&moment);

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (json_object_get(record, members[i])) {
            (void) json_object_set(whole, members[i],
                                   json_object_get(record, members[i]));
        }
    }

    if (json_object_get(record, "statement") == NULL) {
        (void) json_object_set_new(whole, "erased", json_true());
    }

    json_decref(record);

    return whole;
}


static int
osw_withdrawals_show(osw_chain_t *c, const char *id)
{
    int64_t  n;
    json_t  *kept, *whole;

    for (n = 1; n <= c->n; n++) {
        kept = osw_chain_link(c, n);

        if (os_str_equal(os_json_str(kept, "id"), os_str(id))) {
            whole = osw_withdrawals_whole(c, kept);
            osw_ctl_print(whole);
            json_decref(whole);
            return OSW_CTL_OK;
        }
    }

    fprintf(stderr, "ordersavectl: no statement %s\n", id);

    return OSW_CTL_FINDING;
}


static int
osw_withdrawals_export(osw_chain_t *c)
{
    int64_t    n;
    json_t    *whole;
    os_buf_t   text = { 0 };

    for (n = 1; n <= c->n; n++) {
        whole = osw_withdrawals_whole(c, osw_chain_link(c, n));
        text.len = 0;
        os_json_dump(&text, whole);
        printf("%s\n", text.data);
        json_decref(whole);
    }

    os_buf_free(&text);

    return OSW_CTL_OK;
}


/* What is wrong with link `n`, or NULL; `erased` counts those without words. */
static const char *
osw_verify_link(const osw_chain_t *c, int64_t n, os_str_t before,
    int64_t *erased)
{
    int            same;
    json_t        *record;
    const json_t  *kept = osw_chain_link(c, n);

    if (!json_is_object(kept)) {
        return "is gone";
    }

    if (!os_evidence_holds(&c->ctl->w.config->keys.customer, c->store->name,
                           kept, n, before))
    {
        return "was changed, or the key is another";
    }

    record = osw_chain_record(c, os_json_str(kept, "id"));

    if (json_object_get(record, "statement") == NULL) {
        ++*erased;
        json_decref(record);
        return NULL;
    }

    same = osw_chain_same(kept, record);
    json_decref(record);

    return same ? NULL : "has another content than was stated";
}


/* `known` is a link that somebody has from a mail, or NULL. */
static int
osw_withdrawals_verify(osw_chain_t *c, const char *known)
{
    int          found = known == NULL;
    int64_t      n, erased = 0;
    os_str_t     before = OS_NULL;
    os_buf_t     head = { 0 };
    const char  *wrong = NULL;

    for (n = 1; n <= c->n; n++) {
        wrong = osw_verify_link(c, n, before, &erased);

        if (wrong) {
            printf("not ok - statement %lld %s\n", (long long) n, wrong);
            os_buf_free(&head);
            return OSW_CTL_FINDING;
        }

        before = os_json_str(osw_chain_link(c, n), "mac");
        found |= os_str_equal(before, os_str(known));
    }

    if (c->n) {
        os_buf_printf(&head, "%lld %.*s", (long long) c->n,
                      (int) before.len, before.data);
    }

    if (!os_str_equal(os_buf_view(&head), os_buf_view(&c->head))) {
        printf("not ok - the newest link is another\n");

    } else if (!found) {
        printf("not ok - no link is %s: statements are missing\n", known);

    } else {
        printf("ok - %lld statements, %lld of them without their content\n",
               (long long) c->n, (long long) erased);
        os_buf_free(&head);
        return OSW_CTL_OK;
    }

    os_buf_free(&head);

    return OSW_CTL_FINDING;
}


/* Its words go, and the salt: what is left in the chain tells nothing. */
static int
osw_withdrawals_erase(osw_chain_t *c, const char *id)
{
    os_str_t       name = os_str(id);
    os_command_t  *cmd;

    if (!os_withdrawal_is_id(name)) {
        return osw_ctl_wrong(c->ctl, "the id of a statement expected, which "
                             "begins with \"~\"");
    }

    cmd = osw_ctl_command(os_space_shard(&c->ctl->w.config->space,
                                         c->store->name, name, OS_NULL),
                          "DEL", 2);
    osw_command_key(&c->ctl->w, cmd, "o", c->store->name, name, OS_NULL);

    if (osw_ctl_call(c->ctl, cmd, NULL, NULL) != 0) {
        return OSW_CTL_REDIS;
    }

    printf("%s: its content is erased; its link in the chain stays\n", id);

    return OSW_CTL_OK;
}


/* What a file says of a statement, as its event; NULL after a message. */
static json_t *
osw_add_event(osw_chain_t *c, const json_t *said, json_t *statement)
{
    json_t    *event;
    uint8_t    random[OSW_SALT];
    int64_t    at;
    os_buf_t   text = { 0 };
    os_str_t   when = os_json_str(said, "at");

    if (when.len && os_time_parse(when, &at) != 0) {
        (void) osw_ctl_wrong(c->ctl, "\"at\": expected a time, such as "
                             "2026-11-29T20:15:00+01:00");
        return NULL;
    }

    os_withdrawal_id(&c->ctl->w.config->keys.customer, c->store->name,
                     statement, &text);
    event = osw_ctl_event(c->ctl, c->store, os_buf_view(&text), "statement");
    printf("%s\n", text.data);
    text.len = 0;

    if (os_random(random, sizeof(random)) != 0) {
        abort();
    }

    os_hex(&text, random, sizeof(random));
    os_json_set_str(event, "salt", os_buf_view(&text));
    os_buf_free(&text);
    (void) json_object_set(event, "statement", statement);

    if (when.len) {
        os_json_set_int(event, "at_ms", at * 1000);
    }

    if (os_json_str(said, "locale").len) {
        os_json_set_str(event, "locale", os_json_str(said, "locale"));
        os_json_set_str(event, "lang", os_json_str(said, "locale"));
    }

    /* whoever enters it with the order knows whose it is */

    if (os_json_str(statement, "order").len) {
        (void) json_object_set_new(event, "proven", json_true());
    }

    return event;
}


static int
osw_add_send(osw_chain_t *c, const json_t *event)
{
    os_str_t  store, id;

    (void) osw_order_split(os_json_str(event, "order"), &store, &id);

    return osw_ctl_call(c->ctl, osw_event_add(&c->ctl->w, store, id, event,
                                              NULL, NULL), NULL, NULL) == 0
           ? OSW_CTL_OK : OSW_CTL_REDIS;
}


static int
osw_withdrawals_add(osw_chain_t *c, const char *path)
{
    int          rc;
    json_t      *said, *statement, *event;
    os_error_t   err = { "" };
    const char  *wrong;

    said = os_json_file(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &err);

    if (said == NULL) {
        fprintf(stderr, "ordersavectl: %s\n", err.text);
        return OSW_CTL_FINDING;
    }

    if (os_json_str(said, "via").len == 0) {
        os_json_set_str(said, "via", OS_STR("letter"));
    }

    statement = os_withdrawal_make(said, NULL, &wrong);

    if (statement == NULL) {
        fprintf(stderr, "ordersavectl: %s: \"%s\": expected %s\n", path, wrong,
                strcmp(wrong, "email") == 0 ? "an address, or none"
                                            : "a text");
        json_decref(said);
        return OSW_CTL_FINDING;
    }

    event = osw_add_event(c, said, statement);
    rc = event ? osw_add_send(c, event) : OSW_CTL_USAGE;
    json_decref(event);
    json_decref(statement);
    json_decref(said);

    return rc;
}


int
osw_ctl_withdrawals(osw_ctl_t *ctl, int argc, char **argv)
{
    int           rc;
    osw_chain_t   c = { .ctl = ctl, .store = osw_ctl_store(ctl) };
    const char   *word = argc > 2 ? argv[2] : NULL;

    /* which of them need a word, the table of commands knows */

    if (c.store == NULL) {
        return OSW_CTL_USAGE;
    }

    if (word && strcmp(argv[1], "add") == 0) {
        return osw_withdrawals_add(&c, word);
    }

    if (word && strcmp(argv[1], "erase") == 0) {
        return osw_withdrawals_erase(&c, word);
    }

    rc = osw_chain_read(&c);

    if (rc == 0) {
        rc = strcmp(argv[1], "list") == 0 ? osw_withdrawals_list(&c)
             : word && strcmp(argv[1], "show") == 0
               ? osw_withdrawals_show(&c, word)
             : strcmp(argv[1], "export") == 0 ? osw_withdrawals_export(&c)
             : osw_withdrawals_verify(&c, word);
    }

    osw_chain_free(&c);

    return rc;
}
