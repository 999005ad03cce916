/* bulu-ctl enrol: the enrolment text (QR code or file, printed by the platform) makes this kiosk known to it. */
#include "sync/agent/enrol.h"
#include "sync/agent/conf.h"
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/random.h"
#include "sync/ctl/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MOST 4096
#define WAIT_MS   60000

static int usage(void)
{
    fputs("usage: bulu-ctl enrol FILE              the enrolment text as the platform printed it; - reads stdin\n"
          "       bulu-ctl enrol --url URL --code CODE --pin sha256//…\n",
          stderr);
    return CTL_USAGE;
}

static bool read_stdin(struct str *out, struct err *e)
{
    for (;;) {
        ssize_t n = read(STDIN_FILENO, str_reserve(out, TEXT_MOST), TEXT_MOST);
        if (n == 0)
            return true;
        if (n < 0 || out->len + (size_t)n > TEXT_MOST)
            return err_set(e, n < 0 ? ERR_IO : ERR_LIMIT, "stdin");
        out->len += (size_t)n;
        out->p[out->len] = '\0';
    }
}

/* From --url, --code and --pin, or from a text. Returns an exit code. */
static int read_invitation(int argc, char **argv, struct wire_invitation *v, struct err *e)
{
    static const struct option options[] = {{"url", required_argument, NULL, 'u'},
                                            {"code", required_argument, NULL, 'c'},
                                            {"pin", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    int c;
    bool fits = true;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'u')
            fits = fits && zcopy(v->url, sizeof v->url, optarg);
        else if (c == 'c')
            fits = fits && zcopy(v->code, sizeof v->code, optarg);
        else if (c == 'p')
            fits = fits && zcopy(v->ca_pin, sizeof v->ca_pin, optarg);
        else
            return usage();
    }
    if (!fits) {
        err_set(e, ERR_LIMIT, "an option is too long");
        return CTL_FAILED;
    }
    if (optind == argc && *v->url && *v->code)
        return CTL_DONE;
    if (optind + 1 != argc || *v->url || *v->code || *v->ca_pin)
        return usage();
    CLEANUP(str) struct str text = {0};
    bool ok = strcmp(argv[optind], "-") ? file_read(argv[optind], TEXT_MOST, &text, e) : read_stdin(&text, e);
    return ok && wire_invitation_parse(str_z(&text), text.len, v, e) ? CTL_DONE : CTL_FAILED;
}

static void print_result(const struct ctl *c, const struct agent_conf *conf, const struct wire_enrolment *a)
{
    char expires[40];
    clock_iso_beijing(a->expires_ms, expires, sizeof expires);
    if (c->json) {
        json_t *j = json_pack("{s:b, s:s, s:I, s:s, s:s, s:s, s:I}", "ok", 1, "device", a->device, "kiosk",
                              (json_int_t)a->kiosk, "hall", a->hall, "device_url", a->device_url, "web_url", a->web_url,
                              "expires", (json_int_t)a->expires_ms);
        json_dumpf(j, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(j);
        return;
    }
    printf("enrolled: kiosk %" PRId64 " of %s\n  platform     %s\n  certificate  %s/identity/device.crt, until %s\n",
           a->kiosk, a->hall, a->device_url, conf->dir, expires);
}

/* The agent's store; made if this comes before the app's first start. */
static bool enrol_here(const struct agent_conf *conf, const struct wire_invitation *v, struct wire_enrolment *a,
                       struct err *e)
{
    const struct store_options so = {conf->store, clock_system(), random_system(), crypto_sodium(), false};
    struct store *s = store_open(&so, e);
    if (!s)
        return false;
    const struct enrol_options o = {.dir = conf->dir, .store = s, .version = AGENT_VERSION, .timeout_ms = WAIT_MS};
    bool ok = enrol(v, &o, a, e);
    store_close(s);
    return ok;
}

int ctl_enrol(struct ctl *c, int argc, char **argv)
{
    struct wire_invitation v = {0};
    struct agent_conf conf = {0};
    struct err e = {0};
    CLEANUP(wire_enrolment) struct wire_enrolment a = {0};
    int code = read_invitation(argc, argv, &v, &e);
    if (code == CTL_USAGE)
        return code;
    bool ok = code == CTL_DONE && agent_conf_load(c->conf->agent_conf, &conf, &e) && enrol_here(&conf, &v, &a, &e);
    if (ok)
        print_result(c, &conf, &a);
    else
        fprintf(stderr, "bulu-ctl enrol: %s\n", e.text);
    agent_conf_finish(&conf);
    return ok ? CTL_DONE : CTL_FAILED;
}
