/* admin.h — what an operator does from a shell, on the same database as the running server. */
#ifndef BULU_PLATFORM_ADMIN_H
#define BULU_PLATFORM_ADMIN_H

#include "sync/platform/platform.h"

/* Runs `bulu-platform --config F WORD …`. Returns the exit code: 0 done, 1 failed, 2 usage. */
int admin_run(const char *config_path, int argc, char **argv);
/* One line a command, for --help. */
void admin_help(struct str *out);
/* Where the running server wrote its addresses. */
char *listeners_path(const struct platform *p);

#endif
