/*
 * ordersavectl: looks at and steers what the module and the worker do: the
 * table of its commands. The manual page is docs/ordersavectl.1.
 */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/os_version.h"
#include "redis/os_script_shop.h"
#include "redis/os_script_work.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_init.h"
#include "worker/osw_count.h"
#include "worker/osw_memory.h"
#include "worker/render/osw_message.h"


#define OSW_CONFIG  "/etc/ordersave/worker.json"


static const char  osw_ctl_usage[] =
    "Usage: ordersavectl [options] command\n"
    "\n"
    "  init                      a shop's first files; init --help\n"
    "  check                     configuration, campaigns, templates, Redis\n"
    "  render NAME [ORDER]       a message, page, panel, block or note of\n"
    "                            an order, or of a sample\n"
    "  order show ORDER          its record, decision and jobs\n"
    "  explain ORDER             why it meets this offer, or none\n"
    "  dead list                 jobs that gave up\n"
    "  dead show|retry|drop ID   one of them, or \"all\"\n"
    "  coupons load POOL FILE    codes, one a line; - is standard input\n"
    "  coupons count             what is left of every pool and budget\n"
    "  catalog import FILE       products: JSON lines, CSV or TSV\n"
    "  catalog replace FILE      the same; what it does not name goes\n"
    "  catalog count             how many there are\n"
    "  catalog show ID           one of them\n"
    "  request show ORDER        what its buyer asked for\n"
    "  request approve ORDER [AMOUNT]\n"
    "  request decline ORDER [WORDS]\n"
    "                            answers it, as the page of the mail does\n"
    "  mail test NAME EMAIL      sends the sample of a message, to an address\n"
    "                            that deliver_only_to lists\n"
    "  offer send ORDER OFFER    gives the buyer an offer, as if the buyer\n"
    "                            had accepted it\n"
    "  report                    what happened, from the console's database\n"
    "  report --observed         what would have happened: --by offer, reason\n"
    "                            or message\n"
    "  report --mail             the last seven days, as a mail to the shop\n"
    "  orders list               which orders, by --state, --reason, --email\n"
    "  orders import             orders of before: --since DAY, from the\n"
    "                            store's API, or --file FILE, JSON lines\n"
    "  tail                      what happens, as it happens, as JSON lines\n"
    "  trace ORDER               its whole story, line by line, from there\n"
    "  export facts              all that happened, as JSON lines\n"
    "  erase EMAIL               all that is known of a buyer\n"
    "  consent show ORDER|EMAIL|NUMBER\n"
    "                            what its buyer agreed to, with the proof\n"
    "  bounce take               a mail server's notification, from standard\n"
    "                            input: no more mail to that address\n"
    "  bounce show|clear EMAIL   why nothing goes there; it may again\n"
    "  pause, resume [WHAT…]     deliveries of all workers, or those of\n"
    "                            store=, channel=, purpose=\n"
    "  shards count              how many there are\n"
    "  shards move N             so many from now on, with all that is in\n"
    "                            them; workers and nginx are stopped\n"
    "  map SOURCE FILE [TOPIC]   what a webhook's body is read as, and what\n"
    "                            of it is not\n"
    "  page URL|FILE ANCHOR…     where an anchor (\"before .summary\") stands\n"
    "                            in that page, or why it does not; with\n"
    "                            --file those of what nginx -T prints\n"
    "  country list              whose laws are known, and as of when\n"
    "  country show XX           its rules, each with its source\n"
    "  country holidays XX YEAR  the days on which nothing leaves there\n"
    "  locale list               languages, and how many texts each lacks\n"
    "  locale missing TAG        what a language lacks, in English\n"
    "  locale new TAG            a file to translate, beside the campaign\n"
    "  withdrawals list          statements of withdrawal, oldest first\n"
    "  withdrawals show ID       one of them\n"
    "  withdrawals export        all of them, as JSON lines\n"
    "  withdrawals verify [LINK] that none was changed or taken out; that\n"
    "                            this link of a mail is one of theirs\n"
    "  withdrawals add FILE      one that came by letter, mail or telephone\n"
    "  withdrawals erase ID      the content of one\n"
    "  stats                     counters, queues, bytes an order\n"
    "\n"
    "  -c, --config FILE   configuration (" OSW_CONFIG ")\n"
    "  -s, --store NAME    the store, where there are several\n"
    "  -l, --locale TAG    of render\n"
    "  -k, --kind KIND     of render: text, html, mail or sms; of\n"
    "                      catalog: jsonl, csv or tsv\n"
    "  -o, --output FILE   of render\n"
    "      --since TIME    of report and orders: 30d; of export: all; of\n"
    "                      tail: nothing; of import a day or a duration\n"
    "      --state NAME    of orders: open, accepted, saved, withdrawn or\n"
    "                      cancelled\n"
    "      --reason ID, --email ADDRESS\n"
    "                      of orders: of that reason, of that buyer\n"
    "      --by WHAT       of report: arm, reason, offer, day or product\n"
    "      --format NAME   of report: table, csv or json\n"
    "      --live          of check: and of what runs: nginx, workers, the\n"
    "                      store's API, mail (one is sent to support), SMS\n"
    "      --dkim SELECTOR of check --live: whose key is looked up in DNS\n"
    "      --sms-to NUMBER of check --live: sends one SMS there\n"
    "      --webhooks URL  of check --live: where the shop's webhooks go, if\n"
    "                      not to the campaign's site\n"
    "      --write ORDER   of check --live: writes a note on that order, by\n"
    "                      the store's API, and reads it back\n"
    "      --from NAME     of locale new: which language it begins as (en);\n"
    "                      of orders import: which source reads the file\n"
    "      --file FILE     of orders import, of page; - is standard input\n"
    "  -f, --force         of catalog replace: in spite of faults; of\n"
    "                      erase: read all records; of shards: whoever is\n"
    "                      connected to Redis is not nginx or a worker\n"
    "      --as NAME       of request: who answers; ordersavectl unless given\n"
    "      --version       which release this is\n"
    "  -h, --help          this text\n"
    "\n"
    "ORDER is an id, or STORE/ID.\n"
    "Exit status: 0 well, 1 a finding, 2 wrong usage, 3 no Redis.\n";


