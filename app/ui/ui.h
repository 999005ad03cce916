/* ui.h — what a view is written with. A view is a function of the state: it opens boxes and puts widgets; the tree is
 * measured, placed (mirrored for right-to-left), drawn, and is at the same time the semantic tree. A touch becomes a
 * ui_event with the action the view gave; the handler changes the state and calls ui_changed. What belongs to the hand
 * alone (caret, selection, composition, scroll offset, pressed, focus, open pickers) is kept inside by node id.
 *
 * Lengths are design pixels (4.02 px/mm at 1080×1920); the ui scales them to the panel and, in large text (大字版),
 * by 1.55 where they hold text. Strings given to a builder call are copied; spec structs are read during the call only.
 * UI thread. */
#ifndef BULU_UI_UI_H
#define BULU_UI_UI_H

#include "app/ui/draw.h"
#include "app/ui/text.h"
#include "app/ui/theme.h"
#include "sync/record/strings.h"

struct ui;

/* --- actions and events --- */
struct ui_action {
    int kind;         /* the screen's own enum, > 0; 0: no action */
    int a, b;         /* what it means is the screen's business: index, entry … */
    const char *name; /* or NULL; copied: a field key, a path id */
};
#define ACT(...) ((struct ui_action){__VA_ARGS__})
/* The same by position: ON(kind), ON(kind, a), ON(kind, a, b), ON(kind, a, b, name). */
#define ON(...)                      ON_PADDED(__VA_ARGS__, 0, 0, 0, 0)
#define ON_PADDED(k, a_, b_, n, ...) ((struct ui_action){(k), (a_), (b_), (n)})
enum ui_what {
    UI_TAP,
    UI_CHANGE /* the value changes while typing */,
    UI_COMMIT /* focus left, choice made, date set */
};
struct ui_event {
    struct ui_action action;
    enum ui_what what;
    const char *text; /* new value: text, code of a choice, date "YYYY-MM-DD" | "YYYY-MM"; "" none */
    int number;       /* bool of a switch or tick; page or quarter turns of a viewer; index of a tab */
};

/* --- environment --- */
struct ui_env {
    const struct strings *strings, *fallback; /* language shown; zh behind it */
    bool rtl, large, contrast, reduced_motion, low_controls;
    bool landscape;    /* width > height of the framebuffer */
    int width, height; /* of the framebuffer in design pixels */
};
struct worker_door;
struct ui_options {
    struct shell *shell;
    struct fonts *fonts;
    const struct theme_set *themes;
    const char *assets_dir;   /* keyboards/ */
    struct worker_door *door; /* for the pinyin keyboard (app/input/pinyin.h); NULL: letters go in as they are */
};
struct ui *ui_create(const struct ui_options *o, struct err *e) WARN_UNUSED;
/* The renderer of its texts, for drawing on something else than the screen (a receipt); between frames only. */
struct text_system *ui_text_system(struct ui *u);
void ui_destroy(struct ui *u);
/* Changes page: focus is cleared, scroll offsets of other screens are kept until ui_forget. */
void ui_set_view(struct ui *u, const char *screen_name, void (*view)(void *ctx, struct ui *u),
                 void (*event)(void *ctx, const struct ui_event *ev), void *ctx);
void ui_changed(struct ui *u); /* the state changed: build the tree again before the next frame */
void ui_forget(struct ui *u);  /* wipe: caret, compositions, offsets, undo, cached runs and images of the last person */
void ui_set_language(struct ui *u, const struct strings *s, const struct strings *fallback);
void ui_set_large(struct ui *u, bool large);
void ui_set_contrast(struct ui *u, bool high);
void ui_set_reduced_motion(struct ui *u, bool reduced); /* scrollers stop where the finger leaves */
void ui_set_low_controls(struct ui *u, bool low);       /* everything within reach of a wheelchair */
const struct ui_env *ui_environment(const struct ui *u);
const struct theme *ui_theme(const struct ui *u);          /* colours for a canvas */
void ui_input(struct ui *u, const struct input_event *ev); /* from the shell */
void ui_frame(struct ui *u);                               /* from the shell: build, lay out, draw, present */
void ui_focus(struct ui *u, const char *id); /* after the next build: focus, open its keyboard, scroll it into view */
void ui_scroll_to(struct ui *u, const char *id);
/* This field is in focus, and shift of the drawn keyboard is on. */
bool ui_capital_next(const struct ui *u, const char *id);
void ui_blur(struct ui *u);                    /* close the keyboard; letters still being composed are dropped */
int64_t ui_last_touch_ms(const struct ui *u);  /* monotonic; for idle */
void ui_toast(struct ui *u, const char *text); /* 已保存 and the like: a quiet line for 2 s, role status */

