/*
 * os_fact: what is worth counting of an event: the difference between an
 * order's record before it and after it, as facts (docs/formats.md, "Facts").
 * No address, number or name of a person is in one. Pure.
 */

#ifndef OS_FACT_H
#define OS_FACT_H

#include "core/base/os_json.h"


#define OS_FACT_ITEMS  20       /* product ids in a fact */
#define OS_FACT_WORDS  1000     /* bytes of what a buyer typed */

/*
 * The facts of an event, each an object with "id" (the event's, a colon, its
 * kind; the same event gives the same ids), "kind", "at" (epoch s), "order"
 * ("STORE/ID") and what the kind has. New, or NULL where there is nothing to
 * count or no memory.
 * `before` may be NULL: nothing was known of the order; so may `held`, the
 * jobs that os_reduce() did not make.
 */
json_t *os_facts(const json_t *before, const json_t *after,
    const json_t *event, const json_t *held, int64_t now);

#endif /* OS_FACT_H */
