/* The one loop: input, descriptors, timers and wakes are handled, a frame is drawn if one was asked for, and then it
 * sleeps until something is due. Offscreen it sleeps in poll() on its own descriptors: nothing due, no wakeups. With a
 * window SDL must be waited for; a watcher thread then sleeps on our descriptors and wakes SDL when one is ready, and
 * the loop polls them without waiting. */
#include "app/shell/internal.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/str.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_WATCHES 64
#define MAX_TIMERS  64
#define MAX_WAKES   8
#define SAMPLES     1024

struct watch {
    int fd;
    short events;
    void (*fn)(void *ctx, short revents);
    void *ctx;
};
struct timer {
    int64_t deadline;
    void (*fn)(void *ctx);
    void *ctx;
};
struct wake {
    void (*fn)(void *ctx);
    void *ctx;
};
/* The last SAMPLES durations in µs. */
struct samples {
    int64_t us[SAMPLES];
    size_t n;
};

struct shell {
    struct shell_options options;
    struct shell_ops ops;
    void *ctx;
    struct pixels px;
    struct window *window; /* NULL offscreen */
    bool quit, dirty;
    int wake_fd;

    struct watch watches[MAX_WATCHES];
    size_t n_watches;
    struct timer timers[MAX_TIMERS];
    size_t n_timers;
    struct wake wakes[MAX_WAKES];
    size_t n_wakes;
    struct wake after_frame[MAX_WAKES];
    size_t n_after_frame;

    struct { /* the watcher thread of a window */
        pthread_t thread;
        pthread_mutex_t lock; /* of fds, n and stop */
        struct pollfd fds[MAX_WATCHES + 2];
        size_t n;
        bool stop, running;
        int change_fd;
        sem_t handled;
        bool waiting; /* atomically: it told the loop and waits for handled */
    } watcher;

    struct shell_stats stats;
    struct samples frame_us, touch_us;
    int64_t started_us, touch_since_us; /* 0: no touch waits to be shown */
    bool first_frame_shown;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How long this process had lived, in µs: the kernel notes its start in ticks of 10 ms. 0 when it does not say. */
static int64_t process_age_us(void)
{
    CLEANUP(str) struct str stat = {0};
    const char *after_name;
    unsigned long long start;
    if (!file_read("/proc/self/stat", 4096, &stat, NULL) || !(after_name = strrchr(str_z(&stat), ')')) ||
        sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &start) != 1)
        return 0;
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    int64_t age = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 -
                  (int64_t)(start * 1000000 / (unsigned long long)sysconf(_SC_CLK_TCK));
    return age > 0 ? age : 0;
}

/* --- the watcher thread --- */

static size_t pollfds(const struct shell *s, struct pollfd *out)
{
    out[0] = (struct pollfd){.fd = s->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < s->n_watches; i++)
        out[i + 1] = (struct pollfd){.fd = s->watches[i].fd, .events = s->watches[i].events};
    return s->n_watches + 1;
}

static void counter_drain(int fd)
{
    uint64_t n;
    while (read(fd, &n, sizeof n) < 0 && errno == EINTR)
        ;
}

