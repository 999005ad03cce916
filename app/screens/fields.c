#include "app/screens/fields.h"

#include "app/forms/form_text.h"
#include "app/screens/page.h"
#include "sync/base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* --- number, name, mobile --- */

static const struct {
    const char *field; /* of the section identity_check: normalised and judged as the form does it */
    const char *key, *keyboard;
    size_t offset, size;
    int max_len;
} typed[] = {
    [TYPED_ID] = {"id_number", "who.id_number", "id", offsetof(struct typed, id), sizeof(((struct typed *)0)->id), 18},
    [TYPED_NAME] = {"full_name", "who.name", "pinyin", offsetof(struct typed, name), sizeof(((struct typed *)0)->name),
                    50},
    [TYPED_MOBILE] = {"mobile", "who.mobile", "number", offsetof(struct typed, mobile),
                      sizeof(((struct typed *)0)->mobile), 20},
};

static char *value_of(struct app *a, enum typed_field f)
{
    return (char *)&a->typed + typed[f].offset;
}

static void clean(struct app *a, enum typed_field which, const char *in, char *out, size_t size)
{
    const struct form_section *s = app_section(a, "identity_check");
    const struct form_field *f = s ? form_field_find(s, typed[which].field) : NULL;
    CLEANUP(str_secret) struct str text = {0};
    if (f)
        field_normalise(f, in, &text);
    else
        str_puts(&text, in);
    zcopy(out, size, str_z(&text));
}

static const char *id_error(struct app *a, const char *id)
{
    if (!*id)
        return "check.required";
    switch (resident_id_check(id, app_today(a))) {
    case ID_OK:
        return NULL;
    case ID_FORMAT:
        return "check.id_format";
    case ID_BIRTH:
        return "check.id_birth";
    case ID_CHECK_DIGIT:
        return "check.id_check_digit";
    case ID_15:
        return "check.id_15";
    }
    return NULL;
}

/* Name and mobile are judged as the form judges them. */
static const char *form_error(struct app *a, const char *field, const char *value)
{
    struct doc *d = doc_create(a->forms);
    CLEANUP(findings) struct findings found = {0};
    struct doc_path p = {"identity_check", NO_ENTRY, field};
    doc_set_text(d, p, value, NULL);
    validate_field(d, p, app_today(a), &found);
    const struct finding *bad = findings_at(&found, p);
    const char *message = bad && bad->severity != SEVERITY_WARNING ? bad->message : NULL;
    doc_destroy(d);
    return message;
}

static const char *error_of(struct app *a, enum typed_field f)
{
    char cleaned[256];
    clean(a, f, value_of(a, f), cleaned, sizeof cleaned);
    return f == TYPED_ID ? id_error(a, cleaned) : form_error(a, typed[f].field, cleaned);
}

bool typed_good(struct app *a, enum typed_field f)
{
    return *value_of(a, f) && !error_of(a, f);
}

void typed_take(struct app *a, enum typed_field f, const struct ui_event *ev)
{
    const char *text = ev->text ? ev->text : "";
    char upper[64];
    if (ev->what == UI_COMMIT)
        clean(a, f, text, value_of(a, f), typed[f].size);
    else
        zcopy(value_of(a, f), typed[f].size, text);
    a->typed.left[f] = ev->what == UI_COMMIT && *text;
    if (f != TYPED_ID)
        return;
    clean(a, f, text, upper, sizeof upper);
    if (resident_id_check(upper, app_today(a)) == ID_OK)
        zcopy(a->typed.id, sizeof a->typed.id, upper);
}

void typed_id18(struct app *a, char out[19])
{
    char cleaned[64];
    clean(a, TYPED_ID, a->typed.id, cleaned, sizeof cleaned);
    zcopy(out, 19, cleaned);
}

void typed_wipe(struct app *a)
{
    a->crypto->wipe(&a->typed, sizeof a->typed);
}

void typed_box(struct app *a, struct ui *u, enum typed_field f, const char *id, const char *help,
               struct ui_action action)
{
    char own_help[64], example[64];
    const char *error = a->typed.left[f] ? error_of(a, f) : NULL;
    snprintf(own_help, sizeof own_help, "%s_help", typed[f].key);
    snprintf(example, sizeof example, "%s_example", typed[f].key);
    ui_textbox(u, &(struct ui_textbox){
                      .field = {.id = id,
                                .label = tr(u, typed[f].key),
                                .help = form_maybe(u, help ? help : own_help),
                                .required = true,
                                .error = error ? tr(u, error) : NULL,
                                .action = action},
                      .value = value_of(a, f),
                      .placeholder = form_maybe(u, example),
                      .keyboard = typed[f].keyboard,
                      .max_len = typed[f].max_len,
                      .group_id = f == TYPED_ID,
                  });
}

