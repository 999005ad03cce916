/* A client's lines are handled one after the other; the next one waits until the last is answered. A touch is followed by the frame that
 * it causes before anything else happens, as it is for a person. What takes time (wait, drag, stroke) leaves the loop free: it goes on
 * when a frame was drawn or the client's timer (real time) is due. With a clock that is moved by hand, a gesture moves it. */
#include "app/ui/automation.h"

#if BULU_AUTOMATION

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_CLIENTS = 4, MAX_LINE = 1 << 20, DEFAULT_TIMEOUT_MS = 5000, GESTURE_STEP_MS = 10, MAX_POINTS = 20000 };

struct point {
    int x, y, at_ms;
};
struct client {
    struct automation *a;
    int fd, timer_fd; /* fd -1: free */
    struct str in, out;
    json_t *wait;          /* the request that waits to come true, or NULL */
    struct point *gesture; /* the points still to be touched, or NULL */
    size_t n_points, point;
    bool quit; /* once the answer is out */
};
struct automation {
    struct shell *shell;
    struct ui *ui;
    struct clock_fake *fake;
    char *path;
    int fd;
    int64_t frames;
    struct client clients[MAX_CLIENTS];
};

static void client_serve(struct client *c);
static void client_watch(struct client *c);

/* --- answers --- */

static void client_close(struct client *c)
{
    if (c->fd < 0)
        return;
    c->quit = false;
    json_decref(c->wait);
    c->wait = NULL;
    free(c->gesture);
    c->gesture = NULL;
    str_finish(&c->in);
    str_finish(&c->out);
    int fd = c->fd;
    c->fd = -1;
    client_watch(c);
    close(fd);
}

static void client_flush(struct client *c)
{
    size_t sent = 0;
    while (sent < c->out.len) {
        ssize_t n = send(c->fd, c->out.p + sent, c->out.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0) {
            client_close(c);
            return;
        }
        sent += (size_t)n;
    }
    if (sent > 0)
        memmove(c->out.p, c->out.p + sent, c->out.len - sent + 1);
    c->out.len -= sent;
    if (c->quit && c->out.len == 0)
        shell_quit(c->a->shell);
    client_watch(c);
}

/* Takes the answer. */
static void answer(struct client *c, json_t *body)
{
    if (c->fd >= 0) {
        char *line = json_dumps(body, JSON_COMPACT);
        str_puts(&c->out, line);
        str_putc(&c->out, '\n');
        free(line);
        client_flush(c);
    }
    json_decref(body);
}

static void answer_ok(struct client *c)
{
    answer(c, json_pack("{s:b}", "ok", 1));
}

static void answer_error(struct client *c, const char *words, const char *about)
{
    answer(c, json_pack("{s:b, s:o}", "ok", 0, "error",
                        about ? json_sprintf("%s: %s", words, about) : json_string(words)));
}

/* --- what is seen --- */

static json_t *state_json(unsigned state)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {{STATE_ENABLED, "enabled"}, {STATE_DISABLED, "disabled"}, {STATE_FOCUSED, "focused"},
                 {STATE_CHECKED, "checked"}, {STATE_SELECTED, "selected"}, {STATE_EXPANDED, "expanded"},
                 {STATE_INVALID, "invalid"}, {STATE_REQUIRED, "required"}, {STATE_BUSY, "busy"}};
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (state & names[i].bit)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

static const char *some(const char *z)
{
    return z ? z : "";
}

static void act_tree(struct client *c)
{
    struct automation *a = c->a;
    shell_step(a->shell);
    json_t *nodes = json_array();
    size_t n = ui_node_count(a->ui);
    for (size_t i = 0; i < n; i++) {
        struct ui_node_info v = ui_node_at(a->ui, i);
        json_array_append_new(nodes,
                              json_pack("{s:s, s:s, s:s, s:s, s:[i,i,i,i], s:[i,i,i,i], s:o, s:b}", "id", some(v.id),
                                        "role", some(v.role), "label", some(v.label), "value", some(v.value), "rect",
                                        v.rect.x, v.rect.y, v.rect.w, v.rect.h, "seen", v.seen.x, v.seen.y, v.seen.w,
                                        v.seen.h, "state", state_json(v.state), "visible", v.visible));
    }
    const struct strings *strings = ui_environment(a->ui)->strings;
    answer(c, json_pack("{s:b, s:s, s:I, s:s, s:o}", "ok", 1, "screen", some(ui_screen_name(a->ui)), "frame",
                        (json_int_t)a->frames, "lang", strings ? strings_lang(strings) : "", "nodes", nodes));
}

