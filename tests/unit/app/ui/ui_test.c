/* The ui as fingers and keys meet it: a real offscreen framebuffer and real fonts, a clock moved by hand. */
#include "tests/support/t.h"

#include "app/shell/font.h"
#include "app/ui/ui.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 1, CODE, NEXT, PICK, DATE, CHOICE, ROW, CHECK, CASC, PAD, VIEW, AREA, GO };

struct hall {
    struct shell *shell;
    struct ui *ui;
    struct clock_fake clock;
    /* the state that the views show */
    char name[400], code[100], area[400], date[16], pick[80], casc[80], choice[16], strokes[4000];
    bool check, dialog, asks, upper, gone, disabled, many_dates;
    int rows, tapped, taps, commits, changes, number, searches, most_asked;
    struct ui_event last;
    char last_text[400];
    void (*view)(struct hall *h, struct ui *u);
};

/* --- views --- */

static void page(struct ui *u, const char *id, const char *title)
{
    ui_page_open(u, &(struct ui_page){.id = id,
                                      .exit_label = "退出",
                                      .exit = ACT(.kind = GO, .a = 1),
                                      .language = ACT(.kind = GO, .a = 2),
                                      .large = ACT(.kind = GO, .a = 3),
                                      .staff = ACT(.kind = GO, .a = 4),
                                      .where = "补录",
                                      .title = title});
}

static void bottom(struct hall *h, struct ui *u)
{
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "t.back", .label = "上一步", .style = BUTTON_QUIET, .action = ACT(.kind = NEXT, .a = -1));
    UI_BUTTON(u, .id = "t.next", .label = "下一步", .style = BUTTON_PRIMARY, .action = ACT(.kind = NEXT, .a = 1),
              .disabled = h->disabled, .reason = "还差 1 项必填");
    ui_page_close(u);
}

static void form_view(struct hall *h, struct ui *u)
{
    static const struct ui_option sexes[] = {{"1", "男", NULL}, {"2", "女", NULL}};
    page(u, "t", "表");
    if (!h->gone)
        ui_textbox(u, &(struct ui_textbox){
                          .field = {.id = "t.name", .label = "姓名", .required = true, .action = ACT(.kind = NAME)},
                          .value = h->name,
                          .max_len = 20});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "t.code",
                                                 .label = "身份证号",
                                                 .error = h->code[0] ? NULL : "请填写身份证号",
                                                 .action = ACT(.kind = CODE, .name = "id_number")},
                                       .value = h->code,
                                       .keyboard = "id",
                                       .group_id = true,
                                       .max_len = 18});
    ui_choice(u, &(struct ui_choice){.field = {.id = "t.sex", .label = "性别", .action = ACT(.kind = CHOICE)},
                                     .options = sexes,
                                     .n = 2,
                                     .value = h->choice,
                                     .columns = 2});
    ui_check(u, &(struct ui_field){.id = "t.read", .label = "已阅读", .action = ACT(.kind = CHECK)}, h->check);
    bottom(h, u);
    if (h->dialog) {
        ui_dialog_open(u, &(struct ui_dialog){.id = "t.sure", .title = "确定吗？"});
        if (h->asks)
            ui_textbox(u,
                       &(struct ui_textbox){.field = {.id = "t.sure.why", .label = "原因", .action = ACT(.kind = AREA)},
                                            .value = h->area});
        UI_BUTTON(u, .id = "t.sure.yes", .label = "确定", .style = BUTTON_PRIMARY, .action = ACT(.kind = NEXT, .a = 7));
        ui_dialog_close(u);
    }
}

static void rows_view(struct hall *h, struct ui *u)
{
    page(u, "t", "长页");
    for (int i = 0; i < h->rows; i++) {
        char id[24], label[40];
        snprintf(id, sizeof id, "t.row.%d", i);
        snprintf(label, sizeof label, "第 %d 行", i);
        UI_BUTTON(u, .id = id, .label = label, .action = ACT(.kind = ROW, .a = i));
    }
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "t.name", .label = "姓名", .action = ACT(.kind = NAME)},
                                       .value = h->name});
    bottom(h, u);
}

static size_t search(void *ctx, const char *typed, struct ui_option *out, size_t from, size_t max)
{
    struct hall *h = ctx;
    static char labels[256][40], codes[256][12];
    h->searches++;
    if (max > 1 && (int)max > h->most_asked)
        h->most_asked = (int)max;
    size_t all = !*typed ? 4575 : strcmp(typed, "工程") == 0 ? 12 : strncmp(typed, "没有", 6) == 0 ? 0 : 3;
    for (size_t i = 0; i < max && from + i < all; i++) {
        snprintf(labels[i], sizeof labels[i], "名称 %zu", from + i);
        snprintf(codes[i], sizeof codes[i], "%zu", from + i);
        out[i] = (struct ui_option){codes[i], labels[i], NULL};
    }
    return all;
}

static size_t levels(void *ctx, size_t level, const char *const *chosen, struct ui_option *out, size_t from, size_t max)
{
    (void)ctx;
    static const struct ui_option series[] = {{"gc", "工程", NULL}, {"ws", "卫生", NULL}},
                                  gc[] = {{"jx", "机械", NULL}}, ws[] = {{"yx", "医学", NULL}, {"hl", "护理", NULL}},
                                  grades[] = {{"3", "中级", NULL}, {"2", "副高级", NULL}};
    const struct ui_option *of = level == 0 ? series : level == 2 ? grades : strcmp(chosen[0], "gc") == 0 ? gc : ws;
    size_t n = level == 1 && of == gc ? 1 : 2;
    for (size_t i = 0; i < max && from + i < n; i++)
        out[i] = of[from + i];
    return n;
}

static void pick_view(struct hall *h, struct ui *u)
{
    static const char *const titles[] = {"系列", "专业", "等级"};
    page(u, "t", "选");
    ui_picker(u, &(struct ui_picker){.field = {.id = "t.pick", .label = "职称", .action = ACT(.kind = PICK)},
                                     .value = h->pick,
                                     .value_label = h->pick,
                                     .search = search,
                                     .search_ctx = h,
                                     .free_text = true});
    ui_cascade(u, &(struct ui_cascade){.field = {.id = "t.casc", .label = "系列", .action = ACT(.kind = CASC)},
                                       .value_label = h->casc,
                                       .titles = titles,
                                       .levels = 3,
                                       .options = levels});
    ui_date(u, &(struct ui_date){.field = {.id = "t.date", .label = "授予时间", .action = ACT(.kind = DATE)},
                                 .value = h->date,
                                 .year_min = 2000,
                                 .year_max = 2021,
                                 .year_start = 2010,
                                 .unknown_day = true,
                                 .open_end = h->many_dates});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "t.area", .label = "批文名称", .action = ACT(.kind = AREA)},
                                       .value = h->area,
                                       .lines = 3});
    bottom(h, u);
}

