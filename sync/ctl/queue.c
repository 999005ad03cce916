#include "sync/base/cleanup.h"
#include "sync/ctl/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_json(const struct queue_figures *q, const struct dead_letter *dead, size_t n)
{
    json_t *failed = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(failed,
                              json_pack("{s:I, s:s, s:s, s:i, s:I, s:s}", "seq", (json_int_t)dead[i].seq, "declaration",
                                        dead[i].declaration, "receipt", dead[i].receipt, "version", dead[i].version,
                                        "at_ms", (json_int_t)dead[i].at_ms, "problem", dead[i].problem));
    ctl_print_json(json_pack("{s:I, s:I, s:I, s:o}", "waiting", (json_int_t)q->waiting, "sending",
                             (json_int_t)q->sending, "delivered", (json_int_t)q->delivered, "failed", failed));
}

static void print_text(const struct queue_figures *q, const struct dead_letter *dead, size_t n)
{
    printf("待上传 %" PRId64 " 条，正在上传 %" PRId64 " 条，已送达 %" PRId64 " 条，未能送达 %zu 条\n", q->waiting,
           q->sending, q->delivered, n);
    for (size_t i = 0; i < n; i++) {
        char at[40];
        clock_iso_beijing(dead[i].at_ms, at, sizeof at);
        printf("\n  序号 %" PRId64 "   回执 %s   第 %d 版   %s\n  原因：%s\n", dead[i].seq, dead[i].receipt,
               dead[i].version, at, *dead[i].problem ? dead[i].problem : "（平台未说明）");
    }
    if (n)
        puts("\n原因排除后：bulu-ctl queue retry 序号");
}

static bool show(const struct ctl *c, struct store *s, struct err *e)
{
    struct queue_figures q;
    struct dead_letter *dead = NULL;
    size_t n = 0;
    if (!store_queue_figures(s, &q, e) || !store_dead_letters(s, &dead, &n, e))
        return false;
    if (c->json)
        print_json(&q, dead, n);
    else
        print_text(&q, dead, n);
    store_dead_letters_free(dead, n);
    return true;
}

static bool retry(const struct ctl *c, struct store *s, int64_t seq, struct err *e)
{
    if (!store_dead_retry(s, seq, e))
        return false;
    if (c->json)
        ctl_print_json(json_pack("{s:I}", "queued", (json_int_t)seq));
    else
        printf("序号 %" PRId64 " 已重新排队\n", seq);
    return true;
}

static bool parse_seq(const char *z, int64_t *seq)
{
    char *end;
    *seq = strtoll(z, &end, 10);
    return end != z && !*end && *seq > 0;
}

int ctl_queue(struct ctl *c, int argc, char **argv)
{
    int64_t seq = 0;
    struct err e = {0};
    if (argc > 1 && (argc != 3 || strcmp(argv[1], "retry") || !parse_seq(argv[2], &seq))) {
        fputs("usage: bulu-ctl queue [retry SEQ]\n", stderr);
        return CTL_USAGE;
    }
    struct store *s = ctl_store(c);
    if (!s)
        return CTL_FAILED;
    bool ok = seq ? retry(c, s, seq, &e) : show(c, s, &e);
    store_close(s);
    if (!ok && e.code == ERR_NOT_FOUND)
        fprintf(stderr, "bulu-ctl: 没有序号为 %" PRId64 " 的未送达记录 / no failed record of that number\n", seq);
    else if (!ok)
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    return ok ? CTL_DONE : CTL_FAILED;
}
