/* main.c — bulu-platform: options, listeners, the ready file, and the quiet work between requests. */
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/base/process.h"
#include "sync/platform/admin.h"
#include "sync/platform/db_accounts.h"
#include "sync/platform/feed.h"
#include "sync/platform/gateway.h"
#include "sync/platform/http.h"
#include "sync/platform/sms.h"
#include "sync/platform/wechat_claims.h"
#include "sync/platform/wechat_pool.h"
#include "sync/protocol/paths.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAINTAIN_S 60

struct listeners {
    struct http *web, *device, *bench;
};

static void help(void)
{
    CLEANUP(str) struct str commands = {0};
    admin_help(&commands);
    printf(
        "usage: bulu-platform --config FILE [--verbose] [COMMAND …]\n"
        "       bulu-platform --print-config | --help\n\n"
        "The central platform of 补录亭: takes submissions from kiosks, shows them to unit administrators, tells kiosks what became of them.\n"
        "Without a command it serves until SIGTERM. Commands work on the same data, also while it serves:\n%s\n"
        "Exit codes: 0 done, 1 failed, 2 usage.\n",
        str_z(&commands));
}

/* https://<first of the names>:<port>, unless an address is configured. */
static void public_url(const struct platform *p, const char *configured, int port, char out[256])
{
    AUTOFREE char *first = xstrndup(p->conf.web_names, strcspn(p->conf.web_names, ", "));
    if (*configured)
        zcopy(out, 256, configured);
    else
        snprintf(out, 256, strchr(first, ':') ? "https://[%s]:%d" : "https://%s:%d", first, port);
}

static bool start(struct platform *p, struct listeners *l, struct err *e)
{
    const struct config *c = &p->conf;
    const char *certificate = pki_server_pem(p->pki), *key = pki_server_key(p->pki);
    struct http_options web = {p,           LISTENER_WEB, c->web_listen, (int)c->web_port, (unsigned)c->web_threads,
                               certificate, key,          NULL,          web_routes,       n_web_routes};
    struct http_options device = {
        p,   LISTENER_DEVICE,    c->device_listen, (int)c->device_port, (unsigned)c->device_threads, certificate,
        key, pki_ca_pem(p->pki), device_routes,    n_device_routes};
    struct http_options bench = {
        p,    LISTENER_BENCH, c->bench_listen, (int)c->bench_port, (unsigned)c->device_threads, NULL,
        NULL, NULL,           device_routes,   n_device_routes};
    /* Known already where the port is configured; at port 0 nobody can ask before the ready file. */
    public_url(p, c->web_url, (int)c->web_port, p->web_url);
    public_url(p, c->device_url, (int)c->device_port, p->device_url);
    if (c->bench_port >= 0) {
        if (!uuid_valid(c->bench_device))
            return err_set(e, ERR_CONFIG, "[bench] device is no UUID");
        if (!p->db->ops->device_put(p->db, c->bench_device, 0, "bench", now_ms(p), e) ||
            !(l->bench = http_start(&bench, e)))
            return err_prefix(e, "bench listener");
        log_warn("bench.open", "port=%d everybody on this machine is a device: for measurements only",
                 http_port(l->bench));
    }
    if (!(l->web = http_start(&web, e)))
        return err_prefix(e, "web listener");
    if (!(l->device = http_start(&device, e)))
        return err_prefix(e, "device listener");
    return true;
}

