/* doctor.c — what is missing or wrong on this machine, in words, with the remedy. A check is a row of `checks`; it looks, changes nothing
 * that lasts, and says one of: good, take care, broken. */
#include "sync/ctl/doctor.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/random.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"
#include "sync/store/device.h"
#include "sync/store/settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const char *const mark_words[] = {[MARK_GOOD] = "正常", [MARK_CARE] = "注意", [MARK_BROKEN] = "故障"};
static const char *const mark_names[] = {[MARK_GOOD] = "good", [MARK_CARE] = "care", [MARK_BROKEN] = "broken"};

void doctor_say(struct doctor *d, enum mark mark, const char *remedy, const char *fmt, ...)
{
    va_list ap;
    char text[512];
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    d->marks[mark]++;
    if (d->json) {
        json_array_append_new(d->json, json_pack("{s:s, s:s, s:s, s:s}", "check", d->check, "state", mark_names[mark],
                                                 "text", text, "remedy", mark == MARK_GOOD ? "" : remedy));
        return;
    }
    printf("[%s] %s\n", mark_words[mark], text);
    if (mark != MARK_GOOD)
        printf("       办法：%s\n", remedy);
}

const char *doctor_reason(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
        return "不存在";
    case EACCES:
    case EPERM:
        return "没有权限";
    case ENOSPC:
    case EDQUOT:
        return "磁盘已满";
    case EROFS:
        return "文件系统只读";
    case EIO:
        return "磁盘读写错误";
    default:
        return strerror(errno_value);
    }
}

/* --- the store --- */

static void check_store_dir(struct doctor *d)
{
    struct stat st;
    const char *dir = d->conf->store_dir;
    if (stat(dir, &st) < 0) {
        doctor_say(d, MARK_BROKEN, "安装程序会建立它；手工：install -d -m 2770 -o kiosk -g bulu 目录",
                   "存储目录 %s：%s", dir, doctor_reason(errno));
        return;
    }
    if (!S_ISDIR(st.st_mode))
        doctor_say(d, MARK_BROKEN, "移走这个文件，重新建立目录", "存储目录 %s 不是目录", dir);
    else if ((st.st_mode & 02070) != 02070 || st.st_mode & 07)
        doctor_say(d, MARK_CARE, "chmod 2770 目录：终端与上传程序属于同一组，其他人无权进入",
                   "存储目录 %s 的权限是 %04o，应为 2770", dir, st.st_mode & 07777);
    else
        doctor_say(d, MARK_GOOD, "", "存储目录 %s", dir);
    d->dir_there = S_ISDIR(st.st_mode);
}

/* Writes, syncs and removes a file, as every save does. */
static void check_writes(struct doctor *d)
{
    if (!d->dir_there) /* said once is enough; so the next two */
        return;
    struct err e = {0};
    AUTOFREE char *path = xasprintf("%s/.doctor", d->conf->store_dir);
    AUTOFREE char *bytes = xcalloc(1, 65536);
    int64_t before = clock_mono(clock_system());
    bool ok = file_write_durable(path, bytes, 65536, 0600, &e);
    int64_t ms = clock_mono(clock_system()) - before;
    unlink(path);
    if (!ok && e.code == ERR_FULL)
        doctor_say(d, MARK_BROKEN, "清理磁盘；未上传的记录不要删除", "磁盘已满，不能保存");
    else if (!ok && e.code == ERR_DENIED)
        doctor_say(d, MARK_BROKEN, "用 kiosk、bulu-sync 或管理员身份运行；检查目录的属主和组",
                   "当前用户不能在存储目录写入");
    else if (!ok)
        doctor_say(d, MARK_BROKEN, "检查磁盘是否损坏或变为只读（dmesg、mount）", "写入或落盘失败：%s", e.text);
    else if (ms > 500)
        doctor_say(d, MARK_CARE, "磁盘可能老化，检查 SMART，考虑更换", "写入并落盘 64 KB 用了 %" PRId64 " 毫秒，太慢",
                   ms);
    else
        doctor_say(d, MARK_GOOD, "", "写入并落盘正常（%" PRId64 " 毫秒）", ms);
}