static void pad_view(struct hall *h, struct ui *u)
{
    static uint32_t pixels[40 * 20];
    static const struct image image = {pixels, 40, 20, 40, 1};
    page(u, "t", NULL);
    ui_signature(u, "t.pad", "签名", ACT(.kind = PAD));
    ui_viewer(u, &(struct ui_viewer){.id = "t.view",
                                     .label = "证书",
                                     .image = &image,
                                     .page = 0,
                                     .pages = 3,
                                     .page_action = ACT(.kind = VIEW, .a = 1),
                                     .rotate_action = ACT(.kind = VIEW, .a = 2),
                                     .detail_action = ACT(.kind = VIEW, .a = 3)});
    bottom(h, u);
}

static void frame_view(struct hall *h, struct ui *u)
{
    static uint32_t pixels[40 * 20];
    static const struct image image = {pixels, 40, 20, 40, 1};
    page(u, "t", NULL);
    ui_viewer(u, &(struct ui_viewer){.id = "t.view",
                                     .label = "照片",
                                     .image = &image,
                                     .pages = 1,
                                     .frame_w = 25,
                                     .frame_h = 35,
                                     .detail_action = ACT(.kind = VIEW, .a = 3)});
    bottom(h, u);
}

static void view(void *ctx, struct ui *u)
{
    struct hall *h = ctx;
    h->view(h, u);
}

static void event(void *ctx, const struct ui_event *ev)
{
    struct hall *h = ctx;
    h->last = *ev;
    h->last.text = NULL;
    h->number = ev->number;
    zcopy(h->last_text, sizeof h->last_text, ev->text);
    h->taps += ev->what == UI_TAP;
    h->commits += ev->what == UI_COMMIT;
    h->changes += ev->what == UI_CHANGE;
    const struct {
        int kind;
        char *into;
        size_t size;
    } texts[] = {{NAME, h->name, sizeof h->name},       {CODE, h->code, sizeof h->code},
                 {AREA, h->area, sizeof h->area},       {DATE, h->date, sizeof h->date},
                 {PICK, h->pick, sizeof h->pick},       {CASC, h->casc, sizeof h->casc},
                 {CHOICE, h->choice, sizeof h->choice}, {PAD, h->strokes, sizeof h->strokes}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].kind == ev->action.kind)
            zcopy(texts[i].into, texts[i].size, ev->text);
    if (h->upper && ev->action.kind == NAME)
        for (char *p = h->name; *p; p++)
            *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    if (ev->action.kind == CHECK)
        h->check = ev->number;
    if (ev->action.kind == ROW || ev->action.kind == NEXT)
        h->tapped = ev->action.a;
}

/* --- hands --- */

static struct fonts *fonts;
static struct theme_set themes;
static struct strings *zh, *ug;

static void frame(void *ctx)
{
    struct hall *h = ctx;
    ui_frame(h->ui);
}

static void hall_open(struct hall *h, int width, int height)
{
    static const struct shell_ops ops = {.frame = frame};
    struct err e = {0};
    clock_fake_init(&h->clock, 1795400000000);
    h->shell = shell_create(
        &(struct shell_options){.width = width, .height = height, .offscreen = true, .clock = &h->clock.clock}, &ops, h,
        &e);
    if (!h->shell)
        fail_msg("%s", e.text);
    h->ui = ui_create(
        &(struct ui_options){.shell = h->shell, .fonts = fonts, .themes = &themes, .assets_dir = "assets"}, &e);
    if (!h->ui)
        fail_msg("%s", e.text);
    ui_set_language(h->ui, zh, zh);
    ui_set_view(h->ui, "t", view, event, h);
    ui_frame(h->ui);
}

#define HALL(name, v)                                                                                                  \
    struct hall name = {.view = (v), .rows = 40};                                                                      \
    hall_open(&name, 1080, 1920)

static void leave(struct hall *h)
{
    ui_destroy(h->ui);
    shell_destroy(h->shell);
}

static void touch(struct hall *h, enum input_kind kind, int finger, int x, int y)
{
    ui_input(h->ui, &(struct input_event){.kind = kind, .finger = finger, .x = x, .y = y, .mono_ms = h->clock.mono});
}

static struct ui_node_info node(struct hall *h, const char *id)
{
    struct ui_node_info n = {0};
    if (!ui_node_find(h->ui, id, &n))
        fail_msg("there is no %s", id);
    return n;
}

static bool there(struct hall *h, const char *id)
{
    struct ui_node_info n;
    return ui_node_find(h->ui, id, &n);
}

static void tap_at(struct hall *h, int x, int y)
{
    touch(h, INPUT_DOWN, 0, x, y);
    clock_fake_advance(&h->clock, 60);
    touch(h, INPUT_UP, 0, x, y);
}

static void tap(struct hall *h, const char *id)
{
    ui_reveal(h->ui, id);
    struct ui_node_info n = node(h, id);
    if (!n.visible)
        fail_msg("%s cannot be touched", id);
    tap_at(h, n.rect.x + n.rect.w / 2, n.rect.y + n.rect.h / 2);
}

static void drag(struct hall *h, int x, int y, int dx, int dy, int steps)
{
    touch(h, INPUT_DOWN, 0, x, y);
    for (int i = 1; i <= steps; i++) {
        clock_fake_advance(&h->clock, 16);
        touch(h, INPUT_MOVE, 0, x + dx * i / steps, y + dy * i / steps);
    }
}

static void type(struct hall *h, const char *text)
{
    ui_input(h->ui, &(struct input_event){.kind = INPUT_TEXT, .text = text, .mono_ms = h->clock.mono});
}

static void key(struct hall *h, const char *name)
{
    ui_input(h->ui, &(struct input_event){.kind = INPUT_KEY, .text = name, .mono_ms = h->clock.mono});
}

/* Lets the clock run in steps, timers firing as they do in the loop. */
static void let_run(struct hall *h, int ms)
{
    for (int i = 0; i < ms; i += 10) {
        clock_fake_advance(&h->clock, 10);
        shell_clock_moved(h->shell);
        shell_step(h->shell);
    }
}

static const char *focused(struct hall *h)
{
    for (size_t i = 0; i < ui_node_count(h->ui); i++)
        if (ui_node_at(h->ui, i).state & STATE_FOCUSED)
            return ui_node_at(h->ui, i).id;
    return "";
}

