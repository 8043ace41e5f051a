/*
 * os_withdraw_label: see os_withdraw_label.h. The words are the Official
 * Journal's (CELEX 32023L2673, article 1 (4)); the first letter of each is a
 * capital, as on a link and on a button.
 */

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/view/os_withdraw_label.h"


const os_withdraw_label_t  os_withdraw_labels[] = {
    { "bg", "Откажете се от договора тук", "Потвърждавам отказа" },
    { "cs", "Zde odstoupit od smlouvy", "Potvrdit odstoupení od smlouvy" },
    { "da", "Fortryd aftale", "Bekræft fortrydelse" },
    { "de", "Vertrag widerrufen", "Widerruf bestätigen" },
    { "el", "Πατήστε εδώ για υπαναχώρηση", "Επιβεβαίωση υπαναχώρησης" },
    { "en", "Withdraw from contract here", "Confirm withdrawal" },
    { "es", "Desistir del contrato aquí", "Confirmar desistimiento" },
    { "et", "Taganen lepingust", "Kinnitan taganemise" },
    { "fi", "Peruuta sopimus tästä", "Vahvista peruuttaminen" },
    { "fr", "Renoncer au contrat ici", "Confirmer la rétractation" },
    { "ga", "Tarraing siar ón gconradh anseo",
      "Dearbhaigh an tarraingt siar" },
    { "hr", "Odustati od ugovora", "Potvrditi odustajanje" },
    { "hu", "Elállás a szerződéstől", "Elállás megerősítése" },
    { "it", "Recedere dal contratto qui", "Conferma recesso" },
    { "lt", "Atsisakyti sutarties čia", "Patvirtinti sutarties atsisakymą" },
    { "lv", "Atteikties no līguma", "Apstiprināt atteikumu" },
    { "mt", "Irtira mill-kuntratt hawnhekk", "Ikkonferma r-reċess" },
    { "nl", "Hier de overeenkomst herroepen", "Herroeping bevestigen" },
    { "pl", "Odstąp od umowy tutaj", "Potwierdź odstąpienie od umowy" },
    { "pt", "Retrate-se do contrato aqui", "Confirmar retratação" },
    { "ro", "Retrageți-vă din contract aici", "Confirmați retragerea" },
    { "sk", "Odstúpiť od zmluvy tu", "Potvrdiť odstúpenie od zmluvy" },
    { "sl", "Kliknite tukaj za odstop od pogodbe",
      "Potrdi odstop od pogodbe" },
    { "sv", "Ångra avtalet här", "Bekräfta frånträde" },
    { NULL, NULL, NULL }
};


/*
 * Of the languages' words for it those that mean nothing else in an address: a
 * cancel of an order is called otherwise. They stand by the low five bits of
 * their first byte, which are the same in both cases; `second` has, as bits,
 * those of their second. Each request of a cancel's address is looked at, and
 * few pairs of its bytes begin a word.
 */
static const struct {
    uint32_t            second;
    const char  *const *words;
} os_withdraw_words_of_addresses[32] = {

#define OS_WORDS(...)  (const char *const []) { __VA_ARGS__, NULL }

    [1] = { 1u << 14, OS_WORDS("angerratt") },
    [3] = { 1u << 5, OS_WORDS("ångerrätt") },
    [4] = { 1u << 5, OS_WORDS("desistimiento") },
    [5] = { 1u << 12 | 1u << 3,         /* el, %c */
            OS_WORDS("elallas", "elállás", "el%c3%a1ll%c3%a1s",
                     "%c3%a5ngerr%c3%a4tt") },
    [6] = { 1u << 15, OS_WORDS("fortryd") },
    [8] = { 1u << 5, OS_WORDS("herroep") },
    [9] = { 1u << 18, OS_WORDS("irtirar") },
    [15] = { 1u << 4 | 1u << 5,         /* od, upsilon */
             OS_WORDS("odstoup", "odstap", "odstąp", "odst%c4%85p", "odstup",
                      "odustaj", "odstop", "υπαναχώρ") },
    [18] = { 1u << 5 | 1u << 3,         /* re, r%, r and e with an accent */
             OS_WORDS("retractation", "rétractation", "r%c3%a9tractation",
                      "recesso", "retragere", "retratacao", "retratação",
                      "retrata%c3%a7%c3%a3o") },
    [20] = { 1u << 1, OS_WORDS("taganemi") },
    [23] = { 1u << 9, OS_WORDS("withdraw", "widerruf") },
    [25] = { 1u << 16, OS_WORDS("ypanachor") }

#undef OS_WORDS
};


/* Does one of these words begin here? `n` bytes are left. */
static int
os_withdraw_word_at(const char *const *word, const char *p, size_t n)
{
    size_t  len;

    for ( ; *word; word++) {
        len = strlen(*word);

        if (len <= n && strncasecmp(p, *word, len) == 0) {
            return 1;
        }
    }

    return 0;
}


int
os_withdraw_address(os_str_t text)
{
    size_t    k;
    unsigned  letter;

    for (k = 0; k + 1 < text.len; k++) {
        letter = text.data[k] & 31;

        if ((os_withdraw_words_of_addresses[letter].second
             >> (text.data[k + 1] & 31) & 1)
            && os_withdraw_word_at(os_withdraw_words_of_addresses[letter].words,
                                   text.data + k, text.len - k))
        {
            return 1;
        }
    }

    return 0;
}


const os_withdraw_label_t *
os_withdraw_label(os_str_t tag)
{
    const os_withdraw_label_t  *l;

    if (tag.len < 2 || (tag.len > 2 && tag.data[2] != '-'
                        && tag.data[2] != '_'))
    {
        return NULL;
    }

    for (l = os_withdraw_labels; l->lang; l++) {
        if (strncasecmp(tag.data, l->lang, 2) == 0) {
            return l;
        }
    }

    return NULL;
}
