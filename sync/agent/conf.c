#include "sync/agent/conf.h"

#include "sync/agent/http.h"

#include <stdlib.h>
#include <string.h>

#define S(section, name, member, value, doc)                                                                           \
    {                                                                                                                  \
        section, name, CONF_STRING, offsetof(struct agent_conf, member), value, 0, 0, doc                              \
    }
#define N(section, name, member, value, least, most, doc)                                                              \
    {                                                                                                                  \
        section, name, CONF_INT, offsetof(struct agent_conf, member), value, least, most, doc                          \
    }
#define B(section, name, member, value, doc)                                                                           \
    {                                                                                                                  \
        section, name, CONF_BOOL, offsetof(struct agent_conf, member), value, 0, 0, doc                                \
    }

static const struct conf_key keys[] = {
    S("agent", "dir", dir, "/var/lib/bulu-sync", "key, certificates and unfinished uploads of this kiosk (0700)"),
    S("agent", "socket", socket, "/run/bulu/sync.sock", "the local socket that the app connects to"),
    S("agent", "uids", uids, "", "user ids besides our own that may connect, by commas: the app's"),
    N("agent", "metrics_port", metrics_port, "0", 0, 65535,
      "Prometheus text at http://127.0.0.1:PORT/metrics, to this machine only; 0: off"),
    B("agent", "debug", debug, "no", "log every request"),
    S("store", "dir", store, "/var/lib/bulu/store", "the store that app and agent share"),
    N("store", "draft_days", draft_days, "30", 1, 3650, "drafts untouched so long are wiped, by the platform's time"),
    N("store", "grace_days", grace_days, "1", 0, 3650, "content of delivered declarations is wiped after so many days"),
    S("kiosk", "assets", assets, "/usr/share/bulu/assets",
      "the program's own forms, rules and dictionaries: the platform's packages are laid over them"),
    S("platform", "url", platform_url, "", "device listener; empty: as enrolment said. http:// on loopback only"),
    N("platform", "connect_s", connect_s, "15", 1, 300, "seconds for name, TCP and TLS"),
    N("platform", "stall_s", stall_s, "30", 1, 600, "seconds without a byte before a transfer is given up"),
    N("platform", "answer_s", answer_s, "120", 5, 3600, "seconds for a heartbeat, a batch or a page of the feed"),
    N("platform", "call_s", call_s, "20", 1, 300, "seconds for a live call of the app"),
    N("schedule", "every_s", every_s, "300", 1, 86400, "heartbeat and feed by day at least so often"),
    N("schedule", "wait_s", wait_s, "0", 0, 25, "long poll of the feed: seconds that the platform may hold it; 0: off"),
    B("schedule", "daytime", daytime, "yes", "queued records go by day too, not only in the nightly slot"),
    N("schedule", "settle_ms", settle_ms, "1500", 0, 600000, "wait so long after a change of the store"),
    N("schedule", "catch_up_s", catch_up_s, "600", 0, 86400, "a slot slept through is made up for within so long"),
    N("upload", "chunk_kb", chunk_kb, "512", 16, 8192, "attachments go in pieces of so many KiB"),
    N("upload", "day_kb_per_s", day_kb_per_s, "2048", 0, 1048576, "upload speed by day at most, KiB/s; 0: no limit"),
};

static bool uids_valid(const char *z)
{
    for (; *z; z += *z == ',') {
        size_t n = strspn(z, "0123456789");
        if (!n || n > 9 || (z[n] && (z[n] != ',' || !z[n + 1])))
            return false;
        z += n;
    }
    return true;
}

static bool check(const char *path, const struct agent_conf *c, struct err *e)
{
    if (!path)
        path = "(defaults)";
    if (!uids_valid(c->uids))
        return err_set(e, ERR_CONFIG, "%s: [agent] uids: expected numbers and commas, not \"%.60s\"", path, c->uids);
    if (*c->platform_url && !http_url_allowed(c->platform_url))
        return err_set(e, ERR_CONFIG,
                       "%s: [platform] url: expected https://…, or http:// on loopback for measurements, not \"%.60s\"",
                       path, c->platform_url);
    return true;
}

bool agent_conf_load(const char *path, struct agent_conf *c, struct err *e)
{
    struct agent_conf loaded = {0};
    if (!conf_load(path, keys, ARRAY_LEN(keys), &loaded, e))
        return false;
    if (!check(path, &loaded, e)) {
        agent_conf_finish(&loaded);
        return false;
    }
    *c = loaded;
    return true;
}

void agent_conf_finish(struct agent_conf *c)
{
    conf_finish(keys, ARRAY_LEN(keys), c);
}

void agent_conf_print(struct str *out)
{
    conf_print(keys, ARRAY_LEN(keys), out);
}

size_t agent_conf_uids(const struct agent_conf *c, unsigned *out, size_t max)
{
    size_t n = 0;
    for (char *at = c->uids; *at && n < max;) {
        out[n++] = (unsigned)strtoul(at, &at, 10);
        at += *at == ',';
    }
    return n;
}
