#include "sync/base/cleanup.h"
#include "sync/ctl/command.h"
#include "sync/ctl/privacy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLACES_MOST 32

static void print_privacy(const struct ctl *c, const struct privacy_report *r)
{
    if (c->json) {
        ctl_print_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:s}", "ok", !r->findings && !r->unread, "files",
                                 (json_int_t)r->files, "bytes", (json_int_t)r->bytes, "findings",
                                 (json_int_t)r->findings, "unread", (json_int_t)r->unread, "cares",
                                 (json_int_t)r->cares, "report", str_z(&r->text)));
        return;
    }
    printf("%sfiles=%" PRId64 " bytes=%" PRId64 " findings=%zu unread=%zu\n%s\n", str_z(&r->text), r->files, r->bytes,
           r->findings, r->unread,
           r->findings ? "发现遗留的个人信息：请联系运维 / personal data lies about: call the operator"
           : r->unread ? "有文件读不了，不能下结论：请以 root 运行 / some files could not be read: run it as root"
                       : "没有发现遗留的个人信息 / nothing of a person is readable here");
}

static int verify_privacy(const struct ctl *c, const char *markers)
{
    struct err e = {0};
    CLEANUP(privacy_report) struct privacy_report report = {0};
    const char *places[PLACES_MOST] = {c->conf->store_dir};
    size_t n = 1;
    AUTOFREE char *list = xstrdup(c->conf->places);
    for (char *save = NULL, *z = strtok_r(list, ",", &save); z && n < PLACES_MOST; z = strtok_r(NULL, ",", &save))
        places[n++] = z + strspn(z, " ");
    if (!privacy_scan(places, n, markers, &report, &e)) {
        fprintf(stderr, "bulu-ctl: %s\n", e.text);
        return CTL_FAILED;
    }
    print_privacy(c, &report);
    return report.findings || report.unread ? CTL_FAILED : CTL_DONE;
}

int ctl_verify(struct ctl *c, int argc, char **argv)
{
    struct err e = {0};
    CLEANUP(str) struct str report = {0};
    if (argc > 1 && !strcmp(argv[1], "--privacy") && argc <= 3)
        return verify_privacy(c, argc == 3 ? argv[2] : NULL);
    if (!ctl_no_arguments(argc, argv))
        return CTL_USAGE;
    struct store *s = ctl_store(c);
    if (!s)
        return CTL_FAILED;
    bool ok = store_verify(s, &report, &e);
    store_close(s);
    if (c->json)
        ctl_print_json(json_pack("{s:b, s:s, s:s}", "ok", ok, "report", str_z(&report), "problem", ok ? "" : e.text));
    else
        printf("%s%s%s%s", str_z(&report),
               ok ? "核对完毕，一切完好 / all is as it was written\n" : "核对失败 / not as it was written: ",
               ok ? "" : e.text, ok ? "" : "\n");
    return ok ? CTL_DONE : CTL_FAILED;
}