/* Text of a key in the language shown, or in zh, or the key itself (logged once). tr_args fills {name}; both live until
 * the next build. */
const char *tr(struct ui *u, const char *key);
const char *tr_args(struct ui *u, const char *key, const struct str_arg *args, size_t n);
#define TR(u, key, ...)                                                                                                \
    tr_args(u, key, (const struct str_arg[]){__VA_ARGS__},                                                             \
            sizeof((const struct str_arg[]){__VA_ARGS__}) / sizeof(struct str_arg))
const char *tr_int(struct ui *u, int n); /* digits, living until the next build */

/* --- boxes --- */
enum ui_dir {
    UI_COLUMN,
    UI_ROW,
    UI_WRAP /* row that wraps */,
    UI_GRID /* .columns of one width */,
    UI_STACK /* on top of each other */,
    UI_SCROLL
};
enum ui_surface {
    SURFACE_NONE,
    SURFACE_PAPER,
    SURFACE_CARD,
    SURFACE_TINT,
    SURFACE_GOOD,
    SURFACE_BAD,
    SURFACE_APRICOT,
    SURFACE_DEEP,
    SURFACE_SELECTED,
    SURFACE_ATTENTION /* card with apricot border */,
    SURFACE_ERROR /* card with red border */,
    SURFACE_BAR /* flat, as the top and bottom bars */
};
enum ui_cross { CROSS_STRETCH, CROSS_START, CROSS_CENTER, CROSS_END };
enum ui_main { MAIN_START, MAIN_CENTER, MAIN_END, MAIN_BETWEEN };
struct ui_box {
    const char *id, *role, *label; /* role NULL: not in the semantic tree, unless it has a tap action (button) */
    enum ui_dir dir;
    int gap, pad, pad_x, pad_y;                          /* pad: all sides; pad_x / pad_y override when > 0 */
    int width, height, min_width, min_height, max_width; /* 0: by content (column: all there is across) */
    int grow, columns; /* share of what is left along the parent's direction; UI_GRID */
    enum ui_surface surface;
    enum ui_cross cross;
    enum ui_main main;
    struct ui_action tap; /* the whole box is a button */
    bool selected, disabled;
};
void ui_open(struct ui *u, const struct ui_box *box);
void ui_close(struct ui *u);
#define UI_OPEN(u, ...) ui_open(u, &(struct ui_box){__VA_ARGS__})
void ui_space(struct ui *u, int length, int grow);
void ui_divider(struct ui *u);

/* --- text, pictures --- */
enum ui_style {
    TEXT_BODY,
    TEXT_HERO,
    TEXT_TITLE,
    TEXT_LEAD,
    TEXT_LEAD_BOLD,
    TEXT_BODY_BOLD,
    TEXT_SECONDARY,
    TEXT_TAG,
    TEXT_FIGURE /* 96 px code */
};
enum ui_tone {
    TONE_INK,
    TONE_INK2,
    TONE_BRAND,
    TONE_GOOD,
    TONE_BAD,
    TONE_APRICOT,
    TONE_ON_DEEP,
    TONE_ON_DEEP2,
    TONE_DISABLED
};
struct ui_text {
    const char *id, *text;
    enum ui_style style;
    enum ui_tone tone;
    enum text_align align;
    int max_lines, grow;
    const char *role; /* default "text"; "heading", "status", "alert" */
    bool data;        /* a value: keeps its own direction inside a right-to-left page */
};
void ui_text(struct ui *u, enum ui_style style, const char *text);
void ui_text_ex(struct ui *u, const struct ui_text *t);
#define UI_TEXT(u, ...) ui_text_ex(u, &(struct ui_text){__VA_ARGS__})
/* A tag with a sign and a word: ✓ 已填, ! 有错 1 处, – 无此项. */
void ui_badge(struct ui *u, const char *id, enum ui_tone tone, const char *sign, const char *text);
/* Tinted line with a sign: notes, errors, good news. role alert for TONE_BAD, status otherwise. */
void ui_note(struct ui *u, const char *id, enum ui_tone tone, const char *text);
void ui_image(struct ui *u, const char *id, const char *label, const struct image *img, int width,
              int height); /* fitted, never cropped */