/* --- what a person does --- */

static void touch(struct automation *a, enum input_kind kind, int x, int y)
{
    shell_inject(a->shell, &(struct input_event){.kind = kind, .x = x, .y = y});
    shell_step(a->shell);
}

static void tap_at(struct automation *a, int x, int y)
{
    touch(a, INPUT_DOWN, x, y);
    touch(a, INPUT_UP, x, y);
}

static bool on_screen(const struct automation *a, int x, int y)
{
    struct pixels px = shell_pixels(a->shell);
    return x >= 0 && y >= 0 && x < px.width && y < px.height;
}

static void tap_node(struct client *c, const char *id)
{
    struct automation *a = c->a;
    struct ui_node_info node;
    shell_step(a->shell);
    if (!ui_node_find(a->ui, id, &node)) {
        answer_error(c, "no such node", id);
        return;
    }
    ui_reveal(a->ui, id);
    shell_step(a->shell);
    if (!ui_node_find(a->ui, id, &node)) {
        answer_error(c, "went away", id);
        return;
    }
    int x = node.rect.x + node.rect.w / 2, y = node.rect.y + node.rect.h / 2;
    if (node.state & STATE_DISABLED) {
        answer_error(c, "disabled", id);
    } else if (!node.visible || !on_screen(a, x, y)) {
        answer_error(c, "covered", id);
    } else {
        tap_at(a, x, y);
        answer_ok(c);
    }
}

static void act_tap(struct client *c, const json_t *request)
{
    const char *id = json_string_value(json_object_get(request, "id"));
    const json_t *x = json_object_get(request, "x"), *y = json_object_get(request, "y");
    if (id) {
        tap_node(c, id);
    } else if (!json_is_integer(x) || !json_is_integer(y)) {
        answer_error(c, "tap wants an id, or x and y", NULL);
    } else if (!on_screen(c->a, (int)json_integer_value(x), (int)json_integer_value(y))) {
        answer_error(c, "outside the screen", NULL);
    } else {
        tap_at(c->a, (int)json_integer_value(x), (int)json_integer_value(y));
        answer_ok(c);
    }
}

static bool something_has_focus(struct automation *a)
{
    size_t n = ui_node_count(a->ui);
    for (size_t i = 0; i < n; i++)
        if (ui_node_at(a->ui, i).state & STATE_FOCUSED)
            return true;
    return false;
}

static void act_type(struct client *c, const json_t *request)
{
    const char *text = json_string_value(json_object_get(request, "text"));
    if (!text) {
        answer_error(c, "type wants a text", NULL);
    } else if (!something_has_focus(c->a)) {
        answer_error(c, "no field has the focus", NULL);
    } else {
        shell_inject(c->a->shell, &(struct input_event){.kind = INPUT_TEXT, .text = text});
        shell_step(c->a->shell);
        answer_ok(c);
    }
}

static void act_key(struct client *c, const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "name"));
    if (!name || !name[0]) {
        answer_error(c, "key wants a name", NULL);
        return;
    }
    shell_inject(c->a->shell, &(struct input_event){.kind = INPUT_KEY, .text = name});
    shell_step(c->a->shell);
    answer_ok(c);
}

/* --- gestures --- */

static void timer_set(struct client *c, int64_t ms)
{
    struct itimerspec t = {.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};
    if (ms <= 0)
        t.it_value = (struct timespec){.tv_nsec = 1}; /* all zeros would stop it */
    timerfd_settime(c->timer_fd, 0, &t, NULL);
}

static void timer_stop(struct client *c)
{
    timerfd_settime(c->timer_fd, 0, &(struct itimerspec){0}, NULL);
}

/* From deadline to deadline, so that what a timer sets is on time as well. */
static void clock_move(struct automation *a, int64_t ms)
{
    int64_t until = a->fake->mono + ms;
    for (;;) {
        int64_t next = shell_next_deadline(a->shell);
        if (next >= 0 && next <= a->fake->mono)
            next = a->fake->mono + 1; /* a timer that sets itself to now: time must go on */
        bool last = next < 0 || next > until;
        clock_fake_advance(a->fake, (last ? until : next) - a->fake->mono);
        shell_step(a->shell);
        if (last)
            break;
    }
    shell_clock_moved(a->shell);
}

static void gesture_end(struct client *c)
{
    free(c->gesture);
    c->gesture = NULL;
    timer_stop(c);
    answer_ok(c);
}

