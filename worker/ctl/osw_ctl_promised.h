/*
 * osw_ctl_promised: what a buyer was promised, or has asked for, and nobody has
 * done yet.
 */

#ifndef OSW_CTL_PROMISED_H
#define OSW_CTL_PROMISED_H

#include "core/base/os_json.h"
#include "core/base/os_str.h"


/*
 * Prints a line for each of it, from an order's record and its decision (NULL:
 * it has none), and returns how many there were.
 */
size_t osw_ctl_promised(os_str_t id, const json_t *record,
    const json_t *decision);

#endif /* OSW_CTL_PROMISED_H */