typedef struct {
    const char  *name;
    const char  *verb;          /* the word after it; NULL: none */
    int          least;         /* words after these */
    int          most;
    const char  *words;         /* which */
    int          free;          /* looks after the number of shards itself, or
                                 * needs none */
    int        (*run)(osw_ctl_t *ctl, int argc, char **argv);
} osw_ctl_command_t;


static const osw_ctl_command_t  osw_ctl_commands[] = {
    { "check",   NULL,      0, 0, "", 1, osw_ctl_check },
    { "render",  NULL,      1, 2, " NAME [ORDER]", 1, osw_ctl_render },
    { "order",   "show",    1, 1, " ORDER", 0, osw_ctl_order_show },
    { "explain", NULL,      1, 1, " ORDER", 0, osw_ctl_explain },
    { "dead",    "list",    0, 0, "", 0, osw_ctl_dead },
    { "dead",    "show",    1, 1, " ID|all", 0, osw_ctl_dead },
    { "dead",    "retry",   1, 1, " ID|all", 0, osw_ctl_dead },
    { "dead",    "drop",    1, 1, " ID|all", 0, osw_ctl_dead },
    { "coupons", "load",    2, 2, " POOL FILE", 0, osw_ctl_coupons },
    { "coupons", "count",   0, 0, "", 0, osw_ctl_coupons },
    { "catalog", "import",  1, 1, " FILE", 0, osw_ctl_catalog },
    { "catalog", "replace", 1, 1, " FILE", 0, osw_ctl_catalog },
    { "catalog", "count",   0, 0, "", 0, osw_ctl_catalog },
    { "catalog", "show",    1, 1, " ID", 0, osw_ctl_catalog },
    { "request", "show",    1, 1, " ORDER", 0, osw_ctl_request },
    { "request", "approve", 1, 2, " ORDER [AMOUNT]", 0, osw_ctl_request },
    { "request", "decline", 1, 2, " ORDER [WORDS]", 0, osw_ctl_request },
    { "mail",    "test",    2, 2, " NAME EMAIL", 1, osw_ctl_mail },
    { "offer",   "send",    2, 2, " ORDER OFFER", 0, osw_ctl_offer },
    { "report",  NULL,      0, 0, "", 1, osw_ctl_report },
    { "orders",  "list",    0, 0, "", 1, osw_ctl_orders },
    { "orders",  "import",  0, 0, "", 0, osw_ctl_import },
    { "tail",    NULL,      0, 0, "", 0, osw_ctl_tail },
    { "trace",   NULL,      1, 1, " ORDER", 0, osw_ctl_trace },
    { "export",  "facts",   0, 0, "", 1, osw_ctl_export },
    { "erase",   NULL,      1, 1, " EMAIL", 0, osw_ctl_erase },
    { "consent", "show",    1, 1, " ORDER|EMAIL|NUMBER", 0, osw_ctl_consent },
    { "bounce",  "take",    0, 0, "", 0, osw_ctl_bounce },
    { "bounce",  "show",    1, 1, " EMAIL", 0, osw_ctl_bounce },
    { "bounce",  "clear",   1, 1, " EMAIL", 0, osw_ctl_bounce },
    { "pause",   NULL,      0, 3, " [WHAT…]", 0, osw_ctl_pause },
    { "resume",  NULL,      0, 3, " [WHAT…]", 0, osw_ctl_pause },
    { "shards",  "count",   0, 0, "", 1, osw_ctl_shards },
    { "shards",  "move",    1, 1, " N", 1, osw_ctl_shards },
    { "map",     NULL,      2, 3, " SOURCE FILE [TOPIC]", 1, osw_ctl_map },
    { "page",    NULL,      1, 32, " URL|FILE [ANCHOR…]", 1, osw_ctl_anchors },
    { "country", "list",    0, 0, "", 1, osw_ctl_country },
    { "country", "show",    1, 1, " XX", 1, osw_ctl_country },
    { "country", "holidays", 2, 2, " XX YEAR", 1, osw_ctl_country },
    { "locale",  "list",    0, 0, "", 1, osw_ctl_locale },
    { "locale",  "missing", 1, 1, " TAG", 1, osw_ctl_locale },
    { "locale",  "new",     1, 1, " TAG", 1, osw_ctl_locale },
    { "withdrawals", "list",   0, 0, "", 0, osw_ctl_withdrawals },
    { "withdrawals", "show",   1, 1, " ID", 0, osw_ctl_withdrawals },
    { "withdrawals", "export", 0, 0, "", 0, osw_ctl_withdrawals },
    { "withdrawals", "verify", 0, 1, " [LINK]", 0, osw_ctl_withdrawals },
    { "withdrawals", "add",    1, 1, " FILE", 0, osw_ctl_withdrawals },
    { "withdrawals", "erase",  1, 1, " ID", 0, osw_ctl_withdrawals },
    { "stats",   NULL,      0, 0, "", 0, osw_ctl_stats },
};

