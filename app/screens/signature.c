#include "app/screens/signature.h"

#include "app/screens/app.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define WIDTH  600
#define HEIGHT 240
#define MARGIN 12
#define PEN    2

struct points {
    int *xy; /* x, y; a stroke ends with -1, -1 */
    size_t n;
};

static void push(struct points *p, int x, int y)
{
    p->xy = xrealloc(p->xy, (p->n + 1) * 2 * sizeof(int));
    p->xy[2 * p->n] = x;
    p->xy[2 * p->n + 1] = y;
    p->n++;
}

static struct points parse(const char *z)
{
    struct points p = {0};
    while (*z && p.n < 20000) {
        int x, y, used = 0;
        if (sscanf(z, " %5d , %5d%n", &x, &y, &used) == 2 && used > 0 && x >= 0 && y >= 0) {
            push(&p, x, y);
            z += used;
            while (*z && *z != ' ' && *z != ';')
                z++;
        } else {
            if (*z == ';' && p.n && p.xy[2 * p.n - 2] >= 0)
                push(&p, -1, -1);
            z++;
        }
    }
    return p;
}

static void dot(unsigned char *grey, int x, int y)
{
    for (int dy = -PEN; dy <= PEN; dy++)
        for (int dx = -PEN; dx <= PEN; dx++)
            if (dx * dx + dy * dy <= PEN * PEN && x + dx >= 0 && x + dx < WIDTH && y + dy >= 0 && y + dy < HEIGHT)
                grey[(y + dy) * WIDTH + x + dx] = 0;
}

static void line(unsigned char *grey, int x0, int y0, int x1, int y1)
{
    int dx = abs(x1 - x0), dy = abs(y1 - y0), steps = dx > dy ? dx : dy;
    for (int i = 0; i <= steps; i++)
        dot(grey, x0 + (steps ? (x1 - x0) * i / steps : 0), y0 + (steps ? (y1 - y0) * i / steps : 0));
}

static void ink(unsigned char *grey, const struct points *p)
{
    int left = 1 << 20, top = 1 << 20, right = 0, bottom = 0;
    for (size_t i = 0; i < p->n; i++) {
        int x = p->xy[2 * i], y = p->xy[2 * i + 1];
        if (x < 0)
            continue;
        left = x < left ? x : left;
        top = y < top ? y : top;
        right = x > right ? x : right;
        bottom = y > bottom ? y : bottom;
    }
    int w = right - left + 1, h = bottom - top + 1;
    int room_w = WIDTH - 2 * MARGIN, room_h = HEIGHT - 2 * MARGIN;
    int scale = 1000 * room_w / w < 1000 * room_h / h ? 1000 * room_w / w : 1000 * room_h / h;
    int px = -1, py = -1;
    for (size_t i = 0; i < p->n; i++) {
        if (p->xy[2 * i] < 0) {
            px = -1;
            continue;
        }
        int x = MARGIN + (p->xy[2 * i] - left) * scale / 1000, y = MARGIN + (p->xy[2 * i + 1] - top) * scale / 1000;
        if (px >= 0)
            line(grey, px, py, x, y);
        else
            dot(grey, x, y);
        px = x;
        py = y;
    }
}

static void le32(struct str *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        str_putc(out, (char)(v >> 8 * i & 255));
}

static void le16(struct str *out, unsigned v)
{
    str_putc(out, (char)(v & 255));
    str_putc(out, (char)(v >> 8 & 255));
}

bool signature_bmp(const char *strokes, struct str *out)
{
    struct points p = parse(strokes);
    bool any = p.n > 1;
    if (any) {
        unsigned char *grey = xmalloc(WIDTH * HEIGHT);
        memset(grey, 255, WIDTH * HEIGHT);
        ink(grey, &p);
        const uint32_t at = 14 + 40 + 256 * 4;
        str_puts(out, "BM");
        le32(out, at + WIDTH * HEIGHT);
        le32(out, 0);
        le32(out, at);
        le32(out, 40);
        le32(out, WIDTH);
        le32(out, HEIGHT);
        le16(out, 1);
        le16(out, 8);
        le32(out, 0);
        le32(out, WIDTH * HEIGHT);
        le32(out, 7874);
        le32(out, 7874);
        le32(out, 256);
        le32(out, 0);
        for (uint32_t i = 0; i < 256; i++)
            le32(out, i | i << 8 | i << 16);
        for (int y = HEIGHT - 1; y >= 0; y--)
            str_add(out, grey + y * WIDTH, WIDTH);
        free(grey);
    }
    free(p.xy);
    return any;
}

void signature_take(struct app *a, const char *path_id, const char *strokes)
{
    CLEANUP(str) struct str bmp = {0};
    int count = 0;
    papers_file(a, path_id, -1, &count);
    if (signature_bmp(strokes, &bmp))
        papers_add(a, path_id,
                   &(struct paper_file){.bytes = bmp.p, .len = bmp.len, .kind = "bmp", .name = "签名.bmp", .pages = 1});
    else if (count)
        papers_delete(a, path_id, 0);
}