static void check_space(struct doctor *d)
{
    if (!d->dir_there)
        return;
    struct statvfs v;
    if (statvfs(d->conf->store_dir, &v) < 0) {
        doctor_say(d, MARK_BROKEN, "检查磁盘是否损坏", "无法得知剩余空间：%s", doctor_reason(errno));
        return;
    }
    int64_t mb = (int64_t)((double)v.f_bavail * (double)v.f_frsize / 1e6);
    if (v.f_files && v.f_favail < 1000)
        doctor_say(d, MARK_BROKEN, "清理小文件", "文件系统只剩 %llu 个文件位", (unsigned long long)v.f_favail);
    else if (mb < d->conf->min_free_mb)
        doctor_say(d, mb < d->conf->min_free_mb / 5 ? MARK_BROKEN : MARK_CARE,
                   "清理磁盘；让终端联网，把积压的记录传上去", "剩余空间 %" PRId64 " MB，少于 %" PRId64 " MB", mb,
                   d->conf->min_free_mb);
    else
        doctor_say(d, MARK_GOOD, "", "剩余空间 %" PRId64 " MB", mb);
}

static void check_store(struct doctor *d)
{
    struct store_health h;
    struct queue_figures q;
    struct err e = {0};
    if (!d->store) {
        doctor_say(d, d->store_missing ? MARK_CARE : MARK_BROKEN,
                   d->store_missing ? "第一次启动终端程序时会建立" : "不要删除；联系维护人员，先备份整个存储目录",
                   "数据库打不开：%s", d->store_problem);
        return;
    }
    if (!store_health(d->store, &h, &e) || !store_queue_figures(d->store, &q, &e)) {
        doctor_say(d, MARK_BROKEN, "运行 bulu-ctl verify；先备份整个存储目录", "数据库读不出：%s", e.text);
        return;
    }
    doctor_say(d, MARK_GOOD, "", "数据库正常（结构版本 %d，WAL，同步级别 %d）", h.schema, h.synchronous);
    if (h.wal_bytes > 64 << 20)
        doctor_say(d, MARK_CARE, "重新启动终端程序和上传程序", "数据库日志有 %" PRId64 " MB，没有收回",
                   h.wal_bytes >> 20);
    if (q.failed)
        doctor_say(d, MARK_CARE, "bulu-ctl queue 查看原因，排除后 bulu-ctl queue retry 序号",
                   "%" PRId64 " 条记录未能送达", q.failed);
}

static void check_secret(struct doctor *d)
{
    if (!d->dir_there)
        return;
    struct stat st;
    AUTOFREE char *path = xasprintf("%s/device.secret", d->conf->store_dir);
    if (stat(path, &st) < 0)
        doctor_say(d, MARK_CARE, "终端程序第一次启动时会建立；如果以前有过，原来的草稿将无法打开，请从备份恢复",
                   "没有设备密钥文件：%s", doctor_reason(errno));
    else if ((st.st_mode & 0777) != 0600 || st.st_size != 32)
        doctor_say(d, MARK_BROKEN, "chmod 600，属主为 kiosk；大小不对请从备份恢复",
                   "设备密钥文件权限 %03o、%lld 字节，应为 600、32 字节", st.st_mode & 0777, (long long)st.st_size);
    else
        doctor_say(d, MARK_GOOD, "", "设备密钥在，只有终端程序可读");
}

/* --- clock --- */

#define EARLIEST_MS ((int64_t)1767225600000) /* 2026-01-01: before this program was written */
#define LATEST_MS   ((int64_t)4102444800000) /* 2100 */

static void check_clock(struct doctor *d)
{
    int64_t now = clock_wall(clock_system());
    CLEANUP(str) struct str offset = {0};
    char z[40];
    clock_iso_beijing(now, z, sizeof z);
    if (now < EARLIEST_MS || now > LATEST_MS) {
        doctor_say(d, MARK_BROKEN,
                   "校准时间：timedatectl set-ntp true，或 date -s；检查主板电池。时间错误时无法安全连接平台",
                   "系统时间不可信：%s", z);
        return;
    }
    if (d->store && store_setting_get(d->store, SETTING_TIME_OFFSET, &offset, NULL) &&
        llabs(atoll(offset.p)) > 5 * 60 * 1000) {
        doctor_say(d, MARK_CARE, "校准时间：timedatectl set-ntp true；检查主板电池",
                   "系统时间 %s，与平台相差 %lld 分钟", z, atoll(offset.p) / 60000);
        return;
    }
    doctor_say(d, MARK_GOOD, "", "系统时间 %s", z);
}