/* --- fingers --- */

static void a_tap_is_down_and_up_at_one_place(void **state)
{
    (void)state;
    HALL(h, rows_view);
    struct ui_node_info n = node(&h, "t.row.2");
    touch(&h, INPUT_DOWN, 0, n.rect.x + 20, n.rect.y + 20);
    assert_int_equal(h.taps, 0);
    touch(&h, INPUT_MOVE, 0, n.rect.x + 30, n.rect.y + 28); /* a trembling finger */
    touch(&h, INPUT_UP, 0, n.rect.x + 30, n.rect.y + 28);
    assert_int_equal(h.taps, 1);
    assert_int_equal(h.tapped, 2);
    touch(&h, INPUT_DOWN, 0, n.rect.x + 20, n.rect.y + 20);
    touch(&h, INPUT_CANCEL, 0, n.rect.x + 20, n.rect.y + 20);
    touch(&h, INPUT_UP, 0, n.rect.x + 20, n.rect.y + 20);
    assert_int_equal(h.taps, 1);
    leave(&h);
}

static uint32_t pixel(struct hall *h, int x, int y)
{
    struct pixels p = shell_pixels(h->shell);
    return p.p[y * p.stride + x] & 0xffffff;
}

static void a_press_is_seen_in_the_next_frame(void **state)
{
    (void)state;
    HALL(h, rows_view);
    struct ui_node_info n = node(&h, "t.row.2");
    int x = n.rect.x + 40, y = n.rect.y + n.rect.h / 2;
    uint32_t before = pixel(&h, x, y);
    touch(&h, INPUT_DOWN, 0, x, y);
    ui_frame(h.ui);
    assert_int_not_equal(pixel(&h, x, y), before);
    touch(&h, INPUT_UP, 0, x, y);
    ui_frame(h.ui);
    assert_int_equal(pixel(&h, x, y), before);
    leave(&h);
}

static void a_drag_that_starts_on_a_button_scrolls_and_presses_nothing(void **state)
{
    (void)state;
    HALL(h, rows_view);
    struct ui_node_info n = node(&h, "t.row.5");
    drag(&h, n.rect.x + 50, n.rect.y + 30, 4, -300, 10);
    clock_fake_advance(&h.clock, 200); /* rests before it leaves: no glide */
    touch(&h, INPUT_UP, 0, n.rect.x + 54, n.rect.y - 270);
    assert_int_equal(h.taps, 0);
    assert_int_equal(node(&h, "t.row.5").rect.y, n.rect.y - 300);
    leave(&h);
}

static void a_scroller_glides_and_comes_to_rest_inside(void **state)
{
    (void)state;
    HALL(h, rows_view);
    struct ui_node_info n = node(&h, "t.row.9");
    drag(&h, n.rect.x + 50, n.rect.y + 30, 0, -400, 8);
    touch(&h, INPUT_UP, 0, n.rect.x + 50, n.rect.y - 370);
    int left = node(&h, "t.row.9").rect.y;
    let_run(&h, 100);
    int on = node(&h, "t.row.9").rect.y;
    assert_true(on < left - 50);
    let_run(&h, 3000);
    int rest = node(&h, "t.row.9").rect.y;
    assert_true(rest < on);
    let_run(&h, 500);
    assert_int_equal(node(&h, "t.row.9").rect.y, rest);
    /* a finger stops it and taps nothing */
    drag(&h, 500, 1000, 0, 300, 6);
    touch(&h, INPUT_UP, 0, 500, 1300);
    let_run(&h, 50);
    int moving = node(&h, "t.row.9").rect.y;
    tap_at(&h, 500, 900);
    assert_int_equal(h.taps, 0);
    let_run(&h, 500);
    assert_int_equal(node(&h, "t.row.9").rect.y, moving);
    leave(&h);
}

static void no_motion_of_its_own_when_motion_is_reduced(void **state)
{
    (void)state;
    HALL(h, rows_view);
    ui_set_reduced_motion(h.ui, true);
    drag(&h, 500, 1000, 0, -400, 8);
    touch(&h, INPUT_UP, 0, 500, 600);
    int left = node(&h, "t.row.9").rect.y;
    let_run(&h, 500);
    assert_int_equal(node(&h, "t.row.9").rect.y, left);
    leave(&h);
}

static void a_wheel_scrolls_what_is_under_it(void **state)
{
    (void)state;
    HALL(h, rows_view);
    int y = node(&h, "t.row.3").rect.y;
    ui_input(h.ui, &(struct input_event){.kind = INPUT_WHEEL, .x = 500, .y = 900, .dy = -1});
    assert_true(node(&h, "t.row.3").rect.y < y);
    ui_input(h.ui, &(struct input_event){.kind = INPUT_WHEEL, .x = 500, .y = 900, .dy = 5});
    assert_int_equal(node(&h, "t.row.3").rect.y, y); /* not above its top */
    leave(&h);
}

static void what_is_scrolled_away_is_not_visible_and_cannot_be_touched(void **state)
{
    (void)state;
    HALL(h, rows_view);
    assert_true(node(&h, "t.row.0").visible);
    assert_false(node(&h, "t.row.39").visible);
    struct ui_node_info bar = node(&h, "t.next");
    ui_reveal(h.ui, "t.row.20");
    struct ui_node_info n = node(&h, "t.row.20");
    assert_true(n.visible);
    assert_true(n.rect.y + n.rect.h <= bar.rect.y);
    tap(&h, "t.row.39");
    assert_int_equal(h.tapped, 39);
    leave(&h);
}

static void a_disabled_button_says_why_and_does_nothing(void **state)
{
    (void)state;
    HALL(h, rows_view);
    h.disabled = true;
    ui_changed(h.ui);
    struct ui_node_info n = node(&h, "t.next");
    assert_true(n.state & STATE_DISABLED);
    assert_false(n.state & STATE_ENABLED);
    assert_string_equal(node(&h, "t.next.reason").label, "还差 1 项必填");
    tap(&h, "t.next");
    assert_int_equal(h.taps, 0);
    leave(&h);
}

static void a_touch_never_meets_what_is_no_longer_there(void **state)
{
    (void)state;
    HALL(h, rows_view);
    struct ui_node_info n = node(&h, "t.row.2");
    touch(&h, INPUT_DOWN, 0, n.rect.x + 20, n.rect.y + 20);
    h.rows = 1; /* the state changes under the finger */
    ui_changed(h.ui);
    touch(&h, INPUT_UP, 0, n.rect.x + 20, n.rect.y + 20);
    assert_int_equal(h.taps, 0);
    leave(&h);
}

/* --- text boxes --- */

