#include "sync/agent/agent.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/problem.h"
#include "sync/store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OFFSET_NEWS_MS 2000 /* a clock that drifted less is the same clock */

static int64_t load_number(struct agent *a, const char *name)
{
    CLEANUP(str) struct str z = {0};
    if (!store_setting_get(a->store, name, &z, NULL))
        return 0;
    return strtoll(str_z(&z), NULL, 10);
}

static void save_number(struct agent *a, const char *name, int64_t n)
{
    char z[24];
    struct err e;
    snprintf(z, sizeof z, "%" PRId64, n);
    if (!setting_put(a->store, name, z, &e))
        log_error("agent.setting", "name=%s why=\"%s\"", name, e.text);
}

void contact_load(struct agent *a)
{
    a->reason = REASON_STARTING;
    a->last_contact_ms = load_number(a, SETTING_LAST_CONTACT);
    a->offset_ms = load_number(a, SETTING_TIME_OFFSET);
    a->cert_expires_ms = load_number(a, SETTING_CERT_EXPIRES);
}

static void save_reason(struct agent *a)
{
    struct err e;
    if (!setting_put(a->store, SETTING_OFFLINE_REASON, reason_key(a->reason), &e))
        log_error("agent.setting", "name=%s why=\"%s\"", SETTING_OFFLINE_REASON, e.text);
}

void contact_save(struct agent *a)
{
    if (a->last_contact_ms)
        save_number(a, SETTING_LAST_CONTACT, a->last_contact_ms);
    save_reason(a);
}

void contact_set(struct agent *a, enum reason r)
{
    if (a->reason == r)
        return;
    a->reason = r;
    if (r == REASON_NONE)
        log_info("agent.online", "kiosk=%" PRId64, a->identity.enrolment.kiosk);
    else
        log_warn("agent.offline", "reason=%s words=\"%s\"", reason_key(r), reason_words(r));
    save_reason(a); /* before the news: whoever hears it may look there */
    json_t *body = contact_state(a);
    agent_news(a, r == REASON_NONE ? "online" : "offline", body);
    json_decref(body);
}

static struct reason_facts facts_of(const struct agent *a)
{
    return (struct reason_facts){.wall_ms = clock_wall(a->clock),
                                 .last_known_ms = a->last_contact_ms ? a->last_contact_ms + a->offset_ms : 0,
                                 .cert_expires_ms = a->cert_expires_ms};
}

void contact_note(struct agent *a, const struct http_answer *answer, enum reason otherwise)
{
    struct reason_facts facts = facts_of(a);
    enum reason r = reason_of(answer, &facts);
    if (answer->code == CURLE_OK)
        a->last_contact_ms = clock_wall(a->clock);
    else
        log_info("agent.transport", "code=%d verify=%ld words=\"%s\"", (int)answer->code, answer->verify,
                 curl_easy_strerror(answer->code));
    contact_set(a, r == REASON_NONE ? otherwise : r);
}

static bool about_the_device(const struct http_answer *answer)
{
    struct problem p;
    if (!problem_parse(str_z(&answer->body), answer->body.len, &p))
        return false;
    return p.kind == PROBLEM_NO_CERTIFICATE || p.kind == PROBLEM_CERTIFICATE_UNKNOWN ||
           p.kind == PROBLEM_CERTIFICATE_EXPIRED || p.kind == PROBLEM_DEVICE_REVOKED;
}

void contact_note_call(struct agent *a, const struct http_answer *answer)
{
    if (answer->code != CURLE_OK) {
        if (answer->code != CURLE_OPERATION_TIMEDOUT) /* one slow call does not cut the line */
            contact_note(a, answer, REASON_NONE);
        return;
    }
    a->last_contact_ms = clock_wall(a->clock);
    if ((answer->status == 401 || answer->status == 403) && about_the_device(answer))
        contact_note(a, answer, REASON_NONE);
    else if (answer->status < 500)
        contact_set(a, REASON_NONE);
}

void contact_time(struct agent *a, int64_t platform_ms, int64_t wall_then_ms)
{
    int64_t offset = platform_ms - wall_then_ms;
    if (llabs(offset - a->offset_ms) < OFFSET_NEWS_MS)
        return;
    a->offset_ms = offset;
    save_number(a, SETTING_TIME_OFFSET, offset);
    log_info("agent.time", "offset_ms=%" PRId64, offset);
    json_t *body = json_pack("{s:I, s:I}", "offset_ms", (json_int_t)offset, "time", (json_int_t)agent_now(a));
    agent_news(a, "time", body);
    json_decref(body);
}

json_t *contact_state(struct agent *a)
{
    struct queue_figures q = {0};
    struct err e;
    if (!store_queue_figures(a->store, &q, &e))
        log_error("agent.queue", "why=\"%s\"", e.text);
    int64_t wait = schedule_wait_ms(&a->schedule, agent_mono(a), agent_now(a));
    const struct slot *slot = &a->schedule.conf.slot;
    return json_pack(
        "{s:b, s:b, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:i, s:i, s:I}, s:I, s:s, s:n}",
        "online", a->reason == REASON_NONE, "enrolled", a->enrolled, "reason", reason_key(a->reason), "words",
        reason_words(a->reason), "last_contact", (json_int_t)a->last_contact_ms, "offset_ms", (json_int_t)a->offset_ms,
        "time", (json_int_t)agent_now(a), "certificate_expires", (json_int_t)a->cert_expires_ms, "next_round_ms",
        (json_int_t)(wait == INT64_MAX ? 0 : wait), "queue", "waiting", (json_int_t)q.waiting, "sending",
        (json_int_t)q.sending, "failed", (json_int_t)q.failed, "delivered", (json_int_t)q.delivered, "oldest",
        (json_int_t)q.oldest_ms, "slot", "start", slot->start_min, "window", slot->window_s, "next",
        (json_int_t)slot_next_ms(slot, a->schedule.device, agent_now(a)), "kiosk",
        (json_int_t)a->identity.enrolment.kiosk, "version", AGENT_VERSION, "update");
}
