/*
 * tap: the few lines that the unit tests need to speak TAP, the Test Anything
 * Protocol, version 12, so that prove runs them beside the Perl tests.
 *
 * A test is one program: any number of checks, then "return done();". The plan
 * is printed at the end, so a test that stops half-way has no plan and fails.
 * plan(n) states the number beforehand where it is known.
 */

#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>


static int  tap_planned = -1;
static int  tap_run;
static int  tap_failed;


static inline void
plan(int tests)
{
    tap_planned = tests;
    printf("1..%d\n", tests);
}


/* A line for the reader; each line of it is made a comment. */
__attribute__((format(printf, 1, 2)))
static inline void
diag(const char *fmt, ...)
{
    char     text[4096];
    char    *p;
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    fputs("# ", stdout);

    for (p = text; *p; p++) {
        putchar(*p);

        if (*p == '\n') {
            fputs("# ", stdout);
        }
    }

    putchar('\n');
}


/* One check; returns whether it held. A "#" in a name would be a directive. */
__attribute__((format(printf, 2, 3)))
static inline int
ok(int held, const char *fmt, ...)
{
    char     name[512];
    char    *p;
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(name, sizeof(name), fmt, args);
    va_end(args);

    for (p = name; *p; p++) {
        if (*p == '#' || (unsigned char) *p < ' ') {
            *p = '_';
        }
    }

    tap_run++;

    if (!held) {
        tap_failed++;
    }

    printf("%sok %d - %s\n", held ? "" : "not ", tap_run, name);
    fflush(stdout);

    return held;
}


static inline int
is_str(const char *got, const char *expected, const char *name)
{
    int  held;

    held = got == expected
           || (got != NULL && expected != NULL && strcmp(got, expected) == 0);

    if (!ok(held, "%s", name)) {
        diag("     got: %s", got ? got : "(null)");
        diag("expected: %s", expected ? expected : "(null)");
    }

    return held;
}


static inline int
is_int(int64_t got, int64_t expected, const char *name)
{
    if (!ok(got == expected, "%s", name)) {
        diag("     got: %" PRId64, got);
        diag("expected: %" PRId64, expected);
        return 0;
    }

    return 1;
}


/* Prints the plan where none was, and gives main()'s exit status. */
static inline int
done(void)
{
    if (tap_planned < 0) {
        printf("1..%d\n", tap_run);

    } else if (tap_planned != tap_run) {
        diag("planned %d tests but ran %d", tap_planned, tap_run);
        return 1;
    }

    return tap_failed || tap_run == 0;
}

#endif /* TAP_H */
