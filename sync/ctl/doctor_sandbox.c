/* doctor_sandbox.c — does this kernel give what the locked children of bulu-worker need: Landlock, seccomp filters, memfds? */
#include "sync/base/cleanup.h"
#include "sync/ctl/doctor.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static bool seccomp_there(void)
{
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static bool memfd_there(void)
{
    AUTOCLOSE int fd = memfd_create("doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd >= 0;
}

void doctor_sandbox(struct doctor *d)
{
    long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (!seccomp_there())
        doctor_say(d, MARK_BROKEN, "换用带 CONFIG_SECCOMP_FILTER 的内核（Debian 12 自带的即可）",
                   "内核没有 seccomp 过滤，文件解码无法隔离");
    if (!memfd_there())
        doctor_say(d, MARK_BROKEN, "换用 Debian 12 自带的内核", "内核没有 memfd，文件无法交给解码进程");
    if (landlock < 0)
        doctor_say(d, MARK_CARE,
                   "内核参数加 lsm=landlock,…（Debian 12 自带的内核支持）；正式终端没有它将拒绝启动解码进程",
                   "Landlock 不可用（%s）", errno == EOPNOTSUPP ? "未启用" : "内核不支持");
    else
        doctor_say(d, MARK_GOOD, "", "解码隔离可用：seccomp，Landlock 第 %ld 版", landlock);
}
