/*
 * osw_ctl_init: see osw_ctl_init.h. What a platform needs lies in init/ of the
 * share folder, one JSON file each: a merge patch (RFC 7386) for the campaign
 * to begin with, lines for nginx' http and server, and what is to be done in
 * the shop.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/os_code.h"
#include "core/base/os_folders.h"
#include "core/base/os_hash.h"
#include "core/base/os_mail.h"
#include "core/campaign/os_action.h"
#include "worker/ctl/osw_ctl.h"
#include "worker/ctl/osw_ctl_init.h"


#define OSW_INIT_LINE   512
#define OSW_INIT_KEY    36              /* bytes of a key; base64 makes 48 */


typedef int (*osw_init_pt)(const char *text);

typedef struct {
    const char   *name;                 /* of the option */
    const char   *question;
    const char   *usual;                /* NULL: there is none */
    osw_init_pt   good;
    const char   *expected;
} osw_init_ask_t;

typedef struct {
    int         yes;
    int         written;                /* files */
    int         kept;                   /* that were there */
    char       *folder;
    const char *share;
    json_t     *said;                   /* option → answer */
    json_t     *platform;
    json_t     *view;
    gid_t       group;                  /* (gid_t) -1: there is none */
} osw_init_t;


static int
osw_init_any(const char *text)
{
    return text[0] != '\0' && strpbrk(text, "\r\n\"\\{}") == NULL;
}


static int
osw_init_site(const char *text)
{
    size_t  len = strlen(text);

    return (strncmp(text, "https://", 8) == 0
            || strncmp(text, "http://", 7) == 0)
           && strpbrk(text, " \r\n\"'{};?#") == NULL
           && strchr(strstr(text, "//") + 2, '/') == NULL
           && len > 8 && len < 200;
}


static int
osw_init_store(const char *text)
{
    size_t  len = strlen(text);

    return len > 0 && len <= 32
           && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len
           && text[0] != '-' && text[0] != '_';
}


static int
osw_init_mailbox(const char *text)
{
    os_str_t  address = os_mail_address(os_str(text));

    return osw_init_any(text) && address.len > 2
           && memchr(address.data, '@', address.len) != NULL;
}


static int
osw_init_country(const char *text)
{
    return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z'
           && text[1] >= 'A' && text[1] <= 'Z';
}


static int
osw_init_port(const char *text)
{
    const char  *colon = strrchr(text, ':');

    return colon && colon > text && atoi(colon + 1) > 0
           && atoi(colon + 1) < 65536
           && strspn(colon + 1, "0123456789") == strlen(colon + 1)
           && strpbrk(text, " \"'{};") == NULL;
}


/* "php" or where nginx passes requests on to. */
static int
osw_init_backend(const char *text)
{
    return strcmp(text, "php") == 0
           || ((strncmp(text, "http://", 7) == 0
                || strncmp(text, "https://", 8) == 0)
               && strpbrk(text, " \"'{};") == NULL);
}


static const osw_init_ask_t  osw_init_asks[] = {
    { "platform", "What runs the shop (woocommerce, magento, prestashop,"
      " shopware, opencart, sylius, evershop, medusa, saleor, other)",
      "woocommerce", osw_init_any, "the name of a platform" },
    { "site", "The shop's address", NULL, osw_init_site,
      "an address such as https://shop.example, without a path" },
    { "name", "The shop's name, as its mails say it", NULL, osw_init_any,
      "a name" },
    { "address", "Its postal address, in one line", NULL, osw_init_any,
      "an address in one line" },
    { "country", "Its country", NULL, osw_init_country,
      "two capital letters, such as FR" },
    { "from", "Who its mails are from", NULL, osw_init_mailbox,
      "an address, such as Shop <orders@shop.example>" },
    { "support", "Where answers and questions go", NULL, osw_init_mailbox,
      "an e-mail address" },
    { "store", "A short name of the store, for records and logs", "shop",
      osw_init_store, "1 to 32 of a to z, digits, _ and -" },
    { "backend", "Where nginx passes requests to, or php for php-fpm",
      "http://127.0.0.1:8081", osw_init_backend,
      "an address such as http://127.0.0.1:8081, or php" },
    { "redis", "Redis", "127.0.0.1:6379", osw_init_port, "HOST:PORT" },
    { "smtp", "The mail server", "127.0.0.1:25", osw_init_port, "HOST:PORT" },
};