/* --- what is shown --- */

static void check_assets(struct doctor *d)
{
    struct err e = {0};
    struct form_set *f = form_set_load(d->conf->assets_dir, &e);
    if (f)
        doctor_say(d, MARK_GOOD, "", "表单 %s，规则 %s", form_set_version(f), form_set_rules_version(f));
    else
        doctor_say(d, MARK_BROKEN, "重新安装程序；或改正 [kiosk] assets 的路径", "表单读不出：%s", e.text);
    form_set_destroy(f);
}

/* A face is there when one of its candidates, or its subset, is. */
static bool face_present(struct doctor *d, const json_t *face)
{
    size_t i;
    json_t *candidate;
    json_array_foreach(json_object_get(face, "candidates"), i, candidate)
    {
        const char *file = json_string_value(json_object_get(candidate, "file"));
        if (file && access(file, R_OK) == 0)
            return true;
    }
    const char *subset = json_string_value(json_object_get(face, "subset"));
    AUTOFREE char *path = xasprintf("%s/%s", d->conf->fonts_dir, subset ? subset : "");
    return subset && access(path, R_OK) == 0;
}

static void check_fonts(struct doctor *d)
{
    AUTOFREE char *path = xasprintf("%s/manifest.json", d->conf->fonts_dir);
    CLEANUP(json) json_t *manifest = json_load_file(path, 0, NULL);
    const char *name;
    json_t *face;
    CLEANUP(str) struct str missing = {0};
    size_t present = 0;
    bool sans = true;
    if (!json_object_get(manifest, "faces")) {
        doctor_say(d, MARK_BROKEN, "重新安装程序；或改正 [kiosk] fonts 的路径", "字体清单 %s 读不出", path);
        return;
    }
    json_object_foreach(json_object_get(manifest, "faces"), name, face)
    {
        if (face_present(d, face)) {
            present++;
            continue;
        }
        sans = sans && strcmp(name, "sans") != 0;
        str_printf(&missing, "%s%s", missing.len ? "、" : "", name);
    }
    if (missing.len)
        doctor_say(d, sans ? MARK_CARE : MARK_BROKEN,
                   "apt-get install fonts-noto-cjk fonts-noto-core fonts-ukij-uyghur；rare（生僻字）：fonts-hanazono",
                   "缺少字体：%s", missing.p);
    else
        doctor_say(d, MARK_GOOD, "", "字体齐全（%zu 种）", present);
}

/* --- scanner --- */

/* A backend is on when its name stands in dll.conf, or in a file of dll.d, and is not commented out. */
static size_t backends_in(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[256];
    size_t n = 0;
    while (f && fgets(line, sizeof line, f))
        n += line[strspn(line, " \t")] != '#' && line[strspn(line, " \t\r\n")] != '\0';
    if (f)
        fclose(f);
    return n;
}

static void check_scanner(struct doctor *d)
{
    AUTOFREE char *conf = xasprintf("%s/dll.conf", d->conf->sane_dir), *more = xasprintf("%s/dll.d", d->conf->sane_dir);
    size_t n = backends_in(conf);
    DIR *dir = opendir(more);
    for (struct dirent *f; dir && (f = readdir(dir));) {
        AUTOFREE char *path = path_join(more, f->d_name);
        n += f->d_name[0] == '.' ? 0 : backends_in(path);
    }
    if (dir)
        closedir(dir);
    if (access(conf, R_OK) < 0)
        doctor_say(d, MARK_CARE,
                   "apt-get install libsane1；或改正 [scanner] sane_config_dir。没有扫描仪时可从 U 盘导入",
                   "没有扫描仪配置 %s", conf);
    else if (!n)
        doctor_say(d, MARK_CARE, "在 dll.conf 里启用扫描仪的驱动（去掉行首的 #）", "扫描仪配置 %s 里没有启用任何驱动",
                   conf);
    else
        doctor_say(d, MARK_GOOD, "", "扫描仪配置在（启用 %zu 种驱动）", n);
}

/* --- devices, as the kiosk last wrote them down --- */