static void what_is_typed_reaches_the_view_and_its_leaving_commits(void **state)
{
    (void)state;
    HALL(h, form_view);
    type(&h, "x"); /* nothing in focus */
    assert_int_equal(h.changes, 0);
    tap(&h, "t.name");
    assert_string_equal(focused(&h), "t.name");
    type(&h, "阿依古丽");
    type(&h, "·买买提"); /* two before a frame */
    assert_string_equal(h.name, "阿依古丽·买买提");
    assert_string_equal(node(&h, "t.name").value, "阿依古丽·买买提");
    assert_int_equal(h.commits, 0);
    tap(&h, "t.code");
    assert_int_equal(h.commits, 1);
    assert_string_equal(h.last_text, "阿依古丽·买买提");
    assert_string_equal(focused(&h), "t.code");
    type(&h, "65010119900101001X");
    assert_string_equal(h.last.action.name ? h.code : "", "65010119900101001X");
    assert_string_equal(node(&h, "t.code").value, "65010119900101001X"); /* grouped on the screen only */
    type(&h, "9");
    assert_string_equal(h.code, "65010119900101001X"); /* max_len */
    leave(&h);
}

static void a_value_that_the_view_normalises_takes_the_place_of_the_typed_one(void **state)
{
    (void)state;
    HALL(h, form_view);
    h.upper = true;
    tap(&h, "t.name");
    type(&h, "abc");
    type(&h, "d");
    assert_string_equal(h.name, "ABCD");
    key(&h, "Left");
    type(&h, "x");
    assert_string_equal(h.name, "ABCXD");
    leave(&h);
}

static void the_keyboard_opens_above_the_bottom_bar_and_types(void **state)
{
    (void)state;
    HALL(h, form_view);
    assert_false(there(&h, "kb.1"));
    int bar = node(&h, "t.next").rect.y;
    tap(&h, "t.code");
    struct ui_node_info k = node(&h, "kb");
    assert_true(k.rect.y + k.rect.h <= bar);
    struct ui_node_info box = node(&h, "t.code");
    assert_true(box.visible && box.rect.y + box.rect.h <= k.rect.y);
    const char *keys[] = {"kb.6", "kb.5", "kb.X", "kb.backspace", "kb.0"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        tap(&h, keys[i]);
    assert_string_equal(h.code, "650");
    assert_string_equal(focused(&h), "t.code"); /* keys leave the focus where it is */
    tap(&h, "kb.clear");
    assert_string_equal(h.code, "");
    tap(&h, "kb.done");
    assert_false(there(&h, "kb.1"));
    assert_int_equal(h.commits, 1);
    leave(&h);
}

static void backspace_repeats_while_it_is_held(void **state)
{
    (void)state;
    HALL(h, form_view);
    strcpy(h.code, "123456789012345678");
    ui_changed(h.ui);
    tap(&h, "t.code");
    struct ui_node_info n = node(&h, "kb.backspace");
    touch(&h, INPUT_DOWN, 0, n.rect.x + 10, n.rect.y + 10);
    assert_int_equal(strlen(h.code), 17); /* at once */
    let_run(&h, 300);
    assert_int_equal(strlen(h.code), 17); /* not yet again */
    let_run(&h, 600);
    assert_in_range(strlen(h.code), 8, 12);
    touch(&h, INPUT_UP, 0, n.rect.x + 10, n.rect.y + 10);
    size_t rest = strlen(h.code);
    let_run(&h, 600);
    assert_int_equal(strlen(h.code), rest);
    leave(&h);
}

static void two_thumbs_type_two_letters(void **state)
{
    (void)state;
    HALL(h, form_view);
    tap(&h, "t.name"); /* without a worker pinyin falls back to letters */
    struct ui_node_info a = node(&h, "kb.a"), l = node(&h, "kb.l");
    touch(&h, INPUT_DOWN, 0, a.rect.x + 9, a.rect.y + 9);
    touch(&h, INPUT_DOWN, 1, l.rect.x + 9, l.rect.y + 9);
    touch(&h, INPUT_UP, 0, a.rect.x + 9, a.rect.y + 9);
    touch(&h, INPUT_UP, 1, l.rect.x + 9, l.rect.y + 9);
    assert_string_equal(h.name, "al");
    tap(&h, "kb.shift");
    tap(&h, "kb.a");
    tap(&h, "kb.a");
    assert_string_equal(h.name, "alAa"); /* shift holds for one letter */
    tap(&h, "kb.symbol");
    tap(&h, "kb.〔");
    assert_string_equal(h.name, "alAa〔");
    leave(&h);
}

static void a_tap_sets_the_caret_a_long_press_selects_the_word(void **state)
{
    (void)state;
    HALL(h, form_view);
    strcpy(h.name, "新经信人事");
    ui_changed(h.ui);
    tap(&h, "t.name"); /* the first touch puts the caret at the end */
    type(&h, "部");
    assert_string_equal(h.name, "新经信人事部");
    struct ui_node_info n = node(&h, "t.name");
    tap_at(&h, n.rect.x + 32, n.rect.y + n.rect.h / 2); /* before the first letter */
    type(&h, "原");
    assert_string_equal(h.name, "原新经信人事部");
    touch(&h, INPUT_DOWN, 0, n.rect.x + 80, n.rect.y + n.rect.h / 2);
    let_run(&h, 600);
    touch(&h, INPUT_UP, 0, n.rect.x + 80, n.rect.y + n.rect.h / 2);
    type(&h, "甲");
    assert_string_equal(h.name, "甲");
    leave(&h);
}

static void a_sideways_drag_in_the_box_selects(void **state)
{
    (void)state;
    HALL(h, form_view);
    strcpy(h.name, "新经信人事");
    ui_changed(h.ui);
    tap(&h, "t.name");
    struct ui_node_info n = node(&h, "t.name");
    drag(&h, n.rect.x + 30, n.rect.y + n.rect.h / 2, 34 * 3, 0, 12);
    touch(&h, INPUT_UP, 0, n.rect.x + 30 + 34 * 3, n.rect.y + n.rect.h / 2);
    type(&h, "某");
    assert_string_equal(h.name, "某人事");
    leave(&h);
}

static void the_cross_clears_the_box_and_keeps_the_focus(void **state)
{
    (void)state;
    HALL(h, form_view);
    strcpy(h.name, "新经信人事");
    ui_changed(h.ui);
    tap(&h, "t.name");
    tap(&h, "t.name.clear");
    assert_string_equal(h.name, "");
    assert_string_equal(focused(&h), "t.name");
    assert_false(there(&h, "t.name.clear"));
    leave(&h);
}

static void an_area_takes_lines_a_box_does_not(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.area");
    type(&h, "一");
    key(&h, "Return");
    type(&h, "二");
    assert_string_equal(h.area, "一\n二");
    key(&h, "Up");
    type(&h, "半");
    assert_non_null(strstr(h.area, "半\n"));
    assert_true(there(&h, "kb.enter"));
    leave(&h);
}

static void a_field_that_disappears_takes_its_keyboard_with_it(void **state)
{
    (void)state;
    HALL(h, form_view);
    tap(&h, "t.name");
    h.gone = true;
    ui_changed(h.ui);
    assert_false(there(&h, "kb"));
    assert_string_equal(focused(&h), "");
    leave(&h);
}

static void a_focused_field_scrolls_above_the_keyboard(void **state)
{
    (void)state;
    HALL(h, rows_view);
    ui_focus(h.ui, "t.name"); /* far below */
    ui_frame(h.ui);
    assert_string_equal(focused(&h), "t.name");
    struct ui_node_info box = node(&h, "t.name"), k = node(&h, "kb");
    assert_true(box.visible);
    assert_true(box.rect.y + box.rect.h <= k.rect.y);
    ui_blur(h.ui);
    assert_false(there(&h, "kb"));
    leave(&h);
}

/* --- focus by keys --- */

static void tab_goes_through_the_page_in_reading_order_and_round(void **state)
{
    (void)state;
    HALL(h, form_view);
    const char *order[] = {"t.exit",  "t.language", "t.large", "t.staff", "t.name", "t.code",
                           "t.sex.1", "t.sex.2",    "t.read",  "t.back",  "t.next"};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < ARRAY_LEN(order); i++) {
            key(&h, "Tab");
            assert_string_equal(focused(&h), order[i]);
        }
    for (size_t i = ARRAY_LEN(order) - 1; i-- > 0;) {
        key(&h, "Shift+Tab");
        assert_string_equal(focused(&h), order[i]);
    }
    leave(&h);
}

