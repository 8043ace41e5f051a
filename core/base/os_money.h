/*
 * os_money: amounts in minor units of a currency.
 */

#ifndef OS_MONEY_H
#define OS_MONEY_H

#include "core/base/os_buf.h"


/*
 * Digits after the point of a currency's amounts (ISO 4217: EUR 2, KRW 0,
 * KWD 3); 2 for a code that is not known.
 */
int os_currency_digits(os_str_t currency);

/*
 * A decimal ("12.5", "-3", "1,000.00" is not one) to minor units, rounded half
 * up beyond the currency's digits. -1 when it is not a number or too large.
 */
int os_money_parse(os_str_t text, int digits, int64_t *minor);

/*
 * An amount as people write it: decimal points or commas, groups of thousands
 * ("1.299,00", "1,299.00", "1 299", "1'299", "1,29,999"). -1 as well for what
 * could be two amounts: "1.299" of a currency with two digits, "1,299" of one
 * with three.
 */
int os_money_read(os_str_t text, int digits, int64_t *minor);

void os_money_decimal(os_buf_t *out, int64_t minor, int digits);  /* "12.50" */

/*
 * What of an amount is without tax, in a line of which `net` of `gross` is:
 * "21.008403", exact enough that it is the same amount with its tax, rounded in
 * the line. Both were rounded: the tax is taken to be `rate`, in ten
 * thousandths of a percent, or the roundest that they allow where it does not
 * fit them or is not known (0). Without a tax, the amount itself.
 */
void os_money_net(os_buf_t *out, int64_t minor, int64_t net, int64_t gross,
    int64_t rate, int digits);

#endif /* OS_MONEY_H */