static void say_device(struct doctor *d, const struct strings *words, const struct device_row *r)
{
    static const char *const states[DEVICE_STATES] = {
        [DEVICE_UNUSED] = "还没用过",  [DEVICE_OK] = "正常",          [DEVICE_ATTENTION] = "请留意",
        [DEVICE_MISSING] = "没有接上", [DEVICE_HANGING] = "没有回应", [DEVICE_FAILED] = "出错"};
    static const char *const remedies[DEVICE_STATES] = {
        [DEVICE_ATTENTION] = "按提示处理（例如换上新的纸卷）",
        [DEVICE_MISSING] = "检查电源和连线，重新插拔；检查设备节点的权限和配置里的名字",
        [DEVICE_HANGING] = "关掉设备电源，等十秒再打开；仍然没有回应时更换",
        [DEVICE_FAILED] = "按提示排除后再试一次；反复出现时更换"};
    char since[40];
    const char *error = words && r->error[0] ? strings_find(words, r->error) : NULL;
    clock_iso_beijing(r->since_ms, since, sizeof since);
    doctor_say(d, r->state <= DEVICE_OK ? MARK_GOOD : MARK_CARE, remedies[r->state] ? remedies[r->state] : "",
               "%s（%s）：%s，自 %s；成功 %" PRId64 " 次，失败 %" PRId64 " 次%s%s", r->name, r->id, states[r->state],
               since, r->done, r->failed, r->error[0] ? "；最近一次出错：" : "", error ? error : r->error);
}

static void check_devices(struct doctor *d)
{
    AUTOFREE struct device_row *rows = NULL;
    AUTOFREE char *path = xasprintf("%s/strings/zh.po", d->conf->assets_dir);
    size_t n = 0;
    struct err e = {0};
    if (!d->store)
        return;
    if (!store_devices(d->store, &rows, &n, &e)) {
        doctor_say(d, MARK_BROKEN, "运行 bulu-ctl verify；先备份整个存储目录", "设备状态读不出：%s", e.text);
        return;
    }
    struct strings *words = n ? strings_load(path, NULL) : NULL; /* without them the keys are told */
    for (size_t i = 0; i < n; i++)
        say_device(d, words, &rows[i]);
    strings_destroy(words);
    if (!n)
        doctor_say(d, MARK_GOOD, "", "没有配置设备，或终端程序还没有启动过");
}

/* --- all of them --- */

static const struct {
    const char *name;
    void (*run)(struct doctor *d);
} checks[] = {
    {"store.dir", check_store_dir},  {"store.write", check_writes},
    {"store.space", check_space},    {"store.database", check_store},
    {"store.secret", check_secret},  {"clock", check_clock},
    {"enrolment", doctor_enrolment}, {"certificate", doctor_certificate},
    {"agent", doctor_agent},         {"assets", check_assets},
    {"fonts", check_fonts},          {"scanner", check_scanner},
    {"devices", check_devices},      {"sandbox", doctor_sandbox},
};

static void open_store(struct doctor *d)
{
    struct err e = {0};
    AUTOFREE char *db = path_join(d->conf->store_dir, "bulu.db");
    d->store_missing = access(db, F_OK) < 0 && errno == ENOENT;
    if (d->store_missing) { /* a doctor makes no store */
        zcopy(d->store_problem, sizeof d->store_problem, "尚未建立");
        return;
    }
    struct store_options o = {d->conf->store_dir, clock_system(), random_system(), crypto_sodium(), false};
    d->store = store_open(&o, &e);
    zcopy(d->store_problem, sizeof d->store_problem, e.text);
}

int ctl_doctor(struct ctl *c, int argc, char **argv)
{
    struct doctor d = {.conf = c->conf};
    if (!ctl_no_arguments(argc, argv))
        return CTL_USAGE;
    d.json = c->json ? json_array() : NULL;
    open_store(&d);
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        d.check = checks[i].name;
        checks[i].run(&d);
    }
    store_close(d.store);
    int broken = d.marks[MARK_BROKEN];
    if (d.json)
        ctl_print_json(json_pack("{s:b, s:i, s:i, s:o}", "ok", !broken, "broken", broken, "care", d.marks[MARK_CARE],
                                 "checks", d.json));
    else
        printf("\n%d 项正常，%d 项注意，%d 项故障\n", d.marks[MARK_GOOD], d.marks[MARK_CARE], broken);
    return broken ? CTL_FAILED : CTL_DONE;
}
