/*
 * osw_console_order: see osw_console_order.h.
 */

#include <string.h>

#include "worker/console/osw_console_order.h"
#include "worker/console/osw_console_story.h"


/* What a fact may have, in the order that people read it; texts by `key`. */
static const struct {
    const char  *member;
    const char  *key;       /* NULL: as it is */
} osw_order_details[] = {
    { "arm", "console.arm_" }, { "experiment", NULL },
    { "reason", "reason." }, { "offer", NULL },
    { "outcome", "console.outcome_" }, { "message", NULL },
    { "channel", "console.channel_" }, { "milestone", "track.step." },
    { "side", "track.side." }, { "carrier", NULL }, { "country", NULL },
    { "promised", NULL },
};


static void
osw_order_detail(osw_page_t *p, json_t *details, const char *member,
    json_t *value)
{
    char  key[64];

    (void) snprintf(key, sizeof(key), "col_%s", member);
    (void) json_array_append_new(details, json_pack(
        "{s:o, s:o?}", "name", osw_page_say(p, key), "value", value));
}


static json_t *
osw_order_list(const json_t *values)
{
    size_t    i;
    json_t   *value;
    os_buf_t  out = { 0 };

    json_array_foreach((json_t *) values, i, value) {
        os_buf_text(&out, i ? ", " : "");
        (void) os_json_text(value, &out);
    }

    value = os_json_new_str(os_buf_view(&out));
    os_buf_free(&out);

    return value;
}


static json_t *
osw_order_fact(osw_page_t *p, const json_t *fact)
{
    size_t    i;
    json_t   *details = json_array(), *line;
    int64_t   money = os_json_int(fact, "money", 0);
    os_str_t  value, kind = os_json_str(fact, "kind");

    for (i = 0; i < sizeof(osw_order_details) / sizeof(osw_order_details[0]);
         i++)
    {
        value = os_json_str(fact, osw_order_details[i].member);

        if (value.len) {
            osw_order_detail(p, details, osw_order_details[i].member,
                             osw_order_details[i].key
                             ? osw_page_word(p, osw_order_details[i].key,
                                             value)
                             : os_json_new_str(value));
        }
    }

    if (json_array_size(json_object_get(fact, "offers"))) {
        osw_order_detail(p, details, "offers",
                         osw_order_list(json_object_get(fact, "offers")));
    }

    if (json_array_size(json_object_get(fact, "items"))) {
        osw_order_detail(p, details, "products",
                         osw_order_list(json_object_get(fact, "items")));
    }

    if (money) {
        osw_order_detail(p, details, "money",
                         osw_page_money(p, money,
                                        os_json_str(fact, "currency")));
    }

    if (json_object_get(fact, "value")) {
        osw_order_detail(p, details, "score", osw_page_integer(
            p, os_json_int(fact, "value", 0)));
    }

    line = json_pack("{s:o, s:o, s:o}", "time",
                     osw_page_time(p, os_json_int(fact, "at", 0)), "what",
                     osw_page_word(p, "console.kind_", kind), "details",
                     details);

    if (json_object_get(fact, "said")) {
        (void) json_object_set(line, "said", json_object_get(fact, "said"));
    }

    return line;
}


void
osw_order_page(osw_page_t *p)
{
    size_t      i;
    json_t     *facts, *fact, *lines = json_array();
    os_str_t    name = os_json_str(p->args, "id");
    os_error_t  err;

    (void) json_object_set_new(p->view, "here", json_string("order"));
    (void) json_object_set_new(p->view, "timeless", json_true());
    facts = osw_story(p->base, name, &err);

    json_array_foreach(facts, i, fact) {
        (void) json_array_append_new(lines, osw_order_fact(p, fact));
    }

    if (json_array_size(lines) == 0) {
        p->status = 404;

    } else {
        (void) json_object_setn_new(p->orders, name.data, name.len,
                                    json_null());
    }

    (void) json_object_set_new(p->view, "lines", lines);
    (void) json_object_set_new(p->view, "title",
                               osw_page_say(p, "order_title"));
    json_decref(facts);
}


/* What a buyer typed is not shown. */
static void
osw_order_hush(osw_page_t *p)
{
    size_t   i;
    json_t  *line;

    json_array_foreach(json_object_get(p->view, "lines"), i, line) {
        (void) json_object_del(line, "said");
    }
}


static void
osw_order_who(osw_page_t *p, const json_t *record)
{
    size_t    i;
    json_t   *who = json_array();
    os_str_t  value;

    static const char *const  members[] = { "name", "email", "phone",
                                            "country", "status" };

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        value = os_json_str(record, members[i]);

        if (value.len) {
            osw_order_detail(p, who, members[i], os_json_new_str(value));
        }
    }

    (void) json_object_set_new(p->view, "known",
                               json_boolean(json_array_size(who) > 0));
    (void) json_object_set_new(p->view, "who", who);
}


void
osw_order_finish(osw_page_t *p)
{
    os_str_t       number, name = os_json_str(p->args, "id");
    const char    *slash = name.len ? memchr(name.data, '/', name.len) : NULL;
    const json_t  *record;

    if (p->status != 200 || slash == NULL) {
        return;
    }

    record = json_object_getn(p->orders, name.data, name.len);
    number = os_json_str(record, "number");
    number = number.len ? number
             : (os_str_t) { name.len - (size_t) (slash + 1 - name.data),
                            slash + 1 };
    (void) json_object_set_new(p->view, "number", os_json_new_str(number));
    (void) json_object_set_new(p->view, "order", os_json_new_str(name));

    if (json_is_null(record)) {
        osw_order_hush(p);
        (void) json_object_set_new(p->view, "blind", json_true());

    } else if (os_str_equal(os_json_str(record, "state"), OS_STR("erased"))) {
        osw_order_hush(p);
        osw_base_forget(p->base, name);
        (void) json_object_set_new(p->view, "erased", json_true());

    } else if (json_is_object(record)) {
        osw_order_who(p, record);
    }
}
