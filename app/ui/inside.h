/* inside.h — what the files of app/ui share and nobody else includes.
 *
 * One build: the view runs, the builders (boxes.c and a file for each kind of widget) append nodes to the arena; the
 * layout places them; `order` lists the semantic ones in reading order. Touches (touch.c) and keys (focus.c) find nodes
 * in the tree of the last build by key; before each of them the tree is built again if the state changed, so that a
 * touch never meets what is no longer there. What the hand holds lives here by key: scroll offsets, zoom and strokes in
 * `hands`; caret, selection and the text of the one field in focus in `edit`. */
#ifndef BULU_UI_INSIDE_H
#define BULU_UI_INSIDE_H

#include "app/ui/arena.h"
#include "app/ui/edit.h"
#include "app/ui/layout.h"
#include "app/ui/node.h"
#include "sync/base/cleanup.h"

#include <string.h>

enum { MAX_FINGERS = 4, MAX_LAYERS = 8, MAX_DEPTH = 64, ID_SIZE = 160 };

/* --- what the hand left behind, by node --- */
struct hand {
    uint64_t key;
    struct scroll scroll;
    int v[8];          /* the widget's own: zoom, pan, level, … */
    struct str text;   /* strokes, codes chosen so far */
    struct rows *rows; /* heights of a long list (rows.h) */
    struct hand *next;
};
struct hand *hand_of(struct ui *u, uint64_t key); /* made when it is not there */
struct hand *hand_find(const struct ui *u, uint64_t key);
void hands_forget(struct ui *u);

/* --- touches as widgets see them --- */
enum touch_kind {
    TOUCH_DOWN,
    TOUCH_TAP,
    TOUCH_LONG,  /* held for half a second without moving */
    TOUCH_DRAG,  /* NODE_DRAG: dx, dy since the last; first: the drag begins */
    TOUCH_DROP,  /* the drag ended */
    TOUCH_PINCH, /* two fingers: per mille by which their distance changed */
    TOUCH_WHEEL,
    TOUCH_KEY,  /* in focus: name of a key */
    TOUCH_TEXT, /* in focus: committed text */
    TOUCH_BLUR  /* focus is leaving */
};
struct touch {
    enum touch_kind kind;
    int x, y, dx, dy;
    bool first;
    const char *text;
    int64_t ms;
};
enum finger_mode { FINGER_UP, FINGER_PRESS, FINGER_SCROLL, FINGER_DRAG, FINGER_DEAD };
struct finger {
    enum finger_mode mode;
    int x0, y0, x, y;
    int64_t down_ms, move_ms;
    uint64_t node, scroller; /* pressed or dragged; what a drag would scroll */
    double speed;            /* of the scroll, px/ms */
    bool fired;              /* a long press or a repeat has already acted */
};

/* --- the field in focus --- */
struct held {
    uint64_t key;
    char id[ID_SIZE];
    bool seen;               /* it was in the last build */
    struct ui_action action; /* its name points into `name` */
    char name[ID_SIZE];
    struct edit edit; /* text boxes */
    struct str given; /* what the view gave last: when it differs, the view has the word */
    bool boxed;       /* a text box: edit is in use, a keyboard belongs to it */
    bool touched;     /* a date was turned */
    char keyboard[16];
    int max_len;
    bool many_lines;
    bool secret;       /* its texts are in locked pages */
    struct str digits; /* typed into a date */
};
void held_drop(struct ui *u); /* wipes */

struct panel; /* keyboard, panel.c */

struct ui {
    struct shell *shell;
    struct text_system *text;
    struct draw *draw;
    struct theme_set themes;
    struct theme th; /* scaled to the panel, with large text applied */
    int scale;       /* per mille: framebuffer px of a design px */
    struct ui_env env;
    char *assets_dir;

    /* the frame */
    struct arena arena;
    struct node *root, *overlays[MAX_LAYERS];
    int n_overlays;
    struct node *stack[MAX_DEPTH];
    int depth;
    struct node **order;
    size_t n_order, cap_order;
    bool dirty, building, repaint;
    uint64_t modal; /* key of the topmost layer; 0: the view itself */

    /* the view */
    char *screen;
    void (*view)(void *ctx, struct ui *u);
    void (*event)(void *ctx, const struct ui_event *ev);
    void *ctx;

    /* the hand */
    struct hand *hands[64];
    struct finger fingers[MAX_FINGERS];
    struct held held;
    uint64_t focus; /* key in focus, a field or not; 0: none */
    char focus_id[ID_SIZE];
    bool keys_used; /* the last input was a key: focus is shown by a ring */
    char want_focus[ID_SIZE], want_reveal[ID_SIZE];
    char open_id[ID_SIZE];     /* picker, cascade or date that is open */
    bool open_seen, text_here; /* an open thing, a text box in focus was built */
    uint64_t text_layer;       /* where that text box is */
    uint64_t gliding;          /* scroller with inertia */
    double glide_speed, glide_rest;
    int64_t glide_ms;
    int64_t last_touch_ms;
    uint64_t repeat_node;
    int64_t repeat_ms;
    int64_t pulse_ms; /* next step of a progress without a share; 0: none */

    struct panel *panel;
    bool panel_shown, panel_was_shown;
    char *toast;
    int64_t toast_until_ms;

    /* the page being built (page.c) */
    struct {
        bool open, bottom, plain;
        int base;          /* depth before it */
        struct node *edge; /* the line above the bottom bar */
    } page;
};

