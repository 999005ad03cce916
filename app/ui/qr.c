/* QR codes by libqrencode: level M, four quiet modules, black on white in every theme: phones must read it. */
#include "app/ui/inside.h"
#include "sync/base/log.h"

#include <qrencode.h>

enum { QUIET = 4 };
struct code {
    int size, module;
    unsigned char cells[];
};

static void paint_code(struct ui *u, struct node *n, struct draw *d)
{
    (void)u;
    const struct code *c = n->data;
    int side = c->size + 2 * QUIET, module = (n->w < n->h ? n->w : n->h) / side;
    int left = n->x + (n->w - module * c->size) / 2, top = n->y + (n->h - module * c->size) / 2;
    draw_fill(d, (struct rect){n->x, n->y, n->w, n->h}, 0xffffff, 255);
    for (int y = 0; y < c->size; y++)
        for (int x = 0, run; x < c->size; x += run) { /* a row's neighbours in one rectangle */
            for (run = 0; x + run < c->size && (c->cells[y * c->size + x + run] & 1); run++)
                ;
            if (run)
                draw_fill(d, (struct rect){left + x * module, top + y * module, run * module, module}, 0, 255);
            else
                run = 1;
        }
}

int ui_qr_cells(const char *text, struct str *out)
{
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!q)
        return 0;
    int side = q->width;
    str_add(out, q->data, (size_t)side * (size_t)side);
    QRcode_free(q);
    return side;
}

void ui_qr(struct ui *u, const char *id, const char *label, const char *text, int module_px)
{
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!q) { /* too long: a code that nobody can read is worse than its words */
        log_error("ui.qr", "bytes=%zu", strlen(text));
        ui_text_ex(u, &(struct ui_text){.id = id, .text = text});
        return;
    }
    size_t cells = (size_t)q->width * (size_t)q->width;
    struct code *c = arena_take(&u->arena, sizeof *c + cells);
    c->size = q->width;
    memcpy(c->cells, q->data, cells);
    QRcode_free(q);
    int module = px(u, module_px);
    c->module = module > 0 ? module : 1;
    struct node *n = node_new(u, id);
    n->role = "image";
    n->label = arena_text(&u->arena, label);
    n->value = arena_text(&u->arena, text);
    n->width = n->min_width = n->height = c->module * (c->size + 2 * QUIET);
    n->flags |= NODE_NOT_CUT;
    n->data = c;
    n->paint = paint_code;
}
