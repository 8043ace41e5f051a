/*
 * os_withdraw_label: see os_withdraw_label.h. The words are the Official
 * Journal's (CELEX 32023L2673, article 1 (4)); the first letter of each is a
 * capital, as on a link and on a button.
 */

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
