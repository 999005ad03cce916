/* 微信扫码: online the QR code of a session at the platform, polled as RFC 8628 has it; bound to the account after a login.
 * Without a network the signed ticket (sync/protocol/ticket.h): the phone shows eight digits that are typed here. */
#include "app/screens/jobs.h"
#include "app/screens/own_folder.h"
#include "app/screens/page.h"

#include "sync/base/cleanup.h"
#include "sync/base/log.h"
#include "sync/protocol/ticket.h"

#include <stdio.h>
#include <string.h>

enum { TAB = 1, ID, FIRST, SHOW, ACK, CHECK, FRESH, LOGIN, HERE, LATER, STOP };

enum {
    INTERVAL_S = 5,
    SLOWER_S = 5,
    INTERVAL_MOST_S = 60,
    LIFE_MOST_S = 120,
    QR_MODULE = 12,
    QR_MODULE_WIDE = 9,
    TICKET_MODULE = 8
};

enum wechat_end { END_NONE, END_DENIED, END_EXPIRED, END_UNBOUND, END_FAILED, END_BOUND };

struct wechat {
    /* a session at the platform */
    char session[129], url[512], user_code[24];
    int64_t ends_ms;
    int interval_s;
    enum wechat_end end;
    const char *failed; /* key, of END_FAILED */
    bool arriving;
    /* a ticket */
    bool first; /* this WeChat was never bound: purpose bind */
    struct str ticket_url;
    struct ticket_wait wait;
    char ack[16];
    bool making, checking;
    const char *ticket_failed; /* key */
};

static bool binding(const struct app *a)
{
    return account_in(&a->account) && session_open(&a->session);
}

/* A ticket that is shown stays, also when the network comes back. */
static bool offline(const struct app *a, const struct wechat *w)
{
    return !binding(a) && (!a->world.online || w->ticket_url.len);
}

/* --- a session at the platform --- */

static void ask_again(struct app *a);

static void ask_due(void *ctx)
{
    ask_again(ctx);
}

static void ask_after(struct app *a, int seconds)
{
    shell_timer(a->shell, clock_mono(a->clock) + (int64_t)seconds * 1000, ask_due, a);
}

static void end(struct app *a, struct wechat *w, enum wechat_end how, const char *words)
{
    shell_timer(a->shell, -1, ask_due, a);
    w->end = how;
    w->failed = words;
    memset(w->url, 0, sizeof w->url);
    memset(w->session, 0, sizeof w->session);
}

static void arrived(struct app *a, enum own_folder r, const char *words)
{
    struct wechat *w = a->states[SCREEN_wechat];
    w->arriving = false;
    if (r == OWN_OPEN)
        own_folder_arrive(a);
    else if (r == OWN_NEEDS_CODE)
        app_replace(a, SCREEN_who);
    else
        end(a, w, END_FAILED, words);
}

static void agreed(struct app *a, struct wechat *w, const json_t *content)
{
    struct err e = {0};
    if (binding(a)) {
        bool bound = json_is_true(json_object_get(content, "bound"));
        a->account.wechat = a->account.wechat || bound;
        a->bind_next = false;
        end(a, w, bound ? END_BOUND : END_FAILED, "problem.other");
    } else if (account_login(&a->account, content, clock_mono(a->clock), &e)) {
        log_info("login", "ok=1 wechat=1");
        end(a, w, END_NONE, NULL);
        w->arriving = true;
        own_folder_open(a, arrived);
    } else {
        log_error("login", "why=\"%s\"", e.text);
        end(a, w, END_FAILED, "problem.other");
    }
}

static void polled(struct app *a, const struct call_answer *r)
{
    struct wechat *w = a->states[SCREEN_wechat];
    if (r->ok) {
        agreed(a, w, r->content);
        return;
    }
    if (r->offline && clock_mono(a->clock) < w->ends_ms) { /* RFC 8628 §3.5: twice as long after a time-out */
        w->interval_s = w->interval_s * 2 < INTERVAL_MOST_S ? w->interval_s * 2 : INTERVAL_MOST_S;
        ask_after(a, w->interval_s);
        return;
    }
    switch (r->kind) {
    case PROBLEM_SLOW_DOWN:
        w->interval_s += SLOWER_S;
        ask_after(a, w->interval_s);
        return;
    case PROBLEM_AUTHORIZATION_PENDING:
        ask_after(a, w->interval_s);
        return;
    case PROBLEM_ACCESS_DENIED:
        end(a, w, END_DENIED, NULL);
        return;
    case PROBLEM_EXPIRED_TOKEN:
        end(a, w, END_EXPIRED, NULL);
        return;
    case PROBLEM_WECHAT_UNBOUND:
        a->bind_next = true;
        end(a, w, END_UNBOUND, NULL);
        return;
    default: // NOLINT: every other kind ends it with its words
        end(a, w, END_FAILED, r->words);
    }
}