#define OSW_INIT_ASKS  (sizeof(osw_init_asks) / sizeof(osw_init_asks[0]))


static const char  osw_init_usage[] =
    "Usage: ordersavectl init [options]\n"
    "\n"
    "Writes the first files of a shop; asks for what no option says. No file\n"
    "that is there already is changed.\n"
    "\n"
    "      --platform NAME    woocommerce (unless given), magento, prestashop,"
    "\n"
    "                         shopware, opencart, sylius, evershop, medusa,\n"
    "                         saleor or other\n"
    "      --site URL         the shop's address, https://shop.example\n"
    "      --name NAME        as its mails say it\n"
    "      --address TEXT     its postal address, in one line\n"
    "      --country XX       its country\n"
    "      --from ADDRESS     who its mails are from\n"
    "      --support ADDRESS  where answers and questions go\n"
    "      --store NAME       for records and logs (shop)\n"
    "      --backend URL      where nginx passes requests to\n"
    "                         (http://127.0.0.1:8081), or php\n"
    "      --redis HOST:PORT  (127.0.0.1:6379)\n"
    "      --smtp HOST:PORT   (127.0.0.1:25)\n"
    "      --folder DIR       where to (/etc/ordersave)\n"
    "      --share DIR        where init/ is (" OS_FOLDERS_PATH ")\n"
    "  -y, --yes              asks nothing: what has no usual answer must be\n"
    "                         said\n"
    "  -h, --help             this text\n"
    "\n"
    "Exit status: 0 well, 1 a file cannot be written, 2 wrong usage.\n";


/* --- asking --- */


/* A line of the terminal; what is usual where it is empty. NULL: no more. */
static char *
osw_init_line(const osw_init_ask_t *ask, char line[OSW_INIT_LINE])
{
    printf("%s%s%s%s: ", ask->question, ask->usual ? " [" : "",
           ask->usual ? ask->usual : "", ask->usual ? "]" : "");
    (void) fflush(stdout);

    if (fgets(line, OSW_INIT_LINE, stdin) == NULL) {
        return NULL;
    }

    line[strcspn(line, "\r\n")] = '\0';

    if (line[0] == '\0' && ask->usual) {
        snprintf(line, OSW_INIT_LINE, "%s", ask->usual);
    }

    return line;
}


static int
osw_init_one(osw_init_t *in, const osw_init_ask_t *ask)
{
    char         line[OSW_INIT_LINE];
    const char  *answer;

    answer = json_string_value(json_object_get(in->said, ask->name));

    if (answer == NULL && in->yes) {
        answer = ask->usual;
    }

    while (answer == NULL && !in->yes) {
        answer = osw_init_line(ask, line);

        if (answer == NULL) {
            break;
        }

        if (!ask->good(answer)) {
            printf("Expected %s.\n", ask->expected);
            answer = NULL;
        }
    }

    if (answer == NULL || !ask->good(answer)) {
        fprintf(stderr, "ordersavectl: init: --%s: expected %s\n", ask->name,
                ask->expected);
        return -1;
    }

    os_json_set_str(in->said, ask->name, os_str(answer));
    return 0;
}


static const char *
osw_init_said(const osw_init_t *in, const char *name)
{
    return json_string_value(json_object_get(in->said, name));
}


/* --- writing --- */


/* A new file, of mode `mode`; one that is there stays, and is told of. */
static int
osw_init_write(osw_init_t *in, const char *name, mode_t mode, os_str_t text)
{
    int       fd, rc = -1;
    ssize_t   n;
    os_buf_t  path = { 0 };

    os_buf_printf(&path, "%s/%s", in->folder, name);
    fd = open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd == -1 && errno == EEXIST) {
        printf("%s: is there already, and stays as it is\n", path.data);
        in->kept++;
        os_buf_free(&path);
        return 0;
    }

    if (fd != -1) {
        n = write(fd, text.data, text.len);
        rc = n == (ssize_t) text.len && fchmod(fd, mode) == 0 ? 0 : -1;

        if (in->group != (gid_t) -1) {
            (void) !fchown(fd, (uid_t) -1, in->group);
        }

        rc |= close(fd);
    }

    if (rc != 0) {
        fprintf(stderr, "ordersavectl: init: %s: %s\n", path.data,
                strerror(errno));

    } else {
        printf("%s\n", path.data);
        in->written++;
    }

    os_buf_free(&path);
    return rc;
}