/* Touches the next point; then either the time until the following one is moved by hand, or the timer is set to it. */
static void gesture_step(struct client *c)
{
    struct automation *a = c->a;
    for (;;) {
        const struct point *p = &c->gesture[c->point];
        touch(a, c->point == 0 ? INPUT_DOWN : INPUT_MOVE, p->x, p->y);
        if (++c->point == c->n_points) {
            touch(a, INPUT_UP, p->x, p->y);
            gesture_end(c);
            return;
        }
        int ms = p[1].at_ms - p->at_ms;
        if (!a->fake) {
            timer_set(c, ms);
            return;
        }
        clock_move(a, ms > 0 ? ms : 0);
    }
}

static bool point_read(const json_t *at, struct point *out)
{
    if (json_array_size(at) < 2 || !json_is_number(json_array_get(at, 0)) || !json_is_number(json_array_get(at, 1)))
        return false;
    out->x = (int)json_number_value(json_array_get(at, 0));
    out->y = (int)json_number_value(json_array_get(at, 1));
    out->at_ms = (int)json_number_value(json_array_get(at, 2)); /* 0 when there is none */
    return true;
}

static void act_drag(struct client *c, const json_t *request)
{
    struct point from, to;
    if (!point_read(json_object_get(request, "from"), &from) || !point_read(json_object_get(request, "to"), &to)) {
        answer_error(c, "drag wants from and to as [x, y]", NULL);
        return;
    }
    json_int_t ms = json_integer_value(json_object_get(request, "ms"));
    ms = ms < 0 ? 0 : ms > 60000 ? 60000 : ms;
    size_t steps = (size_t)ms / GESTURE_STEP_MS + 1;
    c->gesture = xcalloc(steps + 1, sizeof *c->gesture);
    for (size_t i = 0; i <= steps; i++)
        c->gesture[i] = (struct point){from.x + (int)((to.x - from.x) * (int64_t)i / (int64_t)steps),
                                       from.y + (int)((to.y - from.y) * (int64_t)i / (int64_t)steps),
                                       (int)(ms * (json_int_t)i / (json_int_t)steps)};
    c->n_points = steps + 1;
    c->point = 0;
    gesture_step(c);
}

static void act_stroke(struct client *c, const json_t *request)
{
    const json_t *points = json_object_get(request, "points");
    size_t n = json_array_size(points);
    bool ok = n >= 1 && n <= MAX_POINTS;
    struct point *list = xcalloc(n + 1, sizeof *list);
    for (size_t i = 0; i < n && ok; i++)
        ok = point_read(json_array_get(points, i), &list[i]) && (i == 0 || list[i].at_ms >= list[i - 1].at_ms);
    if (!ok) {
        free(list);
        answer_error(c, "stroke wants points as [[x, y, ms], …] in order of time", NULL);
        return;
    }
    c->gesture = list;
    c->n_points = n;
    c->point = 0;
    gesture_step(c);
}

/* --- waiting --- */

static bool shows_label(struct automation *a, const char *words)
{
    size_t n = ui_node_count(a->ui);
    for (size_t i = 0; i < n; i++) {
        struct ui_node_info v = ui_node_at(a->ui, i);
        if (strstr(some(v.label), words) || strstr(some(v.value), words))
            return true;
    }
    return false;
}

static bool wait_is_true(struct automation *a, const json_t *w)
{
    struct ui_node_info node;
    const char *id = json_string_value(json_object_get(w, "id")), *gone = json_string_value(json_object_get(w, "gone"));
    const char *screen = json_string_value(json_object_get(w, "screen")),
               *label = json_string_value(json_object_get(w, "label"));
    return (!id || ui_node_find(a->ui, id, &node)) && (!gone || !ui_node_find(a->ui, gone, &node)) &&
           (!screen || strcmp(some(ui_screen_name(a->ui)), screen) == 0) && (!label || shows_label(a, label));
}

static void act_wait(struct client *c, json_t *request)
{
    static const char *const what[] = {"id", "screen", "label", "gone"};
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(what); i++)
        any = any || json_is_string(json_object_get(request, what[i]));
    if (!any) {
        answer_error(c, "wait wants an id, screen, label or gone", NULL);
        return;
    }
    shell_step(c->a->shell);
    if (wait_is_true(c->a, request)) {
        answer_ok(c);
        return;
    }
    const json_t *timeout = json_object_get(request, "timeout_ms");
    c->wait = json_incref(request);
    json_int_t ms = json_is_integer(timeout) ? json_integer_value(timeout) : DEFAULT_TIMEOUT_MS;
    timer_set(c, ms > 0 ? ms : 1);
}