static void keys_press_choose_and_move(void **state)
{
    (void)state;
    HALL(h, form_view);
    ui_focus(h.ui, "t.sex.1");
    ui_frame(h.ui);
    key(&h, "Right");
    assert_string_equal(focused(&h), "t.sex.2");
    key(&h, "Space");
    assert_string_equal(h.choice, "2");
    key(&h, "Down"); /* past the group: on in the page */
    assert_string_equal(focused(&h), "t.read");
    key(&h, "Return");
    assert_true(h.check);
    assert_true(node(&h, "t.read").state & STATE_CHECKED);
    key(&h, "Escape");
    assert_string_equal(focused(&h), "");
    ui_focus(h.ui, "t.name");
    ui_frame(h.ui);
    type(&h, "张三");
    key(&h, "Return"); /* commits and goes on */
    assert_int_equal(h.last.action.kind, NAME);
    assert_int_equal(h.last.what, UI_COMMIT);
    assert_string_equal(focused(&h), "t.code");
    leave(&h);
}

/* --- dialogs --- */

static void a_dialog_keeps_touches_and_focus_inside(void **state)
{
    (void)state;
    HALL(h, form_view);
    tap(&h, "t.name");
    h.dialog = true;
    ui_changed(h.ui);
    assert_string_equal(focused(&h), ""); /* the field behind it was left */
    assert_int_equal(h.commits, 1);
    assert_false(node(&h, "t.next").visible);
    assert_true(node(&h, "t.sure.yes").visible);
    struct ui_node_info behind = node(&h, "t.next");
    tap_at(&h, behind.rect.x + 20, behind.rect.y + 20);
    assert_int_equal(h.taps, 0);
    for (int i = 0; i < 3; i++) {
        key(&h, "Tab");
        assert_string_equal(focused(&h), "t.sure.yes");
    }
    key(&h, "Return");
    assert_int_equal(h.tapped, 7);
    leave(&h);
}

static void a_dialog_that_asks_stands_above_its_keyboard(void **state)
{
    (void)state;
    HALL(h, form_view);
    h.dialog = h.asks = true;
    ui_changed(h.ui);
    tap(&h, "t.sure.why");
    struct ui_node_info card = node(&h, "t.sure"), k = node(&h, "kb");
    assert_true(card.rect.y >= 0 && card.rect.y + card.rect.h <= k.rect.y);
    assert_int_equal(k.rect.y + k.rect.h, 1920);
    tap(&h, "kb.a");
    assert_string_equal(h.area, "a");
    leave(&h);
}

/* --- pickers --- */

static void a_picker_builds_only_the_rows_in_sight_of_4575(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.pick");
    assert_string_equal(focused(&h), "t.pick.search");
    assert_string_equal(node(&h, "t.pick.list").value, "4575");
    assert_true(ui_node_count(h.ui) < 160);
    assert_true(there(&h, "t.pick.item.0"));
    assert_false(there(&h, "t.pick.item.100"));
    h.searches = h.most_asked = 0;
    ui_changed(h.ui);
    ui_frame(h.ui);
    assert_true(h.searches <= 4); /* heights are not measured again */
    assert_true(h.most_asked < 40);
    struct ui_node_info list = node(&h, "t.pick.list");
    for (int i = 0; i < 30; i++)
        ui_input(h.ui, &(struct input_event){.kind = INPUT_WHEEL, .x = 500, .y = list.rect.y + 50, .dy = -40});
    assert_false(there(&h, "t.pick.item.0"));
    bool seen = false;
    for (int i = 1000; i < 1500 && !seen; i++) {
        char id[40];
        snprintf(id, sizeof id, "t.pick.item.%d", i);
        seen = there(&h, id) && node(&h, id).visible;
    }
    assert_true(seen);
    leave(&h);
}

static void a_picker_finds_and_gives_the_code(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.pick");
    type(&h, "工程");
    assert_string_equal(node(&h, "t.pick.list").value, "12");
    assert_int_equal(h.changes, 0); /* what is searched is not told to the screen */
    tap(&h, "t.pick.item.7");
    assert_string_equal(h.pick, "7");
    assert_int_equal(h.last.what, UI_COMMIT);
    assert_int_equal(h.number, 0);
    assert_false(there(&h, "t.pick.list"));
    assert_string_equal(focused(&h), "t.pick");
    leave(&h);
}

