/* worker_bench.c — what a person waits for at the scanner and the stick: an A4 page made ready (decoded, straightened, cut out, encoded), a
 * thumb of a large JPEG and of a PDF, the candidates of a word. Through the door and a locked child, as the kiosk does it. */
#include "tests/support/pictures.h"
#include "tests/support/t.h"
#include "tests/support/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 15 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void measure(struct worker_door *d, const char *name, enum worker_kind kind, const char *args,
                    const struct str *in)
{
    double ms[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) { /* the first is not counted: it starts what is persistent */
        double from = now_ms();
        struct worker_said s = worker_call(d, kind, json_loads(args, 0, NULL), in ? in->p : NULL, in ? in->len : 0);
        if (!s.ok) {
            fprintf(stderr, "worker_bench: %s: %s %s\n", name, s.error, s.detail);
            exit(1);
        }
        if (i >= 0)
            ms[i] = now_ms() - from;
        worker_said_cleanup(&s);
    }
    qsort(ms, ROUNDS, sizeof *ms, by_value);
    printf("{\"name\":\"%s\",\"unit\":\"ms\",\"p50\":%.1f,\"p99\":%.1f}\n", name, ms[ROUNDS / 2], ms[ROUNDS - 1]);
}

int main(void)
{
    struct worker_door *d = worker_open();
    CLEANUP(str) struct str page = {0}, big = {0}, pdf = {0};
    AUTOFREE unsigned char *px = picture_page(2480, 3508, 1.5, 60, 92);
    picture_jpeg(&page, px, 2480, 3508, 90);
    for (int quality = 70; big.len < 3900000 && quality <= 98; quality += 2) {
        str_clear(&big);
        picture_noise_jpeg(&big, 2400, 1800, quality);
    }
    picture_pdf(&pdf, 5, false);
    fprintf(stderr, "page %zu bytes, large JPEG %zu bytes\n", page.len, big.len);
    measure(d, "page_a4_300dpi_ms", WORKER_PAGE, "{\"crop\":true,\"max_bytes\":3670016}", &page);
    measure(d, "thumb_jpeg_4mb_ms", WORKER_THUMB, "{\"width\":400,\"height\":560}", &big);
    measure(d, "thumb_pdf_ms", WORKER_THUMB, "{\"width\":400,\"height\":560}", &pdf);
    measure(d, "pinyin_ms", WORKER_PINYIN, "{\"letters\":\"zhuanyejishu\",\"max\":60}", NULL);
    worker_door_destroy(d);
    return 0;
}
