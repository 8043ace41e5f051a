/*
 * os_view_withdraw: see os_view_withdraw.h.
 */

#include <string.h>

#include "core/base/os_folders.h"
#include "core/view/os_view_withdraw.h"
#include "core/view/os_withdraw_label.h"


/* Each file has them all. */
static const char *const  os_withdraw_texts[] = {
    "language", "intro", "name", "contract", "several", "parts", "items",
    "email", "next", "missing", "address", "check", "sentence", "whole",
    "contract_short", "part_short", "name_short", "email_short", "recorded",
    "moment", "sent", "again_later", "subject", "hello", "stranger", "link",
    "confirm"
};


/* Of an official language the words of the law, whatever a file says. */
static void
os_words_label(const char *lang, json_t *texts)
{
    const os_withdraw_label_t  *label = os_withdraw_label(os_str(lang));

    if (label) {
        os_json_set_str(texts, "link", os_str(label->link));
        os_json_set_str(texts, "confirm", os_str(label->confirm));
    }
}


static json_t *
os_words_read(const char *path, const char *lang, os_error_t *err)
{
    size_t   i;
    json_t  *texts = os_json_file(path, err);

    if (texts == NULL) {
        return NULL;
    }

    os_words_label(lang, texts);

    for (i = 0; i < sizeof(os_withdraw_texts) / sizeof(os_withdraw_texts[0]);
         i++)
    {
        if (os_json_str(texts, os_withdraw_texts[i]).len == 0) {
            (void) os_fail(err, "%s: /%s: expected a text", path,
                           os_withdraw_texts[i]);
            json_decref(texts);
            return NULL;
        }
    }

    return texts;
}


static int
os_words_add(json_t *words, const char *folders, const char *lang,
    os_error_t *err)
{
    json_t    *texts;
    os_buf_t   file = { 0 }, path = { 0 };

    os_buf_printf(&file, "withdrawal/%s.json", lang);
    (void) os_folders_find(folders, &path, file.data);
    texts = os_words_read(path.data, lang, err);
    os_buf_free(&file);
    os_buf_free(&path);

    return texts ? json_object_set_new(words, lang, texts) : -1;
}


json_t *
os_withdraw_words(const char *folders, os_error_t *err)
{
    json_t      *names, *yes, *words;
    const char  *lang;

    names = os_folders_list(folders, "withdrawal", ".json", err);
    words = names ? json_object() : NULL;

    json_object_foreach(names, lang, yes) {
        if (strlen(lang) == 2 && os_words_add(words, folders, lang, err) != 0)
        {
            json_decref(words);
            words = NULL;
            break;
        }
    }

    json_decref(names);

    return words;
}


static const char *
os_words_of(const json_t *words, os_str_t tag)
{
    json_t      *texts;
    const char  *lang;

    json_object_foreach((json_t *) words, lang, texts) {
        if (tag.len >= 2 && (tag.len == 2 || strchr("-_", tag.data[2]))
            && (tag.data[0] | 0x20) == lang[0]
            && (tag.data[1] | 0x20) == lang[1])
        {
            return lang;
        }
    }

    return NULL;
}


const char *
os_withdraw_language(const json_t *words, os_str_t tag, os_str_t other,
    os_str_t shop)
{
    const char  *lang = os_words_of(words, tag);

    lang = lang ? lang : os_words_of(words, other);
    lang = lang ? lang : os_words_of(words, shop);
    lang = lang ? lang : os_words_of(words, OS_STR("en"));

    return lang ? lang : json_object_iter_key(json_object_iter(
                                                  (json_t *) words));
}


json_t *
os_view_withdraw_words(const json_t *words, const char *lang)
{
    json_t  *view = json_copy(json_object_get(words, lang));

    os_json_set_str(view, "lang", os_str(lang));

    return view;
}


static void
os_said_text(json_t *view, const char *member, os_str_t text, int plain)
{
    os_buf_t  out = { 0 };

    if (plain) {
        os_withdrawal_plain(text, &out);

    } else {
        os_buf_str(&out, text);
    }

    if (out.len) {
        os_json_set_str(view, member, os_buf_view(&out));
    }

    os_buf_free(&out);
}


static json_t *
os_said_lines(const json_t *statement, int plain)
{
    size_t   i;
    json_t  *line, *one, *list = json_array();

    json_array_foreach(json_object_get(statement, "lines"), i, line) {
        one = json_object();
        os_said_text(one, "name", os_json_str(line, "name"), plain);
        os_json_set_int(one, "n", os_json_int(line, "n", 1));
        (void) json_array_append_new(list, one);
    }

    return list;
}


json_t *
os_view_withdraw_said(const os_campaign_t *c, const json_t *statement,
    int64_t at_ms, int plain)
{
    size_t     i;
    json_t    *view = json_object(), *lines;
    os_buf_t   moment = { 0 };
    os_str_t   contract;

    static const char *const  members[] = { "name", "email", "parts" };

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        os_said_text(view, members[i], os_json_str(statement, members[i]),
                     plain && i != 1);
    }

    contract = os_json_str(statement, "contract");
    os_said_text(view, "contract", contract.len ? contract
                                   : os_json_str(statement, "order"), plain);
    lines = os_said_lines(statement, plain);

    if (json_array_size(lines)) {
        (void) json_object_set_new(view, "has_lines", json_true());

    } else if (os_json_str(statement, "parts").len == 0) {
        (void) json_object_set_new(view, "whole", json_true());
    }

    (void) json_object_set_new(view, "lines", lines);

    if (at_ms) {
        os_withdrawal_moment(c, at_ms, &moment);
        os_json_set_str(view, "moment", os_buf_view(&moment));
        os_buf_free(&moment);
    }

    return view;
}
