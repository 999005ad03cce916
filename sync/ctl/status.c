#include "sync/base/cleanup.h"
#include "sync/ctl/command.h"
#include "sync/store/settings.h"

#include <inttypes.h>
#include <stdio.h>

struct figures {
    struct store_health health;
    struct queue_figures queue;
    char epoch[37], head[HASH_HEX];
    int64_t last_seq, audit_rows;
};

static bool gather(struct store *s, struct figures *f, struct err *e)
{
    return store_health(s, &f->health, e) && store_queue_figures(s, &f->queue, e) &&
           store_epoch(s, f->epoch, &f->last_seq, e) && store_audit_head(s, &f->audit_rows, f->head, e);
}

/* "" where it was never set. */
static char *setting(struct store *s, const char *name)
{
    CLEANUP(str) struct str v = {0};
    return store_setting_get(s, name, &v, NULL) ? str_take(&v) : xstrdup("");
}

static char *contact(struct store *s)
{
    AUTOFREE char *ms = setting(s, SETTING_LAST_CONTACT);
    char z[40];
    if (!*ms)
        return xstrdup("");
    clock_iso_beijing(atoll(ms), z, sizeof z);
    return xstrdup(z);
}

static void print_json(struct store *s, const struct figures *f)
{
    AUTOFREE char *number = setting(s, SETTING_KIOSK_NUMBER), *hall = setting(s, SETTING_HALL_NAME), *last = contact(s);
    ctl_print_json(json_pack(
        "{s:s, s:s, s:s, s:{s:i, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:s, s:I}, s:{s:I, s:s}}",
        "kiosk", number, "hall", hall, "last_contact", last, "store", "schema", f->health.schema, "db_bytes",
        (json_int_t)f->health.db_bytes, "wal_bytes", (json_int_t)f->health.wal_bytes, "blob_files",
        (json_int_t)f->health.blob_files, "blob_bytes", (json_int_t)f->health.blob_bytes, "queue", "waiting",
        (json_int_t)f->queue.waiting, "sending", (json_int_t)f->queue.sending, "failed", (json_int_t)f->queue.failed,
        "delivered", (json_int_t)f->queue.delivered, "oldest_ms", (json_int_t)f->queue.oldest_ms, "epoch", "id",
        f->epoch, "last_seq", (json_int_t)f->last_seq, "audit", "rows", (json_int_t)f->audit_rows, "head", f->head));
}

static void print_text(struct store *s, const struct figures *f)
{
    AUTOFREE char *number = setting(s, SETTING_KIOSK_NUMBER), *hall = setting(s, SETTING_HALL_NAME), *last = contact(s);
    printf("终端编号      %s\n", *number ? number : "（未注册）");
    printf("大厅          %s\n", *hall ? hall : "（未知）");
    printf("上次联系平台  %s\n", *last ? last : "（从未）");
    printf("待上传        %" PRId64 "\n", f->queue.waiting);
    printf("正在上传      %" PRId64 "\n", f->queue.sending);
    printf("未能送达      %" PRId64 "%s\n", f->queue.failed, f->queue.failed ? "   （bulu-ctl queue 查看原因）" : "");
    printf("已送达        %" PRId64 "\n", f->queue.delivered);
    if (f->queue.oldest_ms) {
        char z[40];
        clock_iso_beijing(f->queue.oldest_ms, z, sizeof z);
        printf("最早一条      %s\n", z);
    }
    printf("附件文件      %" PRId64 " 个，%.1f MB\n", f->health.blob_files, (double)f->health.blob_bytes / 1e6);
    printf("数据库        %.1f MB，日志 %.1f MB，结构版本 %d\n", (double)f->health.db_bytes / 1e6,
           (double)f->health.wal_bytes / 1e6, f->health.schema);
    printf("存储纪元      %s，最后序号 %" PRId64 "\n", f->epoch, f->last_seq);
    printf("审计链        %" PRId64 " 条，%.16s\n", f->audit_rows, f->head);
}

int ctl_status(struct ctl *c, int argc, char **argv)
{
    struct figures f = {0};
    struct err e = {0};
    if (!ctl_no_arguments(argc, argv))
        return CTL_USAGE;
    struct store *s = ctl_store(c);
    if (!s)
        return CTL_FAILED;
    bool ok = gather(s, &f, &e);
    if (!ok)
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    else if (c->json)
        print_json(s, &f);
    else
        print_text(s, &f);
    store_close(s);
    return ok ? CTL_DONE : CTL_FAILED;
}
