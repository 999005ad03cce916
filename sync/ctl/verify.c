#include "sync/base/cleanup.h"
#include "sync/ctl/command.h"

#include <stdio.h>

int ctl_verify(struct ctl *c, int argc, char **argv)
{
    struct err e = {0};
    CLEANUP(str) struct str report = {0};
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
