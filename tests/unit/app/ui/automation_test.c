#include "app/ui/automation.h"

#include "app/ui/theme.h"
#include "tests/support/t.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { GO = 1, FAR, LATE, FIELD, SIGN };

/* A page with what a test touches: a button, a disabled one, a field, a signature pad, a button far down; and a second page. */
struct world {
    struct clock_fake clock;
    struct shell *shell;
    struct ui *ui;
    struct fonts *fonts;
    struct strings *zh;
    struct theme_set themes;
    struct automation *automation;
    char dir[32], path[64];
    int taps, far, late;
    char typed[64], signature[256];
    bool second, dialog;
};

static void view(void *ctx, struct ui *u)
{
    struct world *w = ctx;
    ui_page_open(u, &(struct ui_page){.id = w->second ? "second" : "first", .title = "试验页"});
    UI_BUTTON(u, .id = "first.go", .label = "走", .action = ACT(.kind = GO));
    UI_BUTTON(u, .id = "first.off", .label = "不可用", .action = ACT(.kind = GO), .disabled = true);
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "first.name", .label = "姓名", .action = ACT(.kind = FIELD)},
                                       .value = w->typed,
                                       .keyboard = "latin"});
    char late[32];
    snprintf(late, sizeof late, "晚了 %d 次", w->late);
    UI_TEXT(u, .id = "first.late", .text = late);
    ui_signature(u, "first.sign", "签名", ACT(.kind = SIGN));
    for (int i = 0; i < 60; i++)
        ui_text(u, TEXT_BODY, "很长的一页");
    UI_BUTTON(u, .id = "first.far", .label = "远处", .action = ACT(.kind = FAR));
    ui_page_close(u);
    if (w->dialog) {
        ui_dialog_open(u, &(struct ui_dialog){.id = "ask", .title = "问一句"});
        ui_dialog_close(u);
    }
}

static void event(void *ctx, const struct ui_event *ev)
{
    struct world *w = ctx;
    switch (ev->action.kind) {
    case GO:
        w->taps++;
        w->dialog = w->taps == 3;
        break;
    case FAR:
        w->far++;
        break;
    case FIELD:
        zcopy(w->typed, sizeof w->typed, ev->text);
        break;
    case SIGN:
        zcopy(w->signature, sizeof w->signature, ev->text);
        break;
    }
    ui_changed(w->ui);
}

static void on_input(void *ctx, const struct input_event *ev)
{
    ui_input(((struct world *)ctx)->ui, ev);
}

static void on_frame(void *ctx)
{
    ui_frame(((struct world *)ctx)->ui);
}

static void be_late(void *ctx)
{
    struct world *w = ctx;
    w->late++;
    ui_changed(w->ui);
    shell_timer(w->shell, clock_mono(&w->clock.clock) + 1000, be_late, w);
}

static void must(bool ok, const struct err *e)
{
    if (!ok)
        fail_msg("%s", e->text);
}

static int setup(void **state)
{
    struct err e = {0};
    struct world *w = xcalloc(1, sizeof *w);
    clock_fake_init(&w->clock, 1795400000000);
    strcpy(w->dir, "/tmp/bulu-auto-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/sock", w->dir);
    struct shell_options o = {.width = 1080, .height = 1920, .offscreen = true, .clock = &w->clock.clock};
    w->shell = shell_create(&o, &(struct shell_ops){on_input, on_frame}, w, &e);
    must(w->shell != NULL, &e);
    w->fonts = fonts_open("fonts", &e);
    must(w->fonts != NULL, &e);
    must(theme_load("assets", &w->themes, &e), &e);
    w->zh = strings_load("assets/strings/zh.po", &e);
    must(w->zh != NULL, &e);
    w->ui = ui_create(
        &(struct ui_options){.shell = w->shell, .fonts = w->fonts, .themes = &w->themes, .assets_dir = "assets"}, &e);
    must(w->ui != NULL, &e);
    ui_set_language(w->ui, w->zh, w->zh);
    ui_set_view(w->ui, "first", view, event, w);
    w->automation = automation_open(w->path, w->shell, w->ui, &w->clock, &e);
    must(w->automation != NULL, &e);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    automation_close(w->automation);
    struct stat st;
    int gone = lstat(w->path, &st) != 0 && errno == ENOENT;
    ui_destroy(w->ui);
    strings_destroy(w->zh);
    fonts_close(w->fonts);
    shell_destroy(w->shell);
    rmdir(w->dir);
    free(w);
    return gone ? 0 : -1;
}

