#include "app/screens/captcha.h"

#include "app/screens/page.h"
#include "sync/base/bytes.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <string.h>

enum { TEXT = 900, AGAIN, LARGE }; /* beside the actions of the screen that shows it */

enum { TEXT_MOST = 8, IMAGE_MOST = 256 << 10, EXPIRES_MOST_S = 600 };
enum { WIDE = 960, WIDE_BESIDE = 780, NORMAL = 480 }; /* design px; beside: in half a landscape page */

static void drop(struct app *a)
{
    struct captcha *c = &a->captcha;
    if (c->job && a->worker)
        worker_forget(a->worker, c->job);
    free((void *)(uintptr_t)c->image.p);
    bool large = c->large;
    a->crypto->wipe(c, sizeof *c);
    c->large = large;
}

static void due(void *ctx)
{
    struct app *a = ctx;
    if (!a->captcha.id[0])
        return;
    bool typing = a->captcha.text[0];
    captcha_fetch(a);
    a->captcha.remark = typing ? "captcha.expired" : NULL;
}

static void drawn(void *ctx, const struct worker_result *r)
{
    struct app *a = ctx;
    struct captcha *c = &a->captcha;
    int width = r->ok ? (int)json_integer_value(json_object_get(r->result, "width")) : 0;
    int height = r->ok ? (int)json_integer_value(json_object_get(r->result, "height")) : 0;
    c->job = 0;
    if (!r->ok || width <= 0 || height <= 0) {
        log_warn("captcha.image", "%s %s", r->ok ? "format" : r->error, r->detail);
        c->failed = "captcha.unreadable";
    } else {
        static uint64_t stamp = 1ULL << 40; /* apart from the stamps of papers */
        size_t bytes = (size_t)width * (size_t)height * 4;
        uint32_t *copy = xmalloc(bytes);
        memcpy(copy, r->bytes, bytes);
        c->image = (struct image){copy, width, height, width, ++stamp};
    }
    app_changed(a);
}

static void decode(struct app *a, const char *base64)
{
    static const struct worker_job_ops ops = {NULL, drawn};
    CLEANUP(str) struct str png = {0};
    if (!a->worker || strlen(base64) > IMAGE_MOST || !base64_decode(&png, base64, strlen(base64), BASE64_STANDARD)) {
        a->captcha.failed = "captcha.unreadable";
        return;
    }
    CLEANUP(json) json_t *args = json_pack("{s:i,s:i}", "width", WIDE, "height", WIDE);
    a->captcha.job = worker_job(a->worker, WORKER_THUMB, args, png.p, png.len, 0, &ops, a);
}

static void fetched(struct app *a, const struct call_answer *r)
{
    struct captcha *c = &a->captcha;
    const char *id = json_string_value(json_object_get(r->content, "captcha")),
               *image = json_string_value(json_object_get(r->content, "image"));
    int64_t seconds = json_integer_value(json_object_get(r->content, "expires_in"));
    if (!r->ok) {
        c->failed = r->words;
        return;
    }
    if (!id || !*id || strlen(id) >= sizeof c->id || !image || seconds <= 0) {
        c->failed = "captcha.unreadable";
        return;
    }
    zcopy(c->id, sizeof c->id, id);
    c->ends_ms = clock_mono(a->clock) + (seconds < EXPIRES_MOST_S ? seconds : EXPIRES_MOST_S) * 1000;
    shell_timer(a->shell, c->ends_ms, due, a);
    decode(a, image);
}

void captcha_fetch(struct app *a)
{
    drop(a);
    call_make(a, &(struct call){.purpose = CALL_CAPTCHA,
                                .method = "POST",
                                .path = PATH_SESSION_CAPTCHA,
                                .content = json_pack("{s:b}", "large", a->captcha.large),
                                .done = fetched});
}

void captcha_need(struct app *a)
{
    if (a->world.online && !a->captcha.id[0] && !call_busy(a, CALL_CAPTCHA))
        captcha_fetch(a);
}

void captcha_leave(struct app *a)
{
    shell_timer(a->shell, -1, due, a);
    call_cancel(a, CALL_CAPTCHA);
    drop(a);
    a->captcha.large = false;
}

void captcha_used(struct app *a)
{
    captcha_fetch(a);
}

bool captcha_filled(const struct app *a)
{
    return a->captcha.id[0] && strlen(a->captcha.text) >= 4;
}

static void picture(struct app *a, struct ui *u)
{
    const struct captcha *c = &a->captcha;
    const struct ui_env *env = ui_environment(u);
    int width = c->large ? env->landscape ? WIDE_BESIDE : WIDE : NORMAL, height = width * 88 / 240;
    if (c->image.p) {
        height = (int)((int64_t)width * c->image.height / c->image.width);
        ui_image(u, "captcha.image", tr(u, "captcha.image"), &c->image, width, height);
        return;
    }
    if (env->large) { /* boxes that hold text grow with it, pictures do not */
        width = width * 100 / 155;
        height = height * 100 / 155;
    }
    UI_OPEN(u, .id = "captcha.none", .dir = UI_COLUMN, .width = width, .height = height, .pad = 20,
            .surface = SURFACE_TINT, .main = MAIN_CENTER);
    UI_TEXT(u, .text = tr(u, c->failed ? c->failed : "captcha.coming"), .style = TEXT_SECONDARY, .align = ALIGN_CENTER,
            .role = "status", .tone = c->failed ? TONE_BAD : TONE_INK2);
    ui_close(u);
}

void captcha_box(struct app *a, struct ui *u)
{
    const struct captcha *c = &a->captcha;
    bool landscape = ui_environment(u)->landscape;
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20, .cross = CROSS_CENTER);
    picture(a, u);
    UI_OPEN(u, .dir = c->large || landscape ? UI_ROW : UI_COLUMN, .gap = 12);
    UI_BUTTON(u, .id = "captcha.again", .label = tr(u, "captcha.again"), .icon = "rotate", .style = BUTTON_SECONDARY,
              .action = ON(AGAIN));
    UI_BUTTON(u, .id = "captcha.large", .label = tr(u, c->large ? "captcha.normal" : "captcha.larger"),
              .icon = c->large ? "zoom_out" : "zoom_in", .style = BUTTON_SECONDARY, .action = ON(LARGE));
    ui_close(u);
    ui_close(u);
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "captcha.text",
                                                 .label = tr(u, "captcha.text"),
                                                 .help = tr(u, "captcha.help"),
                                                 .required = true,
                                                 .warning = c->remark ? tr(u, c->remark) : NULL,
                                                 .action = ON(TEXT)},
                                       .value = c->text,
                                       .keyboard = "plain",
                                       .max_len = TEXT_MOST});
}

bool captcha_event(struct app *a, const struct ui_event *ev)
{
    struct captcha *c = &a->captcha;
    switch (ev->action.kind) {
    case TEXT:
        zcopy(c->text, sizeof c->text, ev->text ? ev->text : "");
        if (c->text[0])
            c->remark = NULL;
        return true;
    case AGAIN:
        captcha_fetch(a);
        return true;
    case LARGE:
        c->large = !c->large;
        captcha_fetch(a);
        return true;
    default:
        return false;
    }
}