static int
osw_init_json(osw_init_t *in, const char *name, const json_t *json)
{
    int        rc;
    char      *text = json_dumps(json, JSON_INDENT(2));
    os_buf_t   out = { 0 };

    os_buf_text(&out, text ? text : "");
    os_buf_char(&out, '\n');
    free(text);
    rc = out.failed || out.len < 2
         ? -1 : osw_init_write(in, name, 0640, os_buf_view(&out));
    os_buf_free(&out);

    return rc;
}


static int
osw_init_keys(osw_init_t *in)
{
    int       rc;
    uint8_t   random[OSW_INIT_KEY];
    size_t    i;
    os_buf_t  text = { 0 }, secret = { 0 };

    static const char *const  ids[] = { "k1", "customer" };

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (os_random(random, sizeof(random)) != 0) {
            text.failed = 1;
        }

        os_buf_printf(&text, "%s:", ids[i]);
        os_base64url(&text, random, sizeof(random));
        os_buf_char(&text, '\n');
    }

    if (os_random(random, sizeof(random)) != 0) {
        secret.failed = 1;
    }

    os_base64url(&secret, random, sizeof(random));
    os_buf_char(&secret, '\n');
    rc = text.failed || secret.failed
         || osw_init_write(in, "keys", 0640, os_buf_view(&text)) != 0
         || osw_init_write(in, "hook-secret", 0640, os_buf_view(&secret)) != 0
         ? -1 : 0;
    os_buf_free(&text);
    os_buf_free(&secret);

    return rc;
}


/* RFC 7386: null takes a member away, objects are merged. */
static void
osw_init_merge(json_t *to, const json_t *patch)
{
    json_t      *value, *there;
    const char  *name;

    json_object_foreach((json_t *) patch, name, value) {
        there = json_object_get(to, name);

        if (json_is_null(value)) {
            (void) json_object_del(to, name);

        } else if (json_is_object(value) && json_is_object(there)) {
            osw_init_merge(there, value);

        } else {
            (void) json_object_set(to, name, value);
        }
    }
}


static json_t *
osw_init_share(const osw_init_t *in, const char *name)
{
    json_t      *json;
    os_buf_t     path = { 0 };
    os_error_t   err;

    (void) os_folders_find(in->share, &path, name);
    json = os_json_file(path.data, &err);

    if (json == NULL) {
        fprintf(stderr, "ordersavectl: init: %s\n", err.text);
    }

    os_buf_free(&path);

    return json;
}


/* What begin.json has of an example becomes the shop's. */
static int
osw_init_campaign(osw_init_t *in)
{
    int          rc;
    char         name[64];
    json_t      *mine, *c = osw_init_share(in, "begin.json");
    const char  *key;

    if (c == NULL) {
        return -1;
    }

    osw_init_merge(c, json_object_get(in->platform, "campaign"));
    mine = json_pack("{s:s, s:s, s:s, s:[s], s:{s:s, s:s}, s:[{s:s, s:s}],"
                     " s:{s:s, s:s}}",
        "store", osw_init_said(in, "store"), "site", osw_init_said(in, "site"),
        "country", osw_init_said(in, "country"),
        "sells_to", osw_init_said(in, "country"),
        "brand", "name", osw_init_said(in, "name"),
        "address", osw_init_said(in, "address"),
        "contacts", "kind", "email", "value", osw_init_said(in, "support"),
        "mail", "from", osw_init_said(in, "from"),
        "support", osw_init_said(in, "support"));
    osw_init_merge(c, mine);
    json_decref(mine);

    if (json_object_get(c, "api")) {
        (void) json_object_set(json_object_get(c, "api"), "base",
                               json_object_get(in->said, "site"));
    }

    snprintf(name, sizeof(name), "%s.json", osw_init_said(in, "store"));
    rc = osw_init_json(in, name, c);

    if (rc == 0 && json_object_get(c, "api")) {
        key = json_string_value(json_object_get(in->platform, "key"));
        rc = osw_init_write(in, "api-key", 0640,
                            os_str(key ? key
                                   : "consumer_key:consumer_secret\n"));
    }

    json_decref(c);

    return rc;
}


