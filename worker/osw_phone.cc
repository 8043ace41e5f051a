/*
 * osw_phone: see osw_phone.h.
 */

#include <cstring>
#include <string>

#include <phonenumbers/phonenumberutil.h>

#include "osw_phone.h"

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;


extern "C" int
osw_phone_e164(const char *number, const char *country, char out[24])
{
    PhoneNumber       parsed;
    std::string       text;
    PhoneNumberUtil  *util;

    util = PhoneNumberUtil::GetInstance();

    if (util->Parse(number, country ? country : "ZZ", &parsed)
            != PhoneNumberUtil::NO_PARSING_ERROR
        || !util->IsValidNumber(parsed))
    {
        return -1;
    }

    util->Format(parsed, PhoneNumberUtil::E164, &text);

    if (text.size() >= 24) {
        return -1;
    }

    std::memcpy(out, text.c_str(), text.size() + 1);

    return 0;
}
