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
 * cancel of an order is called otherwise.
 */
static const char *const  os_withdraw_words_of_addresses[] = {
    "withdraw", "widerruf", "retractation", "rétractation",
    "r%c3%a9tractation", "desistimiento", "recesso", "herroep", "odstoup",
    "odstap", "odstąp", "odst%c4%85p", "odstup", "elallas", "elállás",
    "el%c3%a1ll%c3%a1s", "retragere", "retratacao", "retratação",
    "retrata%c3%a7%c3%a3o", "fortryd", "angerratt", "ångerrätt",
    "%c3%a5ngerr%c3%a4tt", "taganemi", "odustaj", "odstop", "irtirar",
    "υπαναχώρ", "ypanachor"
};


/*
 * How they begin: for the low five bits of a word's first byte, which are the
 * same in both cases, those of its second, as bits. Each request of a cancel's
 * address is looked at, and few pairs of its bytes begin a word.
 */
static const uint32_t  os_withdraw_beginnings[32] = {
    [1] = 1u << 14,                     /* an */
    [3] = 1u << 5,                      /* a with a ring */
    [4] = 1u << 5,                      /* de */
    [5] = 1u << 12 | 1u << 3,           /* el, %c */
    [6] = 1u << 15,                     /* fo */
    [8] = 1u << 5,                      /* he */
    [9] = 1u << 18,                     /* ir */
    [15] = 1u << 4 | 1u << 5,           /* od, upsilon */
    [18] = 1u << 5 | 1u << 3,           /* re, r%, r and e with an accent */
    [20] = 1u << 1,                     /* ta */
    [23] = 1u << 9,                     /* wi */
    [25] = 1u << 16                     /* yp */
};


/* Does one of the words begin here? `n` bytes are left. */
static int
os_withdraw_word_at(const char *p, size_t n)
{
    size_t       i, len;
    const char  *word;

    for (i = 0; i < sizeof(os_withdraw_words_of_addresses)
                    / sizeof(os_withdraw_words_of_addresses[0]); i++)
    {
        word = os_withdraw_words_of_addresses[i];

        if (((word[0] ^ p[0]) & 31) || ((word[1] ^ p[1]) & 31)) {
            continue;
        }

        len = strlen(word);

        if (len <= n && strncasecmp(p, word, len) == 0) {
            return 1;
        }
    }

    return 0;
}


int
os_withdraw_address(os_str_t text)
{
    size_t  k;

    for (k = 0; k + 1 < text.len; k++) {
        if ((os_withdraw_beginnings[text.data[k] & 31]
             >> (text.data[k + 1] & 31) & 1)
            && os_withdraw_word_at(text.data + k, text.len - k))
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