/* "host:port" as the members of those names. */
static json_t *
osw_init_host(const char *text)
{
    const char  *colon = strrchr(text, ':');

    return json_pack("{s:s%, s:i}", "host", text, (size_t) (colon - text),
                     "port", atoi(colon + 1));
}


static int
osw_init_worker(osw_init_t *in)
{
    int       rc;
    char      name[64];
    json_t   *config;

    snprintf(name, sizeof(name), "%s.json", osw_init_said(in, "store"));
    config = json_pack("{s:o, s:s, s:{s:{s:s}}, s:o, s:s}",
        "redis", osw_init_host(osw_init_said(in, "redis")),
        "key_file", "keys", "stores", osw_init_said(in, "store"),
        "campaign", name,
        "smtp", osw_init_host(osw_init_said(in, "smtp")),
        "status", "127.0.0.1:9100");

    if (strcmp(in->share, OS_FOLDERS_PATH) != 0) {
        os_json_set_str(config, "share", os_str(in->share));
    }

    rc = osw_init_json(in, "worker.json", config);
    json_decref(config);

    return rc;
}


/* Lines of the platform's, with what was answered: to a file, or out. */
static int
osw_init_lines(osw_init_t *in, const char *member, const char *name)
{
    int          rc = 0;
    size_t       i;
    json_t      *line;
    os_buf_t     text = { 0 };
    os_error_t   err;

    json_array_foreach(json_object_get(in->platform, member), i, line) {
        if (name == NULL) {
            os_buf_printf(&text, "  %zu. ", i + 1);
        }

        rc |= os_action_text(os_str(json_string_value(line)), in->view, &text,
                             &err);
        os_buf_char(&text, '\n');
    }

    if (rc != 0 || text.failed) {
        fprintf(stderr, "ordersavectl: init: %s: %s\n", member,
                rc ? err.text : "no memory");
        rc = -1;

    } else if (name) {
        rc = osw_init_write(in, name, 0644, os_buf_view(&text));

    } else {
        fputs(text.data ? text.data : "", stdout);
    }

    os_buf_free(&text);

    return rc;
}


/* How a location passes a request on: to the shop, or to its PHP. */
static void
osw_init_view(osw_init_t *in)
{
    int       php;
    os_buf_t  pass = { 0 };

    php = strcmp(osw_init_said(in, "backend"), "php") == 0;
    in->view = json_copy(in->said);
    os_json_set_str(in->view, "folder", os_str(in->folder));

    if (php) {
        os_buf_text(&pass, "try_files $uri $uri/ /index.php?$args;");

    } else {
        os_buf_printf(&pass, "proxy_pass %s;", osw_init_said(in, "backend"));
    }

    os_json_set_str(in->view, "pass", os_buf_view(&pass));

    if (!php) {
        pass.len--;
        os_buf_text(&pass, "/index.php?$args;");
    }

    os_json_set_str(in->view, "pass_owner", os_buf_view(&pass));
    os_buf_free(&pass);
}


/*
 * What Redis does not do unless it is told. While it runs: a restart with
 * appendonly in its file begins without what it has in memory.
 */
static void
osw_init_redis(const char *where)
{
    size_t       i;
    const char  *port = strrchr(where, ':');

    static const char *const  lines[] = {
        "set appendonly yes", "set maxmemory-policy noeviction", "rewrite"
    };

    printf("  Have Redis write what it is told to the disk, and throw nothing "
           "away:\n\n");

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        printf("    redis-cli -h %.*s -p %s config %s\n",
               (int) (port - where), where, port + 1, lines[i]);
    }

    printf("\n");
}


