/* An icon is a line of small commands on a 24 × 24 grid, numbers in tenths where they have a point:
 *   "M x y x y …"       a polyline
 *   "O cx cy r"         a circle
 *   "A cx cy r from to" an arc, degrees clockwise from three o'clock
 *   "R x y w h r"       a rounded rectangle
 *   "D x y"             a dot */
#include "app/ui/icons.h"

#include "sync/base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct icon {
    const char *name, *path;
    bool turns; /* mirrored in right-to-left pages */
};

static const struct icon icons[] = {
    {"alert", "O 12 12 9 M 12 7.5 12 12.8 D 12 16.4", false},
    {"back", "M 20 12 4 12 M 10.5 5.5 4 12 10.5 18.5", true},
    {"backspace", "M 8 5 21 5 21 19 8 19 2.5 12 8 5 M 11.5 9 17 15 M 17 9 11.5 15", true},
    {"bell",
     "M 5.5 17 18.5 17 17 14.5 17 10.5 A 12 10.5 5 180 360 M 7 10.5 7 14.5 5.5 17 A 12 18 2.2 10 170 M 12 3.5 12 5.5",
     false},
    {"calendar", "R 3.5 5 17 15.5 2 M 3.5 10 20.5 10 M 8 2.8 8 7 M 16 2.8 16 7", false},
    {"camera", "R 2.5 6.5 19 13 2.5 O 12 13 3.8 M 8 6.5 9.5 4 14.5 4 16 6.5", false},
    {"card", "R 2.5 5 19 14 2 O 8 10.5 2 A 8 16.5 3.4 200 340 M 13.5 10 18.5 10 M 13.5 14 18.5 14", false},
    {"check", "M 4.5 12.5 9.8 17.8 19.5 6.5", false},
    {"check_circle", "O 12 12 9 M 7.8 12.2 11 15.4 16.4 9", false},
    {"clock", "O 12 12 9 M 12 6.8 12 12 15.5 14", false},
    {"close", "M 6 6 18 18 M 18 6 6 18", false},
    {"cloud", "A 8 14.2 4.3 100 265 A 12.6 10.4 5 195 340 A 17.2 14.6 3.9 280 450 M 7.3 18.5 17.2 18.5", false},
    {"cloud_off",
     "A 8 14.2 4.3 100 265 A 12.6 10.4 5 195 340 A 17.2 14.6 3.9 280 450 M 7.3 18.5 17.2 18.5 M 3.5 3.5 20.5 21",
     false},
    {"copy", "R 8 8 13 13 2 M 4.5 16 3.2 16 3.2 3.2 16 3.2 16 4.5", false},
    {"crop", "M 7 2.5 7 17 21.5 17 M 2.5 7 17 7 17 21.5", false},
    {"dot", "D 12 12", false},
    {"down", "M 5.5 9 12 15.5 18.5 9", false},
    {"edit", "M 4 20 5 15.5 16.5 4 20 7.5 8.5 19 4 20 M 14 6.5 17.5 10", false},
    {"enter", "M 20 5 20 13 5 13 M 9.5 8.5 5 13 9.5 17.5", true},
    {"exit", "M 10 4 4 4 4 20 10 20 M 9.5 12 20 12 M 15.5 7.5 20 12 15.5 16.5", true},
    {"eye", "A 12 19 11.4 225 315 A 12 5 11.4 45 135 O 12 12 2.8", false},
    {"eye_off", "A 12 19 11.4 225 315 A 12 5 11.4 45 135 O 12 12 2.8 M 4 4 20 20", false},
    {"file", "M 13.5 3 5.5 3 5.5 21 18.5 21 18.5 8 13.5 3 13.5 8 18.5 8 M 9 12.5 15 12.5 M 9 16.5 15 16.5", false},
    {"folder", "M 2.8 18.8 2.8 5 9 5 11.2 7.8 21.2 7.8 21.2 18.8 2.8 18.8", true},
    {"globe", "O 12 12 9 M 3 12 21 12 A 20.2 12 12.2 132 228 A 3.8 12 12.2 312 408", false},
    {"grip", "D 9 6 D 15 6 D 9 12 D 15 12 D 9 18 D 15 18", false},
    {"help", "O 12 12 9 A 12 9.8 2.7 185 380 M 14.5 10.9 12 12.6 12 13.6 D 12 16.8", false},
    {"home", "M 3.5 11.5 12 4 20.5 11.5 M 5.8 9.8 5.8 20 18.2 20 18.2 9.8 M 10 20 10 14.5 14 14.5 14 20", false},
    {"image", "R 3 4.5 18 15 2 O 8.2 9.4 1.7 M 3.5 17.5 9 12.5 12.5 15.8 16 12 20.5 16.5", false},
    {"info", "O 12 12 9 M 12 11.3 12 16.5 D 12 7.7", false},
    {"keyboard", "R 2.5 6 19 12 2 D 6.5 10 D 10.2 10 D 13.8 10 D 17.5 10 M 8 14 16 14", false},
    {"language", "O 12 12 9 M 3 12 21 12 A 20.2 12 12.2 132 228 A 3.8 12 12.2 312 408", false},
    {"large", "M 2.5 19 8.5 4.5 14.5 19 M 4.6 14 12.4 14 M 15.2 19 18.4 11.2 21.6 19 M 16.2 16.4 20.6 16.4", false},
    {"list", "M 8.5 6 20 6 M 8.5 12 20 12 M 8.5 18 20 18 D 4.3 6 D 4.3 12 D 4.3 18", true},
    {"lock", "R 5 11 14 9.5 2 M 8 11 8 8 A 12 8 4 180 360 M 16 8 16 11 D 12 15.7", false},
    {"minus", "M 5 12 19 12", false},
    {"more", "D 5.5 12 D 12 12 D 18.5 12", false},
    {"mute", "M 4 9.5 4 14.5 7.5 14.5 12 18.5 12 5.5 7.5 9.5 4 9.5 M 16 9.5 21 14.5 M 21 9.5 16 14.5", false},
    {"next", "M 9 5.5 15.5 12 9 18.5", true},
    {"page", "M 13.5 3 5.5 3 5.5 21 18.5 21 18.5 8 13.5 3 13.5 8 18.5 8", false},
    {"people", "O 9 8.5 3.3 A 9 20.5 6.6 187 353 O 16.8 9.6 2.5 A 16.8 19.5 4.9 245 358", false},
    {"person", "O 12 8 4 A 12 21.5 8 190 350", false},
    {"phone", "R 7 2.5 10 19 2 M 10.8 18.3 13.2 18.3", false},
    {"plus", "M 12 5 12 19 M 5 12 19 12", false},
    {"prev", "M 15 5.5 8.5 12 15 18.5", true},
    {"print", "M 7 9 7 3.5 17 3.5 17 9 M 7 17 3.5 17 3.5 9 20.5 9 20.5 17 17 17 M 7 14 17 14 17 20.5 7 20.5 7 14",
     false},
    {"qr",
     "R 3.5 3.5 7 7 1 R 13.5 3.5 7 7 1 R 3.5 13.5 7 7 1 D 7 7 D 17 7 D 7 17 M 14 14 14 17 M 20 14 17.5 14 17.5 20 M "
     "20.3 18 20.3 20.3 M 14 20.3 14 20.3",
     false},
    {"redo", "A 12 13 7.5 180 320 M 19 3.8 19 8.8 14 8.8", true},
    {"rotate", "A 12 12.5 8 -50 230 M 17.2 2 17.4 6.5 12.9 6.7", false},
    {"rotate_left", "A 12 12.5 8 -50 230 M 6.8 2 6.6 6.5 11.1 6.7", false},
    {"save", "M 4 4 16.5 4 20 7.5 20 20 4 20 4 4 M 8 4 8 9 15 9 15 4 M 8 20 8 14 16 14 16 20", false},
    {"scan",
     "M 3.5 8 3.5 3.5 8 3.5 M 16 3.5 20.5 3.5 20.5 8 M 20.5 16 20.5 20.5 16 20.5 M 8 20.5 3.5 20.5 3.5 16 M 3 12 21 12",
     false},
    {"search", "O 10.5 10.5 6.5 M 15.3 15.3 20.5 20.5", false},
    {"send", "M 21 3 3 10.5 10 14 13.5 21 21 3 10 14", true},
    {"shift", "M 12 4 4 12 8.5 12 8.5 19 15.5 19 15.5 12 20 12 12 4", false},
    {"sound", "M 4 9.5 4 14.5 7.5 14.5 12 18.5 12 5.5 7.5 9.5 4 9.5 A 12 12 4.2 -40 40 A 12 12 8 -42 42", false},
    {"space", "M 4 10 4 15 20 15 20 10", false},
    {"staff", "O 12 8.5 4 A 12 21.5 8 190 350 A 12 8.5 7.5 180 360 M 4.5 8.5 4.5 11 M 19.5 8.5 19.5 11", false},
    {"stop", "R 6 6 12 12 2", false},
    {"trash",
     "M 4 6.5 20 6.5 M 9 6.5 9 3.8 15 3.8 15 6.5 M 6 6.5 7 20.2 17 20.2 18 6.5 M 10 10.5 10.3 16.5 M 14 10.5 13.7 16.5",
     false},
    {"undo", "A 12 13 7.5 220 360 M 5 3.8 5 8.8 10 8.8", true},
    {"up", "M 5.5 15.5 12 9 18.5 15.5", false},
    {"upload", "M 12 16 12 4 M 7 9 12 4 17 9 M 4 16 4 20 20 20 20 16", false},
    {"usb", "M 9 3 15 3 15 9 9 9 9 3 M 7 9 17 9 17 17 14 21 10 21 7 17 7 9 M 11.4 5.5 11.4 6.5 M 13 5.5 13 6.5", false},
    {"zoom_in", "O 10.5 10.5 6.5 M 15.3 15.3 20.5 20.5 M 10.5 7.8 10.5 13.2 M 7.8 10.5 13.2 10.5", false},
    {"zoom_out", "O 10.5 10.5 6.5 M 15.3 15.3 20.5 20.5 M 7.8 10.5 13.2 10.5", false},
};