static void wait_end(struct client *c, bool came_true)
{
    json_decref(c->wait);
    c->wait = NULL;
    timer_stop(c);
    if (came_true)
        answer_ok(c);
    else
        answer_error(c, "timeout", NULL);
}

/* --- the rest --- */

static void act_screenshot(struct client *c, const json_t *request)
{
    const char *path = json_string_value(json_object_get(request, "path"));
    struct err e = {0};
    shell_step(c->a->shell);
    if (!path)
        answer_error(c, "screenshot wants a path", NULL);
    else if (!shell_screenshot(c->a->shell, path, &e))
        answer_error(c, e.text, NULL);
    else
        answer_ok(c);
}

static void act_advance(struct client *c, const json_t *request)
{
    const json_t *ms = json_object_get(request, "ms");
    if (!c->a->fake) {
        answer_error(c, "advance wants --fake-clock", NULL);
    } else if (!json_is_integer(ms) || json_integer_value(ms) < 0) {
        answer_error(c, "advance wants ms", NULL);
    } else {
        clock_move(c->a, json_integer_value(ms));
        answer_ok(c);
    }
}

static long rss_kb(void)
{
    CLEANUP(str) struct str text = {0};
    long total, resident;
    if (!file_read("/proc/self/statm", 4096, &text, NULL) || sscanf(str_z(&text), "%ld %ld", &total, &resident) != 2)
        return 0;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void act_stats(struct client *c)
{
    struct shell_stats v;
    shell_stats_take(c->a->shell, &v);
    answer(c, json_pack("{s:b, s:I, s:I, s:{s:I,s:I,s:I}, s:{s:I,s:I,s:I}, s:I, s:I, s:I}", "ok", 1, "frames",
                        (json_int_t)v.frames, "dirty_px", (json_int_t)v.dirty_px, "frame_us", "p50",
                        (json_int_t)v.frame_us_p50, "p99", (json_int_t)v.frame_us_p99, "max",
                        (json_int_t)v.frame_us_max, "touch_to_present_us", "p50", (json_int_t)v.touch_us_p50, "p99",
                        (json_int_t)v.touch_us_p99, "max", (json_int_t)v.touch_us_max, "wakeups", (json_int_t)v.wakeups,
                        "rss_kb", (json_int_t)rss_kb(), "start_first_frame_ms", (json_int_t)v.start_to_first_frame_ms));
}

static void act_quit(struct client *c)
{
    c->quit = true;
    answer_ok(c);
}

static void handle(struct client *c, json_t *request)
{
    const char *cmd = json_string_value(json_object_get(request, "cmd"));
    if (!cmd)
        answer_error(c, "a request has a cmd", NULL);
    else if (strcmp(cmd, "tree") == 0)
        act_tree(c);
    else if (strcmp(cmd, "tap") == 0)
        act_tap(c, request);
    else if (strcmp(cmd, "drag") == 0)
        act_drag(c, request);
    else if (strcmp(cmd, "stroke") == 0)
        act_stroke(c, request);
    else if (strcmp(cmd, "type") == 0)
        act_type(c, request);
    else if (strcmp(cmd, "key") == 0)
        act_key(c, request);
    else if (strcmp(cmd, "wait") == 0)
        act_wait(c, request);
    else if (strcmp(cmd, "screenshot") == 0)
        act_screenshot(c, request);
    else if (strcmp(cmd, "advance") == 0)
        act_advance(c, request);
    else if (strcmp(cmd, "stats") == 0)
        act_stats(c);
    else if (strcmp(cmd, "quit") == 0)
        act_quit(c);
    else
        answer_error(c, "unknown cmd", cmd);
}

/* --- connections --- */

static void client_line(struct client *c, const char *line, size_t len)
{
    json_error_t where;
    json_t *request = json_loadb(line, len, 0, &where);
    if (json_is_object(request))
        handle(c, request);
    else
        answer_error(c, "not a JSON object", request ? NULL : where.text);
    json_decref(request);
}

static void client_serve(struct client *c)
{
    char *end;
    while (c->fd >= 0 && !c->wait && !c->gesture && c->in.len && (end = memchr(c->in.p, '\n', c->in.len)) != NULL) {
        size_t len = (size_t)(end - c->in.p);
        AUTOFREE char *line = xstrndup(c->in.p, len);
        memmove(c->in.p, end + 1, c->in.len - len);
        c->in.len -= len + 1;
        client_line(c, line, len);
    }
    if (c->in.len > MAX_LINE)
        client_close(c);
}

static void client_ready(void *ctx, short revents)
{
    struct client *c = ctx;
    if (revents & POLLOUT)
        client_flush(c);
    if (c->fd < 0 || !(revents & (POLLIN | POLLHUP | POLLERR)))
        return;
    char *room = str_reserve(&c->in, 65536);
    ssize_t n = recv(c->fd, room, 65536, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        client_close(c);
        return;
    }
    c->in.len += (size_t)n;
    c->in.p[c->in.len] = '\0';
    client_serve(c);
}

static void client_timer(void *ctx, short revents)
{
    (void)revents;
    struct client *c = ctx;
    uint64_t count;
    if (read(c->timer_fd, &count, sizeof count) != sizeof count)
        return;
    if (c->wait)
        wait_end(c, wait_is_true(c->a, c->wait));
    else if (c->gesture)
        gesture_step(c);
    client_serve(c);
}

static void client_watch(struct client *c)
{
    short events = c->fd < 0 ? 0 : (short)(POLLIN | (c->out.len ? POLLOUT : 0));
    shell_watch(c->a->shell, c->fd, events, client_ready, c);
    shell_watch(c->a->shell, c->timer_fd, c->fd < 0 ? 0 : POLLIN, client_timer, c);
}

static void frame_drawn(void *ctx)
{
    struct automation *a = ctx;
    a->frames++;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (a->clients[i].fd >= 0 && a->clients[i].wait && wait_is_true(a, a->clients[i].wait))
            timer_set(&a->clients[i], 1); /* answered from the loop, not from inside the frame */
}

static void accept_client(void *ctx, short revents)
{
    (void)revents;
    struct automation *a = ctx;
    int fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < MAX_CLIENTS; i++)
        if (a->clients[i].fd < 0) {
            a->clients[i].fd = fd;
            client_watch(&a->clients[i]);
            return;
        }
    close(fd);
}

