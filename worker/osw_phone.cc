/*
 * osw_phone: see osw_phone.h.
 */

#include <cstring>
#include <string>

#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <phonenumbers/phonenumberutil.h>

#include "worker/osw_phone.h"

#define PHONE_ASIDE  3          /* digits: so few are a number of nobody */


using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;


/* What stands between digits of one number, in whatever script. */
static bool
is_between(UChar32 c)
{
    return c < 0x80 ? std::strchr(" ()-./", (int) c) != NULL
           : u_charType(c) == U_DASH_PUNCTUATION || u_isUWhiteSpace(c)
             || c == 0x2044 || c == 0x2215;
}


static size_t
count_digits(const std::string &text)
{
    size_t  n = 0;

    for (char c : text) {
        n += c >= '0' && c <= '9';
    }

    return n;
}


/*
 * The next run of digits in a text that people typed, in ASCII; whatever is in
 * front of it and behind is not part of it: names, "2nd floor", "ext. 12", "or
 * …". Empty: there is no more.
 */
static std::string
find_run(const char *text, int32_t &at)
{
    int32_t      digit, len = (int32_t) std::strlen(text);
    UChar32      c;
    std::string  run;

    while (at < len) {
        U8_NEXT(text, at, len, c);
        digit = c < 0 ? -1 : u_charDigitValue(c);

        if (digit >= 0 && digit <= 9) {
            run += (char) ('0' + digit);

        } else if ((c == '+' || c == 0xff0b) && run.empty()) {
            run += '+';

        } else if (c >= 0 && is_between(c)) {
            if (!run.empty()) {
                run += c == '/' || c == 0x2044 || c == 0x2215 ? '/' : ' ';
            }

        } else if (count_digits(run) > PHONE_ASIDE) {
            break;

        } else {
            run.clear();
        }
    }

    return run;
}


static bool
is_number(const std::string &text, const char *country, PhoneNumber *number)
{
    PhoneNumberUtil  *util = PhoneNumberUtil::GetInstance();

    return util->Parse(text, country ? country : "ZZ", number)
               == PhoneNumberUtil::NO_PARSING_ERROR
           && util->IsValidNumber(*number);
}


/*
 * A slash parts area and number, or two numbers, or a number and the last
 * digits of another. A few digits behind the last one are never the number's
 * own.
 */
static bool
find_number(std::string run, const char *country, PhoneNumber *number)
{
    size_t  slash = run.rfind('/');

    if (slash != std::string::npos
        && count_digits(run.substr(slash)) <= PHONE_ASIDE
        && count_digits(run.substr(0, slash)) > 5)
    {
        run.resize(slash);
    }

    while (!is_number(run, country, number)) {
        slash = run.rfind('/');

        if (slash == std::string::npos) {
            return false;
        }

        run.resize(slash);
    }

    return true;
}


/* As it is typed in the country, or abroad with its + forgotten. */
static bool
is_of(const std::string &run, const char *country, PhoneNumber *number)
{
    return find_number(run, country, number)
           || (run[0] != '+' && country
               && find_number("+" + run, NULL, number)
               && PhoneNumberUtil::GetInstance()->IsValidNumberForRegion(
                      *number, country));
}


/* The first run that is a number: a postcode in front of it is none. */
extern "C" int
osw_phone_e164(const char *number, const char *country, char out[24])
{
    int32_t      at = 0;
    PhoneNumber  parsed;
    std::string  text, run;

    do {
        run = find_run(number, at);

        if (run.empty()) {
            return -1;
        }
    } while (!is_of(run, country, &parsed));

    PhoneNumberUtil::GetInstance()->Format(parsed, PhoneNumberUtil::E164,
                                           &text);

    if (text.size() >= 24) {
        return -1;
    }

    std::memcpy(out, text.c_str(), text.size() + 1);

    return 0;
}