/* --- the other side: a thread that writes everything at once and reads until the socket is closed or n lines came --- */

struct talk {
    const char *path;
    const char *const *lines;
    size_t n;
    char *answers[32];
    size_t n_answers;
};

static void *talk_main(void *arg)
{
    struct talk *t = arg;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    zcopy(to.sun_path, sizeof to.sun_path, t->path);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        return NULL;
    CLEANUP(str) struct str all = {0}, in = {0};
    for (size_t i = 0; i < t->n; i++)
        str_printf(&all, "%s\n", t->lines[i]);
    str_puts(&all, "{\"cmd\":\"quit\"}\n");
    for (size_t sent = 0; sent < all.len;) { /* in small pieces: a line may come in two */
        size_t n = all.len - sent < 13 ? all.len - sent : 13;
        if (send(fd, all.p + sent, n, MSG_NOSIGNAL) != (ssize_t)n)
            break;
        sent += n;
    }
    char *end;
    while (t->n_answers < t->n + 1) {
        char bytes[4096];
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n <= 0)
            break;
        str_add(&in, bytes, (size_t)n);
        while (t->n_answers < t->n + 1 && (end = memchr(in.p, '\n', in.len)) != NULL) {
            size_t len = (size_t)(end - in.p);
            t->answers[t->n_answers++] = xstrndup(in.p, len);
            memmove(in.p, end + 1, in.len - len);
            in.len -= len + 1;
        }
    }
    close(fd);
    return NULL;
}

static void talk(struct world *w, struct talk *t)
{
    t->path = w->path;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, talk_main, t), 0);
    shell_run(w->shell);
    pthread_join(thread, NULL);
    assert_int_equal(t->n_answers, t->n + 1);
}

static void talk_free(struct talk *t)
{
    for (size_t i = 0; i < t->n_answers; i++)
        free(t->answers[i]);
}

struct exchange {
    const char *ask, *error; /* NULL: ok */
};

static void exchange_all(struct world *w, const struct exchange *list, size_t n)
{
    const char *lines[31];
    for (size_t i = 0; i < n; i++)
        lines[i] = list[i].ask;
    struct talk t = {.lines = lines, .n = n};
    talk(w, &t);
    for (size_t i = 0; i < n; i++) {
        json_t *answer = json_loads(t.answers[i], 0, NULL);
        assert_true(json_is_object(answer));
        const char *error = json_string_value(json_object_get(answer, "error"));
        if (json_is_true(json_object_get(answer, "ok")) != !list[i].error ||
            (list[i].error && !strstr(error ? error : "", list[i].error)))
            fail_msg("%s → %s", list[i].ask, t.answers[i]);
        json_decref(answer);
    }
    talk_free(&t);
}

static void touches_go_where_a_person_would_touch(void **state)
{
    struct world *w = *state;
    static const struct exchange list[] = {
        {"{\"cmd\":\"tap\",\"id\":\"first.go\"}", NULL},
        {"{\"cmd\":\"tap\",\"id\":\"first.far\"}", NULL}, /* scrolled into view first */
        {"{\"cmd\":\"tap\",\"id\":\"first.go\"}", NULL},  /* and back */
        {"{\"cmd\":\"tap\",\"id\":\"first.off\"}", "disabled"},
        {"{\"cmd\":\"tap\",\"id\":\"first.none\"}", "no such node"},
        {"{\"cmd\":\"tap\",\"x\":5000,\"y\":3}", "outside"},
        {"{\"cmd\":\"tap\",\"x\":3}", "wants an id"},
    };
    exchange_all(w, list, ARRAY_LEN(list));
    assert_int_equal(w->taps, 2);
    assert_int_equal(w->far, 1);
    static const struct exchange covered[] = {
        {"{\"cmd\":\"tap\",\"id\":\"first.go\"}", NULL}, /* opens the dialog */
        {"{\"cmd\":\"wait\",\"id\":\"ask\"}", NULL},
        {"{\"cmd\":\"tap\",\"id\":\"first.go\"}", "covered"},
    };
    exchange_all(w, covered, ARRAY_LEN(covered));
    assert_int_equal(w->taps, 3);
}