#define OSW_CTL_COMMANDS                                                      \
    (sizeof(osw_ctl_commands) / sizeof(osw_ctl_commands[0]))


/* The second word is none of this command's. */
static void
osw_ctl_no_verb(osw_ctl_t *ctl, const char *name, const char *verb)
{
    size_t    i;
    os_buf_t  verbs;

    verbs = (os_buf_t) { 0 };

    for (i = 0; i < OSW_CTL_COMMANDS; i++) {
        if (strcmp(osw_ctl_commands[i].name, name) == 0) {
            os_buf_printf(&verbs, "%s%s", verbs.len ? ", " : "",
                          osw_ctl_commands[i].verb);
        }
    }

    if (verb == NULL) {
        (void) osw_ctl_wrong(ctl, "%s: expected one of %s", name, verbs.data);

    } else {
        (void) osw_ctl_wrong(ctl, "%s: \"%s\" is not known; expected one of "
                             "%s", name, verb, verbs.data);
    }

    os_buf_free(&verbs);
}


/* The command that these words are; NULL when that has been complained of. */
static const osw_ctl_command_t *
osw_ctl_find(osw_ctl_t *ctl, int argc, char **argv)
{
    int                       n;
    size_t                    i;
    const char               *verb;
    const osw_ctl_command_t  *c, *named;

    named = NULL;
    verb = argc > 1 ? argv[1] : NULL;

    for (i = 0; i < OSW_CTL_COMMANDS; i++) {
        c = &osw_ctl_commands[i];

        if (strcmp(argv[0], c->name) != 0) {
            continue;
        }

        named = c;

        if (c->verb && (verb == NULL || strcmp(verb, c->verb) != 0)) {
            continue;
        }

        n = argc - (c->verb ? 2 : 1);

        if (n > c->most) {
            (void) osw_ctl_wrong(ctl, "\"%s\" is a word too many; expected "
                                 "%s%s%s%s", argv[argc - n + c->most], c->name,
                                 c->verb ? " " : "", c->verb ? c->verb : "",
                                 c->words);
            return NULL;
        }

        if (n < c->least) {
            (void) osw_ctl_wrong(ctl, "expected %s%s%s%s", c->name,
                                 c->verb ? " " : "", c->verb ? c->verb : "",
                                 c->words);
            return NULL;
        }

        return c;
    }

    if (named != NULL) {
        osw_ctl_no_verb(ctl, named->name, verb);

    } else {
        (void) osw_ctl_wrong(ctl, "\"%s\" is no command; --help tells which "
                             "there are", argv[0]);
    }

    return NULL;
}


