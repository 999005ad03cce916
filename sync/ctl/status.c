#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/ctl/command.h"
#include "sync/record/asset_set.h"
#include "sync/record/form.h"
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

/* What forms, rules and dictionaries this kiosk works by, and whether that is old by the platform's time. */
struct rules {
    char form[64], rules[64], codes[64], date[11];
    size_t packages;
    int age; /* days; -1: the platform's time is not known */
};

static void look_at_rules(const struct ctl *c, struct store *s, struct rules *out)
{
    AUTOFREE char *dir = path_join(c->conf->store_dir, STORE_ASSETS), *path = asset_set_path(dir, c->conf->assets_dir);
    AUTOFREE char *last = setting(s, SETTING_LAST_CONTACT), *offset = setting(s, SETTING_TIME_OFFSET);
    struct asset_set set = {0};
    struct form_set *f = form_set_load(path, NULL);
    bool packaged = asset_set_read(path, &set, NULL);
    out->age = -1;
    if (!f)
        return;
    zcopy(out->form, sizeof out->form, form_set_version(f));
    zcopy(out->rules, sizeof out->rules, form_set_rules_version(f));
    zcopy(out->codes, sizeof out->codes, form_set_codes_version(f));
    zcopy(out->date, sizeof out->date, packaged ? set.date : form_set_date(f));
    out->packages = set.n;
    if (*last && *out->date)
        out->age = asset_age(out->date, clock_wall(clock_system()) + atoll(offset));
    form_set_destroy(f);
}

static void print_rules(const struct rules *r)
{
    if (!*r->form)
        printf("表单、规则    （没有或读不出，bulu-ctl assets 查看原因）\n");
    else
        printf("表单、规则    表单 %s，规则 %s，词典 %s，%s，%zu 个签名包\n", r->form, r->rules, r->codes,
               *r->date ? r->date : "无日期", r->packages);
    if (r->age > ASSET_AGE_MAX)
        printf("              已有 %d 天没有更新，请检查网络或联系平台   （bulu-ctl package show）\n", r->age);
}

static void print_json(struct store *s, const struct figures *f, const struct rules *r)
{
    AUTOFREE char *number = setting(s, SETTING_KIOSK_NUMBER), *hall = setting(s, SETTING_HALL_NAME), *last = contact(s);
    ctl_print_json(json_pack(
        "{s:s, s:s, s:s, s:{s:i, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:s, s:I}, s:{s:I, s:s}, "
        "s:{s:s, s:s, s:s, s:s, s:i, s:i}}",
        "kiosk", number, "hall", hall, "last_contact", last, "store", "schema", f->health.schema, "db_bytes",
        (json_int_t)f->health.db_bytes, "wal_bytes", (json_int_t)f->health.wal_bytes, "blob_files",
        (json_int_t)f->health.blob_files, "blob_bytes", (json_int_t)f->health.blob_bytes, "queue", "waiting",
        (json_int_t)f->queue.waiting, "sending", (json_int_t)f->queue.sending, "failed", (json_int_t)f->queue.failed,
        "delivered", (json_int_t)f->queue.delivered, "oldest_ms", (json_int_t)f->queue.oldest_ms, "epoch", "id",
        f->epoch, "last_seq", (json_int_t)f->last_seq, "audit", "rows", (json_int_t)f->audit_rows, "head", f->head,
        "assets", "form", r->form, "rules", r->rules, "codes", r->codes, "date", r->date, "age_days", r->age,
        "packages", (int)r->packages));
}

static void print_text(struct store *s, const struct figures *f, const struct rules *r)
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
    print_rules(r);
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
    struct rules r = {0};
    bool ok = gather(s, &f, &e);
    look_at_rules(c, s, &r);
    if (!ok)
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    else if (c->json)
        print_json(s, &f, &r);
    else
        print_text(s, &f, &r);
    store_close(s);
    return ok ? CTL_DONE : CTL_FAILED;
}
