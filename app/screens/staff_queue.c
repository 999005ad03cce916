/* What waits to be sent and what could not be: numbers and states only. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>

enum { SEND_NOW = 1, RETRY };
#define MOST 200

struct list { /* of one reading; owned by the state, freed when it goes */
    struct queue_row *rows;
    size_t n;
};
struct queue {
    struct list list;
    bool known, failed;
};

static void row(struct ui *u, const struct queue_row *r, size_t i)
{
    char id[48], key[48], when[48];
    bool dead = r->state == DECL_SEND_FAILED;
    snprintf(id, sizeof id, "staff_queue.%zu", i + 1);
    snprintf(key, sizeof key, "state.%s", decl_state_name(r->state));
    UI_OPEN(u, .id = id, .role = "listitem", .label = r->receipt, .dir = UI_COLUMN, .gap = 16, .pad = 32,
            .surface = dead ? SURFACE_ERROR : SURFACE_CARD);
    UI_OPEN(u, .dir = UI_ROW, .gap = 20, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .grow = 1, .width = 1, .gap = 4);
    UI_TEXT(u, .text = r->receipt, .style = TEXT_LEAD_BOLD, .data = true);
    UI_TEXT(u,
            .text = TR(u, "staff_queue.since", {"when", page_when(u, r->queued_ms, when, sizeof when)},
                       {"n", tr_int(u, r->tries)}),
            .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    snprintf(id, sizeof id, "staff_queue.%zu.state", i + 1);
    ui_badge(u, id, dead ? TONE_BAD : TONE_INK2, dead ? "!" : "", tr(u, key));
    ui_close(u);
    if (dead) {
        snprintf(id, sizeof id, "staff_queue.%zu.reason", i + 1);
        ui_note(u, id, TONE_BAD,
                TR(u, "staff_queue.reason", {"reason", r->problem[0] ? r->problem : tr(u, "staff_queue.no_reason")}));
        UI_OPEN(u, .dir = UI_ROW, .main = MAIN_END);
        snprintf(id, sizeof id, "staff_queue.%zu.retry", i + 1);
        UI_BUTTON(u, .id = id, .label = tr(u, "staff_queue.retry"), .action = ON(RETRY, (int)i));
        ui_close(u);
    }
    ui_close(u);
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct queue *q = state;
    page_open(a, u,
              &(struct page){.title = tr(u, "staff_queue.title"),
                             .help = tr(u, "staff_queue.help"),
                             .where = tr(u, "staff_desk.title"),
                             .connection = true});
    if (q->failed)
        ui_note(u, "staff_queue.failed", TONE_BAD, tr(u, "who.store_failed"));
    if (q->known && !q->list.n)
        ui_note(u, "staff_queue.empty", TONE_GOOD, tr(u, "staff_queue.empty"));
    for (size_t i = 0; i < q->list.n; i++)
        row(u, &q->list.rows[i], i);
    page_bottom(a, u, ON(APP_BACK), NULL);
    page_end(a, u,
             &(struct page_next){.label = tr(u, "staff_queue.send_now"),
                                 .action = ON(SEND_NOW),
                                 .disabled = !a->world.agent,
                                 .reason = a->world.agent ? NULL : tr(u, "staff_queue.no_agent")});
}

static void drop(struct list *l)
{
    store_queue_free(l->rows, l->n);
    *l = (struct list){0};
}

static bool read_queue(struct store *s, struct job *j, struct err *e)
{
    struct list *l = j->extra = xcalloc(1, sizeof *l);
    return store_queue(s, MOST, &l->rows, &l->n, e);
}

static void queue_read(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct queue *q = a->states[SCREEN_staff_queue];
    struct list *l = j->extra;
    if (!ok)
        log_error("staff.queue", "%s", e->text);
    if (!ok || a->now != SCREEN_staff_queue) {
        drop(l);
        return;
    }
    drop(&q->list);
    q->list = *l;
    q->known = true;
    app_changed(a);
}

static void ask(struct app *a, void *state)
{
    (void)state;
    job_post(job_new(a, read_queue, queue_read));
}

static bool retry(struct store *s, struct job *j, struct err *e)
{
    return store_dead_retry(s, j->seq, e);
}

static void retried(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct queue *q = a->states[SCREEN_staff_queue];
    if (a->now != SCREEN_staff_queue)
        return;
    q->failed = !ok && e->code != ERR_NOT_FOUND;
    if (ok) {
        char detail[48];
        snprintf(detail, sizeof detail, "seq=%lld", (long long)j->seq);
        staff_note(a, "staff.retry", detail);
    }
    ask(a, q);
}

static void told(void *ctx, bool ok, const json_t *body)
{
    struct app *a = ctx;
    (void)body;
    ui_toast(a->ui, tr(a->ui, ok ? "staff_queue.told" : "staff_queue.no_agent"));
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct queue *q = state;
    if (ev->action.kind == SEND_NOW) {
        link_client_request(a->link, "go", NULL, 5000, told, a);
    } else if (ev->action.kind == RETRY && (size_t)ev->action.a < q->list.n) {
        struct job *j = job_new(a, retry, retried);
        j->seq = q->list.rows[ev->action.a].seq;
        job_post(j);
    }
}

static void leave(struct app *a, void *state)
{
    struct queue *q = state;
    (void)a;
    drop(&q->list);
    q->known = false;
}

const struct screen screen_staff_queue = {.name = "staff_queue",
                                          .state = sizeof(struct queue),
                                          .view = view,
                                          .event = event,
                                          .enter = ask,
                                          .leave = leave,
                                          .news = ask};
