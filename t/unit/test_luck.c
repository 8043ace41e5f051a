/*
 * worker/console/osw_console_luck: its bounds are those of the mixture that
 * they come from, integrated here step by step; and who looks every day for a
 * year is wrong in fewer than 5 of 100 shops where offers change nothing.
 */

#include <math.h>

#include "worker/console/osw_console_luck.h"
#include "tap.h"


#define SHOPS  1500
#define DAYS   365


static uint64_t  seed = 20261129;


/* xorshift64*: 0 to 1 */
static double
chance(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;

    return (double) ((seed * 2685821657736338717ULL) >> 11)
           / 9007199254740992.0;
}


/*
 * The wealth that a sum of s over n orders of variance 1 gives a bettor whose
 * stakes are normal with variance rho2: Simpson's rule over the stakes.
 */
static double
wealth(double s, double n, double rho2)
{
    int     i, steps = 20000;
    double  sum = 0, width = 16 * sqrt(rho2), h = width / steps, l;

    for (i = 0; i <= steps; i++) {
        l = -width / 2 + i * h;
        sum += (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2)
               * exp(l * s - l * l * n / 2 - l * l / (2 * rho2));
    }

    return sum * h / 3 / sqrt(2 * M_PI * rho2);
}


static void
test_mixture(void)
{
    size_t  i;
    double  low, high, alpha, n, p, p0, variance, s, rho2;

    static const struct {
        int64_t  k, n, k0, n0;
        double   alpha;
    } cases[] = {
        { 30, 60, 20, 60, 0.05 }, { 500, 900, 40, 100, 0.05 },
        { 0, 5000, 1, 400, 0.05 }, { 99990, 100000, 9000, 10000, 0.05 },
        { 20, 20, 0, 20, 0.01 }, { 700, 1400, 300, 700, 0.025 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        alpha = cases[i].alpha;
        n = (double) (cases[i].n + cases[i].n0);
        p = (double) (cases[i].k + 2) / (double) (cases[i].n + 4);
        p0 = (double) (cases[i].k0 + 2) / (double) (cases[i].n0 + 4);
        variance = p * (1 - p) / (double) cases[i].n
                   + p0 * (1 - p0) / (double) cases[i].n0;
        rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / 1000;
        (void) osw_luck(cases[i].k, cases[i].n, cases[i].k0, cases[i].n0,
                        alpha, &low, &high);

        if (high == 1) {
            high = 2 * ((double) cases[i].k / (double) cases[i].n
                        - (double) cases[i].k0 / (double) cases[i].n0) - low;
        }

        s = (high - low) / 2 / sqrt(variance * n) * n;
        ok(fabs(wealth(s, n, rho2) * alpha - 1) < 1e-3,
           "%d of %d beside %d of %d: wealth %.4f at the bound",
           (int) cases[i].k, (int) cases[i].n, (int) cases[i].k0,
           (int) cases[i].n0, wealth(s, n, rho2));
    }
}


/* Of so many shops, in how many is 0 left out on any day? */
static void
looks(double rate, double holdout, int a_day, double *ours, double *naive)
{
    int      shop, day, i, wrong, fixed;
    double   low, high, half, d;
    int64_t  k[2], n[2];

    *ours = *naive = 0;

    for (shop = 0; shop < SHOPS; shop++) {
        k[0] = k[1] = n[0] = n[1] = 0;
        wrong = fixed = 0;

        for (day = 0; day < DAYS; day++) {
            for (i = 0; i < a_day; i++) {
                int  arm = chance() >= holdout;

                n[arm]++;
                k[arm] += chance() < rate;
            }

            if (osw_luck(k[1], n[1], k[0], n[0], 0.05, &low, &high)) {
                d = (double) k[1] / (double) n[1]
                    - (double) k[0] / (double) n[0];
                half = 1.96 * sqrt(rate * (1 - rate)
                                   * (1 / (double) n[1] + 1 / (double) n[0]));
                wrong |= low > 0 || high < 0;
                fixed |= fabs(d) > half;
            }
        }

        *ours += (double) wrong / SHOPS;
        *naive += (double) fixed / SHOPS;
    }
}


static void
test_every_day(void)
{
    size_t  i;
    double  ours, naive;

    static const struct {
        double  rate, holdout;
        int     a_day;
    } cases[] = {
        { 0.4, 0.1, 5 }, { 0.4, 0.5, 5 }, { 0.05, 0.2, 10 },
        { 0.95, 0.1, 10 }, { 0.02, 0.5, 3 }, { 0.5, 0.3, 40 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        looks(cases[i].rate, cases[i].holdout, cases[i].a_day, &ours, &naive);
        ok(ours < 0.05, "rate %.2f, holdout %.1f, %d a day: wrong in %.2f %% "
           "of shops (an interval for one look: %.0f %%)", cases[i].rate,
           cases[i].holdout, cases[i].a_day, 100 * ours, 100 * naive);
        ok(naive > 0.1, "which looking often would spoil");
    }
}


int
main(void)
{
    double  low, high, low2, high2;

    ok(osw_luck(3, 19, 3, 400, 0.05, &low, &high) == 0 && low == -1
       && high == 1, "too few orders: nothing is said");
    (void) osw_luck(300, 500, 200, 500, 0.05, &low, &high);
    ok(low > 0, "a real difference is found: %.3f to %.3f", low, high);
    (void) osw_luck(200, 500, 300, 500, 0.05, &low2, &high2);
    ok(fabs(low + high2) < 1e-12 && fabs(high + low2) < 1e-12,
       "the other way round it is the same");
    test_mixture();
    test_every_day();

    return done();
}