static bool listen_at(struct automation *a, struct err *e)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct stat st;
    if (strlen(a->path) >= sizeof to.sun_path)
        return err_set(e, ERR_LIMIT, "%s: a socket's path has at most %zu bytes", a->path, sizeof to.sun_path - 1);
    zcopy(to.sun_path, sizeof to.sun_path, a->path);
    if (lstat(a->path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(a->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0;
    if (bound && chmod(a->path, 0600) == 0 && listen(fd, MAX_CLIENTS) == 0) {
        a->fd = fd;
        return true;
    }
    err_sys(e, errno, "%s", a->path);
    if (bound)
        unlink(a->path); /* ours; what was there before is not */
    autoclose_cleanup(&fd);
    return false;
}

struct automation *automation_open(const char *path, struct shell *shell, struct ui *ui, struct clock_fake *fake,
                                   struct err *e)
{
    struct automation *a = xcalloc(1, sizeof *a);
    a->shell = shell;
    a->ui = ui;
    a->fake = fake;
    a->path = xstrdup(path);
    a->fd = -1;
    bool ok = true;
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        a->clients[i].a = a;
        a->clients[i].fd = -1;
        a->clients[i].timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        ok = ok && a->clients[i].timer_fd >= 0;
    }
    if (!ok)
        err_sys(e, errno, "timerfd");
    if (!ok || !listen_at(a, e)) {
        automation_close(a);
        return NULL;
    }
    shell_watch(shell, a->fd, POLLIN, accept_client, a);
    shell_after_frame(shell, frame_drawn, a);
    return a;
}

void automation_close(struct automation *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        client_close(&a->clients[i]);
        autoclose_cleanup(&a->clients[i].timer_fd);
    }
    shell_after_frame(a->shell, NULL, a);
    shell_watch(a->shell, a->fd, 0, accept_client, a);
    if (a->fd >= 0) {
        close(a->fd);
        unlink(a->path);
    }
    free(a->path);
    free(a);
}

#else

struct automation *automation_open(const char *path, struct shell *shell, struct ui *ui, struct clock_fake *fake,
                                   struct err *e)
{
    (void)path, (void)shell, (void)ui, (void)fake;
    err_set(e, ERR_STATE, "this program was built without the automation socket");
    return NULL;
}

void automation_close(struct automation *a)
{
    (void)a;
}

#endif
