/*
 * osw_names: what there is to be rendered, by its name.
 */

#ifndef OSW_NAMES_H
#define OSW_NAMES_H

#include "worker/osw_config.h"


/*
 * The names of all messages, pages and blocks of a store, in order, its own
 * among them. Not those of the console. A new array of strings.
 */
json_t *osw_names(const osw_store_t *store);

#endif /* OSW_NAMES_H */
