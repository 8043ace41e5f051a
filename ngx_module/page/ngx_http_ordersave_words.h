
/*
 * The words of the withdrawal function, and the link to it that goes into pages
 * of the store: rendered once for each language when the configuration is read.
 */

#ifndef _NGX_HTTP_ORDERSAVE_WORDS_H_INCLUDED_
#define _NGX_HTTP_ORDERSAVE_WORDS_H_INCLUDED_


#include "ngx_module/wire/ngx_http_ordersave_types.h"


/*
 * Reads the words and renders the links of a campaign that takes statements in.
 * NGX_ERROR: said, as of a link to a function that is not there.
 */
ngx_int_t ngx_http_ordersave_words_load(ngx_conf_t *cf,
    ngx_http_ordersave_campaign_t *c);

/*
 * The link in the page's language, else in the shop's: one link of the
 * request's pool, its bytes the configuration's.
 */
ngx_int_t ngx_http_ordersave_words_content(ngx_http_request_t *r,
    os_str_t lang, ngx_chain_t **out);

/* Adds all links to a checksum of what goes into pages. */
void ngx_http_ordersave_words_sum(ngx_http_ordersave_campaign_t *c,
    uint32_t *crc);

/*
 * The words for a page in the language of `tag`, else in that of `other`: new.
 * NULL where no statements are taken in.
 */
json_t *ngx_http_ordersave_words_get(ngx_http_ordersave_campaign_t *c,
    os_str_t tag, os_str_t other);


#endif /* _NGX_HTTP_ORDERSAVE_WORDS_H_INCLUDED_ */
