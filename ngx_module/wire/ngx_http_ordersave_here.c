
/*
 * See ngx_http_ordersave_here.h.
 */


#include "core/base/os_version.h"
#include "ngx_module/wire/ngx_http_ordersave_here.h"
#include "ngx_module/wire/ngx_http_ordersave_redis.h"


#define NGX_HTTP_ORDERSAVE_HERE_FIRST  500      /* ms: Redis is reached */
#define NGX_HTTP_ORDERSAVE_HERE_EVERY  20000


static ngx_event_t  ngx_http_ordersave_here_timer;


/* Can a webhook be sent to its address, as far as its name tells? */
static ngx_uint_t
ngx_http_ordersave_here_named(ngx_http_core_loc_conf_t *clcf)
{
#if (NGX_PCRE)
    if (clcf->regex) {
        return 0;
    }
#endif

    return !clcf->named && !clcf->noname && !clcf->lmt_excpt
           && clcf->name.len && clcf->name.data[0] == '/';
}


/* Where webhooks are taken in; which file, not which secret. */
static void
ngx_http_ordersave_here_ingests(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_uint_t                      i, n;
    ngx_http_ordersave_intake_t    *intake = mcf->intakes.elts;
    ngx_http_ordersave_loc_conf_t  *conf;

    for (i = 0, n = 0; i < mcf->intakes.nelts; i++) {
        conf = intake[i].conf;

        if (!ngx_http_ordersave_here_named(intake[i].core)) {
            continue;
        }

        os_buf_text(out, n++ ? ",{\"store\":" : "{\"store\":");
        os_json_quote(out, ngx_http_ordersave_os(conf->store));
        os_buf_text(out, ",\"source\":");
        os_json_quote(out, ngx_http_ordersave_os(conf->source_name));
        os_buf_text(out, ",\"path\":");
        os_json_quote(out, ngx_http_ordersave_os(intake[i].core->name));
        os_buf_text(out, ",\"secret_file\":");
        os_json_quote(out, ngx_http_ordersave_os(conf->secret_file));
        os_buf_char(out, '}');
    }
}


static void
ngx_http_ordersave_here_say(ngx_http_ordersave_main_conf_t *mcf,
    os_buf_t *out)
{
    ngx_uint_t                       i, n;
    ngx_http_ordersave_campaign_t  **c = mcf->campaigns.elts;

    os_buf_printf(out, "{\"at\":%lld,\"version\":\"%s\",\"campaigns\":{",
                  (long long) ngx_time(), OS_VERSION);

    for (i = 0; i < mcf->campaigns.nelts; i++) {
        os_buf_text(out, i ? "," : "");
        os_json_quote(out, c[i]->campaign->store);
        os_buf_char(out, ':');
        os_json_quote(out, os_buf_view(&c[i]->campaign->sum));
    }

    os_buf_text(out, "},\"keys\":{");

    for (i = 0, n = 0; i < mcf->campaigns.nelts; i++) {
        if (c[i]->keys) {
            os_buf_text(out, n++ ? "," : "");
            os_json_quote(out, c[i]->campaign->store);
            os_buf_text(out, ":\"");
            os_keys_name(c[i]->keys, out);
            os_buf_char(out, '"');
        }
    }

    os_buf_text(out, "},\"ingests\":[");
    ngx_http_ordersave_here_ingests(mcf, out);
    os_buf_text(out, "]}");
}


static void
ngx_http_ordersave_here(ngx_event_t *timer)
{
    os_buf_t                         key = { 0 }, name = { 0 }, said = { 0 };
    os_command_t                    *cmd;
    ngx_http_ordersave_main_conf_t  *mcf = timer->data;

    cmd = os_command_new(0, NULL, NULL);

    if (cmd && mcf->redis) {
        os_space_key(&mcf->server->space, 0, "here", OS_NULL, OS_NULL,
                     OS_NULL, &key);
        os_buf_text(&name, "nginx/");
        os_buf_str(&name, (os_str_t) { ngx_cycle->hostname.len,
                                       (char *) ngx_cycle->hostname.data });
        ngx_http_ordersave_here_say(mcf, &said);
        os_command_words(cmd, 4);
        os_command_add(cmd, OS_STR("HSET"));
        os_command_add(cmd, os_buf_view(&key));
        os_command_add(cmd, os_buf_view(&name));
        os_command_add(cmd, os_buf_view(&said));
        ngx_http_ordersave_redis_tell(cmd);

    } else if (cmd) {
        os_command_free(cmd);
    }

    os_buf_free(&key);
    os_buf_free(&name);
    os_buf_free(&said);

    if (!ngx_exiting) {
        ngx_add_timer(timer, NGX_HTTP_ORDERSAVE_HERE_EVERY);
    }
}


void
ngx_http_ordersave_here_start(ngx_cycle_t *cycle,
    ngx_http_ordersave_main_conf_t *mcf)
{
    ngx_event_t  *timer = &ngx_http_ordersave_here_timer;

    if (ngx_process == NGX_PROCESS_WORKER && ngx_worker != 0) {
        return;
    }

    ngx_memzero(timer, sizeof(ngx_event_t));
    timer->handler = ngx_http_ordersave_here;
    timer->data = mcf;
    timer->log = cycle->log;
    timer->cancelable = 1;              /* it keeps no process that leaves */
    ngx_add_timer(timer, NGX_HTTP_ORDERSAVE_HERE_FIRST);
}