static void
osw_init_next(const osw_init_t *in)
{
    const char  *api = json_string_value(json_object_get(in->platform,
                                                         "api"));

    printf("\nWhat is left to do:\n\n");

    if (api) {
        printf("  Put the key of the shop's API into %s/api-key:\n  %s.\n\n",
               in->folder, api);
    }

    osw_init_redis(osw_init_said(in, "redis"));
    printf("  In nginx.conf, include %s/nginx-http.conf in http { }, and\n"
           "  %s/nginx-server.conf in the server { } of the shop; then nginx -t"
           "\n  and systemctl reload nginx.\n\n", in->folder, in->folder);
    printf("  In %s:\n", json_string_value(json_object_get(in->platform,
                                                           "name")));
    (void) osw_init_lines((osw_init_t *) in, "steps", NULL);
    printf("\n  Then start the worker, and see that all is well:\n\n"
           "    systemctl enable --now ordersave-worker\n"
           "    ordersavectl -c %s/worker.json check --live\n\n"
           "The campaign observes: nobody is shown or sent anything until you"
           " take\n\"state\" out of %s/%s.json. What costs money is off:"
           " add offers\nas docs/offers.md has them.\n", in->folder,
           in->folder, osw_init_said(in, "store"));
}


static int
osw_init_make(osw_init_t *in)
{
    char           name[OSW_INIT_LINE];
    size_t         i;
    struct group  *group = getgrnam("ordersave");

    for (i = 0; i < OSW_INIT_ASKS; i++) {
        if (osw_init_one(in, &osw_init_asks[i]) != 0) {
            return OSW_CTL_USAGE;
        }
    }

    if (strchr(osw_init_said(in, "platform"), '/')) {
        fprintf(stderr, "ordersavectl: init: --platform: expected a name\n");
        return OSW_CTL_USAGE;
    }

    snprintf(name, sizeof(name), "init/%s.json", osw_init_said(in,
                                                               "platform"));
    in->platform = osw_init_share(in, name);

    if (in->platform == NULL) {
        return OSW_CTL_USAGE;
    }

    if (mkdir(in->folder, 0750) != 0 && errno != EEXIST) {
        fprintf(stderr, "ordersavectl: init: %s: %s\n", in->folder,
                strerror(errno));
        return OSW_CTL_FINDING;
    }

    in->group = geteuid() == 0 && group ? group->gr_gid : (gid_t) -1;
    osw_init_view(in);

    if (osw_init_keys(in) != 0 || osw_init_campaign(in) != 0
        || osw_init_worker(in) != 0
        || osw_init_lines(in, "http", "nginx-http.conf") != 0
        || osw_init_lines(in, "server", "nginx-server.conf") != 0)
    {
        return OSW_CTL_FINDING;
    }

    osw_init_next(in);

    return OSW_CTL_OK;
}


/* Options → in->said; an exit status, or -1: go on. */
static int
osw_init_options(osw_init_t *in, int argc, char **argv)
{
    int            option, at;
    size_t         i;
    struct option  options[OSW_INIT_ASKS + 5] = { { NULL, 0, NULL, 0 } };

    for (i = 0; i < OSW_INIT_ASKS; i++) {
        options[i] = (struct option) { osw_init_asks[i].name,
                                       required_argument, NULL, 1 };
    }

    options[i++] = (struct option) { "folder", required_argument, NULL, 'f' };
    options[i++] = (struct option) { "share", required_argument, NULL, 's' };
    options[i++] = (struct option) { "yes", no_argument, NULL, 'y' };
    options[i] = (struct option) { "help", no_argument, NULL, 'h' };

    while ((option = getopt_long(argc, argv, "yh", options, &at)) != -1) {
        switch (option) {

        case 1:
            os_json_set_str(in->said, options[at].name, os_str(optarg));
            break;

        case 'f':
            in->folder = optarg;
            break;

        case 's':
            in->share = optarg;
            break;

        case 'y':
            in->yes = 1;
            break;

        case 'h':
            fputs(osw_init_usage, stdout);
            return OSW_CTL_OK;

        default:
            fputs(osw_init_usage, stderr);
            return OSW_CTL_USAGE;
        }
    }

    if (optind != argc) {
        fprintf(stderr, "ordersavectl: init: \"%s\" is a word too many\n",
                argv[optind]);
        return OSW_CTL_USAGE;
    }

    return -1;
}


int
osw_ctl_init(int argc, char **argv)
{
    int          rc;
    osw_init_t   in = { .folder = "/etc/ordersave", .share = OS_FOLDERS_PATH };

    in.said = json_object();
    rc = osw_init_options(&in, argc, argv);

    if (rc == -1) {
        rc = osw_init_make(&in);
    }

    json_decref(in.said);
    json_decref(in.view);
    json_decref(in.platform);

    return rc;
}