enum { GRID = 24, MAX_POINTS = 96 };

struct pen {
    struct draw *d;
    uint32_t color;
    double x, y, scale; /* of the grid, in 1/16 px */
    bool mirror;
    int width16;
    int xy[2 * MAX_POINTS], n;
};

static void to(struct pen *p, double gx, double gy)
{
    if (p->n == MAX_POINTS)
        return;
    p->xy[2 * p->n] = (int)lround(p->x + (p->mirror ? GRID - gx : gx) * p->scale);
    p->xy[2 * p->n + 1] = (int)lround(p->y + gy * p->scale);
    p->n++;
}

static void lift(struct pen *p, int width16)
{
    if (p->n > 0)
        draw_stroke16(p->d, p->xy, p->n, width16, p->color);
    p->n = 0;
}

static void arc(struct pen *p, double cx, double cy, double r, double from, double until)
{
    int steps = (int)(fabs(until - from) / 9) + 1;
    for (int i = 0; i <= steps; i++) {
        double a = (from + (until - from) * i / steps) * 3.14159265358979 / 180;
        to(p, cx + r * cos(a), cy + r * sin(a));
    }
}

static void round_rect(struct pen *p, const double *v)
{
    double x = v[0], y = v[1], w = v[2], h = v[3], r = v[4];
    arc(p, x + r, y + r, r, 180, 270);
    arc(p, x + w - r, y + r, r, 270, 360);
    arc(p, x + w - r, y + h - r, r, 0, 90);
    arc(p, x + r, y + h - r, r, 90, 180);
    to(p, x, y + r);
}