static void what_is_not_in_the_list_is_taken_as_typed(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.pick");
    assert_true(node(&h, "t.pick.free").state & STATE_DISABLED);
    type(&h, "没有这样的职称");
    assert_false(there(&h, "t.pick.list"));
    tap(&h, "t.pick.free");
    assert_string_equal(h.pick, "没有这样的职称");
    assert_int_equal(h.number, 1);
    tap(&h, "t.pick"); /* searched anew: nothing is left of the last time */
    assert_string_equal(node(&h, "t.pick.search").value, "");
    tap(&h, "t.pick.close");
    assert_false(there(&h, "t.pick.list"));
    assert_string_equal(h.pick, "没有这样的职称");
    leave(&h);
}

static void a_cascade_asks_level_after_level_and_goes_back(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.casc");
    tap(&h, "t.casc.item.ws");
    tap(&h, "t.casc.item.hl");
    tap(&h, "t.casc.level.0"); /* back to the first */
    tap(&h, "t.casc.item.gc");
    assert_false(there(&h, "t.casc.item.hl")); /* the second depends on the first */
    tap(&h, "t.casc.item.jx");
    assert_int_equal(h.commits, 0);
    tap(&h, "t.casc.item.3");
    assert_string_equal(h.casc, "gc/jx/3");
    assert_int_equal(h.commits, 1);
    leave(&h);
}

/* --- dates --- */

static void a_date_starts_at_its_year_without_choosing_it(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.date");
    assert_true(node(&h, "t.date").state & STATE_EXPANDED);
    assert_true(node(&h, "t.date.done").state & STATE_DISABLED);
    assert_string_equal(node(&h, "t.date.year").value, "2010");
    tap(&h, "t.area"); /* leaving without a turn commits nothing */
    assert_string_equal(h.date, "");
    assert_int_equal(h.commits, 0);
    leave(&h);
}

static void a_date_is_turned_and_done(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.date");
    tap(&h, "t.date.year.plus");
    tap(&h, "t.date.month.minus"); /* disabled in January */
    tap(&h, "t.date.month.plus");
    tap(&h, "t.date.day.3");         /* a neighbour */
    assert_string_equal(h.date, ""); /* a draft until it is done */
    tap(&h, "t.date.done");
    assert_string_equal(h.date, "2011-02-03");
    assert_string_equal(node(&h, "t.date").value, "2011年2月3日");
    assert_false(there(&h, "t.date.done"));
    leave(&h);
}

static void years_months_and_days_are_picked_from_grids(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.date");
    tap(&h, "t.date.year");
    tap(&h, "t.date.year.2004");
    tap(&h, "t.date.month");
    tap(&h, "t.date.month.2");
    tap(&h, "t.date.day");
    assert_true(there(&h, "t.date.day.29"));
    assert_false(there(&h, "t.date.day.30")); /* a leap year's February */
    tap(&h, "t.date.day.29");
    tap(&h, "t.date.year.plus");
    tap(&h, "t.date.done");
    assert_string_equal(h.date, "2005-02-28");
    leave(&h);
}

static void a_date_without_its_day_and_the_focus_that_leaves(void **state)
{
    (void)state;
    HALL(h, pick_view);
    strcpy(h.date, "2010-12-31");
    ui_changed(h.ui);
    tap(&h, "t.date");
    tap(&h, "t.date.unknown_day");
    assert_false(there(&h, "t.date.day"));
    tap(&h, "t.area"); /* leaves: what was turned is kept */
    assert_string_equal(h.date, "2010-12");
    assert_false(there(&h, "t.date.done"));
    assert_string_equal(node(&h, "t.date").value, "2010年12月（日不详）");
    leave(&h);
}

static void a_date_is_typed_in_digits(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.date");
    type(&h, "2010");
    type(&h, "-12-31");
    assert_string_equal(h.date, "2010-12-31");
    type(&h, "20101232");
    assert_string_equal(h.date, "2010-12-31");
    assert_true(node(&h, "t.date").state & STATE_INVALID);
    assert_string_equal(node(&h, "t.date.error").label, "没有这一天，请按 20101231 的样子输入");
    type(&h, "19991231");
    assert_string_equal(node(&h, "t.date.error").label, "请选 2000 年到 2021 年之间的日期");
    type(&h, "20120229");
    assert_string_equal(h.date, "2012-02-29");
    assert_false(there(&h, "t.date.error"));
    type(&h, "200506");
    key(&h, "Return"); /* 日不详 */
    assert_string_equal(h.date, "2005-06");
    leave(&h);
}

static void until_now_is_an_answer(void **state)
{
    (void)state;
    HALL(h, pick_view);
    strcpy(h.date, "2010-12-31");
    h.many_dates = true;
    ui_changed(h.ui);
    tap(&h, "t.date");
    tap(&h, "t.date.open_end");
    assert_string_equal(h.date, "");
    assert_int_equal(h.number, 1);
    assert_int_equal(h.commits, 1);
    assert_string_equal(node(&h, "t.date").value, "至今");
    leave(&h);
}

static void a_wheel_is_dragged_and_the_page_stays(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.date");
    struct ui_node_info w = node(&h, "t.date.year");
    int y = w.rect.y;
    drag(&h, w.rect.x + 40, w.rect.y + w.rect.h / 2, 0, -76 * 3, 12);
    touch(&h, INPUT_UP, 0, w.rect.x + 40, w.rect.y);
    assert_string_equal(node(&h, "t.date.year").value, "2013");
    assert_int_equal(node(&h, "t.date.year").rect.y, y);
    leave(&h);
}

/* --- pad and viewer --- */

static void a_signature_is_told_as_strokes_and_cleared(void **state)
{
    (void)state;
    HALL(h, pad_view);
    struct ui_node_info n = node(&h, "t.pad");
    for (int i = 0; i < 2; i++) {
        drag(&h, n.rect.x + 100 + i * 200, n.rect.y + 50, 50, 100, 5);
        touch(&h, INPUT_UP, 0, n.rect.x + 150 + i * 200, n.rect.y + 150);
    }
    assert_non_null(strchr(h.strokes, ';')); /* two strokes */
    assert_non_null(strstr(h.strokes, ",0"));
    assert_string_equal(node(&h, "t.pad").value, "已签名");
    tap(&h, "t.pad.clear");
    assert_string_equal(h.strokes, "");
    assert_string_equal(node(&h, "t.pad").value, "");
    leave(&h);
}