static void ask_again(struct app *a)
{
    struct wechat *w = a->states[SCREEN_wechat];
    char path[256];
    if (!w->session[0])
        return;
    if (clock_mono(a->clock) >= w->ends_ms) {
        end(a, w, END_EXPIRED, NULL);
        app_changed(a);
        return;
    }
    snprintf(path, sizeof path, PATH_SESSIONS "/%s", w->session);
    call_make(a, &(struct call){
                     .purpose = CALL_WECHAT, .method = "GET", .path = path, .session = binding(a), .done = polled});
}

static const char *text_of(const json_t *o, const char *key, size_t size)
{
    const char *z = json_string_value(json_object_get(o, key));
    return z && *z && strlen(z) < size ? z : NULL;
}

static void made(struct app *a, const struct call_answer *r)
{
    struct wechat *w = a->states[SCREEN_wechat];
    const char *session = text_of(r->content, "session", sizeof w->session),
               *url = text_of(r->content, "qr_url", sizeof w->url),
               *code = text_of(r->content, "user_code", sizeof w->user_code);
    int64_t life = json_integer_value(json_object_get(r->content, "expires_in")),
            interval = json_integer_value(json_object_get(r->content, "interval"));
    if (!r->ok || !session || !url || !code || life <= 0 ||
        strspn(session, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(session)) {
        end(a, w, END_FAILED, r->ok ? "problem.other" : r->words);
        return;
    }
    zcopy(w->session, sizeof w->session, session);
    zcopy(w->url, sizeof w->url, url);
    zcopy(w->user_code, sizeof w->user_code, code);
    w->ends_ms = clock_mono(a->clock) + (life < LIFE_MOST_S ? life : LIFE_MOST_S) * 1000;
    w->interval_s = interval > 0 && interval <= INTERVAL_MOST_S ? (int)interval : INTERVAL_S;
    ask_after(a, w->interval_s);
}

static void begin(struct app *a, struct wechat *w)
{
    end(a, w, END_NONE, NULL);
    w->arriving = false;
    call_make(a, &(struct call){.purpose = CALL_WECHAT,
                                .method = "POST",
                                .path = PATH_SESSION_WECHAT,
                                .content = json_pack("{s:s}", "purpose", binding(a) ? "bind" : "login"),
                                .sealed = true,
                                .session = binding(a),
                                .done = made});
}

/* --- a ticket --- */

struct ticket_errand {
    enum ticket_purpose purpose;
    uint32_t kiosk;
    int64_t wall_ms;
    char url[256], text[TICKET_TEXT], typed[16];
    struct ticket ticket;
    struct ticket_wait wait;
    enum ticket_verdict verdict;
    int64_t mono_ms;
    const struct crypto_ops *crypto;
};

static void ticket_drop(struct app *a, struct wechat *w)
{
    str_finish_secret(&w->ticket_url);
    a->crypto->wipe(&w->wait, sizeof w->wait);
    a->crypto->wipe(w->ack, sizeof w->ack);
    w->making = w->checking = false;
    w->ticket_failed = NULL;
}

/* The keys stay on the store thread. */
static bool make_ticket(struct store *s, struct job *j, struct err *e)
{
    struct ticket_errand *x = j->extra;
    struct ticket_keys keys;
    CLEANUP(str) struct str offset = {0};
    if (!store_ticket_keys(s, &keys, e))
        return false;
    if (store_setting_get(s, SETTING_TIME_OFFSET, &offset, NULL))
        x->wall_ms += strtoll(str_z(&offset), NULL, 10);
    ticket_make(x->crypto, keys.mac, x->purpose, x->kiosk, j->name, x->wall_ms, TICKET_TTL, &x->ticket);
    ticket_text(x->crypto, keys.sign, &x->ticket, x->text);
    ticket_keys_finish(&keys, x->crypto);
    return true;
}

static void ticket_made(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct wechat *w = a->states[SCREEN_wechat];
    const struct ticket_errand *x = j->extra;
    struct err bad = {0};
    if (a->now != SCREEN_wechat || !w->making)
        return;
    ticket_drop(a, w);
    if (!ok || !ticket_url(a->world.url, x->text, &w->ticket_url, &bad)) {
        log_warn("ticket.make", "why=\"%s\"", ok ? bad.text : e->text);
        w->ticket_failed = e->code == ERR_NOT_FOUND ? "wechat.no_keys" : "wechat.ticket_failed";
    } else {
        ticket_wait_begin(&w->wait, &x->ticket, clock_mono(a->clock));
    }
    app_changed(a);
}

static struct ticket_errand *errand_new(struct app *a, struct job *j)
{
    struct ticket_errand *x = xcalloc(1, sizeof *x);
    x->crypto = a->crypto;
    x->mono_ms = clock_mono(a->clock);
    j->extra = x;
    return x;
}

static void show_ticket(struct app *a, struct wechat *w)
{
    struct job *j = job_new(a, make_ticket, ticket_made);
    struct ticket_errand *x = errand_new(a, j);
    x->purpose = w->first ? TICKET_BIND : TICKET_LOGIN;
    x->kiosk = (uint32_t)(a->world.number ? a->world.number : (int)a->conf->number);
    x->wall_ms = clock_wall(a->clock);
    typed_id18(a, j->name);
    ticket_drop(a, w);
    w->making = true;
    job_post(j);
}

static bool check_ack(struct store *s, struct job *j, struct err *e)
{
    struct ticket_errand *x = j->extra;
    struct ticket_keys keys;
    if (!store_ticket_keys(s, &keys, e))
        return false;
    x->verdict = ticket_ack(x->crypto, keys.mac, &x->wait, x->typed, x->mono_ms);
    ticket_keys_finish(&keys, x->crypto);
    return true;
}

static void passed(struct app *a, struct wechat *w)
{
    char id[19];
    typed_id18(a, id);
    if (w->wait.ticket.purpose == TICKET_LOGIN)
        account_vouch(&a->account, a->crypto, id);
    else
        account_claim(&a->account, a->crypto, id, w->wait.ticket.claim);
    log_info("ticket", "passed=1 purpose=%d", w->wait.ticket.purpose);
    app_replace(a, SCREEN_who);
}

static void ack_checked(struct app *a, struct job *j, bool ok, const struct err *e)
{
    struct wechat *w = a->states[SCREEN_wechat];
    const struct ticket_errand *x = j->extra;
    if (a->now != SCREEN_wechat || !w->checking)
        return;
    w->checking = false;
    if (!ok) {
        log_error("ticket.ack", "why=\"%s\"", e->text);
        w->ticket_failed = "wechat.ticket_failed";
        return;
    }
    w->wait = x->wait;
    memset(w->ack, 0, sizeof w->ack);
    switch (x->verdict) {
    case TICKET_PASSED:
        passed(a, w);
        return;
    case TICKET_WRONG:
        w->ticket_failed = "wechat.ack_wrong";
        return;
    case TICKET_NO_CODE:
        w->ticket_failed = "wechat.ack_digits";
        return;
    case TICKET_ENDED:
        w->ticket_failed = "wechat.ticket_over";
        return;
    }
}

static void check(struct app *a, struct wechat *w)
{
    struct job *j = job_new(a, check_ack, ack_checked);
    struct ticket_errand *x = errand_new(a, j);
    x->wait = w->wait;
    zcopy(x->typed, sizeof x->typed, w->ack);
    w->checking = true;
    w->ticket_failed = NULL;
    job_post(j);
}

static bool ticket_over(const struct app *a, const struct wechat *w)
{
    return w->wait.tries_left <= 0 || clock_mono(a->clock) >= w->wait.ends_mono;
}

/* --- views --- */

static void framed_qr(struct ui *u, const char *id, const char *label, const char *url, int module)
{
    UI_OPEN(u, .dir = UI_COLUMN, .cross = CROSS_CENTER);
    UI_OPEN(u, .dir = UI_COLUMN, .pad = 20, .surface = SURFACE_CARD, .cross = CROSS_CENTER);
    ui_qr(u, id, label, url, module);
    ui_close(u);
    ui_close(u);
}

static void line(struct ui *u, const char *id, const char *text, enum ui_style style, enum ui_tone tone)
{
    UI_TEXT(u, .id = id, .text = text, .style = style, .tone = tone, .align = ALIGN_CENTER);
}

static void view_ended(struct app *a, struct ui *u, const struct wechat *w)
{
    static const char *const words[] = {
        [END_DENIED] = "problem.access_denied", [END_EXPIRED] = "problem.expired_token"};
    switch (w->end) {
    case END_UNBOUND:
        UI_OPEN(u, .id = "wechat.unbound", .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40,
                .surface = SURFACE_ATTENTION);
        UI_TEXT(u, .text = tr(u, "problem.wechat_unbound"), .style = TEXT_LEAD_BOLD, .role = "status");
        UI_TEXT(u, .text = tr(u, "wechat.unbound_text"), .style = TEXT_BODY);
        ui_close(u);
        return;
    case END_BOUND:
        ui_note(u, "wechat.bound", TONE_GOOD, tr(u, "wechat.bound"));
        return;
    case END_DENIED:
    case END_EXPIRED:
        ui_note(u, "wechat.ended", TONE_APRICOT, tr(u, words[w->end]));
        return;
    case END_FAILED:
        ui_note(u, "wechat.failed", TONE_BAD, call_words(u, w->failed, 0));
        return;
    case END_NONE:
        call_progress(a, u, "wechat.opening", CALL_SLOT, tr(u, "login.opening"), ON(STOP));
        if (!w->arriving)
            line(u, "wechat.coming", tr(u, "wechat.coming"), TEXT_BODY, TONE_INK2);
        return;
    }
}

static void view_online(struct app *a, struct ui *u, const struct wechat *w)
{
    if (!w->url[0]) {
        view_ended(a, u, w);
        return;
    }
    int n = a->world.number ? a->world.number : (int)a->conf->number;
    halves_begin(u);
    framed_qr(u, "wechat.qr", tr(u, "wechat.qr"), w->url, ui_environment(u)->landscape ? QR_MODULE_WIDE : QR_MODULE);
    halves_then(u);
    line(u, "wechat.user_code", w->user_code, TEXT_HERO, TONE_INK);
    CLEANUP(str) struct str rest = {0};
    str_puts(&rest, TR(u, "wechat.kiosk", {"n", tr_int(u, n)}));
    str_puts(&rest, time_left(a, u, "wechat.left", w->ends_ms));
    line(u, "wechat.left", str_z(&rest), TEXT_BODY, TONE_INK2);
    if (!binding(a))
        line(u, "wechat.first", tr(u, "wechat.first_note"), TEXT_SECONDARY, TONE_INK2);
    halves_end(u);
}

static void bottom_online(struct app *a, struct ui *u, const struct wechat *w)
{
    if (binding(a) && w->end == END_BOUND) {
        page_bottom(a, u, (struct ui_action){0}, NULL);
        page_end(a, u, &(struct page_next){.label = tr(u, "page.next"), .action = ON(LATER)});
        return;
    }
    page_bottom(a, u, binding(a) ? ON(LATER) : ON(APP_BACK), binding(a) ? tr(u, "wechat.later") : NULL);
    if (w->end == END_UNBOUND)
        page_end(a, u,
                 &(struct page_next){.id = "wechat.login", .label = tr(u, "wechat.to_login"), .action = ON(LOGIN)});
    else
        page_end(a, u,
                 &(struct page_next){.id = "wechat.fresh",
                                     .label = tr(u, "wechat.fresh"),
                                     .action = ON(FRESH),
                                     .disabled = w->arriving || (call_busy(a, CALL_WECHAT) && !w->url[0]),
                                     .busy = w->arriving});
}

static void view_ask(struct app *a, struct ui *u, const struct wechat *w)
{
    const struct ui_option ways[] = {{"login", tr(u, "wechat.bound_before"), tr(u, "wechat.bound_before_note")},
                                     {"bind", tr(u, "wechat.first_time"), tr(u, "wechat.first_time_note")}};
    if (w->ticket_failed)
        ui_note(u, "wechat.failed", TONE_BAD, tr(u, w->ticket_failed));
    typed_box(a, u, TYPED_ID, "wechat.id_number", NULL, ON(ID));
    ui_choice(u, &(struct ui_choice){.field = {.id = "wechat.way", .label = tr(u, "wechat.way"), .action = ON(FIRST)},
                                     .options = ways,
                                     .n = 2,
                                     .value = w->first ? "bind" : "login",
                                     .columns = 1});
    page_bottom(a, u, ON(APP_BACK), NULL);
    UI_BUTTON(u, .id = "wechat.here", .label = tr(u, "wechat.by_code"), .style = BUTTON_SECONDARY, .action = ON(HERE));
    bool good = typed_good(a, TYPED_ID);
    page_end(a, u,
             &(struct page_next){.id = "wechat.show",
                                 .label = tr(u, "wechat.show"),
                                 .action = ON(SHOW),
                                 .disabled = !good || w->making,
                                 .busy = w->making,
                                 .reason = good ? NULL : tr(u, "login.fill_id")});
}

static void view_ticket(struct app *a, struct ui *u, const struct wechat *w)
{
    bool over = ticket_over(a, w);
    const char *why = w->ticket_failed ? w->ticket_failed : over ? "wechat.ticket_over" : NULL;
    if (why)
        ui_note(u, "wechat.failed", TONE_BAD, TR(u, why, {"n", tr_int(u, w->wait.tries_left)}));
    if (!over) {
        halves_begin(u);
        framed_qr(u, "wechat.ticket", tr(u, "wechat.qr"), str_z(&w->ticket_url), TICKET_MODULE);
        halves_then(u);
        line(u, "wechat.left", time_left(a, u, "wechat.ticket_left", w->wait.ends_mono), TEXT_SECONDARY, TONE_INK2);
        ui_textbox(u, &(struct ui_textbox){.field = {.id = "wechat.ack",
                                                     .label = tr(u, "wechat.ack"),
                                                     .help = tr(u, "wechat.ack_help"),
                                                     .required = true,
                                                     .action = ON(ACK)},
                                           .value = w->ack,
                                           .keyboard = "number",
                                           .max_len = 8});
        halves_end(u);
    }
    page_bottom(a, u, ON(FRESH), tr(u, "wechat.fresh"));
    UI_BUTTON(u, .id = "wechat.here", .label = tr(u, "wechat.by_code"), .style = BUTTON_SECONDARY, .action = ON(HERE));
    bool whole = strlen(w->ack) == 8;
    page_end(a, u,
             &(struct page_next){.id = "wechat.check",
                                 .label = tr(u, "wechat.check"),
                                 .action = ON(CHECK),
                                 .disabled = over || !whole || w->checking,
                                 .busy = w->checking,
                                 .reason = over || whole ? NULL : tr(u, "wechat.fill_ack")});
}

static void view(struct app *a, struct ui *u, void *state)
{
    const struct wechat *w = state;
    const char *tabs[] = {tr(u, "login.tab_id"), tr(u, "login.tab_wechat")};
    bool off = offline(a, w);
    page_open(a, u,
              &(struct page){.title = tr(u, binding(a) ? "wechat.bind"
                                            : off      ? "wechat.offline"
                                                       : "wechat.title"),
                             .help = tr(u, off ? "wechat.offline_help" : "wechat.help"),
                             .where = tr(u, "login.title"),
                             .connection = true});
    if (!binding(a))
        ui_tabs(u, "wechat.tabs", tabs, 2, 1, ON(TAB));
    if (off && w->ticket_url.len) {
        view_ticket(a, u, w);
    } else if (off) {
        view_ask(a, u, w);
    } else {
        view_online(a, u, w);
        bottom_online(a, u, w);
    }
}

/* --- events --- */

static void fresh(struct app *a, struct wechat *w)
{
    if (!offline(a, w)) {
        begin(a, w);
        return;
    }
    ticket_drop(a, w);
    if (a->world.online)
        begin(a, w);
}

static void event(struct app *a, void *state, const struct ui_event *ev)
{
    struct wechat *w = state;
    switch (ev->action.kind) {
    case TAB:
        if (ev->number == 0)
            app_replace(a, SCREEN_login);
        return;
    case ID:
        typed_take(a, TYPED_ID, ev);
        return;
    case FIRST:
        w->first = ev->text && strcmp(ev->text, "bind") == 0;
        return;
    case SHOW:
        if (typed_good(a, TYPED_ID) && !w->making)
            show_ticket(a, w);
        return;
    case ACK:
        zcopy(w->ack, sizeof w->ack, ev->text ? ev->text : "");
        return;
    case CHECK:
        if (!w->checking && !ticket_over(a, w))
            check(a, w);
        return;
    case FRESH:
        fresh(a, w);
        return;
    case LOGIN:
        app_replace(a, SCREEN_login);
        return;
    case HERE:
        app_replace(a, SCREEN_who);
        return;
    case LATER:
        a->bind_next = false;
        own_folder_home(a);
        return;
    case STOP:
        call_cancel(a, CALL_SLOT);
        w->arriving = false;
        return;
    }
}

static void enter(struct app *a, void *state)
{
    struct wechat *w = state;
    if (a->world.online)
        begin(a, w);
}

static void news(struct app *a, void *state)
{
    struct wechat *w = state;
    if (!offline(a, w) && !w->url[0] && w->end == END_NONE && !w->arriving && !call_busy(a, CALL_WECHAT))
        begin(a, w);
}

static void leave(struct app *a, void *state)
{
    struct wechat *w = state;
    shell_timer(a->shell, -1, ask_due, a);
    ticket_drop(a, w);
    a->crypto->wipe(w, sizeof *w);
}

const struct screen screen_wechat = {.name = "wechat",
                                     .state = sizeof(struct wechat),
                                     .view = view,
                                     .event = event,
                                     .enter = enter,
                                     .leave = leave,
                                     .news = news};
