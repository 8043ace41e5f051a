/*
 * osw_console_luck: is the difference between two rates more than luck, when
 * somebody looks every day? Pure.
 */

#ifndef OSW_CONSOLE_LUCK_H
#define OSW_CONSOLE_LUCK_H

#include <stdint.h>


/*
 * An interval for the difference of two rates, of k of n orders with offers and
 * of k0 of n0 without, that holds at every look at once: the chance that it
 * ever leaves the truth out, over all days, is `alpha` at most. Once it is
 * apart from 0 the difference is more than luck, and one may stop looking.
 *
 * It is the asymptotic confidence sequence of I. Waudby-Smith, D. Arbour,
 * R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit theory and
 * asymptotic confidence sequences", Annals of Statistics 52 (2024), by
 * H. Robbins' normal mixture, of the mean of the orders' influence on the
 * difference. Rates in its variance are (k + 2) / (n + 4), so that none is
 * taken for certain while there are few orders: t/unit/test_luck.c shows what
 * that is for. An order's outcome must not change after it has been counted,
 * and none may be left out again: a window that slides does not have this
 * interval.
 *
 * 1, or 0 while either group has fewer than OSW_LUCK_LEAST orders: then the
 * interval is -1 to 1.
 */
#define OSW_LUCK_LEAST  20

int osw_luck(int64_t k, int64_t n, int64_t k0, int64_t n0, double alpha,
    double *low, double *high);

/*
 * The interval of a rate k of n in which it lies with 95 %, by Wilson's score
 * (E. B. Wilson 1927), for a period that was fixed beforehand.
 */
void osw_luck_rate(int64_t k, int64_t n, double *low, double *high);

#endif /* OSW_CONSOLE_LUCK_H */