static void the_viewer_zooms_between_25_and_400_turns_and_pages(void **state)
{
    (void)state;
    HALL(h, pad_view);
    for (int i = 0; i < 4; i++)
        tap(&h, "t.view.zoom_in");
    assert_string_equal(node(&h, "t.view").value, "400%");
    assert_true(node(&h, "t.view.zoom_in").state & STATE_DISABLED);
    for (int i = 0; i < 9; i++)
        if (node(&h, "t.view.zoom_out").state & STATE_ENABLED)
            tap(&h, "t.view.zoom_out");
    assert_string_equal(node(&h, "t.view").value, "25%");
    tap(&h, "t.view.fit");
    assert_string_equal(node(&h, "t.view").value, "100%");
    assert_int_equal(h.last.action.a, 3);
    assert_int_equal(h.number, 100); /* a sharper rendering may be made */
    tap(&h, "t.view.rotate");
    assert_int_equal(h.last.action.a, 2);
    assert_int_equal(h.number, 1);
    assert_true(node(&h, "t.view.prev").state & STATE_DISABLED);
    tap(&h, "t.view.next");
    assert_int_equal(h.last.action.a, 1);
    assert_int_equal(h.number, 1);
    leave(&h);
}

/* x, y, width, height of what the frame holds lie in the picture and have the frame's shape. */
static void good_box(struct hall *h, int box[4])
{
    assert_true(ui_viewer_box(h->ui, "t.view", box));
    assert_true(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= 10000 && box[1] + box[3] <= 10000);
    double shape = (box[2] * 40.0) / (box[3] * 20.0); /* the picture has 40 × 20 pixels */
    assert_true(shape > 0.70 && shape < 0.73);
}

static void a_frame_is_always_full_and_tells_what_is_in_it(void **state)
{
    (void)state;
    HALL(h, frame_view);
    int box[4], before[4];
    good_box(&h, box);
    assert_int_equal(box[3], 10000); /* all of its height, the middle of its width */
    assert_in_range(box[0] + box[2] / 2, 4990, 5010);
    assert_string_equal(node(&h, "t.view").value, "100%");
    assert_true(node(&h, "t.view.zoom_out").state & STATE_DISABLED); /* smaller would leave a gap */
    struct ui_node_info n = node(&h, "t.view");
    drag(&h, n.rect.x + 100, n.rect.y + 100, 3000, 0, 12); /* far beyond its edge */
    touch(&h, INPUT_UP, 0, n.rect.x + 3100, n.rect.y + 100);
    good_box(&h, box);
    assert_true(box[0] < 20);
    memcpy(before, box, sizeof box);
    tap(&h, "t.view.zoom_in");
    good_box(&h, box);
    assert_true(box[3] < before[3] && box[3] > 4900);
    tap(&h, "t.view.fit");
    good_box(&h, box);
    assert_int_equal(box[3], 10000);
    assert_false(ui_viewer_box(h.ui, "t.next", box));
    leave(&h);
}

static void two_fingers_zoom(void **state)
{
    (void)state;
    HALL(h, pad_view);
    ui_reveal(h.ui, "t.view");
    struct ui_node_info n = node(&h, "t.view");
    int x = n.rect.x + n.rect.w / 2, y = n.rect.y + 200;
    touch(&h, INPUT_DOWN, 0, x - 50, y);
    touch(&h, INPUT_DOWN, 1, x + 50, y);
    for (int i = 1; i <= 10; i++) {
        touch(&h, INPUT_MOVE, 0, x - 50 - 5 * i, y);
        touch(&h, INPUT_MOVE, 1, x + 50 + 5 * i, y);
    }
    touch(&h, INPUT_UP, 0, x - 100, y);
    touch(&h, INPUT_UP, 1, x + 100, y);
    assert_in_range(atoi(node(&h, "t.view").value), 185, 215); /* twice as far apart */
    leave(&h);
}

/* --- language, size, wiping --- */

static void a_right_to_left_page_is_the_mirror_of_itself(void **state)
{
    (void)state;
    HALL(h, form_view);
    const char *ids[] = {"t.exit", "t.staff", "t.back", "t.next", "t.sex.1", "t.sex.2"};
    struct rect before[ARRAY_LEN(ids)];
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        before[i] = node(&h, ids[i]).rect;
    ui_set_language(h.ui, ug, zh);
    assert_true(ui_environment(h.ui)->rtl);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct rect r = node(&h, ids[i]).rect;
        assert_int_equal(r.w, before[i].w);
        assert_int_equal(r.x, 1080 - before[i].x - before[i].w);
    }
    tap(&h, "t.code"); /* the keyboard stands as it is */
    assert_true(node(&h, "kb.1").rect.x < node(&h, "kb.3").rect.x);
    leave(&h);
}

static void nothing_is_cut_off_in_any_size_or_shape(void **state)
{
    (void)state;
    void (*views[])(struct hall *, struct ui *) = {form_view, rows_view, pick_view, pad_view};
    const int sizes[][2] = {{1080, 1920}, {1920, 1080}, {720, 1280}};
    for (size_t v = 0; v < ARRAY_LEN(views); v++)
        for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
            for (int large = 0; large < 2; large++)
                for (int rtl = 0; rtl < 2; rtl++) {
                    struct hall h = {.view = views[v], .rows = 40};
                    hall_open(&h, sizes[s][0], sizes[s][1]);
                    ui_set_large(h.ui, large);
                    ui_set_language(h.ui, rtl ? ug : zh, zh);
                    for (size_t i = 0; i < ui_node_count(h.ui); i++) {
                        struct ui_node_info n = ui_node_at(h.ui, i);
                        if (n.rect.x < 0 || n.rect.x + n.rect.w > sizes[s][0])
                            fail_msg("%s (%s) sticks out: %d + %d of %d, view %zu large %d", n.id, n.label, n.rect.x,
                                     n.rect.w, sizes[s][0], v, large);
                        if (strcmp(n.role, "button") == 0 && n.rect.h < 60)
                            fail_msg("%s is only %d high", n.id, n.rect.h);
                    }
                    leave(&h);
                }
}

