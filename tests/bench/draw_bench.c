/* A page as full as the fullest (two columns of fields, notes, a keyboard: about 700 characters), drawn at 1080×1920: the whole of it, and
 * then with a button of 400×80 px that changes. Text is laid out anew each frame as the ui does, out of the caches; the framebuffer is
 * our own, without a display. */
#include "app/ui/draw.h"
#include "app/ui/icons.h"
#include "app/ui/text.h"
#include "sync/base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { W = 1080, H = 1920, FRAMES = 400 };

static struct fonts *fonts;
static struct text_system *text;
static struct draw *draw;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void label(int x, int y, int width, int px, bool bold, uint32_t color, const char *words)
{
    const struct text_layout *l = text_lay(text, words, (struct text_style){px, bold, false}, width, 0, false, 140);
    text_draw(text, draw, l, x, y, width, ALIGN_START, color);
}

static void field(int x, int y, const char *name, const char *value)
{
    label(x, y, 460, 30, false, 0x4d6462, name);
    draw_round(draw, (struct rect){x, y + 48, 470, 100}, 18, 0xffffff, 255, 2, 0xd5dfdd);
    label(x + 24, y + 74, 420, 34, false, 0x16302f, value);
}

static void keyboard(void)
{
    static const char *const keys[] = {"q", "w", "e", "r", "t",  "y", "u", "i", "o", "p", "a", "s", "d",  "f", "g",
                                       "h", "j", "k", "l", "，", "z", "x", "c", "v", "b", "n", "m", "。", "·", "空格"};
    draw_fill(draw, (struct rect){0, 1420, W, 500}, 0xe3f1ef, 255);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        int x = 20 + (int)(i % 10) * 104, y = 1450 + (int)(i / 10) * 116;
        draw_round(draw, (struct rect){x, y, 92, 104}, 12, 0xffffff, 255, 2, 0xd5dfdd);
        label(x + 30, y + 26, 60, 38, false, 0x16302f, keys[i]);
    }
}

static void page(struct pixels px, bool pressed)
{
    static const char *const names[] = {"姓名",       "身份证号",         "出生年月", "手机号码",
                                        "现从事专业", "专业技术资格名称", "批准时间", "批准文号"};
    static const char *const values[] = {"阿依古丽·买买提", "650102 19900307 2316", "1990年3月",
                                         "139 0000 0000",   "计算机应用",           "工程师",
                                         "2010年12月31日",  "新经信人事〔2011〕3号"};
    draw_begin(draw, px);
    draw_fill(draw, (struct rect){0, 0, W, H}, 0xf5f7f4, 255);
    draw_gradient(draw, (struct rect){0, 0, W, 120}, 0x0b5a5a, 0x0c6b6a);
    icon_draw(draw, "back", (struct rect){40, 36, 48, 48}, 0xffffff, false);
    label(120, 34, 800, 36, true, 0xffffff, "补录申报表 · 工程师（2010）");
    label(40, 150, 1000, 52, true, 0x16302f, "请对照职称证书和批文填写要补录的一个职称");
    label(
        40, 230, 1000, 30, false, 0x4d6462,
        "例如：批准文号写“新经信人事〔2011〕3号”。第一次约 40–60 分钟，可以随时停下，下次接着办。请带身份证、职称证书、批文。"
        "所有内容在您按下“保存并下一步”以后保存在本机，网络不通也不会丢失；提交以后由基层工作单位审核。");
    draw_round(draw, (struct rect){20, 390, 1040, 900}, 24, 0xffffff, 255, 2, 0xd5dfdd);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        field(44 + (int)(i % 2) * 510, 410 + (int)(i / 2) * 190, names[i], values[i]);
    label(
        44, 1180, 980, 30, false, 0x8a4708,
        "批准时间应当在 2000 年 1 月 1 日至 2021 年 12 月 31 日之间。2018 年起发放的职称电子证书已经在平台里，不需要补录。");
    draw_round(draw, (struct rect){640, 1310, 400, 80}, 20, pressed ? 0x084b4c : 0x0c6b6a, 255, 0, 0);
    label(730, 1326, 260, 36, true, 0xffffff, "保存并下一步");
    keyboard();
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, struct pixels px, bool full)
{
    static int64_t ns[FRAMES];
    struct rect dirty[32];
    int64_t area = 0;
    for (int i = -10; i < FRAMES; i++) {
        int64_t start = now_ns();
        if (full)
            draw_forget(draw);
        page(px, i & 1);
        int n = draw_end(draw, dirty, 32);
        int64_t took = now_ns() - start;
        text_frame(text);
        for (int k = 0; k < n && i == 0; k++)
            area += (int64_t)dirty[k].w * dirty[k].h;
        if (i >= 0)
            ns[i] = took;
    }
    qsort(ns, FRAMES, sizeof *ns, by_value);
    int64_t p50 = ns[FRAMES / 2], p99 = ns[FRAMES * 99 / 100];
    printf("{\"name\": \"%s\", \"unit\": \"us\", \"p50\": %.1f, \"p99\": %.1f, \"dirty_px\": %lld}\n", name,
           (double)p50 / 1000, (double)p99 / 1000, (long long)area);
}

int main(void)
{
    struct err e = {0};
    fonts = fonts_open("fonts", &e);
    if (!fonts) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    text = text_create(fonts);
    draw = draw_create();
    struct pixels px = {xcalloc((size_t)W * H, 4), W, H, W};
    struct rect dirty[32];
    int64_t start = now_ns();
    page(px, false);
    draw_end(draw, dirty, 32);
    printf("{\"name\": \"frame_first_us\", \"unit\": \"us\", \"value\": %.1f}\n", (double)(now_ns() - start) / 1000);
    measure("frame_full_us", px, true);
    measure("frame_dirty_us", px, false);
    text_destroy(text);
    draw_destroy(draw);
    fonts_close(fonts);
    free(px.p);
    return 0;
}
