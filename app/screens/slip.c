#include "app/screens/slip.h"

#include "app/screens/page.h"
#include "sync/base/cleanup.h"

#include <string.h>

enum { SLIP_PRINT = 950 };
/* In dots; receipt printers have eight to a millimetre. */
enum {
    HEIGHT_MOST = 3000,
    EDGE = 8,
    SMALL = 22,
    BODY = 26,
    LARGE = 40,
    LARGE_NARROW = 32,
    NARROW = 512,
    QUIET = 4,
    INK_FROM = 150
};

/* --- drawing --- */

struct sheet {
    struct app *a;
    struct ui *u;
    struct draw *draw;
    int width, y;
    bool rtl;
};

static void space(struct sheet *s, int dots)
{
    s->y += dots;
}

static void put(struct sheet *s, const char *text, int px, bool bold, enum text_align align)
{
    const struct text_style style = {.px = px, .bold = bold, .tabular = true};
    int width = s->width - 2 * EDGE;
    if (!*text || s->y > HEIGHT_MOST - 4 * px)
        return;
    struct text_system *t = ui_text_system(s->u);
    const struct text_layout *l = text_lay(t, text, style, width, 12, s->rtl, 135);
    text_draw(t, s->draw, l, EDGE, s->y, width, align, 0);
    s->y += l->height;
}

static void rule(struct sheet *s)
{
    space(s, 14);
    for (int x = EDGE; x < s->width - EDGE; x += 12) /* dashes: a full line warms the head for nothing */
        draw_fill(s->draw, (struct rect){x, s->y, 7, 2}, 0, 255);
    space(s, 16);
}

/* Whole dots a module, so that no edge is between two. */
static void qr(struct sheet *s, const char *url)
{
    CLEANUP(str) struct str cells = {0};
    int side = ui_qr_cells(url, &cells);
    if (!side)
        return;
    int module = s->width * 3 / 5 / (side + 2 * QUIET), left = (s->width - module * side) / 2;
    space(s, QUIET * module);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            if (cells.p[y * side + x] & 1)
                draw_fill(s->draw, (struct rect){left + x * module, s->y + y * module, module, module}, 0, 255);
    space(s, module * side + QUIET * module);
}

static void head(struct sheet *s, const struct slip_text *t)
{
    const struct app *a = s->a;
    put(s, a->world.hall[0] ? a->world.hall : a->conf->hall, BODY, true, ALIGN_CENTER);
    put(s, tr(s->u, "slip.title"), SMALL, false, ALIGN_CENTER);
    rule(s);
    put(s, tr(s->u, "receipt.number"), SMALL, false, ALIGN_CENTER);
    put(s, t->receipt, s->width < NARROW ? LARGE_NARROW : LARGE, true, ALIGN_CENTER);
}

static bool unsent(enum decl_state state)
{
    return state == DECL_QUEUED || state == DECL_SENDING || state == DECL_DRAFT;
}

static void body(struct sheet *s, const struct slip_text *t)
{
    char key[48], when[48];
    struct app *a = s->a;
    if (*t->name)
        put(s, TR(s->u, "receipt.name", {"name", t->name}), BODY, false, ALIGN_START);
    put(s, t->title, BODY, false, ALIGN_START);
    snprintf(key, sizeof key, "state.%s", decl_state_name(t->state));
    put(s, tr(s->u, key), BODY, true, ALIGN_START);
    if (unsent(t->state))
        put(s, tr(s->u, "receipt.waiting"), SMALL, false, ALIGN_START);
    put(s, TR(s->u, "slip.when", {"when", page_when(s->u, clock_wall(a->clock), when, sizeof when)}), SMALL, false,
        ALIGN_START);
    rule(s);
    put(s, tr(s->u, "receipt.code"), SMALL, false, ALIGN_START);
    put(s, TR(s->u, "receipt.address", {"address", a->world.url[0] ? a->world.url : a->conf->address}), SMALL, false,
        ALIGN_START);
    if (a->conf->help_phone[0])
        put(s, TR(s->u, "slip.phone", {"phone", a->conf->help_phone}), SMALL, false, ALIGN_START);
    put(s, TR(s->u, "receipt.basis", {"version", form_set_rules_version(a->forms)}), SMALL, false, ALIGN_START);
}