static void large_text_has_targets_of_160(void **state)
{
    (void)state;
    HALL(h, form_view);
    assert_true(node(&h, "t.next").rect.h >= 112);
    ui_set_large(h.ui, true);
    const char *ids[] = {"t.next", "t.back", "t.name", "t.sex.1", "t.read"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_true(node(&h, ids[i]).rect.h >= 160);
    leave(&h);
}

static bool says_anywhere(struct hall *h, const char *word)
{
    for (size_t i = 0; i < ui_node_count(h->ui); i++) {
        struct ui_node_info n = ui_node_at(h->ui, i);
        if (strstr(n.label, word) || strstr(n.value, word))
            return true;
    }
    return false;
}

static void forgetting_leaves_nothing_of_the_last_person(void **state)
{
    (void)state;
    HALL(h, pick_view);
    tap(&h, "t.pick");
    type(&h, "阿依古丽");
    assert_true(says_anywhere(&h, "阿依古丽"));
    ui_forget(h.ui);
    assert_false(says_anywhere(&h, "阿依古丽"));
    assert_false(there(&h, "t.pick.list"));
    assert_string_equal(focused(&h), "");
    tap(&h, "t.pick");
    assert_string_equal(node(&h, "t.pick.search").value, "");
    ui_frame(h.ui);
    leave(&h);
}

static void offsets_of_a_page_are_kept_until_forgotten(void **state)
{
    (void)state;
    HALL(h, rows_view);
    ui_reveal(h.ui, "t.row.30");
    int y = node(&h, "t.row.30").rect.y;
    ui_set_view(h.ui, "other", view, event, &h);
    ui_set_view(h.ui, "t", view, event, &h);
    assert_int_equal(node(&h, "t.row.30").rect.y, y);
    ui_forget(h.ui);
    assert_true(node(&h, "t.row.0").visible);
    leave(&h);
}

static void a_toast_goes_by_itself_after_two_seconds(void **state)
{
    (void)state;
    HALL(h, form_view);
    ui_toast(h.ui, "已保存");
    assert_string_equal(node(&h, "ui.toast").label, "已保存");
    assert_string_equal(node(&h, "ui.toast").role, "status");
    ui_frame(h.ui);    /* sets its timer */
    tap(&h, "t.read"); /* it covers nothing */
    assert_true(h.check);
    let_run(&h, 1500);
    assert_true(there(&h, "ui.toast"));
    let_run(&h, 700);
    assert_false(there(&h, "ui.toast"));
    leave(&h);
}

static void the_tree_says_what_a_person_sees(void **state)
{
    (void)state;
    HALL(h, form_view);
    struct ui_node_info n = node(&h, "t.name");
    assert_string_equal(n.role, "textbox");
    assert_string_equal(n.label, "姓名");
    assert_true(n.state & STATE_REQUIRED);
    n = node(&h, "t.code");
    assert_true(n.state & STATE_INVALID);
    assert_string_equal(node(&h, "t.code.error").label, "请填写身份证号");
    assert_string_equal(node(&h, "t.code.error").role, "alert");
    n = node(&h, "t.sex");
    assert_string_equal(n.role, "radiogroup");
    n = node(&h, "t.sex.2");
    assert_string_equal(n.role, "radio");
    assert_string_equal(n.label, "女");
    assert_string_equal(node(&h, "t.next").label, "下一步");
    assert_string_equal(node(&h, "t.title").role, "heading");
    assert_string_equal(ui_screen_name(h.ui), "t");
    leave(&h);
}

static int open_all(void **state)
{
    (void)state;
    struct err e = {0};
    fonts = fonts_open("fonts", &e);
    zh = strings_load("assets/strings/zh.po", &e);
    ug = strings_load("assets/strings/ug.po", &e);
    if (!fonts || !zh || !ug || !theme_load("assets", &themes, &e)) {
        print_error("%s\n", e.text);
        return -1;
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    strings_destroy(zh);
    strings_destroy(ug);
    fonts_close(fonts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tap_is_down_and_up_at_one_place),
        cmocka_unit_test(a_press_is_seen_in_the_next_frame),
        cmocka_unit_test(a_drag_that_starts_on_a_button_scrolls_and_presses_nothing),
        cmocka_unit_test(a_scroller_glides_and_comes_to_rest_inside),
        cmocka_unit_test(no_motion_of_its_own_when_motion_is_reduced),
        cmocka_unit_test(a_wheel_scrolls_what_is_under_it),
        cmocka_unit_test(what_is_scrolled_away_is_not_visible_and_cannot_be_touched),
        cmocka_unit_test(a_disabled_button_says_why_and_does_nothing),
        cmocka_unit_test(a_touch_never_meets_what_is_no_longer_there),
        cmocka_unit_test(what_is_typed_reaches_the_view_and_its_leaving_commits),
        cmocka_unit_test(a_value_that_the_view_normalises_takes_the_place_of_the_typed_one),
        cmocka_unit_test(the_keyboard_opens_above_the_bottom_bar_and_types),
        cmocka_unit_test(backspace_repeats_while_it_is_held),
        cmocka_unit_test(two_thumbs_type_two_letters),
        cmocka_unit_test(a_tap_sets_the_caret_a_long_press_selects_the_word),
        cmocka_unit_test(a_sideways_drag_in_the_box_selects),
        cmocka_unit_test(the_cross_clears_the_box_and_keeps_the_focus),
        cmocka_unit_test(an_area_takes_lines_a_box_does_not),
        cmocka_unit_test(a_field_that_disappears_takes_its_keyboard_with_it),
        cmocka_unit_test(a_focused_field_scrolls_above_the_keyboard),
        cmocka_unit_test(tab_goes_through_the_page_in_reading_order_and_round),
        cmocka_unit_test(keys_press_choose_and_move),
        cmocka_unit_test(a_dialog_keeps_touches_and_focus_inside),
        cmocka_unit_test(a_dialog_that_asks_stands_above_its_keyboard),
        cmocka_unit_test(a_picker_builds_only_the_rows_in_sight_of_4575),
        cmocka_unit_test(a_picker_finds_and_gives_the_code),
        cmocka_unit_test(what_is_not_in_the_list_is_taken_as_typed),
        cmocka_unit_test(a_cascade_asks_level_after_level_and_goes_back),
        cmocka_unit_test(a_date_starts_at_its_year_without_choosing_it),
        cmocka_unit_test(a_date_is_turned_and_done),
        cmocka_unit_test(years_months_and_days_are_picked_from_grids),
        cmocka_unit_test(a_date_without_its_day_and_the_focus_that_leaves),
        cmocka_unit_test(a_date_is_typed_in_digits),
        cmocka_unit_test(until_now_is_an_answer),
        cmocka_unit_test(a_wheel_is_dragged_and_the_page_stays),
        cmocka_unit_test(a_signature_is_told_as_strokes_and_cleared),
        cmocka_unit_test(the_viewer_zooms_between_25_and_400_turns_and_pages),
        cmocka_unit_test(a_frame_is_always_full_and_tells_what_is_in_it),
        cmocka_unit_test(two_fingers_zoom),
        cmocka_unit_test(a_right_to_left_page_is_the_mirror_of_itself),
        cmocka_unit_test(nothing_is_cut_off_in_any_size_or_shape),
        cmocka_unit_test(large_text_has_targets_of_160),
        cmocka_unit_test(forgetting_leaves_nothing_of_the_last_person),
        cmocka_unit_test(offsets_of_a_page_are_kept_until_forgotten),
        cmocka_unit_test(a_toast_goes_by_itself_after_two_seconds),
        cmocka_unit_test(the_tree_says_what_a_person_sees),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
