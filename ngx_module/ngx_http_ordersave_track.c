
/*
 * The tracking panel in the store's own page.
 */


#include "ngx_http_ordersave.h"


ngx_uint_t
ngx_http_ordersave_track_on(ngx_http_request_t *r,
    ngx_http_ordersave_loc_conf_t *conf)
{
    os_str_t  value = ngx_http_ordersave_value(r, conf->track);

    return value.len && !os_str_equal(value, OS_STR("0"))
           && !os_str_equal(value, OS_STR("off"));
}


ngx_int_t
ngx_http_ordersave_track_wanted(ngx_http_request_t *r)
{
    return NGX_DECLINED;
}


ngx_int_t
ngx_http_ordersave_track_content(ngx_http_request_t *r, os_str_t shown,
    ngx_chain_t **out)
{
    return NGX_DECLINED;
}
