#include "sync/platform/platform.h"

#include "sync/base/cleanup.h"
#include "sync/base/file.h"
#include "sync/base/log.h"
#include "sync/platform/archive.h"
#include "sync/platform/gateway.h"
#include "sync/platform/limits.h"
#include "sync/platform/password.h"
#include "sync/record/asset_set.h"
#include "sync/record/canon.h"

#include <string.h>

const char *words(const struct platform *p, const char *key)
{
    const char *z = p->words ? strings_find(p->words, key) : NULL;
    return z ? z : key;
}

/* Which fields of a declaration the platform knows by their role. */
static bool open_list(struct platform *p, struct err *e)
{
    const struct {
        const char *role;
        char **field;
    } roles[] = {{"person", &p->list.person}, {"title", &p->list.title}, {"id", &p->list.id},
                 {"mobile", &p->list.mobile}, {"date", &p->list.date},   {"portrait", &p->list.portrait},
                 {"photo", &p->list.photo}};
    AUTOFREE char *path = path_join(p->conf.assets, "review/list.json");
    CLEANUP(str) struct str text = {0};
    if (!file_read(path, 4096, &text, e))
        return false;
    CLEANUP(json) json_t *j = json_loadb(str_z(&text), text.len, 0, NULL);
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        const char *z = json_string_value(json_object_get(j, roles[i].role));
        if (!z)
            return err_set(e, ERR_CONFIG, "%s: expected \"%s\":\"SECTION.FIELD\"", path, roles[i].role);
        *roles[i].field = xstrdup(z);
    }
    return true;
}

char *platform_sets(const struct platform *p)
{
    return path_join(p->conf.data, "assets");
}

char *platform_archive(const struct platform *p)
{
    return *p->conf.forms_archive ? xstrdup(p->conf.forms_archive) : path_join(p->conf.data, "forms");
}

const char *form_words(const struct platform *p, const struct form_set *forms, const char *key)
{
    const char *z = archive_label(p->forms, forms, key);
    return z ? z : strings_find(p->labels, key);
}

/* The installed assets are newer: a package that does not fit over them any more is out of force here. */
static void dropped(void *ctx, const struct asset_package *package, const char *why)
{
    struct platform *p = ctx;
    AUTOFREE char *detail = xasprintf("%s %s: %s", package->name, package->version, why);
    struct err e = {0};
    log_warn("package.dropped", "name=%s version=%s why=\"%s\"", package->name, package->version, why);
    if (!p->db->ops->audit(p->db, "platform", "package.dropped", detail, now_ms(p), &e))
        log_error("package.dropped", "text=\"%s\"", e.text);
}

static bool open_assets(struct platform *p, struct err *e)
{
    AUTOFREE char *own = path_join(p->conf.assets, "review/zh.po"),
                  *labels = path_join(p->conf.assets, "strings/zh.po");
    AUTOFREE char *css = path_join(p->conf.assets, "review/review.css"),
                  *passwords = path_join(p->conf.assets, "review/passwords.txt");
    AUTOFREE char *archive = platform_archive(p), *sets = platform_sets(p);
    bool changed;
    p->words = strings_load(own, e);
    p->labels = p->words ? strings_load(labels, e) : NULL;
    return p->labels && open_list(p, e) && file_read(css, 1 << 20, &p->css, e) &&
           (p->passwords = passwords_load(passwords, e)) &&
           asset_set_refresh(sets, p->conf.assets, dropped, p, &changed, e) &&
           (p->forms = archive_open(p->conf.assets, sets, archive, e));
}

bool platform_open(struct platform *p, const char *config_path, struct err *e)
{
    *p = (struct platform){.clock = clock_system(), .crypto = crypto_sodium()};
    if (!p->crypto->self_test(e) || !config_load(config_path, &p->conf, e))
        return false;
    AUTOFREE char *keys = path_join(p->conf.data, "keys"), *db = path_join(p->conf.data, "platform.db");
    AUTOFREE char *pki = path_join(p->conf.data, "pki"), *blobs = path_join(p->conf.data, "blobs");
    p->limits = limits_create();
    bool ok = dir_make(p->conf.data, 0700, e) && (p->pki = pki_open(pki, p->conf.web_names, p->clock, e)) &&
              (p->keys = keyring_open(keys, p->crypto, p->clock, e)) && (p->db = db_sqlite_open(db, p->crypto, e)) &&
              (p->blobs = blobs_dir_open(blobs, p->crypto, e)) && open_assets(p, e) && gateway_open_upstream(p, e);
    if (ok)
        keyring_public(p->keys, &p->box_keys, &p->package_keys);
    else
        platform_close(p);
    return ok;
}

void platform_close(struct platform *p)
{
    if (p->db)
        p->db->ops->close(p->db);
    if (p->blobs)
        p->blobs->ops->close(p->blobs);
    if (p->upstream)
        p->upstream->ops->close(p->upstream);
    archive_close(p->forms);
    limits_destroy(p->limits);
    passwords_free(p->passwords);
    keyring_close(p->keys);
    pki_close(p->pki);
    strings_destroy(p->words);
    strings_destroy(p->labels);
    str_finish(&p->css);
    char *const fields[] = {p->list.person, p->list.title,    p->list.id,   p->list.mobile,
                            p->list.date,   p->list.portrait, p->list.photo};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        free(fields[i]);
    config_finish(&p->conf);
    *p = (struct platform){0};
}
