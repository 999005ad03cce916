/* 查询进度 without logging in: receipt number and 取件码; or the way to one's own page. */
#include "app/screens/jobs.h"
#include "app/screens/page.h"
#include "app/screens/person.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/paths.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER = 1, CODE, NEXT, STOP };

struct query {
    char number[40], code[16];
    bool busy;
    const char *number_error, *failed;
    int tries_left; /* -1: not tried */
    int minutes;    /* locked for so long */
    int words_n;    /* what `failed` counts */
};

static void view(struct app *a, struct ui *u, void *state)
{
    struct query *q = state;
    page_open(
        a, u,
        &(struct page){.title = tr(u, "query.title"), .help = tr(u, "query.help"), .where = "", .connection = true});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "query.number",
                                                 .label = tr(u, "query.number"),
                                                 .required = true,
                                                 .error = q->number_error ? tr(u, q->number_error) : NULL,
                                                 .action = ON(NUMBER)},
                                       .value = q->number,
                                       .placeholder = "7K3M-9QXT-2RWD-P",
                                       .keyboard = "latin",
                                       .max_len = 20});
    ui_textbox(u, &(struct ui_textbox){
                      .field = {.id = "query.code", .label = tr(u, "query.code"), .required = true, .action = ON(CODE)},
                      .value = q->code,
                      .keyboard = "number",
                      .max_len = CODE_DIGITS,
                      .secret = true});
    if (q->minutes)
        ui_note(u, "query.locked", TONE_BAD, TR(u, "who.locked", {"n", tr_int(u, q->minutes)}));
    else if (q->tries_left >= 0)
        ui_note(u, "query.wrong", TONE_BAD, TR(u, "who.wrong", {"n", tr_int(u, q->tries_left)}));
    if (q->failed)
        ui_note(u, "query.failed", TONE_BAD, call_words(u, q->failed, q->words_n));
    call_progress(a, u, "query.asking", CALL_RECEIPT, tr(u, "query.asking"), ON(STOP));
    page_tile(u, "query.login", tr(u, "query.login"), tr(u, "query.login_note"), ON(APP_GO, SCREEN_home));
    page_bottom(a, u, ON(APP_BACK), NULL);
    bool ok = q->number[0] && strlen(q->code) == CODE_DIGITS && !q->busy && a->ready;
    page_end(a, u,
             &(struct page_next){.label = tr(u, "query.go"),
                                 .action = ON(NEXT),
                                 .disabled = !ok,
                                 .busy = q->busy,
                                 .reason = ok ? NULL : tr(u, "query.fill")});
}

static void show_status(struct app *a, const char *receipt, json_t *live)
{
    zcopy(a->receipt, sizeof a->receipt, receipt);
    json_decref(a->receipt_live);
    a->receipt_live = live;
    a->receipt_open = true;
    app_replace(a, SCREEN_status);
}

static void platform_said(struct app *a, const struct call_answer *r)
{
    struct query *q = a->states[SCREEN_query];
    if (a->now != SCREEN_query)
        return;
    q->busy = false;
    if (r->ok) {
        show_status(a, r->subject, json_deep_copy(r->content));
        return;
    }
    q->words_n = r->kind == PROBLEM_LOCKED ? r->retry_after_s : r->tries_left;
    q->failed = r->offline ? "query.not_here" : r->kind == PROBLEM_CODE_WRONG ? "query.wrong_or_none" : r->words;
    app_changed(a);
}

/* A receipt of another kiosk: the platform knows it. */
static void ask_platform(struct app *a, const char *receipt, const char *code)
{
    char path[64];
    snprintf(path, sizeof path, PATH_RECEIPTS "/%s", receipt);
    call_make(a, &(struct call){.purpose = CALL_RECEIPT,
                                .method = "POST",
                                .path = path,
                                .content = json_pack("{s:s}", "code", code),
                                .subject = receipt,
                                .done = platform_said});
}

static void checked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct query *q = a->states[SCREEN_query];
    if (a->now != SCREEN_query)
        return;
    q->busy = false;
    memset(q->code, 0, sizeof q->code);
    if (ok) {
        show_status(a, j->receipt, NULL);
        return;
    }
    if (e->code == ERR_NOT_FOUND && a->world.online) {
        q->busy = true;
        ask_platform(a, j->receipt, j->name);
        return;
    }
    q->tries_left = e->code == ERR_DENIED ? j->verdict.tries_left : -1;
    q->minutes = (int)((j->verdict.locked_for_ms + 59999) / 60000);
    q->failed = e->code == ERR_NOT_FOUND ? "query.not_here" : e->code == ERR_DENIED ? NULL : "who.store_failed";
    if (e->code != ERR_NOT_FOUND && e->code != ERR_DENIED)
        log_error("receipt.check", "%s", e->text);
    app_changed(a);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct query *q = state;
    char receipt[RECEIPT_SIZE];
    switch (ev->action.kind) {
    case NUMBER:
        zcopy(q->number, sizeof q->number, ev->text ? ev->text : "");
        q->failed = NULL;
        q->number_error =
            ev->what == UI_COMMIT && q->number[0] && !receipt_parse(q->number, receipt) ? "query.number_wrong" : NULL;
        if (ev->what == UI_COMMIT && q->number[0] && !q->number_error)
            zcopy(q->number, sizeof q->number, receipt);
        return;
    case CODE:
        zcopy(q->code, sizeof q->code, ev->text ? ev->text : "");
        q->tries_left = -1;
        return;
    case STOP:
        call_cancel(a, CALL_RECEIPT);
        q->busy = false;
        return;
    case NEXT:
        if (!receipt_parse(q->number, receipt)) {
            q->number_error = "query.number_wrong";
            return;
        }
        q->busy = true;
        q->failed = NULL;
        receipt_check(a, receipt, q->code, checked);
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct query *q = state;
    (void)a;
    q->tries_left = -1;
}

static void leave(struct app *a, void *state)
{
    a->crypto->wipe(state, sizeof(struct query));
}

const struct screen screen_query = {
    .name = "query", .state = sizeof(struct query), .view = view, .event = event, .enter = enter, .leave = leave};