static void text_goes_into_the_field_that_has_the_focus(void **state)
{
    struct world *w = *state;
    static const struct exchange list[] = {
        {"{\"cmd\":\"type\",\"text\":\"无处\"}", "no field has the focus"},
        {"{\"cmd\":\"type\"}", "wants a text"},
        {"{\"cmd\":\"tap\",\"id\":\"first.name\"}", NULL},
        {"{\"cmd\":\"type\",\"text\":\"阿依古丽·\"}", NULL},
        {"{\"cmd\":\"type\",\"text\":\"买买提x\"}", NULL},
        {"{\"cmd\":\"key\",\"name\":\"Backspace\"}", NULL},
        {"{\"cmd\":\"wait\",\"label\":\"买买提\"}", NULL},
        {"{\"cmd\":\"key\"}", "wants a name"},
    };
    exchange_all(w, list, ARRAY_LEN(list));
    assert_string_equal(w->typed, "阿依古丽·买买提");
}

static void a_gesture_takes_its_time_on_the_clock_that_is_moved(void **state)
{
    struct world *w = *state;
    struct ui_node_info sign;
    shell_step(w->shell);
    assert_true(ui_node_find(w->ui, "first.sign", &sign));
    int64_t before = clock_mono(&w->clock.clock);
    AUTOFREE char *stroke =
        xasprintf("{\"cmd\":\"stroke\",\"points\":[[%d,%d,0],[%d,%d,40],[%d,%d,90]]}", sign.rect.x + 60,
                  sign.rect.y + 60, sign.rect.x + 160, sign.rect.y + 90, sign.rect.x + 220, sign.rect.y + 70);
    const struct exchange list[] = {{stroke, NULL},
                                    {"{\"cmd\":\"stroke\",\"points\":[]}", "stroke wants"},
                                    {"{\"cmd\":\"stroke\",\"points\":[[1,2,9],[1,2,3]]}", "in order of time"},
                                    {"{\"cmd\":\"drag\",\"from\":[500,1500],\"to\":[500,400],\"ms\":200}", NULL},
                                    {"{\"cmd\":\"drag\",\"from\":[500]}", "drag wants"}};
    exchange_all(w, list, ARRAY_LEN(list));
    assert_int_equal(clock_mono(&w->clock.clock) - before, 290);
    assert_true(strlen(w->signature) > 8);
    struct ui_node_info moved;
    assert_true(ui_node_find(w->ui, "first.sign", &moved));
    assert_true(moved.rect.y < sign.rect.y - 500); /* the page was dragged up */
}

static void waiting_ends_when_it_is_so_or_in_time(void **state)
{
    struct world *w = *state;
    static const struct exchange list[] = {
        {"{\"cmd\":\"wait\",\"screen\":\"first\"}", NULL},
        {"{\"cmd\":\"wait\",\"id\":\"first.go\"}", NULL},
        {"{\"cmd\":\"wait\",\"gone\":\"first.none\"}", NULL},
        {"{\"cmd\":\"wait\",\"screen\":\"other\",\"timeout_ms\":30}", "timeout"},
        {"{\"cmd\":\"wait\",\"gone\":\"first.go\",\"timeout_ms\":1}", "timeout"},
        {"{\"cmd\":\"wait\"}", "wait wants"},
    };
    exchange_all(w, list, ARRAY_LEN(list));
}

static void the_clock_is_advanced_from_deadline_to_deadline(void **state)
{
    struct world *w = *state;
    shell_timer(w->shell, clock_mono(&w->clock.clock) + 1000, be_late, w);
    static const struct exchange list[] = {
        {"{\"cmd\":\"advance\",\"ms\":999}", NULL},   {"{\"cmd\":\"wait\",\"label\":\"晚了 0 次\"}", NULL},
        {"{\"cmd\":\"advance\",\"ms\":1}", NULL},     {"{\"cmd\":\"wait\",\"label\":\"晚了 1 次\"}", NULL},
        {"{\"cmd\":\"advance\",\"ms\":60000}", NULL}, {"{\"cmd\":\"wait\",\"label\":\"晚了 61 次\"}", NULL},
        {"{\"cmd\":\"advance\"}", "wants ms"},        {"{\"cmd\":\"advance\",\"ms\":-5}", "wants ms"},
    };
    exchange_all(w, list, ARRAY_LEN(list));
    shell_timer(w->shell, -1, be_late, w);
}

