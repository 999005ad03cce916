/* main.c — bulu-sync: options, configuration, loop. */
#include "sync/agent/agent.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/base/process.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void help(FILE *out)
{
    fputs("bulu-sync " AGENT_VERSION ": carries declarations from this kiosk to the platform and news back.\n"
          "  bulu-sync --config FILE          serve until SIGTERM: nightly slot, by day as configured, the app's live "
          "calls\n"
          "  bulu-sync --config FILE --once   one full round now; exit 0 when nothing is left to send\n"
          "  bulu-sync --print-config         a documented sample of FILE\n"
          "  bulu-sync --help\n"
          "Exit codes: 0 done, 1 failed (the reason is on stderr), 2 usage or configuration.\n",
          out);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"once", no_argument, NULL, 'o'},
                                            {"print-config", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *path = NULL;
    bool once = false;
    int c;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
        switch (c) {
        case 'c':
            path = optarg;
            break;
        case 'o':
            once = true;
            break;
        case 'p': {
            CLEANUP(str) struct str sample = {0};
            agent_conf_print(&sample);
            fputs(str_z(&sample), stdout);
            return 0;
        }
        case 'h':
            help(stdout);
            return 0;
        default:
            help(stderr);
            return 2;
        }
    if (!path || optind < argc) {
        help(stderr);
        return 2;
    }

    struct agent_conf conf = {0};
    struct err e = {0};
    if (!agent_conf_load(path, &conf, &e)) {
        fprintf(stderr, "bulu-sync: %s\n", e.text);
        return 2;
    }
    process_keep_private();
    umask(0007); /* the store is shared with the app's group */
    log_init("bulu-sync", conf.debug ? LOG_DEBUG : LOG_INFO);
    struct agent a;
    if (!agent_open(&a, &conf, !once, &e)) {
        fprintf(stderr, "bulu-sync: %s\n", e.text);
        agent_conf_finish(&conf);
        return 1;
    }
    int code = once ? agent_once(&a) : agent_run(&a);
    agent_close(&a);
    return code;
}