void ui_qr(struct ui *u, const char *id, const char *label, const char *text,
           int module_px); /* libqrencode, level M, 4 quiet modules */
/* The same code's modules for other paper: a byte each, black where bit 0 is set; returns the side, 0: too long. */
int ui_qr_cells(const char *text, struct str *out);
/* Anything else (mountains, sample pictures): draws into the rectangle it was given. */
void ui_canvas(struct ui *u, const char *id, const char *label, int width, int height, int grow,
               void (*paint)(void *ctx, struct draw *d, struct rect r), void *ctx);

/* --- buttons --- */
enum ui_button_style {
    BUTTON_SECONDARY,
    BUTTON_PRIMARY,
    BUTTON_HERO,
    BUTTON_QUIET,
    BUTTON_DANGER,
    BUTTON_PILL,
    BUTTON_ATTENTION,
    BUTTON_LINK
};
struct ui_button {
    const char *id, *label, *label2; /* label2: the second language under it, or NULL */
    enum ui_button_style style;
    const char *icon; /* "check", "plus", "trash", "rotate", "zoom_in", "zoom_out", "prev", "next", "close", "search",
                         "camera"… or NULL */
    struct ui_action action;
    bool disabled, selected, busy;
    const char *reason; /* why disabled: said beside it ("还差 1 项必填") */
    int width, grow;
};
void ui_button(struct ui *u, const struct ui_button *b);
#define UI_BUTTON(u, ...) ui_button(u, &(struct ui_button){__VA_ARGS__})

/* --- fields. label, error, warning and help are the field's own and are drawn with it --- */
struct ui_field {
    const char *id, *label, *help, *error, *warning;
    bool required, optional, read_only, disabled; /* required: 必填; optional: a quiet 选填 */
    int width, grow;
    struct ui_action action;
};
struct ui_textbox {
    struct ui_field field;
    const char *value, *placeholder, *suffix,
        *confirm; /* confirm: a green line under it ("✓ 新经信人事〔2011〕3号"), or NULL */
    const char
        *keyboard; /* "pinyin" | "latin" | "number" | "id" | "symbol" | "code" | "plain" (ASCII only); NULL: pinyin */
    int max_len;   /* code points; 0: 200 */
    int lines;     /* > 1: text area */
    bool secret, group_id; /* dots, at most 128 code points, in locked memory while typed; 6-8-4 grouping */
};
void ui_textbox(
    struct ui *u,
    const struct ui_textbox *t); /* UI_CHANGE at each commit of the input engine, UI_COMMIT when the focus leaves */
struct ui_option {
    const char *code, *label, *note;
};
struct ui_choice { /* radio cards; with columns > 1 side by side */
    struct ui_field field;
    const struct ui_option *options;
    size_t n;
    const char *value;
    int columns;
    bool compact; /* pills instead of cards */
};
void ui_choice(struct ui *u, const struct ui_choice *c);
void ui_check(struct ui *u, const struct ui_field *f, bool on); /* tick with its text */
void ui_switch(struct ui *u, const struct ui_field *f, bool on, const char *on_word,
               const char *off_word); /* blue AND a word AND a tick */
/* Long tables: opens a full page with a search box (and the keyboard), count, best first; builds only the rows in
 * sight. free_text: offers "列表中没有" and takes what is typed (text then carries no code: UI_COMMIT.number = 1). */
struct ui_picker {
    struct ui_field field;
    const char *value, *value_label, *placeholder; /* value "" : none chosen */
    size_t (*search)(void *ctx, const char *typed, struct ui_option *out, size_t from,
                     size_t max); /* fills rows from..; returns the count in all */
    void *search_ctx;
    bool free_text;
    int max_len;
};
void ui_picker(struct ui *u, const struct ui_picker *p);
/* 系列→专业→等级→名称, 省→市→县: levels chosen one after another on one page; options of level k depend on the codes
 * before. */
