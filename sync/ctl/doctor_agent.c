/* doctor_agent.c — is this kiosk enrolled, is its certificate good for a while, does the agent answer on its socket? */
#include "sync/agent/openssl.h"
#include "sync/agent/reason.h"
#include "sync/base/cleanup.h"
#include "sync/ctl/doctor.h"
#include "sync/link/link.h"
#include "sync/store/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 3000

void doctor_enrolment(struct doctor *d)
{
    CLEANUP(str) struct str number = {0};
    unsigned char key[KEY_BYTES];
    char id[PLATFORM_KEY_ID_SIZE];
    if (!d->store)
        doctor_say(d, MARK_CARE, "先解决数据库的问题", "注册情况未知");
    else if (!store_platform_key(d->store, key, id, NULL))
        doctor_say(d, MARK_BROKEN, "向平台管理员要注册二维码，运行 bulu-ctl enrol", "本机尚未在平台注册，不能提交申报");
    else if (!store_setting_get(d->store, SETTING_KIOSK_NUMBER, &number, NULL))
        doctor_say(d, MARK_CARE, "联网后会自动取得", "已注册，终端编号未知");
    else
        doctor_say(d, MARK_GOOD, "", "已注册，终端编号 %s", str_z(&number));
}

/* Days until it ends; false when the file is no certificate. */
static bool days_left(FILE *f, int *days)
{
    X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
    int seconds = 0;
    bool ok = x && ASN1_TIME_diff(days, &seconds, NULL, X509_get0_notAfter(x));
    if (ok && seconds < 0)
        --*days;
    X509_free(x);
    return ok;
}

void doctor_certificate(struct doctor *d)
{
    int days = 0;
    FILE *f = fopen(d->conf->agent_cert, "re");
    if (!f) {
        int number = errno;
        doctor_say(d, number == EACCES ? MARK_CARE : MARK_BROKEN,
                   number == EACCES ? "用 bulu-sync 或管理员身份运行"
                                    : "运行 bulu-ctl enrol；或改正 [agent] cert 的路径",
                   "设备证书 %s：%s", d->conf->agent_cert, doctor_reason(number));
        return;
    }
    bool ok = days_left(f, &days);
    fclose(f);
    if (!ok)
        doctor_say(d, MARK_BROKEN, "重新注册：bulu-ctl enrol", "设备证书 %s 已损坏", d->conf->agent_cert);
    else if (days < 0)
        doctor_say(d, MARK_BROKEN, "先核对系统时间；时间无误则重新注册：bulu-ctl enrol", "设备证书已过期 %d 天", -days);
    else if (days < 30)
        doctor_say(d, MARK_CARE, "让终端联网，上传程序会自动续期；看日志里续期失败的原因", "设备证书还有 %d 天到期",
                   days);
    else
        doctor_say(d, MARK_GOOD, "", "设备证书还有 %d 天到期", days);
}

/* --- the socket --- */

/* The agent's reasons (agent/reason.h) in this program's words. */
static const struct {
    const char *words, *remedy;
} reasons[] = {
    [REASON_NONE] = {"已连上平台", ""},
    [REASON_STARTING] = {"刚启动，还没有尝试连接", "等一分钟再看"},
    [REASON_NOT_ENROLLED] = {"本机尚未注册", "向平台管理员要注册二维码，运行 bulu-ctl enrol"},
    [REASON_ENDPOINT] = {"平台的地址不在允许的名单里", "联系平台管理员：核对平台地址和最新的规则包"},
    [REASON_NETWORK] = {"连不上平台", "检查网线、路由器；恢复后会自动上传，记录不会丢失"},
    [REASON_HOST] = {"平台的域名解析不了", "检查网络的 DNS 设置；核对平台地址"},
    [REASON_TLS] = {"对方的证书不是我们的平台的", "可能有人冒充平台，或平台换了证书：联系平台管理员，不要绕过"},
    [REASON_CLOCK] = {"本机时间不对，无法安全连接", "校准时间：timedatectl set-ntp true；检查主板电池"},
    [REASON_REFUSED] = {"平台不接受本机的证书", "联系平台管理员：本机可能已被停用；需要时重新注册"},
    [REASON_REVOKED] = {"平台已停用本机", "联系平台管理员：确认后用新的注册码重新注册；未提交的记录都还在，不会丢失"},
    [REASON_ENDED] = {"设备证书已过期", "先核对系统时间；时间无误则向平台管理员要注册码，重新注册：bulu-ctl enrol"},
    [REASON_BUSY] = {"平台繁忙，稍后自动重试", "不用处理"},
    [REASON_PLATFORM] = {"平台有故障，稍后自动重试", "联系平台管理员"},
    [REASON_STORE] = {"上传程序读写不了本机存储", "看上面存储各项的办法"},
};
_Static_assert(ARRAY_LEN(reasons) == REASONS, "words for every reason");

struct ask {
    bool answered, ok;
    enum reason reason;
    char problem[80]; /* what was wrong with the question */
};

static void on_answer(void *ctx, bool ok, const json_t *body)
{
    struct ask *a = ctx;
    const char *title = json_string_value(json_object_get(body, "title"));
    const char *key = json_string_value(json_object_get(body, "reason"));
    a->answered = true;
    a->ok = ok;
    a->reason = REASON_PLATFORM; /* a key of a newer agent */
    for (enum reason r = REASON_NONE; key && r < REASONS; r++)
        if (!strcmp(reason_key(r), key))
            a->reason = r;
    zcopy(a->problem, sizeof a->problem, title ? title : "");
}

static void ignore_connected(void *ctx, bool connected)
{
    (void)ctx;
    (void)connected;
}

static void ignore_news(void *ctx, const char *what, const json_t *body)
{
    (void)ctx;
    (void)what;
    (void)body;
}

/* Asks for the agent's state as the app does. */
static struct ask ask_agent(const char *path)
{
    static const struct link_client_ops ops = {ignore_connected, ignore_news};
    struct ask a = {0};
    struct link_client *c = link_client_create(path, "bulu-ctl", "1", &ops, &a);
    int64_t end = clock_mono(clock_system()) + ANSWER_MS;
    link_client_request(c, "state", NULL, ANSWER_MS, on_answer, &a);
    for (int64_t now = end - ANSWER_MS; !a.answered && now < end; now = clock_mono(clock_system())) {
        short events = 0;
        int64_t deadline = -1;
        struct pollfd p = {.fd = link_client_fd(c, &events, &deadline)};
        p.events = events;
        if (deadline < 0 || deadline > end)
            deadline = end;
        poll(&p, 1, (int)(deadline > now ? deadline - now : 0));
        link_client_step(c, p.revents, clock_mono(clock_system()));
    }
    link_client_destroy(c);
    return a;
}

void doctor_agent(struct doctor *d)
{
    const char *path = d->conf->agent_socket;
    if (access(path, F_OK) < 0) {
        doctor_say(d, MARK_BROKEN, "systemctl start bulu-sync；看日志：journalctl -u bulu-sync",
                   "上传程序没有运行（%s 不在）", path);
        return;
    }
    struct ask a = ask_agent(path);
    if (!a.answered || !a.ok)
        doctor_say(d, MARK_BROKEN, "systemctl restart bulu-sync；当前用户须在它允许的名单里（[agent] uids）",
                   "上传程序没有应答（%s）", *a.problem ? a.problem : "超时");
    else
        doctor_say(d, a.reason == REASON_NONE ? MARK_GOOD : MARK_CARE, reasons[a.reason].remedy, "上传程序在运行，%s",
                   reasons[a.reason].words);
}
