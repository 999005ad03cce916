#include "app/screens/calls.h"

#include "app/screens/app.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/sealed.h"

#include <string.h>

#define PROGRESS_AFTER_MS 300
#define SLOW_AFTER_MS     5000
#define REFUSED           (-1) /* id of a call that did not go out; its answer comes by a timer */

/* What a person is told. A kind without an entry is nothing that they could do anything about. */
static const char *const words[PROBLEM_KINDS] = {
    [PROBLEM_CODE_WRONG] = "problem.code_wrong",
    [PROBLEM_LOCKED] = "problem.locked",
    [PROBLEM_CAPTCHA_WRONG] = "problem.captcha_wrong",
    [PROBLEM_LOGIN_WRONG] = "problem.login_wrong",
    [PROBLEM_SESSION] = "problem.session",
    [PROBLEM_TOO_SOON] = "problem.too_soon",
    [PROBLEM_PASSWORD_WEAK] = "problem.password_weak",
    [PROBLEM_ID_REGISTERED] = "problem.id_registered",
    [PROBLEM_SLOT_OTHER] = "problem.slot_other",
    [PROBLEM_PROFILE_CONFLICT] = "problem.profile_conflict",
    [PROBLEM_DRAFT_CONFLICT] = "problem.draft_conflict",
    [PROBLEM_DRAFT_SENT] = "problem.draft_sent",
    [PROBLEM_ACCESS_DENIED] = "problem.access_denied",
    [PROBLEM_EXPIRED_TOKEN] = "problem.expired_token",
    [PROBLEM_WECHAT_UNBOUND] = "problem.wechat_unbound",
    [PROBLEM_NOT_FOUND] = "problem.not_found",
    [PROBLEM_IDENTITY_WRONG] = "problem.identity_wrong",
    [PROBLEM_UPSTREAM] = "problem.upstream",
    [PROBLEM_ELSEWHERE] = "problem.elsewhere",
    [PROBLEM_BUSY] = "problem.busy",
    [PROBLEM_FULL] = "problem.busy",
    [PROBLEM_DEVICE_REVOKED] = "link.offline.revoked",
    [PROBLEM_CERTIFICATE_EXPIRED] = "link.offline.ended",
    [PROBLEM_CERTIFICATE_UNKNOWN] = "link.offline.refused",
};

/* --- answers --- */

/* Words outlive the answer: one of these, never the answer's own bytes. */
static const char *way_words(const char *title)
{
    static const char *const known[] = {"link.down",
                                        "link.timeout",
                                        "link.offline.starting",
                                        "link.offline.not_enrolled",
                                        "link.offline.network",
                                        "link.offline.host",
                                        "link.offline.tls",
                                        "link.offline.clock",
                                        "link.offline.refused",
                                        "link.offline.revoked",
                                        "link.offline.ended",
                                        "link.offline.endpoint",
                                        "link.offline.busy",
                                        "link.offline.platform",
                                        "link.offline.store"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i], title) == 0)
            return known[i];
    return "problem.other";
}

/* link.offline.… is the agent's word for a platform that it did not reach, link.… the link's for an agent that is not
 * there. */
static void read_problem(const json_t *body, struct call_answer *r)
{
    struct problem p;
    const char *title = json_string_value(json_object_get(body, "title"));
    const json_t *tries = json_object_get(body, "tries_left");
    r->problem = body;
    r->retry_after_s = (int)json_integer_value(json_object_get(body, "retry_after"));
    r->tries_left = json_is_integer(tries) ? (int)json_integer_value(tries) : -1;
    if (problem_from_json(body, &p) && p.kind < PROBLEM_KINDS) {
        r->kind = p.kind;
        r->words = words[p.kind] ? words[p.kind] : "problem.other";
        return;
    }
    r->offline = title && strncmp(title, "link.", 5) == 0;
    r->words = r->offline ? way_words(title) : "problem.other";
}

/* The answer's body, opened when it is sealed. Caller decrefs; NULL: it is not what was asked for. */
static json_t *read_content(const struct app *a, const json_t *answer)
{
    const json_t *body = json_object_get(answer, "body");
    struct err e = {0};
    if (!body || json_is_null(body))
        return json_object();
    if (json_is_object(body) && !json_is_string(json_object_get(body, "sealed")))
        return json_incref((json_t *)body);
    if (!json_is_object(body) || !a->account.secret)
        return NULL;
    json_t *content =
        sealed_answer_open(a->crypto, body, a->account.secret->public_key, a->account.secret->secret_key, &e);
    if (!content)
        log_warn("call.sealed", "why=\"%s\"", e.text);
    return content;
}

static void wipe_texts(const struct crypto_ops *c, json_t *j)
{
    const char *key;
    json_t *v;
    size_t i;
    if (json_is_string(j))
        c->wipe((char *)(uintptr_t)json_string_value(j), json_string_length(j));
    else if (json_is_object(j))
        json_object_foreach(j, key, v) wipe_texts(c, v);
    else if (json_is_array(j))
        json_array_foreach(j, i, v) wipe_texts(c, v);
}

static void note_session(struct app *a, const struct call_slot *slot, const struct call_answer *r)
{
    if (!slot->session)
        return;
    if (r->kind == PROBLEM_SESSION)
        account_ended(&a->account);
    else if (!r->offline)
        account_used(&a->account, clock_mono(a->clock));
}