static int
osw_ctl_begin(osw_ctl_t *ctl, const char *path)
{
    os_error_t  err;

    ctl->w.config = osw_config_load(path, &err);

    if (ctl->w.config == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }

    osw_log_level(OSW_ERROR);
    os_script_work_init();
    os_script_shop_init();
    (void) uv_loop_init(&ctl->loop);
    ctl->w.loop = &ctl->loop;
    ctl->w.redis = osw_redis_new(&ctl->loop, &ctl->w.config->redis,
                                 &ctl->w.config->space, &err);

    if (ctl->w.redis == NULL) {
        fprintf(stderr, "%s: /redis: %s\n", path, err.text);
    }

    return ctl->w.redis ? 0 : -1;
}


static void
osw_ctl_end(osw_ctl_t *ctl)
{
    osw_redis_close(ctl->w.redis);
    (void) uv_run(&ctl->loop, UV_RUN_DEFAULT);
    osw_redis_free(ctl->w.redis);
    (void) uv_loop_close(&ctl->loop);
    osw_message_end(&ctl->w);
    osw_config_free(ctl->w.config);
}


/* Under another number everything lies elsewhere: nothing would be found. */
static int
osw_ctl_counts(osw_ctl_t *ctl)
{
    int64_t      shards;
    redisReply  *reply;

    reply = osw_ctl_ask(ctl, osw_count_get(&ctl->w,
                                           ctl->w.config->space.tag[0],
                                           "shards"));
    shards = osw_reply_int(reply, -1);

    if (reply == NULL || reply->type == REDIS_REPLY_NIL
        || shards == (int64_t) ctl->w.config->space.shards)
    {
        freeReplyObject(reply);
        return 0;
    }

    freeReplyObject(reply);

    if (shards == 0) {
        fprintf(stderr, "ordersavectl: shards are being moved\n");

    } else {
        fprintf(stderr, "ordersavectl: there are %lld shards, and not %u: "
                "%s: /redis/shards\n", (long long) shards,
                ctl->w.config->space.shards, ctl->w.config->path);
    }

    return -1;
}


static int
osw_ctl_run(osw_ctl_t *ctl, const char *path, int argc, char **argv)
{
    int                       rc;
    const osw_ctl_command_t  *command;

    command = osw_ctl_find(ctl, argc, argv);

    if (command == NULL) {
        return OSW_CTL_USAGE;
    }

    if (osw_ctl_begin(ctl, path) != 0) {
        return OSW_CTL_FINDING;
    }

    /* a store that is none would be passed over by what looks at all */

    if (ctl->store != NULL && osw_ctl_store(ctl) == NULL) {
        rc = OSW_CTL_USAGE;

    } else if (!command->free && osw_ctl_counts(ctl) != 0) {
        rc = OSW_CTL_FINDING;

    } else {
        rc = command->run(ctl, argc, argv);
        rc = ctl->failed == 1 ? OSW_CTL_REDIS : rc;
    }

    osw_ctl_end(ctl);

    if (rc == OSW_CTL_USAGE && !ctl->told) {
        fputs(osw_ctl_usage, stderr);
    }

    return rc;
}


