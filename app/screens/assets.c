#include "app/screens/assets.h"

#include "app/screens/jobs.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"

#include <stdio.h>
#include <string.h>

static char *sets_dir(const struct app *a)
{
    return path_join(a->conf->store, STORE_ASSETS);
}

/* --- loading: any thread --- */

static void assets_free(struct assets *s)
{
    form_set_destroy(s->forms);
    for (size_t i = 0; i < LANGUAGES_MAX; i++)
        strings_destroy(s->strings[i]);
    free(s->path);
    *s = (struct assets){0};
}

static struct strings *load_language(const struct app *a, const char *path, const char *code, struct err *e)
{
    AUTOFREE char *own = xasprintf("%s/strings/%s.po", a->conf->assets, code);
    AUTOFREE char *more = xasprintf("%s/strings/%s.po", path, code);
    struct strings *s = strings_load(own, e);
    if (!s || strcmp(path, a->conf->assets) == 0 || !file_exists(more))
        return s;
    struct strings *over = strings_load(more, e);
    if (over)
        strings_overlay(s, over);
    strings_destroy(over);
    if (over)
        return s;
    strings_destroy(s);
    return NULL;
}

/* Reads of the app only what does not change after start. */
static bool load(const struct app *a, const char *path, struct assets *out, struct err *e)
{
    struct assets s = {.path = xstrdup(path)};
    bool packaged = strcmp(path, a->conf->assets) != 0;
    bool ok = (!packaged || asset_set_read(path, &s.set, e)) && (s.forms = form_set_load(path, e));
    for (size_t i = 0; ok && i < a->n_languages; i++)
        ok = (s.strings[i] = load_language(a, path, a->languages[i].code, e)) != NULL;
    if (!ok) {
        assets_free(&s);
        return false;
    }
    zcopy(s.date, sizeof s.date, packaged ? s.set.date : form_set_date(s.forms));
    *out = s;
    return true;
}

/* --- taking --- */

static bool complete(const struct strings *s, const struct strings *zh)
{
    for (size_t i = 0; i < strings_count(zh); i++)
        if (!strings_find(s, strings_key_at(zh, i)))
            return false;
    return true;
}

void languages_judge(struct app *a)
{
    for (size_t i = 0; i < a->n_languages; i++) {
        struct language *l = &a->languages[i];
        if (strcmp(l->code, "zh") == 0)
            a->fallback = l->strings;
    }
    for (size_t i = 0; i < a->n_languages; i++) {
        struct language *l = &a->languages[i];
        l->offered = a->conf->unreviewed || l->strings == a->fallback ||
                     (strings_reviewer(l->strings)[0] && complete(l->strings, a->fallback));
    }
}

/* What was in force is kept until the next change: the page on the screen may still point into its texts. */
static void put_in_force(struct app *a, const struct assets *next)
{
    assets_free(&a->retired);
    a->retired = a->assets;
    a->assets = *next;
    a->forms = a->assets.forms;
    for (size_t i = 0; i < a->n_languages; i++) {
        if (!a->retired.path) /* the first: main.c's */
            a->retired.strings[i] = a->languages[i].strings;
        a->languages[i].strings = a->assets.strings[i];
    }
    languages_judge(a);
    app_language(a, a->language);
    log_info("assets.in_force", "form=%s rules=%s codes=%s packages=%zu", form_set_version(a->forms),
             form_set_rules_version(a->forms), form_set_codes_version(a->forms), a->assets.set.n);
}

static bool write_audit(struct store *s, struct job *j, struct err *e)
{
    return store_audit(s, "package.unusable", str_z(&j->bytes), e);
}

static void audited(struct app *a, struct job *j, bool ok, const struct err *e)
{
    (void)a, (void)j;
    if (!ok)
        log_error("package.unusable", "audit: %s", e->text);
}

/* It was tried out before it was installed: the disk, or a program that went back. */
static void unusable(struct app *a, const char *path, const struct err *e)
{
    log_error("assets.load", "%s", e->text);
    free(a->assets_unusable);
    a->assets_unusable = xstrdup(path);
    if (!a->store)
        return;
    struct job *j = job_new(a, write_audit, audited);
    j->always = true;
    str_puts(&j->bytes, e->text);
    job_post(j);
}

bool assets_open(struct app *a, struct err *e)
{
    AUTOFREE char *dir = sets_dir(a), *current = asset_set_path(dir, a->conf->assets);
    AUTOFREE char *previous = asset_set_previous(dir);
    const char *const order[] = {current, previous, a->conf->assets};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct assets s = {0};
        struct err why = {0};
        if (!order[i])
            continue;
        if (load(a, order[i], &s, &why)) {
            put_in_force(a, &s);
            return true;
        }
        if (i + 1 == ARRAY_LEN(order) || strcmp(order[i], a->conf->assets) == 0) {
            *e = why;
            return false;
        }
        unusable(a, order[i], &why);
    }
    return false;
}

void assets_finish(struct app *a)
{
    if (!a->assets.path) /* never opened: the languages are main.c's */
        for (size_t i = 0; i < a->n_languages; i++)
            strings_destroy(a->languages[i].strings);
    assets_free(&a->assets);
    assets_free(&a->retired);
    free(a->assets_unusable);
}

/* --- a change while it runs --- */

static bool nobody_here(const struct app *a)
{
    return a->ready && a->now == SCREEN_idle && !a->session.secret && !a->staff.badge[0];
}

static bool load_next(struct store *s, struct job *j, struct err *e)
{
    (void)s;
    return load(j->app, str_z(&j->bytes), j->extra, e);
}

static void next_loaded(struct app *a, struct job *j, bool ok, const struct err *e)
{
    a->assets_loading = false;
    if (!ok)
        unusable(a, str_z(&j->bytes), e);
    else if (nobody_here(a))
        put_in_force(a, j->extra);
    else
        assets_free(j->extra); /* somebody came meanwhile: after them */
}

void assets_look(struct app *a)
{
    if (!nobody_here(a) || a->assets_loading)
        return;
    AUTOFREE char *dir = sets_dir(a), *path = asset_set_path(dir, a->conf->assets);
    if (strcmp(path, a->assets.path) == 0 || (a->assets_unusable && strcmp(path, a->assets_unusable) == 0))
        return;
    struct job *j = job_new(a, load_next, next_loaded);
    j->always = true;
    j->extra = xcalloc(1, sizeof(struct assets));
    str_puts(&j->bytes, path);
    a->assets_loading = true;
    job_post(j);
}

/* --- what others ask --- */

char *assets_file(const struct app *a, const char *name)
{
    return path_join(a->assets.path ? a->assets.path : a->conf->assets, name);
}

int assets_age(const struct app *a)
{
    if (!a->world.time_known || !a->assets.date[0])
        return -1;
    return asset_age(a->assets.date, clock_wall(a->clock) + a->world.offset_ms);
}

bool assets_old(const struct app *a)
{
    return assets_age(a) > ASSET_AGE_MAX;
}