static void counter_add(int fd)
{
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void *watcher_main(void *arg)
{
    struct shell *s = arg;
    struct pollfd fds[MAX_WATCHES + 2];
    for (;;) {
        pthread_mutex_lock(&s->watcher.lock);
        size_t n = s->watcher.n;
        bool stop = s->watcher.stop;
        memcpy(fds, s->watcher.fds, n * sizeof *fds);
        pthread_mutex_unlock(&s->watcher.lock);
        if (stop)
            return NULL;
        fds[n] = (struct pollfd){.fd = s->watcher.change_fd, .events = POLLIN};
        if (poll(fds, n + 1, -1) < 0)
            continue;
        if (fds[n].revents) {
            counter_drain(s->watcher.change_fd);
            continue;
        }
        __atomic_store_n(&s->watcher.waiting, true, __ATOMIC_SEQ_CST);
        window_wake(s->window);
        while (sem_wait(&s->watcher.handled) != 0)
            ;
    }
}

static void watcher_update(struct shell *s)
{
    if (!s->watcher.running)
        return;
    pthread_mutex_lock(&s->watcher.lock);
    s->watcher.n = pollfds(s, s->watcher.fds);
    pthread_mutex_unlock(&s->watcher.lock);
    counter_add(s->watcher.change_fd);
}

static bool watcher_start(struct shell *s, struct err *e)
{
    pthread_mutex_init(&s->watcher.lock, NULL);
    sem_init(&s->watcher.handled, 0, 0);
    s->watcher.change_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->watcher.change_fd < 0)
        return err_sys(e, errno, "eventfd");
    s->watcher.n = pollfds(s, s->watcher.fds);
    int error = pthread_create(&s->watcher.thread, NULL, watcher_main, s);
    s->watcher.running = error == 0;
    return error == 0 || err_sys(e, error, "watcher thread");
}

static void watcher_release(struct shell *s)
{
    if (s->watcher.running && __atomic_exchange_n(&s->watcher.waiting, false, __ATOMIC_SEQ_CST))
        sem_post(&s->watcher.handled);
}

static void watcher_stop(struct shell *s)
{
    if (!s->watcher.running)
        return;
    pthread_mutex_lock(&s->watcher.lock);
    s->watcher.stop = true;
    pthread_mutex_unlock(&s->watcher.lock);
    counter_add(s->watcher.change_fd);
    sem_post(&s->watcher.handled);
    pthread_join(s->watcher.thread, NULL);
    sem_destroy(&s->watcher.handled);
    pthread_mutex_destroy(&s->watcher.lock);
}

/* --- life --- */

struct shell *shell_create(const struct shell_options *o, const struct shell_ops *ops, void *ctx, struct err *e)
{
    if (o->width < 1 || o->height < 1 || o->width > 16384 || o->height > 16384) {
        err_set(e, ERR_CONFIG, "framebuffer of %d×%d pixels", o->width, o->height);
        return NULL;
    }
    struct shell *s = xcalloc(1, sizeof *s);
    s->options = *o;
    s->ops = *ops;
    s->ctx = ctx;
    s->started_us = now_us() - process_age_us();
    s->watcher.change_fd = -1;
    s->px = (struct pixels){xcalloc((size_t)o->width * (size_t)o->height, 4), o->width, o->height, o->width};
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool ok = s->wake_fd >= 0 || err_sys(e, errno, "eventfd");
    if (ok && !o->offscreen) {
        s->window = window_open(o, e);
        ok = s->window && watcher_start(s, e);
    }
    if (!ok) {
        shell_destroy(s);
        return NULL;
    }
    s->dirty = true;
    return s;
}

void shell_destroy(struct shell *s)
{
    if (!s)
        return;
    watcher_stop(s);
    window_close(s->window);
    autoclose_cleanup(&s->wake_fd);
    autoclose_cleanup(&s->watcher.change_fd);
    free(s->px.p);
    free(s);
}

void shell_quit(struct shell *s)
{
    s->quit = true;
}

void shell_invalidate(struct shell *s)
{
    s->dirty = true;
}

const struct clock *shell_clock(const struct shell *s)
{
    return s->options.clock;
}

void shell_clock_moved(struct shell *s)
{
    shell_wake(s);
}

struct pixels shell_pixels(struct shell *s)
{
    return s->px;
}

/* --- input --- */

void shell_deliver(struct shell *s, const struct input_event *ev)
{
    struct input_event stamped = *ev;
    stamped.mono_ms = clock_mono(s->options.clock);
    bool touch = ev->kind == INPUT_DOWN || ev->kind == INPUT_MOVE || ev->kind == INPUT_UP;
    if (touch && !s->touch_since_us)
        s->touch_since_us = now_us();
    s->ops.input(s->ctx, &stamped);
}

void shell_inject(struct shell *s, const struct input_event *ev)
{
    shell_deliver(s, ev);
}

/* --- descriptors, timers, wakes --- */

