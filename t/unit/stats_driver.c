/*
 * Intervals of the console for cases on standard input, for t/statistics.t to
 * compare: "rate K N", "difference K N K0 N0 ALPHA", a line each; the answer is
 * a line of two numbers, "none" where there is no interval yet.
 */

#include <stdio.h>
#include <string.h>

#include "worker/console/osw_console_luck.h"


int
main(void)
{
    char       what[16];
    double     low, high, alpha;
    long long  k, n, k0, n0;

    while (scanf("%15s %lld %lld", what, &k, &n) == 3) {
        if (strcmp(what, "rate") == 0) {
            osw_luck_rate(k, n, &low, &high);
            printf("%.15g %.15g\n", low, high);

        } else if (scanf("%lld %lld %lf", &k0, &n0, &alpha) == 3) {
            if (osw_luck(k, n, k0, n0, alpha, &low, &high)) {
                printf("%.15g %.15g\n", low, high);

            } else {
                printf("none\n");
            }
        }
    }

    return 0;
}