/* Reads up to max numbers; stops at the next letter. */
static int numbers(const char **path, double *v, int max)
{
    int n = 0;
    char *end;
    while (n < max) {
        double number = strtod(*path, &end);
        if (end == *path)
            break;
        v[n++] = number;
        *path = end;
    }
    while (**path == ' ')
        ++*path;
    return n;
}

static void command(struct pen *p, char what, const double *v, int n)
{
    if (what == 'M')
        for (int i = 0; i + 1 < n; i += 2)
            to(p, v[i], v[i + 1]);
    else if (what == 'O' && n == 3)
        arc(p, v[0], v[1], v[2], 0, 360);
    else if (what == 'A' && n == 5)
        arc(p, v[0], v[1], v[2], v[3], v[4]);
    else if (what == 'R' && n == 5)
        round_rect(p, v);
    else if (what == 'D' && n == 2)
        to(p, v[0], v[1]);
    lift(p, what == 'D' ? p->width16 * 3 / 2 : p->width16);
}

static int by_name(const void *key, const void *item)
{
    return strcmp(key, ((const struct icon *)item)->name);
}

static const struct icon *icon_find(const char *name)
{
    return name ? bsearch(name, icons, ARRAY_LEN(icons), sizeof *icons, by_name) : NULL;
}

bool icon_exists(const char *name)
{
    return icon_find(name) != NULL;
}

size_t icon_count(void)
{
    return ARRAY_LEN(icons);
}

const char *icon_name(size_t i)
{
    return icons[i].name;
}

void icon_draw(struct draw *d, const char *name, struct rect r, uint32_t color, bool rtl)
{
    const struct icon *icon = icon_find(name);
    if (!icon)
        return;
    int size = r.w < r.h ? r.w : r.h;
    struct pen p = {.d = d, .color = color, .scale = size * 16.0 / GRID, .mirror = rtl && icon->turns};
    p.x = r.x * 16 + (r.w - size) * 8;
    p.y = r.y * 16 + (r.h - size) * 8;
    p.width16 = (int)(p.scale * 2);
    for (const char *path = icon->path; *path;) {
        char what = *path++;
        double v[2 * MAX_POINTS];
        int n = numbers(&path, v, (int)ARRAY_LEN(v));
        command(&p, what, v, n);
    }
}

const char *icon_of_sign(const char *sign)
{
    static const struct {
        const char *sign, *icon;
    } signs[] = {{"✓", "check"}, {"!", "alert"}, {"！", "alert"}, {"–", "minus"}, {"-", "minus"},
                 {"×", "close"}, {"✗", "close"}, {"+", "plus"},   {"＋", "plus"}, {"?", "help"},
                 {"？", "help"}, {"i", "info"},  {"…", "more"},   {"●", "dot"}};
    for (size_t i = 0; sign && i < ARRAY_LEN(signs); i++)
        if (strcmp(sign, signs[i].sign) == 0)
            return signs[i].icon;
    return NULL;
}