void shell_watch(struct shell *s, int fd, short events, void (*fn)(void *ctx, short revents), void *ctx)
{
    size_t i = 0;
    while (i < s->n_watches && !(s->watches[i].fn == fn && s->watches[i].ctx == ctx))
        i++;
    if (events) {
        if (i == MAX_WATCHES)
            abort(); /* a program that watches so many descriptors has lost count of them */
        s->watches[i] = (struct watch){fd, events, fn, ctx};
        if (i == s->n_watches)
            s->n_watches++;
    } else if (i < s->n_watches) {
        s->watches[i] = s->watches[--s->n_watches];
    }
    watcher_update(s);
}

void shell_timer(struct shell *s, int64_t deadline_ms, void (*fn)(void *ctx), void *ctx)
{
    size_t i = 0;
    while (i < s->n_timers && !(s->timers[i].fn == fn && s->timers[i].ctx == ctx))
        i++;
    if (deadline_ms >= 0) {
        if (i == MAX_TIMERS)
            abort();
        s->timers[i] = (struct timer){deadline_ms, fn, ctx};
        if (i == s->n_timers)
            s->n_timers++;
    } else if (i < s->n_timers) {
        s->timers[i] = s->timers[--s->n_timers];
    }
}

void shell_on_wake(struct shell *s, void (*fn)(void *ctx), void *ctx)
{
    if (s->n_wakes == MAX_WAKES)
        abort();
    s->wakes[s->n_wakes++] = (struct wake){fn, ctx};
}

void shell_wake(struct shell *s)
{
    counter_add(s->wake_fd);
}

void shell_after_frame(struct shell *s, void (*fn)(void *ctx), void *ctx)
{
    size_t i = 0;
    while (i < s->n_after_frame && s->after_frame[i].ctx != ctx)
        i++;
    if (!fn && i < s->n_after_frame)
        s->after_frame[i] = s->after_frame[--s->n_after_frame];
    if (!fn)
        return;
    if (i == MAX_WAKES)
        abort();
    s->after_frame[i] = (struct wake){fn, ctx};
    if (i == s->n_after_frame)
        s->n_after_frame++;
}

int64_t shell_next_deadline(const struct shell *s)
{
    int64_t first = -1;
    for (size_t i = 0; i < s->n_timers; i++)
        if (first < 0 || s->timers[i].deadline < first)
            first = s->timers[i].deadline;
    return first;
}

/* Earliest first, so that what a test sees after moving its clock far does not depend on the table's order. */
static struct timer *timer_due(struct shell *s, int64_t now)
{
    struct timer *first = NULL;
    for (size_t i = 0; i < s->n_timers; i++)
        if (s->timers[i].deadline <= now && (!first || s->timers[i].deadline < first->deadline))
            first = &s->timers[i];
    return first;
}

static void timers_run(struct shell *s)
{
    /* Bounded: a timer that sets itself to now must not shut out input and frames. */
    for (size_t rounds = s->n_timers; rounds > 0; rounds--) {
        struct timer *due = timer_due(s, clock_mono(s->options.clock));
        if (!due)
            return;
        struct timer t = *due;
        *due = s->timers[--s->n_timers];
        t.fn(t.ctx);
    }
}

/* Milliseconds to sleep: 0 at once, -1 for ever. */
static int sleep_ms(const struct shell *s)
{
    if (s->dirty || s->quit)
        return 0;
    int64_t now = clock_mono(s->options.clock), first = shell_next_deadline(s);
    if (first >= 0 && first <= now)
        return 0;
    if (first < 0 || s->options.clock != clock_system())
        return -1; /* a clock that is moved by hand is not waited for */
    return first - now > 3600000 ? 3600000 : (int)(first - now);
}