/* --- 取件码 --- */

void code_box(struct ui *u, const char *id, const char *label, const char *value, const char *error,
              struct ui_action action)
{
    ui_textbox(
        u, &(struct ui_textbox){
               .field =
                   {.id = id, .label = label, .required = true, .error = error ? tr(u, error) : NULL, .action = action},
               .value = value,
               .keyboard = "number",
               .max_len = CODE_DIGITS,
               .secret = true,
           });
}

bool code_good(const char *code)
{
    return strlen(code) == CODE_DIGITS && strspn(code, "0123456789") == CODE_DIGITS;
}

/* 111111 and 123456 are the first that somebody else would try. */
bool code_weak(const char *code)
{
    bool same = true, up = true, down = true;
    for (int i = 1; i < CODE_DIGITS; i++) {
        same = same && code[i] == code[0];
        up = up && code[i] == code[i - 1] + 1;
        down = down && code[i] == code[i - 1] - 1;
    }
    return same || up || down;
}

/* --- passwords --- */

struct password *password_new(struct app *a)
{
    struct password *p = a->crypto->secret_alloc(sizeof *p);
    memset(p, 0, sizeof *p);
    return p;
}

void password_free(struct app *a, struct password **p)
{
    if (*p)
        a->crypto->secret_free(*p);
    *p = NULL;
}

void password_take(struct app *a, struct password *p, const struct ui_event *ev)
{
    a->crypto->wipe(p->text, sizeof p->text);
    zcopy(p->text, sizeof p->text, ev->text ? ev->text : "");
}

void password_box(struct ui *u, const char *id, const char *label, const char *help, const struct password *p,
                  const char *error, struct ui_action action)
{
    ui_textbox(u, &(struct ui_textbox){
                      .field = {.id = id,
                                .label = label,
                                .help = help,
                                .required = true,
                                .error = error ? tr(u, error) : NULL,
                                .warning = ui_capital_next(u, id) ? tr(u, "password.capital") : NULL,
                                .action = action},
                      .value = p->text,
                      .keyboard = "plain",
                      .max_len = PASSWORD_MOST,
                      .secret = true,
                  });
}

const char *password_weak(const struct app *a, const struct password *p)
{
    size_t len = utf8_count(p->text), others = 0;
    for (const char *c = p->text; *c; c++)
        others += *c != p->text[0];
    if (len < 8)
        return "password.short";
    if (!others)
        return "password.same";
    if (a->typed.id[0] && strstr(a->typed.id, p->text))
        return "password.own_number";
    if (a->typed.mobile[0] && strstr(p->text, a->typed.mobile))
        return "password.own_mobile";
    return NULL;
}

void password_rules(struct ui *u, const char *id)
{
    UI_TEXT(u, .id = id, .text = tr(u, "password.rules"), .style = TEXT_SECONDARY, .tone = TONE_INK2);
}

/* --- offline, halves, time --- */

enum { FIELD_GAP = 28, HALVES_GAP = 56 };

static void half(struct ui *u)
{
    bool wide = ui_environment(u)->landscape;
    UI_OPEN(u, .dir = UI_COLUMN, .gap = FIELD_GAP, .grow = wide, .width = wide);
}

void halves_begin(struct ui *u)
{
    bool wide = ui_environment(u)->landscape;
    UI_OPEN(u, .dir = wide ? UI_ROW : UI_COLUMN, .gap = wide ? HALVES_GAP : FIELD_GAP);
    half(u);
}

void halves_then(struct ui *u)
{
    ui_close(u);
    half(u);
}

void halves_end(struct ui *u)
{
    ui_close(u);
    ui_close(u);
}

void offline_card(struct app *a, struct ui *u, const char *id, const char *what)
{
    UI_OPEN(u, .id = id, .role = "group", .dir = UI_COLUMN, .gap = 20, .pad = 40, .surface = SURFACE_APRICOT);
    UI_TEXT(u, .text = tr(u, "offline.title"), .style = TEXT_LEAD_BOLD, .role = "status");
    UI_TEXT(u, .text = what, .style = TEXT_BODY);
    UI_TEXT(u, .text = tr(u, call_offline_words(a)), .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
}

static void second_passed(void *ctx)
{
    app_changed(ctx);
}

const char *time_left(struct app *a, struct ui *u, const char *key, int64_t until_ms)
{
    int64_t now = clock_mono(a->clock), left = until_ms > now ? (until_ms - now + 999) / 1000 : 0;
    char seconds[16];
    if (left)
        shell_timer(a->shell, until_ms - (left - 1) * 1000, second_passed, a);
    snprintf(seconds, sizeof seconds, "%02d", (int)(left % 60));
    return TR(u, key, {"m", tr_int(u, (int)(left / 60))}, {"s", seconds});
}
