/* conf.h — the configuration of bulu-sync; bulu-ctl reads the same file for enrolment. `bulu-sync --print-config`
 * documents it. */
#ifndef BULU_AGENT_CONF_H
#define BULU_AGENT_CONF_H

#include "sync/base/conf.h"

#define AGENT_VERSION "0.1.0"

struct agent_conf {
    char *dir, *store, *socket, *uids;
    char *platform_url, *assets;
    bool daytime;
    int64_t every_s, catch_up_s, settle_ms;
    int64_t connect_s, stall_s, answer_s, call_s, wait_s;
    int64_t chunk_kb, day_kb_per_s;
    int64_t draft_days, grace_days;
    int64_t metrics_port;
    bool debug;
};
/* path NULL: defaults only. */
bool agent_conf_load(const char *path, struct agent_conf *c, struct err *e) WARN_UNUSED;
void agent_conf_finish(struct agent_conf *c);
void agent_conf_print(struct str *out);
/* "1001,1002" or "" → numbers; returns how many, at most max. ERR_CONFIG was checked at load. */
size_t agent_conf_uids(const struct agent_conf *c, unsigned *out, size_t max);

#endif