/* Calls whoever's descriptor is ready. A function may add and remove entries, so each is looked up again. */
static void descriptors_run(struct shell *s, const struct pollfd *fds, size_t n)
{
    if (fds[0].revents) {
        counter_drain(s->wake_fd);
        for (size_t i = 0; i < s->n_wakes; i++)
            s->wakes[i].fn(s->wakes[i].ctx);
    }
    struct watch ready[MAX_WATCHES];
    short revents[MAX_WATCHES];
    size_t n_ready = 0;
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; fds[i].revents && k < s->n_watches; k++)
            if (s->watches[k].fd == fds[i].fd && s->watches[k].events == fds[i].events) {
                ready[n_ready] = s->watches[k];
                revents[n_ready++] = fds[i].revents;
                break;
            }
    for (size_t i = 0; i < n_ready; i++)
        for (size_t k = 0; k < s->n_watches; k++)
            if (s->watches[k].fn == ready[i].fn && s->watches[k].ctx == ready[i].ctx &&
                s->watches[k].fd == ready[i].fd) {
                ready[i].fn(ready[i].ctx, revents[i]);
                break;
            }
}

static void sleep_until_due(struct shell *s)
{
    int timeout = sleep_ms(s);
    if (s->window) {
        window_wait(s->window, s, timeout);
        if (window_needs_repaint(s->window)) {
            struct rect all = {0, 0, s->px.width, s->px.height};
            window_present(s->window, &s->px, &all, 1);
        }
        timeout = 0;
    }
    struct pollfd fds[MAX_WATCHES + 2];
    size_t n = pollfds(s, fds);
    if (poll(fds, n, timeout) > 0)
        descriptors_run(s, fds, n);
    watcher_release(s);
    s->stats.wakeups++;
}

/* --- frames --- */

static void sample_add(struct samples *v, int64_t us)
{
    v->us[v->n++ % SAMPLES] = us;
}

void shell_present(struct shell *s, const struct rect *dirty, int n)
{
    for (int i = 0; i < n; i++)
        s->stats.dirty_px += (int64_t)dirty[i].w * dirty[i].h;
    if (s->window)
        window_present(s->window, &s->px, dirty, n);
    int64_t now = now_us();
    if (s->touch_since_us && n > 0) {
        sample_add(&s->touch_us, now - s->touch_since_us);
        s->touch_since_us = 0;
    }
    if (!s->first_frame_shown) {
        s->first_frame_shown = true;
        s->stats.start_to_first_frame_ms = (now - s->started_us) / 1000;
    }
}

static void frame(struct shell *s)
{
    s->dirty = false;
    int64_t start = now_us();
    s->ops.frame(s->ctx);
    sample_add(&s->frame_us, now_us() - start);
    s->stats.frames++;
    s->touch_since_us = 0; /* a touch that changed nothing is not measured against the next one's frame */
    for (size_t i = 0; i < s->n_after_frame; i++)
        s->after_frame[i].fn(s->after_frame[i].ctx);
}

void shell_step(struct shell *s)
{
    timers_run(s);
    if (s->dirty)
        frame(s);
}

void shell_run(struct shell *s)
{
    s->quit = false;
    while (!s->quit) {
        timers_run(s);
        if (s->dirty && !s->quit)
            frame(s);
        if (!s->quit)
            sleep_until_due(s);
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void samples_take(struct samples *v, int64_t *p50, int64_t *p99, int64_t *max)
{
    size_t n = v->n < SAMPLES ? v->n : SAMPLES;
    *p50 = *p99 = *max = 0;
    if (n) {
        qsort(v->us, n, sizeof *v->us, by_value);
        *p50 = v->us[n / 2];
        *p99 = v->us[(n * 99 + 99) / 100 - 1];
        *max = v->us[n - 1];
    }
    v->n = 0;
}

void shell_stats_take(struct shell *s, struct shell_stats *out)
{
    *out = s->stats;
    samples_take(&s->frame_us, &out->frame_us_p50, &out->frame_us_p99, &out->frame_us_max);
    samples_take(&s->touch_us, &out->touch_us_p50, &out->touch_us_p99, &out->touch_us_max);
    int64_t first = s->stats.start_to_first_frame_ms;
    s->stats = (struct shell_stats){.start_to_first_frame_ms = first};
}