static void what_is_no_request_is_answered_with_an_error(void **state)
{
    struct world *w = *state;
    static const struct exchange list[] = {
        {"{", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"", "not a JSON object"},
        {"{\"cmd\":7}", "has a cmd"},
        {"{\"cmd\":\"state\"}", "unknown cmd: state"},
        {"{\"cmd\":\"screenshot\"}", "wants a path"},
        {"{\"cmd\":\"screenshot\",\"path\":\"/nonexistent/a.png\"}", "/nonexistent/a.png"},
        {"{\"cmd\":\"stats\"}", NULL},
    };
    exchange_all(w, list, ARRAY_LEN(list));
}

static void the_tree_shows_what_a_person_sees(void **state)
{
    struct world *w = *state;
    static const char *const lines[] = {"{\"cmd\":\"tree\"}", "{\"cmd\":\"stats\"}"};
    struct talk t = {.lines = lines, .n = 2};
    talk(w, &t);
    json_t *tree = json_loads(t.answers[0], 0, NULL), *stats = json_loads(t.answers[1], 0, NULL);
    assert_string_equal(json_string_value(json_object_get(tree, "screen")), "first");
    assert_string_equal(json_string_value(json_object_get(tree, "lang")), "zh");
    assert_true(json_integer_value(json_object_get(tree, "frame")) >= 1);
    size_t i;
    json_t *node;
    bool found = false;
    json_array_foreach(json_object_get(tree, "nodes"), i, node)
    {
        if (strcmp(json_string_value(json_object_get(node, "id")), "first.off") != 0)
            continue;
        found = true;
        assert_string_equal(json_string_value(json_object_get(node, "role")), "button");
        assert_string_equal(json_string_value(json_object_get(node, "label")), "不可用");
        assert_int_equal(json_array_size(json_object_get(node, "rect")), 4);
        assert_string_equal(json_string_value(json_array_get(json_object_get(node, "state"), 0)), "disabled");
    }
    assert_true(found);
    assert_true(json_integer_value(json_object_get(stats, "frames")) >= 1);
    assert_true(json_integer_value(json_object_get(json_object_get(stats, "frame_us"), "max")) > 0);
    assert_true(json_integer_value(json_object_get(stats, "rss_kb")) > 1000);
    json_decref(tree);
    json_decref(stats);
    talk_free(&t);
}

static void a_socket_that_a_dead_process_left_is_replaced_and_a_file_is_not(void **state)
{
    struct world *w = *state;
    struct err e = {0};
    AUTOFREE char *other = xasprintf("%s/other", w->dir);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    zcopy(at.sun_path, sizeof at.sun_path, other);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd);
    struct automation *a = automation_open(other, w->shell, w->ui, NULL, &e);
    assert_non_null(a);
    struct stat st;
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    automation_close(a);
    FILE *file = fopen(other, "w");
    fclose(file);
    assert_null(automation_open(other, w->shell, w->ui, NULL, &e));
    assert_int_equal(stat(other, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    unlink(other);
}

int main(void)
{
#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(touches_go_where_a_person_would_touch),
        WITH_WORLD(text_goes_into_the_field_that_has_the_focus),
        WITH_WORLD(a_gesture_takes_its_time_on_the_clock_that_is_moved),
        WITH_WORLD(waiting_ends_when_it_is_so_or_in_time),
        WITH_WORLD(the_clock_is_advanced_from_deadline_to_deadline),
        WITH_WORLD(what_is_no_request_is_answered_with_an_error),
        WITH_WORLD(the_tree_shows_what_a_person_sees),
        WITH_WORLD(a_socket_that_a_dead_process_left_is_replaced_and_a_file_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
