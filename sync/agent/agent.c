#include "sync/agent/agent.h"

#include "sync/agent/enrol_live.h"
#include "sync/agent/metrics.h"
#include "sync/agent/watch.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/store/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define UIDS_MOST     16
#define SLEEP_MOST_MS (15 * 60 * 1000) /* a wall clock that jumped is noticed by then */

void agent_news(struct agent *a, const char *what, const json_t *body)
{
    if (a->link)
        link_news(a->link, what, body);
}

/* Two agents on one store would send each batch twice; harmless, but never wanted. The lock lives as long as the
 * process. */
static bool lock_dir(const char *dir, struct err *e)
{
    AUTOFREE char *path = path_join(dir, "agent.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(e, errno, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    close(fd);
    return err_set(e, ERR_BUSY, "another bulu-sync is running on %s", dir);
}

static int64_t last_slot(struct agent *a)
{
    CLEANUP(str) struct str z = {0};
    return store_setting_get(a->store, SETTING_AGENT_LAST_SLOT, &z, NULL) ? strtoll(str_z(&z), NULL, 10) : 0;
}

static void init_schedule(struct agent *a)
{
    const struct schedule_conf c = {.slot = {60, 4 * 3600},
                                    .every_ms = a->conf.every_s * 1000,
                                    .settle_ms = a->conf.settle_ms,
                                    .catch_up_ms = a->conf.catch_up_s * 1000,
                                    .daytime = a->conf.daytime};
    const char *device = a->enrolled ? a->identity.enrolment.device : "";
    schedule_init(&a->schedule, &c, device, a->random, last_slot(a), agent_mono(a));
}

void agent_take(struct agent *a, struct identity *found)
{
    identity_finish(&a->identity);
    a->identity = *found;
    *found = (struct identity){0};
    a->base_url = *a->conf.platform_url ? a->conf.platform_url : a->identity.enrolment.device_url;
    a->cert_expires_ms = a->identity.enrolment.expires_ms;
}

void agent_enrolled(struct agent *a)
{
    struct identity found = {0};
    struct err e = {0};
    if (!identity_load(a->conf.dir, &found, &e)) {
        if (e.code != ERR_NOT_FOUND)
            log_error("agent.identity", "why=\"%s\"", e.text);
        if (!a->enrolled) {
            log_warn("agent.identity", "this kiosk is not enrolled; bulu-ctl enrol does it");
            contact_set(a, REASON_NOT_ENROLLED);
        }
        return;
    }
    if (a->enrolled && !strcmp(found.enrolment.certificate, a->identity.enrolment.certificate)) {
        identity_finish(&found); /* our own renewal, or an enrolment that we were told of before */
        return;
    }
    feed_stop(a);
    live_abandon(a);
    packages_abandon(a);
    round_abandon(a);
    http_destroy(a->http);
    agent_take(a, &found);
    a->enrolled = true;
    bool tls = !strncmp(a->base_url, "https://", 8);
    a->http = http_create(&(struct http_conf){.ca = a->identity.ca,
                                              .cert = tls ? a->identity.cert : NULL,
                                              .key = tls ? a->identity.key : NULL,
                                              .agent = "bulu-sync/" AGENT_VERSION,
                                              .connect_ms = a->conf.connect_s * 1000,
                                              .stall_ms = a->conf.stall_s * 1000});
    init_schedule(a);
    endpoint_look(a);
    CLEANUP(str) struct str device = {0};
    bool published = store_setting_get(a->store, SETTING_KIOSK_DEVICE, &device, NULL) &&
                     !strcmp(str_z(&device), a->identity.enrolment.device);
    /* Only for another device than the store knows: heartbeats may have brought newer keys since this one was enrolled.
     */
    if (!published && !identity_publish(a->store, &a->identity.enrolment, &e))
        log_error("agent.publish", "why=\"%s\"", e.text);
    log_info("agent.identity", "kiosk=%lld url=%s", (long long)a->identity.enrolment.kiosk, a->base_url);
}

bool agent_open(struct agent *a, struct agent_conf *conf, bool with_link, struct err *e)
{
    *a = (struct agent){.conf = *conf, .clock = clock_system(), .random = random_system(), .reason = REASON_STARTING};
    const struct store_options o = {
        .dir = conf->store, .clock = a->clock, .random = a->random, .crypto = crypto_sodium()};
    unsigned uids[UIDS_MOST];
    size_t n_uids = agent_conf_uids(conf, uids, UIDS_MOST);
    if (!crypto_sodium()->self_test(e) || !dir_make(conf->dir, 0700, e) || !lock_dir(conf->dir, e))
        goto failed;
    a->store = store_open(&o, e);
    if (!a->store)
        goto failed;
    if (with_link) {
        a->link = link_server_create(conf->socket, "bulu-sync", AGENT_VERSION, uids, n_uids, &live_ops, a, e);
        if (!a->link)
            goto failed;
    }
    contact_load(a);
    packages_open(a);
    a->http = http_create(&(struct http_conf){.agent = "bulu-sync/" AGENT_VERSION, .connect_ms = 1000});
    init_schedule(a);
    agent_enrolled(a);
    a->data_version = store_data_version(a->store);
    *conf = (struct agent_conf){0};
    return true;
failed:
    store_close(a->store);
    *a = (struct agent){0};
    return false;
}

void agent_close(struct agent *a)
{
    enrol_live_finish(a);
    feed_stop(a);
    live_abandon(a);
    packages_abandon(a);
    round_abandon(a);
    link_server_destroy(a->link);
    http_destroy(a->http);
    store_close(a->store);
    identity_finish(&a->identity);
    str_finish(&a->round.text);
    str_finish(&a->round.url);
    str_finish(&a->feed_url);
    agent_conf_finish(&a->conf);
    *a = (struct agent){0};
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The app made keys for tickets that the platform has not heard of. */
static bool new_tickets(struct agent *a)
{
    struct wire_ticket_keys now = identity_ticket_keys(a->store);
    return now.given && (!a->tickets.given || memcmp(now.sign, a->tickets.sign, sizeof now.sign) != 0);
}

/* The app wrote: is there something to send? data_version is blind to our own writes, so that a round does not wake
 * itself. */
static void look_at_store(struct agent *a)
{
    struct queue_figures q = {0};
    int64_t version = store_data_version(a->store);
    if (version == a->data_version)
        return;
    a->data_version = version;
    if ((store_queue_figures(a->store, &q, NULL) && q.waiting > 0) || new_tickets(a))
        schedule_changed(&a->schedule, agent_mono(a));
}

static int sleep_ms(const struct agent *a, int64_t most)
{
    int64_t wait = schedule_wait_ms(&a->schedule, agent_mono(a), agent_now(a));
    return (int)(wait < most ? wait : most);
}

static void start_due(struct agent *a)
{
    enum round_kind kind = schedule_start(&a->schedule, agent_mono(a), agent_now(a));
    if (kind != ROUND_NONE)
        round_begin(a, kind);
}

/* One turn of the loop: everything that can happen meets in one poll. Returns false when a signal asks for the end. */
static bool turn(struct agent *a, struct watch *w, struct metrics_door *metrics, int signals, int64_t *store_look_at)
{
    struct curl_waitfd fds[LINK_SERVER_FDS + 5];
    struct pollfd links[LINK_SERVER_FDS];
    size_t n_links = link_server_fds(a->link, links, LINK_SERVER_FDS);
    unsigned n = 0;
    for (size_t i = 0; i < n_links; i++)
        fds[n++] = (struct curl_waitfd){.fd = links[i].fd, .events = links[i].events};
    fds[n++] = (struct curl_waitfd){.fd = signals, .events = CURL_WAIT_POLLIN};
    if (enrol_live_fd(a) >= 0)
        fds[n++] = (struct curl_waitfd){.fd = enrol_live_fd(a), .events = CURL_WAIT_POLLIN};
    int asked[2];
    for (size_t i = 0, n_asked = metrics_fds(metrics, asked); i < n_asked; i++)
        fds[n++] = (struct curl_waitfd){.fd = asked[i], .events = CURL_WAIT_POLLIN};
    int64_t most = SLEEP_MOST_MS, now = agent_mono(a);
    if (*store_look_at) /* somebody is typing: the watch rests until then */
        most = *store_look_at > now ? *store_look_at - now : 0;
    else
        fds[n++] = (struct curl_waitfd){.fd = w->fd, .events = CURL_WAIT_POLLIN};
    http_poll(a->http, fds, n, sleep_ms(a, most));
    for (size_t i = 0; i < n_links; i++)
        links[i].revents = fds[i].revents;
    link_server_step(a->link, links, n_links);
    enrol_live_step(a);
    metrics_step(metrics, a);
    if (fds[n_links].revents)
        return false;
    struct watched seen = watch_read(w);
    if (seen.identity)
        agent_enrolled(a);
    if (seen.store && !*store_look_at)
        *store_look_at = agent_mono(a) + a->conf.settle_ms / 2;
    if (*store_look_at && agent_mono(a) >= *store_look_at) {
        *store_look_at = 0;
        look_at_store(a);
    }
    return true;
}

int agent_run(struct agent *a)
{
    AUTOCLOSE int signals = open_signals();
    struct watch w;
    struct err e;
    int64_t store_look_at = 0;
    if (!watch_open(&w, a->conf.store, a->conf.dir, &e)) {
        log_error("agent.watch", "why=\"%s\"", e.text);
        return 1;
    }
    struct metrics_door metrics;
    if (!metrics_open(&metrics, (int)a->conf.metrics_port, &e))
        log_error("agent.metrics", "why=\"%s\"", e.text); /* figures are no reason not to deliver */
    log_info("agent.start", "version=%s socket=%s", AGENT_VERSION, a->conf.socket);
    do
        start_due(a);
    while (turn(a, &w, &metrics, signals, &store_look_at));
    log_info("agent.stop", "by signal");
    metrics_close(&metrics);
    watch_close(&w);
    return 0;
}

int agent_once(struct agent *a)
{
    struct queue_figures q = {0};
    signal(SIGPIPE, SIG_IGN);
    do {
        a->schedule.running = ROUND_NIGHTLY;
        round_begin(a, ROUND_NIGHTLY);
        while (a->round.kind || a->packages.request)
            http_poll(a->http, NULL, 0, 1000);
        if (a->reason != REASON_NONE) {
            log_error("agent.once", "reason=%s words=\"%s\"", reason_key(a->reason), reason_words(a->reason));
            return 1;
        }
        if (!store_queue_figures(a->store, &q, NULL))
            return 1;
    } while (a->round.progress && q.waiting + q.sending > 0);
    if (q.waiting + q.sending > 0)
        log_error("agent.once", "waiting=%lld sending=%lld", (long long)q.waiting, (long long)q.sending);
    return q.waiting + q.sending > 0;
}
