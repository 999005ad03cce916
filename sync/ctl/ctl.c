/* ctl.c — what the commands share. */
#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/random.h"
#include "sync/ctl/command.h"

#include <stdio.h>

bool ctl_no_arguments(int argc, char **argv)
{
    if (argc <= 1)
        return true;
    fprintf(stderr, "bulu-ctl: %s: unexpected argument: %s\n", argv[0], argv[1]);
    return false;
}

void ctl_print_json(json_t *j)
{
    json_dumpf(j, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(j);
}

static struct store *open_store(const struct ctl *c, bool secret)
{
    struct err e = {0};
    AUTOFREE char *db = path_join(c->conf->store_dir, "bulu.db");
    if (!file_exists(db)) { /* a tool that looks makes nothing */
        fprintf(stderr, "bulu-ctl: %s: 没有存储 / no store there\n", c->conf->store_dir);
        return NULL;
    }
    struct store_options o = {c->conf->store_dir, clock_system(), random_system(), crypto_sodium(), secret};
    struct store *s = store_open(&o, &e);
    if (!s)
        fprintf(stderr, "bulu-ctl: %s: %s\n", c->conf->store_dir, e.text);
    return s;
}

struct store *ctl_store(const struct ctl *c)
{
    return open_store(c, false);
}

struct store *ctl_store_secret(const struct ctl *c)
{
    return open_store(c, true);
}
