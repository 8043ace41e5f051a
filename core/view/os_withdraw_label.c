/*
 * os_withdraw_label: see os_withdraw_label.h. The words are the Official
 * Journal's (CELEX 32023L2673, article 1 (4)); the first letter of each is a
 * capital, as on a link and on a button.
 */

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


int
os_withdraw_address(os_str_t text)
{
    size_t       i, k, len;
    const char  *word;

    for (i = 0; i < sizeof(os_withdraw_words_of_addresses)
                    / sizeof(os_withdraw_words_of_addresses[0]); i++)
    {
        word = os_withdraw_words_of_addresses[i];
        len = strlen(word);

        for (k = 0; k + len <= text.len; k++) {
            if (strncasecmp(text.data + k, word, len) == 0) {
                return 1;
            }
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