int
main(int argc, char **argv)
{
    int          option;
    osw_ctl_t    ctl;
    const char  *path;

    static const struct option  options[] = {
        { "config", required_argument, NULL, 'c' },
        { "store", required_argument, NULL, 's' },
        { "locale", required_argument, NULL, 'l' },
        { "kind", required_argument, NULL, 'k' },
        { "output", required_argument, NULL, 'o' },
        { "force", no_argument, NULL, 'f' },
        { "since", required_argument, NULL, 'S' },
        { "by", required_argument, NULL, 'B' },
        { "format", required_argument, NULL, 'F' },
        { "as", required_argument, NULL, 'A' },
        { "state", required_argument, NULL, 'Z' },
        { "reason", required_argument, NULL, 'R' },
        { "email", required_argument, NULL, 'E' },
        { "mail", no_argument, NULL, 'M' },
        { "observed", no_argument, NULL, 'O' },
        { "from", required_argument, NULL, 'T' },
        { "file", required_argument, NULL, 'I' },
        { "live", no_argument, NULL, 'L' },
        { "dkim", required_argument, NULL, 'D' },
        { "sms-to", required_argument, NULL, 'N' },
        { "webhooks", required_argument, NULL, 'W' },
        { "write", required_argument, NULL, 'P' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 }
    };

    /* it needs no configuration: it writes one */

    if (argc > 1 && strcmp(argv[1], "init") == 0) {
        return osw_ctl_init(argc - 1, argv + 1);
    }

    path = OSW_CONFIG;
    memset(&ctl, 0, sizeof(ctl));

    while ((option = getopt_long(argc, argv, "c:s:l:k:o:fh", options, NULL))
           != -1)
    {
        switch (option) {

        case 'c':
            path = optarg;
            break;

        case 's':
            ctl.store = optarg;
            break;

        case 'l':
            ctl.locale = optarg;
            break;

        case 'k':
            ctl.kind = optarg;
            break;

        case 'o':
            ctl.output = optarg;
            break;

        case 'f':
            ctl.force = 1;
            break;

        case 'S':
            ctl.since = optarg;
            break;

        case 'B':
            ctl.by = optarg;
            break;

        case 'F':
            ctl.format = optarg;
            break;

        case 'A':
            ctl.as = optarg;
            break;

        case 'Z':
            ctl.state = optarg;
            break;

        case 'R':
            ctl.reason = optarg;
            break;

        case 'E':
            ctl.email = optarg;
            break;

        case 'M':
            ctl.mail = 1;
            break;

        case 'O':
            ctl.observed = 1;
            break;

        case 'L':
            ctl.live = 1;
            break;

        case 'D':
            ctl.dkim = optarg;
            break;

        case 'N':
            ctl.sms_to = optarg;
            break;

        case 'W':
            ctl.webhooks = optarg;
            break;

        case 'P':
            ctl.write = optarg;
            break;

        case 'T':
            ctl.from = optarg;
            break;

        case 'I':
            ctl.file = optarg;
            break;

        case 'V':
            puts("ordersavectl " OS_VERSION);
            return OSW_CTL_OK;

        case 'h':
            fputs(osw_ctl_usage, stdout);
            return OSW_CTL_OK;

        default:
            fputs(osw_ctl_usage, stderr);
            return OSW_CTL_USAGE;
        }
    }

    if (optind == argc) {
        fputs(osw_ctl_usage, stderr);
        return OSW_CTL_USAGE;
    }

    osw_memory_start();
    (void) signal(SIGPIPE, SIG_IGN);

    return osw_ctl_run(&ctl, path, argc - optind, argv + optind);
}
