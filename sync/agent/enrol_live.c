#include "sync/agent/enrol_live.h"

#include "sync/agent/enrol.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/enrol.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TEXT_MOST 4096
#define WAIT_MS   60000

struct enrol_live {
    pthread_t thread;
    int done_fd; /* eventfd; the thread's last word */
    struct link_request *link;
    struct wire_invitation invitation;
    const char *dir, *store_dir;
    /* the thread's until done_fd is readable */
    bool ok;
    struct err e;
    struct wire_enrolment out;
};

static void *work(void *ctx)
{
    struct enrol_live *l = ctx;
    const struct store_options so = {l->store_dir, clock_system(), random_system(), crypto_sodium(), false};
    struct store *s = store_open(&so, &l->e);
    if (s) {
        const struct enrol_options o = {.dir = l->dir, .store = s, .version = AGENT_VERSION, .timeout_ms = WAIT_MS};
        l->ok = enrol(&l->invitation, &o, &l->out, &l->e);
        store_close(s);
    }
    const uint64_t one = 1;
    while (write(l->done_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    return NULL;
}

void enrol_live_begin(struct agent *a, struct link_request *r, const json_t *body)
{
    const json_t *text = json_object_get(body, "text");
    struct err e = {0};
    if (a->enrolling) {
        link_refuse(r, "link.enrol.busy", 409, NULL);
        return;
    }
    struct enrol_live *l = xcalloc(1, sizeof *l);
    bool ok = json_is_string(text) && json_string_length(text) <= TEXT_MOST
                  ? wire_invitation_parse(json_string_value(text), json_string_length(text), &l->invitation, &e)
                  : err_set(&e, ERR_FORMAT, "text: expected the enrolment text");
    if (!ok) {
        link_refuse(r, "link.enrol.text", 400, NULL);
        free(l);
        return;
    }
    l->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->link = r;
    l->dir = a->conf.dir;
    l->store_dir = a->conf.store;
    if (l->done_fd < 0 || pthread_create(&l->thread, NULL, work, l) != 0) {
        link_refuse(r, "link.enrol.failed", 500, NULL);
        if (l->done_fd >= 0)
            close(l->done_fd);
        free(l);
        return;
    }
    a->enrolling = l;
}

int enrol_live_fd(const struct agent *a)
{
    return a->enrolling ? a->enrolling->done_fd : -1;
}

static const char *problem_key(enum err_code code)
{
    switch (code) {
    case ERR_DENIED:
        return "link.enrol.denied";
    case ERR_NETWORK:
    case ERR_TIMEOUT:
        return "link.enrol.network";
    case ERR_CRYPTO:
        return "link.enrol.other";
    case ERR_BUSY:
        return "link.enrol.busy";
    default:
        return "link.enrol.failed";
    }
}

static void answer(struct agent *a, struct enrol_live *l)
{
    if (l->ok)
        log_info("agent.enrol", "kiosk=%lld", (long long)l->out.kiosk);
    else
        log_warn("agent.enrol", "code=%s why=\"%s\"", err_code_name(l->e.code), l->e.text);
    if (l->ok)
        agent_enrolled(a);
    if (!l->link)
        return;
    if (l->ok) {
        json_t *body = json_pack("{s:I, s:s}", "kiosk", (json_int_t)l->out.kiosk, "hall", l->out.hall);
        link_answer(l->link, body);
        json_decref(body);
    } else {
        link_refuse(l->link, problem_key(l->e.code), 502, NULL);
    }
}

static void end(struct agent *a)
{
    struct enrol_live *l = a->enrolling;
    pthread_join(l->thread, NULL);
    answer(a, l);
    a->enrolling = NULL;
    close(l->done_fd);
    wire_enrolment_finish(&l->out);
    free(l);
}

void enrol_live_step(struct agent *a)
{
    uint64_t n;
    if (a->enrolling && read(a->enrolling->done_fd, &n, sizeof n) == (ssize_t)sizeof n)
        end(a);
}

void enrol_live_gone(struct agent *a, const struct link_request *r)
{
    if (a->enrolling && a->enrolling->link == r)
        a->enrolling->link = NULL;
}

void enrol_live_finish(struct agent *a)
{
    if (!a->enrolling)
        return;
    a->enrolling->link = NULL;
    end(a);
}
