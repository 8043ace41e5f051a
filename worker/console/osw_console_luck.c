/*
 * osw_console_luck: see osw_console_luck.h.
 */

#include <math.h>

#include "worker/console/osw_console_luck.h"


/* Orders at which the interval is narrowest beside one for a single look. */
#define OSW_LUCK_BEST  1000.0
#define OSW_LUCK_Z     1.959963984540054     /* the normal's 97.5 % */


/* The variance of a rate of n, never of none at all. */
static double
osw_luck_variance(int64_t k, int64_t n)
{
    double  p = ((double) k + 2) / ((double) n + 4);

    return p * (1 - p) / (double) n;
}


int
osw_luck(int64_t k, int64_t n, int64_t k0, int64_t n0, double alpha,
    double *low, double *high)
{
    double  all = (double) n + (double) n0, rho2, grown, half, difference;

    *low = -1;
    *high = 1;

    if (n < OSW_LUCK_LEAST || n0 < OSW_LUCK_LEAST) {
        return 0;
    }

    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / OSW_LUCK_BEST;
    grown = all * rho2 + 1;
    half = sqrt((osw_luck_variance(k, n) + osw_luck_variance(k0, n0))
                * 2 * grown / (all * rho2) * log(sqrt(grown) / alpha));
    difference = (double) k / (double) n - (double) k0 / (double) n0;
    *low = fmax(-1, difference - half);
    *high = fmin(1, difference + half);

    return 1;
}


void
osw_luck_rate(int64_t k, int64_t n, double *low, double *high)
{
    double  p, z2 = OSW_LUCK_Z * OSW_LUCK_Z, middle, half;

    if (n <= 0) {
        *low = 0;
        *high = 1;
        return;
    }

    p = (double) k / (double) n;
    middle = (p + z2 / (2.0 * (double) n)) / (1.0 + z2 / (double) n);
    half = OSW_LUCK_Z / (1.0 + z2 / (double) n)
           * sqrt(p * (1.0 - p) / (double) n
                  + z2 / (4.0 * (double) n * (double) n));
    *low = k == 0 ? 0 : middle - half;
    *high = k == n ? 1 : middle + half;
}