static bool announce(struct platform *p, const struct listeners *l, struct err *e)
{
    if (!p->conf.web_port)
        public_url(p, p->conf.web_url, http_port(l->web), p->web_url);
    if (!p->conf.device_port)
        public_url(p, p->conf.device_url, http_port(l->device), p->device_url);
    if (wechat_enabled(&p->conf) && strlen(p->web_url) + strlen(PATH_WECHAT) > TICKET_PREFIX_MOST)
        log_warn("wechat.url", "characters=%zu most=%zu: kiosks make no offline tickets", strlen(p->web_url),
                 TICKET_PREFIX_MOST - strlen(PATH_WECHAT));
    AUTOFREE char *path = listeners_path(p);
    AUTOFREE char *bench =
        l->bench ? xasprintf("http://%s:%d", p->conf.bench_listen, http_port(l->bench)) : xstrdup("");
    json_t *j = json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:s,s:i}", "web", p->web_url, "device", p->device_url, "bench",
                          bench, "web_port", http_port(l->web), "device_port", http_port(l->device), "bench_port",
                          l->bench ? http_port(l->bench) : 0, "ca_pin", pki_pin(p->pki), "pid", (int)getpid());
    char *text = json_dumps(j, JSON_INDENT(1));
    bool ok = text && file_write_durable(path, text, strlen(text), 0644, e) &&
              (!*p->conf.ready_file || file_write_durable(p->conf.ready_file, text, strlen(text), 0644, e));
    free(text);
    json_decref(j);
    return ok;
}

static void maintain(struct platform *p)
{
    struct err e = {0};
    if (!p->db->ops->maintain(p->db, now_ms(p), &e))
        log_error("db.maintain", "text=\"%s\"", e.text);
    if (!p->db->accounts->sweep(p->db, now_ms(p), &e))
        log_error("db.sweep", "text=\"%s\"", e.text);
    size_t n = p->blobs->ops->sweep(p->blobs, now_ms(p) - p->conf.upload_hours * 3600000);
    if (n)
        log_info("uploads.swept", "n=%zu", n);
    claims_join(p);
    claims_sweep(p);
}

/* Returns at SIGTERM or SIGINT. */
static void serve(struct platform *p, const sigset_t *signals)
{
    for (;;) {
        const struct timespec wait = {MAINTAIN_S, 0};
        maintain(p); /* first of all: what the last run left half done */
        int s = sigtimedwait(signals, NULL, &wait);
        if (s == SIGTERM || s == SIGINT)
            return;
    }
}

static int run(const char *config_path)
{
    struct platform p;
    struct listeners l = {0};
    struct err e = {0};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* before the first thread: all inherit it */
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT); /* before the first thread */
    if (!platform_open(&p, config_path, &e)) {
        log_error("start", "text=\"%s\"", e.text);
        return e.code == ERR_CONFIG ? 2 : 1;
    }
    p.feed = feed_create(&p);
    p.wechat = wechat_pool_create(&p);
    p.sms = sms_start(&p, &e);
    bool ok = e.code == ERR_NONE && start(&p, &l, &e) && announce(&p, &l, &e);
    if (ok) {
        p.gateway = gateway_start(&p);
        if (*p.conf.captcha_file)
            log_warn("captcha.told", "every captcha's text goes into a file: for tests only");
        log_info("ready", "web=%d device=%d", http_port(l.web), http_port(l.device));
        serve(&p, &signals);
        log_info("stop", "signal=1");
    } else {
        log_error("start", "text=\"%s\"", e.text);
    }
    gateway_stop(p.gateway);
    feed_stop(p.feed);
    wechat_pool_stop(p.wechat);
    http_stop(l.web);
    http_stop(l.device);
    http_stop(l.bench);
    feed_destroy(p.feed);
    wechat_pool_destroy(p.wechat);
    sms_stop(p.sms);
    platform_close(&p);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *config = NULL;
    enum log_level level = LOG_INFO;
    int i = 1;
    for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
        if (!strcmp(argv[i], "--help")) {
            help();
            return 0;
        }
        if (!strcmp(argv[i], "--print-config")) {
            CLEANUP(str) struct str text = {0};
            config_print(&text);
            fputs(text.p, stdout);
            return 0;
        }
        if (!strcmp(argv[i], "--verbose")) {
            level = LOG_DEBUG;
        } else if (!strcmp(argv[i], "--config") && i + 1 < argc) {
            config = argv[++i];
        } else {
            fprintf(stderr, "%s is not an option; see --help\n", argv[i]);
            return 2;
        }
    }
    if (!config) {
        fprintf(stderr, "--config FILE is missing; see --help\n");
        return 2;
    }
    process_keep_private();
    log_init("bulu-platform", level);
    return i < argc ? admin_run(config, argc - i, argv + i) : run(config);
}
