/* bulu-ctl: for staff and operators at a shell. A command is a row of `commands`. */
#include "sync/base/cleanup.h"
#include "sync/base/conf.h"
#include "sync/base/log.h"
#include "sync/ctl/command.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct command commands[] = {
    {"status", "", "本机状态：存储、队列、上次联系 / the store, the queue, the last contact", ctl_status},
    {"queue", "[retry SEQ]", "待上传与未能送达的记录；retry 重新排队 / what waits, what failed; retry: queue again",
     ctl_queue},
    {"verify", "[--privacy [MARKERS]]",
     "核对审计链、数据库与全部附件文件；--privacy 查找遗留的个人信息 / audit chain, database, every blob; --privacy: is anything of a "
     "person readable here",
     ctl_verify},
    {"doctor", "", "检查本机：缺什么、错在哪里、怎么办 / what is missing or wrong here, and the remedy", ctl_doctor},
    {"enrol", "FILE|-", "用平台给出的注册文本注册本机 / make this kiosk known to the platform by its enrolment text",
     ctl_enrol},
    {"staff", "[add BADGE ROLE|remove BADGE]",
     "工作人员：列出；添加（staff 或 operator，PIN 由标准输入读入）；删除 / who may open the staff door; add reads the PIN from "
     "standard input",
     ctl_staff},
    {"assets", "[DIR]", "检查表单、规则、词典与文字 / do forms, rules, dictionaries and texts load", ctl_assets},
    {"package", "…",
     "表单、规则、词典的签名包：制作、签名、核对、查看、退回 / signed packages: make, sign, verify, show, roll back",
     ctl_package},
};

#define KEY(member) offsetof(struct ctl_conf, member)
static const struct conf_key keys[] = {
    {"store", "dir", CONF_STRING, KEY(store_dir), "/var/lib/bulu/store", 0, 0, "the store that app and agent share"},
    {"store", "min_free_mb", CONF_INT, KEY(min_free_mb), "500", 1, 1 << 20, "doctor complains below so many free MB"},
    {"agent", "config", CONF_STRING, KEY(agent_conf), "/etc/bulu/bulu-sync.conf", 0, 0,
     "the agent's own file, for enrol"},
    {"agent", "socket", CONF_STRING, KEY(agent_socket), "/run/bulu/sync.sock", 0, 0, "the agent's local socket"},
    {"agent", "cert", CONF_STRING, KEY(agent_cert), "/var/lib/bulu-sync/identity/device.crt", 0, 0,
     "the device certificate (PEM), there after enrolment"},
    {"kiosk", "assets", CONF_STRING, KEY(assets_dir), "/usr/share/bulu/assets", 0, 0, "forms, texts, dictionaries"},
    {"kiosk", "fonts", CONF_STRING, KEY(fonts_dir), "/usr/share/bulu/fonts", 0, 0, "the fonts' manifest.json"},
    {"scanner", "sane_config_dir", CONF_STRING, KEY(sane_dir), "/etc/sane.d", 0, 0, "dll.conf and the backends' files"},
    {"privacy", "places", CONF_STRING, KEY(places),
     "/var/log,/run/log,/run/bulu,/var/lib/bulu-sync,/var/lib/systemd/coredump,/var/crash,/tmp,/var/tmp", 0, 0,
     "where else than in the store verify --privacy looks, by commas"},
};

static void usage(FILE *out)
{
    fputs("usage: bulu-ctl [--config FILE] [--json] COMMAND [ARGUMENT…]\n"
          "       bulu-ctl --print-config | --help\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-8s %-29s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fputs("\n  --json stands before or behind the command. Exit codes: 0 done, 1 failed or something is wrong, 2 "
          "usage.\n",
          out);
}

static int bad_usage(const char *what, const char *arg)
{
    fprintf(stderr, "bulu-ctl: %s: %s\n\n", what, arg);
    usage(stderr);
    return CTL_USAGE;
}

static int print_config(void)
{
    CLEANUP(str) struct str out = {0};
    conf_print(keys, ARRAY_LEN(keys), &out);
    fputs(str_z(&out), stdout);
    return CTL_DONE;
}

static int run(const char *conf_path, bool json, int argc, char **argv)
{
    const struct command *command = NULL;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(commands[i].name, argv[0]))
            command = &commands[i];
    if (!command)
        return bad_usage("unknown command", argv[0]);
    struct ctl_conf conf = {0};
    struct err e = {0};
    if (!conf_load(conf_path, keys, ARRAY_LEN(keys), &conf, &e)) {
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
        return CTL_USAGE;
    }
    struct ctl c = {&conf, conf_path, json};
    int code = crypto_sodium()->self_test(&e) ? command->run(&c, argc, argv) : CTL_FAILED;
    if (e.code)
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
    conf_finish(keys, ARRAY_LEN(keys), &conf);
    return code;
}

int main(int argc, char **argv)
{
    const char *conf_path = NULL;
    bool json = false;
    int n = 0; /* what is not an option moves to the front: command and arguments */
    log_init("bulu-ctl", LOG_WARN);
    umask(007);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help"))
            return usage(stdout), CTL_DONE;
        if (!strcmp(argv[i], "--print-config"))
            return print_config();
        if (!strcmp(argv[i], "--json"))
            json = true;
        else if (!strcmp(argv[i], "--config") && i + 1 < argc)
            conf_path = argv[++i];
        else if (!strcmp(argv[i], "--config"))
            return bad_usage("a file is missing behind", argv[i]);
        else if (argv[i][0] == '-' && n == 0)
            return bad_usage("unknown option", argv[i]);
        else
            argv[n++] = argv[i];
    }
    argv[n] = NULL;
    if (!n)
        return usage(stderr), CTL_USAGE;
    return run(conf_path, json, n, argv);
}
