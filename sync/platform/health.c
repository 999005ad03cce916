#include "sync/platform/health.h"

#include "sync/base/cleanup.h"
#include "sync/platform/gateway.h"
#include "sync/platform/sms.h"

#include <string.h>

void healthz_route(struct request *q)
{
    struct err e = {0};
    if (q->platform->db->ops->ping(q->platform->db, &e))
        answer_json(q, 200, json_pack("{s:s,s:I}", "status", "ok", "time", (json_int_t)now_ms(q->platform)));
    else
        answer_err(q, "healthz", &e);
}

static bool local(const char *peer)
{
    return !strncmp(peer, "127.", 4) || !strcmp(peer, "::1");
}

void metrics_route(struct request *q)
{
    struct platform *p = q->platform;
    struct db_figures f;
    struct err e = {0};
    CLEANUP(str) struct str text = {0};
    if (!p->conf.metrics_public && !local(q->peer)) {
        answer_problem(q, PROBLEM_NOT_FOUND, words(p, "problem.not-found"));
        return;
    }
    if (!p->db->ops->figures(p->db, &f, &e)) {
        answer_err(q, "metrics", &e);
        return;
    }
    metrics_write(&p->metrics, &f, &text);
    gateway_metrics(p, &text);
    sms_metrics(p, &text);
    answer_text(q, 200, "text/plain; version=0.0.4; charset=utf-8", text.p);
}