/* --- lengths, colours, ids --- */
static inline int px(const struct ui *u, int design)
{
    return (design * u->scale + 500) / 1000;
}
int tx(const struct ui *u, int design); /* of what holds text: × 1.55 in large text */
uint64_t key_of(const char *id);
uint64_t key_under(uint64_t parent, uint64_t what);
#define IDF(u, ...) arena_printf(&(u)->arena, __VA_ARGS__)
static inline bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}
static inline bool some(const char *z)
{
    return z && *z;
}
uint32_t tone_color(const struct ui *u, enum ui_tone t);
uint32_t blend(uint32_t a, uint32_t b, int b_of_256);
int64_t now_ms(const struct ui *u);

/* --- building (boxes.c) --- */
struct node *node_new(struct ui *u, const char *id); /* appended to the open box */
struct node *box_begin(struct ui *u, enum ui_dir dir, const char *id);
void box_end(struct ui *u);
struct node *overlay_begin(struct ui *u, const char *id); /* column over the whole screen; box_end closes it */
uint64_t layer_now(const struct ui *u);                   /* key of the overlay being built; 0: the view */
struct node *put_text(struct ui *u, const char *text, enum ui_style style, uint32_t color);
struct node *put_icon(struct ui *u, const char *name, int size, uint32_t color);
void surface_look(struct ui *u, struct node *n, enum ui_surface s);
struct ui_action action_copy(struct ui *u, struct ui_action a);
void node_keep_short(struct node *n); /* a word or two: never broken, the row around it wraps instead */
void node_label_from_text(struct ui *u, struct node *n); /* its label: what is written in it */
bool pressed(const struct ui *u, uint64_t key);
/* Makes n tappable: flags, focus, pressed look, disabled state. */
void node_button(struct ui *u, struct node *n, bool disabled);
struct text_style style_of(const struct ui *u, enum ui_style s, int *line_height);
measure_fn measure_text;
const struct text_layout *node_lay(struct ui *u, const struct node *n); /* the text of a placed leaf */
struct node *put_pressable(struct ui *u, const char *id, const char *text, enum ui_button_style style, bool disabled,
                           bool (*on)(struct ui *, struct node *, const struct touch *), const void *data);

/* Actions of the ui's own search boxes: kept by the hand, not told to the screen. */
enum { ACTION_SEARCH = -1 };
/* --- fields (field.c): label above, then the control, then confirm, warning, error; field_end closes --- */
struct node *field_begin(struct ui *u, const struct ui_field *f);
void field_end(struct ui *u, const struct ui_field *f, const char *confirm);
unsigned field_state(const struct ui_field *f);
struct ui_field *field_copy(struct ui *u, const struct ui_field *f);
/* The closed box of a picker, cascade or date: value or placeholder, a chevron. */
struct node *field_box(struct ui *u, const struct ui_field *f, const char *shown, const char *placeholder, bool open,
                       bool (*on)(struct ui *, struct node *, const struct touch *), const void *data);

/* --- events --- */
void emit(struct ui *u, struct ui_action a, enum ui_what what, const char *text, int number);
bool node_touch(struct ui *u, struct node *n, const struct touch *t);
struct node *node_by_key(const struct ui *u, uint64_t key);
void build_if_changed(struct ui *u);
void reveal_node(struct ui *u, struct node *n);

/* --- focus (focus.c) --- */
void focus_set(struct ui *u, const struct node *n); /* NULL: none; the field left commits */
void focus_key(struct ui *u, const char *name);
void focus_drop(struct ui *u);                                          /* without a commit */
void held_take(struct ui *u, const struct node *n, struct ui_action a); /* a field in focus */

/* --- overlays that are ui's own --- */
bool is_open(struct ui *u, const char *id);  /* says also that it was built */
void open_set(struct ui *u, const char *id); /* NULL: close */

/* --- touches (touch.c) --- */
void touch_input(struct ui *u, const struct input_event *ev);
bool touch_tick(struct ui *u, int64_t now); /* inertia, repeat, long press; true: something changed */
int64_t touch_deadline(const struct ui *u); /* -1: none */
void touch_drop(struct ui *u);

/* --- painting, tree --- */
void paint_tree(struct ui *u);
void tree_collect(struct ui *u);
bool node_visible(const struct ui *u, const struct node *n);

/* --- long lists on a page of their own (list.c), for pickers and cascades --- */
struct list {
    const char *field;                                                          /* id: rows are FIELD.item.CODE */
    size_t (*fetch)(void *ctx, struct ui_option *out, size_t from, size_t max); /* the count in all */
    void *ctx;
    uint64_t stamp;       /* of what is listed */
    const char *selected; /* code or NULL */
    void (*chosen)(struct ui *u, const char *field, const void *data, const char *code, const char *label);
    const void *data;
};
/* The page: bar with title and 关闭, open until list_bar_end; what follows is its content until list_page_end. */
void list_page_begin(struct ui *u, const char *field, const char *title);
void list_bar_end(struct ui *u);
void list_page_end(struct ui *u);
/* The rows in sight; returns how many there are in all. */
size_t list_build(struct ui *u, const struct list *l);

/* --- keyboard panel (panel.c) --- */
struct panel *panel_create(struct ui *u, const char *assets_dir, struct worker_door *door, struct err *e);
const char *panel_letters(const struct ui *u); /* being composed: a search may use them as they are; "" */
void panel_destroy(struct panel *p);
void panel_build(struct ui *u);                      /* when a text box of this layer is in focus */
void panel_open(struct ui *u, const char *keyboard); /* focus came to a text box */
void panel_close(struct ui *u);                      /* drops what is being composed */
bool panel_key(struct ui *u, const char *name);      /* keys of a physical keyboard go to the composition first */

/* --- text boxes (textbox.c) --- */
void held_changed(struct ui *u); /* the edit changed by the keyboard: tell the view */

#endif