/* Dark enough is black: text is antialiased grey at its edges, which paper has not. */
static void to_bits(const uint32_t *pixels, int width, int height, struct str *bits)
{
    size_t row = (size_t)width / 8;
    char *out = str_reserve(bits, row * (size_t)height);
    memset(out + bits->len, 0, row * (size_t)height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint32_t p = pixels[(size_t)y * (size_t)width + (size_t)x];
            int light = (int)((p >> 16 & 255) * 3 + (p >> 8 & 255) * 6 + (p & 255)) / 10;
            if (light < INK_FROM)
                out[bits->len + (size_t)y * row + (size_t)x / 8] |= (char)(0x80 >> x % 8);
        }
    bits->len += row * (size_t)height;
}

int slip_draw(struct app *a, const struct slip_text *text, int width, struct str *bits)
{
    CLEANUP(str) struct str url = {0};
    uint32_t *pixels = xmalloc((size_t)width * HEIGHT_MOST * sizeof *pixels);
    struct rect changed[1];
    struct sheet s = {.a = a, .u = a->ui, .draw = draw_create(), .width = width, .rtl = ui_environment(a->ui)->rtl};
    str_printf(&url, "%s/r/%s", a->world.url[0] ? a->world.url : a->conf->address, text->receipt);
    draw_begin(s.draw, (struct pixels){pixels, width, HEIGHT_MOST, width});
    draw_fill(s.draw, (struct rect){0, 0, width, HEIGHT_MOST}, 0xffffff, 255);
    space(&s, 16);
    head(&s, text);
    qr(&s, str_z(&url));
    body(&s, text);
    space(&s, 16);
    draw_end(s.draw, changed, 1);
    draw_destroy(s.draw);
    int height = s.y < HEIGHT_MOST ? s.y : HEIGHT_MOST;
    to_bits(pixels, width, height, bits);
    free(pixels);
    return height;
}

/* --- printing --- */

static void printed(void *ctx, const char *key)
{
    struct app *a = ctx;
    a->slip.print = 0;
    a->slip.done = key == NULL;
    a->slip.failed = key;
    app_changed(a);
}

void slip_print(struct app *a, const struct slip_text *text)
{
    CLEANUP(str) struct str bits = {0};
    if (!a->printer || a->slip.print)
        return;
    zcopy(a->slip.receipt, sizeof a->slip.receipt, text->receipt);
    a->slip.done = false;
    a->slip.failed = NULL;
    int height = slip_draw(a, text, printer_width(a->printer), &bits);
    const struct printer_dots dots = {(const unsigned char *)bits.p, height};
    a->slip.print = printer_print(a->printer, &dots, printed, a);
    if (!a->slip.print) /* the paper of the person before is still coming */
        a->slip.failed = "print.busy_other";
}

void slip_wipe(struct app *a)
{
    if (a->printer)
        printer_forget(a->printer, a->slip.print);
    a->slip = (struct slip){.print = 0};
}

void slip_box(struct app *a, struct ui *u, const char *screen, const char *receipt)
{
    char id[64];
    bool mine = strcmp(a->slip.receipt, receipt) == 0;
    if (!a->printer)
        return;
    snprintf(id, sizeof id, "%s.print", screen);
    if (mine && a->slip.failed) {
        CLEANUP(str) struct str words = {0};
        str_printf(&words, "%s%s", tr(u, a->slip.failed), tr(u, "print.instead"));
        snprintf(id, sizeof id, "%s.print.failed", screen);
        ui_note(u, id, TONE_APRICOT, str_z(&words));
    } else if (mine && (a->slip.print || a->slip.done)) {
        snprintf(id, sizeof id, "%s.print.state", screen);
        ui_note(u, id, a->slip.done ? TONE_GOOD : TONE_INK2, tr(u, a->slip.done ? "print.done" : "print.busy"));
    }
    snprintf(id, sizeof id, "%s.print", screen);
    UI_OPEN(u, .dir = UI_ROW, .main = MAIN_CENTER);
    UI_BUTTON(u, .id = id, .label = tr(u, mine && !a->slip.print ? "print.again" : "print.button"),
              .style = BUTTON_SECONDARY, .action = ON(SLIP_PRINT), .disabled = a->slip.print != 0);
    ui_close(u);
}

bool slip_event(const struct ui_event *ev)
{
    return ev->action.kind == SLIP_PRINT;
}