struct ui_cascade {
    struct ui_field field;
    const char *value_label, *placeholder;
    const char *const *titles; /* of each level */
    size_t levels;
    size_t (*options)(void *ctx, size_t level, const char *const *chosen, struct ui_option *out, size_t from,
                      size_t max);
    void *options_ctx;
};
void ui_cascade(struct ui *u, const struct ui_cascade *c); /* UI_COMMIT.text: codes joined by '/' */
enum ui_date_kind { DATE_DAY, DATE_MONTH, DATE_YEAR };
struct ui_date {
    struct ui_field field;
    enum ui_date_kind kind;
    const char *value; /* "" : none; the wheel then starts at year_start without choosing it */
    int year_min, year_max, year_start;
    bool unknown_day; /* offers 日不详 */
    bool open_end;    /* offers 至今: UI_COMMIT with text "" and number 1 */
};
void ui_date(struct ui *u, const struct ui_date *d); /* wheels with + and −, opens in place */
void ui_tabs(struct ui *u, const char *id, const char *const *labels, size_t n, size_t now, struct ui_action action);
void ui_progress(struct ui *u, const char *id, const char *label, double share /* < 0: unknown */,
                 int seconds_left /* < 0: unknown */, struct ui_action cancel);
struct ui_viewer { /* pages and pictures: zoom 25–400 % by buttons and pinch, drag, rotate, pages */
    const char *id, *label;
    const struct image *image; /* the page as rendered; NULL: still loading */
    int page, pages;
    int quarter_turns;
    int frame_w, frame_h; /* a frame of this shape to cut out by; 0: none */
    struct ui_action page_action, rotate_action,
        detail_action; /* detail: UI_CHANGE.number = zoom per cent, for a sharper rendering */
};
void ui_viewer(struct ui *u, const struct ui_viewer *v);
/* What the frame of a viewer holds now: x, y, width, height in 1/10000 of the turned picture. False: no picture yet. */
bool ui_viewer_box(struct ui *u, const char *id, int box[4]);
void ui_signature(struct ui *u, const char *id, const char *label,
                  struct ui_action action); /* text: "x,y,t …" strokes; 清除 */
struct ui_problem {
    const char *target, *label, *message; /* target: id of the field to jump to */
    bool warning;
};
void ui_error_summary(struct ui *u, const char *id, const struct ui_problem *rows, size_t n,
                      struct ui_action action /* name = target */);

/* --- overlays: the view says that they are open --- */
struct ui_dialog {
    const char *id, *title, *text;
};
void ui_dialog_open(struct ui *u, const struct ui_dialog *d); /* content between; a veil behind; focus stays inside */
void ui_dialog_close(struct ui *u);
void ui_veil(struct ui *u, int alpha); /* darkens all that is shown: the idle page when nobody comes */

/* --- the page: top bar, steps, title, help, scrolling content, bottom bar, in the same places always --- */
struct ui_page {
    const char *id;         /* the screen's name */
    const char *where;      /* "补录申报表 · 工程师（2010）" */
    const char *exit_label; /* 退出 or 关闭; NULL: none */
    struct ui_action exit, language, large, staff;
    const char *connection;   /* "离线 · 上次联网 昨天 18:02" or NULL */
    const char *const *steps; /* NULL: no step bar */
    size_t n_steps, step;
    unsigned steps_done;   /* bits of steps that are done */
    const char *step_text; /* "第 2 步，共 7 步　选填专业技术资格" */
    const char *title, *help;
    bool plain; /* no scroller, no margins, no top bar: the idle page */
};
void ui_page_open(struct ui *u, const struct ui_page *p); /* content follows, in a column inside a scroller */
void ui_page_bottom(struct ui *u); /* the bottom bar follows: back on the near side first, primary last */
void ui_page_close(struct ui *u);

/* --- the semantic tree, for speech, focus order and automation --- */
enum ui_state {
    STATE_ENABLED = 1,
    STATE_DISABLED = 2,
    STATE_FOCUSED = 4,
    STATE_CHECKED = 8,
    STATE_SELECTED = 16,
    STATE_EXPANDED = 32,
    STATE_INVALID = 64,
    STATE_REQUIRED = 128,
    STATE_BUSY = 256
};
struct ui_node_info {
    const char *id, *role, *label, *value;
    struct rect rect; /* framebuffer pixels */
    struct rect seen; /* the part of it that no scroller clips away */
    unsigned state;   /* bits of enum ui_state */
    bool visible;     /* not clipped away, not covered by an overlay */
};
const char *ui_screen_name(const struct ui *u);
size_t ui_node_count(const struct ui *u);
struct ui_node_info ui_node_at(const struct ui *u, size_t i);
bool ui_node_find(const struct ui *u, const char *id, struct ui_node_info *out);
void ui_reveal(struct ui *u, const char *id); /* scrolls it into view at once */

#endif