static void answered(void *ctx, bool ok, const json_t *body)
{
    struct call_slot *slot = ctx, was = *slot;
    struct app *a = slot->app;
    struct call_answer r = {.kind = PROBLEM_KINDS, .tries_left = -1, .subject = was.subject};
    slot->id = 0; /* its place is free: done may make the next call */
    slot->done = NULL;
    json_t *content = ok ? read_content(a, body) : NULL;
    r.ok = content != NULL;
    r.content = content;
    if (!ok)
        read_problem(body, &r);
    else if (!content)
        r.words = "problem.other";
    note_session(a, &was, &r);
    if (was.done)
        was.done(a, &r);
    if (content && json_is_string(json_object_get(json_object_get(body, "body"), "sealed")))
        wipe_texts(a->crypto, content);
    json_decref(content);
    app_changed(a);
}

/* --- calls --- */

static void changed(void *ctx)
{
    app_changed(ctx);
}

static json_t *frame(struct app *a, const struct call *c)
{
    json_t *f = json_object();
    if (c->sha256)
        json_object_set_new(f, "sha256", json_string(c->sha256));
    else
        json_object_update_new(f, json_pack("{s:s, s:s}", "method", c->method, "path", c->path));
    if (c->sealed) {
        account_begin(&a->account, a->crypto);
        json_object_set_new(f, "body",
                            sealed_call(a->crypto, a->world.platform_key_id, a->world.platform_key,
                                        a->account.secret->public_key, c->content));
    } else if (c->content) {
        json_object_set(f, "body", c->content);
    }
    if (c->session && account_in(&a->account))
        json_object_set_new(f, "session", json_string(a->account.secret->token));
    return f;
}

/* What cannot go out is answered at the next turn of the loop, as the link does. */
static void refuse_now(void *ctx)
{
    struct call_slot *slot = ctx, was = *slot;
    struct call_answer r = {.kind = PROBLEM_KINDS, .tries_left = -1, .subject = was.subject, .words = was.refused};
    r.offline = strncmp(was.refused, "link.", 5) == 0;
    if (!r.offline)
        r.kind = PROBLEM_SESSION;
    *slot = (struct call_slot){0};
    if (was.done)
        was.done(was.app, &r);
    app_changed(was.app);
}

static const char *refusal(const struct app *a, const struct call *c)
{
    if (c->session && !account_in(&a->account))
        return "problem.session";
    if (!a->link)
        return "link.down";
    return c->sealed && !a->world.enrolled ? "link.offline.not_enrolled" : NULL;
}

void call_make(struct app *a, const struct call *c)
{
    struct call_slot *slot = &a->calls.slots[c->purpose];
    call_cancel(a, c->purpose);
    *slot = (struct call_slot){.app = a,
                               .stays = c->stays,
                               .session = c->session && c->purpose != CALL_LOGOUT, /* that one's person has gone */
                               .since_ms = clock_mono(a->clock),
                               .refused = refusal(a, c),
                               .done = c->done};
    zcopy(slot->subject, sizeof slot->subject, c->subject ? c->subject : "");
    if (slot->refused) {
        slot->id = REFUSED;
        shell_timer(a->shell, slot->since_ms, refuse_now, slot);
    } else {
        json_t *f = frame(a, c);
        slot->id = link_client_request(a->link, c->sha256 ? "blob" : "call", f,
                                       c->timeout_ms ? c->timeout_ms : CALL_TIMEOUT_MS, answered, slot);
        json_decref(f);
    }
    if (c->content) {
        if (c->sealed)
            wipe_texts(a->crypto, c->content);
        json_decref(c->content);
    }
    shell_timer(a->shell, slot->since_ms + PROGRESS_AFTER_MS, changed, a);
    app_changed(a);
}

void call_cancel(struct app *a, enum call_purpose p)
{
    struct call_slot *slot = &a->calls.slots[p];
    if (slot->id > 0)
        link_client_cancel(a->link, slot->id);
    else if (slot->id == REFUSED)
        shell_timer(a->shell, -1, refuse_now, slot);
    *slot = (struct call_slot){0};
}

bool call_busy(const struct app *a, enum call_purpose p)
{
    return a->calls.slots[p].id != 0;
}

void calls_leave(struct app *a)
{
    for (enum call_purpose p = 0; p < CALL_PURPOSES; p++)
        if (!a->calls.slots[p].stays)
            call_cancel(a, p);
}

void calls_wipe(struct app *a)
{
    for (enum call_purpose p = 0; p < CALL_PURPOSES; p++)
        if (p != CALL_LOGOUT) /* it is on its way for the person who goes, and tells nothing to the next */
            call_cancel(a, p);
}

/* --- words --- */

void call_progress(struct app *a, struct ui *u, const char *id, enum call_purpose p, const char *label,
                   struct ui_action cancel)
{
    const struct call_slot *slot = &a->calls.slots[p];
    int64_t now = clock_mono(a->clock), since = now - slot->since_ms;
    if (!slot->id || since < PROGRESS_AFTER_MS)
        return;
    if (since < SLOW_AFTER_MS)
        shell_timer(a->shell, slot->since_ms + SLOW_AFTER_MS, changed, a);
    ui_progress(u, id, since < SLOW_AFTER_MS ? label : tr(u, "call.slow"), -1, -1, cancel);
}

const char *call_words(struct ui *u, const char *key, int n)
{
    if (strcmp(key, "problem.locked") == 0)
        return TR(u, key, {"n", tr_int(u, (n + 59) / 60)});
    return TR(u, key, {"n", tr_int(u, n)});
}

const char *call_offline_words(const struct app *a)
{
    if (!a->world.agent)
        return "link.down";
    if (!a->world.enrolled)
        return "link.offline.not_enrolled";
    return a->world.offline_reason[0] ? a->world.offline_reason : "link.offline.network";
}
