/*
 * osw_ctl_nginx: reads the text of an nginx configuration, as `nginx -T` prints
 * it. What includes would bring is not looked for: -T has brought it.
 */

#ifndef OSW_CTL_NGINX_H
#define OSW_CTL_NGINX_H

#include "core/base/os_buf.h"


#define OSW_NGINX_WORDS  16     /* of a directive; more are left out */

/*
 * One directive, its words without quotes, as long as the call. `place` says in
 * which block it stands: "location = /thanks", or "server", "http".
 */
typedef void (*osw_nginx_pt)(void *data, const char *place, char **words,
    size_t n);

/* Calls for each directive of the text, in order. -1 without memory. */
int osw_nginx_each(os_str_t text, osw_nginx_pt each, void *data);

#endif /* OSW_CTL_NGINX_H */
