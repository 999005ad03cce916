#include "app/screens/units.h"

#include "app/screens/app.h"
#include "sync/base/cleanup.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

#define LEAST_CHARS 2
#define PAUSE_MS    350 /* in typing, before it is asked */

static const char *text(const json_t *o, const char *key)
{
    const char *z = json_string_value(json_object_get(o, key));
    return z ? z : "";
}

void units_read(struct units *s, const struct dict *own, const json_t *answer)
{
    const json_t *list = json_object_get(answer, "units");
    s->n = 0;
    for (size_t i = 0; i < json_array_size(list) && s->n < UNITS_MOST; i++) {
        const json_t *o = json_array_get(list, i);
        const char *code = text(o, "code"), *name = text(o, "name");
        bool fits = *code && *name && strlen(code) < sizeof s->rows[0].code && strlen(name) < sizeof s->rows[0].name;
        if (!fits || (own && dict_code(own, code)))
            continue;
        zcopy(s->rows[s->n].code, sizeof s->rows[0].code, code);
        zcopy(s->rows[s->n].name, sizeof s->rows[0].name, name);
        zcopy(s->rows[s->n].note, sizeof s->rows[0].note, text(o, "superior"));
        s->n++;
    }
}

static void answered(struct app *a, const struct call_answer *r)
{
    const struct form_field *f = form_field_find(app_section(a, "submission"), "base_unit");
    if (!r->ok) {
        log_warn("units.search", "words=%s", r->words ? r->words : "");
        return;
    }
    units_read(&a->units, f && f->dict ? dict_find(a->forms, f->dict) : NULL, r->content);
    app_changed(a);
}

static void ask(void *ctx)
{
    struct app *a = ctx;
    struct units *s = &a->units;
    CLEANUP(str) struct str path = {0};
    if (strcmp(s->typed, s->asked) == 0 || !a->world.online)
        return;
    zcopy(s->asked, sizeof s->asked, s->typed);
    s->n = 0;
    str_puts(&path, "/v1/units?q=");
    for (const char *z = s->asked; *z; z++)
        str_printf(&path, "%%%02X", (unsigned)(unsigned char)*z);
    call_make(a, &(struct call){.purpose = CALL_UNITS, .method = "GET", .path = str_z(&path), .done = answered});
}

size_t units_search(void *ctx, const struct form_field *f, const char *typed, struct ui_option *out, size_t from,
                    size_t max)
{
    struct app *a = ctx;
    struct units *s = &a->units;
    (void)f;
    if (strcmp(typed, s->typed) != 0) {
        zcopy(s->typed, sizeof s->typed, typed);
        bool worth = utf8_count(typed) >= LEAST_CHARS && a->world.online;
        shell_timer(a->shell, worth ? clock_mono(a->clock) + PAUSE_MS : -1, ask, a);
    }
    if (strcmp(typed, s->asked) != 0)
        return 0;
    for (size_t i = from; i < s->n && i - from < max; i++)
        out[i - from] =
            (struct ui_option){s->rows[i].code, s->rows[i].name, s->rows[i].note[0] ? s->rows[i].note : NULL};
    return s->n;
}

const char *units_name(void *ctx, const struct form_field *f, const char *code)
{
    const struct app *a = ctx;
    (void)f;
    for (size_t i = 0; i < a->units.n; i++)
        if (strcmp(a->units.rows[i].code, code) == 0)
            return a->units.rows[i].name;
    return NULL;
}

void units_wipe(struct app *a)
{
    shell_timer(a->shell, -1, ask, a);
    memset(&a->units, 0, sizeof a->units);
}
