/* asset_judge.c — may this set be in force? Loaded by the real loader, and compared with what it would replace. */
#include "sync/record/asset_build.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/record/form.h"
#include "sync/record/strings.h"

#include <string.h>

struct words {
    const struct strings *zh;
    const char *missing;
};

static void look_up(void *ctx, const char *key)
{
    struct words *w = ctx;
    if (!w->missing && !strings_find(w->zh, key))
        w->missing = key;
}

static bool words_of(const struct form_set *forms, const char *path, const char *base, struct err *e)
{
    AUTOFREE char *own = path_join(base, "strings/zh.po"), *more = path_join(path, "strings/zh.po");
    struct strings *zh = strings_load(own, e), *over = NULL;
    bool layered = strcmp(base, path) != 0 && file_exists(more);
    bool ok = zh && (!layered || (over = strings_load(more, e)));
    if (ok && over)
        strings_overlay(zh, over);
    struct words w = {zh, NULL};
    if (ok)
        form_set_string_keys(forms, look_up, &w);
    if (w.missing)
        ok = err_set(e, ERR_FORMAT, "strings/zh.po: \"%.100s\" is missing, which the forms or rules cite", w.missing);
    strings_destroy(zh);
    strings_destroy(over);
    return ok;
}

/* The other languages only have to be catalogues. */
static bool load_catalogue(void *ctx, const char *path, struct err *e)
{
    struct strings *s = strings_load(path, e);
    (void)ctx;
    strings_destroy(s);
    return s != NULL;
}

bool asset_set_check_words(const char *path, const char *base, struct err *e)
{
    struct form_set *forms = form_set_load(path, e);
    bool ok = forms && words_of(forms, path, base, e);
    form_set_destroy(forms);
    return ok;
}

/* A version that a record names must tell what judged it: other content is another version. */
static bool version_moves(const char *what, const char *before, const char *before_content, const char *after,
                          const char *after_content, struct err *e)
{
    if (!version_valid(after))
        return err_set(e, ERR_FORMAT, "%s/manifest.json: version: expected numbers with dots", what);
    bool same = strcmp(before_content, after_content) == 0;
    if (!same && strcmp(before, after) == 0)
        return err_set(e, ERR_STATE, "%s/manifest.json: the content is another, the version is still %s", what, after);
    return true;
}

static bool not_older(const char *what, const char *own, const char *merged, struct err *e)
{
    if (!version_valid(own) || !version_valid(merged) || version_order(merged, own) >= 0)
        return true;
    return err_set(e, ERR_STATE, "%s: the program's own %s is newer than this %s", what, own, merged);
}

static bool codes_not_older(const struct inputs *all, const struct form_set *own, const struct form_set *merged,
                            struct err *e)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->rows[i].package.n_files; k++) {
            const char *path = all->rows[i].package.files[k].path;
            if (strncmp(path, "codes/", 6) != 0)
                continue;
            AUTOFREE char *name = xstrndup(path + 6, strlen(path) - 6 - 4);
            const struct dict *a = dict_find(own, name), *b = dict_find(merged, name);
            if (a && b && !not_older(path, dict_version(a), dict_version(b), e))
                return false;
        }
    return true;
}

static void describe(const struct inputs *all, const struct form_set *f, struct asset_set *s)
{
    zcopy(s->form, sizeof s->form, form_set_version(f));
    zcopy(s->rules, sizeof s->rules, form_set_rules_version(f));
    zcopy(s->codes, sizeof s->codes, form_set_codes_version(f));
    zcopy(s->date, sizeof s->date, form_set_date(f));
    for (size_t i = 0; i < all->n; i++) {
        const struct package *p = &all->rows[i].package;
        struct asset_package *row = &s->packages[s->n++];
        zcopy(row->name, sizeof row->name, p->name);
        zcopy(row->version, sizeof row->version, p->version);
        zcopy(row->date, sizeof row->date, p->date);
        crypto_hash_hex(crypto_sodium(), all->rows[i].bytes.p, all->rows[i].bytes.len, row->sha256);
        if (strcmp(p->date, s->date) > 0)
            zcopy(s->date, sizeof s->date, p->date);
    }
}

bool asset_judge(const char *base, const char *to, const struct inputs *all, const struct asset_set *before,
                 struct asset_set *out, struct err *e)
{
    struct asset_set s = {0};
    char own_content[2][HASH_HEX];
    if (!asset_each(to, ASSET_STRINGS, load_catalogue, NULL, e))
        return false;
    struct form_set *own = form_set_load(base, e), *merged = own ? form_set_load(to, e) : NULL;
    bool ok = merged && words_of(merged, to, base, e) && asset_digest(base, ASSET_FORMS, ASSET_STRINGS, s.base, e);
    for (enum asset_folder i = ASSET_FORMS; ok && i <= ASSET_RULES; i++)
        ok = asset_digest(base, i, i, own_content[i], e) && asset_digest(to, i, i, s.content[i], e);
    if (ok) {
        const char *before_form = before ? before->form : form_set_version(own);
        const char *before_rules = before ? before->rules : form_set_rules_version(own);
        describe(all, merged, &s);
        ok = not_older("forms", form_set_version(own), s.form, e) &&
             not_older("rules", form_set_rules_version(own), s.rules, e) && codes_not_older(all, own, merged, e) &&
             version_moves("forms", form_set_version(own), own_content[0], s.form, s.content[0], e) &&
             version_moves("rules", form_set_rules_version(own), own_content[1], s.rules, s.content[1], e) &&
             version_moves("forms", before_form, before ? before->content[0] : own_content[0], s.form, s.content[0],
                           e) &&
             version_moves("rules", before_rules, before ? before->content[1] : own_content[1], s.rules, s.content[1],
                           e);
    }
    form_set_destroy(own);
    form_set_destroy(merged);
    if (ok)
        *out = s;
    return ok;
}
